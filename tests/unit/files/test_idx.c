/* SPDX-License-Identifier: Apache-2.0 */
/* Malformed IDX files, made here; each with its code and the byte that the message names. */
#include "files/idx.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <denoise/dataset.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const denoise_limits defaults = DENOISE_LIMITS_INIT;
static temp_dir dir;

typedef struct malformed {
    const char *name;
    uint8_t bytes[64];
    size_t size;
    denoise_status status;
    const char *text;
} malformed;

static const malformed cases[] = {
    {"empty", {0}, 0, DENOISE_ERR_TRUNCATED, "byte 0: magic: the data ends, the header needs 4"},
    {"three bytes", {0, 0, 8}, 3, DENOISE_ERR_TRUNCATED, "byte 3: rank: the data ends, the header needs 4"},
    {"one byte", {1}, 1, DENOISE_ERR_MAGIC, "byte 0: magic: expected 00 00"},
    {"not zero", {0, 1, 8, 3}, 4, DENOISE_ERR_MAGIC, "byte 0: magic: expected 00 00, found 00 01"},
    {"text", "hello, world", 12, DENOISE_ERR_MAGIC, "byte 0: magic: expected 00 00, found 68 65"},
    {"gzip inside", {0x1f, 0x8b, 8, 0}, 4, DENOISE_ERR_MAGIC, "double compressed?"},
    {"type 07", {0, 0, 7, 1, 0, 0, 0, 0}, 8, DENOISE_ERR_DTYPE, "byte 2: type: 0x07 is none of 08 09 0B 0C 0D 0E"},
    {"type 0A", {0, 0, 10, 1, 0, 0, 0, 0}, 8, DENOISE_ERR_DTYPE, "byte 2: type: 0x0a"},
    {"type FF", {0, 0, 255}, 3, DENOISE_ERR_DTYPE, "byte 2: type: 0xff"},
    {"rank 0", {0, 0, 8, 0, 1}, 5, DENOISE_ERR_SHAPE, "byte 3: rank: is 0"},
    {"rank 9", {0, 0, 8, 9}, 40, DENOISE_ERR_LIMIT, "byte 3: dims: 9, more than the 8"},
    {"rank 255", {0, 0, 8, 255}, 4, DENOISE_ERR_LIMIT, "byte 3: dims: 255"},
    {"two of three lengths",
     {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1},
     12,
     DENOISE_ERR_TRUNCATED,
     "byte 12: dims[2]: the data ends"},
    {"half a length", {0, 0, 8, 1, 0, 0}, 6, DENOISE_ERR_TRUNCATED, "byte 6: dims[0]: the data ends, the header needs 8"},
    {"huge count",
     {0, 0, 8, 3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 28, 0, 0, 0, 28},
     64,
     DENOISE_ERR_TRUNCATED,
     "byte 64: data: ends, the lengths declare 3367254359296 bytes, 64 are there"},
    {"wraps to 0",
     {0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0},
     20,
     DENOISE_ERR_OVERFLOW,
     "byte 16: dims[3]: with length 65536"},
    {"width wraps",
     {0, 0, 14, 2, 0x80, 0, 0, 0, 0x40, 0, 0, 0},
     12,
     DENOISE_ERR_OVERFLOW,
     "byte 8: dims[1]: with length 1073741824"},
    {"wraps behind a length of 0",
     {0, 0, 8, 3, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
     16,
     DENOISE_ERR_OVERFLOW,
     "byte 12: dims[2]: with length 4294967295"},
    {"one byte missing", {0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3}, 11, DENOISE_ERR_TRUNCATED, "byte 11: data: ends"},
    {"one byte more", {0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3}, 11, DENOISE_ERR_TRAILING, "byte 10: data: 1 bytes follow"},
    {"little-endian", {0, 0, 8, 1, 3, 0, 0, 0, 1, 2, 3}, 11, DENOISE_ERR_TRUNCATED, "byte 4: dims[0]: the lengths"},
    {"little-endian, wraps",
     {0, 0, 8, 4, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 9},
     22,
     DENOISE_ERR_TRUNCATED,
     "(byte order?)"},
};

/* The bytes at the end of a block of their own, so that a sanitizer sees a read past them. */
static denoise_status parse(denoise_tensor **out, const uint8_t *bytes, size_t size, const denoise_limits *limits)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    assert_non_null(exact);
    if (size > 0) memcpy(exact, bytes, size);
    denoise_status status = denoise__idx_parse(out, exact, (int64_t)size, limits);
    free(exact);
    return status;
}

static void malformed_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        denoise_tensor *tensor = (denoise_tensor *)&dir;
        denoise_status status = parse(&tensor, cases[i].bytes, cases[i].size, &defaults);
        if (status != cases[i].status || strstr(denoise_last_error(), cases[i].text) == NULL) {
            fail_msg("%s: %s \"%s\"", cases[i].name, denoise_status_name(status), denoise_last_error());
        }
        assert_null(tensor);
    }
}

static void a_declared_size_allocates_nothing(void **state)
{
    (void)state;
    static const uint8_t huge[64] = {0, 0, 8, 3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 28, 0, 0, 0, 28};
    denoise_tensor *tensor;
    failing_alloc_install();
    assert_int_equal(parse(&tensor, huge, sizeof huge, &defaults), DENOISE_ERR_TRUNCATED);
    assert_int_equal(failing_alloc_calls(), 0);
    failing_alloc_remove();
}

static void limits_hold(void **state)
{
    (void)state;
    static const uint8_t file[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4};
    denoise_tensor *tensor;
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.dims = 1;
    assert_int_equal(parse(&tensor, file, sizeof file, &limits), DENOISE_ERR_LIMIT);
    assert_non_null(strstr(denoise_last_error(), "dims: 2, more than the 1"));
    denoise_limits_init(&limits);
    limits.elements = 3;
    assert_int_equal(parse(&tensor, file, sizeof file, &limits), DENOISE_ERR_LIMIT);
    assert_non_null(strstr(denoise_last_error(), "byte 4: elements: 4"));
    limits.elements = 4;
    assert_int_equal(parse(&tensor, file, sizeof file, &limits), DENOISE_OK);
    denoise_tensor_free(tensor);
}

static void expect_values(const uint8_t *file, size_t size, int32_t dtype, const double *values, int64_t count)
{
    denoise_tensor *tensor = NULL;
    assert_int_equal(parse(&tensor, file, size, &defaults), DENOISE_OK);
    assert_int_equal(denoise_tensor_dtype(tensor), dtype);
    assert_int_equal(denoise_tensor_rank(tensor), 1);
    assert_int_equal(denoise_tensor_size(tensor), count);
    for (int64_t i = 0; i < count; i++) {
        double value;
        assert_int_equal(denoise_tensor_item(tensor, i, &value), DENOISE_OK);
        assert_true(value == values[i]);
    }
    denoise_tensor_free(tensor);
}

static void all_element_types(void **state)
{
    (void)state;
    static const uint8_t u8[] = {0, 0, 8, 1, 0, 0, 0, 2, 0, 255};
    static const uint8_t i8[] = {0, 0, 9, 1, 0, 0, 0, 3, 0x7f, 0x80, 0xff};
    static const uint8_t i16[] = {0, 0, 11, 1, 0, 0, 0, 3, 0x01, 0x02, 0x80, 0x00, 0xff, 0xfe};
    static const uint8_t i32[] = {0, 0, 12, 1, 0, 0, 0, 2, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t f32[] = {0, 0, 13, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0};
    static const uint8_t f64[] = {0, 0, 14, 1, 0, 0, 0, 1, 0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18};
    expect_values(u8, sizeof u8, DENOISE_UINT8, (const double[]){0, 255}, 2);
    expect_values(i8, sizeof i8, DENOISE_INT32, (const double[]){127, -128, -1}, 3);
    expect_values(i16, sizeof i16, DENOISE_INT32, (const double[]){258, -32768, -2}, 3);
    expect_values(i32, sizeof i32, DENOISE_INT32, (const double[]){16909060, -1}, 2);
    expect_values(f32, sizeof f32, DENOISE_FLOAT32, (const double[]){1, -2.5}, 2);
    expect_values(f64, sizeof f64, DENOISE_FLOAT64, (const double[]){3.141592653589793}, 1);
}

static void a_length_of_zero_is_an_empty_tensor(void **state)
{
    (void)state;
    static const uint8_t file[] = {0, 0, 13, 2, 0, 0, 0, 0, 0, 0, 0, 28};
    denoise_tensor *tensor = NULL;
    assert_int_equal(parse(&tensor, file, sizeof file, &defaults), DENOISE_OK);
    assert_int_equal(denoise_tensor_size(tensor), 0);
    assert_int_equal(denoise_tensor_dim(tensor, 1), 28);
    denoise_tensor_free(tensor);
}

static const uint8_t good[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60};

static void write_gz(const char *name, const void *data, size_t size)
{
    gzFile file = gzopen(temp_dir_file(&dir, name), "wb9");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, data, (unsigned)size), (int)size);
    assert_int_equal(gzclose(file), Z_OK);
}

static void loads_plain_and_gzip(void **state)
{
    (void)state;
    temp_dir_write(&dir, "plain", good, sizeof good);
    write_gz("packed.gz", good, sizeof good);
    write_gz("packed", good, sizeof good); /* content decides, not the name */
    static const char *const names[] = {"plain", "packed.gz", "packed"};
    for (size_t i = 0; i < 3; i++) {
        denoise_tensor *tensor = NULL;
        assert_int_equal(denoise_idx_load(&tensor, temp_dir_file(&dir, names[i]), NULL), DENOISE_OK);
        assert_int_equal(denoise_tensor_dim(tensor, 0), 2);
        assert_int_equal(denoise_tensor_dim(tensor, 1), 3);
        assert_memory_equal(denoise_tensor_const_data(tensor), good + 12, 6);
        denoise_tensor_free(tensor);
    }
}

static void expect_load_failure(const char *name, const denoise_limits *limits, denoise_status expected, const char *text)
{
    denoise_tensor *tensor = (denoise_tensor *)&dir;
    assert_int_equal(denoise_idx_load(&tensor, temp_dir_file(&dir, name), limits), expected);
    assert_null(tensor);
    if (strstr(denoise_last_error(), text) == NULL) fail_msg("%s: %s", name, denoise_last_error());
    assert_non_null(strstr(denoise_last_error(), name));
}

static void failures_name_the_file(void **state)
{
    (void)state;
    denoise_limits limits = DENOISE_LIMITS_INIT;
    expect_load_failure("missing", NULL, DENOISE_ERR_NOT_FOUND, "cannot open");
    temp_dir_write(&dir, "short", good, sizeof good - 1);
    expect_load_failure("short", NULL, DENOISE_ERR_TRUNCATED, "short: IDX: byte 17:");
    temp_dir_write(&dir, "cut.gz", "\x1f\x8b\x08", 3);
    expect_load_failure("cut.gz", NULL, DENOISE_ERR_TRUNCATED, "cut.gz: gzip: byte 3:");
    write_gz("inner.gz", good, sizeof good);
    size_t size;
    char *inner = temp_dir_read(&dir, "inner.gz", &size);
    write_gz("twice.gz", inner, size);
    free(inner);
    expect_load_failure("twice.gz", NULL, DENOISE_ERR_MAGIC, "double compressed?");
    temp_dir_write(&dir, "plain", good, sizeof good);
    limits.bytes = sizeof good - 1;
    expect_load_failure("plain", &limits, DENOISE_ERR_LIMIT, "limit `bytes`");
    limits.struct_size = 0;
    denoise_tensor *tensor;
    assert_int_equal(denoise_idx_load(&tensor, temp_dir_file(&dir, "plain"), &limits), DENOISE_ERR_INVALID);
}

static void null_parameters(void **state)
{
    (void)state;
    denoise_tensor *tensor = (denoise_tensor *)&dir;
    assert_int_equal(denoise_idx_load(NULL, "x", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_idx_load(&tensor, NULL, NULL), DENOISE_ERR_NULL);
    assert_null(tensor);
    assert_non_null(strstr(denoise_last_error(), "path"));
}

static void out_of_memory(void **state)
{
    (void)state;
    write_gz("packed.gz", good, sizeof good);
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        denoise_tensor *tensor = NULL;
        failing_alloc_arm(n, false);
        denoise_status status = denoise_idx_load(&tensor, temp_dir_file(&dir, "packed.gz"), NULL);
        bool failed = failing_alloc_disarm();
        denoise_tensor_free(tensor);
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (failed) assert_null(tensor);
        assert_int_equal(failing_alloc_live(), 0);
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
        cmocka_unit_test(malformed_files),
        cmocka_unit_test(a_declared_size_allocates_nothing),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(all_element_types),
        cmocka_unit_test(loads_plain_and_gzip),
        cmocka_unit_test(a_length_of_zero_is_an_empty_tensor),
        cmocka_unit_test(failures_name_the_file),
        cmocka_unit_test(null_parameters),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
