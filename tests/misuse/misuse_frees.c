/* SPDX-License-Identifier: Apache-2.0 */
/* Frees sets of objects that depend on one another in every order. After each free all that are left are used; at the end the
 * library holds no block more than before, and each destroy function ran once. */
#include "misuse/frees.h"
#include "support/campaign.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <string.h>
#include <unistd.h>

enum { MOST_PIECES = 6 };

typedef struct piece {
    void *object;
    void (*free)(void *object);
    void (*use)(void *object); /* ends the program when it is not as it was */
} piece;

typedef struct set {
    const char *name;
    int count;
    void (*make)(piece *pieces);
    int64_t destroyed; /* calls of destroy when all is freed */
} set;

static int64_t destroyed;
static denoise_tensor *x, *y; /* data for whatever needs some */

static void count_destroy(void *user_data)
{
    (void)user_data;
    destroyed++;
}

/* ---- how each type is freed, and used */

static void use_tensor(void *object)
{
    const denoise_tensor *tensor = object;
    double value;
    for (int64_t i = 0; i < denoise_tensor_size(tensor); i++)
        ASSERT_OK(denoise_tensor_item(tensor, i, &value));
    if (denoise_tensor_dtype(tensor) != DENOISE_FLOAT32) return;
    float *data = denoise_tensor_data(object);
    data[0] += 1.0F; /* it is written to as well */
}

static void use_params(void *object)
{
    for (int64_t i = 0; i < denoise_params_count(object); i++)
        assert_true(denoise_params_type(object, denoise_params_key(object, i)) >= 0);
}

static void use_layer(void *object)
{
    denoise_params *params;
    ASSERT_OK(denoise_layer_params(&params, object));
    denoise_params_free(params);
}

static void use_built_layer(void *object)
{
    denoise_tensor *weight;
    use_layer(object);
    ASSERT_OK(denoise_layer_get_weight(&weight, object, 0));
    ASSERT_OK(denoise_layer_set_weight(object, 0, weight));
    denoise_tensor_free(weight);
}

static void use_loss(void *object)
{
    double value;
    ASSERT_OK(denoise_loss_compute(&value, NULL, object, y, y, NULL));
}

static void use_metric(void *object)
{
    double value;
    ASSERT_OK(denoise_metric_result(&value, object));
    assert_true(strlen(denoise_metric_name(object)) > 0);
}

static void use_optimizer(void *object)
{
    ASSERT_OK(denoise_optimizer_set_learning_rate(object, 0.01));
}

static void use_callback(void *object)
{
    assert_int_equal(denoise_callback_status(object), DENOISE_OK);
}

static void use_logs(void *object)
{
    double value;
    ASSERT_OK(denoise_logs_get(object, "loss", &value));
}

static void use_sequential(void *object)
{
    denoise_model *model;
    ASSERT_OK(denoise_sequential_build(&model, object, NULL));
    denoise_model_free(model);
}

static void use_graph(void *object)
{
    assert_string_equal(denoise_graph_error(object), "");
    assert_non_null(denoise_graph_input(object, (const int64_t[]){2}, 1));
}

static void use_model(void *object)
{
    denoise_tensor *out;
    char *text;
    ASSERT_OK(denoise_model_predict(&out, object, x, NULL));
    ASSERT_OK(denoise_model_summary(&text, object, NULL));
    denoise_free(text);
    denoise_tensor_free(out);
}

/* The cut behind the first layer has inputs of another shape. */
static void use_submodel(void *object)
{
    denoise_tensor *weight;
    ASSERT_OK(denoise_model_get_weight(&weight, object, 0));
    ASSERT_OK(denoise_model_set_weight(object, 0, weight));
    denoise_tensor_free(weight);
}

static void use_workspace(void *object)
{
    assert_true(denoise_workspace_bytes(object) > 0);
}

/* Of four rows, read to their end. */
static void use_dataset(void *object)
{
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_tensor *out;
    ASSERT_OK(denoise_model_predict_dataset(&out, model, object, NULL));
    assert_int_equal(denoise_tensor_dim(out, 0), 4);
    denoise_tensor_free(out);
    denoise_model_free(model);
}

static void use_trainer(void *object)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = 2;
    ASSERT_OK(denoise_trainer_fit(object, x, y, &options));
    const denoise_history *history = denoise_trainer_history(object);
    assert_int_equal(denoise_history_epochs(history), 2);
    assert_non_null(denoise_history_values(history, "loss"));
    assert_non_null(denoise_model_name(denoise_trainer_model(object)));
}

static void use_rng(void *object)
{
    uint32_t words[2];
    ASSERT_OK(denoise_rng_words(object, words, 2));
}

static void use_reader(void *object)
{
    assert_int_equal(denoise_safetensors_count(object), 2);
    assert_string_equal(denoise_safetensors_metadata(object, "format"), "pt");
}

#define PIECE(object, type)                                                                                                    \
    (piece)                                                                                                                    \
    {                                                                                                                          \
        (void *)(object), free_##type, use_##type                                                                              \
    }
#define PIECE_USED(object, type, uses)                                                                                         \
    (piece)                                                                                                                    \
    {                                                                                                                          \
        (void *)(object), free_##type, use_##uses                                                                              \
    }

/* ---- the sets */

static denoise_trainer *compiled(denoise_model *model)
{
    denoise_trainer *trainer;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, &destroyed, count_destroy)));
    return trainer;
}

static denoise_model *in_graph(denoise_graph *graph)
{
    denoise_model *model;
    denoise_node *in = denoise_graph_input(graph, (const int64_t[]){6}, 1);
    denoise_node *hidden = denoise_graph_apply(graph, denoise_layer_dense(3, "relu", NULL), in);
    denoise_node *out = denoise_graph_apply(graph, denoise_layer_dense(2, NULL, NULL), hidden);
    ASSERT_OK(denoise_graph_build(&model, graph, in, out, NULL));
    return model;
}

static void make_model_and_parts(piece *p)
{
    denoise_graph *graph;
    denoise_model *submodel, *nesting;
    denoise_workspace *workspace;
    denoise_sequential *s;
    ASSERT_OK(denoise_graph_new(&graph, NULL));
    denoise_model *model = in_graph(graph);
    ASSERT_OK(denoise_model_submodel(&submodel, model, "dense", NULL));
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add_model(s, model));
    ASSERT_OK(denoise_sequential_build(&nesting, s, NULL));
    denoise_sequential_free(s);
    ASSERT_OK(denoise_workspace_new(&workspace, model, 4));
    p[0] = PIECE(graph, graph);
    p[1] = PIECE(model, model);
    p[2] = PIECE_USED(submodel, model, submodel);
    p[3] = PIECE(nesting, model);
    p[4] = PIECE(workspace, workspace);
    p[5] = PIECE(compiled(model), trainer);
}

static void make_trainers_that_share(piece *p)
{
    denoise_sequential *inner, *outer;
    denoise_model *a, *b;
    ASSERT_OK(denoise_sequential_new(&inner, "inner"));
    ASSERT_OK(denoise_sequential_add(inner, denoise_layer_input((const int64_t[]){6}, 1, NULL)));
    ASSERT_OK(denoise_sequential_add(inner, denoise_layer_dense(2, NULL, NULL)));
    ASSERT_OK(denoise_sequential_build(&a, inner, NULL));
    ASSERT_OK(denoise_sequential_new(&outer, "outer"));
    ASSERT_OK(denoise_sequential_add_model(outer, a));
    ASSERT_OK(denoise_sequential_add(outer, denoise_layer_dense(2, "tanh", NULL)));
    ASSERT_OK(denoise_sequential_build(&b, outer, NULL));
    p[0] = PIECE(inner, sequential);
    p[1] = PIECE(outer, sequential);
    p[2] = PIECE(a, model);
    p[3] = PIECE(b, model);
    p[4] = PIECE(compiled(a), trainer);
    p[5] = PIECE(compiled(b), trainer);
}

static void make_what_a_trainer_gives(piece *p)
{
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_trainer *trainer = compiled(model);
    denoise_logs *logs, *batch;
    denoise_tensor *out, *weight;
    ASSERT_OK(denoise_trainer_evaluate(&logs, trainer, x, y, NULL));
    ASSERT_OK(denoise_trainer_train_on_batch(&batch, trainer, x, y, NULL));
    ASSERT_OK(denoise_trainer_predict(&out, trainer, x, NULL));
    ASSERT_OK(denoise_model_get_weight(&weight, model, 0));
    p[0] = PIECE(model, model);
    p[1] = PIECE(trainer, trainer);
    p[2] = PIECE(logs, logs);
    p[3] = PIECE(batch, logs);
    p[4] = PIECE(out, tensor);
    p[5] = PIECE(weight, tensor);
}

static void make_views(piece *p)
{
    denoise_tensor *base = random_rows(4, 6, 3), *rows, *reshaped, *view_of_view, *borrowed, *view_of_borrowed;
    static float numbers[6];
    ASSERT_OK(denoise_tensor_rows(&rows, base, 1, 3));
    ASSERT_OK(denoise_tensor_reshape(&reshaped, base, (const int64_t[]){3, 8}, 2));
    ASSERT_OK(denoise_tensor_rows(&view_of_view, rows, 1, 2));
    ASSERT_OK(denoise_tensor_borrow(&borrowed, DENOISE_FLOAT32, (const int64_t[]){6}, 1, numbers, NULL, count_destroy));
    ASSERT_OK(denoise_tensor_reshape(&view_of_borrowed, borrowed, (const int64_t[]){2, 3}, 2));
    denoise_tensor *all[] = {base, rows, reshaped, view_of_view, borrowed, view_of_borrowed};
    for (int i = 0; i < 6; i++)
        p[i] = PIECE(all[i], tensor);
}

static void make_params(piece *p)
{
    denoise_params *inner, *outer, *nested, *of_layer;
    denoise_layer *layer;
    ASSERT_OK(denoise_params_new(&inner));
    ASSERT_OK(denoise_params_set_double(inner, "l2", 0.5));
    ASSERT_OK(denoise_params_new(&outer));
    ASSERT_OK(denoise_params_set_int(outer, "units", 3));
    ASSERT_OK(denoise_params_set_kind(outer, "kernel_regularizer", "l2", inner));
    ASSERT_OK(denoise_layer_create(&layer, "dense", outer));
    ASSERT_OK(denoise_layer_params(&of_layer, layer));
    ASSERT_OK(denoise_params_new(&nested));
    ASSERT_OK(denoise_params_set_kind(nested, "a", "b", outer));
    denoise_optimizer *optimizer = denoise_optimizer_sgd(NULL);
    p[0] = PIECE(inner, params);
    p[1] = PIECE(outer, params);
    p[2] = PIECE(layer, layer);
    p[3] = PIECE(of_layer, params);
    p[4] = PIECE(nested, params);
    p[5] = PIECE(optimizer, optimizer);
}

static void make_reader(piece *p)
{
    denoise_safetensors *reader;
    denoise_tensor *a, *b, *again;
    ASSERT_OK(denoise_safetensors_save("t", (const char *const[]){"a", "b"}, (const denoise_tensor *const[]){x, y}, 2,
                                       (const char *const[]){"format"}, (const char *const[]){"pt"}, 1));
    ASSERT_OK(denoise_safetensors_open(&reader, "t", NULL));
    ASSERT_OK(denoise_safetensors_get(&a, reader, "a"));
    ASSERT_OK(denoise_safetensors_get(&b, reader, "b"));
    ASSERT_OK(denoise_tensor_rows(&again, a, 0, 1));
    p[0] = PIECE_USED(reader, safetensors, reader);
    p[1] = PIECE(a, tensor);
    p[2] = PIECE(b, tensor);
    p[3] = PIECE(again, tensor);
}

static void make_parts(piece *p)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_metric *metric = denoise_metric_mean_squared_error();
    denoise_rng *rng;
    ASSERT_OK(denoise_metric_update_state(metric, y, y, NULL));
    ASSERT_OK(denoise_rng_new(&rng, 1, 1));
    p[0] = PIECE(denoise_layer_dense(3, "relu", NULL), layer);
    p[1] = PIECE(denoise_loss_mean_squared_error(), loss);
    p[2] = PIECE(metric, metric);
    p[3] = PIECE(denoise_optimizer_adam(NULL), optimizer);
    p[4] = PIECE(denoise_callback_lambda(&hooks, &destroyed, count_destroy), callback);
    p[5] = PIECE(rng, rng);
}

/* Parts that a trainer owns: freeing them does nothing while it lives, so they come before it here. */
static void make_owned_parts(piece *p)
{
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise_callback *stopping = denoise_callback_early_stopping(NULL);
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, optimizer, loss, NULL));
    ASSERT_OK(denoise_trainer_add_callback(trainer, stopping));
    denoise_optimizer_free(optimizer);
    denoise_loss_free(loss);
    denoise_callback_free(stopping);
    denoise_layer_free(denoise_model_layer(model, "dense"));
    p[0] = PIECE(model, model);
    p[1] = PIECE(trainer, trainer);
    p[2] = PIECE(denoise_callback_history(), callback);
}

/* What a garbage collector holds: parts that were kept before they were adopted, or when they were borrowed from their owner.
 */
static void make_kept_parts(piece *p)
{
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise_callback *callback = denoise_callback_lambda(&hooks, &destroyed, count_destroy);
    denoise_trainer *trainer;
    denoise_optimizer_keep(optimizer);
    denoise_loss_keep(loss);
    ASSERT_OK(denoise_model_compile(&trainer, model, optimizer, loss, NULL));
    ASSERT_OK(denoise_trainer_add_callback(trainer, callback));
    denoise_callback_keep(callback);
    denoise_layer *layer = denoise_model_layer(model, "dense");
    denoise_layer_keep(layer);
    p[0] = PIECE(model, model);
    p[1] = PIECE(trainer, trainer);
    p[2] = PIECE_USED(layer, layer, built_layer);
    p[3] = PIECE(optimizer, optimizer);
    p[4] = PIECE(loss, loss);
    p[5] = PIECE(callback, callback);
}

static void make_kept_metrics_and_layers(piece *p)
{
    denoise_graph *graph;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_metric *metric = denoise_metric_mean_squared_error();
    denoise_layer *shared = denoise_layer_dense(6, "tanh", NULL), *unused = denoise_layer_dense(1, NULL, NULL);
    denoise_layer_keep(shared);
    denoise_layer_keep(unused);
    denoise_metric_keep(metric);
    ASSERT_OK(denoise_graph_new(&graph, NULL));
    denoise_node *in = denoise_graph_input(graph, (const int64_t[]){6}, 1);
    denoise_node *once = denoise_graph_apply(graph, shared, in), *twice = denoise_graph_apply(graph, shared, once);
    (void)denoise_graph_apply(graph, unused, once);
    denoise_node *out = denoise_graph_apply(graph, denoise_layer_dense(2, NULL, NULL), twice);
    ASSERT_OK(denoise_graph_build(&model, graph, in, out, NULL));
    options.metrics = &metric, options.metric_count = 1;
    ASSERT_OK(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &options));
    p[0] = PIECE(graph, graph);
    p[1] = PIECE(model, model);
    p[2] = PIECE(trainer, trainer);
    p[3] = PIECE_USED(shared, layer, built_layer);
    p[4] = PIECE(unused, layer);
    p[5] = PIECE(metric, metric);
}

static denoise_status keep_values(denoise_tensor *const *rows, denoise_tensor *const *targets, denoise_tensor *const *weights,
                                  const denoise_dataset_place *place, void *user_data)
{
    (void)rows, (void)targets, (void)weights, (void)place, (void)user_data;
    return DENOISE_OK;
}

static void make_datasets(piece *p)
{
    denoise_tensor *xs, *ys;
    denoise_dataset *plain, *mapped;
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    denoise_trainer *trainer = compiled(model);
    ASSERT_OK(denoise_tensor_copy(&xs, x));
    ASSERT_OK(denoise_tensor_copy(&ys, y));
    ASSERT_OK(denoise_dataset_from_tensors(&plain, xs, ys));
    ASSERT_OK(denoise_dataset_from_tensors(&mapped, xs, ys));
    ASSERT_OK(denoise_dataset_map(mapped, keep_values, &destroyed, count_destroy));
    ASSERT_OK(denoise_dataset_prefetch(mapped, 1));
    ASSERT_OK(denoise_trainer_fit_dataset(trainer, mapped, plain, NULL));
    p[0] = PIECE(xs, tensor);
    p[1] = PIECE(ys, tensor);
    p[2] = PIECE(plain, dataset);
    p[3] = PIECE(mapped, dataset);
    p[4] = PIECE(model, model);
    p[5] = PIECE(trainer, trainer);
}

static const set sets[] = {
    {"graph, model, submodel, model around it, workspace, trainer", 6, make_model_and_parts, 1},
    {"two sequentials, models that share weights, their trainers", 6, make_trainers_that_share, 2},
    {"trainer, model, logs, predictions, weights", 6, make_what_a_trainer_gives, 1},
    {"views of views and of borrowed memory", 6, make_views, 1},
    {"parameters in parameters, a layer of them", 6, make_params, 0},
    {"a safetensors file and its tensors", 4, make_reader, 0},
    {"parts that nothing owns", 6, make_parts, 1},
    {"a trainer whose parts were freed before", 3, make_owned_parts, 0},
    {"a trainer and parts that the caller keeps", 6, make_kept_parts, 1},
    {"a graph, a trainer, and layers and a metric that the caller keeps", 6, make_kept_metrics_and_layers, 0},
    {"tensors, datasets of them, the trainer that read these", 6, make_datasets, 2},
};
enum { SETS = (int)(sizeof sets / sizeof sets[0]) };

/* ---- every order */

/* The order of a number, 0 .. count! - 1. */
static void order_of(int *order, int count, int64_t number)
{
    int left[MOST_PIECES];
    for (int i = 0; i < count; i++)
        left[i] = i;
    for (int i = 0; i < count; i++) {
        int64_t radix = count - i, at = number % radix;
        number /= radix;
        order[i] = left[at];
        memmove(&left[at], &left[at + 1], (size_t)(radix - at - 1) * sizeof left[0]);
    }
}

static void free_in_order(campaign *c, const set *s, int64_t number)
{
    piece pieces[MOST_PIECES];
    int order[MOST_PIECES];
    int64_t blocks = denoise_memory_blocks();
    destroyed = 0;
    s->make(pieces);
    order_of(order, s->count, number);
    for (int i = 0; i < s->count; i++) {
        pieces[order[i]].free(pieces[order[i]].object);
        pieces[order[i]].object = NULL;
        for (int k = 0; k < s->count; k++) {
            if (pieces[k].object != NULL) pieces[k].use(pieces[k].object);
        }
    }
    campaign_check(c, denoise_memory_blocks() == blocks, "%s, order %lld: %lld blocks are left", s->name, (long long)number,
                   (long long)(denoise_memory_blocks() - blocks));
    campaign_check(c, destroyed == s->destroyed, "%s, order %lld: destroy was called %lld times", s->name, (long long)number,
                   (long long)destroyed);
}

int main(int argc, char **argv)
{
    campaign c;
    temp_dir dir;
    if (!campaign_begin(&c, "misuse_frees", argc, argv, 720, 720)) return campaign_end(&c);
    temp_dir_make(&dir);
    assert_int_equal(chdir(dir.path), 0);
    ASSERT_OK(denoise_set_num_threads(1));
    x = random_rows(4, 6, 1);
    y = random_rows(4, 2, 2);
    int64_t orders = 0;
    for (int s = 0; s < SETS; s++) {
        int64_t all = 1;
        for (int i = 2; i <= sets[s].count; i++)
            all *= i;
        for (int64_t i = 0; i < all && i < c.budget; i++) {
            if (!campaign_case(&c, s * 720 + i)) continue;
            free_in_order(&c, &sets[s], i);
            orders++;
        }
    }
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    campaign_count(&c, "sets of objects", SETS);
    campaign_count(&c, "orders of freeing", orders);
    assert_int_equal(chdir("/"), 0);
    temp_dir_remove(&dir);
    return campaign_end(&c);
}
