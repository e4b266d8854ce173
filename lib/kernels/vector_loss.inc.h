/* SPDX-License-Identifier: Apache-2.0 */
/* Losses of one row, with the formulas of Keras on TensorFlow, and their gradients. A gradient may be written over the
 * predictions, so each vector is read before it is written, and nothing is read again afterwards. */
#ifndef DENOISE_KERNELS_VECTOR_LOSS_INC_H
#define DENOISE_KERNELS_VECTOR_LOSS_INC_H

#include "kernels/simd_math.h"
#include "kernels/simd_row.h"

#define CLIP_LOW  1e-7f
#define CLIP_HIGH 0.9999999f /* float32 of 1 - 1e-7 */

/* Bounds pass a gradient on, values beyond them do not; NaN stays NaN. */
DENOISE__INLINE vf vf_clip(vf p)
{
    return vf_at_most(vf_at_least(p, CLIP_LOW), CLIP_HIGH);
}

DENOISE__INLINE vf vf_inside_clip(vf p, vf gradient)
{
    return vf_zero_where(vm_or(vf_lt(p, vf_set1(CLIP_LOW)), vf_lt(vf_set1(CLIP_HIGH), p)), gradient);
}

/* A row and what its terms are made of. */
typedef struct row_loss {
    const float *p, *t;
    float *gradient;          /* or NULL */
    vf keep, shift, scale;    /* target = keep t + shift */
    vf highest, sum, log_sum; /* of the row, where the loss has them */
    int32_t label;
} row_loss;

DENOISE__INLINE vf row_target(const row_loss *row, int64_t i, int64_t n)
{
    return vf_fma(row->keep, vf_load_some(row->t + i, n), row->shift);
}

/* gradient[i] = g scale, where wanted */
DENOISE__INLINE void row_gradient(const row_loss *row, int64_t i, int64_t n, vf g)
{
    if (row->gradient != NULL) vf_store_some(row->gradient + i, vf_mul(g, row->scale), n);
}

DENOISE__INLINE float float_log(float x)
{
    return vf_lane_0(vf_log(vf_set1(x)));
}

/* max(z, 0) - z t + log(1 + e^-|z|); gradient sigmoid(z) - t. One exponential serves both. */
DENOISE__INLINE vf bce_logits_term(const row_loss *row, int64_t i, int64_t n)
{
    const vf zero = vf_set1(0.0f), one = vf_set1(1.0f);
    vf z = vf_load_some(row->p + i, n), target = row_target(row, i, n);
    vf e = vf_exp_negative(vf_neg(vf_abs(z)));
    vf r = vf_div(one, vf_add(one, e));
    vf sigmoid = vf_select(vf_le(zero, z), r, vf_mul(e, r));
    row_gradient(row, i, n, vf_sub(sigmoid, target));
    return vf_add(vf_fnma(z, target, vf_select(vf_lt(zero, z), z, zero)), vf_log1p(e));
}

static float bce_logits_row(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                            float scale)
{
    const row_loss row = {
        .p = p, .t = t, .gradient = gradient, .keep = vf_set1(keep), .shift = vf_set1(shift), .scale = vf_set1(scale)};
    ROW_SUM(total, columns, bce_logits_term(&row, i, n))
    return (float)total;
}

/* -(t log q + (1 - t) log(1 - q)), q = clip(p) */
DENOISE__INLINE vf bce_probability_term(const row_loss *row, int64_t i, int64_t n)
{
    const vf one = vf_set1(1.0f);
    vf p = vf_load_some(row->p + i, n), target = row_target(row, i, n);
    vf q = vf_clip(p), rest = vf_sub(one, q), other = vf_sub(one, target);
    if (row->gradient != NULL) {
        vf slope = vf_sub(vf_div(other, rest), vf_div(target, q));
        row_gradient(row, i, n, vf_inside_clip(p, slope));
    }
    return vf_neg(vf_fma(target, vf_log(q), vf_mul(other, vf_log(rest))));
}

static float bce_probability_row(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                                 float scale)
{
    const row_loss row = {
        .p = p, .t = t, .gradient = gradient, .keep = vf_set1(keep), .shift = vf_set1(shift), .scale = vf_set1(scale)};
    ROW_SUM(total, columns, bce_probability_term(&row, i, n))
    return (float)total;
}

/* The sum of e^(z - highest) of a row */
DENOISE__INLINE float row_exp_sum(const float *z, int64_t columns, vf highest)
{
    ROW_SUM(total, columns, vf_exp(vf_sub(vf_load_some(z + i, n), highest)))
    return (float)total;
}

/* sum t (log S - (z - max)), S = sum e^(z - max); gradient softmax(z) - t, as TensorFlow has it whatever the sum of t is.
 * A target of zero adds nothing, even where z is -Inf. */
DENOISE__INLINE vf cce_logits_term(const row_loss *row, int64_t i, int64_t n)
{
    const vf zero = vf_set1(0.0f);
    vf z = vf_sub(vf_load_some(row->p + i, n), row->highest), target = row_target(row, i, n);
    if (row->gradient != NULL) row_gradient(row, i, n, vf_sub(vf_div(vf_exp(z), row->sum), target));
    return vf_zero_where(vf_eq(target, zero), vf_mul(target, vf_sub(row->log_sum, z)));
}

static float cce_logits_row(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                            float scale)
{
    const vf highest = vf_set1(row_max(p, columns));
    const float sum = row_exp_sum(p, columns, highest);
    const row_loss row = {.p = p,
                          .t = t,
                          .gradient = gradient,
                          .keep = vf_set1(keep),
                          .shift = vf_set1(shift),
                          .scale = vf_set1(scale),
                          .highest = highest,
                          .sum = vf_set1(sum),
                          .log_sum = vf_set1(float_log(sum))};
    ROW_SUM(total, columns, cce_logits_term(&row, i, n))
    return (float)total;
}

/* -sum t log clip(q), q = p / sum p. With d = t / clip(q) inside the clip, else 0:
 * d loss / d p = (sum(d p) / S - d) / S. */
DENOISE__INLINE vf cce_probability_slope(const row_loss *row, int64_t i, int64_t n)
{
    vf q = vf_div(vf_load_some(row->p + i, n), row->sum);
    return vf_inside_clip(q, vf_div(row_target(row, i, n), vf_clip(q)));
}

DENOISE__INLINE vf cce_probability_term(const row_loss *row, int64_t i, int64_t n, vf mean)
{
    vf q = vf_clip(vf_div(vf_load_some(row->p + i, n), row->sum));
    vf slope = cce_probability_slope(row, i, n);
    row_gradient(row, i, n, vf_div(vf_sub(mean, slope), row->sum));
    return vf_neg(vf_mul(row_target(row, i, n), vf_log(q)));
}

static float cce_probability_row(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                                 float scale)
{
    ROW_SUM(all, columns, vf_load_some(p + i, n))
    const float sum = (float)all;
    const row_loss row = {.p = p,
                          .t = t,
                          .gradient = gradient,
                          .keep = vf_set1(keep),
                          .shift = vf_set1(shift),
                          .scale = vf_set1(scale),
                          .sum = vf_set1(sum)};
    ROW_SUM(pull, columns, vf_mul(cce_probability_slope(&row, i, n), vf_load_some(p + i, n)))
    const vf mean = vf_set1((float)pull / sum);
    ROW_SUM(total, columns, cce_probability_term(&row, i, n, mean))
    return (float)total;
}

/* Which of the n elements from i is the label */
DENOISE__INLINE vm at_label(int32_t label, int64_t i)
{
    static const int32_t lane[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return vi_eq(vi_load(lane), vi_set1((int32_t)(label - i)));
}

/* log S - (z_label - max); gradient softmax(z), less 1 at the label */
static float scce_logits_row(const float *p, int32_t label, float *gradient, int64_t columns, float scale)
{
    const vf highest = vf_set1(row_max(p, columns));
    const float chosen = p[label] - vf_lane_0(highest);
    const float sum = row_exp_sum(p, columns, highest);
    if (gradient != NULL)
        VF_LOOP(columns, {
            vf softmax = vf_div(vf_exp(vf_sub(vf_load_some(p + i, n), highest)), vf_set1(sum));
            vf target = vf_select(at_label(label, i), vf_set1(1.0f), vf_set1(0.0f));
            vf_store_some(gradient + i, vf_mul(vf_sub(softmax, target), vf_set1(scale)), n);
        })
    return float_log(sum) - chosen;
}

/* Softmax cross-entropy of log q, q = clip(p): log(sum q) - log q_label; gradient 1 / sum q, less 1 / q at the label. */
static float scce_probability_row(const float *p, int32_t label, float *gradient, int64_t columns, float scale)
{
    ROW_SUM(total, columns, vf_clip(vf_load_some(p + i, n)))
    const float sum = (float)total;
    const float q = vf_lane_0(vf_clip(vf_set1(p[label])));
    const vf plain = vf_set1(1.0f / sum * scale), chosen = vf_set1((q / sum - 1.0f) / q * scale);
    if (gradient != NULL)
        VF_LOOP(columns, {
            vf slope = vf_select(at_label(label, i), chosen, plain);
            vf_store_some(gradient + i, vf_inside_clip(vf_load_some(p + i, n), slope), n);
        })
    return float_log(sum) - float_log(q);
}

DENOISE__INLINE vf squared_error_term(const row_loss *row, int64_t i, int64_t n)
{
    vf d = vf_sub(vf_load_some(row->p + i, n), vf_load_some(row->t + i, n));
    row_gradient(row, i, n, vf_mul(vf_set1(2.0f), d));
    return vf_mul(d, d);
}

static float squared_error_row(const float *p, const float *t, float *gradient, int64_t columns, float scale)
{
    const row_loss row = {.p = p, .t = t, .gradient = gradient, .scale = vf_set1(scale)};
    ROW_SUM(total, columns, squared_error_term(&row, i, n))
    return (float)total;
}

/* The gradient is the sign of p - t; 0 and NaN stay. */
DENOISE__INLINE vf absolute_error_term(const row_loss *row, int64_t i, int64_t n)
{
    const vf zero = vf_set1(0.0f);
    vf d = vf_sub(vf_load_some(row->p + i, n), vf_load_some(row->t + i, n));
    vf sign = vf_select(vf_lt(zero, d), vf_set1(1.0f), vf_select(vf_lt(d, zero), vf_set1(-1.0f), d));
    row_gradient(row, i, n, sign);
    return vf_abs(d);
}

static float absolute_error_row(const float *p, const float *t, float *gradient, int64_t columns, float scale)
{
    const row_loss row = {.p = p, .t = t, .gradient = gradient, .scale = vf_set1(scale)};
    ROW_SUM(total, columns, absolute_error_term(&row, i, n))
    return (float)total;
}

#endif
