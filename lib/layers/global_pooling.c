/* SPDX-License-Identifier: Apache-2.0 */
/* Greatest and mean over all positions of one to three axes. As in TensorFlow a NaN is the greatest, and inputs that are
 * equally great share the gradient. */
#include "core/threads.h"
#include "kernels/pixel_rows.h"
#include "layers/spatial.h"

typedef struct global_config {
    denoise__layer_config layer;
    char data_format[DENOISE__TEXT_SIZE];
    int32_t keepdims;
} global_config;

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const global_config *c = config;
    (void)count;
    denoise__spatial s = denoise__spatial_of(inputs, c->data_format);
    if (denoise__spatial_positions(&s) == 0) return denoise__fail(DENOISE_ERR_SHAPE, "input has no positions, expected >= 1");
    if (!c->keepdims) return denoise__shape_infer(outputs, &s.channels, 1);
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++)
        s.length[i] = 1;
    return denoise__spatial_shape(outputs, &s);
}

typedef struct global_job {
    const denoise__layer_args *args;
    int64_t outer, positions, channels;
} global_job;

static global_job job_of(const denoise__layer_args *args)
{
    const global_config *c = args->config;
    denoise__spatial s = denoise__spatial_of(args->input_shapes, c->data_format);
    return (global_job){args, denoise__spatial_outer(&s, args->batch), denoise__spatial_positions(&s),
                        denoise__spatial_inner(&s)};
}

/* One window over all positions. */
static denoise__pixel_windows window_of(const global_job *job)
{
    return (denoise__pixel_windows){.channels = job->channels,
                                    .inputs = job->positions,
                                    .outputs = 1,
                                    .size = job->positions,
                                    .stride = job->positions,
                                    .planes = 1,
                                    .rows = 1};
}

static void forward_max_range(void *context, int64_t first, int64_t count)
{
    const global_job *job = context;
    int64_t channels = job->channels, size = job->positions * channels;
    for (int64_t i = first; i < first + count; i++)
        denoise__pixel_rows_table()->greatest(job->args->inputs[0] + i * size, job->args->outputs[0] + i * channels,
                                              job->positions, channels);
}

static void backward_max_range(void *context, int64_t first, int64_t count)
{
    const global_job *job = context;
    const denoise__layer_args *args = job->args;
    int64_t channels = job->channels, size = job->positions * channels;
    for (int64_t i = first; i < first + count; i++)
        denoise__pixel_rows_table()->greatest_back(args->inputs[0] + i * size, args->outputs[0] + i * channels,
                                                   args->output_gradients[0] + i * channels,
                                                   args->input_gradients[0] + i * size, job->positions, channels);
}

static void forward_mean_range(void *context, int64_t first, int64_t count)
{
    const global_job *job = context;
    denoise__pixel_windows w = window_of(job);
    int64_t channels = job->channels, size = job->positions * channels;
    for (int64_t i = first; i < first + count; i++)
        denoise__pixel_rows_table()->sum(&w, job->args->inputs[0] + i * size, job->args->outputs[0] + i * channels, true);
}

static void backward_mean_range(void *context, int64_t first, int64_t count)
{
    const global_job *job = context;
    denoise__pixel_windows w = window_of(job);
    int64_t channels = job->channels, size = job->positions * channels;
    for (int64_t i = first; i < first + count; i++)
        denoise__pixel_rows_table()->mean_back(&w, job->args->output_gradients[0] + i * channels,
                                               job->args->input_gradients[0] + i * size, true);
}

static denoise_status run(const denoise__layer_args *args, denoise__range_body body)
{
    global_job job = job_of(args);
    denoise__parallel_ranges(job.outer, denoise__grain(job.positions * job.channels), body, &job);
    return DENOISE_OK;
}

static denoise_status forward_max(const denoise__layer_args *args)
{
    return run(args, forward_max_range);
}

static denoise_status forward_mean(const denoise__layer_args *args)
{
    return run(args, forward_mean_range);
}

static denoise_status backward_max(const denoise__layer_args *args)
{
    return args->input_gradients[0] == NULL ? DENOISE_OK : run(args, backward_max_range);
}

static denoise_status backward_mean(const denoise__layer_args *args)
{
    return args->input_gradients[0] == NULL ? DENOISE_OK : run(args, backward_mean_range);
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(global_config),
    DENOISE__PARAM_DATA_FORMAT(global_config),
    DENOISE__PARAM_BOOL(global_config, keepdims, "false", "whether the axes stay, with length 1"),
};

#define GLOBAL(kind, class, alias, text, dimension, way, needs)                                                                \
    extern const denoise__layer_kind denoise__layer_##kind;                                                                    \
    const denoise__layer_kind denoise__layer_##kind = {.base = {.name = #kind,                                                 \
                                                                .class_name = class,                                           \
                                                                .aliases = alias,                                              \
                                                                .doc = text,                                                   \
                                                                .config_size = sizeof(global_config),                          \
                                                                .params = params,                                              \
                                                                .param_count = (int32_t)(sizeof params / sizeof *params)},     \
                                                       .min_inputs = 1,                                                        \
                                                       .max_inputs = 1,                                                        \
                                                       .is_row_local = true,                                                   \
                                                       .backward_needs_input = needs,                                          \
                                                       .backward_needs_output = needs,                                         \
                                                       .input_spec = denoise__spatial_spec_##dimension,                        \
                                                       .infer = infer,                                                         \
                                                       .forward = forward_##way,                                               \
                                                       .backward = backward_##way}

GLOBAL(global_max_pooling1d, "GlobalMaxPooling1D", "GlobalMaxPool1D", "greatest of all steps", 1d, max, true);
GLOBAL(global_max_pooling2d, "GlobalMaxPooling2D", "GlobalMaxPool2D", "greatest of all pixels", 2d, max, true);
GLOBAL(global_max_pooling3d, "GlobalMaxPooling3D", "GlobalMaxPool3D", "greatest of all voxels", 3d, max, true);
GLOBAL(global_average_pooling1d, "GlobalAveragePooling1D", "GlobalAvgPool1D", "mean of all steps", 1d, mean, false);
GLOBAL(global_average_pooling2d, "GlobalAveragePooling2D", "GlobalAvgPool2D", "mean of all pixels", 2d, mean, false);
GLOBAL(global_average_pooling3d, "GlobalAveragePooling3D", "GlobalAvgPool3D", "mean of all voxels", 3d, mean, false);
