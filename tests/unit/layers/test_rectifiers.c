/* SPDX-License-Identifier: Apache-2.0 */
/* ReLU, LeakyReLU and ELU: values and gradients worked by hand, and the bits of the activations of these names. */
#include "activations/activation.h"
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <string.h>

enum { POINTS = 9 };
static const denoise__shape shape = {1, {POINTS}}, number = {0, {0}};
static const float points[POINTS] = {-3, -1, -0.25f, -0.0f, 0, 0.25f, 1, 2, 8};

static denoise_layer *relu_of(double max_value, double negative_slope, double threshold)
{
    denoise_relu_options options = DENOISE_RELU_OPTIONS_INIT;
    options.max_value = max_value;
    options.negative_slope = negative_slope;
    options.threshold = threshold;
    return denoise_layer_relu(&options);
}

/* At the points, where all gradients are 1. */
static void expect(denoise_layer *layer, const float *values, const float *slopes)
{
    layer_run run;
    layer_run_make(&run, layer, &shape, 1, 2);
    for (int r = 0; r < 2; r++)
        for (int i = 0; i < POINTS; i++) {
            run.inputs[0][r * POINTS + i] = points[i];
            run.output_gradient[r * POINTS + i] = 1;
        }
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int i = 0; i < 2 * POINTS; i++) {
        if (fabsf(run.output[i] - values[i % POINTS]) > 1e-7f || fabsf(run.input_gradients[0][i] - slopes[i % POINTS]) > 1e-7f)
            fail_msg("at %g: %.9g with slope %.9g", (double)points[i % POINTS], (double)run.output[i],
                     (double)run.input_gradients[0][i]);
    }
    float *dx = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    run.input_gradients[0] = dx;
    layer_run_free(&run);
}

static void relu_by_hand(void **state)
{
    (void)state;
    expect(denoise_layer_relu(NULL), (const float[]){0, 0, 0, 0, 0, 0.25f, 1, 2, 8},
           (const float[]){0, 0, 0, 0, 0, 1, 1, 1, 1});
    expect(relu_of(2, 0, 0), (const float[]){0, 0, 0, 0, 0, 0.25f, 1, 2, 2}, (const float[]){0, 0, 0, 0, 0, 1, 1, 0, 0});
    expect(relu_of(NAN, 0, 0.5), (const float[]){0, 0, 0, 0, 0, 0, 1, 2, 8}, (const float[]){0, 0, 0, 0, 0, 0, 1, 1, 1});
    expect(relu_of(NAN, 0.5, 0), (const float[]){-1.5f, -0.5f, -0.125f, 0, 0, 0.25f, 1, 2, 8},
           (const float[]){0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 1, 1, 1, 1});
    expect(relu_of(3, 0.5, 0.5), (const float[]){-1.75f, -0.75f, -0.375f, -0.25f, -0.25f, -0.125f, 1, 2, 3},
           (const float[]){0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 1, 1, 0});
}

static void leaky_relu_by_hand(void **state)
{
    (void)state;
    expect(denoise_layer_leaky_relu(0.25, NULL), (const float[]){-0.75f, -0.25f, -0.0625f, 0, 0, 0.25f, 1, 2, 8},
           (const float[]){0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 1, 1, 1, 1});
    expect(denoise_layer_leaky_relu(0, NULL), (const float[]){0, 0, 0, 0, 0, 0.25f, 1, 2, 8},
           (const float[]){0, 0, 0, 0, 0, 1, 1, 1, 1});
}

static void elu_by_hand(void **state)
{
    (void)state;
    const float e3 = 0.0497870684f, e1 = 0.367879441f, e4 = 0.778800783f; /* e^-3, e^-1, e^-1/4 */
    expect(denoise_layer_elu(1, NULL), (const float[]){e3 - 1, e1 - 1, e4 - 1, 0, 0, 0.25f, 1, 2, 8},
           (const float[]){e3, e1, e4, 1, 1, 1, 1, 1, 1});
    expect(denoise_layer_elu(0.5, NULL), (const float[]){e3 / 2 - 0.5f, e1 / 2 - 0.5f, e4 / 2 - 0.5f, 0, 0, 0.25f, 1, 2, 8},
           (const float[]){e3 / 2, e1 / 2, e4 / 2, 0.5f, 0.5f, 1, 1, 1, 1});
}

static denoise_layer *defaults(const char *class_name)
{
    denoise_layer *layer;
    assert_int_equal(denoise_layer_create(&layer, class_name, NULL), DENOISE_OK);
    return layer;
}

/* Layer and activation are the same function, bit for bit; LeakyReLU has another default. */
static void layers_are_their_activations(void **state)
{
    (void)state;
    static const struct {
        const char *layer, *activation;
    } pairs[] = {{"ReLU", "relu"}, {"LeakyReLU", "leaky_relu(negative_slope=0.3)"}, {"ELU", "elu"}};
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        layer_run run;
        denoise__kind_ref ref;
        layer_run_make(&run, defaults(pairs[p].layer), &shape, 1, 100);
        assert_int_equal(denoise__kind_ref_make(&ref, &denoise__activation_registry, pairs[p].activation, NULL), DENOISE_OK);
        static float y[100 * POINTS], dx[100 * POINTS];
        layer_run_forward(&run);
        layer_run_backward(&run);
        denoise__activation_forward(&ref, run.inputs[0], y, 100, POINTS);
        denoise__activation_backward(&ref, NULL, y, run.output_gradient, dx, 100, POINTS);
        assert_memory_equal(run.output, y, sizeof y);
        assert_memory_equal(run.input_gradients[0], dx, sizeof dx);
        denoise__kind_ref_clear(&ref);
        layer_run_free(&run);
    }
}

static void nan_infinity_and_single_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *layer;
        float low;
    } ends[] = {{"ReLU", 0}, {"LeakyReLU", -INFINITY}, {"ELU", -1}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        layer_run run;
        layer_run_make(&run, defaults(ends[i].layer), &number, 1, 3);
        memcpy(run.inputs[0], (const float[]){NAN, INFINITY, -INFINITY}, 3 * sizeof(float));
        layer_run_forward(&run);
        assert_true(isnan(run.output[0]) && run.output[1] == INFINITY && run.output[2] == ends[i].low);
        layer_run_free(&run);
    }
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    denoise_layer *layers[] = {relu_of(1, 0.1, 0.2), denoise_layer_leaky_relu(0.1, NULL), denoise_layer_elu(2, NULL)};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        layer_run run;
        layer_run_make(&run, layers[i], &shape, 1, 9001);
        layer_run_check_threads(&run);
        layer_run_free(&run);
    }
}

static void bad_parameters(void **state)
{
    (void)state;
    layer_run_expect_inert(relu_of(-1, 0, 0), DENOISE_ERR_RANGE, "re_lu: max_value is -1, expected max_value >= 0");
    layer_run_expect_inert(relu_of(NAN, -0.5, 0), DENOISE_ERR_RANGE,
                           "re_lu: negative_slope is -0.5, expected negative_slope >= 0");
    layer_run_expect_inert(relu_of(NAN, 0, -2), DENOISE_ERR_RANGE, "re_lu: threshold is -2, expected threshold >= 0");
    layer_run_expect_inert(denoise_layer_leaky_relu(-1, NULL), DENOISE_ERR_RANGE,
                           "leaky_re_lu: negative_slope is -1, expected negative_slope >= 0");
    layer_run_expect_inert(denoise_layer_leaky_relu((double)NAN, NULL), DENOISE_ERR_RANGE,
                           "leaky_re_lu: negative_slope is nan, expected a finite number");
    layer_run_expect_inert(denoise_layer_elu(-1, NULL), DENOISE_ERR_RANGE, "elu: alpha is -1, expected alpha >= 0");
    denoise_relu_options options = DENOISE_RELU_OPTIONS_INIT;
    options.struct_size = 0;
    denoise_layer *layer = denoise_layer_relu(&options);
    assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_INVALID);
    assert_non_null(strstr(denoise_layer_error(layer), "relu options: struct_size is 0"));
    denoise_layer_free(layer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relu_by_hand),
        cmocka_unit_test(leaky_relu_by_hand),
        cmocka_unit_test(elu_by_hand),
        cmocka_unit_test(layers_are_their_activations),
        cmocka_unit_test(nan_infinity_and_single_numbers),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
