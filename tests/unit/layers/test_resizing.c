/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the ways of resizing are tested with resampling; here which part of a picture is resized. */
#include "made_layer.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>

static const float grid[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static void whole_pictures(void **state)
{
    (void)state;
    const float mean[] = {2.5f, 4.5f}, dy[] = {4, 8}, shared[] = {1, 1, 2, 2, 1, 1, 2, 2};
    expect_values("resizing", "height=1 width=2", SHAPE(2, 4, 1), grid, mean, dy, shared, 0);
    const float nearest[] = {5, 7}, back[] = {0, 0, 0, 0, 0, 4, 0, 8, 0, 0, 0, 0};
    expect_values("resizing", "height=1 width=2 interpolation=nearest", SHAPE(3, 4, 1), grid, nearest, dy, back, 0);
    expect_values("resizing", "height=3 width=4 interpolation=nearest", SHAPE(3, 4, 1), grid, grid, grid, grid, 0);
    const float blurred[] = {1.5f, 5.5f, 9.5f};
    expect_values("resizing", "height=3 width=1 antialias=true", SHAPE(3, 4, 1), grid, blurred, NULL, NULL, 1e-6);
}

/* 3 x 4 to a square: the middle 3 x 3 begins with column 0, since (4 - 3) / 2 is cut down. */
static void the_middle_is_cut_out(void **state)
{
    (void)state;
    const float dy[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    expect_values("resizing", "height=3 width=3 crop_to_aspect_ratio=true", SHAPE(3, 4, 1), grid,
                  (const float[]){0, 1, 2, 4, 5, 6, 8, 9, 10}, dy, (const float[]){1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0}, 0);
    expect_values("resizing", "height=1 width=4 crop_to_aspect_ratio=true", SHAPE(3, 4, 1), grid, grid + 4, dy,
                  (const float[]){0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0}, 0);
    expect_values("resizing", "height=1 width=1 crop_to_aspect_ratio=true", SHAPE(1, 4, 1), grid, grid + 1, dy,
                  (const float[]){0, 1, 0, 0}, 0);
    const float left[] = {7, 7, 7, 7}; /* one column at least */
    expect_values("resizing", "height=4 width=1 crop_to_aspect_ratio=true", SHAPE(1, 2, 1), grid + 7, left, NULL, NULL, 0);
}

/* 2 x 4 to a square: a row above and one below. 1 x 4: 3 rows are missing, of which Keras adds 2. */
static void sides_are_filled_up(void **state)
{
    (void)state;
    const float dy[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const float square[] = {-1.5f, -1.5f, -1.5f, -1.5f, 0, 1, 2, 3, 4, 5, 6, 7, -1.5f, -1.5f, -1.5f, -1.5f};
    expect_values("resizing", "height=4 width=4 pad_to_aspect_ratio=true fill_value=-1.5", SHAPE(2, 4, 1), grid, square, dy,
                  (const float[]){5, 6, 7, 8, 9, 10, 11, 12}, 0);
    const float columns[] = {0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0};
    expect_values("resizing", "height=4 width=3 pad_to_aspect_ratio=true interpolation=nearest", SHAPE(4, 1, 1), grid, columns,
                  dy, (const float[]){2, 5, 8, 11}, 0);
    const float three[] = {0, 0, 0, 0, 1, 2, 3, 4, 1, 2, 3, 4, 0, 0, 0, 0};
    expect_values("resizing", "height=4 width=4 pad_to_aspect_ratio=true interpolation=nearest", SHAPE(1, 4, 1), grid + 1,
                  three, NULL, NULL, 0);
}

static void gradients_and_formats(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "height=5 width=3",
        "height=2 width=9 interpolation=bicubic antialias=true",
        "height=5 width=5 interpolation=lanczos3 crop_to_aspect_ratio=true",
        "height=4 width=9 interpolation=lanczos5 pad_to_aspect_ratio=true fill_value=0.5",
        "height=9 width=2 interpolation=nearest",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        expect_gradients("resizing", settings[i], SHAPE(4, 6, 2), 0.25);
        expect_channels_first("resizing", settings[i], SHAPE(4, 6, 3));
        expect_threads("resizing", settings[i], SHAPE(40, 41, 16), 9);
    }
}

static void shapes_and_parameters(void **state)
{
    (void)state;
    expect_shape("resizing", "height=5 width=6", SHAPE(3, 4, 2), SHAPE(5, 6, 2));
    expect_shape("resizing", "height=5 width=6 data_format=channels_first", SHAPE(2, 3, 4), SHAPE(2, 5, 6));
    expect_no_shape("resizing", "height=5 width=6", SHAPE(3, 4), "input has shape (None, 3, 4), expected 4 axes");
    expect_no_shape("resizing", "height=5 width=6 crop_to_aspect_ratio=true", SHAPE(3, 16777217, 1),
                    "16777217 pixels become 6, expected 1 to 16777216 of both");
    expect_no_shape("resizing", "height=5 width=6", SHAPE(0, 4, 1), "0 pixels become 5, expected 1 to 16777216 of both");
    expect_inert("resizing", "height=5", DENOISE_ERR_INVALID, "width must be given");
    expect_inert("resizing", "height=0 width=5", DENOISE_ERR_RANGE, "height is 0");
    expect_inert("resizing", "height=5 width=16777217", DENOISE_ERR_RANGE, "width is 16777217");
    expect_inert("resizing", "height=5 width=5 crop_to_aspect_ratio=true pad_to_aspect_ratio=true", DENOISE_ERR_INVALID,
                 "crop_to_aspect_ratio and pad_to_aspect_ratio are both true, expected one of them");
    expect_inert("resizing", "height=5 width=5 fill_mode=reflect", DENOISE_ERR_INVALID,
                 "fill_mode is \"reflect\", expected one of constant");
    expect_inert("resizing", "height=5 width=5 interpolation=area", DENOISE_ERR_INVALID, "interpolation is \"area\"");
}

static void options_are_keras_defaults(void **state)
{
    (void)state;
    denoise_resizing_options options;
    denoise_params *params;
    int32_t truth;
    denoise_resizing_options_init(&options);
    assert_string_equal(options.interpolation, "bilinear");
    options.pad_to_aspect_ratio = 1;
    options.fill_value = 0.25;
    denoise_layer *layer = denoise_layer_resizing(3, 4, &options);
    assert_int_equal(denoise_layer_params(&params, layer), DENOISE_OK);
    assert_int_equal(denoise_params_get_bool(params, "pad_to_aspect_ratio", &truth), DENOISE_OK);
    assert_int_equal(truth, 1);
    denoise_params_free(params);
    denoise_layer_free(layer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_pictures),        cmocka_unit_test(the_middle_is_cut_out),
        cmocka_unit_test(sides_are_filled_up),   cmocka_unit_test(gradients_and_formats),
        cmocka_unit_test(shapes_and_parameters), cmocka_unit_test(options_are_keras_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
