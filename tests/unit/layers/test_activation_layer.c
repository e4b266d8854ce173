/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static const denoise__shape shape = {2, {3, 5}}, number = {0, {0}};

static void applies_its_function(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_activation("elu(alpha=0.5)", "bend"), &shape, 1, 2);
    layer_run_forward(&run);
    for (int64_t i = 0; i < run.output_size; i++) {
        double x = (double)run.inputs[0][i];
        assert_true(fabs((double)run.output[i] - (x > 0 ? x : 0.5 * expm1(x))) < 1e-6);
        assert_true(run.pre_activation[i] == run.inputs[0][i]);
    }
    layer_run_free(&run);
}

static void gradients(void **state)
{
    (void)state;
    static const char *const names[] = {"linear", "sigmoid", "tanh", "softmax", "softplus"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        layer_run run;
        layer_run_make(&run, denoise_layer_activation(names[i], NULL), &shape, 1, 2);
        layer_run_check_gradients(&run, 0.01, 1e-3);
        layer_run_free(&run);
    }
}

static void works_in_place_and_on_numbers(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_activation("relu", NULL), &number, 1, 3);
    run.args.outputs = run.inputs;
    run.args.pre_activation = NULL;
    run.inputs[0][1] = -2;
    layer_run_forward(&run);
    assert_true(run.inputs[0][1] == 0);
    float *dx = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    denoise__layer_kind_of(run.layer)->backward(&run.args);
    run.input_gradients[0] = dx;
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    layer_run run;
    layer_run_make(&run, denoise_layer_activation("softmax", NULL), &shape, 1, 5000);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void bad_parameters(void **state)
{
    (void)state;
    layer_run_expect_inert(denoise_layer_activation(NULL, NULL), DENOISE_ERR_INVALID,
                           "activation: activation is None, expected a kind");
    denoise_layer *layer = denoise_layer_activation("reluu", NULL);
    assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_NAME);
    denoise_layer_free(layer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applies_its_function),
        cmocka_unit_test(gradients),
        cmocka_unit_test(works_in_place_and_on_numbers),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
