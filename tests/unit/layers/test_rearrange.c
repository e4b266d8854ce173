/* SPDX-License-Identifier: Apache-2.0 */
#include "made_layer.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static void axes_are_permuted(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3, 4, 5, 6}, dy[] = {10, 20, 30, 40, 50, 60};
    expect_values("permute", "dims=2,1", SHAPE(2, 3), x, (const float[]){1, 4, 2, 5, 3, 6}, dy,
                  (const float[]){10, 30, 50, 20, 40, 60}, 0);
    expect_values("permute", "dims=2,1,3", SHAPE(3, 1, 2), x, x, dy, dy, 0);
    expect_values("permute", "dims=2,1,3", SHAPE(1, 3, 2), x, x, dy, dy, 0);
    expect_values("permute", "dims=3,1,2", SHAPE(1, 2, 3), x, (const float[]){1, 4, 2, 5, 3, 6}, dy,
                  (const float[]){10, 30, 50, 20, 40, 60}, 0);
    expect_shape("permute", "dims=4,2,1,3", SHAPE(2, 3, 4, 5), SHAPE(5, 3, 2, 4));
}

static denoise_layer *of_one(void)
{
    const int64_t one = 1;
    return denoise_layer_permute(&one, 1, "one");
}

static void one_axis_stays(void **state)
{
    (void)state;
    layer_run run;
    const denoise__shape shape = {1, {7}};
    layer_run_make(&run, of_one(), &shape, 1, 3);
    layer_run_forward(&run);
    layer_run_backward(&run);
    assert_memory_equal(run.output, run.inputs[0], 21 * sizeof(float));
    assert_memory_equal(run.input_gradients[0], run.output_gradient, 21 * sizeof(float));
    layer_run_free(&run);
}

/* Every permutation of five axes, each place by its index. */
static void any_order(void **state)
{
    (void)state;
    enum { RANK = 5, SIZE = 2 * 3 * 4 * 1 * 5 };
    static const int64_t lengths[RANK] = {2, 3, 4, 1, 5};
    int tried = 0;
    for (int code = 0; code < 5 * 5 * 5 * 5 * 5; code++) {
        int64_t dims[RANK], used = 0, rest = code;
        for (int i = 0; i < RANK; i++, rest /= RANK) {
            dims[i] = rest % RANK + 1;
            used |= 1 << dims[i];
        }
        if (used != 62) continue;
        tried++;
        layer_run run;
        const denoise__shape shape = shape_of(RANK, lengths);
        layer_run_make(&run, denoise_layer_permute(dims, RANK, NULL), &shape, 1, 2);
        layer_run_forward(&run);
        layer_run_backward(&run);
        for (int64_t n = 0; n < 2 * SIZE; n++) {
            int64_t place[RANK], at = 0, left = n % SIZE;
            for (int i = RANK - 1; i >= 0; i--) {
                place[dims[i] - 1] = left % lengths[dims[i] - 1];
                left /= lengths[dims[i] - 1];
            }
            for (int i = 0; i < RANK; i++)
                at = at * lengths[i] + place[i];
            at += n / SIZE * SIZE;
            assert_true(run.output[n] == run.inputs[0][at]);
            assert_true(run.input_gradients[0][at] == run.output_gradient[n]);
        }
        layer_run_free(&run);
    }
    assert_int_equal(tried, 120);
}

static void blocks_and_channels(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3, 4, 5, 6, 7, 8}, dy[] = {1, 2, 3, 4, 5, 6, 7, 8};
    /* one row of two pixels of four channels: two rows of four pixels */
    expect_values("depth_to_space", "block_size=2", SHAPE(1, 2, 4), x, (const float[]){1, 2, 5, 6, 3, 4, 7, 8}, dy,
                  (const float[]){1, 2, 5, 6, 3, 4, 7, 8}, 0);
    expect_values("space_to_depth", "block_size=2", SHAPE(2, 4, 1), x, (const float[]){1, 2, 5, 6, 3, 4, 7, 8}, dy,
                  (const float[]){1, 2, 5, 6, 3, 4, 7, 8}, 0);
    /* one pixel of eight channels: channels 0 and 1 are those of the first pixel */
    expect_values("depth_to_space", "block_size=2", SHAPE(1, 1, 8), x, x, dy, dy, 0);
    expect_values("depth_to_space", "block_size=2 data_format=channels_first", SHAPE(8, 1, 1), x,
                  (const float[]){1, 3, 5, 7, 2, 4, 6, 8}, dy, (const float[]){1, 5, 2, 6, 3, 7, 4, 8}, 0);
    expect_channels_first("depth_to_space", "block_size=3", SHAPE(2, 3, 18));
    expect_channels_first("space_to_depth", "block_size=3", SHAPE(6, 3, 5));
}

static void gradients_and_threads(void **state)
{
    (void)state;
    expect_gradients("permute", "dims=3,1,2", SHAPE(2, 3, 4), 0.5);
    expect_gradients("depth_to_space", "block_size=2", SHAPE(2, 3, 8), 0.5);
    expect_gradients("space_to_depth", "block_size=2 data_format=channels_first", SHAPE(3, 4, 2), 0.5);
    expect_threads("permute", "dims=2,1,3", SHAPE(40, 41, 16), 9);
    expect_threads("depth_to_space", "block_size=2", SHAPE(20, 20, 64), 9);
}

static void shapes_and_parameters(void **state)
{
    (void)state;
    expect_shape("depth_to_space", "block_size=2", SHAPE(3, 4, 12), SHAPE(6, 8, 3));
    expect_shape("space_to_depth", "block_size=2 data_format=channels_first", SHAPE(3, 4, 6), SHAPE(12, 2, 3));
    expect_no_shape("depth_to_space", "block_size=2", SHAPE(3, 4, 6), "input has 6 channels, expected a multiple of 4");
    expect_no_shape("space_to_depth", "block_size=2", SHAPE(4, 5, 1),
                    "input has 5 columns of pixels, expected a multiple of 2");
    expect_no_shape("permute", "dims=2,1", SHAPE(3, 4, 6), "input has shape (None, 3, 4, 6), expected 3 axes");
    expect_inert("depth_to_space", "block_size=1", DENOISE_ERR_RANGE, "block_size is 1");
    expect_inert("space_to_depth", "", DENOISE_ERR_INVALID, "block_size must be given");
    expect_inert("permute", "", DENOISE_ERR_INVALID, "dims must be given");
    expect_inert("permute", "dims=0,1", DENOISE_ERR_RANGE, "dims is 0");
    expect_inert("permute", "dims=1,3", DENOISE_ERR_INVALID,
                 "dims has 2 numbers, expected 1 to 7, each from 1 to their number once");
    expect_inert("permute", "dims=2,2", DENOISE_ERR_INVALID, "dims has 2 numbers");
    expect_inert("permute", "dims=1,2,3,4,5,6,7,8", DENOISE_ERR_INVALID, "dims has 8 numbers, expected 1 to 7");
    static const denoise__shape too_long = {3, {INT64_MAX >> 10, 1, 0}}, too_deep = {3, {1048576, 1048576, INT64_MAX >> 30}};
    layer_run_expect_failure(made_layer("depth_to_space", "block_size=1048576"), &too_long, 1, DENOISE_ERR_OVERFLOW,
                             "an axis of blocks is too long");
    layer_run_expect_failure(made_layer("space_to_depth", "block_size=1048576"), &too_deep, 1, DENOISE_ERR_OVERFLOW,
                             "the blocks have too many channels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_are_permuted),   cmocka_unit_test(one_axis_stays),        cmocka_unit_test(any_order),
        cmocka_unit_test(blocks_and_channels), cmocka_unit_test(gradients_and_threads), cmocka_unit_test(shapes_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
