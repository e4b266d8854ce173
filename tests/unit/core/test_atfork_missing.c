/* SPDX-License-Identifier: Apache-2.0 */
/* Where the system keeps no handler of fork: pthread_atfork is wrapped here (see CMakeLists.txt). It is asked again. */
#include "core/log.h"
#include "core/threads.h"
#include "support/cmocka_test.h"
#include <denoise/log.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
int __real_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

static bool is_full;

int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    return is_full ? ENOMEM : __real_pthread_atfork(prepare, parent, child);
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
    for (int i = 0; i < 50; i++)
        assert_int_equal(marks[i], 1);
    assert_int_equal(denoise_num_threads(), threads);
    denoise_shutdown();
}

/* A child could find the pool's lock held for ever. */
static void no_threads_without_a_handler(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(4), DENOISE_OK);
    is_full = true;
    run_and_expect(1);
    run_and_expect(1);
    is_full = false;
    run_and_expect(4);
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length;
    ++*(int *)user_data;
}

static void destroy(void *user_data)
{
    *(int *)user_data += 100;
}

/* The sink stays the caller's, and what was set before stays in place. */
static void no_sink_without_a_handler(void **state)
{
    (void)state;
    int writes = 0;
    const denoise_log_sink sink = {
        .struct_size = (int64_t)sizeof sink, .write = swallow, .user_data = &writes, .destroy = destroy};
    is_full = true;
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_ERR_NOMEM);
    denoise__log_write(DENOISE_LOG_OUTPUT, "a", 1);
    assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    assert_int_equal(writes, 0);
    is_full = false;
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_OK);
    denoise__log_write(DENOISE_LOG_OUTPUT, "a", 1);
    assert_int_equal(writes, 1);
    assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    assert_int_equal(writes, 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_threads_without_a_handler),
        cmocka_unit_test(no_sink_without_a_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
