/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "core/threads.h"
#include "tensor/tensor.h"

/* The tensor as (outer, length, inner): length is the axis that is searched. */
typedef struct job {
    const denoise_tensor *tensor;
    int64_t length, inner;
    int64_t *result;
} job;

/* Results first.. of one type. value != value finds NaN, which nothing beats; for whole numbers it is always false. */
#define FIND(name, type)                                                                                                       \
    static void name(void *context, int64_t first, int64_t count)                                                              \
    {                                                                                                                          \
        const job *work = context;                                                                                             \
        for (int64_t r = first; r < first + count; r++) {                                                                      \
            const type *values =                                                                                               \
                (const type *)work->tensor->data + r / work->inner * work->length * work->inner + r % work->inner;             \
            int64_t best = 0;                                                                                                  \
            type greatest = values[0];                                                                                         \
            for (int64_t i = 1; i < work->length && greatest == greatest; i++) {                                               \
                const type value = values[i * work->inner];                                                                    \
                if (!(value > greatest) && value == value) continue;                                                           \
                greatest = value;                                                                                              \
                best = i;                                                                                                      \
            }                                                                                                                  \
            work->result[r] = best;                                                                                            \
        }                                                                                                                      \
    }

FIND(find_float32, float)
FIND(find_float64, double)
FIND(find_int32, int32_t)
FIND(find_int64, int64_t)
FIND(find_uint8, uint8_t)

static const denoise__range_body finders[] = {NULL, find_float32, find_float64, find_int32, find_int64, find_uint8};

/* The shape without the axis; a tensor of rank 0 counts as one of length 1. */
static denoise_status reduce_shape(denoise__shape *out, job *work, int32_t axis)
{
    const denoise__shape *shape = &work->tensor->shape;
    const int32_t rank = shape->rank > 0 ? shape->rank : 1;
    if (axis < -rank || axis >= rank)
        return denoise__fail(DENOISE_ERR_RANGE, "axis must be %d..%d for a tensor of rank %d, got %d", -rank, rank - 1,
                             shape->rank, axis);
    if (axis < 0) axis += rank;
    *out = (denoise__shape){.rank = rank - 1};
    work->length = shape->rank > 0 ? shape->dim[axis] : 1;
    work->inner = 1;
    for (int32_t i = 0; i < shape->rank; i++) {
        if (i == axis) continue;
        out->dim[i < axis ? i : i - 1] = shape->dim[i];
        if (i > axis) work->inner *= shape->dim[i];
    }
    if (work->length > 0) return DENOISE_OK;
    char text[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "argmax over axis %d of %s: the axis is empty", axis,
                         denoise__shape_text(shape, false, text, sizeof text));
}

denoise_status denoise_tensor_argmax(denoise_tensor **out, const denoise_tensor *tensor, int32_t axis)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(tensor);
    job work = {.tensor = tensor};
    denoise__shape shape;
    DENOISE__TRY(reduce_shape(&shape, &work, axis));
    DENOISE__TRY(denoise__tensor_make_unset(out, DENOISE_INT64, &shape));
    work.result = (*out)->data;
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise__parallel_ranges((*out)->size, denoise__grain(work.length / 4), finders[tensor->dtype], &work);
    denoise__fp_leave(&state);
    return DENOISE_OK;
}
