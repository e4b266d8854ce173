/* SPDX-License-Identifier: Apache-2.0 */
/* Loops over arrays in whole vectors and a last, partial one. Lanes beyond the array are zero and never stored, and no lane
 * looks at another: an element's result depends on the element alone. */
#ifndef DENOISE_KERNELS_SIMD_LOOP_H
#define DENOISE_KERNELS_SIMD_LOOP_H

#include "kernels/simd.h"

/* `count` is a constant in whole vectors, so the choice costs nothing there. */
DENOISE__INLINE vf vf_load_some(const float *p, int64_t count)
{
    return count == VF_LANES ? vf_load(p) : vf_load_part(p, count);
}
DENOISE__INLINE void vf_store_some(float *p, vf a, int64_t count)
{
    if (count == VF_LANES)
        vf_store(p, a);
    else
        vf_store_part(p, a, count);
}

/* The block in `...` handles the n elements from i. */
#define VF_LOOP(count, ...)                                                                                                    \
    {                                                                                                                          \
        int64_t i = 0;                                                                                                         \
        for (const int64_t n = VF_LANES; i + n <= (count); i += n)                                                             \
            __VA_ARGS__                                                                                                        \
        if (VF_LANES > 1 && i < (count)) {                                                                                     \
            const int64_t n = (count)-i;                                                                                       \
            __VA_ARGS__                                                                                                        \
        }                                                                                                                      \
    }

/* The same with its block there once: less code where the block costs more than a choice that is always the same. */
#define VF_LOOP_ONCE(count, ...)                                                                                               \
    for (int64_t i = 0; i < (count); i += VF_LANES) {                                                                          \
        const int64_t n = (count)-i < VF_LANES ? (count)-i : VF_LANES;                                                         \
        __VA_ARGS__                                                                                                            \
    }

#endif
