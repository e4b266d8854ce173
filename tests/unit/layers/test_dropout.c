/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <string.h>

static const denoise__shape shape = {2, {50, 40}};
enum { BATCH = 20 };

static denoise_layer *seeded(int64_t seed)
{
    denoise_params *params;
    denoise_layer *layer;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_double(params, "rate", 0.5), DENOISE_OK);
    assert_int_equal(denoise_params_set_int(params, "seed", seed), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, "Dropout", params), DENOISE_OK);
    denoise_params_free(params);
    return layer;
}

static void keeps_a_share_and_scales_it(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_dropout(0.3, NULL), &shape, 1, BATCH);
    layer_run_forward(&run);
    layer_run_backward(&run);
    int64_t kept = 0;
    float scale = (float)(1 / 0.7);
    for (int64_t i = 0; i < run.output_size; i++) {
        bool zero = run.output[i] == 0;
        kept += !zero;
        if (!zero) assert_true(run.output[i] == run.inputs[0][i] * scale);
        assert_true(run.input_gradients[0][i] == (zero ? 0 : run.output_gradient[i] * scale));
    }
    /* binomial: 5 standard deviations */
    double share = (double)kept / (double)run.output_size;
    assert_true(fabs(share - 0.7) < 5 * sqrt(0.21 / (double)run.output_size));
    layer_run_free(&run);
}

static void rate_0_is_identity_and_1_is_zero(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_dropout(0, NULL), &shape, 1, 2);
    layer_run_forward(&run);
    assert_memory_equal(run.output, run.inputs[0], (size_t)run.output_size * sizeof(float));
    layer_run_free(&run);
    layer_run_make(&run, denoise_layer_dropout(1, NULL), &shape, 1, 2);
    run.inputs[0][0] = INFINITY;
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int64_t i = 0; i < run.output_size; i++)
        assert_true(run.output[i] == 0 && run.input_gradients[0][i] == 0);
    layer_run_free(&run);
}

static void gradients(void **state)
{
    (void)state;
    static const denoise__shape small = {1, {30}};
    layer_run run;
    layer_run_make(&run, denoise_layer_dropout(0.4, NULL), &small, 1, 2);
    layer_run_check_gradients(&run, 0.5, 1e-5);
    float *dx = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    run.input_gradients[0] = dx;
    layer_run_free(&run);
}

static void mask_follows_seed_and_stream(void **state)
{
    (void)state;
    static float first[2000 * BATCH];
    layer_run run;
    layer_run_make(&run, denoise_layer_dropout(0.5, NULL), &shape, 1, BATCH);
    layer_run_forward(&run);
    size_t bytes = (size_t)run.output_size * sizeof(float);
    memcpy(first, run.output, bytes);
    layer_run_forward(&run);
    assert_memory_equal(first, run.output, bytes);
    run.args.random.stream++;
    layer_run_forward(&run);
    assert_memory_not_equal(first, run.output, bytes);
    run.args.random.stream--;
    run.args.random.seed++;
    layer_run_forward(&run);
    assert_memory_not_equal(first, run.output, bytes);
    layer_run_free(&run);
}

static void own_seed_replaces_the_runs(void **state)
{
    (void)state;
    static float first[2000];
    layer_run run;
    layer_run_make(&run, seeded(8), &shape, 1, 1);
    layer_run_forward(&run);
    memcpy(first, run.output, sizeof first);
    run.args.random.seed++;
    layer_run_forward(&run);
    assert_memory_equal(first, run.output, sizeof first);
    layer_run_free(&run);
    layer_run_make(&run, seeded(9), &shape, 1, 1);
    layer_run_forward(&run);
    assert_memory_not_equal(first, run.output, sizeof first);
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_dropout(0.25, NULL), &shape, 1, 33);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void bad_parameters(void **state)
{
    (void)state;
    layer_run_expect_inert(denoise_layer_dropout(-0.1, NULL), DENOISE_ERR_RANGE,
                           "dropout: rate is -0.1, expected 0 <= rate <= 1");
    layer_run_expect_inert(denoise_layer_dropout(1.5, NULL), DENOISE_ERR_RANGE,
                           "dropout: rate is 1.5, expected 0 <= rate <= 1");
    layer_run_expect_inert(denoise_layer_dropout((double)NAN, NULL), DENOISE_ERR_RANGE,
                           "dropout: rate is nan, expected a finite number");
    static const int64_t noise_shape[] = {-1, 1};
    denoise_params *params;
    denoise_layer *layer;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, "dropout", params), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "dropout: rate must be given");
    assert_int_equal(denoise_params_set_double(params, "rate", 0.5), DENOISE_OK);
    assert_int_equal(denoise_params_set_ints(params, "noise_shape", noise_shape, 2), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, "dropout", params), DENOISE_ERR_UNSUPPORTED);
    assert_string_equal(denoise_last_error(), "dropout: noise_shape is given, only None is supported");
    assert_null(layer);
    denoise_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_share_and_scales_it),
        cmocka_unit_test(rate_0_is_identity_and_1_is_zero),
        cmocka_unit_test(gradients),
        cmocka_unit_test(mask_follows_seed_and_stream),
        cmocka_unit_test(own_seed_replaces_the_runs),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
