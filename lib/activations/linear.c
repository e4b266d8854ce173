/* SPDX-License-Identifier: Apache-2.0 */
/* y = x */
#include "activations/activation.h"
#include <string.h>

static void forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    if (y != x) memcpy(y, x, (size_t)(rows * columns) * sizeof *y);
}

static void backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                     int64_t columns)
{
    (void)x, (void)y;
    forward(config, dy, dx, rows, columns);
}

extern const denoise__activation_kind denoise__activation_linear;
const denoise__activation_kind denoise__activation_linear = {
    .base = {.name = "linear", .class_name = "linear", .doc = "x itself"},
    .identity = true,
    .forward = forward,
    .backward = backward,
};
