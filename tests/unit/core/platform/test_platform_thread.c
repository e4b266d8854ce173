/* SPDX-License-Identifier: Apache-2.0 */
/* Threads with what they wait for, the clock, and forks. */
#include "core/platform/clock.h"
#include "core/platform/mutex.h"
#include "core/platform/process.h"
#include "core/platform/thread.h"
#include "support/cmocka_test.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 1000 };

typedef struct table {
    denoise__mutex mutex;
    denoise__condition changed;
    int64_t count;
    bool is_open;
    int blocked; /* threads that take no SIGUSR1 */
} table;

static void work(void *argument)
{
    table *t = argument;
    sigset_t mask;
    (void)pthread_sigmask(SIG_BLOCK, NULL, &mask);
    denoise__mutex_lock(&t->mutex);
    t->blocked += sigismember(&mask, SIGUSR1) == 1 && sigismember(&mask, SIGTERM) == 1;
    while (!t->is_open)
        denoise__condition_wait(&t->changed, &t->mutex);
    denoise__mutex_unlock(&t->mutex);
    for (int i = 0; i < ROUNDS; i++) {
        denoise__mutex_lock(&t->mutex);
        t->count++;
        denoise__mutex_unlock(&t->mutex);
    }
}

static void threads_wait_count_and_end(void **state)
{
    (void)state;
    table t = {.count = 0};
    denoise__thread threads[THREADS];
    sigset_t mask;
    assert_true(denoise__mutex_init(&t.mutex));
    assert_true(denoise__condition_init(&t.changed));
    errno = 77;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(denoise__thread_start(&threads[i], work, &t), 0);
    assert_int_equal(errno, 77);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGUSR1), 0); /* of this thread nothing has changed */
    denoise__mutex_lock(&t.mutex);
    t.is_open = true;
    denoise__condition_broadcast(&t.changed);
    denoise__mutex_unlock(&t.mutex);
    for (int i = 0; i < THREADS; i++)
        denoise__thread_join(&threads[i]);
    assert_int_equal(t.count, (int64_t)THREADS * ROUNDS);
    assert_int_equal(t.blocked, THREADS);
    denoise__condition_free(&t.changed);
    denoise__mutex_free(&t.mutex);
}

static void answer(void *argument)
{
    table *t = argument;
    denoise__mutex_lock(&t->mutex);
    t->is_open = true;
    denoise__condition_signal(&t->changed);
    denoise__mutex_unlock(&t->mutex);
}

static void one_is_woken_with_locks_that_were_never_made(void **state)
{
    (void)state;
    static table t = {.mutex = DENOISE__MUTEX_INIT, .changed = DENOISE__CONDITION_INIT};
    denoise__thread thread;
    denoise__mutex_lock(&t.mutex);
    assert_int_equal(denoise__thread_start(&thread, answer, &t), 0);
    while (!t.is_open)
        denoise__condition_wait(&t.changed, &t.mutex);
    denoise__mutex_unlock(&t.mutex);
    denoise__thread_join(&thread);
}

static denoise__once once = DENOISE__ONCE_INIT;
static int made;

static void make(void)
{
    denoise__sleep(1000000);
    made++;
}

static void make_once(void *argument)
{
    denoise__once_run(&once, make);
    *(int *)argument = made;
}

static void once_is_once_and_is_waited_for(void **state)
{
    (void)state;
    denoise__thread threads[THREADS];
    int seen[THREADS] = {0};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(denoise__thread_start(&threads[i], make_once, &seen[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        denoise__thread_join(&threads[i]);
        assert_int_equal(seen[i], 1);
    }
}

static void be_cancelled(void *argument)
{
    int *steps = argument;
    int outer = denoise__cancel_hold(), inner = denoise__cancel_hold();
    (void)pthread_cancel(pthread_self());
    pthread_testcancel();
    denoise__cancel_release(inner);
    pthread_testcancel();
    *steps = 1;
    denoise__cancel_release(outer);
    pthread_testcancel();
    *steps = 2;
}

static void a_request_to_end_waits(void **state)
{
    (void)state;
    denoise__thread thread;
    int steps = 0;
    assert_int_equal(denoise__thread_start(&thread, be_cancelled, &steps), 0);
    denoise__thread_join(&thread);
    assert_int_equal(steps, 1);
}

static void the_clock_goes_forward(void **state)
{
    (void)state;
    int64_t begin = denoise__clock(), last = begin;
    assert_true(begin > 0);
    for (int i = 0; i < 10000; i++) {
        int64_t next = denoise__clock();
        assert_true(next >= last);
        last = next;
    }
    denoise__sleep(20000000);
    assert_true(denoise__clock() - last >= 15000000);
    last = denoise__clock();
    denoise__sleep(0);
    assert_true(denoise__clock() - last < 2000000000); /* the machine may be busy */
}

static char calls[16];

static void before(void)
{
    (void)strcat(calls, "b");
}

static void in_parent(void)
{
    (void)strcat(calls, "p");
}

static void in_child(void)
{
    (void)strcat(calls, "c");
}

static void forks_are_noticed(void **state)
{
    (void)state;
    assert_true(denoise__at_fork(before, in_parent, in_child));
    assert_true(denoise__at_fork(NULL, NULL, NULL));
    int64_t number = denoise__process_number();
    assert_int_equal(denoise__process_number(), number);
    pid_t child = fork();
    if (child == 0) _exit(strcmp(calls, "bc") == 0 && denoise__process_number() != number ? 0 : 1);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(calls, "bp");
}

static void the_machine_has_a_name(void **state)
{
    (void)state;
    char whole[256], cut[2] = {'x', 'x'}, expected[256] = "";
    errno = 77;
    denoise__host_name(whole, sizeof whole);
    denoise__host_name(cut, sizeof cut);
    assert_int_equal(errno, 77);
    assert_int_equal(gethostname(expected, sizeof expected - 1), 0);
    assert_string_equal(whole, expected);
    assert_true(cut[1] == '\0' && (cut[0] == whole[0] || cut[0] == '\0'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_wait_count_and_end),     cmocka_unit_test(one_is_woken_with_locks_that_were_never_made),
        cmocka_unit_test(once_is_once_and_is_waited_for), cmocka_unit_test(a_request_to_end_waits),
        cmocka_unit_test(the_clock_goes_forward),         cmocka_unit_test(forks_are_noticed),
        cmocka_unit_test(the_machine_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
