/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set, with DENOISE__WINOGRAD_TABLE (the table's name) and DENOISE__WINOGRAD_NAME (its text)
 * defined. */
#include "kernels/simd.h"
#include "kernels/simd_lanes.h"
#include "kernels/tile.h"
#include "kernels/winograd.h"

enum { PANEL = DENOISE__PANEL, VECTORS = PANEL / VF_LANES, READ = 6, TILE = DENOISE__WINOGRAD_TILE };

/* Tiles whose columns are transformed at a time, in the first cache: neighbours share two of them. */
enum { GROUP = 6, COLUMNS = GROUP * TILE + READ - TILE };

/* B' d */
DENOISE__INLINE void to_points(const vf *d, vf *o)
{
    const vf a = vf_set1(0.75f), b = vf_set1(1.5f), aa = vf_set1(0.5625f), bb = vf_set1(2.25f);
    const vf sum = vf_set1(2.8125f), product = vf_set1(1.265625f);
    vf even_a = vf_fnma(bb, d[2], d[4]), odd_a = vf_fnma(bb, d[1], d[3]);
    vf even_b = vf_fnma(aa, d[2], d[4]), odd_b = vf_fnma(aa, d[1], d[3]);
    o[0] = vf_fma(product, d[0], vf_fnma(sum, d[2], d[4]));
    o[1] = vf_fma(a, odd_a, even_a);
    o[2] = vf_fnma(a, odd_a, even_a);
    o[3] = vf_fma(b, odd_b, even_b);
    o[4] = vf_fnma(b, odd_b, even_b);
    o[5] = vf_fma(product, d[1], vf_fnma(sum, d[3], d[5]));
}

/* A' m */
DENOISE__INLINE void from_points(const vf *m, vf *o)
{
    const vf a = vf_set1(0.75f), b = vf_set1(1.5f), aa = vf_set1(0.5625f), bb = vf_set1(2.25f);
    const vf aaa = vf_set1(0.421875f), bbb = vf_set1(3.375f);
    vf even_a = vf_add(m[1], m[2]), odd_a = vf_sub(m[1], m[2]);
    vf even_b = vf_add(m[3], m[4]), odd_b = vf_sub(m[3], m[4]);
    o[0] = vf_add(vf_add(m[0], even_a), even_b);
    o[1] = vf_fma(b, odd_b, vf_mul(a, odd_a));
    o[2] = vf_fma(bb, even_b, vf_mul(aa, even_a));
    o[3] = vf_fma(bbb, odd_b, vf_fma(aaa, odd_a, m[5]));
}

/* ---- Inputs */

/* Rows and columns of pixels, of one panel of channels, from which a group of tiles is made. */
typedef struct window {
    const float *row[READ];           /* where x is 0; NULL: outside of the picture */
    int64_t first, left, right, step; /* columns first.. of which [left, right) exist */
    int64_t channels;                 /* of the panel */
} window;

/* `whole`: all rows and channels are there. */
DENOISE__INLINE void transform_columns(const bool whole, const window *w, int64_t columns, float *to)
{
    for (int64_t j = 0; j < columns; j++, to += READ * PANEL) {
        int64_t at = (w->first + j) * w->step;
        bool exists = w->first + j >= w->left && w->first + j < w->right;
        DENOISE__NO_UNROLL
        for (int v = 0; v < PANEL; v += VF_LANES) {
            vf d[READ], o[READ];
            DENOISE__UNROLL
            for (int i = 0; i < READ; i++) {
                if (whole)
                    d[i] = exists ? vf_load(w->row[i] + at + v) : vf_set1(0.0f);
                else
                    d[i] = exists && w->row[i] != NULL ? load_lanes(w->row[i] + at + v, w->channels - v) : vf_set1(0.0f);
            }
            to_points(d, o);
            DENOISE__UNROLL
            for (int i = 0; i < READ; i++)
                vf_store(to + i * PANEL + v, o[i]);
        }
    }
}

static void whole_columns(const window *w, int64_t columns, float *to)
{
    transform_columns(true, w, columns, to);
}

static void some_columns(const window *w, int64_t columns, float *to)
{
    transform_columns(false, w, columns, to);
}

static void transform_rows(const denoise__winograd_tiles *t, const float *from, int64_t count, float *points)
{
    for (int64_t k = 0; k < count; k++, from += TILE * READ * PANEL, points += t->tile_step)
        DENOISE__NO_UNROLL
    for (int v = 0; v < PANEL; v += VF_LANES) {
        float *to = points + v;
        DENOISE__NO_UNROLL
        for (int i = 0; i < READ; i++) {
            vf d[READ], o[READ];
            DENOISE__UNROLL
            for (int j = 0; j < READ; j++)
                d[j] = vf_load(from + (j * READ + i) * PANEL + v);
            to_points(d, o);
            DENOISE__UNROLL
            for (int j = 0; j < READ; j++, to += t->point_step)
                vf_store(to, o[j]);
        }
    }
}

static void input(const denoise__winograd_tiles *t, const float *picture, float *points)
{
    float between[COLUMNS * READ * PANEL];
    window w = {.left = 0, .right = t->width, .step = t->channels};
    bool all_rows = t->y >= 0 && t->y + READ <= t->height;
    for (int64_t c = 0; c < t->channels; c += PANEL) {
        w.channels = t->channels - c;
        for (int64_t i = 0; i < READ; i++) {
            bool exists = t->y + i >= 0 && t->y + i < t->height;
            w.row[i] = exists ? picture + (t->y + i) * t->width * t->channels + c : NULL;
        }
        for (int64_t k = 0, count; k < t->count; k += count) {
            count = t->count - k < GROUP ? t->count - k : GROUP;
            w.first = t->x + k * TILE;
            (all_rows && w.channels >= PANEL ? whole_columns : some_columns)(&w, count * TILE + READ - TILE, between);
            transform_rows(t, between, count, points + k * t->tile_step + c);
        }
    }
}

/* ---- Outputs */

/* One vector of channels of a tile, whose pixels are `pixel` apart and its lines `line`, as are those of the mask, if any.
 * limit: 0 of a rectifier, NaN of none. */
static void write_tile(const float *m, int64_t point_step, vf bias, float limit, const float *mask, float *to, int64_t pixel,
                       int64_t line)
{
    vf between[READ][TILE];
    DENOISE__UNROLL
    for (int j = 0; j < READ; j++) {
        vf d[READ];
        DENOISE__UNROLL
        for (int i = 0; i < READ; i++)
            d[i] = vf_load(m + (i * READ + j) * point_step);
        from_points(d, between[j]);
    }
    DENOISE__UNROLL
    for (int i = 0; i < TILE; i++) {
        vf d[READ], o[TILE];
        DENOISE__UNROLL
        for (int j = 0; j < READ; j++)
            d[j] = between[j][i];
        from_points(d, o);
        DENOISE__UNROLL
        for (int j = 0; j < TILE; j++) {
            vf y = vf_add(o[j], bias);
            y = vf_zero_where(vf_le(y, vf_set1(limit)), y);
            if (mask != NULL) y = vf_zero_where(vf_le(vf_load(mask + i * line + j * pixel), vf_set1(0.0f)), y);
            vf_store(to + i * line + j * pixel, y);
        }
    }
}

/* The part of a tile that is in the picture: `rows` x `columns` pixels, and `channels` of the vector. `mask`: as `to`. */
static void copy_part(const float *tile, const float *mask, float *to, int64_t rows, int64_t columns, int64_t channels,
                      int64_t pixel, int64_t line)
{
    for (int64_t i = 0; i < rows && i < TILE; i++)
        for (int64_t j = 0; j < columns && j < TILE; j++) {
            vf y = vf_load(tile + (i * TILE + j) * VF_LANES);
            int64_t at = i * line + j * pixel;
            if (mask != NULL) y = vf_zero_where(vf_le(load_lanes(mask + at, channels), vf_set1(0.0f)), y);
            store_lanes(to + at, y, channels);
        }
}

static void output(const denoise__winograd_tiles *t, const float *points, const float *bias, bool rectifies, const float *mask,
                   float *picture)
{
    float tile[TILE * TILE * VF_LANES];
    const int64_t pixel = t->channels, line = t->width * t->channels, rows = t->height - t->y;
    for (int64_t k = 0; k < t->count; k++, points += t->tile_step) {
        int64_t x = t->x + k * TILE, columns = t->width - x;
        int64_t at = (t->y * t->width + x) * pixel;
        float *to = picture + at;
        for (int64_t c = 0; c < t->channels; c += VF_LANES) {
            int64_t channels = t->channels - c;
            const float *masked = mask == NULL ? NULL : mask + at + c;
            bool is_whole = rows >= TILE && columns >= TILE && channels >= VF_LANES;
            /* -0 where there is none, which changes no number */
            vf added = bias == NULL ? vf_set1(-0.0f) : load_lanes(bias + c, channels);
            write_tile(points + c, t->point_step, added, rectifies ? 0.0f : NAN, is_whole ? masked : NULL,
                       is_whole ? to + c : tile, is_whole ? pixel : VF_LANES, is_whole ? line : TILE * VF_LANES);
            if (!is_whole) copy_part(tile, masked, to + c, rows, columns, channels, pixel, line);
        }
    }
}

/* ---- Kernels */

/* G g of 16 columns g of three numbers, `step` apart; the six that come are `to_step` apart. */
DENOISE__INLINE void kernel_points(const double *restrict g, int step, double *restrict to, int to_step)
{
    const double a = 0.75, b = 1.5, aa = 0.5625, bb = 2.25;
    const double at_0 = 64.0 / 81.0, at_a = -128.0 / 243.0, at_b = 32.0 / 243.0;
    for (int j = 0; j < PANEL; j++) {
        double g0 = g[j], g1 = g[step + j], g2 = g[2 * step + j];
        double even_a = g0 + aa * g2, odd_a = a * g1, even_b = g0 + bb * g2, odd_b = b * g1;
        to[j] = at_0 * g0;
        to[to_step + j] = at_a * (even_a + odd_a);
        to[2 * to_step + j] = at_a * (even_a - odd_a);
        to[3 * to_step + j] = at_b * (even_b + odd_b);
        to[4 * to_step + j] = at_b * (even_b - odd_b);
        to[5 * to_step + j] = g2;
    }
}

static void kernels(const float *restrict g, float *restrict u, int64_t point_step)
{
    enum { TAPS = 3 };
    double taps[DENOISE__WINOGRAD_TAPS * PANEL], between[READ * TAPS * PANEL], line[READ * PANEL];
    for (int i = 0; i < DENOISE__WINOGRAD_TAPS * PANEL; i++)
        taps[i] = (double)g[i];
    for (int x = 0; x < TAPS; x++)
        kernel_points(taps + x * PANEL, TAPS * PANEL, between + x * PANEL, TAPS * PANEL);
    for (int i = 0; i < READ; i++) {
        kernel_points(between + i * TAPS * PANEL, PANEL, line, PANEL);
        for (int p = 0; p < READ; p++, u += point_step)
            for (int j = 0; j < PANEL; j++)
                u[j] = (float)line[p * PANEL + j];
    }
}

extern const denoise__winograd DENOISE__WINOGRAD_TABLE;
const denoise__winograd DENOISE__WINOGRAD_TABLE = {
    .name = DENOISE__WINOGRAD_NAME, .input = input, .output = output, .kernels = kernels};
