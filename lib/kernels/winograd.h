/* SPDX-License-Identifier: Apache-2.0 */
/* Winograd's minimal filtering F(4 x 4, 3 x 3): a tile of 4 x 4 outputs of a correlation with a kernel of 3 x 3 from 6 x 6
 * inputs, with 36 multiplications for each pair of channels instead of 144 (A. Lavin and S. Gray, "Fast Algorithms for
 * Convolutional Neural Networks", CVPR 2016; points after B. Barabasz et al., "Error Analysis and Improving the Accuracy of
 * Winograd Convolution for Deep Neural Networks", ACM TOMS 46, 2020).
 *
 *     Y = A' [sum over channels (G g G') * (B' d B)] A,     * element by element
 *
 * for the points 0, a, -a, b, -b and infinity, a = 3/4, b = 3/2. With e = d4 - b^2 d2, o = d3 - b^2 d1 and f = d4 - a^2 d2,
 * p = d3 - a^2 d1, a column d of six becomes
 *
 *     B' d = (a^2 b^2 d0 + (d4 - (a^2 + b^2) d2),  e + a o,  e - a o,  f + b p,  f - b p,  a^2 b^2 d1 + (d5 - (a^2 + b^2) d3))
 *
 * and a column m of six, with s = m1 + m2, t = m1 - m2, u = m3 + m4, w = m3 - m4,
 *
 *     A' m = ((m0 + s) + u,  b w + a t,  b^2 u + a^2 s,  b^3 w + (a^3 t + m5))
 *
 * where each product that is added is a fused multiply-add, and b w + a t is fma(b, w, a t). All constants are exact. Columns
 * come first, then rows. Kernels are transformed in double, likewise, and rounded once:
 *
 *     G g = (64/81 g0,  -128/243 (h + a g1),  -128/243 (h - a g1),  32/243 (k + b g1),  32/243 (k - b g1),  g2)
 *
 * with h = g0 + a^2 g2, k = g0 + b^2 g2, products and sums rounded each. A number depends on its tile alone, so that neither
 * which tiles are computed together nor the width of a vector can change a bit. Compiled once per instruction set
 * (winograd_table.c). */
#ifndef DENOISE_KERNELS_WINOGRAD_H
#define DENOISE_KERNELS_WINOGRAD_H

#include <stdbool.h>
#include <stdint.h>

enum { DENOISE__WINOGRAD_POINTS = 36, DENOISE__WINOGRAD_TAPS = 9, DENOISE__WINOGRAD_TILE = 4 };

/* A picture, and neighbouring tiles of one row of tiles, the first of which begins at (y, x); channels last. */
typedef struct denoise__winograd_tiles {
    int64_t height, width, channels;
    int64_t y, x, count;
    /* Transformed tiles: channel c of tile t at point p is points[p * point_step + t * tile_step + c]. */
    int64_t point_step, tile_step;
} denoise__winograd_tiles;

typedef struct denoise__winograd {
    const char *name; /* of the instruction set, as in DENOISE_ISA */
    /* points = B' d B of the 6 x 6 pixels from each tile's beginning on, 0 for those outside of the picture; channels up to the
     * next multiple of 16 are written. */
    void (*input)(const denoise__winograd_tiles *tiles, const float *picture, float *points);
    /* The 4 x 4 pixels of each tile that lie in the picture = A' m A + bias, NULL: none; with `rectifies` then y = 0 where y <=
     * 0; and where the mask, a picture like this one and apart from it, is <= 0, NULL: none. Channels up to the next multiple
     * of 16 are read. */
    void (*output)(const denoise__winograd_tiles *tiles, const float *points, const float *bias, bool rectifies,
                   const float *mask, float *picture);
    /* u[p * point_step + j] = G g G' at point p of the 16 kernels g, tap t of kernel j in g[16 t + j]. */
    void (*kernels)(const float *g, float *u, int64_t point_step);
} denoise__winograd;

const denoise__winograd *denoise__winograd_table(void); /* for this CPU */
const denoise__winograd *
denoise__winograd_of(int32_t isa); /* DENOISE__ISA_*; NULL where the CPU or the build lacks it (tests) */

#endif
