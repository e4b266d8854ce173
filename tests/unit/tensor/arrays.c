/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include <string.h>

static void set(denoise_tensor *tensor, int64_t index, double value)
{
    void *data = denoise_tensor_data(tensor);
    switch (denoise_tensor_dtype(tensor)) {
    case DENOISE_FLOAT32:
        ((float *)data)[index] = (float)value;
        break;
    case DENOISE_FLOAT64:
        ((double *)data)[index] = value;
        break;
    case DENOISE_INT32:
        ((int32_t *)data)[index] = (int32_t)value;
        break;
    case DENOISE_INT64:
        ((int64_t *)data)[index] = (int64_t)value;
        break;
    default:
        ((uint8_t *)data)[index] = (uint8_t)value;
    }
}

denoise_tensor *array_tensor(const array *wanted)
{
    if (wanted->dtype == 0) return NULL;
    denoise_tensor *tensor = NULL;
    assert_int_equal(denoise_tensor_new(&tensor, wanted->dtype, wanted->shape, wanted->rank), DENOISE_OK);
    assert_true(denoise_tensor_size(tensor) <= 16);
    for (int64_t i = 0; i < denoise_tensor_size(tensor); i++)
        set(tensor, i, wanted->values[i]);
    return tensor;
}

static int same(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
}

void array_check(const denoise_tensor *tensor, const array *wanted, const char *table, int row)
{
    if (denoise_tensor_dtype(tensor) != wanted->dtype)
        fail_msg("%s[%d]: dtype %d, expected %d", table, row, (int)denoise_tensor_dtype(tensor), (int)wanted->dtype);
    if (denoise_tensor_rank(tensor) != wanted->rank)
        fail_msg("%s[%d]: rank %d, expected %d", table, row, (int)denoise_tensor_rank(tensor), (int)wanted->rank);
    for (int32_t i = 0; i < wanted->rank; i++)
        if (denoise_tensor_dim(tensor, i) != wanted->shape[i])
            fail_msg("%s[%d]: length %d is %lld, expected %lld", table, row, (int)i, (long long)denoise_tensor_dim(tensor, i),
                     (long long)wanted->shape[i]);
    for (int64_t i = 0; i < denoise_tensor_size(tensor); i++) {
        double value = 0;
        assert_int_equal(denoise_tensor_item(tensor, i, &value), DENOISE_OK);
        if (!same(value, wanted->values[i]))
            fail_msg("%s[%d]: element %lld is %.17g, expected %.17g", table, row, (long long)i, value, wanted->values[i]);
    }
}

void expect_failure(denoise_status status, denoise_status wanted, const char *text)
{
    if (status != wanted)
        fail_msg("status %s (%s), expected %s", denoise_status_name(status), denoise_last_error(), denoise_status_name(wanted));
    assert_int_equal(denoise_last_status(), wanted);
    if (strstr(denoise_last_error(), text) == NULL) fail_msg("message \"%s\" lacks \"%s\"", denoise_last_error(), text);
}
