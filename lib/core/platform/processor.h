/* SPDX-License-Identifier: Apache-2.0 */
/* What the CPU can do, and the floating-point environment. */
#ifndef DENOISE_CORE_PLATFORM_PROCESSOR_H
#define DENOISE_CORE_PLATFORM_PROCESSOR_H

#include <fenv.h>
#include <stdbool.h>
#include <stdint.h>

enum { DENOISE__ISA_PORTABLE = 0, DENOISE__ISA_AVX2 = 1, DENOISE__ISA_AVX512 = 2, DENOISE__ISA_NEON = 3 };

int32_t denoise__cpu_best_isa(void); /* the best of the above that CPU and system have */
void denoise__cpu_relax(void);       /* tells the CPU that this is a waiting loop */

/* The CPUs that the process may use now: the union of its threads' affinity masks, and no more than its quota of time. errno
 * stays. */
typedef struct denoise__cpus {
    uint64_t mask[16]; /* all 0 where the system has none */
    int32_t count;     /* >= 1 */
} denoise__cpus;
void denoise__cpus_of_process(denoise__cpus *cpus);
int32_t denoise__cpu_count(void); /* of the above */
/* Lets the calling thread run on all of them, whatever it inherited from the thread that made it. */
void denoise__cpus_use(const denoise__cpus *cpus);
/* CPUs' worth of time that the control groups listed in a file such as /proc/self/cgroup leave, rounded up; 0 = no limit. */
int32_t denoise__cpu_quota(const char *list, const char *folder);

/* Computing calls run in the default floating-point environment and restore the caller's: rounding, exception masks and flags,
 * whether subnormal numbers count as zero. The second form takes subnormal numbers for zero, operands and results: work on
 * the numbers of nets, which on many CPUs they would slow down a hundredfold. */
typedef struct denoise__fp_state {
    fenv_t environment;
    unsigned control;  /* x86: the control and status register of SSE */
    bool is_exchanged; /* x86: `environment` has to be put back */
} denoise__fp_state;
void denoise__fp_enter(denoise__fp_state *state);
void denoise__fp_enter_flushing(denoise__fp_state *state);
void denoise__fp_leave(const denoise__fp_state *state);

/* For threads of the pool, which are in the default environment and do as their caller does. */
bool denoise__fp_is_flushing(void);
void denoise__fp_flush(bool is_flushing);

#endif
