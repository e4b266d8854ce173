/* SPDX-License-Identifier: Apache-2.0 */
/* Products whose sums go over several runs of memory: the core of convolutions. Nothing is gathered before them.
 *
 * A run is a stretch of `count` values of k. An element of C is one chain of fused multiply-adds over the runs in their order
 * and over k within each, ascending, from +0 or from the value that C holds; so neither the size of a tile nor the width of a
 * vector can change a bit. Compiled once per instruction set (runs_table.c). */
#ifndef DENOISE_KERNELS_RUNS_H
#define DENOISE_KERNELS_RUNS_H

#include "kernels/tile.h"

typedef struct denoise__run {
    int64_t a, b; /* where it begins, in floats from A's and from B's first */
    int64_t count;
} denoise__run;

/* C (planes * lines * rows, columns): C(n, l, i, j) is c[n * c_plane + l * c_line + i * c_row + j]. All have the same runs. */
typedef struct denoise__runs_product {
    const denoise__run *runs;
    int64_t run_count;
    int64_t planes, lines, rows, columns;
    const float *a, *b;
    int64_t a_plane, a_line, a_row, a_next; /* A(n, l, i, p) of a run is a[n * a_plane + l * a_line + i * a_row + p * a_next] */
    const int64_t *a_at;                    /* multiply_rows: not NULL: a_at[i] instead of i * a_row */
    int64_t b_row, b_panel;
    float *c;
    int64_t c_plane, c_line, c_row;
    bool continues;    /* the chains go on from what C holds */
    bool rectifies;    /* at last y = 0 where y <= 0 */
    const float *bias; /* (columns), added before that; NULL: nothing is */
    const float *mask; /* as C, apart from it: at last y = 0 where its number is <= 0; NULL: none. Not in by_columns, and
                        * none of these three in multiply_rows. */
    denoise__tile_fetch *fetch; /* of `multiply`; NULL: nothing */
} denoise__runs_product;

typedef struct denoise__runs {
    const char *name; /* of the instruction set, as in DENOISE_ISA */
    /* B in panels of 16 columns, filled up with zeros: B(p, j) is b[j / 16 * b_panel + p * 16 + j % 16]; a_next is 1. */
    void (*multiply)(const denoise__runs_product *product);
    /* B in rows: B(p, j) is b[p * b_row + j]. */
    void (*multiply_rows)(const denoise__runs_product *product);
    /* For few columns: B(p, j) is b[j * b_panel + p]; a_next is 1; not from C. An element is the sum of 16 chains, of k modulo
     * 16 in each run, added as ((0+8)+(4+12)) + ((2+10)+(6+14)) + the same of the odd ones. */
    void (*dots)(const denoise__runs_product *product);
    /* By columns: C(i, j) is the chain over runs and p of A(i, p, j) B(p, j), with A(i, p, j) in a[i * a_row + p * a_next + j]
     * and B(p, j) in b[p * b_row + j]. */
    void (*by_columns)(const denoise__runs_product *product);
    /* sums[j] = x(0, j) + x(1, j) + ..., one after the other, of x (rows, columns); rows >= 1. */
    void (*add_rows)(const float *x, int64_t rows, int64_t columns, float *sums);
} denoise__runs;

const denoise__runs *denoise__runs_table(void);     /* for this CPU */
const denoise__runs *denoise__runs_of(int32_t isa); /* DENOISE__ISA_*; NULL where the CPU or the build lacks it (tests) */

#endif
