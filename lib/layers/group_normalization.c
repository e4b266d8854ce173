/* SPDX-License-Identifier: Apache-2.0 */
/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta, where mean and biased variance are those of a group of channels of
 * one sample (keras/src/layers/normalization/group_normalization.py). */
#include "layers/axes.h"
#include "layers/channels.h"
#include "layers/gamma_beta.h"

typedef struct group_config {
    denoise__layer_config layer;
    int64_t groups, axis;
    double epsilon;
    denoise__gamma_beta weights;
} group_config;

static denoise_status check(const void *config)
{
    if (((const group_config *)config)->groups != 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "groups is 0, expected >= 1, or -1 for a group of each channel");
}

static void input_spec(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)index;
    if (first != NULL) denoise__keep_axis(((const group_config *)config)->axis, first, spec);
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const group_config *c = config;
    int32_t axis = denoise__sample_axis(c->axis, inputs);
    char given[192];
    (void)count;
    *outputs = *inputs;
    if (axis < 0) return denoise__fail_axis(c->axis, inputs, "normalized");
    if (c->groups == -1 || inputs->dim[axis] == DENOISE__UNKNOWN || inputs->dim[axis] % c->groups == 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "input has shape %s, expected a multiple of %lld, the groups, on axis %lld",
                         denoise__shape_text(inputs, true, given, sizeof given), (long long)c->groups, (long long)c->axis);
}

static int32_t weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    const group_config *c = config;
    (void)count;
    return denoise__gamma_beta_specs(&c->weights, &(denoise__shape){1, {inputs->dim[denoise__sample_axis(c->axis, inputs)]}},
                                     specs);
}

static denoise__channels channels_of(const group_config *c, const denoise__shape *input, int64_t batch)
{
    return denoise__channels_make(input, denoise__sample_axis(c->axis, input), batch, false, c->groups);
}

static size_t state_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    denoise__channels channels = channels_of(config, inputs, batch);
    denoise__room room = {.memory = NULL};
    (void)count;
    (void)denoise__moments_take(&channels, &room);
    return room.used;
}

/* Outside training the moments have their place here. */
static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    denoise__channels channels = channels_of(config, inputs, batch);
    denoise__room room = {.memory = NULL};
    (void)count, (void)is_backward;
    (void)denoise__channel_work_take(&channels, &room);
    (void)denoise__moments_take(&channels, &room);
    return room.used;
}

typedef struct group_call {
    denoise__channels channels;
    denoise__channel_work work;
    denoise__moments moments;
    const float *gamma, *beta; /* NULL where the layer has none */
} group_call;

static group_call call_of(const denoise__layer_args *args)
{
    const group_config *c = args->config;
    int32_t gamma = denoise__gamma_index(&c->weights), beta = denoise__beta_index(&c->weights);
    group_call call = {.channels = channels_of(c, args->input_shapes, args->batch),
                       .gamma = gamma < 0 ? NULL : args->weights[gamma],
                       .beta = beta < 0 ? NULL : args->weights[beta]};
    denoise__room scratch = {.memory = args->scratch}, state = {.memory = args->state};
    call.work = denoise__channel_work_take(&call.channels, &scratch);
    call.moments = denoise__moments_take(&call.channels, args->state != NULL ? &state : &scratch);
    return call;
}

static denoise_status forward(const denoise__layer_args *args)
{
    group_call call = call_of(args);
    denoise__channel_moments(&call.channels, args->inputs[0], ((const group_config *)args->config)->epsilon, &call.work,
                             &call.moments);
    denoise__channel_forward(&call.channels, args->inputs[0], args->outputs[0], &call.moments, call.gamma, call.beta,
                             &call.work, false);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    const group_config *c = args->config;
    group_call call = call_of(args);
    int32_t gamma = denoise__gamma_index(&c->weights), beta = denoise__beta_index(&c->weights);
    const float *dy = args->output_gradients[0], *x = args->inputs[0];
    float *dx = args->input_gradients[0];
    denoise__channel_sums(&call.channels, &(denoise__channel_gradient){dy, x, NULL, NULL}, &call.moments, &call.work);
    denoise__channel_weight_gradients(&call.channels, &call.moments, &call.work,
                                      gamma < 0 ? NULL : args->weight_gradients[gamma],
                                      beta < 0 ? NULL : args->weight_gradients[beta]);
    if (dx != NULL) denoise__channel_backward(&call.channels, dy, x, dx, &call.moments, call.gamma, &call.work);
    return DENOISE_OK;
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(group_config),
    DENOISE__PARAM_INT(group_config, groups, "32", 0, -1, NAN, "of channels; -1 = each channel by itself"),
    DENOISE__PARAM_INT(group_config, axis, "-1", 0, NAN, NAN, "of the channels, counted with the batch axis"),
    DENOISE__PARAM_DOUBLE(group_config, epsilon, "0.001", 0, NAN, NAN, "added to the variance"),
    DENOISE__GAMMA_BETA_PARAMS(group_config),
};

extern const denoise__layer_kind denoise__layer_group_normalization;
const denoise__layer_kind denoise__layer_group_normalization = {
    .base = {.name = "group_normalization",
             .class_name = "GroupNormalization",
             .doc = "groups of channels of each sample to mean 0 and variance 1, then scaled and shifted",
             .config_size = sizeof(group_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .may_overwrite_input = true,
    .backward_needs_input = true,
    .input_spec = input_spec,
    .infer = infer,
    .weights = weights,
    .state_size = state_size,
    .scratch_size = scratch_size,
    .forward = forward,
    .backward = backward,
};
