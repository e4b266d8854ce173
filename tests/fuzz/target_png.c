/* SPDX-License-Identifier: Apache-2.0 */
/* PNG: pictures that are not interlaced are unpacked here a second time, from zlib's bytes to samples. */
#include "files/png.h"
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <denoise/dataset.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* next_in is const */
#include <zlib.h>

enum { ELEMENTS = 1 << 14, GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGB_ALPHA = 6 };

typedef struct picture {
    uint32_t width, height;
    int depth, color, interlaced, samples, channels;
    const uint8_t *palette, *alpha;
    size_t colors, alphas;
    uint8_t *packed; /* all IDAT in one */
    size_t packed_size;
} picture;

static uint32_t be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Reads the chunks of a file that was accepted. */
static void read_chunks(picture *out, const uint8_t *data, size_t size)
{
    static const int samples[7] = {1, 0, 3, 1, 2, 0, 4};
    *out = (picture){.packed = malloc(size)};
    if (out->packed == NULL) abort();
    for (size_t at = 8; at + 12 <= size;) {
        uint32_t length = be32(data + at);
        const uint8_t *content = data + at + 8;
        if (!FUZZ_CHECK(length <= size - at - 12)) return;
        if (memcmp(data + at + 4, "IHDR", 4) == 0) {
            out->width = be32(content);
            out->height = be32(content + 4);
            out->depth = content[8];
            out->color = content[9];
            out->interlaced = content[12];
        } else if (memcmp(data + at + 4, "PLTE", 4) == 0) {
            out->palette = content;
            out->colors = length / 3;
        } else if (memcmp(data + at + 4, "tRNS", 4) == 0) {
            out->alpha = content;
            out->alphas = length;
        } else if (memcmp(data + at + 4, "IDAT", 4) == 0) {
            memcpy(out->packed + out->packed_size, content, length);
            out->packed_size += length;
        }
        at += 12 + length;
    }
    if (!FUZZ_CHECK(out->color <= 6)) return;
    out->samples = samples[out->color];
    out->channels = (out->color == PALETTE ? 3 : out->samples) + (out->alpha != NULL);
}

static int paeth(int a, int b, int c)
{
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

static void unfilter(uint8_t *row, const uint8_t *above, size_t bytes, size_t step, int filter)
{
    for (size_t i = 0; i < bytes; i++) {
        int left = i >= step ? row[i - step] : 0, up = above != NULL ? above[i] : 0;
        int corner = i >= step && above != NULL ? above[i - step] : 0;
        int guess[5] = {0, left, up, (left + up) / 2, paeth(left, up, corner)};
        row[i] = (uint8_t)(row[i] + guess[filter]);
    }
}

/* Sample number `index` of a row, with all its bits. */
static unsigned sample(const uint8_t *row, size_t index, int depth)
{
    if (depth == 16) return row[2 * index] * 256U + row[2 * index + 1];
    size_t bit = index * (size_t)depth;
    return row[bit / 8] >> (8 - depth - (int)(bit % 8)) & ((1U << depth) - 1);
}

/* A sample in 8 bits: rounded from 16, stretched from fewer. */
static unsigned in_eight_bits(unsigned value, int depth)
{
    if (depth == 16) return (value * 255U + 32895U) >> 16;
    return value * 255U / ((1U << depth) - 1);
}

static bool is_transparent(const picture *it, const uint8_t *row, size_t first)
{
    for (int s = 0; s < it->samples; s++) {
        unsigned wanted = (it->alpha[2 * s] * 256U + it->alpha[2 * s + 1]) & ((1U << it->depth) - 1);
        if (sample(row, first + (size_t)s, it->depth) != wanted) return false;
    }
    return true;
}

static void check_pixel(const picture *it, const uint8_t *row, size_t x, const uint8_t *pixel)
{
    size_t first = x * (size_t)it->samples;
    if (it->color == PALETTE) {
        unsigned index = sample(row, first, it->depth);
        if (!FUZZ_CHECK(index < it->colors)) return;
        FUZZ_CHECK(memcmp(pixel, it->palette + (size_t)3 * index, 3) == 0);
        if (it->alpha != NULL) FUZZ_CHECK(pixel[3] == (index < it->alphas ? it->alpha[index] : 255));
        return;
    }
    for (int s = 0; s < it->samples; s++) {
        FUZZ_CHECK(pixel[s] == in_eight_bits(sample(row, first + (size_t)s, it->depth), it->depth));
    }
    if (it->alpha != NULL) FUZZ_CHECK(pixel[it->samples] == (is_transparent(it, row, first) ? 0 : 255));
}

static void check_pixels(const picture *it, const uint8_t *pixels)
{
    size_t row_bytes = ((size_t)it->width * (size_t)it->samples * (size_t)it->depth + 7) / 8;
    size_t step = (size_t)(it->samples * it->depth + 7) / 8;
    uLongf length = (uLongf)(it->height * (row_bytes + 1));
    uint8_t *rows = malloc(length);
    if (rows == NULL) abort();
    uLong packed = (uLong)it->packed_size;
    bool whole = uncompress2(rows, &length, it->packed, &packed) == Z_OK && length == it->height * (row_bytes + 1);
    const uint8_t *above = NULL;
    for (uint32_t y = 0; FUZZ_CHECK(whole) && y < it->height; y++) {
        uint8_t *row = rows + y * (row_bytes + 1);
        if (!FUZZ_CHECK(row[0] <= 4)) break;
        unfilter(row + 1, above, row_bytes, step, row[0]);
        above = row + 1;
        for (size_t x = 0; x < it->width; x++) {
            check_pixel(it, row + 1, x, pixels + (y * it->width + x) * (size_t)it->channels);
        }
    }
    free(rows);
}

static void check_picture(const denoise_tensor *tensor, const uint8_t *data, size_t size)
{
    picture it;
    read_chunks(&it, data, size);
    const int64_t *shape = denoise_tensor_shape(tensor);
    bool fits = denoise_tensor_rank(tensor) == 3 && shape[0] == it.height && shape[1] == it.width && shape[2] == it.channels;
    if (FUZZ_CHECK(fits && denoise_tensor_dtype(tensor) == DENOISE_UINT8) && !it.interlaced) {
        check_pixels(&it, denoise_tensor_const_data(tensor));
    }
    free(it.packed);
}

static void check_limits(const denoise_tensor *tensor, const uint8_t *data, size_t size)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.elements = denoise_tensor_size(tensor);
    limits.dims = 3;
    limits.strict = 1;
    for (int i = 0; i < 3; i++) {
        denoise_tensor *again = NULL;
        limits.elements = denoise_tensor_size(tensor) - (i == 1);
        limits.dims = 3 - (i == 2);
        FUZZ_CHECK(denoise__png_parse(&again, data, (int64_t)size, &limits) == (i == 0 ? DENOISE_OK : DENOISE_ERR_LIMIT));
        denoise_tensor_free(again);
    }
}

/* What is read strictly is the same picture otherwise; beyond that come only files in which something follows. */
static void check_lenient(const denoise_tensor *strict, denoise_status expected, const uint8_t *data, size_t size)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.elements = ELEMENTS;
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise__png_parse(&tensor, data, (int64_t)size, &limits);
    fuzz_check_status(status);
    FUZZ_CHECK((tensor != NULL) == (status == DENOISE_OK));
    if (!fuzz_nomem(status) && expected != DENOISE_ERR_NOMEM) {
        if (strict == NULL) {
            FUZZ_CHECK(status != DENOISE_OK || expected == DENOISE_ERR_TRAILING || expected == DENOISE_ERR_SYNTAX ||
                       expected == DENOISE_ERR_CHECKSUM);
        } else if (FUZZ_CHECK(tensor != NULL && denoise_tensor_size(tensor) == denoise_tensor_size(strict))) {
            FUZZ_CHECK(memcmp(denoise_tensor_const_data(tensor), denoise_tensor_const_data(strict),
                              (size_t)denoise_tensor_bytes(strict)) == 0);
        }
    }
    denoise_tensor_free(tensor);
}

static void run(const uint8_t *data, size_t size)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.elements = ELEMENTS;
    limits.strict = 1;
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise__png_parse(&tensor, data, (int64_t)size, &limits);
    fuzz_check_status(status);
    FUZZ_CHECK((tensor != NULL) == (status == DENOISE_OK));
    FUZZ_CHECK(fuzz_memory_peak() <= 8 * ELEMENTS + (1 << 18));
    (void)fuzz_nomem(status);
    if (tensor != NULL) check_picture(tensor, data, size);
    if (tensor != NULL && !fuzz_memory_failing()) check_limits(tensor, data, size);
    check_lenient(tensor, status, data, size);
    denoise_tensor_free(tensor);
    if (fuzz_hash(data, size) % 64 != 0) return;
    tensor = NULL;
    denoise_status again = denoise_png_load(&tensor, fuzz_file(data, size), &limits);
    if (!fuzz_nomem(again) && status != DENOISE_ERR_NOMEM) FUZZ_CHECK(again == status);
    denoise_tensor_free(tensor);
}

/* The Adler-32 of a zlib stream that lies in one piece. */
static void mend_stream(uint8_t *data, size_t size)
{
    static uint8_t out[1 << 16];
    z_stream stream = {0};
    if (size < 6 || inflateInit2(&stream, -15) != Z_OK) return;
    stream.next_in = data + 2;
    stream.avail_in = (uInt)(size - 2);
    stream.next_out = out;
    stream.avail_out = sizeof out;
    int result = inflate(&stream, Z_FINISH);
    size_t end = size - stream.avail_in;
    uLong sum = adler32(1, out, (uInt)(sizeof out - stream.avail_out));
    (void)inflateEnd(&stream);
    if (result != Z_STREAM_END || end + 4 > size) return;
    for (int i = 0; i < 4; i++) {
        data[end + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
    }
}

/* Lengths that leave the file, checksums of chunks and pixels. */
static size_t mend(uint8_t *data, size_t size, size_t capacity)
{
    (void)capacity;
    for (size_t at = 8; at + 12 <= size;) {
        size_t left = size - at - 12, length = be32(data + at);
        if (length > left) {
            length = left;
            for (int i = 0; i < 4; i++) {
                data[at + (size_t)i] = (uint8_t)(length >> (24 - 8 * i));
            }
        }
        if (memcmp(data + at + 4, "IDAT", 4) == 0) mend_stream(data + at + 8, length);
        uLong crc = crc32(0, data + at + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++) {
            data[at + 8 + length + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        }
        at += 12 + length;
    }
    return size;
}

static void chunk(builder *b, const char *type, const void *content, size_t size)
{
    size_t start = b->size;
    builder_be32(b, (uint32_t)size);
    builder_text(b, type);
    builder_bytes(b, content, size);
    builder_be32(b, (uint32_t)crc32(0, b->data + start + 4, (uInt)size + 4));
}

static builder header(uint32_t width, uint32_t height, unsigned depth, unsigned color, unsigned interlace)
{
    builder b = {.size = 0}, ihdr = {.size = 0};
    builder_bytes(&b, "\x89PNG\r\n\x1a\n", 8);
    builder_be32(&ihdr, width);
    builder_be32(&ihdr, height);
    builder_byte(&ihdr, depth);
    builder_byte(&ihdr, color);
    builder_byte(&ihdr, 0);
    builder_byte(&ihdr, 0);
    builder_byte(&ihdr, interlace);
    chunk(&b, "IHDR", ihdr.data, ihdr.size);
    return b;
}

/* Pixel data of `bytes` bytes in rows of row_bytes, filters 0..4 in turn; packed, or in a stored block, in `parts` chunks. */
static void pixels(builder *b, size_t rows, size_t row_bytes, size_t parts)
{
    builder raw = {.size = 0}, packed = {.size = 0};
    for (size_t y = 0; y < rows; y++) {
        builder_byte(&raw, (unsigned)y % 5);
        for (size_t i = 0; i < row_bytes; i++) {
            builder_byte(&raw, (unsigned)(y * 31 + i * 7) & 0x1f);
        }
    }
    if (parts == 0) { /* stored: every byte of the pixels is a byte of the file */
        builder_bytes(&packed, "\x78\x01\x01", 3);
        builder_byte(&packed, raw.size & 255);
        builder_byte(&packed, (unsigned)(raw.size >> 8));
        builder_byte(&packed, ~raw.size & 255);
        builder_byte(&packed, ~(unsigned)(raw.size >> 8) & 255);
        builder_bytes(&packed, raw.data, raw.size);
        builder_be32(&packed, (uint32_t)adler32(1, raw.data, (uInt)raw.size));
        parts = 1;
    } else {
        builder_zlib(&packed, raw.data, raw.size);
    }
    for (size_t p = 0; p < parts; p++) {
        size_t begin = packed.size * p / parts, end = packed.size * (p + 1) / parts;
        chunk(b, "IDAT", packed.data + begin, end - begin);
    }
}

static void finish(const fuzz_sink *sink, const char *name, builder *b)
{
    chunk(b, "IEND", "", 0);
    builder_seed(sink, name, b);
}

static void every_type(const fuzz_sink *sink)
{
    static const struct {
        unsigned depth, color;
        size_t samples;
    } types[] = {{1, 0, 1}, {2, 0, 1}, {4, 0, 1}, {8, 0, 1}, {16, 0, 1}, {8, 2, 3}, {16, 2, 3}, {1, 3, 1},
                 {2, 3, 1}, {4, 3, 1}, {8, 3, 1}, {8, 4, 2}, {16, 4, 2}, {8, 6, 4}, {16, 6, 4}};
    uint8_t colors[96];
    for (size_t i = 0; i < sizeof colors; i++) {
        colors[i] = (uint8_t)(i * 5);
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        for (int transparent = 0; transparent < 2 && (transparent == 0 || types[i].color < GREY_ALPHA); transparent++) {
            size_t palette = types[i].depth < 5 ? (size_t)1 << types[i].depth : 32;
            builder b = header(3, 5, types[i].depth, types[i].color, 0);
            if (types[i].color == PALETTE) chunk(&b, "PLTE", colors, 3 * palette);
            size_t alphas = types[i].color == PALETTE ? palette / 2 : 2 * types[i].samples;
            if (transparent) chunk(&b, "tRNS", "\0\7\0\16\0\25", alphas < 6 ? alphas : 6);
            pixels(&b, 5, (3 * types[i].samples * types[i].depth + 7) / 8, (size_t)transparent * 2);
            finish(sink, "picture", &b);
        }
    }
    builder b = header(3, 3, 8, RGB, 1);
    builder raw = {.size = 0}, packed = {.size = 0};
    /* The seven passes of 3 x 3 pixels. */
    static const size_t rows[] = {1, 0, 0, 1, 1, 2, 1}, widths[] = {1, 0, 0, 1, 2, 1, 3};
    for (size_t p = 0; p < 7; p++) {
        for (size_t y = 0; y < rows[p]; y++) {
            builder_byte(&raw, 1);
            for (size_t x = 0; x < 3 * widths[p]; x++) {
                builder_byte(&raw, (unsigned)(x + y + p));
            }
        }
    }
    builder_zlib(&packed, raw.data, raw.size);
    chunk(&b, "IDAT", packed.data, packed.size);
    finish(sink, "interlaced", &b);
}

static builder small(void)
{
    builder b = header(2, 2, 8, GREY, 0);
    pixels(&b, 2, 2, 0);
    chunk(&b, "IEND", "", 0);
    return b;
}

/* One field of the header changed; the checksum is made right. */
static void header_seeds(const fuzz_sink *sink)
{
    static const struct {
        size_t at;
        unsigned value;
    } changes[] = {{16, 0x80}, {20, 0x80}, {19, 0}, {23, 0},    {24, 3},   {24, 16},  {25, 1},
                   {25, 7},    {25, 2},    {25, 3}, {26, 1},    {27, 1},   {28, 2},   {28, 1},
                   {19, 3},    {23, 3},    {23, 1}, {16, 0x7f}, {12, 'J'}, {15, 'r'}, {11, 12}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        builder b = small();
        b.data[changes[i].at] = (uint8_t)changes[i].value;
        b.size = mend(b.data, b.size, b.size);
        builder_seed(sink, "header", &b);
    }
    builder b = small();
    static const size_t cuts[] = {0, 4, 7, 8, 11, 14, 30, 33, 40, 60};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        builder_seed_cut(sink, "cut", &b, cuts[i]);
    }
    builder_seed_with(sink, "magic", &b, 4, '\n');
    builder_seed_with(sink, "crc", &b, 30, b.data[30] ^ 1U);
    builder_seed_with(sink, "length", &b, 33, 0xff);
    builder_seed_with(sink, "length", &b, 34, 0xff);
    builder_seed_with(sink, "type", &b, 37, 1);
    builder_byte(&b, 0);
    builder_seed(sink, "trailing", &b);
}

/* P: PLTE of 32 colors; p: of 257; q: of 4 bytes. t: tRNS of 2 bytes; T: of 6. D: IDAT; z: an empty one. H: IHDR. x: tEXt.
 * X: an unknown one that is needed. E: IEND with content. */
static void lettered_chunk(builder *b, char letter, unsigned color)
{
    static const struct {
        char letter;
        const char *type;
        size_t size;
    } kinds[] = {{'P', "PLTE", 96}, {'p', "PLTE", 771}, {'q', "PLTE", 4}, {'t', "tRNS", 2}, {'T', "tRNS", 6},
                 {'z', "IDAT", 0},  {'H', "IHDR", 13},  {'x', "tEXt", 1}, {'X', "XXXX", 1}, {'E', "IEND", 1}};
    static const size_t row_bytes[7] = {2, 0, 6, 2, 4, 0, 8};
    static const uint8_t zeros[771] = {0};
    if (letter == 'D') pixels(b, 2, row_bytes[color], 0);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].letter == letter) chunk(b, kinds[i].type, zeros, kinds[i].size);
    }
}

/* Chunks in the wrong order, of the wrong length, or too many. */
static void chunk_seeds(const fuzz_sink *sink)
{
    static const struct {
        unsigned color;
        const char *chunks;
    } orders[] = {{3, "PPD"}, {3, "tPD"}, {3, "D"},  {3, "pD"},  {3, "qD"},  {3, "PtD"}, {3, "PTD"},
                  {3, "DP"},  {0, "PD"},  {2, "PD"}, {2, "TPD"}, {0, "tD"},  {0, "TD"},  {0, "ttD"},
                  {0, "Dt"},  {2, "TD"},  {4, "tD"}, {6, "TD"},  {0, "DxD"}, {0, "DD"},  {0, "xDx"},
                  {0, "XD"},  {0, "HD"},  {0, "DE"}, {0, ""},    {0, "z"},   {0, "zD"},  {0, "Dz"}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        builder b = header(2, 2, 8, orders[i].color, 0);
        for (const char *c = orders[i].chunks; *c != '\0'; c++) {
            lettered_chunk(&b, *c, orders[i].color);
        }
        finish(sink, "order", &b);
    }
}

/* What is wrong inside the packed pixels. */
static void pixel_seeds(const fuzz_sink *sink)
{
    static const size_t rows[] = {1, 3};
    for (int i = 0; i < 2; i++) {
        builder b = header(2, 2, 8, GREY, 0);
        pixels(&b, rows[i], 2, 1);
        finish(sink, i == 0 ? "too_few_pixels" : "too_many_pixels", &b);
    }
    builder b = small();
    size_t data = 33 + 8; /* the zlib stream: 2 bytes, block header 5, rows of 3 */
    b.data[data + 7] = 5;
    b.size = mend(b.data, b.size, b.size);
    builder_seed(sink, "filter_5", &b);
    static const struct {
        size_t at;
        unsigned value;
    } changes[] = {{0, 0x79}, {1, 0x21}, {2, 7}, {3, 1}, {13, 0xAA}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        b = small();
        b.data[data + changes[i].at] = (uint8_t)changes[i].value;
        uLong crc = crc32(0, b.data + 37, 4 + 17);
        for (int k = 0; k < 4; k++) {
            b.data[data + 17 + (size_t)k] = (uint8_t)(crc >> (24 - 8 * k));
        }
        builder_seed(sink, "stream", &b);
    }
    b = header(2, 2, 8, GREY, 0);
    builder packed = {.size = 0};
    builder_zlib(&packed, "\0\1\2\0\3\4", 6);
    builder_text(&packed, "more");
    chunk(&b, "IDAT", packed.data, packed.size);
    finish(sink, "bytes_behind_the_stream", &b);
    b = header(2, 1, 8, PALETTE, 0);
    chunk(&b, "PLTE", "abcdef", 6);
    packed.size = 0;
    builder_zlib(&packed, "\0\1\2", 3);
    chunk(&b, "IDAT", packed.data, packed.size);
    finish(sink, "index_beyond_the_palette", &b);
    static uint8_t zeros[1 << 18];
    b = header(200, 200, 8, GREY, 0);
    packed.size = 0;
    builder_zlib(&packed, zeros, 200 * 201);
    chunk(&b, "IDAT", packed.data, packed.size);
    finish(sink, "more_elements_than_allowed", &b);
    b = header(0x7fffffff, 0x7fffffff, 16, RGB_ALPHA, 1);
    chunk(&b, "IDAT", packed.data, packed.size);
    finish(sink, "size_leaves_63_bits", &b);
}

static void seeds(const fuzz_sink *sink)
{
    every_type(sink);
    header_seeds(sink);
    chunk_seeds(sink);
    pixel_seeds(sink);
}

static const char *const dictionary[] = {"\"\\x89PNG\\x0d\\x0a\\x1a\\x0a\"",
                                         "\"IHDR\"",
                                         "\"PLTE\"",
                                         "\"tRNS\"",
                                         "\"IDAT\"",
                                         "\"IEND\"",
                                         "\"tEXt\"",
                                         "\"\\x00\\x00\\x00\\x00IEND\\xaeB\\x60\\x82\"",
                                         "\"\\x00\\x00\\x00\\x0dIHDR\"",
                                         "\"\\x78\\x01\\x01\"",
                                         NULL};

const fuzz_target fuzz_target_png = {"png", run, seeds, mend, dictionary, 4096};
