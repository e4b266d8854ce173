/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/sanitizer.h"
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COUNT = 1000 };

static void mark(void *context, int64_t index)
{
    int *marks = context;
    marks[index]++;
}

static void every_index_runs_once(void **state)
{
    (void)state;
    static const int32_t threads[] = {1, 2, 3, 4, 8};
    for (size_t t = 0; t < 5; t++) {
        assert_int_equal(denoise_set_num_threads(threads[t]), DENOISE_OK);
        for (int64_t count = 0; count <= COUNT; count += count < 10 ? 1 : 99) {
            int marks[COUNT + 1] = {0};
            denoise__parallel_for(count, mark, marks);
            for (int64_t i = 0; i <= COUNT; i++) {
                assert_int_equal(marks[i], i < count);
            }
        }
        assert_int_equal(denoise_num_threads(), threads[t]);
    }
    denoise_shutdown();
}

/* Many small jobs one after the other: what is lost here is a missed wake-up or a worker in the wrong job. */
static void short_jobs_follow_each_other(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(4), DENOISE_OK);
    for (int round = 0; round < 3000; round++) {
        int marks[7] = {0};
        denoise__parallel_for(1 + round % 7, mark, marks);
        for (int i = 0; i < 7; i++) {
            assert_int_equal(marks[i], i <= round % 7);
        }
        if (round % 500 == 0) {
            struct timespec pause = {0, 2000000}; /* long enough for all to go to sleep */
            (void)nanosleep(&pause, NULL);
        }
    }
    denoise_shutdown();
}

typedef struct range_log {
    atomic_int pieces;
    int seen[COUNT];
    int64_t grain, size;
    atomic_int wrong;
} range_log;

static void log_range(void *context, int64_t first, int64_t count)
{
    range_log *log = context;
    atomic_fetch_add(&log->pieces, 1);
    bool whole = count == log->grain || first + count == log->size;
    if (first % log->grain != 0 || count < 1 || !whole) atomic_fetch_add(&log->wrong, 1);
    for (int64_t i = first; i < first + count; i++) {
        log->seen[i]++;
    }
}

static void ranges_are_cut_by_the_grain(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(3), DENOISE_OK);
    static const int64_t cases[][3] = {{0, 10, 0},      {1, 10, 1},    {10, 10, 1},          {11, 10, 2},
                                       {1000, 1, 1000}, {999, 7, 143}, {1000, INT64_MAX, 1}, {1000, 64, 16}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        range_log log;
        memset(&log, 0, sizeof(log));
        log.size = cases[i][0];
        log.grain = cases[i][1];
        denoise__parallel_ranges(log.size, log.grain, log_range, &log);
        assert_int_equal(log.pieces, cases[i][2]);
        assert_int_equal(log.wrong, 0);
        for (int64_t k = 0; k < COUNT; k++) {
            assert_int_equal(log.seen[k], k < log.size);
        }
    }
    range_log log = {.size = 5, .grain = 1};
    denoise__parallel_ranges(5, 0, log_range, &log); /* a grain below 1 is 1 */
    assert_int_equal(log.pieces, 5);
    denoise_shutdown();
}

/* Bodies that fail from an index on, or at one alone. */
typedef struct failing_bodies {
    int64_t first;
    bool is_alone;
    atomic_int runs[COUNT];
} failing_bodies;

static denoise_status fail_at(void *context, int64_t index, int32_t slot)
{
    failing_bodies *bodies = context;
    (void)slot;
    atomic_fetch_add(&bodies->runs[index], 1);
    if (index != bodies->first && (bodies->is_alone || index < bodies->first)) return DENOISE_OK;
    return denoise__fail((denoise_status)(1000 + index), "index %d", (int)index);
}

static denoise_status fail_at_range(void *context, int64_t first, int64_t count)
{
    for (int64_t i = first; i < first + count; i++)
        DENOISE__TRY(fail_at(context, i, 0));
    return DENOISE_OK;
}

static void the_lowest_failure_is_told(void **state)
{
    (void)state;
    static const int64_t places[] = {0, 1, 7, 500, COUNT - 1, COUNT};
    static failing_bodies bodies;
    for (int32_t threads = 1; threads <= 8; threads *= 2) {
        assert_int_equal(denoise_set_num_threads(threads), DENOISE_OK);
        for (int i = 0; i < 24; i++) {
            memset(&bodies, 0, sizeof bodies);
            bodies.first = places[i % 6];
            bodies.is_alone = i % 4 < 2;
            denoise_status status = i < 12 ? denoise__parallel_tasks(COUNT, INT32_MAX, fail_at, &bodies)
                                           : denoise__parallel_range_tasks(COUNT, 3, fail_at_range, &bodies);
            assert_int_equal(status, bodies.first == COUNT ? DENOISE_OK : 1000 + bodies.first);
            for (int64_t k = 0; k <= bodies.first && k < COUNT; k++)
                assert_int_equal(atomic_load(&bodies.runs[k]), 1);
            if (status == DENOISE_OK) continue;
            char expected[32];
            (void)snprintf(expected, sizeof expected, "index %d", (int)bodies.first);
            assert_string_equal(denoise_last_error(), expected);
            assert_int_equal(denoise_last_status(), status);
        }
    }
    denoise_shutdown();
}

static denoise_status fail_inside(void *context, int64_t index, int32_t slot)
{
    failing_bodies bodies = {.first = 5};
    (void)context, (void)slot;
    denoise_status status = denoise__parallel_tasks(10, 3, fail_at, &bodies);
    return index < 3 ? DENOISE_OK : denoise__context(status, "from %d: ", (int)index);
}

static void a_failure_inside_a_body_comes_out(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(4), DENOISE_OK);
    assert_int_equal(denoise__parallel_tasks(50, INT32_MAX, fail_inside, NULL), 1005);
    assert_string_equal(denoise_last_error(), "from 3: index 5");
    denoise_shutdown();
}

static atomic_int inner_calls;

static void count_inner(void *context, int64_t index)
{
    (void)context;
    (void)index;
    atomic_fetch_add(&inner_calls, 1);
}

static void call_again(void *context, int64_t index)
{
    (void)index;
    denoise__parallel_for(10, count_inner, context);
    if (denoise_set_num_threads(2) != DENOISE_ERR_BUSY) atomic_fetch_add(&inner_calls, 1000000);
    denoise_shutdown(); /* does nothing here */
}

static void a_body_may_call_again(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(4), DENOISE_OK);
    inner_calls = 0;
    denoise__parallel_for(50, call_again, NULL);
    assert_int_equal(inner_calls, 500);
    denoise_shutdown();
}

static void *caller(void *context)
{
    (void)context;
    for (int round = 0; round < 200; round++) {
        int marks[100] = {0};
        denoise__parallel_for(100, mark, marks);
        for (int i = 0; i < 100; i++) {
            if (marks[i] != 1) return (void *)1;
        }
    }
    return NULL;
}

static void several_callers_do_not_disturb_each_other(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(3), DENOISE_OK);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, caller, NULL), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
    denoise_shutdown();
}

static void wrong_counts_are_refused(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(-1), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "denoise_set_num_threads: count is -1, expected 0 to 256");
    assert_int_equal(denoise_set_num_threads(257), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_set_num_threads(256), DENOISE_OK);
    assert_int_equal(denoise_num_threads(), 256);
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

static void the_environment_is_asked_when_nothing_was_set(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
    assert_int_equal(setenv("DENOISE_NUM_THREADS", "5", 1), 0);
    assert_int_equal(denoise_num_threads(), 5);
    int marks[10] = {0};
    denoise__parallel_for(10, mark, marks);
    assert_int_equal(denoise_num_threads(), 5);
    assert_int_equal(denoise_set_num_threads(2), DENOISE_OK);
    assert_int_equal(denoise_num_threads(), 2);
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
    static const char *const useless[] = {"", "0", "-3", "many", "257", "2.5"};
    for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
        assert_int_equal(setenv("DENOISE_NUM_THREADS", useless[i], 1), 0);
        assert_int_equal(denoise_num_threads(), denoise__cpu_count());
    }
    assert_int_equal(unsetenv("DENOISE_NUM_THREADS"), 0);
    assert_int_equal(denoise_num_threads(), denoise__cpu_count());
    denoise_shutdown();
}

static void the_pool_starts_anew_after_shutdown(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(4), DENOISE_OK);
    for (int round = 0; round < 20; round++) {
        int marks[20] = {0};
        denoise__parallel_for(20, mark, marks);
        assert_int_equal(marks[0] + marks[19], 2);
        denoise_shutdown();
        denoise_shutdown();
    }
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* What every thread of the pool sees of rounding mode and signal mask. */
static atomic_int strange_threads;

static void look_around(void *context, int64_t index)
{
    (void)index;
    sigset_t mask;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    bool is_caller = pthread_equal(pthread_self(), *(pthread_t *)context) != 0;
    if (fegetround() != (is_caller ? FE_UPWARD : FE_TONEAREST)) atomic_fetch_add(&strange_threads, 1);
    if ((sigismember(&mask, SIGUSR1) == 1) == is_caller) atomic_fetch_add(&strange_threads, 1);
    struct timespec pause = {0, 1000000};
    (void)nanosleep(&pause, NULL);
}

static void workers_leave_the_host_alone(void **state)
{
    (void)state;
    denoise_shutdown();
    assert_int_equal(denoise_set_num_threads(4), DENOISE_OK);
    strange_threads = 0;
    pthread_t self = pthread_self();
    fesetround(FE_UPWARD); /* before the pool is made */
    denoise__parallel_for(40, look_around, &self);
    int mode = fegetround();
    fesetround(FE_TONEAREST);
    assert_int_equal(mode, FE_UPWARD);
    assert_int_equal(strange_threads, 0);
    denoise_shutdown();
}

static void nothing_is_allocated(void **state)
{
    (void)state;
    failing_alloc_install();
    assert_int_equal(denoise_set_num_threads(3), DENOISE_OK);
    for (int i = 0; i < 10; i++) {
        int marks[30] = {0};
        denoise__parallel_for(30, mark, marks);
    }
    assert_int_equal(failing_alloc_calls(), 0);
    denoise_shutdown();
    failing_alloc_remove();
}

static int child_computes(void)
{
    (void)alarm(20);
    int marks[100] = {0};
    denoise__parallel_for(100, mark, marks);
    denoise__parallel_for(100, mark, marks);
    for (int i = 0; i < 100; i++) {
        if (marks[i] != 2) return 1;
    }
    denoise_shutdown();
    return 0;
}

static void expect_child(int (*child)(void))
{
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) _exit(child());
    int status = 0;
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child_process_computes_too(void **state)
{
    (void)state;
    if (DENOISE_TEST_TSAN) skip();
    assert_int_equal(denoise_set_num_threads(3), DENOISE_OK);
    int marks[100] = {0};
    denoise__parallel_for(100, mark, marks);
    for (int i = 0; i < 20; i++) {
        expect_child(child_computes);
    }
    denoise__parallel_for(100, mark, marks);
    assert_int_equal(marks[0], 2);
    denoise_shutdown();
}

static atomic_bool keep_busy;

static void *stay_busy(void *context)
{
    (void)context;
    while (atomic_load(&keep_busy)) {
        int marks[100] = {0};
        denoise__parallel_for(100, mark, marks);
    }
    return NULL;
}

static void a_fork_while_the_pool_works_does_no_harm(void **state)
{
    (void)state;
    if (DENOISE_TEST_TSAN) skip();
    assert_int_equal(denoise_set_num_threads(2), DENOISE_OK);
    atomic_store(&keep_busy, true);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stay_busy, NULL), 0);
    for (int i = 0; i < 30; i++) {
        expect_child(child_computes);
    }
    atomic_store(&keep_busy, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    denoise_shutdown();
}

typedef struct flush_seen {
    bool wanted;
    atomic_int wrong;
} flush_seen;

static void look_at_flushing(void *context, int64_t index)
{
    flush_seen *seen = context;
    (void)index;
    if (denoise__fp_is_flushing() != seen->wanted) atomic_fetch_add(&seen->wrong, 1);
}

/* Workers take subnormal numbers for zero when their caller does, job by job. */
static void workers_do_as_their_caller(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(4), DENOISE_OK);
    for (int round = 0; round < 200; round++) {
        flush_seen seen = {.wanted = round % 2 == 0};
        denoise__fp_state saved;
        if (seen.wanted) {
            denoise__fp_enter_flushing(&saved);
            seen.wanted = denoise__fp_is_flushing(); /* not every CPU can */
        } else {
            denoise__fp_enter(&saved);
        }
        denoise__parallel_for(COUNT, look_at_flushing, &seen);
        denoise__fp_leave(&saved);
        assert_int_equal(atomic_load(&seen.wrong), 0);
    }
    denoise_shutdown();
}

static void a_grain_is_what_is_worth_a_trip(void **state)
{
    (void)state;
    assert_int_equal(denoise__grain(0), DENOISE__GRAIN);
    assert_int_equal(denoise__grain(1), DENOISE__GRAIN);
    assert_int_equal(denoise__grain(3), DENOISE__GRAIN / 3);
    assert_int_equal(denoise__grain(DENOISE__GRAIN), 1);
    assert_int_equal(denoise__grain(INT64_MAX), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grain_is_what_is_worth_a_trip),
        cmocka_unit_test(every_index_runs_once),
        cmocka_unit_test(short_jobs_follow_each_other),
        cmocka_unit_test(ranges_are_cut_by_the_grain),
        cmocka_unit_test(the_lowest_failure_is_told),
        cmocka_unit_test(a_failure_inside_a_body_comes_out),
        cmocka_unit_test(a_body_may_call_again),
        cmocka_unit_test(several_callers_do_not_disturb_each_other),
        cmocka_unit_test(wrong_counts_are_refused),
        cmocka_unit_test(the_environment_is_asked_when_nothing_was_set),
        cmocka_unit_test(the_pool_starts_anew_after_shutdown),
        cmocka_unit_test(workers_leave_the_host_alone),
        cmocka_unit_test(workers_do_as_their_caller),
        cmocka_unit_test(nothing_is_allocated),
        cmocka_unit_test(a_child_process_computes_too),
        cmocka_unit_test(a_fork_while_the_pool_works_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
