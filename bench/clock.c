/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include <stdint.h>
#include <time.h>

static volatile uint64_t sink; /* keeps the chain */

enum { LINKS = 16, ROUNDS = 100000, RUNS = 5 };

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double clock_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double clock_thread_seconds(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

void clock_sleep(double seconds)
{
    struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&t, NULL);
}

/* Adding alone would be folded into one product; with an exclusive or in between, no rule shortens the chain. */
static uint64_t chain(uint64_t x, uint64_t mask, uint64_t step)
{
    for (int i = 0; i < ROUNDS; i++) {
        x = (x ^ mask) + step, x = (x ^ mask) + step, x = (x ^ mask) + step, x = (x ^ mask) + step;
        x = (x ^ mask) + step, x = (x ^ mask) + step, x = (x ^ mask) + step, x = (x ^ mask) + step;
    }
    return x;
}

double clock_ghz(void)
{
    static volatile uint64_t start = 1, mask = 0x9E3779B97F4A7C15u, step = 0xD1B54A32D192ED03u;
    double best = 0.0;
    for (int i = 0; i < RUNS; i++) {
        double before = clock_seconds();
        sink = chain(start, mask, step);
        double ghz = (double)LINKS * ROUNDS / (clock_seconds() - before) * 1e-9;
        if (ghz > best) best = ghz;
    }
    return best;
}
