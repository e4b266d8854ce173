/* SPDX-License-Identifier: Apache-2.0 */
/* gzip: must accept what zlib's own reader of gzip accepts, and unpack it to the same bytes. */
#include "files/gzip.h"
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* next_in is const */
#include <zlib.h>

enum { ROOM = 1 << 14 };

/* zlib's verdict on all members; the bytes in `out`, room for ROOM. -1: it refuses them. -2: more than ROOM. */
static int64_t unpack_with_zlib(uint8_t *out, const uint8_t *data, size_t size)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, 31) != Z_OK) abort();
    stream.next_in = data;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = ROOM;
    int result = Z_DATA_ERROR;
    while (stream.avail_in > 0) {
        result = inflate(&stream, Z_FINISH);
        if (result != Z_STREAM_END) break;
        (void)inflateReset(&stream);
    }
    int64_t length = result == Z_STREAM_END ? ROOM - (int64_t)stream.avail_out : stream.avail_out == 0 ? -2 : -1;
    (void)inflateEnd(&stream);
    return length;
}

static void check_limits(const uint8_t *data, size_t size, int64_t length)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    denoise__bytes out = {0};
    limits.bytes = length;
    limits.strict = 1;
    FUZZ_CHECK(denoise__gunzip(&out, data, (int64_t)size, &limits) == DENOISE_OK);
    denoise__bytes_free(&out);
    if (length == 0) return;
    limits.bytes = length - 1;
    FUZZ_CHECK(denoise__gunzip(&out, data, (int64_t)size, &limits) == DENOISE_ERR_LIMIT);
    FUZZ_CHECK(out.data == NULL);
}

static void run(const uint8_t *data, size_t size)
{
    static uint8_t expected[ROOM];
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.bytes = ROOM;
    limits.strict = 1;
    denoise__bytes out = {0};
    denoise_status status = denoise__gunzip(&out, data, (int64_t)size, &limits);
    fuzz_check_status(status);
    if (!fuzz_nomem(status)) {
        int64_t length = unpack_with_zlib(expected, data, size);
        if (status == DENOISE_OK) {
            FUZZ_CHECK(out.length == length);
            FUZZ_CHECK(length <= 0 || memcmp(out.data, expected, (size_t)length) == 0);
            FUZZ_CHECK(fuzz_memory_peak() <= 2 * length + (1 << 18));
        } else if (status == DENOISE_ERR_LIMIT) {
            FUZZ_CHECK(length == -2);
        } else {
            FUZZ_CHECK(length < 0);
            FUZZ_CHECK(out.data == NULL && out.length == 0);
        }
        if (status == DENOISE_OK && !fuzz_memory_failing()) check_limits(data, size, out.length);
    }
    /* What is read strictly is read the same otherwise; beyond that come only files with zeros behind them. */
    denoise__bytes lenient = {0};
    limits.strict = 0;
    denoise_status again = denoise__gunzip(&lenient, data, (int64_t)size, &limits);
    fuzz_check_status(again);
    if (!fuzz_nomem(again) && status != DENOISE_ERR_NOMEM) {
        if (status == DENOISE_OK) {
            FUZZ_CHECK(again == DENOISE_OK && lenient.length == out.length &&
                       (out.length == 0 || memcmp(lenient.data, out.data, (size_t)out.length) == 0));
        } else if (again == DENOISE_OK) {
            FUZZ_CHECK(status == DENOISE_ERR_TRAILING && size > 0 && memchr(data, 0, size) != NULL);
        }
    }
    denoise__bytes_free(&lenient);
    denoise__bytes_free(&out);
}

/* Where the fields of a member's header end; size when they do not. */
static size_t header_end(const uint8_t *data, size_t size)
{
    if (size < 10) return size;
    int flags = data[3];
    size_t at = 10;
    if (flags & 4) at += at + 2 <= size ? 2U + data[at] + 256U * data[at + 1] : 2;
    for (int text = flags >> 3 & 3; text > 0; text &= text - 1) {
        while (at < size && data[at] != 0) {
            at++;
        }
        at++;
    }
    if ((flags & 2) && at + 2 <= size) at += 2;
    return at < size ? at : size;
}

/* Puts CRC and length of the first member right, and cuts what follows it. */
static size_t mend(uint8_t *data, size_t size, size_t capacity)
{
    static uint8_t out[1 << 16];
    static const uint8_t start[3] = {0x1f, 0x8b, 8};
    if (size < 10) return size;
    memcpy(data, start, 3);
    data[3] &= 0x1f;
    size_t begin = header_end(data, size);
    if (data[3] & 2) {
        uint32_t crc = (uint32_t)crc32(0, data, (uInt)begin - 2);
        data[begin - 2] = (uint8_t)crc;
        data[begin - 1] = (uint8_t)(crc >> 8);
    }
    z_stream stream = {0};
    if (inflateInit2(&stream, -15) != Z_OK) return size;
    stream.next_in = data + begin;
    stream.avail_in = (uInt)(size - begin);
    stream.next_out = out;
    stream.avail_out = sizeof out;
    int result = inflate(&stream, Z_FINISH);
    size_t end = size - stream.avail_in;
    uint32_t length = (uint32_t)(sizeof out - stream.avail_out);
    (void)inflateEnd(&stream);
    if (result != Z_STREAM_END || end + 8 > capacity) return size;
    uint32_t crc = (uint32_t)crc32(0, out, length);
    for (int i = 0; i < 4; i++) {
        data[end + (size_t)i] = (uint8_t)(crc >> 8 * i);
        data[end + 4 + (size_t)i] = (uint8_t)(length >> 8 * i);
    }
    return end + 8;
}

static void broken_seeds(const fuzz_sink *sink, const builder *good)
{
    builder_seed_with(sink, "magic", good, 0, 0x1e);
    builder_seed_with(sink, "method", good, 2, 9);
    builder_seed_with(sink, "reserved", good, 3, 0x80);
    builder_seed_with(sink, "extra_too_long", good, 3, 4);
    builder_seed_with(sink, "block_type_3", good, 10, 7);
    builder_seed_with(sink, "crc", good, good->size - 8, good->data[good->size - 8] ^ 1U);
    builder_seed_with(sink, "length", good, good->size - 4, good->data[good->size - 4] ^ 1U);
    builder_seed_cut(sink, "no_method", good, 2);
    builder_seed_cut(sink, "half_a_header", good, 7);
    builder_seed_cut(sink, "no_data", good, 10);
    builder_seed_cut(sink, "half_the_data", good, good->size - 12);
    builder_seed_cut(sink, "half_a_trailer", good, good->size - 3);
    builder_seed_cut(sink, "empty", good, 0);
}

static void header_seeds(const fuzz_sink *sink)
{
    static const int flags[] = {BUILDER_GZIP_CRC, BUILDER_GZIP_EXTRA, BUILDER_GZIP_NAME, BUILDER_GZIP_COMMENT, 30};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        builder b = {.size = 0};
        builder_gzip(&b, "abc", 3, flags[i]);
        builder_seed(sink, "header", &b);
        builder_seed_cut(sink, "header_cut", &b, 11);
        builder_seed_cut(sink, "header_cut", &b, 13);
    }
    builder b = {.size = 0};
    builder_gzip(&b, "abc", 3, BUILDER_GZIP_CRC);
    builder_seed_with(sink, "header_crc", &b, 10, b.data[10] ^ 1U);
}

static void seeds(const fuzz_sink *sink)
{
    builder b = {.size = 0};
    builder_gzip(&b, "some text, some text, some more", 31, 0);
    builder_seed(sink, "text", &b);
    broken_seeds(sink, &b);
    builder twice = b;
    builder_bytes(&twice, b.data, b.size);
    builder_seed(sink, "two_members", &twice);
    builder_seed_with(sink, "second_broken", &twice, twice.size - 5, twice.data[twice.size - 5] ^ 1U);
    builder_byte(&b, 0);
    builder_seed(sink, "trailing", &b);
    header_seeds(sink);
    static const int kinds[] = {0, BUILDER_GZIP_STORED, BUILDER_GZIP_FIXED};
    for (int i = 0; i < 3; i++) {
        b.size = 0;
        builder_gzip(&b, "abcabcabcabcab", (size_t)(i == 0 ? 0 : 14), kinds[i]);
        builder_seed(sink, "block", &b);
    }
    static uint8_t zeros[ROOM + 1];
    b.size = 0;
    builder_gzip(&b, zeros, sizeof zeros, 0);
    builder_seed(sink, "too_many_zeros", &b);
}

static const char *const dictionary[] = {"\"\\x1f\\x8b\\x08\"", "\"\\x1f\\x8b\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\xff\"",
                                         "\"\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"", NULL};

const fuzz_target fuzz_target_gzip = {"gzip", run, seeds, mend, dictionary, 4096};
