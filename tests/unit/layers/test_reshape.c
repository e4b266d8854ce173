/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static const denoise__shape matrix = {2, {3, 8}}, number = {0, {0}};

static void apply(denoise_layer *layer, const denoise__shape *input, denoise__shape *output)
{
    assert_string_equal(denoise_layer_error(layer), "");
    assert_int_equal(denoise__layer_apply_shapes(layer, input, 1, output), DENOISE_OK);
    assert_true(denoise__layer_kind_of(layer)->is_alias);
    denoise_layer_free(layer);
}

static void flatten_gives_one_row(void **state)
{
    (void)state;
    denoise__shape output;
    apply(denoise_layer_flatten(NULL), &matrix, &output);
    assert_int_equal(output.rank, 1);
    assert_int_equal(output.dim[0], 24);
    apply(denoise_layer_flatten(NULL), &number, &output);
    assert_int_equal(output.rank, 1);
    assert_int_equal(output.dim[0], 1);
}

static void reshape_resolves_one_length(void **state)
{
    (void)state;
    static const int64_t target[] = {4, -1};
    denoise__shape output;
    apply(denoise_layer_reshape(target, 2, NULL), &matrix, &output);
    assert_int_equal(output.rank, 2);
    assert_int_equal(output.dim[0], 4);
    assert_int_equal(output.dim[1], 6);
    apply(denoise_layer_reshape(NULL, 0, NULL), &number, &output);
    assert_int_equal(output.rank, 0);
}

static void sizes_that_do_not_fit(void **state)
{
    (void)state;
    static const int64_t target[] = {5, 5};
    layer_run_expect_failure(denoise_layer_reshape(target, 2, NULL), &matrix, 1, DENOISE_ERR_SHAPE,
                             "cannot reshape (3, 8) of 24 elements into (5, 5), which has 25");
}

static void bad_parameters(void **state)
{
    (void)state;
    static const int64_t zero[] = {4, 0}, twice[] = {-1, -1}, low[] = {-2}, ones[] = {1, 1, 1, 1, 1, 1, 1, 1};
    layer_run_expect_inert(denoise_layer_reshape(zero, 2, NULL), DENOISE_ERR_RANGE,
                           "reshape: target_shape has length 0, expected >= 1 or -1");
    layer_run_expect_inert(denoise_layer_reshape(twice, 2, NULL), DENOISE_ERR_INVALID,
                           "reshape: target_shape has 2 lengths -1, expected at most one");
    layer_run_expect_inert(denoise_layer_reshape(low, 1, NULL), DENOISE_ERR_RANGE,
                           "reshape: target_shape is -2, expected target_shape >= -1");
    layer_run_expect_inert(denoise_layer_reshape(ones, 8, NULL), DENOISE_ERR_RANGE, "rank is 8, expected 0 .. 7");
    layer_run_expect_inert(denoise_layer_reshape(ones, -1, NULL), DENOISE_ERR_RANGE, "rank is -1, expected 0 .. 7");
    layer_run_expect_inert(denoise_layer_reshape(NULL, 2, NULL), DENOISE_ERR_NULL, "shape is NULL, expected 2 lengths");
    denoise_params *params;
    denoise_layer *layer;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_ints(params, "target_shape", ones, 8), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, "reshape", params), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "reshape: target_shape has 8 lengths, expected at most 7");
    denoise_params_free(params);
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_text(params, "data_format", "channels_first"), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, "flatten", params), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "flatten: data_format is \"channels_first\", expected one of channels_last");
    denoise_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flatten_gives_one_row),
        cmocka_unit_test(reshape_resolves_one_length),
        cmocka_unit_test(sizes_that_do_not_fit),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
