/* SPDX-License-Identifier: Apache-2.0 */
/* Each activation as a model of one layer: its values and its gradients against Keras'. */
#include "support/cmocka_test.h"
#include "support/keras_config.h"

static denoise_model *build(fixture *f, const char *activation, const denoise_params *settings, const denoise_tensor *x)
{
    denoise_params *params;
    fixture_ok(f, denoise_params_new(&params));
    fixture_keep_params(f, params);
    fixture_ok(f, denoise_params_set_kind(params, "activation", activation, settings));
    denoise_sequential *sequential;
    fixture_ok(f, denoise_sequential_new(&sequential, NULL));
    fixture_keep_sequential(f, sequential);
    int32_t rank = denoise_tensor_rank(x) - 1;
    fixture_ok(f, denoise_sequential_add(sequential, denoise_layer_input(denoise_tensor_shape(x) + 1, rank, NULL)));
    denoise_layer *layer;
    fixture_ok(f, denoise_layer_create(&layer, "Activation", params));
    fixture_ok(f, denoise_sequential_add(sequential, layer));
    denoise_model *model;
    fixture_ok(f, denoise_sequential_build(&model, sequential, NULL));
    return fixture_keep_model(f, model);
}

static void run(fixture *f)
{
    const char *activation = fixture_name(f);
    denoise_params *settings = keras_params(f, "activation", activation, fixture_member(f, "config"));
    const denoise_tensor *x = fixture_tensor(f, "x"), *dy = fixture_tensor(f, "dy");
    denoise_model *model = build(f, activation, settings, x);
    denoise_tensor *y, *dx, *trained_y;
    fixture_ok(f, denoise_model_predict(&y, model, x, NULL));
    fixture_keep_tensor(f, y);
    fixture_ok(f, denoise_model_gradients(&dx, NULL, &trained_y, model, &x, &dy, 0, 0));
    fixture_keep_tensor(f, dx);
    fixture_keep_tensor(f, trained_y);
    fixture_compare(f, "y", y, fixture_tensor(f, "y"), FIXTURE_ONE_OPERATION);
    fixture_compare(f, "y of the gradients' pass", trained_y, fixture_tensor(f, "y"), FIXTURE_ONE_OPERATION);
    fixture_compare(f, "dx", dx, fixture_tensor(f, "dx"), FIXTURE_ONE_OPERATION);
}

static void test_activations_are_those_of_keras(void **state)
{
    (void)state;
    fixtures *set = fixtures_open("activations");
    fixtures_run(set, (const fixture_kind[]){{"activation", run}}, 1);
    fixtures_end(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_activations_are_those_of_keras)};
    return cmocka_run_group_tests_name("golden_activations", tests, NULL, NULL);
}
