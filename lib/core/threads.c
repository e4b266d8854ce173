/* SPDX-License-Identifier: Apache-2.0 */
/* One pool for the process. A caller opens a job, works on it itself, closes it and waits for those workers that joined;
 * a worker that wakes up late misses the job, so that nobody waits for sleepers. */
#include "core/threads.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/kind.h"
#include "core/platform/clock.h"
#include "core/platform/mutex.h"
#include "core/platform/process.h"
#include "core/platform/thread.h"
#include "core/text.h"
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 256, SPIN_NANOSECONDS = 50000, PAUSES_PER_LOOK = 32 };

/* pool.state: bit 0 = the job is open, bits 1..31 = workers inside it, bits 32..63 = number of the job. */
#define JOB_OPEN          ((uint64_t)1)
#define JOB_MEMBER        ((uint64_t)2)
#define JOB_MEMBERS       ((uint64_t)0xFFFFFFFE)
#define JOB_NUMBER(state) ((state) >> 32)

static struct {
    alignas(64) _Atomic(uint64_t) state;
    alignas(64) _Atomic(int64_t) next; /* block to be claimed */
    /* The job: written before it is opened, read by those who joined it. */
    alignas(64) denoise__slot_body body;
    void *context;
    int64_t count;
    int32_t slots;      /* threads that may take part */
    bool is_flushing;   /* the caller takes subnormal numbers for zero */
    bool has_own_cpus;  /* workers have a CPU each; written before they start */
    denoise__cpus cpus; /* for the workers; written before they start */

    alignas(64) atomic_bool is_busy;     /* a caller uses or changes the pool */
    atomic_int threads;                  /* the calling one included; 0 = not chosen yet */
    atomic_int sleepers;                 /* workers waiting on `work` */
    atomic_bool caller_sleeps;           /* the caller waits on `done` */
    atomic_bool is_stopping;             /* workers end */
    atomic_int requested;                /* by denoise_set_num_threads; 0 = none */
    int workers;                         /* threads that run; changed by the holder of `is_busy` */
    int cancel;                          /* of the holder of `is_busy`, who waits and must not be ended meanwhile */
    denoise__thread thread[MAX_THREADS]; /* of the workers */
    int32_t slot[MAX_THREADS];           /* of the workers: 1, 2, ...; the caller's is 0 */
} pool;

static denoise__mutex mutex = DENOISE__MUTEX_INIT; /* for going to sleep and waking up only */
static denoise__condition work = DENOISE__CONDITION_INIT;
static denoise__condition done = DENOISE__CONDITION_INIT;
static denoise__mutex failing = DENOISE__MUTEX_INIT; /* for status and message of a task */
static bool is_fork_handled;                         /* the holder of `is_busy` asks for it until it is */

static _Thread_local bool is_inside; /* this thread runs a body */

static void run_blocks(int32_t slot)
{
    denoise__slot_body body = pool.body;
    void *context = pool.context;
    int64_t count = pool.count;
    for (;;) {
        int64_t index = atomic_fetch_add_explicit(&pool.next, 1, memory_order_relaxed);
        if (index >= count) return;
        body(context, index, slot);
    }
}

static bool is_new_job(uint64_t state, uint64_t seen)
{
    return (state & JOB_OPEN) != 0 && JOB_NUMBER(state) != seen;
}

static bool should_wake(uint64_t seen)
{
    return is_new_job(atomic_load(&pool.state), seen) || atomic_load(&pool.is_stopping);
}

/* Looks for a new job for a while; true when there is one or the pool ends. */
static bool spin_for_job(uint64_t seen)
{
    int64_t end = denoise__clock() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < PAUSES_PER_LOOK; i++) {
            if (should_wake(seen)) return true;
            denoise__cpu_relax();
        }
    } while (denoise__clock() < end);
    return false;
}

static void sleep_for_job(uint64_t seen)
{
    denoise__mutex_lock(&mutex);
    atomic_fetch_add(&pool.sleepers, 1);
    while (!should_wake(seen)) {
        denoise__condition_wait(&work, &mutex);
    }
    atomic_fetch_sub(&pool.sleepers, 1);
    denoise__mutex_unlock(&mutex);
}

static void leave_job(void)
{
    uint64_t left = atomic_fetch_sub(&pool.state, JOB_MEMBER) - JOB_MEMBER;
    bool last = (left & (JOB_OPEN | JOB_MEMBERS)) == 0;
    if (!last || !atomic_load(&pool.caller_sleeps)) return;
    denoise__mutex_lock(&mutex);
    denoise__condition_signal(&done);
    denoise__mutex_unlock(&mutex);
}

/* The argument points to the worker's own entry of pool.slot. */
static void work_loop(void *argument)
{
    int32_t slot = *(const int32_t *)argument;
    bool is_spinning = pool.has_own_cpus;
    denoise__fp_state unused;
    denoise__cpus_use(&pool.cpus);
    denoise__fp_enter(&unused); /* a new thread inherits its maker's rounding mode */
    is_inside = true;
    uint64_t seen = 0;
    while (!atomic_load(&pool.is_stopping)) {
        uint64_t state = atomic_load(&pool.state);
        if (!is_new_job(state, seen)) {
            if (!is_spinning || !spin_for_job(seen)) sleep_for_job(seen);
            continue;
        }
        if (!atomic_compare_exchange_weak(&pool.state, &state, state + JOB_MEMBER)) continue;
        seen = JOB_NUMBER(state);
        if (slot < pool.slots) {
            denoise__fp_flush(pool.is_flushing);
            run_blocks(slot);
        }
        leave_job();
    }
}

/* Ends the workers. The caller holds `is_busy`. */
static void stop_workers(void)
{
    if (pool.workers > 0) {
        denoise__mutex_lock(&mutex);
        atomic_store(&pool.is_stopping, true);
        denoise__condition_broadcast(&work);
        denoise__mutex_unlock(&mutex);
        for (int i = 0; i < pool.workers; i++) {
            denoise__thread_join(&pool.thread[i]);
        }
    }
    pool.workers = 0;
    atomic_store(&pool.is_stopping, false);
    atomic_store(&pool.threads, 0);
}

static void before_fork(void)
{
    denoise__mutex_lock(&mutex);
}

static void after_fork_in_parent(void)
{
    denoise__mutex_unlock(&mutex);
}

/* The child has no workers, and nobody in it uses the pool unless the forking thread does. */
static void after_fork_in_child(void)
{
    (void)denoise__mutex_init(&mutex);
    (void)denoise__mutex_init(&failing);
    (void)denoise__condition_init(&work);
    (void)denoise__condition_init(&done);
    pool.workers = 0;
    atomic_store(&pool.state, JOB_NUMBER(atomic_load(&pool.state)) << 32);
    atomic_store(&pool.threads, 0);
    atomic_store(&pool.sleepers, 0);
    atomic_store(&pool.caller_sleeps, false);
    atomic_store(&pool.is_stopping, false);
    atomic_store(&pool.is_busy, is_inside);
}

/* 0: it is not set; -1: it is no such number. */
static int environment_threads(void)
{
    const char *wish = getenv("DENOISE_NUM_THREADS");
    int64_t count = 0;
    if (wish == NULL || wish[0] == '\0') return 0;
    bool is_number = denoise__parse_int(wish, strlen(wish), &count);
    return is_number && count >= 1 && count <= MAX_THREADS ? (int)count : -1;
}

static denoise_status check_environment(void)
{
    if (environment_threads() >= 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_ENGINE,
                         "environment variable DENOISE_NUM_THREADS is \"%.64s\", expected a number from 1 to %d",
                         getenv("DENOISE_NUM_THREADS"), MAX_THREADS);
}

denoise_status denoise__threads_check(void)
{
    return atomic_load(&pool.requested) > 0 ? DENOISE_OK : check_environment();
}

static int chosen_threads(int32_t cpus)
{
    int requested = atomic_load(&pool.requested);
    if (requested == 0) requested = environment_threads();
    if (requested > 0) return requested;
    return cpus < MAX_THREADS ? cpus : MAX_THREADS;
}

/* Makes the workers; with fewer where the system gives no more. The caller holds `is_busy`. */
static void start_workers(void)
{
    denoise__cpus_of_process(&pool.cpus);
    int threads = chosen_threads(pool.cpus.count);
    bool has_own_cpus = threads <= pool.cpus.count;
    if (!is_fork_handled) is_fork_handled = denoise__at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (!is_fork_handled) threads = 1;
    int workers = 0;
    pool.has_own_cpus = has_own_cpus;
    while (workers < threads - 1) {
        pool.slot[workers] = workers + 1;
        if (denoise__thread_start(&pool.thread[workers], work_loop, &pool.slot[workers]) != 0) break;
        workers++;
    }
    pool.workers = workers;
    atomic_store(&pool.threads, workers + 1);
}

static void wake_workers(int64_t wanted)
{
    int sleepers = atomic_load(&pool.sleepers);
    if (sleepers == 0) return;
    denoise__mutex_lock(&mutex);
    if (wanted >= sleepers) {
        denoise__condition_broadcast(&work);
    } else {
        for (int64_t i = 0; i < wanted; i++) {
            denoise__condition_signal(&work);
        }
    }
    denoise__mutex_unlock(&mutex);
}

static bool has_members(void)
{
    return (atomic_load(&pool.state) & JOB_MEMBERS) != 0;
}

/* Waits until every worker that joined has left. */
static void wait_for_members(void)
{
    if (pool.has_own_cpus) {
        int64_t end = denoise__clock() + SPIN_NANOSECONDS;
        do {
            for (int i = 0; i < PAUSES_PER_LOOK; i++) {
                if (!has_members()) return;
                denoise__cpu_relax();
            }
        } while (denoise__clock() < end);
    }
    denoise__mutex_lock(&mutex);
    atomic_store(&pool.caller_sleeps, true);
    while (has_members()) {
        denoise__condition_wait(&done, &mutex);
    }
    atomic_store(&pool.caller_sleeps, false);
    denoise__mutex_unlock(&mutex);
}

/* The caller holds `is_busy`. */
static void run_job(int64_t count, int32_t slots, denoise__slot_body body, void *context)
{
    pool.body = body;
    pool.context = context;
    pool.count = count;
    pool.slots = slots;
    pool.is_flushing = denoise__fp_is_flushing();
    atomic_store(&pool.next, 0);
    atomic_store(&pool.state, ((JOB_NUMBER(atomic_load(&pool.state)) + 1) << 32) | JOB_OPEN);
    wake_workers(count - 1);
    is_inside = true;
    run_blocks(0);
    is_inside = false;
    atomic_fetch_and(&pool.state, ~JOB_OPEN);
    if (has_members()) wait_for_members();
}

static bool claim_pool(void)
{
    bool expected = false;
    int before = denoise__cancel_hold();
    bool claimed = !is_inside && atomic_compare_exchange_strong(&pool.is_busy, &expected, true);
    if (claimed)
        pool.cancel = before;
    else
        denoise__cancel_release(before);
    return claimed;
}

static void release_pool(void)
{
    int before = pool.cancel;
    atomic_store(&pool.is_busy, false);
    denoise__cancel_release(before);
}

void denoise__parallel_slots(int64_t count, int32_t slots, denoise__slot_body body, void *context)
{
    if (count > 1 && slots > 1 && claim_pool()) {
        if (atomic_load(&pool.threads) == 0) start_workers();
        bool shared = pool.workers > 0;
        if (shared) run_job(count, slots, body, context);
        release_pool();
        if (shared) return;
    }
    for (int64_t i = 0; i < count; i++) {
        body(context, i, 0);
    }
}

typedef struct plain_job {
    denoise__body body;
    void *context;
} plain_job;

static void run_plain(void *context, int64_t index, int32_t slot)
{
    const plain_job *job = context;
    (void)slot;
    job->body(job->context, index);
}

void denoise__parallel_for(int64_t count, denoise__body body, void *context)
{
    plain_job job = {body, context};
    denoise__parallel_slots(count, MAX_THREADS, run_plain, &job);
}

typedef struct ranges {
    denoise__range_body body;
    void *context;
    int64_t size, grain;
} ranges;

static void run_range(void *context, int64_t index)
{
    const ranges *all = context;
    int64_t first = index * all->grain;
    int64_t left = all->size - first;
    all->body(all->context, first, left < all->grain ? left : all->grain);
}

void denoise__parallel_ranges(int64_t size, int64_t grain, denoise__range_body body, void *context)
{
    if (grain < 1) grain = 1;
    ranges all = {body, context, size, grain};
    denoise__parallel_for(size / grain + (size % grain != 0), run_range, &all);
}

/* ---- Bodies that can fail */

typedef struct tasks {
    denoise__task body;
    void *context;
    _Atomic(int64_t) failed; /* the lowest index that has; INT64_MAX: none */
    denoise_status status;
    char message[DENOISE__MESSAGE_SIZE];
} tasks;

static void note_failure(tasks *all, int64_t index, denoise_status status)
{
    denoise__mutex_lock(&failing);
    if (index < atomic_load(&all->failed)) {
        atomic_store(&all->failed, index);
        all->status = status;
        memcpy(all->message, denoise_last_error(), sizeof all->message);
    }
    denoise__mutex_unlock(&failing);
}

static void run_task(void *context, int64_t index, int32_t slot)
{
    tasks *all = context;
    if (index > atomic_load_explicit(&all->failed, memory_order_relaxed)) return;
    denoise_status status = all->body(all->context, index, slot);
    if (status != DENOISE_OK) note_failure(all, index, status);
}

static denoise_status run_on_pool(int64_t count, int32_t slots, denoise__task body, void *context)
{
    tasks all = {.body = body, .context = context, .failed = INT64_MAX};
    denoise__parallel_slots(count, slots, run_task, &all);
    return atomic_load(&all.failed) == INT64_MAX ? DENOISE_OK : denoise__fail_text(all.status, all.message);
}

denoise_status denoise__parallel_tasks(int64_t count, int32_t slots, denoise__task body, void *context)
{
    if (count > 1 && slots > 1 && !is_inside) return run_on_pool(count, slots, body, context);
    for (int64_t i = 0; i < count; i++)
        DENOISE__TRY(body(context, i, 0));
    return DENOISE_OK;
}

typedef struct range_tasks {
    denoise__range_task body;
    void *context;
    int64_t size, grain;
} range_tasks;

static denoise_status run_range_task(void *context, int64_t index, int32_t slot)
{
    const range_tasks *all = context;
    int64_t first = index * all->grain, left = all->size - first;
    (void)slot;
    return all->body(all->context, first, left < all->grain ? left : all->grain);
}

denoise_status denoise__parallel_range_tasks(int64_t size, int64_t grain, denoise__range_task body, void *context)
{
    if (grain < 1) grain = 1;
    range_tasks all = {body, context, size, grain};
    return denoise__parallel_tasks(size / grain + (size % grain != 0), MAX_THREADS, run_range_task, &all);
}

int64_t denoise__grain(int64_t cost)
{
    if (cost <= 1) return DENOISE__GRAIN;
    return cost >= DENOISE__GRAIN ? 1 : DENOISE__GRAIN / cost;
}

denoise_status denoise_set_num_threads(int32_t count)
{
    if (count < 0 || count > MAX_THREADS) {
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_set_num_threads: count is %d, expected 0 to %d", (int)count,
                             MAX_THREADS);
    }
    if (!claim_pool()) return denoise__fail(DENOISE_ERR_BUSY, "denoise_set_num_threads: the pool is at work");
    denoise_status status = count == 0 ? check_environment() : DENOISE_OK;
    if (status == DENOISE_OK) {
        atomic_store(&pool.requested, count);
        int threads = atomic_load(&pool.threads);
        /* As at the start: the CPUs may be others by now, which the workers' own masks would hide. */
        bool is_stale = count == 0 || threads != count || denoise__cpu_count() != pool.cpus.count;
        if (threads != 0 && is_stale) stop_workers();
    }
    release_pool();
    return status;
}

int32_t denoise_num_threads(void)
{
    int threads = atomic_load(&pool.threads);
    return threads > 0 ? threads : chosen_threads(denoise__cpu_count());
}

static void end_pool(void)
{
    if (!claim_pool()) return;
    stop_workers();
    release_pool();
}

void denoise_shutdown(void)
{
    denoise__registry_sweep();
    end_pool();
}

void denoise__unload(void)
{
    end_pool();
}
