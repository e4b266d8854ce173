/* SPDX-License-Identifier: Apache-2.0 */
/* Time, and how fast the core runs. */
#ifndef DENOISE_BENCH_CLOCK_H
#define DENOISE_BENCH_CLOCK_H

double clock_seconds(void);        /* monotonic, the same in all processes */
double clock_thread_seconds(void); /* that the calling thread has had a CPU */
void clock_sleep(double seconds);
/* Clock of the core in GHz, from a chain of one-cycle operations each of which waits for the one before. */
double clock_ghz(void);

#endif
