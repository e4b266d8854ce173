/* SPDX-License-Identifier: Apache-2.0 */
/* Each position of one to three axes repeated, and a vector repeated; the gradient is the sum over the copies, in ascending
 * order. Pictures may be interpolated instead: layers/resample.h. */
#include "core/memory.h"
#include "core/threads.h"
#include "kernels/pixel_rows.h"
#include "layers/resample.h"
#include "layers/spatial.h"
#include <string.h>

typedef struct up_sampling_config {
    denoise__layer_config layer;
    denoise__ints size;
    char data_format[DENOISE__TEXT_SIZE];
    char interpolation[DENOISE__TEXT_SIZE];
} up_sampling_config;

typedef struct repeat_config {
    denoise__layer_config layer;
    int64_t n;
} repeat_config;

static denoise_status check_2d(const void *config)
{
    return denoise__check_axes(&((const up_sampling_config *)config)->size, 2, "size");
}

static denoise_status check_3d(const void *config)
{
    return denoise__check_axes(&((const up_sampling_config *)config)->size, 3, "size");
}

static bool is_repeating(const up_sampling_config *c)
{
    return c->interpolation[0] == '\0' || strcmp(c->interpolation, "nearest") == 0;
}

/* What is repeated how often, of a batch. */
typedef struct repeat_job {
    int64_t outer, channels;
    int64_t length[DENOISE__MAX_SPATIAL], times[DENOISE__MAX_SPATIAL];
    const float *from;
    float *to;
} repeat_job;

static repeat_job job_of(const up_sampling_config *c, const denoise__shape *input, int64_t batch)
{
    repeat_job job = {0};
    denoise__spatial s = denoise__spatial_of(input, c->data_format);
    job.outer = denoise__spatial_outer(&s, batch);
    job.channels = denoise__spatial_inner(&s);
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++) {
        job.length[i] = s.length[i];
        job.times[i] = denoise__axis_value(&c->size, s.axes, i, 1);
    }
    return job;
}

static denoise__resample resample_of(const up_sampling_config *c, const repeat_job *job)
{
    denoise__resample r = {.outer = job->outer, .channels = job->channels, .interpolation = c->interpolation};
    for (int i = 0; i < 2; i++) {
        int64_t length = job->length[i + 1];
        r.axes[i] = (denoise__resample_axis){.input = length, .output = length * job->times[i + 1], .extent = length};
    }
    return r;
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const up_sampling_config *c = config;
    (void)count;
    denoise__spatial s = denoise__spatial_of(inputs, c->data_format);
    repeat_job job = job_of(c, inputs, 1);
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++) {
        if (denoise__length_times(&s.length[i], job.times[i])) continue;
        return denoise__fail(DENOISE_ERR_OVERFLOW, "an axis of %lld, repeated %lld times, is too long",
                             (long long)job.length[i], (long long)job.times[i]);
    }
    if (!is_repeating(c)) {
        denoise__resample r = resample_of(c, &job);
        DENOISE__TRY(denoise__resample_check(&r));
    }
    return denoise__spatial_shape(outputs, &s);
}

/* Row `row` of outputs begins where input row / times does, on both axes before the last. */
static int64_t first_output(const repeat_job *job, int64_t index)
{
    int64_t row = index % job->length[1], plane = index / job->length[1];
    return (plane * job->times[0] * job->length[1] + row) * job->times[1] * job->length[2] * job->times[2] * job->channels;
}

/* Numbers from a plane of outputs to the next. */
static int64_t plane_step(const repeat_job *job)
{
    return job->length[1] * job->times[1] * job->length[2] * job->times[2] * job->channels;
}

/* Rows of inputs, each of which becomes times[0] times times[1] rows. */
static void repeat_rows(void *context, int64_t first, int64_t count)
{
    const repeat_job *job = context;
    int64_t width = job->length[2] * job->channels, repeated = width * job->times[2];
    for (int64_t index = first; index < first + count; index++) {
        float *to = job->to + first_output(job, index);
        denoise__pixel_rows_table()->repeat(job->from + index * width, to, job->length[2], job->channels, job->times[2]);
        for (int64_t plane = 0; plane < job->times[0]; plane++)
            for (int64_t row = plane == 0 ? 1 : 0; row < job->times[1]; row++)
                memcpy(to + plane * plane_step(job) + row * repeated, to, (size_t)repeated * sizeof *to);
    }
}

static void add_rows(void *context, int64_t first, int64_t count)
{
    const repeat_job *job = context;
    int64_t width = job->length[2] * job->channels;
    denoise__pixel_windows w = {.channels = job->channels,
                                .inputs = job->length[2] * job->times[2],
                                .outputs = job->length[2],
                                .size = job->times[2],
                                .stride = job->times[2],
                                .planes = job->times[0],
                                .rows = job->times[1],
                                .plane_step = plane_step(job),
                                .row_step = width * job->times[2]};
    for (int64_t index = first; index < first + count; index++)
        denoise__pixel_rows_table()->sum(&w, job->from + first_output(job, index), job->to + index * width, false);
}

static denoise_status run(repeat_job *job, const float *from, float *to, denoise__range_body body)
{
    int64_t cost = job->length[2] * job->channels * job->times[0] * job->times[1] * job->times[2];
    job->from = from, job->to = to;
    denoise__parallel_ranges(job->outer * job->length[0] * job->length[1], denoise__grain(cost), body, job);
    return DENOISE_OK;
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    const up_sampling_config *c = config;
    (void)count;
    if (is_repeating(c)) return 0;
    repeat_job job = job_of(c, inputs, batch);
    denoise__resample r = resample_of(c, &job);
    return denoise__resample_scratch(&r, is_backward);
}

static denoise_status forward(const denoise__layer_args *args)
{
    repeat_job job = job_of(args->config, args->input_shapes, args->batch);
    if (is_repeating(args->config)) return run(&job, args->inputs[0], args->outputs[0], repeat_rows);
    denoise__resample r = resample_of(args->config, &job);
    denoise__resample_forward(&r, args->inputs[0], args->outputs[0], args->scratch);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    if (args->input_gradients[0] == NULL) return DENOISE_OK;
    repeat_job job = job_of(args->config, args->input_shapes, args->batch);
    if (is_repeating(args->config)) return run(&job, args->output_gradients[0], args->input_gradients[0], add_rows);
    denoise__resample r = resample_of(args->config, &job);
    denoise__resample_backward(&r, args->output_gradients[0], args->input_gradients[0], args->scratch);
    return DENOISE_OK;
}

/* ---- RepeatVector: a sequence of one step, repeated. */

static void repeat_vector_spec(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)config, (void)first, (void)index;
    spec->min_rank = spec->max_rank = 1;
}

static denoise_status infer_repeat_vector(const void *config, const denoise__shape *inputs, int32_t count,
                                          denoise__shape *outputs)
{
    const int64_t shape[] = {((const repeat_config *)config)->n, inputs->dim[0]};
    (void)count;
    return denoise__shape_infer(outputs, shape, 2);
}

static repeat_job vector_job(const denoise__layer_args *args)
{
    return (repeat_job){.outer = args->batch,
                        .channels = args->input_shapes->dim[0],
                        .length = {1, 1, 1},
                        .times = {1, 1, ((const repeat_config *)args->config)->n}};
}

static denoise_status forward_repeat_vector(const denoise__layer_args *args)
{
    repeat_job job = vector_job(args);
    return run(&job, args->inputs[0], args->outputs[0], repeat_rows);
}

static denoise_status backward_repeat_vector(const denoise__layer_args *args)
{
    if (args->input_gradients[0] == NULL) return DENOISE_OK;
    repeat_job job = vector_job(args);
    return run(&job, args->output_gradients[0], args->input_gradients[0], add_rows);
}

#define SIZE_DOC "how often each position is there, on each axis"

/* Two axes have all of them; three the first ones, and one the first of these, as in Keras: the rest is "" then. */
static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(up_sampling_config),
    DENOISE__PARAM_INTS(up_sampling_config, size, "[2]", DENOISE__OR_INT, 1, 0x1p20, SIZE_DOC),
    DENOISE__PARAM_DATA_FORMAT(up_sampling_config),
    DENOISE__PARAM_TEXT(up_sampling_config, interpolation, "nearest", 0, DENOISE__INTERPOLATIONS,
                        "nearest repeats; others are tf.image.resize's"),
};
static const denoise__param repeat_vector_params[] = {
    DENOISE__LAYER_PARAMS(repeat_config),
    DENOISE__PARAM_INT(repeat_config, n, NULL, 0, 1, 0x1p20, "how often"),
};

static denoise_status check_1d(const void *config)
{
    return denoise__check_axes(&((const up_sampling_config *)config)->size, 1, "size");
}

#define UP_SAMPLING(class, text, dimension, left_out, ...)                                                                     \
    extern const denoise__layer_kind denoise__layer_up_sampling##dimension;                                                    \
    const denoise__layer_kind denoise__layer_up_sampling##dimension = {                                                        \
        .base = {.name = "up_sampling" #dimension,                                                                             \
                 .class_name = class,                                                                                          \
                 .doc = text,                                                                                                  \
                 .config_size = sizeof(up_sampling_config),                                                                    \
                 .params = params,                                                                                             \
                 .param_count = (int32_t)(sizeof params / sizeof *params) - (left_out),                                        \
                 .check = check_##dimension},                                                                                  \
        .min_inputs = 1,                                                                                                       \
        .max_inputs = 1,                                                                                                       \
        .is_row_local = true,                                                                                                  \
        .input_spec = denoise__spatial_spec_##dimension,                                                                       \
        .infer = infer,                                                                                                        \
        __VA_ARGS__.forward = forward,                                                                                         \
        .backward = backward}

UP_SAMPLING("UpSampling1D", "repeats steps", 1d, 2, );
UP_SAMPLING("UpSampling2D", "repeats rows and columns of pixels, or interpolates", 2d, 0, .scratch_size = scratch_size, );
UP_SAMPLING("UpSampling3D", "repeats planes, rows and columns of voxels", 3d, 1, );

extern const denoise__layer_kind denoise__layer_repeat_vector;
const denoise__layer_kind denoise__layer_repeat_vector = {
    .base = {.name = "repeat_vector",
             .class_name = "RepeatVector",
             .doc = "a vector becomes a sequence of copies",
             .config_size = sizeof(repeat_config),
             .params = repeat_vector_params,
             .param_count = (int32_t)(sizeof repeat_vector_params / sizeof *repeat_vector_params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .input_spec = repeat_vector_spec,
    .infer = infer_repeat_vector,
    .forward = forward_repeat_vector,
    .backward = backward_repeat_vector,
};
