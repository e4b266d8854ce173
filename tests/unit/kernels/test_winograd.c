/* SPDX-License-Identifier: Apache-2.0 */
/* Every table that this CPU runs, bit for bit against the formulas of the header written out, for tiles in, at and across the
 * borders of pictures and for numbers of channels up to some vectors, with nothing written beside them. */
#include "core/cpu.h"
#include "kernels/winograd.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { READ = 6, TILE = DENOISE__WINOGRAD_TILE, POINTS = DENOISE__WINOGRAD_POINTS, MOST_TILES = 9, MOST_CHANNELS = 48 };
enum { PICTURE = 14 * 40 * 35, ROOM = POINTS * (MOST_TILES * MOST_CHANNELS + 5) };

static const float a = 0.75f, b = 1.5f;
static float picture[PICTURE], before[PICTURE], wanted[ROOM], got[ROOM];
#if defined(DENOISE_TEST_AVX512_EMULATED)
extern const denoise__winograd denoise__winograd_avx512_emulated;
#endif
static const denoise__winograd *tables[5];
static int table_count;

static uint32_t seed = 5;

static int64_t pick(int64_t low, int64_t high)
{
    seed = seed * 1664525u + 1013904223u;
    return low + (int64_t)(seed >> 8) % (high - low + 1);
}

static void fill(float *to, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)pick(-8000, 8000) / 3989.0f;
}

static int begin(void **state)
{
    static const int32_t sets[] = {DENOISE__ISA_PORTABLE, DENOISE__ISA_NEON, DENOISE__ISA_AVX2, DENOISE__ISA_AVX512};
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (denoise__winograd_of(sets[i]) != NULL) tables[table_count++] = denoise__winograd_of(sets[i]);
#if defined(DENOISE_TEST_AVX512_EMULATED)
    if (denoise__cpu_isa() == DENOISE__ISA_AVX2 || denoise__cpu_isa() == DENOISE__ISA_AVX512)
        tables[table_count++] = &denoise__winograd_avx512_emulated;
#endif
    fill(picture, PICTURE);
    memcpy(before, picture, sizeof before);
    return table_count >= 1 ? 0 : 1;
}

/* B' d, and A' m, of columns `step` apart. */
static void to_points(const float *d, int64_t step, float *o, int64_t to_step)
{
    float d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
    float e = fmaf(-b * b, d2, d4), f = fmaf(-a * a, d2, d4), odd_e = fmaf(-b * b, d1, d3), odd_f = fmaf(-a * a, d1, d3);
    o[0] = fmaf(a * a * b * b, d[0], fmaf(-(a * a + b * b), d2, d4));
    o[to_step] = fmaf(a, odd_e, e);
    o[2 * to_step] = fmaf(-a, odd_e, e);
    o[3 * to_step] = fmaf(b, odd_f, f);
    o[4 * to_step] = fmaf(-b, odd_f, f);
    o[5 * to_step] = fmaf(a * a * b * b, d1, fmaf(-(a * a + b * b), d3, d5));
}

static void from_points(const float *m, int64_t step, float *o, int64_t to_step)
{
    float s = m[step] + m[2 * step], t = m[step] - m[2 * step], u = m[3 * step] + m[4 * step], w = m[3 * step] - m[4 * step];
    o[0] = (m[0] + s) + u;
    o[to_step] = fmaf(b, w, a * t);
    o[2 * to_step] = fmaf(b * b, u, a * a * s);
    o[3 * to_step] = fmaf(b * b * b, w, fmaf(a * a * a, t, m[5 * step]));
}

static bool is_in(const denoise__winograd_tiles *t, int64_t y, int64_t x)
{
    return y >= 0 && y < t->height && x >= 0 && x < t->width;
}

static void plain_input(const denoise__winograd_tiles *t, float *points)
{
    for (int64_t k = 0; k < t->count; k++)
        for (int64_t c = 0; c < (t->channels + 15) / 16 * 16; c++) {
            float d[READ * READ], o[READ * READ];
            for (int64_t i = 0; i < READ * READ; i++) {
                int64_t y = t->y + i / READ, x = t->x + k * TILE + i % READ;
                d[i] = is_in(t, y, x) && c < t->channels ? picture[(y * t->width + x) * t->channels + c] : 0;
            }
            for (int64_t x = 0; x < READ; x++)
                to_points(d + x, READ, o + x, READ);
            for (int64_t y = 0; y < READ; y++)
                to_points(o + y * READ, 1, points + y * READ * t->point_step + k * t->tile_step + c, t->point_step);
        }
}

static void plain_output(const denoise__winograd_tiles *t, const float *points, const float *bias, bool rectifies,
                         const float *mask, float *to)
{
    for (int64_t k = 0; k < t->count; k++)
        for (int64_t c = 0; c < t->channels; c++) {
            float columns[TILE * READ], o[TILE * TILE];
            for (int64_t x = 0; x < READ; x++)
                from_points(points + x * t->point_step + k * t->tile_step + c, READ * t->point_step, columns + x, READ);
            for (int64_t y = 0; y < TILE; y++)
                from_points(columns + y * READ, 1, o + y * TILE, 1);
            for (int64_t i = 0; i < TILE * TILE; i++) {
                int64_t y = t->y + i / TILE, x = t->x + k * TILE + i % TILE;
                float value = bias == NULL ? o[i] : o[i] + bias[c];
                if (!is_in(t, y, x)) continue;
                int64_t at = (y * t->width + x) * t->channels + c;
                to[at] = (rectifies && value <= 0) || (mask != NULL && mask[at] <= 0) ? 0 : value;
            }
        }
}

static void same(const float *x, const float *y, int64_t count, const char *table, const denoise__winograd_tiles *t)
{
    for (int64_t i = 0; i < count; i++)
        if (memcmp(&x[i], &y[i], sizeof *x) != 0)
            fail_msg("%s, %d x %d x %d, %d tiles from (%d, %d) on, number %d: %a, expected %a", table, (int)t->height,
                     (int)t->width, (int)t->channels, (int)t->count, (int)t->y, (int)t->x, (int)i, (double)x[i], (double)y[i]);
}

static denoise__winograd_tiles draw(bool is_output)
{
    denoise__winograd_tiles t = {.height = pick(1, 14), .width = pick(1, 40), .channels = pick(1, 35)};
    int64_t most = (t.width + TILE - 1) / TILE, first = pick(0, most - 1);
    if (pick(0, 3) == 0) t.channels = 16 * pick(1, 2);
    t.count = pick(1, most - first < MOST_TILES ? most - first : MOST_TILES);
    t.y = pick(0, (t.height - 1) / TILE) * TILE - (is_output ? 0 : pick(0, 2));
    t.x = first * TILE - (is_output ? 0 : pick(0, 2));
    t.tile_step = (t.channels + 15) / 16 * 16;
    t.point_step = t.tile_step * t.count + 5;
    return t;
}

static void inputs_are_the_formula(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++) {
        denoise__winograd_tiles t = draw(false);
        fill(wanted, ROOM);
        for (int s = 0; s < table_count; s++) {
            memcpy(got, wanted, sizeof got);
            tables[s]->input(&t, picture, got);
            float *plain = wanted;
            if (s == 0) plain_input(&t, plain);
            same(got, plain, ROOM, tables[s]->name, &t);
        }
    }
}

static void outputs_are_the_formula(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++) {
        static float plain[PICTURE], numbers[ROOM], masks[PICTURE];
        denoise__winograd_tiles t = draw(true);
        fill(numbers, ROOM);
        memcpy(plain, before, sizeof plain);
        const float *bias = i % 3 == 0 ? NULL : before + 7;
        bool rectifies = i % 2 == 0;
        const float *mask = i / 2 % 2 == 0 ? NULL : masks;
        fill(masks, PICTURE);
        plain_output(&t, numbers, bias, rectifies, mask, plain);
        for (int s = 0; s < table_count; s++) {
            memcpy(picture, before, sizeof picture);
            tables[s]->output(&t, numbers, bias, rectifies, mask, picture);
            same(picture, plain, PICTURE, tables[s]->name, &t);
        }
    }
    memcpy(picture, before, sizeof picture);
}

static void kernel_points(const double *g, int64_t step, double *o, int64_t to_step)
{
    double g0 = g[0], g1 = g[step], g2 = g[2 * step];
    double h = g0 + 0.5625 * g2, k = g0 + 2.25 * g2, odd_h = 0.75 * g1, odd_k = 1.5 * g1;
    const double column[READ] = {64.0 / 81 * g0,           -128.0 / 243 * (h + odd_h), -128.0 / 243 * (h - odd_h),
                                 32.0 / 243 * (k + odd_k), 32.0 / 243 * (k - odd_k),   g2};
    for (int64_t i = 0; i < READ; i++)
        o[i * to_step] = column[i];
}

static void kernels_are_the_formula(void **state)
{
    enum { STEP = 19 };
    float g[9 * 16], u[POINTS * STEP], plain[POINTS * STEP];
    const denoise__winograd_tiles none = {0};
    (void)state;
    for (int i = 0; i < 50; i++) {
        fill(g, 9 * 16);
        fill(plain, POINTS * STEP);
        memcpy(u, plain, sizeof u);
        for (int j = 0; j < 16; j++) {
            double kernel[9], between[READ * 3], column[READ];
            for (int t = 0; t < 9; t++)
                kernel[t] = (double)g[t * 16 + j];
            for (int x = 0; x < 3; x++)
                kernel_points(kernel + x, 3, between + x, 3);
            for (int y = 0; y < READ; y++) {
                kernel_points(between + y * 3, 1, column, 1);
                for (int x = 0; x < READ; x++)
                    plain[(y * READ + x) * STEP + j] = (float)column[x];
            }
        }
        for (int s = 0; s < table_count; s++) {
            float mine[POINTS * STEP];
            memcpy(mine, u, sizeof mine);
            tables[s]->kernels(g, mine, STEP);
            same(mine, plain, POINTS * STEP, tables[s]->name, &none);
        }
    }
}

/* One tile, one channel: a correlation. */
static void together_they_correlate(void **state)
{
    enum { SIDE = 6 };
    float g[9 * 16] = {0}, u[POINTS * 16], v[POINTS * 16], out[TILE * TILE];
    const denoise__winograd_tiles in = {SIDE, SIDE, 1, 0, 0, 1, 16, 16}, to = {TILE, TILE, 1, 0, 0, 1, 16, 16};
    (void)state;
    for (int t = 0; t < 9; t++)
        g[t * 16] = (float)(t * t - 20) / 8;
    for (int s = 0; s < table_count; s++) {
        tables[s]->kernels(g, u, 16);
        tables[s]->input(&in, picture, v);
        for (int i = 0; i < POINTS * 16; i++)
            v[i] *= u[i];
        tables[s]->output(&to, v, NULL, false, NULL, out);
        for (int i = 0; i < TILE * TILE; i++) {
            double sum = 0;
            for (int t = 0; t < 9; t++)
                sum += (double)g[t * 16] * (double)picture[(i / TILE + t / 3) * SIDE + i % TILE + t % 3];
            if (fabs((double)out[i] - sum) > 2e-5)
                fail_msg("%s: output %d is %.9g, expected %.9g", tables[s]->name, i, (double)out[i], sum);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_are_the_formula),
        cmocka_unit_test(outputs_are_the_formula),
        cmocka_unit_test(kernels_are_the_formula),
        cmocka_unit_test(together_they_correlate),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
