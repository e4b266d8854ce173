/* SPDX-License-Identifier: Apache-2.0 */
/* What Keras 3.15.1 warns of, each once: the list in docs/errors.md. */
#include "support/log_capture.h"
#include "support/nets.h"
#include <stdio.h>
#include <string.h>

static int64_t lines(void)
{
    int64_t count = 0;
    for (const char *at = log_capture_text(); (at = strchr(at, '\n')) != NULL; at++)
        count++;
    return count;
}

/* That one line has come. */
static void expect(const char *line)
{
    assert_string_equal(log_capture_text(), line);
    assert_int_equal(lines(), line[0] != '\0');
    if (line[0] != '\0') assert_int_equal(log_capture_last_level(), DENOISE_LOG_WARNING);
    log_capture_clear();
}

static denoise_trainer *compiled(denoise_model *model, denoise_loss *loss)
{
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), loss, NULL));
    return trainer;
}

static void fit(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    options.epochs = 2;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options));
}

static void a_softmax_of_one_column(void **state)
{
    (void)state;
    log_capture_start(false, 80);
    denoise_model *model = two_layers(6, 3, "softmax", 1, "softmax");
    expect("layer \"dense_1\": a softmax over an axis of length 1 always gives 1. Was a sigmoid meant?\n");
    denoise_trainer *trainer = compiled(model, denoise_loss_categorical_crossentropy(NULL));
    expect("In loss categorical_crossentropy, expected output \"dense_1\" to have num_classes > 1 columns, it has 1. Consider "
           "using "
           "'binary_crossentropy' if you only have 2 classes.\n");
    denoise_tensor *x = random_rows(4, 6, 1), *y = random_rows(4, 1, 2);
    fit(trainer, x, y);
    expect("");
    denoise_trainer_free(trainer);
    trainer = compiled(model, denoise_loss_sparse_categorical_crossentropy(NULL)); /* Keras does not, either */
    expect("");
    denoise_trainer_free(trainer);
    denoise_model_free(model);

    denoise_sequential *layers;
    ASSERT_OK(denoise_sequential_new(&layers, NULL));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_input((const int64_t[]){4, 1}, 2, NULL)));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_activation("softmax", "last")));
    expect("layer \"last\": a softmax over an axis of length 1 always gives 1. Was a sigmoid meant?\n");
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_activation("sigmoid", NULL)));
    expect("");
    denoise_sequential_free(layers);
    log_capture_stop();
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

static void logits_behind_an_activation(void **state)
{
    (void)state;
    denoise_crossentropy_options logits = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    logits.from_logits = 1;
    log_capture_start(false, 80);
    denoise_model *model = two_layers(6, 3, "relu", 2, "sigmoid");
    expect("");
    denoise_trainer *trainer = compiled(model, denoise_loss_categorical_crossentropy(&logits));
    expect("categorical_crossentropy received from_logits=True, but output \"dense_1\" was produced by a sigmoid activation "
           "and thus "
           "does not represent logits; the values before the activation are taken\n");
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    log_capture_stop();
}

static void layers_frozen_after_compile(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(4, 6, 1), *y = random_rows(4, 2, 2);
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    log_capture_start(false, 80);
    denoise_trainer *trainer = compiled(model, denoise_loss_mean_squared_error());
    fit(trainer, x, y);
    expect("");
    ASSERT_OK(denoise_layer_set_trainable(denoise_model_layer(model, "dense"), 0));
    ASSERT_OK(denoise_trainer_evaluate(NULL, trainer, x, y, NULL));
    log_capture_clear(); /* the bar */
    fit(trainer, x, y);
    expect("What trains in the model \"two_layers\" has changed since it was compiled, which takes effect at the next compile: "
           "\"dense\"\n");
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
    fit(trainer, x, y);
    expect("");
    denoise_trainer_free(trainer);
    trainer = compiled(model, denoise_loss_mean_squared_error());
    fit(trainer, x, y);
    expect("");
    ASSERT_OK(denoise_model_set_trainable(model, 1)); /* both: the inner one comes free */
    fit(trainer, x, y);
    expect("What trains in the model \"two_layers\" has changed since it was compiled, which takes effect at the next compile: "
           "\"dense\"\n");
    denoise_trainer_free(trainer);
    ASSERT_OK(denoise_model_set_trainable(model, 0));
    trainer = compiled(model, denoise_loss_mean_squared_error());
    fit(trainer, x, y);
    fit(trainer, x, y);
    expect("The model \"two_layers\" does not have any trainable weights.\n");
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    log_capture_stop();
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* Layers "a", "b" and "c" on one input; c has a penalty. */
static denoise_model *three_heads(void)
{
    denoise_graph *graph;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&graph, "heads"));
    denoise_node *in = denoise_graph_input(graph, (const int64_t[]){6}, 1), *outputs[3];
    for (int i = 0; i < 3; i++) {
        denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
        options.name = (const char *const[]){"a", "b", "c"}[i];
        options.kernel_regularizer = i == 2 ? "l2" : NULL;
        outputs[i] = denoise_graph_apply(graph, denoise_layer_dense(2, NULL, &options), in);
    }
    ASSERT_OK(denoise_graph_build_many(&model, graph, &in, 1, outputs, 3, NULL));
    denoise_graph_free(graph);
    return model;
}

/* A list that is too long for one line ends in "...". */
static void a_long_list_is_cut(void **state)
{
    (void)state;
    enum { LAYERS = 30 };
    denoise_sequential *layers;
    denoise_model *model;
    char name[64];
    ASSERT_OK(denoise_sequential_new(&layers, "long"));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_input((const int64_t[]){2}, 1, NULL)));
    for (int i = 0; i < LAYERS; i++) {
        denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
        (void)snprintf(name, sizeof name, "a_layer_with_a_name_of_many_letters_%d", i);
        options.name = name;
        ASSERT_OK(denoise_sequential_add(layers, denoise_layer_dense(2, NULL, &options)));
    }
    ASSERT_OK(denoise_sequential_build(&model, layers, NULL));
    denoise_trainer *trainer = compiled(model, denoise_loss_mean_squared_error());
    denoise_tensor *x = random_rows(4, 2, 1);
    ASSERT_OK(denoise_model_set_trainable(model, 0));
    log_capture_start(false, 80);
    fit(trainer, x, x);
    const char *text = log_capture_text(), *end = strstr(text, ", ...\n");
    assert_non_null(end);
    assert_int_equal(strlen(end), strlen(", ...\n"));
    assert_int_equal(end[-1], '"');
    assert_int_equal(lines(), 1);
    log_capture_stop();
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_sequential_free(layers);
    denoise_tensor_free(x);
}

static void weights_that_no_loss_reaches(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(4, 6, 1), *y = random_rows(4, 2, 2);
    const denoise_tensor *inputs[] = {x}, *targets[] = {y, y, y};
    denoise_model *model = three_heads();
    denoise_trainer *trainer;
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    options.verbose = 0;
    log_capture_start(false, 80);
    for (int all = 0; all < 2; all++) {
        denoise_loss *losses[3] = {denoise_loss_mean_squared_error()};
        for (int i = 1; i < 3 && all; i++)
            losses[i] = denoise_loss_mean_squared_error();
        compile.losses = losses;
        compile.loss_count = 3;
        ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), NULL, &compile));
        for (int i = 0; i < 2; i++)
            ASSERT_OK(denoise_trainer_fit_many(trainer, inputs, 1, targets, 3, &options));
        expect(all ? ""
                   : "No loss of the model \"heads\" reaches \"b/kernel\", \"b/bias\", \"c/bias\", which will not learn. Was "
                     "an output "
                     "left without a loss by mistake?\n");
        denoise_trainer_free(trainer);
    }
    log_capture_stop();
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

static float first_weight(const denoise_model *model, const char *layer)
{
    denoise_tensor *weight;
    ASSERT_OK(denoise_layer_get_weight(&weight, denoise_model_layer(model, layer), 0));
    float first = *(const float *)denoise_tensor_data(weight);
    denoise_tensor_free(weight);
    return first;
}

/* keras/src/optimizers/base_optimizer.py, apply: variables without a gradient are left out, and so do not decay. */
static void what_no_loss_reaches_does_not_decay(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(4, 6, 1), *y = random_rows(4, 2, 2);
    const denoise_tensor *inputs[] = {x}, *targets[] = {y, y, y};
    denoise_model *model = three_heads();
    denoise_trainer *trainer;
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_adam_options adamw;
    denoise_loss *losses[3] = {denoise_loss_mean_squared_error()};
    denoise_adamw_options_init(&adamw);
    adamw.weight_decay = 0.5;
    options.verbose = 0;
    compile.losses = losses;
    compile.loss_count = 3;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adamw(&adamw), NULL, &compile));
    static const char *const layers[] = {"a", "b"};
    float before[2], after[2];
    for (int i = 0; i < 2; i++)
        before[i] = first_weight(model, layers[i]);
    ASSERT_OK(denoise_trainer_fit_many(trainer, inputs, 1, targets, 3, &options));
    for (int i = 0; i < 2; i++)
        after[i] = first_weight(model, layers[i]);
    assert_true(before[0] != after[0]);
    assert_true(before[1] == after[1]);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_softmax_of_one_column),      cmocka_unit_test(logits_behind_an_activation),
        cmocka_unit_test(layers_frozen_after_compile),  cmocka_unit_test(a_long_list_is_cut),
        cmocka_unit_test(weights_that_no_loss_reaches), cmocka_unit_test(what_no_loss_reaches_does_not_decay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
