/* SPDX-License-Identifier: Apache-2.0 */
/* y = x above zero, alpha (e^x - 1) below; dx = dy, or dy alpha e^x = dy (y + alpha) where y <= 0 */
#include "activations/activation.h"
#include "kernels/vector.h"

typedef struct elu_config {
    double alpha;
} elu_config;

static void forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const elu_config *c = config;
    denoise__vector_table()->elu(x, y, rows * columns, (float)c->alpha);
}

static void backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                     int64_t columns)
{
    (void)x;
    const elu_config *c = config;
    denoise__vector_table()->elu_backward(y, dy, dx, rows * columns, (float)c->alpha);
}

static const denoise__param params[] = {
    DENOISE__PARAM_DOUBLE(elu_config, alpha, "1.0", 0, 0, NAN, "the limit far below zero is -alpha"),
};

extern const denoise__activation_kind denoise__activation_elu;
const denoise__activation_kind denoise__activation_elu = {
    .base = {.name = "elu",
             .class_name = "elu",
             .doc = "x above zero, alpha (exp(x) - 1) below",
             .config_size = sizeof(elu_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .forward = forward,
    .backward = backward,
};
