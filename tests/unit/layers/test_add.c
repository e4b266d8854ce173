/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static void sums_in_order(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{2, {4, 3}}, {2, {4, 3}}, {2, {4, 3}}};
    layer_run run;
    layer_run_make(&run, denoise_layer_add(NULL), shapes, 3, 5);
    layer_run_forward(&run);
    for (int64_t i = 0; i < run.output_size; i++) {
        assert_true(run.output[i] == run.inputs[0][i] + run.inputs[1][i] + run.inputs[2][i]);
    }
    layer_run_check_gradients(&run, 0.5, 1e-5);
    layer_run_free(&run);
}

static void one_input_is_copied(void **state)
{
    (void)state;
    static const denoise__shape shape = {1, {4}};
    layer_run run;
    layer_run_make(&run, denoise_layer_add(NULL), &shape, 1, 2);
    run.inputs[0][0] = -0.0F;
    layer_run_forward(&run);
    assert_true(signbit(run.output[0]));
    layer_run_free(&run);
}

static void axes_of_one_are_broadcast(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{3, {2, 1, 3}}, {3, {2, 4, 1}}, {2, {4, 3}}, {0, {0}}};
    layer_run run;
    layer_run_make(&run, denoise_layer_add(NULL), shapes, 4, 3);
    assert_int_equal(run.output_shapes[0].rank, 3);
    layer_run_forward(&run);
    for (int64_t i = 0; i < run.output_size; i++) {
        int64_t s = i / 24, a = i / 12 % 2, b = i / 3 % 4, c = i % 3;
        float expected = run.inputs[0][s * 6 + a * 3 + c] + run.inputs[1][s * 8 + a * 4 + b];
        expected += run.inputs[2][s * 12 + b * 3 + c];
        assert_true(run.output[i] == expected + run.inputs[3][s]);
    }
    layer_run_check_gradients(&run, 0.5, 1e-5);
    layer_run_free(&run);
}

static void a_gradient_may_be_left_out(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{1, {4}}, {1, {1}}};
    layer_run run;
    layer_run_make(&run, denoise_layer_add(NULL), shapes, 2, 2);
    float *first = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    assert_true(isnan(first[0]));
    assert_false(isnan(run.input_gradients[1][0]));
    run.input_gradients[0] = first;
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{2, {40, 50}}, {2, {1, 50}}};
    layer_run run;
    layer_run_make(&run, denoise_layer_add(NULL), shapes, 2, 65);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void shapes_that_do_not_fit(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{1, {4}}, {1, {3}}};
    layer_run_expect_failure(denoise_layer_add(NULL), shapes, 2, DENOISE_ERR_SHAPE,
                             "inputs have shapes (None, 4) and (None, 3), expected equal lengths or 1");
    layer_run_expect_failure(denoise_layer_add(NULL), shapes, 0, DENOISE_ERR_INVALID, "got 0 inputs, expected at least 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_in_order),
        cmocka_unit_test(one_input_is_copied),
        cmocka_unit_test(axes_of_one_are_broadcast),
        cmocka_unit_test(a_gradient_may_be_left_out),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(shapes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
