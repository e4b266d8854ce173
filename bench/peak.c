/* SPDX-License-Identifier: Apache-2.0 */
#include "peak.h"
#include "check.h"
#include "clock.h"
#include "core/cpu.h"
#include "crew.h"
#include "peak_loop.h"
#include <math.h>
#include <unistd.h>

enum { MOST_MEMBERS = 64, LEAST_L2 = 64 * 1024, MOST_L2 = 512 * 1024, USUAL_L2 = 256 * 1024 };
enum { TRANSFER_UNIT = 128, TRANSFER_PIECE = 4096 }; /* numbers */
static const double piece_seconds = 50e-6;           /* between looks at the clock */

extern const peak_loop peak_loop_portable;
#if defined(__x86_64__)
extern const peak_loop peak_loop_avx2, peak_loop_avx512;
#elif defined(__aarch64__)
extern const peak_loop peak_loop_neon;
#endif

static const peak_loop *loop(void)
{
    switch (denoise__cpu_isa()) {
#if defined(__x86_64__)
    case DENOISE__ISA_AVX2:
        return &peak_loop_avx2;
    case DENOISE__ISA_AVX512:
        return &peak_loop_avx512;
#elif defined(__aarch64__)
    case DENOISE__ISA_NEON:
        return &peak_loop_neon;
#endif
    default:
        return &peak_loop_portable;
    }
}

static volatile float sink;

typedef struct work {
    double seconds, gflops[MOST_MEMBERS], share[MOST_MEMBERS];
} work;

/* Rounds that take about piece_seconds. */
static int64_t piece(const peak_loop *l)
{
    static int64_t rounds; /* found by the first caller, on one thread */
    if (rounds > 0) return rounds;
    for (rounds = 64;; rounds *= 2) {
        double start = clock_seconds();
        sink = l->multiply(rounds);
        if (clock_seconds() - start > piece_seconds) return rounds;
    }
}

static void multiply(void *context, int member)
{
    work *w = context;
    const peak_loop *l = loop();
    int64_t rounds = piece(l), done = 0;
    double cpu = clock_thread_seconds(), start = clock_seconds(), now;
    float result = 0.0f;
    do {
        result += l->multiply(rounds);
        done += rounds;
        now = clock_seconds();
    } while (now - start < w->seconds);
    if (result < 0.0f) sink = result; /* never: it only keeps the loop */
    w->gflops[member] = (double)done * l->flops_per_round / (now - start) * 1e-9;
    w->share[member] = (clock_thread_seconds() - cpu) / (now - start);
}

peak peak_measure(double seconds)
{
    work w = {.seconds = seconds};
    peak p = {0.0, 1.0};
    (void)piece(loop());
    if (!crew_run(multiply, &w)) return (peak){NAN, NAN};
    for (int i = 0; i < crew_size(); i++) {
        p.gflops += w.gflops[i] / crew_size();
        p.cpu_share = fmin(p.cpu_share, w.share[i]);
    }
    return p;
}

int peak_lanes(void)
{
    return loop()->lanes;
}

int64_t peak_l2_bytes(void)
{
    long size = 0;
#if defined(_SC_LEVEL2_CACHE_SIZE)
    size = sysconf(_SC_LEVEL2_CACHE_SIZE) / 2;
#endif
    if (size < LEAST_L2) return USUAL_L2;
    return size > MOST_L2 ? MOST_L2 : size / LEAST_L2 * LEAST_L2;
}

static void read_once(float *values, int64_t count)
{
    sink = loop()->read(values, count);
}

static void write_once(float *values, int64_t count)
{
    loop()->write(values, count, sink);
}

static double gb_s(void (*pass)(float *values, int64_t count), double seconds)
{
    int64_t bytes = peak_l2_bytes(), count = bytes / (int64_t)sizeof(float), passes = 0;
    float *values = check_floats((size_t)count);
    pass(values, count);
    double start = clock_seconds(), now;
    do {
        pass(values, count);
        passes++;
        now = clock_seconds();
    } while (now - start < seconds);
    free(values);
    return (double)passes * (double)bytes / (now - start) * 1e-9;
}

double peak_l2_read(double seconds)
{
    return gb_s(read_once, seconds);
}

double peak_l2_write(double seconds)
{
    return gb_s(write_once, seconds);
}

/* ---- Memory, by all threads of the crew */

typedef struct transfer {
    float *from[MOST_MEMBERS], *to[MOST_MEMBERS]; /* each thread's own part */
    int64_t reads, writes;                        /* of a thread */
    double wanted, seconds[MOST_MEMBERS];
} transfer;

/* A thread's share of so many numbers. */
static int64_t part_of(int64_t count, int threads)
{
    int64_t unit = (int64_t)TRANSFER_UNIT * threads;
    return (count + unit - 1) / unit * TRANSFER_UNIT;
}

/* Reads and writes in turn, a few kilobytes of each. */
static void transfer_once(const transfer *t, int member)
{
    int64_t pieces = (t->reads + t->writes) / TRANSFER_PIECE + 1, unit = TRANSFER_UNIT;
    for (int64_t i = 0; i < pieces; i++) {
        int64_t read = t->reads / unit * i / pieces * unit, read_end = t->reads / unit * (i + 1) / pieces * unit;
        int64_t write = t->writes / unit * i / pieces * unit, write_end = t->writes / unit * (i + 1) / pieces * unit;
        sink = loop()->read(t->from[member] + read, read_end - read);
        loop()->write(t->to[member] + write, write_end - write, 1.0f);
    }
}

static double time_transfers(const transfer *t, int member, int passes)
{
    double start = clock_seconds();
    for (int i = 0; i < passes; i++)
        transfer_once(t, member);
    return (clock_seconds() - start) / passes;
}

/* The least, so that an interruption does not look like slow memory. */
static void transfer_many(void *context, int member)
{
    transfer *t = context;
    double end = clock_seconds() + t->wanted, least = time_transfers(t, member, 1);
    int passes = (int)fmin(1.0 + piece_seconds / fmax(least, 1e-9), 1e4);
    do {
        least = fmin(least, time_transfers(t, member, passes));
    } while (clock_seconds() < end);
    t->seconds[member] = least;
}

double peak_transfer(int64_t reads, int64_t writes, double seconds)
{
    int size = crew_size();
    double slowest = 0.0;
    transfer t = {.reads = part_of(reads, size), .writes = part_of(writes, size), .wanted = seconds};
    for (int i = 0; i < size; i++) {
        t.from[i] = check_floats((size_t)t.reads);
        t.to[i] = check_floats((size_t)t.writes);
    }
    bool met = crew_run(transfer_many, &t);
    for (int i = 0; i < size; i++) {
        slowest = fmax(slowest, t.seconds[i]);
        free(t.from[i]), free(t.to[i]);
    }
    return met ? slowest : NAN;
}
