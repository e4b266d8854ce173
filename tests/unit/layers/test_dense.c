/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static const denoise__shape row = {1, {9}}, matrix = {2, {3, 7}}, cube = {3, {2, 3, 5}}, number = {0, {0}};

static denoise_layer *dense(int64_t units, const char *activation, const char *bias)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    if (bias != NULL)
        options.bias_initializer = bias;
    else
        options.use_bias = 0;
    return denoise_layer_dense(units, activation, &options);
}

static void values_are_the_formula(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, dense(4, NULL, "random_normal"), &cube, 1, 2);
    layer_run_forward(&run);
    for (int64_t r = 0; r < 12; r++) {
        for (int64_t j = 0; j < 4; j++) {
            double sum = (double)run.weights[1][j];
            for (int64_t q = 0; q < 5; q++)
                sum += (double)run.inputs[0][r * 5 + q] * (double)run.weights[0][q * 4 + j];
            assert_true(fabs((double)run.output[r * 4 + j] - sum) < 1e-6);
            assert_true(run.pre_activation[r * 4 + j] == run.output[r * 4 + j]);
        }
    }
    layer_run_free(&run);
}

static void shapes_follow_the_last_axis(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, dense(4, "relu", "zeros"), &matrix, 1, 2);
    assert_int_equal(run.output_shapes[0].rank, 2);
    assert_int_equal(run.output_shapes[0].dim[0], 3);
    assert_int_equal(run.output_shapes[0].dim[1], 4);
    assert_int_equal(denoise_layer_weight_count(run.layer), 2);
    assert_string_equal(denoise_layer_weight_name(run.layer, 0), "kernel");
    assert_string_equal(denoise_layer_weight_name(run.layer, 1), "bias");
    assert_int_equal(denoise_layer_count_params(run.layer), 7 * 4 + 4);
    layer_run_free(&run);
}

static void gradients_of_every_rank_and_activation(void **state)
{
    (void)state;
    static const char *const activations[] = {NULL, "sigmoid", "tanh", "softmax", "softplus"};
    const denoise__shape *shapes[] = {&row, &matrix, &cube};
    for (size_t a = 0; a < sizeof activations / sizeof *activations; a++) {
        for (int s = 0; s < 3; s++) {
            layer_run run;
            layer_run_make(&run, dense(6, activations[a], s == 1 ? NULL : "random_normal"), shapes[s], 1, 3);
            layer_run_check_gradients(&run, activations[a] == NULL ? 0.5 : 0.01, activations[a] == NULL ? 1e-5 : 1e-3);
            layer_run_free(&run);
        }
    }
}

static void gradients_that_nobody_needs_are_not_touched(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, dense(6, NULL, "zeros"), &row, 1, 3);
    float *dx = run.input_gradients[0], *dk = run.weight_gradients[0], *db = run.weight_gradients[1];
    layer_run_forward(&run);
    run.input_gradients[0] = run.weight_gradients[0] = run.weight_gradients[1] = NULL;
    layer_run_backward(&run);
    assert_true(isnan(dx[0]) && isnan(dk[0]) && isnan(db[0]));
    run.weight_gradients[1] = db;
    layer_run_backward(&run);
    assert_true(isnan(dx[0]) && isnan(dk[0]) && !isnan(db[0]));
    run.input_gradients[0] = dx;
    run.weight_gradients[0] = dk;
    layer_run_free(&run);
}

/* 1000 rows: several blocks of column sums */
static void bias_gradient_is_the_sum_of_columns(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, dense(3, NULL, "zeros"), &row, 1, 1000);
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int64_t j = 0; j < 3; j++) {
        double sum = 0;
        for (int64_t i = 0; i < 1000; i++)
            sum += (double)run.output_gradient[i * 3 + j];
        assert_true(fabs((double)run.weight_gradients[1][j] - sum) < 1e-5);
    }
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const denoise__shape wide = {1, {784}};
    layer_run run;
    layer_run_make(&run, dense(256, "relu", "zeros"), &wide, 1, 300);
    layer_run_check_threads(&run);
    layer_run_free(&run);
    layer_run_make(&run, dense(10, "softmax", "zeros"), &matrix, 1, 777);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void shapes_that_do_not_fit(void **state)
{
    (void)state;
    static const denoise__shape huge = {1, {INT64_MAX / 2}};
    const denoise__shape two[] = {{1, {2}}, {1, {2}}};
    layer_run_expect_failure(dense(4, NULL, "zeros"), &number, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None,), expected at least 2 axes");
    layer_run_expect_failure(dense(4, NULL, "zeros"), two, 2, DENOISE_ERR_INVALID, "got 2 inputs, expected 1");
    layer_run_expect_failure(dense(4, NULL, "zeros"), &huge, 1, DENOISE_ERR_OVERFLOW,
                             "a kernel of shape (4611686018427387903, 4) has too many elements");
}

static void another_shape_must_fit_the_kernel(void **state)
{
    (void)state;
    static const denoise__shape other = {1, {100}}, same_axis = {2, {5, 9}};
    denoise__shape output;
    denoise_layer *layer = dense(4, NULL, "zeros");
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
    assert_int_equal(denoise__layer_apply_shapes(layer, &same_axis, 1, &output), DENOISE_OK);
    assert_int_equal(output.dim[0], 5);
    assert_int_equal(denoise__layer_apply_shapes(layer, &other, 1, &output), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "input has shape (None, 100), expected (*, 9)");
    denoise_layer_free(layer);
}

static void bad_parameters(void **state)
{
    (void)state;
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    layer_run_expect_inert(denoise_layer_dense(0, NULL, NULL), DENOISE_ERR_RANGE, "dense: units is 0, expected units >= 1");
    options.kernel_initializer = NULL;
    layer_run_expect_inert(denoise_layer_dense(4, NULL, &options), DENOISE_ERR_INVALID,
                           "dense: kernel_initializer is None, expected a kind");
    options = (denoise_dense_options)DENOISE_DENSE_OPTIONS_INIT;
    options.struct_size = 0;
    layer_run_expect_inert(denoise_layer_dense(4, NULL, &options), DENOISE_ERR_INVALID,
                           "dense options: struct_size is 0, expected at least 56; start from DENOISE_DENSE_OPTIONS_INIT or "
                           "denoise_dense_options_init()");
    denoise_layer *layer = denoise_layer_dense(4, "rleu", NULL);
    assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_NAME);
    denoise_layer_free(layer);
}

static void options_of_a_newer_caller(void **state)
{
    (void)state;
    struct {
        denoise_dense_options known;
        int64_t more;
    } newer = {DENOISE_DENSE_OPTIONS_INIT, 0};
    newer.known.struct_size = (int64_t)sizeof newer;
    newer.known.name = "wide";
    newer.known.trainable = 0;
    denoise_layer *layer = denoise_layer_dense(4, NULL, &newer.known);
    assert_string_equal(denoise_layer_error(layer), "");
    assert_string_equal(denoise_layer_name(layer), "wide");
    assert_int_equal(denoise_layer_trainable(layer), 0);
    denoise_layer_free(layer);
    newer.more = 42;
    layer_run_expect_inert(
        denoise_layer_dense(4, NULL, &newer.known), DENOISE_ERR_INVALID,
        "dense options: byte 72 is set, in a field of a newer version; this one has 72 bytes, struct_size is "
        "80");
}

static void regularizers_reach_the_weights(void **state)
{
    (void)state;
    denoise_dense_options options;
    denoise_dense_options_init(&options);
    options.kernel_regularizer = "l2(0.001)";
    layer_run run;
    layer_run_make(&run, denoise_layer_dense(4, NULL, &options), &row, 1, 1);
    assert_string_equal(run.layer->weights[0].spec.regularizer->kind->name, "l2");
    assert_null(run.layer->weights[1].spec.regularizer->kind);
    layer_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_the_formula),
        cmocka_unit_test(shapes_follow_the_last_axis),
        cmocka_unit_test(gradients_of_every_rank_and_activation),
        cmocka_unit_test(gradients_that_nobody_needs_are_not_touched),
        cmocka_unit_test(bias_gradient_is_the_sum_of_columns),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(shapes_that_do_not_fit),
        cmocka_unit_test(another_shape_must_fit_the_kernel),
        cmocka_unit_test(bad_parameters),
        cmocka_unit_test(options_of_a_newer_caller),
        cmocka_unit_test(regularizers_reach_the_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
