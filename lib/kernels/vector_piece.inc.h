/* SPDX-License-Identifier: Apache-2.0 */
/* Further activations whose slopes follow from y: in pieces, and smooth ones. Selects are written so that NaN takes the branch
 * that keeps it, except where TensorFlow's comparison does not. */
#ifndef DENOISE_KERNELS_VECTOR_PIECE_INC_H
#define DENOISE_KERNELS_VECTOR_PIECE_INC_H

#include "kernels/simd_math.h"
#include "kernels/simd_row.h"

/* y[i] = `value`, made of v = x[i] */
#define FORWARD(value)                                                                                                         \
    VF_LOOP_ONCE(count, {                                                                                                      \
        vf v = vf_load_some(x + i, n);                                                                                         \
        vf_store_some(y + i, value, n);                                                                                        \
    })
/* dx[i] = `value`, made of y and dy */
#define BACKWARD(value)                                                                                                        \
    VF_LOOP_ONCE(count, {                                                                                                      \
        vf out = vf_load_some(y + i, n);                                                                                       \
        vf slope = vf_load_some(dy + i, n);                                                                                    \
        vf_store_some(dx + i, value, n);                                                                                       \
    })

/* In pieces */

static void clamp_array(const float *x, float *y, int64_t count, float shift, float low, float high, float factor)
{
    const vf move = vf_set1(shift), scale = vf_set1(factor);
    FORWARD(vf_mul(vf_at_most(vf_at_least(vf_add(v, move), low), high), scale))
}

static void between_backward_array(const float *y, const float *dy, float *dx, int64_t count, float low, float high,
                                   float factor)
{
    const vf zero = vf_set1(0.0f), scale = vf_set1(factor), bottom = vf_set1(low), top = vf_set1(high);
    BACKWARD(vf_select(vm_and(vf_lt(bottom, out), vf_le(out, top)), vf_mul(slope, scale), zero))
}

static void hard_shrink_array(const float *x, float *y, int64_t count, float threshold)
{
    const vf zero = vf_set1(0.0f), bound = vf_set1(threshold);
    FORWARD(vf_select(vf_lt(bound, vf_abs(v)), v, zero))
}

static void soft_shrink_array(const float *x, float *y, int64_t count, float threshold)
{
    const vf zero = vf_set1(0.0f), bound = vf_set1(threshold);
    FORWARD(vf_select(vf_lt(bound, vf_abs(v)), vf_with_sign(vf_sub(vf_abs(v), bound), v), zero))
}

static void shrink_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    BACKWARD(vf_zero_where(vf_eq(out, vf_set1(0.0f)), slope))
}

static void threshold_array(const float *x, float *y, int64_t count, float threshold, float value)
{
    const vf bound = vf_set1(threshold), other = vf_set1(value);
    FORWARD(vf_select(vf_lt(bound, v), v, other))
}

/* ((x + 1) / 2)^2 between -1 and 1 */
DENOISE__INLINE vf vf_sparse_plus(vf v)
{
    const vf one = vf_set1(1.0f);
    vf half = vf_mul(vf_set1(0.5f), vf_at_least(vf_add(v, one), 0.0f));
    return vf_select(vf_lt(v, one), vf_mul(half, half), v);
}

static void sparse_plus_array(const float *x, float *y, int64_t count)
{
    FORWARD(vf_sparse_plus(v))
}

/* (x + 1) / 2 = sqrt(y), at most 1 */
static void sparse_plus_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    BACKWARD(vf_mul(slope, vf_sqrt(vf_at_most(out, 1.0f))))
}

/* Exponential */

static void exp_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    BACKWARD(vf_mul(slope, out))
}

static void log_sigmoid_array(const float *x, float *y, int64_t count)
{
    FORWARD(vf_neg(vf_softplus(vf_neg(v))))
}

/* The slope is sigmoid(-x) = 1 - e^y. */
static void log_sigmoid_backward_array(const float *y, const float *dy, float *dx,
                                       int64_t count){BACKWARD(vf_mul(slope, vf_neg(vf_expm1(out))))}

DENOISE__INLINE vf vf_scaled_elu(vf v, vf scale, vf alpha, vf inverse)
{
    vf low = vf_mul(alpha, vf_expm1(vf_mul(vf_at_most(v, 0.0f), inverse)));
    return vf_select(vf_lt(vf_set1(0.0f), v), vf_mul(scale, v), low);
}

static void scaled_elu_array(const float *x, float *y, int64_t count, float scale, float alpha, float inverse)
{
    const vf above = vf_set1(scale), depth = vf_set1(alpha), rate = vf_set1(inverse);
    FORWARD(vf_scaled_elu(v, above, depth, rate))
}

/* Where x < 0 the slope is alpha inverse e^(x inverse) = (y + alpha) inverse. */
static void scaled_elu_backward_array(const float *y, const float *dy, float *dx, int64_t count, float scale, float alpha,
                                      float inverse, float at_zero)
{
    const vf zero = vf_set1(0.0f), above = vf_set1(scale), depth = vf_set1(alpha), rate = vf_set1(inverse),
             corner = vf_set1(at_zero);
    BACKWARD(vf_mul(slope,
                    vf_select(vf_lt(zero, out), above, vf_select(vf_eq(out, zero), corner, vf_mul(vf_add(out, depth), rate)))))
}

/* Algebraic */

static void softsign_array(const float *x, float *y, int64_t count)
{
    FORWARD(vf_div(v, vf_add(vf_set1(1.0f), vf_abs(v))))
}

/* The slope is 1 / (1 + |x|)^2 = (1 - |y|)^2. */
static void softsign_backward_array(const float *y, const float *dy, float *dx, int64_t count)
{
    const vf one = vf_set1(1.0f);
    BACKWARD(vf_mul(slope, vf_mul(vf_sub(one, vf_abs(out)), vf_sub(one, vf_abs(out)))))
}

/* h = (sqrt(x^2 + b) + |x|) / 2, or for x < 0 b / (4 h), which cancels nothing; -Inf + Inf makes the NaN that TensorFlow has.
 */
DENOISE__INLINE vf vf_squareplus(vf v, float b)
{
    vf a = vf_abs(v), bounded = vf_at_most(a, 0x1p62f); /* whose square is finite; b does not count there */
    vf root = vf_greater(vf_sqrt(vf_fma(bounded, bounded, vf_set1(b))), a);
    vf half = vf_mul(vf_set1(0.5f), vf_add(root, a));
    vf low = vf_div(vf_add(vf_set1(0.25f * b), vf_add(v, a)), half);
    return vf_select(vf_lt(v, vf_set1(0.0f)), low, half);
}

static void squareplus_array(const float *x, float *y, int64_t count, float b)
{
    FORWARD(vf_squareplus(v, b))
}

/* The slope is y / sqrt(x^2 + b) = y^2 / (y^2 + b / 4), since x = y - b / (4 y). */
static void squareplus_backward_array(const float *y, const float *dy, float *dx, int64_t count, float b)
{
    const vf quarter = vf_set1(0.25f * b > 0x1p-100f ? 0.25f * b : 0x1p-100f); /* y = 0 has the slope 0 */
    VF_LOOP_ONCE(count, {
        vf out = vf_at_most(vf_load_some(y + i, n), 0x1p62f);
        vf square = vf_mul(out, out);
        vf slope = vf_div(square, vf_add(square, quarter));
        vf_store_some(dx + i, vf_mul(vf_load_some(dy + i, n), slope), n);
    })
}
#undef FORWARD
#undef BACKWARD

/* Rows */

/* y = x - max - log(sum(e^(x - max))) */
static void log_softmax_row(const float *x, float *y, int64_t columns)
{
    const vf highest = vf_set1(row_max(x, columns));
    ROW_SUM(total, columns, vf_exp_negative(vf_sub(vf_load_some(x + i, n), highest)))
    const vf sum = vf_log(vf_set1((float)total));
    VF_LOOP_ONCE(columns, { vf_store_some(y + i, vf_sub(vf_sub(vf_load_some(x + i, n), highest), sum), n); })
}

/* dx = dy - e^y sum(dy) */
static void log_softmax_backward_row(const float *y, const float *dy, float *dx, int64_t columns)
{
    ROW_SUM(total, columns, vf_load_some(dy + i, n))
    const vf sum = vf_set1((float)total);
    VF_LOOP_ONCE(columns, {
        vf p = vf_exp_negative(vf_load_some(y + i, n));
        vf_store_some(dx + i, vf_fnma(p, sum, vf_load_some(dy + i, n)), n);
    })
}

DENOISE__INLINE vf vf_where_above(vf v, vf bound)
{
    return vf_select(vf_lt(bound, v), v, vf_set1(0.0f));
}

/* y = max(x - max - t, 0), where t makes their sum 1 (A. Martins and R. Astudillo, From softmax to sparsemax, 2016). t comes
 * from below: the elements above it lose what brings their sum to 1, those that are then below drop out, until none does (C.
 * Michelot, A finite algorithm for finding the projection of a point onto the canonical simplex, 1986). */
static void sparsemax_row(const float *x, float *y, int64_t columns)
{
    const vf zero = vf_set1(0.0f), one = vf_set1(1.0f), highest = vf_set1(row_max(x, columns));
    vf bound = vf_set1(-1.0f);
    for (double before = INFINITY;;) {
        ROW_SUM(count, columns, vf_select(vf_lt(bound, vf_sub(vf_load_some(x + i, n), highest)), one, zero))
        if (!(count > 0 && count < before)) break;
        ROW_SUM(total, columns, vf_where_above(vf_sub(vf_load_some(x + i, n), highest), bound))
        bound = vf_set1((float)((total - 1) / count));
        before = count;
    }
    VF_LOOP_ONCE(columns, {
        vf v = vf_sub(vf_sub(vf_load_some(x + i, n), highest), bound);
        vf_store_some(y + i, vf_at_least(v, 0.0f), n);
    })
}

/* Where y > 0, dy less its mean there. */
static void sparsemax_backward_row(const float *y, const float *dy, float *dx, int64_t columns)
{
    const vf zero = vf_set1(0.0f), one = vf_set1(1.0f);
    ROW_SUM(count, columns, vf_select(vf_lt(zero, vf_load_some(y + i, n)), one, zero))
    ROW_SUM(total, columns, vf_select(vf_lt(zero, vf_load_some(y + i, n)), vf_load_some(dy + i, n), zero))
    const vf mean = vf_set1(count > 0 ? (float)(total / count) : 0.0f);
    VF_LOOP_ONCE(columns, {
        vf difference = vf_sub(vf_load_some(dy + i, n), mean);
        vf_store_some(dx + i, vf_select(vf_lt(zero, vf_load_some(y + i, n)), difference, zero), n);
    })
}

#endif
