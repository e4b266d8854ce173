/* SPDX-License-Identifier: Apache-2.0 */
#include "files/row_file.h"
#include "support/cmocka_test.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static temp_dir dir;

/* Also for root, which could. */
static void a_file_that_nobody_may_write(void **state)
{
    (void)state;
    bool is_empty;
    denoise__row_file file;
    temp_dir_write(&dir, "log.csv", "a\r\n", 3);
    char path[TEMP_PATH_SIZE + 64];
    (void)snprintf(path, sizeof path, "%s", temp_dir_file(&dir, "log.csv"));
    assert_int_equal(chmod(path, 0444), 0);
    for (int append = 0; append < 2; append++) {
        assert_int_equal(denoise__row_file_open(&file, &is_empty, path, append != 0), DENOISE_ERR_IO);
        assert_true(strstr(denoise_last_error(), "read-only") != NULL || strstr(denoise_last_error(), "denied") != NULL);
        assert_int_equal(file.fd, -1);
    }
    char *content = temp_dir_read(&dir, "log.csv", NULL);
    assert_string_equal(content, "a\r\n");
    free(content);
}

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static void add_row(bool append, bool expected_empty, const char *row)
{
    denoise__row_file file;
    bool is_empty;
    char path[TEMP_PATH_SIZE + 16];
    strcpy(path, temp_dir_file(&dir, "log"));
    ASSERT_OK(denoise__row_file_open(&file, &is_empty, path, append));
    assert_int_equal(is_empty, expected_empty);
    ASSERT_OK(denoise__row_file_add(&file, row, strlen(row)));
    ASSERT_OK(denoise__row_file_close(&file));
    ASSERT_OK(denoise__row_file_close(&file));
}

static void expect_log(const char *expected)
{
    char *text = temp_dir_read(&dir, "log", NULL);
    assert_string_equal(text, expected);
    free(text);
}

static void begins_or_goes_on(void **state)
{
    (void)state;
    add_row(true, true, "a\r\n");
    add_row(true, false, "b\r\n");
    expect_log("a\r\nb\r\n");
    add_row(false, true, "c\r\n");
    expect_log("c\r\n");
}

/* Rows behind a size go; where there are less, nothing happens; what then lacks its end gets it. */
static void it_is_cut(void **state)
{
    static const struct {
        int64_t size;
        const char *left;
    } cuts[] = {{3, "a\r\n"}, {6, "a\r\nb\r\n"}, {100, "a\r\nb\r\n"}, {4, "a\r\nb\r\n"}, {0, ""}};
    (void)state;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        denoise__row_file file;
        bool is_empty;
        char expected[16], path[TEMP_PATH_SIZE + 16];
        strcpy(path, temp_dir_file(&dir, "log"));
        temp_dir_write(&dir, "log", "a\r\nb\r\n", 6);
        ASSERT_OK(denoise__row_file_open(&file, &is_empty, path, true));
        ASSERT_OK(denoise__row_file_cut(&file, cuts[i].size));
        assert_int_equal(file.size, cuts[i].size > 6 ? 6 : cuts[i].size);
        ASSERT_OK(denoise__row_file_add(&file, "c\r\n", 3));
        (void)snprintf(expected, sizeof expected, "%sc\r\n", cuts[i].left);
        assert_int_equal(file.size, strlen(expected));
        ASSERT_OK(denoise__row_file_close(&file));
        expect_log(expected);
    }
}

static void an_unfinished_row_gets_its_end(void **state)
{
    (void)state;
    temp_dir_write(&dir, "log", "a\r\nb,0.", 7);
    add_row(true, false, "c\r\n");
    expect_log("a\r\nb,0.\r\nc\r\n");
    temp_dir_write(&dir, "log", "a\n", 2);
    add_row(true, false, "c\r\n");
    expect_log("a\nc\r\n");
}

static void it_follows_the_end(void **state)
{
    (void)state;
    denoise__row_file file;
    bool is_empty;
    char path[TEMP_PATH_SIZE + 16];
    strcpy(path, temp_dir_file(&dir, "log"));
    ASSERT_OK(denoise__row_file_open(&file, &is_empty, path, false));
    ASSERT_OK(denoise__row_file_add(&file, "one\r\n", 5));
    assert_int_equal(truncate(path, 0), 0); /* as programs that turn logs over do */
    ASSERT_OK(denoise__row_file_add(&file, "two\r\n", 5));
    ASSERT_OK(denoise__row_file_close(&file));
    expect_log("two\r\n");
}

static void expect_failure(const char *path, bool append, denoise_status expected, const char *text)
{
    denoise__row_file file;
    bool is_empty;
    ASSERT_FAILS(denoise__row_file_open(&file, &is_empty, path, append), expected, text);
    assert_non_null(strstr(denoise_last_error(), path));
    assert_int_equal(file.fd, -1);
}

static void places_that_cannot_be_written(void **state)
{
    (void)state;
    expect_failure(temp_dir_file(&dir, "missing/log"), false, DENOISE_ERR_NOT_FOUND, "No such file");
    expect_failure(dir.path, false, DENOISE_ERR_IO, "directory");
    assert_int_equal(mkfifo(temp_dir_file(&dir, "pipe"), 0600), 0);
    expect_failure(temp_dir_file(&dir, "pipe"), false, DENOISE_ERR_IO, "cannot open"); /* nobody reads: not waited for */
    expect_failure(temp_dir_file(&dir, "pipe"), true, DENOISE_ERR_IO, "no regular file");
}

static void devices(void **state)
{
    (void)state;
    denoise__row_file file;
    bool is_empty;
    for (int append = 0; append < 2; append++) {
        ASSERT_OK(denoise__row_file_open(&file, &is_empty, "/dev/null", append));
        assert_true(is_empty);
        ASSERT_OK(denoise__row_file_add(&file, "x\r\n", 3));
        ASSERT_OK(denoise__row_file_close(&file));
        ASSERT_OK(denoise__row_file_open(&file, &is_empty, "/dev/full", append));
        ASSERT_FAILS(denoise__row_file_add(&file, "x\r\n", 3), DENOISE_ERR_IO, "/dev/full: No space left on device");
        assert_int_equal(file.fd, -1);
    }
}

/* In a child: the limit on the size of files ends writing within the third row. */
static int write_beyond_the_limit(const char *path, bool lacks_end)
{
    struct rlimit limit = {24, 24};
    denoise__row_file file;
    bool is_empty;
    if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    if (denoise__row_file_open(&file, &is_empty, path, true) != DENOISE_OK) return 3;
    if (denoise__row_file_add(&file, "12345678\r\n", 10) != DENOISE_OK) return 4;
    if (!lacks_end && denoise__row_file_add(&file, "12345678\r\n", 10) != DENOISE_OK) return 5;
    if (denoise__row_file_add(&file, "12345678\r\n", 10) != DENOISE_ERR_IO) return 6;
    return file.fd == -1 && strstr(denoise_last_error(), "File too large") != NULL ? 0 : 7;
}

static void run_to_the_limit(const char *old, const char *expected)
{
    temp_dir_write(&dir, "log", old, strlen(old));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(write_beyond_the_limit(temp_dir_file(&dir, "log"), old[0] != '\0'));
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    expect_log(expected);
}

static void a_row_that_does_not_fit_is_taken_back(void **state)
{
    (void)state;
    run_to_the_limit("", "12345678\r\n12345678\r\n");
    run_to_the_limit("old", "old\r\n12345678\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(begins_or_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_nobody_may_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unfinished_row_gets_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_follows_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_that_cannot_be_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(devices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_that_does_not_fit_is_taken_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
