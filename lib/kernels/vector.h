/* SPDX-License-Identifier: Apache-2.0 */
/* Loops over float arrays: elementary functions, activations, losses and optimizer updates.
 *
 * One set of sources, written with the vectors of simd.h, is compiled once per instruction set. Every operation is rounded as
 * IEEE 754 says, the fused multiply-add included, an element's result depends on that element alone, and sums run in sixteen
 * lanes; so all tables give the same bits. No function calls libm (on a CPU without FMA, fmaf), or allocates. Arrays need no
 * alignment. Unless said otherwise an output may be an input's own memory; partial overlap is not allowed. NaN in gives NaN
 * out, except where it is said otherwise. */
#ifndef DENOISE_KERNELS_VECTOR_H
#define DENOISE_KERNELS_VECTOR_H

#include <stdint.h>

typedef struct denoise__vector {
    const char *name; /* "portable", "avx2", "avx512", "neon" */

    /* y[i] = f(x[i]). All within 1.5 ulp, subnormal results included (docs/numerics.md) */
    void (*exp)(const float *x, float *y, int64_t count);
    void (*log)(const float *x, float *y, int64_t count); /* log 0 = -Inf, log of less = NaN */
    void (*sin)(const float *x, float *y, int64_t count); /* any finite x, exactly reduced; sin of Inf = NaN */
    void (*cos)(const float *x, float *y, int64_t count);
    void (*sigmoid)(const float *x, float *y, int64_t count);
    void (*tanh)(const float *x, float *y, int64_t count);
    void (*softplus)(const float *x, float *y, int64_t count);

    /* Activations. `maximum` NAN = none. The backward forms read y = f(x): dx = dy f'(x). */
    void (*relu)(const float *x, float *y, int64_t count, float threshold, float maximum);
    void (*leaky_relu)(const float *x, float *y, int64_t count, float slope, float threshold, float maximum);
    void (*elu)(const float *x, float *y, int64_t count, float alpha);
    void (*softmax)(const float *x, float *y, int64_t columns); /* one row */
    void (*relu_backward)(const float *y, const float *dy, float *dx, int64_t count, float maximum);
    void (*leaky_relu_backward)(const float *y, const float *dy, float *dx, int64_t count, float slope, float maximum);
    void (*elu_backward)(const float *y, const float *dy, float *dx, int64_t count, float alpha);
    void (*sigmoid_backward)(const float *y, const float *dy, float *dx, int64_t count);
    void (*tanh_backward)(const float *y, const float *dy, float *dx, int64_t count);
    void (*softplus_backward)(const float *y, const float *dy, float *dx, int64_t count);
    void (*softmax_backward)(const float *y, const float *dy, float *dx, int64_t columns); /* one row */

    /* y = factor min(max(x + shift, low), high); dx = factor dy where low < y <= high, else 0 */
    void (*clamp)(const float *x, float *y, int64_t count, float shift, float low, float high, float factor);
    void (*between_backward)(const float *y, const float *dy, float *dx, int64_t count, float low, float high, float factor);
    /* Comparisons that NaN fails: these three make a number of it. */
    void (*hard_shrink)(const float *x, float *y, int64_t count, float threshold);
    void (*soft_shrink)(const float *x, float *y, int64_t count, float threshold);
    void (*threshold)(const float *x, float *y, int64_t count, float threshold, float value);
    void (*shrink_backward)(const float *y, const float *dy, float *dx, int64_t count);
    void (*sparse_plus)(const float *x, float *y, int64_t count);
    void (*sparse_plus_backward)(const float *y, const float *dy, float *dx, int64_t count);
    void (*exp_backward)(const float *y, const float *dy, float *dx, int64_t count);
    void (*log_sigmoid)(const float *x, float *y, int64_t count);
    void (*log_sigmoid_backward)(const float *y, const float *dy, float *dx, int64_t count);
    /* scale x above zero, else alpha (e^(inverse x) - 1) */
    void (*scaled_elu)(const float *x, float *y, int64_t count, float scale, float alpha, float inverse);
    void (*scaled_elu_backward)(const float *y, const float *dy, float *dx, int64_t count, float scale, float alpha,
                                float inverse, float at_zero);
    void (*softsign)(const float *x, float *y, int64_t count);
    void (*softsign_backward)(const float *y, const float *dy, float *dx, int64_t count);
    void (*squareplus)(const float *x, float *y, int64_t count, float b); /* b >= 0 */
    void (*squareplus_backward)(const float *y, const float *dy, float *dx, int64_t count, float b);
    void (*log_softmax)(const float *x, float *y, int64_t columns); /* one row, as the next three */
    void (*log_softmax_backward)(const float *y, const float *dy, float *dx, int64_t columns);
    void (*sparsemax)(const float *x, float *y, int64_t columns);
    void (*sparsemax_backward)(const float *y, const float *dy, float *dx, int64_t columns);

    /* Activations whose backward forms read x: dx = dy f'(x). */
    void (*gelu)(const float *x, float *y, int64_t count);
    void (*gelu_backward)(const float *x, const float *dy, float *dx, int64_t count);
    void (*gelu_tanh)(const float *x, float *y, int64_t count); /* its approximation */
    void (*gelu_tanh_backward)(const float *x, const float *dy, float *dx, int64_t count);
    void (*silu)(const float *x, float *y, int64_t count);
    void (*silu_backward)(const float *x, const float *dy, float *dx, int64_t count);
    void (*mish)(const float *x, float *y, int64_t count);
    void (*mish_backward)(const float *x, const float *dy, float *dx, int64_t count);
    void (*hard_silu)(const float *x, float *y, int64_t count);
    void (*hard_silu_backward)(const float *x, const float *dy, float *dx, int64_t count);
    void (*tanh_shrink)(const float *x, float *y, int64_t count);
    void (*tanh_shrink_backward)(const float *x, const float *dy, float *dx, int64_t count);

    /* Losses of one row: the sum over its columns. gradient = scale * d sum / d p; NULL = not wanted; may be p itself.
     * Targets are smoothed as keep * t + shift. */
    float (*bce_logits)(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift, float scale);
    float (*bce_probability)(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                             float scale);
    float (*cce_logits)(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift, float scale);
    float (*cce_probability)(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                             float scale);
    float (*scce_logits)(const float *p, int32_t label, float *gradient, int64_t columns, float scale);
    float (*scce_probability)(const float *p, int32_t label, float *gradient, int64_t columns, float scale);
    float (*squared_error)(const float *p, const float *t, float *gradient, int64_t columns, float scale);
    float (*absolute_error)(const float *p, const float *t, float *gradient, int64_t columns, float scale);

    /* Optimizer updates; no two arrays overlap. State below 2^-100 in magnitude becomes zero. */
    void (*decay)(float *w, int64_t count, float weight_decay, float rate); /* w -= w * weight_decay * rate */
    void (*sgd)(float *w, const float *g, int64_t count, float rate);
    void (*sgd_momentum)(float *w, const float *g, float *m, int64_t count, float rate, float momentum);
    void (*sgd_nesterov)(float *w, const float *g, float *m, int64_t count, float rate, float momentum);
    /* rest = 1 - rho; m and average may be NULL: plain, not centred */
    void (*rmsprop)(float *w, const float *g, float *v, float *m, float *average, int64_t count, float rate, float rho,
                    float rest, float epsilon, float momentum);
    /* rest_1 = 1 - beta_1, rest_2 = 1 - beta_2 */
    void (*adam)(float *w, const float *g, float *m, float *v, int64_t count, float alpha, float rest_1, float rest_2,
                 float epsilon);
    /* the same by the greatest v so far, which hat keeps */
    void (*adam_amsgrad)(float *w, const float *g, float *m, float *v, float *hat, int64_t count, float alpha, float rest_1,
                         float rest_2, float epsilon);
} denoise__vector;

/* The table for this CPU, fixed at the first call. */
const denoise__vector *denoise__vector_table(void);

/* The table of one instruction set, DENOISE__ISA_*; NULL when it is not built in or the CPU cannot run it (tests). */
const denoise__vector *denoise__vector_of(int32_t isa);

#endif
