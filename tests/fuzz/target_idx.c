/* SPDX-License-Identifier: Apache-2.0 */
/* IDX, plain and packed: size and values follow from the bytes as read here a second time. */
#include "files/gzip.h"
#include "files/idx.h"
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <string.h>

enum { ELEMENTS = 1 << 12 };

static int width_of(uint8_t code)
{
    return code == 0x08 || code == 0x09 ? 1 : code == 0x0B ? 2 : code == 0x0C || code == 0x0D ? 4 : code == 0x0E ? 8 : 0;
}

static uint64_t big_endian(const uint8_t *bytes, int width)
{
    uint64_t value = 0;
    for (int i = 0; i < width; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* The bits of an element as the tensor has them. */
static uint64_t bits_at(const denoise_tensor *tensor, int64_t index)
{
    const uint8_t *data = denoise_tensor_const_data(tensor);
    uint64_t wide = 0;
    uint32_t narrow = 0;
    switch (denoise_tensor_dtype(tensor)) {
    case DENOISE_UINT8:
        return data[index];
    case DENOISE_FLOAT64:
        memcpy(&wide, data + 8 * index, 8);
        return wide;
    default:
        memcpy(&narrow, data + 4 * index, 4);
        return narrow;
    }
}

static void check_values(const denoise_tensor *tensor, const uint8_t *source, uint8_t code, int64_t count)
{
    int width = width_of(code);
    for (int64_t i = 0; i < count; i++) {
        uint64_t value = big_endian(source + i * width, width);
        if (code == 0x09 && value >= 0x80) value |= 0xFFFFFF00U;
        if (code == 0x0B && value >= 0x8000) value |= 0xFFFF0000U;
        if (!FUZZ_CHECK(bits_at(tensor, i) == value)) return;
    }
}

static void check_tensor(const denoise_tensor *tensor, const uint8_t *data, size_t size)
{
    static const int32_t dtypes[] = {DENOISE_UINT8,   DENOISE_INT32,  0, DENOISE_INT32, DENOISE_INT32,
                                     DENOISE_FLOAT32, DENOISE_FLOAT64};
    if (!FUZZ_CHECK(size >= 8 && data[0] == 0 && data[1] == 0 && width_of(data[2]) > 0)) return;
    int rank = data[3];
    if (!FUZZ_CHECK(rank >= 1 && rank <= DENOISE_MAX_RANK && denoise_tensor_rank(tensor) == rank)) return;
    FUZZ_CHECK(denoise_tensor_dtype(tensor) == dtypes[data[2] - 8]);
    size_t start = 4 + 4 * (size_t)rank;
    if (!FUZZ_CHECK(size >= start)) return;
    int64_t count = 1;
    for (int axis = 0; axis < rank; axis++) {
        int64_t length = (int64_t)big_endian(data + 4 + 4 * axis, 4);
        FUZZ_CHECK(denoise_tensor_dim(tensor, axis) == length);
        count *= length;
    }
    if (!FUZZ_CHECK(denoise_tensor_size(tensor) == count)) return;
    if (!FUZZ_CHECK(count <= ELEMENTS && size == start + (size_t)count * (size_t)width_of(data[2]))) return;
    check_values(tensor, data + start, data[2], count);
}

static void expect(denoise_status wanted, const uint8_t *data, size_t size, const denoise_limits *limits)
{
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise__idx_parse(&tensor, data, (int64_t)size, limits);
    FUZZ_CHECK(status == wanted);
    FUZZ_CHECK((tensor != NULL) == (status == DENOISE_OK));
    denoise_tensor_free(tensor);
}

/* What was accepted just fits limits of its own size, and no smaller ones. */
static void check_limits(const denoise_tensor *tensor, const uint8_t *data, size_t size)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.elements = denoise_tensor_size(tensor);
    limits.dims = denoise_tensor_rank(tensor);
    expect(DENOISE_OK, data, size, &limits);
    if (limits.elements > 0) {
        limits.elements--;
        expect(DENOISE_ERR_LIMIT, data, size, &limits);
        limits.elements++;
    }
    limits.dims--;
    expect(DENOISE_ERR_LIMIT, data, size, &limits);
}

static denoise_status try_plain(denoise_tensor **out, const uint8_t *data, size_t size, const denoise_limits *limits)
{
    denoise_status status = denoise__idx_parse(out, data, (int64_t)size, limits);
    fuzz_check_status(status);
    FUZZ_CHECK((*out != NULL) == (status == DENOISE_OK));
    if (status != DENOISE_OK) return status;
    check_tensor(*out, data, size);
    return status;
}

static bool same_bits(const denoise_tensor *a, const denoise_tensor *b)
{
    size_t bytes = (size_t)denoise_tensor_bytes(a);
    return denoise_tensor_dtype(a) == denoise_tensor_dtype(b) && bytes == (size_t)denoise_tensor_bytes(b) &&
           (bytes == 0 || memcmp(denoise_tensor_const_data(a), denoise_tensor_const_data(b), bytes) == 0);
}

/* The same through a file: one verdict, one tensor. */
static void try_file(const uint8_t *data, size_t size, const denoise_limits *limits, denoise_status expected,
                     const denoise_tensor *plain)
{
    denoise_tensor *tensor = NULL;
    fuzz_memory_forget_peak();
    int64_t before = fuzz_memory_live();
    denoise_status status = denoise__idx_read(&tensor, fuzz_file(data, size), limits);
    FUZZ_CHECK((tensor != NULL) == (status == DENOISE_OK));
    if (!fuzz_nomem(status) && expected != DENOISE_ERR_NOMEM) {
        FUZZ_CHECK(status == expected);
        FUZZ_CHECK(status != DENOISE_OK || same_bits(tensor, plain));
        int64_t unpacked = tensor != NULL ? denoise_tensor_bytes(tensor) : limits->bytes;
        FUZZ_CHECK(fuzz_memory_peak() - before <= 5 * unpacked + 2 * (int64_t)size + (1 << 20));
    }
    denoise_tensor_free(tensor);
}

static void run(const uint8_t *data, size_t size)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.bytes = 1 << 16;
    limits.elements = ELEMENTS;
    denoise_tensor *tensor = NULL;
    denoise__bytes unpacked = {0};
    bool packed = denoise__is_gzip(data, (int64_t)size);
    denoise_status status = DENOISE_OK;
    if (packed) status = denoise__gunzip(&unpacked, data, (int64_t)size, &limits);
    int64_t before = fuzz_memory_live();
    fuzz_memory_forget_peak();
    const uint8_t *plain = packed ? unpacked.data : data;
    size_t plain_size = packed ? (size_t)unpacked.length : size;
    if (status == DENOISE_OK) status = try_plain(&tensor, plain, plain_size, &limits);
    /* Whole numbers of one byte take four. */
    FUZZ_CHECK(fuzz_memory_peak() - before <= 4 * (int64_t)plain_size + 2048);
    (void)fuzz_nomem(status);
    if (tensor != NULL && !fuzz_memory_failing()) check_limits(tensor, plain, plain_size);
    if ((packed && status == DENOISE_OK) || fuzz_hash(data, size) % 16 == 0) try_file(data, size, &limits, status, tensor);
    denoise_tensor_free(tensor);
    denoise__bytes_free(&unpacked);
}

static builder header(unsigned code, unsigned rank, const uint32_t *lengths)
{
    builder b = {.size = 0};
    builder_byte(&b, 0);
    builder_byte(&b, 0);
    builder_byte(&b, code);
    builder_byte(&b, rank);
    for (unsigned i = 0; i < rank; i++) {
        builder_be32(&b, lengths[i]);
    }
    return b;
}

static builder array(unsigned code, unsigned rank, const uint32_t *lengths)
{
    builder b = header(code, rank, lengths);
    uint32_t count = 1;
    for (unsigned i = 0; i < rank; i++) {
        count *= lengths[i];
    }
    for (uint32_t i = 0; i < count * (uint32_t)width_of((uint8_t)code); i++) {
        builder_byte(&b, i * 37 + 11);
    }
    return b;
}

static void packed_seed(const fuzz_sink *sink, const char *name, const builder *plain)
{
    builder b = {.size = 0};
    builder_gzip(&b, plain->data, plain->size, 0);
    builder_seed(sink, name, &b);
}

static void broken_seeds(const fuzz_sink *sink)
{
    static const uint32_t images[] = {2, 2, 3}, huge[] = {0xFFFFFFFF, 28, 28}, wrapping[] = {65536, 65536, 65536, 65536};
    static const uint32_t little[] = {2U << 24}, nine[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const uint32_t little_wrapping[] = {1U << 24, 1U << 24, 1U << 24, 1U << 24}, many[] = {ELEMENTS + 1};
    builder b = array(8, 3, images);
    static const size_t cuts[] = {0, 1, 2, 3, 4, 7, 12, 15, 20};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        builder_seed_cut(sink, "cut", &b, cuts[i]);
    }
    builder_seed_with(sink, "magic", &b, 0, 1);
    builder_seed_with(sink, "magic", &b, 1, 1);
    builder_seed_with(sink, "type", &b, 2, 7);
    builder_seed_with(sink, "type", &b, 2, 0x0A);
    builder_seed_with(sink, "rank_0", &b, 3, 0);
    builder_seed_with(sink, "short", &b, 7, 3);
    builder_seed_with(sink, "trailing", &b, 7, 1);
    builder packed = {.size = 0};
    builder_gzip(&packed, b.data, b.size, 0);
    packed_seed(sink, "packed_twice", &packed);
    packed_seed(sink, "packed", &b);
    packed.data[packed.size - 6] ^= 1;
    builder_seed(sink, "packed_crc", &packed);
    b = header(8, 9, nine);
    builder_seed(sink, "rank_9", &b);
    b = header(8, 3, huge);
    builder_seed(sink, "huge", &b);
    b = header(8, 4, wrapping);
    builder_seed(sink, "wrapping", &b);
    b = array(8, 1, little);
    b.size = 8 + 2;
    builder_seed(sink, "little_endian", &b);
    b = header(8, 4, little_wrapping);
    builder_byte(&b, 5);
    builder_seed(sink, "little_endian_wrapping", &b);
    static builder zeros;
    zeros = header(8, 1, many);
    static uint8_t plain[8 + ELEMENTS + 1];
    memcpy(plain, zeros.data, 8);
    b.size = 0;
    builder_gzip(&b, plain, sizeof plain, 0);
    builder_seed(sink, "elements", &b);
}

static void seeds(const fuzz_sink *sink)
{
    static const unsigned codes[] = {0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E};
    static const uint32_t lengths[] = {2, 3, 2, 1, 1, 1, 1, 1}, empty[] = {0, 5};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        builder b = array(codes[i], (unsigned)i % 3 + 1, lengths);
        builder_seed(sink, "array", &b);
        packed_seed(sink, "packed", &b);
        b = header(codes[i], 2, empty);
        builder_seed(sink, "empty", &b);
    }
    builder b = array(8, 8, lengths);
    builder_seed(sink, "rank_8", &b);
    b = header(8, 2, empty);
    packed_seed(sink, "packed_empty", &b);
    broken_seeds(sink);
}

/* Packed or plain: checksums are not what stops a change. */
static size_t mend(uint8_t *data, size_t size, size_t capacity)
{
    extern const fuzz_target fuzz_target_gzip;
    if (size >= 2 && data[0] == 0x1f) return fuzz_target_gzip.mend(data, size, capacity);
    return size;
}

static const char *const dictionary[] = {"\"\\x00\\x00\\x08\\x01\"",
                                         "\"\\x00\\x00\\x08\\x03\"",
                                         "\"\\x00\\x00\\x0d\\x02\"",
                                         "\"\\x00\\x00\\x00\\x01\"",
                                         "\"\\x00\\x01\\x00\\x00\"",
                                         "\"\\x1f\\x8b\\x08\"",
                                         NULL};

const fuzz_target fuzz_target_idx = {"idx", run, seeds, mend, dictionary, 4096};
