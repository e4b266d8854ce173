/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of floats: the one header through which kernels reach the instruction set that a file is compiled for.
 *
 * vf holds VF_LANES floats, vi as many 32-bit integers, vm as many truth values. Each operation is one IEEE operation per
 * lane, rounded to nearest, so that a kernel written with them gives the same bits whatever VF_LANES is, as long as no lane
 * looks at another. Left out on purpose: reciprocal estimates, and min/max, whose rules for NaN and zeros differ between
 * instruction sets; a comparison and a select say what is meant. Comparisons are false where a NaN takes part. _part reads
 * or writes the first `count` lanes, 0 <= count <= VF_LANES; the others are zero, or left alone. vm_first is true in these
 * lanes. vf_above is a where it is above low or NaN, else low; not for zeros of two signs. vf_swap_N exchanges neighbouring
 * groups of N lanes.
 *
 * Sets: AVX-512 (16 lanes), AVX2 with FMA (8), NEON of aarch64 (4), portable C with fmaf (1). Which one follows from the
 * compiler's options; DENOISE__SIMD_PORTABLE asks for the last. */
#ifndef DENOISE_KERNELS_SIMD_H
#define DENOISE_KERNELS_SIMD_H

#include "kernels/simd_compiler.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "floats are computed in a wider type: -msse2 -mfpmath=sse, or -fexcess-precision=fast");

#if defined(DENOISE__SIMD_PORTABLE)
#define DENOISE__SIMD_SET 0
#elif defined(DENOISE__SIMD_AVX512_EMULATED) /* by a header included before (tests) */
#define DENOISE__SIMD_SET 512
#elif defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define DENOISE__SIMD_SET 512
#elif defined(__AVX2__) && defined(__FMA__)
#define DENOISE__SIMD_SET 256
#elif defined(__aarch64__) && defined(__ARM_NEON)
#define DENOISE__SIMD_SET 128
#else
#define DENOISE__SIMD_SET 0
#endif

#if DENOISE__SIMD_SET == 512
#if !defined(DENOISE__SIMD_AVX512_EMULATED)
#include <immintrin.h>
#endif
#define VF_LANES 16
typedef __m512 vf;
typedef __m512i vi;
typedef __mmask16 vm;

DENOISE__INLINE vf vf_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
DENOISE__INLINE void vf_store(float *p, vf a)
{
    _mm512_storeu_ps(p, a);
}
DENOISE__INLINE vf vf_set1(float a)
{
    return _mm512_set1_ps(a);
}
DENOISE__INLINE vm vm_first(int64_t count)
{
    return (vm)((1u << count) - 1u);
}
/* Lanes of m alone; here alone, where it costs nothing. */
DENOISE__INLINE vf vf_load_where(vm m, const float *p)
{
    return _mm512_maskz_loadu_ps(m, p);
}
DENOISE__INLINE void vf_store_where(vm m, float *p, vf a)
{
    _mm512_mask_storeu_ps(p, m, a);
}
DENOISE__INLINE vf vf_load_part(const float *p, int64_t count)
{
    return _mm512_maskz_loadu_ps(vm_first(count), p);
}
DENOISE__INLINE void vf_store_part(float *p, vf a, int64_t count)
{
    _mm512_mask_storeu_ps(p, vm_first(count), a);
}
DENOISE__INLINE vf vf_above(vf low, vf a)
{
    return _mm512_max_ps(low, a);
}
DENOISE__INLINE vf vf_add(vf a, vf b)
{
    return _mm512_add_ps(a, b);
}
DENOISE__INLINE vf vf_sub(vf a, vf b)
{
    return _mm512_sub_ps(a, b);
}
DENOISE__INLINE vf vf_mul(vf a, vf b)
{
    return _mm512_mul_ps(a, b);
}
DENOISE__INLINE vf vf_div(vf a, vf b)
{
    return _mm512_div_ps(a, b);
}
DENOISE__INLINE vf vf_sqrt(vf a)
{
    return _mm512_sqrt_ps(a);
}
DENOISE__INLINE vf vf_fma(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}
DENOISE__INLINE vf vf_fnma(vf a, vf b, vf c)
{
    return _mm512_fnmadd_ps(a, b, c);
}
DENOISE__INLINE vm vf_lt(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
DENOISE__INLINE vm vf_le(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ);
}
DENOISE__INLINE vm vf_eq(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}
DENOISE__INLINE vf vf_select(vm m, vf yes, vf no)
{
    return _mm512_mask_blend_ps(m, no, yes);
}
DENOISE__INLINE vf vf_zero_where(vm m, vf a)
{
    return _mm512_mask_blend_ps(m, a, _mm512_setzero_ps());
}
DENOISE__INLINE vi vf_bits(vf a)
{
    return _mm512_castps_si512(a);
}
DENOISE__INLINE vf vi_as_floats(vi a)
{
    return _mm512_castsi512_ps(a);
}
DENOISE__INLINE vf vi_to_floats(vi a)
{
    return _mm512_cvtepi32_ps(a);
}
DENOISE__INLINE vi vi_load(const int32_t *p)
{
    return _mm512_loadu_si512(p);
}
DENOISE__INLINE void vi_store(int32_t *p, vi a)
{
    _mm512_storeu_si512(p, a);
}
DENOISE__INLINE vi vi_load_bytes(const uint8_t *p)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
DENOISE__INLINE void vi_store_bytes(uint8_t *p, vi a)
{
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(a));
}
DENOISE__INLINE vi vi_set1(int32_t a)
{
    return _mm512_set1_epi32(a);
}
DENOISE__INLINE vi vi_add(vi a, vi b)
{
    return _mm512_add_epi32(a, b);
}
DENOISE__INLINE vi vi_sub(vi a, vi b)
{
    return _mm512_sub_epi32(a, b);
}
DENOISE__INLINE vi vi_and(vi a, vi b)
{
    return _mm512_and_si512(a, b);
}
DENOISE__INLINE vi vi_or(vi a, vi b)
{
    return _mm512_or_si512(a, b);
}
DENOISE__INLINE vi vi_max(vi a, vi b) /* of non-negative numbers */
{
    return _mm512_max_epi32(a, b);
}
DENOISE__INLINE vi vi_xor(vi a, vi b)
{
    return _mm512_xor_si512(a, b);
}
DENOISE__INLINE vm vi_eq(vi a, vi b)
{
    return _mm512_cmpeq_epi32_mask(a, b);
}
DENOISE__INLINE vm vi_gt(vi a, vi b)
{
    return _mm512_cmpgt_epi32_mask(a, b);
}
DENOISE__INLINE vm vm_and(vm a, vm b)
{
    return (vm)(a & b);
}
DENOISE__INLINE vm vm_or(vm a, vm b)
{
    return (vm)(a | b);
}
DENOISE__INLINE int vm_any(vm m)
{
    return m != 0;
}
DENOISE__INLINE float vf_lane_0(vf a)
{
    return _mm512_cvtss_f32(a);
}
DENOISE__INLINE vf vf_swap_8(vf a)
{
    return _mm512_shuffle_f32x4(a, a, 0x4e);
}
DENOISE__INLINE vf vf_swap_4(vf a)
{
    return _mm512_shuffle_f32x4(a, a, 0xb1);
}
DENOISE__INLINE vf vf_swap_2(vf a)
{
    return _mm512_permute_ps(a, 0x4e);
}
DENOISE__INLINE vf vf_swap_1(vf a)
{
    return _mm512_permute_ps(a, 0xb1);
}
/* Shifts take a constant. `right` brings zeros in, `right_signed` copies of the sign. */
#define vi_left(a, n)         _mm512_slli_epi32((a), (n))
#define vi_right(a, n)        _mm512_srli_epi32((a), (n))
#define vi_right_signed(a, n) _mm512_srai_epi32((a), (n))

#elif DENOISE__SIMD_SET == 256
#include <immintrin.h>
#define VF_LANES              8
typedef __m256 vf;
typedef __m256i vi;
typedef __m256 vm; /* all bits of a lane */

DENOISE__INLINE vf vf_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
DENOISE__INLINE void vf_store(float *p, vf a)
{
    _mm256_storeu_ps(p, a);
}
DENOISE__INLINE vf vf_set1(float a)
{
    return _mm256_set1_ps(a);
}
DENOISE__INLINE vm vm_first(int64_t count)
{
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)count), lane));
}
DENOISE__INLINE vf vf_load_part(const float *p, int64_t count)
{
    return _mm256_maskload_ps(p, _mm256_castps_si256(vm_first(count)));
}
DENOISE__INLINE void vf_store_part(float *p, vf a, int64_t count)
{
    _mm256_maskstore_ps(p, _mm256_castps_si256(vm_first(count)), a);
}
DENOISE__INLINE vf vf_above(vf low, vf a)
{
    return _mm256_max_ps(low, a);
}
DENOISE__INLINE vf vf_add(vf a, vf b)
{
    return _mm256_add_ps(a, b);
}
DENOISE__INLINE vf vf_sub(vf a, vf b)
{
    return _mm256_sub_ps(a, b);
}
DENOISE__INLINE vf vf_mul(vf a, vf b)
{
    return _mm256_mul_ps(a, b);
}
DENOISE__INLINE vf vf_div(vf a, vf b)
{
    return _mm256_div_ps(a, b);
}
DENOISE__INLINE vf vf_sqrt(vf a)
{
    return _mm256_sqrt_ps(a);
}
DENOISE__INLINE vf vf_fma(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}
DENOISE__INLINE vf vf_fnma(vf a, vf b, vf c)
{
    return _mm256_fnmadd_ps(a, b, c);
}
DENOISE__INLINE vm vf_lt(vf a, vf b)
{
    return _mm256_cmp_ps(a, b, _CMP_LT_OQ);
}
DENOISE__INLINE vm vf_le(vf a, vf b)
{
    return _mm256_cmp_ps(a, b, _CMP_LE_OQ);
}
DENOISE__INLINE vm vf_eq(vf a, vf b)
{
    return _mm256_cmp_ps(a, b, _CMP_EQ_OQ);
}
DENOISE__INLINE vf vf_select(vm m, vf yes, vf no)
{
    return _mm256_blendv_ps(no, yes, m);
}
DENOISE__INLINE vf vf_zero_where(vm m, vf a)
{
    return _mm256_andnot_ps(m, a);
}
DENOISE__INLINE vi vf_bits(vf a)
{
    return _mm256_castps_si256(a);
}
DENOISE__INLINE vf vi_as_floats(vi a)
{
    return _mm256_castsi256_ps(a);
}
DENOISE__INLINE vf vi_to_floats(vi a)
{
    return _mm256_cvtepi32_ps(a);
}
DENOISE__INLINE vi vi_load(const int32_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
DENOISE__INLINE void vi_store(int32_t *p, vi a)
{
    _mm256_storeu_si256((__m256i *)(void *)p, a);
}
DENOISE__INLINE vi vi_load_bytes(const uint8_t *p)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
DENOISE__INLINE void vi_store_bytes(uint8_t *p, vi a)
{
    __m256i low = _mm256_and_si256(a, _mm256_set1_epi32(255));
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(words, words));
}
DENOISE__INLINE vi vi_set1(int32_t a)
{
    return _mm256_set1_epi32(a);
}
DENOISE__INLINE vi vi_add(vi a, vi b)
{
    return _mm256_add_epi32(a, b);
}
DENOISE__INLINE vi vi_sub(vi a, vi b)
{
    return _mm256_sub_epi32(a, b);
}
DENOISE__INLINE vi vi_and(vi a, vi b)
{
    return _mm256_and_si256(a, b);
}
DENOISE__INLINE vi vi_or(vi a, vi b)
{
    return _mm256_or_si256(a, b);
}
DENOISE__INLINE vi vi_max(vi a, vi b) /* of non-negative numbers */
{
    return _mm256_max_epi32(a, b);
}
DENOISE__INLINE vi vi_xor(vi a, vi b)
{
    return _mm256_xor_si256(a, b);
}
DENOISE__INLINE vm vi_eq(vi a, vi b)
{
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b));
}
DENOISE__INLINE vm vi_gt(vi a, vi b)
{
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(a, b));
}
DENOISE__INLINE vm vm_and(vm a, vm b)
{
    return _mm256_and_ps(a, b);
}
DENOISE__INLINE vm vm_or(vm a, vm b)
{
    return _mm256_or_ps(a, b);
}
DENOISE__INLINE int vm_any(vm m)
{
    return _mm256_movemask_ps(m) != 0;
}
DENOISE__INLINE float vf_lane_0(vf a)
{
    return _mm256_cvtss_f32(a);
}
DENOISE__INLINE vf vf_swap_4(vf a)
{
    return _mm256_permute2f128_ps(a, a, 1);
}
DENOISE__INLINE vf vf_swap_2(vf a)
{
    return _mm256_permute_ps(a, 0x4e);
}
DENOISE__INLINE vf vf_swap_1(vf a)
{
    return _mm256_permute_ps(a, 0xb1);
}
#define vi_left(a, n)         _mm256_slli_epi32((a), (n))
#define vi_right(a, n)        _mm256_srli_epi32((a), (n))
#define vi_right_signed(a, n) _mm256_srai_epi32((a), (n))

#elif DENOISE__SIMD_SET == 128
#include <arm_neon.h>
#define VF_LANES              4
typedef float32x4_t vf;
typedef int32x4_t vi;
typedef uint32x4_t vm;

DENOISE__INLINE vf vf_load(const float *p)
{
    return vld1q_f32(p);
}
DENOISE__INLINE void vf_store(float *p, vf a)
{
    vst1q_f32(p, a);
}
DENOISE__INLINE vf vf_set1(float a)
{
    return vdupq_n_f32(a);
}
DENOISE__INLINE vm vm_first(int64_t count)
{
    const int32_t lane[] = {0, 1, 2, 3};
    return vcgtq_s32(vdupq_n_s32((int32_t)count), vld1q_s32(lane));
}
DENOISE__INLINE vf vf_load_part(const float *p, int64_t count)
{
    vf a = vdupq_n_f32(0.0f);
    if (count > 3) return vld1q_f32(p);
    if (count > 0) a = vld1q_lane_f32(p, a, 0);
    if (count > 1) a = vld1q_lane_f32(p + 1, a, 1);
    if (count > 2) a = vld1q_lane_f32(p + 2, a, 2);
    return a;
}
DENOISE__INLINE void vf_store_part(float *p, vf a, int64_t count)
{
    if (count > 0) vst1q_lane_f32(p, a, 0);
    if (count > 1) vst1q_lane_f32(p + 1, a, 1);
    if (count > 2) vst1q_lane_f32(p + 2, a, 2);
    if (count > 3) vst1q_lane_f32(p + 3, a, 3);
}
DENOISE__INLINE vf vf_above(vf low, vf a)
{
    return vmaxq_f32(low, a);
}
DENOISE__INLINE vf vf_add(vf a, vf b)
{
    return vaddq_f32(a, b);
}
DENOISE__INLINE vf vf_sub(vf a, vf b)
{
    return vsubq_f32(a, b);
}
DENOISE__INLINE vf vf_mul(vf a, vf b)
{
    return vmulq_f32(a, b);
}
DENOISE__INLINE vf vf_div(vf a, vf b)
{
    return vdivq_f32(a, b);
}
DENOISE__INLINE vf vf_sqrt(vf a)
{
    return vsqrtq_f32(a);
}
DENOISE__INLINE vf vf_fma(vf a, vf b, vf c)
{
    return vfmaq_f32(c, a, b);
}
DENOISE__INLINE vf vf_fnma(vf a, vf b, vf c)
{
    return vfmsq_f32(c, a, b);
}
DENOISE__INLINE vm vf_lt(vf a, vf b)
{
    return vcltq_f32(a, b);
}
DENOISE__INLINE vm vf_le(vf a, vf b)
{
    return vcleq_f32(a, b);
}
DENOISE__INLINE vm vf_eq(vf a, vf b)
{
    return vceqq_f32(a, b);
}
DENOISE__INLINE vf vf_select(vm m, vf yes, vf no)
{
    return vbslq_f32(m, yes, no);
}
DENOISE__INLINE vf vf_zero_where(vm m, vf a)
{
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(a), m));
}
DENOISE__INLINE vi vf_bits(vf a)
{
    return vreinterpretq_s32_f32(a);
}
DENOISE__INLINE vf vi_as_floats(vi a)
{
    return vreinterpretq_f32_s32(a);
}
DENOISE__INLINE vf vi_to_floats(vi a)
{
    return vcvtq_f32_s32(a);
}
DENOISE__INLINE vi vi_load(const int32_t *p)
{
    return vld1q_s32(p);
}
DENOISE__INLINE void vi_store(int32_t *p, vi a)
{
    vst1q_s32(p, a);
}
DENOISE__INLINE vi vi_load_bytes(const uint8_t *p)
{
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four)))));
}
DENOISE__INLINE void vi_store_bytes(uint8_t *p, vi a)
{
    uint16x4_t words = vmovn_u32(vreinterpretq_u32_s32(a));
    uint32_t four = vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
    memcpy(p, &four, sizeof four);
}
DENOISE__INLINE vi vi_set1(int32_t a)
{
    return vdupq_n_s32(a);
}
DENOISE__INLINE vi vi_add(vi a, vi b)
{
    return vaddq_s32(a, b);
}
DENOISE__INLINE vi vi_sub(vi a, vi b)
{
    return vsubq_s32(a, b);
}
DENOISE__INLINE vi vi_and(vi a, vi b)
{
    return vandq_s32(a, b);
}
DENOISE__INLINE vi vi_or(vi a, vi b)
{
    return vorrq_s32(a, b);
}
DENOISE__INLINE vi vi_max(vi a, vi b) /* of non-negative numbers */
{
    return vmaxq_s32(a, b);
}
DENOISE__INLINE vi vi_xor(vi a, vi b)
{
    return veorq_s32(a, b);
}
DENOISE__INLINE vm vi_eq(vi a, vi b)
{
    return vceqq_s32(a, b);
}
DENOISE__INLINE vm vi_gt(vi a, vi b)
{
    return vcgtq_s32(a, b);
}
DENOISE__INLINE vm vm_and(vm a, vm b)
{
    return vandq_u32(a, b);
}
DENOISE__INLINE vm vm_or(vm a, vm b)
{
    return vorrq_u32(a, b);
}
DENOISE__INLINE int vm_any(vm m)
{
    return vmaxvq_u32(m) != 0;
}
DENOISE__INLINE float vf_lane_0(vf a)
{
    return vgetq_lane_f32(a, 0);
}
DENOISE__INLINE vf vf_swap_2(vf a)
{
    return vextq_f32(a, a, 2);
}
DENOISE__INLINE vf vf_swap_1(vf a)
{
    return vrev64q_f32(a);
}
#define vi_left(a, n)         vshlq_n_s32((a), (n))
#define vi_right(a, n)        vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), (n)))
#define vi_right_signed(a, n) vshrq_n_s32((a), (n))

#else
#define VF_LANES 1
#if defined(DENOISE__OWN_FMAF)
#include "kernels/fmaf.h"
#else
#define denoise__fmaf fmaf
#endif
typedef float vf;
typedef uint32_t vi; /* so that overflow wraps */
typedef int vm;

DENOISE__INLINE vf vf_load(const float *p)
{
    return *p;
}
DENOISE__INLINE void vf_store(float *p, vf a)
{
    *p = a;
}
DENOISE__INLINE vf vf_set1(float a)
{
    return a;
}
DENOISE__INLINE vm vm_first(int64_t count)
{
    return count > 0;
}
DENOISE__INLINE vf vf_load_part(const float *p, int64_t count)
{
    return count > 0 ? *p : 0.0f;
}
DENOISE__INLINE void vf_store_part(float *p, vf a, int64_t count)
{
    if (count > 0) *p = a;
}
DENOISE__INLINE vf vf_above(vf low, vf a)
{
    return a <= low ? low : a;
}
DENOISE__INLINE vf vf_add(vf a, vf b)
{
    return a + b;
}
DENOISE__INLINE vf vf_sub(vf a, vf b)
{
    return a - b;
}
DENOISE__INLINE vf vf_mul(vf a, vf b)
{
    return a * b;
}
DENOISE__INLINE vf vf_div(vf a, vf b)
{
    return a / b;
}
DENOISE__INLINE vf vf_sqrt(vf a)
{
    return sqrtf(a);
}
DENOISE__INLINE vf vf_fma(vf a, vf b, vf c)
{
    return denoise__fmaf(a, b, c);
}
DENOISE__INLINE vf vf_fnma(vf a, vf b, vf c)
{
    return denoise__fmaf(-a, b, c);
}
DENOISE__INLINE vm vf_lt(vf a, vf b)
{
    return a < b;
}
DENOISE__INLINE vm vf_le(vf a, vf b)
{
    return a <= b;
}
DENOISE__INLINE vm vf_eq(vf a, vf b)
{
    return a == b;
}
DENOISE__INLINE vf vf_select(vm m, vf yes, vf no)
{
    return m ? yes : no;
}
DENOISE__INLINE vf vf_zero_where(vm m, vf a)
{
    return m ? 0.0f : a;
}
DENOISE__INLINE vi vf_bits(vf a)
{
    vi bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}
DENOISE__INLINE vf vi_as_floats(vi a)
{
    vf value;
    memcpy(&value, &a, sizeof value);
    return value;
}
DENOISE__INLINE vf vi_to_floats(vi a)
{
    return (float)(int32_t)a;
}
DENOISE__INLINE vi vi_load(const int32_t *p)
{
    return (vi)*p;
}
DENOISE__INLINE void vi_store(int32_t *p, vi a)
{
    *p = (int32_t)a;
}
DENOISE__INLINE vi vi_load_bytes(const uint8_t *p)
{
    return *p;
}
DENOISE__INLINE void vi_store_bytes(uint8_t *p, vi a)
{
    *p = (uint8_t)a;
}
DENOISE__INLINE vi vi_set1(int32_t a)
{
    return (vi)a;
}
DENOISE__INLINE vi vi_add(vi a, vi b)
{
    return a + b;
}
DENOISE__INLINE vi vi_sub(vi a, vi b)
{
    return a - b;
}
DENOISE__INLINE vi vi_and(vi a, vi b)
{
    return a & b;
}
DENOISE__INLINE vi vi_or(vi a, vi b)
{
    return a | b;
}
DENOISE__INLINE vi vi_max(vi a, vi b) /* of non-negative numbers */
{
    return a > b ? a : b;
}
DENOISE__INLINE vi vi_xor(vi a, vi b)
{
    return a ^ b;
}
DENOISE__INLINE vm vi_eq(vi a, vi b)
{
    return a == b;
}
DENOISE__INLINE vm vi_gt(vi a, vi b)
{
    return (int32_t)a > (int32_t)b;
}
DENOISE__INLINE vm vm_and(vm a, vm b)
{
    return a & b;
}
DENOISE__INLINE vm vm_or(vm a, vm b)
{
    return a | b;
}
DENOISE__INLINE int vm_any(vm m)
{
    return m;
}
DENOISE__INLINE float vf_lane_0(vf a)
{
    return a;
}
#define vi_left(a, n)         ((a) << (n))
#define vi_right(a, n)        ((a) >> (n))
#define vi_right_signed(a, n) ((vi)((int32_t)(a) >> (n)))
#endif

/* |a|, -a, and a with the sign of b */
DENOISE__INLINE vf vf_abs(vf a)
{
    return vi_as_floats(vi_and(vf_bits(a), vi_set1(0x7fffffff)));
}
DENOISE__INLINE vf vf_neg(vf a)
{
    return vi_as_floats(vi_xor(vf_bits(a), vi_set1(INT32_MIN)));
}
DENOISE__INLINE vf vf_with_sign(vf a, vf b)
{
    vi sign = vi_set1(INT32_MIN);
    return vi_as_floats(vi_or(vf_bits(vf_abs(a)), vi_and(vf_bits(b), sign)));
}

#endif
