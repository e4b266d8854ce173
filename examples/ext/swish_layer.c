/* SPDX-License-Identifier: Apache-2.0 */
/* A layer: y = x sigmoid(beta x), with one beta for each channel, which is trained (Ramachandran, Zoph, Le 2017,
 * "Searching for activation functions"). */
#include "common.h"

typedef struct swish_config {
    denoise_ext_kind_ref beta_initializer;
} swish_config;

static const denoise_ext_param params[] = {
    {"beta_initializer", "first values of beta", "ones", NULL, "initializer", NAN, NAN,
     offsetof(swish_config, beta_initializer), DENOISE_PARAM_KIND, 0},
};

static int64_t weight_count(const void *config, const denoise_ext_shape *inputs, int32_t count, void *user_data)
{
    (void)config, (void)inputs, (void)count, (void)user_data;
    return 1;
}

static denoise_status weight(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t index,
                             denoise_ext_weight *weight, void *user_data)
{
    (void)config, (void)count, (void)index, (void)user_data;
    if (inputs[0].rank < 1) return denoise_ext_fail(DENOISE_ERR_SHAPE, "swish_beta needs an axis of channels");
    weight->name = "beta";
    weight->shape->rank = 1;
    weight->shape->dim[0] = inputs[0].dim[inputs[0].rank - 1];
    weight->initializer = "beta_initializer";
    return DENOISE_OK;
}

static int64_t elements(const denoise_ext_layer_args *args)
{
    int64_t size = args->batch;
    for (int32_t i = 0; i < args->input_shapes[0].rank; i++)
        size *= args->input_shapes[0].dim[i];
    return size;
}

static int64_t channels(const denoise_ext_layer_args *args)
{
    return args->input_shapes[0].dim[args->input_shapes[0].rank - 1];
}

static denoise_status forward(const denoise_ext_layer_args *args, void *user_data)
{
    const float *x = args->inputs[0], *beta = args->weights[0];
    (void)user_data;
    for (int64_t i = 0; i < elements(args); i++)
        args->outputs[0][i] = x[i] / (1 + expf(-beta[i % channels(args)] * x[i]));
    return DENOISE_OK;
}

static denoise_status backward(const denoise_ext_layer_args *args, void *user_data)
{
    const float *x = args->inputs[0], *beta = args->weights[0], *dy = args->output_gradients[0];
    float *dx = args->input_gradients[0], *dbeta = args->weight_gradients[0];
    (void)user_data;
    for (int64_t c = 0; dbeta != NULL && c < channels(args); c++)
        dbeta[c] = 0;
    for (int64_t i = 0; i < elements(args); i++) {
        int64_t c = i % channels(args);
        float gate = 1 / (1 + expf(-beta[c] * x[i])), slope = x[i] * gate * (1 - gate);
        if (dbeta != NULL) dbeta[c] += dy[i] * x[i] * slope;
        if (dx != NULL) dx[i] = dy[i] * (gate + beta[c] * slope);
    }
    return DENOISE_OK;
}

int main(void)
{
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    denoise_ext_layer hooks = DENOISE_EXT_LAYER_INIT;
    kind.name = "swish_beta", kind.class_name = "SwishBeta", kind.doc = "x sigmoid(beta x), beta trained";
    kind.params = params, kind.param_count = 1, kind.config_size = sizeof(swish_config);
    hooks.is_row_local = 1;
    hooks.weight_count = weight_count, hooks.weight = weight;
    hooks.forward = forward, hooks.backward = backward;
    CHECK(denoise_ext_register("layer", &kind, &hooks, NULL));
    CHECK(denoise_ext_test("layer", "swish_beta", NULL, NULL, 0));
    denoise_layer *layer;
    CHECK(denoise_layer_create(&layer, "SwishBeta", NULL));
    if (fit_sine(layer, NULL, NULL, NULL, NULL) != 0) return 1;
    CHECK(denoise_ext_unregister("layer", "swish_beta"));
    return 0;
}
