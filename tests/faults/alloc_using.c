/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluate, predict, one batch, gradients, weights, summaries: what a made model is used for. */
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include "faults/train_case.h"
#include "support/nets.h"
#include <string.h>

static void *make(const void *data)
{
    static train_case t;
    train_case_make(&t, data);
    return &t;
}

static void drop(void *objects)
{
    train_case_free(objects);
}

static uint64_t state(void *objects)
{
    return train_case_state(objects);
}

static denoise_status hash_logs(denoise_status status, denoise_logs *const *logs, uint64_t *bits)
{
    status = alloc_checked(status, logs);
    if (status == DENOISE_OK) *bits = alloc_hash_logs(0, *logs);
    denoise_logs_free(*logs);
    return status;
}

/* The first tensors may be NULL where the call gives none. */
static denoise_status hash_tensors(denoise_status status, denoise_tensor **tensors, int64_t count, uint64_t *bits)
{
    for (int64_t i = 0; i < count; i++) {
        status = alloc_checked(status, &tensors[i]);
        if (status == DENOISE_OK && tensors[i] != NULL) *bits = alloc_hash_tensor(*bits, tensors[i]);
        denoise_tensor_free(tensors[i]);
    }
    return status;
}

static denoise_status hash_text(denoise_status status, char *const *text, uint64_t *bits)
{
    status = alloc_checked(status, text);
    if (status == DENOISE_OK) *bits = alloc_hash_text(0, *text);
    denoise_free(*text);
    return status;
}

static denoise_status evaluate(void *objects, uint64_t *bits)
{
    denoise_logs *logs;
    denoise_status status = train_case_evaluate(objects, &logs);
    return hash_logs(status, &logs, bits);
}

static denoise_status evaluate_without_out(void *objects, uint64_t *bits)
{
    *bits = 0;
    return train_case_evaluate(objects, NULL);
}

static denoise_status predict(void *objects, uint64_t *bits)
{
    denoise_tensor *y;
    denoise_status status = train_case_predict(objects, &y);
    return hash_tensors(status, &y, 1, bits);
}

static denoise_status model_predict(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    denoise_tensor *y[2];
    int64_t inputs = denoise_model_input_count(t->model), outputs = denoise_model_output_count(t->model);
    denoise_status status = denoise_model_predict_many(y, outputs, t->model, (const denoise_tensor *const *)t->x, inputs, NULL);
    return hash_tensors(status, y, outputs, bits);
}

/* An out tensor and a workspace; predicting into them allocates nothing. */
static denoise_status predict_into(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    denoise_workspace *workspace;
    denoise_tensor *y = NULL;
    int64_t shape[DENOISE_MAX_RANK + 1] = {TRAIN_ROWS};
    int32_t rank;
    denoise_status status = denoise_workspace_new(&workspace, t->model, TRAIN_ROWS);
    status = alloc_checked(status, &workspace);
    if (status == DENOISE_OK) status = denoise_model_output_shape(t->model, 0, shape + 1, &rank);
    if (status == DENOISE_OK) status = denoise_tensor_new(&y, DENOISE_FLOAT32, shape, rank + 1);
    if (status == DENOISE_OK) status = denoise_model_predict_into(y, t->model, t->x[0], workspace);
    denoise_workspace_free(workspace);
    return hash_tensors(status, &y, 1, bits);
}

static denoise_status train_on_batch(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    denoise_logs *logs;
    denoise_status status = denoise_trainer_train_on_batch(&logs, t->trainer, t->x[0], t->y[0], t->weight[0]);
    return hash_logs(status, &logs, bits);
}

static denoise_status test_on_batch(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    denoise_logs *logs;
    denoise_status status = denoise_trainer_test_on_batch(&logs, t->trainer, t->x[0], t->y[0], NULL);
    return hash_logs(status, &logs, bits);
}

enum { MOST_TENSORS = 16 };

static denoise_status gradients(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    denoise_tensor *all[MOST_TENSORS] = {NULL};
    int64_t inputs = denoise_model_input_count(t->model), outputs = denoise_model_output_count(t->model);
    int64_t weights = denoise_model_weight_count(t->model);
    const denoise_tensor *dy[] = {t->x[0], t->x[1]}; /* of the shape of the outputs where the net is an autoencoder */
    denoise_status status = denoise_model_gradients(all, all + inputs, all + inputs + weights, t->model,
                                                    (const denoise_tensor *const *)t->x, dy, 1, 3);
    return hash_tensors(status, all, inputs + weights + outputs, bits);
}

static denoise_status get_weights(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    denoise_tensor *all[MOST_TENSORS];
    int64_t count = denoise_model_weight_count(t->model);
    denoise_status status = denoise_model_get_weights(all, t->model, count);
    return hash_tensors(status, all, count, bits);
}

/* The inputs and weights of the first dense layer are all set to other numbers; all or none. */
typedef struct setting {
    train_case t;
    denoise_tensor *weights[MOST_TENSORS];
    int64_t count;
} setting;

static void *make_setting(const void *data)
{
    static setting s;
    train_case_make(&s.t, data);
    s.count = denoise_model_weight_count(s.t.model);
    ASSERT_OK(denoise_model_get_weights(s.weights, s.t.model, s.count));
    for (int64_t i = 0; i < s.count; i++)
        ASSERT_OK(denoise_tensor_scale_into(s.weights[i], s.weights[i], 2.0));
    return &s;
}

static denoise_status set_weights(void *objects, uint64_t *bits)
{
    setting *s = objects;
    *bits = 0;
    return denoise_model_set_weights(s->t.model, (const denoise_tensor *const *)s->weights, s->count);
}

static denoise_status set_weight(void *objects, uint64_t *bits)
{
    setting *s = objects;
    *bits = 0;
    return denoise_model_set_weight(s->t.model, 0, s->weights[0]);
}

static void drop_setting(void *objects)
{
    setting *s = objects;
    for (int64_t i = 0; i < s->count; i++)
        denoise_tensor_free(s->weights[i]);
    train_case_free(&s->t);
}

static denoise_status layer_weight(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    denoise_tensor *weight;
    denoise_layer *layer = denoise_model_layer_at(t->model, denoise_model_layer_count(t->model) - 1);
    denoise_status status = denoise_layer_get_weight(&weight, layer, 0);
    return hash_tensors(status, &weight, 1, bits);
}

static denoise_status summary(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    char *text;
    options.expand_nested = options.show_trainable = 1;
    denoise_status status = denoise_model_summary(&text, t->model, &options);
    return hash_text(status, &text, bits);
}

static denoise_status trainer_summary(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    char *text;
    denoise_status status = denoise_trainer_summary(&text, t->trainer, NULL);
    return hash_text(status, &text, bits);
}

static denoise_status print_summary(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    *bits = 0;
    return denoise_model_print_summary(t->model, NULL);
}

static denoise_status dot(void *objects, uint64_t *bits)
{
    const train_case *t = objects;
    char *text;
    denoise_status status = denoise_model_dot(&text, t->model);
    return hash_text(status, &text, bits);
}

static void try_on(alloc_run *run, const train_variant *variant)
{
    static const struct {
        const char *name;
        denoise_status (*call)(void *objects, uint64_t *bits);
        bool one_output, autoencoder;
    } calls[] = {
        {"evaluate", evaluate, false, false},
        {"evaluate without out", evaluate_without_out, false, false},
        {"trainer_predict", predict, true, false},
        {"predict", model_predict, false, false},
        {"predict_into", predict_into, true, false},
        {"train_on_batch", train_on_batch, true, false},
        {"test_on_batch", test_on_batch, true, false},
        {"gradients", gradients, true, true},
        {"get_weights", get_weights, false, false},
        {"layer_get_weight", layer_weight, false, false},
        {"summary", summary, false, false},
        {"trainer_summary", trainer_summary, false, false},
        {"print_summary", print_summary, false, false},
        {"dot", dot, false, false},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (calls[i].one_output && variant->outputs == 2) continue;
        if (calls[i].autoencoder && variant->classes) continue;
        alloc_try(run, &(alloc_case){.name = calls[i].name,
                                     .variant = variant->name,
                                     .data = variant,
                                     .make = make,
                                     .call = calls[i].call,
                                     .state = state,
                                     .drop = drop});
    }
}

static uint64_t setting_state(void *objects)
{
    return train_case_state(&((const setting *)objects)->t);
}

void alloc_using(alloc_run *run)
{
    for (int64_t i = 0; i < train_variant_count; i++)
        try_on(run, &train_variants[i]);
    for (int i = 0; i < 2; i++)
        alloc_try(run, &(alloc_case){.name = i == 0 ? "set_weights" : "set_weight",
                                     .data = &train_variants[0],
                                     .make = make_setting,
                                     .call = i == 0 ? set_weights : set_weight,
                                     .state = setting_state,
                                     .drop = drop_setting});
}
