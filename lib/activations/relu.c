/* SPDX-License-Identifier: Apache-2.0 */
/* The rectified linear unit, bounded or not, and its leaky form (keras.activations.relu, relu6, leaky_relu).
 *
 * y = x above the threshold, negative_slope (x - threshold) up to it, and no more than max_value. With a slope, a threshold
 * and a maximum of zero or more, y tells which piece x was on: dx = dy, negative_slope dy where y <= 0, and 0 where y has
 * reached the maximum (as TensorFlow's relu6). */
#include "activations/activation.h"
#include "kernels/vector.h"

typedef struct relu_config {
    double negative_slope, max_value, threshold;
} relu_config;

typedef struct leaky_relu_config {
    double negative_slope;
} leaky_relu_config;

static void relu_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const relu_config *c = config;
    const denoise__vector *v = denoise__vector_table();
    float slope = (float)c->negative_slope, threshold = (float)c->threshold, maximum = (float)c->max_value;
    if (slope == 0)
        v->relu(x, y, rows * columns, threshold, maximum);
    else
        v->leaky_relu(x, y, rows * columns, slope, threshold, maximum);
}

static void relu_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                          int64_t columns)
{
    (void)x;
    const relu_config *c = config;
    const denoise__vector *v = denoise__vector_table();
    float slope = (float)c->negative_slope, maximum = (float)c->max_value;
    if (slope == 0)
        v->relu_backward(y, dy, dx, rows * columns, maximum);
    else
        v->leaky_relu_backward(y, dy, dx, rows * columns, slope, maximum);
}

static bool relu_rectifies(const void *config)
{
    const relu_config *c = config;
    return c->negative_slope == 0 && c->threshold == 0 && isnan(c->max_value);
}

static void relu6_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->relu(x, y, rows * columns, 0, 6);
}

static void relu6_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                           int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->relu_backward(y, dy, dx, rows * columns, 6);
}

static void leaky_relu_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const leaky_relu_config *c = config;
    denoise__vector_table()->leaky_relu(x, y, rows * columns, (float)c->negative_slope, 0.0f, NAN);
}

static void leaky_relu_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                int64_t columns)
{
    (void)x;
    const leaky_relu_config *c = config;
    denoise__vector_table()->leaky_relu_backward(y, dy, dx, rows * columns, (float)c->negative_slope, NAN);
}

static const denoise__param relu_params[] = {
    DENOISE__PARAM_DOUBLE(relu_config, negative_slope, "0.0", 0, 0, NAN, "slope up to the threshold"),
    DENOISE__PARAM_DOUBLE(relu_config, max_value, "None", DENOISE__NULLABLE, 0, NAN, "greatest result; None = no limit"),
    DENOISE__PARAM_DOUBLE(relu_config, threshold, "0.0", 0, 0, NAN, "above it x passes unchanged"),
};

static const denoise__param leaky_relu_params[] = {
    DENOISE__PARAM_DOUBLE(leaky_relu_config, negative_slope, "0.2", 0, 0, NAN, "slope below zero"),
};

extern const denoise__activation_kind denoise__activation_relu, denoise__activation_relu6, denoise__activation_leaky_relu;
const denoise__activation_kind denoise__activation_relu = {
    .base = {.name = "relu",
             .class_name = "relu",
             .doc = "max(x, 0), with slope, maximum and threshold",
             .config_size = sizeof(relu_config),
             .params = relu_params,
             .param_count = (int32_t)(sizeof relu_params / sizeof *relu_params)},
    .rectifies = relu_rectifies,
    .forward = relu_forward,
    .backward = relu_backward,
};
const denoise__activation_kind denoise__activation_relu6 = {
    .base = {.name = "relu6", .class_name = "relu6", .doc = "min(max(x, 0), 6)"},
    .forward = relu6_forward,
    .backward = relu6_backward,
};
const denoise__activation_kind denoise__activation_leaky_relu = {
    .base = {.name = "leaky_relu",
             .class_name = "leaky_relu",
             .doc = "x above zero, negative_slope x below",
             .config_size = sizeof(leaky_relu_config),
             .params = leaky_relu_params,
             .param_count = (int32_t)(sizeof leaky_relu_params / sizeof *leaky_relu_params)},
    .forward = leaky_relu_forward,
    .backward = leaky_relu_backward,
};
