/* SPDX-License-Identifier: Apache-2.0 */
/* The AVX-512 intrinsics of lib/kernels/simd.h in plain C, from SIMDe (https://github.com/simd-everywhere/simde), for CPUs
 * without them; those that SIMDe 0.7 lacks are here. Included ahead of a kernel's source with DENOISE__SIMD_AVX512_EMULATED
 * defined. */
#ifndef DENOISE_TESTS_AVX512_EMULATED_H
#define DENOISE_TESTS_AVX512_EMULATED_H

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <stdint.h>
#include <string.h>

#define emulated_array(type, name, from)                                                                                       \
    type name[16];                                                                                                             \
    memcpy(name, &from, sizeof name)
#define emulated_result(type, from)                                                                                            \
    type result;                                                                                                               \
    memcpy(&result, from, sizeof result);                                                                                      \
    return result

static inline simde__m512 emulated_load(uint16_t mask, const float *p)
{
    float r[16];
    for (int i = 0; i < 16; i++)
        r[i] = mask >> i & 1 ? p[i] : 0.0f;
    emulated_result(simde__m512, r);
}
static inline void emulated_store(float *p, uint16_t mask, simde__m512 a)
{
    emulated_array(float, x, a);
    for (int i = 0; i < 16; i++)
        if (mask >> i & 1) p[i] = x[i];
}
static inline float emulated_first(simde__m512 a)
{
    emulated_array(float, x, a);
    return x[0];
}
/* Intel's description: the control's two-bit fields choose, for each of four places, one of four lanes (or groups). */
static inline simde__m512 emulated_permute(simde__m512 a, int control, int group)
{
    emulated_array(float, x, a);
    float r[16];
    for (int i = 0; i < 16; i++) {
        int place = group == 4 ? i / 4 : i % 4, from = control >> 2 * place & 3;
        r[i] = group == 4 ? x[4 * from + i % 4] : x[i / 4 * 4 + from];
    }
    emulated_result(simde__m512, r);
}
static inline simde__m512 emulated_to_floats(simde__m512i a)
{
    emulated_array(int32_t, x, a);
    float r[16];
    for (int i = 0; i < 16; i++)
        r[i] = (float)x[i];
    emulated_result(simde__m512, r);
}
static inline simde__m512i emulated_widen(simde__m128i a)
{
    uint8_t x[16];
    memcpy(x, &a, sizeof x);
    int32_t r[16];
    for (int i = 0; i < 16; i++)
        r[i] = x[i];
    emulated_result(simde__m512i, r);
}
static inline simde__m128i emulated_narrow(simde__m512i a)
{
    emulated_array(int32_t, x, a);
    uint8_t r[16];
    for (int i = 0; i < 16; i++)
        r[i] = (uint8_t)x[i];
    emulated_result(simde__m128i, r);
}
/* The second where a NaN takes part or both are zeros. */
static inline simde__m512 emulated_max(simde__m512 a, simde__m512 b)
{
    emulated_array(float, x, a);
    emulated_array(float, y, b);
    for (int i = 0; i < 16; i++)
        x[i] = x[i] > y[i] ? x[i] : y[i];
    emulated_result(simde__m512, x);
}
static inline simde__m512i emulated_shift_right(simde__m512i a, int count)
{
    emulated_array(int32_t, x, a);
    for (int i = 0; i < 16; i++)
        x[i] >>= count;
    emulated_result(simde__m512i, x);
}

/* The lanes of `mask` take the first lanes of b, one after the other; the others keep a's. */
static inline simde__m512d emulated_expand(simde__m512d a, uint8_t mask, simde__m512d b)
{
    double x[8], y[8];
    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    for (int i = 0, next = 0; i < 8; i++)
        if (mask >> i & 1) x[i] = y[next++];
    emulated_result(simde__m512d, x);
}

#define _mm512_maskz_loadu_ps(mask, p)    emulated_load(mask, p)
#define _mm512_mask_storeu_ps(p, mask, a) emulated_store(p, mask, a)
#define _mm512_max_ps(a, b)               emulated_max(a, b)
#define _mm512_cvtss_f32(a)               emulated_first(a)
#define _mm512_permute_ps(a, control)     emulated_permute(a, control, 1)
/* Both operands of simd.h are the same. */
#define _mm512_shuffle_f32x4(a, b, control) emulated_permute(a, control, 4)
#define _mm512_cvtepi32_ps(a)               emulated_to_floats(a)
#define _mm512_cvtepu8_epi32(a)             emulated_widen(a)
#define _mm512_cvtepi32_epi8(a)             emulated_narrow(a)
#define _mm512_srai_epi32(a, count)         emulated_shift_right(a, count)
#define _mm512_mask_expand_pd(a, mask, b)   emulated_expand(a, mask, b)

#endif
