/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/train_case.h"
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include "support/dice_loss.h"
#include "support/nets.h"
#include "support/test_kinds.h"
#include "train/trainer.h"
#include <string.h>

enum { MOST_WEIGHTS = 16 };

static denoise_model *dense_only(void)
{
    return two_layers(6, 8, "relu", 6, "sigmoid");
}

static denoise_model *classifier(void)
{
    return two_layers(6, 5, "tanh", 3, "softmax");
}

/* Dropout and noise, a penalty, a frozen layer. */
static denoise_model *noisy(void)
{
    const int64_t six = 6;
    denoise_graph *g;
    denoise_model *model;
    denoise_dense_options frozen = DENOISE_DENSE_OPTIONS_INIT, fined = DENOISE_DENSE_OPTIONS_INIT;
    frozen.trainable = 0;
    fined.kernel_regularizer = "l1l2(l1=0.01, l2=0.01)";
    ASSERT_OK(denoise_graph_new(&g, "noisy"));
    denoise_node *input = denoise_graph_input(g, &six, 1);
    denoise_node *node = denoise_graph_apply(g, denoise_layer_gaussian_noise(0.1, NULL), input);
    node = denoise_graph_apply(g, denoise_layer_dense(7, "elu", &fined), node);
    node = denoise_graph_apply(g, denoise_layer_dropout(0.3, NULL), node);
    node = denoise_graph_apply(g, denoise_layer_dense(6, "relu", &frozen), node);
    node = denoise_graph_apply_many(g, denoise_layer_add(NULL), (denoise_node *[]){node, input}, 2);
    node = denoise_graph_apply(g, denoise_layer_dense(6, "sigmoid", NULL), node);
    ASSERT_OK(denoise_graph_build(&model, g, input, node, NULL));
    denoise_graph_free(g);
    return model;
}

/* A model within a model, whose weights another one shares. */
static denoise_model *nested(void)
{
    const int64_t six = 6;
    denoise_graph *g;
    denoise_model *model, *inner = two_layers(6, 4, "relu", 4, "softplus");
    ASSERT_OK(denoise_graph_new(&g, "nested"));
    denoise_node *input = denoise_graph_input(g, &six, 1);
    denoise_node *node = denoise_graph_apply_model(g, inner, input);
    node = denoise_graph_apply(g, denoise_layer_dense(6, "sigmoid", NULL), node);
    ASSERT_OK(denoise_graph_build(&model, g, input, node, NULL));
    denoise_graph_free(g);
    denoise_model_free(inner);
    return model;
}

/* Layers that look across the batch, that have statistics, and that know nothing of blocks. */
static denoise_model *mixed(void)
{
    const int64_t six = 6;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "mixed"));
    denoise_node *input = denoise_graph_input(g, &six, 1), *both[2];
    denoise_node *node = denoise_graph_apply(g, denoise_layer_dense(6, "relu", NULL), input);
    node = denoise_graph_apply(g, test_kind_layer("batch_wide", NULL, NULL), node);
    node = denoise_graph_apply(g, test_kind_layer("plain_rows", NULL, NULL), node);
    ASSERT_OK(denoise_graph_apply_layer_many(both, 2, g, test_kind_layer("two_outputs", NULL, NULL), &node, 1));
    node = denoise_graph_apply_many(g, denoise_layer_add(NULL), (denoise_node *[]){both[0], both[1], both[0]}, 3);
    node = denoise_graph_apply(g, denoise_layer_dense(6, "sigmoid", NULL), node);
    ASSERT_OK(denoise_graph_build(&model, g, input, node, NULL));
    denoise_graph_free(g);
    return model;
}

/* One layer twice, values that are read in two layouts, columns cut anew. */
static denoise_model *knotted(void)
{
    const int64_t six = 6;
    denoise_graph *g;
    denoise_model *model;
    denoise_layer *square = denoise_layer_dense(6, "tanh", NULL);
    ASSERT_OK(denoise_graph_new(&g, "knotted"));
    denoise_node *input = denoise_graph_input(g, &six, 1);
    denoise_node *once = denoise_graph_apply(g, square, input), *twice = denoise_graph_apply(g, square, once);
    denoise_node *joined =
        denoise_graph_apply_many(g, denoise_layer_concatenate(-1, NULL), (denoise_node *[]){once, twice, once}, 3);
    denoise_node *cut = denoise_graph_apply(g, denoise_layer_reshape((int64_t[]){3, 6}, 2, NULL), joined);
    cut = denoise_graph_apply(g, denoise_layer_dense(2, "softmax", NULL), cut);
    cut = denoise_graph_apply(g, denoise_layer_flatten(NULL), cut);
    denoise_node *sum = denoise_graph_apply_many(g, denoise_layer_add(NULL), (denoise_node *[]){cut, once}, 2);
    sum = denoise_graph_apply(g, test_kind_layer("plain_rows", NULL, NULL), sum);
    ASSERT_OK(denoise_graph_build(&model, g, input, sum, NULL));
    denoise_graph_free(g);
    return model;
}

#define BCE "binary_crossentropy"
const train_variant train_variants[] = {
    {.name = "dense layers", .model = dense_only, .optimizer = "adam", .loss = BCE, .splits = true},
    {.name = "dense layers with a metric",
     .model = dense_only,
     .optimizer = "rmsprop",
     .loss = "mean_squared_error",
     .metric = "mean_absolute_error",
     .verbose = 1},
    {.name = "noisy", .model = noisy, .optimizer = "adam", .loss = BCE, .metric = "psnr", .splits = true, .verbose = 2},
    {.name = "noisy, weighted", .model = noisy, .optimizer = "sgd", .loss = "mean_absolute_error", .weights = true},
    {.name = "branches", .model = branches, .optimizer = "adamw", .outputs = 2, .verbose = 1},
    {.name = "nested", .model = nested, .optimizer = "adam", .loss = BCE, .metric = "binary_accuracy", .no_shuffle = 1},
    {.name = "classifier",
     .model = classifier,
     .optimizer = "adam",
     .loss = "sparse_categorical_crossentropy",
     .metric = "accuracy",
     .splits = true,
     .classes = true},
    {.name = "dense layers, again", .model = dense_only, .optimizer = "adam", .loss = BCE, .splits = true, .warm = true},
    {.name = "noisy, again", .model = noisy, .optimizer = "rmsprop", .loss = BCE, .splits = true, .warm = true},
    {.name = "mixed", .model = mixed, .optimizer = "adam", .loss = BCE, .splits = true},
    {.name = "mixed, weighted", .model = mixed, .optimizer = "rmsprop", .loss = BCE, .plain = true, .weights = true},
    {.name = "knotted", .model = knotted, .optimizer = "adamw", .loss = "mean_squared_error", .metric = "mean_absolute_error"},
    {.name = "knotted, across the batch", .model = knotted, .optimizer = "sgd", .loss = "test_dice", .plain = true},
    {.name = "dense layers, no callbacks", .model = dense_only, .optimizer = "sgd", .loss = BCE, .plain = true},
    {.name = "noisy, no callbacks", .model = noisy, .optimizer = "sgd", .loss = BCE, .plain = true, .weights = true},
    {.name = "dense layers, many epochs",
     .model = dense_only,
     .optimizer = "sgd",
     .loss = BCE,
     .plain = true,
     .epochs = 20,
     .verbose = 1},
};
const int64_t train_variant_count = (int64_t)(sizeof train_variants / sizeof *train_variants);

static denoise_status slower(int64_t epoch, double rate, double *result, void *user_data)
{
    (void)user_data;
    *result = epoch == 0 ? rate : rate * 0.5;
    return DENOISE_OK;
}

static void add(train_case *t, denoise_callback *callback)
{
    ASSERT_OK(denoise_trainer_add_callback(t->trainer, callback));
    ASSERT_OK(denoise_trainer_add_callback(t->trainer, recorder_callback(&t->recorder)));
}

static void add_callbacks(train_case *t)
{
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    denoise_reduce_lr_options reduce = DENOISE_REDUCE_LR_OPTIONS_INIT;
    early.restore_best_weights = 1;
    early.patience = 3;
    reduce.patience = 0;
    reduce.min_delta = 10.0; /* nothing is an improvement after the first epoch */
    ASSERT_OK(denoise_trainer_add_callback(t->trainer, recorder_callback(&t->recorder)));
    if (t->variant->plain) return;
    t->stopping = denoise_callback_early_stopping(&early);
    add(t, t->stopping);
    add(t, denoise_callback_reduce_lr_on_plateau(&reduce));
    add(t, denoise_callback_learning_rate_scheduler(slower, NULL, NULL));
    add(t, denoise_callback_csv_logger(temp_dir_file(&t->dir, "log.csv"), ",", 0));
    add(t, denoise_callback_history());
    add(t, denoise_callback_terminate_on_nan(1));
}

static void compile(train_case *t)
{
    const train_variant *v = t->variant;
    denoise_optimizer *optimizer;
    denoise_loss *loss = NULL;
    denoise_loss *losses[] = {NULL, NULL};
    denoise_metric *metric = NULL;
    denoise_params *params = NULL;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    dice_loss_register();
    ASSERT_OK(denoise_optimizer_create(&optimizer, v->optimizer, NULL));
    if (v->outputs == 2) {
        losses[0] = denoise_loss_sparse_categorical_crossentropy(NULL);
        losses[1] = denoise_loss_mean_squared_error();
        options.losses = losses;
        options.loss_count = 2;
    } else {
        ASSERT_OK(denoise_loss_create(&loss, v->loss, NULL));
    }
    if (v->metric != NULL && strcmp(v->metric, "psnr") == 0) {
        metric = denoise_metric_psnr(2, 3, 1.0);
    } else if (v->metric != NULL) {
        ASSERT_OK(denoise_metric_create(&metric, v->metric, params));
    }
    options.metrics = &metric;
    options.metric_count = metric != NULL;
    ASSERT_OK(denoise_model_compile(&t->trainer, t->model, optimizer, loss, &options));
}

static denoise_tensor *unit_rows(int64_t columns, uint64_t stream)
{
    denoise_rng *rng;
    denoise_tensor *tensor;
    ASSERT_OK(denoise_rng_new(&rng, 3, stream));
    ASSERT_OK(denoise_tensor_random_uniform(&tensor, (const int64_t[]){TRAIN_ROWS, columns}, 2, rng, 0.0, 1.0));
    denoise_rng_free(rng);
    return tensor;
}

static void make_data(train_case *t)
{
    const train_variant *v = t->variant;
    bool labels = v->outputs == 2 || v->classes;
    t->x[0] = unit_rows(6, 1);
    t->x[1] = unit_rows(6, 2);
    t->y[0] = labels ? random_labels(TRAIN_ROWS, 3, 3) : unit_rows(6, 3);
    t->y[1] = unit_rows(6, 4);
    for (int i = 0; i < 2; i++) {
        const int64_t rows = TRAIN_ROWS;
        denoise_tensor *column = unit_rows(1, 5 + (uint64_t)i);
        ASSERT_OK(denoise_tensor_reshape(&t->weight[i], column, &rows, 1));
        denoise_tensor_free(column);
    }
}

void train_case_make(train_case *t, const train_variant *variant)
{
    *t = (train_case){.variant = variant};
    recorder_init(&t->recorder);
    temp_dir_make(&t->dir);
    t->model = variant->model();
    make_data(t);
    compile(t);
    add_callbacks(t);
    if (variant->warm) ASSERT_OK(train_case_fit(t));
    recorder_init(&t->recorder);
}

void train_case_free(train_case *t)
{
    denoise_trainer_free(t->trainer);
    denoise_model_free(t->model);
    for (int i = 0; i < 2; i++) {
        denoise_tensor_free(t->x[i]);
        denoise_tensor_free(t->y[i]);
        denoise_tensor_free(t->weight[i]);
    }
    temp_dir_remove(&t->dir);
}

denoise_status train_case_fit(train_case *t)
{
    static const double class_weights[] = {1.0, 0.5, 2.0};
    const train_variant *v = t->variant;
    const denoise_tensor *const *x = (const denoise_tensor *const *)t->x, *const *y = (const denoise_tensor *const *)t->y;
    int64_t count = v->outputs == 2 ? 2 : 1;
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.batch_size = 8;
    options.epochs = v->epochs > 0 ? v->epochs : 2;
    options.seed = 5;
    options.verbose = v->verbose;
    options.shuffle = !v->no_shuffle;
    if (v->splits) {
        options.validation_split = 0.25;
    } else {
        options.validation_x = x;
        options.validation_y = y;
        options.validation_batch_size = 16;
    }
    if (v->weights) options.sample_weight = (const denoise_tensor *const *)t->weight;
    if (v->classes) {
        options.class_weight = class_weights;
        options.class_count = 3;
    }
    return denoise_trainer_fit_many(t->trainer, x, count, y, count, &options);
}

denoise_status train_case_evaluate(train_case *t, denoise_logs **out)
{
    int64_t count = t->variant->outputs == 2 ? 2 : 1;
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.batch_size = 8;
    options.verbose = t->variant->verbose;
    if (t->variant->weights) options.sample_weight = (const denoise_tensor *const *)t->weight;
    return denoise_trainer_evaluate_many(out, t->trainer, (const denoise_tensor *const *)t->x, count,
                                         (const denoise_tensor *const *)t->y, count, &options);
}

denoise_status train_case_predict(train_case *t, denoise_tensor **out)
{
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    options.batch_size = 8;
    options.verbose = t->variant->verbose;
    return denoise_trainer_predict(out, t->trainer, t->x[0], &options);
}

void train_case_follow(train_case *t, const train_case *other)
{
    denoise_tensor *weights[MOST_WEIGHTS];
    int64_t count = denoise_model_weight_count(other->model);
    denoise_optimizer *to = t->trainer->optimizer, *from = other->trainer->optimizer;
    ASSERT_OK(denoise_model_get_weights(weights, other->model, count));
    ASSERT_OK(denoise_model_set_weights(t->model, (const denoise_tensor *const *)weights, count));
    for (int64_t i = 0; i < count; i++)
        denoise_tensor_free(weights[i]);
    denoise__optimizer_bring_home(from);
    to->learning_rate = from->learning_rate;
    to->iterations = from->iterations;
    t->trainer->step = other->trainer->step;
    if (from->weight_count == 0) return;
    const denoise__variable *shapes[MOST_WEIGHTS];
    for (int64_t i = 0; i < from->weight_count; i++)
        shapes[i] = &from->weights[i];
    ASSERT_OK(denoise__optimizer_build(to, shapes, from->weight_count));
    for (int64_t i = 0; i < from->weight_count * from->slot_count; i++)
        memcpy(to->slots[i].values, from->slots[i].values, (size_t)from->slots[i].count * sizeof(float));
}

uint64_t train_case_state(const train_case *t)
{
    uint64_t hash = alloc_hash_trainer(0, t->trainer);
    hash = alloc_hash_history(hash, denoise_trainer_history(t->trainer));
    return alloc_hash_folder(hash, &t->dir);
}
