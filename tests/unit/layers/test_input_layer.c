/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static denoise_status create(denoise_layer **layer, const char *key, const int64_t *values, int64_t count, bool twice)
{
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    if (key != NULL) assert_int_equal(denoise_params_set_ints(params, key, values, count), DENOISE_OK);
    if (twice) assert_int_equal(denoise_params_set_ints(params, "shape", values, count), DENOISE_OK);
    denoise_status status = denoise_layer_create(layer, "InputLayer", params);
    denoise_params_free(params);
    return status;
}

static void check_shape(denoise_layer *layer, int32_t rank, int64_t last)
{
    denoise__shape output;
    assert_int_equal(denoise__layer_apply_shapes(layer, NULL, 0, &output), DENOISE_OK);
    assert_int_equal(output.rank, rank);
    if (rank > 0) assert_int_equal(output.dim[rank - 1], last);
    denoise_layer_free(layer);
}

static void shape_of_one_sample(void **state)
{
    (void)state;
    static const int64_t shape[] = {28, 27}, batch_shape[] = {-1, 784}, open[] = {-1, -1, 3};
    denoise_layer *layer;
    check_shape(denoise_layer_input(shape, 2, "image"), 2, 27);
    check_shape(denoise_layer_input(NULL, 0, NULL), 0, 0);
    check_shape(denoise_layer_input(open, 3, NULL), 3, 3);
    check_shape(denoise_layer_input(open, 2, NULL), 2, -1);
    assert_int_equal(create(&layer, "batch_shape", batch_shape, 2, false), DENOISE_OK);
    check_shape(layer, 1, 784);
    assert_int_equal(create(&layer, "shape", shape, 2, false), DENOISE_OK);
    check_shape(layer, 2, 27);
}

static void bad_shapes(void **state)
{
    (void)state;
    static const int64_t zero[] = {0}, ones[] = {1, 1, 1, 1, 1, 1, 1, 1}, fixed[] = {32, 784}, hole[] = {-1, 0};
    denoise_layer *layer;
    layer_run_expect_inert(denoise_layer_input(zero, 1, NULL), DENOISE_ERR_RANGE,
                           "input_layer: shape has length 0, expected lengths >= 1, or -1 for any");
    layer_run_expect_inert(denoise_layer_input(ones, 8, NULL), DENOISE_ERR_RANGE, "rank is 8, expected 0 .. 7");
    layer_run_expect_inert(denoise_layer_input(NULL, 1, NULL), DENOISE_ERR_NULL, "shape is NULL, expected 1 lengths");
    assert_int_equal(create(&layer, "shape", ones, 8, false), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "input_layer: shape has 8 lengths, expected at most 7");
    assert_int_equal(create(&layer, NULL, NULL, 0, false), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "input_layer: expected one of shape and batch_shape, got none");
    assert_int_equal(create(&layer, "batch_shape", ones, 2, true), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "input_layer: expected one of shape and batch_shape, got both");
    assert_int_equal(create(&layer, "batch_shape", fixed, 2, false), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(),
                        "input_layer: batch_shape must begin with -1: the number of samples is not fixed");
    assert_int_equal(create(&layer, "batch_shape", hole, 2, false), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "input_layer: batch_shape has length 0, expected lengths >= 1, or -1 for any");
}

static void takes_no_input(void **state)
{
    (void)state;
    static const int64_t shape[] = {4};
    static const denoise__shape input = {1, {4}};
    layer_run_expect_failure(denoise_layer_input(shape, 1, NULL), &input, 1, DENOISE_ERR_INVALID, "got 1 inputs, expected 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shape_of_one_sample),
        cmocka_unit_test(bad_shapes),
        cmocka_unit_test(takes_no_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
