/* SPDX-License-Identifier: Apache-2.0 */
#include "made_layer.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>

static void each_position_is_repeated(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3, 4}, dy[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const float steps[] = {1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4}, dsteps[] = {9, 12, 27, 30};
    expect_values("up_sampling1d", "size=3", SHAPE(2, 2), x, steps, dy, dsteps, 0);
    const float square[] = {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}, dsquare[] = {14, 22, 46, 54};
    expect_values("up_sampling2d", "", SHAPE(2, 2, 1), x, square, dy, dsquare, 0);
    const float wide[] = {1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4}, dwide[] = {9, 12, 27, 30};
    expect_values("up_sampling2d", "size=1,3", SHAPE(1, 2, 2), x, wide, dy, dwide, 0);
    const float cube[] = {1, 1, 2, 2, 3, 3, 4, 4, 1, 1, 2, 2, 3, 3, 4, 4}, dcube[] = {22, 30, 38, 46};
    expect_values("up_sampling3d", "size=2,1,2", SHAPE(1, 2, 2, 1), x, cube, dy, dcube, 0);
    const float odd[] = {NAN, INFINITY}, copies[] = {NAN, NAN, INFINITY, INFINITY};
    expect_values("up_sampling1d", "", SHAPE(2, 1), odd, copies, NULL, NULL, 0);
}

static void a_vector_becomes_a_sequence(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3}, dy[] = {1, 2, 3, 4, 5, 6}, y[] = {1, 2, 3, 1, 2, 3}, dx[] = {5, 7, 9};
    expect_values("repeat_vector", "n=2", SHAPE(3), x, y, dy, dx, 0);
    expect_shape("repeat_vector", "n=5", SHAPE(3), SHAPE(5, 3));
    expect_threads("repeat_vector", "n=50", SHAPE(77), 40);
    expect_no_shape("repeat_vector", "n=5", SHAPE(3, 4), "input has shape (None, 3, 4), expected 2 axes");
    expect_inert("repeat_vector", "n=0", DENOISE_ERR_RANGE, "n is 0");
    expect_inert("repeat_vector", "", DENOISE_ERR_INVALID, "n must be given");
}

/* A sum of a thousand copies is one in double. */
static void many_copies_are_summed_precisely(void **state)
{
    (void)state;
    enum { COPIES = 1000 };
    const float x = 0;
    float y[COPIES] = {0}, dy[COPIES], dx;
    double sum = 0;
    for (int i = 0; i < COPIES; i++)
        sum += (double)(dy[i] = 1.0f + (float)i * 0x1p-10f);
    dx = (float)sum;
    expect_values("up_sampling1d", "size=1000", SHAPE(1, 1), &x, y, dy, &dx, 0);
}

/* The ways are tested with resampling; here that the layer takes them. */
static void pictures_are_interpolated(void **state)
{
    (void)state;
    const float x[] = {0, 1}, line[] = {0, 0.25f, 0.75f, 1}, dy[] = {1, 2, 3, 4}, dx[] = {1 + 1.5f + 0.75f, 0.5f + 2.25f + 4};
    expect_values("up_sampling2d", "size=1,2 interpolation=bilinear", SHAPE(1, 2, 1), x, line, dy, dx, 0);
    static const char *const ways[] = {"bilinear", "bicubic", "lanczos3", "lanczos5"};
    char settings[96];
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        (void)snprintf(settings, sizeof settings, "size=2,3 interpolation=%s", ways[i]);
        expect_shape("up_sampling2d", settings, SHAPE(4, 5, 3), SHAPE(8, 15, 3));
        expect_gradients("up_sampling2d", settings, SHAPE(3, 4, 2), 0.25);
        expect_channels_first("up_sampling2d", settings, SHAPE(4, 3, 5));
        expect_threads("up_sampling2d", settings, SHAPE(14, 15, 16), 9);
    }
    expect_no_shape("up_sampling2d", "size=1048576 interpolation=bilinear", SHAPE(17, 1, 1),
                    "17 pixels become 17825792, expected 1 to 16777216 of both");
}

static void gradients_and_formats(void **state)
{
    (void)state;
    expect_gradients("up_sampling1d", "size=3", SHAPE(4, 3), 0.5);
    expect_gradients("up_sampling3d", "size=1,2,3", SHAPE(2, 2, 3, 2), 0.5);
    expect_channels_first("up_sampling2d", "size=3,2", SHAPE(4, 3, 5));
    expect_channels_first("up_sampling3d", "", SHAPE(2, 3, 2, 3));
    expect_threads("up_sampling2d", "", SHAPE(28, 28, 16), 9);
    expect_threads("up_sampling3d", "size=1,2,3", SHAPE(6, 7, 8, 9), 5);
}

static void shapes_and_parameters(void **state)
{
    (void)state;
    expect_shape("up_sampling1d", "", SHAPE(4, 3), SHAPE(8, 3));
    expect_shape("up_sampling2d", "data_format=channels_first", SHAPE(3, 4, 5), SHAPE(3, 8, 10));
    expect_shape("up_sampling3d", "size=1,2,3", SHAPE(2, 3, 4, 5), SHAPE(2, 6, 12, 5));
    expect_no_shape("up_sampling2d", "", SHAPE(4, 5), "input has shape (None, 4, 5), expected 4 axes");
    expect_inert("up_sampling1d", "size=2,2", DENOISE_ERR_INVALID, "size has 2 numbers, expected 1");
    expect_inert("up_sampling2d", "size=1,2,3", DENOISE_ERR_INVALID, "size has 3 numbers, expected 1 or 2");
    expect_inert("up_sampling3d", "size=1,2", DENOISE_ERR_INVALID, "size has 2 numbers, expected 1 or 3");
    expect_inert("up_sampling2d", "size=0", DENOISE_ERR_RANGE, "size is 0");
    expect_inert("up_sampling2d", "interpolation=area", DENOISE_ERR_INVALID,
                 "interpolation is \"area\", expected one of nearest, bilinear, bicubic, lanczos3, lanczos5");
    layer_run_expect_failure(made_layer("up_sampling1d", "size=1048576"), (const denoise__shape[]){{2, {INT64_MAX / 1000, 1}}},
                             1, DENOISE_ERR_OVERFLOW, "an axis of 9223372036854775, repeated 1048576 times, is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_position_is_repeated),
        cmocka_unit_test(a_vector_becomes_a_sequence),
        cmocka_unit_test(many_copies_are_summed_precisely),
        cmocka_unit_test(pictures_are_interpolated),
        cmocka_unit_test(gradients_and_formats),
        cmocka_unit_test(shapes_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
