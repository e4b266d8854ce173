/* SPDX-License-Identifier: Apache-2.0 */
/* Greatest and mean of windows, over one to three axes. Forward and backward go row by row; each number of a gradient adds up
 * what the windows over it have for it in ascending order.
 *
 * The greatest, as TensorFlow on the CPU has it: a NaN is never it, and of nothing else -FLT_MAX comes out. With one and two
 * axes the gradient goes to the input that is first, or greater than all before it, whose place forward keeps; with three to
 * each that is nearer than 1e-5 to the greatest. */
#include "core/threads.h"
#include "kernels/pixel_rows.h"
#include "layers/spatial.h"
#include <string.h>

enum { NARROW = 256 }; /* places in a window that a byte can tell */
static const float nearness = 1e-5f;

typedef struct pooling_config {
    denoise__layer_config layer;
    denoise__ints pool_size, strides;
    char padding[DENOISE__TEXT_SIZE];
    char data_format[DENOISE__TEXT_SIZE];
} pooling_config;

static denoise_status check(const void *config, int32_t axes)
{
    const pooling_config *c = config;
    DENOISE__TRY(denoise__check_axes(&c->pool_size, axes, "pool_size"));
    return denoise__check_axes(&c->strides, axes, "strides");
}

static denoise_status check_1d(const void *config)
{
    return check(config, 1);
}

static denoise_status check_2d(const void *config)
{
    return check(config, 2);
}

static denoise_status check_3d(const void *config)
{
    return check(config, 3);
}

/* What is done to a batch. */
typedef struct pooling {
    denoise__spatial spatial; /* of inputs */
    denoise__window windows[DENOISE__MAX_SPATIAL];
    int64_t channels;
    bool has_wide_marks;
} pooling;

static denoise_status pooling_make(pooling *p, const void *config, const denoise__shape *input)
{
    const pooling_config *c = config;
    p->spatial = denoise__spatial_of(input, c->data_format);
    p->channels = p->spatial.channels;
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++) {
        denoise__window *w = &p->windows[i];
        w->input = p->spatial.length[i];
        w->size = denoise__axis_value(&c->pool_size, p->spatial.axes, i, 1);
        w->stride = denoise__axis_value(&c->strides, p->spatial.axes, i, w->size);
        w->dilation = 1;
        DENOISE__TRY(denoise__window_make(w, c->padding));
    }
    p->has_wide_marks = p->windows[1].size * p->windows[2].size > NARROW;
    return DENOISE_OK;
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    pooling p;
    (void)count;
    DENOISE__TRY(pooling_make(&p, config, inputs));
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++)
        p.spatial.length[i] = p.windows[i].output;
    return denoise__spatial_shape(outputs, &p.spatial);
}

/* Wide marks are places in a channel. */
static denoise_status infer_max(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    pooling p;
    DENOISE__TRY(infer(config, inputs, count, outputs));
    DENOISE__TRY(pooling_make(&p, config, inputs));
    int64_t positions = denoise__spatial_positions(&p.spatial);
    if (!p.has_wide_marks || positions <= INT32_MAX / 2) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "a sample has %lld positions, windows of more than %d take at most %d",
                         (long long)positions, (int)NARROW, (int)(INT32_MAX / 2));
}

static int64_t output_positions(const pooling *p)
{
    return p->windows[0].output * p->windows[1].output * p->windows[2].output;
}

/* Bytes of an output's mark. */
static int64_t mark_size(const pooling *p)
{
    return p->has_wide_marks ? (int64_t)sizeof(int32_t) : 1;
}

static size_t state_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    pooling p;
    (void)count;
    if (pooling_make(&p, config, inputs) != DENOISE_OK) return 0;
    return (size_t)(batch * output_positions(&p) * p.channels * mark_size(&p) + DENOISE__MARKS_ROOM);
}

/* Channels that come first are turned to the end: an array of inputs and one of outputs, and where backward looks at values,
 * another of each. */
static size_t scratch_for(const void *config, const denoise__shape *input, int64_t batch, int64_t pairs)
{
    pooling p;
    if (pooling_make(&p, config, input) != DENOISE_OK || !p.spatial.channels_first) return 0;
    int64_t positions = denoise__spatial_positions(&p.spatial) + output_positions(&p);
    return (size_t)(pairs * batch * positions * p.channels) * sizeof(float);
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    (void)count, (void)is_backward;
    return scratch_for(config, inputs, batch, 1);
}

/* Outputs may be asked for too. */
static size_t scratch_size_marked(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch,
                                  bool is_backward)
{
    pooling p;
    size_t size = scratch_size(config, inputs, count, batch, is_backward);
    if (size == 0 || !is_backward || pooling_make(&p, config, inputs) != DENOISE_OK) return size;
    return size + (size_t)(batch * output_positions(&p) * p.channels) * sizeof(float);
}

static size_t scratch_size_near(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch,
                                bool is_backward)
{
    (void)count;
    return scratch_for(config, inputs, batch, is_backward ? 2 : 1);
}

/* x, y, dy and dx with channels last. */
typedef struct pooling_job {
    pooling p;
    const denoise__layer_args *args;
    bool is_max, has_marks;
    const float *x, *gradient;
    float *y, *dx;
} pooling_job;

typedef struct turn {
    const float *from;
    float *to;
    int64_t positions, channels;
} turn;

static void turn_samples(void *context, int64_t first, int64_t count)
{
    const turn *job = context;
    int64_t at = first * job->positions * job->channels;
    denoise__to_channels_last(job->from + at, job->to + at, count, job->positions, job->channels);
}

/* Room for an array of inputs or outputs is taken from *room. */
static float *turned(const pooling_job *job, const float *from, int64_t positions, float **room)
{
    turn t = {from, *room, positions, job->p.channels};
    int64_t size = positions * job->p.channels;
    *room += job->args->batch * size;
    if (from != NULL) denoise__parallel_ranges(job->args->batch, denoise__grain(size), turn_samples, &t);
    return t.to;
}

static void turn_back(const pooling_job *job, const float *from, int64_t positions, float *to)
{
    turn t = {from, to, job->p.channels, positions};
    denoise__parallel_ranges(job->args->batch, denoise__grain(positions * job->p.channels), turn_samples, &t);
}

/* A row of outputs or inputs, by its number in the batch. */
typedef struct place {
    int64_t sample, plane, row;
} place;

static place place_of(int64_t index, int64_t planes, int64_t rows)
{
    return (place){index / rows / planes, index / rows % planes, index % rows};
}

/* Windows along a row, under which rows of inputs are first[0] .. first[0] + planes - 1 and first[1] .. of the axes before. */
static denoise__pixel_windows windows_of(const pooling *p, int64_t plane, int64_t row, int64_t first[2])
{
    const denoise__window *w = p->windows;
    int64_t j[2], end[2];
    denoise__window_range(&w[0], plane, &j[0], &end[0]);
    denoise__window_range(&w[1], row, &j[1], &end[1]);
    first[0] = plane * w[0].stride - w[0].before + j[0];
    first[1] = row * w[1].stride - w[1].before + j[1];
    int64_t row_step = w[2].input * p->channels;
    return (denoise__pixel_windows){.channels = p->channels,
                                    .inputs = w[2].input,
                                    .outputs = w[2].output,
                                    .size = w[2].size,
                                    .stride = w[2].stride,
                                    .before = w[2].before,
                                    .planes = end[0] - j[0],
                                    .rows = end[1] - j[1],
                                    .plane_step = w[1].input * row_step,
                                    .row_step = row_step,
                                    .row_label = (int32_t)(p->has_wide_marks ? w[2].input : w[2].size),
                                    .pixel_label = (int32_t)(p->has_wide_marks ? w[2].stride : 0),
                                    .has_wide_marks = p->has_wide_marks};
}

/* The label of the first pixel of a row of inputs under a row of windows, -before where it counts from there. */
static int32_t label_of(const pooling *p, int64_t input_row, int64_t output_row)
{
    const denoise__window *w = p->windows;
    if (p->has_wide_marks) return (int32_t)(input_row * w[2].input - w[2].before);
    return (int32_t)((input_row - (output_row * w[1].stride - w[1].before)) * w[2].size);
}

static float *row_at(float *values, const pooling *p, place at, bool is_output)
{
    int64_t length[DENOISE__MAX_SPATIAL];
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++)
        length[i] = is_output ? p->windows[i].output : p->windows[i].input;
    return values + ((at.sample * length[0] + at.plane) * length[1] + at.row) * length[2] * p->channels;
}

static const float *input_at(const float *values, const pooling *p, int64_t sample, int64_t plane, int64_t row)
{
    const denoise__window *w = p->windows;
    return values + ((sample * w[0].input + plane) * w[1].input + row) * w[2].input * p->channels;
}

/* NULL outside training. */
static void *marks_at(const pooling_job *job, int64_t output_row)
{
    const pooling *p = &job->p;
    if (!job->has_marks || job->args->state == NULL) return NULL;
    return (unsigned char *)job->args->state + output_row * p->windows[2].output * p->channels * mark_size(p);
}

static void forward_rows(void *context, int64_t from, int64_t count)
{
    const pooling_job *job = context;
    const pooling *p = &job->p;
    const denoise__pixel_rows *pixels = denoise__pixel_rows_table();
    for (int64_t index = from; index < from + count; index++) {
        int64_t first[2];
        place at = place_of(index, p->windows[0].output, p->windows[1].output);
        denoise__pixel_windows w = windows_of(p, at.plane, at.row, first);
        const float *x = input_at(job->x, p, at.sample, first[0], first[1]);
        float *y = row_at(job->y, p, at, true);
        w.label = label_of(p, first[1], at.row);
        if (job->is_max)
            pixels->max(&w, x, y, marks_at(job, index));
        else
            pixels->sum(&w, x, y, true);
    }
}

static denoise_status forward(const denoise__layer_args *args, bool is_max, bool has_marks)
{
    pooling_job job = {.args = args, .is_max = is_max, .has_marks = has_marks, .x = args->inputs[0], .y = args->outputs[0]};
    DENOISE__TRY(pooling_make(&job.p, args->config, args->input_shapes));
    const denoise__window *w = job.p.windows;
    bool turns = job.p.spatial.channels_first;
    float *room = args->scratch;
    if (turns) {
        job.x = turned(&job, job.x, denoise__spatial_positions(&job.p.spatial), &room);
        job.y = turned(&job, NULL, output_positions(&job.p), &room);
    }
    int64_t cost = w[2].input * job.p.channels * (w[1].size < w[1].input ? w[1].size : w[1].input);
    denoise__parallel_ranges(args->batch * w[0].output * w[1].output, denoise__grain(cost), forward_rows, &job);
    if (turns) turn_back(&job, job.y, output_positions(&job.p), args->outputs[0]);
    return DENOISE_OK;
}

static denoise_status forward_marked(const denoise__layer_args *args)
{
    return forward(args, true, true);
}

static denoise_status forward_max(const denoise__layer_args *args)
{
    return forward(args, true, false);
}

static denoise_status forward_mean(const denoise__layer_args *args)
{
    return forward(args, false, false);
}

/* What a row of outputs has for a row of inputs. */
typedef void (*back_row)(const pooling_job *job, const denoise__pixel_windows *w, place output, place input, float *dx,
                         bool is_first);

static int64_t output_index(const pooling *p, place output)
{
    return (output.sample * p->windows[0].output + output.plane) * p->windows[1].output + output.row;
}

static const float *gradient_of(const pooling_job *job, place output)
{
    const pooling *p = &job->p;
    return job->gradient + output_index(p, output) * p->windows[2].output * p->channels;
}

static void back_max(const pooling_job *job, const denoise__pixel_windows *windows, place output, place input, float *dx,
                     bool is_first)
{
    denoise__pixel_windows w = *windows;
    w.label = label_of(&job->p, input.row, output.row);
    w.rows = 1;
    int64_t row = output_index(&job->p, output);
    const float *y = job->y == NULL ? NULL : job->y + row * w.outputs * w.channels;
    denoise__pixel_rows_table()->max_back(&w, marks_at(job, row), gradient_of(job, output), y, dx, is_first);
}

static void back_near(const pooling_job *job, const denoise__pixel_windows *w, place output, place input, float *dx,
                      bool is_first)
{
    const pooling *p = &job->p;
    const float *x = input_at(job->x, p, input.sample, input.plane, input.row);
    const float *y = job->y + output_index(p, output) * p->windows[2].output * p->channels;
    denoise__pixel_rows_table()->near_back(w, x, y, gradient_of(job, output), dx, nearness, is_first);
}

static void back_mean(const pooling_job *job, const denoise__pixel_windows *w, place output, place input, float *dx,
                      bool is_first)
{
    (void)input;
    denoise__pixel_rows_table()->mean_back(w, gradient_of(job, output), dx, is_first);
}

static void backward_row(const pooling_job *job, place input, back_row back)
{
    const pooling *p = &job->p;
    float *dx = row_at(job->dx, p, input, false);
    int64_t planes[2], rows[2], first[2];
    denoise__window_outputs(&p->windows[0], input.plane, &planes[0], &planes[1]);
    denoise__window_outputs(&p->windows[1], input.row, &rows[0], &rows[1]);
    bool is_first = true;
    for (int64_t plane = planes[0]; plane < planes[1]; plane++)
        for (int64_t row = rows[0]; row < rows[1]; row++) {
            denoise__pixel_windows w = windows_of(p, plane, row, first);
            back(job, &w, (place){input.sample, plane, row}, input, dx, is_first);
            is_first = false;
        }
    if (is_first) memset(dx, 0, (size_t)(p->windows[2].input * p->channels) * sizeof *dx);
}

/* Each input lies under one window at most, along rows and from row to row. */
static bool is_tiled(const pooling *p)
{
    bool is = p->windows[0].size == 1 && p->windows[0].stride == 1 && p->windows[0].before == 0;
    for (int32_t i = 1; i < DENOISE__MAX_SPATIAL; i++)
        is = is && p->windows[i].stride == p->windows[i].size && p->windows[i].before == 0;
    return is;
}

/* All rows of inputs under a row of outputs; under the last one of a sample, those too that no window covers. */
static void backward_tiled_rows(void *context, int64_t from, int64_t count)
{
    const pooling_job *job = context;
    const pooling *p = &job->p;
    const denoise__window *rows = &p->windows[1];
    int64_t row_size = p->windows[2].input * p->channels, outputs = p->windows[2].output * p->channels;
    for (int64_t index = from; index < from + count; index++) {
        int64_t first[2];
        place at = place_of(index, p->windows[0].output, rows->output);
        denoise__pixel_windows w = windows_of(p, at.plane, at.row, first);
        float *dx = row_at(job->dx, p, (place){at.sample, first[0], first[1]}, false);
        w.label = label_of(p, first[1], at.row);
        denoise__pixel_rows_table()->max_back(&w, marks_at(job, index), job->gradient + index * outputs,
                                              job->y == NULL ? NULL : job->y + index * outputs, dx, true);
        int64_t end = first[1] + w.rows;
        if (at.row == rows->output - 1 && end < rows->input)
            memset(dx + w.rows * row_size, 0, (size_t)((rows->input - end) * row_size) * sizeof *dx);
    }
}

/* body: of rows of inputs; tiled: of rows of outputs, where each input has one; NULL: the same. */
static denoise_status backward(const denoise__layer_args *args, bool needs_values, denoise__range_body body,
                               denoise__range_body tiled)
{
    pooling_job job = {.args = args, .has_marks = true, .gradient = args->output_gradients[0], .dx = args->input_gradients[0]};
    if (job.dx == NULL) return DENOISE_OK;
    DENOISE__TRY(pooling_make(&job.p, args->config, args->input_shapes));
    const denoise__window *w = job.p.windows;
    int64_t inputs = denoise__spatial_positions(&job.p.spatial), outputs = output_positions(&job.p);
    bool turns = job.p.spatial.channels_first;
    float *room = args->scratch;
    bool masks = args->rectified_input && !needs_values;
    if (needs_values) job.x = args->inputs[0];
    if (needs_values || masks) job.y = args->outputs[0];
    if (turns) {
        job.gradient = turned(&job, job.gradient, outputs, &room);
        job.dx = turned(&job, NULL, inputs, &room);
    }
    if (turns && needs_values) job.x = turned(&job, job.x, inputs, &room);
    if (turns && job.y != NULL) job.y = turned(&job, job.y, outputs, &room);
    int64_t cost = w[2].input * job.p.channels;
    if (tiled != NULL && outputs > 0 && is_tiled(&job.p))
        denoise__parallel_ranges(args->batch * w[0].output * w[1].output, denoise__grain(cost * w[1].size), tiled, &job);
    else
        denoise__parallel_ranges(args->batch * w[0].input * w[1].input, denoise__grain(cost), body, &job);
    if (turns) turn_back(&job, job.dx, inputs, args->input_gradients[0]);
    return DENOISE_OK;
}

#define BACKWARD(noun, needs_values, tiled)                                                                                    \
    static void backward_rows_##noun(void *context, int64_t from, int64_t count)                                               \
    {                                                                                                                          \
        const pooling_job *job = context;                                                                                      \
        for (int64_t index = from; index < from + count; index++)                                                              \
            backward_row(job, place_of(index, job->p.windows[0].input, job->p.windows[1].input), back_##noun);                 \
    }                                                                                                                          \
    static denoise_status backward_##noun(const denoise__layer_args *args)                                                     \
    {                                                                                                                          \
        return backward(args, needs_values, backward_rows_##noun, tiled);                                                      \
    }

BACKWARD(max, false, backward_tiled_rows)
BACKWARD(near, true, NULL)
BACKWARD(mean, false, NULL)

#define POOLING_PARAMS(size)                                                                                                   \
    {                                                                                                                          \
        DENOISE__LAYER_PARAMS(pooling_config),                                                                                 \
            DENOISE__PARAM_INTS(pooling_config, pool_size, size, DENOISE__OR_INT, 1, 0x1p20,                                   \
                                "size of a window, of each axis"),                                                             \
            DENOISE__PARAM_INTS(pooling_config, strides, "None", DENOISE__NULLABLE | DENOISE__OR_INT, 1, 0x1p20,               \
                                "from one window to the next; None = pool_size"),                                              \
            DENOISE__PARAM_TEXT(pooling_config, padding, "valid", 0, "valid|same",                                             \
                                "valid: windows inside alone; same: as many as strides of 1 had inputs"),                      \
            DENOISE__PARAM_DATA_FORMAT(pooling_config),                                                                        \
    }

static const denoise__param max_params[] = POOLING_PARAMS("[2]");
static const denoise__param mean_params[] = POOLING_PARAMS(NULL);

#define POOLING(kind, class, alias, text, dimension, table, ...)                                                               \
    extern const denoise__layer_kind denoise__layer_##kind;                                                                    \
    const denoise__layer_kind denoise__layer_##kind = {.base = {.name = #kind,                                                 \
                                                                .class_name = class,                                           \
                                                                .aliases = alias,                                              \
                                                                .doc = text,                                                   \
                                                                .config_size = sizeof(pooling_config),                         \
                                                                .params = table,                                               \
                                                                .param_count = (int32_t)(sizeof table / sizeof *table),        \
                                                                .check = check_##dimension},                                   \
                                                       .min_inputs = 1,                                                        \
                                                       .max_inputs = 1,                                                        \
                                                       .is_row_local = true,                                                   \
                                                       .input_spec = denoise__spatial_spec_##dimension,                        \
                                                       __VA_ARGS__}
#define WITH_MARKS                                                                                                             \
    .infer = infer_max, .masks_by = DENOISE__MASKS_BY_OUTPUT, .state_size = state_size, .scratch_size = scratch_size_marked,   \
    .forward = forward_marked, .backward = backward_max

POOLING(max_pooling1d, "MaxPooling1D", "MaxPool1D", "greatest of windows of steps", 1d, max_params, WITH_MARKS);
POOLING(max_pooling2d, "MaxPooling2D", "MaxPool2D", "greatest of windows of pixels", 2d, max_params, WITH_MARKS);
POOLING(max_pooling3d, "MaxPooling3D", "MaxPool3D", "greatest of windows of voxels", 3d, max_params,
        .backward_needs_input = true, .backward_needs_output = true, .infer = infer, .scratch_size = scratch_size_near,
        .forward = forward_max, .backward = backward_near);
POOLING(average_pooling1d, "AveragePooling1D", "AvgPool1D", "mean of windows of steps", 1d, mean_params, .infer = infer,
        .scratch_size = scratch_size, .forward = forward_mean, .backward = backward_mean);
POOLING(average_pooling2d, "AveragePooling2D", "AvgPool2D", "mean of windows of pixels", 2d, mean_params, .infer = infer,
        .scratch_size = scratch_size, .forward = forward_mean, .backward = backward_mean);
POOLING(average_pooling3d, "AveragePooling3D", "AvgPool3D", "mean of windows of voxels", 3d, mean_params, .infer = infer,
        .scratch_size = scratch_size, .forward = forward_mean, .backward = backward_mean);
