/* SPDX-License-Identifier: Apache-2.0 */
/* Native products of matrices in rows: B is packed, a few panels of 16 columns and a piece of k at a time, and handed to the
 * tiles (kernels/tile.h), which read A and write C where they lie. A piece of k continues from what C holds, so pieces change
 * no bit. Columns that do not fill a panel go through a small copy of C. */
#include "kernels/gemm_native.h"
#include <stdalign.h>
#include <string.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum {
    PANEL = DENOISE__PANEL,
    BUFFER = 576, /* rows of packed panels in all: 36 KiB */
    PIECE = 288,  /* rows of one panel at most: 18 KiB, which stay in the first-level cache */
    STRIP = 48,   /* rows of C that are copied; every height of a tile divides it, or nearly */
    FEW = 7       /* rows, or k: B is not packed; if it is transposed, more panels are packed for less k, for wide tiles */
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Fetches what the next panel needs while this one is multiplied; never a fault. */
static void fetch(const float *address)
{
#if defined(__GNUC__)
    __builtin_prefetch(address, 0, 2);
#else
    (void)address;
#endif
}

/* Four rows of four numbers, transposed. */
static void transpose4(const float *from, int64_t stride, float *to)
{
#if defined(__SSE__)
    __m128 r0 = _mm_loadu_ps(from), r1 = _mm_loadu_ps(from + stride), r2 = _mm_loadu_ps(from + 2 * stride),
           r3 = _mm_loadu_ps(from + 3 * stride);
    _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
    _mm_store_ps(to, r0);
    _mm_store_ps(to + PANEL, r1);
    _mm_store_ps(to + 2 * PANEL, r2);
    _mm_store_ps(to + 3 * PANEL, r3);
#elif defined(__aarch64__)
    float32x4x4_t r = {{vld1q_f32(from), vld1q_f32(from + stride), vld1q_f32(from + 2 * stride), vld1q_f32(from + 3 * stride)}};
    float32x4x2_t low = vtrnq_f32(r.val[0], r.val[1]), high = vtrnq_f32(r.val[2], r.val[3]);
    vst1q_f32(to, vcombine_f32(vget_low_f32(low.val[0]), vget_low_f32(high.val[0])));
    vst1q_f32(to + PANEL, vcombine_f32(vget_low_f32(low.val[1]), vget_low_f32(high.val[1])));
    vst1q_f32(to + 2 * PANEL, vcombine_f32(vget_high_f32(low.val[0]), vget_high_f32(high.val[0])));
    vst1q_f32(to + 3 * PANEL, vcombine_f32(vget_high_f32(low.val[1]), vget_high_f32(high.val[1])));
#else
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++)
            to[j * PANEL + i] = from[i * stride + j];
    }
#endif
}

/* A panel of `columns` <= 16 rows of B as stored, which are columns of op(B). */
static void pack_transposed(const float *b, int64_t ldb, int64_t columns, int64_t count, float *to)
{
    if (columns < PANEL) memset(to, 0, (size_t)(count * PANEL) * sizeof *to);
    for (int64_t j = 0; j < columns; j += 4) {
        int64_t p = 0;
        for (; columns - j >= 4 && count - p >= 4; p += 4)
            transpose4(b + j * ldb + p, ldb, to + p * PANEL + j);
        for (; p < count; p++) {
            for (int64_t i = j; i < least(j + 4, columns); i++)
                to[p * PANEL + i] = b[i * ldb + p];
        }
    }
}

static void pack_rows(const float *b, int64_t ldb, int64_t columns, int64_t count, int64_t ahead, float *to)
{
    if (columns == PANEL) {
        for (int64_t p = 0; p < count; p++) {
            memcpy(to + p * PANEL, b + p * ldb, PANEL * sizeof *to);
            fetch(b + p * ldb + ahead);
        }
        return;
    }
    for (int64_t p = 0; p < count; p++) {
        memcpy(to + p * PANEL, b + p * ldb, (size_t)columns * sizeof *to);
        memset(to + p * PANEL + columns, 0, (size_t)(PANEL - columns) * sizeof *to);
    }
}

/* Rows p.. of op(B), columns j.. as panels of `count` rows; the last one may be ragged: zeros fill it. */
static void pack(const denoise__product *product, int64_t p, int64_t count, int64_t j, int64_t panels, float *to)
{
    for (int64_t i = 0; i < panels; i++, j += PANEL, to += count * PANEL) {
        int64_t columns = least(PANEL, product->n - j);
        if (product->transpose_b)
            pack_transposed(product->b + j * product->ldb + p, product->ldb, columns, count, to);
        else
            pack_rows(product->b + p * product->ldb + j, product->ldb, columns, count, panels * PANEL, to);
    }
}

static void copy_columns(float *to, int64_t to_stride, const float *from, int64_t from_stride, int64_t rows, int64_t columns)
{
    for (int64_t i = 0; i < rows; i++)
        memcpy(to + i * to_stride, from + i * from_stride, (size_t)columns * sizeof *to);
}

/* The last, ragged panel of C, strip by strip. `all` is the product as if it were a whole one. */
static void multiply_ragged(denoise__tile_product all, int64_t columns, const denoise__tile *tile)
{
    alignas(64) float strip[STRIP * PANEL];
    denoise__tile_product part = all;
    part.c = strip;
    part.c_row = PANEL;
    for (int64_t i = 0; i < all.rows; i += STRIP) {
        float *c = all.c + i * all.c_row;
        part.rows = least(STRIP, all.rows - i);
        part.a = all.a + i * (all.a_is_transposed ? 1 : all.a_row);
        if (all.continues) {
            memset(strip, 0, sizeof strip);
            copy_columns(strip, PANEL, c, all.c_row, part.rows, columns);
        }
        tile->multiply(&part);
        copy_columns(c, all.c_row, strip, PANEL, part.rows, columns);
    }
}

/* All rows against panels from column j on for a piece of k from p on. */
static void multiply_piece(const denoise__product *product, int64_t p, int64_t count, int64_t j, int64_t panels, const float *b,
                           const denoise__tile *tile)
{
    denoise__tile_product part = {.rows = product->m,
                                  .panels = panels,
                                  .k = count,
                                  .a = product->a + (product->transpose_a ? p * product->lda : p),
                                  .a_row = product->lda,
                                  .a_panel = PANEL,
                                  .a_is_transposed = product->transpose_a,
                                  .b = b,
                                  .b_panel = count * PANEL,
                                  .c = product->c + j,
                                  .c_row = product->ldc,
                                  .c_panel = PANEL,
                                  .continues = p > 0};
    int64_t ragged = product->n - j < panels * PANEL ? (product->n - j) % PANEL : 0;
    if (ragged != 0) part.panels--;
    if (part.panels > 0) tile->multiply(&part);
    if (ragged == 0) return;
    part.b += part.panels * part.b_panel;
    part.c += part.panels * PANEL;
    part.panels = 1;
    multiply_ragged(part, ragged, tile);
}

/* Pieces of nearly equal length. */
static int64_t piece_of(int64_t k, int64_t longest)
{
    int64_t pieces = k / longest + (k % longest != 0);
    return (k / pieces + (k % pieces != 0) + PANEL - 1) / PANEL * PANEL;
}

void denoise__native_product(const denoise__product *product, const denoise__tile *tile, denoise__few_rows few_rows)
{
    alignas(64) float b[BUFFER * PANEL];
    if (!product->transpose_b && (product->m <= FEW || product->k <= FEW)) {
        few_rows(product);
        return;
    }
    int64_t all = product->n / PANEL + (product->n % PANEL != 0), group = product->m <= FEW ? 8 : tile->panels_at_once;
    if (group > all) group = all;
    int64_t piece = piece_of(product->k, least(BUFFER / group / PANEL * PANEL, PIECE));
    for (int64_t p = 0; p < product->k; p += piece) {
        int64_t count = least(piece, product->k - p);
        for (int64_t j = 0; j < all; j += group) {
            int64_t panels = least(group, all - j);
            pack(product, p, count, j * PANEL, panels, b);
            multiply_piece(product, p, count, j * PANEL, panels, b, tile);
        }
    }
}
