/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include "layers/correlation.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bit for bit what the header says, for random geometries, beside loops as plain as can be. */

typedef struct case_ {
    denoise__correlation c;
    int64_t batch, taps, x_size, y_size, kernel_size;
    float *x, *y, *kernel, *dy, *dx, *dkernel, *packed, *scratch;
} case_;

static uint32_t seed;

static int64_t pick(int64_t low, int64_t high)
{
    seed = seed * 1664525u + 1013904223u;
    return low + (int64_t)(seed >> 8) % (high - low + 1);
}

static float *numbers(int64_t count)
{
    float *values = malloc((size_t)(count + 1) * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)pick(-1000, 1000) / 997.0f;
    return values;
}

/* false: the window does not fit. */
static bool choose_windows(denoise__correlation *c)
{
    static const char *const paddings[] = {"valid", "same", "causal"};
    int32_t axes = (int32_t)pick(1, 3);
    const char *padding = paddings[pick(0, axes == 1 ? 2 : 1)];
    c->input.axes = c->output.axes = axes;
    for (int32_t i = 0; i < 3; i++) {
        denoise__window *w = &c->window[i];
        bool missing = i < 3 - axes;
        *w = (denoise__window){.input = missing ? 1 : pick(1, axes == 3 ? 6 : 12),
                               .size = missing ? 1 : pick(1, axes == 3 ? 3 : 5),
                               .stride = missing ? 1 : pick(1, 3),
                               .dilation = missing ? 1 : pick(1, 3)};
        if (denoise__window_make(w, missing ? "valid" : padding) != DENOISE_OK) return false;
        c->input.length[i] = w->input;
        c->output.length[i] = w->output;
    }
    return true;
}

static bool choose(case_ *k)
{
    *k = (case_){.batch = pick(1, 3)};
    if (!choose_windows(&k->c)) return false;
    k->c.is_depthwise = pick(0, 4) == 0;
    k->c.groups = pick(0, 2) == 0 ? pick(1, 3) : 1;
    k->c.input.channels = k->c.groups * (pick(0, 1) == 0 ? pick(1, 5) : pick(14, 35));
    k->c.output.channels = k->c.groups * (pick(0, 1) == 0 ? pick(1, 5) : pick(14, 70));
    if (k->c.is_depthwise) k->c.groups = 1, k->c.output.channels = k->c.input.channels;
    k->taps = k->c.window[0].size * k->c.window[1].size * k->c.window[2].size;
    k->x_size = denoise__spatial_positions(&k->c.input) * k->c.input.channels;
    k->y_size = denoise__spatial_positions(&k->c.output) * k->c.output.channels;
    k->kernel_size = k->taps * k->c.output.channels * (k->c.is_depthwise ? 1 : k->c.input.channels / k->c.groups);
    k->x = numbers(k->batch * k->x_size), k->dy = numbers(k->batch * k->y_size), k->kernel = numbers(k->kernel_size);
    k->y = numbers(k->batch * k->y_size), k->dx = numbers(k->batch * k->x_size), k->dkernel = numbers(k->kernel_size);
    int64_t a = denoise__correlation_packed(&k->c, false), b = denoise__correlation_packed(&k->c, true);
    k->packed = numbers(a > b ? a : b);
    k->scratch = numbers(denoise__correlation_gradient_scratch(&k->c));
    return true;
}

static void release(case_ *k)
{
    free(k->x), free(k->y), free(k->kernel), free(k->dy), free(k->dx), free(k->dkernel), free(k->packed), free(k->scratch);
}

typedef struct place {
    int64_t z, y, x;
} place;

static place place_of(int64_t index, const int64_t *length)
{
    return (place){index / (length[1] * length[2]), index / length[2] % length[1], index % length[2]};
}

/* The input position that output `o` reads through tap j; -1: padding. */
static int64_t read_at(const denoise__correlation *c, place o, int64_t tap)
{
    const denoise__window *w = c->window;
    const int64_t sizes[] = {w[0].size, w[1].size, w[2].size};
    place j = place_of(tap, sizes);
    int64_t z = o.z * w[0].stride - w[0].before + j.z * w[0].dilation;
    int64_t y = o.y * w[1].stride - w[1].before + j.y * w[1].dilation;
    int64_t x = o.x * w[2].stride - w[2].before + j.x * w[2].dilation;
    if (z < 0 || z >= w[0].input || y < 0 || y >= w[1].input || x < 0 || x >= w[2].input) return -1;
    return (z * w[1].input + y) * w[2].input + x;
}

static float weight(const case_ *k, int64_t tap, int64_t in, int64_t out)
{
    int64_t inputs = k->c.input.channels / k->c.groups;
    return k->kernel[k->c.is_depthwise ? tap * k->c.output.channels + out : (tap * inputs + in) * k->c.output.channels + out];
}

/* Sums of 16 chains where few channels are written and many read. */
typedef struct sum {
    float lanes[16];
    int64_t next;
    bool is_dot;
} sum;

static void add(sum *s, float a, float b)
{
    float *lane = &s->lanes[s->is_dot ? s->next % 16 : 0];
    *lane = fmaf(a, b, *lane);
    s->next++;
}

static float total(sum *s)
{
    for (int width = 8; width > 0 && s->is_dot; width /= 2)
        for (int i = 0; i < width; i++)
            s->lanes[i] += s->lanes[i + width];
    return s->lanes[0];
}

static bool is_dot(int64_t read, int64_t written)
{
    return written <= 4 && read >= 16;
}

static float plain_y(const case_ *k, int64_t n, int64_t position, int64_t out)
{
    const denoise__correlation *c = &k->c;
    int64_t inputs = c->input.channels / c->groups, outputs = c->output.channels / c->groups, group = out / outputs;
    sum s = {.is_dot = !c->is_depthwise && is_dot(inputs, outputs)};
    place o = place_of(position, c->output.length);
    int64_t taps_x = c->window[2].size;
    bool merges = c->groups == 1 && c->window[2].dilation == 1;
    for (int64_t tap = 0; tap < k->taps; tap++) {
        int64_t at = read_at(c, o, tap);
        if (tap % taps_x == 0 || !merges) s.next = 0; /* a run of its own */
        if (at < 0) continue;
        const float *x = k->x + n * k->x_size + at * c->input.channels;
        if (c->is_depthwise) {
            add(&s, x[out], weight(k, tap, 0, out));
            continue;
        }
        for (int64_t in = 0; in < inputs; in++)
            add(&s, x[group * inputs + in], weight(k, tap, in, out));
    }
    return total(&s);
}

/* The tap through which output `o` reads the input position; -1: none. */
static int64_t tap_between(const case_ *k, place o, int64_t position)
{
    for (int64_t tap = 0; tap < k->taps; tap++)
        if (read_at(&k->c, o, tap) == position) return tap;
    return -1;
}

static float plain_dx(const case_ *k, int64_t n, int64_t position, int64_t in)
{
    const denoise__correlation *c = &k->c;
    int64_t inputs = c->input.channels / c->groups, outputs = c->output.channels / c->groups, group = in / inputs;
    sum s = {.is_dot = !c->is_depthwise && is_dot(outputs, inputs)};
    int64_t before = -1;
    for (int64_t o = 0; o < denoise__spatial_positions(&c->output); o++) {
        place at = place_of(o, c->output.length);
        int64_t tap = tap_between(k, at, position);
        if (tap < 0) continue;
        bool merges = c->groups == 1 && before == o - 1 && at.x > 0;
        if (!merges) s.next = 0;
        before = o;
        const float *dy = k->dy + n * k->y_size + o * c->output.channels;
        if (c->is_depthwise) {
            add(&s, dy[in], weight(k, tap, 0, in));
            continue;
        }
        for (int64_t out = 0; out < outputs; out++)
            add(&s, dy[group * outputs + out], weight(k, tap, in % inputs, group * outputs + out));
    }
    return total(&s);
}

static float plain_dkernel(const case_ *k, int64_t tap, int64_t in, int64_t out)
{
    const denoise__correlation *c = &k->c;
    int64_t inputs = c->input.channels / c->groups, outputs = c->output.channels / c->groups, group = out / outputs;
    float value = 0;
    for (int64_t n = 0; n < k->batch; n++)
        for (int64_t o = 0; o < denoise__spatial_positions(&c->output); o++) {
            int64_t at = read_at(c, place_of(o, c->output.length), tap);
            if (at < 0) continue;
            const float *x = k->x + n * k->x_size + at * c->input.channels;
            float a = x[c->is_depthwise ? out : group * inputs + in];
            value = fmaf(a, k->dy[n * k->y_size + o * c->output.channels + out], value);
        }
    return value;
}

static void expect_same(const case_ *k, const char *what, int64_t index, float got, float wanted)
{
    const denoise__window *w = k->c.window;
    if (memcmp(&got, &wanted, sizeof got) == 0) return;
    fail_msg("%s[%d] is %a, expected %a: %d -> %d channels, %d groups, depthwise %d, sizes %d %d %d, strides %d %d %d, "
             "dilations %d %d %d, inputs %d %d %d",
             what, (int)index, (double)got, (double)wanted, (int)k->c.input.channels, (int)k->c.output.channels,
             (int)k->c.groups, k->c.is_depthwise, (int)w[0].size, (int)w[1].size, (int)w[2].size, (int)w[0].stride,
             (int)w[1].stride, (int)w[2].stride, (int)w[0].dilation, (int)w[1].dilation, (int)w[2].dilation, (int)w[0].input,
             (int)w[1].input, (int)w[2].input);
}

static void check_values(case_ *k)
{
    int64_t out = k->c.output.channels, in = k->c.input.channels;
    denoise__correlation_pack(&k->c, k->kernel, k->packed, false);
    denoise__correlation_run(&k->c, false, k->x, k->packed, k->y, k->batch, NULL);
    for (int64_t i = 0; i < k->batch * k->y_size; i++)
        expect_same(k, "y", i, k->y[i], plain_y(k, i / k->y_size, i % k->y_size / out, i % out));
    denoise__correlation_pack(&k->c, k->kernel, k->packed, true);
    denoise__correlation_run(&k->c, true, k->dy, k->packed, k->dx, k->batch, NULL);
    for (int64_t i = 0; i < k->batch * k->x_size; i++)
        expect_same(k, "dx", i, k->dx[i], plain_dx(k, i / k->x_size, i % k->x_size / in, i % in));
    denoise__correlation_gradient(&k->c, k->x, k->dy, k->dkernel, k->batch, k->scratch);
    int64_t inputs = k->c.is_depthwise ? 1 : in / k->c.groups;
    for (int64_t i = 0; i < k->kernel_size; i++)
        expect_same(k, "dkernel", i, k->dkernel[i], plain_dkernel(k, i / out / inputs, i / out % inputs, i % out));
}

static void random_geometries(void **state)
{
    (void)state;
    int tried = 0;
    for (uint32_t i = 0; tried < 250; i++) {
        case_ k;
        seed = i * 7919 + 1;
        if (!choose(&k)) continue;
        if (k.batch * (k.x_size + k.y_size) * k.taps < 60000) {
            check_values(&k);
            tried++;
        }
        release(&k);
    }
}

typedef struct seen {
    int64_t count;
    unsigned char hit[64];
} seen;

static void note(void *context, int64_t first, int64_t count)
{
    seen *s = context;
    for (int64_t i = first; i < first + count; i++)
        s->hit[i]++;
    s->count += count;
}

static void every_position_is_told_once(void **state)
{
    (void)state;
    for (int adjoint = 0; adjoint < 2; adjoint++) {
        denoise__correlation c = {.input = {2, false, 2, {1, 7, 5}}, .output = {2, false, 3, {1, 0, 0}}, .groups = 1};
        c.window[0] = (denoise__window){.input = 1, .size = 1, .stride = 1, .dilation = 1};
        c.window[1] = (denoise__window){.input = 7, .size = 3, .stride = 2, .dilation = 1};
        c.window[2] = (denoise__window){.input = 5, .size = 2, .stride = 1, .dilation = 1};
        float x[3 * 70] = {0}, packed[6 * 3 * 16] = {0};
        seen s = {0};
        denoise__correlation_end end = {.done = note, .context = &s};
        for (int32_t i = 0; i < 3; i++) {
            assert_int_equal(denoise__window_make(&c.window[i], "valid"), DENOISE_OK);
            c.output.length[i] = c.window[i].output;
        }
        float *y = numbers(2 * 70);
        denoise__correlation_run(&c, adjoint != 0, x, packed, y, adjoint != 0 ? 1 : 3, &end);
        int64_t positions = adjoint != 0 ? 35 : 36;
        assert_int_equal(s.count, positions);
        for (int64_t i = 0; i < positions; i++)
            assert_int_equal(s.hit[i], 1);
        free(y);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_geometries), cmocka_unit_test(every_position_is_told_once)};
    denoise_set_num_threads(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
