/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

static const char *const isa_names[] = {"portable", "avx2", "avx512", "neon"};

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

/* DENOISE_ISA can only take away. */
static int32_t lowered(int32_t isa)
{
    const char *wish = getenv("DENOISE_ISA");
    if (wish == NULL) return isa;
    if (strcmp(wish, "portable") == 0) return DENOISE__ISA_PORTABLE;
    if (strcmp(wish, "avx2") == 0 && isa == DENOISE__ISA_AVX512) return DENOISE__ISA_AVX2;
    return isa;
}

int32_t denoise__cpu_isa(void)
{
    static atomic_int known; /* isa + 1 */
    int isa = atomic_load_explicit(&known, memory_order_relaxed) - 1;
    if (isa < 0) {
        isa = lowered(denoise__cpu_best_isa());
        atomic_store_explicit(&known, isa + 1, memory_order_relaxed);
    }
    return isa;
}

const char *denoise__cpu_isa_name(void)
{
    return isa_names[denoise__cpu_isa()];
}

void denoise__cpu_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#if defined(__x86_64__)
enum { SSE_FLAGS = 0x3F, SSE_DEFAULT = 0x1F80 };

/* Exchanging the whole environment takes half a microsecond, so it is done only where something is out of place. */
void denoise__fp_enter(denoise__fp_state *state)
{
    state->control = _mm_getcsr();
    state->exchanged = (state->control & ~(unsigned)SSE_FLAGS) != SSE_DEFAULT || fegetround() != FE_TONEAREST;
    if (!state->exchanged) return;
    (void)fegetenv(&state->environment);
    (void)fesetenv(FE_DFL_ENV);
}

void denoise__fp_leave(const denoise__fp_state *state)
{
    if (state->exchanged) {
        (void)fesetenv(&state->environment);
    } else {
        _mm_setcsr(state->control); /* with the caller's exception flags */
    }
}
#else
void denoise__fp_enter(denoise__fp_state *state)
{
    (void)fegetenv(&state->environment);
    (void)fesetenv(FE_DFL_ENV);
}

void denoise__fp_leave(const denoise__fp_state *state)
{
    (void)fesetenv(&state->environment);
}
#endif
