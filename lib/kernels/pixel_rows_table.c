/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set, with DENOISE__PIXEL_ROWS_TABLE (the table's name) and DENOISE__PIXEL_ROWS_NAME (its text)
 * defined.
 */
#include "kernels/pixel_rows.h"
#include "kernels/simd_loop.h"

enum { PIECE = 16 };

typedef denoise__pixel_windows windows;

/* VF_LOOP has its block twice, for whole vectors and for the last, partial one; this has it once, with a choice at each access
 * where masks are not free. It is for what needs not be as fast, since code has a size too. */
#if DENOISE__SIMD_SET == 512
#define load_any  vf_load_part
#define store_any vf_store_part
#else
#define load_any  vf_load_some
#define store_any vf_store_some
#endif
#define SMALL_LOOP(count, ...)                                                                                                 \
    for (int64_t i = 0; i < (count); i += VF_LANES) {                                                                          \
        const int64_t n = (count)-i < VF_LANES ? (count)-i : VF_LANES;                                                         \
        __VA_ARGS__                                                                                                            \
    }

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

/* `...` for v = the n channels from i of every input under a window. */
#define EACH_INPUT(w, load, from, planes, rows, columns, ...)                                                                  \
    for (int64_t a = 0; a < (planes); a++)                                                                                     \
        for (int64_t b = 0; b < (rows); b++)                                                                                   \
            for (int64_t j = 0; j < (columns); j++) {                                                                          \
                vf v = load((from) + a * (w)->plane_step + b * (w)->row_step + j * (w)->channels + i, n);                      \
                __VA_ARGS__                                                                                                    \
            }
#define GREATER(best, v) vf_select(vf_lt(best, v), v, best)

/* ---- Marks: a byte each, or an int32_t */

DENOISE__INLINE vi vi_select(vm m, vi yes, vi no)
{
    return vf_bits(vf_select(m, vi_as_floats(yes), vi_as_floats(no)));
}

/* Whole vectors may be stored where `room` marks are still to come in this row: they are overwritten. */
DENOISE__INLINE void store_narrow(uint8_t *marks, vi mark, int64_t n, int64_t room)
{
    uint8_t bytes[VF_LANES];
    if (room >= VF_LANES) {
        vi_store_bytes(marks, mark);
        return;
    }
    vi_store_bytes(bytes, mark);
    memcpy(marks, bytes, (size_t)n);
}

DENOISE__INLINE void store_wide(int32_t *marks, vi mark, int64_t n)
{
    int32_t lanes[VF_LANES];
    vi_store(lanes, mark);
    memcpy(marks, lanes, (size_t)n * sizeof *lanes);
}

/* Reads a whole vector: there is room behind the last mark. */
DENOISE__INLINE vi load_marks(const windows *w, const void *marks, int64_t at)
{
    return w->has_wide_marks ? vi_load((const int32_t *)marks + at) : vi_load_bytes((const uint8_t *)marks + at);
}

/* ---- Windows */

/* The first label is `label`. Greatest and marked are two chains: only the second begins with the first input. */
#define MAX_MARKED(load, rows, columns)                                                                                        \
    vf best = vf_set1(-FLT_MAX), marked = load(from + i, n);                                                                   \
    vi mark = vi_set1(label);                                                                                                  \
    EACH_INPUT(w, load, from, 1, rows, columns, {                                                                              \
        vm is_greater = vf_lt(marked, v);                                                                                      \
        best = GREATER(best, v);                                                                                               \
        marked = vf_select(is_greater, v, marked);                                                                             \
        mark = vi_select(is_greater, vi_set1(label + (int32_t)b * w->row_label + (int32_t)j), mark);                           \
    })

static void max_any(const windows *w, const float *from, int64_t columns, float *y, void *marks, int64_t at, int32_t label)
{
    if (marks == NULL) {
        SMALL_LOOP(w->channels, {
            vf best = vf_set1(-FLT_MAX);
            EACH_INPUT(w, load_any, from, w->planes, w->rows, columns, best = GREATER(best, v);)
            store_any(y + i, best, n);
        })
        return;
    }
    SMALL_LOOP(w->channels, {
        MAX_MARKED(load_any, w->rows, columns)
        store_any(y + i, best, n);
        if (w->has_wide_marks)
            store_wide((int32_t *)marks + at + i, mark, n);
        else
            store_narrow((uint8_t *)marks + at + i, mark, n, w->outputs * w->channels - at - i);
    })
}

/* Two by two is what most networks have: constants make its loops disappear. */
static void max(const windows *w, const float *x, float *y, void *marks)
{
    for (int64_t p = 0; p < w->outputs; p++, y += w->channels) {
        span s = span_of(w, p);
        const float *from = x + s.first * w->channels;
        int32_t label = w->label + (int32_t)p * w->pixel_label + (int32_t)s.j;
        int64_t at = p * w->channels, room = w->outputs * w->channels - at;
        if (w->planes != 1 || w->rows != 2 || s.count != 2 || w->has_wide_marks) {
            max_any(w, from, s.count, y, marks, at, label);
        } else if (marks == NULL) {
            VF_LOOP(w->channels, {
                vf best = vf_set1(-FLT_MAX);
                EACH_INPUT(w, vf_load_some, from, 1, 2, 2, best = GREATER(best, v);)
                vf_store_some(y + i, best, n);
            })
        } else {
            VF_LOOP(w->channels, {
                MAX_MARKED(vf_load_some, 2, 2)
                vf_store_some(y + i, best, n);
                store_narrow((uint8_t *)marks + at + i, mark, n, room - i);
            })
        }
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

static void max_back(const windows *w, const void *marks, const float *dy, const float *y, float *dx, bool is_first)
{
    const vf none = vf_set1(0.0f);
    bool stores = false;
    for (int64_t b = 0; b < w->rows; b++)
        stores = begin_gradients(w, dx + b * w->row_step, is_first);
    for (int64_t p = 0; p < w->outputs; p++) {
        span s = span_of(w, p);
        int32_t label = w->label + (int32_t)p * w->pixel_label + (int32_t)s.j;
        VF_LOOP(w->channels, {
            vf gradient = vf_load_some(dy + p * w->channels + i, n);
            vi mark = load_marks(w, marks, p * w->channels + i);
            if (y != NULL) gradient = vf_zero_where(vf_le(vf_load_some(y + p * w->channels + i, n), none), gradient);
            for (int64_t b = 0; b < w->rows; b++) {
                float *to = dx + b * w->row_step + s.first * w->channels + i;
                int32_t first = label + (int32_t)b * w->row_label;
                for (int64_t j = 0; j < s.count; j++, to += w->channels) {
                    vf part = vf_select(vi_eq(mark, vi_set1(first + (int32_t)j)), gradient, none);
                    vf_store_some(to, stores ? part : vf_add(vf_load_some(to, n), part), n);
                }
            }
        })
    }
}

DENOISE__INLINE void put(float *dx, vf gradient, int64_t n, bool stores)
{
    store_any(dx, stores ? gradient : vf_add(load_any(dx, n), gradient), n);
}

static void near_back(const windows *w, const float *x, const float *y, const float *dy, float *dx, float distance,
                      bool is_first)
{
    const vf none = vf_set1(0.0f), limit = vf_set1(distance);
    bool stores = begin_gradients(w, dx, is_first);
    for (int64_t p = 0; p < w->outputs; p++) {
        span s = span_of(w, p);
        SMALL_LOOP(w->channels, {
            vf gradient = load_any(dy + p * w->channels + i, n), greatest = load_any(y + p * w->channels + i, n);
            for (int64_t j = 0; j < s.count; j++) {
                int64_t at = (s.first + j) * w->channels + i;
                vf away = vf_abs(vf_sub(load_any(x + at, n), greatest));
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

static void sum_long(const windows *w, const float *x, float *y, int64_t columns, int64_t divisor)
{
    for (int64_t c = 0; c < w->channels; c += PIECE) {
        size_t bytes = (size_t)(w->channels - c < PIECE ? w->channels - c : PIECE) * sizeof *y;
        double total[PIECE] = {0};
        float piece[PIECE] = {0};
        for (int64_t a = 0; a < w->planes; a++)
            for (int64_t b = 0; b < w->rows; b++)
                for (int64_t j = 0; j < columns; j++) {
                    const float *from = x + a * w->plane_step + b * w->row_step + j * w->channels + c;
                    if (bytes < sizeof piece) from = memcpy(piece, from, bytes);
                    for (int k = 0; k < PIECE; k++)
                        total[k] += (double)from[k];
                }
        for (int k = 0; k < PIECE; k++)
            piece[k] = (float)(total[k] / (double)divisor);
        memcpy(y + c, piece, bytes);
    }
}

static void sum(const windows *w, const float *x, float *y, bool is_mean)
{
    for (int64_t p = 0; p < w->outputs; p++, y += w->channels) {
        span s = span_of(w, p);
        const float *from = x + s.first * w->channels;
        int64_t count = w->planes * w->rows * s.count, divisor = is_mean ? count : 1;
        if (count > DENOISE__SHORT_SUM) {
            sum_long(w, from, y, s.count, divisor);
            continue;
        }
        VF_LOOP(w->channels, {
            vf total = vf_set1(0.0f);
            EACH_INPUT(w, vf_load_some, from, w->planes, w->rows, s.count, total = vf_add(total, v);)
            vf_store_some(y + i, divided(total, divisor), n);
        })
    }
}

static void mean_back(const windows *w, const float *dy, float *dx, bool is_first)
{
    bool stores = begin_gradients(w, dx, is_first);
    for (int64_t p = 0; p < w->outputs; p++) {
        span s = span_of(w, p);
        SMALL_LOOP(w->channels, {
            vf gradient = divided(load_any(dy + p * w->channels + i, n), w->planes * w->rows * s.count);
            for (int64_t j = 0; j < s.count; j++)
                put(dx + (s.first + j) * w->channels + i, gradient, n, stores);
        })
    }
}

static void greatest(const float *x, float *y, int64_t pixels, int64_t channels)
{
    SMALL_LOOP(channels, {
        vf best = load_any(x + i, n);
        for (int64_t p = 1; p < pixels; p++) {
            vf v = load_any(x + p * channels + i, n);
            best = vf_select(vf_eq(v, v), GREATER(best, v), v);
        }
        store_any(y + i, best, n);
    })
}

/* TensorFlow's 1 / number * dy and 0 / number * dy: of a NaN, which equals nothing, all are NaN. */
static void greatest_back(const float *x, const float *y, const float *dy, float *dx, int64_t pixels, int64_t channels)
{
    const vf one = vf_set1(1.0f), none = vf_set1(0.0f);
    SMALL_LOOP(channels, {
        vf best = load_any(y + i, n), gradient = load_any(dy + i, n), number = none;
        for (int64_t p = 0; p < pixels; p++)
            number = vf_add(number, vf_select(vf_eq(load_any(x + p * channels + i, n), best), one, none));
        vf share = vf_mul(vf_div(one, number), gradient), rest = vf_mul(vf_div(none, number), gradient);
        for (int64_t p = 0; p < pixels; p++) {
            vm is_greatest = vf_eq(load_any(x + p * channels + i, n), best);
            store_any(dx + p * channels + i, vf_select(is_greatest, share, rest), n);
        }
    })
}

/* ---- Repeating and resampling */

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
        SMALL_LOOP(channels, {
            vf gradient = load_any(dy + i, n);
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
