/* SPDX-License-Identifier: Apache-2.0 */
#include "files/png_check.h"
#include "core/memory.h"
#include "files/limits.h"
#include "files/png_pixels.h"
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

typedef denoise__png_facts facts;

enum { IHDR_END = 33, TRAILER = 12 /* bytes of a chunk beside its content */ };

typedef struct walk {
    const uint8_t *data;
    int64_t size, position, length; /* the present chunk */
    const uint8_t *type;            /* its four letters */
} walk;

static uint32_t read_be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

static bool is_type(const walk *at, const char *type)
{
    return memcmp(at->type, type, 4) == 0;
}

static denoise_status fail_order(const walk *at, const char *field, const char *text)
{
    return denoise__fail_at(DENOISE_ERR_SYNTAX, at->position, field, "%s", text);
}

static denoise_status check_magic(const uint8_t *data, int64_t size)
{
    static const uint8_t magic[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (memcmp(data, magic, size < 8 ? (size_t)size : 8) != 0) {
        return denoise__fail_at(DENOISE_ERR_MAGIC, 0, "magic", "no PNG%s",
                                size >= 4 && memcmp(data, magic, 4) == 0 ? "; line ends were changed (transfer as text?)" : "");
    }
    return size < 8 ? denoise__fail_at(DENOISE_ERR_TRUNCATED, size, "magic", "the data ends") : DENOISE_OK;
}

/* Length, letters and checksum of the chunk at position. */
static denoise_status read_chunk(walk *at)
{
    int64_t left = at->size - at->position;
    if (left == 0) return denoise__fail_at(DENOISE_ERR_TRUNCATED, at->size, "IEND", "the data ends without it");
    if (left >= 4) at->length = read_be32(at->data + at->position);
    if (left >= 4 && at->length > INT32_MAX) return fail_order(at, "length", "of a chunk leaves 31 bits");
    if (left < TRAILER || at->length > left - TRAILER) {
        return denoise__fail_at(DENOISE_ERR_TRUNCATED, at->size, "length",
                                "the data ends in the chunk at byte %" PRId64 " of %" PRId64 " bytes", at->position,
                                left >= 4 ? at->length : 0);
    }
    at->type = at->data + at->position + 4;
    for (int i = 0; i < 4; i++) {
        if ((at->type[i] | 0x20) < 'a' || (at->type[i] | 0x20) > 'z') {
            return denoise__fail_at(DENOISE_ERR_SYNTAX, at->position + 4, "type", "of the chunk is not four letters");
        }
    }
    uint32_t crc = (uint32_t)crc32_z(0, at->type, (size_t)at->length + 4);
    if (crc == read_be32(at->type + 4 + at->length)) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_CHECKSUM, at->position + 8 + at->length, "crc", "of chunk %.4s does not match",
                            (const char *)at->type);
}

static denoise_status check_type(const facts *it)
{
    static const uint8_t depths[7] = {1 | 2 | 4 | 8 | 16, 0, 8 | 16, 1 | 2 | 4 | 8, 8 | 16, 0, 8 | 16};
    if (it->color > 6 || depths[it->color] == 0) {
        return denoise__fail_at(DENOISE_ERR_DTYPE, 25, "color_type", "is %d, expected 0, 2, 3, 4 or 6", (int)it->color);
    }
    if ((it->depth & (it->depth - 1)) == 0 && (it->depth & depths[it->color]) != 0) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_DTYPE, 24, "bit_depth", "is %d, which color type %d does not have", (int)it->depth,
                            (int)it->color);
}

static denoise_status check_length(int64_t offset, const char *field, int64_t value)
{
    if (value == 0) return denoise__fail_at(DENOISE_ERR_SHAPE, offset, field, "is 0");
    return value <= INT32_MAX ? DENOISE_OK : denoise__fail_at(DENOISE_ERR_RANGE, offset, field, "leaves 31 bits");
}

static denoise_status check_method(int64_t offset, const char *field, int value, int greatest)
{
    if (value <= greatest) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_UNSUPPORTED, offset, field, "is %d, at most %d is known", value, greatest);
}

static denoise_status read_header(facts *it, const walk *at)
{
    static const uint8_t channels[7] = {1, 0, 3, 3, 2, 0, 4};
    const uint8_t *header = at->data + 16;
    if (!is_type(at, "IHDR")) return fail_order(at, "type", "of the first chunk is not IHDR");
    if (at->length != 13) return fail_order(at, "length", "of IHDR is not 13");
    it->width = read_be32(header);
    it->height = read_be32(header + 4);
    it->depth = header[8];
    it->color = header[9];
    it->interlace = header[12];
    DENOISE__TRY(check_length(16, "width", it->width));
    DENOISE__TRY(check_length(20, "height", it->height));
    DENOISE__TRY(check_type(it));
    DENOISE__TRY(check_method(26, "compression", header[10], 0));
    DENOISE__TRY(check_method(27, "filter", header[11], 0));
    DENOISE__TRY(check_method(28, "interlace", header[12], 1));
    it->channels = channels[it->color];
    return DENOISE_OK;
}

static void set_range(denoise__png_range *range, const walk *at)
{
    if (range->end == 0) range->begin = at->position;
    range->end = at->position + TRAILER + at->length;
}

static denoise_status take_palette(facts *it, const walk *at)
{
    if (it->palette.end > 0) return fail_order(at, "PLTE", "comes twice");
    if (it->pixels.end > 0 || it->transparency.end > 0) return fail_order(at, "PLTE", "comes after tRNS or IDAT");
    if (it->color == DENOISE__PNG_GREY || it->color == DENOISE__PNG_GREY_ALPHA) {
        return fail_order(at, "PLTE", "stands in a grey picture");
    }
    it->colors = at->length / 3;
    int64_t greatest = it->color == DENOISE__PNG_PALETTE ? INT64_C(1) << it->depth : 256;
    if (at->length % 3 != 0 || it->colors < 1 || it->colors > greatest) {
        return denoise__fail_at(DENOISE_ERR_SYNTAX, at->position, "PLTE",
                                "has %" PRId64 " bytes, expected 3 each for 1 to %" PRId64 " colors", at->length, greatest);
    }
    set_range(&it->palette, at);
    return DENOISE_OK;
}

static denoise_status take_transparency(facts *it, const walk *at)
{
    int64_t length = it->color == DENOISE__PNG_GREY ? 2 : 6;
    bool is_palette = it->color == DENOISE__PNG_PALETTE;
    if (it->transparency.end > 0) return fail_order(at, "tRNS", "comes twice");
    if (it->pixels.end > 0) return fail_order(at, "tRNS", "comes after IDAT");
    if (it->color >= DENOISE__PNG_GREY_ALPHA) return fail_order(at, "tRNS", "stands in a picture with an alpha channel");
    if (is_palette && it->palette.end == 0) return fail_order(at, "tRNS", "comes before PLTE");
    if (is_palette ? at->length < 1 || at->length > it->colors : at->length != length) {
        return denoise__fail_at(DENOISE_ERR_SYNTAX, at->position, "tRNS", "has %" PRId64 " bytes, expected %s%" PRId64,
                                at->length, is_palette ? "1 to " : "", is_palette ? it->colors : length);
    }
    it->channels++;
    set_range(&it->transparency, at);
    return DENOISE_OK;
}

static denoise_status take_pixels(facts *it, const walk *at)
{
    if (it->color == DENOISE__PNG_PALETTE && it->palette.end == 0) return fail_order(at, "PLTE", "is missing before IDAT");
    if (it->pixels.end > 0 && it->pixels.end != at->position) return fail_order(at, "IDAT", "has other chunks in between");
    set_range(&it->pixels, at);
    return DENOISE_OK;
}

static denoise_status take_end(facts *it, const walk *at, const denoise_limits *limits)
{
    if (it->pixels.end == 0) return fail_order(at, "IDAT", "is missing");
    if (at->length != 0) return fail_order(at, "IEND", "is not empty");
    set_range(&it->end, at);
    if (it->end.end == at->size || limits->strict == 0) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_TRAILING, it->end.end, "IEND", "%" PRId64 " bytes follow it", at->size - it->end.end);
}

static denoise_status take_chunk(facts *it, const walk *at, const denoise_limits *limits)
{
    if (it->width == 0) return read_header(it, at);
    if (is_type(at, "PLTE")) return take_palette(it, at);
    if (is_type(at, "tRNS")) return take_transparency(it, at);
    if (is_type(at, "IDAT")) return take_pixels(it, at);
    if (is_type(at, "IEND")) return take_end(it, at, limits);
    if ((at->type[0] & 0x20) != 0) return DENOISE_OK;
    if (is_type(at, "IHDR")) return fail_order(at, "IHDR", "comes twice");
    return denoise__fail_at(DENOISE_ERR_UNSUPPORTED, at->position + 4, "type", "%.4s is unknown and marked as needed",
                            (const char *)at->type);
}

static denoise_status check_limits(const facts *it, const denoise_limits *limits)
{
    int64_t elements = 0;
    if (!denoise__multiply(it->width * it->height, it->channels, &elements)) elements = INT64_MAX;
    return denoise__limits_tensor(limits, elements, 3, 16);
}

denoise_status denoise__png_check(denoise__png_facts *out, const uint8_t *data, int64_t size, const denoise_limits *limits)
{
    *out = (facts){0};
    walk at = {.data = data, .size = size, .position = 8};
    DENOISE__TRY(check_magic(data, size));
    while (out->end.end == 0) {
        DENOISE__TRY(read_chunk(&at));
        DENOISE__TRY(take_chunk(out, &at, limits));
        at.position += TRAILER + at.length;
    }
    DENOISE__TRY(check_limits(out, limits));
    return denoise__png_check_pixels(out, data, limits);
}
