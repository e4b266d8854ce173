/* SPDX-License-Identifier: Apache-2.0 */
/* Reading elements of any type as numbers of one type. */
#include "tensor/dtype.h"
#include "tensor/tensor.h"
#include <inttypes.h>

static const void *element(const denoise_tensor *tensor, int64_t index)
{
    return (const char *)tensor->data + index * denoise__dtype_size(tensor->dtype);
}

void denoise__tensor_read_floats(const denoise_tensor *tensor, int64_t first, int64_t count, float *values)
{
    if (count > 0) denoise__convert(DENOISE_FLOAT32, values, tensor->dtype, element(tensor, first), count);
}

denoise_status denoise__tensor_read_ints(const denoise_tensor *tensor, int64_t first, int64_t count, int32_t *values)
{
    if (count > 0) denoise__convert(DENOISE_INT32, values, tensor->dtype, element(tensor, first), count);
    if (tensor->dtype == DENOISE_INT32 || tensor->dtype == DENOISE_UINT8) return DENOISE_OK;
    for (int64_t i = 0; i < count; i++) {
        const void *value = element(tensor, first + i);
        double number = 0;
        denoise__convert(DENOISE_FLOAT64, &number, tensor->dtype, value, 1);
        if (number == (double)values[i]) continue;
        return denoise__fail(DENOISE_ERR_RANGE, "element %" PRId64 " is %.17g, expected a whole number of 32 bits", first + i,
                             number);
    }
    return DENOISE_OK;
}

denoise_status denoise_tensor_item(const denoise_tensor *tensor, int64_t index, double *value)
{
    DENOISE__CHECK_NULL(tensor);
    DENOISE__CHECK_NULL(value);
    if (index < 0 || index >= tensor->size)
        return denoise__fail(DENOISE_ERR_RANGE,
                             "index must be 0..%" PRId64 " in a tensor of %" PRId64 " elements, got %" PRId64, tensor->size - 1,
                             tensor->size, index);
    denoise__convert(DENOISE_FLOAT64, value, tensor->dtype, element(tensor, index), 1);
    return DENOISE_OK;
}
