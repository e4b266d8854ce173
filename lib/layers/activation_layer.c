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

static void forward_rows(void *context, int64_t first, int64_t count)
{
    const denoise__layer_args *args = context;
    int64_t columns = denoise__shape_last(&args->output_shapes[0]), at = first * columns;
    if (args->outputs[0] != args->inputs[0]) {
        memcpy(args->outputs[0] + at, args->inputs[0] + at, (size_t)(count * columns) * sizeof(float));
    }
    denoise__layer_finish(args, first, count);
}

static denoise_status forward(const denoise__layer_args *args)
{
    int64_t columns = denoise__shape_last(&args->output_shapes[0]);
    int64_t rows = columns == 0 ? 0 : denoise__batch_size(&args->output_shapes[0], args->batch) / columns;
    denoise__layer_args copy = *args; /* the body's context is not const */
    denoise__parallel_ranges(rows, denoise__grain(columns), forward_rows, &copy);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    float *dx = args->input_gradients[0];
    if (dx != NULL)
        denoise__copy_values(dx, args->output_gradients[0], denoise__batch_size(&args->output_shapes[0], args->batch));
    return DENOISE_OK;
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
    .is_row_local = true, /* not element by element: softmax looks at whole rows */
    .may_overwrite_input = true,
    .infer = denoise__infer_same,
    .activation = activation,
    .forward = forward,
    .backward = backward,
};
