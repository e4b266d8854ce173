/* SPDX-License-Identifier: Apache-2.0 */
#include "misuse/orders.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

static denoise_tensor *x, *y;
static denoise_model *model;

static void begin(void)
{
    x = random_rows(8, 6, 1);
    y = random_rows(8, 2, 2);
    model = two_layers(6, 3, "relu", 2, NULL);
}

static void end(void)
{
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_model_free(model);
}

static denoise_trainer *compiled(void)
{
    denoise_trainer *trainer;
    OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    return trainer;
}

static denoise_fit_options epochs(int64_t count)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = count;
    return options;
}

static int64_t epochs_of(const denoise_trainer *trainer)
{
    return denoise_history_epochs(denoise_trainer_history(trainer));
}

static void before_fit(void)
{
    begin();
    denoise_trainer *trainer = compiled();
    denoise_logs *logs;
    denoise_tensor *out;
    TRUE(epochs_of(trainer) == 0 && denoise_history_key_count(denoise_trainer_history(trainer)) == 0);
    TRUE(denoise_history_values(denoise_trainer_history(trainer), "loss") == NULL);
    TRUE(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)) == 0);
    TRUE(denoise_trainer_stopping(trainer) == 0 && strcmp(denoise_trainer_error(trainer), "") == 0);
    OK(denoise_trainer_evaluate(&logs, trainer, x, y, NULL));
    OK(denoise_trainer_predict(&out, trainer, x, NULL));
    OK(denoise_trainer_reset_metrics(trainer));
    OK(denoise_trainer_clear_callbacks(trainer));
    TRUE(epochs_of(trainer) == 0);
    denoise_trainer_free(trainer);
    double loss;
    OK(denoise_logs_get(logs, "loss", &loss)); /* what the trainer gave stays */
    TRUE(isfinite(loss) && denoise_tensor_size(out) == 16);
    denoise_logs_free(logs);
    denoise_tensor_free(out);
    end();
}

static void failed_fit_between_fits(void)
{
    begin();
    denoise_trainer *trainer = compiled();
    denoise_fit_options two = epochs(2), none = epochs(-1);
    OK(denoise_trainer_fit(trainer, x, y, &two));
    uint64_t trained = hash_of_weights(model);
    FAILS(denoise_trainer_fit(trainer, x, x, &two), SHAPE, "");
    FAILS(denoise_trainer_fit(trainer, y, y, &two), SHAPE, "");
    FAILS(denoise_trainer_fit(trainer, x, y, &none), RANGE, "epochs");
    TRUE(epochs_of(trainer) == 2 && strstr(denoise_trainer_error(trainer), "epochs") != NULL);
    TRUE(hash_of_weights(model) == trained);
    TRUE(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)) == 2);
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    TRUE(epochs_of(trainer) == 1 && denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)) == 3);
    denoise_trainer_free(trainer);
    end();
}

static void batches_between_fits(void)
{
    begin();
    denoise_trainer *trainer = compiled();
    denoise_logs *logs;
    OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
    TRUE(epochs_of(trainer) == 0);
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    OK(denoise_trainer_train_on_batch(&logs, trainer, x, y, NULL));
    denoise_logs_free(logs);
    OK(denoise_trainer_test_on_batch(NULL, trainer, x, y, NULL));
    FAILS(denoise_trainer_train_on_batch(&logs, trainer, x, x, NULL), SHAPE, "");
    TRUE(logs == NULL && epochs_of(trainer) == 1);
    TRUE(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)) == 3);
    denoise_trainer_free(trainer);
    end();
}

static void stop_without_a_run(void)
{
    begin();
    denoise_trainer *trainer = compiled();
    denoise_fit_options two = epochs(2);
    denoise_logs *logs;
    denoise_trainer_stop(trainer);
    denoise_trainer_stop(trainer);
    TRUE(denoise_trainer_stopping(trainer) == 1);
    OK(denoise_trainer_fit(trainer, x, y, &two)); /* forgets it */
    TRUE(epochs_of(trainer) == 2 && denoise_trainer_stopping(trainer) == 0);
    denoise_trainer_stop(trainer);
    OK(denoise_trainer_evaluate(&logs, trainer, x, y, NULL));
    denoise_logs_free(logs);
    denoise_trainer_free(trainer);
    end();
}

static void caller_lets_go_of_the_model(void)
{
    begin();
    denoise_trainer *trainer = compiled();
    denoise_model_free(model);
    model = NULL;
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    TRUE(strcmp(denoise_model_name(denoise_trainer_model(trainer)), "two_layers") == 0);
    denoise_model *cut;
    OK(denoise_model_submodel(&cut, denoise_trainer_model(trainer), NULL, "dense"));
    denoise_trainer_free(trainer);
    denoise_tensor *out;
    OK(denoise_model_predict(&out, cut, x, NULL));
    denoise_tensor_free(out);
    denoise_model_free(cut);
    end();
}

static void two_trainers_of_one_model(void)
{
    begin();
    denoise_trainer *a = compiled(), *b = compiled();
    OK(denoise_trainer_fit(a, x, y, NULL));
    uint64_t after_a = hash_of_weights(model);
    OK(denoise_trainer_fit(b, x, y, NULL));
    TRUE(hash_of_weights(model) != after_a && epochs_of(a) == 1);
    denoise_trainer_free(a);
    OK(denoise_trainer_fit(b, x, y, NULL));
    denoise_trainer_free(b);
    end();
}

static void optimizer_to_two_trainers(void)
{
    begin();
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    denoise_trainer *trainer, *other;
    OK(denoise_model_compile(&trainer, model, optimizer, denoise_loss_mean_squared_error(), NULL));
    FAILS(denoise_model_compile(&other, model, optimizer, denoise_loss_mean_squared_error(), NULL), OWNED, "owner");
    TRUE(other == NULL);
    denoise_optimizer_free(optimizer); /* does nothing */
    FAILS(denoise_optimizer_apply(optimizer, &x, (const denoise_tensor *const *)&x, 1), OWNED, "trainer");
    OK(denoise_optimizer_set_learning_rate(optimizer, 0.5));
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    TRUE(denoise_optimizer_iterations(optimizer) == 1 && denoise_optimizer_learning_rate(optimizer) == 0.5);
    denoise_trainer_free(trainer);
    end();
}

/* The state of the steps before belongs to tensors of other sizes. */
static void optimizer_with_steps_to_a_trainer(void)
{
    begin();
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    denoise_tensor *weights;
    denoise_trainer *trainer;
    OK(denoise_tensor_copy(&weights, x));
    OK(denoise_optimizer_apply(optimizer, &weights, (const denoise_tensor *const *)&x, 1));
    OK(denoise_model_compile(&trainer, model, optimizer, denoise_loss_mean_squared_error(), NULL));
    FAILS(denoise_trainer_fit(trainer, x, y, NULL), SHAPE, "first step");
    TRUE(denoise_optimizer_iterations(optimizer) == 1);
    denoise_trainer_free(trainer);
    denoise_tensor_free(weights);
    end();
}

static void loss_and_metric_to_two_trainers(void)
{
    begin();
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_trainer *trainer, *other;
    double value;
    options.metrics = &metric;
    options.metric_count = 1;
    OK(denoise_metric_update_state(metric, y, y, NULL));
    OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), loss, &options));
    FAILS(denoise_model_compile(&other, model, denoise_optimizer_sgd(NULL), loss, NULL), OWNED, "owner");
    FAILS(denoise_model_compile(&other, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), &options), OWNED,
          "owner");
    FAILS(denoise_metric_update_state(metric, y, y, NULL), OWNED, "trainer");
    FAILS(denoise_metric_reset_state(metric), OWNED, "");
    OK(denoise_metric_result(&value, metric));
    OK(denoise_loss_compute(&value, NULL, loss, y, y, NULL));
    denoise_loss_free(loss);
    denoise_metric_free(metric);
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    denoise_trainer_free(trainer);
    end();
}

static void metric_twice_and_of_another_output(void)
{
    begin();
    denoise_metric *metric = denoise_metric_mean_absolute_error(), *twice[] = {metric, metric};
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_trainer *trainer;
    options.metrics = twice;
    options.metric_count = 2;
    OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), &options));
    denoise_trainer_free(trainer);
    const int64_t outputs[] = {1}, negative[] = {-1};
    metric = denoise_metric_mean_absolute_error();
    options.metrics = &metric;
    options.metric_outputs = outputs;
    options.metric_count = 1;
    FAILS(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), &options),
          RANGE, "output");
    metric = denoise_metric_mean_absolute_error();
    options.metric_outputs = negative;
    FAILS(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), &options),
          RANGE, "output");
    TRUE(trainer == NULL);
    end();
}

static denoise_status count_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer;
    (void)epoch;
    (void)logs;
    ++*(int *)user_data;
    return DENOISE_OK;
}

static void count_destroy(void *user_data)
{
    *(int *)user_data += 1000;
}

static void callback_to_two_trainers(void)
{
    begin();
    int count = 0;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = count_epoch;
    denoise_callback *callback = denoise_callback_lambda(&hooks, &count, count_destroy);
    denoise_trainer *a = compiled(), *b = compiled();
    OK(denoise_trainer_add_callback(a, callback));
    OK(denoise_trainer_add_callback(a, callback)); /* called twice */
    FAILS(denoise_trainer_add_callback(b, callback), OWNED, "owner");
    denoise_callback_free(callback);
    OK(denoise_trainer_fit(a, x, y, NULL));
    TRUE(count == 2);
    OK(denoise_trainer_fit(b, x, y, NULL)); /* has none */
    TRUE(count == 2);
    OK(denoise_trainer_clear_callbacks(a));
    TRUE(count == 1002);
    OK(denoise_trainer_fit(a, x, y, NULL));
    denoise_trainer_free(a);
    denoise_trainer_free(b);
    TRUE(count == 1002);
    end();
}

static void inert_callback_and_its_cure(void)
{
    begin();
    denoise_trainer *trainer = compiled();
    denoise_logs *logs;
    FAILS(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger("log.csv", "", 0)), RANGE, "separator");
    FAILS(denoise_trainer_fit(trainer, x, y, NULL), RANGE, "separator");
    FAILS(denoise_trainer_fit(trainer, x, y, NULL), RANGE, "separator");
    TRUE(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)) == 0);
    OK(denoise_trainer_clear_callbacks(trainer));
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    OK(denoise_trainer_evaluate(&logs, trainer, x, y, NULL));
    denoise_logs_free(logs);
    denoise_trainer_free(trainer);
    end();
}

static void callback_after_its_fit(void)
{
    begin();
    denoise_early_stopping_options options = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    options.monitor = "loss";
    options.min_delta = 1e9;
    denoise_callback *stopping = denoise_callback_early_stopping(&options), *recorder = denoise_callback_history();
    denoise_trainer *trainer = compiled();
    denoise_fit_options many = epochs(9);
    TRUE(denoise_early_stopping_stopped_epoch(stopping) == 0 && isnan(denoise_early_stopping_best(stopping)));
    OK(denoise_trainer_add_callback(trainer, stopping));
    OK(denoise_trainer_add_callback(trainer, recorder));
    OK(denoise_trainer_fit(trainer, x, y, &many));
    TRUE(denoise_early_stopping_stopped_epoch(stopping) == 1 && denoise_early_stopping_best_epoch(stopping) == 0);
    TRUE(denoise_history_epochs(denoise_callback_history_of(recorder)) == 2 && epochs_of(trainer) == 2);
    OK(denoise_trainer_fit(trainer, x, y, &many)); /* they begin anew */
    TRUE(denoise_early_stopping_stopped_epoch(stopping) == 1);
    TRUE(denoise_history_epochs(denoise_callback_history_of(recorder)) == 2);
    denoise_trainer_free(trainer);
    end();
}

/* What a hook sees of the fit that calls it: the epochs before; and what it may do with the weights. */
static denoise_status look_at_the_fit(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    denoise_tensor *weight;
    (void)user_data;
    TRUE(epochs_of(trainer) == epoch);
    TRUE(denoise_logs_count(logs) == 1 && strcmp(denoise_logs_key(logs, 0), "loss") == 0);
    denoise_logs_free(logs); /* does nothing to logs that are not the caller's */
    OK(denoise_model_get_weight(&weight, model, 0));
    OK(denoise_model_set_weight(model, 0, weight));
    denoise_tensor_free(weight);
    FAILS(denoise_trainer_clear_callbacks(trainer), STATE, "run");
    FAILS(denoise_trainer_fit(trainer, x, y, NULL), BUSY, "");
    return DENOISE_OK;
}

static denoise_status write_while_reading(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    (void)trainer;
    (void)logs;
    FAILS(denoise_model_set_weight(model, 0, user_data), BUSY, "");
    return DENOISE_OK;
}

static void running_fit(void)
{
    begin();
    denoise_tensor *value = random_rows(6, 3, 1);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_fit_options options = epochs(3);
    denoise_logs *logs;
    hooks.on_epoch_end = look_at_the_fit;
    hooks.on_test_begin = write_while_reading;
    denoise_trainer *trainer = compiled();
    OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, value, NULL)));
    OK(denoise_trainer_fit(trainer, x, y, &options));
    TRUE(epochs_of(trainer) == 3 && strcmp(denoise_trainer_error(trainer), "") != 0);
    OK(denoise_trainer_evaluate(&logs, trainer, x, y, NULL));
    OK(denoise_model_set_weight(model, 0, value));
    denoise_logs_free(logs);
    denoise_trainer_free(trainer);
    denoise_tensor_free(value);
    end();
}

static void frozen_after_compile(void)
{
    begin();
    denoise_trainer *before = compiled();
    OK(denoise_model_set_trainable(model, 0));
    denoise_trainer *after = compiled();
    uint64_t weights = hash_of_weights(model);
    OK(denoise_trainer_fit(after, x, y, NULL));
    TRUE(hash_of_weights(model) == weights);
    OK(denoise_trainer_fit(before, x, y, NULL)); /* it read the flags when it was compiled */
    TRUE(hash_of_weights(model) != weights);
    denoise_trainer_free(before);
    denoise_trainer_free(after);
    end();
}

static void fit_after_nan(void)
{
    begin();
    denoise_trainer *trainer = compiled();
    denoise_tensor *nans;
    OK(denoise_tensor_scale(&nans, x, NAN));
    uint64_t weights = hash_of_weights(model);
    FAILS(denoise_trainer_fit(trainer, nans, y, NULL), NONFINITE, "");
    TRUE(hash_of_weights(model) == weights && epochs_of(trainer) == 0);
    TRUE(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)) == 0);
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    TRUE(epochs_of(trainer) == 1);
    denoise_tensor_free(nans);
    denoise_trainer_free(trainer);
    end();
}

static void shutdown_between_everything(void)
{
    begin();
    OK(denoise_set_num_threads(2));
    denoise_shutdown();
    denoise_trainer *trainer = compiled();
    denoise_shutdown();
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    denoise_shutdown();
    denoise_shutdown();
    OK(denoise_trainer_fit(trainer, x, y, NULL));
    denoise_trainer_free(trainer);
    denoise_shutdown();
    OK(denoise_set_num_threads(1));
    FAILS(denoise_set_allocator(NULL), STATE, "alive");
    end();
}

const story stories_of_training[] = {
    {"before fit", before_fit},
    {"failed fits between fits", failed_fit_between_fits},
    {"batches between fits", batches_between_fits},
    {"stop without a run", stop_without_a_run},
    {"the caller lets go of the model", caller_lets_go_of_the_model},
    {"two trainers of one model", two_trainers_of_one_model},
    {"an optimizer to two trainers", optimizer_to_two_trainers},
    {"an optimizer with steps to a trainer", optimizer_with_steps_to_a_trainer},
    {"loss and metric to two trainers", loss_and_metric_to_two_trainers},
    {"a metric twice, and of another output", metric_twice_and_of_another_output},
    {"a callback to two trainers", callback_to_two_trainers},
    {"an inert callback and its cure", inert_callback_and_its_cure},
    {"a callback after its fit", callback_after_its_fit},
    {"a running fit", running_fit},
    {"frozen after compile", frozen_after_compile},
    {"fit after NaN", fit_after_nan},
    {"shutdown between everything", shutdown_between_everything},
    {NULL, NULL},
};
