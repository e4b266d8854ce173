/* SPDX-License-Identifier: Apache-2.0 */
/* Activations that one vector kernel computes, each way: the exponential linear unit, linear, sigmoid, softplus, tanh. */
#include "activations/activation.h"
#include "kernels/vector.h"
#include <string.h>

/* y = x above zero, alpha (e^x - 1) below; dx = dy, or dy alpha e^x = dy (y + alpha) where y <= 0 */

typedef struct elu_config {
    double alpha;
} elu_config;

static void elu_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const elu_config *c = config;
    denoise__vector_table()->elu(x, y, rows * columns, (float)c->alpha);
}

static void elu_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                         int64_t columns)
{
    (void)x;
    const elu_config *c = config;
    denoise__vector_table()->elu_backward(y, dy, dx, rows * columns, (float)c->alpha);
}

static const denoise__param elu_params[] = {
    DENOISE__PARAM_DOUBLE(elu_config, alpha, "1.0", 0, 0, NAN, "the limit far below zero is -alpha"),
};

extern const denoise__activation_kind denoise__activation_elu;
const denoise__activation_kind denoise__activation_elu = {
    .base = {.name = "elu",
             .class_name = "elu",
             .doc = "x above zero, alpha (exp(x) - 1) below",
             .config_size = sizeof(elu_config),
             .params = elu_params,
             .param_count = (int32_t)(sizeof elu_params / sizeof *elu_params)},
    .forward = elu_forward,
    .backward = elu_backward,
};

/* y = x */

static void linear_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    if (y != x) memcpy(y, x, (size_t)(rows * columns) * sizeof *y);
}

static void linear_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                            int64_t columns)
{
    (void)x, (void)y;
    linear_forward(config, dy, dx, rows, columns);
}

extern const denoise__activation_kind denoise__activation_linear;
const denoise__activation_kind denoise__activation_linear = {
    .base = {.name = "linear", .class_name = "linear", .doc = "x itself"},
    .is_identity = true,
    .forward = linear_forward,
    .backward = linear_backward,
};

/* y = 1 / (1 + e^-x), dx = dy y (1 - y) */

static void sigmoid_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->sigmoid(x, y, rows * columns);
}

static void sigmoid_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                             int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->sigmoid_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_sigmoid;
const denoise__activation_kind denoise__activation_sigmoid = {
    .base = {.name = "sigmoid", .class_name = "sigmoid", .doc = "1 / (1 + exp(-x))"},
    .forward = sigmoid_forward,
    .backward = sigmoid_backward,
};

/* y = log(1 + e^x), dx = dy sigmoid(x) = dy (1 - e^-y) */

static void softplus_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->softplus(x, y, rows * columns);
}

static void softplus_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                              int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->softplus_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_softplus;
const denoise__activation_kind denoise__activation_softplus = {
    .base = {.name = "softplus", .class_name = "softplus", .doc = "log(1 + exp(x))"},
    .forward = softplus_forward,
    .backward = softplus_backward,
};

/* y = tanh(x), dx = dy (1 - y^2) */

static void tanh_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->tanh(x, y, rows * columns);
}

static void tanh_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                          int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->tanh_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_tanh;
const denoise__activation_kind denoise__activation_tanh = {
    .base = {.name = "tanh", .class_name = "tanh", .doc = "hyperbolic tangent"},
    .forward = tanh_forward,
    .backward = tanh_backward,
};
