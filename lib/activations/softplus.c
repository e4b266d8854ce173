/* SPDX-License-Identifier: Apache-2.0 */
/* y = log(1 + e^x), dx = dy sigmoid(x) = dy (1 - e^-y) */
#include "activations/activation.h"
#include "kernels/vector.h"

static void forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->softplus(x, y, rows * columns);
}

static void backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                     int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->softplus_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_softplus;
const denoise__activation_kind denoise__activation_softplus = {
    .base = {.name = "softplus", .class_name = "softplus", .doc = "log(1 + exp(x))"},
    .forward = forward,
    .backward = backward,
};
