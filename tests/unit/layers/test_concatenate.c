/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static void joins_the_last_axis(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{2, {4, 3}}, {2, {4, 5}}};
    layer_run run;
    layer_run_make(&run, denoise_layer_concatenate(-1, "both"), shapes, 2, 2);
    assert_string_equal(denoise_layer_name(run.layer), "both");
    assert_int_equal(run.output_shapes[0].dim[1], 8);
    layer_run_forward(&run);
    for (int64_t i = 0; i < run.output_size; i++) {
        int64_t r = i / 8, c = i % 8;
        assert_true(run.output[i] == (c < 3 ? run.inputs[0][r * 3 + c] : run.inputs[1][r * 5 + c - 3]));
    }
    layer_run_check_gradients(&run, 0.5, 1e-5);
    layer_run_free(&run);
}

static void joins_a_middle_axis_of_three(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{3, {2, 1, 3}}, {3, {2, 2, 3}}, {3, {2, 4, 3}}};
    layer_run run;
    layer_run_make(&run, denoise_layer_concatenate(2, NULL), shapes, 3, 2);
    assert_int_equal(run.output_shapes[0].dim[1], 7);
    layer_run_forward(&run);
    for (int64_t i = 0; i < run.output_size; i++) {
        int64_t outer = i / 21, b = i / 3 % 7, c = i % 3;
        float expected = b == 0  ? run.inputs[0][outer * 3 + c]
                         : b < 3 ? run.inputs[1][outer * 6 + (b - 1) * 3 + c]
                                 : run.inputs[2][outer * 12 + (b - 3) * 3 + c];
        assert_true(run.output[i] == expected);
    }
    layer_run_check_gradients(&run, 0.5, 1e-5);
    layer_run_free(&run);
}

static void a_gradient_may_be_left_out(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{1, {4}}, {1, {1}}};
    layer_run run;
    layer_run_make(&run, denoise_layer_concatenate(1, NULL), shapes, 2, 2);
    float *first = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    assert_true(isnan(first[0]));
    assert_true(run.input_gradients[1][1] == run.output_gradient[9]);
    run.input_gradients[0] = first;
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{1, {400}}, {1, {300}}};
    layer_run run;
    layer_run_make(&run, denoise_layer_concatenate(-1, NULL), shapes, 2, 300);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void shapes_that_do_not_fit(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{2, {4, 3}}, {2, {2, 3}}, {1, {3}}};
    layer_run_expect_failure(denoise_layer_concatenate(-1, NULL), shapes, 2, DENOISE_ERR_SHAPE,
                             "inputs have shapes (None, 4, 3) and (None, 2, 3), expected equal lengths except on axis 2");
    layer_run_expect_failure(denoise_layer_concatenate(-1, NULL), shapes + 1, 2, DENOISE_ERR_SHAPE,
                             "inputs have shapes (None, 2, 3) and (None, 3), expected equal lengths except on axis 2");
    layer_run_expect_failure(denoise_layer_concatenate(0, NULL), shapes, 1, DENOISE_ERR_SHAPE,
                             "axis 0 of input shape (None, 4, 3) is the batch axis, which cannot be joined");
    layer_run_expect_failure(denoise_layer_concatenate(-3, NULL), shapes, 1, DENOISE_ERR_SHAPE,
                             "axis -3 of input shape (None, 4, 3) is the batch axis, which cannot be joined");
    layer_run_expect_failure(denoise_layer_concatenate(3, NULL), shapes, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 4, 3), it has no axis 3");
    layer_run_expect_failure(denoise_layer_concatenate(-4, NULL), shapes, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 4, 3), it has no axis -4");
}

static void sizes_that_do_not_fit_the_machine(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{1, {INT64_MAX}}, {1, {1}}};
    denoise__shape output;
    denoise_layer *layer = denoise_layer_concatenate(-1, NULL);
    assert_int_equal(denoise__layer_apply_shapes(layer, shapes, 2, &output), DENOISE_ERR_OVERFLOW);
    assert_string_equal(denoise_last_error(), "the joined axis 1 is too long");
    denoise_layer_free(layer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_the_last_axis),        cmocka_unit_test(joins_a_middle_axis_of_three),
        cmocka_unit_test(a_gradient_may_be_left_out), cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(shapes_that_do_not_fit),     cmocka_unit_test(sizes_that_do_not_fit_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
