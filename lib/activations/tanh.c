/* SPDX-License-Identifier: Apache-2.0 */
/* y = tanh(x), dx = dy (1 - y^2) */
#include "activations/activation.h"
#include "kernels/vector.h"

static void forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->tanh(x, y, rows * columns);
}

static void backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                     int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->tanh_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_tanh;
const denoise__activation_kind denoise__activation_tanh = {
    .base = {.name = "tanh", .class_name = "tanh", .doc = "hyperbolic tangent"},
    .forward = forward,
    .backward = backward,
};
