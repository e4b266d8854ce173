/* SPDX-License-Identifier: Apache-2.0 */
/* ReLU, LeakyReLU and ELU: the activations of these names as layers (activations/relu.c, smooth.c). */
#include "core/threads.h"
#include "kernels/vector.h"
#include "layers/elementwise.h"

typedef struct relu_config {
    denoise__layer_config layer;
    double max_value, negative_slope, threshold;
} relu_config;

typedef struct leaky_relu_config {
    denoise__layer_config layer;
    double negative_slope;
} leaky_relu_config;

typedef struct elu_config {
    denoise__layer_config layer;
    double alpha;
} elu_config;

/* Forward to = f(from); backward to = slope f'(from), from = y. */
typedef void (*piece)(const void *config, const float *from, const float *slope, float *to, int64_t count);

typedef struct rectifier_job {
    piece run;
    const void *config;
    const float *from, *slope;
    float *to;
} rectifier_job;

static void run_range(void *context, int64_t first, int64_t count)
{
    const rectifier_job *job = context;
    job->run(job->config, job->from + first, job->slope == NULL ? NULL : job->slope + first, job->to + first, count);
}

static denoise_status forward(const denoise__layer_args *args, piece run)
{
    rectifier_job job = {.run = run, .config = args->config, .from = args->inputs[0], .to = args->outputs[0]};
    denoise__parallel_ranges(denoise__batch_size(args->input_shapes, args->batch), DENOISE__GRAIN, run_range, &job);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args, piece run)
{
    rectifier_job job = {run, args->config, args->outputs[0], args->output_gradients[0], args->input_gradients[0]};
    if (job.to == NULL) return DENOISE_OK;
    denoise__parallel_ranges(denoise__batch_size(args->input_shapes, args->batch), DENOISE__GRAIN, run_range, &job);
    return DENOISE_OK;
}

static void relu(const void *config, const float *x, const float *unused, float *y, int64_t count)
{
    (void)unused;
    const relu_config *c = config;
    const denoise__vector *v = denoise__vector_table();
    float slope = (float)c->negative_slope, threshold = (float)c->threshold, maximum = (float)c->max_value;
    if (slope == 0)
        v->relu(x, y, count, threshold, maximum);
    else
        v->leaky_relu(x, y, count, slope, threshold, maximum);
}

static void relu_slope(const void *config, const float *y, const float *dy, float *dx, int64_t count)
{
    const relu_config *c = config;
    const denoise__vector *v = denoise__vector_table();
    float slope = (float)c->negative_slope, maximum = (float)c->max_value;
    if (slope == 0)
        v->relu_backward(y, dy, dx, count, maximum);
    else
        v->leaky_relu_backward(y, dy, dx, count, slope, maximum);
}

static void leaky_relu(const void *config, const float *x, const float *unused, float *y, int64_t count)
{
    (void)unused;
    denoise__vector_table()->leaky_relu(x, y, count, (float)((const leaky_relu_config *)config)->negative_slope, 0, NAN);
}

static void leaky_relu_slope(const void *config, const float *y, const float *dy, float *dx, int64_t count)
{
    denoise__vector_table()->leaky_relu_backward(y, dy, dx, count, (float)((const leaky_relu_config *)config)->negative_slope,
                                                 NAN);
}

static void elu(const void *config, const float *x, const float *unused, float *y, int64_t count)
{
    (void)unused;
    denoise__vector_table()->elu(x, y, count, (float)((const elu_config *)config)->alpha);
}

static void elu_slope(const void *config, const float *y, const float *dy, float *dx, int64_t count)
{
    denoise__vector_table()->elu_backward(y, dy, dx, count, (float)((const elu_config *)config)->alpha);
}

static denoise_status relu_forward(const denoise__layer_args *args)
{
    return forward(args, relu);
}

static denoise_status relu_backward(const denoise__layer_args *args)
{
    return backward(args, relu_slope);
}

static denoise_status leaky_relu_forward(const denoise__layer_args *args)
{
    return forward(args, leaky_relu);
}

static denoise_status leaky_relu_backward(const denoise__layer_args *args)
{
    return backward(args, leaky_relu_slope);
}

static denoise_status elu_forward(const denoise__layer_args *args)
{
    return forward(args, elu);
}

static denoise_status elu_backward(const denoise__layer_args *args)
{
    return backward(args, elu_slope);
}

static const denoise__param relu_params[] = {
    DENOISE__LAYER_PARAMS(relu_config),
    DENOISE__PARAM_DOUBLE(relu_config, max_value, "None", DENOISE__NULLABLE, 0, NAN, "greatest result; None = no limit"),
    DENOISE__PARAM_DOUBLE(relu_config, negative_slope, "0.0", 0, 0, NAN, "slope up to the threshold"),
    DENOISE__PARAM_DOUBLE(relu_config, threshold, "0.0", 0, 0, NAN, "above it x passes unchanged"),
};

static const denoise__param leaky_relu_params[] = {
    DENOISE__LAYER_PARAMS(leaky_relu_config),
    DENOISE__PARAM_DOUBLE(leaky_relu_config, negative_slope, "0.3", 0, 0, NAN, "slope below zero"),
};

static const denoise__param elu_params[] = {
    DENOISE__LAYER_PARAMS(elu_config),
    DENOISE__PARAM_DOUBLE(elu_config, alpha, "1.0", 0, 0, NAN, "the limit far below zero is -alpha"),
};

extern const denoise__layer_kind denoise__layer_re_lu, denoise__layer_leaky_re_lu, denoise__layer_elu;
const denoise__layer_kind denoise__layer_re_lu = {
    .base = {.name = "re_lu",
             .class_name = "ReLU",
             .doc = "max(x, 0), with slope, maximum and threshold",
             .config_size = sizeof(relu_config),
             .params = relu_params,
             .param_count = (int32_t)(sizeof relu_params / sizeof *relu_params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .is_elementwise = true,
    .may_overwrite_input = true,
    .backward_needs_output = true,
    .infer = denoise__infer_same,
    .forward = relu_forward,
    .backward = relu_backward,
};
const denoise__layer_kind denoise__layer_leaky_re_lu = {
    .base = {.name = "leaky_re_lu",
             .class_name = "LeakyReLU",
             .doc = "x above zero, negative_slope x below",
             .config_size = sizeof(leaky_relu_config),
             .params = leaky_relu_params,
             .param_count = (int32_t)(sizeof leaky_relu_params / sizeof *leaky_relu_params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .is_elementwise = true,
    .may_overwrite_input = true,
    .backward_needs_output = true,
    .infer = denoise__infer_same,
    .forward = leaky_relu_forward,
    .backward = leaky_relu_backward,
};
const denoise__layer_kind denoise__layer_elu = {
    .base = {.name = "elu",
             .class_name = "ELU",
             .doc = "x above zero, alpha (exp(x) - 1) below",
             .config_size = sizeof(elu_config),
             .params = elu_params,
             .param_count = (int32_t)(sizeof elu_params / sizeof *elu_params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .is_elementwise = true,
    .may_overwrite_input = true,
    .backward_needs_output = true,
    .infer = denoise__infer_same,
    .forward = elu_forward,
    .backward = elu_backward,
};
