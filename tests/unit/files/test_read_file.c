/* SPDX-License-Identifier: Apache-2.0 */
#include "files/read_file.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static temp_dir dir;
static const denoise_limits defaults = DENOISE_LIMITS_INIT;

static void check_content(size_t size)
{
    char *content = malloc(size + 1);
    assert_non_null(content);
    for (size_t i = 0; i < size; i++) {
        content[i] = (char)(i * 31 + i / 257);
    }
    temp_dir_write(&dir, "file", content, size);
    denoise__bytes bytes = {0};
    assert_int_equal(denoise__read_file(&bytes, temp_dir_file(&dir, "file"), &defaults), DENOISE_OK);
    assert_int_equal(bytes.length, size);
    if (size > 0) assert_memory_equal(bytes.data, content, size);
    assert_true(bytes.capacity <= bytes.length + 4096);
    denoise__bytes_free(&bytes);
    free(content);
}

static void reads_all_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 100000, (16 << 20) + 5};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_content(sizes[i]);
    }
}

static void reads_files_of_unknown_size(void **state)
{
    (void)state;
    denoise__bytes bytes = {0};
    assert_int_equal(denoise__read_file(&bytes, "/proc/self/status", &defaults), DENOISE_OK);
    assert_true(bytes.length > 0);
    denoise__bytes_free(&bytes);
}

static void expect_failure(const char *path, const denoise_limits *limits, denoise_status expected, const char *text)
{
    denoise__bytes bytes = {0};
    assert_int_equal(denoise__read_file(&bytes, path, limits), expected);
    assert_null(bytes.data);
    assert_non_null(strstr(denoise_last_error(), text));
    assert_non_null(strstr(denoise_last_error(), path));
}

static void what_is_no_file(void **state)
{
    (void)state;
    expect_failure(temp_dir_file(&dir, "missing"), &defaults, DENOISE_ERR_NOT_FOUND, "cannot open");
    expect_failure(temp_dir_file(&dir, "missing/file"), &defaults, DENOISE_ERR_NOT_FOUND, "cannot open");
    expect_failure(dir.path, &defaults, DENOISE_ERR_IO, "no regular file");
    expect_failure("/dev/null", &defaults, DENOISE_ERR_IO, "no regular file");
    assert_int_equal(mkfifo(temp_dir_file(&dir, "pipe"), 0600), 0);
    expect_failure(temp_dir_file(&dir, "pipe"), &defaults, DENOISE_ERR_IO, "no regular file"); /* and does not wait */
    assert_int_equal(symlink("loop", temp_dir_file(&dir, "loop")), 0);
    expect_failure(temp_dir_file(&dir, "loop"), &defaults, DENOISE_ERR_IO, "cannot open");
}

static void the_limit_holds(void **state)
{
    (void)state;
    denoise_limits limits = DENOISE_LIMITS_INIT;
    temp_dir_write(&dir, "ten", "0123456789", 10);
    limits.bytes = 9;
    expect_failure(temp_dir_file(&dir, "ten"), &limits, DENOISE_ERR_LIMIT, "limit `bytes`");
    expect_failure("/proc/self/status", &limits, DENOISE_ERR_LIMIT, "limit `bytes`"); /* says that it has 0 bytes */
    limits.bytes = 10;
    denoise__bytes bytes = {0};
    assert_int_equal(denoise__read_file(&bytes, temp_dir_file(&dir, "ten"), &limits), DENOISE_OK);
    denoise__bytes_free(&bytes);
}

static void a_sparse_file_takes_no_memory(void **state)
{
    (void)state;
    temp_dir_write(&dir, "sparse", "", 0);
    assert_int_equal(truncate(temp_dir_file(&dir, "sparse"), (off_t)1 << 40), 0);
    failing_alloc_install();
    expect_failure(temp_dir_file(&dir, "sparse"), &defaults, DENOISE_ERR_LIMIT, "limit `bytes`");
    assert_int_equal(failing_alloc_calls(), 0);
    failing_alloc_remove();
}

static void out_of_memory(void **state)
{
    (void)state;
    temp_dir_write(&dir, "ten", "0123456789", 10);
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        denoise__bytes bytes = {0};
        failing_alloc_arm(n, false);
        denoise_status status = denoise__read_file(&bytes, temp_dir_file(&dir, "ten"), &defaults);
        bool failed = failing_alloc_disarm();
        denoise__bytes_free(&bytes);
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (!failed) break;
    }
    failing_alloc_remove();
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_sizes), cmocka_unit_test(reads_files_of_unknown_size),   cmocka_unit_test(what_is_no_file),
        cmocka_unit_test(the_limit_holds), cmocka_unit_test(a_sparse_file_takes_no_memory), cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
