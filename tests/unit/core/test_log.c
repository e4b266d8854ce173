/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pseudo terminals */
#include "core/log.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/log_capture.h"
#include "support/sanitizer.h"
#include <denoise/memory.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* A progress bar that is not done, and something else that is said meanwhile. */
static void a_warning_has_a_line_of_its_own(void **state)
{
    (void)state;
    log_capture_start(true, 80);
    denoise__log_write(DENOISE_LOG_OUTPUT, "\r1/3 ", 5);
    denoise__log_write(DENOISE_LOG_OUTPUT, "\b\b\r2/3 ", 7); /* drawn over */
    denoise__log(DENOISE_LOG_WARNING, "look");
    denoise__log(DENOISE_LOG_WARNING, "again");
    denoise__log_write(DENOISE_LOG_OUTPUT, "\b\b\r3/3 ", 7);
    denoise__log(DENOISE_LOG_OUTPUT, "\nbegins a line itself");
    assert_string_equal(log_capture_text(), "\r1/3 \b\b\r2/3 \nlook\nagain\n\b\b\r3/3 \nbegins a line itself\n");
    log_capture_clear();
    denoise__log_end_line();
    assert_string_equal(log_capture_text(), "");
    denoise__log_write(DENOISE_LOG_OUTPUT, "\r1/3 ", 5);
    denoise__log_end_line();
    denoise__log_end_line();
    assert_string_equal(log_capture_text(), "\r1/3 \n");
    denoise__log_write(DENOISE_LOG_OUTPUT, "\r1/3 ", 5);
    log_capture_stop();
    log_capture_start(true, 80); /* another sink has its own lines */
    denoise__log(DENOISE_LOG_OUTPUT, "first");
    assert_string_equal(log_capture_text(), "first\n");
    log_capture_stop();
    denoise__log_end_line();
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

/* ---- a sink that does not come back */

static jmp_buf place;
static int written;

static void jump_once(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
    if (written++ == 0) longjmp(place, 1);
}

static bool log_and_leave(void)
{
    if (setjmp(place) != 0) return true;
    denoise__log(DENOISE_LOG_WARNING, "gone");
    return false;
}

static void *log_from_a_thread(void *unused)
{
    denoise__log(DENOISE_LOG_WARNING, "a line");
    return unused;
}

static void the_log_is_free_again_after_a_jump(void **state)
{
    (void)state;
    const denoise_log_sink jumping = {.struct_size = (int64_t)sizeof jumping, .write = jump_once};
    for (int way = 0; way < 2; way++) {
        pthread_t thread;
        written = 0;
        assert_int_equal(denoise_set_log_sink(&jumping), DENOISE_OK);
        assert_true(log_and_leave());
        if (way == 0) denoise__log(DENOISE_LOG_WARNING, "again");
        if (way == 1) assert_int_equal(denoise_set_log_sink(&jumping), DENOISE_OK);
        assert_int_equal(pthread_create(&thread, NULL, log_from_a_thread, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(written, 3 - way);
        assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    }
}

/* ---- the ready-made sink */

enum { ALL_GOOD = 0, WRONG = 1 };

static void to_file(int32_t *answer)
{
    errno = ERANGE;
    if (denoise_log_to_stderr() != DENOISE_OK || !denoise__log_enabled()) *answer = WRONG;
    denoise__log(DENOISE_LOG_WARNING, "a line of %d", 1);
    denoise__log_write(DENOISE_LOG_OUTPUT, "part", 4);
    if (denoise__log_is_terminal() || denoise__log_columns() != 80 || errno != ERANGE) *answer = WRONG;
}

static void to_nowhere(int32_t *answer)
{
    close(STDERR_FILENO);
    to_file(answer);
}

static void to_terminal(int32_t *answer)
{
    struct winsize size = {.ws_row = 20, .ws_col = 50};
    if (ioctl(STDERR_FILENO, TIOCSWINSZ, &size) != 0) return;
    if (denoise_log_to_stderr() != DENOISE_OK || !denoise__log_is_terminal() || denoise__log_columns() != 50) *answer = WRONG;
    denoise__log_write(DENOISE_LOG_OUTPUT, "part", 4);
}

/* In a process of its own, whose standard error is `end`. */
static int in_child(int end, void (*body)(int32_t *answer))
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int32_t answer = ALL_GOOD;
        if (dup2(end, STDERR_FILENO) < 0) _exit(2);
        body(&answer);
        _exit(answer);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void standard_error_is_a_ready_made_sink(void **state)
{
    (void)state;
    int ends[2];
    char text[64] = "";
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(in_child(ends[1], to_file), ALL_GOOD);
    assert_int_equal(read(ends[0], text, sizeof text - 1), (ssize_t)strlen("a line of 1\npart"));
    assert_string_equal(text, "a line of 1\npart");
    assert_int_equal(in_child(ends[1], to_nowhere), ALL_GOOD);
    close(ends[0]);
    close(ends[1]);
}

static void a_terminal_is_asked_for_its_width(void **state)
{
    (void)state;
    char text[64] = "";
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 || ptsname(terminal) == NULL) skip();
    int line = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    if (line < 0) skip();
    assert_int_equal(in_child(line, to_terminal), ALL_GOOD);
    assert_int_equal(read(terminal, text, sizeof text - 1), 4);
    assert_string_equal(text, "part");
    close(line);
    close(terminal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_sink_all_is_silent),
        cmocka_unit_test(the_log_is_free_again_after_a_jump),
        cmocka_unit_test(standard_error_is_a_ready_made_sink),
        cmocka_unit_test(a_terminal_is_asked_for_its_width),
        cmocka_unit_test(text_reaches_the_sink),
        cmocka_unit_test(a_warning_has_a_line_of_its_own),
        cmocka_unit_test(a_long_line_is_cut_between_characters),
        cmocka_unit_test(a_sink_that_calls_the_library_does_not_hang),
        cmocka_unit_test(a_wrong_sink_is_refused),
        cmocka_unit_test(threads_write_one_at_a_time),
        cmocka_unit_test(a_sink_may_fork),
        cmocka_unit_test(nothing_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
