/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011) for the blocks of several
 * indexes at once, in the vectors that the file is compiled for: see simd.h.
 *
 * On x86-64 a lane has 64 bits, of which the lower 32 count: the multiplication reads no more, and its product is the next
 * word as it stands. Every set has the same three functions on px, PX_LANES blocks. */
#ifndef DENOISE_KERNELS_RANDOM_PHILOX_H
#define DENOISE_KERNELS_RANDOM_PHILOX_H

#include "kernels/simd.h"

#define PHILOX_M0 0xD2511F53U
#define PHILOX_M1 0xCD9E8D57U
#define PHILOX_W0 0x9E3779B9U /* the golden ratio */
#define PHILOX_W1 0xBB67AE85U /* the square root of 3, less 1 */

#if DENOISE__SIMD_SET == 512
#define PX_LANES 8
typedef struct px {
    __m512i c0, c1, c2, c3;
} px;

DENOISE__INLINE px px_load(const uint64_t *indexes, uint64_t stream)
{
    __m512i index = _mm512_loadu_si512(indexes), s = _mm512_set1_epi64((int64_t)stream);
    return (px){index, _mm512_srli_epi64(index, 32), s, _mm512_srli_epi64(s, 32)};
}
/* 0x96 is the exclusive or of three. */
DENOISE__INLINE px px_round(px x, uint32_t k0, uint32_t k1)
{
    __m512i p0 = _mm512_mul_epu32(x.c0, _mm512_set1_epi64(PHILOX_M0)),
            p1 = _mm512_mul_epu32(x.c2, _mm512_set1_epi64(PHILOX_M1));
    return (px){_mm512_ternarylogic_epi64(_mm512_srli_epi64(p1, 32), x.c1, _mm512_set1_epi64(k0), 0x96), p1,
                _mm512_ternarylogic_epi64(_mm512_srli_epi64(p0, 32), x.c3, _mm512_set1_epi64(k1), 0x96), p0};
}
DENOISE__INLINE void px_store(uint32_t *words, px x)
{
    __m512i first = _mm512_mask_blend_epi32(0xaaaa, x.c0, _mm512_slli_epi64(x.c1, 32));
    __m512i second = _mm512_mask_blend_epi32(0xaaaa, x.c2, _mm512_slli_epi64(x.c3, 32));
    __m512i even = _mm512_unpacklo_epi64(first, second), odd = _mm512_unpackhi_epi64(first, second);
    __m512i from_0 = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), from_4 = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    _mm512_storeu_si512(words, _mm512_permutex2var_epi64(even, from_0, odd));
    _mm512_storeu_si512(words + 16, _mm512_permutex2var_epi64(even, from_4, odd));
}

#elif DENOISE__SIMD_SET == 256
#define PX_LANES 4
typedef struct px {
    __m256i c0, c1, c2, c3;
} px;

DENOISE__INLINE px px_load(const uint64_t *indexes, uint64_t stream)
{
    __m256i index = _mm256_loadu_si256((const __m256i *)(const void *)indexes), s = _mm256_set1_epi64x((int64_t)stream);
    return (px){index, _mm256_srli_epi64(index, 32), s, _mm256_srli_epi64(s, 32)};
}
DENOISE__INLINE px px_round(px x, uint32_t k0, uint32_t k1)
{
    __m256i p0 = _mm256_mul_epu32(x.c0, _mm256_set1_epi64x(PHILOX_M0)),
            p1 = _mm256_mul_epu32(x.c2, _mm256_set1_epi64x(PHILOX_M1));
    __m256i c0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), x.c1), _mm256_set1_epi64x(k0));
    __m256i c2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), x.c3), _mm256_set1_epi64x(k1));
    return (px){c0, p1, c2, p0};
}
DENOISE__INLINE void px_store(uint32_t *words, px x)
{
    __m256i first = _mm256_blend_epi32(x.c0, _mm256_slli_epi64(x.c1, 32), 0xaa);
    __m256i second = _mm256_blend_epi32(x.c2, _mm256_slli_epi64(x.c3, 32), 0xaa);
    __m256i even = _mm256_unpacklo_epi64(first, second), odd = _mm256_unpackhi_epi64(first, second);
    _mm256_storeu_si256((__m256i *)(void *)words, _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256((__m256i *)(void *)(words + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}

#elif DENOISE__SIMD_SET == 128
#define PX_LANES 4
typedef uint32x4x4_t px;

DENOISE__INLINE px px_load(const uint64_t *indexes, uint64_t stream)
{
    uint32x4_t a = vreinterpretq_u32_u64(vld1q_u64(indexes)), b = vreinterpretq_u32_u64(vld1q_u64(indexes + 2));
    px x = {{vuzp1q_u32(a, b), vuzp2q_u32(a, b), vdupq_n_u32((uint32_t)stream), vdupq_n_u32((uint32_t)(stream >> 32))}};
    return x;
}
DENOISE__INLINE px px_round(px x, uint32_t k0, uint32_t k1)
{
    uint32x4_t m0 = vdupq_n_u32(PHILOX_M0), m1 = vdupq_n_u32(PHILOX_M1);
    uint32x4_t a0 = vreinterpretq_u32_u64(vmull_u32(vget_low_u32(x.val[0]), vget_low_u32(m0)));
    uint32x4_t b0 = vreinterpretq_u32_u64(vmull_high_u32(x.val[0], m0));
    uint32x4_t a1 = vreinterpretq_u32_u64(vmull_u32(vget_low_u32(x.val[2]), vget_low_u32(m1)));
    uint32x4_t b1 = vreinterpretq_u32_u64(vmull_high_u32(x.val[2], m1));
    uint32x4_t c0 = veorq_u32(veorq_u32(vuzp2q_u32(a1, b1), x.val[1]), vdupq_n_u32(k0));
    uint32x4_t c2 = veorq_u32(veorq_u32(vuzp2q_u32(a0, b0), x.val[3]), vdupq_n_u32(k1));
    px y = {{c0, vuzp1q_u32(a1, b1), c2, vuzp1q_u32(a0, b0)}};
    return y;
}
DENOISE__INLINE void px_store(uint32_t *words, px x)
{
    vst4q_u32(words, x);
}

#else
#define PX_LANES 1
typedef struct px {
    uint32_t c0, c1, c2, c3;
} px;

DENOISE__INLINE px px_load(const uint64_t *indexes, uint64_t stream)
{
    return (px){(uint32_t)*indexes, (uint32_t)(*indexes >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
}
DENOISE__INLINE px px_round(px x, uint32_t k0, uint32_t k1)
{
    uint64_t p0 = (uint64_t)PHILOX_M0 * x.c0, p1 = (uint64_t)PHILOX_M1 * x.c2;
    return (px){(uint32_t)(p1 >> 32) ^ x.c1 ^ k0, (uint32_t)p1, (uint32_t)(p0 >> 32) ^ x.c3 ^ k1, (uint32_t)p0};
}
DENOISE__INLINE void px_store(uint32_t *words, px x)
{
    words[0] = x.c0;
    words[1] = x.c1;
    words[2] = x.c2;
    words[3] = x.c3;
}
#endif

#endif
