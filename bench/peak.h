/* SPDX-License-Identifier: Apache-2.0 */
/* What the cores can do at most with the instruction set that the library uses (DENOISE_ISA lowers both). */
#ifndef DENOISE_BENCH_PEAK_H
#define DENOISE_BENCH_PEAK_H

#include <stdint.h>

/* GFLOP/s of a core while all threads of the crew multiply for so long; the mean of them. NAN when they did not meet. */
double peak_gflops(double seconds);
int peak_lanes(void);
/* GB/s at which one core reads from, and writes to, its second-level cache. */
double peak_l2_read(double seconds);
double peak_l2_write(double seconds);
int64_t peak_l2_bytes(void); /* of the array that is read or written */

#endif
