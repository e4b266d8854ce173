/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures with everything in them never change by accident: hashes of their pixels and texts. After a wanted change look at
 * the picture first, then take over the number that the failure prints. */
#include "support/cmocka_test.h"
#include "support/hash.h"
#include "support/temp_dir.h"
#include "unit/plot/arrays.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static temp_dir dir;

static int make_dir(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static void expect_hash(const char *what, uint64_t hash, uint64_t expected)
{
    if (hash != expected) fail_msg("%s: 0x%016llx", what, (unsigned long long)hash);
}

/* Read by the library's own reader, which is strict. */
static void expect_pixels(const char *name, uint64_t expected)
{
    denoise_tensor *pixels;
    assert_int_equal(denoise_png_load(&pixels, temp_dir_file(&dir, name), NULL), DENOISE_OK);
    expect_hash(name, hash_bytes(denoise_tensor_data(pixels), (size_t)denoise_tensor_size(pixels)), expected);
    denoise_tensor_free(pixels);
}

static const double falling[] = {1, 0.5, 0.25, 0.125, 0.0625}, gaps[] = {0.1, NAN, 0.4, 0.5, INFINITY, 0.75, 0.8},
                    places[] = {0.5, 1, 1.5, 2, 2.5};

static void curves_of_all_kinds(void **state)
{
    (void)state;
    denoise_plot_curve curves[9];
    for (int32_t i = 0; i < 9; i++)
        curves[i] = (denoise_plot_curve){"loss", falling, NULL, 5};
    curves[1] = (denoise_plot_curve){"val_loss with a long name", gaps, NULL, 7};
    curves[2] = (denoise_plot_curve){NULL, falling, places, 5};
    curves[8] = (denoise_plot_curve){"a dot", falling, NULL, 1};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    options.title = "Loss of \xC3\xA9poques";
    options.x_label = "epoch";
    options.y_label = "loss";
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "plain.png"), curves, 9, &options), DENOISE_OK);
    expect_pixels("plain.png", 0x0ba2c9e6bfd361e8U);
    options.scale = 3;
    options.log_y = 1;
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "log.png"), curves, 9, &options), DENOISE_OK);
    expect_pixels("log.png", 0xe630e8d7d8009767U);
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "curves.svg"), curves, 9, &options), DENOISE_OK);
    size_t size;
    char *text = temp_dir_read(&dir, "curves.svg", &size);
    expect_hash("curves.svg", hash_bytes(text, size), 0x4478143c9953447dU);
    free(text);
}

static denoise_tensor *ramp(int64_t count, int64_t height, int64_t width)
{
    denoise_tensor *images = array_zeros(count, height, width, -1);
    float *values = denoise_tensor_data(images);
    for (int64_t i = 0; i < count * height * width; i++)
        values[i] = (float)(i % 97) / 96;
    return images;
}

static void a_grid_with_words(void **state)
{
    (void)state;
    const int32_t guesses[] = {3, 4, 1, 0, 2, 2, 9}, truth[] = {3, 9, 1, 0, 2, 7, 9};
    const char *captions[] = {"noisy", NULL, "denoised"};
    denoise_tensor *images = ramp(7, 8, 8), *predictions = array_ints(guesses, 7, -1), *expected = array_ints(truth, 7, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    options.title = "Digits that are far too many for one line of a narrow picture";
    options.predictions = predictions;
    options.expected = expected;
    options.row_captions = captions;
    options.row_caption_count = 3;
    options.columns = 3;
    options.scale = 9;
    assert_int_equal(denoise_plot_images(temp_dir_file(&dir, "grid.png"), images, &options), DENOISE_OK);
    expect_pixels("grid.png", 0x5e654a94296e39c2U);
    options.scale = -1;
    options.text_scale = 2;
    assert_int_equal(denoise_plot_images(temp_dir_file(&dir, "large.png"), images, &options), DENOISE_OK);
    expect_pixels("large.png", 0x38a412d546b12ac9U);
    denoise_plot_terminal_options terminal = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    terminal.predictions = predictions;
    terminal.expected = expected;
    for (int32_t style = DENOISE_TERMINAL_TRUECOLOR; style <= DENOISE_TERMINAL_PLAIN; style++) {
        static const uint64_t hashes[] = {0x4234f0af472916f6U, 0x765c1aca792312e8U, 0x8492aab905886a3bU};
        char *text, name[16];
        terminal.style = style;
        assert_int_equal(denoise_plot_images_terminal(&text, images, &terminal), DENOISE_OK);
        (void)snprintf(name, sizeof name, "style %d", (int)style);
        expect_hash(name, hash_bytes(text, strlen(text)), hashes[style]);
        denoise_free(text);
    }
    denoise_tensor_free(images), denoise_tensor_free(predictions), denoise_tensor_free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_of_all_kinds),
        cmocka_unit_test(a_grid_with_words),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
