/* SPDX-License-Identifier: Apache-2.0 */
/* What the CPU can do, and the floating-point environment. */
#ifndef DENOISE_CORE_CPU_H
#define DENOISE_CORE_CPU_H

#include <fenv.h>
#include <stdbool.h>
#include <stdint.h>

enum { DENOISE__ISA_PORTABLE = 0, DENOISE__ISA_AVX2 = 1, DENOISE__ISA_AVX512 = 2, DENOISE__ISA_NEON = 3 };

int32_t denoise__cpu_isa(void); /* the best of the above; DENOISE_ISA=portable|avx2|avx512 lowers it (tests) */
const char *denoise__cpu_isa_name(void);
int32_t denoise__cpu_best_isa(void); /* whatever DENOISE_ISA says */
int32_t denoise__cpu_count(void);    /* CPUs of the affinity mask, >= 1 */
void denoise__cpu_relax(void);       /* tells the CPU that this is a waiting loop */

/* Computing calls run in the default floating-point environment and restore the caller's: rounding, exception masks and flags,
 * whether subnormal numbers count as zero. The second form takes subnormal numbers for zero, operands and results: work on
 * the numbers of nets, which on many CPUs they would slow down a hundredfold. */
typedef struct denoise__fp_state {
    fenv_t environment;
    unsigned control; /* x86-64: the control and status register of SSE */
    bool exchanged;   /* x86-64: `environment` has to be put back */
} denoise__fp_state;
void denoise__fp_enter(denoise__fp_state *state);
void denoise__fp_enter_flushing(denoise__fp_state *state);
void denoise__fp_leave(const denoise__fp_state *state);

/* For threads of the pool, which are in the default environment and do as their caller does. */
bool denoise__fp_is_flushing(void);
void denoise__fp_flush(bool flushing);

#endif
