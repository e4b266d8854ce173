/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluate, predict and validation data; weights of samples for outputs of higher rank; several outputs. */
#include "support/nets.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* (n, 3, 2): three rows in every sample */
static denoise_model *rows_of_three(void)
{
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, "rows"));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){6}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_reshape((const int64_t[]){3, 2}, 2, NULL));
    denoise_sequential_add(s, denoise_layer_dense(2, NULL, NULL));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

static double value_of(denoise_logs *logs, const char *key)
{
    double value;
    ASSERT_OK(denoise_logs_get(logs, key, &value));
    return value;
}

static void test_sample_weights_reach_all_rows(void **state)
{
    (void)state;
    denoise_model *model = rows_of_three();
    denoise_trainer *trainer;
    denoise_metric *plain[] = {denoise_metric_mean_squared_error()}, *weighted[] = {denoise_metric_mean_squared_error()};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = plain, compile.metric_count = 1;
    compile.weighted_metrics = weighted, compile.weighted_metric_count = 1;
    ASSERT_OK(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &compile));
    denoise_tensor *x = random_rows(4, 6, 1), *flat = random_rows(4, 6, 2), *y, *weight, *all, *one_x, *one_y;
    const float weights[] = {0, 0, 2, 0};
    ASSERT_OK(denoise_tensor_reshape(&y, flat, (const int64_t[]){4, 3, 2}, 3));
    ASSERT_OK(denoise_tensor_from_data(&weight, DENOISE_FLOAT32, (const int64_t[]){4}, 1, weights));
    ASSERT_OK(denoise_tensor_rows(&one_x, x, 2, 3));
    ASSERT_OK(denoise_tensor_rows(&one_y, y, 2, 3));
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT, written;
    denoise_evaluate_options_init(&written);
    assert_true(options.batch_size == written.batch_size && options.verbose == written.verbose);
    options.verbose = 0;
    denoise_logs *some, *every, *alone;
    ASSERT_OK(denoise_trainer_evaluate(&every, trainer, x, y, &options));
    ASSERT_OK(denoise_trainer_evaluate(&alone, trainer, one_x, one_y, &options));
    options.batch_size = 1;
    ASSERT_OK(denoise_trainer_evaluate(&some, trainer, x, y, &options));
    assert_true(fabs(value_of(some, "loss") - value_of(every, "loss")) < 1e-6);
    denoise_logs_free(some);
    options.batch_size = 4;
    options.sample_weight = (const denoise_tensor *[]){weight};
    ASSERT_OK(denoise_trainer_evaluate(&some, trainer, x, y, &options));
    double only = value_of(alone, "loss");
    assert_true(fabs(value_of(some, "loss") - only * 2.0 / 4.0) < 1e-6); /* sum(l w) / n */
    assert_true(fabs(value_of(some, "weighted_mean_squared_error") - only) < 1e-6);
    assert_true(value_of(some, "mean_squared_error") == value_of(every, "mean_squared_error"));
    ASSERT_OK(denoise_tensor_new(&all, DENOISE_FLOAT32, (const int64_t[]){4, 3}, 2));
    options.sample_weight = (const denoise_tensor *[]){all};
    ASSERT_FAILS(denoise_trainer_evaluate(NULL, trainer, x, y, &options), DENOISE_ERR_SHAPE,
                 "sample weight 0 has shape (4, 3)");
    options.sample_weight = (const denoise_tensor *[]){one_y};
    ASSERT_FAILS(denoise_trainer_evaluate(NULL, trainer, x, y, &options), DENOISE_ERR_SHAPE, "input 0 has 4 rows");
    denoise_logs_free(some), denoise_logs_free(every), denoise_logs_free(alone);
    denoise_tensor_free(x), denoise_tensor_free(flat), denoise_tensor_free(y), denoise_tensor_free(weight),
        denoise_tensor_free(all);
    denoise_tensor_free(one_x), denoise_tensor_free(one_y), denoise_trainer_free(trainer), denoise_model_free(model);
}

static void test_validation_data(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *trainer;
    denoise_tensor *x = random_rows(20, 4, 0), *y = random_rows(20, 2, 1), *vx = random_rows(9, 4, 2),
                   *vy = random_rows(9, 2, 3), *none_x = random_rows(0, 4, 0), *none_y = random_rows(0, 2, 0);
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.verbose = 0;
    fit.epochs = 2;
    fit.validation_x = (const denoise_tensor *[]){vx};
    fit.validation_y = (const denoise_tensor *[]){vy};
    fit.validation_split = 0.5; /* the data goes before the split */
    fit.validation_batch_size = 4;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &fit));
    denoise_logs *logs;
    ASSERT_OK(denoise_trainer_evaluate(&logs, trainer, vx, vy, NULL));
    assert_true(fabs(denoise_history_values(denoise_trainer_history(trainer), "val_loss")[1] - value_of(logs, "loss")) < 1e-6);
    assert_int_equal(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)), 2); /* 20 rows in one batch, twice */
    fit.validation_y = (const denoise_tensor *[]){y};
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &fit), DENOISE_ERR_SHAPE, "validation data: target 0");
    fit.validation_x = (const denoise_tensor *[]){none_x};
    fit.validation_y = (const denoise_tensor *[]){none_y};
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &fit), DENOISE_ERR_SHAPE, "no rows");
    ASSERT_FAILS(denoise_trainer_fit(trainer, none_x, none_y, NULL), DENOISE_ERR_SHAPE, "no rows");
    ASSERT_FAILS(denoise_trainer_evaluate(NULL, trainer, none_x, none_y, NULL), DENOISE_ERR_SHAPE, "no rows");
    ASSERT_FAILS(denoise_trainer_train_on_batch(NULL, trainer, none_x, none_y, NULL), DENOISE_ERR_SHAPE, "no rows");
    denoise_logs_free(logs);
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_tensor_free(vx), denoise_tensor_free(vy);
    denoise_tensor_free(none_x), denoise_tensor_free(none_y), denoise_trainer_free(trainer), denoise_model_free(model);
}

/* Losses of both outputs, one of them weighted, and a metric that looks at the second. */
static void test_two_outputs(void **state)
{
    (void)state;
    denoise_model *model = branches();
    denoise_trainer *trainer;
    denoise_loss *losses[] = {denoise_loss_sparse_categorical_crossentropy(NULL), denoise_loss_mean_squared_error()};
    denoise_metric *metrics[] = {denoise_metric_accuracy(), denoise_metric_mean_absolute_error()};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.losses = losses;
    compile.loss_weights = (const double[]){1.0, 3.0};
    compile.loss_count = 2;
    compile.metrics = metrics;
    compile.metric_outputs = (const int64_t[]){0, 1};
    compile.metric_count = 2;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), NULL, &compile));
    denoise_tensor *a = random_rows(10, 6, 1), *b = random_rows(10, 6, 2), *digit = random_labels(10, 3, 3),
                   *clean = random_rows(10, 6, 4);
    const denoise_tensor *const x[] = {a, b}, *const y[] = {digit, clean};
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.verbose = 0;
    fit.epochs = 2;
    ASSERT_OK(denoise_trainer_fit_many(trainer, x, 2, y, 2, &fit));
    denoise_logs *logs;
    ASSERT_OK(denoise_trainer_evaluate_many(&logs, trainer, x, 2, y, 2, NULL));
    static const char *const keys[] = {"loss", "digit_loss", "clean_loss", "clean_mean_absolute_error", "digit_accuracy"};
    for (int i = 0; i < 5; i++)
        assert_string_equal(denoise_logs_key(logs, i), keys[i]);
    assert_true(fabs(value_of(logs, "loss") - value_of(logs, "digit_loss") - 3.0 * value_of(logs, "clean_loss")) < 1e-5);
    fit.class_weight = (const double[]){1.0};
    fit.class_count = 1;
    ASSERT_FAILS(denoise_trainer_fit_many(trainer, x, 2, y, 2, &fit), DENOISE_ERR_INVALID, "one output");
    ASSERT_FAILS(denoise_trainer_fit_many(trainer, x, 2, y, 1, NULL), DENOISE_ERR_SHAPE, "2 outputs, 1 targets");
    ASSERT_FAILS(denoise_trainer_predict(&(denoise_tensor *){NULL}, trainer, a, NULL), DENOISE_ERR_SHAPE, "2 outputs");
    denoise_logs_free(logs);
    denoise_tensor_free(a), denoise_tensor_free(b), denoise_tensor_free(digit), denoise_tensor_free(clean);
    denoise_trainer_free(trainer), denoise_model_free(model);
}

/* Only one output has a loss: weights that lead to the other alone stay. */
static void test_output_without_loss(void **state)
{
    (void)state;
    denoise_model *model = branches();
    denoise_trainer *trainer;
    denoise_loss *losses[] = {NULL, denoise_loss_mean_squared_error()};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.losses = losses;
    compile.loss_count = 2;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), NULL, &compile));
    denoise_tensor *a = random_rows(10, 6, 1), *b = random_rows(10, 6, 2), *clean = random_rows(10, 6, 4), *before, *after;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.verbose = 0;
    ASSERT_OK(denoise_layer_get_weight(&before, denoise_model_layer(model, "digit"), 0));
    uint64_t hash = hash_of_weights(model);
    ASSERT_OK(denoise_trainer_fit_many(trainer, (const denoise_tensor *[]){a, b}, 2, (const denoise_tensor *[]){NULL, clean}, 2,
                                       &fit));
    ASSERT_OK(denoise_layer_get_weight(&after, denoise_model_layer(model, "digit"), 0));
    assert_true(denoise_tensor_equal(before, after));
    assert_true(hash_of_weights(model) != hash);
    denoise_tensor_free(a), denoise_tensor_free(b), denoise_tensor_free(clean), denoise_tensor_free(before),
        denoise_tensor_free(after);
    denoise_trainer_free(trainer), denoise_model_free(model);
}

/* The loss is finite, its gradient is not: 1e38 as target makes (p - t)^2 overflow, |p - t| does not, but its weight does. */
static void test_gradient_overflow_names_layer(void **state)
{
    (void)state;
    denoise_model *model = two_layers(2, 2, NULL, 1, NULL);
    denoise_trainer *trainer;
    denoise_tensor *x = random_rows(2, 2, 0), *y = random_rows(2, 1, 1);
    float *values = denoise_tensor_data(x);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_tensor *zero;
    fit.verbose = 0;
    for (int i = 0; i < 4; i++)
        values[i] = FLT_MAX;
    ASSERT_OK(denoise_tensor_new(&zero, DENOISE_FLOAT32, (const int64_t[]){2, 2}, 2));
    ASSERT_OK(denoise_model_set_weight(model, 0, zero)); /* all outputs are 0, the kernel's gradient is x^T dz */
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_absolute_error(),
                                    &(denoise_compile_options){.struct_size = (int64_t)sizeof(denoise_compile_options),
                                                               .loss_weights = (const double[]){1e6},
                                                               .loss_count = 1}));
    uint64_t before = hash_of_weights(model);
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &fit), DENOISE_ERR_NONFINITE,
                 "layer \"dense\": the gradient of \"kernel\" is");
    assert_non_null(strstr(denoise_last_error(), "epoch 0, batch 0"));
    assert_true(hash_of_weights(model) == before);
    assert_int_equal(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)), 0);
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_tensor_free(zero), denoise_trainer_free(trainer),
        denoise_model_free(model);
}

static denoise_status stop_run(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)batch, (void)logs, (void)user_data;
    denoise_trainer_stop(trainer);
    return DENOISE_OK;
}

static denoise_status fail_run(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    return DENOISE_ERR_USER;
}

static denoise_status evaluate_again(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    const denoise_tensor *const *data = user_data;
    (void)batch, (void)logs;
    return denoise_trainer_evaluate(NULL, trainer, data[0], data[1], NULL);
}

static void test_stops_and_failures(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *trainer;
    denoise_tensor *x = random_rows(20, 4, 0), *y = random_rows(20, 2, 1), *out;
    denoise_predict_options predict = DENOISE_PREDICT_OPTIONS_INIT;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    predict.batch_size = 8;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    hooks.on_predict_batch_end = stop_run;
    hooks.on_test_batch_end = stop_run;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    ASSERT_OK(denoise_trainer_predict(&out, trainer, x, &predict));
    assert_int_equal(denoise_tensor_dim(out, 0), 8); /* what was computed before the stop */
    denoise_tensor_free(out);
    ASSERT_OK(denoise_trainer_evaluate(NULL, trainer, x, y, NULL));
    ASSERT_OK(denoise_trainer_clear_callbacks(trainer));
    hooks = (denoise_callback_hooks)DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_predict_end = fail_run;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    assert_int_equal(denoise_trainer_predict(&out, trainer, x, &predict), DENOISE_ERR_USER);
    assert_null(out);
    ASSERT_OK(denoise_trainer_clear_callbacks(trainer));
    hooks = (denoise_callback_hooks)DENOISE_CALLBACK_HOOKS_INIT;
    const denoise_tensor *data[] = {x, y};
    hooks.on_test_batch_end = evaluate_again; /* one level is fine: inside, callbacks are silent */
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, (void *)(uintptr_t)data, NULL)));
    ASSERT_OK(denoise_trainer_evaluate(NULL, trainer, x, y, NULL));
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.batch_size = 0;
    ASSERT_FAILS(denoise_trainer_evaluate(NULL, trainer, x, y, &options), DENOISE_ERR_RANGE, "batch_size is 0");
    options.struct_size = 0;
    ASSERT_FAILS(denoise_trainer_evaluate(NULL, trainer, x, y, &options), DENOISE_ERR_INVALID, "struct_size");
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_trainer_free(trainer), denoise_model_free(model);
}

static void test_getters(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    assert_ptr_equal(denoise_trainer_model(trainer), model);
    assert_non_null(denoise_trainer_optimizer(trainer));
    assert_int_equal(denoise_history_epochs(denoise_trainer_history(trainer)), 0);
    assert_string_equal(denoise_trainer_error(trainer), "");
    ASSERT_OK(denoise_trainer_reset_metrics(trainer));
    assert_null(denoise_trainer_model(NULL));
    assert_null(denoise_trainer_optimizer(NULL));
    assert_null(denoise_trainer_history(NULL));
    assert_string_equal(denoise_trainer_error(NULL), "");
    ASSERT_FAILS(denoise_trainer_reset_metrics(NULL), DENOISE_ERR_NULL, "trainer");
    ASSERT_FAILS(denoise_trainer_set_clock(NULL, NULL, NULL), DENOISE_ERR_NULL, "trainer");
    ASSERT_FAILS(denoise_trainer_clear_callbacks(NULL), DENOISE_ERR_NULL, "trainer");
    denoise_trainer_free(NULL);
    denoise_trainer_free(trainer), denoise_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_weights_reach_all_rows),
        cmocka_unit_test(test_validation_data),
        cmocka_unit_test(test_two_outputs),
        cmocka_unit_test(test_output_without_loss),
        cmocka_unit_test(test_gradient_overflow_names_layer),
        cmocka_unit_test(test_stops_and_failures),
        cmocka_unit_test(test_getters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
