/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of pixels, on every instruction set that the CPU has, against their definitions written out: the same bits, for every
 * number of channels up to some vectors, and nothing written beside the outputs. */
#include "core/cpu.h"
#include "kernels/pixel_rows.h"
#include "support/cmocka_test.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { TABLES = 4, MOST_CHANNELS = 35, INPUTS = 7, ROOM = 4 * INPUTS * MOST_CHANNELS, GUARD = 17 };

static const float special[] = {0.0f, -0.0f, 3e38f, 1.5f, 1.5f, NAN, INFINITY, -INFINITY};

/* Many numbers that are equal, some that are not finite. */
static void fill(float *values, int64_t count, uint32_t seed, bool is_finite)
{
    for (int64_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)((int32_t)seed >> 28) * 0.75f;
        if (!is_finite && (seed >> 9) % 11 == 3) values[i] = special[seed >> 12 & 7u];
    }
}

static void same(const float *got, const float *expected, int64_t count, const char *table, const char *what, int64_t channels)
{
    for (int64_t i = 0; i < count + GUARD; i++) {
        if (memcmp(&got[i], &expected[i], sizeof *got) == 0 || (isnan(got[i]) && isnan(expected[i]))) continue;
        fail_msg("%s, %s of %d channels: number %d of %d is %.9g, expected %.9g", table, what, (int)channels, (int)i,
                 (int)count, (double)got[i], (double)expected[i]);
    }
}

/* Arrays that a case writes, both ways. */
typedef struct results {
    float got[ROOM + GUARD], expected[ROOM + GUARD];
} results;

static void results_begin(results *r, uint32_t seed)
{
    fill(r->got, ROOM + GUARD, seed, true);
    memcpy(r->expected, r->got, sizeof r->got);
}

typedef denoise__pixel_windows windows;

/* Sizes that tile, overlap, leave gaps and have padding. */
static const struct {
    int64_t inputs, outputs, size, stride, before, planes, rows;
} shapes[] = {
    {6, 3, 2, 2, 0, 1, 2}, {7, 3, 2, 2, 0, 1, 1}, {7, 7, 3, 1, 1, 1, 3}, {7, 3, 2, 3, 0, 1, 2}, {7, 4, 3, 2, 1, 2, 2},
    {5, 2, 4, 4, 1, 1, 2}, {1, 1, 5, 3, 2, 1, 1}, {4, 2, 1, 3, 0, 2, 1}, {7, 1, 7, 7, 0, 3, 4},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static windows windows_of(int shape, int64_t channels, bool is_wide)
{
    windows w = {.channels = channels,
                 .inputs = shapes[shape].inputs,
                 .outputs = shapes[shape].outputs,
                 .size = shapes[shape].size,
                 .stride = shapes[shape].stride,
                 .before = shapes[shape].before,
                 .planes = shapes[shape].planes,
                 .rows = shapes[shape].rows,
                 .has_wide_marks = is_wide};
    w.row_step = w.inputs * channels;
    w.plane_step = w.rows * w.row_step;
    w.label = is_wide ? 1000 - (int32_t)w.before : 2;
    w.row_label = (int32_t)(is_wide ? w.inputs : w.size);
    w.pixel_label = is_wide ? (int32_t)w.stride : 0;
    return w;
}

/* Input j of window p in a plane and row; -1: it does not exist. */
static int64_t input_of(const windows *w, int64_t p, int64_t j)
{
    int64_t at = p * w->stride - w->before + j;
    return at >= 0 && at < w->inputs ? at : -1;
}

static int32_t mark_of(const windows *w, const void *marks, int64_t i)
{
    return w->has_wide_marks ? ((const int32_t *)marks)[i] : ((const uint8_t *)marks)[i];
}

static void check_max(const denoise__pixel_rows *table, const windows *w, const float *x)
{
    static results r;
    static int32_t wide[ROOM + DENOISE__MARKS_ROOM];
    for (int marked = w->planes > 1 ? 0 : 1; marked >= 0; marked--) {
        results_begin(&r, 3);
        table->max(w, x, r.got, marked == 1 ? wide : NULL);
        for (int64_t p = 0; p < w->outputs; p++)
            for (int64_t c = 0; c < w->channels; c++) {
                float best = -FLT_MAX, first = NAN;
                int32_t mark = -1;
                for (int64_t a = 0; a < w->planes; a++)
                    for (int64_t b = 0; b < w->rows; b++)
                        for (int64_t j = 0; j < w->size; j++) {
                            int64_t at = input_of(w, p, j);
                            if (at < 0) continue;
                            float v = x[a * w->plane_step + b * w->row_step + at * w->channels + c];
                            if (v > best) best = v;
                            if (mark >= 0 && !(v > first)) continue;
                            first = v;
                            mark = w->label + (int32_t)(b * w->row_label + p * w->pixel_label + j);
                        }
                r.expected[p * w->channels + c] = best;
                if (marked == 1) assert_int_equal(mark_of(w, wide, p * w->channels + c), mark);
            }
        same(r.got, r.expected, ROOM, table->name, "max", w->channels);
    }
}

/* dx of one row of inputs: what `share` says each input of a window has of the window's gradient. */
typedef float (*share)(const windows *w, const void *a, const void *b, const float *dy, int64_t p, int64_t c, int64_t j,
                       int64_t at);

static void expect_back(const windows *w, const void *a, const void *b, const float *dy, bool is_first, share part, float *dx)
{
    for (int64_t i = 0; is_first && i < w->inputs * w->channels; i++)
        dx[i] = 0;
    for (int64_t p = 0; p < w->outputs; p++)
        for (int64_t c = 0; c < w->channels; c++)
            for (int64_t j = 0; j < w->size; j++) {
                int64_t at = input_of(w, p, j);
                if (at >= 0) dx[at * w->channels + c] += part(w, a, b, dy, p, c, j, at);
            }
}

static float marked_share(const windows *w, const void *marks, const void *outputs, const float *dy, int64_t p, int64_t c,
                          int64_t j, int64_t at)
{
    (void)at;
    int64_t i = p * w->channels + c;
    if (outputs != NULL && ((const float *)outputs)[i] <= 0) return 0;
    return mark_of(w, marks, i) == w->label + p * w->pixel_label + j ? dy[i] : 0;
}

static float near_share(const windows *w, const void *x, const void *y, const float *dy, int64_t p, int64_t c, int64_t j,
                        int64_t at)
{
    (void)j;
    int64_t i = p * w->channels + c;
    return fabsf(((const float *)x)[at * w->channels + c] - ((const float *)y)[i]) < 0.25f ? dy[i] : 0;
}

static float mean_share(const windows *w, const void *none, const void *nothing, const float *dy, int64_t p, int64_t c,
                        int64_t j, int64_t at)
{
    (void)none, (void)nothing, (void)j, (void)at;
    int64_t count = 0;
    for (int64_t k = 0; k < w->size; k++)
        count += input_of(w, p, k) >= 0;
    return dy[p * w->channels + c] / (float)(count * w->planes * w->rows);
}

static void check_back(const denoise__pixel_rows *table, const windows *w, const float *x, const float *dy)
{
    static results r;
    static int32_t wide[ROOM + DENOISE__MARKS_ROOM];
    float y[ROOM];
    table->max(w, x, y, w->planes > 1 ? NULL : wide);
    for (int way = 0; way < 8; way++) {
        bool is_first = way % 2 == 0;
        results_begin(&r, 5 + (uint32_t)way);
        if (way / 2 == 0 || way / 2 == 3) {
            const float *outputs = way / 2 == 0 ? NULL : y;
            windows row = *w;
            row.rows = 1;
            table->max_back(&row, wide, dy, outputs, r.got, is_first);
            expect_back(w, wide, outputs, dy, is_first, marked_share, r.expected);
        } else if (way / 2 == 1) {
            table->near_back(w, x, y, dy, r.got, 0.25f, is_first);
            expect_back(w, x, y, dy, is_first, near_share, r.expected);
        } else {
            table->mean_back(w, dy, r.got, is_first);
            expect_back(w, NULL, NULL, dy, is_first, mean_share, r.expected);
        }
        for (int64_t i = 0; i < w->inputs * w->channels; i++) /* a zero may be stored or added to */
            if (r.got[i] == 0 && r.expected[i] == 0) r.got[i] = r.expected[i];
        same(r.got, r.expected, ROOM, table->name,
             way / 2 == 0   ? "max_back"
             : way / 2 == 3 ? "max_back, rectified"
             : way / 2 == 1 ? "near_back"
                            : "mean_back",
             w->channels);
    }
}

/* All rows at once are what they are one by one. */
static void check_back_of_rows(const denoise__pixel_rows *table, const windows *w, const float *x, const float *dy)
{
    static results r;
    static int32_t wide[ROOM + DENOISE__MARKS_ROOM];
    float y[ROOM];
    if (w->planes > 1) return;
    table->max(w, x, y, wide);
    for (int way = 0; way < 4; way++) {
        windows row = *w;
        row.rows = 1;
        results_begin(&r, 11 + (uint32_t)way);
        table->max_back(w, wide, dy, way / 2 == 0 ? NULL : y, r.got, way % 2 == 0);
        for (int64_t b = 0; b < w->rows; b++) {
            row.label = w->label + (int32_t)b * w->row_label;
            table->max_back(&row, wide, dy, way / 2 == 0 ? NULL : y, r.expected + b * w->row_step, way % 2 == 0);
        }
        same(r.got, r.expected, ROOM, table->name, "max_back of rows", w->channels);
    }
}

static void check_sum(const denoise__pixel_rows *table, const windows *w, const float *x)
{
    static results r;
    for (int is_mean = 0; is_mean < 2; is_mean++) {
        results_begin(&r, 8);
        table->sum(w, x, r.got, is_mean == 1);
        for (int64_t p = 0; p < w->outputs; p++)
            for (int64_t c = 0; c < w->channels; c++) {
                float single = 0;
                double precise = 0;
                int64_t count = 0;
                for (int64_t row = 0; row < w->planes * w->rows; row++)
                    for (int64_t j = 0; j < w->size; j++) {
                        int64_t at = input_of(w, p, j);
                        if (at < 0) continue;
                        single += x[row * w->row_step + at * w->channels + c];
                        precise += (double)x[row * w->row_step + at * w->channels + c];
                        count++;
                    }
                float *out = &r.expected[p * w->channels + c];
                int64_t divisor = is_mean == 1 ? count : 1;
                *out = count > DENOISE__SHORT_SUM ? (float)(precise / (double)divisor) : single / (float)divisor;
            }
        same(r.got, r.expected, ROOM, table->name, "sum", w->channels);
    }
}

static void check_greatest(const denoise__pixel_rows *table, const float *x, const float *dy, int64_t channels)
{
    static results r, back;
    results_begin(&r, 4);
    results_begin(&back, 4);
    table->greatest(x, r.got, INPUTS, channels);
    table->greatest_back(x, r.got, dy, back.got, INPUTS, channels);
    for (int64_t c = 0; c < channels; c++) {
        float best = x[c], number = 0;
        for (int64_t p = 1; p < INPUTS; p++) {
            float v = x[p * channels + c];
            if (v > best || isnan(v)) best = v;
        }
        r.expected[c] = best;
        for (int64_t p = 0; p < INPUTS; p++)
            number += x[p * channels + c] == best;
        for (int64_t p = 0; p < INPUTS; p++)
            back.expected[p * channels + c] = (x[p * channels + c] == best ? 1 / number : 0 / number) * dy[c];
    }
    same(r.got, r.expected, ROOM, table->name, "greatest", channels);
    same(back.got, back.expected, ROOM, table->name, "greatest_back", channels);
}

static void check_repeat(const denoise__pixel_rows *table, const float *x, int64_t channels)
{
    static results r;
    for (int64_t times = 1; times <= 4; times++) {
        results_begin(&r, 6);
        table->repeat(x, r.got, INPUTS, channels, times);
        for (int64_t i = 0; i < INPUTS * times * channels; i++)
            r.expected[i] = x[i / channels / times * channels + i % channels];
        same(r.got, r.expected, ROOM, table->name, "repeat", channels);
    }
}

/* Outputs of up to three taps; a place twice, and weights of 0. */
static const int32_t counts[] = {3, 1, 2, 3, 2}, places[] = {0, 0, 1, 3, 0, 0, 2, 6, 0, 4, 5, 6, 1, 1, 0};
static const float weights[] = {0, 0.25f, 0.75f, 1, 0, 0, -0.5f, 1.5f, 0, 0.1f, 0.2f, 0.3f, 0.5f, 0.25f, 0};

static void check_taps(const denoise__pixel_rows *table, const float *x, const float *dy, int64_t channels)
{
    static results r;
    const denoise__taps taps = {5, 3, counts, places, weights};
    results_begin(&r, 7);
    table->blend(&taps, channels, x, r.got);
    for (int64_t i = 0; i < 5 * channels; i++)
        for (int64_t t = i / channels * 3, n = 0; n < counts[i / channels]; n++, t++) {
            float term = weights[t] * x[places[t] * channels + i % channels];
            r.expected[i] = n == 0 ? term : r.expected[i] + term;
        }
    same(r.got, r.expected, ROOM, table->name, "blend", channels);
    results_begin(&r, 7);
    table->spread(&taps, channels, dy, r.got, INPUTS);
    for (int64_t i = 0; i < INPUTS * channels; i++)
        r.expected[i] = 0;
    for (int64_t o = 0; o < 5; o++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t t = 3 * o; t < 3 * o + counts[o]; t++)
                r.expected[places[t] * channels + c] += weights[t] * dy[o * channels + c];
    same(r.got, r.expected, ROOM, table->name, "spread", channels);
    const denoise__taps pairs = {5, 2, counts, places, weights};
    results_begin(&r, 7);
    table->lerp(&pairs, channels, x, r.got);
    for (int64_t i = 0; i < 5 * channels; i++) {
        int64_t t = i / channels * 2, c = i % channels;
        float a = x[places[t] * channels + c], b = x[places[t + 1] * channels + c];
        r.expected[i] = a + (b - a) * weights[t + 1];
    }
    same(r.got, r.expected, ROOM, table->name, "lerp", channels);
}

static void check_rows(const denoise__pixel_rows *table, const float *x, int64_t numbers)
{
    static results r;
    const float *rows[] = {x, x + 5, x + 2}, three[] = {0.5f, -1.25f, 0.1f};
    for (int64_t count = 1; count <= 3; count++)
        for (int adds = 0; adds < 2; adds++) {
            results_begin(&r, 9);
            table->blend_rows(rows, three, count, numbers, r.got, adds == 1);
            for (int64_t i = 0; i < numbers; i++) {
                float first = three[0] * rows[0][i];
                r.expected[i] = adds == 1 ? r.expected[i] + first : first;
                for (int64_t k = 1; k < count; k++)
                    r.expected[i] += three[k] * rows[k][i];
            }
            same(r.got, r.expected, ROOM, table->name, "blend_rows", numbers);
        }
    results_begin(&r, 9);
    table->lerp_rows(rows[0], rows[1], 0.3f, numbers, r.got);
    for (int64_t i = 0; i < numbers; i++)
        r.expected[i] = rows[0][i] + (rows[1][i] - rows[0][i]) * 0.3f;
    same(r.got, r.expected, ROOM, table->name, "lerp_rows", numbers);
}

static void check_table(const denoise__pixel_rows *table)
{
    static float x[12 * INPUTS * MOST_CHANNELS], dy[ROOM];
    for (int64_t channels = 1; channels <= MOST_CHANNELS; channels++) {
        fill(x, 12 * INPUTS * MOST_CHANNELS, (uint32_t)channels * 7, channels % 3 == 0);
        fill(dy, ROOM, (uint32_t)channels * 11 + 5, true);
        for (int shape = 0; shape < SHAPES; shape++)
            for (int wide = 0; wide < 2; wide++) {
                windows w = windows_of(shape, channels, wide == 1);
                check_max(table, &w, x);
                check_sum(table, &w, x);
                check_back(table, &w, x, dy);
                check_back_of_rows(table, &w, x, dy);
            }
        check_greatest(table, x, dy, channels);
        check_repeat(table, x, channels);
        check_taps(table, x, dy, channels);
        check_rows(table, x, channels);
    }
}

static void every_table_at_every_number_of_channels(void **state)
{
    (void)state;
    int tables = 0;
    for (int32_t isa = 0; isa < TABLES; isa++) {
        const denoise__pixel_rows *table = denoise__pixel_rows_of(isa);
        if (table == NULL) continue;
        tables++;
        check_table(table);
    }
    assert_true(tables >= 1);
    assert_ptr_equal(denoise__pixel_rows_table(), denoise__pixel_rows_of(denoise__cpu_isa()));
}

#ifdef DENOISE_TEST_AVX512_EMULATED
extern const denoise__pixel_rows denoise__pixel_rows_avx512_emulated;
static void avx512_on_any_cpu(void **state)
{
    (void)state;
    check_table(&denoise__pixel_rows_avx512_emulated);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_at_every_number_of_channels),
#ifdef DENOISE_TEST_AVX512_EMULATED
        cmocka_unit_test(avx512_on_any_cpu),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
