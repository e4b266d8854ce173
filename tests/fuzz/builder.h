/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs put together piece by piece. */
#ifndef DENOISE_TESTS_FUZZ_BUILDER_H
#define DENOISE_TESTS_FUZZ_BUILDER_H

#include "fuzz/fuzz.h"

typedef struct builder {
    uint8_t data[16384];
    size_t size; /* what does not fit is left out */
} builder;

void builder_byte(builder *b, unsigned value);
void builder_bytes(builder *b, const void *data, size_t size);
void builder_text(builder *b, const char *text);
void builder_be32(builder *b, uint32_t value);
void builder_le32(builder *b, uint32_t value);
void builder_le64(builder *b, uint64_t value);

enum {
    BUILDER_GZIP_CRC = 2,
    BUILDER_GZIP_EXTRA = 4,
    BUILDER_GZIP_NAME = 8,
    BUILDER_GZIP_COMMENT = 16,
    BUILDER_GZIP_STORED = 256, /* not packed */
    BUILDER_GZIP_FIXED = 512   /* with the fixed codes */
};
/* A gzip member: header fields by RFC 1952's flags. */
void builder_gzip(builder *b, const void *data, size_t size, int flags);
/* A zlib stream (RFC 1950). */
void builder_zlib(builder *b, const void *data, size_t size);

void builder_seed(const fuzz_sink *sink, const char *name, const builder *b);
/* The same with one byte changed. */
void builder_seed_with(const fuzz_sink *sink, const char *name, const builder *b, size_t at, unsigned value);
/* Only its first `size` bytes. */
void builder_seed_cut(const fuzz_sink *sink, const char *name, const builder *b, size_t size);

#endif
