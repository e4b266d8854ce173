/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors of random numbers. */
#include "tensor/tensor.h"
#include <denoise/random.h>

typedef denoise_status (*draw)(denoise_rng *rng, float *values, int64_t count, double first, double second);

static denoise_status random_tensor(denoise_tensor **out, const int64_t *shape, int32_t rank, denoise_rng *rng, draw numbers,
                                    double first, double second)
{
    denoise__shape checked;
    denoise_tensor *result = NULL;
    DENOISE__TRY(denoise__shape_make(&checked, shape, rank, NULL));
    DENOISE__TRY(denoise__tensor_make_unset(&result, DENOISE_FLOAT32, &checked));
    const denoise_status status = numbers(rng, result->data, result->size, first, second);
    if (status != DENOISE_OK) {
        denoise_tensor_free(result);
        return status;
    }
    *out = result;
    return DENOISE_OK;
}

denoise_status denoise_tensor_random_normal(denoise_tensor **out, const int64_t *shape, int32_t rank, denoise_rng *rng,
                                            double mean, double stddev)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(rng);
    return random_tensor(out, shape, rank, rng, denoise_rng_normal, mean, stddev);
}

denoise_status denoise_tensor_random_uniform(denoise_tensor **out, const int64_t *shape, int32_t rank, denoise_rng *rng,
                                             double low, double high)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(rng);
    return random_tensor(out, shape, rank, rng, denoise_rng_uniform, low, high);
}
