/* SPDX-License-Identifier: Apache-2.0 */
/* Which CPUs the threads run on. */
#ifndef DENOISE_BENCH_PLACEMENT_H
#define DENOISE_BENCH_PLACEMENT_H

#include <stdbool.h>

/* Writes `count` CPUs of the process' affinity mask, each of another core as far as there are so many.
 * Returns how many CPUs there are to choose from, at most `count`. */
int placement_choose(int *cpus, int count);
bool placement_pin(int cpu);            /* the calling thread */
void placement_release(void);           /* the calling thread may run wherever the process might when it began */
bool placement_same_core(int a, int b); /* they are siblings of one core, as far as the system says */

#endif
