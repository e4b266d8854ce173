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

enum {
    DENOISE__PANEL = 16,
    DENOISE__ROW_BLOCK = 64 /* rows whose column sums (a bias' gradient) are added up apart: part of what the bits are */
};

/* Memory that will be wanted soon, fetched line by line between the multiplications: pieces[piece..count-1], from `offset` of
 * the first. Moves on with each product. */
typedef struct denoise__tile_piece {
    const void *data;
    int64_t bytes;
} denoise__tile_piece;
typedef struct denoise__tile_fetch {
    const denoise__tile_piece *pieces;
    int64_t count;
    int64_t piece, offset;
} denoise__tile_fetch;

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
    bool continues;             /* the chains go on from what C holds */
    denoise__tile_fetch *fetch; /* NULL: nothing */
} denoise__tile_product;

/* The last layer with sigmoid and binary cross-entropy, on one panel of logits (without their bias):
 * loss = sum max(z, 0) - z t + log(1 + e), e = exp(-|z|); gradient (sigmoid(z) - t) scale, over z. */
typedef struct denoise__tile_bce {
    float *z;     /* (rows, 16) */
    int64_t rows; /* up to DENOISE__ROW_BLOCK */
    int64_t columns;
    const float *bias;
    const float *const *targets; /* of each row; column `first` is the panel's first */
    int64_t first;
    float scale;
    float *sums;  /* (16) column sums of the gradient; NULL: no gradient is wanted */
    double loss;  /* out: the sum over rows and columns */
    uint32_t top; /* out: see below */
} denoise__tile_bce;

/* Rescaling x scale + offset, with scale = high + low: one rounding, so that bytes times 1/255 are the nearest floats. */
typedef struct denoise__tile_scale {
    float high, low, offset;
} denoise__tile_scale;

/* A `top` is the bit pattern of the greatest magnitude among the numbers seen: it compares as the magnitudes do, and from
 * 0x7f800000 on there was one that is not finite. */
typedef struct denoise__tile {
    const char *name;       /* of the instruction set, as in DENOISE_ISA */
    int32_t panels_at_once; /* that a call for many rows should bring, so that tiles have their best shape */
    void (*multiply)(const denoise__tile_product *product);
    /* On one panel, in place: + bias, then max(z, 0) with `rectify`. */
    uint32_t (*finish)(float *z, int64_t rows, const float *bias, bool rectify);
    /* On one panel, in place: zero where y <= 0 (y NULL: nowhere); sums[16] are the columns' sums in ascending rows. */
    uint32_t (*backward)(float *dz, const float *y, int64_t rows, float *sums);
    void (*bce)(denoise__tile_bce *job);
    /* Rows of `columns` numbers into panels; the last panel is filled up with zeros. scale NULL: as they are. */
    uint32_t (*gather)(const float *const *rows, int64_t count, int64_t columns, const denoise__tile_scale *scale, float *to,
                       int64_t panel);
    uint32_t (*gather_bytes)(const uint8_t *const *rows, int64_t count, int64_t columns, const denoise__tile_scale *scale,
                             float *to, int64_t panel);
    void (*transpose)(const float *from, float *to); /* 16 x 16 */
    void (*rescale)(const float *x, float *y, int64_t count, const denoise__tile_scale *scale);
} denoise__tile;

enum { DENOISE__NOT_FINITE = 0x7f800000 };

const denoise__tile *denoise__tile_table(void);
/* The table of one instruction set, DENOISE__ISA_*; NULL when it is not built in or the CPU cannot run it (tests). */
const denoise__tile *denoise__tile_of(int32_t isa);

#endif
