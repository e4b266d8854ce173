/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/nonfinite_nets.h"
#include "conformance/kinds.h"
#include "support/fused_nets.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 4 };

static int64_t kind_count(const char *noun)
{
    int64_t count = 0;
    while (denoise_kind_name(noun, count) != NULL)
        count++;
    return count;
}

/* A shrink or threshold makes a number of NaN, as in Keras, and there is nothing to catch behind it. */
static bool keeps_nan(const char *activation)
{
    const int64_t one = 1;
    const float nan = NAN;
    denoise_sequential *s;
    denoise_model *model;
    denoise_tensor *in, *out;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(&one, 1, NULL)));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_activation(activation, NULL)));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    ASSERT_OK(denoise_tensor_from_data(&in, DENOISE_FLOAT32, (const int64_t[]){1, 1}, 2, &nan));
    ASSERT_OK(denoise_model_predict(&out, model, in, NULL));
    bool keeps = isnan(*(const float *)denoise_tensor_const_data(out));
    denoise_tensor_free(in);
    denoise_tensor_free(out);
    denoise_model_free(model);
    return keeps;
}

/* The next activation from `*index` on that keeps NaN; NULL past the end. */
static const char *next_activation(int64_t *index)
{
    const char *text;
    while ((text = activation_text((*index)++)) != NULL)
        if (keeps_nan(text)) return text;
    return NULL;
}

static int64_t activation_count(void)
{
    static int64_t count; /* 0: not counted yet */
    int64_t i = 0;
    if (count > 0) return count;
    while (next_activation(&i) != NULL)
        count++;
    return count;
}

/* Each kind of layer, then each activation, then each loss with each optimizer, then penalties; all of it on both paths. */
bool net_at(net *out, int64_t index)
{
    int64_t layers = kind_count("layer"), activations = activation_count(), losses = kind_count("loss"),
            optimizers = kind_count("optimizer"), penalties = 1;
    int64_t i = index / 2;
    *out = (net){.activation = "relu", .loss = "mean_squared_error", .optimizer = "adam", .is_plain = index % 2 != 0};
    if (i < layers) {
        out->layer = denoise_kind_name("layer", i);
        return true;
    }
    i -= layers;
    if (i < activations) {
        int64_t at = 0;
        while (i-- > 0)
            (void)next_activation(&at);
        (void)snprintf(out->activation, sizeof out->activation, "%s", next_activation(&at));
        out->alternates = true;
        out->optimizer = "sgd";
        return true;
    }
    i -= activations;
    if (i < losses * optimizers) {
        out->loss = denoise_kind_name("loss", i / optimizers);
        out->optimizer = denoise_kind_name("optimizer", i % optimizers);
        return true;
    }
    i -= losses * optimizers;
    out->penalised = true;
    return i < penalties;
}

const char *net_text(const net *n, char *text, size_t size)
{
    (void)snprintf(text, size, "%s, %s, %s, %s%s%s", n->layer == NULL ? "dense alone" : n->layer, n->activation, n->loss,
                   n->optimizer, n->penalised ? ", penalised" : "", n->is_plain ? ", step by step" : "");
    return text;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static const char *last_activation(const net *n)
{
    if (strcmp(n->loss, "binary_crossentropy") == 0) return "sigmoid";
    return ends_with(n->loss, "crossentropy") ? "softmax" : "linear";
}

bool net_is_sparse(const net *n)
{
    return strncmp(n->loss, "sparse", 6) == 0;
}

static denoise_node *dense(denoise_graph *g, const net *n, int64_t units, const char *activation, int number, denoise_node *x)
{
    char name[32];
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    (void)snprintf(name, sizeof name, "dense_%d", number);
    options.name = name;
    options.bias_initializer = "random_normal(stddev=0.1)";
    if (n->penalised) options.kernel_regularizer = "l2(l2=0.001)";
    return denoise_graph_apply(g, denoise_layer_dense(units, activation, &options), x);
}

static denoise_layer *layer_of(const net *n)
{
    denoise_params *params = fitting_params("layer", n->layer);
    denoise_layer *layer;
    ASSERT_OK(denoise_params_set_text(params, "name", "middle"));
    if (strcmp(n->layer, "dense") == 0) ASSERT_OK(denoise_params_set_int(params, "units", NET_INPUTS));
    if (strcmp(n->layer, "activation") == 0) ASSERT_OK(denoise_params_set_kind(params, "activation", "tanh", NULL));
    if (strcmp(n->layer, "rescaling") == 0) ASSERT_OK(denoise_params_set_double(params, "scale", 0.5));
    if (strcmp(n->layer, "group_normalization") == 0) ASSERT_OK(denoise_params_set_int(params, "groups", 2));
    ASSERT_OK(denoise_layer_create(&layer, n->layer, params));
    denoise_params_free(params);
    return layer;
}

/* A shape that the layer takes, of not many numbers. */
static int32_t shape_for(const net *n, const int64_t **shape)
{
    static const int64_t shapes[][4] = {{NET_INPUTS}, {4, 3}, {3, 4, 2}, {3, 3, 9}, {3, 3, 3, 1}};
    static const int32_t ranks[] = {1, 2, 3, 3, 4};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        denoise_graph *g;
        denoise_model *model;
        ASSERT_OK(denoise_graph_new(&g, NULL));
        denoise_node *x = denoise_graph_input(g, shapes[i], ranks[i]), *y = denoise_graph_apply(g, layer_of(n), x);
        denoise_status status = denoise_graph_build(&model, g, x, y, NULL);
        denoise_graph_free(g);
        denoise_model_free(model);
        *shape = shapes[i];
        if (status == DENOISE_OK) return ranks[i];
    }
    fail_msg("%s takes none of the shapes", n->layer);
    return 0;
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* The greatest of a window of NaN is a number, as in TensorFlow, and of a channel that is dropped there is nothing to be seen.
 */
bool net_keeps_nan(const net *n)
{
    return n->layer == NULL || (!begins_with(n->layer, "max_pooling") && !begins_with(n->layer, "spatial_dropout"));
}

/* The layer to be tried, with what it must be given. */
static denoise_node *middle(denoise_graph *g, const net *n, denoise_node *x)
{
    bool joins = strcmp(n->layer, "add") == 0 || strcmp(n->layer, "concatenate") == 0;
    if (joins) {
        denoise_node *both[] = {x, dense(g, n, NET_INPUTS + 1, n->activation, 9, x)};
        return denoise_graph_apply_many(g, layer_of(n), both, 2);
    }
    const int64_t *shape;
    int32_t rank = shape_for(n, &shape);
    int64_t size = 1;
    for (int32_t i = 0; i < rank; i++)
        size *= shape[i];
    x = dense(g, n, size, n->activation, 9, x);
    if (rank > 1) x = denoise_graph_apply(g, denoise_layer_reshape(shape, rank, "before"), x);
    return denoise_graph_apply(g, denoise_layer_flatten(NULL), denoise_graph_apply(g, layer_of(n), x));
}

denoise_model *net_model(const net *n)
{
    const int64_t inputs = NET_INPUTS;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "net"));
    denoise_node *input = denoise_graph_input(g, &inputs, 1), *x = input;
    for (int i = 0; i < DEPTH; i++) {
        x = dense(g, n, NET_INPUTS + i % 2, n->alternates && i % 2 == 0 ? "tanh" : n->activation, i, x);
        if (i == 1 && n->layer != NULL && strcmp(n->layer, "input_layer") != 0) x = middle(g, n, x);
    }
    x = dense(g, n, NET_OUTPUTS, last_activation(n), DEPTH, x);
    ASSERT_OK(denoise_graph_build(&model, g, input, x, NULL));
    denoise_graph_free(g);
    return model;
}

denoise_status net_compile(denoise_trainer **out, denoise_model *model, const net *n, double rate)
{
    denoise_params *params;
    denoise_optimizer *optimizer = NULL;
    denoise_loss *loss;
    *out = NULL;
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_double(params, "learning_rate", rate));
    denoise_status status = denoise_optimizer_create(&optimizer, n->optimizer, params);
    denoise_params_free(params);
    if (status != DENOISE_OK) return status;
    ASSERT_OK(denoise_loss_create(&loss, n->loss, NULL));
    status = denoise_model_compile(out, model, optimizer, loss, NULL);
    if (status == DENOISE_OK && n->is_plain) train_plainly(*out, NET_BATCH);
    return status;
}

denoise_tensor *net_inputs(void)
{
    return random_rows(NET_ROWS, NET_INPUTS, 1);
}

denoise_tensor *net_targets(const net *n)
{
    denoise_tensor *labels = random_labels(NET_ROWS, NET_OUTPUTS, 2), *out;
    if (net_is_sparse(n)) {
        ASSERT_OK(denoise_tensor_astype(&out, labels, DENOISE_FLOAT32));
    } else {
        denoise_tensor *hot;
        ASSERT_OK(denoise_tensor_one_hot(&hot, labels, NET_OUTPUTS));
        ASSERT_OK(denoise_tensor_astype(&out, hot, DENOISE_FLOAT32));
        denoise_tensor_free(hot);
    }
    denoise_tensor_free(labels);
    return out;
}

uint64_t state_hash(denoise_trainer *trainer)
{
    denoise_optimizer *optimizer = trainer->optimizer;
    uint64_t hash = hash_of_weights(trainer->model) * 31 + (uint64_t)optimizer->iterations;
    denoise__optimizer_bring_home(optimizer);
    for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
        for (int64_t k = 0; k < optimizer->slots[i].count; k++) {
            uint32_t bits;
            memcpy(&bits, (const float *)optimizer->slots[i].values + k, sizeof bits);
            hash = (hash ^ bits) * 1099511628211u;
        }
    return hash;
}

bool state_is_finite(denoise_trainer *trainer)
{
    denoise_optimizer *optimizer = trainer->optimizer;
    bool finite = true;
    for (int64_t i = 0; i < denoise_model_weight_count(trainer->model); i++) {
        denoise_tensor *weight;
        ASSERT_OK(denoise_model_get_weight(&weight, trainer->model, i));
        const float *values = denoise_tensor_const_data(weight);
        for (int64_t k = 0; k < denoise_tensor_size(weight); k++)
            finite = finite && isfinite(values[k]);
        denoise_tensor_free(weight);
    }
    denoise__optimizer_bring_home(optimizer);
    for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
        for (int64_t k = 0; k < optimizer->slots[i].count; k++)
            finite = finite && isfinite(((const float *)optimizer->slots[i].values)[k]);
    return finite;
}
