/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizer updates, step for step as in keras/src/optimizers: of one vector (vf_sgd, vf_adam, ...), for loops that have
 * weights and gradients in registers, and of arrays. */
#ifndef DENOISE_KERNELS_VECTOR_OPTIMIZER_INC_H
#define DENOISE_KERNELS_VECTOR_OPTIMIZER_INC_H

#include "kernels/simd_loop.h"

/* State that has faded away becomes zero, so that it never turns subnormal, which would slow each step. */
DENOISE__INLINE vf vf_faded(vf state)
{
    return vf_zero_where(vf_lt(vf_abs(state), vf_set1(0x1p-100f)), state);
}

DENOISE__INLINE vf vf_decayed(vf w, vf weight_decay, vf rate)
{
    return vf_fnma(vf_mul(w, weight_decay), rate, w);
}

/* w -= rate g */
DENOISE__INLINE void vf_sgd(vf g, vf *w, vf rate)
{
    *w = vf_fnma(g, rate, *w);
}

/* m = momentum m - rate g, w += m */
DENOISE__INLINE void vf_sgd_momentum(vf g, vf *w, vf *m, vf rate, vf momentum)
{
    *m = vf_faded(vf_fnma(g, rate, vf_mul(*m, momentum)));
    *w = vf_add(*w, *m);
}

/* m as above, w += momentum m - rate g */
DENOISE__INLINE void vf_sgd_nesterov(vf g, vf *w, vf *m, vf rate, vf momentum)
{
    *m = vf_faded(vf_fnma(g, rate, vf_mul(*m, momentum)));
    *w = vf_add(*w, vf_fnma(g, rate, vf_mul(*m, momentum)));
}

typedef struct vf_rmsprop_rates {
    vf rate, rho, rest, epsilon, momentum; /* rest = 1 - rho */
} vf_rmsprop_rates;

/* v = rho v + rest g^2, w -= rate g / sqrt(v + epsilon). With `average` (NULL: not centred) its square is taken from v; with
 * m (NULL: plain) the increment goes through m = momentum m + increment. */
DENOISE__INLINE void vf_rmsprop(vf g, vf *w, vf *v, vf *m, vf *average, const vf_rmsprop_rates *by)
{
    *v = vf_faded(vf_fma(by->rho, *v, vf_mul(by->rest, vf_mul(g, g))));
    vf square = *v;
    if (average != NULL) {
        *average = vf_faded(vf_fma(by->rho, *average, vf_mul(by->rest, g)));
        square = vf_fnma(*average, *average, square);
    }
    vf increment = vf_div(vf_mul(by->rate, g), vf_sqrt(vf_add(square, by->epsilon)));
    if (m != NULL) increment = *m = vf_faded(vf_fma(by->momentum, *m, increment));
    *w = vf_sub(*w, increment);
}

typedef struct vf_adam_rates {
    vf alpha, rest_1, rest_2, epsilon; /* rest_1 = 1 - beta_1, rest_2 = 1 - beta_2 */
} vf_adam_rates;

DENOISE__INLINE void vf_adam_means(vf g, vf *m, vf *v, const vf_adam_rates *by)
{
    *m = vf_faded(vf_fma(vf_sub(g, *m), by->rest_1, *m));
    *v = vf_faded(vf_fnma(vf_fnma(g, g, *v), by->rest_2, *v));
}

DENOISE__INLINE vf vf_adam_step(vf w, vf m, vf v, const vf_adam_rates *by)
{
    return vf_sub(w, vf_div(vf_mul(m, by->alpha), vf_add(vf_sqrt(v), by->epsilon)));
}

/* m += rest_1 (g - m), v += rest_2 (g^2 - v), w -= alpha m / (sqrt(v) + epsilon) */
DENOISE__INLINE void vf_adam(vf g, vf *w, vf *m, vf *v, const vf_adam_rates *by)
{
    vf_adam_means(g, m, v, by);
    *w = vf_adam_step(*w, *m, *v, by);
}

/* m and v as above, hat = max(hat, v), w -= alpha m / (sqrt(hat) + epsilon) */
DENOISE__INLINE void vf_adam_amsgrad(vf g, vf *w, vf *m, vf *v, vf *hat, const vf_adam_rates *by)
{
    vf_adam_means(g, m, v, by);
    *hat = vf_select(vf_lt(*v, *hat), *hat, *v);
    *w = vf_adam_step(*w, *m, *hat, by);
}

static void decay_array(float *w, int64_t count, float weight_decay, float rate)
{
    const vf decay = vf_set1(weight_decay), r = vf_set1(rate);
    VF_LOOP(count, { vf_store_some(w + i, vf_decayed(vf_load_some(w + i, n), decay, r), n); })
}

static void sgd_array(float *w, const float *g, int64_t count, float rate)
{
    const vf r = vf_set1(rate);
    VF_LOOP(count, {
        vf weight = vf_load_some(w + i, n);
        vf_sgd(vf_load_some(g + i, n), &weight, r);
        vf_store_some(w + i, weight, n);
    })
}

#define MOMENTUM_ARRAY(name, update)                                                                                           \
    static void name##_array(float *w, const float *g, float *m, int64_t count, float rate, float momentum)                    \
    {                                                                                                                          \
        const vf r = vf_set1(rate), mu = vf_set1(momentum);                                                                    \
        VF_LOOP(count, {                                                                                                       \
            vf weight = vf_load_some(w + i, n), speed = vf_load_some(m + i, n);                                                \
            update(vf_load_some(g + i, n), &weight, &speed, r, mu);                                                            \
            vf_store_some(m + i, speed, n);                                                                                    \
            vf_store_some(w + i, weight, n);                                                                                   \
        })                                                                                                                     \
    }
MOMENTUM_ARRAY(sgd_momentum, vf_sgd_momentum)
MOMENTUM_ARRAY(sgd_nesterov, vf_sgd_nesterov)
#undef MOMENTUM_ARRAY

DENOISE__INLINE void rmsprop_loop(float *w, const float *g, float *v, float *m, float *average, int64_t count,
                                  const vf_rmsprop_rates *by)
{
    VF_LOOP(count, {
        vf weight = vf_load_some(w + i, n), velocity = vf_load_some(v + i, n), speed = by->rate, centre = speed;
        if (m != NULL) speed = vf_load_some(m + i, n);
        if (average != NULL) centre = vf_load_some(average + i, n);
        vf_rmsprop(vf_load_some(g + i, n), &weight, &velocity, m != NULL ? &speed : NULL, average != NULL ? &centre : NULL, by);
        vf_store_some(v + i, velocity, n);
        if (m != NULL) vf_store_some(m + i, speed, n);
        if (average != NULL) vf_store_some(average + i, centre, n);
        vf_store_some(w + i, weight, n);
    })
}

static void rmsprop_array(float *w, const float *g, float *v, float *m, float *average, int64_t count, float rate, float rho,
                          float rest, float epsilon, float momentum)
{
    const vf_rmsprop_rates by = {vf_set1(rate), vf_set1(rho), vf_set1(rest), vf_set1(epsilon), vf_set1(momentum)};
    if (m == NULL && average == NULL)
        rmsprop_loop(w, g, v, NULL, NULL, count, &by);
    else if (average == NULL)
        rmsprop_loop(w, g, v, m, NULL, count, &by);
    else if (m == NULL)
        rmsprop_loop(w, g, v, NULL, average, count, &by);
    else
        rmsprop_loop(w, g, v, m, average, count, &by);
}

static void adam_array(float *w, const float *g, float *m, float *v, int64_t count, float alpha, float rest_1, float rest_2,
                       float epsilon)
{
    const vf_adam_rates by = {vf_set1(alpha), vf_set1(rest_1), vf_set1(rest_2), vf_set1(epsilon)};
    VF_LOOP(count, {
        vf weight = vf_load_some(w + i, n), mean = vf_load_some(m + i, n), square = vf_load_some(v + i, n);
        vf_adam(vf_load_some(g + i, n), &weight, &mean, &square, &by);
        vf_store_some(m + i, mean, n);
        vf_store_some(v + i, square, n);
        vf_store_some(w + i, weight, n);
    })
}

static void adam_amsgrad_array(float *w, const float *g, float *m, float *v, float *hat, int64_t count, float alpha,
                               float rest_1, float rest_2, float epsilon)
{
    const vf_adam_rates by = {vf_set1(alpha), vf_set1(rest_1), vf_set1(rest_2), vf_set1(epsilon)};
    VF_LOOP(count, {
        vf weight = vf_load_some(w + i, n), mean = vf_load_some(m + i, n), square = vf_load_some(v + i, n);
        vf greatest = vf_load_some(hat + i, n);
        vf_adam_amsgrad(vf_load_some(g + i, n), &weight, &mean, &square, &greatest, &by);
        vf_store_some(m + i, mean, n);
        vf_store_some(v + i, square, n);
        vf_store_some(hat + i, greatest, n);
        vf_store_some(w + i, weight, n);
    })
}

#endif
