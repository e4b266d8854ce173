/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <string.h>

static const denoise__shape shape = {1, {5000}};

static void noise_has_the_moments(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_gaussian_noise(0.5, NULL), &shape, 1, 8);
    layer_run_forward(&run);
    double sum = 0, squares = 0, count = (double)run.output_size;
    for (int64_t i = 0; i < run.output_size; i++) {
        double noise = (double)run.output[i] - (double)run.inputs[0][i];
        sum += noise;
        squares += noise * noise;
    }
    /* 5 standard deviations of the mean and of the variance */
    assert_true(fabs(sum / count) < 5 * 0.5 / sqrt(count));
    assert_true(fabs(squares / count - 0.25) < 5 * 0.25 * sqrt(2 / count));
    layer_run_backward(&run);
    assert_memory_equal(run.input_gradients[0], run.output_gradient, (size_t)run.output_size * sizeof(float));
    layer_run_free(&run);
}

static void no_width_is_identity(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_gaussian_noise(0, NULL), &shape, 1, 1);
    layer_run_forward(&run);
    assert_memory_equal(run.output, run.inputs[0], (size_t)run.output_size * sizeof(float));
    layer_run_free(&run);
}

static void noise_follows_seed_and_stream(void **state)
{
    (void)state;
    static float first[5000];
    layer_run run;
    layer_run_make(&run, denoise_layer_gaussian_noise(0.1, NULL), &shape, 1, 1);
    layer_run_forward(&run);
    memcpy(first, run.output, sizeof first);
    run.args.random.stream++;
    layer_run_forward(&run);
    assert_memory_not_equal(first, run.output, sizeof first);
    run.args.random.stream--;
    run.args.random.seed++;
    layer_run_forward(&run);
    assert_memory_not_equal(first, run.output, sizeof first);
    layer_run_free(&run);
}

static void gradients(void **state)
{
    (void)state;
    static const denoise__shape small = {1, {20}};
    layer_run run;
    layer_run_make(&run, denoise_layer_gaussian_noise(0.3, NULL), &small, 1, 2);
    layer_run_check_gradients(&run, 0.5, 1e-5);
    float *dx = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    run.input_gradients[0] = dx;
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_gaussian_noise(0.25, NULL), &shape, 1, 13);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void bad_parameters(void **state)
{
    (void)state;
    layer_run_expect_inert(denoise_layer_gaussian_noise(-1, NULL), DENOISE_ERR_RANGE,
                           "gaussian_noise: stddev is -1, expected 0 <= stddev <= 1");
    layer_run_expect_inert(denoise_layer_gaussian_noise(1.01, NULL), DENOISE_ERR_RANGE,
                           "gaussian_noise: stddev is 1.01, expected 0 <= stddev <= 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_has_the_moments),         cmocka_unit_test(no_width_is_identity),
        cmocka_unit_test(noise_follows_seed_and_stream), cmocka_unit_test(gradients),
        cmocka_unit_test(bits_do_not_depend_on_threads), cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
