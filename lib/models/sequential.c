/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "core/text.h"
#include "models/model.h"

struct denoise_sequential {
    denoise_graph *graph;
    denoise_node *first, *last;
};

denoise_status denoise_sequential_new(denoise_sequential **out, const char *name)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    denoise_sequential *sequential = denoise__allocate_zeroed(1, sizeof *sequential);
    if (sequential == NULL) return denoise__fail_nomem();
    denoise_status status = denoise_graph_new(&sequential->graph, name != NULL ? name : "sequential");
    if (status != DENOISE_OK) {
        denoise__release(sequential);
        return status;
    }
    *out = sequential;
    return DENOISE_OK;
}

void denoise_sequential_free(denoise_sequential *sequential)
{
    if (sequential == NULL) return;
    denoise_graph_free(sequential->graph);
    denoise__release(sequential);
}

const char *denoise_sequential_error(const denoise_sequential *sequential)
{
    return sequential == NULL ? "" : denoise_graph_error(sequential->graph);
}

static denoise_status finish(denoise_sequential *sequential, denoise_node *node)
{
    if (node->inert) return denoise__fail_text(sequential->graph->status, sequential->graph->message);
    if (sequential->first == NULL) sequential->first = node;
    sequential->last = node;
    return DENOISE_OK;
}

static bool is_input_layer(const denoise_layer *layer)
{
    return layer->part.kind != NULL && denoise__layer_kind_of(layer)->max_inputs == 0;
}

denoise_status denoise_sequential_add(denoise_sequential *sequential, denoise_layer *layer)
{
    if (sequential == NULL) {
        denoise__layer_refuse(layer);
        return denoise__fail_null(__func__, "sequential");
    }
    denoise_graph *graph = sequential->graph;
    if (layer == NULL) return denoise__graph_poison(graph, denoise__fail_null(__func__, "layer"));
    bool is_first = sequential->last == NULL && graph->status == DENOISE_OK;
    bool is_input = is_input_layer(layer), is_broken = layer->part.status != DENOISE_OK;
    char class_name[DENOISE__TEXT_SIZE]; /* the layer may be gone after apply */
    denoise__format(class_name, sizeof class_name, "%s", layer->part.kind == NULL ? "" : layer->part.kind->class_name);
    denoise_node *node = is_first && is_input ? denoise_graph_input_layer(graph, layer)
                                              : denoise_graph_apply_many(graph, layer, &sequential->last, is_first ? 0 : 1);
    bool is_other_failure = is_broken || graph->status == DENOISE_ERR_NOMEM || graph->status == DENOISE_ERR_OWNED;
    if (is_first && !is_input && node->inert && !is_other_failure) {
        graph->status = DENOISE_OK;
        return denoise__graph_poison(
            graph, denoise__fail(DENOISE_ERR_INVALID,
                                 "sequential \"%s\": the first layer must be an input layer (denoise_layer_input), "
                                 "not \"%s\"",
                                 graph->name, class_name));
    }
    return finish(sequential, node);
}

denoise_status denoise_sequential_add_model(denoise_sequential *sequential, denoise_model *model)
{
    DENOISE__CHECK_NULL(sequential);
    denoise_graph *graph = sequential->graph;
    if (model == NULL) return denoise__graph_poison(graph, denoise__fail_null(__func__, "model"));
    if (sequential->last == NULL && graph->status == DENOISE_OK) {
        if (model->input_count != 1) {
            return denoise__graph_poison(graph, denoise__fail(DENOISE_ERR_SHAPE,
                                                              "sequential \"%s\": model \"%s\" has %d inputs, expected 1",
                                                              graph->name, model->name, (int)model->input_count));
        }
        const denoise__shape *shape = denoise__model_input_shape(model, 0);
        DENOISE__TRY(finish(sequential, denoise_graph_input(graph, shape->dim, shape->rank)));
    }
    return finish(sequential, denoise_graph_apply_model(graph, model, sequential->last));
}

denoise_status denoise_sequential_build(denoise_model **out, denoise_sequential *sequential,
                                        const denoise_build_options *options)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(sequential);
    denoise_graph *graph = sequential->graph;
    if (graph->status == DENOISE_OK && sequential->last == NULL) {
        return denoise__fail(DENOISE_ERR_STATE, "sequential \"%s\" has no layers", graph->name);
    }
    return denoise__graph_build(out, graph, &sequential->first, 1, &sequential->last, 1, options, true);
}
