/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "models/sized.h"
#include <stdio.h>
#include <string.h>

static denoise_node inert_node = {.inert = true};

denoise_status denoise__graph_poison(denoise_graph *graph, denoise_status status)
{
    if (graph->status == DENOISE_OK) {
        graph->status = status;
        snprintf(graph->message, sizeof graph->message, "%s", denoise_last_error());
    }
    return status;
}

denoise_status denoise_graph_new(denoise_graph **out, const char *name)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    if (name == NULL) name = "functional";
    DENOISE__TRY(denoise__check_model_name("denoise_graph_new", name));
    denoise_graph *graph = denoise__allocate_zeroed(1, sizeof *graph);
    if (graph == NULL) return denoise__fail_nomem();
    memcpy(graph->name, name, strlen(name) + 1);
    graph->owner = denoise__owner_token();
    graph->inert = (denoise_node){.graph = graph, .inert = true};
    *out = graph;
    return DENOISE_OK;
}

void denoise_graph_free(denoise_graph *graph)
{
    if (graph == NULL) return;
    denoise__topology_clear(&graph->topology);
    for (int64_t i = 0; i < graph->node_count; i++)
        denoise__release(graph->nodes[i]);
    while (graph->adopted != NULL) {
        denoise_layer *layer = graph->adopted;
        graph->adopted = layer->next;
        denoise__layer_release(layer);
    }
    denoise__release(graph->nodes);
    denoise__release(graph);
}

const char *denoise_graph_error(const denoise_graph *graph)
{
    return graph == NULL ? "" : graph->message;
}

/* Takes the layer over whatever happens; a sound one is named. */
static denoise_status adopt(denoise_graph *graph, denoise_layer *layer)
{
    bool is_new = layer->part.owner == NULL;
    denoise_status status = denoise__part_adopt(&layer->part, graph->owner);
    if (status == DENOISE_ERR_OWNED) return denoise__context(status, "layer \"%s\": ", layer->name);
    if (layer->part.is_static) return status;
    if (is_new) {
        layer->next = graph->adopted;
        graph->adopted = layer;
    } else {
        denoise__layer_release(layer); /* the list has it already */
    }
    return status;
}

static bool is_known(const denoise_graph *graph, const denoise_layer *layer)
{
    for (int32_t i = 0; i < graph->topology.operation_count; i++) {
        if (graph->topology.operations[i].layer == layer) return true;
    }
    return false;
}

static denoise_status name_layer(denoise_graph *graph, denoise_layer *layer)
{
    if (is_known(graph, layer)) return DENOISE_OK;
    if (layer->name[0] == '\0') {
        char base[DENOISE__TEXT_SIZE];
        denoise__snake_case(base, sizeof base, layer->part.kind->class_name);
        denoise__unique_name(layer->name, base, &graph->topology, NULL);
        return DENOISE_OK;
    }
    for (int32_t i = 0; i < graph->topology.operation_count; i++) {
        if (strcmp(denoise__operation_name(&graph->topology.operations[i]), layer->name) != 0) continue;
        return denoise__fail(DENOISE_ERR_NAME, "two layers of the graph \"%s\" have the name \"%s\"", graph->name, layer->name);
    }
    return DENOISE_OK;
}

static denoise_node *new_node(denoise_graph *graph, denoise__output_ref value, const denoise__shape *shape)
{
    void *nodes = graph->nodes;
    denoise_status status = denoise__grow(&nodes, graph->node_count, &graph->node_capacity, sizeof *graph->nodes);
    graph->nodes = nodes;
    denoise_node *node = status == DENOISE_OK ? denoise__allocate_zeroed(1, sizeof *node) : NULL;
    if (node == NULL) {
        denoise__graph_poison(graph, denoise__fail_nomem());
        return &graph->inert;
    }
    *node = (denoise_node){.graph = graph, .value = value, .shape = *shape};
    graph->nodes[graph->node_count++] = node;
    return node;
}

static denoise_status check_node(const denoise_graph *graph, const denoise_node *node, int64_t index)
{
    if (node == NULL) return denoise__fail(DENOISE_ERR_NULL, "node %lld is NULL", (long long)index);
    if (node->graph != graph && node->graph != NULL) {
        return denoise__fail(DENOISE_ERR_OWNED, "node %lld belongs to another graph", (long long)index);
    }
    if (node->inert) {
        if (graph->status != DENOISE_OK) return denoise__fail_text(graph->status, graph->message);
        return denoise__fail(DENOISE_ERR_INVALID, "node %lld comes from a failed call", (long long)index);
    }
    return DENOISE_OK;
}

/* What a public function is called, and what it calls its nodes: "input" when there is one. */
typedef struct call_names {
    const char *function, *nodes;
    bool is_one;
} call_names;

static denoise_status gather_inputs(const denoise_graph *graph, const call_names *names, denoise_node *const *nodes,
                                    int64_t count, denoise__output_ref **values, denoise__shape **shapes)
{
    if (count < 0 || count > INT32_MAX / 2) return denoise__fail(DENOISE_ERR_RANGE, "%lld inputs given", (long long)count);
    if (count > 0 && nodes == NULL) return denoise__fail_null(names->function, names->nodes);
    if (names->is_one && nodes[0] == NULL) return denoise__fail_null(names->function, names->nodes);
    for (int64_t i = 0; i < count; i++)
        DENOISE__TRY(check_node(graph, nodes[i], i));
    *values = denoise__allocate_zeroed((size_t)count + 1, sizeof **values);
    *shapes = denoise__allocate_zeroed((size_t)count + 1, sizeof **shapes);
    if (*values == NULL || *shapes == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < count; i++) {
        (*values)[i] = nodes[i]->value;
        (*shapes)[i] = nodes[i]->shape;
    }
    return DENOISE_OK;
}

/* A layer's inputs, and the shapes that it gives. */
typedef struct application {
    denoise__output_ref *values;
    denoise__shape *inputs, *outputs;
    int64_t input_count, output_count; /* output_count as the caller expects it */
} application;

static denoise_status infer_outputs(denoise_layer *layer, application *a)
{
    if (layer->part.status != DENOISE_OK) return denoise__fail_text(layer->part.status, layer->part.message);
    int32_t count = denoise__layer_output_count(layer);
    if (count != a->output_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "it has %d outputs, room given for %lld", (int)count,
                             (long long)a->output_count);
    }
    a->outputs = denoise__allocate_zeroed((size_t)count + 1, sizeof *a->outputs);
    if (a->outputs == NULL) return denoise__fail_nomem();
    return denoise__layer_apply_shapes(layer, a->inputs, (int32_t)a->input_count, a->outputs);
}

/* keras/src/ops/nn.py, softmax: over one column it gives 1, whatever comes in. */
static void warn_of_softmax(const denoise_layer *layer, const denoise__shape *output)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    const denoise__kind_ref *activation = kind->activation == NULL ? NULL : kind->activation(layer->part.config);
    if (activation == NULL || activation->kind == NULL || strcmp(activation->kind->name, "softmax") != 0) return;
    if (output->rank == 0 || output->dim[output->rank - 1] != 1) return;
    denoise__log(DENOISE_LOG_WARNING, "layer \"%s\": a softmax over an axis of length 1 always gives 1. Was a sigmoid meant?",
                 layer->name);
}

static denoise_status apply_layer(denoise_graph *graph, denoise_layer *layer, application *a)
{
    int32_t operation;
    DENOISE__TRY(name_layer(graph, layer));
    denoise_status status = infer_outputs(layer, a);
    if (status != DENOISE_OK) {
        return denoise__context(status, "layer %d \"%s\": ", (int)graph->topology.operation_count, layer->name);
    }
    DENOISE__TRY(denoise__topology_add_operation(&graph->topology, layer, NULL, &operation));
    warn_of_softmax(layer, a->outputs);
    return denoise__topology_add_call(&graph->topology, operation, a->values, (int32_t)a->input_count, a->outputs,
                                      (int32_t)a->output_count);
}

/* The nodes of the last call; their array is as long as its outputs. */
static denoise_status make_nodes(denoise_graph *graph, denoise_node **outputs)
{
    int32_t call = graph->topology.call_count - 1;
    for (int32_t i = 0; i < graph->topology.calls[call].output_count; i++) {
        outputs[i] = new_node(graph, (denoise__output_ref){.call = call, .output = i}, &graph->topology.calls[call].shapes[i]);
        if (outputs[i]->inert) return graph->status;
    }
    return DENOISE_OK;
}

static void fill_nodes(denoise_node **outputs, int64_t count, denoise_node *node)
{
    for (int64_t i = 0; i < denoise__room(count); i++)
        outputs[i] = node;
}

/* Takes the layer over whatever happens, and sets all nodes. */
static denoise_status apply_to_layer(const call_names *names, denoise_node **outputs, int64_t output_count,
                                     denoise_graph *graph, denoise_layer *layer, denoise_node *const *inputs,
                                     int64_t input_count)
{
    if (graph == NULL) {
        fill_nodes(outputs, output_count, &inert_node);
        denoise_status failure = denoise__fail_null(names->function, "graph");
        denoise__layer_refuse(layer);
        return failure;
    }
    fill_nodes(outputs, output_count, &graph->inert);
    if (layer == NULL) return denoise__graph_poison(graph, denoise__fail_null(names->function, "layer"));
    application a = {.input_count = input_count, .output_count = output_count};
    denoise_status status = adopt(graph, layer);
    if (status == DENOISE_OK) status = gather_inputs(graph, names, inputs, input_count, &a.values, &a.inputs);
    if (status == DENOISE_OK) status = apply_layer(graph, layer, &a);
    if (status == DENOISE_OK) status = make_nodes(graph, outputs);
    denoise__release(a.values);
    denoise__release(a.inputs);
    denoise__release(a.outputs);
    if (status == DENOISE_OK) return DENOISE_OK;
    fill_nodes(outputs, output_count, &graph->inert);
    return denoise__graph_poison(graph, status);
}

static denoise_node *apply(const call_names *names, denoise_graph *graph, denoise_layer *layer, denoise_node *const *inputs,
                           int64_t count)
{
    denoise_node *output = NULL;
    (void)apply_to_layer(names, &output, 1, graph, layer, inputs, count);
    return output;
}

denoise_status denoise_graph_apply_layer_many(denoise_node **outputs, int64_t output_count, denoise_graph *graph,
                                              denoise_layer *layer, denoise_node *const *inputs, int64_t input_count)
{
    if (outputs == NULL) { /* adopted, also when the call fails */
        if (graph != NULL && layer != NULL) (void)adopt(graph, layer);
        if (graph == NULL) denoise__layer_refuse(layer);
        return denoise__fail_null(__func__, "outputs");
    }
    return apply_to_layer(&(call_names){__func__, "inputs", false}, outputs, output_count, graph, layer, inputs, input_count);
}

denoise_node *denoise_graph_apply_many(denoise_graph *graph, denoise_layer *layer, denoise_node *const *inputs, int64_t count)
{
    return apply(&(call_names){__func__, "inputs", false}, graph, layer, inputs, count);
}

denoise_node *denoise_graph_apply(denoise_graph *graph, denoise_layer *layer, denoise_node *input)
{
    return apply(&(call_names){__func__, "input", true}, graph, layer, &input, 1);
}

denoise_node *denoise_graph_input_layer(denoise_graph *graph, denoise_layer *layer)
{
    return apply(&(call_names){__func__, "", false}, graph, layer, NULL, 0);
}

denoise_node *denoise_graph_input(denoise_graph *graph, const int64_t *shape, int32_t rank)
{
    return apply(&(call_names){__func__, "", false}, graph, denoise_layer_input(shape, rank, NULL), NULL, 0);
}

static denoise_status check_model_inputs(const denoise_model *model, const denoise__shape *shapes, int64_t count)
{
    if (count != model->input_count) {
        return denoise__fail(DENOISE_ERR_SHAPE, "model \"%s\" has %d inputs, %lld given", model->name, (int)model->input_count,
                             (long long)count);
    }
    for (int32_t i = 0; i < model->input_count; i++) {
        const denoise__shape *expected = denoise__model_input_shape(model, i);
        char given[192], wanted[192];
        if (denoise__shape_takes(expected, &shapes[i])) continue;
        return denoise__fail(DENOISE_ERR_SHAPE, "model \"%s\": input %d has shape %s, expected %s", model->name, (int)i,
                             denoise__shape_text(&shapes[i], true, given, sizeof given),
                             denoise__shape_text(expected, true, wanted, sizeof wanted));
    }
    return DENOISE_OK;
}

static denoise_status apply_model(denoise_graph *graph, denoise_model *model, const denoise__output_ref *values,
                                  const denoise__shape *inputs, int64_t count)
{
    if (model->depth >= DENOISE__MAX_MODEL_DEPTH) {
        return denoise__fail(DENOISE_ERR_LIMIT, "models are nested more than %d deep", DENOISE__MAX_MODEL_DEPTH);
    }
    DENOISE__TRY(check_model_inputs(model, inputs, count));
    int32_t operation;
    DENOISE__TRY(denoise__topology_add_operation(&graph->topology, NULL, model, &operation));
    return denoise__topology_add_model_call(&graph->topology, operation, values, (int32_t)count, inputs);
}

static denoise_status apply_model_many(const call_names *names, denoise_node **outputs, int64_t output_count,
                                       denoise_graph *graph, denoise_model *model, denoise_node *const *inputs,
                                       int64_t input_count)
{
    if (model == NULL) return denoise__fail_null(names->function, "model");
    if (output_count != model->output_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "model \"%s\" has %d outputs, room given for %lld", model->name,
                             (int)model->output_count, (long long)output_count);
    }
    denoise__output_ref *values = NULL;
    denoise__shape *shapes = NULL;
    denoise_status status = gather_inputs(graph, names, inputs, input_count, &values, &shapes);
    if (status == DENOISE_OK) status = apply_model(graph, model, values, shapes, input_count);
    denoise__release(values);
    denoise__release(shapes);
    return status == DENOISE_OK ? make_nodes(graph, outputs) : status;
}

static denoise_status apply_to_model(const call_names *names, denoise_node **outputs, int64_t output_count,
                                     denoise_graph *graph, denoise_model *model, denoise_node *const *inputs,
                                     int64_t input_count)
{
    fill_nodes(outputs, output_count, graph == NULL ? &inert_node : &graph->inert);
    if (graph == NULL) return denoise__fail_null(names->function, "graph");
    denoise_status status = apply_model_many(names, outputs, output_count, graph, model, inputs, input_count);
    if (status == DENOISE_OK) return DENOISE_OK;
    fill_nodes(outputs, output_count, &graph->inert);
    return denoise__graph_poison(graph, status);
}

denoise_status denoise_graph_apply_model_many(denoise_node **outputs, int64_t output_count, denoise_graph *graph,
                                              denoise_model *model, denoise_node *const *inputs, int64_t input_count)
{
    DENOISE__CHECK_NULL(outputs);
    return apply_to_model(&(call_names){__func__, "inputs", false}, outputs, output_count, graph, model, inputs, input_count);
}

denoise_node *denoise_graph_apply_model(denoise_graph *graph, denoise_model *model, denoise_node *input)
{
    denoise_node *output = NULL;
    apply_to_model(&(call_names){__func__, "input", true}, &output, 1, graph, model, &input, 1);
    return output;
}

denoise_status denoise_node_shape(const denoise_node *node, int64_t *shape, int32_t *rank)
{
    DENOISE__CHECK_NULL(node);
    DENOISE__CHECK_NULL(shape);
    DENOISE__CHECK_NULL(rank);
    if (node->inert) return denoise__fail(DENOISE_ERR_INVALID, "denoise_node_shape: the node comes from a failed call");
    memcpy(shape, node->shape.dim, sizeof node->shape.dim);
    *rank = node->shape.rank;
    return DENOISE_OK;
}

static denoise_status copy_values(denoise__output_ref **out, const denoise_graph *graph, denoise_node *const *nodes,
                                  int64_t count, const char *what)
{
    if (count < 1 || count > INT32_MAX / 2) {
        return denoise__fail(DENOISE_ERR_RANGE, "a model needs at least one of its %s, %lld given", what, (long long)count);
    }
    *out = denoise__allocate_zeroed((size_t)count, sizeof **out);
    if (*out == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < count; i++) {
        denoise_status status = check_node(graph, nodes[i], i);
        if (status != DENOISE_OK) return denoise__context(status, "%s: ", what);
        (*out)[i] = nodes[i]->value;
    }
    return DENOISE_OK;
}

denoise_status denoise__graph_build(denoise_model **out, denoise_graph *graph, denoise_node *const *inputs, int64_t input_count,
                                    denoise_node *const *outputs, int64_t output_count, const denoise_build_options *options,
                                    bool is_sequential)
{
    denoise_build_options known;
    DENOISE__TRY(denoise__build_options_check(options, &known));
    if (graph->status != DENOISE_OK) return denoise__fail_text(graph->status, graph->message);
    denoise__output_ref *from = NULL, *to = NULL;
    denoise__topology topology = {0};
    denoise_status status = copy_values(&from, graph, inputs, input_count, "inputs");
    if (status == DENOISE_OK) status = copy_values(&to, graph, outputs, output_count, "outputs");
    if (status == DENOISE_OK) {
        status = denoise__topology_extract(&topology, &graph->topology, from, (int32_t)input_count, to, (int32_t)output_count);
    }
    if (status == DENOISE_OK) {
        status = denoise__model_make(out, known.name != NULL ? known.name : graph->name, is_sequential, &topology, from,
                                     (int32_t)input_count, to, (int32_t)output_count);
    }
    denoise__release(from);
    denoise__release(to);
    if (status != DENOISE_OK) return status;
    status = denoise__layers_initialize((*out)->layers, (*out)->layer_count, known.seed, 0);
    if (status == DENOISE_OK) return status;
    denoise_model_free(*out);
    *out = NULL;
    return status;
}

denoise_status denoise_graph_build_many(denoise_model **out, denoise_graph *graph, denoise_node *const *inputs,
                                        int64_t input_count, denoise_node *const *outputs, int64_t output_count,
                                        const denoise_build_options *options)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(graph);
    DENOISE__CHECK_NULL(inputs);
    DENOISE__CHECK_NULL(outputs);
    return denoise__graph_build(out, graph, inputs, input_count, outputs, output_count, options, false);
}

denoise_status denoise_graph_build(denoise_model **out, denoise_graph *graph, denoise_node *input, denoise_node *output,
                                   const denoise_build_options *options)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(graph);
    DENOISE__CHECK_NULL(input);
    DENOISE__CHECK_NULL(output);
    return denoise__graph_build(out, graph, &input, 1, &output, 1, options, false);
}
