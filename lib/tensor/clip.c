/* SPDX-License-Identifier: Apache-2.0 */
/* Clipping: minimum(maximum(x, low), high), in this order, so that high wins where low > high. */
#include "tensor/broadcast.h"
#include "tensor/dtype.h"
#include <math.h>

/* Bounds of the computing type: numbers for real tensors, whole numbers for whole ones. */
typedef struct bounds {
    double low, high;
    int64_t least, greatest;
} bounds;

/* x stays when it equals a bound (-0 and 0) and when it is NaN; scalar bounds are never NaN. */
#define CLIP_SCALAR(name, type, low_field, high_field)                                                                         \
    static void name(const void *const *inputs, void *restrict result, int64_t count, const void *context)                     \
    {                                                                                                                          \
        const bounds *limits = context;                                                                                        \
        const type low = (type)limits->low_field, high = (type)limits->high_field, *values = inputs[0];                        \
        type *restrict clipped = result;                                                                                       \
        for (int64_t i = 0; i < count; i++) {                                                                                  \
            const type raised = values[i] < low ? low : values[i];                                                             \
            clipped[i] = raised > high ? high : raised;                                                                        \
        }                                                                                                                      \
    }

CLIP_SCALAR(clip_float32, float, low, high)
CLIP_SCALAR(clip_float64, double, low, high)
CLIP_SCALAR(clip_int32, int32_t, least, greatest)
CLIP_SCALAR(clip_int64, int64_t, least, greatest)
CLIP_SCALAR(clip_uint8, uint8_t, least, greatest)

static const denoise__broadcast_kernel scalar_kernels[] = {NULL,       clip_float32, clip_float64,
                                                           clip_int32, clip_int64,   clip_uint8};

/* A NaN bound wins as a NaN value does. */
#define CLIP_ARRAYS(name, type)                                                                                                \
    static void name(const void *const *inputs, void *restrict result, int64_t count, const void *context)                     \
    {                                                                                                                          \
        const type *values = inputs[0], *low = inputs[1], *high = inputs[2];                                                   \
        type *restrict clipped = result;                                                                                       \
        (void)context;                                                                                                         \
        for (int64_t i = 0; i < count; i++) {                                                                                  \
            const type raised = values[i] < low[i] || low[i] != low[i] ? low[i] : values[i];                                   \
            clipped[i] = raised > high[i] || high[i] != high[i] ? high[i] : raised;                                            \
        }                                                                                                                      \
    }

CLIP_ARRAYS(clip_float32_arrays, float)
CLIP_ARRAYS(clip_float64_arrays, double)
CLIP_ARRAYS(clip_int32_arrays, int32_t)
CLIP_ARRAYS(clip_int64_arrays, int64_t)
CLIP_ARRAYS(clip_uint8_arrays, uint8_t)

static const denoise__broadcast_kernel array_kernels[] = {
    NULL, clip_float32_arrays, clip_float64_arrays, clip_int32_arrays, clip_int64_arrays, clip_uint8_arrays};

/* The least and the greatest value of a type of whole numbers. */
static bounds limits_of(int32_t dtype)
{
    bounds limits = {-INFINITY, INFINITY, INT64_MIN, INT64_MAX};
    if (dtype == DENOISE_INT32) limits.least = INT32_MIN, limits.greatest = INT32_MAX;
    if (dtype == DENOISE_UINT8) limits.least = 0, limits.greatest = UINT8_MAX;
    return limits;
}

static bool is_whole(double bound)
{
    return isnan(bound) || (isfinite(bound) && floor(bound) == bound);
}

/* Bounds for whole numbers, as numpy.clip: a Python int at or beyond the type's own limit on its side does nothing, one
 * beyond the other limit is an error. */
static denoise_status whole_bounds(bounds *limits, int32_t dtype, double low, double high)
{
    const bounds own = *limits;
    const double least = (double)own.least, greatest = (double)own.greatest; /* int64: rounds up to 2^63, which is no int64 */
    if (low > greatest || (dtype == DENOISE_INT64 && low >= greatest))
        return denoise__fail(DENOISE_ERR_RANGE, "low is %.17g, which is no %s", low, denoise__dtype_name(dtype));
    if (high < least)
        return denoise__fail(DENOISE_ERR_RANGE, "high is %.17g, which is no %s", high, denoise__dtype_name(dtype));
    if (low > least) limits->least = (int64_t)low; /* false for NaN, which is None */
    if (high < greatest) limits->greatest = (int64_t)high;
    return DENOISE_OK;
}

static denoise_status clip_scalars(denoise__broadcast *operation, bounds *limits, const denoise_tensor *tensor, double low,
                                   double high)
{
    int32_t dtype = tensor->dtype;
    *limits = limits_of(dtype);
    if (denoise__dtype_is_float(dtype) || !is_whole(low) || !is_whole(high)) {
        if (!denoise__dtype_is_float(dtype)) dtype = DENOISE_FLOAT64;
        if (!isnan(low)) limits->low = low;
        if (!isnan(high)) limits->high = high;
    } else {
        DENOISE__TRY(whole_bounds(limits, dtype, low, high));
    }
    *operation = (denoise__broadcast){
        .dtype = dtype, .count = 1, .inputs = {tensor}, .kernel = scalar_kernels[dtype], .context = limits};
    return DENOISE_OK;
}

denoise_status denoise_tensor_clip(denoise_tensor **out, const denoise_tensor *tensor, double low, double high)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(tensor);
    bounds limits;
    denoise__broadcast operation;
    DENOISE__TRY(clip_scalars(&operation, &limits, tensor, low, high));
    return denoise__broadcast_new(out, &operation);
}

denoise_status denoise_tensor_clip_into(denoise_tensor *out, const denoise_tensor *tensor, double low, double high)
{
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(tensor);
    bounds limits;
    denoise__broadcast operation;
    DENOISE__TRY(clip_scalars(&operation, &limits, tensor, low, high));
    return denoise__broadcast_into(out, &operation);
}

/* A bound that does nothing, as a tensor of rank 0 over `value`. */
typedef struct open_bound {
    union {
        float float32;
        double float64;
        int32_t int32;
        int64_t int64;
        uint8_t uint8;
    } value;
    denoise_tensor tensor;
} open_bound;

static const denoise_tensor *no_bound(open_bound *bound, int32_t dtype, bool upper)
{
    const bounds limits = limits_of(dtype);
    const int64_t whole = upper ? limits.greatest : limits.least;
    if (denoise__dtype_is_float(dtype)) {
        const double infinite = upper ? limits.high : limits.low;
        denoise__convert(dtype, &bound->value, DENOISE_FLOAT64, &infinite, 1);
    } else {
        denoise__convert(dtype, &bound->value, DENOISE_INT64, &whole, 1);
    }
    bound->tensor.dtype = dtype;
    bound->tensor.size = 1;
    bound->tensor.data = &bound->value;
    return &bound->tensor;
}

static denoise__broadcast clip_between(const denoise_tensor *tensor, const denoise_tensor *low, const denoise_tensor *high,
                                       open_bound open[2])
{
    int32_t dtype = tensor->dtype;
    if (low != NULL) dtype = denoise__dtype_promote(dtype, low->dtype);
    if (high != NULL) dtype = denoise__dtype_promote(dtype, high->dtype);
    if (low == NULL) low = no_bound(&open[0], dtype, false);
    if (high == NULL) high = no_bound(&open[1], dtype, true);
    return (denoise__broadcast){.dtype = dtype, .count = 3, .inputs = {tensor, low, high}, .kernel = array_kernels[dtype]};
}

denoise_status denoise_tensor_clip_arrays(denoise_tensor **out, const denoise_tensor *tensor, const denoise_tensor *low,
                                          const denoise_tensor *high)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(tensor);
    open_bound open[2] = {0};
    const denoise__broadcast operation = clip_between(tensor, low, high, open);
    return denoise__broadcast_new(out, &operation);
}

denoise_status denoise_tensor_clip_arrays_into(denoise_tensor *out, const denoise_tensor *tensor, const denoise_tensor *low,
                                               const denoise_tensor *high)
{
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(tensor);
    open_bound open[2] = {0};
    const denoise__broadcast operation = clip_between(tensor, low, high, open);
    return denoise__broadcast_into(out, &operation);
}
