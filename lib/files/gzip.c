/* SPDX-License-Identifier: Apache-2.0 */
#include "files/gzip.h"
#include "files/inflate.h"
#include "files/limits.h"
#include <inttypes.h>

#define STEP ((int64_t)64 << 10)

enum { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_RESERVED = 0xE0 };

typedef struct reader {
    const uint8_t *data;
    int64_t size, position;
    const denoise_limits *limits;
} reader;

bool denoise__is_gzip(const uint8_t *data, int64_t size)
{
    return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

static denoise_status fail_truncated(const reader *in, const char *field)
{
    return denoise__fail_at(DENOISE_ERR_TRUNCATED, in->size, field, "the data ends");
}

static uint32_t read_le32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static denoise_status skip(reader *in, int64_t count)
{
    if (count > in->size - in->position) return fail_truncated(in, "header");
    in->position += count;
    return DENOISE_OK;
}

static denoise_status skip_text(reader *in)
{
    while (in->position < in->size) {
        if (in->data[in->position++] == 0) return DENOISE_OK;
    }
    return fail_truncated(in, "header");
}

static denoise_status check_fixed_header(const reader *in)
{
    const uint8_t *header = in->data + in->position;
    int64_t left = in->size - in->position;
    if (left >= 3 && header[2] != 8) {
        return denoise__fail_at(DENOISE_ERR_UNSUPPORTED, in->position + 2, "method", "is %d, only 8 (deflate) is known",
                                header[2]);
    }
    if (left >= 4 && (header[3] & FLAGS_RESERVED) != 0) {
        return denoise__fail_at(DENOISE_ERR_SYNTAX, in->position + 3, "flags", "0x%02x has reserved ones", (unsigned)header[3]);
    }
    return left < 10 ? fail_truncated(in, "header") : DENOISE_OK;
}

static denoise_status read_header(reader *in)
{
    DENOISE__TRY(check_fixed_header(in));
    int64_t start = in->position;
    int flags = in->data[start + 3];
    in->position += 10;
    if (flags & FLAG_EXTRA) {
        DENOISE__TRY(skip(in, 2));
        const uint8_t *length = in->data + in->position - 2;
        DENOISE__TRY(skip(in, length[0] + 256 * length[1]));
    }
    if (flags & FLAG_NAME) DENOISE__TRY(skip_text(in));
    if (flags & FLAG_COMMENT) DENOISE__TRY(skip_text(in));
    if (!(flags & FLAG_CRC)) return DENOISE_OK;
    uint32_t crc = (uint32_t)crc32_z(0, in->data + start, (size_t)(in->position - start)) & 0xffff;
    DENOISE__TRY(skip(in, 2));
    const uint8_t *stored = in->data + in->position - 2;
    if (crc == (uint32_t)(stored[0] + 256 * stored[1])) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_CHECKSUM, in->position - 2, "header_crc", "does not match");
}

static denoise_status check_limits(const reader *in, const denoise__bytes *out)
{
    return denoise__limits_unpacked(in->limits, in->position, out->length, in->position);
}

static denoise_status fail_deflate(const reader *in, const z_stream *stream, int result)
{
    if (result == Z_MEM_ERROR) return denoise__fail_nomem();
    if (result == Z_BUF_ERROR) return fail_truncated(in, "deflate");
    return denoise__fail_at(DENOISE_ERR_SYNTAX, in->position, "deflate", "%s",
                            stream->msg != NULL ? stream->msg : "is damaged");
}

/* zlib counts in 32 bits, so both sides are handed over in pieces. */
static denoise_status inflate_member(reader *in, denoise__bytes *out, z_stream *stream)
{
    for (;;) {
        DENOISE__TRY(denoise__bytes_reserve(out, STEP));
        int64_t left = in->size - in->position;
        int64_t room = out->capacity - out->length;
        stream->avail_in = (uInt)(left < STEP ? left : STEP);
        stream->avail_out = (uInt)(room < STEP ? room : STEP);
        stream->next_in = in->data + in->position;
        stream->next_out = out->data + out->length;
        uInt given = stream->avail_in;
        uInt offered = stream->avail_out;
        int result = inflate(stream, Z_NO_FLUSH);
        in->position += given - stream->avail_in;
        out->length += offered - stream->avail_out;
        if (result == Z_STREAM_END) return check_limits(in, out);
        if (result != Z_OK) return fail_deflate(in, stream, result);
        DENOISE__TRY(check_limits(in, out));
    }
}

static denoise_status check_trailer(reader *in, const denoise__bytes *out, int64_t start)
{
    if (in->size - in->position < 8) return fail_truncated(in, "trailer");
    const uint8_t *trailer = in->data + in->position;
    uint32_t crc = (uint32_t)crc32_z(0, out->data + start, (size_t)(out->length - start));
    if (crc != read_le32(trailer)) {
        return denoise__fail_at(DENOISE_ERR_CHECKSUM, in->position, "crc", "is %08" PRIx32 ", the data has %08" PRIx32,
                                read_le32(trailer), crc);
    }
    if ((uint32_t)(out->length - start) != read_le32(trailer + 4)) {
        return denoise__fail_at(DENOISE_ERR_CHECKSUM, in->position + 4, "length", "is %" PRIu32 ", the data has %" PRId64,
                                read_le32(trailer + 4), out->length - start);
    }
    in->position += 8;
    return DENOISE_OK;
}

static denoise_status read_member(reader *in, denoise__bytes *out, z_stream *stream)
{
    int64_t start = out->length;
    DENOISE__TRY(read_header(in));
    if (inflateReset(stream) != Z_OK) return denoise__fail(DENOISE_ERR_INTERNAL, "gzip: cannot reset the unpacker");
    DENOISE__TRY(inflate_member(in, out, stream));
    return check_trailer(in, out, start);
}

static denoise_status read_members(reader *in, denoise__bytes *out, z_stream *stream)
{
    do {
        if (!denoise__is_gzip(in->data + in->position, in->size - in->position)) {
            return denoise__fail_at(in->position == 0 ? DENOISE_ERR_MAGIC : DENOISE_ERR_TRAILING, in->position, "magic",
                                    "expected 1f 8b, the start of a member");
        }
        DENOISE__TRY(read_member(in, out, stream));
        /* Tapes and block devices fill their last block up; gzip and Python's gzip pass over it. */
        while (in->limits->strict == 0 && in->position < in->size && in->data[in->position] == 0)
            in->position++;
    } while (in->position < in->size);
    return DENOISE_OK;
}

denoise_status denoise__gunzip(denoise__bytes *out, const uint8_t *data, int64_t size, const denoise_limits *limits)
{
    reader in = {.data = data, .size = size, .limits = limits};
    z_stream stream = DENOISE__ZLIB_INIT;
    int result = inflateInit2(&stream, -15); /* raw deflate: header and trailer are read here */
    if (result != Z_OK) return denoise__fail_nomem();
    denoise_status status = read_members(&in, out, &stream);
    inflateEnd(&stream);
    if (status == DENOISE_OK) return DENOISE_OK;
    denoise__bytes_free(out);
    return denoise__context(status, "gzip: ");
}
