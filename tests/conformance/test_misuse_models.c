/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and choices that cannot be, and what they are answered: parts, graphs, models, trainers, callbacks. NULL for each
 * pointer is misuse_calls' part. */
#include "conformance/misuse.h"
#include <math.h>
#include <string.h>

/* A constructor gave a part that says what is wrong with it. */
#define INERT(noun, made, code)                                                                                                \
    do {                                                                                                                       \
        denoise_##noun *part = (made);                                                                                         \
        assert_non_null(part);                                                                                                 \
        assert_int_equal(denoise_##noun##_status(part), DENOISE_ERR_##code);                                                   \
        assert_true(strlen(denoise_##noun##_error(part)) > 0);                                                                 \
        denoise_##noun##_free(part);                                                                                           \
    } while (0)

static void layers(void **state)
{
    (void)state;
    const int64_t zero[] = {3, 0}, twice[] = {-1, -1};
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    denoise_batch_normalization_options norm = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    denoise_layer_normalization_options rows = DENOISE_LAYER_NORMALIZATION_OPTIONS_INIT;
    denoise_layer *dense = denoise_layer_dense(3, NULL, NULL);
    denoise_tensor *tensor, *value = random_rows(2, 3, 1);
    INERT(layer, denoise_layer_input(NULL, 2, NULL), NULL);
    INERT(layer, denoise_layer_input(zero, 2, NULL), RANGE);
    INERT(layer, denoise_layer_input(zero, -1, NULL), RANGE);
    INERT(layer, denoise_layer_input(zero, INT32_MAX, NULL), RANGE);
    INERT(layer, denoise_layer_dense(0, NULL, NULL), RANGE);
    INERT(layer, denoise_layer_dense(-1, NULL, NULL), RANGE);
    INERT(layer, denoise_layer_dense(3, "planet", NULL), NAME);
    options.struct_size = 0;
    INERT(layer, denoise_layer_dense(3, NULL, &options), INVALID);
    INERT(layer, denoise_layer_activation(NULL, NULL), INVALID); /* as None */
    INERT(layer, denoise_layer_activation("planet", NULL), NAME);
    INERT(layer, denoise_layer_reshape(NULL, 2, NULL), NULL);
    INERT(layer, denoise_layer_reshape(zero, 9, NULL), RANGE);
    INERT(layer, denoise_layer_reshape(twice, -1, NULL), RANGE);
    INERT(layer, denoise_layer_dropout(NAN, NULL), RANGE);
    INERT(layer, denoise_layer_dropout(1.5, NULL), RANGE);
    INERT(layer, denoise_layer_spatial_dropout1d(-0.5, NULL), RANGE);
    INERT(layer, denoise_layer_spatial_dropout2d(1.5, NULL, NULL), RANGE);
    INERT(layer, denoise_layer_spatial_dropout3d(NAN, "channels_last", NULL), RANGE);
    norm.struct_size = 0;
    INERT(layer, denoise_layer_batch_normalization(&norm), INVALID);
    rows.epsilon = INFINITY;
    INERT(layer, denoise_layer_layer_normalization(&rows), RANGE);
    INERT(layer, denoise_layer_group_normalization(0, NULL), RANGE);
    INERT(layer, denoise_layer_group_normalization(-2, NULL), RANGE);
    INERT(layer, denoise_layer_rms_normalization(zero, 9, 1e-6, NULL), RANGE);
    INERT(layer, denoise_layer_unit_normalization(NULL, 1, NULL), NULL);
    INERT(layer, denoise_layer_gaussian_noise(-0.5, NULL), RANGE);
    INERT(layer, denoise_layer_rescaling(INFINITY, 0.0, NULL), RANGE);
    denoise_layer_free(denoise_layer_flatten(NULL));
    denoise_layer_free(denoise_layer_add(NULL));
    denoise_layer_free(denoise_layer_concatenate(-1, NULL));
    assert_null(denoise_layer_weight_name(dense, 0));
    CODE_FAILS_OUT(tensor, denoise_layer_get_weight(&tensor, dense, 0), RANGE);
    CODE_FAILS_OUT(tensor, denoise_layer_get_weight(&tensor, dense, -1), RANGE);
    CODE_FAILS(denoise_layer_set_weight(dense, 0, value), RANGE);
    denoise_layer_free(dense);
    denoise_layer_free(NULL);
    denoise_tensor_free(value);
}

static void losses(void **state)
{
    (void)state;
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise_crossentropy_options options = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    denoise_tensor *t = random_rows(3, 4, 1);
    options.reduction = NULL;
    INERT(loss, denoise_loss_binary_crossentropy(&options), NULL);
    options.reduction = "planet";
    INERT(loss, denoise_loss_categorical_crossentropy(&options), INVALID);
    options.struct_size = 0;
    INERT(loss, denoise_loss_binary_crossentropy(&options), INVALID);
    INERT(loss, denoise_loss_sparse_categorical_crossentropy(&options), INVALID);
    denoise_loss_free(denoise_loss_mean_absolute_error());
    ASSERT_OK(denoise_loss_compute(NULL, NULL, loss, t, t, NULL));
    denoise_crossentropy_options_init(NULL);
    denoise_loss_free(loss);
    denoise_loss_free(NULL);
    denoise_tensor_free(t);
}

static void metrics(void **state)
{
    (void)state;
    denoise_metric *metric = denoise_metric_mean_squared_error();
    denoise_tensor *t = random_rows(3, 4, 1);
    INERT(metric, denoise_metric_binary_accuracy(NAN), RANGE);
    INERT(metric, denoise_metric_psnr(0, 4, 1.0), RANGE);
    INERT(metric, denoise_metric_psnr(4, INT64_MAX, 1.0), RANGE);
    INERT(metric, denoise_metric_psnr(4, 4, -1.0), RANGE);
    INERT(metric, denoise_metric_ssim(10, 11, 1.0), RANGE);
    denoise_metric_free(denoise_metric_accuracy());
    denoise_metric_free(denoise_metric_categorical_accuracy());
    denoise_metric_free(denoise_metric_sparse_categorical_accuracy());
    denoise_metric_free(denoise_metric_mean_absolute_error());
    denoise_metric_free(metric);
    denoise_metric_free(NULL);
    denoise_tensor_free(t);
}

static void optimizers(void **state)
{
    (void)state;
    denoise_optimizer *optimizer = denoise_optimizer_sgd(NULL);
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    denoise_rmsprop_options rmsprop = DENOISE_RMSPROP_OPTIONS_INIT;
    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    denoise_tensor *t = random_rows(3, 4, 1);
    sgd.momentum = 1.5;
    INERT(optimizer, denoise_optimizer_sgd(&sgd), RANGE);
    rmsprop.rho = -1.0;
    INERT(optimizer, denoise_optimizer_rmsprop(&rmsprop), RANGE);
    adam.learning_rate = NAN;
    INERT(optimizer, denoise_optimizer_adam(&adam), RANGE);
    sgd.struct_size = rmsprop.struct_size = adam.struct_size = 0;
    INERT(optimizer, denoise_optimizer_sgd(&sgd), INVALID);
    INERT(optimizer, denoise_optimizer_rmsprop(&rmsprop), INVALID);
    INERT(optimizer, denoise_optimizer_adam(&adam), INVALID);
    INERT(optimizer, denoise_optimizer_adamw(&adam), INVALID);
    CODE_FAILS(denoise_optimizer_apply(optimizer, &t, (const denoise_tensor *const *)&t, INT64_MIN), RANGE);
    denoise_sgd_options_init(NULL);
    denoise_rmsprop_options_init(NULL);
    denoise_adam_options_init(NULL);
    denoise_adamw_options_init(NULL);
    denoise_optimizer_free(optimizer);
    denoise_optimizer_free(NULL);
    denoise_tensor_free(t);
}

static denoise_status fine(int64_t epoch, double rate, double *result, void *user_data)
{
    (void)epoch;
    (void)user_data;
    *result = rate;
    return DENOISE_OK;
}

static void count_call(void *user_data)
{
    ++*(int *)user_data;
}

static void callbacks(void **state)
{
    (void)state;
    int destroyed = 0;
    denoise_callback *history = denoise_callback_history();
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_early_stopping_options stopping = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    denoise_reduce_lr_options reduce = DENOISE_REDUCE_LR_OPTIONS_INIT;
    INERT(callback, denoise_callback_lambda(NULL, &destroyed, count_call), NULL);
    hooks.struct_size = 0;
    INERT(callback, denoise_callback_lambda(&hooks, &destroyed, count_call), INVALID);
    INERT(callback, denoise_callback_learning_rate_scheduler(NULL, &destroyed, count_call), NULL);
    denoise_callback_free(denoise_callback_learning_rate_scheduler(fine, &destroyed, count_call));
    assert_int_equal(destroyed, 4);
    stopping.mode = "planet";
    INERT(callback, denoise_callback_early_stopping(&stopping), INVALID);
    stopping.struct_size = reduce.struct_size = 0;
    INERT(callback, denoise_callback_early_stopping(&stopping), INVALID);
    INERT(callback, denoise_callback_reduce_lr_on_plateau(&reduce), INVALID);
    INERT(callback, denoise_callback_csv_logger(NULL, ",", 0), NULL);
    INERT(callback, denoise_callback_csv_logger("file", "", 0), RANGE);
    denoise_callback_free(denoise_callback_terminate_on_nan(1));
    assert_int_equal(denoise_early_stopping_stopped_epoch(history), -1);
    assert_int_equal(denoise_early_stopping_best_epoch(history), -1);
    assert_true(isnan(denoise_early_stopping_best(history)));
    denoise_logs_free(NULL);
    denoise_callback_free(history);
    denoise_callback_free(NULL);
}

static void builders(void **state)
{
    (void)state;
    const int64_t six = 6;
    denoise_sequential *s;
    denoise_graph *g;
    denoise_model *out, *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    options.struct_size = 0;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    CODE_FAILS_OUT(out, denoise_sequential_build(&out, s, NULL), STATE); /* it has no layers */
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(&six, 1, NULL)));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_flatten(NULL)));
    CODE_FAILS_OUT(out, denoise_sequential_build(&out, s, &options), INVALID);
    denoise_sequential_free(s);
    denoise_sequential_free(NULL);

    denoise_node *outputs[1] = {NULL};
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, &six, 1), *y = denoise_graph_apply(g, denoise_layer_dense(2, NULL, NULL), x);
    CODE_FAILS_OUT(out, denoise_graph_build(&out, g, x, y, &options), INVALID);
    CODE_FAILS_OUT(out, denoise_graph_build_many(&out, g, &x, 0, &y, 1, NULL), RANGE);
    CODE_FAILS_OUT(out, denoise_graph_build_many(&out, g, &x, 1, &y, -1, NULL), RANGE);
    assert_string_equal(denoise_graph_error(g), "");
    CODE_FAILS(denoise_graph_apply_model_many(outputs, INT64_MAX, g, model, &x, 1), RANGE);
    assert_non_null(denoise_graph_input(g, NULL, 1));
    assert_non_null(denoise_graph_input_layer(g, NULL));
    assert_non_null(denoise_graph_apply(g, NULL, x));
    assert_non_null(denoise_graph_apply_model(g, NULL, x));
    assert_non_null(denoise_graph_apply_model(g, model, NULL));
    assert_true(strlen(denoise_graph_error(g)) > 0);
    denoise_graph_free(g);
    denoise_graph_free(NULL);
    denoise_model_free(model);
}

static void models_are_read(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL), *part;
    int64_t lengths[DENOISE_MAX_RANK];
    int32_t rank;
    char buffer[8], *text;
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    CODE_FAILS(denoise_model_input_shape(model, 1, lengths, &rank), RANGE);
    CODE_FAILS(denoise_model_output_shape(model, -1, lengths, &rank), RANGE);
    assert_null(denoise_model_output_name(model, 1));
    assert_null(denoise_model_layer_name(model, -1));
    assert_null(denoise_model_layer_at(model, INT64_MAX));
    assert_null(denoise_model_layer(model, NULL));
    assert_null(denoise_model_nested(model, NULL));
    assert_int_equal(denoise_model_weight_name(model, 4, buffer, 8), -1);
    assert_int_equal(denoise_model_weight_name(model, 0, NULL, 0), (int64_t)strlen("dense/kernel"));
    CODE_FAILS_OUT(part, denoise_model_submodel(&part, model, "planet", NULL), NAME);
    options.struct_size = 0;
    CODE_FAILS_OUT(text, denoise_model_summary(&text, model, &options), INVALID);
    CODE_FAILS(denoise_model_print_summary(model, &options), INVALID);
    CODE_FAILS(denoise_model_load_weights(model, "/nowhere", NULL), NOT_FOUND);
    denoise_model_free(model);
    denoise_model_free(NULL);
}

static void models_compute(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_tensor *x = random_rows(4, 6, 1), *y = random_rows(4, 2, 1), *out, *weights[4];
    const denoise_tensor *const *px = (const denoise_tensor *const *)&x, *const *py = (const denoise_tensor *const *)&y;
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    denoise_workspace *workspace;
    CODE_FAILS_OUT(out, denoise_model_get_weight(&out, model, 4), RANGE);
    CODE_FAILS(denoise_model_set_weight(model, -1, x), RANGE);
    CODE_FAILS(denoise_model_set_weight(model, 0, x), SHAPE);
    assert_int_not_equal(denoise_model_get_weights(weights, model, 3), DENOISE_OK);
    CODE_FAILS(denoise_model_get_weights(weights, model, INT64_MAX), RANGE); /* and nothing is written beyond */
    assert_int_not_equal(denoise_model_set_weights(model, px, 1), DENOISE_OK);
    CODE_FAILS_OUT(out, denoise_model_predict(&out, model, y, NULL), SHAPE);
    options.batch_size = 0;
    CODE_FAILS_OUT(out, denoise_model_predict(&out, model, x, &options), RANGE);
    options.batch_size = -1;
    CODE_FAILS_OUT(out, denoise_model_predict(&out, model, x, &options), RANGE);
    options.struct_size = 0;
    CODE_FAILS_OUT(out, denoise_model_predict(&out, model, x, &options), INVALID);
    assert_int_not_equal(denoise_model_predict_many(weights, 2, model, px, 1, NULL), DENOISE_OK);
    assert_int_not_equal(denoise_model_predict_many(&out, 1, model, px, -1, NULL), DENOISE_OK);
    CODE_FAILS(denoise_model_predict_many(&out, INT64_MAX, model, px, 1, NULL), RANGE);
    CODE_FAILS_OUT(workspace, denoise_workspace_new(&workspace, model, 0), RANGE);
    assert_int_not_equal(denoise_workspace_new(&workspace, model, INT64_MAX), DENOISE_OK);
    assert_null(workspace);
    ASSERT_OK(denoise_workspace_new(&workspace, model, 4));
    CODE_FAILS(denoise_model_predict_into(x, model, x, workspace), SHAPE);
    CODE_FAILS_OUT(out, denoise_model_gradients(&out, NULL, NULL, model, px, px, 0, 1), SHAPE);
    ASSERT_OK(denoise_model_gradients(NULL, NULL, NULL, model, px, py, 0, 1));
    denoise_workspace_free(workspace);
    denoise_workspace_free(NULL);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_model_free(model);
}

static void compiling(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_trainer *out;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_optimizer *(*sgd)(const denoise_sgd_options *) = denoise_optimizer_sgd;
    assert_int_not_equal(denoise_model_compile(&out, model, sgd(NULL), NULL, NULL), DENOISE_OK);
    assert_null(out);
    const int64_t counts[] = {-1, INT64_MIN, INT64_MAX};
    for (int i = 0; i < 9; i++) { /* parts are freed all the same */
        options = (denoise_compile_options)DENOISE_COMPILE_OPTIONS_INIT;
        *(i < 3 ? &options.loss_count : i < 6 ? &options.metric_count : &options.weighted_metric_count) = counts[i % 3];
        CODE_FAILS_OUT(out, denoise_model_compile(&out, model, sgd(NULL), denoise_loss_mean_squared_error(), &options), RANGE);
    }
    options.weighted_metric_count = INT32_MAX; /* of no metrics */
    options.struct_size = 0;
    CODE_FAILS_OUT(out, denoise_model_compile(&out, model, sgd(NULL), denoise_loss_mean_squared_error(), &options), INVALID);
    denoise_model_free(model);
}

static void trainers(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_tensor *x = random_rows(4, 6, 1), *y = random_rows(4, 2, 1);
    const denoise_tensor *const *px = (const denoise_tensor *const *)&x, *const *py = (const denoise_tensor *const *)&y;
    denoise_logs *logs;
    denoise_trainer *t;
    ASSERT_OK(denoise_model_compile(&t, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    assert_int_not_equal(denoise_trainer_fit_many(t, px, 0, py, 1, NULL), DENOISE_OK);
    assert_int_not_equal(denoise_trainer_fit_many(t, px, 1, py, INT64_MAX, NULL), DENOISE_OK);
    CODE_FAILS_OUT(logs, denoise_trainer_train_on_batch(&logs, t, y, y, NULL), SHAPE);
    ASSERT_OK(denoise_trainer_reset_metrics(t));
    denoise_trainer_stop(NULL);
    denoise_trainer_free(t);
    denoise_trainer_free(NULL);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_model_free(model);
}

static void training_options(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_tensor *x = random_rows(4, 6, 1), *y = random_rows(4, 2, 1);
    denoise_trainer *t;
    ASSERT_OK(denoise_model_compile(&t, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    const denoise_fit_options good = DENOISE_FIT_OPTIONS_INIT;
    denoise_fit_options bad[11];
    for (int i = 0; i < 11; i++)
        bad[i] = good;
    bad[0].batch_size = 0;
    bad[1].batch_size = -1;
    bad[2].epochs = -1;
    bad[3].initial_epoch = -1;
    bad[4].validation_split = 1.0;
    bad[5].validation_split = NAN;
    bad[6].validation_freq = 0;
    bad[7].validation_batch_size = 0;
    bad[8].class_count = -1;
    bad[9].nonfinite = 7;
    bad[10].struct_size = 0;
    for (int i = 0; i < 11; i++) {
        denoise_status status = denoise_trainer_fit(t, x, y, &bad[i]);
        if (status != DENOISE_ERR_RANGE && status != DENOISE_ERR_INVALID) {
            fail_msg("fit takes options %d: %s", i, denoise_status_name(status));
        }
        assert_true(strlen(denoise_trainer_error(t)) > 0);
    }
    denoise_evaluate_options evaluate;
    denoise_evaluate_options_init(&evaluate);
    evaluate.batch_size = 0;
    CODE_FAILS(denoise_trainer_evaluate(NULL, t, x, y, &evaluate), RANGE);
    evaluate.struct_size = 0;
    CODE_FAILS(denoise_trainer_evaluate(NULL, t, x, y, &evaluate), INVALID);
    denoise_trainer_free(t);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers),          cmocka_unit_test(losses),           cmocka_unit_test(metrics),
        cmocka_unit_test(optimizers),      cmocka_unit_test(callbacks),        cmocka_unit_test(builders),
        cmocka_unit_test(models_are_read), cmocka_unit_test(models_compute),   cmocka_unit_test(compiling),
        cmocka_unit_test(trainers),        cmocka_unit_test(training_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
