/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are not what they seem: of a size that is not true, without one, that grow or shrink while they are read, and
 * what is no file at all. */
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <denoise/denoise.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READERS = 4 };

static temp_dir dir;

static denoise_status load(int which, const char *path, const denoise_limits *limits)
{
    denoise_tensor *tensor = NULL;
    denoise_safetensors *file = NULL;
    denoise_status status;
    if (which == 0)
        status = denoise_idx_load(&tensor, path, limits);
    else if (which == 1)
        status = denoise_png_load(&tensor, path, limits);
    else if (which == 2)
        status = denoise_csv_load(&tensor, NULL, path, NULL, limits);
    else
        status = denoise_safetensors_open(&file, path, limits);
    assert_true(status == DENOISE_OK || (tensor == NULL && file == NULL));
    denoise_tensor_free(tensor);
    denoise_safetensors_free(file);
    return status;
}

/* A terabyte that is not there is refused before anything is read. */
static void a_sparse_terabyte(void **state)
{
    (void)state;
    const char *path = temp_dir_file(&dir, "sparse");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    if (ftruncate(fd, (off_t)1 << 40) != 0) {
        close(fd);
        skip();
    }
    close(fd);
    failing_alloc_install();
    for (int which = 0; which < READERS; which++) {
        assert_int_equal(load(which, path, NULL), DENOISE_ERR_LIMIT);
        assert_string_equal(denoise_last_error_field(), "bytes");
        assert_int_equal(denoise_last_error_offset(), 1 << 30);
    }
    assert_true(failing_alloc_peak() < 4096);
    failing_alloc_remove();
}

/* The file has a terabyte by its own account, and the limits allow that: no more memory is taken than has been read. */
static void a_sparse_terabyte_that_is_allowed(void **state)
{
    (void)state;
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.bytes = INT64_MAX;
    const char *path = temp_dir_file(&dir, "sparse");
    failing_alloc_install();
    for (int which = 0; which < READERS; which++) {
        failing_alloc_arm(5, true); /* memory is out after some growing */
        assert_int_equal(load(which, path, &limits), DENOISE_ERR_NOMEM);
        failing_alloc_disarm();
    }
    assert_true(failing_alloc_peak() <= 256 << 20);
    failing_alloc_remove();
    assert_int_equal(unlink(path), 0);
}

static void files_without_a_size(void **state)
{
    (void)state;
    static const denoise_status expected[READERS] = {DENOISE_ERR_MAGIC, DENOISE_ERR_MAGIC, DENOISE_OK, DENOISE_ERR_OVERFLOW};
    static const char *const paths[] = {"/proc/self/status", "/proc/self/maps", "/proc/version"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        for (int which = 0; which < READERS; which++) {
            denoise_status status = load(which, paths[i], NULL);
            if (which != 2) assert_true(status == expected[which] || status == DENOISE_ERR_LIMIT);
            if (which == 2) assert_true(status != DENOISE_ERR_IO && status != DENOISE_ERR_INTERNAL);
        }
    }
    for (int which = 0; which < READERS; which++) {
        assert_int_equal(load(which, "/proc/self/mem", NULL), DENOISE_ERR_IO);
        assert_int_equal(denoise_last_error_offset(), -1);
    }
}

static void what_is_no_file(void **state)
{
    (void)state;
    char fifo[TEMP_PATH_SIZE], loop[TEMP_PATH_SIZE], hanging[TEMP_PATH_SIZE];
    snprintf(fifo, sizeof fifo, "%s", temp_dir_file(&dir, "fifo"));
    snprintf(loop, sizeof loop, "%s", temp_dir_file(&dir, "loop"));
    snprintf(hanging, sizeof hanging, "%s", temp_dir_file(&dir, "hanging"));
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink(loop, loop), 0);
    assert_int_equal(symlink("/nowhere/at/all", hanging), 0);
    const struct {
        const char *path;
        denoise_status status;
    } cases[] = {{dir.path, DENOISE_ERR_IO},    {fifo, DENOISE_ERR_IO},
                 {"/dev/zero", DENOISE_ERR_IO}, {"/dev/null", DENOISE_ERR_IO},
                 {loop, DENOISE_ERR_IO},        {hanging, DENOISE_ERR_NOT_FOUND},
                 {"", DENOISE_ERR_NOT_FOUND},   {"/dev/null/x", DENOISE_ERR_NOT_FOUND}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int which = 0; which < READERS; which++) {
            if (load(which, cases[i].path, NULL) != cases[i].status) fail_msg("%s: %s", cases[i].path, denoise_last_error());
            assert_int_equal(denoise_last_error_offset(), -1);
            assert_string_equal(denoise_last_error_field(), "");
        }
    }
}

/* A writer that makes the file longer, or longer and shorter, while it is read. */
typedef struct writer {
    const char *path;
    bool shrinks;
    atomic_bool stop;
} writer;

static void *keep_writing(void *argument)
{
    writer *it = argument;
    static const char zeros[65536] = {0};
    int fd = open(it->path, O_WRONLY);
    for (int i = 0; !atomic_load(&it->stop) && i < 4096; i++) {
        if (it->shrinks && i % 4 == 3) {
            if (ftruncate(fd, 4096) != 0 || lseek(fd, 0, SEEK_END) < 0) break;
        } else if (write(fd, zeros, sizeof zeros) < 0) {
            break;
        }
    }
    close(fd);
    return NULL;
}

static void a_file_that_changes(void **state)
{
    (void)state;
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.bytes = 4 << 20;
    for (int shrinks = 0; shrinks < 2; shrinks++) {
        char path[TEMP_PATH_SIZE];
        snprintf(path, sizeof path, "%s", temp_dir_file(&dir, shrinks ? "shrinks" : "grows"));
        temp_dir_write(&dir, shrinks ? "shrinks" : "grows", "\0\0\x08\1", 4);
        writer it = {.path = path, .shrinks = shrinks != 0};
        pthread_t thread;
        failing_alloc_install();
        assert_int_equal(pthread_create(&thread, NULL, keep_writing, &it), 0);
        for (int i = 0; i < 200; i++) {
            denoise_status status = load(i % READERS, path, &limits);
            assert_true(status != DENOISE_ERR_IO && status != DENOISE_ERR_INTERNAL && status != DENOISE_ERR_NOMEM);
        }
        atomic_store(&it.stop, true);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(failing_alloc_peak() <= 2 * limits.bytes + (1 << 20));
        failing_alloc_remove();
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sparse_terabyte),    cmocka_unit_test(a_sparse_terabyte_that_is_allowed),
        cmocka_unit_test(files_without_a_size), cmocka_unit_test(what_is_no_file),
        cmocka_unit_test(a_file_that_changes),
    };
    temp_dir_make(&dir);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    temp_dir_remove(&dir);
    return failures;
}
