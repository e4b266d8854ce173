/* SPDX-License-Identifier: Apache-2.0 */
/* z = x K + b on the last axis, y = f(z). With dz = dy f'(z): dK = x^T dz, db = column sums of dz, dx = dz K^T.
 * All axes but the last are rows. */
#include "constraints/constraint.h"
#include "core/memory.h"
#include "initializers/initializer.h"
#include "kernels/gemm.h"
#include "layers/column_sums.h"
#include "layers/layer.h"
#include "regularizers/regularizer.h"
#include <string.h>

typedef struct dense_config {
    denoise__layer_config layer;
    int64_t units;
    denoise__kind_ref activation;
    int32_t use_bias;
    denoise__kind_ref kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint,
        bias_constraint;
} dense_config;

static void input_spec(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)config, (void)index;
    spec->min_rank = 1;
    spec->from_end[0] = first == NULL ? DENOISE__KNOWN : denoise__shape_last(first);
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const dense_config *c = config;
    (void)count;
    int64_t weights;
    *outputs = *inputs;
    outputs->dim[outputs->rank - 1] = c->units;
    DENOISE__TRY(denoise__shape_infer(outputs, outputs->dim, outputs->rank));
    if (denoise__multiply(denoise__shape_last(inputs), c->units, &weights)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_OVERFLOW, "a kernel of shape (%lld, %lld) has too many elements",
                         (long long)denoise__shape_last(inputs), (long long)c->units);
}

static int32_t weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    const dense_config *c = config;
    (void)count;
    if (specs == NULL) return c->use_bias ? 2 : 1;
    specs[0] = (denoise__weight_spec){.name = "kernel",
                                      .shape = {2, {denoise__shape_last(inputs), c->units}},
                                      .initializer = &c->kernel_initializer,
                                      .regularizer = &c->kernel_regularizer,
                                      .constraint = &c->kernel_constraint,
                                      .trainable = true};
    if (!c->use_bias) return 1;
    specs[1] = (denoise__weight_spec){.name = "bias",
                                      .shape = {1, {c->units}},
                                      .initializer = &c->bias_initializer,
                                      .regularizer = &c->bias_regularizer,
                                      .constraint = &c->bias_constraint,
                                      .trainable = true};
    return 2;
}

static const denoise__kind_ref *activation(const void *config)
{
    return &((const dense_config *)config)->activation;
}

/* The product's sizes: rows x columns . columns x units. */
typedef struct sizes {
    int64_t rows, columns, units;
} sizes;

static sizes sizes_of(const dense_config *c, const denoise__shape *input, int64_t batch)
{
    sizes s = {batch, denoise__shape_last(input), c->units};
    for (int32_t i = 0; i < input->rank - 1; i++)
        s.rows *= input->dim[i];
    return s;
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    const dense_config *c = config;
    (void)count;
    if (!is_backward || !c->use_bias) return 0;
    return denoise__column_sums_scratch(sizes_of(c, inputs, batch).rows, c->units);
}

static void finish_rows(void *context, int64_t first, int64_t count)
{
    const denoise__layer_args *args = context;
    const dense_config *c = args->config;
    float *y = args->outputs[0] + first * c->units;
    for (int64_t i = 0; c->use_bias && i < count; i++, y += c->units) {
        const float *bias = args->weights[1];
        for (int64_t j = 0; j < c->units; j++)
            y[j] += bias[j];
    }
    denoise__layer_finish(args, first, count);
}

static denoise_status forward(const denoise__layer_args *args)
{
    sizes s = sizes_of(args->config, args->input_shapes, args->batch);
    denoise__layer_args copy = *args; /* the epilogue's context is not const */
    denoise__gemm(false, false, s.rows, s.units, s.columns, args->inputs[0], args->weights[0], args->outputs[0], finish_rows,
                  &copy);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    sizes s = sizes_of(args->config, args->input_shapes, args->batch);
    const float *dz = args->output_gradients[0];
    float *const *dw = args->weight_gradients;
    if (dw[0] != NULL) denoise__gemm(true, false, s.columns, s.units, s.rows, args->inputs[0], dz, dw[0], NULL, NULL);
    if (((const dense_config *)args->config)->use_bias && dw[1] != NULL)
        denoise__column_sums(dz, s.rows, s.units, args->scratch, dw[1]);
    if (args->input_gradients[0] != NULL) {
        denoise__gemm(false, true, s.rows, s.columns, s.units, dz, args->weights[0], args->input_gradients[0], NULL, NULL);
    }
    return DENOISE_OK;
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(dense_config),
    DENOISE__PARAM_INT(dense_config, units, NULL, 0, 1, NAN, "length of the new last axis"),
    DENOISE__PARAM_KIND(dense_config, activation, "linear", DENOISE__NULLABLE, &denoise__activation_registry,
                        "what ends the layer"),
    DENOISE__PARAM_BOOL(dense_config, use_bias, "true", "whether a bias is added"),
    DENOISE__PARAM_KIND(dense_config, kernel_initializer, "glorot_uniform", 0, &denoise__initializer_registry,
                        "first values of the kernel"),
    DENOISE__PARAM_KIND(dense_config, bias_initializer, "zeros", 0, &denoise__initializer_registry, "first values of the bias"),
    DENOISE__PARAM_KIND(dense_config, kernel_regularizer, "None", DENOISE__NULLABLE, &denoise__regularizer_registry,
                        "penalty on the kernel"),
    DENOISE__PARAM_KIND(dense_config, bias_regularizer, "None", DENOISE__NULLABLE, &denoise__regularizer_registry,
                        "penalty on the bias"),
    DENOISE__PARAM_KIND(dense_config, kernel_constraint, "None", DENOISE__NULLABLE, &denoise__constraint_registry,
                        "what the kernel is brought back to after each step"),
    DENOISE__PARAM_KIND(dense_config, bias_constraint, "None", DENOISE__NULLABLE, &denoise__constraint_registry,
                        "what the bias is brought back to after each step"),
};

extern const denoise__layer_kind denoise__layer_dense;
const denoise__layer_kind denoise__layer_dense = {
    .base = {.name = "dense",
             .class_name = "Dense",
             .doc = "activation(x . kernel + bias) on the last axis",
             .config_size = sizeof(dense_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .backward_needs_input = true,
    .input_spec = input_spec,
    .infer = infer,
    .weights = weights,
    .activation = activation,
    .scratch_size = scratch_size,
    .forward = forward,
    .backward = backward,
};
