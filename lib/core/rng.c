/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rng.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/random.h"

denoise_status denoise_rng_new(denoise_rng **out, uint64_t seed, uint64_t stream)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    denoise_rng *rng = denoise__allocate(sizeof(*rng));
    if (rng == NULL) return denoise__fail_nomem();
    *rng = (denoise_rng){seed, stream, 0};
    *out = rng;
    return DENOISE_OK;
}

void denoise_rng_free(denoise_rng *rng)
{
    denoise__release(rng);
}

denoise_status denoise__rng_check_count(const char *function, int64_t count, int64_t limit)
{
    if (count >= 0 && count <= limit) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "%s: count is %lld, expected 0 to %lld", function, (long long)count,
                         (long long)limit);
}

denoise_status denoise_rng_permutation(denoise_rng *rng, int64_t *values, int64_t count)
{
    DENOISE__CHECK_NULL(rng);
    DENOISE__CHECK_NULL(values);
    DENOISE__TRY(denoise__rng_check_count("denoise_rng_permutation", count, (int64_t)1 << 32));
    denoise__random_permute(rng->seed, rng->stream, &rng->position, values, count);
    return DENOISE_OK;
}
