/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <denoise/io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static temp_dir dir;

/* Files as Python writes them: those of the golden tests. */
static denoise_safetensors *open_fixture(const char *name)
{
    const char *folder = getenv("DENOISE_FIXTURES_DIR");
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.safetensors", folder != NULL ? folder : DENOISE_TEST_FIXTURES_DIR, name);
    denoise_safetensors *reader = NULL;
    denoise_status status = denoise_safetensors_open(&reader, path, NULL);
    if (status != DENOISE_OK) fail_msg("%s", denoise_last_error());
    return reader;
}

static void all_fixtures(void **state)
{
    (void)state;
    static const char *const groups[] = {"activations", "callbacks", "keras_files", "layers",
                                         "losses",      "metrics",   "optimizers",  "training"};
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        denoise_safetensors *reader = open_fixture(groups[g]);
        assert_true(denoise_safetensors_count(reader) > 0);
        assert_string_equal(denoise_safetensors_metadata(reader, "group"), groups[g]);
        assert_true(strlen(denoise_safetensors_metadata(reader, "cases")) > 100);
        assert_null(denoise_safetensors_metadata(reader, "no such key"));
        for (int64_t i = 0; i < denoise_safetensors_count(reader); i++) {
            denoise_tensor *tensor = NULL;
            assert_int_equal(denoise_safetensors_get(&tensor, reader, denoise_safetensors_name(reader, i)), DENOISE_OK);
            denoise_tensor_free(tensor);
        }
        denoise_safetensors_free(reader);
    }
}

/* A header and its data. */
static void write_file(const char *name, const char *json, const void *data, size_t size)
{
    uint8_t bytes[1024] = {0};
    size_t length = strlen(json);
    assert_true(8 + length + size <= sizeof bytes);
    bytes[0] = (uint8_t)(length & 0xff);
    bytes[1] = (uint8_t)(length >> 8);
    memcpy(bytes + 8, json, length);
    memcpy(bytes + 8 + length, data, size);
    temp_dir_write(&dir, name, bytes, 8 + length + size);
}

static void values_of_all_types(void **state)
{
    (void)state;
    static const char json[] = "{\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                               "\"d\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[8,16]},"
                               "\"i\":{\"dtype\":\"I32\",\"shape\":[1,1],\"data_offsets\":[16,20]},"
                               "\"l\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[20,28]},"
                               "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[28,31]},"
                               "\"h\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[31,33]},"
                               "\"none\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[33,33]}}";
    static const uint8_t data[] = {0, 0, 128, 63,   0,    0,    32,   192,  0x18, 0x2d, 0x44, 0x54, 0xfb, 0x21, 9, 64, 4,
                                   3, 2, 1,   0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7,    8,    9,    0, 60};
    static const struct {
        const char *name;
        int32_t dtype, rank;
        int64_t size;
        double last;
    } expected[] = {{"f", DENOISE_FLOAT32, 1, 2, -2.5},
                    {"d", DENOISE_FLOAT64, 0, 1, 3.141592653589793},
                    {"i", DENOISE_INT32, 2, 1, 0x01020304},
                    {"l", DENOISE_INT64, 1, 1, -2},
                    {"u", DENOISE_UINT8, 1, 3, 9}};
    write_file("types", json, data, sizeof data);
    denoise_safetensors *reader = NULL;
    denoise_tensor *tensor = NULL;
    assert_int_equal(denoise_safetensors_open(&reader, temp_dir_file(&dir, "types"), NULL), DENOISE_OK);
    assert_int_equal(denoise_safetensors_count(reader), 7);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        double value = 0;
        assert_string_equal(denoise_safetensors_name(reader, (int64_t)i), expected[i].name);
        assert_int_equal(denoise_safetensors_get(&tensor, reader, expected[i].name), DENOISE_OK);
        assert_int_equal(denoise_tensor_dtype(tensor), expected[i].dtype);
        assert_int_equal(denoise_tensor_rank(tensor), expected[i].rank);
        assert_int_equal(denoise_tensor_size(tensor), expected[i].size);
        assert_int_equal(denoise_tensor_item(tensor, expected[i].size - 1, &value), DENOISE_OK);
        assert_true(value == expected[i].last);
        denoise_tensor_free(tensor);
    }
    assert_int_equal(denoise_safetensors_get(&tensor, reader, "none"), DENOISE_OK);
    assert_int_equal(denoise_tensor_dim(tensor, 1), 7);
    denoise_tensor_free(tensor);
    assert_int_equal(denoise_safetensors_get(&tensor, reader, "h"), DENOISE_ERR_UNSUPPORTED);
    assert_non_null(strstr(denoise_last_error(), "dtype: tensor \"h\": F16"));
    assert_null(tensor);
    denoise_safetensors_free(reader);
}

static void names_and_metadata(void **state)
{
    (void)state;
    write_file("two", "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", "a", 1);
    denoise_safetensors *reader = NULL;
    denoise_tensor *tensor = (denoise_tensor *)&dir;
    assert_int_equal(denoise_safetensors_open(&reader, temp_dir_file(&dir, "two"), NULL), DENOISE_OK);
    assert_string_equal(denoise_safetensors_name(reader, 0), "x");
    assert_null(denoise_safetensors_name(reader, 1));
    assert_null(denoise_safetensors_name(reader, -1));
    assert_null(denoise_safetensors_metadata(reader, "format")); /* has no metadata at all */
    assert_null(denoise_safetensors_metadata(reader, NULL));
    assert_int_equal(denoise_safetensors_get(&tensor, reader, "y"), DENOISE_ERR_NAME);
    assert_non_null(strstr(denoise_last_error(), "no tensor \"y\""));
    assert_null(tensor);
    assert_int_equal(denoise_safetensors_get(&tensor, reader, "__metadata__"), DENOISE_ERR_NAME);
    assert_int_equal(denoise_safetensors_get(NULL, reader, "x"), DENOISE_ERR_NULL);
    assert_int_equal(denoise_safetensors_get(&tensor, NULL, "x"), DENOISE_ERR_NULL);
    assert_int_equal(denoise_safetensors_get(&tensor, reader, NULL), DENOISE_ERR_NULL);
    denoise_safetensors_free(reader);
    denoise_safetensors_free(NULL);
    assert_int_equal(denoise_safetensors_count(NULL), -1);
    assert_null(denoise_safetensors_name(NULL, 0));
    assert_null(denoise_safetensors_metadata(NULL, "x"));
}

static void expect_failure(const char *path, const denoise_limits *limits, denoise_status expected, const char *text)
{
    denoise_safetensors *reader = (denoise_safetensors *)&dir;
    assert_int_equal(denoise_safetensors_open(&reader, path, limits), expected);
    assert_null(reader);
    if (strstr(denoise_last_error(), text) == NULL) fail_msg("\"%s\"", denoise_last_error());
}

static void failures(void **state)
{
    (void)state;
    denoise_limits limits = DENOISE_LIMITS_INIT;
    denoise_safetensors *reader;
    expect_failure(temp_dir_file(&dir, "missing"), NULL, DENOISE_ERR_NOT_FOUND, "missing: ");
    expect_failure(dir.path, NULL, DENOISE_ERR_IO, "no regular file");
    expect_failure(NULL, NULL, DENOISE_ERR_NULL, "path");
    assert_int_equal(denoise_safetensors_open(NULL, "x", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_safetensors_open(&reader, NULL, NULL), DENOISE_ERR_NULL);
    temp_dir_write(&dir, "short", "1234", 4);
    expect_failure(temp_dir_file(&dir, "short"), NULL, DENOISE_ERR_TRUNCATED,
                   "short: safetensors: byte 4: header_length: the data ends");
    limits.bytes = 3;
    expect_failure(temp_dir_file(&dir, "short"), &limits, DENOISE_ERR_LIMIT, "limit `bytes`");
    limits.struct_size = 0;
    expect_failure(temp_dir_file(&dir, "short"), &limits, DENOISE_ERR_INVALID, "struct_size");
}

static denoise_status open_and_get(const char *path)
{
    denoise_safetensors *reader = NULL;
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_safetensors_open(&reader, path, NULL);
    if (status == DENOISE_OK) status = denoise_safetensors_get(&tensor, reader, "x");
    denoise_tensor_free(tensor);
    denoise_safetensors_free(reader);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    write_file("one", "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", "a", 1);
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = open_and_get(temp_dir_file(&dir, "one"));
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
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
        cmocka_unit_test(all_fixtures), cmocka_unit_test(values_of_all_types), cmocka_unit_test(names_and_metadata),
        cmocka_unit_test(failures),     cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
