/* SPDX-License-Identifier: Apache-2.0 */
/* Which form convolutions have is chosen for the process, for a trainer or for one call; what was made for the other form is
 * made anew. */
#include "support/nets.h"
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3, SIDE = 9, CHANNELS = 24, FILTERS = 25 };

static denoise_model *convolution(void)
{
    denoise_graph *graph;
    denoise_model *model;
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.padding = "same";
    ASSERT_OK(denoise_graph_new(&graph, "c"));
    denoise_node *image = denoise_graph_input(graph, (const int64_t[]){SIDE, SIDE, CHANNELS}, 3);
    denoise_node *out = denoise_graph_apply(graph, denoise_layer_conv2d(FILTERS, 3, "tanh", &options), image);
    out = denoise_graph_apply(graph, denoise_layer_conv2d(CHANNELS, 3, NULL, &options), out);
    ASSERT_OK(denoise_graph_build(&model, graph, image, out, NULL));
    denoise_graph_free(graph);
    return model;
}

static denoise_tensor *pictures(uint64_t stream)
{
    denoise_tensor *flat = random_rows(ROWS, SIDE * SIDE * CHANNELS, stream), *shaped;
    ASSERT_OK(denoise_tensor_reshape(&shaped, flat, (const int64_t[]){ROWS, SIDE, SIDE, CHANNELS}, 4));
    denoise_tensor_free(flat);
    return shaped;
}

static uint64_t predicted(const denoise_model *model, const denoise_tensor *x, const char *convolution)
{
    denoise_tensor *y;
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    options.convolution = convolution;
    ASSERT_OK(denoise_model_predict(&y, model, x, &options));
    uint64_t hash = hash_of(y);
    denoise_tensor_free(y);
    return hash;
}

static void predict_can_choose(void **state)
{
    (void)state;
    denoise_model *model = convolution();
    denoise_tensor *x = pictures(1);
    uint64_t direct = predicted(model, x, "direct"), winograd = predicted(model, x, "auto");
    assert_true(direct != winograd);
    assert_string_equal(denoise_convolution_name(), "auto");
    assert_true(predicted(model, x, NULL) == winograd);
    assert_int_equal(setenv("DENOISE_CONVOLUTION", "direct", 1), 0);
    assert_string_equal(denoise_convolution_name(), "direct");
    assert_true(predicted(model, x, NULL) == direct);
    ASSERT_OK(denoise_set_convolution("auto")); /* goes before the environment */
    assert_true(predicted(model, x, NULL) == winograd && predicted(model, x, "direct") == direct);
    ASSERT_OK(denoise_set_convolution(NULL));
    assert_true(predicted(model, x, NULL) == direct);
    assert_int_equal(unsetenv("DENOISE_CONVOLUTION"), 0);
    ASSERT_OK(denoise_set_convolution("direct"));
    assert_string_equal(denoise_convolution_name(), "direct");
    assert_true(predicted(model, x, NULL) == direct && predicted(model, x, "auto") == winograd);
    ASSERT_OK(denoise_set_convolution(NULL));
    denoise_tensor_free(x);
    denoise_model_free(model);
}

/* Weights after two fits, with the choice of the process changed in between. */
static uint64_t fitted(const char *compiled, const char *first, const char *second)
{
    denoise_model *model = convolution();
    denoise_trainer *trainer;
    denoise_tensor *x = pictures(1), *y = pictures(2);
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    options.convolution = compiled;
    fit.verbose = 0;
    ASSERT_OK(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &options));
    ASSERT_OK(denoise_set_convolution(first));
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &fit));
    ASSERT_OK(denoise_set_convolution(second));
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &fit));
    ASSERT_OK(denoise_set_convolution(NULL));
    uint64_t hash = hash_of_weights(model);
    denoise_tensor *a, *b;
    denoise_predict_options predict = DENOISE_PREDICT_OPTIONS_INIT;
    predict.verbose = 0;
    ASSERT_OK(denoise_trainer_predict(&a, trainer, x, &predict)); /* in the trainer's form */
    predict.convolution = compiled;
    ASSERT_OK(denoise_model_predict(&b, model, x, &predict));
    assert_true(hash_of(a) == hash_of(b));
    denoise_tensor_free(a);
    denoise_tensor_free(b);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    return hash;
}

static void a_trainer_can_choose(void **state)
{
    (void)state;
    uint64_t winograd = fitted(NULL, "auto", "auto"), direct = fitted(NULL, "direct", "direct");
    uint64_t turned = fitted(NULL, "auto", "direct");
    assert_true(winograd != direct && turned != winograd && turned != direct);
    assert_true(fitted("direct", "auto", "auto") == direct);
    assert_true(fitted("auto", "direct", "auto") == winograd);
}

static void other_names_are_refused(void **state)
{
    (void)state;
    denoise_model *model = convolution();
    denoise_tensor *x = pictures(1), *y;
    denoise_trainer *trainer;
    denoise_predict_options predict = DENOISE_PREDICT_OPTIONS_INIT;
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    predict.convolution = "winograd";
    compile.convolution = "";
    ASSERT_FAILS(denoise_model_predict(&y, model, x, &predict), DENOISE_ERR_NAME,
                 "predict options: convolution is \"winograd\", expected \"auto\" or \"direct\"");
    assert_null(y);
    ASSERT_FAILS(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &compile),
        DENOISE_ERR_NAME, "compile options: convolution is \"\", expected \"auto\" or \"direct\"");
    assert_null(trainer);
    ASSERT_FAILS(denoise_set_convolution("Direct"), DENOISE_ERR_NAME,
                 "denoise_set_convolution: convolution is \"Direct\", expected \"auto\" or \"direct\"");
    assert_string_equal(denoise_convolution_name(), "auto");
    denoise_tensor_free(x);
    denoise_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predict_can_choose),
        cmocka_unit_test(a_trainer_can_choose),
        cmocka_unit_test(other_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
