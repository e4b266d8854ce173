/* SPDX-License-Identifier: Apache-2.0 */
#include "support/made_file.h"
#include "support/cmocka_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint8_t *make_room(made_file *file, size_t count)
{
    if (file->data == NULL || file->size + count > file->capacity) {
        file->capacity = (file->size + count) * 2 + 64;
        file->data = realloc(file->data, file->capacity);
        assert_non_null(file->data);
    }
    return file->data + file->size;
}

void made_free(made_file *file)
{
    free(file->data);
    *file = (made_file){0};
}

void made_bytes(made_file *file, const void *bytes, size_t count)
{
    uint8_t *end = make_room(file, count);
    if (count > 0) memcpy(end, bytes, count);
    file->size += count;
}

void made_fill(made_file *file, uint8_t byte, size_t count)
{
    memset(make_room(file, count), byte, count);
    file->size += count;
}

void made_be32(made_file *file, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    made_bytes(file, bytes, 4);
}

void made_le32(made_file *file, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    made_bytes(file, bytes, 4);
}

void made_le64(made_file *file, uint64_t value)
{
    made_le32(file, (uint32_t)value);
    made_le32(file, (uint32_t)(value >> 32));
}

void made_printf(made_file *file, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int count = vsnprintf(NULL, 0, format, list);
    assert_true(count >= 0);
    vsnprintf((char *)make_room(file, (size_t)count + 1), (size_t)count + 1, format, again);
    va_end(again);
    va_end(list);
    file->size += (size_t)count;
}

void made_splice(made_file *file, size_t offset, size_t removed, const void *bytes, size_t count)
{
    assert_true(offset + removed <= file->size);
    make_room(file, count);
    uint8_t *at = file->data + offset;
    memmove(at + count, at + removed, file->size - offset - removed);
    if (count > 0) memcpy(at, bytes, count);
    file->size += count;
    file->size -= removed;
}

void made_deflate(made_file *file, const void *bytes, size_t count, int window_bits, int level)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
    uLong bound = deflateBound(&stream, (uLong)count) + 32;
    stream.next_out = make_room(file, bound);
    stream.avail_out = (uInt)bound;
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)count;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    file->size += stream.total_out;
    deflateEnd(&stream);
}

void made_gzip(made_file *file, const void *bytes, size_t count)
{
    made_deflate(file, bytes, count, 31, 9);
}

void made_chunk(made_file *file, const char *type, const void *content, size_t count)
{
    size_t offset = file->size;
    made_be32(file, (uint32_t)count);
    made_bytes(file, type, 4);
    made_bytes(file, content, count);
    made_be32(file, 0);
    made_fix_crc(file, offset);
}

void made_png_magic(made_file *file)
{
    made_bytes(file, "\x89PNG\r\n\x1a\n", 8);
}

void made_ihdr(made_file *file, uint32_t width, uint32_t height, int depth, int color, int interlace)
{
    made_file content = {0};
    const uint8_t rest[5] = {(uint8_t)depth, (uint8_t)color, 0, 0, (uint8_t)interlace};
    made_be32(&content, width);
    made_be32(&content, height);
    made_bytes(&content, rest, 5);
    made_chunk(file, "IHDR", content.data, content.size);
    made_free(&content);
}

void made_fix_crc(made_file *file, size_t offset)
{
    const uint8_t *at = file->data + offset;
    size_t count = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    uint32_t crc = (uint32_t)crc32(0, at + 4, (uInt)count + 4);
    made_file bytes = {0};
    made_be32(&bytes, crc);
    memcpy(file->data + offset + 8 + count, bytes.data, 4);
    made_free(&bytes);
}
