/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling with each optimizer, loss and metric, and adding each callback. */
#include "conformance/kinds.h"
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include <string.h>

/* A kind of a noun to compile with; the other parts are usual ones. */
typedef struct compiled_with {
    const char *noun, *name;
    const denoise_params *params;
} compiled_with;

typedef struct objects {
    compiled_with with;
    denoise_model *model;
} objects;

static void *make(const void *data)
{
    static objects o;
    o.with = *(const compiled_with *)data;
    o.model = strcmp(o.with.noun, "outputs") == 0 ? branches() : two_layers(6, 4, "relu", 6, "sigmoid");
    return &o;
}

static void drop(void *pointer)
{
    denoise_model_free(((objects *)pointer)->model);
}

static uint64_t state(void *pointer)
{
    return alloc_hash_model(0, ((objects *)pointer)->model);
}

static bool is(const objects *o, const char *noun)
{
    return strcmp(o->with.noun, noun) == 0;
}

static denoise_status compile_and_add(denoise_trainer **trainer, const objects *o)
{
    denoise_optimizer *optimizer = NULL;
    denoise_loss *loss = NULL;
    denoise_metric *metrics[2] = {NULL, NULL};
    denoise_callback *callback = NULL;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.metrics = &metrics[0];
    options.weighted_metrics = &metrics[1];
    options.metric_count = options.weighted_metric_count = 1;
    denoise_status status =
        is(o, "optimizer") ? denoise_optimizer_create(&optimizer, o->with.name, o->with.params) : DENOISE_OK;
    if (status == DENOISE_OK && is(o, "loss")) status = denoise_loss_create(&loss, o->with.name, o->with.params);
    if (status == DENOISE_OK && is(o, "metric")) status = denoise_metric_create(&metrics[0], o->with.name, o->with.params);
    if (status == DENOISE_OK && is(o, "callback")) {
        object made;
        status = object_make(&made, "callback", o->with.name, o->with.params);
        callback = made.pointer;
    }
    if (status != DENOISE_OK) return status;
    if (optimizer == NULL) optimizer = denoise_optimizer_adam(NULL);
    if (loss == NULL) loss = denoise_loss_mean_squared_error();
    if (metrics[0] == NULL) metrics[0] = denoise_metric_mean_absolute_error();
    metrics[1] = denoise_metric_accuracy();
    status = alloc_checked(denoise_model_compile(trainer, o->model, optimizer, loss, &options), trainer);
    if (status != DENOISE_OK) {
        denoise_callback_free(callback);
        return status;
    }
    return callback == NULL ? DENOISE_OK : denoise_trainer_add_callback(*trainer, callback);
}

static denoise_status compile(void *pointer, uint64_t *bits)
{
    denoise_trainer *trainer = NULL;
    denoise_status status = compile_and_add(&trainer, pointer);
    if (status == DENOISE_OK) *bits = alloc_hash_trainer(0, trainer);
    denoise_trainer_free(trainer);
    return status;
}

/* Two outputs with a loss and metrics each, one of the parts given twice. */
static denoise_status compile_outputs(void *pointer, uint64_t *bits)
{
    const objects *o = pointer;
    denoise_trainer *trainer;
    const double weights[] = {1.0, 0.5};
    const int64_t outputs[] = {0, 1};
    denoise_loss *losses[] = {denoise_loss_sparse_categorical_crossentropy(NULL), denoise_loss_mean_squared_error()};
    denoise_metric *metrics[] = {denoise_metric_accuracy(), denoise_metric_mean_absolute_error()};
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.losses = losses;
    options.loss_weights = weights;
    options.loss_count = 2;
    options.metrics = metrics;
    options.metric_outputs = outputs;
    options.metric_count = 2;
    denoise_status status =
        alloc_checked(denoise_model_compile(&trainer, o->model, denoise_optimizer_sgd(NULL), losses[1], &options), &trainer);
    if (status == DENOISE_OK) *bits = alloc_hash_trainer(0, trainer);
    denoise_trainer_free(trainer);
    return status;
}

/* Many callbacks, so that the list of them grows; those that no trainer took are freed with those that one did. */
static denoise_status add_many(void *pointer, uint64_t *bits)
{
    objects *o = pointer;
    denoise_trainer *trainer;
    denoise_status status =
        denoise_model_compile(&trainer, o->model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL);
    status = alloc_checked(status, &trainer);
    for (int i = 0; i < 20 && status == DENOISE_OK; i++)
        status = denoise_trainer_add_callback(trainer,
                                              i % 2 == 0 ? denoise_callback_history() : denoise_callback_terminate_on_nan(0));
    if (status == DENOISE_OK) *bits = alloc_hash_trainer(0, trainer);
    denoise_trainer_free(trainer);
    return status;
}

static void try_kinds(alloc_run *run, const char *noun)
{
    for (int64_t i = 0; denoise_kind_name(noun, i) != NULL; i++) {
        const char *name = denoise_kind_name(noun, i);
        denoise_params *params = fitting_params(noun, name);
        compiled_with with = {noun, name, params};
        alloc_try(
            run,
            &(alloc_case){
                .name = noun, .variant = name, .data = &with, .make = make, .call = compile, .state = state, .drop = drop});
        denoise_params_free(params);
    }
}

void alloc_compiling(alloc_run *run)
{
    const compiled_with outputs = {"outputs", NULL, NULL}, many = {"many", NULL, NULL};
    try_kinds(run, "optimizer");
    try_kinds(run, "loss");
    try_kinds(run, "metric");
    try_kinds(run, "callback");
    alloc_try(
        run, &(alloc_case){
                 .name = "two outputs", .data = &outputs, .make = make, .call = compile_outputs, .state = state, .drop = drop});
    alloc_try(
        run,
        &(alloc_case){.name = "twenty callbacks", .data = &many, .make = make, .call = add_many, .state = state, .drop = drop});
}
