/* SPDX-License-Identifier: Apache-2.0 */
/* Activations that one vector kernel computes, each way, backward from y: exponential linear units, exponential, linear,
 * sigmoid and its logarithm, softplus, softsign, squareplus, tanh. */
#include "activations/activation.h"
#include "kernels/vector.h"
#include <float.h>
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

/* y = scale x above zero, scale alpha (e^x - 1) below, with the constants of G. Klambauer and others, Self-normalizing neural
 * networks, 2017; at zero the slope is scale */

#define SELU_SCALE 1.05070098735548049342f
#define SELU_DEPTH 1.75809934084737685994f /* scale alpha */

static void selu_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->scaled_elu(x, y, rows * columns, SELU_SCALE, SELU_DEPTH, 1);
}

static void selu_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                          int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->scaled_elu_backward(y, dy, dx, rows * columns, SELU_SCALE, SELU_DEPTH, 1, SELU_SCALE);
}

extern const denoise__activation_kind denoise__activation_selu;
const denoise__activation_kind denoise__activation_selu = {
    .base = {.name = "selu", .class_name = "selu", .doc = "the exponential linear unit that keeps mean 0 and variance 1"},
    .forward = selu_forward,
    .backward = selu_backward,
};

/* y = x above zero, alpha (e^(x / alpha) - 1) below; dx = dy, or dy e^(x / alpha) = dy (y + alpha) / alpha. At zero TensorFlow
 * adds the slopes of both pieces. */

typedef struct celu_config {
    double alpha;
} celu_config;

static void celu_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const celu_config *c = config;
    denoise__vector_table()->scaled_elu(x, y, rows * columns, 1, (float)c->alpha, (float)(1 / c->alpha));
}

static void celu_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                          int64_t columns)
{
    (void)x;
    const celu_config *c = config;
    denoise__vector_table()->scaled_elu_backward(y, dy, dx, rows * columns, 1, (float)c->alpha, (float)(1 / c->alpha), 2);
}

static const denoise__param celu_params[] = {
    DENOISE__PARAM_DOUBLE(celu_config, alpha, "1.0", 0, (double)FLT_MIN, NAN, "the limit far below zero is -alpha"),
};

extern const denoise__activation_kind denoise__activation_celu;
const denoise__activation_kind denoise__activation_celu = {
    .base = {.name = "celu",
             .class_name = "celu",
             .doc = "x above zero, alpha (exp(x / alpha) - 1) below",
             .config_size = sizeof(celu_config),
             .params = celu_params,
             .param_count = (int32_t)(sizeof celu_params / sizeof *celu_params)},
    .forward = celu_forward,
    .backward = celu_backward,
};

/* y = e^x, dx = dy y */

static void exponential_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->exp(x, y, rows * columns);
}

static void exponential_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                 int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->exp_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_exponential;
const denoise__activation_kind denoise__activation_exponential = {
    .base = {.name = "exponential", .class_name = "exponential", .doc = "exp(x)"},
    .forward = exponential_forward,
    .backward = exponential_backward,
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

/* y = -log(1 + e^-x), dx = dy sigmoid(-x) = dy (1 - e^y) */

static void log_sigmoid_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->log_sigmoid(x, y, rows * columns);
}

static void log_sigmoid_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                 int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->log_sigmoid_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_log_sigmoid;
const denoise__activation_kind denoise__activation_log_sigmoid = {
    .base = {.name = "log_sigmoid", .class_name = "log_sigmoid", .doc = "log(sigmoid(x))"},
    .forward = log_sigmoid_forward,
    .backward = log_sigmoid_backward,
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

/* y = x / (1 + |x|), dx = dy / (1 + |x|)^2 = dy (1 - |y|)^2 */

static void softsign_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->softsign(x, y, rows * columns);
}

static void softsign_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                              int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->softsign_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_softsign;
const denoise__activation_kind denoise__activation_softsign = {
    .base = {.name = "softsign", .class_name = "softsign", .doc = "x / (1 + |x|)"},
    .forward = softsign_forward,
    .backward = softsign_backward,
};

/* y = (x + sqrt(x^2 + b)) / 2, dx = dy y / sqrt(x^2 + b) = dy y^2 / (y^2 + b / 4) */

typedef struct squareplus_config {
    double b;
} squareplus_config;

static void squareplus_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const squareplus_config *c = config;
    denoise__vector_table()->squareplus(x, y, rows * columns, (float)c->b);
}

static void squareplus_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                int64_t columns)
{
    (void)x;
    const squareplus_config *c = config;
    denoise__vector_table()->squareplus_backward(y, dy, dx, rows * columns, (float)c->b);
}

static const denoise__param squareplus_params[] = {
    DENOISE__PARAM_DOUBLE(squareplus_config, b, "4.0", 0, 0, NAN, "how smooth the corner is"),
};

extern const denoise__activation_kind denoise__activation_squareplus;
const denoise__activation_kind denoise__activation_squareplus = {
    .base = {.name = "squareplus",
             .class_name = "squareplus",
             .doc = "(x + sqrt(x^2 + b)) / 2",
             .config_size = sizeof(squareplus_config),
             .params = squareplus_params,
             .param_count = (int32_t)(sizeof squareplus_params / sizeof *squareplus_params)},
    .forward = squareplus_forward,
    .backward = squareplus_backward,
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
