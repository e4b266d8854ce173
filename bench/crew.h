/* SPDX-License-Identifier: Apache-2.0 */
/* The threads of the library's pool, brought together: what is measured beside a training step runs on the same threads. */
#ifndef DENOISE_BENCH_CREW_H
#define DENOISE_BENCH_CREW_H

#include <stdbool.h>

/* Makes the pool anew with so many threads; with `pin` each stays on a CPU of its own where there are enough. */
void crew_start(int threads, bool pin);
int crew_size(void);
bool crew_is_pinned(void);
int crew_cpu(int member); /* -1 when not pinned */

/* Runs body(context, 0 .. size - 1), each on its own thread, begun only when all are there. False, and nothing done, when
 * the pool does not bring them together. */
typedef void (*crew_body)(void *context, int member);
bool crew_run(crew_body body, void *context);

/* Nanoseconds that a cache line takes from one of the first two threads to the other and back; NAN for a crew of one. */
double crew_round_trip(void);

#endif
