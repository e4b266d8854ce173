/* SPDX-License-Identifier: Apache-2.0 */
/* Whether numbers are finite, and how great they are. */
#ifndef DENOISE_KERNELS_FINITE_H
#define DENOISE_KERNELS_FINITE_H

#include <stdbool.h>
#include <stdint.h>

/* The bits of the greatest magnitude: they compare as the magnitudes do, and are 0x7f800000 or more where a number is not
 * finite. On the calling thread. */
uint32_t denoise__top_bits(const float *values, int64_t count);
float denoise__top_magnitude(uint32_t bits);

/* On the pool. */
float denoise__greatest(const float *values, int64_t count); /* magnitude; infinite or NaN where a number is */
bool denoise__all_finite(const float *values, int64_t count);
int64_t denoise__first_nonfinite(const float *values, int64_t count); /* -1: none */

#endif
