/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/log_capture.h"
#include "support/sanitizer.h"
#include <denoise/memory.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void without_a_sink_all_is_silent(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    assert_false(denoise__log_enabled());
    assert_false(denoise__log_is_terminal());
    assert_int_equal(denoise__log_columns(), 80);
    denoise__log(DENOISE_LOG_OUTPUT, "lost");
    denoise__log_write(DENOISE_LOG_OUTPUT, "lost", 4);
}

static void text_reaches_the_sink(void **state)
{
    (void)state;
    log_capture_start(true, 120);
    assert_true(denoise__log_enabled());
    assert_true(denoise__log_is_terminal());
    assert_int_equal(denoise__log_columns(), 120);
    denoise__log_write(DENOISE_LOG_OUTPUT, "part\r", 5);
    assert_int_equal(log_capture_last_level(), DENOISE_LOG_OUTPUT);
    denoise__log(DENOISE_LOG_WARNING, "epoch %d: %.2f", 3, 0.5);
    assert_int_equal(log_capture_last_level(), DENOISE_LOG_WARNING);
    assert_int_equal(log_capture_writes(), 2);
    assert_string_equal(log_capture_text(), "part\repoch 3: 0.50\n");
    log_capture_clear();
    assert_string_equal(log_capture_text(), "");
    log_capture_stop();
    log_capture_start(false, 0);
    assert_false(denoise__log_is_terminal());
    assert_int_equal(denoise__log_columns(), 80);
    log_capture_stop();
}

static void a_long_line_is_cut_between_characters(void **state)
{
    (void)state;
    char text[3000];
    for (size_t shift = 0; shift < 3; shift++) {
        text[0] = '\0';
        strcat(text, &"ab"[2 - shift]);
        while (strlen(text) < 2000) {
            strcat(text, "\xE2\x82\xAC");
        }
        log_capture_start(false, 0);
        denoise__log(DENOISE_LOG_OUTPUT, "%s", text);
        size_t length = log_capture_length();
        assert_true(length > 1018 && length < 1024);
        assert_int_equal((length - 1 - shift) % 3, 0);
        assert_memory_equal(log_capture_text(), text, length - 1);
        assert_string_equal(log_capture_text() + length - 1, "\n");
        log_capture_stop();
    }
}

static int destroyed;

static void count_destroyed(void *user_data)
{
    assert_ptr_equal(user_data, &destroyed);
    destroyed++;
}

static denoise_status answer_inside;

static void write_again(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level;
    (void)user_data;
    assert_int_equal(length, strlen(text));
    denoise__log(DENOISE_LOG_OUTPUT, "from inside the sink");
    assert_true(denoise__log_enabled());
    answer_inside = denoise_set_log_sink(NULL);
}

static void a_sink_that_calls_the_library_does_not_hang(void **state)
{
    (void)state;
    denoise_log_sink sink = {sizeof(sink), write_again, &destroyed, count_destroyed, 0, 0};
    destroyed = 0;
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_OK);
    denoise__log(DENOISE_LOG_OUTPUT, "once");
    assert_int_equal(answer_inside, DENOISE_ERR_STATE);
    assert_string_equal(denoise_last_error(), "denoise_set_log_sink: called from inside the sink");
    assert_int_equal(destroyed, 0);
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_OK);
    assert_int_equal(destroyed, 1);
    assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    assert_int_equal(destroyed, 2);
    assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    assert_int_equal(destroyed, 2);
}

static void a_wrong_sink_is_refused(void **state)
{
    (void)state;
    log_capture_start(false, 0);
    denoise_log_sink sink = {0, write_again, NULL, NULL, 0, 0};
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_ERR_INVALID);
    assert_non_null(strstr(denoise_last_error(), "struct_size is 0"));
    sink.struct_size = sizeof(sink);
    sink.write = NULL;
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "denoise_set_log_sink: write is NULL");
    assert_true(denoise__log_enabled()); /* the old one stays */
    log_capture_stop();
}

static atomic_int writers, overlaps, lines;

static void notice_overlap(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level;
    (void)text;
    (void)length;
    (void)user_data;
    if (atomic_fetch_add(&writers, 1) != 0) atomic_fetch_add(&overlaps, 1);
    atomic_fetch_add(&lines, 1);
    atomic_fetch_sub(&writers, 1);
}

static void *write_lines(void *context)
{
    (void)context;
    for (int i = 0; i < 500; i++) {
        denoise__log(DENOISE_LOG_DEBUG, "line %d", i);
    }
    return NULL;
}

static void threads_write_one_at_a_time(void **state)
{
    (void)state;
    denoise_log_sink sink = {sizeof(sink), notice_overlap, NULL, NULL, 0, 0};
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_OK);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
    }
    for (int i = 0; i < (DENOISE_TEST_TSAN ? 0 : 20); i++) { /* no child may inherit the lock of another thread */
        pid_t process = fork();
        assert_true(process >= 0);
        if (process == 0) {
            (void)alarm(20);
            denoise__log(DENOISE_LOG_DEBUG, "from the child");
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(process, &status, 0), process);
        assert_int_equal(status, 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    assert_int_equal(overlaps, 0);
    assert_int_equal(lines, 2000);
}

static void fork_from_the_sink(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level;
    (void)text;
    (void)length;
    pid_t process = fork();
    if (process == 0) {
        (void)alarm(20);
        _exit(0);
    }
    (void)waitpid(process, user_data, 0);
}

static void a_sink_may_fork(void **state)
{
    (void)state;
    int status = -1;
    denoise_log_sink sink = {sizeof(sink), fork_from_the_sink, &status, NULL, 0, 0};
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_OK);
    denoise__log(DENOISE_LOG_OUTPUT, "once");
    assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    assert_int_equal(status, 0);
}

static void nothing_is_allocated(void **state)
{
    (void)state;
    failing_alloc_install();
    log_capture_start(false, 0);
    denoise__log(DENOISE_LOG_OUTPUT, "%s %d %g", "text", 1, 2.0);
    assert_int_equal(failing_alloc_calls(), 0);
    log_capture_stop();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_sink_all_is_silent),
        cmocka_unit_test(text_reaches_the_sink),
        cmocka_unit_test(a_long_line_is_cut_between_characters),
        cmocka_unit_test(a_sink_that_calls_the_library_does_not_hang),
        cmocka_unit_test(a_wrong_sink_is_refused),
        cmocka_unit_test(threads_write_one_at_a_time),
        cmocka_unit_test(a_sink_may_fork),
        cmocka_unit_test(nothing_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
