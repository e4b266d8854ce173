/* SPDX-License-Identifier: Apache-2.0 */
/* Small data sets under MNIST's names, made here; the real one where DENOISE_DATA_DIR says it is. */
#include "data/mnist.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <denoise/dataset.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

static temp_dir dir;
static char real_folder[TEMP_PATH_SIZE]; /* "" = there is none */

/* `count` images of 2 x 3, or labels; pixel and label k of file `first` are first + k. */
static size_t make_idx(uint8_t *out, int rank, int count, int first)
{
    const int dims[] = {count, 2, 3};
    size_t size = 0;
    out[size++] = 0;
    out[size++] = 0;
    out[size++] = 8;
    out[size++] = (uint8_t)rank;
    int elements = 1;
    for (int i = 0; i < rank; i++) {
        const uint8_t length[] = {0, 0, 0, (uint8_t)dims[i]};
        memcpy(out + size, length, 4);
        size += 4;
        elements *= dims[i];
    }
    for (int i = 0; i < elements; i++) {
        out[size++] = (uint8_t)(first + i);
    }
    return size;
}

static void write_part(const char *name, int rank, int count, int first)
{
    uint8_t bytes[256];
    size_t size = make_idx(bytes, rank, count, first);
    size_t length = strlen(name);
    if (length > 3 && strcmp(name + length - 3, ".gz") == 0) {
        gzFile file = gzopen(temp_dir_file(&dir, name), "wb");
        assert_non_null(file);
        assert_int_equal(gzwrite(file, bytes, (unsigned)size), (int)size);
        assert_int_equal(gzclose(file), Z_OK);
    } else {
        temp_dir_write(&dir, name, bytes, size);
    }
}

static void write_all(void)
{
    write_part("train-images-idx3-ubyte", 3, 5, 10);
    write_part("train-labels-idx1-ubyte.gz", 1, 5, 1);
    write_part("t10k-images.idx3-ubyte", 3, 2, 100);
    write_part("t10k-labels.idx1-ubyte.gz", 1, 2, 7);
}

typedef struct loaded {
    denoise_tensor *part[4];
} loaded;

static denoise_status load(loaded *out, const char *folder)
{
    memset(out->part, 0x55, sizeof out->part);
    return denoise_mnist_load(&out->part[0], &out->part[1], &out->part[2], &out->part[3], folder);
}

static void clear(loaded *all)
{
    for (int i = 0; i < 4; i++) {
        denoise_tensor_free(all->part[i]);
    }
}

static void expect_small(const char *folder)
{
    loaded all;
    assert_int_equal(load(&all, folder), DENOISE_OK);
    assert_int_equal(denoise_tensor_dtype(all.part[0]), DENOISE_UINT8);
    assert_memory_equal(denoise_tensor_shape(all.part[0]), ((const int64_t[]){5, 2, 3}), 3 * sizeof(int64_t));
    assert_int_equal(((const uint8_t *)denoise_tensor_const_data(all.part[0]))[29], 39);
    assert_int_equal(denoise_tensor_dtype(all.part[1]), DENOISE_INT32);
    assert_memory_equal(denoise_tensor_const_data(all.part[1]), ((const int32_t[]){1, 2, 3, 4, 5}), 5 * sizeof(int32_t));
    assert_memory_equal(denoise_tensor_shape(all.part[2]), ((const int64_t[]){2, 2, 3}), 3 * sizeof(int64_t));
    assert_memory_equal(denoise_tensor_const_data(all.part[3]), ((const int32_t[]){7, 8}), 2 * sizeof(int32_t));
    clear(&all);
}

static void expect_failure(const char *folder, denoise_status expected, const char *text)
{
    loaded all;
    denoise_status status = load(&all, folder);
    if (status != expected || strstr(denoise_last_error(), text) == NULL) {
        fail_msg("%s \"%s\", expected \"%s\"", denoise_status_name(status), denoise_last_error(), text);
    }
    for (int i = 0; i < 4; i++) {
        assert_null(all.part[i]);
    }
}

static void no_places(void)
{
    unsetenv("DENOISE_DATA_DIR");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
}

static void a_given_folder(void **state)
{
    (void)state;
    write_all();
    expect_small(dir.path);
    setenv("DENOISE_DATA_DIR", "/nowhere", 1); /* not looked at */
    expect_small(dir.path);
}

static void the_data_folder_of_the_environment(void **state)
{
    (void)state;
    write_all();
    setenv("DENOISE_DATA_DIR", dir.path, 1);
    expect_small(NULL);
    setenv("DENOISE_DATA_DIR", "/nowhere", 1);
    setenv("XDG_CACHE_HOME", dir.path, 1); /* named folders are not left for others */
    expect_failure(NULL, DENOISE_ERR_NOT_FOUND, "/nowhere has no train-images-idx3-ubyte, plain or .gz");
}

static void make_cache(const char *below)
{
    char path[TEMP_PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s", dir.path, below);
    for (char *slash = path + strlen(dir.path) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    assert_int_equal(mkdir(path, 0700), 0);
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz", "t10k-images.idx3-ubyte",
                                        "t10k-labels.idx1-ubyte.gz"};
    write_all();
    for (int i = 0; i < 4; i++) {
        char target[2 * TEMP_PATH_SIZE];
        snprintf(target, sizeof target, "%s/%s", path, names[i]);
        assert_int_equal(rename(temp_dir_file(&dir, names[i]), target), 0);
    }
}

static void the_cache_folders(void **state)
{
    (void)state;
    make_cache("denoise/mnist");
    setenv("XDG_CACHE_HOME", dir.path, 1);
    expect_small(NULL);
    setenv("XDG_CACHE_HOME", "relative", 1); /* ignored, as the XDG rules say */
    setenv("HOME", dir.path, 1);
    expect_failure(NULL, DENOISE_ERR_NOT_FOUND, "/.cache/denoise/mnist has no train-images-idx3-ubyte");
    make_cache(".cache/denoise/mnist");
    expect_small(NULL);
    setenv("DENOISE_DATA_DIR", "", 1); /* as if it were not set */
    expect_small(NULL);
}

static void make_folders(const char *folder)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s", folder);
    for (char *slash = path; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        (void)mkdir(temp_dir_file(&dir, path), 0700);
    }
}

/* `prefix` with a folder in it; the stem of the second half is EMNIST's where the prefix has a name. */
static void lay(const char *prefix)
{
    char name[200];
    const char *test = prefix[strlen(prefix) - 1] == '/' ? "t10k" : "test";
    make_folders(prefix);
    (void)snprintf(name, sizeof name, "%strain-images-idx3-ubyte", prefix);
    write_part(name, 3, 5, 10);
    (void)snprintf(name, sizeof name, "%strain-labels-idx1-ubyte.gz", prefix);
    write_part(name, 1, 5, 1);
    (void)snprintf(name, sizeof name, "%s%s-images-idx3-ubyte.gz", prefix, test);
    write_part(name, 3, 2, 100);
    (void)snprintf(name, sizeof name, "%s%s-labels-idx1-ubyte", prefix, test);
    write_part(name, 1, 2, 7);
}

static void as_torchvision_lays_it(void **state)
{
    (void)state;
    lay("root/MNIST/raw/");
    lay("other/FashionMNIST/raw/");
    lay("emnist/EMNIST/raw/emnist-letters-");
    expect_small(temp_dir_file(&dir, "root"));
    expect_small(temp_dir_file(&dir, "root/MNIST"));
    expect_small(temp_dir_file(&dir, "root/MNIST/raw"));
    expect_small(temp_dir_file(&dir, "other/FashionMNIST"));
    expect_failure(temp_dir_file(&dir, "other"), DENOISE_ERR_NOT_FOUND, "itself or in MNIST/raw or raw");
    expect_small(temp_dir_file(&dir, "emnist/EMNIST"));
    setenv("XDG_CACHE_HOME", temp_dir_file(&dir, "cache"), 1);
    bool present = true;
    assert_int_equal(denoise__mnist_present(&present, NULL), DENOISE_OK);
    assert_false(present);
    lay("cache/denoise/mnist/MNIST/raw/");
    assert_int_equal(denoise__mnist_present(&present, NULL), DENOISE_OK);
    assert_true(present);
    expect_small(NULL);
}

static void emnist_and_its_splits(void **state)
{
    (void)state;
    loaded all;
    lay("gzip/emnist-byclass-");
    expect_small(temp_dir_file(&dir, "gzip"));
    write_part("gzip/emnist-mnist-train-images-idx3-ubyte", 3, 9,
               0); /* comes first, and is not mixed with another split's files */
    expect_failure(temp_dir_file(&dir, "gzip"), DENOISE_ERR_NOT_FOUND, "has no train-labels-idx1-ubyte");
    assert_int_equal(remove(temp_dir_file(&dir, "gzip/emnist-mnist-train-images-idx3-ubyte")), 0);
    lay("gzip/emnist-digits-");
    write_part("gzip/emnist-digits-train-labels-idx1-ubyte", 1, 5, 50);
    assert_int_equal(load(&all, temp_dir_file(&dir, "gzip")), DENOISE_OK);
    assert_int_equal(((const int32_t *)denoise_tensor_const_data(all.part[1]))[0], 50);
    clear(&all);
    lay("gzip/"); /* MNIST's own names */
    expect_small(temp_dir_file(&dir, "gzip"));
}

/* Kaggle's archive: each file in a folder of its name, beside one with a dot. */
static void files_in_folders_of_their_names(void **state)
{
    (void)state;
    write_all();
    make_folders("train-labels-idx1-ubyte/");
    expect_small(dir.path); /* an empty folder is no file: the .gz is read */
    write_part("train-labels-idx1-ubyte/train-labels-idx1-ubyte", 1, 5, 1);
    assert_int_equal(remove(temp_dir_file(&dir, "train-labels-idx1-ubyte.gz")), 0);
    expect_small(dir.path);
}

static void nowhere_to_look(void **state)
{
    (void)state;
    expect_failure(NULL, DENOISE_ERR_NOT_FOUND, "DENOISE_DATA_DIR, XDG_CACHE_HOME and HOME are not set");
}

static void whether_there_is_any(void **state)
{
    (void)state;
    bool present = true;
    assert_int_equal(denoise__mnist_present(&present, NULL), DENOISE_OK);
    assert_false(present);
    setenv("XDG_CACHE_HOME", dir.path, 1);
    assert_int_equal(denoise__mnist_present(&present, NULL), DENOISE_OK);
    assert_false(present);
    make_cache("denoise/mnist");
    assert_int_equal(denoise__mnist_present(&present, NULL), DENOISE_OK);
    assert_true(present);
    setenv("XDG_CACHE_HOME", "/nowhere", 1);
    assert_int_equal(denoise__mnist_present(&present, "/nowhere"), DENOISE_OK); /* named: must load */
    assert_true(present);
    setenv("DENOISE_DATA_DIR", "/nowhere", 1);
    assert_int_equal(denoise__mnist_present(&present, NULL), DENOISE_OK);
    assert_true(present);
}

static void files_that_do_not_fit(void **state)
{
    (void)state;
    write_all();
    write_part("train-labels-idx1-ubyte", 1, 4, 0);
    expect_failure(dir.path, DENOISE_ERR_SCHEMA, "train-images-idx3-ubyte has 5 images");
    expect_failure(dir.path, DENOISE_ERR_SCHEMA, "train-labels-idx1-ubyte has 4 labels");
    write_part("train-labels-idx1-ubyte", 3, 5, 0);
    expect_failure(dir.path, DENOISE_ERR_SCHEMA,
                   "train-labels-idx1-ubyte: byte 3: rank: expected labels of type uint8 and rank 1");
    write_part("train-labels-idx1-ubyte", 1, 5, 0);
    write_part("t10k-images-idx3-ubyte", 1, 5, 0);
    expect_failure(dir.path, DENOISE_ERR_SCHEMA,
                   "t10k-images-idx3-ubyte: byte 3: rank: expected images of type uint8 and rank 3, found uint8");
    temp_dir_write(&dir, "t10k-images-idx3-ubyte", "\0\0\x0d\3\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0", 20);
    expect_failure(dir.path, DENOISE_ERR_SCHEMA, "found float32 of rank 3");
    write_part("t10k-images-idx3-ubyte", 3, 0, 0);
    expect_failure(dir.path, DENOISE_ERR_SCHEMA, "expected images, found none");
    temp_dir_write(&dir, "t10k-images-idx3-ubyte", "\0\0\x08", 3);
    expect_failure(dir.path, DENOISE_ERR_TRUNCATED, "t10k-images-idx3-ubyte: IDX: byte 3");
}

static void missing_files(void **state)
{
    (void)state;
    write_all();
    assert_int_equal(remove(temp_dir_file(&dir, "t10k-labels.idx1-ubyte.gz")), 0);
    expect_failure(dir.path, DENOISE_ERR_NOT_FOUND,
                   "has no t10k-labels-idx1-ubyte, plain or .gz, itself or in MNIST/raw or raw; looked at this folder only");
    expect_failure("/nowhere", DENOISE_ERR_NOT_FOUND, "/nowhere has no train-images-idx3-ubyte");
}

static void null_parameters(void **state)
{
    (void)state;
    static const char *const names[] = {"train_images", "train_labels", "test_images", "test_labels"};
    for (int i = 0; i < 4; i++) {
        denoise_tensor *part[4];
        denoise_tensor **out[4];
        memset(part, 0x55, sizeof part);
        for (int k = 0; k < 4; k++) {
            out[k] = k == i ? NULL : &part[k];
        }
        assert_int_equal(denoise_mnist_load(out[0], out[1], out[2], out[3], dir.path), DENOISE_ERR_NULL);
        assert_non_null(strstr(denoise_last_error(), names[i]));
        for (int k = 0; k < 4; k++) {
            if (k != i) assert_null(part[k]);
        }
    }
}

static void out_of_memory(void **state)
{
    (void)state;
    write_all();
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        loaded all;
        failing_alloc_arm(n, false);
        denoise_status status = load(&all, dir.path);
        bool failed = failing_alloc_disarm();
        clear(&all);
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) break;
    }
    failing_alloc_remove();
}

static int64_t sum(const denoise_tensor *images)
{
    const uint8_t *pixels = denoise_tensor_const_data(images);
    int64_t total = 0;
    for (int64_t i = 0; i < denoise_tensor_size(images); i++) {
        total += pixels[i];
    }
    return total;
}

static void expect_histogram(const denoise_tensor *labels, const int64_t *expected)
{
    int64_t counts[10] = {0};
    const int32_t *values = denoise_tensor_const_data(labels);
    for (int64_t i = 0; i < denoise_tensor_size(labels); i++) {
        assert_in_range(values[i], 0, 9);
        counts[values[i]]++;
    }
    assert_memory_equal(counts, expected, sizeof counts);
}

static void the_real_one(void **state)
{
    (void)state;
    static const int64_t train_counts[] = {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
    static const int64_t test_counts[] = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};
    if (real_folder[0] == '\0') {
        print_message("DENOISE_DATA_DIR is not set\n");
        skip();
    }
    loaded all;
    assert_int_equal(load(&all, real_folder), DENOISE_OK);
    assert_memory_equal(denoise_tensor_shape(all.part[0]), ((const int64_t[]){60000, 28, 28}), 3 * sizeof(int64_t));
    assert_memory_equal(denoise_tensor_shape(all.part[2]), ((const int64_t[]){10000, 28, 28}), 3 * sizeof(int64_t));
    expect_histogram(all.part[1], train_counts);
    expect_histogram(all.part[3], test_counts);
    assert_int_equal(sum(all.part[0]), 1567298545);
    assert_int_equal(sum(all.part[2]), 264923200);
    assert_memory_equal(denoise_tensor_const_data(all.part[1]), ((const int32_t[]){5, 0, 4, 1, 9}), 5 * sizeof(int32_t));
    assert_memory_equal(denoise_tensor_const_data(all.part[3]), ((const int32_t[]){7, 2, 1, 0, 4}), 5 * sizeof(int32_t));
    clear(&all);
}

static int set_up(void **state)
{
    (void)state;
    no_places();
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
    const char *folder = getenv("DENOISE_DATA_DIR");
    if (folder != NULL) snprintf(real_folder, sizeof real_folder, "%s", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_given_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_data_folder_of_the_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cache_folders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(as_torchvision_lays_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(emnist_and_its_splits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_in_folders_of_their_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nowhere_to_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whether_there_is_any, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_do_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(null_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(out_of_memory, set_up, tear_down),
        cmocka_unit_test(the_real_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
