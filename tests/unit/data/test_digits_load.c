/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <denoise/dataset.h>
#include <denoise/runtime.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static temp_dir dir;

typedef struct loaded {
    denoise_tensor *part[4];
    int32_t is_synthetic;
} loaded;

static denoise_status load(loaded *out, const char *folder, uint64_t seed)
{
    memset(out, 0x55, sizeof *out);
    return denoise_digits_load(&out->part[0], &out->part[1], &out->part[2], &out->part[3], folder, seed, &out->is_synthetic);
}

static void clear(loaded *all)
{
    for (int i = 0; i < 4; i++) {
        denoise_tensor_free(all->part[i]);
    }
}

/* Two images of 1 x 1 to learn from, one to test. */
static void write_mnist(void)
{
    temp_dir_write(&dir, "train-images-idx3-ubyte", "\0\0\x08\3\0\0\0\2\0\0\0\1\0\0\0\1\x10\x11", 18);
    temp_dir_write(&dir, "train-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\2\4\5", 10);
    temp_dir_write(&dir, "t10k-images-idx3-ubyte", "\0\0\x08\3\0\0\0\1\0\0\0\1\0\0\0\1\x12", 17);
    temp_dir_write(&dir, "t10k-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\1\6", 9);
}

static void expect_mnist(const char *folder)
{
    loaded all;
    assert_int_equal(load(&all, folder, 0), DENOISE_OK);
    assert_int_equal(all.is_synthetic, 0);
    assert_memory_equal(denoise_tensor_const_data(all.part[0]), "\x10\x11", 2);
    assert_memory_equal(denoise_tensor_const_data(all.part[1]), ((const int32_t[]){4, 5}), 2 * sizeof(int32_t));
    assert_memory_equal(denoise_tensor_const_data(all.part[2]), "\x12", 1);
    assert_memory_equal(denoise_tensor_const_data(all.part[3]), ((const int32_t[]){6}), sizeof(int32_t));
    clear(&all);
}

static void expect_failure(const char *folder, denoise_status expected, const char *message)
{
    loaded all;
    assert_int_equal(load(&all, folder, 0), expected);
    for (int i = 0; i < 4; i++) {
        assert_null(all.part[i]);
    }
    assert_int_equal(all.is_synthetic, 0);
    if (strstr(denoise_last_error(), message) == NULL) fail_msg("\"%s\" lacks \"%s\"", denoise_last_error(), message);
}

static void mnist_where_there_is_any(void **state)
{
    (void)state;
    write_mnist();
    expect_mnist(dir.path);
    setenv("DENOISE_DATA_DIR", dir.path, 1);
    expect_mnist(NULL);
}

static void synthetic_digits_where_there_is_none(void **state)
{
    (void)state;
    loaded all;
    denoise_tensor *images, *labels;
    assert_int_equal(load(&all, NULL, 42), DENOISE_OK);
    assert_int_equal(all.is_synthetic, 1);
    static const int64_t counts[2] = {60000, 10000};
    for (int32_t split = 0; split < 2; split++) {
        assert_int_equal(denoise_synthetic_digits(&images, &labels, counts[split], 42, split), DENOISE_OK);
        assert_true(denoise_tensor_equal(images, all.part[2 * split]));
        assert_true(denoise_tensor_equal(labels, all.part[2 * split + 1]));
        denoise_tensor_free(images);
        denoise_tensor_free(labels);
    }
    clear(&all);
}

/* A folder that was named is not passed over in silence, nor is half of MNIST. */
static void other_failures_come_through(void **state)
{
    (void)state;
    expect_failure("/nowhere", DENOISE_ERR_NOT_FOUND, "/nowhere has no train-images-idx3-ubyte");
    setenv("DENOISE_DATA_DIR", "/nowhere", 1);
    expect_failure(NULL, DENOISE_ERR_NOT_FOUND, "/nowhere has no train-images-idx3-ubyte");
    unsetenv("DENOISE_DATA_DIR");
    write_mnist();
    temp_dir_write(&dir, "t10k-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\1", 8);
    expect_failure(dir.path, DENOISE_ERR_TRUNCATED, "t10k-labels-idx1-ubyte");
}

static void a_broken_cache_comes_through(void **state)
{
    (void)state;
    char path[TEMP_PATH_SIZE];
    strcpy(path, temp_dir_file(&dir, "denoise"));
    assert_int_equal(mkdir(path, 0700), 0);
    strcpy(path, temp_dir_file(&dir, "denoise/mnist"));
    assert_int_equal(mkdir(path, 0700), 0);
    temp_dir_write(&dir, "denoise/mnist/t10k-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\1\6", 9);
    setenv("XDG_CACHE_HOME", dir.path, 1);
    expect_failure(NULL, DENOISE_ERR_NOT_FOUND, "denoise/mnist has no train-images-idx3-ubyte");
}

static void null_parameters(void **state)
{
    (void)state;
    static const char *const names[] = {"train_images", "train_labels", "test_images", "test_labels", "is_synthetic"};
    for (int i = 0; i < 5; i++) {
        loaded all;
        memset(&all, 0x55, sizeof all);
        denoise_tensor **out[4];
        for (int k = 0; k < 4; k++) {
            out[k] = k == i ? NULL : &all.part[k];
        }
        int32_t *flag = i == 4 ? NULL : &all.is_synthetic;
        assert_int_equal(denoise_digits_load(out[0], out[1], out[2], out[3], NULL, 0, flag), DENOISE_ERR_NULL);
        assert_non_null(strstr(denoise_last_error(), names[i]));
        for (int k = 0; k < 4; k++) {
            if (k != i) assert_null(all.part[k]);
        }
        if (i != 4) assert_int_equal(all.is_synthetic, 0);
    }
}

static void out_of_memory(void **state)
{
    (void)state;
    setenv("HOME", "/nowhere", 1);
    denoise_shutdown(); /* no block may be alive */
    failing_alloc_install();
    denoise_tensor *images, *labels;
    assert_int_equal(denoise_synthetic_digits(&images, &labels, 1000, 0, 0), DENOISE_OK); /* makes the threads */
    denoise_tensor_free(images);
    denoise_tensor_free(labels);
    int64_t live = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        loaded all;
        failing_alloc_arm(n, false);
        denoise_status status = load(&all, NULL, 0);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(all.part[i] == NULL, failed);
        }
        clear(&all);
        assert_int_equal(failing_alloc_live(), live);
        if (!failed) break;
    }
    denoise_shutdown();
    failing_alloc_remove();
}

static int start(void **state)
{
    (void)state;
    unsetenv("DENOISE_DATA_DIR");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    temp_dir_make(&dir);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(mnist_where_there_is_any, start, stop),
        cmocka_unit_test_setup_teardown(synthetic_digits_where_there_is_none, start, stop),
        cmocka_unit_test_setup_teardown(other_failures_come_through, start, stop),
        cmocka_unit_test_setup_teardown(a_broken_cache_comes_through, start, stop),
        cmocka_unit_test_setup_teardown(null_parameters, start, stop),
        cmocka_unit_test_setup_teardown(out_of_memory, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
