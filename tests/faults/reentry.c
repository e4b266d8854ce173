/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/reentry.h"
#include "support/nets.h"
#include <stdio.h>
#include <string.h>

static denoise_trainer *compiled(denoise_model *model)
{
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    return trainer;
}

void reentry_scene_make(reentry_scene *s, const train_variant *variant)
{
    *s = (reentry_scene){.trainer_freed = false};
    train_case_make(&s->t, variant);
    const char *first = NULL;
    for (int64_t i = 0; first == NULL; i++) {
        const char *name = denoise_model_layer_name(s->t.model, i);
        denoise_layer *layer = denoise_model_layer(s->t.model, name);
        if (layer != NULL && denoise_layer_weight_count(layer) > 0 && denoise_layer_trainable(layer)) first = name;
    }
    ASSERT_OK(denoise_model_submodel(&s->part, s->t.model, NULL, first));
    s->second = compiled(s->t.model);
    s->sharing = compiled(s->part);
    s->other = two_layers(6, 3, "relu", 6, NULL);
    s->distinct = compiled(s->other);
    ASSERT_OK(denoise_workspace_new(&s->workspace, s->t.model, TRAIN_ROWS));
    ASSERT_OK(denoise_model_predict(&s->hidden, s->part, s->t.x[0], NULL));
    recorder_init(&s->added);
}

void reentry_scene_free(reentry_scene *s)
{
    denoise_tensor_free(s->hidden);
    denoise_workspace_free(s->workspace);
    denoise_trainer_free(s->second);
    denoise_trainer_free(s->sharing);
    denoise_trainer_free(s->distinct);
    denoise_model_free(s->part);
    denoise_model_free(s->other);
    if (s->trainer_freed) s->t.trainer = NULL;
    if (s->model_freed) s->t.model = NULL;
    train_case_free(&s->t);
}

static denoise_fit_options quiet(void)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    return options;
}

/* Runs. */
static denoise_status fit(reentry_scene *s)
{
    return train_case_fit(&s->t);
}

static denoise_status fit_second(reentry_scene *s)
{
    const denoise_fit_options options = quiet();
    return denoise_trainer_fit(s->second, s->t.x[0], s->t.y[1], &options);
}

static denoise_status fit_sharing(reentry_scene *s)
{
    const denoise_fit_options options = quiet();
    return denoise_trainer_fit(s->sharing, s->t.x[0], s->hidden, &options);
}

static denoise_status fit_distinct(reentry_scene *s)
{
    const denoise_fit_options options = quiet();
    return denoise_trainer_fit(s->distinct, s->t.x[0], s->t.y[1], &options);
}

static denoise_status train_on_batch(reentry_scene *s)
{
    return denoise_trainer_train_on_batch(NULL, s->t.trainer, s->t.x[0], s->t.y[0], NULL);
}

static denoise_status test_on_batch(reentry_scene *s)
{
    return denoise_trainer_test_on_batch(NULL, s->t.trainer, s->t.x[0], s->t.y[0], NULL);
}

static denoise_status evaluate(reentry_scene *s)
{
    return train_case_evaluate(&s->t, NULL);
}

static denoise_status evaluate_in_larger_batches(reentry_scene *s)
{
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.batch_size = TRAIN_ROWS;
    return denoise_trainer_evaluate(NULL, s->t.trainer, s->t.x[0], s->t.y[0], &options);
}

static denoise_status evaluate_sharing(reentry_scene *s)
{
    return denoise_trainer_evaluate(NULL, s->sharing, s->t.x[0], s->hidden, NULL);
}

static denoise_status given(denoise_status status, denoise_tensor *tensor)
{
    denoise_tensor_free(tensor);
    return status;
}

static denoise_status predict(reentry_scene *s)
{
    denoise_tensor *y;
    denoise_status status = train_case_predict(&s->t, &y);
    return given(status, y);
}

static denoise_status model_predict(reentry_scene *s)
{
    denoise_tensor *y;
    denoise_status status = denoise_model_predict(&y, s->t.model, s->t.x[0], NULL);
    return given(status, y);
}

static denoise_status predict_part(reentry_scene *s)
{
    denoise_tensor *y;
    denoise_status status = denoise_model_predict(&y, s->part, s->t.x[0], NULL);
    return given(status, y);
}

static denoise_status predict_into(reentry_scene *s)
{
    denoise_tensor *y;
    int64_t shape[DENOISE_MAX_RANK + 1] = {TRAIN_ROWS};
    int32_t rank;
    ASSERT_OK(denoise_model_output_shape(s->t.model, 0, shape + 1, &rank));
    ASSERT_OK(denoise_tensor_new(&y, DENOISE_FLOAT32, shape, rank + 1));
    denoise_status status = denoise_model_predict_into(y, s->t.model, s->t.x[0], s->workspace);
    return given(status, y);
}

static denoise_status gradients(reentry_scene *s)
{
    denoise_tensor *dx[1] = {NULL};
    const denoise_tensor *dy[] = {s->hidden};
    denoise_status status = denoise_model_gradients(dx, NULL, NULL, s->part, (const denoise_tensor *const *)s->t.x, dy, 1, 1);
    return given(status, dx[0]);
}

/* Weights: what is set is what was there, so that the run must not be disturbed. */
enum { MOST = 16 };

static denoise_status set_weights(reentry_scene *s)
{
    denoise_tensor *weights[MOST];
    int64_t count = denoise_model_weight_count(s->t.model);
    denoise_status status = denoise_model_get_weights(weights, s->t.model, count);
    if (status != DENOISE_OK) return status;
    status = denoise_model_set_weights(s->t.model, (const denoise_tensor *const *)weights, count);
    for (int64_t i = 0; i < count; i++)
        denoise_tensor_free(weights[i]);
    return status;
}

static denoise_status set_weight(reentry_scene *s)
{
    denoise_tensor *weight;
    denoise_status status = denoise_model_get_weight(&weight, s->part, 0);
    if (status == DENOISE_OK) status = denoise_model_set_weight(s->part, 0, weight);
    return given(status, weight);
}

static denoise_layer *first_layer(const reentry_scene *s)
{
    denoise_layer *layer = NULL;
    for (int64_t i = 0; i < denoise_model_layer_count(s->part); i++) {
        denoise_layer *next = denoise_model_layer_at(s->part, i);
        if (next != NULL && denoise_layer_weight_count(next) > 0) layer = next;
    }
    return layer;
}

static denoise_status layer_set_weight(reentry_scene *s)
{
    denoise_tensor *weight;
    denoise_status status = denoise_layer_get_weight(&weight, first_layer(s), 0);
    if (status == DENOISE_OK) status = denoise_layer_set_weight(first_layer(s), 0, weight);
    return given(status, weight);
}

static const char *weights_file(const reentry_scene *s)
{
    return temp_dir_file(&s->t.dir, "log.csv.weights");
}

static denoise_status save_weights(reentry_scene *s)
{
    denoise_status status = denoise_model_save_weights(s->t.model, weights_file(s));
    (void)remove(weights_file(s));
    return status;
}

static denoise_status load_weights(reentry_scene *s)
{
    denoise_status status = denoise_model_save_weights(s->t.model, weights_file(s));
    if (status == DENOISE_OK) status = denoise_model_load_weights(s->t.model, weights_file(s), NULL);
    (void)remove(weights_file(s));
    return status;
}

/* What needs no weights. */
static denoise_status compile(reentry_scene *s)
{
    denoise_trainer *trainer;
    denoise_status status =
        denoise_model_compile(&trainer, s->t.model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL);
    denoise_trainer_free(trainer);
    return status;
}

static denoise_status compile_with_parts_of_the_run(reentry_scene *s)
{
    denoise_trainer *trainer;
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise_status status = denoise_model_compile(&trainer, s->t.model, denoise_trainer_optimizer(s->t.trainer), loss, NULL);
    denoise_trainer_free(trainer);
    return status;
}

static denoise_status summary(reentry_scene *s)
{
    char *text;
    denoise_status status = denoise_trainer_summary(&text, s->t.trainer, NULL);
    denoise_free(text);
    return status;
}

static denoise_status dot(reentry_scene *s)
{
    char *text;
    denoise_status status = denoise_model_dot(&text, s->t.model);
    denoise_free(text);
    return status;
}

static denoise_status submodel(reentry_scene *s)
{
    denoise_model *model;
    denoise_status status = denoise_model_submodel(&model, s->t.model, NULL, NULL);
    denoise_model_free(model);
    return status;
}

static denoise_status workspace(reentry_scene *s)
{
    denoise_workspace *made;
    denoise_status status = denoise_workspace_new(&made, s->t.model, 3);
    denoise_workspace_free(made);
    return status;
}

static denoise_status apply_model(reentry_scene *s)
{
    const int64_t six = 6;
    denoise_graph *graph;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&graph, NULL));
    denoise_node *input = denoise_graph_input(graph, &six, 1);
    denoise_node *output = denoise_graph_apply_model(graph, s->part, input);
    denoise_status status = denoise_graph_build(&model, graph, input, output, NULL);
    denoise_model_free(model);
    denoise_graph_free(graph);
    return status;
}

static denoise_status set_trainable(reentry_scene *s)
{
    return denoise_model_set_trainable(s->t.model, 0); /* of the next compile */
}

static denoise_status getters(reentry_scene *s)
{
    const denoise_history *history = denoise_trainer_history(s->t.trainer);
    bool right = denoise_trainer_model(s->t.trainer) == s->t.model && denoise_history_epochs(history) >= 0 &&
                 denoise_trainer_error(s->t.trainer) != NULL && denoise_model_count_params(s->t.model) > 0;
    return right ? DENOISE_OK : DENOISE_ERR_INTERNAL;
}

/* The trainer itself. */
static denoise_status add_callback(reentry_scene *s)
{
    return denoise_trainer_add_callback(s->t.trainer, recorder_callback(&s->added));
}

static denoise_status add_csv_logger(reentry_scene *s)
{
    return denoise_trainer_add_callback(s->t.trainer,
                                        denoise_callback_csv_logger(temp_dir_file(&s->t.dir, "later.csv"), ",", 0));
}

static denoise_status add_inert_callback(reentry_scene *s)
{
    return denoise_trainer_add_callback(s->t.trainer, denoise_callback_csv_logger(NULL, ",", 0));
}

static denoise_status clear_callbacks(reentry_scene *s)
{
    return denoise_trainer_clear_callbacks(s->t.trainer);
}

static denoise_status reset_metrics(reentry_scene *s)
{
    return denoise_trainer_reset_metrics(s->t.trainer);
}

static denoise_status set_clock(reentry_scene *s)
{
    return denoise_trainer_set_clock(s->t.trainer, NULL, NULL);
}

static denoise_status stop(reentry_scene *s)
{
    denoise_trainer_stop(s->t.trainer);
    return denoise_trainer_stopping(s->t.trainer) ? DENOISE_OK : DENOISE_ERR_INTERNAL;
}

static denoise_status set_learning_rate(reentry_scene *s)
{
    denoise_optimizer *optimizer = denoise_trainer_optimizer(s->t.trainer);
    return denoise_optimizer_set_learning_rate(optimizer, denoise_optimizer_learning_rate(optimizer));
}

static denoise_status optimizer_apply(reentry_scene *s)
{
    denoise_tensor *weight;
    ASSERT_OK(denoise_tensor_copy(&weight, s->t.x[0]));
    denoise_status status =
        denoise_optimizer_apply(denoise_trainer_optimizer(s->t.trainer), &weight, (const denoise_tensor *const *)s->t.x, 1);
    return given(status, weight);
}

static denoise_status set_logs(reentry_scene *s)
{
    double value = 0.0;
    const char *key = denoise_logs_key(s->logs, 0);
    if (key == NULL) return DENOISE_OK;
    denoise_status status = denoise_logs_get(s->logs, key, &value);
    return status == DENOISE_OK ? denoise_logs_set(s->logs, key, value) : status;
}

/* Frees. */
static denoise_status free_trainer(reentry_scene *s)
{
    if (!s->trainer_freed) denoise_trainer_free(s->t.trainer);
    s->trainer_freed = true;
    return DENOISE_OK;
}

static denoise_status free_model(reentry_scene *s)
{
    if (!s->model_freed) denoise_model_free(s->t.model);
    s->model_freed = true;
    return DENOISE_OK;
}

static denoise_status free_other_trainer(reentry_scene *s)
{
    denoise_trainer_free(s->second);
    s->second = NULL;
    return DENOISE_OK;
}

/* The parts belong to the trainer and the logs to the run: nothing happens. */
static denoise_status free_parts(reentry_scene *s)
{
    denoise_callback_free(s->t.stopping);
    denoise_optimizer_free(denoise_trainer_optimizer(s->t.trainer));
    denoise_layer_free(first_layer(s));
    return DENOISE_OK;
}

static denoise_status free_logs(reentry_scene *s)
{
    denoise_logs_free(s->logs);
    return DENOISE_OK;
}

/* The process. */
static denoise_status set_num_threads(reentry_scene *s)
{
    (void)s;
    denoise_status status = denoise_set_num_threads(3);
    return status == DENOISE_OK ? denoise_set_num_threads(2) : status;
}

static denoise_status shut_down(reentry_scene *s)
{
    (void)s;
    denoise_shutdown();
    return DENOISE_OK;
}

static denoise_status set_engine(reentry_scene *s)
{
    (void)s;
    return denoise_set_engine("native");
}

static denoise_status set_convolution(reentry_scene *s)
{
    (void)s;
    return denoise_set_convolution("direct");
}

static denoise_status set_allocator(reentry_scene *s)
{
    (void)s;
    return denoise_set_allocator(NULL);
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
}

static denoise_status set_log_sink(reentry_scene *s)
{
    const denoise_log_sink sink = {.struct_size = (int64_t)sizeof sink, .write = swallow};
    (void)s;
    denoise_status status = denoise_set_log_sink(&sink);
    return status == DENOISE_OK ? denoise_set_log_sink(NULL) : status;
}

#define OK    DENOISE_OK
#define BUSY  DENOISE_ERR_BUSY
#define STATE DENOISE_ERR_STATE
#define OWNED DENOISE_ERR_OWNED
#define ALL(x)                                                                                                                 \
    {                                                                                                                          \
        x, x, x                                                                                                                \
    }
#define ONLY_FIT                                                                                                               \
    {                                                                                                                          \
        OK, BUSY, BUSY                                                                                                         \
    }
const reentry reentries[] = {
    {"fit", fit, ALL(BUSY), false},
    {"fit of a second trainer", fit_second, ALL(BUSY), false},
    {"fit of a model that shares weights", fit_sharing, ALL(BUSY), false},
    {"fit of a distinct model", fit_distinct, ALL(OK), false},
    {"train_on_batch", train_on_batch, ALL(BUSY), false},
    {"test_on_batch", test_on_batch, ALL(OK), false},
    {"evaluate", evaluate, ALL(OK), false},
    {"evaluate in larger batches", evaluate_in_larger_batches, ALL(OK), false},
    {"evaluate a model that shares weights", evaluate_sharing, ALL(OK), false},
    {"trainer_predict", predict, ALL(OK), false},
    {"predict", model_predict, ALL(OK), false},
    {"predict with a part", predict_part, ALL(OK), false},
    {"predict_into", predict_into, ALL(OK), false},
    {"gradients", gradients, ALL(OK), false},
    {"set_weights", set_weights, ONLY_FIT, false},
    {"set_weight of a part", set_weight, ONLY_FIT, false},
    {"layer_set_weight", layer_set_weight, ONLY_FIT, false},
    {"save_weights", save_weights, ALL(OK), false},
    {"load_weights", load_weights, ONLY_FIT, false},
    {"compile", compile, ALL(OK), false},
    {"compile with the run's optimizer", compile_with_parts_of_the_run, ALL(OWNED), false},
    {"summary", summary, ALL(OK), false},
    {"dot", dot, ALL(OK), false},
    {"submodel", submodel, ALL(OK), false},
    {"workspace_new", workspace, ALL(OK), false},
    {"graph_apply_model", apply_model, ALL(OK), false},
    {"set_trainable", set_trainable, ALL(OK), false},
    {"getters", getters, ALL(OK), false},
    {"add_callback", add_callback, ALL(OK), false},
    {"add_callback, a CSV log", add_csv_logger, ALL(OK), false},
    {"add_callback, an inert one", add_inert_callback, ALL(DENOISE_ERR_NULL), false},
    {"clear_callbacks", clear_callbacks, ALL(STATE), false},
    {"reset_metrics", reset_metrics, ALL(OK), true},
    {"set_clock", set_clock, ALL(OK), false},
    {"stop", stop, ALL(OK), true},
    {"set_learning_rate", set_learning_rate, ALL(OK), false},
    {"optimizer_apply", optimizer_apply, ALL(OWNED), false},
    {"logs_set", set_logs, ALL(OK), false},
    {"trainer_free", free_trainer, ALL(OK), false},
    {"model_free", free_model, ALL(OK), false},
    {"free of another trainer", free_other_trainer, ALL(OK), false},
    {"free of adopted parts", free_parts, ALL(OK), false},
    {"logs_free", free_logs, ALL(OK), false},
    {"set_num_threads", set_num_threads, ALL(OK), false},
    {"shutdown", shut_down, ALL(OK), false},
    {"set_engine", set_engine, ALL(BUSY), false},
    {"set_convolution", set_convolution, ALL(BUSY), false},
    {"set_allocator", set_allocator, ALL(STATE), false},
    {"set_log_sink", set_log_sink, ALL(OK), false},
};
const int64_t reentry_count = (int64_t)(sizeof reentries / sizeof *reentries);
