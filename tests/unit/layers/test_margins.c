/* SPDX-License-Identifier: Apache-2.0 */
#include "made_layer.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>

static void zeros_around(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3, 4}, dy[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const float around[] = {0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0}, middle[] = {6, 7, 10, 11};
    expect_values("zero_padding2d", "", SHAPE(2, 2, 1), x, around, dy, middle, 0);
    const float four[] = {1, 2, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0}, corner[] = {1, 2, 4, 5};
    expect_values("zero_padding2d", "padding=0,2,0,1", SHAPE(2, 2, 1), x, four, dy, corner, 0);
    const float two[] = {0, 0, 1, 2, 3, 4, 0, 0}, rows[] = {3, 4, 5, 6};
    expect_values("zero_padding2d", "padding=1,0", SHAPE(2, 2, 1), x, two, dy, rows, 0);
    const float steps[] = {0, 0, 1, 2, 3, 4}, behind[] = {3, 4, 5, 6};
    expect_values("zero_padding1d", "padding=1,0", SHAPE(2, 2), x, steps, dy, behind, 0);
    const float cube[] = {0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0}, in_cube[] = {2, 4, 6, 8};
    expect_values("zero_padding3d", "padding=0,1,0,0,1,0", SHAPE(1, 4, 1, 1), x, cube, dy, in_cube, 0);
    const float odd[] = {NAN, INFINITY}, kept[] = {0, NAN, INFINITY, 0};
    expect_values("zero_padding1d", "", SHAPE(2, 1), odd, kept, NULL, NULL, 0);
}

static void margins_cut_off(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                dy[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    const float middle[] = {6, 7, 10, 11}, back[] = {0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0};
    expect_values("cropping2d", "cropping=1", SHAPE(4, 4, 1), x, middle, dy, back, 0);
    const float four[] = {8, 12, 16}, of_four[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
    expect_values("cropping2d", "cropping=1,0,3,0", SHAPE(4, 4, 1), x, four, dy, of_four, 0);
    expect_values("cropping2d", "", SHAPE(1, 4, 1), x, x, dy, dy, 0);
    const float steps[] = {3, 4, 5, 6}, of_steps[] = {0, 0, 1, 2, 3, 4, 0, 0};
    expect_values("cropping1d", "", SHAPE(4, 2), x, steps, dy, of_steps, 0);
    const float cube[] = {8}, of_cube[] = {0, 0, 0, 0, 0, 0, 0, 1};
    expect_values("cropping3d", "cropping=1,0,1,0,1,0", SHAPE(2, 2, 2, 1), x, cube, dy, of_cube, 0);
}

static void gradients_and_formats(void **state)
{
    (void)state;
    expect_gradients("zero_padding3d", "padding=1,0,2", SHAPE(2, 3, 2, 2), 0.5);
    expect_gradients("cropping3d", "", SHAPE(3, 4, 3, 2), 0.5);
    expect_channels_first("zero_padding1d", "padding=2,1", SHAPE(3, 5));
    expect_channels_first("zero_padding2d", "padding=1,2,3,0", SHAPE(3, 2, 5));
    expect_channels_first("zero_padding3d", "", SHAPE(2, 3, 2, 4));
    expect_channels_first("cropping2d", "cropping=0,2,1,0", SHAPE(5, 4, 3));
    expect_channels_first("cropping3d", "", SHAPE(3, 4, 3, 2));
    expect_threads("zero_padding2d", "padding=3", SHAPE(40, 40, 16), 9);
    expect_threads("cropping2d", "cropping=3", SHAPE(40, 40, 16), 9);
}

static void shapes_and_parameters(void **state)
{
    (void)state;
    expect_shape("zero_padding1d", "padding=2", SHAPE(4, 3), SHAPE(8, 3));
    expect_shape("zero_padding2d", "padding=2,1 data_format=channels_first", SHAPE(3, 4, 5), SHAPE(3, 8, 7));
    expect_shape("zero_padding3d", "padding=1,2,3,4,5,6", SHAPE(1, 1, 1, 2), SHAPE(4, 8, 12, 2));
    expect_shape("cropping1d", "cropping=0,3", SHAPE(4, 3), SHAPE(1, 3));
    expect_shape("cropping3d", "cropping=0,1,2", SHAPE(1, 3, 5, 2), SHAPE(1, 1, 1, 2));
    expect_no_shape("cropping2d", "cropping=2", SHAPE(5, 4, 3), "cropping of 2 and 2 leaves nothing of a length of 4");
    expect_no_shape("cropping1d", "", SHAPE(1, 3), "cropping of 1 and 1 leaves nothing of a length of 1");
    expect_no_shape("cropping1d", "", SHAPE(4, 3, 1), "input has shape (None, 4, 3, 1), expected 3 axes");
    expect_inert("zero_padding1d", "padding=1,2,3", DENOISE_ERR_INVALID, "padding has 3 numbers, expected 1 or 2");
    expect_inert("zero_padding2d", "padding=1,2,3", DENOISE_ERR_INVALID, "padding has 3 numbers, expected 1, 2 or 4");
    expect_inert("cropping3d", "cropping=1,2", DENOISE_ERR_INVALID, "cropping has 2 numbers, expected 1, 3 or 6");
    expect_inert("cropping2d", "cropping=-1", DENOISE_ERR_RANGE, "cropping is -1");
    layer_run_expect_failure(made_layer("zero_padding1d", "padding=1"), (const denoise__shape[]){{2, {INT64_MAX, 1}}}, 1,
                             DENOISE_ERR_OVERFLOW, "a padded axis is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_around),
        cmocka_unit_test(margins_cut_off),
        cmocka_unit_test(gradients_and_formats),
        cmocka_unit_test(shapes_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
