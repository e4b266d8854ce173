/* SPDX-License-Identifier: Apache-2.0 */
/* Builders and models. */
#include "fuzz/api.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static denoise_model *some_model(api *a)
{
    return a->models[api_pick(a, API_MODELS)];
}

static void new_sequential(api *a)
{
    unsigned slot = api_pick(a, API_BUILDERS);
    denoise_sequential *sequential = API_ANYWHERE;
    if (a->sequentials[slot] != NULL) return;
    if (!api_made(denoise_sequential_new(&sequential, api_name(a)), &sequential)) return;
    a->sequentials[slot] = sequential;
    a->sequential_owner[slot] = ++a->owners;
}

static void add_layer(api *a)
{
    unsigned slot = api_pick(a, API_BUILDERS);
    api_part *layer = &a->layers[api_pick(a, API_LAYERS)];
    (void)api_done(denoise_sequential_add(a->sequentials[slot], layer->part));
    api_adopted(layer, a->sequentials[slot] != NULL ? a->sequential_owner[slot] : 0);
}

static void add_model(api *a)
{
    (void)api_done(denoise_sequential_add_model(a->sequentials[api_pick(a, API_BUILDERS)], some_model(a)));
}

static void build_sequential(api *a)
{
    denoise_model *model = API_ANYWHERE;
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    denoise_sequential *sequential = a->sequentials[api_pick(a, API_BUILDERS)];
    options.name = api_name(a);
    if (api_made(denoise_sequential_build(&model, sequential, api_pick(a, 2) ? &options : NULL), &model))
        api_keep_model(a, model);
    FUZZ_CHECK(fuzz_is_clean(denoise_sequential_error(sequential), ""));
}

/* A sound model in one call, so that sequences get somewhere. */
static void ready_model(api *a)
{
    static const char *const last[] = {"softmax", "sigmoid", NULL, "tanh"};
    denoise_sequential *sequential = NULL;
    denoise_model *model = API_ANYWHERE;
    if (!api_done(denoise_sequential_new(&sequential, NULL))) return;
    (void)api_done(denoise_sequential_add(sequential, denoise_layer_input((const int64_t[]){3}, 1, NULL)));
    if (api_pick(a, 2)) (void)api_done(denoise_sequential_add(sequential, denoise_layer_dense(4, "relu", NULL)));
    if (api_pick(a, 4) == 0) (void)api_done(denoise_sequential_add(sequential, denoise_layer_dropout(0.5, NULL)));
    (void)api_done(denoise_sequential_add(sequential, denoise_layer_dense(1 + api_pick(a, 3), last[api_pick(a, 4)], NULL)));
    if (api_made(denoise_sequential_build(&model, sequential, NULL), &model)) api_keep_model(a, model);
    denoise_sequential_free(sequential);
}

static void new_graph(api *a)
{
    unsigned slot = api_pick(a, API_BUILDERS);
    denoise_graph *graph = API_ANYWHERE;
    if (a->graphs[slot] != NULL) return;
    if (!api_made(denoise_graph_new(&graph, api_name(a)), &graph)) return;
    a->graphs[slot] = graph;
    a->graph_owner[slot] = ++a->owners;
}

static void keep_node(api *a, unsigned graph, denoise_node *node)
{
    if (!FUZZ_CHECK(node != NULL) || a->graphs[graph] == NULL) return;
    for (int i = 0; i < API_NODES; i++) {
        if (a->nodes[i].node != NULL) continue;
        a->nodes[i] = (api_node){node, a->graph_owner[graph]};
        return;
    }
}

static denoise_node *some_node(api *a)
{
    return a->nodes[api_pick(a, API_NODES)].node;
}

static void input_node(api *a)
{
    unsigned slot = api_pick(a, API_BUILDERS);
    int64_t shape[9] = {3};
    int32_t rank = api_pick(a, 4) != 0 ? 1 : api_shape(a, shape);
    keep_node(a, slot, denoise_graph_input(a->graphs[slot], shape, rank));
}

static void layer_node(api *a)
{
    unsigned slot = api_pick(a, API_BUILDERS);
    api_part *layer = &a->layers[api_pick(a, API_LAYERS)];
    denoise_graph *graph = a->graphs[slot];
    denoise_node *nodes[2] = {some_node(a), some_node(a)};
    denoise_node *node = NULL;
    switch (api_pick(a, 3)) {
    case 0:
        node = denoise_graph_input_layer(graph, layer->part);
        break;
    case 1:
        node = denoise_graph_apply(graph, layer->part, nodes[0]);
        break;
    default:
        node =
            denoise_graph_apply_many(graph, layer->part, nodes, (int64_t)api_pick(a, 4) - 1 > 2 ? 2 : (int64_t)api_pick(a, 3));
        break;
    }
    keep_node(a, slot, node);
    api_adopted(layer, graph != NULL ? a->graph_owner[slot] : 0);
}

static void model_node(api *a)
{
    unsigned slot = api_pick(a, API_BUILDERS);
    denoise_node *inputs[2] = {some_node(a), some_node(a)}, *outputs[3] = {NULL, NULL, NULL};
    if (api_pick(a, 2) == 0) {
        keep_node(a, slot, denoise_graph_apply_model(a->graphs[slot], some_model(a), inputs[0]));
        return;
    }
    int64_t outs = api_pick(a, 4), ins = api_pick(a, 3);
    (void)api_done(denoise_graph_apply_model_many(outputs, outs, a->graphs[slot], some_model(a), inputs, ins));
    for (int64_t i = 0; i < outs && a->graphs[slot] != NULL; i++) {
        keep_node(a, slot, outputs[i]);
    }
}

static void build_graph(api *a)
{
    denoise_model *model = API_ANYWHERE;
    denoise_graph *graph = a->graphs[api_pick(a, API_BUILDERS)];
    denoise_node *inputs[2] = {some_node(a), some_node(a)}, *outputs[2] = {some_node(a), some_node(a)};
    denoise_status status = api_pick(a, 2) == 0 ? denoise_graph_build(&model, graph, inputs[0], outputs[0], NULL)
                                                : denoise_graph_build_many(&model, graph, inputs, (int64_t)api_pick(a, 3),
                                                                           outputs, (int64_t)api_pick(a, 3), NULL);
    if (api_made(status, &model)) api_keep_model(a, model);
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank = 0;
    (void)api_done(denoise_node_shape(inputs[0], shape, &rank));
}

static void look(api *a)
{
    denoise_model *model = some_model(a);
    char *text = API_ANYWHERE, name[80];
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    options.line_length = api_pick(a, 2) ? -1 : api_size(a);
    options.expand_nested = (int32_t)api_pick(a, 2);
    if (api_made(denoise_model_summary(&text, model, &options), &text)) FUZZ_CHECK(fuzz_is_clean(text, "\n"));
    denoise_free(text);
    text = API_ANYWHERE;
    if (api_made(denoise_model_dot(&text, model), &text)) FUZZ_CHECK(fuzz_is_clean(text, "\n\t"));
    denoise_free(text);
    (void)denoise_model_weight_name(model, api_size(a), name, (int64_t)sizeof name);
    (void)denoise_model_layer_at(model, api_size(a));
    (void)denoise_model_layer(model, api_name(a));
    (void)denoise_model_nested(model, api_name(a));
    (void)denoise_model_output_name(model, api_size(a));
}

static void weights(api *a)
{
    denoise_model *model = some_model(a);
    denoise_tensor *tensor = API_ANYWHERE, *all[8] = {NULL};
    int64_t count = denoise_model_weight_count(model);
    if (api_made(denoise_model_get_weight(&tensor, model, (int64_t)api_pick(a, 5) - 1), &tensor)) api_keep_tensor(a, tensor);
    if (count > 8) return;
    int64_t wrong = api_pick(a, 6) == 0 ? 1 : 0;
    denoise_status status = denoise_model_get_weights(all, model, count - wrong);
    (void)api_done(status);
    for (int64_t i = 0; i < count; i++) {
        FUZZ_CHECK(i < count - wrong ? (all[i] != NULL) == (status == DENOISE_OK) : all[i] == NULL);
    }
    a->weights_set = true;
    if (status == DENOISE_OK) (void)api_done(denoise_model_set_weights(model, (const denoise_tensor *const *)all, count));
    (void)api_done(denoise_model_set_weight(model, (int64_t)api_pick(a, 3), api_tensor(a)));
    for (int64_t i = 0; i < count; i++) {
        denoise_tensor_free(all[i]);
    }
    (void)api_done(denoise_model_set_trainable(model, (int32_t)api_pick(a, 2)));
}

static void predict(api *a)
{
    denoise_model *model = some_model(a);
    denoise_tensor *out = API_ANYWHERE, *outs[2] = {NULL, NULL};
    const denoise_tensor *x[2] = {api_tensor(a), api_tensor(a)};
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    options.batch_size = api_pick(a, 3) == 0 ? api_size(a) : 2;
    options.struct_size = api_pick(a, 16) == 0 ? 0 : options.struct_size;
    int64_t inputs = api_pick(a, 3), outputs = api_pick(a, 3);
    (void)api_done(denoise_model_predict_many(outs, outputs, model, x, inputs, NULL));
    if (api_made(denoise_model_predict(&out, model, x[0], &options), &out)) {
        FUZZ_CHECK(denoise_tensor_dim(out, 0) == denoise_tensor_dim(x[0], 0));
        api_keep_tensor(a, out);
    }
    api_keep_tensor(a, outs[0]); /* which may free what was predicted from */
    api_keep_tensor(a, outs[1]);
}

static void workspace(api *a)
{
    denoise_workspace *made = API_ANYWHERE;
    denoise_tensor *out = api_tensor(a), *x = api_tensor(a);
    if (a->workspace == NULL && api_made(denoise_workspace_new(&made, some_model(a), api_size(a)), &made)) a->workspace = made;
    (void)denoise_workspace_bytes(a->workspace);
    if (out != x) (void)api_done(denoise_model_predict_into(out, some_model(a), x, a->workspace));
}

static void gradients(api *a)
{
    denoise_model *model = some_model(a);
    int64_t count = denoise_model_weight_count(model);
    if (count > 8 || denoise_model_input_count(model) > 2 || denoise_model_output_count(model) > 2) return;
    denoise_tensor *input[2] = {NULL, NULL}, *weight[8] = {NULL}, *output[2] = {NULL, NULL};
    const denoise_tensor *x[2] = {api_tensor(a), api_tensor(a)}, *y[2] = {api_tensor(a), api_tensor(a)};
    denoise_status status = denoise_model_gradients(api_pick(a, 2) ? input : NULL, api_pick(a, 2) ? weight : NULL,
                                                    api_pick(a, 2) ? output : NULL, model, x, y, (int32_t)api_pick(a, 2), 1);
    (void)api_done(status);
    for (int i = 0; i < 8; i++) {
        FUZZ_CHECK(status == DENOISE_OK || weight[i] == NULL);
        denoise_tensor_free(weight[i]);
        if (i >= 2) continue;
        FUZZ_CHECK(status == DENOISE_OK || (input[i] == NULL && output[i] == NULL));
        denoise_tensor_free(input[i]);
        denoise_tensor_free(output[i]);
    }
}

static void submodel(api *a)
{
    denoise_model *part = API_ANYWHERE;
    if (api_made(denoise_model_submodel(&part, some_model(a), api_name(a), api_name(a)), &part)) api_keep_model(a, part);
}

static void file(api *a)
{
    char path[300];
    denoise_model *model = some_model(a);
    (void)snprintf(path, sizeof path, "%s/%s.safetensors", api_pick(a, 8) == 0 ? "/nowhere" : fuzz_folder(), "w");
    if (api_pick(a, 4) != 0 && !api_done(denoise_model_save_weights(model, path))) return;
    a->weights_set = true;
    (void)api_done(denoise_model_load_weights(some_model(a), path, NULL));
}

typedef struct beside {
    const denoise_model *model;
    const denoise_tensor *x;
    denoise_status status;
} beside;

static void *predict_beside(void *user_data)
{
    beside *it = user_data;
    denoise_tensor *out = NULL, *weight = NULL;
    it->status = denoise_model_predict(&out, it->model, it->x, NULL);
    if (denoise_model_get_weight(&weight, it->model, 0) == DENOISE_OK) denoise_tensor_free(weight);
    denoise_tensor_free(out);
    return NULL;
}

/* One thread predicts, another saves and reads: neither disturbs the other. */
static void two_threads(api *a)
{
    if (api_pick(a, 4) != 0) return; /* threads cost much */
    denoise_tensor *tensor = NULL;
    char path[300];
    beside it = {some_model(a), api_tensor(a), DENOISE_OK};
    pthread_t thread;
    if (it.model == NULL || it.x == NULL || pthread_create(&thread, NULL, predict_beside, &it) != 0) return;
    (void)snprintf(path, sizeof path, "%s/beside.safetensors", fuzz_folder());
    denoise_status status = denoise_model_save_weights(it.model, path);
    (void)api_done(status);
    if (denoise_model_get_weight(&tensor, it.model, 0) == DENOISE_OK) denoise_tensor_free(tensor);
    (void)pthread_join(thread, NULL);
    FUZZ_CHECK(a->running > 0 || (status != DENOISE_ERR_BUSY && it.status != DENOISE_ERR_BUSY));
}

const api_call api_model_calls[] = {new_sequential, add_layer, add_layer,   add_model,  build_sequential, ready_model,
                                    ready_model,    new_graph, input_node,  layer_node, layer_node,       model_node,
                                    build_graph,    look,      weights,     predict,    workspace,        gradients,
                                    submodel,       file,      two_threads, NULL};
