/* SPDX-License-Identifier: Apache-2.0 */
/* Against kernels written out in double, and against what TensorFlow 2.21 was seen to make of numbers that are not finite. */
#include "core/memory.h"
#include "layers/resample.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>
#include <string.h>

enum { MOST = 64 };
static const double pi = 3.14159265358979323846;

static denoise__resample row(const char *way, int64_t input, int64_t output)
{
    return (denoise__resample){
        .axes = {{.input = 1, .output = 1, .extent = 1}, {.input = input, .output = output, .extent = input}},
        .outer = 1,
        .channels = 1,
        .interpolation = way};
}

static void forward(const denoise__resample *job, const float *x, float *y)
{
    void *scratch = denoise__allocate_aligned(denoise__resample_scratch(job, false));
    assert_non_null(scratch);
    denoise__resample_forward(job, x, y, scratch);
    denoise__release_aligned(scratch);
}

static void backward(const denoise__resample *job, const float *dy, float *dx)
{
    void *scratch = denoise__allocate_aligned(denoise__resample_scratch(job, true));
    assert_non_null(scratch);
    denoise__resample_backward(job, dy, dx, scratch);
    denoise__release_aligned(scratch);
}

static void expect_row(const char *way, int64_t input, const float *x, int64_t output, const float *expected, double tolerance)
{
    float y[MOST];
    denoise__resample job = row(way, input, output);
    forward(&job, x, y);
    for (int64_t i = 0; i < output; i++) {
        bool is_same = y[i] == expected[i] || (isnan(y[i]) && isnan(expected[i]));
        if (!is_same && !(fabs((double)y[i] - (double)expected[i]) <= tolerance)) {
            fail_msg("%s, %d to %d: pixel %d is %.9g, expected %.9g", way, (int)input, (int)output, (int)i, (double)y[i],
                     (double)expected[i]);
        }
    }
}

static void rows_by_hand(void **state)
{
    (void)state;
    const float x[] = {10, 20, 30, 40, 50, 60, 70};
    expect_row("nearest", 5, x, 2, (const float[]){20, 40}, 0);
    expect_row("nearest", 3, x, 7, (const float[]){10, 10, 20, 20, 20, 30, 30}, 0);
    expect_row("bilinear", 2, x, 4, (const float[]){10, 12.5f, 17.5f, 20}, 0);
    expect_row("bilinear", 4, x, 2, (const float[]){15, 35}, 0);
    expect_row("bilinear", 7, x, 3, (const float[]){10 * (1 + 2 / 3.0f), 40, 10 * (7 - 2 / 3.0f)}, 1e-5);
    expect_row("bicubic", 1, x, 3, (const float[]){10, 10, 10}, 0);
    expect_row("lanczos5", 1, x, 2, (const float[]){10, 10}, 1e-5);
}

static void what_is_not_finite(void **state)
{
    (void)state;
    const float inf = INFINITY, none = NAN;
    expect_row("bilinear", 3, (const float[]){1, inf, 3}, 6, (const float[]){1, none, none, none, none, 3}, 0);
    expect_row("bilinear", 3, (const float[]){inf, 1, 3}, 6, (const float[]){none, none, none, 1.5f, 2.5f, 3}, 0);
    expect_row("bilinear", 3, (const float[]){inf, none, 1}, 3, (const float[]){inf, none, 1}, 0); /* copied */
    expect_row("nearest", 3, (const float[]){1, none, inf}, 5, (const float[]){1, 1, none, inf, inf}, 0);
    const float behind[] = {none, none, none, none, none, 2.29007626f, 2.83211684f, 3.08823562f};
    expect_row("bicubic", 4, (const float[]){inf, 1, 2, 3}, 8, behind, 1e-6);
    expect_row("bicubic", 6, (const float[]){1, 2, none, 3, 4, 5}, 6, (const float[]){none, none, none, none, 4, 5}, 0);
    const float ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, none}, seen[] = {1, 2, 3, 4, 5, 6, none, none, none, none};
    expect_row("lanczos3", 10, ten, 10, seen, 1e-5);
    expect_row("lanczos3", 4, (const float[]){inf, 1, 2, 3}, 4, (const float[]){inf, -inf, inf, inf}, 0);
}

static double kernel(const char *way, double x)
{
    x = fabs(x);
    if (strcmp(way, "bilinear") == 0) return x < 1 ? 1 - x : 0;
    if (strcmp(way, "bicubic") == 0) {
        return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    }
    double radius = strcmp(way, "lanczos3") == 0 ? 3 : 5;
    return x >= radius ? 0 : x < 1e-9 ? 1 : radius * sin(pi * x) * sin(pi * x / radius) / (pi * pi * x * x);
}

/* Weights of the inputs for output o: they add up to 1. */
static void weights_of(const char *way, bool antialias, int64_t input, int64_t output, int64_t o, double *weights)
{
    double step = (double)input / (double)output, at = ((double)o + 0.5) * step, sum = 0;
    double wide = antialias && step > 1 ? step : 1;
    for (int64_t i = 0; i < input; i++)
        sum += weights[i] = kernel(way, ((double)i + 0.5 - at) / wide);
    if (strcmp(way, "bilinear") == 0 && !antialias) { /* repeats the border instead */
        double place = at - 0.5 < 0 ? 0 : at - 0.5 > (double)input - 1 ? (double)input - 1 : at - 0.5;
        for (int64_t i = 0; i < input; i++)
            weights[i] = kernel(way, (double)i - place);
        sum = 1;
    }
    for (int64_t i = 0; i < input; i++)
        weights[i] /= sum;
}

static const char *const ways[] = {"bilinear", "bicubic", "lanczos3", "lanczos5"};
enum { WAYS = sizeof ways / sizeof *ways };

static void fill(float *values, int64_t count, uint32_t seed)
{
    for (int64_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)(int32_t)seed * 0x1p-31f;
    }
}

/* Pictures of several channels, by both axes' weights. Keys' cubic goes in steps of 1/1024 without antialias. */
static void check_definition(const char *way, bool antialias, const int64_t *input, const int64_t *output)
{
    enum { CHANNELS = 3, ROOM = MOST * MOST * CHANNELS };
    static float x[ROOM], y[ROOM];
    denoise__resample job = {.outer = 2, .channels = CHANNELS, .interpolation = way, .antialias = antialias};
    double tolerance = strcmp(way, "bicubic") == 0 && !antialias ? 2e-3 : 5e-6;
    for (int i = 0; i < 2; i++)
        job.axes[i] = (denoise__resample_axis){.input = input[i], .output = output[i], .extent = input[i]};
    int64_t size = input[0] * input[1] * CHANNELS, made = output[0] * output[1] * CHANNELS;
    fill(x, 2 * size, (uint32_t)(input[0] * 7 + output[1]));
    forward(&job, x, y);
    for (int64_t o = 0; o < 2 * made; o++) {
        double rows[MOST], columns[MOST], sum = 0;
        weights_of(way, antialias, input[0], output[0], o % made / CHANNELS / output[1], rows);
        weights_of(way, antialias, input[1], output[1], o / CHANNELS % output[1], columns);
        for (int64_t r = 0; r < input[0]; r++)
            for (int64_t c = 0; c < input[1]; c++)
                sum += rows[r] * columns[c] * (double)x[o / made * size + (r * input[1] + c) * CHANNELS + o % CHANNELS];
        if (!(fabs((double)y[o] - sum) <= tolerance)) {
            fail_msg("%s%s: %dx%d to %dx%d: number %d is %.9g, expected %.9g", way, antialias ? " antialias" : "",
                     (int)input[0], (int)input[1], (int)output[0], (int)output[1], (int)o, (double)y[o], sum);
        }
    }
}

static const int64_t sizes[][2][2] = {{{5, 7}, {10, 14}}, {{5, 7}, {4, 3}},  {{12, 9}, {12, 20}}, {{1, 6}, {3, 2}},
                                      {{20, 30}, {3, 2}}, {{6, 6}, {13, 5}}, {{2, 3}, {16, 15}},  {{40, 11}, {1, 17}}};

static void ways_are_their_definitions(void **state)
{
    (void)state;
    for (int i = 0; i < WAYS; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            for (int antialias = 0; antialias < 2; antialias++)
                check_definition(ways[i], antialias == 1, sizes[k][0], sizes[k][1]);
}

/* sum dy (R x) = sum (R^T dy) x, with parts cut off and filled up too. */
static void backward_is_the_transpose(void **state)
{
    (void)state;
    enum { CHANNELS = 5, ROOM = MOST * MOST * CHANNELS };
    static float x[ROOM], y[ROOM], dy[ROOM], dx[ROOM];
    static const denoise__resample_axis parts[][2] = {{{9, 13, 0, 9}, {7, 4, 0, 7}},  {{9, 5, 2, 4}, {7, 11, 1, 5}},
                                                      {{9, 5, -2, 13}, {7, 5, 0, 7}}, {{9, 6, 0, 9}, {7, 3, -3, 13}},
                                                      {{3, 1, 0, 3}, {20, 2, 4, 12}}, {{2, 30, 0, 2}, {3, 33, -1, 5}}};
    for (int i = -1; i < WAYS; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
            for (int antialias = 0; antialias < 2; antialias++) {
                denoise__resample job = {.outer = 2,
                                         .channels = CHANNELS,
                                         .interpolation = i < 0 ? "nearest" : ways[i],
                                         .antialias = antialias == 1};
                memcpy(job.axes, parts[k], sizeof job.axes);
                int64_t input = 2 * job.axes[0].input * job.axes[1].input * CHANNELS;
                int64_t output = 2 * job.axes[0].output * job.axes[1].output * CHANNELS;
                double one = 0, other = 0, size = 0;
                fill(x, input, 5);
                fill(dy, output, 6);
                for (int64_t n = 0; n < input; n++)
                    dx[n] = NAN;
                forward(&job, x, y);
                backward(&job, dy, dx);
                for (int64_t n = 0; n < output; n++)
                    one += (double)y[n] * (double)dy[n];
                for (int64_t n = 0; n < input; n++) {
                    other += (double)x[n] * (double)dx[n];
                    size += fabs((double)x[n] * (double)dx[n]);
                }
                if (!(fabs(one - other) <= 1e-5 * (size + 1))) {
                    fail_msg("%s, case %d: %.9g and %.9g", job.interpolation, (int)k, one, other);
                }
            }
}

/* What is filled up is as if it had been in the input. */
static void parts_are_cut_off_and_filled_up(void **state)
{
    (void)state;
    enum { CHANNELS = 2, ROOM = MOST * MOST };
    static float x[ROOM], part[ROOM], y[ROOM], expected[ROOM];
    static const denoise__resample_axis parts[][2] = {{{6, 9, 1, 4}, {8, 5, 2, 5}},
                                                      {{6, 4, -2, 10}, {8, 5, 0, 8}},
                                                      {{6, 9, 0, 6}, {8, 5, -1, 10}},
                                                      {{6, 4, -2, 10}, {8, 5, 3, 4}}};
    for (int i = -1; i < WAYS; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            denoise__resample job = {
                .outer = 1, .channels = CHANNELS, .interpolation = i < 0 ? "nearest" : ways[i], .fill = 0.625f};
            memcpy(job.axes, parts[k], sizeof job.axes);
            denoise__resample whole = job;
            const denoise__resample_axis *rows = &job.axes[0], *columns = &job.axes[1];
            fill(x, rows->input * columns->input * CHANNELS, 8);
            for (int64_t n = 0; n < rows->extent * columns->extent * CHANNELS; n++) {
                int64_t r = n / CHANNELS / columns->extent + rows->first, c = n / CHANNELS % columns->extent + columns->first;
                bool is_inside = r >= 0 && r < rows->input && c >= 0 && c < columns->input;
                part[n] = is_inside ? x[(r * columns->input + c) * CHANNELS + n % CHANNELS] : job.fill;
            }
            for (int a = 0; a < 2; a++) {
                whole.axes[a].input = whole.axes[a].extent;
                whole.axes[a].first = 0;
            }
            forward(&job, x, y);
            forward(&whole, part, expected);
            for (int64_t n = 0; n < rows->output * columns->output * CHANNELS; n++)
                if (!(fabsf(y[n] - expected[n]) <= 1e-6f))
                    fail_msg("%s, case %d, number %d", job.interpolation, (int)k, (int)n);
        }
}

static void axes_that_are_refused(void **state)
{
    (void)state;
    denoise__resample job = row("bilinear", 5, 9);
    assert_int_equal(denoise__resample_check(&job), DENOISE_OK);
    job = row("bilinear", 0, 9);
    assert_int_equal(denoise__resample_check(&job), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "0 pixels become 9, expected 1 to 16777216 of both");
    job = row("bilinear", 16777217, 9);
    assert_int_equal(denoise__resample_check(&job), DENOISE_ERR_SHAPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_by_hand),
        cmocka_unit_test(what_is_not_finite),
        cmocka_unit_test(ways_are_their_definitions),
        cmocka_unit_test(backward_is_the_transpose),
        cmocka_unit_test(parts_are_cut_off_and_filled_up),
        cmocka_unit_test(axes_that_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
