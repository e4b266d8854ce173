/* SPDX-License-Identifier: Apache-2.0 */
/* What the system and the library count: stolen time, threads that slept or were interrupted, memory, allocations. */
#ifndef DENOISE_BENCH_COUNTERS_H
#define DENOISE_BENCH_COUNTERS_H

#include <stdint.h>

typedef struct counters {
    int64_t allocations; /* through the library's allocator, since counters_start() */
    int64_t voluntary;   /* context switches of all threads: they waited in the kernel, as for a futex */
    int64_t involuntary; /* they were interrupted: somebody else wanted the CPU */
} counters;

/* Puts a counting allocator into the library; before its first object. */
void counters_start(void);
counters counters_read(void);
int64_t counters_allocations(void); /* without a system call */

int64_t counters_steal(void);               /* ticks that the hypervisor gave to others; 0 where the system does not say */
int64_t counters_huge_kb(void);             /* kB of the process in transparent huge pages (AnonHugePages); -1 unknown */
int64_t counters_rss_kb(const char *field); /* "VmHWM" or "VmRSS" of the process; -1 unknown */

#endif
