/* SPDX-License-Identifier: Apache-2.0 */
/* What third parties' functions may call. */
#include "core/error.h"
#include "kernels/random.h"
#include <denoise/ext.h>

denoise_status denoise_ext_fail(denoise_status status, const char *message)
{
    return denoise__fail(status, "%s", message == NULL ? "" : message);
}

static denoise_status check(const float *values, int64_t count)
{
    DENOISE__CHECK_NULL(values);
    if (count >= 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "count is %lld, expected 0 or more", (long long)count);
}

denoise_status denoise_ext_uniform(float *values, int64_t count, uint64_t seed, uint64_t stream, uint64_t first, double low,
                                   double high)
{
    DENOISE__TRY(check(values, count));
    denoise__random_uniform(seed, stream, first, values, count, low, high);
    return DENOISE_OK;
}

denoise_status denoise_ext_normal(float *values, int64_t count, uint64_t seed, uint64_t stream, uint64_t first, double mean,
                                  double stddev)
{
    DENOISE__TRY(check(values, count));
    denoise__random_normal(seed, stream, first, values, count, mean, stddev);
    return DENOISE_OK;
}
