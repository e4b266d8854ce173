/* SPDX-License-Identifier: Apache-2.0 */
/* The table of objects, sound and unsound, of every type. */
#include "misuse/frees.h"
#include "misuse/objects_datasets.h"
#include "misuse/world.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

/* ---- tensors */

static void *tensor_of(int32_t dtype, const int64_t *shape, int32_t rank, double first, double step)
{
    denoise_tensor *ramp, *cast, *tensor;
    int64_t size = 1;
    for (int32_t i = 0; i < rank; i++)
        size *= shape[i];
    ASSERT_OK(denoise_tensor_arange(&ramp, DENOISE_FLOAT64, first, first + ((double)size - 0.5) * step, step));
    ASSERT_OK(denoise_tensor_astype(&cast, ramp, dtype));
    ASSERT_OK(denoise_tensor_reshape(&tensor, cast, shape, rank));
    denoise_tensor_free(ramp);
    denoise_tensor_free(cast);
    return tensor;
}

#define TENSOR(name, dtype, rank, first, step, ...)                                                                            \
    static void *make_##name(world *w)                                                                                         \
    {                                                                                                                          \
        (void)w;                                                                                                               \
        return tensor_of(dtype, (const int64_t[]){__VA_ARGS__}, rank, first, step);                                            \
    }
TENSOR(x, DENOISE_FLOAT32, 2, -0.5, 0.05, 4, 6)
TENSOR(x2, DENOISE_FLOAT32, 2, 0.1, 0.02, 4, 6)
TENSOR(y, DENOISE_FLOAT32, 2, 0.0, 0.1, 4, 2)
TENSOR(y2, DENOISE_FLOAT32, 2, 0.3, 0.1, 4, 2)
TENSOR(digit, DENOISE_FLOAT32, 2, 0.0, 0.1, 4, 3)
TENSOR(result, DENOISE_FLOAT32, 2, 0.0, 1.0, 4, 6)
TENSOR(prediction, DENOISE_FLOAT32, 2, 0.0, 1.0, 4, 2)
TENSOR(low, DENOISE_FLOAT32, 1, 0.0, 0.01, 6)
TENSOR(high, DENOISE_FLOAT32, 1, 1.0, 0.01, 6)
TENSOR(weights, DENOISE_FLOAT32, 1, 0.5, 0.25, 4)
TENSOR(kernel, DENOISE_FLOAT32, 2, 0.0, 0.01, 6, 3)
TENSOR(kernel2, DENOISE_FLOAT32, 2, 0.0, 0.01, 3, 2)
TENSOR(bias, DENOISE_FLOAT32, 1, 0.0, 0.01, 3)
TENSOR(bias2, DENOISE_FLOAT32, 1, 0.0, 0.01, 2)
TENSOR(labels, DENOISE_INT32, 1, 0.0, 1.0, 4)
TENSOR(images, DENOISE_UINT8, 3, 0.0, 9.0, 4, 5, 5)
TENSOR(doubles, DENOISE_FLOAT64, 2, 0.0, 0.1, 4, 6)
TENSOR(longs, DENOISE_INT64, 2, -5.0, 1.0, 4, 6)
TENSOR(bytes, DENOISE_UINT8, 2, 0.0, 1.0, 4, 6)
TENSOR(ints, DENOISE_INT32, 2, -1.0e9, 9.0e7, 4, 6)
TENSOR(no_rows, DENOISE_FLOAT32, 2, 0.0, 1.0, 0, 6)
TENSOR(no_columns, DENOISE_FLOAT32, 2, 0.0, 1.0, 4, 0)
TENSOR(one_row, DENOISE_FLOAT32, 2, 0.0, 1.0, 1, 6)
TENSOR(column, DENOISE_FLOAT32, 2, 0.0, 1.0, 4, 1)
TENSOR(rank_three, DENOISE_FLOAT32, 3, 0.0, 1.0, 4, 2, 3)
TENSOR(rank_eight, DENOISE_FLOAT32, 8, 0.0, 1.0, 2, 1, 1, 1, 1, 1, 1, 3)

static void *make_scalar(world *w)
{
    (void)w;
    return tensor_of(DENOISE_FLOAT32, NULL, 0, 3.0, 1.0);
}

static void *filled(float value)
{
    denoise_tensor *tensor = tensor_of(DENOISE_FLOAT32, (const int64_t[]){4, 6}, 2, 0.0, 1.0);
    float *data = denoise_tensor_data(tensor);
    for (int i = 0; i < 24; i++)
        data[i] = value;
    return tensor;
}

static void *make_nans(world *w)
{
    (void)w;
    return filled(NAN);
}

static void *make_infinite(world *w)
{
    (void)w;
    return filled(-INFINITY);
}

static void *make_tiny(world *w)
{
    (void)w;
    return filled(1e-41F);
}

/* A view whose base is gone. */
static void *make_view(world *w)
{
    denoise_tensor *base = make_x(w), *view;
    ASSERT_OK(denoise_tensor_rows(&view, base, 1, 3));
    denoise_tensor_free(base);
    return view;
}

static uint64_t hash_tensor(const void *object)
{
    return hash_of(object);
}

/* ---- parameters, numbers, files, texts */

static void *make_no_params(world *w)
{
    (void)w;
    denoise_params *params;
    ASSERT_OK(denoise_params_new(&params));
    return params;
}

static void *make_params(world *w)
{
    denoise_params *params = make_no_params(w);
    ASSERT_OK(denoise_params_set_bool(params, "bool", 1));
    ASSERT_OK(denoise_params_set_int(params, "int", 7));
    ASSERT_OK(denoise_params_set_double(params, "double", 0.5));
    ASSERT_OK(denoise_params_set_text(params, "text", "relu"));
    ASSERT_OK(denoise_params_set_ints(params, "ints", (const int64_t[]){3, 4}, 2));
    ASSERT_OK(denoise_params_set_kind(params, "kind", "l2", NULL));
    ASSERT_OK(denoise_params_set_doubles(params, "doubles", (const double[]){0.5, 0.25}, 2));
    ASSERT_OK(denoise_params_set_none(params, "none"));
    return params;
}

static void *make_schedule_params(world *w)
{
    denoise_params *params = make_no_params(w);
    ASSERT_OK(denoise_params_set_double(params, "initial_learning_rate", 0.5));
    ASSERT_OK(denoise_params_set_int(params, "decay_steps", 10));
    return params;
}

static void *make_psnr_params(world *w)
{
    denoise_params *params = make_no_params(w);
    ASSERT_OK(denoise_params_set_int(params, "height", 2));
    ASSERT_OK(denoise_params_set_int(params, "width", 3));
    ASSERT_OK(denoise_params_set_double(params, "max_val", 1.0));
    return params;
}

static uint64_t hash_params(const void *object)
{
    return (uint64_t)denoise_params_count(object);
}

static void *make_rng(world *w)
{
    (void)w;
    denoise_rng *rng;
    ASSERT_OK(denoise_rng_new(&rng, 1, 2));
    return rng;
}

static void *make_reader(world *w)
{
    (void)w;
    denoise_safetensors *reader;
    ASSERT_OK(denoise_safetensors_open(&reader, "tensors.safetensors", NULL));
    return reader;
}

static void *make_text(world *w)
{
    char *text;
    ASSERT_OK(denoise_model_dot(&text, world_get(w, "model")));
    return text;
}

/* ---- layers: sound, inert, of another graph */

static void *make_layer(world *w)
{
    (void)w;
    return denoise_layer_dense(3, "relu", NULL);
}

static void *make_input_layer(world *w)
{
    (void)w;
    return denoise_layer_input((const int64_t[]){6}, 1, NULL);
}

static void *make_add_layer(world *w)
{
    (void)w;
    return denoise_layer_add(NULL);
}

static void *make_reshape_layer(world *w)
{
    (void)w;
    return denoise_layer_reshape((const int64_t[]){2, -1}, 2, NULL);
}

static void *make_inert_layer(world *w)
{
    (void)w;
    return denoise_layer_dense(-1, "relu", NULL);
}

static void *make_foreign_layer(world *w)
{
    denoise_layer *layer = denoise_layer_dense(6, "relu", NULL);
    denoise_graph_apply(world_get(w, "other_graph"), layer, world_get(w, "other_node"));
    return layer;
}

static void *make_built_layer(world *w)
{
    return denoise_model_layer(world_get(w, "model"), "dense");
}

/* ---- losses, metrics, optimizers */

static void *make_loss(world *w)
{
    (void)w;
    return denoise_loss_mean_squared_error();
}

static void *make_sparse_loss(world *w)
{
    (void)w;
    return denoise_loss_sparse_categorical_crossentropy(NULL);
}

static void *make_inert_loss(world *w)
{
    (void)w;
    denoise_crossentropy_options options = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    options.label_smoothing = -1.0;
    return denoise_loss_binary_crossentropy(&options);
}

static void *make_metric(world *w)
{
    (void)w;
    return denoise_metric_mean_squared_error();
}

static void *make_fed_metric(world *w)
{
    denoise_metric *metric = denoise_metric_accuracy();
    ASSERT_OK(denoise_metric_update_state(metric, world_get(w, "x"), world_get(w, "x2"), NULL));
    return metric;
}

static void *make_accuracy(world *w)
{
    (void)w;
    return denoise_metric_accuracy();
}

static void *make_ssim(world *w)
{
    (void)w;
    return denoise_metric_ssim(11, 12, 1.0);
}

static void *make_inert_metric(world *w)
{
    (void)w;
    return denoise_metric_psnr(0, 0, 1.0);
}

static void *make_schedule(world *w)
{
    (void)w;
    return denoise_schedule_exponential_decay(0.5, 10, 0.9, 0);
}

static void *make_inert_schedule(world *w)
{
    (void)w;
    return denoise_schedule_exponential_decay(0.5, 0, 0.9, 0);
}

static void *make_optimizer(world *w)
{
    (void)w;
    return denoise_optimizer_adam(NULL);
}

static void *make_inert_optimizer(world *w)
{
    (void)w;
    denoise_sgd_options options = DENOISE_SGD_OPTIONS_INIT;
    options.learning_rate = NAN;
    return denoise_optimizer_sgd(&options);
}

/* It has made steps on other weights. */
static void *make_stepped_optimizer(world *w)
{
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    denoise_tensor *weights = make_y(w);
    ASSERT_OK(denoise_optimizer_apply(optimizer, &weights, (const denoise_tensor *const *)&weights, 1));
    denoise_tensor_free(weights);
    return optimizer;
}

static void *make_foreign_optimizer(world *w)
{
    return denoise_trainer_optimizer(world_get(w, "trainer"));
}

static uint64_t hash_optimizer(const void *object)
{
    double rate = denoise_optimizer_learning_rate(object);
    uint64_t bits;
    memcpy(&bits, &rate, sizeof bits);
    return bits * 31 + (uint64_t)denoise_optimizer_iterations(object);
}

/* A loss and a metric that a trainer owns: what else compiles with them is told so. */
static void *make_foreign_loss(world *w)
{
    denoise_loss *loss = denoise_loss_mean_absolute_error();
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, world_get(w, "model"), denoise_optimizer_sgd(NULL), loss, NULL));
    world_keep(w, "owner_of_loss", trainer);
    return loss;
}

static void *make_foreign_metric(world *w)
{
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.metrics = &metric;
    options.metric_count = 1;
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, world_get(w, "model"), denoise_optimizer_sgd(NULL),
                                    denoise_loss_mean_squared_error(), &options));
    world_keep(w, "owner_of_metric", trainer);
    return metric;
}

/* ---- callbacks, logs, history */

static void *make_callback(world *w)
{
    (void)w;
    return denoise_callback_terminate_on_nan(0);
}

static void *make_stopping(world *w)
{
    (void)w;
    return denoise_callback_early_stopping(NULL);
}

static void *make_recorder(world *w)
{
    (void)w;
    return denoise_callback_history();
}

static void *make_inert_callback(world *w)
{
    (void)w;
    return denoise_callback_csv_logger("log.csv", "too long", 0);
}

static void *make_foreign_callback(world *w)
{
    denoise_callback *callback = denoise_callback_history();
    ASSERT_OK(denoise_trainer_add_callback(world_get(w, "other_trainer"), callback));
    return callback;
}

static void *make_logs(world *w)
{
    denoise_logs *logs;
    ASSERT_OK(denoise_trainer_test_on_batch(&logs, world_get(w, "other_trainer"), world_get(w, "x"), world_get(w, "y"), NULL));
    return logs;
}

static uint64_t hash_logs(const void *object)
{
    return (uint64_t)denoise_logs_count(object);
}

static void *make_history(world *w)
{
    denoise_trainer *trainer = world_get(w, "trained");
    return (void *)(uintptr_t)denoise_trainer_history(trainer);
}

static void *make_empty_history(world *w)
{
    return (void *)(uintptr_t)denoise_trainer_history(world_get(w, "trainer"));
}

/* ---- sequential, graph, nodes */

static void *make_sequential(world *w)
{
    denoise_sequential *s;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add(s, make_input_layer(w)));
    ASSERT_OK(denoise_sequential_add(s, make_layer(w)));
    return s;
}

static void *make_started(world *w)
{
    denoise_sequential *s;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add(s, make_input_layer(w)));
    return s;
}

static void *make_no_layers(world *w)
{
    (void)w;
    denoise_sequential *s;
    ASSERT_OK(denoise_sequential_new(&s, "empty"));
    return s;
}

static void *make_poisoned(world *w)
{
    denoise_sequential *s = make_started(w);
    (void)denoise_sequential_add(s, make_inert_layer(w));
    return s;
}

static void *make_graph(world *w)
{
    (void)w;
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    return g;
}

static void *make_poisoned_graph(world *w)
{
    denoise_graph *g = make_graph(w);
    denoise_graph_apply(g, make_inert_layer(w), denoise_graph_input(g, (const int64_t[]){6}, 1));
    return g;
}

static void *make_node(world *w)
{
    return denoise_graph_input(world_get(w, "graph"), (const int64_t[]){6}, 1);
}

static void *make_wide_node(world *w)
{
    return denoise_graph_input(world_get(w, "graph"), (const int64_t[]){2, 3}, 2);
}

static void *make_applied(world *w)
{
    return denoise_graph_apply(world_get(w, "graph"), denoise_layer_dense(3, NULL, NULL), world_get(w, "node"));
}

static void *make_other_node(world *w)
{
    return denoise_graph_input(world_get(w, "other_graph"), (const int64_t[]){6}, 1);
}

/* Of a failed call on another graph. */
static void *make_inert_node(world *w)
{
    return denoise_graph_apply(world_get(w, "poisoned_graph"), NULL, NULL);
}

static void *make_static_node(world *w)
{
    (void)w;
    return denoise_graph_input(NULL, NULL, 0);
}

/* ---- models, trainers */

static void *make_model(world *w)
{
    (void)w;
    return two_layers(6, 3, "relu", 2, NULL);
}

static void *make_branches(world *w)
{
    (void)w;
    return branches();
}

/* A model in a model. */
static void *make_nesting(world *w)
{
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, "nesting"));
    ASSERT_OK(denoise_sequential_add_model(s, world_get(w, "model")));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

/* A model without weights. */
static void *make_weightless(world *w)
{
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, "weightless"));
    ASSERT_OK(denoise_sequential_add(s, make_input_layer(w)));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_flatten(NULL)));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

static void *make_submodel(world *w)
{
    denoise_model *model;
    ASSERT_OK(denoise_model_submodel(&model, world_get(w, "model"), NULL, "dense"));
    return model;
}

static void *make_frozen(world *w)
{
    denoise_model *model = make_model(w);
    ASSERT_OK(denoise_model_set_trainable(model, 0));
    return model;
}

static uint64_t hash_model(const void *object)
{
    return hash_of_weights(object);
}

static void *make_workspace(world *w)
{
    denoise_workspace *workspace;
    ASSERT_OK(denoise_workspace_new(&workspace, world_get(w, "model"), 4));
    return workspace;
}

static void *make_small_workspace(world *w)
{
    denoise_workspace *workspace;
    ASSERT_OK(denoise_workspace_new(&workspace, world_get(w, "model"), 1));
    return workspace;
}

static void *make_foreign_workspace(world *w)
{
    denoise_workspace *workspace;
    ASSERT_OK(denoise_workspace_new(&workspace, world_get(w, "branches"), 4));
    return workspace;
}

static denoise_status stop_at_once(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)logs;
    (void)user_data;
    if (epoch >= 1) denoise_trainer_stop(trainer);
    return DENOISE_OK;
}

/* Each fit ends after two epochs, however many were asked for. */
static denoise_trainer *ending(denoise_model *model, denoise_loss *loss)
{
    denoise_trainer *trainer;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = stop_at_once;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), loss, NULL));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    return trainer;
}

static void *make_trainer(world *w)
{
    return ending(world_get(w, "model"), denoise_loss_mean_squared_error());
}

static void *make_trained(world *w)
{
    denoise_trainer *trainer = make_trainer(w);
    ASSERT_OK(denoise_trainer_fit(trainer, world_get(w, "x"), world_get(w, "y"), NULL));
    return trainer;
}

static void *make_trainer_of_two(world *w)
{
    return ending(world_get(w, "branches"), denoise_loss_mean_squared_error());
}

/* Its model has been let go of by everyone else. */
static void *make_lone_trainer(world *w)
{
    denoise_model *model = make_model(w);
    denoise_trainer *trainer = ending(model, denoise_loss_mean_squared_error());
    denoise_model_free(model);
    return trainer;
}

static void *make_failed_trainer(world *w)
{
    denoise_trainer *trainer = make_trainer(w);
    assert_int_equal(denoise_trainer_fit(trainer, world_get(w, "nans"), world_get(w, "y"), NULL), DENOISE_ERR_NONFINITE);
    return trainer;
}

static void *make_stopped_trainer(world *w)
{
    denoise_trainer *trainer = make_trainer(w);
    denoise_trainer_stop(trainer);
    return trainer;
}

/* Of a fit that is over. */
static void *make_used_stopping(world *w)
{
    denoise_callback *stopping = denoise_callback_early_stopping(NULL);
    denoise_trainer *trainer = world_get(w, "other_trainer");
    ASSERT_OK(denoise_trainer_add_callback(trainer, stopping));
    ASSERT_OK(denoise_trainer_fit(trainer, world_get(w, "x"), world_get(w, "y"), NULL));
    return stopping;
}

static void *make_poisoned_trainer(world *w)
{
    denoise_trainer *trainer = make_trainer(w);
    (void)denoise_trainer_add_callback(trainer, make_inert_callback(w));
    return trainer;
}

static uint64_t hash_trainer(const void *object)
{
    return hash_optimizer(denoise_trainer_optimizer(object));
}

#define ROW(name, type, hash)                                                                                                  \
    {                                                                                                                          \
#name, "denoise_" #type, make_##name, free_##type, hash, DENOISE_OK                                                    \
    }
#define BORROWED(name, type, hash)                                                                                             \
    {                                                                                                                          \
#name, "denoise_" #type, make_##name, NULL, hash, DENOISE_OK                                                           \
    }
#define INERT(name, type, code)                                                                                                \
    {                                                                                                                          \
#name, "denoise_" #type, make_##name, free_##type, NULL, DENOISE_ERR_##code                                            \
    }
#define ALSO(name, like, type, hash)                                                                                           \
    {                                                                                                                          \
#name, "denoise_" #type, make_##like, free_##type, hash, DENOISE_OK                                                    \
    }
#define TENSOR_ROW(name) ROW(name, tensor, hash_tensor)

const maker makers[] = {
    TENSOR_ROW(x),
    TENSOR_ROW(x2),
    TENSOR_ROW(y),
    TENSOR_ROW(y2),
    TENSOR_ROW(digit),
    TENSOR_ROW(result),
    TENSOR_ROW(prediction),
    TENSOR_ROW(low),
    TENSOR_ROW(high),
    TENSOR_ROW(weights),
    TENSOR_ROW(kernel),
    TENSOR_ROW(kernel2),
    TENSOR_ROW(bias),
    TENSOR_ROW(bias2),
    TENSOR_ROW(labels),
    TENSOR_ROW(images),
    TENSOR_ROW(doubles),
    TENSOR_ROW(longs),
    TENSOR_ROW(bytes),
    TENSOR_ROW(ints),
    TENSOR_ROW(no_rows),
    TENSOR_ROW(no_columns),
    TENSOR_ROW(one_row),
    TENSOR_ROW(column),
    TENSOR_ROW(rank_three),
    TENSOR_ROW(rank_eight),
    TENSOR_ROW(scalar),
    TENSOR_ROW(nans),
    TENSOR_ROW(infinite),
    TENSOR_ROW(tiny),
    TENSOR_ROW(view),
    ROW(params, params, hash_params),
    ROW(no_params, params, hash_params),
    ROW(psnr_params, params, hash_params),
    ROW(schedule_params, params, hash_params),
    ROW(rng, rng, NULL),
    ROW(reader, safetensors, NULL),
    {"text", "char", make_text, denoise_free, NULL, DENOISE_OK},
    ROW(layer, layer, NULL),
    ROW(input_layer, layer, NULL),
    ROW(add_layer, layer, NULL),
    ROW(reshape_layer, layer, NULL),
    INERT(inert_layer, layer, RANGE),
    BORROWED(foreign_layer, layer, NULL),
    BORROWED(built_layer, layer, NULL),
    ROW(loss, loss, NULL),
    ALSO(loss2, loss, loss, NULL),
    ALSO(loss3, loss, loss, NULL),
    ROW(sparse_loss, loss, NULL),
    INERT(inert_loss, loss, RANGE),
    BORROWED(foreign_loss, loss, NULL),
    ROW(metric, metric, NULL),
    ALSO(metric2, metric, metric, NULL),
    ALSO(metric3, metric, metric, NULL),
    ROW(accuracy, metric, NULL),
    ROW(fed_metric, metric, NULL),
    ROW(ssim, metric, NULL),
    INERT(inert_metric, metric, RANGE),
    BORROWED(foreign_metric, metric, NULL),
    ROW(schedule, schedule, NULL),
    INERT(inert_schedule, schedule, RANGE),
    ROW(optimizer, optimizer, hash_optimizer),
    ROW(stepped_optimizer, optimizer, hash_optimizer),
    INERT(inert_optimizer, optimizer, RANGE),
    BORROWED(foreign_optimizer, optimizer, hash_optimizer),
    ROW(callback, callback, NULL),
    ROW(stopping, callback, NULL),
    ROW(recorder, callback, NULL),
    INERT(inert_callback, callback, RANGE),
    BORROWED(foreign_callback, callback, NULL),
    BORROWED(used_stopping, callback, NULL),
    ROW(logs, logs, hash_logs),
    BORROWED(history, history, NULL),
    BORROWED(empty_history, history, NULL),
    ROW(sequential, sequential, NULL),
    ROW(started, sequential, NULL),
    ROW(no_layers, sequential, NULL),
    {"poisoned", "denoise_sequential", make_poisoned, free_sequential, NULL, DENOISE_ERR_RANGE},
    ROW(graph, graph, NULL),
    ALSO(other_graph, graph, graph, NULL),
    {"poisoned_graph", "denoise_graph", make_poisoned_graph, free_graph, NULL, DENOISE_ERR_RANGE},
    BORROWED(node, node, NULL),
    BORROWED(wide_node, node, NULL),
    BORROWED(applied, node, NULL),
    {"applied_too", "denoise_node", make_applied, NULL, NULL, DENOISE_OK},
    BORROWED(other_node, node, NULL),
    {"inert_node", "denoise_node", make_inert_node, NULL, NULL, DENOISE_ERR_INVALID},
    {"static_node", "denoise_node", make_static_node, NULL, NULL, DENOISE_ERR_INVALID},
    ROW(model, model, hash_model),
    ROW(branches, model, hash_model),
    ROW(nesting, model, hash_model),
    ROW(weightless, model, hash_model),
    ROW(submodel, model, hash_model),
    ROW(frozen, model, hash_model),
    ROW(workspace, workspace, NULL),
    ROW(small_workspace, workspace, NULL),
    ROW(foreign_workspace, workspace, NULL),
    ROW(trainer, trainer, hash_trainer),
    ALSO(other_trainer, trainer, trainer, hash_trainer),
    ROW(trained, trainer, hash_trainer),
    ROW(lone_trainer, trainer, hash_trainer),
    ROW(failed_trainer, trainer, hash_trainer),
    ROW(stopped_trainer, trainer, hash_trainer),
    ROW(trainer_of_two, trainer, hash_trainer),
    ROW(dataset, dataset, hash_dataset),
    ROW(blind_dataset, dataset, hash_dataset),
    ROW(batched_dataset, dataset, hash_dataset),
    ROW(endless_dataset, dataset, hash_dataset),
    ROW(generated, dataset, hash_dataset),
    {"poisoned_trainer", "denoise_trainer", make_poisoned_trainer, free_trainer, hash_trainer, DENOISE_ERR_RANGE},
    /* kept, never made by name */
    {"owner_of_loss", "", NULL, free_trainer, NULL, DENOISE_OK},
    {"owner_of_metric", "", NULL, free_trainer, NULL, DENOISE_OK},
};
const int maker_count = (int)(sizeof makers / sizeof makers[0]);
