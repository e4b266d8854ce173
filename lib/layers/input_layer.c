/* SPDX-License-Identifier: Apache-2.0 */
/* The entry of a model. `batch_shape` is how Keras' get_config writes the shape, with the batch axis, here -1, in front. */
#include "layers/layer.h"

typedef struct input_config {
    denoise__layer_config layer;
    denoise__ints shape, batch_shape;
} input_config;

static denoise_status check_lengths(const int64_t *lengths, int64_t count, const char *name)
{
    for (int64_t i = 0; i < count; i++) {
        if (lengths[i] >= 1 || lengths[i] == DENOISE__UNKNOWN) continue;
        return denoise__fail(DENOISE_ERR_RANGE, "%s has length %lld, expected lengths >= 1, or -1 for any", name,
                             (long long)lengths[i]);
    }
    return DENOISE_OK;
}

static denoise_status check_batch_shape(const denoise__ints *shape)
{
    if (shape->count < 1 || shape->values[0] != -1) {
        return denoise__fail(DENOISE_ERR_INVALID, "batch_shape must begin with -1: the number of samples is not fixed");
    }
    return check_lengths(shape->values + 1, shape->count - 1, "batch_shape");
}

static denoise_status check(const void *config)
{
    const input_config *c = config;
    bool has_shape = c->shape.count >= 0, has_batch_shape = c->batch_shape.count >= 0;
    if (has_shape == has_batch_shape)
        return denoise__fail(DENOISE_ERR_INVALID, "expected one of shape and batch_shape, got %s", has_shape ? "both" : "none");
    if (has_batch_shape) return check_batch_shape(&c->batch_shape);
    if (c->shape.count < DENOISE_MAX_RANK) return check_lengths(c->shape.values, c->shape.count, "shape");
    return denoise__fail(DENOISE_ERR_RANGE, "shape has %lld lengths, expected at most %d", (long long)c->shape.count,
                         DENOISE_MAX_RANK - 1);
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const input_config *c = config;
    (void)inputs, (void)count;
    if (c->shape.count >= 0) return denoise__shape_infer(outputs, c->shape.values, (int32_t)c->shape.count);
    return denoise__shape_infer(outputs, c->batch_shape.values + 1, (int32_t)c->batch_shape.count - 1);
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(input_config),
    DENOISE__PARAM_INTS(input_config, shape, "None", DENOISE__NULLABLE, -1, NAN, "shape of one sample; -1: any length"),
    DENOISE__PARAM_INTS(input_config, batch_shape, "None", DENOISE__NULLABLE, -1, NAN,
                        "the same behind a -1; instead of shape"),
};

extern const denoise__layer_kind denoise__layer_input_layer;
const denoise__layer_kind denoise__layer_input_layer = {
    .base = {.name = "input_layer",
             .class_name = "InputLayer",
             .aliases = "input|Input",
             .doc = "the entry of a model",
             .config_size = sizeof(input_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .is_alias = true,
    .infer = infer,
};
