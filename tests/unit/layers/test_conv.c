/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <string.h>

/* Values by hand; that they are Keras' is the fixtures' affair, that they are the sums of layers/correlation.h
 * test_correlation's. */

static denoise_conv_options settings(const char *padding, int64_t strides)
{
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.padding = padding;
    options.strides = strides;
    return options;
}

static void fill(float *to, int64_t count, float first, float step)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = first + (float)i * step;
}

static void slides_without_turning_the_kernel(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {4, 1}};
    layer_run run;
    layer_run_make(&run, denoise_layer_conv1d(1, 3, NULL, NULL), &shape, 1, 1);
    fill(run.inputs[0], 4, 1, 1);
    const float kernel[] = {1, 10, 100};
    memcpy((float *)(uintptr_t)run.weights[0], kernel, sizeof kernel);
    ((float *)(uintptr_t)run.weights[1])[0] = 0.5f;
    layer_run_forward(&run);
    assert_int_equal(run.output_size, 2);
    assert_true(run.output[0] == 321.5f && run.output[1] == 432.5f);
    layer_run_free(&run);
}

static void causal_looks_back_alone(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {4, 1}};
    layer_run run;
    denoise_conv_options options = settings("causal", 1);
    options.use_bias = 0;
    layer_run_make(&run, denoise_layer_conv1d(1, 2, NULL, &options), &shape, 1, 1);
    fill(run.inputs[0], 4, 1, 1);
    const float kernel[] = {10, 1}, wanted[] = {1, 12, 23, 34};
    memcpy((float *)(uintptr_t)run.weights[0], kernel, sizeof kernel);
    layer_run_forward(&run);
    assert_memory_equal(run.output, wanted, sizeof wanted);
    layer_run_free(&run);
}

static void a_transposed_one_spreads(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {2, 1}};
    layer_run run;
    denoise_conv_options options = settings("valid", 2);
    options.use_bias = 0;
    layer_run_make(&run, denoise_layer_conv1d_transpose(1, 3, NULL, &options), &shape, 1, 1);
    fill(run.inputs[0], 2, 1, 1);
    const float kernel[] = {1, 10, 100}, wanted[] = {1, 10, 102, 20, 200};
    memcpy((float *)(uintptr_t)run.weights[0], kernel, sizeof kernel);
    layer_run_forward(&run);
    assert_int_equal(run.output_size, 5);
    assert_memory_equal(run.output, wanted, sizeof wanted);
    layer_run_free(&run);
}

/* One of each sort, with channels first and last, strides, dilation, groups and an activation. */
static void gradients_are_slopes(void **state)
{
    (void)state;
    static const denoise__shape flat = {2, {7, 4}}, picture = {3, {4, 5, 4}}, volume = {4, {3, 3, 3, 4}},
                                first = {3, {4, 4, 5}};
    denoise_conv_options strided = settings("same", 2), dilated = settings("same", 1), grouped = settings("same", 1);
    denoise_conv_options turned = settings("same", 1), padded = settings("same", 2);
    dilated.dilation_rate = 2;
    grouped.groups = 2;
    turned.data_format = "channels_first";
    padded.output_padding = 0;
    denoise_layer *layers[] = {
        denoise_layer_conv1d(3, 3, "tanh", &dilated),
        denoise_layer_conv2d(3, 3, NULL, &strided),
        denoise_layer_conv2d(4, 2, "sigmoid", &grouped),
        denoise_layer_conv2d(3, 3, "sigmoid", &turned),
        denoise_layer_conv3d(2, 2, NULL, NULL),
        denoise_layer_conv1d_transpose(2, 3, NULL, &strided),
        denoise_layer_conv2d_transpose(3, 3, "tanh", &padded),
        denoise_layer_conv2d_transpose(3, 3, "sigmoid", &turned),
        denoise_layer_conv3d_transpose(2, 2, NULL, &strided),
    };
    const denoise__shape *shapes[] = {&flat, &picture, &picture, &first, &volume, &flat, &picture, &first, &volume};
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
    static const denoise__shape shape = {3, {40, 33, 24}};
    denoise_conv_options same = settings("same", 1), strided = settings("same", 2);
    denoise_layer *layers[] = {denoise_layer_conv2d(24, 3, "relu", &same),
                               denoise_layer_conv2d_transpose(20, 3, NULL, &strided),
                               denoise_layer_conv2d(1, 3, "sigmoid", &same)};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        layer_run run;
        layer_run_make(&run, layers[i], &shape, 1, 2);
        layer_run_check_threads(&run);
        layer_run_free(&run);
    }
}

static void shapes_are_keras(void **state)
{
    (void)state;
    static const struct {
        const char *padding;
        int64_t size, strides, output_padding, rows, columns;
        bool is_transposed;
    } rows[] = {
        {"valid", 3, 1, -1, 5, 4, false}, {"valid", 3, 2, -1, 3, 2, false},  {"same", 3, 2, -1, 4, 3, false},
        {"same", 5, 3, -1, 3, 2, false},  {"valid", 3, 2, -1, 15, 13, true}, {"valid", 2, 3, -1, 21, 18, true},
        {"same", 3, 2, -1, 14, 12, true}, {"same", 3, 2, 0, 13, 11, true},   {"valid", 3, 2, 1, 16, 14, true},
    };
    static const denoise__shape shape = {3, {7, 6, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        denoise_conv_options options = settings(rows[i].padding, rows[i].strides);
        options.output_padding = rows[i].output_padding;
        denoise_layer *layer = rows[i].is_transposed ? denoise_layer_conv2d_transpose(5, rows[i].size, NULL, &options)
                                                     : denoise_layer_conv2d(5, rows[i].size, NULL, &options);
        layer_run run;
        layer_run_make(&run, layer, &shape, 1, 1);
        const denoise__shape wanted = {3, {rows[i].rows, rows[i].columns, 5}};
        if (!denoise__shape_equal(&run.output_shapes[0], &wanted)) fail_msg("row %d", (int)i);
        assert_string_equal(denoise_layer_weight_name(run.layer, 0), "kernel");
        assert_int_equal(run.layer->weights[0].spec.shape.dim[2], rows[i].is_transposed ? 5 : 2);
        layer_run_free(&run);
    }
}

static denoise_layer *with_lists(const char *kind, const int64_t *size, int64_t count, const char *other, int64_t value)
{
    denoise_params *params;
    denoise_layer *layer = NULL;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_int(params, "filters", 4), DENOISE_OK);
    assert_int_equal(denoise_params_set_ints(params, "kernel_size", size, count), DENOISE_OK);
    if (other != NULL) assert_int_equal(denoise_params_set_int(params, other, value), DENOISE_OK);
    (void)denoise_layer_create(&layer, kind, params);
    denoise_params_free(params);
    return layer;
}

static void a_window_may_be_oblong(void **state)
{
    (void)state;
    static const denoise__shape shape = {3, {7, 6, 2}};
    layer_run run;
    layer_run_make(&run, with_lists("Conv2D", (const int64_t[]){3, 1}, 2, NULL, 0), &shape, 1, 1);
    assert_int_equal(run.output_shapes[0].dim[0], 5);
    assert_int_equal(run.output_shapes[0].dim[1], 6);
    layer_run_free(&run);
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    static const denoise__shape picture = {3, {7, 6, 3}}, small = {3, {2, 6, 3}}, flat = {2, {7, 6}};
    denoise_conv_options both = settings("valid", 2), causal = settings("causal", 1), grouped = settings("valid", 1);
    denoise_conv_options padded = settings("valid", 2), first = settings("causal", 1), many = settings("valid", 1);
    both.dilation_rate = 2;
    grouped.groups = 2;
    padded.output_padding = 2;
    first.data_format = "channels_first";
    many.depth_multiplier = 2;
    layer_run_expect_inert(denoise_layer_conv2d(2, 3, NULL, &both), DENOISE_ERR_UNSUPPORTED,
                           "conv2d: strides of 2 and a dilation_rate of 2, expected one of them to be 1");
    layer_run_expect_inert(denoise_layer_conv2d(2, 3, NULL, &causal), DENOISE_ERR_INVALID,
                           "conv2d: padding is \"causal\", expected one of valid, same");
    layer_run_expect_inert(denoise_layer_conv1d(2, 3, NULL, &first), DENOISE_ERR_INVALID,
                           "conv1d: padding is causal, which needs data_format channels_last");
    layer_run_expect_inert(denoise_layer_conv2d(3, 3, NULL, &grouped), DENOISE_ERR_INVALID,
                           "conv2d: filters is 3, expected a multiple of groups, 2");
    layer_run_expect_inert(denoise_layer_conv2d_transpose(3, 3, NULL, &padded), DENOISE_ERR_RANGE,
                           "conv2d_transpose: output_padding is 2, expected 0 to 1 with strides of 2");
    layer_run_expect_inert(denoise_layer_conv2d(3, 3, NULL, &many), DENOISE_ERR_INVALID,
                           "depth_multiplier is 2, which this layer does not have");
    layer_run_expect_inert(denoise_layer_conv2d(0, 3, NULL, NULL), DENOISE_ERR_RANGE,
                           "conv2d: filters is 0, expected filters >= 1");
    assert_null(with_lists("conv2d", (const int64_t[]){3, 3, 3}, 3, NULL, 0));
    assert_non_null(strstr(denoise_last_error(), "kernel_size has 3 numbers, expected 1 or 2"));
    layer_run_expect_failure(denoise_layer_conv2d(2, 3, NULL, &grouped), &picture, 1, DENOISE_ERR_SHAPE,
                             "input has 3 channels, expected a multiple of groups, 2");
    layer_run_expect_failure(denoise_layer_conv2d(2, 3, NULL, NULL), &small, 1, DENOISE_ERR_SHAPE,
                             "a window of 3 does not fit into a length of 2");
    layer_run_expect_failure(denoise_layer_conv2d(2, 3, NULL, NULL), &flat, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 7, 6), expected 4 axes");
}

static void other_lengths_share_the_weights_and_other_channels_do_not(void **state)
{
    (void)state;
    static const denoise__shape one = {3, {7, 6, 3}}, longer = {3, {9, 11, 3}}, other = {3, {7, 6, 4}};
    denoise_layer *layer = denoise_layer_conv2d(2, 3, NULL, NULL);
    denoise__shape out;
    assert_int_equal(denoise__layer_apply_shapes(layer, &one, 1, &out), DENOISE_OK);
    assert_int_equal(denoise__layer_apply_shapes(layer, &longer, 1, &out), DENOISE_OK);
    assert_int_equal(out.dim[0], 7);
    assert_int_equal(out.dim[1], 9);
    assert_int_equal(denoise__layer_apply_shapes(layer, &other, 1, &out), DENOISE_ERR_SHAPE);
    assert_non_null(strstr(denoise_last_error(), "expected (*, *, *, 3)"));
    denoise_layer_free(layer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slides_without_turning_the_kernel),
        cmocka_unit_test(causal_looks_back_alone),
        cmocka_unit_test(a_transposed_one_spreads),
        cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(shapes_are_keras),
        cmocka_unit_test(a_window_may_be_oblong),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(other_lengths_share_the_weights_and_other_channels_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
