/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that ask for very much: 64 MB of memory must do for each. The budget is the size of the bombs in MB. */
#include "files/png.h"
#include "malformed/malformed.h"
#include "support/cmocka_test.h"
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

enum { MEGABYTE = 1 << 20, ALLOWED = 64 << 20 };

/* `megabytes` of zeros as zlib or gzip, 1000:1. Packed is one megabyte; the rest repeats it, which full flushes allow. The
 * stream does not end: nobody may come so far. */
static void make_zeros(made_file *file, int64_t megabytes, int window_bits)
{
    static uint8_t zeros[MEGABYTE], packed[MEGABYTE];
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
    for (int i = 0; i < 2; i++) {
        stream.next_in = zeros;
        stream.avail_in = MEGABYTE;
        stream.next_out = packed;
        stream.avail_out = MEGABYTE;
        assert_int_equal(deflate(&stream, Z_FULL_FLUSH), Z_OK);
        size_t size = MEGABYTE - stream.avail_out;
        for (int64_t times = i == 0 ? 1 : megabytes - 1; times > 0; times--)
            made_bytes(file, packed, size);
    }
    deflateEnd(&stream);
}

static void gzip_bombs(malformed_run *run, int64_t megabytes)
{
    made_file file = {0}, inner = {0};
    make_zeros(&file, megabytes, 31);
    campaign_note(run->campaign, "%" PRId64 " MB in a gzip of %zu bytes", megabytes, file.size);
    malformed_try(run, "gzip: 1000 to 1", READ_IDX, &file, (expected){DENOISE_ERR_LIMIT, ANYWHERE, "ratio"});
    make_zeros(&inner, megabytes, 31);
    made_gzip(&file, inner.data, inner.size);
    malformed_try(run, "gzip: 1000 to 1, twice", READ_IDX, &file, (expected){DENOISE_ERR_MAGIC, 0, "magic"});
    made_gzip(&file, inner.data, inner.size);
    made_free(&inner);
    for (int64_t i = 0; i < megabytes * 100; i++)
        made_bytes(&inner, BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"));
    malformed_try(run, "gzip: very many empty members", READ_IDX, &inner, (expected){DENOISE_ERR_TRUNCATED, 0, "magic"});
    made_free(&file);
}

static void make_png(made_file *file, uint32_t side, const made_file *pixels, const char *extra, const made_file *content)
{
    static const uint8_t raw[2] = {0, 0};
    made_png_magic(file);
    made_ihdr(file, side, side, 8, 0, 0);
    if (extra != NULL) made_chunk(file, extra, content->data, content->size);
    if (pixels != NULL) {
        made_chunk(file, "IDAT", pixels->data, pixels->size);
    } else {
        made_file good = {0};
        made_deflate(&good, raw, 2, 15, 0);
        made_chunk(file, "IDAT", good.data, good.size);
        made_free(&good);
    }
    made_chunk(file, "IEND", "", 0);
}

static void png_bombs(malformed_run *run, int64_t megabytes)
{
    static const char *const extras[] = {"iCCP", "zTXt", "iTXt", "sPLT", "tEXt", "eXIf"};
    made_file file = {0}, zeros = {0};
    make_zeros(&zeros, megabytes, 15);
    make_png(&file, 1, &zeros, NULL, NULL);
    /* Without strict limits it is a picture of one pixel; who unpacked the rest would take seconds for a megabyte. */
    denoise_tensor *picture;
    denoise_limits limits = DENOISE_LIMITS_INIT;
    clock_t start = clock();
    bool is_read = denoise__png_parse(&picture, file.data, (int64_t)file.size, &limits) == DENOISE_OK;
    campaign_check(run->campaign, is_read && clock() - start < CLOCKS_PER_SEC / 2, "PNG: 1 x 1 and very much more: %s",
                   denoise_last_error());
    if (is_read) denoise_tensor_free(picture);
    malformed_try(run, "PNG: 1 x 1, unpacks to very much", READ_PNG, &file, (expected){DENOISE_ERR_TRAILING, ANYWHERE, "IDAT"});
    make_png(&file, 30000, &zeros, NULL, NULL);
    malformed_try(run, "PNG: 30000 x 30000, 1000 to 1", READ_PNG, &file, (expected){DENOISE_ERR_LIMIT, ANYWHERE, "ratio"});
    make_png(&file, 30000, NULL, NULL, NULL);
    malformed_try(run, "PNG: 30000 x 30000 in 80 bytes", READ_PNG, &file, (expected){DENOISE_ERR_TRUNCATED, 54, "IDAT"});
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        made_file content = {0};
        made_bytes(&content, BYTES("name\0\0"));
        made_bytes(&content, zeros.data, zeros.size);
        make_png(&file, 1, NULL, extras[i], &content);
        malformed_try(run, extras[i], READ_PNG, &file, (expected){DENOISE_OK, 0, ""});
        made_free(&content);
    }
    made_png_magic(&file);
    made_ihdr(&file, 1, 1, 8, 0, 0);
    for (int64_t i = 0; i < 1000 * megabytes; i++)
        made_chunk(&file, i % 2 == 0 ? "tEXt" : "prIV", "", 0);
    malformed_try(run, "PNG: very many chunks", READ_PNG, &file, (expected){DENOISE_ERR_TRUNCATED, AT_END, "IEND"});
    made_png_magic(&file);
    made_ihdr(&file, 1, 1, 8, 0, 0);
    for (int64_t i = 0; i < 1000 * megabytes; i++)
        made_chunk(&file, "IDAT", "", 0);
    made_chunk(&file, "IEND", "", 0);
    malformed_try(run, "PNG: very many empty IDAT", READ_PNG, &file,
                  (expected){DENOISE_ERR_TRUNCATED, 33 + 12 * (1000 * megabytes - 1) + 8, "IDAT"});
    made_free(&zeros);
}

/* {"0": <member>, "1": <member>, ...}, in front `before`, behind `after`. */
static void make_members(made_file *file, const char *before, int64_t count, const char *member, const char *after)
{
    made_printf(file, "%s", before);
    for (int64_t i = 0; i < count; i++)
        made_printf(file, "%s\"%" PRIx64 "\":%s", i > 0 ? "," : "", i, member);
    made_printf(file, "%s", after);
    malformed_frame(file, 0);
}

#define EMPTY "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"

static void safetensors_bombs(malformed_run *run, int64_t megabytes)
{
    made_file file = {0};
    int64_t many = 1000 * megabytes;
    expected limit = {DENOISE_ERR_LIMIT, -1, "tensors"};
    make_members(&file, "{", many, EMPTY, "}");
    int64_t place = 9;
    for (int64_t i = 0; i < 65536; i++)
        place += 5 + (int64_t)strlen(EMPTY) + (i > 0xf) + (i > 0xff) + (i > 0xfff);
    limit.offset = place;
    malformed_try(run, "safetensors: very many empty tensors", READ_SAFETENSORS, &file, limit);
    make_members(&file, "{", 65536, EMPTY, "}");
    malformed_try(run, "safetensors: 65,536 empty tensors", READ_SAFETENSORS, &file, (expected){DENOISE_OK, 0, ""});
    make_members(&file, "{", many, "1", "}");
    malformed_try(run, "JSON: very many keys", READ_SAFETENSORS, &file, (expected){DENOISE_ERR_SYNTAX, 13, "header"});
    make_members(&file, "{\"__metadata__\":{", many, "\"\"", "}}");
    limit.offset = 25;
    for (int64_t i = 0; i < 65536; i++)
        limit.offset += 7 + (i > 0xf) + (i > 0xff) + (i > 0xfff);
    malformed_try(run, "JSON: very many keys in the metadata", READ_SAFETENSORS, &file, limit);
    made_fill(&file, '{', (size_t)many);
    malformed_frame(&file, 0);
    malformed_try(run, "JSON: very deep", READ_SAFETENSORS, &file, (expected){DENOISE_ERR_SYNTAX, 9, "header"});
    made_printf(&file, "{\"__metadata__\":");
    made_fill(&file, '[', (size_t)many);
    malformed_frame(&file, 0);
    malformed_try(run, "JSON: very deep in the metadata", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_SYNTAX, 24, "__metadata__"});
    made_printf(&file, "{");
    made_fill(&file, ' ', 16 << 20);
    malformed_frame(&file, 0);
    malformed_try(run, "JSON: 16 MB of blanks", READ_SAFETENSORS, &file, (expected){DENOISE_ERR_SYNTAX, AT_END, "header"});
    made_printf(&file, "{\"x\":{\"dtype\":\"F32\",\"shape\":[1000000,1000],\"data_offsets\":[0,4000000000]}}");
    malformed_frame(&file, 16);
    malformed_try(run, "safetensors: 4 GB in 100 bytes", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_TRUNCATED, AT_END, "data"});
}

static void shape_bombs(malformed_run *run)
{
    static const char types[] = "\x08\x09\x0b\x0c\x0d\x0e";
    made_file file = {0};
    for (size_t i = 0; i < sizeof types - 1; i++) {
        made_bytes(&file, BYTES("\0\0"));
        made_bytes(&file, &types[i], 1);
        made_bytes(&file, BYTES("\3\0\1\0\0\0\1\0\0\0\0\0\x64"));
        malformed_try_packed(run, "IDX: 100 times 65536 x 65536", READ_IDX, &file,
                             (expected){DENOISE_ERR_TRUNCATED, AT_END, "data"});
    }
    made_fill(&file, ',', 8 << 20);
    malformed_try(run, "CSV: 8 million names", READ_CSV, &file, (expected){DENOISE_OK, 0, ""});
    made_fill(&file, '1', 8 << 20);
    malformed_try(run, "CSV: a name of 8 MB", READ_CSV, &file, (expected){DENOISE_ERR_LIMIT, 0, "name_length"});
    made_fill(&file, '1', 8 << 20);
    malformed_try(run, "CSV: a number of 8 MB", READ_PLAIN_CSV, &file, (expected){DENOISE_OK, 0, ""});
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "malformed_bombs", argc, argv, 100, 1000)) return campaign_end(&c);
    malformed_run run = {.campaign = &c, .allowed = ALLOWED, .worst = INT64_MIN, .worst_name = "", .slowest_name = ""};
    temp_dir_make(&run.dir);
    int64_t megabytes = c.budget < 70 ? 70 : c.budget; /* beyond 65,536 of everything, and 64 MB */
    gzip_bombs(&run, megabytes);
    png_bombs(&run, megabytes);
    safetensors_bombs(&run, megabytes);
    shape_bombs(&run);
    campaign_count(&c, "bombs refused", run.files + run.packed);
    campaign_count(&c, "bombs that do no harm", run.accepted);
    campaign_note(&c, "most memory: \"%s\", %.1f MB; longest: \"%s\", %.1f ms", run.worst_name, (double)run.worst / MEGABYTE,
                  run.slowest_name, 1000 * run.slowest);
    temp_dir_remove(&run.dir);
    return campaign_end(&c);
}
