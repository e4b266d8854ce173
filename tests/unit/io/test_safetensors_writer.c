/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <denoise/io.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static temp_dir dir;

static const char *const names[] = {"bytes", "dense/kernel", "doubles", "\xc3\xa9 \"quoted\"\n", "none"};
static const char *const keys[] = {"format", "note"};
static const char *const values[] = {"denoise", "line\n\"two\""};
static denoise_tensor *tensors[5];
static const denoise_tensor *const *const all = (const denoise_tensor *const *)tensors;

static denoise_tensor *make(int32_t dtype, const int64_t *shape, int32_t rank, const void *data)
{
    denoise_tensor *tensor = NULL;
    assert_int_equal(denoise_tensor_from_data(&tensor, dtype, shape, rank, data), DENOISE_OK);
    return tensor;
}

static void make_tensors(void)
{
    tensors[0] = make(DENOISE_UINT8, (const int64_t[]){3}, 1, "abc");
    tensors[1] = make(DENOISE_FLOAT32, (const int64_t[]){2, 2}, 2, (const float[]){1, -2.5F, 3, 4});
    tensors[2] = make(DENOISE_FLOAT64, NULL, 0, (const double[]){3.25});
    tensors[3] = make(DENOISE_INT64, (const int64_t[]){1}, 1, (const int64_t[]){-7});
    tensors[4] = make(DENOISE_INT32, (const int64_t[]){0, 4}, 2, (const int32_t[]){0});
}

static void free_tensors(void)
{
    for (int i = 0; i < 5; i++) {
        denoise_tensor_free(tensors[i]);
    }
}

static void round_trip(void **state)
{
    (void)state;
    const char *path = temp_dir_file(&dir, "file");
    assert_int_equal(denoise_safetensors_save(path, names, all, 5, keys, values, 2), DENOISE_OK);
    denoise_safetensors *reader = NULL;
    assert_int_equal(denoise_safetensors_open(&reader, path, NULL), DENOISE_OK);
    assert_int_equal(denoise_safetensors_count(reader), 5);
    for (int i = 0; i < 5; i++) {
        denoise_tensor *tensor = NULL;
        assert_int_equal(denoise_safetensors_get(&tensor, reader, names[i]), DENOISE_OK);
        assert_true(denoise_tensor_equal(tensor, tensors[i]));
        denoise_tensor_free(tensor);
    }
    for (int i = 0; i < 2; i++) {
        assert_string_equal(denoise_safetensors_metadata(reader, keys[i]), values[i]);
    }
    denoise_safetensors_free(reader);
}

/* The format's rules, byte by byte; the data of wide elements comes first and begins on an 8-byte line. */
static void exact_bytes(void **state)
{
    (void)state;
    static const char header[] = "{\"__metadata__\":{\"format\":\"denoise\"},"
                                 "\"dense/kernel\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                                 "\"bytes\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[16,19]}}";
    static const uint8_t data[] = {0, 0, 128, 63, 0, 0, 32, 192, 0, 0, 64, 64, 0, 0, 128, 64, 'a', 'b', 'c'};
    assert_int_equal(denoise_safetensors_save(temp_dir_file(&dir, "file"), names, all, 2, keys, values, 1), DENOISE_OK);
    size_t size;
    char *file = temp_dir_read(&dir, "file", &size);
    size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    assert_int_equal(size, 8 + padded + sizeof data);
    assert_memory_equal(file, ((const char[]){(char)padded, 0, 0, 0, 0, 0, 0, 0}), 8);
    assert_memory_equal(file + 8, header, sizeof header - 1);
    for (size_t i = sizeof header - 1; i < padded; i++) {
        assert_int_equal(file[8 + i], ' ');
    }
    assert_memory_equal(file + 8 + padded, data, sizeof data);
    free(file);
}

static void nothing_to_save(void **state)
{
    (void)state;
    assert_int_equal(denoise_safetensors_save(temp_dir_file(&dir, "none"), NULL, NULL, 0, NULL, NULL, 0), DENOISE_OK);
    size_t size;
    char *file = temp_dir_read(&dir, "none", &size);
    assert_int_equal(size, 16);
    assert_memory_equal(file, "\10\0\0\0\0\0\0\0{}      ", 16);
    free(file);
}

static void expect_failure(denoise_status status, denoise_status expected, const char *text)
{
    if (status != expected || strstr(denoise_last_error(), text) == NULL) {
        fail_msg("%s \"%s\", expected \"%s\"", denoise_status_name(status), denoise_last_error(), text);
    }
    char *file = temp_dir_read(&dir, "old", NULL);
    assert_string_equal(file, "old"); /* still there */
    free(file);
}

static void failures_leave_the_old_file(void **state)
{
    (void)state;
    const char *path = temp_dir_file(&dir, "old");
    const char *const twice[] = {"a", "b", "a"};
    const char *const reserved[] = {"__metadata__"};
    const char *const no_text[] = {"a", NULL};
    const char *const no_utf8[] = {"a\xff"};
    const denoise_tensor *const missing[] = {tensors[0], NULL};
    temp_dir_write(&dir, "old", "old", 3);
    expect_failure(denoise_safetensors_save(NULL, names, all, 2, NULL, NULL, 0), DENOISE_ERR_NULL, "path");
    expect_failure(denoise_safetensors_save(path, NULL, all, 2, NULL, NULL, 0), DENOISE_ERR_NULL, "names");
    expect_failure(denoise_safetensors_save(path, names, NULL, 2, NULL, NULL, 0), DENOISE_ERR_NULL, "tensors");
    expect_failure(denoise_safetensors_save(path, names, all, 2, NULL, values, 1), DENOISE_ERR_NULL, "keys");
    expect_failure(denoise_safetensors_save(path, names, all, 2, keys, NULL, 1), DENOISE_ERR_NULL, "values");
    expect_failure(denoise_safetensors_save(path, names, all, -1, NULL, NULL, 0), DENOISE_ERR_RANGE, "count is -1");
    expect_failure(denoise_safetensors_save(path, names, all, 1, NULL, NULL, -1), DENOISE_ERR_RANGE, "metadata_count is -1");
    expect_failure(denoise_safetensors_save(path, names, missing, 2, NULL, NULL, 0), DENOISE_ERR_NULL,
                   "\"dense/kernel\" is NULL");
    expect_failure(denoise_safetensors_save(path, no_text, all, 2, NULL, NULL, 0), DENOISE_ERR_NULL, "name 1 is NULL");
    expect_failure(denoise_safetensors_save(path, names, all, 1, no_text, values, 2), DENOISE_ERR_NULL, "metadata key 1");
    expect_failure(denoise_safetensors_save(path, names, all, 1, keys, no_text, 2), DENOISE_ERR_NULL, "metadata value 1");
    expect_failure(denoise_safetensors_save(path, twice, all, 3, NULL, NULL, 0), DENOISE_ERR_DUPLICATE,
                   "name \"a\" is given twice");
    expect_failure(denoise_safetensors_save(path, names, all, 1, twice, twice, 3), DENOISE_ERR_DUPLICATE, "metadata key \"a\"");
    expect_failure(denoise_safetensors_save(path, (const char *[]){"b", "b"}, all, 2, NULL, NULL, 0), DENOISE_ERR_DUPLICATE,
                   "name \"b\" is given twice");
    expect_failure(denoise_safetensors_save(path, reserved, all, 1, NULL, NULL, 0), DENOISE_ERR_NAME, "__metadata__");
    expect_failure(denoise_safetensors_save(path, no_utf8, all, 1, NULL, NULL, 0), DENOISE_ERR_NAME, "\"a?\" is not UTF-8");
    expect_failure(denoise_safetensors_save(path, names, all, 1, keys, no_utf8, 1), DENOISE_ERR_NAME, "not UTF-8 at byte 1");
    expect_failure(denoise_safetensors_save(temp_dir_file(&dir, "missing/file"), names, all, 1, NULL, NULL, 0),
                   DENOISE_ERR_NOT_FOUND, "missing/file");
    expect_failure(denoise_safetensors_save("/dev/full", names, all, 1, NULL, NULL, 0), DENOISE_ERR_IO, "/dev/full");
}

static int count_files(void)
{
    DIR *stream = opendir(dir.path);
    assert_non_null(stream);
    int count = 0;
    while (readdir(stream) != NULL) {
        count++;
    }
    closedir(stream);
    return count - 2;
}

static void out_of_memory(void **state)
{
    (void)state;
    temp_dir_write(&dir, "old", "old", 3);
    int before = count_files();
    free_tensors();
    failing_alloc_install();
    make_tensors();
    int64_t live = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = denoise_safetensors_save(temp_dir_file(&dir, "old"), names, all, 5, keys, values, 2);
        bool failed = failing_alloc_disarm();
        assert_int_equal(failing_alloc_live(), live);
        assert_int_equal(count_files(), before);
        if (!failed) {
            assert_int_equal(status, DENOISE_OK);
            break;
        }
        expect_failure(status, DENOISE_ERR_NOMEM, "memory");
    }
    free_tensors();
    failing_alloc_remove();
    make_tensors();
}

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    make_tensors();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free_tensors();
    temp_dir_remove(&dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),      cmocka_unit_test(exact_bytes),
        cmocka_unit_test(nothing_to_save), cmocka_unit_test(failures_leave_the_old_file),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
