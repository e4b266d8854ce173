/* SPDX-License-Identifier: Apache-2.0 */
#include "malformed/malformed.h"

/* The description of a tensor. */
#define FIELDS(dtype, shape, offsets)  "\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets
#define T(name, dtype, shape, offsets) "\"" name "\":{" FIELDS("\"" dtype "\"", shape, offsets) "}"
#define X(shape, offsets)              "{" T("x", "U8", shape, offsets) "}"
#define ONE                            T("one", "F32", "[2,2]", "[0,16]")

/* '@' marks the byte of the failure. */
typedef struct row {
    const char *name, *text;
    size_t size;
    size_t data;
    denoise_status status;
    const char *field;
} row;

static const row rows[] = {
    {"safetensors: no tensors, but data", BYTES("{}@"), 1, DENOISE_ERR_TRAILING, "data"},
    {"safetensors: unknown type",
     BYTES("{"
           "\"x\":{" FIELDS("@\"NOTADTYPE\"", "[1]", "[0,1]") "}}"),
     1, DENOISE_ERR_DTYPE, "dtype"},
    {"safetensors: type in small letters",
     BYTES("{"
           "\"x\":{" FIELDS("@\"f32\"", "[1]", "[0,4]") "}}"),
     4, DENOISE_ERR_DTYPE, "dtype"},
    {"safetensors: type empty",
     BYTES("{"
           "\"x\":{" FIELDS("@\"\"", "[1]", "[0,1]") "}}"),
     1, DENOISE_ERR_DTYPE, "dtype"},
    {"safetensors: type with a blank",
     BYTES("{"
           "\"x\":{" FIELDS("@\"F32 \"", "[1]", "[0,4]") "}}"),
     4, DENOISE_ERR_DTYPE, "dtype"},
    {"safetensors: type of 300 bytes",
     BYTES("{"
           "\"x\":{" FIELDS("@\"F32F32F32F32F32F32F32F32F32F32F32F32F32F32F32F32F32F32\"", "[1]", "[0,4]") "}}"),
     4, DENOISE_ERR_DTYPE, "dtype"},
    {"safetensors: type a number",
     BYTES("{"
           "\"x\":{" FIELDS("@32", "[1]", "[0,4]") "}}"),
     4, DENOISE_ERR_SYNTAX, "dtype"},
    {"safetensors: type null",
     BYTES("{"
           "\"x\":{" FIELDS("@null", "[1]", "[0,4]") "}}"),
     4, DENOISE_ERR_SYNTAX, "dtype"},
    {"safetensors: type a list",
     BYTES("{"
           "\"x\":{" FIELDS("@[\"F32\"]", "[1]", "[0,4]") "}}"),
     4, DENOISE_ERR_SYNTAX, "dtype"},
    {"safetensors: shape a number", BYTES(X("@1", "[0,1]")), 1, DENOISE_ERR_SYNTAX, "shape"},
    {"safetensors: shape an object", BYTES(X("@{}", "[0,1]")), 1, DENOISE_ERR_SYNTAX, "shape"},
    {"safetensors: shape a text", BYTES(X("@\"[1]\"", "[0,1]")), 1, DENOISE_ERR_SYNTAX, "shape"},
    {"safetensors: shape negative", BYTES(X("[@-1]", "[0,1]")), 1, DENOISE_ERR_RANGE, "shape[0]"},
    {"safetensors: second length negative", BYTES(X("[1,@-1]", "[0,1]")), 1, DENOISE_ERR_RANGE, "shape[1]"},
    {"safetensors: shape 1.0", BYTES(X("[@1.0]", "[0,1]")), 1, DENOISE_ERR_SYNTAX, "shape[0]"},
    {"safetensors: shape 1e3", BYTES(X("[@1e3]", "[0,1000]")), 1000, DENOISE_ERR_SYNTAX, "shape[0]"},
    {"safetensors: shape of texts", BYTES(X("[@\"1\"]", "[0,1]")), 1, DENOISE_ERR_SYNTAX, "shape[0]"},
    {"safetensors: shape of null", BYTES(X("[@null]", "[0,1]")), 1, DENOISE_ERR_SYNTAX, "shape[0]"},
    {"safetensors: shape of lists", BYTES(X("[@[1]]", "[0,1]")), 1, DENOISE_ERR_SYNTAX, "shape[0]"},
    {"safetensors: shape 2^53 + 1", BYTES(X("@[9007199254740993]", "[0,1]")), 1, DENOISE_ERR_SHAPE, "shape"},
    {"safetensors: shape 2^63", BYTES(X("[@9223372036854775808]", "[0,1]")), 1, DENOISE_ERR_OVERFLOW, "shape[0]"},
    {"safetensors: shape 2^64 - 2", BYTES(X("[2,@18446744073709551614]", "[0,1]")), 1, DENOISE_ERR_OVERFLOW, "shape[1]"},
    {"safetensors: shape of 400 digits", BYTES(X("[@1000000000000000000000000000000000000000000000000000000000000]", "[0,1]")),
     1, DENOISE_ERR_OVERFLOW, "shape[0]"},
    {"safetensors: shape wraps", BYTES("{" T("x", "F32", "@[4194305,4194305,211106198978564]", "[0,16]") "}"), 16,
     DENOISE_ERR_OVERFLOW, "shape[2]"},
    {"safetensors: shape wraps behind a length of 0", BYTES("{" T("x", "U8", "@[0,4611686018427387904,4]", "[0,0]") "}"), 0,
     DENOISE_ERR_OVERFLOW, "shape[2]"},
    {"safetensors: shape wraps before a length of 0", BYTES("{" T("x", "U8", "@[4611686018427387904,4,0]", "[0,0]") "}"), 0,
     DENOISE_ERR_OVERFLOW, "shape[1]"},
    {"safetensors: bits wrap beside a length of 0", BYTES("{" T("x", "F64", "@[4611686018427387904,0]", "[0,0]") "}"), 0,
     DENOISE_ERR_OVERFLOW, "shape"},
    {"safetensors: bits wrap", BYTES("{" T("x", "F32", "@[2305843009213693952]", "[0,16]") "}"), 16, DENOISE_ERR_OVERFLOW,
     "shape"},
    {"safetensors: nine axes", BYTES(X("[1,1,1,1,1,1,1,1,@1]", "[0,1]")), 1, DENOISE_ERR_LIMIT, "dims"},
    {"safetensors: shape smaller than the data", BYTES(X("@[1]", "[0,2]")), 2, DENOISE_ERR_SHAPE, "shape"},
    {"safetensors: shape larger than the data", BYTES(X("@[3]", "[0,2]")), 2, DENOISE_ERR_SHAPE, "shape"},
    {"safetensors: a scalar of two bytes", BYTES(X("@[]", "[0,2]")), 2, DENOISE_ERR_SHAPE, "shape"},
    {"safetensors: no elements, but bytes", BYTES(X("@[0]", "[0,1]")), 1, DENOISE_ERR_SHAPE, "shape"},
    {"safetensors: elements, but no bytes", BYTES(X("@[1]", "[0,0]")), 0, DENOISE_ERR_SHAPE, "shape"},
    {"safetensors: half a byte too many", BYTES("{" T("x", "F4", "@[3]", "[0,2]") "}"), 2, DENOISE_ERR_SHAPE, "shape"},
    {"safetensors: type wider than the data", BYTES("{" T("x", "F64", "@[2]", "[0,8]") "}"), 8, DENOISE_ERR_SHAPE, "shape"},
    {"safetensors: offsets a number", BYTES(X("[1]", "@1")), 1, DENOISE_ERR_SYNTAX, "data_offsets"},
    {"safetensors: offsets an object", BYTES(X("[1]", "@{\"begin\":0}")), 1, DENOISE_ERR_SYNTAX, "data_offsets"},
    {"safetensors: no offset", BYTES(X("[1]", "@[]")), 1, DENOISE_ERR_SYNTAX, "data_offsets"},
    {"safetensors: one offset", BYTES(X("[1]", "@[0]")), 1, DENOISE_ERR_SYNTAX, "data_offsets"},
    {"safetensors: three offsets", BYTES(X("[1]", "@[0,1,2]")), 1, DENOISE_ERR_SYNTAX, "data_offsets"},
    {"safetensors: offset negative", BYTES(X("[1]", "[@-1,0]")), 1, DENOISE_ERR_RANGE, "data_offsets[0]"},
    {"safetensors: offset 0.5", BYTES(X("[1]", "[0,@0.5]")), 1, DENOISE_ERR_SYNTAX, "data_offsets[1]"},
    {"safetensors: offset a text", BYTES(X("[1]", "[0,@\"1\"]")), 1, DENOISE_ERR_SYNTAX, "data_offsets[1]"},
    {"safetensors: offset 2^64", BYTES(X("[1]", "[0,@18446744073709551616]")), 1, DENOISE_ERR_OVERFLOW, "data_offsets[1]"},
    {"safetensors: offsets run backwards", BYTES(X("[1]", "@[1,0]")), 1, DENOISE_ERR_RANGE, "data_offsets"},
    {"safetensors: a hole in front", BYTES("{@" T("x", "U8", "[1]", "[1,2]") "}"), 2, DENOISE_ERR_RANGE, "data_offsets"},
    {"safetensors: a hole between", BYTES("{" ONE ",@" T("y", "U8", "[1]", "[17,18]") "}"), 18, DENOISE_ERR_RANGE,
     "data_offsets"},
    {"safetensors: an overlap", BYTES("{" ONE ",@" T("y", "U8", "[4]", "[15,19]") "}"), 19, DENOISE_ERR_RANGE, "data_offsets"},
    {"safetensors: the same bytes twice", BYTES("{" ONE ",@" T("y", "U8", "[16]", "[0,16]") "}"), 16, DENOISE_ERR_RANGE,
     "data_offsets"},
    {"safetensors: one inside another", BYTES("{@" T("y", "U8", "[4]", "[4,8]") "," ONE "}"), 16, DENOISE_ERR_RANGE,
     "data_offsets"},
    {"safetensors: beyond the end", BYTES(X("[5]", "[0,5]")), 4, DENOISE_ERR_TRUNCATED, "data"},
    {"safetensors: far beyond the end", BYTES("{" T("x", "U8", "[1000000000]", "[0,1000000000]") "}"), 4, DENOISE_ERR_TRUNCATED,
     "data"},
    {"safetensors: no data", BYTES("{" ONE "}"), 0, DENOISE_ERR_TRUNCATED, "data"},
    {"safetensors: a gap of 2^62 in front", BYTES("{@" T("x", "U8", "[1]", "[4611686018427387904,4611686018427387905]") "}"), 1,
     DENOISE_ERR_RANGE, "data_offsets"},
    {"safetensors: no type", BYTES("{\"x\":@{\"shape\":[1],\"data_offsets\":[0,1]}}"), 1, DENOISE_ERR_SYNTAX, "dtype"},
    {"safetensors: no shape", BYTES("{\"x\":@{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}"), 1, DENOISE_ERR_SYNTAX, "shape"},
    {"safetensors: no offsets", BYTES("{\"x\":@{\"dtype\":\"U8\",\"shape\":[1]}}"), 1, DENOISE_ERR_SYNTAX, "data_offsets"},
    {"safetensors: nothing of a tensor", BYTES("{\"x\":@{}}"), 0, DENOISE_ERR_SYNTAX, "dtype"},
    {"safetensors: another field", BYTES("{\"x\":{" FIELDS("\"U8\"", "[1]", "[0,1]") ",@\"device\":\"cpu\"}}"), 1,
     DENOISE_ERR_SYNTAX, "header"},
    {"safetensors: another field first", BYTES("{\"x\":{@\"Dtype\":\"U8\"," FIELDS("\"U8\"", "[1]", "[0,1]") "}}"), 1,
     DENOISE_ERR_SYNTAX, "header"},
    {"safetensors: two types", BYTES("{\"x\":{\"dtype\":\"U8\",@" FIELDS("\"I8\"", "[1]", "[0,1]") "}}"), 1,
     DENOISE_ERR_DUPLICATE, "dtype"},
    {"safetensors: two shapes", BYTES("{\"x\":{\"shape\":[2],\"dtype\":\"U8\",@\"shape\":[1],\"data_offsets\":[0,1]}}"), 1,
     DENOISE_ERR_DUPLICATE, "shape"},
    {"safetensors: two offsets", BYTES("{\"x\":{" FIELDS("\"U8\"", "[1]", "[0,1]") ",@\"data_offsets\":[0,1]}}"), 1,
     DENOISE_ERR_DUPLICATE, "data_offsets"},
    {"safetensors: two offsets, one in escapes",
     BYTES("{\"x\":{" FIELDS("\"U8\"", "[1]", "[0,1]") ",@\"data_offset\\u0073\":[0,1]}}"), 1, DENOISE_ERR_DUPLICATE,
     "data_offsets"},
    {"safetensors: two of one name", BYTES("{" T("x", "U8", "[1]", "[0,1]") ",@" T("x", "U8", "[1]", "[1,2]") "}"), 2,
     DENOISE_ERR_DUPLICATE, "name"},
    {"safetensors: two of one name, one in escapes",
     BYTES("{" T("x", "U8", "[1]", "[0,1]") ",@" T("\\u0078", "U8", "[1]", "[1,2]") "}"), 2, DENOISE_ERR_DUPLICATE, "name"},
    {"safetensors: two of the empty name", BYTES("{" T("", "U8", "[1]", "[1,2]") ",@" T("", "U8", "[1]", "[0,1]") "}"), 2,
     DENOISE_ERR_DUPLICATE, "name"},
    {"safetensors: metadata twice", BYTES("{\"__metadata__\":{},@\"__metadata__\":{}}"), 0, DENOISE_ERR_DUPLICATE,
     "__metadata__"},
    {"safetensors: a key of metadata twice", BYTES("{\"__metadata__\":{\"k\":\"1\",@\"k\":\"2\"}}"), 0, DENOISE_ERR_DUPLICATE,
     "__metadata__"},
    {"safetensors: metadata a list", BYTES("{\"__metadata__\":@[]}"), 0, DENOISE_ERR_SYNTAX, "__metadata__"},
    {"safetensors: metadata a text", BYTES("{\"__metadata__\":@\"pt\"}"), 0, DENOISE_ERR_SYNTAX, "__metadata__"},
    {"safetensors: metadata with a number", BYTES("{\"__metadata__\":{\"step\":@1}}"), 0, DENOISE_ERR_SYNTAX, "__metadata__"},
    {"safetensors: metadata with an object", BYTES("{\"__metadata__\":{\"a\":@{\"b\":\"c\"}}}"), 0, DENOISE_ERR_SYNTAX,
     "__metadata__"},
    {"safetensors: metadata with null", BYTES("{\"__metadata__\":{\"a\":@null}}"), 0, DENOISE_ERR_SYNTAX, "__metadata__"},
    {"safetensors: metadata is a tensor",
     BYTES("{\"__metadata__\":{"
           "\"dtype\":\"U8\",\"shape\":@[1],\"data_offsets\":[0,1]}}"),
     1, DENOISE_ERR_SYNTAX, "__metadata__"},
    {"safetensors: a tensor is a number", BYTES("{\"x\":@5}"), 0, DENOISE_ERR_SYNTAX, "header"},
    {"safetensors: a tensor is a list", BYTES("{\"x\":@[\"U8\",[1],[0,1]]}"), 1, DENOISE_ERR_SYNTAX, "header"},
    {"safetensors: a tensor in a tensor", BYTES("{\"x\":{@\"y\":{}}}"), 0, DENOISE_ERR_SYNTAX, "header"},
    {"safetensors: an empty one shares an offset",
     BYTES("{" ONE "," T("e", "F32", "[0,7]", "[16,16]") "," T("y", "U8", "[1]", "[16,17]") "}"), 17, DENOISE_OK, ""},
    {"safetensors: names that are paths",
     BYTES("{" T("../../etc/passwd", "U8", "[1]", "[0,1]") "," T("/dev/null", "U8", "[1]", "[1,2]") "}"), 2, DENOISE_OK, ""},
    {"safetensors: order of data is not that of names", BYTES("{" T("y", "U8", "[1]", "[16,17]") "," ONE "}"), 17, DENOISE_OK,
     ""},
};

/* The first eight bytes. */
typedef struct length_row {
    const char *name, *bytes;
    size_t size;
    expected wanted;
} length_row;

static const length_row length_rows[] = {
    {"safetensors: empty", BYTES(""), {DENOISE_ERR_TRUNCATED, 0, "header_length"}},
    {"safetensors: one byte", BYTES("\2"), {DENOISE_ERR_TRUNCATED, 1, "header_length"}},
    {"safetensors: seven bytes", BYTES("\2\0\0\0\0\0\0"), {DENOISE_ERR_TRUNCATED, 7, "header_length"}},
    {"safetensors: no header", BYTES("\2\0\0\0\0\0\0\0"), {DENOISE_ERR_TRUNCATED, 8, "header"}},
    {"safetensors: half a header", BYTES("\2\0\0\0\0\0\0\0{"), {DENOISE_ERR_TRUNCATED, 9, "header"}},
    {"safetensors: header of 0 bytes", BYTES("\0\0\0\0\0\0\0\0"), {DENOISE_ERR_SYNTAX, 8, "header"}},
    {"safetensors: header of 1 byte", BYTES("\1\0\0\0\0\0\0\0{"), {DENOISE_ERR_SYNTAX, 9, "header"}},
    {"safetensors: header longer than the file", BYTES("\3\0\0\0\0\0\0\0{}"), {DENOISE_ERR_TRUNCATED, 10, "header"}},
    {"safetensors: header shorter than its text", BYTES("\1\0\0\0\0\0\0\0{}"), {DENOISE_ERR_SYNTAX, 9, "header"}},
    {"safetensors: header of 100,000,001 bytes", BYTES("\1\xe1\xf5\5\0\0\0\0{}"), {DENOISE_ERR_LIMIT, 0, "header_bytes"}},
    {"safetensors: length in big-endian", BYTES("\0\0\0\0\0\0\0\2{}"), {DENOISE_ERR_LIMIT, 0, "header_bytes"}},
    {"safetensors: header of 2^63 - 9 bytes",
     BYTES("\xf7\xff\xff\xff\xff\xff\xff\x7f{}"),
     {DENOISE_ERR_LIMIT, 0, "header_bytes"}},
    {"safetensors: header of 2^63 - 8 bytes",
     BYTES("\xf8\xff\xff\xff\xff\xff\xff\x7f{}"),
     {DENOISE_ERR_OVERFLOW, 0, "header_length"}},
    {"safetensors: header of 2^63 bytes", BYTES("\0\0\0\0\0\0\0\x80{}"), {DENOISE_ERR_OVERFLOW, 0, "header_length"}},
    {"safetensors: header of 2^64 - 8 bytes",
     BYTES("\xf8\xff\xff\xff\xff\xff\xff\xff{}"),
     {DENOISE_ERR_OVERFLOW, 0, "header_length"}},
    {"safetensors: header of 2^64 - 1 bytes",
     BYTES("\xff\xff\xff\xff\xff\xff\xff\xff{}"),
     {DENOISE_ERR_OVERFLOW, 0, "header_length"}},
    {"safetensors: data for no tensor", BYTES("\2\0\0\0\0\0\0\0{}PK\3\4"), {DENOISE_ERR_TRAILING, 10, "data"}},
};

/* Files that are good, but not for the model, whose weights are F32 dense/kernel (2, 1) and dense/bias (1). */
static const row weight_rows[] = {
    {"weights: none", BYTES("{}"), 0, DENOISE_ERR_SCHEMA, "name"},
    {"weights: one missing", BYTES("{" T("dense/kernel", "F32", "[2,1]", "[0,8]") "}"), 8, DENOISE_ERR_SCHEMA, "name"},
    {"weights: one too many",
     BYTES("{" T("dense/kernel", "F32", "[2,1]", "[0,8]") "," T("dense/bias", "F32", "[1]",
                                                                "[8,12]") ",@" T("other", "F32", "[1]", "[12,16]") "}"),
     16, DENOISE_ERR_SCHEMA, "name"},
    {"weights: of another name",
     BYTES("{" T("dense/kernel", "F32", "[2,1]", "[0,8]") "," T("dense_1/bias", "F32", "[1]", "[8,12]") "}"), 12,
     DENOISE_ERR_SCHEMA, "name"},
    {"weights: transposed",
     BYTES("{@" T("dense/kernel", "F32", "[1,2]", "[0,8]") "," T("dense/bias", "F32", "[1]", "[8,12]") "}"), 12,
     DENOISE_ERR_SCHEMA, "shape"},
    {"weights: flat", BYTES("{@" T("dense/kernel", "F32", "[2]", "[0,8]") "," T("dense/bias", "F32", "[1]", "[8,12]") "}"), 12,
     DENOISE_ERR_SCHEMA, "shape"},
    {"weights: of a larger net",
     BYTES("{@" T("dense/kernel", "F32", "[3,1]", "[0,12]") "," T("dense/bias", "F32", "[1]", "[12,16]") "}"), 16,
     DENOISE_ERR_SCHEMA, "shape"},
    {"weights: second of another shape",
     BYTES("{" T("dense/kernel", "F32", "[2,1]", "[0,8]") ",@" T("dense/bias", "F32", "[]", "[8,12]") "}"), 12,
     DENOISE_ERR_SCHEMA, "shape"},
    {"weights: I32 for F32",
     BYTES("{@" T("dense/kernel", "I32", "[2,1]", "[0,8]") "," T("dense/bias", "F32", "[1]", "[8,12]") "}"), 12,
     DENOISE_ERR_SCHEMA, "dtype"},
    {"weights: F64", BYTES("{" T("dense/kernel", "F32", "[2,1]", "[0,8]") ",@" T("dense/bias", "F64", "[1]", "[8,16]") "}"), 16,
     DENOISE_ERR_SCHEMA, "dtype"},
    {"weights: BF16", BYTES("{@" T("dense/kernel", "BF16", "[2,1]", "[0,4]") "," T("dense/bias", "F32", "[1]", "[4,8]") "}"), 8,
     DENOISE_ERR_SCHEMA, "dtype"},
    {"weights: the file is cut",
     BYTES("{" T("dense/kernel", "F32", "[2,1]", "[0,8]") "," T("dense/bias", "F32", "[1]", "[8,12]") "}"), 11,
     DENOISE_ERR_TRUNCATED, "data"},
    {"weights: good", BYTES("{" T("dense/kernel", "F32", "[2,1]", "[0,8]") "," T("dense/bias", "F32", "[1]", "[8,12]") "}"), 12,
     DENOISE_OK, ""},
};

static void try_row(malformed_run *run, const row *it, reader kind)
{
    made_file file = {0};
    int64_t place = malformed_mark(&file, it->text, it->size);
    malformed_frame(&file, it->data);
    if (place != AT_END) place += 8;
    if (place == AT_END && it->status == DENOISE_ERR_SCHEMA) place = -1; /* a name that is nowhere */
    malformed_try(run, it->name, kind, &file, (expected){it->status, place, it->field});
}

/* `count` descriptions of one byte each. */
static void make_tensors(made_file *file, int count, const char *last)
{
    made_printf(file, "{");
    for (int i = 0; i < count; i++)
        made_printf(file, "\"%d\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[%d,%d]},", i, i, i + 1);
    made_printf(file, "%s}", last);
}

/* Headers of megabytes, whose last byte is wrong: memory is not to follow their number of things. */
static void try_long_ones(malformed_run *run)
{
    made_file file = {0};
    make_tensors(&file, 65536, "");
    int64_t end = 8 + (int64_t)file.size - 1;
    malformed_frame(&file, 65536);
    malformed_try(run, "safetensors: 65,536 tensors and a comma", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_SYNTAX, end, "header"});
    make_tensors(&file, 65535, T("x", "U8", "[]", "[65535,65536]"));
    malformed_frame(&file, 65535);
    malformed_try(run, "safetensors: 65,536 tensors, one byte missing", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_TRUNCATED, AT_END, "data"});
    made_printf(&file, "{\"");
    made_fill(&file, 'n', 4 << 20);
    made_printf(&file, "\":{}}");
    malformed_frame(&file, 0);
    malformed_try(run, "safetensors: a name of 4 MB", READ_SAFETENSORS, &file, (expected){DENOISE_ERR_LIMIT, 9, "name_length"});
    made_printf(&file, "{\"__metadata__\":{\"k\":\"");
    made_fill(&file, 'v', 4 << 20);
    made_printf(&file, "\"},}");
    malformed_frame(&file, 0);
    malformed_try(run, "safetensors: a text of 4 MB in the metadata", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_SYNTAX, 8 + 25 + (4 << 20), "header"});
    made_printf(&file, "{\"__metadata__\":{");
    for (int i = 0; i < 65536; i++)
        made_printf(&file, "%s\"%x\":\"\"", i > 0 ? "," : "", i);
    made_printf(&file, "}}");
    malformed_frame(&file, 1);
    malformed_try(run, "safetensors: 65,536 keys in the metadata and a byte", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_TRAILING, (int64_t)file.size - 1, "data"});
    made_printf(&file, "{"
                       "\"x\":{\"shape\":[1");
    for (int i = 0; i < 1000000; i++)
        made_printf(&file, ",1");
    made_printf(&file, "]}}");
    malformed_frame(&file, 0);
    malformed_try(run, "safetensors: a million axes", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_LIMIT, 8 + 15 + 16, "dims"});
}

void safetensors_files(malformed_run *run)
{
    for (size_t i = 0; i < sizeof length_rows / sizeof length_rows[0]; i++) {
        made_file file = {0};
        made_bytes(&file, length_rows[i].bytes, length_rows[i].size);
        malformed_try(run, length_rows[i].name, READ_SAFETENSORS, &file, length_rows[i].wanted);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        try_row(run, &rows[i], READ_SAFETENSORS);
    for (size_t i = 0; i < sizeof weight_rows / sizeof weight_rows[0]; i++)
        try_row(run, &weight_rows[i], READ_WEIGHTS);
    try_long_ones(run);
}
