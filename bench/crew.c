/* SPDX-License-Identifier: Apache-2.0 */
#include "crew.h"
#include "check.h"
#include "clock.h"
#include "core/cpu.h"
#include "core/threads.h"
#include "placement.h"
#include "statistics.h"
#include <math.h>
#include <stdalign.h>
#include <stdatomic.h>

enum { MOST = 64, BURSTS = 9, BURST_TRIPS = 200, TRIPS = BURSTS * BURST_TRIPS, LOOKS_PER_CLOCK = 1024 };
static const double patience = 5.0;        /* seconds that a thread waits for the others */
static const double trips_patience = 0.05; /* two threads on one CPU never finish */

static struct {
    int size, cpus[MOST];
    bool pinned;
} crew = {.size = 1};

typedef struct meeting {
    crew_body body;
    void *context;
    int size;
    alignas(64) atomic_int arrived;
    atomic_bool failed;
} meeting;

/* False when the others do not come: the pool may run all parts on one thread, one after the other. */
static bool meet(meeting *m)
{
    atomic_fetch_add(&m->arrived, 1);
    double end = clock_seconds() + patience;
    while (atomic_load(&m->arrived) < m->size) {
        if (atomic_load(&m->failed)) return false;
        denoise__cpu_relax();
        if (clock_seconds() > end) atomic_store(&m->failed, true);
    }
    return true;
}

static void attend(void *context, int64_t index)
{
    meeting *m = context;
    if (meet(m)) m->body(m->context, (int)index);
}

bool crew_run(crew_body body, void *context)
{
    meeting m = {.body = body, .context = context, .size = crew.size};
    denoise__parallel_for(crew.size, attend, &m);
    return !atomic_load(&m.failed);
}

static void pin_member(void *context, int member)
{
    atomic_int *count = context;
    if (placement_pin(crew.cpus[member])) atomic_fetch_add(count, 1);
}

void crew_start(int threads, bool pin)
{
    atomic_int pinned = 0;
    check_that(threads >= 1 && threads <= MOST, "too many threads");
    /* The pool looks at the affinity mask to learn whether each thread has a CPU, and its threads inherit the mask. */
    placement_release();
    check(denoise_set_num_threads(threads));
    crew.size = threads;
    crew.pinned = false;
    int found = placement_choose(crew.cpus, threads);
    if (!pin || found < threads) return;
    crew.pinned = crew_run(pin_member, &pinned) && atomic_load(&pinned) == threads;
}

int crew_size(void)
{
    return crew.size;
}

bool crew_is_pinned(void)
{
    return crew.pinned;
}

int crew_cpu(int member)
{
    return crew.pinned ? crew.cpus[member] : -1;
}

typedef struct ball {
    alignas(64) atomic_int place; /* odd: on its way to member 1, even: to member 0 */
    alignas(64) atomic_bool stop;
    double nanoseconds;
} ball;

/* The median of bursts, as a thread may be interrupted now and then. */
static void serve(ball *b)
{
    double start = clock_seconds(), burst_start = start, bursts[BURSTS];
    int trips = 0, count = 0;
    while (trips < TRIPS && !atomic_load(&b->stop)) {
        atomic_store_explicit(&b->place, 2 * trips + 1, memory_order_release);
        for (int looks = 1; atomic_load_explicit(&b->place, memory_order_acquire) != 2 * trips + 2; looks++) {
            if (looks % LOOKS_PER_CLOCK != 0 || clock_seconds() - start < trips_patience) continue;
            atomic_store(&b->stop, true);
            break;
        }
        if (++trips % BURST_TRIPS != 0) continue;
        bursts[count++] = (clock_seconds() - burst_start) / BURST_TRIPS * 1e9;
        burst_start = clock_seconds();
    }
    if (count == 0) bursts[count++] = (clock_seconds() - start) / trips * 1e9;
    atomic_store(&b->stop, true);
    b->nanoseconds = summarize(bursts, count).median;
}

static void play(void *context, int member)
{
    ball *b = context;
    if (member == 0) {
        serve(b);
        return;
    }
    for (int trips = 0; member == 1 && trips < TRIPS; trips++) {
        while (atomic_load_explicit(&b->place, memory_order_acquire) != 2 * trips + 1) {
            if (atomic_load_explicit(&b->stop, memory_order_relaxed)) return;
        }
        atomic_store_explicit(&b->place, 2 * trips + 2, memory_order_release);
    }
}

double crew_round_trip(void)
{
    ball b = {.nanoseconds = NAN};
    if (crew.size < 2 || !crew_run(play, &b)) return NAN;
    return b.nanoseconds;
}
