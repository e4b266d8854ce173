/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of every kind that the format has, written by libpng or by hand, and what is refused. tests/malformed has more. */
#include "files/png.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/made_file.h"
#include "support/temp_dir.h"
#include <denoise/dataset.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 13, HEIGHT = 11, COLORS = 3 };

static const denoise_limits defaults = DENOISE_LIMITS_INIT;
static temp_dir dir;

typedef struct kind {
    int color, depth, channels; /* channels of the file's rows */
} kind;
static const kind kinds[] = {{0, 1, 1}, {0, 2, 1}, {0, 4, 1}, {0, 8, 1}, {0, 16, 1}, {2, 8, 3}, {2, 16, 3}, {3, 1, 1},
                             {3, 2, 1}, {3, 4, 1}, {3, 8, 1}, {4, 8, 2}, {4, 16, 2}, {6, 8, 4}, {6, 16, 4}};

static unsigned sample(const kind *k, int row, int column, int channel)
{
    unsigned value = (unsigned)(row * 7919 + column * 104729 + channel * 1299709) * 2654435761U >> 7;
    if (k->color == 3) return value % (k->depth == 1 ? 2 : COLORS);
    return value & ((1U << k->depth) - 1);
}

static void write_png(png_structp png, png_bytep bytes, size_t count)
{
    made_bytes(png_get_io_ptr(png), bytes, count);
}

static const png_color palette[COLORS] = {{10, 20, 30}, {200, 100, 50}, {1, 2, 255}};
static const uint8_t alphas[2] = {7, 130};
static const png_color_16 clear = {.gray = 1, .red = 1, .green = 1, .blue = 1};

/* The sample that tRNS makes clear is at (0, 0). */
static unsigned shown(const kind *k, bool transparent, int row, int column, int channel)
{
    return transparent && k->color != 3 && row == 0 && column == 0 ? 1 : sample(k, row, column, channel);
}

static void make(made_file *file, const kind *k, bool interlaced, bool transparent)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_bytep rows[HEIGHT];
    uint8_t packed[HEIGHT][WIDTH * 8];
    memset(packed, 0, sizeof packed);
    for (int y = 0; y < HEIGHT; y++) {
        rows[y] = packed[y];
        for (int i = 0; i < WIDTH * k->channels; i++) {
            unsigned value = shown(k, transparent, y, i / k->channels, i % k->channels);
            if (k->depth == 16) packed[y][2 * i] = (uint8_t)(value >> 8);
            if (k->depth == 16) packed[y][2 * i + 1] = (uint8_t)value;
            if (k->depth <= 8) packed[y][i * k->depth / 8] |= (uint8_t)(value << (8 - k->depth - i * k->depth % 8));
        }
    }
    png_set_write_fn(png, file, write_png, NULL);
    png_set_IHDR(png, info, WIDTH, HEIGHT, k->depth, k->color, interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
    if (k->color == 3) png_set_PLTE(png, info, palette, k->depth == 1 ? 2 : COLORS);
    if (transparent) png_set_tRNS(png, info, alphas, 2, &clear);
    png_set_gAMA(png, info, 1.7);             /* which must not change a value */
    png_set_compression_buffer_size(png, 20); /* many IDAT */
    png_write_info(png, info);
    png_write_image(png, rows);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

static unsigned expected(const kind *k, bool transparent, int row, int column, int channel)
{
    unsigned greatest = (1U << k->depth) - 1;
    unsigned value = shown(k, transparent, row, column, k->color == 3 ? 0 : channel);
    if (k->color == 3) {
        const png_color *color = &palette[value];
        if (channel == 3) return value < 2 ? alphas[value] : 255;
        return channel == 0 ? color->red : channel == 1 ? color->green : color->blue;
    }
    if (transparent && channel == k->channels) {
        bool is_clear = true;
        for (int i = 0; i < k->channels; i++)
            is_clear = is_clear && shown(k, true, row, column, i) == 1;
        return is_clear ? 0 : 255;
    }
    return (value * 255 + greatest / 2) / greatest;
}

static void check(const kind *k, bool interlaced, bool transparent)
{
    made_file file = {0};
    denoise_tensor *picture = NULL;
    make(&file, k, interlaced, transparent);
    denoise_status status = denoise__png_parse(&picture, file.data, (int64_t)file.size, &defaults);
    if (status != DENOISE_OK) fail_msg("color type %d, depth %d: %s", k->color, k->depth, denoise_last_error());
    int channels = (k->color == 3 ? 3 : k->channels) + transparent;
    assert_int_equal(denoise_tensor_dtype(picture), DENOISE_UINT8);
    assert_int_equal(denoise_tensor_dim(picture, 0), HEIGHT);
    assert_int_equal(denoise_tensor_dim(picture, 1), WIDTH);
    assert_int_equal(denoise_tensor_dim(picture, 2), channels);
    const uint8_t *pixel = denoise_tensor_const_data(picture);
    for (int i = 0; i < HEIGHT * WIDTH * channels; i++) {
        int row = i / channels / WIDTH, column = i / channels % WIDTH;
        unsigned wanted = expected(k, transparent, row, column, i % channels);
        if (pixel[i] != wanted) {
            fail_msg("color type %d, depth %d: (%d, %d, %d) is %u, expected %u", k->color, k->depth, row, column, i % channels,
                     pixel[i], wanted);
        }
    }
    denoise_tensor_free(picture);
    made_free(&file);
}

static void every_kind_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (int interlaced = 0; interlaced < 2; interlaced++) {
            check(&kinds[i], interlaced != 0, false);
            if (kinds[i].color < 4) check(&kinds[i], interlaced != 0, true);
        }
    }
}

/* Width and height 1..9: passes of Adam7 that are empty. */
static void small_interlaced_pictures(void **state)
{
    (void)state;
    for (int size = 0; size < 81; size++) {
        uint32_t width = (uint32_t)size % 9 + 1, height = (uint32_t)size / 9 + 1;
        static const int x0[7] = {0, 4, 0, 2, 0, 1, 0}, dx[7] = {8, 8, 4, 4, 2, 2, 1};
        static const int y0[7] = {0, 0, 4, 0, 2, 0, 1}, dy[7] = {8, 8, 8, 4, 4, 2, 2};
        made_file raw = {0}, packed = {0}, file = {0};
        for (int pass = 0; pass < 7; pass++) {
            for (int y = y0[pass]; y < (int)height && x0[pass] < (int)width; y += dy[pass]) {
                made_fill(&raw, 0, 1);
                for (int x = x0[pass]; x < (int)width; x += dx[pass])
                    made_fill(&raw, (uint8_t)(16 * y + x), 1);
            }
        }
        made_deflate(&packed, raw.data, raw.size, 15, 9);
        made_png_magic(&file);
        made_ihdr(&file, width, height, 8, 0, 1);
        made_chunk(&file, "IDAT", packed.data, packed.size);
        made_chunk(&file, "IEND", "", 0);
        denoise_tensor *picture = NULL;
        assert_int_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &defaults), DENOISE_OK);
        const uint8_t *pixel = denoise_tensor_const_data(picture);
        for (uint32_t i = 0; i < width * height; i++)
            assert_int_equal(pixel[i], 16 * (i / width) + i % width);
        denoise_tensor_free(picture);
        made_free(&raw);
        made_free(&packed);
        made_free(&file);
    }
}

/* A file cut anywhere, or with any one byte changed, is refused: every byte is under a checksum or has one value. */
static void every_cut_and_change_is_seen(void **state)
{
    (void)state;
    made_file file = {0};
    denoise_tensor *picture = NULL;
    make(&file, &kinds[8], false, true);
    for (size_t size = 0; size < file.size; size++) {
        uint8_t *exact = malloc(size > 0 ? size : 1);
        memcpy(exact, file.data, size);
        assert_int_equal(denoise__png_parse(&picture, exact, (int64_t)size, &defaults), DENOISE_ERR_TRUNCATED);
        assert_int_equal(denoise_last_error_offset(), size);
        free(exact);
    }
    for (size_t i = 0; i < file.size; i++) {
        file.data[i] ^= 0x55;
        assert_int_not_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &defaults), DENOISE_OK);
        assert_true(denoise_last_error_offset() >= 0);
        assert_null(picture);
        file.data[i] ^= 0x55;
    }
    made_free(&file);
}

static void indices_beyond_the_palette(void **state)
{
    (void)state;
    static const uint8_t raw[] = {0, 0, 1, 0, 1, 2};
    made_file packed = {0}, file = {0};
    made_deflate(&packed, raw, sizeof raw, 15, 9);
    made_png_magic(&file);
    made_ihdr(&file, 2, 2, 8, 3, 0);
    made_chunk(&file, "PLTE", "abcdef", 6);
    size_t pixels = file.size;
    made_chunk(&file, "IDAT", packed.data, packed.size);
    made_chunk(&file, "IEND", "", 0);
    denoise_tensor *picture = NULL;
    assert_int_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &defaults), DENOISE_ERR_RANGE);
    assert_null(picture);
    assert_int_equal(denoise_last_error_offset(), pixels);
    assert_string_equal(denoise_last_error_field(), "index");
    assert_non_null(strstr(denoise_last_error(), "row 1, column 1 is 2, PLTE has 2 colors"));
    made_free(&packed);
    made_free(&file);
}

static void limits_hold(void **state)
{
    (void)state;
    made_file file = {0};
    make(&file, &kinds[5], false, false);
    denoise_tensor *picture = NULL;
    denoise_limits limits = defaults;
    limits.elements = WIDTH * HEIGHT * 3;
    limits.dims = 3;
    limits.bytes = (WIDTH * 3 + 1) * HEIGHT;
    assert_int_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &limits), DENOISE_OK);
    denoise_tensor_free(picture);
    limits.elements--;
    assert_int_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &limits), DENOISE_ERR_LIMIT);
    assert_string_equal(denoise_last_error_field(), "elements");
    limits.elements++;
    limits.dims--;
    assert_int_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &limits), DENOISE_ERR_LIMIT);
    assert_string_equal(denoise_last_error_field(), "dims");
    limits.dims++;
    limits.bytes--;
    assert_int_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &limits), DENOISE_ERR_LIMIT);
    assert_string_equal(denoise_last_error_field(), "bytes");
    made_free(&file);
}

/* 2^31 - 1 squared of 8 bytes leaves 64 bits, also where the limits would allow it: there is no such data. */
static void sizes_beyond_64_bits(void **state)
{
    (void)state;
    denoise_limits limits = defaults;
    limits.elements = limits.bytes = INT64_MAX;
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        made_file file = {0}, packed = {0};
        denoise_tensor *picture = NULL;
        made_deflate(&packed, "\0", 1, 15, 0);
        made_png_magic(&file);
        made_ihdr(&file, 0x7fffffff, 0x7fffffff, 16, 6, interlaced);
        made_chunk(&file, "IDAT", packed.data, packed.size);
        made_chunk(&file, "IEND", "", 0);
        assert_int_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &limits), DENOISE_ERR_TRUNCATED);
        assert_int_equal(denoise_last_error_offset(), 41 + packed.size);
        assert_null(picture);
        made_free(&file);
        made_free(&packed);
    }
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    char path[TEMP_PATH_SIZE];
    snprintf(path, sizeof path, "%s", temp_dir_file(&dir, "a.png"));
    for (size_t i = 5; i < 9; i += 3) {
        made_file file = {0};
        make(&file, &kinds[i], true, true);
        temp_dir_write(&dir, "a.png", file.data, file.size);
        made_free(&file);
        failing_alloc_install();
        denoise_tensor *picture = NULL;
        for (int64_t n = 1;; n++) {
            failing_alloc_arm(n, n % 2 == 0);
            denoise_status status = denoise_png_load(&picture, path, NULL);
            if (!failing_alloc_disarm()) break;
            if (status != DENOISE_ERR_NOMEM) fail_msg("allocation %d: %s", (int)n, denoise_last_error());
            assert_null(picture);
            assert_int_equal(failing_alloc_live(), 0);
        }
        assert_non_null(picture);
        denoise_tensor_free(picture);
        failing_alloc_remove();
    }
}

static void messages_name_path_byte_and_field(void **state)
{
    (void)state;
    denoise_tensor *picture = (denoise_tensor *)&dir;
    temp_dir_write(&dir, "mangled.png", "\x89PNG\n\x1a\n........", 15);
    assert_int_equal(denoise_png_load(&picture, temp_dir_file(&dir, "mangled.png"), NULL), DENOISE_ERR_MAGIC);
    assert_null(picture);
    assert_non_null(strstr(denoise_last_error(), "mangled.png: PNG: byte 0: magic: no PNG; line ends were changed"));
}

/* What Pillow 13 and browsers show: bytes behind IEND, and packed pixels that go on. */
static void what_follows_is_not_looked_at(void **state)
{
    (void)state;
    static const uint8_t raw[] = {0, 1, 2, 3, 0, 4, 5, 6};
    static const struct {
        size_t more, behind, after;
    } tries[] = {{0, 0, 1},        {0, 0, 100}, {1, 0, 0},      {100, 0, 0},   {60000, 0, 0},
                 {40 << 20, 0, 0}, {0, 4, 0},   {0, 100000, 0}, {1, 100000, 9}};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        made_file pixels = {0}, packed = {0}, file = {0};
        made_bytes(&pixels, raw, sizeof raw);
        made_fill(&pixels, 7, tries[i].more);
        made_deflate(&packed, pixels.data, pixels.size, 15, 9);
        made_fill(&packed, 'x', tries[i].behind);
        made_png_magic(&file);
        made_ihdr(&file, 3, 2, 8, 0, 0);
        made_chunk(&file, "IDAT", packed.data, packed.size);
        made_chunk(&file, "IEND", "", 0);
        made_fill(&file, 'P', tries[i].after);
        denoise_limits limits = DENOISE_LIMITS_INIT;
        denoise_tensor *picture;
        if (denoise__png_parse(&picture, file.data, (int64_t)file.size, &limits) != DENOISE_OK) {
            fail_msg("%d: %s", (int)i, denoise_last_error());
        }
        assert_memory_equal(denoise_tensor_const_data(picture), ((const uint8_t[]){1, 2, 3, 4, 5, 6}), 6);
        denoise_tensor_free(picture);
        limits.strict = 1;
        assert_int_equal(denoise__png_parse(&picture, file.data, (int64_t)file.size, &limits), DENOISE_ERR_TRAILING);
        made_free(&pixels);
        made_free(&packed);
        made_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(small_interlaced_pictures),
        cmocka_unit_test(what_follows_is_not_looked_at),
        cmocka_unit_test(every_cut_and_change_is_seen),
        cmocka_unit_test(indices_beyond_the_palette),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(sizes_beyond_64_bits),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(messages_name_path_byte_and_field),
    };
    temp_dir_make(&dir);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    temp_dir_remove(&dir);
    return failures;
}
