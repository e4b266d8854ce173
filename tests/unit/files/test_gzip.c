/* SPDX-License-Identifier: Apache-2.0 */
/* Malformed gzip data, made here byte by byte; each with its code and the byte that the message names. */
#include "files/gzip.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const denoise_limits defaults = DENOISE_LIMITS_INIT;

/* One member with a header of 10 bytes. */
static size_t pack(uint8_t *out, size_t room, const void *data, size_t size)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t packed = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

static void expect(const uint8_t *data, size_t size, const denoise_limits *limits, denoise_status expected, const char *text)
{
    uint8_t *exact = malloc(size > 0 ? size : 1); /* so that a sanitizer sees a read past the end */
    assert_non_null(exact);
    if (size > 0) memcpy(exact, data, size);
    denoise__bytes out = {0};
    assert_int_equal(denoise__gunzip(&out, exact, (int64_t)size, limits), expected);
    assert_null(out.data);
    if (strstr(denoise_last_error(), text) == NULL) fail_msg("\"%s\" does not say \"%s\"", denoise_last_error(), text);
    free(exact);
}

static void round_trip(void **state)
{
    (void)state;
    static uint8_t data[300000], packed[400000];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * i >> 7);
    }
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, sizeof data};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = pack(packed, sizeof packed, data, sizes[i]);
        denoise__bytes out = {0};
        assert_true(denoise__is_gzip(packed, (int64_t)size));
        assert_int_equal(denoise__gunzip(&out, packed, (int64_t)size, &defaults), DENOISE_OK);
        assert_int_equal(out.length, sizes[i]);
        if (sizes[i] > 0) assert_memory_equal(out.data, data, sizes[i]);
        denoise__bytes_free(&out);
    }
}

static void members_follow_each_other(void **state)
{
    (void)state;
    uint8_t packed[200];
    size_t size = pack(packed, sizeof packed, "first ", 6);
    size += pack(packed + size, sizeof packed - size, "second", 6);
    denoise__bytes out = {0};
    assert_int_equal(denoise__gunzip(&out, packed, (int64_t)size, &defaults), DENOISE_OK);
    assert_int_equal(out.length, 12);
    assert_memory_equal(out.data, "first second", 12);
    denoise__bytes_free(&out);
}

/* FEXTRA, FNAME, FCOMMENT and FHCRC in front of a packed "x". */
static size_t with_optional_fields(uint8_t *out)
{
    uint8_t packed[64];
    size_t size = pack(packed, sizeof packed, "x", 1);
    static const uint8_t fields[] = {0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 2, 0, 'e', 'x', 'n', 0, 'c', 'c', 0};
    memcpy(out, fields, sizeof fields);
    uLong crc = crc32(0, fields, sizeof fields) & 0xffff;
    out[sizeof fields] = (uint8_t)(crc & 0xff);
    out[sizeof fields + 1] = (uint8_t)(crc >> 8);
    memcpy(out + sizeof fields + 2, packed + 10, size - 10);
    return sizeof fields + 2 + size - 10;
}

static void optional_fields(void **state)
{
    (void)state;
    uint8_t packed[128];
    size_t size = with_optional_fields(packed);
    denoise__bytes out = {0};
    assert_int_equal(denoise__gunzip(&out, packed, (int64_t)size, &defaults), DENOISE_OK);
    assert_int_equal(out.length, 1);
    denoise__bytes_free(&out);
    packed[13] ^= 1;
    expect(packed, size, &defaults, DENOISE_ERR_CHECKSUM, "byte 19: header_crc: does not match");
    packed[13] ^= 1;
    packed[11] = 200; /* the extra field is longer than the file */
    expect(packed, size, &defaults, DENOISE_ERR_TRUNCATED, ": header: the data ends");
    static const uint8_t endless_name[] = {0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 'n', 'a', 'm', 'e'};
    expect(endless_name, sizeof endless_name, &defaults, DENOISE_ERR_TRUNCATED, "byte 14: header: the data ends");
}

static void every_truncation(void **state)
{
    (void)state;
    uint8_t packed[128];
    size_t size = with_optional_fields(packed);
    for (size_t cut = 2; cut < size; cut++) {
        char where[64];
        snprintf(where, sizeof where, "gzip: byte %zu: ", cut);
        expect(packed, cut, &defaults, DENOISE_ERR_TRUNCATED, where);
    }
    expect(packed, 0, &defaults, DENOISE_ERR_MAGIC, "byte 0: magic: expected 1f 8b");
    expect(packed, 1, &defaults, DENOISE_ERR_MAGIC, "byte 0: magic: expected 1f 8b");
}

static void damaged_headers(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[12];
        size_t size;
        denoise_status status;
        const char *text;
    } cases[] = {
        {{0x1f, 0x8b}, 2, DENOISE_ERR_TRUNCATED, "byte 2:"},
        {{0x1f, 0x8b, 9}, 3, DENOISE_ERR_UNSUPPORTED, "byte 2: method: is 9"},
        {{0x1f, 0x8b, 8, 0x20}, 4, DENOISE_ERR_SYNTAX, "byte 3: flags: 0x"},
        {{0x1f, 0x8b, 8, 0x80, 0, 0, 0, 0, 0, 3, 3, 0}, 12, DENOISE_ERR_SYNTAX, "byte 3: flags: 0x"},
        {{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 7, 0}, 12, DENOISE_ERR_SYNTAX, "invalid block type"},
        {{'P', 'K', 3, 4}, 4, DENOISE_ERR_MAGIC, "byte 0: magic: expected 1f 8b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(cases[i].bytes, cases[i].size, &defaults, cases[i].status, cases[i].text);
    }
}

static void damaged_blocks(void **state)
{
    (void)state;
    static const uint8_t stored[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 5, 0, 5, 0, 'h', 'e', 'l', 'l', 'o'};
    expect(stored, sizeof stored, &defaults, DENOISE_ERR_SYNTAX, "invalid stored block lengths");
    /* fixed codes: literal-free length 3, distance 1 before anything was written */
    static const uint8_t distance[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x03, 0x02, 0, 0, 0, 0, 0, 0, 0, 0};
    expect(distance, sizeof distance, &defaults, DENOISE_ERR_SYNTAX, "too far back");
}

static void damaged_trailers(void **state)
{
    (void)state;
    uint8_t packed[64], bad[130];
    size_t size = pack(packed, sizeof packed, "hello", 5);
    char where[64];
    memcpy(bad, packed, size);
    bad[size - 8] ^= 1;
    snprintf(where, sizeof where, "byte %zu: crc: is", size - 8);
    expect(bad, size, &defaults, DENOISE_ERR_CHECKSUM, where);
    memcpy(bad, packed, size);
    bad[size - 4] ^= 1;
    snprintf(where, sizeof where, "byte %zu: length: is 4", size - 4);
    expect(bad, size, &defaults, DENOISE_ERR_CHECKSUM, where);
    memcpy(bad, packed, size);
    memcpy(bad + size, "junk", 4);
    snprintf(where, sizeof where, "byte %zu: magic: expected 1f 8b", size);
    expect(bad, size + 4, &defaults, DENOISE_ERR_TRAILING, where);
    memcpy(bad + size, packed, size); /* a second member, damaged: never silently the first only */
    bad[2 * size - 8] ^= 1;
    snprintf(where, sizeof where, "byte %zu: crc: is", 2 * size - 8);
    expect(bad, 2 * size, &defaults, DENOISE_ERR_CHECKSUM, where);
}

/* As tapes and block devices fill up their last block; gzip 1.12 and Python's gzip read these. */
static void zeros_behind_are_padding(void **state)
{
    (void)state;
    uint8_t packed[64], padded[600] = {0};
    size_t size = pack(packed, sizeof packed, "hello", 5);
    denoise_limits strict = defaults;
    strict.strict = 1;
    denoise__bytes out = {0};
    memcpy(padded, packed, size);
    assert_int_equal(denoise__gunzip(&out, padded, 512, &defaults), DENOISE_OK);
    assert_int_equal(out.length, 5);
    denoise__bytes_free(&out);
    expect(padded, 512, &strict, DENOISE_ERR_TRAILING, "magic: expected 1f 8b");
    memcpy(padded + 512, packed, size); /* another member behind the padding */
    assert_int_equal(denoise__gunzip(&out, padded, (int64_t)(512 + size), &defaults), DENOISE_OK);
    assert_int_equal(out.length, 10);
    denoise__bytes_free(&out);
    padded[512] = 'x';
    expect(padded, 513, &defaults, DENOISE_ERR_TRAILING, "byte 512: magic: expected 1f 8b");
}

static void bombs(void **state)
{
    (void)state;
    size_t size = (size_t)128 << 20;
    uint8_t *zeros = calloc(size, 1);
    static uint8_t packed[200000];
    assert_non_null(zeros);
    size_t length = pack(packed, sizeof packed, zeros, size);
    free(zeros);
    assert_true(size / length > 1000);
    failing_alloc_install();
    expect(packed, length, &defaults, DENOISE_ERR_LIMIT, "limit `ratio`");
    assert_true(failing_alloc_peak() < (int64_t)64 << 20);
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.ratio = 2000;
    limits.bytes = 1 << 20;
    expect(packed, length, &limits, DENOISE_ERR_LIMIT, "limit `bytes`");
    failing_alloc_remove();
}

static void out_of_memory(void **state)
{
    (void)state;
    static uint8_t data[200000], packed[2000];
    size_t size = pack(packed, sizeof packed, data, sizeof data);
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        denoise__bytes out = {0};
        failing_alloc_arm(n, false);
        denoise_status status = denoise__gunzip(&out, packed, (int64_t)size, &defaults);
        bool failed = failing_alloc_disarm();
        denoise__bytes_free(&out);
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) break;
    }
    failing_alloc_remove();
}

/* Any single damaged byte is seen, or, where the format does not care (time, system, hints, the bits that
 * fill the last byte of the packed data), changes nothing. */
static void every_damaged_byte(void **state)
{
    (void)state;
    uint8_t packed[128];
    size_t size = pack(packed, sizeof packed, "the quick brown fox jumps over the lazy dog", 43);
    for (size_t i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            packed[i] ^= (uint8_t)(1 << bit);
            denoise__bytes out = {0};
            if (denoise__gunzip(&out, packed, (int64_t)size, &defaults) == DENOISE_OK) {
                assert_true((i >= 3 && i < 10) || i == size - 9);
                assert_int_equal(out.length, 43);
                assert_memory_equal(out.data, "the quick brown fox jumps over the lazy dog", 43);
            }
            denoise__bytes_free(&out);
            packed[i] ^= (uint8_t)(1 << bit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(members_follow_each_other),
        cmocka_unit_test(optional_fields),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(damaged_headers),
        cmocka_unit_test(damaged_blocks),
        cmocka_unit_test(damaged_trailers),
        cmocka_unit_test(bombs),
        cmocka_unit_test(zeros_behind_are_padding),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(every_damaged_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
