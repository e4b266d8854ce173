/* SPDX-License-Identifier: Apache-2.0 */
/* As much of a vector as is there: of `count` numbers from p on, which may be more than it holds, or none. */
#ifndef DENOISE_KERNELS_SIMD_LANES_H
#define DENOISE_KERNELS_SIMD_LANES_H

#include "kernels/simd.h"

DENOISE__INLINE vf load_lanes(const float *p, int64_t count)
{
    return count >= VF_LANES ? vf_load(p) : count > 0 ? vf_load_part(p, count) : vf_set1(0.0f);
}

DENOISE__INLINE void store_lanes(float *p, vf x, int64_t count)
{
    if (count >= VF_LANES)
        vf_store(p, x);
    else if (count > 0)
        vf_store_part(p, x, count);
}

#endif
