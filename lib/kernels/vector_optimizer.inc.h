/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizer updates, operation for operation as in keras/src/optimizers. */
#ifndef DENOISE_KERNELS_VECTOR_OPTIMIZER_INC_H
#define DENOISE_KERNELS_VECTOR_OPTIMIZER_INC_H

#include "kernels/vector_math.inc.h"

/* State that has faded away becomes zero, so that it never turns subnormal, which would slow each step. */
DENOISE__INLINE float faded(float state)
{
    return magnitude(state) < 0x1p-100f ? 0.0f : state;
}

DENOISE__INLINE float root_of(float x)
{
#if defined(__GNUC__)
    return __builtin_sqrtf(x);
#else
    return sqrtf(x);
#endif
}

static void decay_array(float *w, int64_t count, float weight_decay, float rate)
{
    for (int64_t i = 0; i < count; i++)
        w[i] = w[i] - w[i] * weight_decay * rate;
}

static void sgd_array(float *restrict w, const float *restrict g, int64_t count, float rate)
{
    for (int64_t i = 0; i < count; i++)
        w[i] = w[i] - g[i] * rate;
}

static void sgd_momentum_array(float *restrict w, const float *restrict g, float *restrict m, int64_t count, float rate,
                               float momentum)
{
    for (int64_t i = 0; i < count; i++) {
        m[i] = faded(m[i] * momentum - g[i] * rate);
        w[i] = w[i] + m[i];
    }
}

static void sgd_nesterov_array(float *restrict w, const float *restrict g, float *restrict m, int64_t count, float rate,
                               float momentum)
{
    for (int64_t i = 0; i < count; i++) {
        m[i] = faded(m[i] * momentum - g[i] * rate);
        w[i] = w[i] + (m[i] * momentum - g[i] * rate);
    }
}

/* The increment of an element; m and average follow where they exist. */
#define RMSPROP(centre, step)                                                                                                  \
    for (int64_t i = 0; i < count; i++) {                                                                                      \
        v[i] = faded(rho * v[i] + rest * (g[i] * g[i]));                                                                       \
        float denominator = v[i];                                                                                              \
        centre;                                                                                                                \
        float increment = rate * g[i] / root_of(denominator + epsilon);                                                        \
        step;                                                                                                                  \
    }
#define CENTRE                                                                                                                 \
    average[i] = faded(rho * average[i] + rest * g[i]);                                                                        \
    denominator = denominator - average[i] * average[i]
#define GLIDE                                                                                                                  \
    m[i] = faded(momentum * m[i] + increment);                                                                                 \
    w[i] = w[i] - m[i]

static void rmsprop_array(float *restrict w, const float *restrict g, float *restrict v, float *restrict m,
                          float *restrict average, int64_t count, float rate, float rho, float rest, float epsilon,
                          float momentum)
{
    if (m == NULL && average == NULL)
        RMSPROP((void)0, w[i] = w[i] - increment)
    else if (average == NULL)
        RMSPROP((void)0, GLIDE)
    else if (m == NULL)
        RMSPROP(CENTRE, w[i] = w[i] - increment)
    else
        RMSPROP(CENTRE, GLIDE)
}
#undef RMSPROP
#undef CENTRE
#undef GLIDE

static void adam_array(float *restrict w, const float *restrict g, float *restrict m, float *restrict v, int64_t count,
                       float alpha, float rest_1, float rest_2, float epsilon)
{
    for (int64_t i = 0; i < count; i++) {
        m[i] = faded(m[i] + (g[i] - m[i]) * rest_1);
        v[i] = faded(v[i] + (g[i] * g[i] - v[i]) * rest_2);
        w[i] = w[i] - m[i] * alpha / (root_of(v[i]) + epsilon);
    }
}

#endif
