/* SPDX-License-Identifier: Apache-2.0 */
/* What a trainer keeps: penalties as compiled, the form of "accuracy", the sums of an epoch, names in the logs. */
#include "support/nets.h"
#include <math.h>
#include <string.h>

static double value_of(denoise_logs *logs, const char *key)
{
    double value;
    ASSERT_OK(denoise_logs_get(logs, key, &value));
    return value;
}

static denoise_fit_options quiet(int64_t epochs)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    options.epochs = epochs;
    return options;
}

static denoise_layer *penalized(const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    options.kernel_initializer = "ones";
    options.kernel_regularizer = "l2(0.5)";
    options.use_bias = 0;
    return denoise_layer_dense(1, NULL, &options);
}

/* w <- w - 0.1 (2 0.5 w) = 0.9 w in each step, though no loss reaches w. */
static void test_penalty_of_weights_without_loss(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_sgd_options sgd;
    denoise_sgd_options_init(&sgd);
    sgd.learning_rate = 0.1;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *in = denoise_graph_input(g, (const int64_t[]){1}, 1);
    denoise_node *a = denoise_graph_apply(g, denoise_layer_dense(1, NULL, NULL), in);
    denoise_node *b = denoise_graph_apply(g, penalized("idle"), in);
    ASSERT_OK(denoise_graph_build_many(&model, g, &in, 1, (denoise_node *[]){a, b}, 2, NULL));
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.losses = (denoise_loss *[]){denoise_loss_mean_squared_error(), NULL};
    compile.loss_count = 2;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&sgd), NULL, &compile));
    denoise_tensor *x = random_rows(4, 1, 1), *y = random_rows(4, 1, 2);
    denoise_fit_options options = quiet(1);
    const double expected[] = {0.9, 0.81, 0.729, 0.6561};
    for (int i = 0; i < 4; i++) {
        denoise_tensor *weight;
        double value;
        ASSERT_OK(
            denoise_trainer_fit_many(trainer, (const denoise_tensor *[]){x}, 1, (const denoise_tensor *[]){y, y}, 2, &options));
        ASSERT_OK(denoise_model_get_weight(&weight, model, denoise_model_weight_count(model) - 1));
        ASSERT_OK(denoise_tensor_item(weight, 0, &value));
        assert_true(fabs(value - expected[i]) < 1e-6);
        denoise_tensor_free(weight);
    }
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_graph_free(g);
}

static void test_penalty_stays_as_compiled(void **state)
{
    (void)state;
    denoise_sequential *s;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_layer *layer = penalized("one");
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){2}, 1, NULL));
    denoise_sequential_add(s, layer);
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    denoise_tensor *x = random_rows(4, 2, 1), *y = random_rows(4, 1, 2);
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.verbose = 0;
    denoise_logs *before, *after;
    ASSERT_OK(denoise_trainer_evaluate(&before, trainer, x, y, &options));
    ASSERT_OK(denoise_layer_set_trainable(layer, 0));
    ASSERT_OK(denoise_trainer_evaluate(&after, trainer, x, y, &options));
    assert_true(value_of(before, "loss") > 1.0); /* 0.5 (1 + 1) and the error */
    assert_true(value_of(before, "loss") == value_of(after, "loss"));
    denoise_logs_free(after);
    options.verbose = 3;
    ASSERT_FAILS(denoise_trainer_evaluate(&after, trainer, x, y, &options), DENOISE_ERR_RANGE, "verbose is 3");
    denoise_logs_free(before), denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_sequential_free(s);
}

/* (n, 1) labels and (n, 3) one-hot rows, on a loss that takes neither form for given: mean squared error of 3 columns. */
static denoise_tensor *one_hot_rows(int64_t rows)
{
    denoise_tensor *labels = random_labels(rows, 3, 4), *hot;
    ASSERT_OK(denoise_tensor_one_hot(&hot, labels, 3));
    denoise_tensor_free(labels);
    return hot;
}

static void test_accuracy_keeps_its_form_in_a_run(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *model;
    denoise_trainer *trainer;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *in = denoise_graph_input(g, (const int64_t[]){2}, 1);
    denoise_node *a = denoise_graph_apply(g, denoise_layer_dense(3, "softmax", NULL), in);
    denoise_node *b = denoise_graph_apply(g, denoise_layer_dense(3, "softmax", NULL), in);
    ASSERT_OK(denoise_graph_build_many(&model, g, &in, 1, (denoise_node *[]){a, b}, 2, NULL));
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.losses = (denoise_loss *[]){denoise_loss_mean_squared_error(), NULL}; /* the second output has metrics only */
    compile.loss_count = 2;
    compile.metrics = (denoise_metric *[]){denoise_metric_accuracy()};
    compile.metric_outputs = (const int64_t[]){1};
    compile.metric_count = 1;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), NULL, &compile));
    denoise_tensor *x = random_rows(8, 2, 1), *hot = one_hot_rows(8), *labels = random_labels(8, 3, 5);
    const denoise_tensor *xs[] = {x}, *hots[] = {hot, hot}, *mixed[] = {hot, labels};
    denoise_fit_options options = quiet(2);
    options.validation_x = xs;
    options.validation_y = mixed;
    ASSERT_FAILS(denoise_trainer_fit_many(trainer, xs, 1, hots, 2, &options), DENOISE_ERR_SHAPE, "metric \"accuracy\"");
    options.validation_y = hots;
    ASSERT_FAILS(denoise_trainer_fit_many(trainer, xs, 1, mixed, 2, &options), DENOISE_ERR_SHAPE, "metric \"accuracy\"");
    ASSERT_OK(denoise_trainer_fit_many(trainer, xs, 1, hots, 2, &options));
    options.validation_y = mixed;
    ASSERT_OK(denoise_trainer_fit_many(trainer, xs, 1, mixed, 2, &options));
    denoise_tensor_free(x), denoise_tensor_free(hot), denoise_tensor_free(labels);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_graph_free(g);
}

static denoise_status test_another_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)batch, (void)logs;
    const denoise_tensor *const *data = user_data;
    return denoise_trainer_test_on_batch(NULL, trainer, data[0], data[1], NULL);
}

static double epoch_loss(denoise_model *model, const denoise_tensor *x, const denoise_tensor *y, denoise_callback *callback)
{
    denoise_trainer *trainer;
    denoise_sgd_options sgd;
    denoise_sgd_options_init(&sgd);
    sgd.learning_rate = 1e-30; /* the weights stay */
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&sgd), denoise_loss_mean_squared_error(), NULL));
    if (callback != NULL) ASSERT_OK(denoise_trainer_add_callback(trainer, callback));
    denoise_fit_options options = quiet(1);
    options.batch_size = 2;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options));
    double loss = denoise_history_values(denoise_trainer_history(trainer), "loss")[0];
    denoise_trainer_free(trainer);
    return loss;
}

static void test_on_batch_in_a_callback_leaves_the_epoch(void **state)
{
    (void)state;
    denoise_model *model = two_layers(3, 4, "tanh", 2, NULL);
    denoise_tensor *x = random_rows(8, 3, 1), *y = random_rows(8, 2, 2);
    denoise_tensor *data[] = {x, y};
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = test_another_batch;
    double alone = epoch_loss(model, x, y, NULL);
    assert_true(epoch_loss(model, x, y, denoise_callback_lambda(&hooks, data, NULL)) == alone);
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_model_free(model);
}

static double weighted_loss(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y)
{
    const double weights[] = {1.0, 0.0, 3.0};
    denoise_fit_options options = quiet(1);
    options.class_weight = weights;
    options.class_count = 3;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options));
    return denoise_history_values(denoise_trainer_history(trainer), "loss")[0];
}

/* One column is a class, rounded as Keras does it: 1.6 is class 2, 0.9 is class 1, 2.5 is class 2. */
static void test_class_weights_round(void **state)
{
    (void)state;
    const float targets[] = {1.6f, 0.9f, 2.5f};
    denoise_sequential *s;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_dense_options zeros = DENOISE_DENSE_OPTIONS_INIT;
    zeros.kernel_initializer = "zeros"; /* predicts 0 */
    denoise_sgd_options sgd;
    denoise_sgd_options_init(&sgd);
    sgd.learning_rate = 1e-30;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){2}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_dense(1, NULL, &zeros));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&sgd), denoise_loss_mean_squared_error(), NULL));
    denoise_tensor *x = random_rows(3, 2, 1), *y;
    ASSERT_OK(denoise_tensor_from_data(&y, DENOISE_FLOAT32, (const int64_t[]){3, 1}, 2, targets));
    double expected = (3.0 * 1.6 * 1.6 + 0.0 + 3.0 * 2.5 * 2.5) / 3.0;
    assert_true(fabs(weighted_loss(trainer, x, y) - expected) < 1e-5);
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_sequential_free(s);
}

static void test_class_weights_need_one_class_per_sample(void **state)
{
    (void)state;
    denoise_sequential *s;
    denoise_model *model;
    denoise_trainer *trainer;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){3, 2}, 2, NULL));
    denoise_sequential_add(s, denoise_layer_dense(2, NULL, NULL));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    denoise_tensor *flat = random_rows(4, 6, 1), *x;
    ASSERT_OK(denoise_tensor_reshape(&x, flat, (const int64_t[]){4, 3, 2}, 3));
    denoise_fit_options options = quiet(1);
    options.class_weight = (const double[]){1.0, 2.0};
    options.class_count = 2;
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, x, &options), DENOISE_ERR_INVALID, "one class per sample");
    denoise_tensor_free(flat), denoise_tensor_free(x);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_sequential_free(s);
}

static void test_outputs_of_one_layer_have_keys_of_their_own(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_logs *logs;
    denoise_dense_options named = DENOISE_DENSE_OPTIONS_INIT;
    named.name = "p";
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *in[] = {denoise_graph_input(g, (const int64_t[]){2}, 1), denoise_graph_input(g, (const int64_t[]){2}, 1)};
    denoise_layer *shared = denoise_layer_dense(2, NULL, &named);
    denoise_node *out[] = {denoise_graph_apply(g, shared, in[0]), NULL};
    out[1] = denoise_graph_apply(g, shared, in[1]);
    ASSERT_OK(denoise_graph_build_many(&model, g, in, 2, out, 2, NULL));
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    denoise_tensor *x = random_rows(4, 2, 1), *y = random_rows(4, 2, 2), *other = random_rows(4, 2, 3);
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_evaluate_many(&logs, trainer, (const denoise_tensor *[]){x, other}, 2,
                                            (const denoise_tensor *[]){y, y}, 2, &options));
    assert_true(value_of(logs, "p_loss") != value_of(logs, "p_loss_1"));
    assert_true(fabs(value_of(logs, "p_loss") + value_of(logs, "p_loss_1") - value_of(logs, "loss")) < 1e-6);
    denoise_logs_free(logs), denoise_tensor_free(x), denoise_tensor_free(y), denoise_tensor_free(other);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_penalty_of_weights_without_loss),
        cmocka_unit_test(test_penalty_stays_as_compiled),
        cmocka_unit_test(test_accuracy_keeps_its_form_in_a_run),
        cmocka_unit_test(test_on_batch_in_a_callback_leaves_the_epoch),
        cmocka_unit_test(test_class_weights_round),
        cmocka_unit_test(test_class_weights_need_one_class_per_sample),
        cmocka_unit_test(test_outputs_of_one_layer_have_keys_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
