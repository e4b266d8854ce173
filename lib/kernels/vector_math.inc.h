/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions of one float, free of branches, so that the loops over them vectorise.
 *
 * exp, expm1: x = n ln2 + r, |r| <= ln2/2; e^r = 1 + r + r^2 P(r). log: x = 2^k m, m in [sqrt(1/2), sqrt(2)); with
 * s = f / (2 + f), log(1 + f) = f - s (f - R(s^2)), R the tail of 2 atanh(s) (the reduction of W. J. Cody and W. Waite,
 * Software Manual for the Elementary Functions, 1980). P and R are minimax polynomials made for these ranges by Remez'
 * algorithm. */
#ifndef DENOISE_KERNELS_VECTOR_MATH_INC_H
#define DENOISE_KERNELS_VECTOR_MATH_INC_H

#include "kernels/simd.h"

/* An output may be an input, but no iteration reads what another one writes. */
#if defined(__clang__)
#define DENOISE__EACH _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define DENOISE__EACH _Pragma("GCC ivdep")
#else
#define DENOISE__EACH
#endif

#define LOG2_E         0x1.715476p+0f
#define LN2_HIGH       0x1.62e4p-1f           /* 15 bits: n * LN2_HIGH is exact */
#define LN2_LOW        1.4286068203094172e-6f /* ln 2 - LN2_HIGH */
#define SHIFT          0x1.8p23f              /* x + SHIFT rounds x to a whole number, kept in the low bits */
#define SHIFT_BITS     0x4b400000u
#define SQRT_HALF_BITS 0x3f3504f3u

DENOISE__INLINE float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

DENOISE__INLINE uint32_t to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

DENOISE__INLINE float magnitude(float x)
{
    return from_bits(to_bits(x) & 0x7fffffffu);
}

/* e^r - 1 for |r| <= ln2/2; the polynomial's relative error is 3.1e-9. */
DENOISE__INLINE float reduced_expm1(float r)
{
    float p = 0x1.6a23fap-10f;
    p = p * r + 0x1.123a1ep-7f;
    p = p * r + 0x1.5558f2p-5f;
    p = p * r + 0x1.555492p-3f;
    p = p * r + 0x1.fffffcp-2f;
    return r + r * r * p;
}

/* Beyond the bounds the result is Inf or 0 anyway. 2^n is applied in two halves, so that only the last multiplication can
 * leave the range: a subnormal result is rounded once. */
DENOISE__INLINE float exp_of(float x)
{
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.5f ? -104.5f : x;
    float shifted = x * LOG2_E + SHIFT;
    float n = shifted - SHIFT;
    float p = reduced_expm1((x - n * LN2_HIGH) - n * LN2_LOW);
    uint32_t k = to_bits(shifted) - SHIFT_BITS + 512u;
    uint32_t half = k >> 1;
    return (1.0f + p) * from_bits((half - 129u) << 23) * from_bits((k - half - 129u) << 23);
}

/* e^x - 1 for x <= 0 */
DENOISE__INLINE float expm1_of(float x)
{
    x = x < -40.0f ? -40.0f : x;
    float shifted = x * LOG2_E + SHIFT;
    float n = shifted - SHIFT;
    float p = reduced_expm1((x - n * LN2_HIGH) - n * LN2_LOW);
    float scale = from_bits((to_bits(shifted) - SHIFT_BITS + 127u) << 23);
    return scale * p + (scale - 1.0f);
}

DENOISE__INLINE float log_of(float x)
{
    int tiny = x < 0x1p-126f;
    float scaled = tiny ? x * 0x1p25f : x;
    uint32_t u = to_bits(scaled) + (0x3f800000u - SQRT_HALF_BITS);
    float k = (float)(int32_t)(u >> 23) - (tiny ? 152.0f : 127.0f);
    float f = from_bits((u & 0x007fffffu) + SQRT_HALF_BITS) - 1.0f;
    float s = f / (2.0f + f);
    float z = s * s;
    float tail = z * (0x1.55557ap-1f + z * (0x1.995eb0p-2f + z * 0x1.31e40ep-2f));
    float square = 0.5f * f * f;
    float y = k * LN2_HIGH - ((square - (s * (square + tail) + k * LN2_LOW)) - f);
    float special = x == 0.0f ? from_bits(0xff800000u) : from_bits(0x7fc00000u);
    y = x > 0.0f ? y : special;
    return x > 0x1.fffffep127f ? x : y;
}

/* log(1 + f) for 0 <= f <= 1 */
DENOISE__INLINE float log1p_of(float f)
{
    float s = f / (2.0f + f);
    float z = s * s;
    float tail = z * (0x1.5555p-1f + z * (0x1.99d27cp-2f + z * (0x1.1eb612p-2f + z * 0x1.1ef870p-2f)));
    return f - s * (f - tail);
}

DENOISE__INLINE float sigmoid_of(float x)
{
    float e = exp_of(-magnitude(x));
    return (x >= 0.0f ? 1.0f : e) / (1.0f + e);
}

DENOISE__INLINE float tanh_of(float x)
{
    float e = expm1_of(-2.0f * magnitude(x));
    float t = -e / (2.0f + e);
    return from_bits((to_bits(t) & 0x7fffffffu) | (to_bits(x) & 0x80000000u));
}

/* log(1 + e^x) */
DENOISE__INLINE float softplus_of(float x)
{
    return (x > 0.0f ? x : 0.0f) + log1p_of(exp_of(-magnitude(x)));
}

/* Sums and maxima: lane i % 16 takes element i, then the lanes are folded; the order never depends on the vector width.
 * Long rows are cut into pieces of PIECE, whose sums are added in double. */
enum { LANES = 16, PIECE = 256 };

DENOISE__INLINE float fold_sum(float *lane)
{
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++)
            lane[l] += lane[l + width];
    return lane[0];
}

static float sum_of(const float *x, int64_t count)
{
    float lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += x[i + l];
    for (int l = 0; i + l < count; l++)
        lane[l] += x[i + l];
    return fold_sum(lane);
}

static float max_of(const float *x, int64_t count)
{
    float lane[LANES];
    for (int l = 0; l < LANES; l++)
        lane[l] = from_bits(0xff800000u);
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] = x[i + l] > lane[l] ? x[i + l] : lane[l];
    for (int l = 0; i + l < count; l++)
        lane[l] = x[i + l] > lane[l] ? x[i + l] : lane[l];
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++)
            lane[l] = lane[l + width] > lane[l] ? lane[l + width] : lane[l];
    return lane[0];
}

DENOISE__INLINE int64_t piece_at(int64_t first, int64_t count)
{
    return count - first < PIECE ? count - first : PIECE;
}

#endif
