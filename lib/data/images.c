/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "core/threads.h"
#include "tensor/tensor.h"
#include <denoise/dataset.h>
#include <math.h>

enum { GRAIN = 1 << 16 };

typedef struct scaling {
    const denoise_tensor *images;
    float *rows;
    double factor;
    float bytes[256]; /* of each uint8 value */
} scaling;

static void scale_bytes(void *context, int64_t first, int64_t count)
{
    const scaling *it = context;
    const uint8_t *source = (const uint8_t *)it->images->data + first;
    float *target = it->rows + first;
    for (int64_t i = 0; i < count; i++) {
        target[i] = it->bytes[source[i]];
    }
}

#define SCALE_FUNCTION(name, type)                                                                                             \
    static void name(void *context, int64_t first, int64_t count)                                                              \
    {                                                                                                                          \
        const scaling *it = context;                                                                                           \
        const type *source = (const type *)it->images->data + first;                                                           \
        float *target = it->rows + first;                                                                                      \
        for (int64_t i = 0; i < count; i++) {                                                                                  \
            target[i] = (float)((double)source[i] * it->factor);                                                               \
        }                                                                                                                      \
    }
SCALE_FUNCTION(scale_floats, float)
SCALE_FUNCTION(scale_doubles, double)
SCALE_FUNCTION(scale_ints, int32_t)
SCALE_FUNCTION(scale_longs, int64_t)
#undef SCALE_FUNCTION

static void scale_all(const denoise_tensor *images, double factor, denoise_tensor *rows)
{
    static const denoise__range_body bodies[] = {[DENOISE_FLOAT32] = scale_floats,
                                                 [DENOISE_FLOAT64] = scale_doubles,
                                                 [DENOISE_INT32] = scale_ints,
                                                 [DENOISE_INT64] = scale_longs,
                                                 [DENOISE_UINT8] = scale_bytes};
    denoise__fp_state caller;
    denoise__fp_enter(&caller);
    scaling it = {.images = images, .rows = denoise_tensor_data(rows), .factor = factor};
    for (int value = 0; value < 256; value++) {
        it.bytes[value] = (float)(value * factor);
    }
    denoise__parallel_ranges(images->size, GRAIN, bodies[images->dtype], &it);
    denoise__fp_leave(&caller);
}

denoise_status denoise_images_to_rows(denoise_tensor **out, const denoise_tensor *images, double factor)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(images);
    const denoise__shape *shape = &images->shape;
    char text[192];
    if (shape->rank != 3 && shape->rank != 4) {
        return denoise__fail(DENOISE_ERR_SHAPE,
                             "images have shape %s, expected (n, height, width) or (n, height, width, channels)",
                             denoise__shape_text(shape, false, text, sizeof text));
    }
    if (!isfinite(factor)) return denoise__fail(DENOISE_ERR_RANGE, "factor is not finite");
    int64_t pixels = 1; /* fits: a tensor's lengths other than 0 have a product that does */
    for (int32_t axis = 1; axis < shape->rank; axis++) {
        pixels *= shape->dim[axis];
    }
    denoise_tensor *rows = NULL;
    DENOISE__TRY(denoise_tensor_new(&rows, DENOISE_FLOAT32, (const int64_t[]){shape->dim[0], pixels}, 2));
    scale_all(images, factor, rows);
    *out = rows;
    return DENOISE_OK;
}
