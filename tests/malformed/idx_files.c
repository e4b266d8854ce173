/* SPDX-License-Identifier: Apache-2.0 */
#include "malformed/malformed.h"

typedef struct row {
    const char *name, *bytes;
    size_t size;
    size_t zeros; /* that follow */
    expected wanted;
} row;

#define IMAGES "\0\0\x08\3"
#define LABELS "\0\0\x08\1"
#define D1     "\0\0\0\1"
#define D2     "\0\0\0\2"
#define D3     "\0\0\0\3"
#define D4     "\0\0\0\4"
#define D28    "\0\0\0\x1c"
#define K64    "\0\1\0\0"
#define FULL   "\xff\xff\xff\xff"
#define GIGA2  "\x80\0\0\0"

static const row rows[] = {
    {"empty", BYTES(""), 0, {DENOISE_ERR_TRUNCATED, 0, "magic"}},
    {"one byte", BYTES("\0"), 0, {DENOISE_ERR_TRUNCATED, 1, "magic"}},
    {"two bytes", BYTES("\0\0"), 0, {DENOISE_ERR_TRUNCATED, 2, "type"}},
    {"three bytes", BYTES("\0\0\x08"), 0, {DENOISE_ERR_TRUNCATED, 3, "rank"}},
    {"second byte not zero", BYTES("\0\1\x08\3" D2 D3 D4), 24, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"first byte not zero", BYTES("\1\0\x08\3" D2 D3 D4), 24, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"nothing but a wrong byte", BYTES("\1"), 0, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"two wrong bytes", BYTES("\0\1"), 0, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"text", BYTES("epoch,loss\r\n0,1\r\n"), 0, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"magic written little-endian", BYTES("\3\x08\0\0" D2 D3 D4), 24, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"type 00", BYTES("\0\0\0\1" D2), 2, {DENOISE_ERR_DTYPE, 2, "type"}},
    {"type 01", BYTES("\0\0\1\1" D2), 2, {DENOISE_ERR_DTYPE, 2, "type"}},
    {"type 07", BYTES("\0\0\7\1" D2), 2, {DENOISE_ERR_DTYPE, 2, "type"}},
    {"type 0A", BYTES("\0\0\x0a\1" D2), 2, {DENOISE_ERR_DTYPE, 2, "type"}},
    {"type 0F", BYTES("\0\0\x0f\1" D2), 2, {DENOISE_ERR_DTYPE, 2, "type"}},
    {"type 80", BYTES("\0\0\x80\1" D2), 2, {DENOISE_ERR_DTYPE, 2, "type"}},
    {"type FF", BYTES("\0\0\xff\1" D2), 2, {DENOISE_ERR_DTYPE, 2, "type"}},
    {"wrong type and nothing else", BYTES("\0\0\7"), 0, {DENOISE_ERR_DTYPE, 2, "type"}},
    {"rank 0", BYTES("\0\0\x08\0"), 1, {DENOISE_ERR_SHAPE, 3, "rank"}},
    {"rank 9, all lengths there", BYTES("\0\0\x08\x09" D1 D1 D1 D1 D1 D1 D1 D1 D1), 1, {DENOISE_ERR_LIMIT, 3, "dims"}},
    {"rank 255, no lengths", BYTES("\0\0\x08\xff"), 0, {DENOISE_ERR_LIMIT, 3, "dims"}},
    {"rank 255, room for lengths", BYTES("\0\0\x08\xff"), 1021, {DENOISE_ERR_LIMIT, 3, "dims"}},
    {"no length", BYTES(IMAGES), 0, {DENOISE_ERR_TRUNCATED, 4, "dims[0]"}},
    {"half a length", BYTES(IMAGES "\0\0"), 0, {DENOISE_ERR_TRUNCATED, 6, "dims[0]"}},
    {"one length of three", BYTES(IMAGES D2), 0, {DENOISE_ERR_TRUNCATED, 8, "dims[1]"}},
    {"two lengths of three", BYTES(IMAGES D2 D3), 0, {DENOISE_ERR_TRUNCATED, 12, "dims[2]"}},
    {"most of three lengths", BYTES(IMAGES D2 D3 "\0\0\0"), 0, {DENOISE_ERR_TRUNCATED, 15, "dims[2]"}},
    {"seven lengths of eight", BYTES("\0\0\x08\x08" D1 D1 D1 D1 D1 D1 D1), 0, {DENOISE_ERR_TRUNCATED, 32, "dims[7]"}},
    {"little-endian lengths", BYTES(IMAGES "\2\0\0\0\3\0\0\0\4\0\0\0"), 24, {DENOISE_ERR_TRUNCATED, 4, "dims[0]"}},
    {"little-endian length", BYTES(LABELS "\3\0\0\0"), 3, {DENOISE_ERR_TRUNCATED, 4, "dims[0]"}},
    {"little-endian MNIST, cut", BYTES(IMAGES "\x60\xea\0\0\x1c\0\0\0\x1c\0\0\0"), 99, {DENOISE_ERR_OVERFLOW, 12, "dims[2]"}},
    {"65536 to the power of 4", BYTES("\0\0\x08\4" K64 K64 K64 K64), 0, {DENOISE_ERR_OVERFLOW, 16, "dims[3]"}},
    {"65536 to the power of 8",
     BYTES("\0\0\x08\x08" K64 K64 K64 K64 K64 K64 K64 K64),
     0,
     {DENOISE_ERR_OVERFLOW, 16, "dims[3]"}},
    {"wraps to a small number", BYTES("\0\0\x08\4" K64 K64 GIGA2 D2), 16, {DENOISE_ERR_OVERFLOW, 12, "dims[2]"}},
    {"float64 wraps", BYTES("\0\0\x0e\2" GIGA2 "\x40\0\0\0"), 0, {DENOISE_ERR_OVERFLOW, 8, "dims[1]"}},
    {"int16 wraps", BYTES("\0\0\x0b\2" GIGA2 GIGA2), 0, {DENOISE_ERR_OVERFLOW, 8, "dims[1]"}},
    {"int32 wraps", BYTES("\0\0\x0c\3" K64 K64 GIGA2), 0, {DENOISE_ERR_OVERFLOW, 12, "dims[2]"}},
    {"just below 63 bits", BYTES("\0\0\x08\2" GIGA2 FULL), 64, {DENOISE_ERR_TRUNCATED, AT_END, "data"}},
    {"wraps before a length of 0", BYTES(IMAGES FULL FULL "\0\0\0\0"), 0, {DENOISE_ERR_OVERFLOW, 8, "dims[1]"}},
    {"wraps behind a length of 0", BYTES(IMAGES "\0\0\0\0" FULL FULL), 0, {DENOISE_ERR_OVERFLOW, 12, "dims[2]"}},
    {"no elements, but data", BYTES(IMAGES "\0\0\0\0" D28 D28), 1, {DENOISE_ERR_TRAILING, 16, "data"}},
    {"no elements", BYTES(IMAGES "\0\0\0\0" D28 D28), 0, {DENOISE_OK, 0, ""}},
    {"a byte of data missing", BYTES(IMAGES D2 D3 D4), 23, {DENOISE_ERR_TRUNCATED, 39, "data"}},
    {"half of the data missing", BYTES(IMAGES D2 D3 D4), 12, {DENOISE_ERR_TRUNCATED, 28, "data"}},
    {"no data", BYTES(IMAGES D2 D3 D4), 0, {DENOISE_ERR_TRUNCATED, 16, "data"}},
    {"a byte too many", BYTES(IMAGES D2 D3 D4), 25, {DENOISE_ERR_TRAILING, 40, "data"}},
    {"100 KB too many", BYTES(IMAGES D2 D3 D4), 24 + 102400, {DENOISE_ERR_TRAILING, 40, "data"}},
    {"int8: missing", BYTES("\0\0\x09\1" D2), 1, {DENOISE_ERR_TRUNCATED, 9, "data"}},
    {"int8: too many", BYTES("\0\0\x09\1" D2), 3, {DENOISE_ERR_TRAILING, 10, "data"}},
    {"int16: missing", BYTES("\0\0\x0b\1" D2), 3, {DENOISE_ERR_TRUNCATED, 11, "data"}},
    {"int16: too many", BYTES("\0\0\x0b\1" D2), 5, {DENOISE_ERR_TRAILING, 12, "data"}},
    {"int32: missing", BYTES("\0\0\x0c\1" D2), 7, {DENOISE_ERR_TRUNCATED, 15, "data"}},
    {"int32: too many", BYTES("\0\0\x0c\1" D2), 9, {DENOISE_ERR_TRAILING, 16, "data"}},
    {"float32: missing", BYTES("\0\0\x0d\1" D2), 7, {DENOISE_ERR_TRUNCATED, 15, "data"}},
    {"float32: too many", BYTES("\0\0\x0d\1" D2), 9, {DENOISE_ERR_TRAILING, 16, "data"}},
    {"float64: missing", BYTES("\0\0\x0e\1" D2), 15, {DENOISE_ERR_TRUNCATED, 23, "data"}},
    {"float64: too many", BYTES("\0\0\x0e\1" D2), 17, {DENOISE_ERR_TRAILING, 24, "data"}},
    {"type says float32, data is uint8", BYTES("\0\0\x0d\3" D2 D3 D4), 24, {DENOISE_ERR_TRUNCATED, 40, "data"}},
    {"rank says 2, lengths are three", BYTES("\0\0\x08\2" D2 D3 D4), 24, {DENOISE_ERR_TRAILING, 18, "data"}},
};

void idx_files(malformed_run *run)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        made_file file = {0};
        made_bytes(&file, rows[i].bytes, rows[i].size);
        made_fill(&file, 0, rows[i].zeros);
        malformed_try_packed(run, rows[i].name, READ_IDX, &file, rows[i].wanted);
    }
}

/* Files of a folder of MNIST: 0 training images, 1 training labels, 2 test images, 3 test labels. */
typedef struct folder_row {
    const char *name;
    int which;
    const char *bytes;
    size_t size;
    size_t zeros;
    expected wanted;
} folder_row;

static const folder_row folder_rows[] = {
    {"MNIST: a label missing", 1, BYTES(LABELS D1), 1, {DENOISE_ERR_SCHEMA, 4, "dims[0]"}},
    {"MNIST: a label too many", 1, BYTES(LABELS D3), 3, {DENOISE_ERR_SCHEMA, 4, "dims[0]"}},
    {"MNIST: a test label missing", 3, BYTES(LABELS D1), 1, {DENOISE_ERR_SCHEMA, 4, "dims[0]"}},
    {"MNIST: an image missing", 0, BYTES(IMAGES D1 D3 D4), 12, {DENOISE_ERR_SCHEMA, 4, "dims[0]"}},
    {"MNIST: images as labels", 1, BYTES(IMAGES D2 D3 D4), 24, {DENOISE_ERR_SCHEMA, 3, "rank"}},
    {"MNIST: labels as images", 0, BYTES(LABELS D2), 2, {DENOISE_ERR_SCHEMA, 3, "rank"}},
    {"MNIST: labels as test images", 2, BYTES(LABELS D2), 2, {DENOISE_ERR_SCHEMA, 3, "rank"}},
    {"MNIST: float images", 0, BYTES("\0\0\x0d\3" D2 D1 D1), 8, {DENOISE_ERR_SCHEMA, 2, "type"}},
    {"MNIST: int32 labels", 1, BYTES("\0\0\x0c\1" D2), 8, {DENOISE_ERR_SCHEMA, 2, "type"}},
    {"MNIST: int8 test labels", 3, BYTES("\0\0\x09\1" D2), 2, {DENOISE_ERR_SCHEMA, 2, "type"}},
    {"MNIST: no images", 0, BYTES(IMAGES "\0\0\0\0" D28 D28), 0, {DENOISE_ERR_SCHEMA, 4, "dims[0]"}},
    {"MNIST: no test labels", 3, BYTES(LABELS "\0\0\0\0"), 0, {DENOISE_ERR_SCHEMA, 4, "dims[0]"}},
    {"MNIST: images cut", 0, BYTES(IMAGES D2 D3 D4), 23, {DENOISE_ERR_TRUNCATED, 39, "data"}},
    {"MNIST: labels cut", 1, BYTES(LABELS D2), 1, {DENOISE_ERR_TRUNCATED, 9, "data"}},
    {"MNIST: test images cut", 2, BYTES(IMAGES D2 D3), 0, {DENOISE_ERR_TRUNCATED, 12, "dims[2]"}},
    {"MNIST: test labels empty", 3, BYTES(""), 0, {DENOISE_ERR_TRUNCATED, 0, "magic"}},
    {"MNIST: test labels too long", 3, BYTES(LABELS D2), 3, {DENOISE_ERR_TRAILING, 10, "data"}},
    {"MNIST: images are text", 0, BYTES("not found"), 0, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"MNIST: labels are half a gzip", 1, BYTES("\x1f\x8b\x08\0\0"), 0, {DENOISE_ERR_TRUNCATED, 5, "header"}},
    {"MNIST: a good folder", 0, BYTES(IMAGES D2 D3 D4), 24, {DENOISE_OK, 0, ""}},
};

void mnist_folders(malformed_run *run)
{
    static const char *const names[4] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                         "t10k-labels-idx1-ubyte"};
    for (size_t i = 0; i < sizeof folder_rows / sizeof folder_rows[0]; i++) {
        const folder_row *it = &folder_rows[i];
        for (int which = 0; which < 4; which++) {
            made_file file = {0};
            if (which == it->which) {
                made_bytes(&file, it->bytes, it->size);
                made_fill(&file, 0, it->zeros);
            } else if (which % 2 == 0) {
                made_bytes(&file, BYTES(IMAGES D2 D3 D4));
                made_fill(&file, 0, 24);
            } else {
                made_bytes(&file, BYTES(LABELS D2 "\1\2"));
            }
            temp_dir_write(&run->dir, names[which], file.data, file.size);
            made_free(&file);
        }
        malformed_try_mnist(run, it->name, it->wanted);
    }
}
