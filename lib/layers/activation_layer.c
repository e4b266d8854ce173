/* SPDX-License-Identifier: Apache-2.0 */
/* y = f(x): the activation that ends every layer, with nothing before it. */
#include "core/threads.h"
#include "layers/elementwise.h"
#include <string.h>

typedef struct activation_config {
    denoise__layer_config layer;
    denoise__kind_ref activation;
} activation_config;

static const denoise__kind_ref *activation(const void *config)
{
    return &((const activation_config *)config)->activation;
}

static int64_t columns_of(const denoise__shape *shape)
{
    return shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
}

static void forward_rows(void *context, int64_t first, int64_t count)
{
    const denoise__layer_args *args = context;
    int64_t columns = columns_of(args->output_shape), at = first * columns;
    if (args->output != args->inputs[0]) {
        memcpy(args->output + at, args->inputs[0] + at, (size_t)(count * columns) * sizeof(float));
    }
    denoise__layer_finish(args, first, count);
}

static void forward(const denoise__layer_args *args)
{
    int64_t columns = columns_of(args->output_shape);
    int64_t rows = columns == 0 ? 0 : denoise__batch_size(args->output_shape, args->batch) / columns;
    denoise__layer_args copy = *args; /* the body's context is not const */
    denoise__parallel_ranges(rows, columns >= DENOISE__PIECE ? 1 : DENOISE__PIECE / (columns + 1) + 1, forward_rows, &copy);
}

static void backward(const denoise__layer_args *args)
{
    float *dx = args->input_gradients[0];
    if (dx != NULL) denoise__copy_values(dx, args->output_gradient, denoise__batch_size(args->output_shape, args->batch));
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(activation_config),
    DENOISE__PARAM_KIND(activation_config, activation, NULL, 0, &denoise__activation_registry, "the function"),
};

extern const denoise__layer_kind denoise__layer_activation;
const denoise__layer_kind denoise__layer_activation = {
    .base = {.name = "activation",
             .class_name = "Activation",
             .doc = "a function of each element or row",
             .config_size = sizeof(activation_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = denoise__infer_same,
    .activation = activation,
    .forward = forward,
    .backward = backward,
};
