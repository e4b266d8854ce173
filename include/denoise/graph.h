/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Graph: the functional form. Nodes are values; applying a layer, or a whole model, to nodes gives a node.
 *
 * Node calls return the node at once. After a failure they return an inert node; the graph keeps the first failure, and
 * denoise_graph_build() reports it. Nodes belong to their graph.
 */
#ifndef DENOISE_GRAPH_H
#define DENOISE_GRAPH_H

#include <denoise/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A builder of functional models. Since 0.1. */
typedef struct denoise_graph denoise_graph;
/** A value in a graph; lives as long as the graph. Since 0.1. */
typedef struct denoise_node denoise_node;

/** Starts a graph. @param out freed by the caller. @param name of the model; NULL = "functional". Since 0.1. */
DENOISE_API denoise_status denoise_graph_new(denoise_graph **out, const char *name);
/** An input of one sample's shape. @return never NULL, but for a NULL graph a static inert node. Since 0.1. */
DENOISE_API denoise_node *denoise_graph_input(denoise_graph *graph, const int64_t *shape, int32_t rank);
/** An input made as a layer, to give it a name. Since 0.1. */
DENOISE_API denoise_node *denoise_graph_input_layer(denoise_graph *graph, denoise_layer *layer);
/** Applies a layer to a node; the layer is adopted and may be applied again in this graph. Since 0.1. */
DENOISE_API denoise_node *denoise_graph_apply(denoise_graph *graph, denoise_layer *layer, denoise_node *input);
/** Applies a layer to several nodes, as Add and Concatenate need. Since 0.1. */
DENOISE_API denoise_node *denoise_graph_apply_many(denoise_graph *graph, denoise_layer *layer, denoise_node *const *inputs,
                                                   int64_t count);
/** Applies a model of one input and one output like a layer; its weights are shared, not copied. Since 0.1. */
DENOISE_API denoise_node *denoise_graph_apply_model(denoise_graph *graph, denoise_model *model, denoise_node *input);
/** Applies any model. @param outputs room for output_count nodes, all set (inert ones after a failure). Since 0.1. */
DENOISE_API denoise_status denoise_graph_apply_model_many(denoise_node **outputs, int64_t output_count, denoise_graph *graph,
                                                          denoise_model *model, denoise_node *const *inputs,
                                                          int64_t input_count);
/** Shape of one sample of a node. @param shape room for DENOISE_MAX_RANK lengths. Since 0.1. */
DENOISE_API denoise_status denoise_node_shape(const denoise_node *node, int64_t *shape, int32_t *rank);
/** Makes a model of one input and one output; the graph may be used again. @param out freed by the caller. @param options NULL
 * = defaults.
 * @return the first failure of the calls before, DENOISE_ERR_INVALID when the output does not follow from the input,
 * DENOISE_ERR_NOMEM, ... Since 0.1. */
DENOISE_API denoise_status denoise_graph_build(denoise_model **out, denoise_graph *graph, denoise_node *input,
                                               denoise_node *output, const denoise_build_options *options);
/** Makes a model of any number of inputs and outputs. Since 0.1. */
DENOISE_API denoise_status denoise_graph_build_many(denoise_model **out, denoise_graph *graph, denoise_node *const *inputs,
                                                    int64_t input_count, denoise_node *const *outputs, int64_t output_count,
                                                    const denoise_build_options *options);
/** The text of the first failure; borrowed; "" when there is none. Since 0.1. */
DENOISE_API const char *denoise_graph_error(const denoise_graph *graph);
/** Frees the graph, its nodes and its layers, except where models hold them. Since 0.1. */
DENOISE_API void denoise_graph_free(denoise_graph *graph);

#ifdef __cplusplus
}
#endif
#endif
