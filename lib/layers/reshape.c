/* SPDX-License-Identifier: Apache-2.0 */
/* Flatten and Reshape: the same bytes in another shape. */
#include "layers/layer.h"

typedef struct flatten_config {
    denoise__layer_config layer;
    char data_format[DENOISE__TEXT_SIZE];
} flatten_config;

typedef struct reshape_config {
    denoise__layer_config layer;
    denoise__ints target_shape;
} reshape_config;

/* A sample that is a number becomes a row of one, as in Keras. */
static denoise_status infer_flatten(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    (void)config, (void)count;
    int64_t size = denoise__shape_is_known(inputs) ? denoise__shape_size(inputs) : DENOISE__UNKNOWN;
    return denoise__shape_infer(outputs, &size, 1);
}

static denoise_status check_reshape(const void *config)
{
    const denoise__ints *shape = &((const reshape_config *)config)->target_shape;
    int unknown = 0;
    if (shape->count >= DENOISE_MAX_RANK) {
        return denoise__fail(DENOISE_ERR_RANGE, "target_shape has %lld lengths, expected at most %d", (long long)shape->count,
                             DENOISE_MAX_RANK - 1);
    }
    for (int64_t i = 0; i < shape->count; i++) {
        if (shape->values[i] == 0) return denoise__fail(DENOISE_ERR_RANGE, "target_shape has length 0, expected >= 1 or -1");
        unknown += shape->values[i] == -1;
    }
    if (unknown <= 1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "target_shape has %d lengths -1, expected at most one", unknown);
}

static denoise_status infer_reshape(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const denoise__ints *shape = &((const reshape_config *)config)->target_shape;
    (void)count;
    if (!denoise__shape_is_known(inputs)) return denoise__shape_infer(outputs, shape->values, (int32_t)shape->count);
    return denoise__shape_reshape(outputs, shape->values, (int32_t)shape->count, inputs);
}

static const denoise__param flatten_params[] = {
    DENOISE__LAYER_PARAMS(flatten_config),
    DENOISE__PARAM_TEXT(flatten_config, data_format, "channels_last", DENOISE__NULLABLE, "channels_last", "order of the axes"),
};

static const denoise__param reshape_params[] = {
    DENOISE__LAYER_PARAMS(reshape_config),
    DENOISE__PARAM_INTS(reshape_config, target_shape, NULL, 0, -1, NAN, "shape of one sample; one length may be -1"),
};

extern const denoise__layer_kind denoise__layer_flatten;
const denoise__layer_kind denoise__layer_flatten = {
    .base = {.name = "flatten",
             .class_name = "Flatten",
             .doc = "one sample becomes one row",
             .config_size = sizeof(flatten_config),
             .params = flatten_params,
             .param_count = (int32_t)(sizeof flatten_params / sizeof *flatten_params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_alias = true,
    .is_row_local = true,
    .infer = infer_flatten,
};

extern const denoise__layer_kind denoise__layer_reshape;
const denoise__layer_kind denoise__layer_reshape = {
    .base = {.name = "reshape",
             .class_name = "Reshape",
             .doc = "another shape of one sample",
             .config_size = sizeof(reshape_config),
             .params = reshape_params,
             .param_count = (int32_t)(sizeof reshape_params / sizeof *reshape_params),
             .check = check_reshape},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_alias = true,
    .is_row_local = true,
    .infer = infer_reshape,
};
