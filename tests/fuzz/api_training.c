/* SPDX-License-Identifier: Apache-2.0 */
/* Trainers and callbacks, which call back in. */
#include "fuzz/api.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static denoise_trainer *some_trainer(api *a)
{
    return a->trainers[api_pick(a, API_TRAINERS)];
}

/* A hook makes calls of its own, and now and then fails. */
static denoise_status from_hook(api *a, denoise_logs *logs)
{
    if (logs != NULL && api_pick(a, 4) == 0) (void)api_done(denoise_logs_set(logs, api_name(a), api_number(a)));
    if (a->running < 3) api_run(a, (int)api_pick(a, 3));
    return api_pick(a, 16) == 15 ? DENOISE_ERR_USER : DENOISE_OK;
}

static denoise_status on_moment(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    api *a = user_data;
    a->running++;
    if (api_pick(a, 8) == 7) denoise_trainer_stop(trainer);
    denoise_status status = from_hook(a, logs);
    a->running--;
    return status;
}

static denoise_status on_number(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    FUZZ_CHECK(number >= 0);
    return on_moment(trainer, logs, user_data);
}

static void on_destroy(void *user_data)
{
    ((api *)user_data)->gone++;
}

static denoise_callback *lambda(api *a)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    unsigned which = api_byte(a);
    if (which & 1U) hooks.on_train_begin = on_moment;
    if (which & 2U) hooks.on_epoch_end = on_number;
    if (which & 4U) hooks.on_train_batch_end = on_number;
    if (which & 8U) hooks.on_train_end = on_moment;
    if (which & 16U) hooks.on_test_begin = on_moment;
    if (which & 32U) hooks.on_predict_batch_end = on_number;
    if (which & 64U) hooks.on_test_batch_end = on_number;
    if (which == 128U) hooks.struct_size = 0;
    a->lambdas++;
    return denoise_callback_lambda(&hooks, a, on_destroy);
}

static void make_callback(api *a)
{
    api_part *slot = api_empty_part(a->callbacks, API_PARTS);
    if (slot == NULL) return;
    denoise_callback *callback = API_ANYWHERE;
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    char path[300];
    switch (api_pick(a, 8)) {
    case 0:
        early.monitor = api_name(a);
        early.restore_best_weights = (int32_t)api_pick(a, 2);
        early.min_delta = api_number(a);
        callback = denoise_callback_early_stopping(&early);
        break;
    case 1:
        callback = denoise_callback_reduce_lr_on_plateau(NULL);
        break;
    case 2:
        callback = denoise_callback_terminate_on_nan((int32_t)api_pick(a, 2));
        break;
    case 3:
        (void)snprintf(path, sizeof path, "%s/log.csv", fuzz_folder());
        callback = denoise_callback_csv_logger(path, ",", (int32_t)api_pick(a, 2));
        break;
    case 4:
        callback = denoise_callback_history();
        break;
    case 5:
        if (!api_made(denoise_callback_create(&callback, api_name(a), a->params[api_pick(a, 2)]), &callback)) return;
        break;
    default:
        callback = lambda(a);
        break;
    }
    if (FUZZ_CHECK(callback != NULL)) *slot = (api_part){callback, 0};
}

static void compile(api *a)
{
    unsigned slot = api_pick(a, API_TRAINERS);
    if (a->trainers[slot] != NULL) return;
    api_part *optimizer = &a->optimizers[api_pick(a, API_PARTS)], *loss = &a->losses[api_pick(a, API_PARTS)];
    api_part *metric = &a->metrics[api_pick(a, API_PARTS)], *more = &a->metrics[api_pick(a, API_PARTS)];
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_metric *metrics[1] = {metric->part}, *weighted[1] = {more->part};
    const int64_t outputs[1] = {api_pick(a, 8) == 0 ? api_size(a) : 0};
    options.metrics = metrics;
    options.metric_outputs = outputs;
    options.metric_count = metric->part != NULL && api_pick(a, 4) != 0;
    options.weighted_metrics = weighted;
    options.weighted_metric_count = more->part != NULL && more != metric && api_pick(a, 4) == 0;
    options.unfused = (int32_t)api_pick(a, 2);
    denoise_trainer *trainer = API_ANYWHERE;
    denoise_status status =
        denoise_model_compile(&trainer, a->models[api_pick(a, API_MODELS)], optimizer->part, loss->part, &options);
    bool done = api_made(status, &trainer);
    int64_t owner = done ? ++a->owners : 0;
    api_part *given[4] = {optimizer, loss, options.metric_count ? metric : NULL, options.weighted_metric_count ? more : NULL};
    for (int i = 0; i < 4; i++) {
        if (given[i] != NULL) api_adopted(given[i], owner); /* no trainer, no parts */
    }
    if (!done) return;
    a->trainers[slot] = trainer;
    a->trainer_owner[slot] = owner;
}

/* A trainer in one call. */
static void ready_trainer(api *a)
{
    unsigned slot = api_pick(a, API_TRAINERS);
    if (a->trainers[slot] != NULL) return;
    denoise_optimizer *optimizer = api_pick(a, 2) ? denoise_optimizer_adam(NULL) : denoise_optimizer_sgd(NULL);
    denoise_loss *loss =
        api_pick(a, 2) ? denoise_loss_mean_squared_error() : denoise_loss_sparse_categorical_crossentropy(NULL);
    denoise_trainer *trainer = API_ANYWHERE;
    if (!api_made(denoise_model_compile(&trainer, a->models[api_pick(a, API_MODELS)], optimizer, loss, NULL), &trainer)) return;
    a->trainers[slot] = trainer;
    a->trainer_owner[slot] = ++a->owners;
}

static void add_callback(api *a)
{
    unsigned slot = api_pick(a, API_TRAINERS);
    api_part *callback = &a->callbacks[api_pick(a, API_PARTS)];
    (void)api_done(denoise_trainer_add_callback(a->trainers[slot], callback->part));
    api_adopted(callback, a->trainers[slot] != NULL ? a->trainer_owner[slot] : 0);
}

static bool is_finite(const denoise_model *model)
{
    bool finite = true;
    for (int64_t i = 0; i < denoise_model_weight_count(model); i++) {
        denoise_tensor *weight = NULL;
        if (denoise_model_get_weight(&weight, model, i) != DENOISE_OK) continue;
        const float *values = denoise_tensor_const_data(weight);
        for (int64_t k = 0; k < denoise_tensor_size(weight); k++) {
            finite = finite && isfinite(values[k]);
        }
        denoise_tensor_free(weight);
    }
    return finite;
}

static void fit(api *a)
{
    denoise_trainer *trainer = some_trainer(a);
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    const denoise_tensor *x = api_tensor(a), *y = api_tensor(a), *vx = api_tensor(a), *vy = api_tensor(a),
                         *weight = api_tensor(a);
    const double class_weight[2] = {1.0, api_pick(a, 8) == 0 ? api_number(a) : 2.0};
    unsigned how = api_byte(a);
    options.verbose = 0;
    options.batch_size = how & 1U ? 2 : 3;
    options.epochs = 1 + (how >> 1 & 1U);
    if (how & 4U) options.validation_split = 0.25;
    if ((how & 24U) == 24U) {
        options.validation_x = &vx;
        options.validation_y = &vy;
    }
    if ((how & 96U) == 96U) options.sample_weight = &weight;
    if ((how & 129U) == 129U) {
        options.class_weight = class_weight;
        options.class_count = 2;
    }
    switch (api_pick(a, 16)) {
    case 0:
        options.batch_size = api_size(a);
        break;
    case 1:
        options.validation_split = api_number(a);
        break;
    case 2:
        options.nonfinite = (int32_t)api_pick(a, 4);
        break;
    case 3:
        options.struct_size = api_size(a);
        break;
    case 4:
        options.initial_epoch = api_size(a);
        break;
    case 5:
        options.validation_freq = api_size(a);
        break;
    default:
        break;
    }
    bool finite = a->running == 0 && is_finite(denoise_trainer_model(trainer));
    a->weights_set = false;
    denoise_status status = denoise_trainer_fit(trainer, x, y, &options);
    (void)api_done(status);
    bool watched = finite && !a->weights_set && options.nonfinite == DENOISE_NONFINITE_ERROR;
    FUZZ_CHECK(!watched || is_finite(denoise_trainer_model(trainer)));
    const denoise_history *history = denoise_trainer_history(trainer);
    FUZZ_CHECK((history != NULL) == (trainer != NULL) && (a->running > 0 || denoise_history_epochs(history) <= 2));
}

static void evaluate(api *a)
{
    denoise_trainer *trainer = some_trainer(a);
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    denoise_logs *logs = API_ANYWHERE;
    const denoise_tensor *x = api_tensor(a), *y = api_tensor(a), *weight = api_tensor(a);
    options.verbose = 0;
    options.batch_size = api_pick(a, 8) == 0 ? api_size(a) : 3;
    if (api_pick(a, 4) == 0) options.sample_weight = &weight;
    denoise_status status = DENOISE_OK;
    switch (api_pick(a, 3)) {
    case 0:
        status = denoise_trainer_evaluate(&logs, trainer, x, y, &options);
        break;
    case 1:
        status = denoise_trainer_train_on_batch(&logs, trainer, x, y, weight);
        a->weights_set = true;
        break;
    default:
        status = denoise_trainer_test_on_batch(&logs, trainer, x, y, weight);
        break;
    }
    if (!api_made(status, &logs)) return;
    double value = 0;
    FUZZ_CHECK(denoise_logs_count(logs) >= 1 && denoise_logs_get(logs, "loss", &value) == DENOISE_OK);
    denoise_logs_free(logs);
}

static void predict(api *a)
{
    denoise_tensor *out = API_ANYWHERE;
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    options.verbose = 0;
    options.batch_size = api_pick(a, 8) == 0 ? api_size(a) : 3;
    if (api_made(denoise_trainer_predict(&out, some_trainer(a), api_tensor(a), &options), &out)) api_keep_tensor(a, out);
}

static void look(api *a)
{
    denoise_trainer *trainer = some_trainer(a);
    char *text = API_ANYWHERE;
    if (api_made(denoise_trainer_summary(&text, trainer, NULL), &text)) FUZZ_CHECK(fuzz_is_clean(text, "\n"));
    denoise_free(text);
    FUZZ_CHECK(fuzz_is_clean(denoise_trainer_error(trainer), ""));
    const denoise_history *history = denoise_trainer_history(trainer);
    const char *key = denoise_history_key(history, api_size(a));
    FUZZ_CHECK(key == NULL || denoise_history_values(history, key) != NULL);
    (void)denoise_history_epoch(history, api_size(a));
    (void)api_done(
        denoise_optimizer_set_learning_rate(denoise_trainer_optimizer(trainer), api_pick(a, 2) ? 0.1 : -api_number(a)));
    (void)api_done(denoise_trainer_reset_metrics(trainer));
    denoise_trainer_stop(trainer);
    (void)denoise_trainer_stopping(trainer);
    denoise_callback *callback = a->callbacks[api_pick(a, API_PARTS)].part;
    (void)denoise_early_stopping_stopped_epoch(callback);
    (void)denoise_early_stopping_best(callback);
    (void)denoise_callback_history_of(callback);
    (void)denoise_callback_status(callback);
}

/* In a callback this is an error, and nothing is gone. */
static void clear_callbacks(api *a)
{
    unsigned slot = api_pick(a, API_TRAINERS);
    denoise_status status = denoise_trainer_clear_callbacks(a->trainers[slot]);
    if (!api_done(status)) return;
    for (int i = 0; i < API_PARTS; i++) {
        if (a->callbacks[i].owner == a->trainer_owner[slot] && a->callbacks[i].owner != 0)
            a->callbacks[i] = (api_part){NULL, 0};
    }
}

static void threads(api *a)
{
    static const int32_t counts[] = {1, 2, 2, -1, 257};
    if (api_pick(a, 8) != 0) return; /* a pool costs much */
    (void)api_done(denoise_set_num_threads(counts[api_pick(a, 5)]));
}

const api_call api_training_calls[] = {
    make_callback, make_callback, compile, ready_trainer, ready_trainer,   add_callback, fit, fit,
    fit,           evaluate,      predict, look,          clear_callbacks, threads,      NULL};
