/* SPDX-License-Identifier: Apache-2.0 */
/* Keras' Sequential and Functional, from their get_config(). */
#include "support/keras_config.h"
#include <string.h>

enum { MAX_NODES = 64, MAX_ENDS = 16 };

/* Keras' keras_history: the value that the index-th application of a layer gave. */
typedef struct value {
    const char *layer;
    int64_t index;
    denoise_node *node;
} value;

typedef struct builder {
    fixture *f;
    denoise_graph *graph;
    value values[MAX_NODES];
    int64_t count;
} builder;

static const char *text_of(fixture *f, json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL) fixture_fail(f, "the model's config has no text \"%s\"", key);
    return text;
}

static denoise_model *build_sequential(fixture *f, json_t *config)
{
    denoise_sequential *sequential;
    fixture_ok(f, denoise_sequential_new(&sequential, text_of(f, config, "name")));
    fixture_keep_sequential(f, sequential);
    size_t i;
    json_t *given;
    json_array_foreach(json_object_get(config, "layers"), i, given)
    {
        denoise_layer *layer = keras_layer(f, text_of(f, given, "class_name"), json_object_get(given, "config"));
        fixture_release(f, layer);
        fixture_ok(f, denoise_sequential_add(sequential, layer));
    }
    denoise_model *model;
    fixture_ok(f, denoise_sequential_build(&model, sequential, NULL));
    return fixture_keep_model(f, model);
}

static denoise_node *find(const builder *b, const char *layer, int64_t index)
{
    for (int64_t i = 0; i < b->count; i++) {
        if (strcmp(b->values[i].layer, layer) == 0 && b->values[i].index == index) return b->values[i].node;
    }
    return NULL;
}

static void publish(builder *b, const char *layer, int64_t index, denoise_node *node)
{
    if (b->count == MAX_NODES) fixture_fail(b->f, "the model has more than %d nodes", (int)MAX_NODES);
    b->values[b->count++] = (value){layer, index, node};
}

/* The node of [layer, node, tensor]; NULL when it is not there yet. */
static denoise_node *node_of(const builder *b, json_t *history)
{
    const char *layer = json_string_value(json_array_get(history, 0));
    if (layer == NULL || json_array_size(history) != 3) fixture_fail(b->f, "a place in the graph is not [layer, node, tensor]");
    if (json_integer_value(json_array_get(history, 2)) != 0) fixture_skip(b->f, "layers with several outputs");
    return find(b, layer, json_integer_value(json_array_get(history, 1)));
}

/* Collects the tensors among arguments, lists in lists included; false when one is not there yet. */
static bool collect(const builder *b, json_t *argument, denoise_node **nodes, int64_t *count)
{
    size_t i;
    json_t *inner;
    bool is_complete = true;
    json_array_foreach(argument, i, inner)
    {
        is_complete = collect(b, inner, nodes, count) && is_complete;
    }
    if (json_is_array(argument)) return is_complete;
    json_t *history = json_object_get(json_object_get(argument, "config"), "keras_history");
    if (history == NULL) fixture_skip(b->f, "arguments that are no tensors");
    if (*count == MAX_ENDS) fixture_fail(b->f, "a layer has more than %d inputs", (int)MAX_ENDS);
    nodes[*count] = node_of(b, history);
    return nodes[(*count)++] != NULL;
}

static void check_keywords(builder *b, json_t *call)
{
    const char *key;
    json_t *given;
    json_object_foreach(json_object_get(call, "kwargs"), key, given)
    {
        if (!json_is_null(given) && !json_is_false(given)) fixture_skip(b->f, "argument %s of a layer", key);
    }
}

static bool apply(builder *b, denoise_layer *layer, const char *name, int64_t index, json_t *call)
{
    denoise_node *inputs[MAX_ENDS];
    int64_t count = 0;
    check_keywords(b, call);
    if (!collect(b, json_object_get(call, "args"), inputs, &count)) return false;
    fixture_release(b->f, layer);
    publish(b, name, index,
            count == 1 ? denoise_graph_apply(b->graph, layer, inputs[0])
                       : denoise_graph_apply_many(b->graph, layer, inputs, count));
    return true;
}

/* Applies a layer as often as its inputs allow; true when that was at least once. */
static bool advance(builder *b, denoise_layer *layer, json_t *given)
{
    const char *name = text_of(b->f, given, "name");
    json_t *calls = json_object_get(given, "inbound_nodes");
    bool has_advanced = false;
    if (json_array_size(calls) == 0 && find(b, name, 0) == NULL) {
        fixture_release(b->f, layer);
        publish(b, name, 0, denoise_graph_input_layer(b->graph, layer));
        return true;
    }
    for (size_t i = 0; i < json_array_size(calls); i++) {
        if (find(b, name, (int64_t)i) != NULL) continue;
        if (apply(b, layer, name, (int64_t)i, json_array_get(calls, i))) has_advanced = true;
    }
    return has_advanced;
}

/* "input_layers" and "output_layers": one place or a list of them. */
static int64_t ends(const builder *b, json_t *config, const char *key, denoise_node **nodes)
{
    json_t *places = json_object_get(config, key);
    bool is_single = json_is_string(json_array_get(places, 0));
    size_t count = is_single ? 1 : json_array_size(places);
    if (count == 0 || count > MAX_ENDS) fixture_fail(b->f, "the model has %zu %s", count, key);
    for (size_t i = 0; i < count; i++) {
        nodes[i] = node_of(b, is_single ? places : json_array_get(places, i));
        if (nodes[i] == NULL) fixture_fail(b->f, "the model's config is not connected");
    }
    return (int64_t)count;
}

static denoise_model *build_functional(fixture *f, json_t *config)
{
    builder *b = fixture_alloc(f, sizeof(*b));
    b->f = f;
    fixture_ok(f, denoise_graph_new(&b->graph, text_of(f, config, "name")));
    fixture_keep_graph(f, b->graph);
    json_t *given, *list = json_object_get(config, "layers");
    size_t i, count = json_array_size(list);
    denoise_layer **layers = fixture_alloc(f, (count + 1) * sizeof(*layers));
    json_array_foreach(list, i, given)
    {
        layers[i] = keras_layer(f, text_of(f, given, "class_name"), json_object_get(given, "config"));
    }
    for (bool has_advanced = true; has_advanced;) {
        has_advanced = false;
        for (i = 0; i < count; i++)
            has_advanced = advance(b, layers[i], json_array_get(list, i)) || has_advanced;
    }
    denoise_node *inputs[MAX_ENDS], *outputs[MAX_ENDS];
    int64_t input_count = ends(b, config, "input_layers", inputs), output_count = ends(b, config, "output_layers", outputs);
    denoise_model *model;
    fixture_ok(f, denoise_graph_build_many(&model, b->graph, inputs, input_count, outputs, output_count, NULL));
    return fixture_keep_model(f, model);
}

denoise_model *keras_model(fixture *f, json_t *config)
{
    if (!json_is_array(json_object_get(config, "layers"))) fixture_fail(f, "a model's config has no layers");
    return json_object_get(config, "input_layers") != NULL ? build_functional(f, config) : build_sequential(f, config);
}
