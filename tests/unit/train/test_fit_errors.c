/* SPDX-License-Identifier: Apache-2.0 */
/* Mistakes in compile, fit and evaluate; NaN and Inf; stops; busy weights; every allocation failing. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

static denoise_trainer *compile_mse(denoise_model *model)
{
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    return trainer;
}

static denoise_fit_options quiet(int64_t epochs)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    options.epochs = epochs;
    options.batch_size = 8;
    options.shuffle = 0;
    return options;
}

static denoise_metric *metric_named(const char *name)
{
    denoise_params *params;
    denoise_metric *metric;
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_text(params, "name", name));
    ASSERT_OK(denoise_metric_create(&metric, "mae", params));
    denoise_params_free(params);
    return metric;
}

static void test_compile_mistakes(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, "softmax");
    denoise_trainer *trainer;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT, written;
    denoise_adam_options bad_adam;
    denoise_adam_options_init(&bad_adam);
    bad_adam.beta_1 = 2.0;
    denoise_compile_options_init(&written);
    assert_memory_equal(&options, &written, offsetof(denoise_compile_options, unfused) + sizeof(int32_t));
    ASSERT_FAILS(denoise_model_compile(&trainer, model, NULL, denoise_loss_mean_squared_error(), NULL), DENOISE_ERR_NULL,
                 "optimizer");
    ASSERT_FAILS(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), NULL, NULL), DENOISE_ERR_NULL, "no loss");
    ASSERT_FAILS(denoise_model_compile(&trainer, NULL, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL),
                 DENOISE_ERR_NULL, "model");
    ASSERT_FAILS(denoise_model_compile(NULL, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL),
                 DENOISE_ERR_NULL, "out");
    ASSERT_FAILS(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(&bad_adam), denoise_loss_mean_squared_error(), NULL),
        DENOISE_ERR_RANGE, "beta_1");
    denoise_metric *metrics[] = {denoise_metric_accuracy(), NULL};
    options.metrics = metrics;
    options.metric_count = 2;
    ASSERT_FAILS(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &options),
        DENOISE_ERR_NULL, "metric 1");
    denoise_metric *hiding[] = {denoise_metric_accuracy(), metric_named("loss")};
    options.metrics = hiding;
    ASSERT_FAILS(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &options),
        DENOISE_ERR_NAME, "metric \"loss\" of output 0 would hide");
    denoise_metric *one[] = {denoise_metric_accuracy()};
    options.metrics = one;
    options.metric_count = 1;
    options.metric_outputs = (const int64_t[]){1};
    ASSERT_FAILS(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &options),
        DENOISE_ERR_RANGE, "output 1, the model has 1");
    assert_null(trainer);
    denoise_model_free(model);
}

static void test_owned_parts_are_refused(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *first, *second;
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    denoise_loss *loss = denoise_loss_mean_squared_error();
    ASSERT_OK(denoise_model_compile(&first, model, optimizer, loss, NULL));
    ASSERT_FAILS(denoise_model_compile(&second, model, optimizer, loss, NULL), DENOISE_ERR_OWNED, "");
    denoise_callback *callback = denoise_callback_terminate_on_nan(0);
    ASSERT_OK(denoise_trainer_add_callback(first, callback));
    second = compile_mse(model);
    ASSERT_FAILS(denoise_trainer_add_callback(second, callback), DENOISE_ERR_OWNED, "");
    denoise_trainer_free(first), denoise_trainer_free(second), denoise_model_free(model);
}

static void test_fit_mistakes(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *trainer = compile_mse(model);
    denoise_tensor *x = random_rows(16, 4, 0), *y = random_rows(16, 2, 1), *few = random_rows(15, 2, 1),
                   *wide = random_rows(16, 3, 1);
    denoise_fit_options options = quiet(1), written;
    denoise_fit_options_init(&written);
    const denoise_fit_options defaults = DENOISE_FIT_OPTIONS_INIT;
    assert_memory_equal(&defaults, &written, offsetof(denoise_fit_options, nonfinite) + sizeof(int32_t));
    uint64_t before = hash_of_weights(model);
    ASSERT_FAILS(denoise_trainer_fit(NULL, x, y, &options), DENOISE_ERR_NULL, "trainer");
    ASSERT_FAILS(denoise_trainer_fit(trainer, NULL, y, &options), DENOISE_ERR_NULL, "x is NULL");
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, NULL, &options), DENOISE_ERR_NULL, "y is NULL");
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, few, &options), DENOISE_ERR_SHAPE, "16 rows");
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, wide, &options), DENOISE_ERR_SHAPE, "(16, 3)");
    assert_non_null(strstr(denoise_trainer_error(trainer), "(16, 3)"));
    ASSERT_FAILS(
        denoise_trainer_fit_many(trainer, (const denoise_tensor *[]){x}, 2, (const denoise_tensor *[]){y}, 1, &options),
        DENOISE_ERR_SHAPE, "1 inputs, 2 given");
    const struct {
        size_t offset;
        int64_t value;
        const char *message;
    } numbers[] = {{offsetof(denoise_fit_options, batch_size), 0, "batch_size is 0"},
                   {offsetof(denoise_fit_options, epochs), -1, "epochs is -1"},
                   {offsetof(denoise_fit_options, initial_epoch), -1, "initial_epoch is -1"},
                   {offsetof(denoise_fit_options, validation_freq), 0, "validation_freq is 0"},
                   {offsetof(denoise_fit_options, validation_batch_size), 0, "validation_batch_size is 0"}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        options = quiet(1);
        memcpy((char *)&options + numbers[i].offset, &numbers[i].value, sizeof(int64_t));
        ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_RANGE, numbers[i].message);
    }
    options = quiet(1), options.validation_split = 1.0;
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_RANGE, "validation_split is 1");
    options = quiet(1), options.validation_split = NAN;
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_RANGE, "validation_split");
    options = quiet(1), options.verbose = 3;
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_RANGE, "verbose is 3");
    options = quiet(1), options.struct_size = 8;
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_INVALID, "struct_size is 8");
    options = quiet(1), options.validation_x = (const denoise_tensor *[]){x};
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_NULL, "belong together");
    assert_true(hash_of_weights(model) == before);
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_tensor_free(few), denoise_tensor_free(wide);
    denoise_trainer_free(trainer), denoise_model_free(model);
}

static void test_label_out_of_range_names_row(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 3, "softmax");
    denoise_trainer *trainer;
    denoise_tensor *x = random_rows(16, 4, 0), *y = random_labels(16, 3, 1);
    denoise_fit_options options = quiet(1);
    ((int32_t *)denoise_tensor_data(y))[11] = 3;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL),
                                    denoise_loss_sparse_categorical_crossentropy(NULL), NULL));
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_RANGE,
                 "epoch 0, batch 1: target 0: row 11 has the label 3");
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_trainer_free(trainer), denoise_model_free(model);
}

typedef struct snapshot {
    uint64_t after_batch;
} snapshot;

static denoise_status remember(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)batch, (void)logs;
    ((snapshot *)user_data)->after_batch = hash_of_weights(denoise_trainer_model(trainer));
    return DENOISE_OK;
}

static void add_memory(denoise_trainer *trainer, snapshot *s)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = remember;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, s, NULL)));
}

static void test_nan_in_data(void **state)
{
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 6; i++) {
        denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
        denoise_trainer *trainer = compile_mse(model);
        denoise_tensor *x = random_rows(24, 4, 0), *y = random_rows(24, 2, 1);
        denoise_fit_options options = quiet(2);
        snapshot s = {0};
        add_memory(trainer, &s);
        ((float *)denoise_tensor_data(i < 3 ? x : y))[i < 3 ? 4 * 18 + 1 : 2 * 18 + 1] = bad[i % 3];
        ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_NONFINITE,
                     i < 3 ? "epoch 0, batch 2: input 0: row 18, element 1" : "epoch 0, batch 2: target 0: row 18, element 1");
        assert_true(hash_of_weights(model) == s.after_batch);
        assert_int_equal(denoise_history_epochs(denoise_trainer_history(trainer)), 0);
        denoise_tensor_free(x), denoise_tensor_free(y), denoise_trainer_free(trainer), denoise_model_free(model);
    }
}

/* A large but finite input makes an infinite output in the second epoch's data; history of the first epoch is kept. */
static denoise_status spoil_weights(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    denoise_tensor *weight;
    (void)logs, (void)user_data;
    if (epoch != 1) return DENOISE_OK;
    ASSERT_OK(denoise_model_get_weight(&weight, denoise_trainer_model(trainer), 2));
    ((float *)denoise_tensor_data(weight))[0] = NAN;
    ASSERT_OK(denoise_model_set_weight(denoise_trainer_model(trainer), 2, weight));
    denoise_tensor_free(weight);
    return DENOISE_OK;
}

static void test_nan_in_weights_names_layer(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *trainer = compile_mse(model);
    denoise_tensor *x = random_rows(24, 4, 0), *y = random_rows(24, 2, 1);
    denoise_fit_options options = quiet(3);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_begin = spoil_weights;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_NONFINITE,
                 "epoch 1, batch 0: the loss is NaN: weight \"kernel\" of layer \"dense_1\"");
    assert_int_equal(denoise_history_epochs(denoise_trainer_history(trainer)), 1);
    options.nonfinite = DENOISE_NONFINITE_IGNORE;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options)); /* Keras goes on */
    assert_true(isnan(denoise_history_values(denoise_trainer_history(trainer), "loss")[1]));
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_trainer_free(trainer), denoise_model_free(model);
}

/* (1e30)^2 does not fit float32: outputs are finite, the loss is not. */
static void test_overflow_in_loss(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, NULL, 2, NULL);
    denoise_trainer *trainer = compile_mse(model);
    denoise_tensor *x = random_rows(8, 4, 0), *y = random_rows(8, 2, 1);
    denoise_fit_options options = quiet(1);
    uint64_t before = hash_of_weights(model);
    ((float *)denoise_tensor_data(y))[3] = 1e30f;
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_NONFINITE, "epoch 0, batch 0: the loss is infinite");
    assert_true(hash_of_weights(model) == before);
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_trainer_free(trainer), denoise_model_free(model);
}

static void test_terminate_on_nan_decides(void **state)
{
    (void)state;
    for (int32_t raise_error = 0; raise_error < 2; raise_error++) {
        denoise_model *model = two_layers(4, 3, NULL, 2, NULL);
        denoise_trainer *trainer = compile_mse(model);
        denoise_tensor *x = random_rows(8, 4, 0), *y = random_rows(8, 2, 1);
        denoise_fit_options options = quiet(5);
        uint64_t before = hash_of_weights(model);
        ((float *)denoise_tensor_data(y))[3] = 1e30f;
        ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_terminate_on_nan(raise_error)));
        denoise_status status = denoise_trainer_fit(trainer, x, y, &options);
        assert_int_equal(status, raise_error ? DENOISE_ERR_NONFINITE : DENOISE_OK);
        assert_int_equal(denoise_history_epochs(denoise_trainer_history(trainer)), raise_error ? 0 : 1);
        assert_true(hash_of_weights(model) == before);
        denoise_tensor_free(x), denoise_tensor_free(y), denoise_trainer_free(trainer), denoise_model_free(model);
    }
}

static denoise_status fit_again(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    denoise_tensor *const *data = user_data;
    (void)batch, (void)logs;
    return denoise_trainer_fit(trainer, data[0], data[1], NULL);
}

static void test_fit_inside_fit_is_busy(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *trainer = compile_mse(model);
    denoise_tensor *data[] = {random_rows(8, 4, 0), random_rows(8, 2, 1)};
    denoise_fit_options options = quiet(1);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_begin = fit_again;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, data, NULL)));
    ASSERT_FAILS(denoise_trainer_fit(trainer, data[0], data[1], &options), DENOISE_ERR_BUSY, "fit");
    ASSERT_OK(denoise_trainer_clear_callbacks(trainer));
    ASSERT_OK(denoise_trainer_fit(trainer, data[0], data[1], &options));
    denoise_tensor_free(data[0]), denoise_tensor_free(data[1]), denoise_trainer_free(trainer), denoise_model_free(model);
}

/* Build, compile, two epochs with validation and callbacks, evaluate, predict, summary: whatever allocation fails, nothing
 * leaks, weights are those of a completed step, and the same fit then succeeds. */
static denoise_status everything(denoise_model *model, const denoise_tensor *x, const denoise_tensor *y)
{
    denoise_trainer *trainer = NULL;
    denoise_logs *logs = NULL;
    denoise_tensor *prediction = NULL;
    char *text = NULL;
    denoise_metric *metrics[] = {denoise_metric_mean_absolute_error()};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    denoise_fit_options options = quiet(2);
    compile.metrics = metrics;
    compile.metric_count = 1;
    early.restore_best_weights = 1;
    options.shuffle = 1;
    options.validation_split = 0.25;
    denoise_status status =
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &compile);
    if (status == DENOISE_OK) status = denoise_trainer_add_callback(trainer, denoise_callback_early_stopping(&early));
    if (status == DENOISE_OK) status = denoise_trainer_add_callback(trainer, denoise_callback_reduce_lr_on_plateau(NULL));
    if (status == DENOISE_OK) status = denoise_trainer_fit(trainer, x, y, &options);
    if (status == DENOISE_OK) status = denoise_trainer_evaluate(&logs, trainer, x, y, NULL);
    if (status == DENOISE_OK) status = denoise_trainer_predict(&prediction, trainer, x, NULL);
    if (status == DENOISE_OK) status = denoise_trainer_summary(&text, trainer, NULL);
    denoise_free(text);
    denoise_logs_free(logs);
    denoise_tensor_free(prediction);
    denoise_trainer_free(trainer);
    return status;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    int64_t points = 0;
    failing_alloc_install();
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_tensor *x = random_rows(12, 4, 0), *y = random_rows(12, 2, 1);
    ASSERT_OK(everything(model, x, y)); /* makes the pool of threads, without which a run would go on with one */
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t nth = 1;; nth++, points++) {
            failing_alloc_arm(nth, for_ever != 0);
            denoise_status status = everything(model, x, y);
            if (!failing_alloc_disarm()) {
                ASSERT_OK(status);
                break;
            }
            assert_int_equal(status, DENOISE_ERR_NOMEM);
        }
    }
    print_message("allocations made to fail: %d\n", (int)points);
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_model_free(model);
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile_mistakes),
        cmocka_unit_test(test_owned_parts_are_refused),
        cmocka_unit_test(test_fit_mistakes),
        cmocka_unit_test(test_label_out_of_range_names_row),
        cmocka_unit_test(test_nan_in_data),
        cmocka_unit_test(test_nan_in_weights_names_layer),
        cmocka_unit_test(test_overflow_in_loss),
        cmocka_unit_test(test_terminate_on_nan_decides),
        cmocka_unit_test(test_fit_inside_fit_is_busy),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
