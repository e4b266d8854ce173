/* SPDX-License-Identifier: Apache-2.0 */
/* Files made in memory, piece by piece: numbers, chunks of PNG, zlib, gzip and safetensors. */
#ifndef DENOISE_TESTS_MADE_FILE_H
#define DENOISE_TESTS_MADE_FILE_H

#include <stddef.h>
#include <stdint.h>

typedef struct made_file {
    uint8_t *data;
    size_t size, capacity;
} made_file;

void made_free(made_file *file);
void made_bytes(made_file *file, const void *bytes, size_t count);
void made_fill(made_file *file, uint8_t byte, size_t count);
void made_be32(made_file *file, uint32_t value);
void made_le32(made_file *file, uint32_t value);
void made_le64(made_file *file, uint64_t value);
void made_printf(made_file *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts bytes in the place of `removed` bytes at `offset`. */
void made_splice(made_file *file, size_t offset, size_t removed, const void *bytes, size_t count);

/* Deflate: window_bits as in zlib's deflateInit2 (15 zlib, -15 raw, 31 gzip); level 0 = stored. */
void made_deflate(made_file *file, const void *bytes, size_t count, int window_bits, int level);
void made_gzip(made_file *file, const void *bytes, size_t count);

/* A chunk of a PNG file with its checksum; the signature; IHDR. */
void made_chunk(made_file *file, const char *type, const void *content, size_t count);
void made_png_magic(made_file *file);
void made_ihdr(made_file *file, uint32_t width, uint32_t height, int depth, int color, int interlace);
/* Computes the checksum of the chunk at `offset` anew. */
void made_fix_crc(made_file *file, size_t offset);

#endif
