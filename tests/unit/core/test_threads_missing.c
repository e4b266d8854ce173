/* SPDX-License-Identifier: Apache-2.0 */
/* Where the system gives no threads: pthread_create is wrapped here (see CMakeLists.txt). */
#include "core/threads.h"
#include "support/cmocka_test.h"
#include <errno.h>
#include <pthread.h>

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);

static int threads_left;

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    if (threads_left-- <= 0) return EAGAIN;
    return __real_pthread_create(thread, attributes, start, argument);
}

static void mark(void *context, int64_t index)
{
    int *marks = context;
    marks[index]++;
}

static void run_and_expect(int32_t threads)
{
    int marks[50] = {0};
    denoise__parallel_for(50, mark, marks);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(marks[i], 1);
    }
    assert_int_equal(denoise_num_threads(), threads);
    denoise_shutdown();
}

static void fewer_threads_do_the_work_too(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(6), DENOISE_OK);
    threads_left = 0;
    run_and_expect(1);
    threads_left = 2;
    run_and_expect(3);
    threads_left = 100;
    run_and_expect(6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewer_threads_do_the_work_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
