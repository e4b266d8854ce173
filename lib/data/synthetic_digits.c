/* SPDX-License-Identifier: Apache-2.0 */
#include "data/synthetic_digits.h"
#include "core/cpu.h"
#include "core/random.h"
#include "core/threads.h"
#include "tensor/tensor.h"
#include <denoise/dataset.h>
#include <inttypes.h>

enum { GRAIN = 64, PIXELS = DENOISE__DIGIT_SIDE * DENOISE__DIGIT_SIDE };

typedef struct work {
    uint8_t *images;
    int32_t *labels;
    uint64_t seed, split;
} work;

static void write_digits(void *context, int64_t first, int64_t count)
{
    const work *it = context;
    for (int64_t i = first; i < first + count; i++) {
        denoise__digit_random random;
        denoise__digit_path path;
        denoise__digit_random_start(&random, it->seed, denoise__stream(DENOISE__STREAM_DIGITS, it->split, (uint64_t)i, 0));
        it->labels[i] = (int32_t)denoise__digit_uniform(&random, 0.0, DENOISE__DIGIT_KINDS);
        denoise__digit_shape(&path, it->labels[i], &random);
        denoise__digit_ink(it->images + i * PIXELS, &path, &random);
    }
}

denoise_status denoise_synthetic_digits(denoise_tensor **images, denoise_tensor **labels, int64_t count, uint64_t seed,
                                        int32_t split)
{
    if (images != NULL) *images = NULL;
    if (labels != NULL) *labels = NULL;
    DENOISE__CHECK_NULL(images);
    DENOISE__CHECK_NULL(labels);
    if (count < 0) return denoise__fail(DENOISE_ERR_RANGE, "count is %" PRId64 ", expected 0 or more", count);
    if (split != 0 && split != 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "split is %" PRId32 ", expected 0 (training) or 1 (test)", split);
    }
    denoise_tensor *drawn = NULL, *classes = NULL;
    const int64_t shape[] = {count, DENOISE__DIGIT_SIDE, DENOISE__DIGIT_SIDE};
    denoise_status status = denoise_tensor_new(&drawn, DENOISE_UINT8, shape, 3);
    if (status == DENOISE_OK) status = denoise_tensor_new(&classes, DENOISE_INT32, shape, 1);
    if (status != DENOISE_OK) {
        denoise_tensor_free(drawn);
        return status;
    }
    work it = {drawn->data, classes->data, seed, (uint64_t)split};
    denoise__fp_state caller;
    denoise__fp_enter(&caller);
    denoise__parallel_ranges(count, GRAIN, write_digits, &it);
    denoise__fp_leave(&caller);
    *images = drawn;
    *labels = classes;
    return DENOISE_OK;
}
