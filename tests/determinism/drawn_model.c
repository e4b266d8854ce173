/* SPDX-License-Identifier: Apache-2.0 */
#include "determinism/drawn_model.h"
#include "models/model.h"
#include "support/dice_loss.h"
#include "support/test_kinds.h"
#include <stdio.h>
#include <string.h>

enum { MOST_NODES = 48, MOST_LAYERS = 14, SHARED = 4, WIDEST = 400 };

int64_t drawn_below(uint64_t *state, int64_t bound)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return (int64_t)((z ^ (z >> 31)) % (uint64_t)bound);
}

static bool one_in(uint64_t *state, int64_t count)
{
    return drawn_below(state, count) == 0;
}

/* ---- Models */

typedef struct drawing {
    uint64_t state;
    denoise_graph *graph;
    denoise_node *nodes[MOST_NODES];
    int32_t count;
    denoise_layer *shared[SHARED]; /* applied again where shapes fit */
    int64_t shared_length[SHARED]; /* of the last axis that it takes; -1: any shape */
    int32_t shared_count;
    denoise_model *inner;
    drawn_model *out;
} drawing;

/* Those with corners or jumps come first. */
enum { WITH_CORNERS = 8, ACTIVATIONS = 20 };
static const char *const activations[ACTIVATIONS] = {"relu",        "leaky_relu",
                                                     "relu6",       "hard_tanh",
                                                     "hard_shrink", "threshold(threshold=0.1, default_value=0.2)",
                                                     "selu",        "sparsemax",
                                                     "linear",      "elu",
                                                     "sigmoid",     "softmax",
                                                     "softplus",    "tanh",
                                                     "gelu",        "silu",
                                                     "mish",        "squareplus",
                                                     "log_softmax", "gelu(approximate=true)"};

static const char *draw_activation(drawing *d)
{
    int64_t index = drawn_below(&d->state, ACTIVATIONS);
    if (index < WITH_CORNERS) d->out->is_smooth = false;
    return activations[index];
}

static int64_t size_of(const denoise_node *node, int64_t *shape, int32_t *rank)
{
    int64_t size = 1;
    ASSERT_OK(denoise_node_shape(node, shape, rank));
    for (int32_t i = 0; i < *rank; i++)
        size *= shape[i];
    return size;
}

static denoise_node *pick(drawing *d)
{
    if (!one_in(&d->state, 4)) return d->nodes[d->count - 1];
    return d->nodes[drawn_below(&d->state, d->count)];
}

static void push(drawing *d, denoise_node *node)
{
    if (d->count < MOST_NODES) d->nodes[d->count++] = node;
}

static denoise_layer *draw_dense(drawing *d)
{
    static const char *const penalties[] = {"l2(0.01)", "l1(0.003)", "l1l2(0.01, 0.002)"};
    static const int64_t widths[] = {1, 3, 7, 15, 16, 17, 31, 32, 33, 48, 65};
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    if (one_in(&d->state, 5)) options.use_bias = 0;
    if (one_in(&d->state, 5)) options.kernel_regularizer = penalties[drawn_below(&d->state, 3)];
    if (one_in(&d->state, 8)) options.bias_regularizer = penalties[drawn_below(&d->state, 3)];
    if (one_in(&d->state, 3)) options.bias_initializer = "random_normal";
    if (one_in(&d->state, 6)) options.trainable = 0;
    if (options.kernel_regularizer != NULL || options.bias_regularizer != NULL) d->out->is_smooth = false;
    int64_t units = one_in(&d->state, 3) ? 1 + drawn_below(&d->state, 40) : widths[drawn_below(&d->state, 11)];
    return denoise_layer_dense(units, one_in(&d->state, 3) ? NULL : draw_activation(d), &options);
}

/* Keeps a layer for later. */
static denoise_layer *share(drawing *d, denoise_layer *layer, int64_t length)
{
    if (d->shared_count == SHARED || !one_in(&d->state, 3)) return layer;
    d->shared[d->shared_count] = layer;
    d->shared_length[d->shared_count++] = length;
    return layer;
}

static void put(drawing *d, denoise_layer *layer, denoise_node *node)
{
    push(d, denoise_graph_apply(d->graph, layer, node));
}

static void put_dense(drawing *d, denoise_node *node)
{
    int64_t shape[DENOISE_MAX_RANK + 1];
    int32_t rank;
    (void)size_of(node, shape, &rank);
    put(d, share(d, draw_dense(d), rank == 0 ? 0 : shape[rank - 1]), node);
}

static void put_again(drawing *d, denoise_node *node)
{
    int64_t shape[DENOISE_MAX_RANK + 1];
    int32_t rank;
    (void)size_of(node, shape, &rank);
    if (d->shared_count == 0) return;
    int64_t which = drawn_below(&d->state, d->shared_count);
    if (d->shared_length[which] < 0 || shape[rank - 1] == d->shared_length[which]) put(d, d->shared[which], node);
}

/* Other axes of the same size. */
static void put_reshape(drawing *d, denoise_node *node)
{
    int64_t shape[DENOISE_MAX_RANK + 1], next[3];
    int32_t rank, parts = 1 + (int32_t)drawn_below(&d->state, 3);
    int64_t rest = size_of(node, shape, &rank);
    for (int32_t i = 0; i < parts; i++) {
        int64_t divisors[WIDEST], count = 0;
        for (int64_t k = 1; k <= rest && k < WIDEST; k++)
            if (rest % k == 0) divisors[count++] = k;
        next[i] = i == parts - 1 || count == 0 ? rest : divisors[drawn_below(&d->state, count)];
        if (next[i] > 0) rest /= next[i];
    }
    put(d, denoise_layer_reshape(next, parts, NULL), node);
}

static void put_add(drawing *d, denoise_node *node)
{
    denoise_node *inputs[3] = {node};
    int64_t shape[DENOISE_MAX_RANK + 1], other[DENOISE_MAX_RANK];
    int32_t rank, rank_of_other, count = 1;
    (void)size_of(node, shape, &rank);
    for (int32_t tries = 0; tries < 8 && count < 3; tries++) {
        denoise_node *next = d->nodes[drawn_below(&d->state, d->count)];
        (void)size_of(next, other, &rank_of_other);
        if (rank != rank_of_other || memcmp(shape, other, (size_t)rank * sizeof *shape) != 0) continue;
        inputs[count++] = next;
    }
    if (count == 1) inputs[count++] = node;
    push(d, denoise_graph_apply_many(d->graph, denoise_layer_add(NULL), inputs, count));
}

static void put_concatenate(drawing *d, denoise_node *node)
{
    denoise_node *inputs[3] = {node};
    int64_t shape[DENOISE_MAX_RANK + 1], other[DENOISE_MAX_RANK];
    int32_t rank, rank_of_other, count = 1, axis = -1;
    if (size_of(node, shape, &rank) > WIDEST / 3) return;
    if (rank > 1 && one_in(&d->state, 3)) axis = 1 + (int32_t)drawn_below(&d->state, rank);
    for (int32_t tries = 0; tries < 8 && count < 3; tries++) {
        denoise_node *next = d->nodes[drawn_below(&d->state, d->count)];
        if (size_of(next, other, &rank_of_other) > WIDEST / 3 || rank != rank_of_other) continue;
        bool fits = true;
        for (int32_t i = 0; i < rank; i++)
            fits = fits && (shape[i] == other[i] || i == (axis < 0 ? rank - 1 : axis - 1));
        if (fits) inputs[count++] = next;
    }
    if (count == 1) inputs[count++] = node;
    push(d, denoise_graph_apply_many(d->graph, denoise_layer_concatenate(axis, NULL), inputs, count));
}

static void put_test_kind(drawing *d, denoise_node *node)
{
    int64_t which = drawn_below(&d->state, 4);
    denoise_layer *layer = test_kind_layer(test_kind_names[which], NULL, NULL);
    denoise_node *both[2];
    d->out->has_test_kinds = true;
    if (one_in(&d->state, 8)) (void)denoise_layer_set_trainable(layer, 0);
    d->out->is_batched = d->out->is_batched || which == 0 || which == 2;
    if (which != 0) {
        put(d, layer, node);
        return;
    }
    if (denoise_graph_apply_layer_many(both, 2, d->graph, layer, &node, 1) != DENOISE_OK) return;
    push(d, both[0]);
    push(d, both[1]);
}

static void put_normalization(drawing *d, denoise_node *node)
{
    int64_t shape[DENOISE_MAX_RANK + 1], axis;
    int32_t rank;
    if (size_of(node, shape, &rank) == 0 || rank == 0) return;
    denoise_batch_normalization_options batch = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    denoise_layer_normalization_options rows = DENOISE_LAYER_NORMALIZATION_OPTIONS_INIT;
    axis = 1 + drawn_below(&d->state, rank);
    switch (drawn_below(&d->state, 6)) {
    case 0:
        batch.axis = (int32_t)axis;
        batch.trainable = !one_in(&d->state, 3);
        d->out->is_batched = d->out->is_batched || batch.trainable != 0;
        put(d, share(d, denoise_layer_batch_normalization(&batch), -1), node);
        break;
    case 1:
        rows.axes = &axis, rows.axis_count = 1;
        put(d, denoise_layer_layer_normalization(one_in(&d->state, 2) ? &rows : NULL), node);
        break;
    case 2:
        put(d, denoise_layer_group_normalization(one_in(&d->state, 2) ? 1 : -1, NULL), node);
        break;
    case 3:
        put(d, denoise_layer_rms_normalization(NULL, 0, 1e-3, NULL), node);
        break;
    case 4:
        put(d, denoise_layer_unit_normalization(&axis, 1, NULL), node);
        break;
    default:
        if (rank == 2) put(d, denoise_layer_spatial_dropout1d(0.3, NULL), node);
    }
}

/* Two dense layers as a model of their own, applied once or twice. */
static void put_model(drawing *d, denoise_node *node)
{
    int64_t shape[DENOISE_MAX_RANK + 1];
    int32_t rank;
    (void)size_of(node, shape, &rank);
    if (rank != 1 || shape[0] < 1 || shape[0] > 64) return;
    if (d->inner == NULL) {
        const char *first = draw_activation(d), *last = draw_activation(d);
        d->inner = two_layers(shape[0], 1 + drawn_below(&d->state, 20), first, shape[0], last);
        if (one_in(&d->state, 4)) (void)denoise_model_set_trainable(d->inner, 0);
    }
    int64_t wanted[DENOISE_MAX_RANK];
    ASSERT_OK(denoise_model_input_shape(d->inner, 0, wanted, &rank));
    if (wanted[0] == shape[0]) push(d, denoise_graph_apply_model(d->graph, d->inner, node));
}

/* An activation with a layer of its own. */
static void put_rectifier(drawing *d, denoise_node *node)
{
    int64_t shape[DENOISE_MAX_RANK + 1];
    int32_t rank;
    (void)size_of(node, shape, &rank);
    denoise_prelu_options prelu = DENOISE_PRELU_OPTIONS_INIT;
    const int64_t axis = rank == 0 ? 0 : 1 + drawn_below(&d->state, rank);
    prelu.alpha_initializer = "random_uniform";
    prelu.shared_axes = &axis;
    prelu.shared_axis_count = rank == 0 || one_in(&d->state, 2) ? 0 : 1;
    switch (drawn_below(&d->state, rank == 0 ? 4 : 5)) {
    case 0:
        put(d, denoise_layer_relu(NULL), node);
        break;
    case 1:
        put(d, denoise_layer_leaky_relu(0.2, NULL), node);
        break;
    case 2:
        put(d, denoise_layer_elu(1.5, NULL), node);
        break;
    case 3:
        put(d, denoise_layer_prelu(&prelu), node);
        break;
    default:
        put(d, denoise_layer_softmax((int32_t)axis, NULL), node);
        return;
    }
    d->out->is_smooth = false;
}

/* Pooling, repeating and the like over one to three axes. */
static void put_spatial(drawing *d, denoise_node *node)
{
    int64_t shape[DENOISE_MAX_RANK + 1];
    int32_t rank;
    bool is_small = size_of(node, shape, &rank) <= WIDEST / 8;
    if (rank < 2 || rank > 4) return;
    denoise_pooling_options same = DENOISE_POOLING_OPTIONS_INIT;
    same.padding = "same";
    same.strides = 1 + drawn_below(&d->state, 2);
    int64_t which = drawn_below(&d->state, 6), axes = rank - 1;
    if (which == 0) {
        put(d,
            axes == 1   ? denoise_layer_max_pooling1d(3, &same)
            : axes == 2 ? denoise_layer_max_pooling2d(2, &same)
                        : denoise_layer_max_pooling3d(2, &same),
            node);
        d->out->is_smooth = false;
    } else if (which == 1) {
        put(d,
            axes == 1   ? denoise_layer_average_pooling1d(3, &same)
            : axes == 2 ? denoise_layer_average_pooling2d(2, &same)
                        : denoise_layer_average_pooling3d(2, &same),
            node);
    } else if (which == 2 && is_small) {
        put(d,
            axes == 1   ? denoise_layer_up_sampling1d(2, NULL)
            : axes == 2 ? denoise_layer_up_sampling2d(2, one_in(&d->state, 2) ? "nearest" : "bicubic", NULL, NULL)
                        : denoise_layer_up_sampling3d(2, NULL, NULL),
            node);
    } else if (which == 3 && is_small) {
        put(d,
            axes == 1   ? denoise_layer_zero_padding1d(1, 0, NULL, NULL)
            : axes == 2 ? denoise_layer_zero_padding2d(1, 0, 0, 1, NULL, NULL)
                        : denoise_layer_zero_padding3d(1, 0, 0, 1, 0, 0, NULL, NULL),
            node);
    } else if (which == 4) {
        put(d,
            axes == 1   ? denoise_layer_global_average_pooling1d(0, NULL, NULL)
            : axes == 2 ? denoise_layer_global_average_pooling2d(1, "channels_first", NULL)
                        : denoise_layer_global_average_pooling3d(1, NULL, NULL),
            node);
    } else if (axes == 2) {
        put(d, denoise_layer_permute((const int64_t[]){3, 1, 2}, 3, NULL), node);
    }
}

static void put_something(drawing *d)
{
    denoise_node *node = pick(d);
    switch (drawn_below(&d->state, 29)) {
    case 0:
        put(d, share(d, denoise_layer_dropout(0.1 + 0.1 * (double)drawn_below(&d->state, 5), NULL), -1), node);
        break;
    case 1:
        put(d, denoise_layer_gaussian_noise(0.2, NULL), node);
        break;
    case 2:
        put(d, denoise_layer_rescaling(0.5, -0.25, NULL), node);
        break;
    case 3:
        put(d, denoise_layer_activation(draw_activation(d), NULL), node);
        break;
    case 4:
        put(d, denoise_layer_activation("softmax", NULL), node);
        break;
    case 5:
    case 6:
        put_add(d, node);
        break;
    case 7:
    case 8:
        put_concatenate(d, node);
        break;
    case 9:
        put(d, denoise_layer_flatten(NULL), node);
        break;
    case 10:
    case 11:
        put_reshape(d, node);
        break;
    case 12:
        put_again(d, node);
        break;
    case 13:
        put_model(d, node);
        break;
    case 14:
    case 15:
        put_test_kind(d, node);
        break;
    case 16:
    case 17:
        put_rectifier(d, node);
        break;
    case 18:
    case 19:
        put_spatial(d, node);
        break;
    case 22:
    case 23:
    case 24:
        put_normalization(d, node);
        break;
    default:
        put_dense(d, node);
    }
}

static void put_inputs(drawing *d)
{
    static const int64_t lengths[] = {1, 4, 12, 16, 17, 24, 32, 36, 64};
    d->out->inputs = one_in(&d->state, 3) ? 1 + (int32_t)drawn_below(&d->state, DRAWN_ENDS) : 1;
    for (int32_t i = 0; i < d->out->inputs; i++) {
        int64_t shape[3];
        int32_t rank = one_in(&d->state, 3) ? 1 + (int32_t)drawn_below(&d->state, 3) : 1;
        for (int32_t j = 0; j < rank; j++)
            shape[j] = 1 + drawn_below(&d->state, 6);
        shape[rank - 1] = rank > 1 ? 1 + drawn_below(&d->state, 18) : lengths[drawn_below(&d->state, 9)];
        if (one_in(&d->state, 120)) shape[drawn_below(&d->state, rank)] = 0;
        push(d, denoise_graph_input(d->graph, shape, rank));
    }
}

/* An output of any kind: the last value, one in the middle, a second time the same, an input. */
static void choose_outputs(drawing *d, denoise_node **outputs)
{
    d->out->outputs = one_in(&d->state, 2) ? 1 : 1 + (int32_t)drawn_below(&d->state, DRAWN_ENDS);
    for (int32_t i = 0; i < d->out->outputs; i++) {
        if (one_in(&d->state, 3) && d->count < MOST_NODES) {
            put(d, denoise_layer_activation(one_in(&d->state, 2) ? "sigmoid" : "softmax", NULL), pick(d));
            outputs[i] = d->nodes[d->count - 1];
            continue;
        }
        outputs[i] = i == 0 ? d->nodes[d->count - 1] : d->nodes[drawn_below(&d->state, d->count)];
    }
}

denoise_status drawn_model_make(drawn_model *out, uint64_t number)
{
    *out = (drawn_model){.is_smooth = true};
    drawing d = {.state = number, .out = out};
    denoise_node *inputs[DRAWN_ENDS], *outputs[DRAWN_ENDS];
    ASSERT_OK(denoise_graph_new(&d.graph, "drawn"));
    put_inputs(&d);
    memcpy(inputs, d.nodes, sizeof inputs);
    out->layers = 2 + (int32_t)drawn_below(&d.state, MOST_LAYERS - 1);
    for (int32_t i = 0; i < out->layers && d.graph->status == DENOISE_OK; i++)
        put_something(&d);
    denoise_status status = d.graph->status;
    if (status == DENOISE_OK) {
        choose_outputs(&d, outputs);
        denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
        options.seed = number;
        status = denoise_graph_build_many(&out->model, d.graph, inputs, out->inputs, outputs, out->outputs, &options);
    }
    denoise_graph_free(d.graph);
    denoise_model_free(d.inner);
    return status;
}

/* ---- Data */

static denoise_tensor *uniform(const int64_t *shape, int32_t rank, double low, double high, uint64_t number)
{
    denoise_tensor *out;
    denoise_rng *rng;
    ASSERT_OK(denoise_rng_new(&rng, number, 0));
    ASSERT_OK(denoise_tensor_random_uniform(&out, shape, rank, rng, low, high));
    denoise_rng_free(rng);
    return out;
}

static denoise_tensor *as_type(denoise_tensor *tensor, int32_t dtype)
{
    denoise_tensor *out;
    ASSERT_OK(denoise_tensor_astype(&out, tensor, dtype));
    denoise_tensor_free(tensor);
    return out;
}

static void batch_shape(const denoise_model *model, bool is_input, int64_t index, int64_t rows, int64_t *shape, int32_t *rank)
{
    ASSERT_OK((is_input ? denoise_model_input_shape : denoise_model_output_shape)(model, index, shape + 1, rank));
    shape[0] = rows;
    ++*rank;
}

static void make_x(drawn_data *out, const drawn_model *model, int32_t i, uint64_t *state)
{
    static const int32_t types[] = {DENOISE_FLOAT32, DENOISE_FLOAT32, DENOISE_FLOAT32,
                                    DENOISE_UINT8,   DENOISE_FLOAT64, DENOISE_INT32};
    int64_t shape[DENOISE_MAX_RANK + 1];
    int32_t rank, type = types[drawn_below(state, 6)];
    batch_shape(model->model, true, i, out->rows, shape, &rank);
    bool is_view = one_in(state, 4);
    if (is_view) shape[0] += 5;
    double reach = type == DENOISE_UINT8 ? 0 : -2;
    denoise_tensor *x = uniform(shape, rank, reach, 2.5, *state);
    if (type != DENOISE_FLOAT32) x = as_type(x, type);
    out->x[i] = x;
    if (!is_view) return;
    out->whole[i] = x;
    ASSERT_OK(denoise_tensor_rows(&out->x[i], x, 3, 3 + out->rows));
}

static const char *draw_loss(uint64_t *state, int64_t columns)
{
    static const char *const names[] = {"binary_crossentropy",
                                        "binary_crossentropy",
                                        "binary_crossentropy",
                                        "mean_squared_error",
                                        "mean_absolute_error",
                                        "categorical_crossentropy",
                                        "sparse_categorical_crossentropy",
                                        "test_dice",
                                        "test_rows"};
    const char *name = names[drawn_below(state, 9)];
    return columns == 0 ? "mean_squared_error" : name;
}

static void make_y(drawn_data *out, const drawn_model *model, int32_t i, uint64_t *state)
{
    int64_t shape[DENOISE_MAX_RANK + 1];
    int32_t rank;
    batch_shape(model->model, false, i, out->rows, shape, &rank);
    out->losses[i] = i > 0 && one_in(state, 4) ? NULL : draw_loss(state, shape[rank - 1]);
    bool is_sparse = out->losses[i] != NULL && strcmp(out->losses[i], "sparse_categorical_crossentropy") == 0;
    double classes = (double)shape[rank - 1];
    int64_t variant = drawn_below(state, 6);
    denoise_tensor *y = uniform(shape, is_sparse && rank > 1 ? rank - 1 : rank, 0, is_sparse ? classes * 0.9999 : 1, *state);
    out->y[i] = is_sparse ? as_type(y, DENOISE_INT32) : variant == 0 ? as_type(y, DENOISE_FLOAT64) : y;
}

void drawn_data_make(drawn_data *out, const drawn_model *model, uint64_t number, int64_t rows)
{
    uint64_t state = number ^ 0x5555;
    *out = (drawn_data){.rows = rows, .is_weighted = one_in(&state, 3)};
    for (int32_t i = 0; i < model->inputs; i++)
        make_x(out, model, i, &state);
    for (int32_t i = 0; i < model->outputs; i++) {
        make_y(out, model, i, &state);
        if (out->is_weighted && !one_in(&state, 4)) out->weight[i] = uniform(&rows, 1, 0, 2, state);
    }
}

void drawn_data_free(drawn_data *data)
{
    for (int32_t i = 0; i < DRAWN_ENDS; i++) {
        denoise_tensor_free(data->x[i]);
        denoise_tensor_free(data->whole[i]);
        denoise_tensor_free(data->y[i]);
        denoise_tensor_free(data->weight[i]);
    }
}

/* ---- Trainers */

static denoise_params *parameters(void)
{
    denoise_params *params;
    ASSERT_OK(denoise_params_new(&params));
    return params;
}

static denoise_loss *make_loss(const char *name, uint64_t *state)
{
    denoise_loss *loss;
    if (strncmp(name, "test_", 5) == 0) return dice_loss_make(name, 0);
    denoise_params *params = parameters();
    if (strstr(name, "crossentropy") != NULL && one_in(state, 3)) ASSERT_OK(denoise_params_set_bool(params, "from_logits", 1));
    if (strstr(name, "binary") != NULL && one_in(state, 6))
        ASSERT_OK(denoise_params_set_double(params, "label_smoothing", 0.1));
    if (one_in(state, 6)) ASSERT_OK(denoise_params_set_text(params, "reduction", "sum"));
    ASSERT_OK(denoise_loss_create(&loss, name, params));
    denoise_params_free(params);
    return loss;
}

static denoise_optimizer *make_optimizer(uint64_t *state)
{
    static const char *const names[] = {"sgd", "rmsprop", "adam", "adamw"};
    const char *name = names[drawn_below(state, 4)];
    denoise_params *params = parameters();
    denoise_optimizer *optimizer;
    if (strcmp(name, "sgd") == 0 && one_in(state, 2)) {
        ASSERT_OK(denoise_params_set_double(params, "momentum", 0.9));
        ASSERT_OK(denoise_params_set_bool(params, "nesterov", (int32_t)drawn_below(state, 2)));
    }
    if (strcmp(name, "rmsprop") == 0 && one_in(state, 2)) {
        ASSERT_OK(denoise_params_set_double(params, "momentum", 0.5));
        ASSERT_OK(denoise_params_set_bool(params, "centered", (int32_t)drawn_below(state, 2)));
    }
    if (one_in(state, 4)) ASSERT_OK(denoise_params_set_double(params, "weight_decay", 0.01));
    ASSERT_OK(denoise_optimizer_create(&optimizer, name, params));
    denoise_params_free(params);
    return optimizer;
}

static denoise_metric *make_metric(const drawn_data *data, int32_t output, bool is_squared)
{
    bool is_sparse = data->losses[output] != NULL && strcmp(data->losses[output], "sparse_categorical_crossentropy") == 0;
    if (is_sparse) return denoise_metric_sparse_categorical_accuracy();
    return is_squared ? denoise_metric_mean_squared_error() : denoise_metric_mean_absolute_error();
}

denoise_trainer *drawn_trainer(const drawn_model *model, const drawn_data *data, uint64_t number, bool watches)
{
    uint64_t state = number ^ 0xaaaa;
    denoise_loss *losses[DRAWN_ENDS] = {NULL};
    double loss_weights[DRAWN_ENDS];
    denoise_metric *metrics[DRAWN_ENDS];
    int64_t outputs[DRAWN_ENDS];
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_trainer *trainer;
    for (int32_t i = 0; i < model->outputs; i++) {
        losses[i] = data->losses[i] == NULL ? NULL : make_loss(data->losses[i], &state);
        loss_weights[i] = one_in(&state, 2) ? 1 : 0.25 * (double)drawn_below(&state, 8);
    }
    for (int32_t i = 0; i < model->outputs; i++) {
        bool is_drawn = one_in(&state, 3), is_squared = one_in(&state, 2);
        if (!is_drawn && !watches) continue;
        outputs[options.metric_count] = i;
        metrics[options.metric_count++] = make_metric(data, i, is_squared);
    }
    options.losses = losses;
    options.loss_weights = loss_weights;
    options.loss_count = model->outputs;
    options.metrics = metrics;
    options.metric_outputs = outputs;
    state = number ^ 0x3333;
    options.unfused = one_in(&state, 4);
    ASSERT_OK(denoise_model_compile(&trainer, model->model, make_optimizer(&state), NULL, &options));
    return trainer;
}
