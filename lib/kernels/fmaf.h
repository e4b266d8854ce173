/* SPDX-License-Identifier: Apache-2.0 */
/* A fused multiply-add for C libraries whose own rounds twice (cmake/DenoiseFloats.cmake asks them). */
#ifndef DENOISE_KERNELS_FMAF_H
#define DENOISE_KERNELS_FMAF_H

#include <stdint.h>
#include <string.h>

/* a * b + c, rounded once. The product is exact in double. The sum is rounded to odd there: where it is not exact, its last bit
 * is made 1, so that it is no tie of floats, nor on the wrong side of one, and rounding it again is rounding once (Boldo and
 * Melquiond, "Emulation of a FMA and correctly rounded sums", IEEE Trans. Computers 57, 2008). The rounding error comes from
 * Knuth's two-sum; it is NaN where the sum is not finite, and the sum is then left alone. */
static inline float denoise__fmaf(float a, float b, float c)
{
    double product = (double)a * (double)b, sum = product + (double)c, share = sum - product;
    double error = (product - (sum - share)) + ((double)c - share);
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if ((error < 0 || error > 0) && (bits & 1) == 0) bits = (error > 0) == (sum > 0) ? bits + 1 : bits - 1;
    memcpy(&sum, &bits, sizeof sum);
    return (float)sum;
}

#endif
