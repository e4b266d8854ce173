/* SPDX-License-Identifier: Apache-2.0 */
/* What the cores can do at most with the instruction set that the library uses (DENOISE_ISA lowers both). */
#ifndef DENOISE_BENCH_PEAK_H
#define DENOISE_BENCH_PEAK_H

#include <stdint.h>

typedef struct peak {
    double gflops;    /* of a core, the mean of all */
    double cpu_share; /* of the time, that the system gave the thread that had the least of it */
} peak;

/* While all threads of the crew multiply for so long. NAN when they did not meet. */
peak peak_measure(double seconds);
int peak_lanes(void);
/* GB/s at which one core reads from, and writes to, its second-level cache. */
double peak_l2_read(double seconds);
double peak_l2_write(double seconds);
int64_t peak_l2_bytes(void); /* of the array that is read or written */
/* Seconds in which the crew reads and writes so many floats once, each thread its part, again and again from the same arrays:
 * from the cache or the memory in which so many of them live. NAN when its threads did not meet. */
double peak_transfer(int64_t reads, int64_t writes, double seconds);

#endif
