/* SPDX-License-Identifier: Apache-2.0 */
/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta, channel by channel (keras/src/layers/normalization/
 * batch_normalization.py). In training mean and biased variance are the batch's, and moving = moving momentum + batch (1 -
 * momentum) once the step is accepted. Outside training, and where the layer is frozen, they are the moving ones, which are
 * constants for the gradient. */
#include "kernels/norm.h"
#include "layers/axes.h"
#include "layers/channels.h"
#include "layers/gamma_beta.h"

typedef struct batch_config {
    denoise__layer_config layer;
    int64_t axis;
    double momentum, epsilon;
    denoise__gamma_beta weights;
    denoise__kind_ref moving_mean_initializer, moving_variance_initializer;
    int32_t synchronized;
} batch_config;

static void input_spec(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)index;
    if (first != NULL) denoise__keep_axis(((const batch_config *)config)->axis, first, spec);
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const batch_config *c = config;
    (void)count;
    *outputs = *inputs;
    return denoise__sample_axis(c->axis, inputs) < 0 ? denoise__fail_axis(c->axis, inputs, "normalized") : DENOISE_OK;
}

static int32_t weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    const batch_config *c = config;
    const denoise__shape shape = {1, {inputs->dim[denoise__sample_axis(c->axis, inputs)]}};
    int32_t trained = denoise__gamma_beta_specs(&c->weights, &shape, specs);
    (void)count;
    if (specs == NULL) return trained + 2;
    specs += trained;
    specs[0] = (denoise__weight_spec){.name = "moving_mean", .shape = shape, .initializer = &c->moving_mean_initializer};
    specs[1] =
        (denoise__weight_spec){.name = "moving_variance", .shape = shape, .initializer = &c->moving_variance_initializer};
    return trained + 2;
}

/* The moving mean; the moving variance is the next. */
static int32_t first_statistic(const batch_config *c)
{
    return denoise__gamma_beta_specs(&c->weights, &(denoise__shape){0}, NULL);
}

static denoise__channels channels_of(const batch_config *c, const denoise__shape *input, int64_t batch)
{
    return denoise__channels_make(input, denoise__sample_axis(c->axis, input), batch, true, -1);
}

static size_t state_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    denoise__channels channels = channels_of(config, inputs, batch);
    denoise__room room = {.memory = NULL};
    (void)count;
    (void)denoise__moments_take(&channels, &room);
    return room.used;
}

/* The moving statistics have their place here where they are those that count. */
static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    denoise__channels channels = channels_of(config, inputs, batch);
    denoise__room room = {.memory = NULL};
    (void)count, (void)is_backward;
    (void)denoise__channel_work_take(&channels, &room);
    (void)denoise__moments_take(&channels, &room);
    return room.used;
}

typedef struct batch_call {
    denoise__channels channels;
    denoise__channel_work work;
    denoise__moments moments;
    const float *gamma, *beta; /* NULL where the layer has none */
    bool uses_batch;
} batch_call;

static batch_call call_of(const denoise__layer_args *args)
{
    const batch_config *c = args->config;
    int32_t gamma = denoise__gamma_index(&c->weights), beta = denoise__beta_index(&c->weights);
    batch_call call = {.channels = channels_of(c, args->input_shapes, args->batch),
                       .gamma = gamma < 0 ? NULL : args->weights[gamma],
                       .beta = beta < 0 ? NULL : args->weights[beta],
                       .uses_batch = args->training && !args->is_frozen};
    denoise__room scratch = {.memory = args->scratch}, state = {.memory = args->state};
    call.work = denoise__channel_work_take(&call.channels, &scratch);
    call.moments = denoise__moments_take(&call.channels, call.uses_batch ? &state : &scratch);
    return call;
}

static void take_moving(const denoise__layer_args *args, const batch_call *call)
{
    const batch_config *c = args->config;
    const float *const *moving = args->weights + first_statistic(c);
    for (int64_t i = 0; i < call->channels.channels; i++)
        call->moments.mean[i] = (double)moving[0][i];
    denoise__norm_table()->inverse_roots(moving[1], call->moments.inverse, call->channels.channels, c->epsilon);
}

/* A variance that is too great for single precision would stay in the moving one for good: its channel becomes NaN, which ends
 * the step. */
static void take_batch(const denoise__layer_args *args, const batch_call *call)
{
    const denoise__moments *m = &call->moments;
    denoise__channel_moments(&call->channels, args->inputs[0], ((const batch_config *)args->config)->epsilon, &call->work, m);
    for (int64_t i = 0; i < call->channels.channels; i++) {
        if (!isfinite(m->variance[i])) m->inverse[i] = NAN;
    }
}

static denoise_status forward(const denoise__layer_args *args)
{
    batch_call call = call_of(args);
    if (call.uses_batch)
        take_batch(args, &call);
    else
        take_moving(args, &call);
    denoise__channel_forward(&call.channels, args->inputs[0], args->outputs[0], &call.moments, call.gamma, call.beta,
                             &call.work, denoise__activation_rectifies(args->activation));
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    const batch_config *c = args->config;
    batch_call call = call_of(args);
    int32_t gamma = denoise__gamma_index(&c->weights), beta = denoise__beta_index(&c->weights);
    const float *dy = args->output_gradients[0], *x = args->inputs[0];
    float *dx = args->input_gradients[0], *dgamma = gamma < 0 ? NULL : args->weight_gradients[gamma];
    float *dbeta = beta < 0 ? NULL : args->weight_gradients[beta];
    const float *y = denoise__activation_rectifies(args->activation) ? args->outputs[0] : NULL;
    if (!call.uses_batch) take_moving(args, &call);
    if (dgamma != NULL || dbeta != NULL || call.uses_batch) {
        const denoise__channel_gradient gradient = {dy, x, dx == NULL ? NULL : y, dx};
        denoise__channel_sums(&call.channels, &gradient, &call.moments, &call.work);
        if (gradient.masked != NULL && y != NULL) dy = dx;
        denoise__channel_weight_gradients(&call.channels, &call.moments, &call.work, dgamma, dbeta);
    }
    if (dx == NULL) return DENOISE_OK;
    if (call.uses_batch)
        denoise__channel_backward(&call.channels, dy, x, dx, &call.moments, call.gamma, &call.work);
    else
        denoise__channel_backward_constant(&call.channels, dy, dx, &call.moments, call.gamma, &call.work);
    return DENOISE_OK;
}

/* In single precision and Keras' order of operations. */
static void move(float *moving, float value, double momentum)
{
    *moving = *moving * (float)momentum + value * (float)(1 - momentum);
}

static void commit(const denoise__layer_args *args)
{
    const batch_config *c = args->config;
    denoise__channels channels = channels_of(c, args->input_shapes, args->batch);
    denoise__moments moments = denoise__moments_take(&channels, &(denoise__room){.memory = args->state});
    float *const *statistics = args->statistics + first_statistic(c);
    for (int64_t i = 0; i < channels.channels; i++) {
        move(&statistics[0][i], (float)moments.mean[i], c->momentum);
        move(&statistics[1][i], moments.variance[i], c->momentum);
    }
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(batch_config),
    DENOISE__PARAM_INT(batch_config, axis, "-1", 0, NAN, NAN, "of the channels, counted with the batch axis"),
    DENOISE__PARAM_DOUBLE(batch_config, momentum, "0.99", 0, 0, 1, "share of a moving statistic that a step keeps"),
    DENOISE__PARAM_DOUBLE(batch_config, epsilon, "0.001", 0, NAN, NAN, "added to the variance"),
    DENOISE__GAMMA_BETA_PARAMS(batch_config),
    DENOISE__PARAM_KIND(batch_config, moving_mean_initializer, "zeros", 0, &denoise__initializer_registry,
                        "what the moving mean begins as"),
    DENOISE__PARAM_KIND(batch_config, moving_variance_initializer, "ones", 0, &denoise__initializer_registry,
                        "what the moving variance begins as"),
    DENOISE__PARAM_BOOL(batch_config, synchronized, "false",
                        "reserved: statistics of all machines' batches; there is one machine"),
};

extern const denoise__layer_kind denoise__layer_batch_normalization;
const denoise__layer_kind denoise__layer_batch_normalization = {
    .base = {.name = "batch_normalization",
             .class_name = "BatchNormalization",
             .doc = "each channel to mean 0 and variance 1 over the batch, then scaled and shifted",
             .config_size = sizeof(batch_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .is_batch_wide_in_training = true,
    .takes_rectifier = true,
    .may_overwrite_input = true,
    .backward_needs_input = true,
    .input_spec = input_spec,
    .infer = infer,
    .weights = weights,
    .state_size = state_size,
    .scratch_size = scratch_size,
    .forward = forward,
    .backward = backward,
    .commit = commit,
};
