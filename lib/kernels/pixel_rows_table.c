/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set, with DENOISE__PIXEL_ROWS_TABLE (the table's name) and DENOISE__PIXEL_ROWS_NAME (its text)
 * defined.
 */
#include "kernels/pixel_rows.h"
#include "kernels/simd_loop.h"

enum { PIECE = 64 };

typedef denoise__pixel_windows windows;

/* The inputs of window p that exist: `first` pixels behind the row's beginning, `count` of them, whose j begins at `j`. */
typedef struct span {
    int64_t first, count, j;
} span;

DENOISE__INLINE span span_of(const windows *w, int64_t p)
{
    int64_t at = p * w->stride - w->before, j = at < 0 ? -at : 0;
    int64_t end = w->inputs - at < w->size ? w->inputs - at : w->size;
    return (span){at + j, end - j, j};
}

/* `each` for v = the n channels from i of every input under a window, whose label is `label`. */
#define EACH_INPUT(w, from, planes, rows, columns, ...)                                                                        \
    for (int64_t a = 0; a < (planes); a++)                                                                                     \
        for (int64_t b = 0; b < (rows); b++)                                                                                   \
            for (int64_t j = 0; j < (columns); j++) {                                                                          \
                vf v = vf_load_some((from) + a * (w)->plane_step + b * (w)->row_step + j * (w)->channels + i, n);              \
                __VA_ARGS__                                                                                                    \
            }

DENOISE__INLINE void max_plain(const windows *w, const float *x, float *y, int64_t planes, int64_t rows, int64_t columns){
    VF_LOOP(w->channels,
            {
                vf best = vf_set1(-FLT_MAX);
                EACH_INPUT(w, x, planes, rows, columns, best = vf_select(vf_lt(best, v), v, best);)
                vf_store_some(y + i, best, n);
            })}

DENOISE__INLINE vi vi_select(vm m, vi yes, vi no)
{
    return vf_bits(vf_select(m, vi_as_floats(yes), vi_as_floats(no)));
}

DENOISE__INLINE void store_marks(const windows *w, void *marks, int64_t i, vi mark, int64_t n)
{
    int32_t lanes[VF_LANES];
    vi_store(lanes, mark);
    if (w->has_wide_marks) {
        memcpy((int32_t *)marks + i, lanes, (size_t)n * sizeof *lanes);
        return;
    }
    uint8_t *bytes = (uint8_t *)marks + i;
    for (int64_t k = 0; k < n; k++)
        bytes[k] = (uint8_t)lanes[k];
}

DENOISE__INLINE vi load_marks(const windows *w, const void *marks, int64_t i, int64_t n)
{
    if (w->has_wide_marks) {
        int32_t lanes[VF_LANES] = {0};
        memcpy(lanes, (const int32_t *)marks + i, (size_t)n * sizeof *lanes);
        return vi_load(lanes);
    }
    uint8_t bytes[VF_LANES] = {0};
    if (n == VF_LANES) return vi_load_bytes((const uint8_t *)marks + i);
    memcpy(bytes, (const uint8_t *)marks + i, (size_t)n);
    return vi_load_bytes(bytes);
}

/* `label` of the first input. Greatest and marked are two chains: only the second begins with the first input. */
DENOISE__INLINE void max_marked(const windows *w, const float *x, float *y, void *marks, int64_t at, int32_t label,
                                int64_t rows, int64_t columns)
{
    VF_LOOP(w->channels, {
        vf best = vf_set1(-FLT_MAX), marked = vf_load_some(x + i, n);
        vi mark = vi_set1(label);
        EACH_INPUT(w, x, 1, rows, columns, {
            vm is_greater = vf_lt(marked, v);
            best = vf_select(vf_lt(best, v), v, best);
            marked = vf_select(is_greater, v, marked);
            mark = vi_select(is_greater, vi_set1(label + (int32_t)b * w->row_label + (int32_t)j), mark);
        })
        vf_store_some(y + i, best, n);
        store_marks(w, marks, at + i, mark, n);
    })
}

/* Two by two is what most networks have: constants make its loops disappear. */
static void max(const windows *w, const float *x, float *y, void *marks)
{
    for (int64_t p = 0; p < w->outputs; p++, y += w->channels) {
        span s = span_of(w, p);
        const float *from = x + s.first * w->channels;
        int32_t label = w->label + (int32_t)p * w->pixel_label + (int32_t)s.j;
        bool is_two_by_two = w->planes == 1 && w->rows == 2 && s.count == 2;
        if (marks == NULL && is_two_by_two)
            max_plain(w, from, y, 1, 2, 2);
        else if (marks == NULL)
            max_plain(w, from, y, w->planes, w->rows, s.count);
        else if (is_two_by_two)
            max_marked(w, from, y, marks, p * w->channels, label, 2, 2);
        else
            max_marked(w, from, y, marks, p * w->channels, label, w->rows, s.count);
    }
}

static void zero(float *x, int64_t count)
{
    memset(x, 0, (size_t)count * sizeof *x);
}

/* Makes dx ready for gradients. true: every input has one window at most, so that they may be stored. */
static bool begin_gradients(const windows *w, float *dx, bool is_first)
{
    if (!is_first) return false;
    int64_t tiled = w->stride == w->size && w->before == 0 ? w->outputs * w->size : 0;
    if (tiled > w->inputs) tiled = w->inputs;
    zero(dx + tiled * w->channels, (w->inputs - tiled) * w->channels);
    return w->stride >= w->size;
}

DENOISE__INLINE void put(float *dx, vf gradient, int64_t n, bool stores)
{
    vf_store_some(dx, stores ? gradient : vf_add(vf_load_some(dx, n), gradient), n);
}

DENOISE__INLINE void max_back_as(const windows *w, const void *marks, const float *dy, float *dx, bool stores)
{
    const vf none = vf_set1(0.0f);
    for (int64_t p = 0; p < w->outputs; p++) {
        span s = span_of(w, p);
        int32_t label = w->label + (int32_t)p * w->pixel_label + (int32_t)s.j;
        VF_LOOP(w->channels, {
            vf gradient = vf_load_some(dy + p * w->channels + i, n);
            vi mark = load_marks(w, marks, p * w->channels + i, n);
            for (int64_t j = 0; j < s.count; j++) {
                vm is_it = vi_eq(mark, vi_set1(label + (int32_t)j));
                put(dx + (s.first + j) * w->channels + i, vf_select(is_it, gradient, none), n, stores);
            }
        })
    }
}

static void max_back(const windows *w, const void *marks, const float *dy, float *dx, bool is_first)
{
    if (begin_gradients(w, dx, is_first))
        max_back_as(w, marks, dy, dx, true);
    else
        max_back_as(w, marks, dy, dx, false);
}

static void near_back(const windows *w, const float *x, const float *y, const float *dy, float *dx, float distance,
                      bool is_first)
{
    const vf none = vf_set1(0.0f), limit = vf_set1(distance);
    bool stores = begin_gradients(w, dx, is_first);
    for (int64_t p = 0; p < w->outputs; p++) {
        span s = span_of(w, p);
        VF_LOOP(w->channels, {
            vf gradient = vf_load_some(dy + p * w->channels + i, n), greatest = vf_load_some(y + p * w->channels + i, n);
            for (int64_t j = 0; j < s.count; j++) {
                int64_t at = (s.first + j) * w->channels + i;
                vf away = vf_abs(vf_sub(vf_load_some(x + at, n), greatest));
                put(dx + at, vf_select(vf_lt(away, limit), gradient, none), n, stores);
            }
        })
    }
}

/* A product with a power of two is the quotient, and takes no time. */
DENOISE__INLINE vf divided(vf a, int64_t count)
{
    bool is_exact = (count & (count - 1)) == 0;
    return is_exact ? vf_mul(a, vf_set1(1.0f / (float)count)) : vf_div(a, vf_set1((float)count));
}

DENOISE__INLINE void sum_short(const windows *w, const float *x, float *y, int64_t planes, int64_t rows, int64_t columns,
                               int64_t divisor)
{
    VF_LOOP(w->channels, {
        vf total = vf_set1(0.0f);
        EACH_INPUT(w, x, planes, rows, columns, total = vf_add(total, v);)
        vf_store_some(y + i, divided(total, divisor), n);
    })
}

static void sum_long(const windows *w, const float *x, float *y, int64_t columns, int64_t divisor)
{
    for (int64_t c = 0; c < w->channels; c += PIECE) {
        int64_t n = w->channels - c < PIECE ? w->channels - c : PIECE;
        double total[PIECE] = {0};
        for (int64_t a = 0; a < w->planes; a++)
            for (int64_t b = 0; b < w->rows; b++) {
                const float *from = x + a * w->plane_step + b * w->row_step + c;
                for (int64_t j = 0; j < columns; j++, from += w->channels)
                    for (int64_t k = 0; k < n; k++)
                        total[k] += (double)from[k];
            }
        for (int64_t k = 0; k < n; k++)
            y[c + k] = (float)(total[k] / (double)divisor);
    }
}

static void sum(const windows *w, const float *x, float *y, bool is_mean)
{
    for (int64_t p = 0; p < w->outputs; p++, y += w->channels) {
        span s = span_of(w, p);
        const float *from = x + s.first * w->channels;
        int64_t count = w->planes * w->rows * s.count, divisor = is_mean ? count : 1;
        if (count > DENOISE__SHORT_SUM)
            sum_long(w, from, y, s.count, divisor);
        else if (w->planes == 1 && w->rows == 2 && s.count == 2)
            sum_short(w, from, y, 1, 2, 2, divisor);
        else
            sum_short(w, from, y, w->planes, w->rows, s.count, divisor);
    }
}

static void mean_back(const windows *w, const float *dy, float *dx, bool is_first)
{
    bool stores = begin_gradients(w, dx, is_first);
    for (int64_t p = 0; p < w->outputs; p++) {
        span s = span_of(w, p);
        int64_t count = w->planes * w->rows * s.count;
        VF_LOOP(w->channels, {
            vf gradient = divided(vf_load_some(dy + p * w->channels + i, n), count);
            for (int64_t j = 0; j < s.count; j++)
                put(dx + (s.first + j) * w->channels + i, gradient, n, stores);
        })
    }
}

static void greatest(const float *x, float *y, int64_t pixels, int64_t channels)
{
    VF_LOOP(channels, {
        vf best = vf_load_some(x + i, n);
        for (int64_t p = 1; p < pixels; p++) {
            vf v = vf_load_some(x + p * channels + i, n);
            vf greater = vf_select(vf_lt(best, v), v, best);
            best = vf_select(vf_eq(v, v), greater, v);
        }
        vf_store_some(y + i, best, n);
    })
}

/* TensorFlow's 1 / number * dy and 0 / number * dy: of a NaN, which equals nothing, both are NaN. */
static void greatest_back(const float *x, const float *y, const float *dy, float *dx, int64_t pixels, int64_t channels)
{
    const vf one = vf_set1(1.0f), none = vf_set1(0.0f);
    VF_LOOP(channels, {
        vf best = vf_load_some(y + i, n), gradient = vf_load_some(dy + i, n), number = none;
        for (int64_t p = 0; p < pixels; p++)
            number = vf_add(number, vf_select(vf_eq(vf_load_some(x + p * channels + i, n), best), one, none));
        vf share = vf_mul(vf_div(one, number), gradient), rest = vf_mul(vf_div(none, number), gradient);
        for (int64_t p = 0; p < pixels; p++) {
            vm is_greatest = vf_eq(vf_load_some(x + p * channels + i, n), best);
            vf_store_some(dx + p * channels + i, vf_select(is_greatest, share, rest), n);
        }
    })
}

static void repeat_numbers(const float *restrict x, float *restrict y, int64_t count, int64_t times)
{
    if (times == 2) {
        for (int64_t i = 0; i < count; i++)
            y[2 * i] = y[2 * i + 1] = x[i];
        return;
    }
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < times; k++)
            *y++ = x[i];
}

static void repeat(const float *x, float *y, int64_t pixels, int64_t channels, int64_t times)
{
    if (channels == 1) {
        repeat_numbers(x, y, pixels, times);
        return;
    }
    for (int64_t p = 0; p < pixels; p++, x += channels, y += times * channels)
        VF_LOOP(channels, {
            vf v = vf_load_some(x + i, n);
            for (int64_t k = 0; k < times; k++)
                vf_store_some(y + k * channels + i, v, n);
        })
}

static void blend(const denoise__taps *taps, int64_t channels, const float *x, float *y)
{
    for (int64_t o = 0; o < taps->outputs; o++, y += channels) {
        const int32_t *index = taps->index + o * taps->most;
        const float *weights = taps->weights + o * taps->most;
        VF_LOOP(channels, {
            vf total = vf_mul(vf_set1(weights[0]), vf_load_some(x + index[0] * channels + i, n));
            for (int64_t t = 1; t < taps->count[o]; t++)
                total = vf_add(total, vf_mul(vf_set1(weights[t]), vf_load_some(x + index[t] * channels + i, n)));
            vf_store_some(y + i, total, n);
        })
    }
}

DENOISE__INLINE vf between(vf a, vf b, vf weight)
{
    return vf_add(a, vf_mul(vf_sub(b, a), weight));
}

static void lerp(const denoise__taps *taps, int64_t channels, const float *x, float *y)
{
    for (int64_t o = 0; o < taps->outputs; o++, y += channels) {
        const float *a = x + taps->index[2 * o] * channels, *b = x + taps->index[2 * o + 1] * channels;
        const vf weight = vf_set1(taps->weights[2 * o + 1]);
        VF_LOOP(channels, { vf_store_some(y + i, between(vf_load_some(a + i, n), vf_load_some(b + i, n), weight), n); })
    }
}

static void spread(const denoise__taps *taps, int64_t channels, const float *dy, float *dx, int64_t inputs)
{
    zero(dx, inputs * channels);
    for (int64_t o = 0; o < taps->outputs; o++, dy += channels) {
        const int32_t *index = taps->index + o * taps->most;
        const float *weights = taps->weights + o * taps->most;
        VF_LOOP(channels, {
            vf gradient = vf_load_some(dy + i, n);
            for (int64_t t = 0; t < taps->count[o]; t++)
                put(dx + index[t] * channels + i, vf_mul(vf_set1(weights[t]), gradient), n, false);
        })
    }
}

static void blend_rows(const float *const *rows, const float *weights, int64_t count, int64_t numbers, float *y, bool adds)
{
    VF_LOOP(numbers, {
        vf total = vf_mul(vf_set1(weights[0]), vf_load_some(rows[0] + i, n));
        if (adds) total = vf_add(vf_load_some(y + i, n), total);
        for (int64_t r = 1; r < count; r++)
            total = vf_add(total, vf_mul(vf_set1(weights[r]), vf_load_some(rows[r] + i, n)));
        vf_store_some(y + i, total, n);
    })
}

static void lerp_rows(const float *a, const float *b, float weight, int64_t numbers, float *y)
{
    VF_LOOP(numbers, { vf_store_some(y + i, between(vf_load_some(a + i, n), vf_load_some(b + i, n), vf_set1(weight)), n); })
}

extern const denoise__pixel_rows DENOISE__PIXEL_ROWS_TABLE;
const denoise__pixel_rows DENOISE__PIXEL_ROWS_TABLE = {
    .name = DENOISE__PIXEL_ROWS_NAME,
    .max = max,
    .max_back = max_back,
    .near_back = near_back,
    .sum = sum,
    .mean_back = mean_back,
    .greatest = greatest,
    .greatest_back = greatest_back,
    .repeat = repeat,
    .blend = blend,
    .lerp = lerp,
    .spread = spread,
    .blend_rows = blend_rows,
    .lerp_rows = lerp_rows,
};
