/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "tensor/tensor.h"
#include <string.h>

static bool equal_float32(const float *a, const float *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!(a[i] == b[i])) return false;
    return true;
}

static bool equal_float64(const double *a, const double *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!(a[i] == b[i])) return false;
    return true;
}

static bool equal_elements(const denoise_tensor *a, const denoise_tensor *b)
{
    if (a->dtype == DENOISE_FLOAT32) return equal_float32(a->data, b->data, a->size);
    if (a->dtype == DENOISE_FLOAT64) return equal_float64(a->data, b->data, a->size);
    return a->size == 0 || memcmp(a->data, b->data, (size_t)denoise_tensor_bytes(a)) == 0;
}

int32_t denoise_tensor_equal(const denoise_tensor *a, const denoise_tensor *b)
{
    if (a == NULL || b == NULL || a->dtype != b->dtype || !denoise__shape_equal(&a->shape, &b->shape)) return 0;
    denoise__fp_state state;
    denoise__fp_enter(&state); /* where subnormal numbers count as zero they would be equal */
    const bool equal = equal_elements(a, b);
    denoise__fp_leave(&state);
    return equal ? 1 : 0;
}
