/* SPDX-License-Identifier: Apache-2.0 */
/* Malformed safetensors files, made here; each with its code and what the message must name. */
#include "io/safetensors_header.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const denoise_limits defaults = DENOISE_LIMITS_INIT;

/* The bytes in a block of their own, so that a sanitizer sees a read past the end. */
static denoise_status read_bytes(denoise__safetensors_header *out, const void *bytes, size_t size, const denoise_limits *limits)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    assert_non_null(exact);
    if (size > 0) memcpy(exact, bytes, size);
    denoise_status status = denoise__safetensors_header_read(out, exact, (int64_t)size, limits);
    free(exact);
    return status;
}

/* A file of a header and `data` zero bytes. */
static denoise_status read_text(denoise__safetensors_header *out, const char *json, size_t data, const denoise_limits *limits)
{
    size_t length = strlen(json);
    uint8_t *bytes = calloc(8 + length + data, 1);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)((uint64_t)length >> 8 * i);
    }
    memcpy(bytes + 8, json, length);
    denoise_status status = read_bytes(out, bytes, 8 + length + data, limits);
    free(bytes);
    return status;
}

static void check(denoise_status status, denoise_status expected, const char *text, const char *what)
{
    if (status != expected || (expected != DENOISE_OK && strstr(denoise_last_error(), text) == NULL)) {
        fail_msg("%.100s: %s \"%s\", expected %s \"%s\"", what, denoise_status_name(status),
                 status != DENOISE_OK ? denoise_last_error() : "", denoise_status_name(expected), text);
    }
}

static void expect(const char *json, size_t data, denoise_status expected, const char *text)
{
    denoise__safetensors_header header;
    denoise_limits strict = defaults;
    strict.strict = 1;
    check(read_text(&header, json, data, &strict), expected, text, json);
    denoise__safetensors_header_clear(&header);
    if (expected == DENOISE_ERR_DTYPE || strstr(text, "other fields") != NULL) return; /* see what_is_not_known */
    check(read_text(&header, json, data, &defaults), expected, text, json);
    denoise__safetensors_header_clear(&header);
}

static void broken_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        denoise_status status;
        const char *text;
    } cases[] = {
        {"", 0, DENOISE_ERR_TRUNCATED, "byte 0: header_length: the data ends"},
        {"\2\0\0\0\0\0\0", 7, DENOISE_ERR_TRUNCATED, "byte 7: header_length: the data ends"},
        {"\0\0\0\0\0\0\0\0", 8, DENOISE_ERR_SYNTAX, "byte 8: header: JSON: expected '{'"},
        {"\1\0\0\0\0\0\0\0{", 9, DENOISE_ERR_SYNTAX, "byte 9: header: JSON: expected '\"'"},
        {"\3\0\0\0\0\0\0\0{}", 10, DENOISE_ERR_TRUNCATED, "byte 10: header: the data ends, it needs 11"},
        {"\1\341\365\5\0\0\0\0{}", 10, DENOISE_ERR_LIMIT, "byte 0: header_bytes: header length 100000001"},
        {"\377\377\377\377\377\377\377\377{}", 10, DENOISE_ERR_OVERFLOW, "byte 0: header_length: 18446744073709551615"},
        {"\370\377\377\377\377\377\377\177{}", 10, DENOISE_ERR_OVERFLOW, "byte 0: header_length: 9223372036854775800"},
        {"\367\377\377\377\377\377\377\177{}", 10, DENOISE_ERR_LIMIT,
         "byte 0: header_bytes: header length 9223372036854775799"},
        {"\2\0\0\0\0\0\0\0\xff}", 10, DENOISE_ERR_SYNTAX, "byte 8: header: JSON: expected '{'"},
        {"\5\0\0\0\0\0\0\0\xef\xbb\xbf{}", 13, DENOISE_ERR_SYNTAX, "byte 8: header: JSON: expected '{'"},
        {"\3\0\0\0\0\0\0\0 {}", 11, DENOISE_ERR_SYNTAX, "byte 8: header: JSON: expected '{'"},
        {"\x89HDF\r\n\x1a\n\0", 9, DENOISE_ERR_MAGIC, "found HDF5; convert it to safetensors"},
        {"PK\3\4\0\0\0\0\0", 9, DENOISE_ERR_MAGIC, "found a zip (.keras, .npz, .pt)"},
        {"GGUF\3\0\0\0\0", 9, DENOISE_ERR_MAGIC, "found GGUF"},
        {"\x93NUMPY\1\0v", 9, DENOISE_ERR_MAGIC, "found NumPy"},
        {"\x80\4\x95\0\0\0\0\0\0", 9, DENOISE_ERR_MAGIC, "found a Python pickle"},
        {"\x1f\x8b\x08\0\0\0\0\0\0", 9, DENOISE_ERR_MAGIC, "found gzip"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        denoise__safetensors_header header;
        check(read_bytes(&header, cases[i].bytes, cases[i].size, &defaults), cases[i].status, cases[i].text, cases[i].text);
        denoise__safetensors_header_clear(&header);
    }
}

static void a_length_that_looks_like_another_format(void **state)
{
    (void)state;
    char json[0x0481]; /* a header length whose bytes are those of a pickle */
    memset(json, ' ', sizeof json);
    memcpy(json, "{}", 2);
    json[0x0480] = '\0';
    expect(json, 0, DENOISE_OK, "");
}

#define TENSOR(name, dtype, shape, offsets)                                                                                    \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void accepted(void **state)
{
    (void)state;
    expect("{}", 0, DENOISE_OK, "");
    expect("{}      ", 0, DENOISE_OK, "");
    expect("{\"__metadata__\":{}}", 0, DENOISE_OK, "");
    expect("{\"__metadata__\": null }", 0, DENOISE_OK, "");
    expect("{\"__metadata__\":null," TENSOR("x", "F8_E4M3FNUZ", "[4]", "[0,4]") "}", 4, DENOISE_OK, "");
    expect("{" TENSOR("x", "F8_E5M2FNUZ", "[4]", "[0,4]") "}", 4, DENOISE_OK, "");
    expect("{\"__metadata__\":{\"a\":\"b\"}," TENSOR("x", "F32", "[2,3]", "[0,24]") "}", 24, DENOISE_OK, "");
    expect("{" TENSOR("scalar", "F64", "[]", "[0,8]") "}", 8, DENOISE_OK, "");
    expect("{" TENSOR("b", "U8", "[2]", "[8,10]") "," TENSOR("a", "I64", "[1]", "[0,8]") "}", 10, DENOISE_OK, "");
    expect("{" TENSOR("empty", "F32", "[0,5]", "[4,4]") "," TENSOR("x", "F32", "[1]", "[0,4]") "}", 4, DENOISE_OK, "");
    expect("{" TENSOR("empty", "F32", "[0]", "[0,0]") "," TENSOR("x", "F32", "[1]", "[0,4]") "}", 4, DENOISE_OK, "");
    expect("{" TENSOR("half", "BF16", "[3]", "[0,6]") "," TENSOR("nibbles", "F4", "[4]", "[6,8]") "}", 8, DENOISE_OK, "");
    expect("{" TENSOR("", "U8", "[1]", "[0,1]") "}", 1, DENOISE_OK, "");
}

static void broken_json(void **state)
{
    (void)state;
    expect("{" TENSOR("x", "U8", "[1]", "[0,1]") ",}", 1, DENOISE_ERR_SYNTAX, "byte 61: header: JSON: expected '\"'");
    expect("{" TENSOR("x", "U8", "[1]", "[0,NaN]") "}", 1, DENOISE_ERR_SYNTAX, "byte 57: data_offsets[1]: JSON: is no whole");
    expect("{" TENSOR("x", "U8", "[1]", "[0,1]") "," TENSOR("x", "U8", "[1]", "[1,2]") "}", 2, DENOISE_ERR_DUPLICATE,
           "tensor \"x\": byte 61: name: is given twice");
    expect("{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"data_offsets\":[0,1]}}", 1, DENOISE_ERR_DUPLICATE,
           "tensor \"x\": byte 60: data_offsets: is given twice");
    expect("{\"__metadata__\":{},\"__metadata__\":{}}", 0, DENOISE_ERR_DUPLICATE, "byte 27: __metadata__: is given twice");
    expect("{\"__metadata__\":{\"a\":1}}", 0, DENOISE_ERR_SYNTAX, "byte 29: __metadata__: JSON: expected '\"'");
    expect("{\"__metadata__\":{\"a\":{}}}", 0, DENOISE_ERR_SYNTAX, "byte 29: __metadata__: JSON: expected '\"'");
    expect("{\"__metadata__\":nul}", 0, DENOISE_ERR_SYNTAX, "byte 24: __metadata__: JSON: expected '{'");
    expect("{\"__metadata__\":[]}", 0, DENOISE_ERR_SYNTAX, "byte 24: __metadata__: JSON: expected '{'");
}

#define MORE(more) "{\"x\":{\"dtype\":\"U8\"," more ",\"shape\":[1],\"data_offsets\":[0,1]}}"

static void expect_lenient(const char *json, size_t data, denoise_status expected, const char *text)
{
    denoise__safetensors_header header;
    check(read_text(&header, json, data, &defaults), expected, text, json);
    denoise__safetensors_header_clear(&header);
}

/* One tensor of a type that came later, or with a field of somebody's own, does not refuse the rest; offsets are checked as
 * ever. */
static void what_is_not_known(void **state)
{
    (void)state;
    expect_lenient("{" TENSOR("x", "F32", "[1]", "[0,4]") "," TENSOR("y", "NEW_TYPE", "[3]", "[4,6]") "}", 6, DENOISE_OK, "");
    expect_lenient("{" TENSOR("x", "", "[1]", "[0,1]") "}", 1, DENOISE_OK, "");
    expect_lenient("{" TENSOR("y", "NEW_TYPE", "[3]", "[1,2]") "}", 2, DENOISE_ERR_RANGE, "a hole");
    expect_lenient("{" TENSOR("y", "NEW_TYPE", "[3]", "[0,2]") "}", 1, DENOISE_ERR_TRUNCATED, "data_offsets reach to 2");
    expect_lenient("{" TENSOR("y", "NEW_TYPE", "[4611686018427387904,4]", "[0,2]") "}", 2, DENOISE_ERR_OVERFLOW,
                   "leaves 64 bits");
    expect_lenient(MORE("\"more\":1"), 1, DENOISE_OK, "");
    expect_lenient(MORE("\"more\":{\"a\":[1,\"x]\",null,true,false,-1.5e+3,{}],\"b\":[[]]}"), 1, DENOISE_OK, "");
    expect_lenient(MORE("\"more\":-"), 1, DENOISE_ERR_SYNTAX, "expected a value");
    expect_lenient(MORE("\"more\":{\"a\"}"), 1, DENOISE_ERR_SYNTAX, "expected ':'");
    expect_lenient(MORE("\"more\""), 1, DENOISE_ERR_SYNTAX, "expected ':'");
}

static void broken_fields(void **state)
{
    (void)state;
    expect("{\"x\":1}", 0, DENOISE_ERR_SYNTAX, "tensor \"x\": byte 13: header: JSON: expected '{'");
    expect("{\"x\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, DENOISE_ERR_SYNTAX,
           "tensor \"x\": byte 13: data_offsets: is missing");
    expect("{\"x\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, DENOISE_ERR_SYNTAX, "tensor \"x\": byte 13: dtype: is missing");
    expect("{\"x\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, DENOISE_ERR_SYNTAX,
           "tensor \"x\": byte 13: shape: is missing");
    expect("{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":1}}", 1, DENOISE_ERR_SYNTAX, "other fields");
    expect("{\"x\":{\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, DENOISE_ERR_SYNTAX,
           "byte 22: dtype: JSON: expected '\"'");
    expect("{" TENSOR("x", "NOTADTYPE", "[1]", "[0,1]") "}", 1, DENOISE_ERR_DTYPE,
           "tensor \"x\": byte 22: dtype: \"NOTADTYPE\" is none");
    expect("{" TENSOR("x", "\\u001b[2J\\u00e9", "[1]", "[0,1]") "}", 1, DENOISE_ERR_DTYPE, "dtype: \"?[2J??\"");
    expect("{" TENSOR("x", "U8", "1", "[0,1]") "}", 1, DENOISE_ERR_SYNTAX, "tensor \"x\": byte 35: shape: JSON: expected '['");
    expect("{" TENSOR("x", "U8", "[-1]", "[0,1]") "}", 1, DENOISE_ERR_RANGE, "tensor \"x\": byte 36: shape[0]: is -1");
    expect("{" TENSOR("x", "U8", "[1,1.0]", "[0,1]") "}", 1, DENOISE_ERR_SYNTAX, "byte 38: shape[1]: JSON: is no whole number");
    expect("{" TENSOR("x", "U8", "[1e3]", "[0,1000]") "}", 1000, DENOISE_ERR_SYNTAX,
           "byte 36: shape[0]: JSON: is no whole number");
    expect("{" TENSOR("x", "U8", "[\"1\"]", "[0,1]") "}", 1, DENOISE_ERR_SYNTAX, "byte 36: shape[0]: JSON: is no whole number");
    expect("{" TENSOR("x", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, DENOISE_ERR_LIMIT,
           "byte 52: dims: 9, more than the 8");
    expect("{" TENSOR("x", "U8", "[2,18446744073709551614]", "[0,1]") "}", 1, DENOISE_ERR_OVERFLOW,
           "byte 38: shape[1]: the number leaves 63 bits");
    expect("{" TENSOR("x", "F32", "[4194305,4194305,211106198978564]", "[0,16]") "}", 16, DENOISE_ERR_OVERFLOW,
           "tensor \"x\": byte 36: shape[2]: with length 211106198978564");
    expect("{" TENSOR("x", "F32", "[2305843009213693952]", "[0,16]") "}", 16, DENOISE_ERR_OVERFLOW, "elements of F32 leave 64");
    expect("{" TENSOR("x", "U8", "[0,4611686018427387904,4]", "[0,0]") "}", 0, DENOISE_ERR_OVERFLOW, "shape[2]: with length 4");
    expect("{" TENSOR("x", "U8", "[9007199254740993]", "[0,1]") "}", 1, DENOISE_ERR_SHAPE, "9007199254740993 elements of U8");
    expect("{" TENSOR("x", "F32", "[2,2]", "[0,12]") "}", 12, DENOISE_ERR_SHAPE,
           "tensor \"x\": byte 36: shape: 4 elements of F32 need 128 bits, data_offsets span 12 bytes");
    expect("{" TENSOR("x", "F4", "[3]", "[0,1]") "}", 1, DENOISE_ERR_SHAPE, "3 elements of F4 need 12 bits");
}

static void broken_offsets(void **state)
{
    (void)state;
    expect("{" TENSOR("x", "U8", "[1]", "[0]") "}", 1, DENOISE_ERR_SYNTAX, "data_offsets: is no list of two");
    expect("{" TENSOR("x", "U8", "[1]", "[0,1,2]") "}", 1, DENOISE_ERR_SYNTAX, "data_offsets: is no list of two");
    expect("{" TENSOR("x", "U8", "[1]", "{}") "}", 1, DENOISE_ERR_SYNTAX, "data_offsets: JSON: expected '['");
    expect("{" TENSOR("x", "U8", "[1]", "[0,\"1\"]") "}", 1, DENOISE_ERR_SYNTAX, "data_offsets[1]: JSON: is no whole number");
    expect("{" TENSOR("x", "U8", "[1]", "[-1,0]") "}", 1, DENOISE_ERR_RANGE, "data_offsets[0]: is -1");
    expect("{" TENSOR("x", "U8", "[1]", "[1,0]") "}", 1, DENOISE_ERR_RANGE, "data_offsets: [1, 0] run backwards");
    expect("{" TENSOR("x", "U8", "[1]", "[1,2]") "}", 2, DENOISE_ERR_RANGE,
           "tensor \"x\": byte 9: data_offsets: begin at 1, the tensor before ends at 0 (a hole)");
    expect("{" TENSOR("x", "U8", "[2]", "[0,2]") "," TENSOR("y", "U8", "[2]", "[1,3]") "}", 3, DENOISE_ERR_RANGE,
           "tensor \"y\": byte 61: data_offsets: begin at 1, the tensor before ends at 2 (an overlap)");
    expect("{" TENSOR("x", "U8", "[2]", "[0,2]") "," TENSOR("y", "U8", "[2]", "[0,2]") "}", 2, DENOISE_ERR_RANGE, "an overlap");
    expect("{" TENSOR("x", "U8", "[2]", "[0,2]") "," TENSOR("y", "U8", "[2]", "[3,5]") "}", 5, DENOISE_ERR_RANGE, "a hole");
    expect("{" TENSOR("empty", "U8", "[0]", "[1,1]") "," TENSOR("y", "U8", "[2]", "[0,2]") "}", 2, DENOISE_ERR_RANGE,
           "tensor \"empty\"");
    expect("{" TENSOR("x", "U8", "[2]", "[0,2]") "}", 1, DENOISE_ERR_TRUNCATED, "tensor \"x\": byte 62: data: ends after 1");
    expect("{" TENSOR("x", "U8", "[2]", "[0,2]") "}", 3, DENOISE_ERR_TRAILING, "data: 1 bytes follow the last tensor");
    expect("{}", 1, DENOISE_ERR_TRAILING, "byte 10: data: 1 bytes follow");
    expect("{" TENSOR("x", "U8", "[0]", "[9223372036854775807,9223372036854775807]") "}", 0, DENOISE_ERR_RANGE, "a hole");
}

static void expect_limited(const denoise_limits *limits, const char *json, size_t data, const char *text)
{
    denoise__safetensors_header header;
    check(read_text(&header, json, data, limits), DENOISE_ERR_LIMIT, text, json);
    denoise__safetensors_header_clear(&header);
}

static void limits_hold(void **state)
{
    (void)state;
    static const char json[] = "{" TENSOR("name", "U8", "[2,2]", "[0,4]") "," TENSOR("y", "U8", "[2]", "[4,6]") "}";
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.tensors = 1;
    expect_limited(&limits, json, 6, "byte 66: tensors: more than the 1");
    denoise_limits_init(&limits);
    limits.dims = 1;
    expect_limited(&limits, json, 6, "dims: 2, more than the 1");
    denoise_limits_init(&limits);
    limits.elements = 3;
    expect_limited(&limits, json, 6, "tensor \"name\": byte 38: elements: 4, more than the 3");
    denoise_limits_init(&limits);
    limits.name_length = 3;
    expect_limited(&limits, json, 6, "tensor \"name\": byte 9: name_length: the name has 4 bytes, 3 are allowed");
    denoise_limits_init(&limits);
    limits.json_depth = 2;
    expect_limited(&limits, json, 6, "nested deeper than the 2 levels");
    denoise_limits_init(&limits);
    limits.header_bytes = sizeof json - 2;
    expect_limited(&limits, json, 6, "limit `header_bytes`");
}

/* `count` tensors of one byte each. */
static char *many_tensors(int count)
{
    char *json = malloc(100 * (size_t)count + 10);
    assert_non_null(json);
    char *end = json + sprintf(json, "{");
    for (int i = 0; i < count; i++) {
        end += sprintf(end, "%s\"tensor%d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}", i > 0 ? "," : "", i, i,
                       i + 1);
    }
    strcpy(end, "}");
    return json;
}

static void many(void **state)
{
    (void)state;
    char *json = many_tensors(65536);
    denoise__safetensors_header header;
    assert_int_equal(read_text(&header, json, 65536, &defaults), DENOISE_OK);
    assert_int_equal(header.count, 65536);
    assert_int_equal(denoise__safetensors_header_find(&header, "tensor40000")->begin, 40000);
    assert_null(denoise__safetensors_header_find(&header, "tensor65536"));
    denoise__safetensors_header_clear(&header);
    free(json);
    json = many_tensors(100000);
    expect_limited(&defaults, json, 100000, "tensors: more than the 65536");
    free(json);
}

static void order_is_that_of_the_data(void **state)
{
    (void)state;
    denoise__safetensors_header header;
    static const char json[] = "{" TENSOR("b", "U8", "[2]", "[8,10]") "," TENSOR("c", "F32", "[2,1]", "[0,8]") "}";
    assert_int_equal(read_text(&header, json, 10, &defaults), DENOISE_OK);
    assert_string_equal(header.entries[0].name, "c");
    assert_int_equal(header.entries[0].place, 8 + strlen("{" TENSOR("b", "U8", "[2]", "[8,10]") ","));
    assert_int_equal(header.entries[0].end, 8);
    assert_int_equal(header.data, 8 + strlen(json));
    assert_ptr_equal(denoise__safetensors_header_find(&header, "b"), &header.entries[1]);
    denoise__safetensors_header_clear(&header);
}

/* No single changed or missing byte of a header may crash; what is still accepted has the same size. */
static void every_damaged_byte(void **state)
{
    (void)state;
    static const char json[] = "{\"__metadata__\":{\"k\":\"v\"}," TENSOR("x", "F32", "[2,3]", "[0,24]") "}";
    uint8_t file[8 + sizeof json - 1 + 24] = {sizeof json - 1};
    memcpy(file + 8, json, sizeof json - 1);
    for (size_t i = 0; i < 8 + sizeof json - 1; i++) {
        for (int value = 0; value < 256; value++) {
            uint8_t old = file[i];
            denoise__safetensors_header header;
            file[i] = (uint8_t)value;
            if (read_bytes(&header, file, sizeof file, &defaults) == DENOISE_OK && header.count == 1) {
                assert_int_equal(header.entries[0].end, 24);
            }
            denoise__safetensors_header_clear(&header);
            file[i] = old;
        }
    }
    for (size_t size = 0; size < sizeof file; size++) {
        denoise__safetensors_header header;
        assert_int_equal(read_bytes(&header, file, size, &defaults), DENOISE_ERR_TRUNCATED);
        denoise__safetensors_header_clear(&header);
    }
}

static void out_of_memory(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        denoise__safetensors_header header;
        failing_alloc_arm(n, false);
        denoise_status status = read_text(&header, "{" TENSOR("x", "U8", "[2]", "[0,2]") "}", 2, &defaults);
        bool failed = failing_alloc_disarm();
        denoise__safetensors_header_clear(&header);
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) break;
    }
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_lengths),
        cmocka_unit_test(a_length_that_looks_like_another_format),
        cmocka_unit_test(accepted),
        cmocka_unit_test(broken_json),
        cmocka_unit_test(what_is_not_known),
        cmocka_unit_test(broken_fields),
        cmocka_unit_test(broken_offsets),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(many),
        cmocka_unit_test(order_is_that_of_the_data),
        cmocka_unit_test(every_damaged_byte),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
