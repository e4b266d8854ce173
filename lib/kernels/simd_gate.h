/* SPDX-License-Identifier: Apache-2.0 */
/* Gates: y = x g(x), where g goes from 0 to 1, and their slopes. As in simd_math.h, the same operations in the same order on
 * every instruction set. Infinities are what the formula makes of them: the gates of -Inf are -Inf 0 = NaN, as in TensorFlow.
 */
#ifndef DENOISE_KERNELS_SIMD_GATE_H
#define DENOISE_KERNELS_SIMD_GATE_H

#include "kernels/simd_math.h"

/* 1 / (1 + e^-x) and, no less exactly, what it lacks to 1. */
DENOISE__INLINE vf vf_sigmoid_both(vf x, vf *lack)
{
    vf e = vf_exp_negative(vf_neg(vf_abs(x)));
    vf large = vf_div(vf_set1(1.0f), vf_add(vf_set1(1.0f), e)), small = vf_mul(e, large);
    vm negative = vf_lt(x, vf_set1(0.0f));
    *lack = vf_select(negative, large, small);
    return vf_select(negative, small, large);
}

/* x sigmoid(x) */
DENOISE__INLINE vf vf_silu(vf x)
{
    return vf_mul(x, vf_sigmoid(x));
}
DENOISE__INLINE vf vf_silu_slope(vf x)
{
    vf lack, s = vf_sigmoid_both(x, &lack);
    return vf_fma(vf_mul(x, s), lack, s);
}

/* x Phi(x), Phi the distribution function of the normal distribution. Where a = |x| is small, Phi(x) = 1/2 + x C(x^2); else
 * a Phi(-a) = e^(-a^2/2) T(t), t = (a - k) / (a + k), up to VF_GELU_LIMIT, where it is no float any more. Both polynomials are
 * minimax in relative error. */
#define VF_GELU_CENTRE 0.8125f
#define VF_GELU_LIMIT  14.4f
DENOISE__INLINE vf vf_normal_centre(vf square)
{
    vf c = vf_set1(0x1.c4bf2cp-14f);
    c = vf_fma(c, square, vf_set1(-0x1.37998cp-10f));
    c = vf_fma(c, square, vf_set1(0x1.46e28cp-7f));
    c = vf_fma(c, square, vf_set1(-0x1.1058a8p-4f));
    return vf_fma(c, square, vf_set1(0x1.988454p-2f));
}
DENOISE__INLINE vf vf_normal_tail(vf a)
{
    const vf k = vf_set1(0x1.03p+1f); /* where T is nearly a float */
    vf t = vf_div(vf_sub(a, k), vf_add(a, k));
    vf p = vf_set1(0x1.286ap-10f);
    p = vf_fma(p, t, vf_set1(-0x1.036dd4p-12f));
    p = vf_fma(p, t, vf_set1(-0x1.1d3e7ep-8f));
    p = vf_fma(p, t, vf_set1(-0x1.11aabap-8f));
    p = vf_fma(p, t, vf_set1(0x1.1d9dbcp-6f));
    p = vf_fma(p, t, vf_set1(0x1.1e35bep-5f));
    p = vf_fma(p, t, vf_set1(-0x1.36aec4p-3f));
    p = vf_fma(p, t, vf_set1(0x1.599298p-3f));
    return vf_fma(p, t, vf_set1(0x1.5948e2p-2f));
}
/* e^(-a^2/2) = 2^-64 scale (1 + q), with the rounding error of a^2 in q */
DENOISE__INLINE vf vf_normal_density(vf a, vf square, vf *scale)
{
    vf half_low = vf_mul(vf_set1(0.5f), vf_fma(a, a, vf_neg(square)));
    vf q = vf_exp_parts(vf_mul(vf_set1(-0.5f), square), vf_set1(VF_EXP_SHIFT(64.0f)), scale);
    return vf_fnma(half_low, vf_add(vf_set1(1.0f), q), q);
}

DENOISE__INLINE vf vf_gelu(vf x)
{
    vf a = vf_at_most(vf_abs(x), VF_GELU_LIMIT), square = vf_mul(a, a);
    vf centre = vf_fma(square, vf_normal_centre(square), vf_mul(vf_set1(0.5f), x));
    vf scale, q = vf_normal_density(a, square, &scale), tail = vf_normal_tail(a);
    tail = vf_mul(vf_fma(tail, q, tail), scale);
    vf whole = vf_select(vf_lt(vf_set1(0.0f), x), x, vf_sub(x, x)); /* -Inf: NaN */
    vf outer = vf_fnma(tail, vf_set1(0x1p-64f), whole);
    return vf_select(vf_lt(a, vf_set1(VF_GELU_CENTRE)), centre, outer);
}

/* Phi(x) + x e^(-x^2/2) / sqrt(2 pi); 1 less that is the slope at -x. */
DENOISE__INLINE vf vf_gelu_slope(vf x)
{
    vf a = vf_at_most(vf_abs(x), VF_GELU_LIMIT), square = vf_mul(a, a);
    vf scale, q = vf_normal_density(a, square, &scale);
    vf e = vf_mul(vf_fma(q, scale, scale), vf_set1(0x1p-64f));
    vf centre = vf_fnma(a, vf_normal_centre(square), vf_set1(0.5f));
    vf outer = vf_div(vf_mul(e, vf_normal_tail(a)), a);
    vf low = vf_select(vf_lt(a, vf_set1(VF_GELU_CENTRE)), centre, outer);
    low = vf_fnma(vf_mul(a, vf_set1(0x1.988454p-2f)), e, low);
    return vf_select(vf_lt(x, vf_set1(0.0f)), low, vf_sub(vf_set1(1.0f), low));
}

/* x sigmoid(v), v = 2 sqrt(2 / pi) (x + 0.044715 x^3): x (1 + tanh(v / 2)) / 2 */
#define VF_GELU_LINEAR 0x1.988454p+0f
#define VF_GELU_CUBIC  0x1.2444f2p-4f
DENOISE__INLINE vf vf_gelu_tanh(vf x)
{
    vf v = vf_mul(x, vf_fma(vf_mul(x, x), vf_set1(VF_GELU_CUBIC), vf_set1(VF_GELU_LINEAR)));
    return vf_mul(x, vf_sigmoid(v));
}
/* 0 or 1 beyond +-16 */
DENOISE__INLINE vf vf_gelu_tanh_slope(vf x)
{
    vf c = vf_at_most(vf_at_least(x, -16.0f), 16.0f), square = vf_mul(c, c);
    vf v = vf_mul(c, vf_fma(square, vf_set1(VF_GELU_CUBIC), vf_set1(VF_GELU_LINEAR)));
    vf inner = vf_mul(c, vf_fma(square, vf_set1(3 * VF_GELU_CUBIC), vf_set1(VF_GELU_LINEAR)));
    vf lack, s = vf_sigmoid_both(v, &lack);
    return vf_fma(vf_mul(inner, s), lack, s);
}

/* x tanh(softplus(x)) = x n / (n + 2), n = e (e + 2), e = e^x; or what rounds less: x - 2 x / (n + 2) above -1/4, else
 * x e (1 - e (e + 1) / (n + 2)), where e is not rounded. Beyond the bounds that is x or 0. */
DENOISE__INLINE vf vf_mish(vf x)
{
    const vf one = vf_set1(1.0f), two = vf_set1(2.0f);
    vf c = vf_at_most(vf_at_least(x, -115.0f), 20.0f);
    vf scale, q = vf_exp_parts(c, vf_set1(VF_EXP_SHIFT(64.0f)), &scale);
    vf e = vf_mul(vf_fma(q, scale, scale), vf_set1(0x1p-64f));
    vf inverse = vf_div(one, vf_add(vf_fma(e, e, vf_add(e, e)), two));
    vf part = vf_mul(vf_mul(c, vf_fnma(vf_fma(e, e, e), inverse, one)), scale);
    vf low = vf_fma(vf_fma(part, q, part), vf_set1(0x1p-64f), vf_sub(x, x)); /* -Inf: NaN */
    vf high = vf_fnma(vf_add(c, c), inverse, x);
    return vf_select(vf_lt(x, vf_set1(-0.25f)), low, high);
}
/* (n + 4 x e (e + 1) / (n + 2)) / (n + 2) */
DENOISE__INLINE vf vf_mish_slope(vf x)
{
    const vf two = vf_set1(2.0f);
    vf c = vf_at_most(x, 20.0f), e = vf_exp_negative(c), n = vf_fma(e, e, vf_add(e, e));
    vf r = vf_div(vf_set1(1.0f), vf_add(n, two));
    vf rest = vf_mul(vf_mul(vf_set1(4.0f), c), vf_mul(vf_fma(e, e, e), r));
    return vf_mul(vf_add(n, rest), r);
}

/* x h, h = min(max(x + 3, 0), 6) / 6 */
DENOISE__INLINE vf vf_hard_silu(vf x)
{
    vf h = vf_at_most(vf_at_least(vf_add(x, vf_set1(3.0f)), 0.0f), 6.0f);
    return vf_mul(x, vf_mul(h, vf_set1(0x1.555556p-3f)));
}
/* h + x / 6 between -3 and 3 */
DENOISE__INLINE vf vf_hard_silu_slope(vf x)
{
    const vf zero = vf_set1(0.0f);
    vf inner = vf_fma(x, vf_set1(0x1.555556p-2f), vf_set1(0.5f));
    vf outer = vf_select(vf_lt(zero, x), vf_set1(1.0f), vf_mul(x, zero)); /* NaN stays */
    return vf_select(vf_lt(vf_abs(x), vf_set1(3.0f)), inner, outer);
}

/* x - tanh x, which is no gate, but goes the same way */
DENOISE__INLINE vf vf_tanh_shrink(vf x)
{
    vf a = vf_abs(x), square = vf_mul(a, a);
    vf large = vf_add(vf_sub(a, vf_set1(1.0f)), vf_tanh_rest(a));
    vf small = vf_mul(vf_mul(square, a), vf_neg(vf_tanh_cubic(square)));
    return vf_with_sign(vf_select(vf_lt(a, vf_set1(VF_TANH_LIMIT)), small, large), x);
}
DENOISE__INLINE vf vf_tanh_shrink_slope(vf x)
{
    vf t = vf_tanh(x);
    return vf_mul(t, t);
}

#endif
