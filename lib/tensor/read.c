/* SPDX-License-Identifier: Apache-2.0 */
/* Reading elements of any type as numbers of one type, rounded to nearest whatever the caller's rounding mode is. */
#include "core/cpu.h"
#include "tensor/dtype.h"
#include "tensor/tensor.h"
#include <inttypes.h>

static const void *element(const denoise_tensor *tensor, int64_t index)
{
    return (const char *)tensor->data + index * denoise__dtype_size(tensor->dtype);
}

static void convert(int32_t to_type, void *to, const denoise_tensor *tensor, int64_t first, int64_t count)
{
    denoise__fp_state caller;
    if (count <= 0) return;
    bool is_exact = tensor->dtype == to_type || tensor->dtype == DENOISE_UINT8;
    if (!is_exact) denoise__fp_enter(&caller);
    denoise__convert(to_type, to, tensor->dtype, element(tensor, first), count);
    if (!is_exact) denoise__fp_leave(&caller);
}

void denoise__tensor_read_floats(const denoise_tensor *tensor, int64_t first, int64_t count, float *values)
{
    convert(DENOISE_FLOAT32, values, tensor, first, count);
}

denoise_status denoise__tensor_read_ints(const denoise_tensor *tensor, int64_t first, int64_t count, int32_t *values)
{
    convert(DENOISE_INT32, values, tensor, first, count);
    if (tensor->dtype == DENOISE_INT32 || tensor->dtype == DENOISE_UINT8) return DENOISE_OK;
    for (int64_t i = 0; i < count; i++) {
        double number = 0;
        convert(DENOISE_FLOAT64, &number, tensor, first + i, 1);
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
    convert(DENOISE_FLOAT64, value, tensor, index, 1);
    return DENOISE_OK;
}
