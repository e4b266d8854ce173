/* SPDX-License-Identifier: Apache-2.0 */
/* y = 1 / (1 + e^-x), dx = dy y (1 - y) */
#include "activations/activation.h"
#include "kernels/vector.h"

static void forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->sigmoid(x, y, rows * columns);
}

static void backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                     int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->sigmoid_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_sigmoid;
const denoise__activation_kind denoise__activation_sigmoid = {
    .base = {.name = "sigmoid", .class_name = "sigmoid", .doc = "1 / (1 + exp(-x))"},
    .forward = forward,
    .backward = backward,
};
