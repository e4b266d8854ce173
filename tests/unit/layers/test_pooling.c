/* SPDX-License-Identifier: Apache-2.0 */
/* Values by hand; what TensorFlow 2.21 makes of ties and of numbers that are not finite was seen by running it. */
#include "made_layer.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float inf = INFINITY, none = NAN;
static const float grid[] = {1, 2, 3, 4, 8, 7, 6, 5, 9, 0, -1, -2, -3, 3, 2, 1};

static void greatest_of_windows(void **state)
{
    (void)state;
    const float dy[] = {1, 2, 3, 4}, two[] = {8, 6, 9, 2}, back[] = {0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 4, 0};
    expect_values("max_pooling2d", "", SHAPE(4, 4, 1), grid, two, dy, back, 0);
    const float overlapping[] = {9, 7, 9, 7}, sums[] = {0, 0, 0, 0, 0, 6, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0};
    expect_values("max_pooling2d", "pool_size=3 strides=1", SHAPE(4, 4, 1), grid, overlapping, dy, sums, 0);
    const float same[] = {8, 5, 9, 1}, gaps[] = {0, 0, 0, 0, 1, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 4};
    expect_values("max_pooling2d", "pool_size=3,2 strides=3 padding=same", SHAPE(4, 4, 1), grid, same, dy, gaps, 0);
    const float steps[] = {3, 1, 4, 1, 5}, of_steps[] = {4, 5}, dsteps[] = {0, 0, 1, 0, 2};
    expect_values("max_pooling1d", "pool_size=3 strides=2", SHAPE(5, 1), steps, of_steps, dy, dsteps, 0);
}

static void means_count_what_exists(void **state)
{
    (void)state;
    const float dy[] = {4, 8, 12, 16};
    const float two[] = {4.5f, 4.5f, 2.25f, 0}, back[] = {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4};
    expect_values("average_pooling2d", "pool_size=2", SHAPE(4, 4, 1), grid, two, dy, back, 0);
    const float steps[] = {3, 1, 4}, same[] = {2, 2.5f, 4}, dsteps[] = {2, 6, 16}; /* the last window has one step */
    expect_values("average_pooling1d", "pool_size=2 strides=1 padding=same", SHAPE(3, 1), steps, same, dy, dsteps, 0);
    const float cube[] = {1, 2, 3, 4, 5, 6, 7, 8}, mean[] = {4.5f}, eight[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    expect_values("average_pooling3d", "pool_size=2", SHAPE(2, 2, 2, 1), cube, mean, dy, eight, 0);
    expect_values("average_pooling1d", "pool_size=2", SHAPE(2, 1), (const float[]){1, inf}, &inf, NULL, NULL, 0);
    expect_values("average_pooling1d", "pool_size=2", SHAPE(2, 1), (const float[]){-inf, inf}, &none, NULL, NULL, 0);
    expect_values("average_pooling1d", "pool_size=2", SHAPE(2, 1), (const float[]){none, 1}, &none, NULL, NULL, 0);
}

/* x of one window, what comes out, and how the gradient 1 is shared: with one or two axes, and with three. */
static const struct {
    float x[3], y, first[3], all[3];
} odd[] = {
    {{3, 3, 1}, 3, {1, 0, 0}, {1, 1, 0}},
    {{1, 2, 2}, 2, {0, 1, 0}, {0, 1, 1}},
    {{NAN, 1, 0}, 1, {1, 0, 0}, {0, 1, 0}}, /* a NaN that is first has the gradient, though 1 is the greatest */
    {{1, NAN, 0}, 1, {1, 0, 0}, {1, 0, 0}},
    {{1, NAN, 2}, 2, {0, 0, 1}, {0, 0, 1}},
    {{2, NAN, 1}, 2, {1, 0, 0}, {1, 0, 0}},
    {{NAN, NAN, 1}, 1, {1, 0, 0}, {0, 0, 1}},
    {{NAN, NAN, NAN}, -FLT_MAX, {1, 0, 0}, {0, 0, 0}},
    {{-INFINITY, -INFINITY, -INFINITY}, -FLT_MAX, {1, 0, 0}, {0, 0, 0}},
    {{-INFINITY, NAN, -INFINITY}, -FLT_MAX, {1, 0, 0}, {0, 0, 0}},
    {{-INFINITY, -FLT_MAX, NAN}, -FLT_MAX, {0, 1, 0}, {0, 1, 0}},
    {{INFINITY, 5, INFINITY}, INFINITY, {1, 0, 0}, {0, 0, 0}}, /* infinity less infinity is not near 0 */
    {{NAN, INFINITY, 1}, INFINITY, {1, 0, 0}, {0, 0, 0}},
    {{1, 1 + 0.5e-5f, 0}, 1 + 0.5e-5f, {0, 1, 0}, {1, 1, 0}}, /* with three axes near is equal */
    {{1, 1 + 2e-5f, 0}, 1 + 2e-5f, {0, 1, 0}, {0, 1, 0}},
};

/* In each of several channels, of which the last are no whole vector. */
static void ties_and_what_is_not_finite(void **state)
{
    (void)state;
    enum { CHANNELS = 19 };
    float x[3 * CHANNELS], y[CHANNELS], dy[CHANNELS], first[3 * CHANNELS], all[3 * CHANNELS];
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        for (int c = 0; c < CHANNELS; c++) {
            y[c] = odd[i].y;
            dy[c] = (float)(c + 1);
            for (int j = 0; j < 3; j++) {
                x[j * CHANNELS + c] = odd[i].x[j];
                first[j * CHANNELS + c] = odd[i].first[j] * dy[c];
                all[j * CHANNELS + c] = odd[i].all[j] * dy[c];
            }
        }
        expect_values("max_pooling1d", "pool_size=3", SHAPE(3, CHANNELS), x, y, dy, first, 0);
        expect_values("max_pooling2d", "pool_size=1,3", SHAPE(1, 3, CHANNELS), x, y, dy, first, 0);
        expect_values("max_pooling2d", "pool_size=3,1", SHAPE(3, 1, CHANNELS), x, y, dy, first, 0);
        expect_values("max_pooling3d", "pool_size=1,3,1", SHAPE(1, 3, 1, CHANNELS), x, y, dy, all, 0);
    }
}

/* Windows of more than 256 places keep theirs in another way. */
static void windows_of_many_places(void **state)
{
    (void)state;
    enum { ROWS = 20, COLUMNS = 21, CHANNELS = 3, SIZE = 17, OUT_ROWS = 4, OUT_COLUMNS = 3 };
    layer_run run;
    const denoise__shape shape = {3, {ROWS, COLUMNS, CHANNELS}};
    float *expected = calloc(2 * ROWS * COLUMNS * CHANNELS, sizeof *expected);
    assert_non_null(expected);
    layer_run_make(&run, made_layer("max_pooling2d", "pool_size=17 strides=1,2"), &shape, 1, 2);
    assert_int_equal(run.output_size, 2 * OUT_ROWS * OUT_COLUMNS * CHANNELS);
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int64_t i = 0; i < run.output_size; i++) {
        int64_t c = i % CHANNELS, column = i / CHANNELS % OUT_COLUMNS * 2, row = i / CHANNELS / OUT_COLUMNS % OUT_ROWS;
        int64_t sample = i / CHANNELS / OUT_COLUMNS / OUT_ROWS, best = -1;
        for (int64_t k = 0; k < SIZE * SIZE; k++) {
            int64_t at = ((sample * ROWS + row + k / SIZE) * COLUMNS + column + k % SIZE) * CHANNELS + c;
            if (best < 0 || run.inputs[0][at] > run.inputs[0][best]) best = at;
        }
        assert_true(run.output[i] == run.inputs[0][best]);
        expected[best] += run.output_gradient[i];
    }
    for (int64_t i = 0; i < run.sizes[0]; i++)
        assert_true(fabsf(run.input_gradients[0][i] - expected[i]) < 1e-5f);
    free(expected);
    layer_run_free(&run);
}

/* A chain of a thousand singles would be off by more. */
static void long_means_are_precise(void **state)
{
    (void)state;
    enum { STEPS = 1000 };
    float x[STEPS], y = 0;
    double sum = 0;
    for (int i = 0; i < STEPS; i++)
        sum += (double)(x[i] = 1.0f + (float)i * 0x1p-10f);
    y = (float)(sum / STEPS);
    expect_values("average_pooling1d", "pool_size=1000", SHAPE(STEPS, 1), x, &y, NULL, NULL, 0);
}

static void gradients_are_differences(void **state)
{
    (void)state;
    expect_gradients("average_pooling1d", "pool_size=3 strides=2 padding=same", SHAPE(8, 3), 0.25);
    expect_gradients("average_pooling2d", "pool_size=2,3 strides=3,1 padding=same", SHAPE(5, 6, 2), 0.25);
    expect_gradients("average_pooling3d", "pool_size=2 strides=1", SHAPE(3, 3, 4, 2), 0.25);
    expect_gradients("max_pooling1d", "pool_size=3 strides=2 padding=same", SHAPE(8, 3), 1e-4);
    expect_gradients("max_pooling2d", "pool_size=3 strides=1 padding=same", SHAPE(5, 4, 3), 1e-4);
    expect_gradients("max_pooling3d", "pool_size=2", SHAPE(4, 2, 5, 3), 1e-4);
}

static void channels_first_are_the_same_numbers(void **state)
{
    (void)state;
    static const char *const kinds[][3] = {{"max_pooling1d", "max_pooling2d", "max_pooling3d"},
                                           {"average_pooling1d", "average_pooling2d", "average_pooling3d"}};
    for (int i = 0; i < 2; i++) {
        expect_channels_first(kinds[i][0], "pool_size=2", SHAPE(5, 3));
        expect_channels_first(kinds[i][1], "pool_size=3 strides=2 padding=same", SHAPE(5, 4, 17));
        expect_channels_first(kinds[i][2], "pool_size=2 strides=1", SHAPE(3, 2, 4, 2));
    }
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    expect_threads("max_pooling2d", "", SHAPE(28, 28, 16), 9);
    expect_threads("max_pooling3d", "pool_size=3 strides=1 padding=same", SHAPE(6, 7, 8, 9), 5);
    expect_threads("average_pooling2d", "pool_size=3 strides=2 padding=same", SHAPE(27, 29, 16), 9);
}

static void shapes(void **state)
{
    (void)state;
    expect_shape("max_pooling1d", "", SHAPE(7, 3), SHAPE(3, 3));
    expect_shape("max_pooling2d", "", SHAPE(7, 6, 3), SHAPE(3, 3, 3));
    expect_shape("max_pooling2d", "padding=same", SHAPE(7, 6, 3), SHAPE(4, 3, 3));
    expect_shape("max_pooling2d", "pool_size=3,2 strides=1,4", SHAPE(7, 6, 3), SHAPE(5, 2, 3));
    expect_shape("max_pooling2d", "data_format=channels_first", SHAPE(3, 7, 6), SHAPE(3, 3, 3));
    expect_shape("average_pooling3d", "pool_size=2", SHAPE(4, 5, 6, 7), SHAPE(2, 2, 3, 7));
    expect_no_shape("max_pooling2d", "pool_size=5", SHAPE(4, 9, 3), "a window of 5 does not fit into a length of 4");
    expect_no_shape("max_pooling2d", "", SHAPE(4, 9), "input has shape (None, 4, 9), expected 4 axes");
    expect_no_shape("average_pooling1d", "pool_size=2", SHAPE(4, 9, 1), "input has shape (None, 4, 9, 1), expected 3 axes");
    expect_no_shape("max_pooling1d", "pool_size=257", SHAPE(INT32_MAX, 1),
                    "a sample has 2147483647 positions, windows of more than 256 take at most 1073741823");
}

static void parameters(void **state)
{
    (void)state;
    expect_inert("average_pooling2d", "", DENOISE_ERR_INVALID, "average_pooling2d: pool_size must be given");
    expect_inert("max_pooling2d", "pool_size=2,2,2", DENOISE_ERR_INVALID, "pool_size has 3 numbers, expected 1 or 2");
    expect_inert("max_pooling1d", "pool_size=2,2", DENOISE_ERR_INVALID, "pool_size has 2 numbers, expected 1");
    expect_inert("max_pooling3d", "strides=2,2", DENOISE_ERR_INVALID, "strides has 2 numbers, expected 1 or 3");
    expect_inert("max_pooling2d", "pool_size=0", DENOISE_ERR_RANGE, "pool_size is 0");
    expect_inert("max_pooling2d", "strides=0,1", DENOISE_ERR_RANGE, "strides is 0");
    expect_inert("max_pooling2d", "padding=causal", DENOISE_ERR_INVALID, "padding is \"causal\", expected one of valid, same");
    expect_inert("max_pooling2d", "data_format=nchw", DENOISE_ERR_INVALID, "data_format is \"nchw\"");
}

static void a_gradient_may_be_left_out(void **state)
{
    (void)state;
    layer_run run;
    const denoise__shape shape = {2, {4, 3}};
    layer_run_make(&run, denoise_layer_max_pooling1d(2, NULL), &shape, 1, 1);
    float *kept = run.input_gradients[0];
    layer_run_forward(&run);
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    assert_true(isnan(kept[0]));
    run.input_gradients[0] = kept;
    layer_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greatest_of_windows),
        cmocka_unit_test(means_count_what_exists),
        cmocka_unit_test(ties_and_what_is_not_finite),
        cmocka_unit_test(windows_of_many_places),
        cmocka_unit_test(long_means_are_precise),
        cmocka_unit_test(gradients_are_differences),
        cmocka_unit_test(channels_first_are_the_same_numbers),
        cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(shapes),
        cmocka_unit_test(parameters),
        cmocka_unit_test(a_gradient_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
