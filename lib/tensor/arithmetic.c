/* SPDX-License-Identifier: Apache-2.0 */
/* Sums and multiples. */
#include "tensor/broadcast.h"
#include "tensor/dtype.h"

#define SUM(name, type, rule)                                                                                                  \
    static void name(const void *const *inputs, void *restrict result, int64_t count, const void *context)                     \
    {                                                                                                                          \
        const type *a = inputs[0], *b = inputs[1];                                                                             \
        type *restrict sums = result;                                                                                          \
        (void)context;                                                                                                         \
        for (int64_t i = 0; i < count; i++)                                                                                    \
            sums[i] = rule(a[i], b[i]);                                                                                        \
    }

/* Whole numbers wrap as NumPy's do: C defines that for unsigned types. */
#define PLUS(a, b)       ((a) + (b))
#define PLUS_INT32(a, b) ((int32_t)((uint32_t)(a) + (uint32_t)(b)))
#define PLUS_INT64(a, b) ((int64_t)((uint64_t)(a) + (uint64_t)(b)))
#define PLUS_UINT8(a, b) ((uint8_t)((a) + (b)))

SUM(sum_float32, float, PLUS)
SUM(sum_float64, double, PLUS)
SUM(sum_int32, int32_t, PLUS_INT32)
SUM(sum_int64, int64_t, PLUS_INT64)
SUM(sum_uint8, uint8_t, PLUS_UINT8)

static const denoise__broadcast_kernel sums[] = {NULL, sum_float32, sum_float64, sum_int32, sum_int64, sum_uint8};

static denoise__broadcast sum_of(const denoise_tensor *a, const denoise_tensor *b)
{
    const int32_t dtype = denoise__dtype_promote(a->dtype, b->dtype);
    return (denoise__broadcast){.dtype = dtype, .count = 2, .inputs = {a, b}, .kernel = sums[dtype]};
}

denoise_status denoise_tensor_add(denoise_tensor **out, const denoise_tensor *a, const denoise_tensor *b)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(a);
    DENOISE__CHECK_NULL(b);
    const denoise__broadcast operation = sum_of(a, b);
    return denoise__broadcast_new(out, &operation);
}

denoise_status denoise_tensor_add_into(denoise_tensor *out, const denoise_tensor *a, const denoise_tensor *b)
{
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(a);
    DENOISE__CHECK_NULL(b);
    const denoise__broadcast operation = sum_of(a, b);
    return denoise__broadcast_into(out, &operation);
}

static void scale_float32(const void *const *inputs, void *restrict result, int64_t count, const void *context)
{
    const float *values = inputs[0], factor = (float)*(const double *)context;
    float *restrict products = result;
    for (int64_t i = 0; i < count; i++)
        products[i] = values[i] * factor;
}

static void scale_float64(const void *const *inputs, void *restrict result, int64_t count, const void *context)
{
    const double *values = inputs[0], factor = *(const double *)context;
    double *restrict products = result;
    for (int64_t i = 0; i < count; i++)
        products[i] = values[i] * factor;
}

/* A Python float takes the type of a real tensor and turns whole numbers into float64 (NumPy 2, NEP 50). */
static denoise__broadcast multiple_of(const denoise_tensor *tensor, const double *factor)
{
    const bool narrow = tensor->dtype == DENOISE_FLOAT32;
    return (denoise__broadcast){.dtype = narrow ? DENOISE_FLOAT32 : DENOISE_FLOAT64,
                                .count = 1,
                                .inputs = {tensor},
                                .kernel = narrow ? scale_float32 : scale_float64,
                                .context = factor};
}

denoise_status denoise_tensor_scale(denoise_tensor **out, const denoise_tensor *tensor, double factor)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(tensor);
    const denoise__broadcast operation = multiple_of(tensor, &factor);
    return denoise__broadcast_new(out, &operation);
}

denoise_status denoise_tensor_scale_into(denoise_tensor *out, const denoise_tensor *tensor, double factor)
{
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(tensor);
    const denoise__broadcast operation = multiple_of(tensor, &factor);
    return denoise__broadcast_into(out, &operation);
}
