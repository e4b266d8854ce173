/* SPDX-License-Identifier: Apache-2.0 */
#include "made_layer.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>

static const float none = NAN;

static void greatest_and_mean(void **state)
{
    (void)state;
    const float x[] = {1, 10, 4, 20, 3, 60, 2, 30}, dy[] = {8, 4}, greatest[] = {4, 60}, mean[] = {2.5f, 30};
    const float to_greatest[] = {0, 0, 8, 0, 0, 4, 0, 0}, to_all[] = {2, 1, 2, 1, 2, 1, 2, 1};
    expect_values("global_max_pooling1d", "", SHAPE(4, 2), x, greatest, dy, to_greatest, 0);
    expect_values("global_max_pooling2d", "", SHAPE(2, 2, 2), x, greatest, dy, to_greatest, 0);
    expect_values("global_max_pooling3d", "keepdims=true", SHAPE(2, 1, 2, 2), x, greatest, dy, to_greatest, 0);
    expect_values("global_average_pooling1d", "", SHAPE(4, 2), x, mean, dy, to_all, 0);
    expect_values("global_average_pooling2d", "keepdims=true", SHAPE(2, 2, 2), x, mean, dy, to_all, 0);
    expect_values("global_average_pooling3d", "", SHAPE(2, 1, 2, 2), x, mean, dy, to_all, 0);
}

/* As TensorFlow's reduce_max: equals share, a NaN is the greatest and makes the gradients of its channel NaN. */
static void ties_and_what_is_not_finite(void **state)
{
    (void)state;
    static const struct {
        float x[3], y, dx[3];
    } rows[] = {
        {{3, 3, 1}, 3, {0.5f, 0.5f, 0}},
        {{2, 2, 2}, 2, {1 / 3.0f, 1 / 3.0f, 1 / 3.0f}},
        {{1, NAN, 2}, NAN, {NAN, NAN, NAN}},
        {{NAN, 1, 2}, NAN, {NAN, NAN, NAN}},
        {{1, 2, NAN}, NAN, {NAN, NAN, NAN}},
        {{INFINITY, NAN, 1}, NAN, {NAN, NAN, NAN}},
        {{INFINITY, 1, INFINITY}, INFINITY, {0.5f, 0, 0.5f}},
        {{-INFINITY, -INFINITY, -INFINITY}, -INFINITY, {1 / 3.0f, 1 / 3.0f, 1 / 3.0f}},
    };
    enum { CHANNELS = 18 };
    float x[3 * CHANNELS], y[CHANNELS], dy[CHANNELS], dx[3 * CHANNELS];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int c = 0; c < CHANNELS; c++) {
            y[c] = rows[i].y;
            dy[c] = 1;
            for (int j = 0; j < 3; j++) {
                x[j * CHANNELS + c] = rows[i].x[j];
                dx[j * CHANNELS + c] = rows[i].dx[j];
            }
        }
        expect_values("global_max_pooling1d", "", SHAPE(3, CHANNELS), x, y, dy, dx, 0);
    }
    const float with_nan[] = {1, 2, NAN}, even[] = {2, 2, 2}, six = 6;
    expect_values("global_average_pooling1d", "", SHAPE(3, 1), with_nan, &none, &six, even, 0);
}

static void long_means_are_precise(void **state)
{
    (void)state;
    enum { STEPS = 3000 };
    float x[STEPS], y = 0;
    double sum = 0;
    for (int i = 0; i < STEPS; i++)
        sum += (double)(x[i] = 1.0f + (float)i * 0x1p-10f);
    y = (float)(sum / STEPS);
    expect_values("global_average_pooling1d", "", SHAPE(STEPS, 1), x, &y, NULL, NULL, 0);
}

static void gradients_are_differences(void **state)
{
    (void)state;
    expect_gradients("global_average_pooling2d", "", SHAPE(3, 5, 4), 0.25);
    expect_gradients("global_average_pooling3d", "data_format=channels_first keepdims=true", SHAPE(3, 2, 4, 2), 0.25);
    expect_gradients("global_max_pooling1d", "", SHAPE(9, 5), 1e-4);
    expect_gradients("global_max_pooling2d", "data_format=channels_first", SHAPE(3, 4, 5), 1e-4);
}

static void channels_first_are_the_same_numbers(void **state)
{
    (void)state;
    expect_channels_first("global_max_pooling1d", "", SHAPE(5, 3));
    expect_channels_first("global_max_pooling3d", "keepdims=true", SHAPE(2, 3, 2, 5));
    expect_channels_first("global_average_pooling2d", "", SHAPE(5, 4, 17));
    expect_channels_first("global_average_pooling1d", "keepdims=true", SHAPE(70, 4));
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    expect_threads("global_max_pooling2d", "", SHAPE(28, 28, 16), 9);
    expect_threads("global_average_pooling2d", "", SHAPE(28, 28, 16), 9);
}

static void shapes_and_parameters(void **state)
{
    (void)state;
    expect_shape("global_max_pooling1d", "", SHAPE(7, 3), SHAPE(3));
    expect_shape("global_average_pooling2d", "data_format=channels_first", SHAPE(3, 7, 6), SHAPE(3));
    expect_shape("global_average_pooling2d", "keepdims=true", SHAPE(7, 6, 3), SHAPE(1, 1, 3));
    expect_shape("global_max_pooling3d", "keepdims=true data_format=channels_first", SHAPE(3, 7, 6, 5), SHAPE(3, 1, 1, 1));
    expect_no_shape("global_max_pooling2d", "", SHAPE(7, 3), "input has shape (None, 7, 3), expected 4 axes");
    expect_no_shape("global_max_pooling1d", "", SHAPE(0, 3), "input has no positions, expected >= 1");
    expect_inert("global_max_pooling1d", "data_format=nchw", DENOISE_ERR_INVALID, "data_format is \"nchw\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greatest_and_mean),
        cmocka_unit_test(ties_and_what_is_not_finite),
        cmocka_unit_test(long_means_are_precise),
        cmocka_unit_test(gradients_are_differences),
        cmocka_unit_test(channels_first_are_the_same_numbers),
        cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(shapes_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
