/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions of arrays, and activations with their derivatives. Selects are written so that NaN takes the branch
 * that keeps it. */
#ifndef DENOISE_KERNELS_VECTOR_ACTIVATION_INC_H
#define DENOISE_KERNELS_VECTOR_ACTIVATION_INC_H

#include "kernels/vector_math.inc.h"

#define ELEMENTWISE(name, value)                                                                                               \
    static void name##_array(const float *x, float *y, int64_t count)                                                          \
    {                                                                                                                          \
        DENOISE__EACH                                                                                                          \
        for (int64_t i = 0; i < count; i++)                                                                                    \
            y[i] = value(x[i]);                                                                                                \
    }
ELEMENTWISE(exp, exp_of)
ELEMENTWISE(log, log_of)
ELEMENTWISE(sigmoid, sigmoid_of)
ELEMENTWISE(tanh, tanh_of)
ELEMENTWISE(softplus, softplus_of)
#undef ELEMENTWISE

static void relu_array(const float *x, float *y, int64_t count, float threshold, float maximum)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++) {
        float v = x[i] <= threshold ? 0.0f : x[i];
        y[i] = v > maximum ? maximum : v;
    }
}

static void leaky_relu_array(const float *x, float *y, int64_t count, float slope, float threshold, float maximum)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++) {
        float v = x[i] <= threshold ? slope * (x[i] - threshold) : x[i];
        y[i] = v > maximum ? maximum : v;
    }
}

static void elu_array(const float *x, float *y, int64_t count, float alpha)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++) {
        float low = alpha * expm1_of(x[i] > 0.0f ? 0.0f : x[i]);
        y[i] = x[i] > 0.0f ? x[i] : low;
    }
}

/* y = e^(x - max) / sum */
static void softmax_row(const float *x, float *y, int64_t columns)
{
    float highest = max_of(x, columns);
    DENOISE__EACH
    for (int64_t i = 0; i < columns; i++)
        y[i] = exp_of(x[i] - highest);
    double total = 0;
    for (int64_t i = 0; i < columns; i += PIECE)
        total += (double)sum_of(y + i, piece_at(i, columns));
    float sum = (float)total;
    DENOISE__EACH
    for (int64_t i = 0; i < columns; i++)
        y[i] = y[i] / sum;
}

static void relu_backward_array(const float *y, const float *dy, float *dx, int64_t count, float maximum)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++) {
        float v = y[i] <= 0.0f ? 0.0f : dy[i];
        dx[i] = y[i] >= maximum ? 0.0f : v;
    }
}

static void leaky_relu_backward_array(const float *y, const float *dy, float *dx, int64_t count, float slope, float maximum)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++) {
        float v = y[i] <= 0.0f ? slope * dy[i] : dy[i];
        dx[i] = y[i] >= maximum ? 0.0f : v;
    }
}

/* alpha e^x = y + alpha where x <= 0 */
static void elu_backward_array(const float *y, const float *dy, float *dx, int64_t count, float alpha)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++) {
        float low = dy[i] * (y[i] + alpha);
        dx[i] = y[i] > 0.0f ? dy[i] : low;
    }
}

static void sigmoid_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] * y[i] * (1.0f - y[i]);
}

static void tanh_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] * (1.0f - y[i] * y[i]);
}

/* The derivative is sigmoid(x) = 1 - e^-y. */
static void softplus_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    DENOISE__EACH
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] * -expm1_of(-y[i]);
}

/* dx = y (dy - sum(dy y)) */
static void softmax_backward_row(const float *y, const float *dy, float *dx, int64_t columns)
{
    float product[PIECE];
    double total = 0;
    for (int64_t i = 0; i < columns; i += PIECE) {
        int64_t count = piece_at(i, columns);
        for (int64_t j = 0; j < count; j++)
            product[j] = dy[i + j] * y[i + j];
        total += (double)sum_of(product, count);
    }
    float mean = (float)total;
    DENOISE__EACH
    for (int64_t i = 0; i < columns; i++)
        dx[i] = y[i] * (dy[i] - mean);
}

#endif
