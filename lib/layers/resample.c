/* SPDX-License-Identifier: Apache-2.0 */
/* Weights are computed in single precision by the operations of TensorFlow's kernels in their order, so that they are the same
 * but for the last bit of a sine: resize_bilinear, resize_bicubic (Keys' cubic in 1024 steps, cut off at borders), and
 * scale_and_translate for lanczos and for antialias. Forward goes down the columns first, then along the row that comes of it;
 * backward likewise. Sums go up. */
#include "layers/resample.h"
#include "core/threads.h"
#include "kernels/pixel_rows.h"
#include "kernels/vector.h"
#include <float.h>
#include <string.h>

enum { SLOTS = 8, ROWS = 16, CHUNK = 32 };

typedef enum method { NEAREST, LERP, CUBIC_STEPS, TRIANGLE, CUBIC, LANCZOS } method;

/* ---- Weights of an axis */

static float absolute(float a)
{
    return a < 0 ? -a : a;
}

static int64_t floor_of(float a)
{
    int64_t whole = (int64_t)a;
    return whole - ((float)whole > a);
}

static int64_t ceiling_of(float a)
{
    return -floor_of(-a);
}

static int64_t clamp(int64_t a, int64_t low, int64_t high)
{
    return a < low ? low : a > high ? high : a;
}

/* To the nearest, halves to the even one; 0 <= a < 2^22. */
static int64_t rounded(float a)
{
    float shifted = a + 0x1p23f;
    return (int64_t)(shifted - 0x1p23f);
}

/* TensorFlow copies where both lengths stay, if it would interpolate between two. */
static bool is_copy(const denoise__resample *job)
{
    return job->axes[0].extent == job->axes[0].output && job->axes[1].extent == job->axes[1].output;
}

static method method_of(const denoise__resample *job)
{
    if (strcmp(job->interpolation, "nearest") == 0) return NEAREST;
    if (strcmp(job->interpolation, "bilinear") == 0) return job->antialias ? TRIANGLE : is_copy(job) ? NEAREST : LERP;
    if (strcmp(job->interpolation, "bicubic") == 0) return job->antialias ? CUBIC : CUBIC_STEPS;
    return LANCZOS;
}

static float radius_of(const denoise__resample *job, method by)
{
    switch (by) {
    case TRIANGLE:
        return 1;
    case CUBIC:
        return 2;
    default:
        return strcmp(job->interpolation, "lanczos3") == 0 ? 3 : 5;
    }
}

/* Input pixels from one output pixel to the next, and by how much a kernel is widened for it. */
static float step_of(const denoise__resample_axis *axis)
{
    float scale = (float)axis->output / (float)axis->extent;
    return (float)(1.0 / (double)scale);
}

static float widening_of(const denoise__resample *job, float step)
{
    return job->antialias && step > 1 ? step : 1;
}

static int64_t most_taps(const denoise__resample *job, method by, const denoise__resample_axis *axis)
{
    switch (by) {
    case NEAREST:
        return 1;
    case LERP:
        return 2;
    case CUBIC_STEPS:
        return 4;
    default: {
        int64_t most = 2 * ceiling_of(radius_of(job, by) * widening_of(job, step_of(axis))) + 1;
        return most < axis->extent ? most : axis->extent;
    }
    }
}

/* An axis' taps, and for the way back the first and last output that each pixel is a tap of, and one more. */
typedef struct table {
    denoise__taps taps;
    int32_t *count, *index;
    float *weights;
    int32_t *first, *end; /* NULL: forward */
} table;

static void nearest_taps(const denoise__resample_axis *axis, table *t)
{
    float scale = (float)axis->extent / (float)axis->output;
    for (int64_t o = 0; o < axis->output; o++) {
        t->count[o] = 1;
        t->index[o] = (int32_t)clamp(floor_of(((float)o + 0.5f) * scale), 0, axis->extent - 1);
        t->weights[o] = 1;
    }
}

/* At a border both pixels are the same one. */
static void lerp_taps(const denoise__resample_axis *axis, table *t)
{
    float scale = (float)axis->extent / (float)axis->output;
    for (int64_t o = 0; o < axis->output; o++) {
        float at = ((float)o + 0.5f) * scale - 0.5f;
        int64_t low = floor_of(at);
        t->count[o] = 2;
        t->index[2 * o] = (int32_t)clamp(low, 0, axis->extent - 1);
        t->index[2 * o + 1] = (int32_t)clamp(ceiling_of(at), 0, axis->extent - 1);
        t->weights[2 * o + 1] = at - (float)low;
        t->weights[2 * o] = 1 - t->weights[2 * o + 1];
    }
}

/* Keys' cubic, a = -1/2, by the distance: up to 1, and from there to 2. */
static float keys_near(float x)
{
    return (float)((1.5 * (double)x - 2.5) * (double)x * (double)x + 1);
}

static float keys_far(float x)
{
    return (float)(((-0.5 * (double)x + 2.5) * (double)x - 4) * (double)x + 2);
}

static void divide(float *weights, int64_t count)
{
    float total = 0;
    for (int64_t i = 0; i < count; i++)
        total += weights[i];
    bool is_none = absolute(total) < 1000 * FLT_MIN;
    for (int64_t i = 0; i < count; i++)
        weights[i] = is_none ? 0 : weights[i] * (1 / total);
}

/* Taps outside are on the border with weight 0. */
static void cubic_taps(const denoise__resample_axis *axis, table *t)
{
    float scale = (float)axis->extent / (float)axis->output;
    for (int64_t o = 0; o < axis->output; o++) {
        float at = ((float)o + 0.5f) * scale - 0.5f;
        int64_t low = floor_of(at);
        float part = (float)rounded((at - (float)low) * 1024) / 1024, *weights = t->weights + 4 * o;
        const float all[] = {keys_far(part + 1), keys_near(part), keys_near(1 - part), keys_far(1 - part + 1)};
        t->count[o] = 4;
        for (int64_t i = 0; i < 4; i++) {
            int64_t pixel = low - 1 + i, inside = clamp(pixel, 0, axis->extent - 1);
            t->index[4 * o + i] = (int32_t)inside;
            weights[i] = pixel == inside ? all[i] : 0;
        }
        divide(weights, 4);
    }
}

/* Distances become weights: radius sin(pi x) sin(pi x / radius) / (pi x)^2. */
static void lanczos(float *weights, int64_t count, float radius)
{
    const float pi = 3.14159265359f;
    for (int64_t i = 0; i < count; i += CHUNK) {
        int64_t n = count - i < CHUNK ? count - i : CHUNK;
        float angles[CHUNK], sines[CHUNK], wide[CHUNK];
        for (int64_t k = 0; k < n; k++)
            angles[k] = pi * weights[i + k];
        denoise__vector_table()->sin(angles, sines, n);
        for (int64_t k = 0; k < n; k++)
            angles[k] = angles[k] / radius;
        denoise__vector_table()->sin(angles, wide, n);
        for (int64_t k = 0; k < n; k++) {
            float x = weights[i + k];
            weights[i + k] = x > radius ? 0 : (double)x <= 1e-3 ? 1 : radius * sines[k] * wide[k] / (pi * pi * x * x);
        }
    }
}

static void kernel_of(method by, float *weights, int64_t count, float radius)
{
    if (by == LANCZOS) {
        lanczos(weights, count, radius);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        float x = weights[i];
        if (by == TRIANGLE)
            weights[i] = x < 1 ? 1 - x : 0;
        else
            weights[i] = x >= 2 ? 0 : x >= 1 ? ((-0.5f * x + 2.5f) * x - 4) * x + 2 : ((1.5f * x - 2.5f) * x) * x + 1;
    }
}

/* Taps beyond the kernel count with weight 0, as they do in TensorFlow: a NaN there is seen. */
static void kernel_taps(const denoise__resample *job, method by, const denoise__resample_axis *axis, table *t)
{
    float step = step_of(axis), widening = widening_of(job, step), narrowing = 1 / widening, radius = radius_of(job, by);
    float reach = radius * widening;
    int64_t most = t->taps.most;
    for (int64_t o = 0; o < axis->output; o++) {
        float at = ((float)o + 0.5f) * step, *weights = t->weights + o * most;
        int64_t first = clamp(ceiling_of(at - reach - 0.5f), 0, axis->extent - 1);
        int64_t end = clamp(floor_of(at + reach - 0.5f), 0, axis->extent - 1) + 1;
        for (int64_t i = 0; i < end - first; i++)
            weights[i] = absolute(((float)(first + i) + 0.5f - at) * narrowing);
        kernel_of(by, weights, end - first, radius);
        divide(weights, end - first);
        t->count[o] = (int32_t)(axis->extent - first < most ? axis->extent - first : most);
        for (int64_t i = 0; i < t->count[o]; i++) {
            t->index[o * most + i] = (int32_t)(first + i);
            if (i >= end - first) weights[i] = 0;
        }
    }
}

static void fill_table(const denoise__resample *job, method by, const denoise__resample_axis *axis, table *t)
{
    switch (by) {
    case NEAREST:
        nearest_taps(axis, t);
        break;
    case LERP:
        lerp_taps(axis, t);
        break;
    case CUBIC_STEPS:
        cubic_taps(axis, t);
        break;
    default:
        kernel_taps(job, by, axis, t);
    }
    if (t->first == NULL) return;
    memset(t->end, 0, (size_t)axis->extent * sizeof *t->end);
    for (int64_t o = 0; o < axis->output; o++)
        for (int64_t k = 0; k < t->count[o]; k++) {
            int32_t i = t->index[o * t->taps.most + k];
            if (t->end[i] == 0) t->first[i] = (int32_t)o;
            t->end[i] = (int32_t)o + 1;
        }
}

/* ---- Room */

/* Takes pieces of a scratch; only counts where there is none. */
typedef struct room {
    unsigned char *memory;
    size_t used;
} room;

static void *take(room *r, int64_t count, size_t size)
{
    void *piece = r->memory == NULL ? NULL : r->memory + r->used;
    r->used += ((size_t)count * size + 63) / 64 * 64;
    return piece;
}

typedef struct resample_run {
    const denoise__resample *job;
    method by;
    table tables[2];
    int64_t inside, inside_at; /* columns of the input that are resized, and where they are among these */
    float *filler;             /* such a row */
    float *slots;              /* a row for each slot, and on the way back, where columns are cut or filled up, another */
    int64_t slot_size, second; /* numbers */
    int64_t rows, piece;       /* to do, and at a time */
    const float *from;
    float *to;
} resample_run;

static bool changes_columns(const denoise__resample_axis *axis)
{
    return axis->first != 0 || axis->extent != axis->input;
}

static void layout(resample_run *run, room *r, bool is_backward)
{
    const denoise__resample *job = run->job;
    run->by = method_of(job);
    for (int i = 0; i < 2; i++) {
        const denoise__resample_axis *axis = &job->axes[i];
        table *t = &run->tables[i];
        int64_t most = most_taps(job, run->by, axis);
        t->count = take(r, axis->output, sizeof *t->count);
        t->index = take(r, axis->output * most, sizeof *t->index);
        t->weights = take(r, axis->output * most, sizeof *t->weights);
        t->first = is_backward ? take(r, axis->extent, sizeof *t->first) : NULL;
        t->end = is_backward ? take(r, axis->extent, sizeof *t->end) : NULL;
        t->taps = (denoise__taps){axis->output, most, t->count, t->index, t->weights};
    }
    const denoise__resample_axis *columns = &job->axes[1];
    run->inside = columns->input < columns->extent ? columns->input : columns->extent;
    run->inside_at = columns->first < 0 ? -columns->first : 0;
    run->filler = is_backward ? NULL : take(r, run->inside * job->channels, sizeof *run->filler);
    int64_t extent = (columns->extent * job->channels + 15) / 16 * 16,
            output = (columns->output * job->channels + 15) / 16 * 16;
    run->second = output;
    run->slot_size = !is_backward ? extent : output + (changes_columns(columns) ? extent : 0);
    run->slots = take(r, SLOTS * run->slot_size, sizeof *run->slots);
}

size_t denoise__resample_scratch(const denoise__resample *job, bool is_backward)
{
    resample_run run = {.job = job};
    room r = {NULL, 0};
    layout(&run, &r, is_backward);
    return r.used;
}

static void begin(resample_run *run, void *scratch, bool is_backward)
{
    const denoise__resample *job = run->job;
    room r = {scratch, 0};
    layout(run, &r, is_backward);
    for (int i = 0; i < 2; i++)
        fill_table(job, run->by, &job->axes[i], &run->tables[i]);
    if (run->filler != NULL) {
        for (int64_t i = 0; i < run->inside * job->channels; i++)
            run->filler[i] = job->fill;
    }
}

/* All rows, a piece at a time. */
static void go(resample_run *run, int64_t rows, int64_t cost, denoise__slot_body body)
{
    run->rows = rows;
    run->piece = denoise__grain(cost);
    denoise__parallel_slots(rows / run->piece + (rows % run->piece != 0), SLOTS, body, run);
}

/* ---- Forward */

/* What is resized of row i of the part; the filler outside the input. */
static const float *part_row(const resample_run *run, int64_t outer, int64_t i)
{
    const denoise__resample_axis *rows = &run->job->axes[0], *columns = &run->job->axes[1];
    int64_t row = i + rows->first;
    if (row < 0 || row >= rows->input) return run->filler;
    return run->from +
           ((outer * rows->input + row) * columns->input + (columns->first > 0 ? columns->first : 0)) * run->job->channels;
}

/* The rows under output row o, blended. */
static void down(const resample_run *run, int64_t outer, int64_t o, float *to)
{
    const denoise__pixel_rows *pixels = denoise__pixel_rows_table();
    const denoise__taps *taps = &run->tables[0].taps;
    const int32_t *index = taps->index + o * taps->most;
    const float *weights = taps->weights + o * taps->most;
    int64_t count = taps->count[o], numbers = run->inside * run->job->channels;
    if (run->by == LERP) {
        pixels->lerp_rows(part_row(run, outer, index[0]), part_row(run, outer, index[1]), weights[1], numbers, to);
        return;
    }
    for (int64_t t = 0; t < count; t += ROWS) {
        const float *rows[ROWS];
        int64_t n = count - t < ROWS ? count - t : ROWS;
        for (int64_t k = 0; k < n; k++)
            rows[k] = part_row(run, outer, index[t + k]);
        pixels->blend_rows(rows, weights + t, n, numbers, to, t > 0);
    }
}

static void fill(float *to, int64_t count, float value)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = value;
}

static void forward_piece(void *context, int64_t index, int32_t slot)
{
    const resample_run *run = context;
    const denoise__resample *job = run->job;
    const denoise__pixel_rows *pixels = denoise__pixel_rows_table();
    float *middle = run->slots + slot * run->slot_size;
    int64_t output = job->axes[0].output, before = run->inside_at * job->channels, inside = run->inside * job->channels;
    int64_t end = (index + 1) * run->piece < run->rows ? (index + 1) * run->piece : run->rows;
    for (int64_t row = index * run->piece; row < end; row++) {
        float *y = run->to + row * job->axes[1].output * job->channels;
        fill(middle, before, job->fill);
        down(run, row / output, row % output, middle + before);
        fill(middle + before + inside, job->axes[1].extent * job->channels - before - inside, job->fill);
        if (run->by == LERP)
            pixels->lerp(&run->tables[1].taps, job->channels, middle, y);
        else
            pixels->blend(&run->tables[1].taps, job->channels, middle, y);
    }
}

void denoise__resample_forward(const denoise__resample *job, const float *x, float *y, void *scratch)
{
    resample_run run = {.job = job, .from = x, .to = y};
    begin(&run, scratch, false);
    int64_t cost = run.inside * run.tables[0].taps.most + job->axes[1].output * run.tables[1].taps.most;
    go(&run, job->outer * job->axes[0].output, cost * job->channels, forward_piece);
}

/* ---- Backward */

/* The gradients of the output rows that part row i is a tap of, blended; false: there are none. */
static bool up(const resample_run *run, int64_t outer, int64_t i, float *to)
{
    const denoise__resample *job = run->job;
    const table *t = &run->tables[0];
    int64_t numbers = job->axes[1].output * job->channels;
    const float *rows[ROWS];
    float weights[ROWS];
    int64_t n = 0;
    bool is_begun = false;
    for (int64_t o = t->end[i] == 0 ? 0 : t->first[i]; o < t->end[i]; o++)
        for (int64_t k = 0; k < t->count[o]; k++) {
            if (t->index[o * t->taps.most + k] != i) continue;
            if (n == ROWS) {
                denoise__pixel_rows_table()->blend_rows(rows, weights, n, numbers, to, is_begun);
                is_begun = true;
                n = 0;
            }
            rows[n] = run->from + (outer * job->axes[0].output + o) * numbers;
            weights[n++] = t->weights[o * t->taps.most + k];
        }
    if (n > 0) denoise__pixel_rows_table()->blend_rows(rows, weights, n, numbers, to, is_begun);
    return n > 0;
}

static void backward_row(const resample_run *run, int64_t outer, int64_t row, float *middle, float *dx)
{
    const denoise__resample *job = run->job;
    const denoise__resample_axis *columns = &job->axes[1];
    const denoise__taps *taps = &run->tables[1].taps;
    int64_t i = row - job->axes[0].first, width = columns->input * job->channels;
    bool is_part = i >= 0 && i < job->axes[0].extent;
    if (!is_part || !up(run, outer, i, middle)) {
        fill(dx, width, 0);
        return;
    }
    if (!changes_columns(columns)) {
        denoise__pixel_rows_table()->spread(taps, job->channels, middle, dx, columns->extent);
        return;
    }
    float *part = middle + run->second;
    int64_t inside = run->inside * job->channels, before = columns->first > 0 ? columns->first * job->channels : 0;
    denoise__pixel_rows_table()->spread(taps, job->channels, middle, part, columns->extent);
    fill(dx, before, 0);
    memcpy(dx + before, part + run->inside_at * job->channels, (size_t)inside * sizeof *dx);
    fill(dx + before + inside, width - before - inside, 0);
}

static void backward_piece(void *context, int64_t index, int32_t slot)
{
    const resample_run *run = context;
    const denoise__resample *job = run->job;
    int64_t input = job->axes[0].input;
    int64_t end = (index + 1) * run->piece < run->rows ? (index + 1) * run->piece : run->rows;
    for (int64_t row = index * run->piece; row < end; row++)
        backward_row(run, row / input, row % input, run->slots + slot * run->slot_size,
                     run->to + row * job->axes[1].input * job->channels);
}

void denoise__resample_backward(const denoise__resample *job, const float *dy, float *dx, void *scratch)
{
    resample_run run = {.job = job, .from = dy, .to = dx};
    begin(&run, scratch, true);
    int64_t cost = (job->axes[1].output + job->axes[1].input) * run.tables[1].taps.most;
    go(&run, job->outer * job->axes[0].input, cost * job->channels, backward_piece);
}

denoise_status denoise__resample_check(const denoise__resample *job)
{
    for (int i = 0; i < 2; i++) {
        const denoise__resample_axis *axis = &job->axes[i];
        int64_t pixels = axis->extent > axis->input ? axis->extent : axis->input;
        if (axis->input < 0) continue; /* unknown */
        if (axis->input > 0 && pixels <= DENOISE__MOST_PIXELS && axis->output <= DENOISE__MOST_PIXELS) continue;
        return denoise__fail(DENOISE_ERR_SHAPE, "%lld pixels become %lld, expected 1 to %d of both", (long long)pixels,
                             (long long)axis->output, (int)DENOISE__MOST_PIXELS);
    }
    return DENOISE_OK;
}
