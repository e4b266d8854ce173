/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plot/arrays.h"
#include "support/cmocka_test.h"

static denoise_tensor *make(int32_t dtype, const void *values, int64_t a, int64_t b, int64_t c, int64_t d)
{
    int64_t shape[] = {a, b, c, d};
    int32_t rank = 0;
    denoise_tensor *tensor;
    while (rank < 4 && shape[rank] != -1)
        rank++;
    if (values != NULL)
        assert_int_equal(denoise_tensor_from_data(&tensor, dtype, shape, rank, values), DENOISE_OK);
    else
        assert_int_equal(denoise_tensor_new(&tensor, dtype, shape, rank), DENOISE_OK);
    return tensor;
}

denoise_tensor *array_floats(const float *values, int64_t a, int64_t b, int64_t c, int64_t d)
{
    return make(DENOISE_FLOAT32, values, a, b, c, d);
}

denoise_tensor *array_ints(const int32_t *values, int64_t a, int64_t b)
{
    return make(DENOISE_INT32, values, a, b, -1, -1);
}

denoise_tensor *array_bytes(const uint8_t *values, int64_t a, int64_t b, int64_t c)
{
    return make(DENOISE_UINT8, values, a, b, c, -1);
}

denoise_tensor *array_zeros(int64_t a, int64_t b, int64_t c, int64_t d)
{
    return make(DENOISE_FLOAT32, NULL, a, b, c, d);
}
