/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions of arrays, and activations with their derivatives. Selects are written so that NaN takes the branch
 * that keeps it. */
#ifndef DENOISE_KERNELS_VECTOR_ACTIVATION_INC_H
#define DENOISE_KERNELS_VECTOR_ACTIVATION_INC_H

#include "kernels/simd_math.h"
#include "kernels/simd_row.h"
#include "kernels/simd_trig.h"

#define ELEMENTWISE(name)                                                                                                      \
    static void name##_array(const float *x, float *y, int64_t count)                                                          \
    {                                                                                                                          \
        VF_LOOP_ONCE(count, { vf_store_some(y + i, vf_##name(vf_load_some(x + i, n)), n); })                                   \
    }
ELEMENTWISE(exp)
ELEMENTWISE(log)
ELEMENTWISE(sin)
ELEMENTWISE(cos)
ELEMENTWISE(tanh)
ELEMENTWISE(softplus)
#undef ELEMENTWISE

/* The chain of operations of one element is longer than a processor looks ahead: in two loops more of them are under way. */
static void sigmoid_array(const float *x, float *y, int64_t count)
{
    enum { SOME = 128 };
    float scale[SOME], rest[SOME];
    int64_t first = 0;
    for (; first + SOME <= count; first += SOME) {
        for (int64_t i = 0; i < SOME; i += VF_LANES) {
            vf s, q = vf_sigmoid_begin(vf_load(x + first + i), &s);
            vf_store(scale + i, s);
            vf_store(rest + i, q);
        }
        for (int64_t i = 0; i < SOME; i += VF_LANES)
            vf_store(y + first + i, vf_sigmoid_end(vf_load(scale + i), vf_load(rest + i)));
    }
    x += first, y += first;
    VF_LOOP_ONCE(count - first, { vf_store_some(y + i, vf_sigmoid(vf_load_some(x + i, n)), n); })
}

/* The bound costs as much as the function; most have none. */
DENOISE__INLINE vf vf_bounded(vf a, int bounded, float maximum)
{
    return bounded ? vf_at_most(a, maximum) : a;
}

DENOISE__INLINE void relu_loop(const float *x, float *y, int64_t count, float threshold, int bounded, float maximum)
{
    const vf bound = vf_set1(threshold);
    VF_LOOP(count, {
        vf v = vf_load_some(x + i, n);
        vf_store_some(y + i, vf_bounded(vf_zero_where(vf_le(v, bound), v), bounded, maximum), n);
    })
}

static void relu_array(const float *x, float *y, int64_t count, float threshold, float maximum)
{
    if (isnan(maximum))
        relu_loop(x, y, count, threshold, 0, maximum);
    else
        relu_loop(x, y, count, threshold, 1, maximum);
}

DENOISE__INLINE void leaky_relu_loop(const float *x, float *y, int64_t count, float slope, float threshold, int bounded,
                                     float maximum)
{
    const vf bound = vf_set1(threshold), below = vf_set1(slope);
    VF_LOOP(count, {
        vf v = vf_load_some(x + i, n);
        v = vf_select(vf_le(v, bound), vf_mul(below, vf_sub(v, bound)), v);
        vf_store_some(y + i, vf_bounded(v, bounded, maximum), n);
    })
}

static void leaky_relu_array(const float *x, float *y, int64_t count, float slope, float threshold, float maximum)
{
    if (isnan(maximum))
        leaky_relu_loop(x, y, count, slope, threshold, 0, maximum);
    else
        leaky_relu_loop(x, y, count, slope, threshold, 1, maximum);
}

static void elu_array(const float *x, float *y, int64_t count, float alpha)
{
    const vf zero = vf_set1(0.0f), depth = vf_set1(alpha);
    VF_LOOP_ONCE(count, {
        vf v = vf_load_some(x + i, n);
        vf low = vf_mul(depth, vf_expm1(vf_at_most(v, 0.0f)));
        vf_store_some(y + i, vf_select(vf_lt(zero, v), v, low), n);
    })
}

/* y[i] = e^(x[i] - highest), which it gives back too */
DENOISE__INLINE vf softmax_term(const float *x, float *y, int64_t i, int64_t n, vf highest)
{
    vf e = vf_exp(vf_sub(vf_load_some(x + i, n), highest));
    vf_store_some(y + i, e, n);
    return e;
}

/* y = e^(x - max) / sum */
static void softmax_row(const float *x, float *y, int64_t columns)
{
    const vf highest = vf_set1(row_max(x, columns));
    ROW_SUM(total, columns, softmax_term(x, y, i, n, highest))
    const vf sum = vf_set1((float)total);
    VF_LOOP(columns, { vf_store_some(y + i, vf_div(vf_load_some(y + i, n), sum), n); })
}

/* dx[i] = `value`, made of y and dy */
#define BACKWARD(value)                                                                                                        \
    VF_LOOP_ONCE(count, {                                                                                                      \
        vf out = vf_load_some(y + i, n);                                                                                       \
        vf slope = vf_load_some(dy + i, n);                                                                                    \
        vf_store_some(dx + i, value, n);                                                                                       \
    })

static void relu_backward_array(const float *y, const float *dy, float *dx, int64_t count, float maximum)
{
    const vf zero = vf_set1(0.0f);
    BACKWARD(vf_zero_where(vm_or(vf_le(vf_set1(maximum), out), vf_le(out, zero)), slope))
}

static void leaky_relu_backward_array(const float *y, const float *dy, float *dx, int64_t count, float slope_below,
                                      float maximum)
{
    const vf zero = vf_set1(0.0f), below = vf_set1(slope_below);
    BACKWARD(vf_zero_where(vf_le(vf_set1(maximum), out), vf_select(vf_le(out, zero), vf_mul(below, slope), slope)))
}

/* alpha e^x = y + alpha where x <= 0 */
static void elu_backward_array(const float *y, const float *dy, float *dx, int64_t count, float alpha)
{
    BACKWARD(vf_select(vf_lt(vf_set1(0.0f), out), slope, vf_mul(slope, vf_add(out, vf_set1(alpha)))))
}

static void sigmoid_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    BACKWARD(vf_mul(vf_mul(slope, out), vf_sub(vf_set1(1.0f), out)))
}

static void tanh_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    BACKWARD(vf_mul(slope, vf_fnma(out, out, vf_set1(1.0f))))
}

/* The derivative is sigmoid(x) = 1 - e^-y. */
static void softplus_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    BACKWARD(vf_mul(slope, vf_neg(vf_expm1(vf_neg(out)))))
}
#undef BACKWARD

/* dx = y (dy - sum(dy y)) */
static void softmax_backward_row(const float *y, const float *dy, float *dx, int64_t columns)
{
    ROW_SUM(total, columns, vf_mul(vf_load_some(dy + i, n), vf_load_some(y + i, n)))
    const vf mean = vf_set1((float)total);
    VF_LOOP(columns, {
        vf difference = vf_sub(vf_load_some(dy + i, n), mean);
        vf_store_some(dx + i, vf_mul(vf_load_some(y + i, n), difference), n);
    })
}

#endif
