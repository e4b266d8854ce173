/* SPDX-License-Identifier: Apache-2.0 */
/* One pool for the process. A caller opens a job, works on it itself, closes it and waits for those workers that joined;
 * a worker that wakes up late misses the job, so that nobody waits for sleepers. */
#include "core/threads.h"
#include "core/cancel.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/text.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
    int32_t slots; /* threads that may take part */
    bool flushes;  /* the caller takes subnormal numbers for zero */
    bool spin;     /* workers have a CPU each; written before they start */

    alignas(64) atomic_bool busy;  /* a caller uses or changes the pool */
    atomic_int threads;            /* the calling one included; 0 = not chosen yet */
    atomic_int sleepers;           /* workers waiting on `work` */
    atomic_bool caller_sleeps;     /* the caller waits on `done` */
    atomic_bool stop;              /* workers end */
    atomic_int requested;          /* by denoise_set_num_threads; 0 = none */
    int workers;                   /* threads that run; changed by the holder of `busy` */
    int cancel;                    /* of the holder of `busy`, who waits and must not be ended meanwhile */
    pthread_t thread[MAX_THREADS]; /* of the workers */
    int32_t slot[MAX_THREADS];     /* of the workers: 1, 2, ...; the caller's is 0 */
} pool;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* for going to sleep and waking up only */
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static bool fork_handled; /* the holder of `busy` asks for it until it is */

static _Thread_local bool inside; /* this thread runs a body */

static int64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

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
    return is_new_job(atomic_load(&pool.state), seen) || atomic_load(&pool.stop);
}

/* Looks for a new job for a while; true when there is one or the pool ends. */
static bool spin_for_job(uint64_t seen)
{
    int64_t end = now() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < PAUSES_PER_LOOK; i++) {
            if (should_wake(seen)) return true;
            denoise__cpu_relax();
        }
    } while (now() < end);
    return false;
}

static void sleep_for_job(uint64_t seen)
{
    (void)pthread_mutex_lock(&mutex);
    atomic_fetch_add(&pool.sleepers, 1);
    while (!should_wake(seen)) {
        (void)pthread_cond_wait(&work, &mutex);
    }
    atomic_fetch_sub(&pool.sleepers, 1);
    (void)pthread_mutex_unlock(&mutex);
}

static void leave_job(void)
{
    uint64_t left = atomic_fetch_sub(&pool.state, JOB_MEMBER) - JOB_MEMBER;
    bool last = (left & (JOB_OPEN | JOB_MEMBERS)) == 0;
    if (!last || !atomic_load(&pool.caller_sleeps)) return;
    (void)pthread_mutex_lock(&mutex);
    (void)pthread_cond_signal(&done);
    (void)pthread_mutex_unlock(&mutex);
}

/* The argument points to the worker's own entry of pool.slot. */
static void *work_loop(void *argument)
{
    int32_t slot = *(const int32_t *)argument;
    bool spin = pool.spin;
    denoise__fp_state unused;
    denoise__fp_enter(&unused); /* a new thread inherits its maker's rounding mode */
    inside = true;
    uint64_t seen = 0;
    while (!atomic_load(&pool.stop)) {
        uint64_t state = atomic_load(&pool.state);
        if (!is_new_job(state, seen)) {
            if (!spin || !spin_for_job(seen)) sleep_for_job(seen);
            continue;
        }
        if (!atomic_compare_exchange_weak(&pool.state, &state, state + JOB_MEMBER)) continue;
        seen = JOB_NUMBER(state);
        if (slot < pool.slots) {
            denoise__fp_flush(pool.flushes);
            run_blocks(slot);
        }
        leave_job();
    }
    return NULL;
}

/* Ends the workers. The caller holds `busy`. */
static void stop_workers(void)
{
    if (pool.workers > 0) {
        (void)pthread_mutex_lock(&mutex);
        atomic_store(&pool.stop, true);
        (void)pthread_cond_broadcast(&work);
        (void)pthread_mutex_unlock(&mutex);
        for (int i = 0; i < pool.workers; i++) {
            (void)pthread_join(pool.thread[i], NULL);
        }
    }
    pool.workers = 0;
    atomic_store(&pool.stop, false);
    atomic_store(&pool.threads, 0);
}

static void before_fork(void)
{
    (void)pthread_mutex_lock(&mutex);
}

static void after_fork_in_parent(void)
{
    (void)pthread_mutex_unlock(&mutex);
}

/* The child has no workers, and nobody in it uses the pool unless the forking thread does. */
static void after_fork_in_child(void)
{
    (void)pthread_mutex_init(&mutex, NULL);
    (void)pthread_cond_init(&work, NULL);
    (void)pthread_cond_init(&done, NULL);
    pool.workers = 0;
    atomic_store(&pool.state, JOB_NUMBER(atomic_load(&pool.state)) << 32);
    atomic_store(&pool.threads, 0);
    atomic_store(&pool.sleepers, 0);
    atomic_store(&pool.caller_sleeps, false);
    atomic_store(&pool.stop, false);
    atomic_store(&pool.busy, inside);
}

static int chosen_threads(void)
{
    int requested = atomic_load(&pool.requested);
    if (requested > 0) return requested;
    const char *wish = getenv("DENOISE_NUM_THREADS");
    int64_t count = 0;
    if (wish != NULL && denoise__parse_int(wish, strlen(wish), &count) && count >= 1 && count <= MAX_THREADS) return (int)count;
    int32_t cpus = denoise__cpu_count();
    return cpus < MAX_THREADS ? cpus : MAX_THREADS;
}

/* Makes the workers; with fewer where the system gives no more. The caller holds `busy`. */
static void start_workers(void)
{
    int threads = chosen_threads();
    bool spin = threads <= denoise__cpu_count();
    if (!fork_handled) fork_handled = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
    if (!fork_handled) threads = 1;
    sigset_t all, before;
    int error = errno; /* both are the host's */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the host's */
    int workers = 0;
    pool.spin = spin;
    while (workers < threads - 1) {
        pool.slot[workers] = workers + 1;
        if (pthread_create(&pool.thread[workers], NULL, work_loop, &pool.slot[workers]) != 0) break;
        workers++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    pool.workers = workers;
    atomic_store(&pool.threads, workers + 1);
}

static void wake_workers(int64_t wanted)
{
    int sleepers = atomic_load(&pool.sleepers);
    if (sleepers == 0) return;
    (void)pthread_mutex_lock(&mutex);
    if (wanted >= sleepers) {
        (void)pthread_cond_broadcast(&work);
    } else {
        for (int64_t i = 0; i < wanted; i++) {
            (void)pthread_cond_signal(&work);
        }
    }
    (void)pthread_mutex_unlock(&mutex);
}

static bool has_members(void)
{
    return (atomic_load(&pool.state) & JOB_MEMBERS) != 0;
}

/* Waits until every worker that joined has left. */
static void wait_for_members(void)
{
    if (pool.spin) {
        int64_t end = now() + SPIN_NANOSECONDS;
        do {
            for (int i = 0; i < PAUSES_PER_LOOK; i++) {
                if (!has_members()) return;
                denoise__cpu_relax();
            }
        } while (now() < end);
    }
    (void)pthread_mutex_lock(&mutex);
    atomic_store(&pool.caller_sleeps, true);
    while (has_members()) {
        (void)pthread_cond_wait(&done, &mutex);
    }
    atomic_store(&pool.caller_sleeps, false);
    (void)pthread_mutex_unlock(&mutex);
}

/* The caller holds `busy`. */
static void run_job(int64_t count, int32_t slots, denoise__slot_body body, void *context)
{
    pool.body = body;
    pool.context = context;
    pool.count = count;
    pool.slots = slots;
    pool.flushes = denoise__fp_is_flushing();
    atomic_store(&pool.next, 0);
    atomic_store(&pool.state, ((JOB_NUMBER(atomic_load(&pool.state)) + 1) << 32) | JOB_OPEN);
    wake_workers(count - 1);
    inside = true;
    run_blocks(0);
    inside = false;
    atomic_fetch_and(&pool.state, ~JOB_OPEN);
    if (has_members()) wait_for_members();
}

static bool claim_pool(void)
{
    bool expected = false;
    int before = denoise__cancel_hold();
    bool claimed = !inside && atomic_compare_exchange_strong(&pool.busy, &expected, true);
    if (claimed)
        pool.cancel = before;
    else
        denoise__cancel_release(before);
    return claimed;
}

static void release_pool(void)
{
    int before = pool.cancel;
    atomic_store(&pool.busy, false);
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

denoise_status denoise_set_num_threads(int32_t count)
{
    if (count < 0 || count > MAX_THREADS) {
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_set_num_threads: count is %d, expected 0 to %d", (int)count,
                             MAX_THREADS);
    }
    if (!claim_pool()) return denoise__fail(DENOISE_ERR_BUSY, "denoise_set_num_threads: the pool is at work");
    atomic_store(&pool.requested, count);
    int threads = atomic_load(&pool.threads);
    if (threads != 0 && threads != chosen_threads()) stop_workers();
    release_pool();
    return DENOISE_OK;
}

int32_t denoise_num_threads(void)
{
    int threads = atomic_load(&pool.threads);
    return threads > 0 ? threads : chosen_threads();
}

static void end_pool(void)
{
    if (!claim_pool()) return;
    stop_workers();
    release_pool();
}

void denoise_shutdown(void)
{
    end_pool();
}

void denoise__unload(void)
{
    end_pool();
}
