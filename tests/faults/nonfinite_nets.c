/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/nonfinite_nets.h"
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

/* Each kind of layer, then each activation, then each loss with each optimizer, then penalties; all of it on both paths. */
bool net_at(net *out, int64_t index)
{
    int64_t layers = kind_count("layer"), activations = kind_count("activation"), losses = kind_count("loss"),
            optimizers = kind_count("optimizer"), penalties = 1;
    int64_t i = index / 2;
    *out = (net){.activation = "relu", .loss = "mean_squared_error", .optimizer = "adam", .is_plain = index % 2 != 0};
    if (i < layers) {
        out->layer = denoise_kind_name("layer", i);
        return true;
    }
    i -= layers;
    if (i < activations) {
        out->activation = denoise_kind_name("activation", i);
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

/* The layer to be tried, with what it must be given. */
static denoise_node *middle(denoise_graph *g, const net *n, denoise_node *x)
{
    denoise_params *params;
    denoise_layer *layer;
    bool joins = strcmp(n->layer, "add") == 0 || strcmp(n->layer, "concatenate") == 0;
    denoise_node *both[] = {x, dense(g, n, joins ? NET_INPUTS + 1 : NET_INPUTS, n->activation, 9, x)};
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_text(params, "name", "middle"));
    if (strcmp(n->layer, "dense") == 0) ASSERT_OK(denoise_params_set_int(params, "units", NET_INPUTS));
    if (strcmp(n->layer, "activation") == 0) ASSERT_OK(denoise_params_set_kind(params, "activation", "tanh", NULL));
    if (strcmp(n->layer, "reshape") == 0)
        ASSERT_OK(denoise_params_set_ints(params, "target_shape", (const int64_t[]){2, 3}, 2));
    if (strstr(n->layer, "dropout") != NULL) ASSERT_OK(denoise_params_set_double(params, "rate", 0.25));
    if (strcmp(n->layer, "group_normalization") == 0) ASSERT_OK(denoise_params_set_int(params, "groups", 2));
    if (strcmp(n->layer, "gaussian_noise") == 0) ASSERT_OK(denoise_params_set_double(params, "stddev", 0.5));
    if (strcmp(n->layer, "rescaling") == 0) ASSERT_OK(denoise_params_set_double(params, "scale", 0.5));
    denoise_status status = denoise_layer_create(&layer, n->layer, params);
    denoise_params_free(params);
    ASSERT_OK(status);
    if (strncmp(n->layer, "spatial", 7) == 0) { /* whose samples have axes for the places */
        int32_t rank = n->layer[strlen(n->layer) - 2] - '0' + 1;
        both[1] = denoise_graph_apply(g, denoise_layer_reshape((const int64_t[]){NET_INPUTS, 1, 1, 1}, rank, NULL), both[1]);
    }
    denoise_node *out = joins ? denoise_graph_apply_many(g, layer, both, 2) : denoise_graph_apply(g, layer, both[1]);
    return denoise_graph_apply(g, denoise_layer_flatten(NULL), out);
}

denoise_model *net_model(const net *n)
{
    const int64_t inputs = NET_INPUTS;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "net"));
    denoise_node *input = denoise_graph_input(g, &inputs, 1), *x = input;
    for (int i = 0; i < DEPTH; i++) {
        x = dense(g, n, NET_INPUTS + i % 2, n->activation, i, x);
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
