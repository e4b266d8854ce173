/* SPDX-License-Identifier: Apache-2.0 */
/* y = x scale + offset, rounded after each of the two as in Keras; dx = dy scale. */
#include "core/threads.h"
#include "layers/elementwise.h"

typedef struct rescaling_config {
    denoise__layer_config layer;
    double scale, offset;
} rescaling_config;

typedef struct rescaling_job {
    const float *x;
    float *y;
    float scale, offset;
} rescaling_job;

static void run_range(void *context, int64_t first, int64_t count)
{
    const rescaling_job *job = context;
    for (int64_t i = first; i < first + count; i++)
        job->y[i] = job->x[i] * job->scale + job->offset;
}

static void scale_range(void *context, int64_t first, int64_t count)
{
    const rescaling_job *job = context;
    for (int64_t i = first; i < first + count; i++)
        job->y[i] = job->x[i] * job->scale;
}

static void forward(const denoise__layer_args *args)
{
    const rescaling_config *c = args->config;
    rescaling_job job = {args->inputs[0], args->output, (float)c->scale, (float)c->offset};
    denoise__parallel_ranges(denoise__batch_size(args->input_shapes, args->batch), DENOISE__PIECE, run_range, &job);
}

static void backward(const denoise__layer_args *args)
{
    if (args->input_gradients[0] == NULL) return;
    const rescaling_config *c = args->config;
    rescaling_job job = {args->output_gradient, args->input_gradients[0], (float)c->scale, 0};
    denoise__parallel_ranges(denoise__batch_size(args->input_shapes, args->batch), DENOISE__PIECE, scale_range, &job);
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(rescaling_config),
    DENOISE__PARAM_DOUBLE(rescaling_config, scale, NULL, 0, NAN, NAN, "factor"),
    DENOISE__PARAM_DOUBLE(rescaling_config, offset, "0.0", 0, NAN, NAN, "what is added"),
};

extern const denoise__layer_kind denoise__layer_rescaling;
const denoise__layer_kind denoise__layer_rescaling = {
    .base = {.name = "rescaling",
             .class_name = "Rescaling",
             .doc = "x * scale + offset",
             .config_size = sizeof(rescaling_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = denoise__infer_same,
    .forward = forward,
    .backward = backward,
};
