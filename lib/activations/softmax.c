/* SPDX-License-Identifier: Apache-2.0 */
/* y = e^(x - max x) / sum e^(x - max x) along the last axis; dx = y (dy - sum(dy y)) */
#include "activations/activation.h"
#include "kernels/vector.h"

typedef struct softmax_config {
    int64_t axis;
} softmax_config;

static void forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t r = 0; r < rows; r++)
        v->softmax(x + r * columns, y + r * columns, columns);
}

static void backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                     int64_t columns)
{
    (void)config, (void)x;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t r = 0; r < rows; r++)
        v->softmax_backward(y + r * columns, dy + r * columns, dx + r * columns, columns);
}

static denoise_status check(const void *config)
{
    const softmax_config *c = config;
    if (c->axis == -1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_UNSUPPORTED, "axis is %lld, expected -1, the last axis", (long long)c->axis);
}

static const denoise__param params[] = {
    DENOISE__PARAM_INT(softmax_config, axis, "-1", 0, NAN, NAN, "-1, the last axis"),
};

extern const denoise__activation_kind denoise__activation_softmax;
const denoise__activation_kind denoise__activation_softmax = {
    .base = {.name = "softmax",
             .class_name = "softmax",
             .doc = "exp(x) / sum(exp(x)) along the last axis",
             .config_size = sizeof(softmax_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .is_rowwise = true,
    .forward = forward,
    .backward = backward,
};
