/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/processor.h"
/* 32-bit x86 has the register too, where floats are computed by SSE. */
#if defined(__x86_64__) || (defined(__i386__) && defined(__SSE2_MATH__))
#define HAS_MXCSR
#include <xmmintrin.h>
#endif

/* The compiler's run-time answers XCR0 too: a set that the system does not save is not there. */
int32_t denoise__cpu_best_isa(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return DENOISE__ISA_PORTABLE;
    bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq");
    return wide ? DENOISE__ISA_AVX512 : DENOISE__ISA_AVX2;
#elif defined(__aarch64__)
    return DENOISE__ISA_NEON;
#else
    return DENOISE__ISA_PORTABLE;
#endif
}

void denoise__cpu_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#if defined(HAS_MXCSR)
enum { SSE_FLAGS = 0x3F, SSE_DEFAULT = 0x1F80, SSE_FLUSH = 0x8040 }; /* results and operands */

/* Exchanging the whole environment takes half a microsecond, so it is done only where the old unit, too, rounds in another
 * way: printf and strtod ask it. */
static void enter(denoise__fp_state *state, unsigned control)
{
    state->control = _mm_getcsr();
    state->is_exchanged = fegetround() != FE_TONEAREST;
    if (state->is_exchanged) {
        (void)fegetenv(&state->environment);
        (void)fesetenv(FE_DFL_ENV);
    }
    if ((_mm_getcsr() & ~(unsigned)SSE_FLAGS) != control) _mm_setcsr(control);
}

void denoise__fp_enter(denoise__fp_state *state)
{
    enter(state, SSE_DEFAULT);
}

void denoise__fp_enter_flushing(denoise__fp_state *state)
{
    enter(state, SSE_DEFAULT | SSE_FLUSH);
}

void denoise__fp_leave(const denoise__fp_state *state)
{
    if (state->is_exchanged) (void)fesetenv(&state->environment);
    _mm_setcsr(state->control); /* with the caller's exception flags */
}

bool denoise__fp_is_flushing(void)
{
    return (_mm_getcsr() & SSE_FLUSH) == SSE_FLUSH;
}

void denoise__fp_flush(bool is_flushing)
{
    if (denoise__fp_is_flushing() != is_flushing) _mm_setcsr(SSE_DEFAULT | (is_flushing ? SSE_FLUSH : 0u));
}
#else
#if defined(__aarch64__)
#define FLUSH ((uint64_t)1 << 24)

bool denoise__fp_is_flushing(void)
{
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return (control & FLUSH) != 0;
}

void denoise__fp_flush(bool is_flushing)
{
    uint64_t control;
    if (denoise__fp_is_flushing() == is_flushing) return;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    control = is_flushing ? control | FLUSH : control & ~FLUSH;
    __asm__ volatile("msr fpcr, %0" : : "r"(control));
}
#elif defined(__arm__) && defined(__ARM_FP)
#define FLUSH ((uint32_t)1 << 24)

bool denoise__fp_is_flushing(void)
{
    uint32_t control;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(control));
    return (control & FLUSH) != 0;
}

void denoise__fp_flush(bool is_flushing)
{
    uint32_t control;
    if (denoise__fp_is_flushing() == is_flushing) return;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(control));
    control = is_flushing ? control | FLUSH : control & ~FLUSH;
    __asm__ volatile("vmsr fpscr, %0" : : "r"(control));
}
#else
bool denoise__fp_is_flushing(void)
{
    return false;
}

void denoise__fp_flush(bool is_flushing)
{
    (void)is_flushing; /* the CPU has no such mode that we know of */
}
#endif

void denoise__fp_enter(denoise__fp_state *state)
{
    (void)fegetenv(&state->environment);
    (void)fesetenv(FE_DFL_ENV);
    denoise__fp_flush(false);
}

void denoise__fp_enter_flushing(denoise__fp_state *state)
{
    denoise__fp_enter(state);
    denoise__fp_flush(true);
}

void denoise__fp_leave(const denoise__fp_state *state)
{
    (void)fesetenv(&state->environment);
}
#endif
