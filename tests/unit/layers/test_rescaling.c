/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static const denoise__shape shape = {1, {6}}, number = {0, {0}};

static void scales_then_adds(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_rescaling(1.0 / 127.5, -1, NULL), &shape, 1, 3);
    layer_run_forward(&run);
    for (int64_t i = 0; i < run.output_size; i++) {
        volatile float product = run.inputs[0][i] * (float)(1.0 / 127.5);
        assert_true(run.output[i] == product + -1.0F);
    }
    layer_run_check_gradients(&run, 0.5, 1e-4);
    float *dx = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    run.input_gradients[0] = dx;
    layer_run_free(&run);
}

static void works_on_single_numbers(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_rescaling(2, 1, NULL), &number, 1, 3);
    layer_run_forward(&run);
    assert_true(run.output[2] == run.inputs[0][2] * 2 + 1);
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_rescaling(0.1, 0.2, NULL), &shape, 1, 20000);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void bad_parameters(void **state)
{
    (void)state;
    layer_run_expect_inert(denoise_layer_rescaling((double)INFINITY, 0, NULL), DENOISE_ERR_RANGE,
                           "rescaling: scale is inf, expected a finite number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales_then_adds),
        cmocka_unit_test(works_on_single_numbers),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
