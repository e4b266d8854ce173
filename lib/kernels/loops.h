/* SPDX-License-Identifier: Apache-2.0 */
/* Plain loops over arrays, compiled once per instruction set; the compiler makes vectors of them. No order of sums depends on
 * how wide these are: sums go in DENOISE__SUM_LANES interleaved ones, which are then added in order. */
#ifndef DENOISE_KERNELS_LOOPS_H
#define DENOISE_KERNELS_LOOPS_H

#include <stdint.h>

enum { DENOISE__SUM_LANES = 8 };

typedef struct denoise__loops {
    const char *name; /* "portable", "avx2", "avx512", "neon" */
    /* The greatest magnitude, as kernels/finite.h has it. */
    uint32_t (*top)(const float *values, int64_t count);
    /* y = x scale where mask is not 0, else 0; y must not be x */
    void (*scale_kept)(const float *x, const uint8_t *mask, float *y, int64_t count, float scale);
    void (*add)(const float *x, float *y, int64_t count); /* y += x */
    double (*sum_absolute)(const float *x, int64_t count);
    double (*sum_squares)(const float *x, int64_t count);
    void (*add_sign)(const float *x, float *y, int64_t count, float factor);   /* y += factor sign(x), sign(0) = 0 */
    void (*add_scaled)(const float *x, float *y, int64_t count, float factor); /* y += factor x */
    /* Of rows of `columns` numbers, with an alpha for each column; no array may be another. y = x above zero, else alpha x */
    void (*prelu)(const float *x, const float *alpha, float *y, int64_t rows, int64_t columns);
    /* dx = dy above zero, alpha dy below, 0 at zero */
    void (*prelu_backward)(const float *x, const float *alpha, const float *dy, float *dx, int64_t rows, int64_t columns);
    /* sums[c] += dy x of the rows in turn, where x is not above zero */
    void (*prelu_sum)(const float *x, const float *dy, double *sums, int64_t rows, int64_t columns);
} denoise__loops;

const denoise__loops *denoise__loops_table(void);     /* for this CPU */
const denoise__loops *denoise__loops_of(int32_t isa); /* DENOISE__ISA_*; NULL where the CPU or the build lacks it (tests) */

#endif
