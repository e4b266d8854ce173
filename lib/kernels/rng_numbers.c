/* SPDX-License-Identifier: Apache-2.0 */
/* The public generator's arrays. */
#include "core/cpu.h"
#include "core/error.h"
#include "core/rng.h"
#include "kernels/random.h"
#include <float.h>
#include <math.h>

/* The greatest count whose bytes can be addressed. */
#define COUNT_LIMIT(type) (INT64_MAX / (int64_t)sizeof(type))

denoise_status denoise_rng_words(denoise_rng *rng, uint32_t *values, int64_t count)
{
    DENOISE__CHECK_NULL(rng);
    DENOISE__CHECK_NULL(values);
    DENOISE__TRY(denoise__rng_check_count("denoise_rng_words", count, COUNT_LIMIT(uint32_t)));
    denoise__random_words(rng->seed, rng->stream, rng->position, values, count);
    rng->position += (uint64_t)count;
    return DENOISE_OK;
}

/* Whether a number can be a float; NaN cannot. */
static bool fits_float(double number)
{
    return islessequal(fabs(number), (double)FLT_MAX); /* quiet, where a comparison of NaN may trap */
}

denoise_status denoise_rng_uniform(denoise_rng *rng, float *values, int64_t count, double low, double high)
{
    DENOISE__CHECK_NULL(rng);
    DENOISE__CHECK_NULL(values);
    DENOISE__TRY(denoise__rng_check_count("denoise_rng_uniform", count, COUNT_LIMIT(float)));
    if (!fits_float(low) || !fits_float(high) || isgreater(low, high)) {
        return denoise__fail(DENOISE_ERR_RANGE,
                             "denoise_rng_uniform: low is %g and high is %g, expected low <= high, both float32", low, high);
    }
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise__random_uniform(rng->seed, rng->stream, rng->position, values, count, low, high);
    denoise__fp_leave(&state);
    rng->position += (uint64_t)count;
    return DENOISE_OK;
}

denoise_status denoise_rng_normal(denoise_rng *rng, float *values, int64_t count, double mean, double stddev)
{
    DENOISE__CHECK_NULL(rng);
    DENOISE__CHECK_NULL(values);
    DENOISE__TRY(denoise__rng_check_count("denoise_rng_normal", count, COUNT_LIMIT(float)));
    if (!fits_float(mean) || !fits_float(stddev) || isless(stddev, 0)) {
        return denoise__fail(DENOISE_ERR_RANGE,
                             "denoise_rng_normal: mean is %g and stddev is %g, expected float32 numbers and stddev >= 0", mean,
                             stddev);
    }
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise__random_normal(rng->seed, rng->stream, rng->position, values, count, mean, stddev);
    denoise__fp_leave(&state);
    rng->position += (uint64_t)count;
    return DENOISE_OK;
}
