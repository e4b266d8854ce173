/* SPDX-License-Identifier: Apache-2.0 */
/* Sine and cosine of a vector of floats, for any finite argument; of infinities NaN.
 *
 * x = n pi/2 + (r + low), |r| <= pi/4. Up to 2^16, pi/2 is taken away in three parts, the first exactly, the second with
 * the rounding errors of product and difference. Beyond, the bits of 2/pi that matter are multiplied by x in integers (M. H.
 * Payne and R. N. Hanek, Radian reduction for trigonometric functions, SIGNUM Newsletter 18(1), 1983), lane by lane. */
#ifndef DENOISE_KERNELS_SIMD_TRIG_H
#define DENOISE_KERNELS_SIMD_TRIG_H

#include "kernels/simd_math.h"

#define VF_TRIG_LIMIT 0x1p16f

/* |x| >= VF_TRIG_LIMIT, finite: n modulo 4, r, low. |x| = m 2^e; bits of 2/pi worth 2^-(e - 2) and more add multiples of 4 to
 * x 2/pi. The next 96 times m, modulo 2^96, are x 2/pi modulo 4 in units of 2^-94; the upper 64 bits of that are kept. */
static inline void trig_reduce_large(float x, int32_t *n, float *r, float *low)
{
    static const uint32_t two_over_pi[] = {0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u,
                                           0xdb629599u, 0x3c439041u, 0xfe5163abu}; /* after the point */
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t m = (bits & 0x007fffffu) | 0x00800000u;
    int32_t skip = (int32_t)(bits >> 23 & 0xffu) - 150 - 2 + 32; /* counts from a word of zeros before the first */
    uint64_t word[4];
    for (int32_t k = 0; k < 4; k++)
        word[k] = skip / 32 + k == 0 ? 0 : two_over_pi[skip / 32 + k - 1];
    uint64_t window[3];
    for (int32_t k = 0; k < 3; k++)
        window[k] = (word[k] << 32 | word[k + 1]) << skip % 32 >> 32;
    uint64_t turns = (m * window[0] << 32) + m * window[1] + (m * window[2] >> 32);
    uint64_t whole = (turns + (UINT64_C(1) << 61)) >> 62;
    int64_t part;
    turns -= whole << 62;
    memcpy(&part, &turns, sizeof part);
    double angle = (double)part * 0x1.921fb54442d18p-62;
    int32_t negative = bits >> 31 != 0;
    if (negative) angle = -angle;
    *n = (int32_t)(negative ? 4 - whole : whole);
    *r = (float)angle;
    *low = (float)(angle - (double)*r);
}

DENOISE__INLINE vi vf_trig_reduce(vf x, vf *r, vf *low)
{
    const vf shift = vf_set1(0x1.8p23f);
    vf shifted = vf_fma(x, vf_set1(0x1.45f306p-1f), shift);
    vf n = vf_sub(shifted, shift);
    vf first = vf_fnma(n, vf_set1(0x1.921fb6p0f), x);
    vf product = vf_mul(n, vf_set1(-0x1.777a5cp-25f));
    vf product_rest = vf_fnma(n, vf_set1(0x1.777a5cp-25f), vf_neg(product));
    vf second = vf_sub(first, product);
    vf taken = vf_sub(second, first);
    vf second_rest = vf_sub(vf_sub(first, vf_sub(second, taken)), vf_add(product, taken));
    vf rest = vf_fma(n, vf_set1(0x1.ee59dap-50f), vf_sub(second_rest, product_rest));
    *r = vf_add(second, rest);
    *low = vf_add(vf_sub(second, *r), rest);
    vi quadrant = vf_bits(shifted);
    vm large = vf_le(vf_set1(VF_TRIG_LIMIT), vf_abs(x));
    if (!vm_any(large)) return quadrant;
    float lane[3][VF_LANES];
    int32_t turn[VF_LANES];
    vf_store(lane[0], x);
    vf_store(lane[1], *r);
    vf_store(lane[2], *low);
    vi_store(turn, quadrant);
    for (int k = 0; k < VF_LANES; k++)
        if (fabsf(lane[0][k]) > 0x1.fffffep127f)
            lane[1][k] = NAN;
        else if (fabsf(lane[0][k]) >= VF_TRIG_LIMIT)
            trig_reduce_large(lane[0][k], &turn[k], &lane[1][k], &lane[2][k]);
    *r = vf_load(lane[1]);
    *low = vf_load(lane[2]);
    return vi_load(turn);
}

/* sin(x + quadrants pi/2) */
DENOISE__INLINE vf vf_sin_turned(vf x, int32_t quadrants)
{
    vf r, low;
    vi quadrant = vi_add(vf_trig_reduce(x, &r, &low), vi_set1(quadrants));
    vf square = vf_mul(r, r);
    vf s = vf_fma(square, vf_set1(-0x1.992786p-13f), vf_set1(0x1.1106dcp-7f));
    s = vf_fma(s, square, vf_set1(-0x1.555544p-3f));
    s = vf_add(r, vf_fma(vf_mul(square, r), s, low));
    vf c = vf_fma(square, vf_set1(0x1.99e528p-16f), vf_set1(-0x1.6c0c22p-10f));
    c = vf_fma(c, square, vf_set1(0x1.55554ap-5f));
    c = vf_fma(c, square, vf_set1(-0.5f));
    c = vf_add(vf_set1(1.0f), vf_fma(c, square, vf_neg(vf_mul(r, low))));
    vf y = vf_select(vi_eq(vi_and(quadrant, vi_set1(1)), vi_set1(0)), s, c);
    vi sign = vi_left(vi_and(quadrant, vi_set1(2)), 30);
    return vi_as_floats(vi_xor(vf_bits(y), sign));
}

/* Of a tiny x itself: so -0 keeps its sign. */
DENOISE__INLINE vf vf_sin(vf x)
{
    return vf_select(vf_lt(vf_abs(x), vf_set1(0x1p-13f)), x, vf_sin_turned(x, 0));
}

DENOISE__INLINE vf vf_cos(vf x)
{
    return vf_sin_turned(x, 1);
}

#endif
