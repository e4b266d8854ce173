/* SPDX-License-Identifier: Apache-2.0 */
/* A kind in a small model that is trained: in one way and in another, with all that is state compared at the end. */
#include "core/memory.h"
#include "ext/trial.h"
#include "kernels/random.h"
#include "models/model.h"
#include "train/trainer.h"
#include "train/trainer_visit.h"
#include <denoise/graph.h>
#include <denoise/runtime.h>
#include <denoise/tensor.h>
#include <string.h>

enum { ROWS = 11, BATCH = 4, EPOCHS = 3, HIDDEN = 5, CLASSES = 3, MOST_INPUTS = 8, MOST_OUTPUTS = 8, WRITES_AT = 0 };

/* ---- state in memory */

typedef struct memory {
    int64_t count, room, next;
    struct entry {
        char *path;
        void *values;
        size_t size;
    } * entries;
} memory;

static void forget(memory *m)
{
    for (int64_t i = 0; i < m->count; i++) {
        denoise__release(m->entries[i].path);
        denoise__release(m->entries[i].values);
    }
    denoise__release(m->entries);
    *m = (memory){0};
}

static denoise_status keep(void *context, const char *path, denoise__variable *variable)
{
    memory *m = context;
    if (m->count == m->room) {
        int64_t room = 2 * m->room + 64;
        struct entry *entries = denoise__reallocate(m->entries, (size_t)room * sizeof *entries);
        if (entries == NULL) return denoise__fail_nomem();
        m->entries = entries;
        m->room = room;
    }
    size_t size = denoise__variable_bytes(variable);
    struct entry made = {.path = denoise__copy_text(path), .values = denoise__allocate_zeroed(1, size + 1), .size = size};
    if (made.path == NULL || made.values == NULL) {
        denoise__release(made.path);
        denoise__release(made.values);
        return denoise__fail_nomem();
    }
    memcpy(made.values, variable->values, size);
    m->entries[m->count++] = made;
    return DENOISE_OK;
}

static denoise_status give(void *context, const char *path, denoise__variable *variable)
{
    memory *m = context;
    const struct entry *entry = &m->entries[m->next++];
    if (m->next > m->count || strcmp(entry->path, path) != 0 || entry->size != denoise__variable_bytes(variable))
        return denoise__fail(DENOISE_ERR_INVALID, "%s is not the state that was written here", path);
    memcpy(variable->values, entry->values, entry->size);
    return DENOISE_OK;
}

static const char *difference(const memory *a, const memory *b)
{
    for (int64_t i = 0; i < a->count && i < b->count; i++) {
        const struct entry *x = &a->entries[i], *y = &b->entries[i];
        if (strcmp(x->path, y->path) != 0 || x->size != y->size || memcmp(x->values, y->values, x->size) != 0) return x->path;
    }
    return a->count == b->count ? NULL : "the number of variables";
}

/* ---- the model */

typedef struct bench {
    const denoise__trial_kind *t;
    bool is_shared, is_frozen;
    int32_t input_count;
    denoise_graph *graph;
    denoise_layer *layer; /* the kind's, where it is a layer; the graph's */
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x[MOST_INPUTS], *y;
    memory *written; /* at the end of epoch WRITES_AT; NULL: not */
} bench;

static bool is_noun(const bench *b, const char *noun)
{
    return strcmp(b->t->noun, noun) == 0;
}

/* A layer that holds the kind as one of its parameters. */
static denoise_status make_holder(denoise_layer **out, const char *layer, const char *key, const denoise__trial_kind *t,
                                  int64_t units)
{
    denoise_params *params;
    DENOISE__TRY(denoise_params_new(&params));
    denoise_status status = units > 0 ? denoise_params_set_int(params, "units", units) : DENOISE_OK;
    if (status == DENOISE_OK) status = denoise_params_set_kind(params, key, t->name, t->params);
    if (status == DENOISE_OK) status = denoise_layer_create(out, layer, params);
    denoise_params_free(params);
    return status;
}

static denoise_status make_middle(bench *b, denoise_layer **out)
{
    static const struct {
        const char *noun, *layer, *key;
    } holders[] = {{"activation", "activation", "activation"},
                   {"initializer", "dense", "kernel_initializer"},
                   {"regularizer", "dense", "kernel_regularizer"},
                   {"constraint", "dense", "kernel_constraint"}};
    if (is_noun(b, "layer")) {
        DENOISE__TRY(denoise_layer_create(out, b->t->name, b->t->params));
        b->layer = *out;
        return b->is_frozen ? denoise_layer_set_trainable(*out, 0) : DENOISE_OK;
    }
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++) {
        if (is_noun(b, holders[i].noun)) return make_holder(out, holders[i].layer, holders[i].key, b->t, i == 0 ? 0 : HIDDEN);
    }
    *out = denoise_layer_dense(HIDDEN, "tanh", NULL);
    return DENOISE_OK;
}

/* All that the middle gives, flat, one behind the other. */
static denoise_node *join(denoise_graph *graph, denoise_node *const *nodes, int64_t count)
{
    denoise_node *flat[2 * MOST_OUTPUTS];
    for (int64_t i = 0; i < count; i++)
        flat[i] = denoise_graph_apply(graph, denoise_layer_flatten(NULL), nodes[i]);
    return count == 1 ? flat[0] : denoise_graph_apply_many(graph, denoise_layer_concatenate(-1, NULL), flat, count);
}

static const char *last_activation(const bench *b)
{
    const denoise__kind *kind = denoise__registry_find(b->t->registry, b->t->name);
    bool is_categorical = false;
    if (is_noun(b, "loss")) {
        const denoise__loss_kind *loss = (const denoise__loss_kind *)(const void *)kind;
        is_categorical = loss->is_categorical || loss->is_sparse;
    }
    if (is_noun(b, "metric")) is_categorical = ((const denoise__metric_kind *)(const void *)kind)->is_sparse;
    return is_categorical ? "softmax" : "sigmoid";
}

static denoise_status build(bench *b)
{
    denoise_node *inputs[MOST_INPUTS], *outputs[2 * MOST_OUTPUTS];
    denoise_layer *middle;
    DENOISE__TRY(denoise_graph_new(&b->graph, NULL));
    DENOISE__TRY(make_middle(b, &middle));
    const denoise__layer_kind *kind = denoise__layer_kind_of(middle);
    bool is_sound = denoise_layer_status(middle) == DENOISE_OK;
    int32_t input_count = is_sound && kind->min_inputs > 1 ? kind->min_inputs : 1;
    int64_t output_count = is_sound ? denoise__layer_output_count(middle) : 1, applied = b->is_shared ? 2 : 1;
    if (input_count > MOST_INPUTS / 2 || output_count > MOST_OUTPUTS) {
        denoise_layer_free(middle);
        return denoise__fail(DENOISE_ERR_UNSUPPORTED, "the layer has too many inputs or outputs to be trained here");
    }
    b->input_count = input_count * (int32_t)applied;
    for (int32_t i = 0; i < b->input_count; i++)
        inputs[i] = denoise_graph_input(b->graph, b->t->shape.dim, b->t->shape.rank);
    for (int64_t k = 0; k < applied; k++)
        DENOISE__TRY(denoise_graph_apply_layer_many(outputs + k * output_count, output_count, b->graph, middle,
                                                    inputs + k * input_count, input_count));
    denoise_node *flat = join(b->graph, outputs, applied * output_count);
    denoise_node *end = denoise_graph_apply(b->graph, denoise_layer_dense(CLASSES, last_activation(b), NULL), flat);
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    options.seed = 3;
    return denoise_graph_build_many(&b->model, b->graph, inputs, b->input_count, &end, 1, &options);
}

/* ---- data and compiling */

static denoise_status make_floats(denoise_tensor **out, const int64_t *dims, int32_t rank, uint64_t stream, double low)
{
    DENOISE__TRY(denoise_tensor_new(out, DENOISE_FLOAT32, dims, rank));
    denoise__random_uniform(9, stream, 0, denoise_tensor_data(*out), denoise_tensor_size(*out), low, 1);
    return DENOISE_OK;
}

static denoise_status make_data(bench *b, bool is_sparse)
{
    int64_t dims[DENOISE_MAX_RANK] = {ROWS};
    const int64_t rows[] = {ROWS, CLASSES};
    memcpy(dims + 1, b->t->shape.dim, (size_t)b->t->shape.rank * sizeof *dims);
    for (int32_t i = 0; i < b->input_count; i++)
        DENOISE__TRY(make_floats(&b->x[i], dims, b->t->shape.rank + 1, (uint64_t)i, -1));
    if (!is_sparse) return make_floats(&b->y, rows, 2, 50, 0);
    DENOISE__TRY(denoise_tensor_new(&b->y, DENOISE_INT32, rows, 1));
    for (int32_t i = 0; i < ROWS; i++)
        ((int32_t *)denoise_tensor_data(b->y))[i] = i % CLASSES;
    return DENOISE_OK;
}

static denoise_status make_optimizer(const bench *b, denoise_optimizer **out)
{
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    sgd.momentum = 0.9;
    if (is_noun(b, "optimizer")) return denoise_optimizer_create(out, b->t->name, b->t->params);
    if (is_noun(b, "schedule")) {
        denoise_params *params;
        DENOISE__TRY(denoise_params_new(&params));
        denoise_status status = denoise_params_set_kind(params, "learning_rate", b->t->name, b->t->params);
        if (status == DENOISE_OK) status = denoise_optimizer_create(out, "sgd", params);
        denoise_params_free(params);
        if (status != DENOISE_ERR_DTYPE) return status; /* an optimizer that takes no schedule */
    }
    *out = denoise_optimizer_sgd(&sgd);
    return DENOISE_OK;
}

/* What is made is adopted by compile, also where it fails. */
static denoise_status compile(bench *b)
{
    denoise_optimizer *optimizer = NULL;
    denoise_loss *loss = NULL;
    denoise_metric *metric = NULL;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_status status = make_optimizer(b, &optimizer);
    if (status == DENOISE_OK && is_noun(b, "metric")) status = denoise_metric_create(&metric, b->t->name, b->t->params);
    bool is_sparse = metric != NULL && denoise__metric_kind_of(metric) != NULL && denoise__metric_kind_of(metric)->is_sparse;
    if (status == DENOISE_OK && is_noun(b, "loss")) status = denoise_loss_create(&loss, b->t->name, b->t->params);
    if (status != DENOISE_OK) {
        denoise_metric_free(metric);
        denoise_optimizer_free(optimizer);
        return status;
    }
    if (loss == NULL) loss = is_sparse ? denoise_loss_sparse_categorical_crossentropy(NULL) : denoise_loss_mean_squared_error();
    bool is_labelled = is_sparse || (denoise_loss_status(loss) == DENOISE_OK && denoise__loss_kind_of(loss)->is_sparse);
    options.metrics = &metric;
    options.metric_count = metric != NULL;
    DENOISE__TRY(denoise_model_compile(&b->trainer, b->model, optimizer, loss, &options));
    return make_data(b, is_labelled);
}

static denoise_status write_state(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    bench *b = user_data;
    (void)logs;
    if (b->written == NULL || epoch != WRITES_AT) return DENOISE_OK;
    forget(b->written);
    return denoise__trainer_visit(trainer, &(denoise__visitor){.variable = keep, .context = b->written});
}

static denoise_status add_callbacks(bench *b)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = write_state;
    if (is_noun(b, "callback")) {
        denoise_callback *callback;
        DENOISE__TRY(denoise_callback_create(&callback, b->t->name, b->t->params));
        DENOISE__TRY(denoise_trainer_add_callback(b->trainer, callback));
    }
    return denoise_trainer_add_callback(b->trainer, denoise_callback_lambda(&hooks, b, NULL));
}

static denoise_status begin(bench *b)
{
    DENOISE__TRY(build(b));
    DENOISE__TRY(compile(b));
    return add_callbacks(b);
}

static denoise_status fit(bench *b)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    const denoise_tensor *x[MOST_INPUTS], *y = b->y;
    for (int32_t i = 0; i < b->input_count; i++)
        x[i] = b->x[i];
    options.epochs = EPOCHS;
    options.batch_size = BATCH;
    options.verbose = 0;
    options.seed = 4;
    return denoise_trainer_fit_many(b->trainer, x, b->input_count, &y, 1, &options);
}

static void end(bench *b)
{
    denoise_trainer_free(b->trainer);
    denoise_model_free(b->model);
    denoise_graph_free(b->graph);
    for (int i = 0; i < MOST_INPUTS; i++)
        denoise_tensor_free(b->x[i]);
    denoise_tensor_free(b->y);
}

/* ---- the runs */

enum { PLAIN = 1, ALONE = 2, AGAIN = 4 };

static denoise_status run(bench *b, int how, memory *out, memory *from)
{
    DENOISE__TRY(begin(b));
    if ((how & PLAIN) != 0) b->trainer->is_plain = true;
    if (from != NULL) {
        from->next = 0;
        DENOISE__TRY(
            denoise__trainer_visit(b->trainer, &(denoise__visitor){.variable = give, .context = from, .is_reading = true}));
    }
    DENOISE__TRY(fit(b));
    return denoise__trainer_visit(b->trainer, &(denoise__visitor){.variable = keep, .context = out});
}

/* On one thread, unless another call computes. */
static denoise_status run_threads(bench *b, int how, memory *out, memory *from)
{
    int32_t threads = denoise_num_threads();
    bool is_set = (how & ALONE) != 0 && denoise_set_num_threads(1) == DENOISE_OK;
    denoise_status status = run(b, how, out, from);
    if (!is_set) return status;
    char message[DENOISE__MESSAGE_SIZE];
    memcpy(message, denoise_last_error(), sizeof message);
    (void)denoise_set_num_threads(threads);
    return status == DENOISE_OK ? DENOISE_OK : denoise__fail_text(status, message);
}

static denoise_status run_other(const denoise__trial_kind *t, int how, const memory *wanted, memory *from, const char *what)
{
    bench b = {.t = t};
    memory got = {0};
    denoise_status status = run_threads(&b, how, &got, from);
    const char *path = status == DENOISE_OK ? difference(wanted, &got) : NULL;
    if (path != NULL)
        status = denoise__fail(DENOISE_ERR_INVALID, "%s \"%s\" trained %s differs at %s", t->noun, t->name, what, path);
    forget(&got);
    end(&b);
    return status;
}

static denoise_status compare_runs(const denoise__trial_kind *t)
{
    memory first = {0}, written = {0};
    bench b = {.t = t, .written = &written};
    denoise_status status = run(&b, 0, &first, NULL);
    b.written = NULL;
    end(&b);
    if (status == DENOISE_OK) status = run_other(t, AGAIN, &first, NULL, "once more");
    if (status == DENOISE_OK) status = run_other(t, PLAIN, &first, NULL, "step by step instead of fused");
    if (status == DENOISE_OK) status = run_other(t, ALONE, &first, NULL, "on one thread");
    if (status == DENOISE_OK) status = run_other(t, 0, &first, &written, "from its state after the first epoch");
    forget(&first);
    forget(&written);
    return status;
}

static denoise_status check_frozen(const denoise__trial_kind *t)
{
    bench b = {.t = t, .is_frozen = true};
    memory before = {0}, after = {0};
    denoise_status status = begin(&b);
    const denoise__visitor first = {.variable = keep, .context = &before}, second = {.variable = keep, .context = &after};
    if (status == DENOISE_OK) status = denoise__layer_visit(b.layer, "layer", &first);
    if (status == DENOISE_OK) status = fit(&b);
    if (status == DENOISE_OK) status = denoise__layer_visit(b.layer, "layer", &second);
    if (status == DENOISE_OK && difference(&before, &after) != NULL)
        status = denoise__trial_fail(t, "has other weights after training, although it was frozen");
    forget(&before);
    forget(&after);
    end(&b);
    return status;
}

static denoise_status check_shared(const denoise__trial_kind *t)
{
    bench b = {.t = t, .is_shared = true};
    denoise_status status = begin(&b);
    if (status == DENOISE_OK) status = fit(&b);
    end(&b);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context(status, "applied twice: ");
}

denoise_status denoise__trial_training(const denoise__trial_kind *t)
{
    DENOISE__TRY(compare_runs(t));
    if (strcmp(t->noun, "layer") != 0) return DENOISE_OK;
    DENOISE__TRY(check_frozen(t));
    return check_shared(t);
}
