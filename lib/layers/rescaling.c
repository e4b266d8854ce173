/* SPDX-License-Identifier: Apache-2.0 */
/* y = x scale + offset, dx = dy scale. The scale is kept as the sum of two floats, so that bytes times 1/255 are the floats
 * nearest to u/255; Keras, which rounds the scale first, is within one unit in the last place of that. */
#include "core/threads.h"
#include "kernels/tile.h"
#include "layers/elementwise.h"

typedef struct rescaling_config {
    denoise__layer_config layer;
    double scale, offset;
} rescaling_config;

typedef struct rescaling_job {
    const float *x;
    float *y;
    denoise__tile_scale scale;
} rescaling_job;

static void run_range(void *context, int64_t first, int64_t count)
{
    const rescaling_job *job = context;
    denoise__tile_table()->rescale(job->x + first, job->y + first, count, &job->scale);
}

static void run(const denoise__layer_args *args, const float *x, float *y, double offset)
{
    const rescaling_config *c = args->config;
    float high = (float)c->scale;
    rescaling_job job = {x, y, {high, (float)(c->scale - (double)high), (float)offset}};
    denoise__parallel_ranges(denoise__batch_size(args->input_shapes, args->batch), DENOISE__GRAIN, run_range, &job);
}

static denoise_status forward(const denoise__layer_args *args)
{
    run(args, args->inputs[0], args->outputs[0], ((const rescaling_config *)args->config)->offset);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    if (args->input_gradients[0] == NULL) return DENOISE_OK;
    run(args, args->output_gradients[0], args->input_gradients[0], 0);
    return DENOISE_OK;
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
    .is_row_local = true,
    .is_elementwise = true,
    .may_overwrite_input = true,
    .infer = denoise__infer_same,
    .forward = forward,
    .backward = backward,
};
