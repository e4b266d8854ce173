/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/builder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* next_in is const */
#include <zlib.h>

void builder_byte(builder *b, unsigned value)
{
    if (b->size < sizeof b->data) b->data[b->size++] = (uint8_t)value;
}

void builder_bytes(builder *b, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        builder_byte(b, bytes[i]);
    }
}

void builder_text(builder *b, const char *text)
{
    builder_bytes(b, text, strlen(text));
}

void builder_be32(builder *b, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        builder_byte(b, value >> shift & 255);
    }
}

void builder_le32(builder *b, uint32_t value)
{
    for (int shift = 0; shift < 32; shift += 8) {
        builder_byte(b, value >> shift & 255);
    }
}

void builder_le64(builder *b, uint64_t value)
{
    builder_le32(b, (uint32_t)value);
    builder_le32(b, (uint32_t)(value >> 32));
}

static void deflated(builder *b, const void *data, size_t size, int window_bits, int flags, gz_header *header)
{
    z_stream stream = {0};
    int level = (flags & BUILDER_GZIP_STORED) != 0 ? 0 : 9;
    int strategy = (flags & BUILDER_GZIP_FIXED) != 0 ? Z_FIXED : Z_DEFAULT_STRATEGY;
    if (deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, strategy) != Z_OK) abort();
    if (header != NULL && deflateSetHeader(&stream, header) != Z_OK) abort();
    stream.next_in = data;
    stream.avail_in = (uInt)size;
    stream.next_out = b->data + b->size;
    stream.avail_out = (uInt)(sizeof b->data - b->size);
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) abort();
    b->size = sizeof b->data - stream.avail_out;
    (void)deflateEnd(&stream);
}

void builder_gzip(builder *b, const void *data, size_t size, int flags)
{
    gz_header header = {0};
    header.os = 255;
    header.hcrc = (flags & BUILDER_GZIP_CRC) != 0;
    if (flags & BUILDER_GZIP_EXTRA) {
        header.extra = (Bytef *)"ab\2\0xy";
        header.extra_len = 6;
    }
    if (flags & BUILDER_GZIP_NAME) header.name = (Bytef *)"n.idx";
    if (flags & BUILDER_GZIP_COMMENT) header.comment = (Bytef *)"of a test";
    deflated(b, data, size, 31, flags, &header);
}

void builder_zlib(builder *b, const void *data, size_t size)
{
    deflated(b, data, size, 15, 0, NULL);
}

void builder_seed(const fuzz_sink *sink, const char *name, const builder *b)
{
    fuzz_seed(sink, name, b->data, b->size);
}

void builder_seed_with(const fuzz_sink *sink, const char *name, const builder *b, size_t at, unsigned value)
{
    builder changed = *b;
    changed.data[at] = (uint8_t)value;
    builder_seed(sink, name, &changed);
}

void builder_seed_cut(const fuzz_sink *sink, const char *name, const builder *b, size_t size)
{
    fuzz_seed(sink, name, b->data, size);
}
