/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of normalization: sums for means and variances, and what is made of them.
 *
 * Numbers lie in rows of `width` columns, and a column has numbers of its own (shift, scale, ...): element i belongs to column
 * i % width. Width 1: one for all of them. Sums run in double, column by column: four rows at a time, (a + b) + (c + d), which
 * are then added to the sum so far; rows that are left follow one by one. Where `width` fills no vectors, several rows are
 * taken as one, of a width that follows from `width` alone, and the parts of a column are added at the end, the upper half to
 * the lower one. So a sum's bits depend on count and width, never on the instruction set. Nothing here allocates.
 *
 * Differences x - shift are exact in double (or rounded to its 53 bits), so a sum of squares about any element of a set of n
 * has at most n times the set's own variance to lose: some 2^-53 n of it. */
#ifndef DENOISE_KERNELS_NORM_H
#define DENOISE_KERNELS_NORM_H

#include <stdint.h>

/* Of each column, for the gradient. */
typedef struct denoise__norm_slopes {
    const float *gamma, *mean, *shift, *slope, *scale;
} denoise__norm_slopes;

/* Column by column: sums = sum of (x - shift), squares = sum of (x - shift)^2. */
void denoise__norm_moments(const float *x, int64_t count, int64_t width, const float *shift, double *sums, double *squares);
/* sums = sum of dy, products = sum of dy (x - shift) */
void denoise__norm_products(const float *dy, const float *x, int64_t count, int64_t width, const float *shift, double *sums,
                            double *products);
/* y = (x - shift) scale + offset, in single precision; y may be x */
void denoise__norm_apply(const float *x, float *y, int64_t count, int64_t width, const float *shift, const float *scale,
                         const float *offset);
/* dx = ((dy gamma - mean) + (x - shift) slope) scale, in single precision; dx may be dy */
void denoise__norm_gradient(const float *dy, const float *x, float *dx, int64_t count, int64_t width,
                            const denoise__norm_slopes *slopes);

/* The loops that are compiled once per instruction set. No arrays overlap, except that y may be x, and dx may be dy; sums are
 * added to what is there. */
typedef struct denoise__norm {
    const char *name; /* "portable", "avx2", "avx512", "neon" */
    void (*moments)(const float *x, int64_t rows, int64_t width, const float *shift, double *sums, double *squares);
    void (*products)(const float *dy, const float *x, int64_t rows, int64_t width, const float *shift, double *sums,
                     double *products);
    /* Both for one column, in 16 lanes whose sums are folded; not added to what is there. */
    void (*run_moments)(const float *x, int64_t count, float shift, double *sum, double *square);
    void (*run_products)(const float *dy, const float *x, int64_t count, float shift, double *sum, double *product);
    void (*apply)(const float *x, float *y, int64_t rows, int64_t width, const float *shift, const float *scale,
                  const float *offset);
    void (*gradient)(const float *dy, const float *x, float *dx, int64_t rows, int64_t width,
                     const denoise__norm_slopes *slopes);
    /* inverse = 1 / sqrt(variance + epsilon); of 0 infinite, of less NaN */
    void (*inverse_roots)(const float *variance, double *inverse, int64_t count, double epsilon);
    /* One row that has numbers of its own, and gamma and beta column by column:
     * y = ((x - shift) scale + offset) gamma + beta */
    void (*row)(const float *x, float *y, int64_t count, float shift, float scale, float offset, const float *gamma,
                const float *beta);
    /* dx = ((dx - mean) + (x - shift) slope) scale */
    void (*row_gradient)(const float *x, float *dx, int64_t count, float mean, float shift, float slope, float scale);
    void (*multiply)(const float *x, const float *factor, float *y, int64_t count); /* y = x factor */
    /* Rows of `stride` numbers, of which `count` are looked at, each with a shift, a scale and an offset: sums += dy,
     * products += dy ((x - shift) scale + offset), column by column. */
    void (*row_sums)(const float *dy, const float *x, int64_t rows, int64_t stride, int64_t count, const float *shift,
                     const float *scale, const float *offset, double *sums, double *products);
} denoise__norm;

const denoise__norm *denoise__norm_table(void);     /* for this CPU */
const denoise__norm *denoise__norm_of(int32_t isa); /* DENOISE__ISA_*; NULL where the CPU or the build lacks it (tests) */

#endif
