/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a panel of 16 columns around the products: bias, rectifier, gradients, loss, loading. */
#ifndef DENOISE_KERNELS_TILE_PANEL_INC_H
#define DENOISE_KERNELS_TILE_PANEL_INC_H

#include "kernels/simd.h"
#include "kernels/simd_math.h"
#include "kernels/tile.h"

enum { PANEL = DENOISE__PANEL, VECTORS = PANEL / VF_LANES };

DENOISE__INLINE void fetch_line(const char *p)
{
#if defined(__GNUC__)
    __builtin_prefetch(p, 0, 3);
#else
    (void)p;
#endif
}

DENOISE__INLINE vi higher(vi top, vf a)
{
    return vi_max(top, vi_and(vf_bits(a), vi_set1(0x7fffffff)));
}

static uint32_t top_of(vi top)
{
    float lanes[VF_LANES];
    uint32_t result = 0;
    vf_store(lanes, vi_as_floats(top));
    for (int i = 0; i < VF_LANES; i++) {
        uint32_t bits;
        memcpy(&bits, &lanes[i], sizeof bits);
        result = bits > result ? bits : result;
    }
    return result;
}

static uint32_t finish(float *z, int64_t rows, const float *bias, bool rectify)
{
    vf b[VECTORS], zero = vf_set1(0.0f);
    vi top = vi_set1(0);
    DENOISE__UNROLL
    for (int v = 0; v < VECTORS; v++)
        b[v] = vf_load(bias + v * VF_LANES);
    for (float *end = z + rows * PANEL; z < end; z += PANEL) {
        DENOISE__UNROLL
        for (int v = 0; v < VECTORS; v++) {
            vf y = vf_add(vf_load(z + v * VF_LANES), b[v]);
            if (rectify) y = vf_select(vf_le(y, zero), zero, y);
            vf_store(z + v * VF_LANES, y);
            top = higher(top, y);
        }
    }
    return top_of(top);
}

static uint32_t backward(float *dz, const float *y, int64_t rows, float *sums)
{
    vf s[VECTORS], zero = vf_set1(0.0f);
    vi top = vi_set1(0);
    for (int64_t i = 0; i < rows; i++, dz += PANEL) {
        DENOISE__UNROLL
        for (int v = 0; v < VECTORS; v++) {
            vf d = vf_load(dz + v * VF_LANES);
            if (y != NULL) d = vf_select(vf_le(vf_load(y + i * PANEL + v * VF_LANES), zero), zero, d);
            s[v] = i == 0 ? d : vf_add(s[v], d);
            vf_store(dz + v * VF_LANES, d);
            top = higher(top, d);
        }
    }
    for (int v = 0; v < VECTORS; v++)
        vf_store(sums + v * VF_LANES, rows > 0 ? s[v] : zero);
    return top_of(top);
}

/* Sums of the loss by lane. The product of (1 + e) of up to 64 rows stays below 2^64, so one logarithm serves them all. */
typedef struct bce_sums {
    vf positive[VECTORS], crossed[VECTORS], product[VECTORS], gradient[VECTORS];
} bce_sums;

DENOISE__INLINE vf bce_target(const float *t, int64_t left)
{
    if (left >= VF_LANES) return vf_load(t);
    return left > 0 ? vf_load_part(t, left) : vf_set1(0.0f);
}

DENOISE__INLINE vf bce_element(bce_sums *s, const int v, vf z, vf e, vf t, vf scale)
{
    vf zero = vf_set1(0.0f), one = vf_set1(1.0f);
    vf d = vf_add(one, e);
    s->positive[v] = vf_add(s->positive[v], vf_select(vf_lt(zero, z), z, zero));
    s->crossed[v] = vf_fma(z, t, s->crossed[v]);
    s->product[v] = vf_mul(s->product[v], d);
    vf r = vf_div(one, d);
    vf sigmoid = vf_select(vf_le(zero, z), r, vf_mul(e, r));
    return vf_mul(vf_sub(sigmoid, t), scale);
}

/* Columns beyond the last one have no target and no weight; their gradient is zero. */
DENOISE__INLINE vf keep_columns(vf g, int64_t columns)
{
    float lanes[VF_LANES];
    if (columns >= VF_LANES) return g;
    vf_store(lanes, g);
    for (int64_t i = columns > 0 ? columns : 0; i < VF_LANES; i++)
        lanes[i] = 0.0f;
    return vf_load(lanes);
}

/* Columns in ascending order, in double. */
static double bce_loss(const bce_sums *s, int64_t columns)
{
    float positive[PANEL], crossed[PANEL], logs[PANEL];
    double sum = 0;
    for (int v = 0; v < VECTORS; v++) {
        vf_store(positive + v * VF_LANES, s->positive[v]);
        vf_store(crossed + v * VF_LANES, s->crossed[v]);
        vf_store(logs + v * VF_LANES, vf_log(s->product[v]));
    }
    for (int64_t i = 0; i < columns; i++)
        sum += (double)positive[i] - (double)crossed[i] + (double)logs[i];
    return sum;
}

/* z + bias, and e = exp(-|z|), of all rows. Apart from the rest, because the chain of operations of one row is longer than a
 * processor looks ahead; in two loops many rows are under way at once. */
static void bce_exponentials(const denoise__tile_bce *job, float *z, float *e, int64_t rows)
{
    vf bias[VECTORS];
    DENOISE__UNROLL
    for (int v = 0; v < VECTORS; v++)
        bias[v] = vf_load(job->bias + v * VF_LANES);
    for (float *end = z + rows * PANEL; z < end; z += PANEL, e += PANEL) {
        DENOISE__UNROLL
        for (int v = 0; v < VECTORS; v++) {
            vf a = vf_add(vf_load(z + v * VF_LANES), bias[v]);
            vf_store(z + v * VF_LANES, a);
            vf_store(e + v * VF_LANES, vf_exp_negative(vi_as_floats(vi_or(vf_bits(a), vi_set1(INT32_MIN)))));
        }
    }
}

/* full: all 16 columns are there. */
DENOISE__INLINE void bce_rows(denoise__tile_bce *job, const bool full, const bool gradient)
{
    float exponentials[DENOISE__ROW_BLOCK * PANEL];
    bce_sums s;
    vf scale = vf_set1(job->scale);
    vi top = vi_set1(0);
    const int64_t rows = job->rows, columns = full ? PANEL : job->columns, first = job->first;
    const float *const *targets = job->targets;
    DENOISE__UNROLL
    for (int v = 0; v < VECTORS; v++) {
        s.positive[v] = s.crossed[v] = s.gradient[v] = vf_set1(0.0f);
        s.product[v] = vf_set1(1.0f);
    }
    float *z = job->z;
    bce_exponentials(job, z, exponentials, rows);
    for (int64_t i = 0; i < rows; i++, z += PANEL) {
        const float *t = targets[i] + first;
        fetch_line((const char *)(t + PANEL)); /* the next panel's: there by then, in 4 KiB of the cache */
        DENOISE__UNROLL
        for (int v = 0; v < VECTORS; v++) {
            vf g = bce_element(&s, v, vf_load(z + v * VF_LANES), vf_load(exponentials + i * PANEL + v * VF_LANES),
                               bce_target(t + v * VF_LANES, columns - v * VF_LANES), scale);
            if (!gradient) continue;
            if (!full) g = keep_columns(g, columns - v * VF_LANES);
            s.gradient[v] = i == 0 ? g : vf_add(s.gradient[v], g);
            vf_store(z + v * VF_LANES, g);
            top = higher(top, g);
        }
    }
    for (int v = 0; gradient && v < VECTORS; v++)
        vf_store(job->sums + v * VF_LANES, s.gradient[v]);
    job->loss = bce_loss(&s, columns);
    job->top = top_of(top);
}

static void bce(denoise__tile_bce *job)
{
    bool full = job->columns >= PANEL;
    if (job->sums != NULL)
        full ? bce_rows(job, true, true) : bce_rows(job, false, true);
    else
        full ? bce_rows(job, true, false) : bce_rows(job, false, false);
}

DENOISE__INLINE vf scaled(vf x, const denoise__tile_scale *s)
{
    return vf_fma(x, vf_set1(s->high), vf_fma(x, vf_set1(s->low), vf_set1(s->offset)));
}

static void rescale(const float *x, float *y, int64_t count, const denoise__tile_scale *scale)
{
    int64_t i = 0;
    for (; i + VF_LANES <= count; i += VF_LANES)
        vf_store(y + i, scaled(vf_load(x + i), scale));
    if (i < count) vf_store_part(y + i, scaled(vf_load_part(x + i, count - i), scale), count - i);
}

enum { ROWS_AHEAD = 4, LINE_BYTES = 64 }; /* rows that are fetched while one is copied */

/* One row into line `to` of every panel. */
DENOISE__INLINE vi gather_row(const float *row, const float *ahead, int64_t columns, const denoise__tile_scale *scale,
                              float *to, int64_t panel, vi top)
{
    int64_t left = columns;
    for (; left > 0; left -= PANEL, to += panel, row += PANEL, ahead += PANEL) {
        fetch_line((const char *)ahead);
        DENOISE__UNROLL
        for (int v = 0; v < VECTORS; v++) {
            int64_t rest = left - v * VF_LANES;
            const float *x = row + v * VF_LANES;
            vf a = rest >= VF_LANES ? vf_load(x) : rest > 0 ? vf_load_part(x, rest) : vf_set1(0.0f);
            if (scale != NULL) a = keep_columns(scaled(a, scale), rest);
            vf_store(to + v * VF_LANES, a);
            top = higher(top, a);
        }
    }
    return top;
}

static uint32_t gather(const float *const *rows, int64_t count, int64_t columns, const denoise__tile_scale *scale, float *to,
                       int64_t panel)
{
    vi top = vi_set1(0);
    for (int64_t i = 0; i < count; i++) {
        const float *ahead = rows[i + ROWS_AHEAD < count ? i + ROWS_AHEAD : i];
        top = gather_row(rows[i], ahead, columns, scale, to + i * PANEL, panel, top);
    }
    return top_of(top);
}

/* 16 bytes of a row into one line; those from `columns` on are not there. */
DENOISE__INLINE vi gather_line(const uint8_t *bytes, int64_t columns, const denoise__tile_scale *scale, float *line, vi top)
{
    DENOISE__UNROLL
    for (int v = 0; v < VECTORS; v++) {
        vf a = scaled(vi_to_floats(vi_load_bytes(bytes + v * VF_LANES)), scale);
        a = keep_columns(a, columns - v * VF_LANES);
        vf_store(line + v * VF_LANES, a);
        top = higher(top, a);
    }
    return top;
}

static uint32_t gather_bytes(const uint8_t *const *rows, int64_t count, int64_t columns, const denoise__tile_scale *scale,
                             float *to, int64_t panel)
{
    const denoise__tile_scale by = scale == NULL ? (denoise__tile_scale){1.0f, 0.0f, 0.0f} : *scale;
    const int64_t whole = columns / PANEL * PANEL;
    vi top = vi_set1(0);
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *row = rows[i], *ahead = rows[i + ROWS_AHEAD < count ? i + ROWS_AHEAD : i];
        float *line = to + i * PANEL;
        for (int64_t column = 0; column < whole; column += PANEL, line += panel) {
            if (column % LINE_BYTES == 0) fetch_line((const char *)ahead + column);
            top = gather_line(row + column, PANEL, &by, line, top);
        }
        if (whole == columns) continue;
        uint8_t padded[PANEL] = {0};
        memcpy(padded, row + whole, (size_t)(columns - whole));
        top = gather_line(padded, columns - whole, &by, line, top);
    }
    return top_of(top);
}

#if DENOISE__SIMD_SET >= 256
/* Pairs, quarters, halves. */
DENOISE__INLINE void transpose_8(const float *from, float *to)
{
    __m256 a[8], b[8];
    DENOISE__UNROLL
    for (int i = 0; i < 8; i++)
        a[i] = _mm256_loadu_ps(from + i * PANEL);
    DENOISE__UNROLL
    for (int i = 0; i < 4; i++) {
        b[2 * i] = _mm256_unpacklo_ps(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm256_unpackhi_ps(a[2 * i], a[2 * i + 1]);
    }
    DENOISE__UNROLL
    for (int i = 0; i < 2; i++) {
        a[4 * i] = _mm256_shuffle_ps(b[4 * i], b[4 * i + 2], 0x44);
        a[4 * i + 1] = _mm256_shuffle_ps(b[4 * i], b[4 * i + 2], 0xee);
        a[4 * i + 2] = _mm256_shuffle_ps(b[4 * i + 1], b[4 * i + 3], 0x44);
        a[4 * i + 3] = _mm256_shuffle_ps(b[4 * i + 1], b[4 * i + 3], 0xee);
    }
    DENOISE__UNROLL
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(to + i * PANEL, _mm256_permute2f128_ps(a[i], a[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * PANEL, _mm256_permute2f128_ps(a[i], a[i + 4], 0x31));
    }
}

static void transpose(const float *from, float *to)
{
    transpose_8(from, to);
    transpose_8(from + 8, to + 8 * PANEL);
    transpose_8(from + 8 * PANEL, to + 8);
    transpose_8(from + 8 * PANEL + 8, to + 8 * PANEL + 8);
}
#else
static void transpose(const float *from, float *to)
{
    for (int i = 0; i < PANEL; i++)
        for (int j = 0; j < PANEL; j++)
            to[j * PANEL + i] = from[i * PANEL + j];
}
#endif

#endif
