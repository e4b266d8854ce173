/* SPDX-License-Identifier: Apache-2.0 */
#include "files/png_pixels.h"
#include "core/memory.h"
#include "files/inflate.h"
#include "files/limits.h"
#include <inttypes.h>
#include <string.h>

enum { STEP = 32768, WHOLE = 7, READ_AHEAD = 32768 /* libpng takes 8 KiB at a time at most */ };

/* The picture is sent in the passes 0..6 of Adam7, or in one, WHOLE. */
typedef struct pixels {
    const denoise__png_facts *facts;
    const denoise_limits *limits;
    const uint8_t *data;
    int64_t position, chunk_end;        /* the next packed byte; the end of the content of its chunk */
    int64_t packed, unpacked, expected; /* bytes so far; INT64_MAX where the sum leaves 63 bits */
    int64_t row, rows, row_bytes;       /* of the pass, filter byte included */
    int64_t filter;                     /* where in the unpacked data the next filter byte is */
    int32_t pass;
    bool has_more; /* than the picture needs */
} pixels;

/* Pixels of a pass along one axis of `length`. */
static int64_t pass_length(int64_t length, int32_t start, int32_t step)
{
    return length > start ? (length - start + step - 1) / step : 0;
}

/* Rows of the pass, and their bytes; an empty pass has none. */
static void enter_pass(pixels *it, int32_t pass)
{
    static const uint8_t start_x[8] = {0, 4, 0, 2, 0, 1, 0, 0}, step_x[8] = {8, 8, 4, 4, 2, 2, 1, 1};
    static const uint8_t start_y[8] = {0, 0, 4, 0, 2, 0, 1, 0}, step_y[8] = {8, 8, 8, 4, 4, 2, 2, 1};
    static const uint8_t samples[7] = {1, 0, 3, 1, 2, 0, 4};
    int64_t width = pass_length(it->facts->width, start_x[pass], step_x[pass]);
    it->pass = pass;
    it->row = 0;
    it->rows = width > 0 ? pass_length(it->facts->height, start_y[pass], step_y[pass]) : 0;
    it->row_bytes = 1 + (width * samples[it->facts->color] * it->facts->depth + 7) / 8;
}

static void begin(pixels *it)
{
    bool interlaced = it->facts->interlace != 0;
    for (int32_t pass = interlaced ? 0 : WHOLE; pass <= (interlaced ? WHOLE - 1 : WHOLE); pass++) {
        int64_t bytes = 0;
        enter_pass(it, pass);
        if (!denoise__multiply(it->rows, it->row_bytes, &bytes) || !denoise__add(it->expected, bytes, &it->expected)) {
            it->expected = INT64_MAX;
        }
    }
    enter_pass(it, interlaced ? 0 : WHOLE);
}

/* The filter bytes among those that have just arrived. */
static denoise_status check_filters(pixels *it, const uint8_t *piece, int64_t count)
{
    while (it->filter < it->unpacked + count && it->filter < it->expected) {
        while (it->row == it->rows) {
            enter_pass(it, it->pass + 1);
        }
        uint8_t filter = piece[it->filter - it->unpacked];
        if (filter > 4) {
            return denoise__fail_at(DENOISE_ERR_SYNTAX, it->position, "filter",
                                    "of row %" PRId64 " of pass %d is %d, at most 4 is known", it->row, (int)it->pass % WHOLE,
                                    filter);
        }
        it->filter += it->row_bytes;
        it->row++;
    }
    it->unpacked += count;
    return DENOISE_OK;
}

/* To the content of the next IDAT that has some; false after the last. */
static bool next_chunk(pixels *it)
{
    while (it->position == it->chunk_end) {
        int64_t start = it->chunk_end == 0 ? it->facts->pixels.begin : it->chunk_end + 4;
        if (start == it->facts->pixels.end) return false;
        const uint8_t *length = it->data + start;
        it->position = start + 8;
        it->chunk_end = it->position + ((int64_t)length[0] << 24 | length[1] << 16 | length[2] << 8 | length[3]);
    }
    return true;
}

static denoise_status fail_short(const pixels *it)
{
    return denoise__fail_at(DENOISE_ERR_TRUNCATED, it->position, "IDAT",
                            "the pixel data ends after %" PRId64 " bytes, the picture needs %" PRId64, it->unpacked,
                            it->expected);
}

static denoise_status fail_stream(const pixels *it, const z_stream *stream, int result)
{
    if (result == Z_MEM_ERROR) return denoise__fail_nomem();
    const char *text = result == Z_NEED_DICT ? "needs a dictionary" : stream->msg != NULL ? stream->msg : "is damaged";
    bool is_checksum = it->unpacked == it->expected && strcmp(text, "incorrect data check") == 0;
    return denoise__fail_at(is_checksum ? DENOISE_ERR_CHECKSUM : DENOISE_ERR_SYNTAX, it->position, "IDAT", "%s", text);
}

/* One call of inflate; at most one byte more than expected is asked for. */
static denoise_status step(pixels *it, z_stream *stream, uint8_t *piece, int *result)
{
    int64_t left = it->chunk_end - it->position;
    int64_t wanted = it->expected - it->unpacked < STEP ? it->expected - it->unpacked + 1 : STEP;
    stream->next_in = it->data + it->position;
    stream->avail_in = (uInt)(left < STEP ? left : STEP);
    stream->next_out = piece;
    stream->avail_out = (uInt)wanted;
    int64_t given = stream->avail_in;
    *result = inflate(stream, Z_NO_FLUSH);
    it->position += given - stream->avail_in;
    it->packed += given - stream->avail_in;
    bool is_too_long = it->unpacked + wanted - stream->avail_out > it->expected;
    if (is_too_long && it->limits->strict == 0) { /* what is needed is there, and the rest is not looked at, as in libpng */
        it->has_more = true;
        wanted--;
    }
    DENOISE__TRY(check_filters(it, piece, wanted - stream->avail_out));
    if (it->unpacked > it->expected) {
        return denoise__fail_at(DENOISE_ERR_TRAILING, it->position, "IDAT",
                                "unpacks to more than the %" PRId64 " bytes of the picture", it->expected);
    }
    return denoise__limits_unpacked(it->limits, it->packed, it->unpacked, it->position);
}

static denoise_status unpack(pixels *it, z_stream *stream, uint8_t *piece)
{
    int result = Z_OK;
    while (result != Z_STREAM_END && !it->has_more) {
        if (!next_chunk(it)) return fail_short(it);
        DENOISE__TRY(step(it, stream, piece, &result));
        if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) return fail_stream(it, stream, result);
    }
    if (it->unpacked < it->expected) return fail_short(it);
    if (it->limits->strict == 0 || !next_chunk(it)) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_TRAILING, it->position, "IDAT", "bytes follow the packed pixels");
}

denoise_status denoise__png_check_pixels(denoise__png_facts *facts, const uint8_t *data, const denoise_limits *limits)
{
    pixels it = {.facts = facts, .limits = limits, .data = data};
    z_stream stream = DENOISE__ZLIB_INIT;
    begin(&it);
    uint8_t *piece = denoise__allocate(STEP + 1);
    if (piece == NULL) return denoise__fail_nomem();
    denoise_status status = inflateInit(&stream) == Z_OK ? unpack(&it, &stream, piece) : denoise__fail_nomem();
    inflateEnd(&stream);
    denoise__release(piece);
    if (status == DENOISE_OK && it.has_more && it.position + READ_AHEAD < facts->pixels.end) {
        facts->is_cut = true;
        facts->pixels.end = it.position + READ_AHEAD;
    }
    return status;
}
