/* SPDX-License-Identifier: Apache-2.0 */
/* The native engine's core: products of matrices held in panels of 16 columns.
 *
 * A panel is [rows][16] floats, a matrix a row of panels, `panel` floats apart. An element of C is one chain of fused
 * multiply-adds over ascending k that starts at +0 (or at the value that C holds), so neither the size of a tile nor the
 * width of a vector nor a cut of k can change a bit. Compiled once per instruction set (tile_table.c). */
#ifndef DENOISE_KERNELS_TILE_H
#define DENOISE_KERNELS_TILE_H

#include <stdbool.h>
#include <stdint.h>

enum { DENOISE__PANEL = 16 };

/* C (rows, panels * 16) = A (rows, k) . B (k, panels * 16). */
typedef struct denoise__tile_product {
    int64_t rows, panels, k;
    /* A(i, p) is a[i * a_row + p / 16 * a_panel + p % 16]: panels (a_row 16) or row-major memory (a_panel 16).
     * With a_is_transposed A(i, p) is a[p * a_row + i]. */
    const float *a;
    int64_t a_row, a_panel;
    bool a_is_transposed;
    const float *b; /* B(p, j) is b[j / 16 * b_panel + p * 16 + j % 16] */
    int64_t b_panel;
    float *c; /* C(i, j) is c[j / 16 * c_panel + i * c_row + j % 16] */
    int64_t c_row, c_panel;
    bool continues; /* the chains go on from what C holds */
} denoise__tile_product;

typedef struct denoise__tile {
    const char *name;       /* of the instruction set, as in DENOISE_ISA */
    int32_t panels_at_once; /* that a call for many rows should bring, so that tiles have their best shape */
    void (*multiply)(const denoise__tile_product *product);
} denoise__tile;

const denoise__tile *denoise__tile_table(void);
/* The table of one instruction set, DENOISE__ISA_*; NULL when it is not built in or the CPU cannot run it (tests). */
const denoise__tile *denoise__tile_of(int32_t isa);

#endif
