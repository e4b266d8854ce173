/* SPDX-License-Identifier: Apache-2.0 */
#include "malformed/malformed.h"
#include <string.h>

/* Chunks of a picture, by letters: H IHDR, P PLTE, T tRNS, D all pixels, F and G their first and second half, E IEND, e IEND
 * with content, V a chunk that is unknown and needed, v one that is not, Z an IDAT of no bytes. */
typedef struct plan {
    const char *chunks;
    uint32_t width, height; /* 0 = 4 x 3 */
    int depth, color, interlace;
    int palette, transparency; /* bytes of PLTE and tRNS */
    int more;                  /* bytes of pixels more than are needed, or fewer */
    int filter_at, filter;     /* a byte of the pixels, counted from 1, and its value; 0 = none */
    int fill;                  /* value of the pixels */
} plan;

typedef struct row {
    const char *name;
    plan plan;
    denoise_status status;
    int chunk; /* the failure's byte: of this chunk, -1 = of the file */
    int64_t offset;
    const char *field;
} row;

enum { WHOLE = -1 };

#define PLAN(c, w, h, d, t, i) .chunks = c, .width = w, .height = h, .depth = d, .color = t, .interlace = i
#define GREY(chunks)           PLAN(chunks, 0, 0, 8, 0, 0)
#define RGB(chunks)            PLAN(chunks, 0, 0, 8, 2, 0)
#define PALETTE(chunks)        PLAN(chunks, 0, 0, 8, 3, 0)
#define GREY_ALPHA(chunks)     PLAN(chunks, 0, 0, 8, 4, 0)
#define RGBA(chunks)           PLAN(chunks, 0, 0, 8, 6, 0)
#define KIND(depth, color)     PLAN("HDE", 0, 0, depth, color, 0)
#define INTERLACED(chunks)     PLAN(chunks, 0, 0, 8, 2, 1)
#define SIZE(width, height)    PLAN("HDE", width, height, 8, 0, 0)
#define SYNTAX                 DENOISE_ERR_SYNTAX

static const row rows[] = {
    {"PNG: first chunk is no IHDR", {RGB("DE")}, SYNTAX, 0, 0, "type"},
    {"PNG: a chunk before IHDR", {RGB("vHDE")}, SYNTAX, 0, 0, "type"},
    {"PNG: two IHDR", {RGB("HHDE")}, SYNTAX, 1, 0, "IHDR"},
    {"PNG: IHDR after the pixels", {RGB("HDHE")}, SYNTAX, 2, 0, "IHDR"},
    {"PNG: 2^31 - 1 squared", {SIZE(0x7fffffff, 0x7fffffff)}, DENOISE_ERR_LIMIT, WHOLE, 16, "elements"},
    {"PNG: 2^31 - 1 wide", {SIZE(0x7fffffff, 1)}, DENOISE_ERR_LIMIT, WHOLE, 16, "elements"},
    {"PNG: 65536 squared", {SIZE(65536, 65536)}, DENOISE_ERR_LIMIT, WHOLE, 16, "elements"},
    {"PNG: 2^30 wide, no pixels",
     {PLAN("HDE", 1 << 30, 1, 8, 0, 0), .more = -1000000000},
     DENOISE_ERR_TRUNCATED,
     1,
     19,
     "IDAT"},
    {"PNG: width 2^31", {SIZE(0x80000000, 1)}, DENOISE_ERR_RANGE, WHOLE, 16, "width"},
    {"PNG: height 2^32 - 1", {SIZE(1, 0xffffffff)}, DENOISE_ERR_RANGE, WHOLE, 20, "height"},
    {"PNG: color type 1", {KIND(8, 1)}, DENOISE_ERR_DTYPE, WHOLE, 25, "color_type"},
    {"PNG: color type 5", {KIND(8, 5)}, DENOISE_ERR_DTYPE, WHOLE, 25, "color_type"},
    {"PNG: color type 7", {KIND(8, 7)}, DENOISE_ERR_DTYPE, WHOLE, 25, "color_type"},
    {"PNG: color type 255", {KIND(8, 255)}, DENOISE_ERR_DTYPE, WHOLE, 25, "color_type"},
    {"PNG: depth 0", {KIND(0, 0)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: depth 3", {KIND(3, 0)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: depth 9", {KIND(9, 0)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: depth 24", {KIND(24, 2)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: depth 32", {KIND(32, 0)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: depth 255", {KIND(255, 0)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: palette of depth 16", {KIND(16, 3)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: RGB of depth 4", {KIND(4, 2)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: grey and alpha of depth 2", {KIND(2, 4)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: RGBA of depth 1", {KIND(1, 6)}, DENOISE_ERR_DTYPE, WHOLE, 24, "bit_depth"},
    {"PNG: interlace 2", {PLAN("HDE", 0, 0, 8, 2, 2)}, DENOISE_ERR_UNSUPPORTED, WHOLE, 28, "interlace"},
    {"PNG: interlace 255", {PLAN("HDE", 0, 0, 8, 2, 255)}, DENOISE_ERR_UNSUPPORTED, WHOLE, 28, "interlace"},
    {"PNG: no pixels", {RGB("HE")}, SYNTAX, 1, 0, "IDAT"},
    {"PNG: an IDAT of no bytes", {RGB("HZE")}, DENOISE_ERR_TRUNCATED, 1, 8, "IDAT"},
    {"PNG: three IDAT of no bytes", {RGB("HZZZE")}, DENOISE_ERR_TRUNCATED, 3, 8, "IDAT"},
    {"PNG: empty IDAT around the pixels", {RGB("HZFZGZE")}, DENOISE_OK, 0, 0, ""},
    {"PNG: a chunk between IDAT", {RGB("HFvGE")}, SYNTAX, 3, 0, "IDAT"},
    {"PNG: PLTE between IDAT", {RGB("HFPGE"), .palette = 6}, SYNTAX, 2, 0, "PLTE"},
    {"PNG: first half of the pixels", {RGB("HFE")}, DENOISE_ERR_TRUNCATED, 2, -4, "IDAT"},
    {"PNG: second half of the pixels", {RGB("HGE")}, SYNTAX, 1, 10, "IDAT"},
    {"PNG: pixels twice", {RGB("HDDE")}, DENOISE_ERR_TRAILING, 2, 8, "IDAT"},
    {"PNG: an unknown needed chunk", {RGB("HVDE")}, DENOISE_ERR_UNSUPPORTED, 1, 4, "type"},
    {"PNG: an unknown needed chunk, last", {RGB("HDVE")}, DENOISE_ERR_UNSUPPORTED, 2, 4, "type"},
    {"PNG: an unknown chunk", {RGB("HvDvE")}, DENOISE_OK, 0, 0, ""},
    {"PNG: IEND with content", {RGB("HDe")}, SYNTAX, 2, 0, "IEND"},
    {"PNG: two IEND", {RGB("HDEE")}, DENOISE_ERR_TRAILING, 3, 0, "IEND"},
    {"PNG: pixels after IEND", {RGB("HDED")}, DENOISE_ERR_TRAILING, 3, 0, "IEND"},
    {"PNG: no IEND", {RGB("HD")}, DENOISE_ERR_TRUNCATED, 2, 0, "IEND"},
    {"PNG: nothing but IHDR", {RGB("H")}, DENOISE_ERR_TRUNCATED, 1, 0, "IEND"},
    {"PNG: palette missing", {PALETTE("HDE")}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette after the pixels", {PALETTE("HDPE"), .palette = 6}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette of no bytes", {PALETTE("HPDE"), .palette = 0}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette of 4 bytes", {PALETTE("HPDE"), .palette = 4}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette of 257 colors", {PALETTE("HPDE"), .palette = 771}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette of 3 colors for 1 bit", {PLAN("HPDE", 0, 0, 1, 3, 0), .palette = 9}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette of 5 colors for 2 bits", {PLAN("HPDE", 0, 0, 2, 3, 0), .palette = 15}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette of 17 colors for 4 bits", {PLAN("HPDE", 0, 0, 4, 3, 0), .palette = 51}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: two palettes", {PALETTE("HPPDE"), .palette = 6}, SYNTAX, 2, 0, "PLTE"},
    {"PNG: palette in a grey picture", {GREY("HPDE"), .palette = 6}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette in grey and alpha", {GREY_ALPHA("HPDE"), .palette = 6}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette of 257 colors in RGB", {RGB("HPDE"), .palette = 771}, SYNTAX, 1, 0, "PLTE"},
    {"PNG: palette after tRNS in RGB", {RGB("HTPDE"), .palette = 6, .transparency = 6}, SYNTAX, 2, 0, "PLTE"},
    {"PNG: palette in RGB", {RGB("HPDE"), .palette = 6}, DENOISE_OK, 0, 0, ""},
    {"PNG: index beyond the palette, 8 bits", {PALETTE("HPDE"), .palette = 6, .fill = 2}, DENOISE_ERR_RANGE, 2, 0, "index"},
    {"PNG: index 255", {PALETTE("HPDE"), .palette = 765, .fill = 255}, DENOISE_ERR_RANGE, 2, 0, "index"},
    {"PNG: index beyond the palette, 4 bits",
     {PLAN("HPDE", 0, 0, 4, 3, 0), .palette = 45, .fill = 0xff},
     DENOISE_ERR_RANGE,
     2,
     0,
     "index"},
    {"PNG: index beyond the palette, 2 bits",
     {PLAN("HPDE", 0, 0, 2, 3, 0), .palette = 9, .fill = 0xff},
     DENOISE_ERR_RANGE,
     2,
     0,
     "index"},
    {"PNG: index beyond the palette, 1 bit",
     {PLAN("HPDE", 0, 0, 1, 3, 0), .palette = 3, .fill = 0x10},
     DENOISE_ERR_RANGE,
     2,
     0,
     "index"},
    {"PNG: index beyond the palette, interlaced",
     {PLAN("HPDE", 0, 0, 8, 3, 1), .palette = 6, .fill = 2},
     DENOISE_ERR_RANGE,
     2,
     0,
     "index"},
    {"PNG: index beyond the palette, with tRNS",
     {PALETTE("HPTDE"), .palette = 6, .transparency = 2, .fill = 2},
     DENOISE_ERR_RANGE,
     3,
     0,
     "index"},
    {"PNG: indices beyond only in the bits that fill a row",
     {PLAN("HPDE", 3, 0, 1, 3, 0), .palette = 3, .fill = 0x1f},
     DENOISE_OK,
     0,
     0,
     ""},
    {"PNG: tRNS longer than the palette", {PALETTE("HPTDE"), .palette = 6, .transparency = 3}, SYNTAX, 2, 0, "tRNS"},
    {"PNG: tRNS before the palette", {PALETTE("HTPDE"), .palette = 6, .transparency = 2}, SYNTAX, 1, 0, "tRNS"},
    {"PNG: tRNS of no bytes", {PALETTE("HPTDE"), .palette = 6}, SYNTAX, 2, 0, "tRNS"},
    {"PNG: two tRNS", {PALETTE("HPTTDE"), .palette = 6, .transparency = 2}, SYNTAX, 3, 0, "tRNS"},
    {"PNG: tRNS after the pixels", {GREY("HDTE"), .transparency = 2}, SYNTAX, 2, 0, "tRNS"},
    {"PNG: tRNS of 1 byte for grey", {GREY("HTDE"), .transparency = 1}, SYNTAX, 1, 0, "tRNS"},
    {"PNG: tRNS of 6 bytes for grey", {GREY("HTDE"), .transparency = 6}, SYNTAX, 1, 0, "tRNS"},
    {"PNG: tRNS of 5 bytes for RGB", {RGB("HTDE"), .transparency = 5}, SYNTAX, 1, 0, "tRNS"},
    {"PNG: tRNS with grey and alpha", {GREY_ALPHA("HTDE"), .transparency = 2}, SYNTAX, 1, 0, "tRNS"},
    {"PNG: tRNS with RGBA", {RGBA("HTDE"), .transparency = 6}, SYNTAX, 1, 0, "tRNS"},
    {"PNG: filter 5 in the first row", {RGB("HDE"), .filter_at = 1, .filter = 5}, SYNTAX, 2, -4, "filter"},
    {"PNG: filter 5 in the second row", {RGB("HDE"), .filter_at = 14, .filter = 5}, SYNTAX, 2, -4, "filter"},
    {"PNG: filter 255 in the last row", {RGB("HDE"), .filter_at = 27, .filter = 255}, SYNTAX, 2, -4, "filter"},
    {"PNG: filter 5, interlaced, first pass", {INTERLACED("HDE"), .filter_at = 1, .filter = 5}, SYNTAX, 2, -4, "filter"},
    {"PNG: a pixel byte of 5 where no filter is", {RGB("HDE"), .filter_at = 2, .filter = 5}, DENOISE_OK, 0, 0, ""},
    {"PNG: a byte of pixels missing", {RGB("HDE"), .more = -1}, DENOISE_ERR_TRUNCATED, 2, -4, "IDAT"},
    {"PNG: a row missing", {RGB("HDE"), .more = -13}, DENOISE_ERR_TRUNCATED, 2, -4, "IDAT"},
    {"PNG: all pixels missing", {RGB("HDE"), .more = -39}, DENOISE_ERR_TRUNCATED, 2, -4, "IDAT"},
    {"PNG: a byte of pixels too many", {RGB("HDE"), .more = 1}, DENOISE_ERR_TRAILING, 2, -4, "IDAT"},
    {"PNG: a picture's pixels too many", {RGB("HDE"), .more = 39}, DENOISE_ERR_TRAILING, 1, 55, "IDAT"},
    {"PNG: 8 KB of pixels too many", {RGB("HDE"), .more = 1 << 13}, DENOISE_ERR_TRAILING, 1, 55, "IDAT"},
    {"PNG: interlaced, a byte missing", {INTERLACED("HDE"), .more = -1}, DENOISE_ERR_TRUNCATED, 2, -4, "IDAT"},
    {"PNG: interlaced, a byte too many", {INTERLACED("HDE"), .more = 1}, DENOISE_ERR_TRAILING, 2, -4, "IDAT"},
    {"PNG: said to be interlaced", {PLAN("HDE", 0, 0, 8, 2, 1), .more = -3}, DENOISE_ERR_TRUNCATED, 2, -4, "IDAT"},
    {"CVE-2025-64505 (libpng: index beyond the palette)",
     {PALETTE("HPDE"), .palette = 3, .fill = 255},
     DENOISE_ERR_RANGE,
     2,
     0,
     "index"},
    {"CVE-2025-64720 (libpng: index, with alpha)",
     {PALETTE("HPTDE"), .palette = 3, .transparency = 1, .fill = 1},
     DENOISE_ERR_RANGE,
     3,
     0,
     "index"},
    {"CVE-2026-33636 (libpng: palette expanded too far)",
     {PLAN("HPTDE", 1, 1, 8, 3, 0), .palette = 6, .transparency = 3},
     SYNTAX,
     2,
     0,
     "tRNS"},
    {"CVE-2025-65018 (libpng: rows of passes)",
     {PLAN("HDE", 0, 0, 16, 6, 1), .more = -1},
     DENOISE_ERR_TRUNCATED,
     2,
     -4,
     "IDAT"},
    {"CVE-2025-64506 (libpng: 8 bits read as 16)",
     {PLAN("HDE", 0, 0, 16, 0, 0), .more = -12},
     DENOISE_ERR_TRUNCATED,
     2,
     -4,
     "IDAT"},
    {"CVE-2026-22695 (libpng: over-read of rows)",
     {PLAN("HDE", 0, 0, 16, 2, 1), .more = -24},
     DENOISE_ERR_TRUNCATED,
     2,
     -4,
     "IDAT"},
    {"CVE-2026-22801 (libpng: stride cut to 32 bits)",
     {PLAN("HDE", 0x20000001, 1, 16, 6, 0), .more = -1000000000},
     DENOISE_ERR_LIMIT,
     WHOLE,
     16,
     "elements"},
    {"CVE-2026-33416 (libpng: tRNS taken over twice)",
     {PALETTE("HPTTDE"), .palette = 6, .transparency = 1},
     SYNTAX,
     3,
     0,
     "tRNS"},
    {"CVE-2026-34757 (libpng: PLTE taken over twice)", {PALETTE("HPPDE"), .palette = 3}, SYNTAX, 2, 0, "PLTE"},
    {"CVE-2023-45661 (stb_image: wrong number of channels)",
     {PLAN("HDE", 0, 0, 8, 4, 0), .more = -12},
     DENOISE_ERR_TRUNCATED,
     2,
     -4,
     "IDAT"},
    {"CVE-2023-45667 (stb_image: no picture, no error)", {RGB("HFE"), .more = -39}, DENOISE_ERR_TRUNCATED, 2, -4, "IDAT"},
};

static int64_t pass_bytes(const plan *it, int64_t width, int64_t height)
{
    static const int samples[8] = {1, 1, 3, 1, 2, 1, 4, 1};
    return width > 0 && height > 0 ? height * (1 + (width * samples[it->color & 7] * it->depth + 7) / 8) : 0;
}

static int64_t pixel_bytes(const plan *it, int64_t width, int64_t height)
{
    static const int x0[7] = {0, 4, 0, 2, 0, 1, 0}, dx[7] = {8, 8, 4, 4, 2, 2, 1};
    static const int y0[7] = {0, 0, 4, 0, 2, 0, 1}, dy[7] = {8, 8, 8, 4, 4, 2, 2};
    int64_t bytes = 0;
    if (it->interlace != 1) return pass_bytes(it, width, height);
    for (int pass = 0; pass < 7; pass++)
        bytes += pass_bytes(it, (width - x0[pass] + dx[pass] - 1) / dx[pass], (height - y0[pass] + dy[pass] - 1) / dy[pass]);
    return bytes;
}

/* Rows of 1 + width bytes each have the filter 0 in front; other depths are of one value, whose rows are found here too. */
static void make_pixels(made_file *packed, const plan *it)
{
    made_file raw = {0};
    int64_t width = it->width > 0 ? it->width : 4;
    int64_t height = it->height > 0 ? it->height : 3;
    int64_t needed = width * height > 1 << 20 ? 0 : pixel_bytes(it, width, height);
    int64_t bytes = needed + it->more > 0 ? needed + it->more : 0;
    made_fill(&raw, 0, (size_t)bytes);
    if (it->fill != 0 && it->interlace == 0) {
        int64_t row_bytes = pass_bytes(it, width, 1);
        for (int64_t i = 0; i < bytes; i++)
            if (i % row_bytes != 0) raw.data[i] = (uint8_t)it->fill;
    } else if (it->fill != 0) {
        raw.data[1] = (uint8_t)it->fill;
    }
    if (it->filter_at > 0) raw.data[it->filter_at - 1] = (uint8_t)it->filter;
    made_deflate(packed, raw.data, raw.size, 15, raw.size > 10000 ? 9 : 0);
    made_free(&raw);
}

static void make_png(made_file *file, int64_t places[16], const plan *it)
{
    static const uint8_t content[800] = {0};
    made_file pixels = {0};
    make_pixels(&pixels, it);
    size_t half = pixels.size / 2;
    made_png_magic(file);
    for (int i = 0; it->chunks[i] != '\0'; i++) {
        places[i] = (int64_t)file->size;
        places[i + 1] = 0;
        switch (it->chunks[i]) {
        case 'H':
            made_ihdr(file, it->width > 0 ? it->width : 4, it->height > 0 ? it->height : 3, it->depth, it->color,
                      it->interlace);
            break;
        case 'P':
            made_chunk(file, "PLTE", content, (size_t)it->palette);
            break;
        case 'T':
            made_chunk(file, "tRNS", content, (size_t)it->transparency);
            break;
        case 'D':
            made_chunk(file, "IDAT", pixels.data, pixels.size);
            break;
        case 'F':
            made_chunk(file, "IDAT", pixels.data, half);
            break;
        case 'G':
            made_chunk(file, "IDAT", pixels.data + half, pixels.size - half);
            break;
        case 'Z':
            made_chunk(file, "IDAT", content, 0);
            break;
        case 'E':
            made_chunk(file, "IEND", content, 0);
            break;
        case 'e':
            made_chunk(file, "IEND", content, 1);
            break;
        case 'V':
            made_chunk(file, "ABCD", content, 5);
            break;
        default:
            made_chunk(file, "abCD", content, 5);
            break;
        }
        places[i + 1] = (int64_t)file->size;
    }
    made_free(&pixels);
}

/* The picture "HDE" of RGB: IHDR at 8, IDAT at 33 (content 41..90, stored: zlib 41, block 43, pixels 48, Adler-32 87), its
 * checksum at 91, IEND at 95. */
enum { REST = 1000, NO_CRC = -1 };

/* Bytes in the place of `removed` bytes at `at`, then the checksum of the chunk at `crc` made right. */
typedef struct change {
    const char *name;
    size_t at, removed;
    const char *bytes;
    size_t size;
    int crc;
    expected wanted;
} change;

static const change changes[] = {
    {"PNG: empty", 0, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 0, "magic"}},
    {"PNG: four bytes", 4, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 4, "magic"}},
    {"PNG: seven bytes", 7, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 7, "magic"}},
    {"PNG: CR LF became LF", 4, 2, BYTES("\n"), NO_CRC, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"PNG: LF became CR LF", 7, 1, BYTES("\r\n"), NO_CRC, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"PNG: all line ends became CR", 5, 1, BYTES("\r"), NO_CRC, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"PNG: high bit cut off", 0, 1, BYTES("\x09"), NO_CRC, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"PNG: name in small letters", 1, 3, BYTES("png"), NO_CRC, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"PNG: a zero byte in front", 0, 0, BYTES("\0"), NO_CRC, {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"PNG: nothing but the magic", 8, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 8, "IEND"}},
    {"PNG: half a length", 10, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 10, "length"}},
    {"PNG: no content of IHDR", 16, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 16, "length"}},
    {"PNG: no checksum of IHDR", 29, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 29, "length"}},
    {"PNG: half a checksum of IHDR", 31, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 31, "length"}},
    {"PNG: cut in the pixels", 60, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 60, "length"}},
    {"PNG: cut before IEND", 95, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 95, "IEND"}},
    {"PNG: cut in IEND", 100, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 100, "length"}},
    {"PNG: a byte missing", 106, REST, BYTES(""), NO_CRC, {DENOISE_ERR_TRUNCATED, 106, "length"}},
    {"PNG: a zero follows", 107, 0, BYTES("\0"), NO_CRC, {DENOISE_ERR_TRAILING, 107, "IEND"}},
    {"PNG: a zip follows", 107, 0, BYTES("PK\3\4"), NO_CRC, {DENOISE_ERR_TRAILING, 107, "IEND"}},
    {"PNG: IHDR of 12 bytes", 8, 21, BYTES("\0\0\0\x0cIHDR\0\0\0\4\0\0\0\3\x08\2\0\0"), 8, {DENOISE_ERR_SYNTAX, 8, "length"}},
    {"PNG: IHDR of 14 bytes",
     8,
     21,
     BYTES("\0\0\0\x0eIHDR\0\0\0\4\0\0\0\3\x08\2\0\0\0\0"),
     8,
     {DENOISE_ERR_SYNTAX, 8, "length"}},
    {"PNG: IHDR of 0 bytes", 8, 21, BYTES("\0\0\0\0IHDR"), 8, {DENOISE_ERR_SYNTAX, 8, "length"}},
    {"PNG: width 0", 16, 4, BYTES("\0\0\0\0"), 8, {DENOISE_ERR_SHAPE, 16, "width"}},
    {"PNG: height 0", 20, 4, BYTES("\0\0\0\0"), 8, {DENOISE_ERR_SHAPE, 20, "height"}},
    {"PNG: compression 1", 26, 1, BYTES("\1"), 8, {DENOISE_ERR_UNSUPPORTED, 26, "compression"}},
    {"PNG: compression 8", 26, 1, BYTES("\x08"), 8, {DENOISE_ERR_UNSUPPORTED, 26, "compression"}},
    {"PNG: filter method 1", 27, 1, BYTES("\1"), 8, {DENOISE_ERR_UNSUPPORTED, 27, "filter"}},
    {"PNG: filter method of MNG", 27, 1, BYTES("\x40"), 8, {DENOISE_ERR_UNSUPPORTED, 27, "filter"}},
    {"PNG: checksum of IHDR", 32, 1, BYTES("?"), NO_CRC, {DENOISE_ERR_CHECKSUM, 29, "crc"}},
    {"PNG: width changed", 19, 1, BYTES("\5"), NO_CRC, {DENOISE_ERR_CHECKSUM, 29, "crc"}},
    {"PNG: checksum of IDAT", 91, 1, BYTES("?"), NO_CRC, {DENOISE_ERR_CHECKSUM, 91, "crc"}},
    {"PNG: a pixel changed", 60, 1, BYTES("?"), NO_CRC, {DENOISE_ERR_CHECKSUM, 91, "crc"}},
    {"PNG: checksum of IEND", 103, 4, BYTES("\0\0\0\0"), NO_CRC, {DENOISE_ERR_CHECKSUM, 103, "crc"}},
    {"PNG: letters of IDAT changed", 37, 1, BYTES("i"), NO_CRC, {DENOISE_ERR_CHECKSUM, 91, "crc"}},
    {"PNG: IDAT became optional", 37, 1, BYTES("i"), 33, {DENOISE_ERR_SYNTAX, 95, "IDAT"}},
    {"PNG: IEND became optional", 99, 1, BYTES("i"), 95, {DENOISE_ERR_TRUNCATED, 107, "IEND"}},
    {"PNG: length of IDAT 2^32 - 1", 33, 4, BYTES("\xff\xff\xff\xff"), NO_CRC, {DENOISE_ERR_SYNTAX, 33, "length"}},
    {"PNG: length of IDAT 2^31", 33, 4, BYTES("\x80\0\0\0"), NO_CRC, {DENOISE_ERR_SYNTAX, 33, "length"}},
    {"PNG: length of IDAT 2^31 - 1", 33, 4, BYTES("\x7f\xff\xff\xff"), NO_CRC, {DENOISE_ERR_TRUNCATED, 107, "length"}},
    {"PNG: length of IDAT to the end of the file", 33, 4, BYTES("\0\0\0\x3e"), NO_CRC, {DENOISE_ERR_CHECKSUM, 103, "crc"}},
    {"PNG: length of IDAT one beyond the end", 33, 4, BYTES("\0\0\0\x3f"), NO_CRC, {DENOISE_ERR_TRUNCATED, 107, "length"}},
    {"PNG: length of IDAT one more", 36, 1, BYTES("\x33"), NO_CRC, {DENOISE_ERR_CHECKSUM, 92, "crc"}},
    {"PNG: length of IEND 1", 98, 1, BYTES("\1"), NO_CRC, {DENOISE_ERR_TRUNCATED, 107, "length"}},
    {"PNG: a zero byte among the letters", 38, 1, BYTES("\0"), 33, {DENOISE_ERR_SYNTAX, 37, "type"}},
    {"PNG: a digit among the letters", 37, 1, BYTES("1"), 33, {DENOISE_ERR_SYNTAX, 37, "type"}},
    {"PNG: letters that are no ASCII", 37, 4, BYTES("\xc3\x84\xc3\x96"), 33, {DENOISE_ERR_SYNTAX, 37, "type"}},
    {"PNG: checksum of the pixels", 90, 1, BYTES("?"), 33, {DENOISE_ERR_CHECKSUM, 91, "IDAT"}},
    {"PNG: a pixel changed, chunk made right", 60, 1, BYTES("?"), 33, {DENOISE_ERR_CHECKSUM, 91, "IDAT"}},
};

/* Damage that zlib finds. */
static const change zlib_changes[] = {
    {"PNG: zlib's header wrong", 42, 1, BYTES("\0"), 33, {DENOISE_ERR_SYNTAX, 43, "IDAT"}},
    {"PNG: zlib's method 7", 41, 2, BYTES("\x77\x05"), 33, {DENOISE_ERR_SYNTAX, 43, "IDAT"}},
    {"PNG: zlib's window of 64 KB", 41, 2, BYTES("\x88\x1c"), 33, {DENOISE_ERR_SYNTAX, 43, "IDAT"}},
    {"PNG: zlib's dictionary", 41, 2, BYTES("\x78\x20"), 33, {DENOISE_ERR_SYNTAX, 47, "IDAT"}},
    {"PNG: zlib's header is gzip's", 41, 2, BYTES("\x1f\x8b"), 33, {DENOISE_ERR_SYNTAX, 43, "IDAT"}},
    {"PNG: block type 3", 43, 1, BYTES("\7"), 33, {DENOISE_ERR_SYNTAX, 44, "IDAT"}},
    {"PNG: lengths of a stored block differ", 46, 2, BYTES("\0\0"), 33, {DENOISE_ERR_SYNTAX, 48, "IDAT"}},
    {"PNG: distance before the start", 43, 3, BYTES("\3\2\0"), 33, {DENOISE_ERR_SYNTAX, 45, "IDAT"}},
};

static void try_changes(malformed_run *run, const change *all, size_t count)
{
    static const plan good = {RGB("HDE")};
    for (size_t i = 0; i < count; i++) {
        made_file file = {0};
        int64_t places[16];
        make_png(&file, places, &good);
        size_t removed = all[i].removed == REST ? file.size - all[i].at : all[i].removed;
        made_splice(&file, all[i].at, removed, all[i].bytes, all[i].size);
        if (all[i].crc != NO_CRC) made_fix_crc(&file, (size_t)all[i].crc);
        malformed_try(run, all[i].name, READ_PNG, &file, all[i].wanted);
    }
}

/* A byte behind the end of the zlib stream, in the same chunk. */
static void try_tail(malformed_run *run)
{
    static const plan good = {RGB("HDE")};
    made_file file = {0};
    int64_t places[16];
    make_png(&file, places, &good);
    file.data[36]++;
    made_splice(&file, 91, 0, "\0", 1);
    made_fix_crc(&file, 33);
    malformed_try(run, "PNG: a byte behind the packed pixels", READ_PNG, &file, (expected){DENOISE_ERR_TRAILING, 91, "IDAT"});
}

void png_files(malformed_run *run)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        made_file file = {0};
        int64_t places[16] = {0};
        make_png(&file, places, &rows[i].plan);
        int64_t offset = rows[i].offset + (rows[i].chunk >= 0 ? places[rows[i].chunk] : 0);
        malformed_try(run, rows[i].name, READ_PNG, &file, (expected){rows[i].status, offset, rows[i].field});
    }
    try_changes(run, changes, sizeof changes / sizeof changes[0]);
    if (malformed_is_zlib()) try_changes(run, zlib_changes, sizeof zlib_changes / sizeof zlib_changes[0]);
    try_tail(run);
}
