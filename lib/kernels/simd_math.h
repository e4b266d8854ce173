/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions of a vector of floats, on top of simd.h: the same operations in the same order on every instruction
 * set, hence the same bits. NaN in gives NaN out.
 *
 * exp: x = n ln 2 + r, |r| <= ln(2)/2, in two steps with fma (the reduction of W. J. Cody and W. Waite, Software Manual for
 * the Elementary Functions, 1980); e^r - 1 = r + r^2 P(r), and e^x = 2^n + 2^n (e^r - 1) is rounded once.
 * log: x = 2^k (1 + f), 1 + f in [sqrt(1/2), sqrt(2)); log(1 + f) = f + f^2 Q(f). The polynomials are minimax in relative
 * error with float coefficients, made for these ranges with Sollya's fpminimax. */
#ifndef DENOISE_KERNELS_SIMD_MATH_H
#define DENOISE_KERNELS_SIMD_MATH_H

#include "kernels/simd.h"

/* a where it is between the bounds; NaN stays. */
DENOISE__INLINE vf vf_at_least(vf a, float low)
{
    return vf_select(vf_lt(a, vf_set1(low)), vf_set1(low), a);
}
DENOISE__INLINE vf vf_at_most(vf a, float high)
{
    return vf_select(vf_lt(vf_set1(high), a), vf_set1(high), a);
}

/* x = n ln 2 + r: gives q = e^r - 1 and *scale = 2^(n + offset), where shift = 1.5 2^23 + 127 + offset. Adding `shift` rounds
 * x / ln 2 to n and leaves n + 127 + offset, the exponent field of *scale, in the low bits; it has to be within 1 .. 254. */
DENOISE__INLINE vf vf_exp_parts(vf x, vf shift, vf *scale)
{
    vf shifted = vf_fma(x, vf_set1(0x1.715476p0f), shift);
    vf n = vf_sub(shifted, shift);
    *scale = vi_as_floats(vi_left(vf_bits(shifted), 23));
    vf r = vf_fnma(n, vf_set1(0x1.62e43p-1f), x);
    r = vf_fnma(n, vf_set1(-0x1.05c61p-29f), r);
    vf p = vf_set1(0x1.694c86p-10f);
    p = vf_fma(p, r, vf_set1(0x1.12397cp-7f));
    p = vf_fma(p, r, vf_set1(0x1.555a26p-5f));
    p = vf_fma(p, r, vf_set1(0x1.555492p-3f));
    p = vf_fma(p, r, vf_set1(0x1.fffffap-2f));
    return vf_fma(vf_mul(r, r), p, r);
}

#define VF_EXP_SHIFT(offset) (0x1.8p23f + 127.0f + (offset))

/* Beyond the bounds the result is Inf or 0 anyway. 2^n is kept 2^64 away from the end that x is near, and the last
 * multiplication brings it there: a subnormal result is the only one that is rounded a second time. */
DENOISE__INLINE vf vf_exp(vf x)
{
    vm negative = vf_lt(x, vf_set1(0.0f));
    vf shift = vf_select(negative, vf_set1(VF_EXP_SHIFT(64.0f)), vf_set1(VF_EXP_SHIFT(-64.0f)));
    vf back = vf_select(negative, vf_set1(0x1p-64f), vf_set1(0x1p64f));
    vf scale, q = vf_exp_parts(vf_at_most(vf_at_least(x, -104.5f), 89.0f), shift, &scale);
    return vf_mul(vf_fma(q, scale, scale), back);
}

/* vf_exp for x <= 0, the same bits, cheaper; good up to x = 43 */
DENOISE__INLINE vf vf_exp_negative(vf x)
{
    vf scale, q = vf_exp_parts(vf_at_least(x, -104.5f), vf_set1(VF_EXP_SHIFT(64.0f)), &scale);
    return vf_mul(vf_fma(q, scale, scale), vf_set1(0x1p-64f));
}

/* e^x - 1 for x <= 0 */
DENOISE__INLINE vf vf_expm1(vf x)
{
    vf scale, q = vf_exp_parts(vf_at_least(x, -40.0f), vf_set1(VF_EXP_SHIFT(0.0f)), &scale);
    return vf_fma(q, scale, vf_sub(scale, vf_set1(1.0f)));
}

/* log 0 = -Inf, log of less = NaN. k ln 2 + f is formed with its rounding error. */
DENOISE__INLINE vf vf_log(vf x)
{
    const int32_t half_root = 0x3f3504f3; /* the bits of sqrt(1/2) */
    vm tiny = vf_lt(x, vf_set1(0x1p-126f));
    vi u = vf_bits(vf_select(tiny, vf_mul(x, vf_set1(0x1p25f)), x));
    u = vi_add(u, vi_set1(0x3f800000 - half_root));
    vf k = vf_sub(vi_to_floats(vi_right(u, 23)), vf_select(tiny, vf_set1(152.0f), vf_set1(127.0f)));
    vf f = vi_as_floats(vi_add(vi_and(u, vi_set1(0x007fffff)), vi_set1(half_root)));
    f = vf_sub(f, vf_set1(1.0f));
    vf q = vf_set1(-0x1.2a6f8p-4f);
    q = vf_fma(q, f, vf_set1(0x1.015976p-3f));
    q = vf_fma(q, f, vf_set1(-0x1.0e96ccp-3f));
    q = vf_fma(q, f, vf_set1(0x1.239ce2p-3f));
    q = vf_fma(q, f, vf_set1(-0x1.5466fep-3f));
    q = vf_fma(q, f, vf_set1(0x1.99944ep-3f));
    q = vf_fma(q, f, vf_set1(-0x1.000234p-2f));
    q = vf_fma(q, f, vf_set1(0x1.55557p-2f));
    q = vf_fma(q, f, vf_set1(-0.5f));
    vf large = vf_mul(k, vf_set1(0x1.62e4p-1f)); /* exact: 15 bits */
    vf sum = vf_add(large, f);
    vf rest = vf_add(vf_sub(large, sum), f);
    rest = vf_fma(k, vf_set1(0x1.7f7d1cp-20f), rest); /* ln 2 less the above */
    vf y = vf_add(sum, vf_fma(vf_mul(f, f), q, rest));
    vf special = vf_select(vf_eq(x, vf_set1(0.0f)), vf_set1(-INFINITY), vf_set1(NAN));
    y = vf_select(vf_lt(vf_set1(0.0f), x), y, special);
    return vf_select(vf_lt(vf_set1(0x1.fffffep127f), x), x, y);
}

/* log(1 + f) - 13/16 f for 0 <= f <= 1, plus `more`: small beside 13/16 f, so that its rounding hardly counts */
DENOISE__INLINE vf vf_log1p_rest(vf f, vf more)
{
    vf p = vf_set1(-0x1.b22adep-9f);
    p = vf_fma(p, f, vf_set1(0x1.4a9226p-6f));
    p = vf_fma(p, f, vf_set1(-0x1.d7efa8p-5f));
    p = vf_fma(p, f, vf_set1(0x1.b53c48p-4f));
    p = vf_fma(p, f, vf_set1(-0x1.3a6736p-3f));
    p = vf_fma(p, f, vf_set1(0x1.935568p-3f));
    p = vf_fma(p, f, vf_set1(-0x1.ff2556p-3f));
    p = vf_fma(p, f, vf_set1(0x1.554ddap-2f));
    p = vf_fma(p, f, vf_set1(-0x1.ffffd2p-2f));
    p = vf_fma(p, f, vf_set1(0.1875f));
    return vf_fma(p, f, more);
}

/* log(1 + f) for 0 <= f <= 1 */
DENOISE__INLINE vf vf_log1p(vf f)
{
    return vf_fma(vf_set1(0.8125f), f, vf_log1p_rest(f, vf_set1(0.0f)));
}

/* 1 / (1 + e^-x), all scaled by 2^-64. With e^-x = s + s q and c = 1 + s as rounded, 1 + e^-x = c + (s q + (1 + s - c)) =
 * d + low. The rounding errors of d and of 1 / d would add up to more than 1.5 ulp; one step of Newton removes them. In two
 * halves, for loops that keep many elements under way (vector_activation.inc.h). */
DENOISE__INLINE vf vf_sigmoid_begin(vf x, vf *s)
{
    return vf_exp_parts(vf_at_most(vf_at_least(vf_neg(x), -20.0f), 104.5f), vf_set1(VF_EXP_SHIFT(-64.0f)), s);
}
DENOISE__INLINE vf vf_sigmoid_end(vf s, vf q)
{
    const vf one = vf_set1(0x1p-64f);
    vf c = vf_add(one, s);
    vf part = vf_fma(q, s, vf_sub(one, vf_sub(c, s)));
    vf d = vf_add(c, part);
    vf low = vf_add(vf_sub(c, d), part);
    vf r = vf_div(one, d);
    vf rest = vf_fnma(r, low, vf_fnma(r, d, one));
    return vf_fma(rest, vf_mul(r, vf_set1(0x1p64f)), r);
}
DENOISE__INLINE vf vf_sigmoid(vf x)
{
    vf s, q = vf_sigmoid_begin(x, &s);
    return vf_sigmoid_end(s, q);
}

/* tanh a = a + a^3 P(a^2) below VF_TANH_LIMIT, else 1 - 2 / (1 + e^2a), for a >= 0: P, and what is taken from 1. */
#define VF_TANH_LIMIT 0.55f
DENOISE__INLINE vf vf_tanh_cubic(vf square)
{
    vf p = vf_set1(-0x1.958c74p-8f);
    p = vf_fma(p, square, vf_set1(0x1.584238p-6f));
    p = vf_fma(p, square, vf_set1(-0x1.b90a76p-5f));
    p = vf_fma(p, square, vf_set1(0x1.110c7p-3f));
    return vf_fma(p, square, vf_set1(-0x1.555548p-2f));
}
DENOISE__INLINE vf vf_tanh_rest(vf a)
{
    const vf one = vf_set1(1.0f), two = vf_set1(2.0f);
    vf s, q = vf_exp_parts(vf_mul(two, vf_at_most(a, 10.0f)), vf_set1(VF_EXP_SHIFT(0.0f)), &s);
    return vf_div(two, vf_fma(q, s, vf_add(s, one)));
}

DENOISE__INLINE vf vf_tanh(vf x)
{
    vf a = vf_abs(x), square = vf_mul(a, a);
    vf large = vf_sub(vf_set1(1.0f), vf_tanh_rest(a));
    vf small = vf_fma(vf_mul(square, a), vf_tanh_cubic(square), a);
    return vf_with_sign(vf_select(vf_lt(a, vf_set1(VF_TANH_LIMIT)), small, large), x);
}

/* log(1 + e^x) = max(x, 0) + log(1 + e), e = e^-|x|. e is taken with its rounding error d, which adds d / (1 + e): a few
 * percent of that are enough. */
DENOISE__INLINE vf vf_softplus(vf x)
{
    vf s, q = vf_exp_parts(vf_at_least(vf_neg(vf_abs(x)), -104.5f), vf_set1(VF_EXP_SHIFT(64.0f)), &s);
    vf e = vf_fma(q, s, s);
    vf d = vf_mul(vf_fma(q, s, vf_sub(s, e)), vf_set1(0x1p-64f));
    e = vf_mul(e, vf_set1(0x1p-64f));
    vf inverse = vf_fma(e, vf_fma(e, vf_set1(0.5f), vf_set1(-1.0f)), vf_set1(1.0f));
    vf rest = vf_log1p_rest(e, vf_mul(d, inverse));
    vf positive = vf_select(vf_lt(x, vf_set1(0.0f)), vf_set1(0.0f), x);
    return vf_fma(vf_set1(0.8125f), e, vf_add(positive, rest));
}

#endif
