/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <string.h>

static void each_channel_has_filters_of_its_own(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {3, 2}};
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.depth_multiplier = 2;
    options.use_bias = 0;
    layer_run run;
    layer_run_make(&run, denoise_layer_depthwise_conv1d(2, NULL, &options), &shape, 1, 1);
    const float x[] = {1, 2, 3, 4, 5, 6}, kernel[] = {1, 2, 3, 4, 10, 20, 30, 40};
    /* channel 0: 1, 3, 5; channel 1: 2, 4, 6 */
    const float wanted[] = {31, 62, 126, 168, 53, 106, 192, 256};
    memcpy(run.inputs[0], x, sizeof x);
    memcpy((float *)(uintptr_t)run.weights[0], kernel, sizeof kernel);
    layer_run_forward(&run);
    assert_int_equal(run.output_size, 8);
    assert_memory_equal(run.output, wanted, sizeof wanted);
    layer_run_free(&run);
}

static void a_separable_one_ends_with_a_matrix(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {2, 2}};
    layer_run run;
    layer_run_make(&run, denoise_layer_separable_conv1d(1, 1, NULL, NULL), &shape, 1, 1);
    const float x[] = {1, 2, 3, 4}, kernel[] = {10, 100}, matrix[] = {1, 2}, bias[] = {0.5f}, wanted[] = {410.5f, 830.5f};
    memcpy(run.inputs[0], x, sizeof x);
    memcpy((float *)(uintptr_t)run.weights[0], kernel, sizeof kernel);
    memcpy((float *)(uintptr_t)run.weights[1], matrix, sizeof matrix);
    memcpy((float *)(uintptr_t)run.weights[2], bias, sizeof bias);
    layer_run_forward(&run);
    assert_memory_equal(run.output, wanted, sizeof wanted);
    assert_string_equal(denoise_layer_weight_name(run.layer, 0), "depthwise_kernel");
    assert_string_equal(denoise_layer_weight_name(run.layer, 1), "pointwise_kernel");
    layer_run_free(&run);
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    static const denoise__shape flat = {2, {7, 3}}, picture = {3, {4, 5, 3}}, first = {3, {3, 4, 5}};
    denoise_conv_options doubled = DENOISE_CONV_OPTIONS_INIT, turned = DENOISE_CONV_OPTIONS_INIT,
                         strided = DENOISE_CONV_OPTIONS_INIT;
    doubled.depth_multiplier = 2;
    doubled.padding = turned.padding = "same";
    turned.data_format = "channels_first";
    turned.depth_multiplier = 2;
    strided.strides = 2;
    denoise_layer *layers[] = {
        denoise_layer_depthwise_conv1d(3, "tanh", &doubled),    denoise_layer_depthwise_conv2d(3, NULL, &strided),
        denoise_layer_depthwise_conv2d(2, "tanh", &turned),     denoise_layer_separable_conv1d(4, 3, NULL, &doubled),
        denoise_layer_separable_conv2d(4, 3, "tanh", &strided), denoise_layer_separable_conv2d(4, 3, "sigmoid", &turned),
    };
    const denoise__shape *shapes[] = {&flat, &picture, &first, &flat, &picture, &first};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        layer_run run;
        layer_run_make(&run, layers[i], shapes[i], 1, 2);
        layer_run_check_gradients(&run, 0.01, 2e-3);
        layer_run_free(&run);
    }
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    static const denoise__shape shape = {3, {40, 33, 20}};
    denoise_layer *layers[] = {denoise_layer_depthwise_conv2d(3, "relu", NULL),
                               denoise_layer_separable_conv2d(24, 3, NULL, NULL)};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        layer_run run;
        layer_run_make(&run, layers[i], &shape, 1, 2);
        layer_run_check_threads(&run);
        layer_run_free(&run);
    }
}

/* No gradient of the input is wanted, and none of one of the kernels. */
static void gradients_may_be_left_out(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {5, 3}};
    layer_run run;
    layer_run_make(&run, denoise_layer_separable_conv1d(4, 2, NULL, NULL), &shape, 1, 2);
    layer_run_forward(&run);
    layer_run_backward(&run);
    float kept[3 * 4], *matrix = run.weight_gradients[1], *x = run.input_gradients[0];
    memcpy(kept, matrix, sizeof kept);
    float depthwise = run.weight_gradients[0][0];
    matrix[0] = x[0] = NAN;
    run.weight_gradients[1] = NULL;
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    assert_true(isnan(matrix[0]) && isnan(x[0]) && run.weight_gradients[0][0] == depthwise);
    run.weight_gradients[1] = matrix;
    run.input_gradients[0] = x;
    layer_run_free(&run);
}

static void options_of_other_sorts_are_refused(void **state)
{
    (void)state;
    denoise_conv_options grouped = DENOISE_CONV_OPTIONS_INIT, padded = DENOISE_CONV_OPTIONS_INIT;
    grouped.groups = 2;
    padded.output_padding = 1;
    layer_run_expect_inert(denoise_layer_depthwise_conv2d(3, NULL, &grouped), DENOISE_ERR_INVALID,
                           "groups is 2, which this layer does not have");
    layer_run_expect_inert(denoise_layer_separable_conv2d(3, 3, NULL, &padded), DENOISE_ERR_INVALID,
                           "output_padding is 1, which this layer does not have");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_channel_has_filters_of_its_own),
        cmocka_unit_test(a_separable_one_ends_with_a_matrix),
        cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(gradients_may_be_left_out),
        cmocka_unit_test(options_of_other_sorts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
