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

/**
 * Starts a graph.
 * @param out the new graph, freed by the caller; NULL on failure
 * @param name of the model, 1 to 63 bytes without "/", as Keras' names; NULL = "functional"; copied
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE for a name of another length, DENOISE_ERR_INVALID for one with "/",
 *         DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_graph_new(denoise_graph **out, const char *name);
/**
 * An input of one sample's shape.
 * @param graph the graph
 * @param shape rank lengths >= 1, without the batch axis; -1: any length, as denoise_layer_input() has it; copied; may be NULL
 * when rank is 0
 * @param rank 0 .. 7
 * @return borrowed from the graph, never NULL; a static inert node for a NULL graph. An inert one stands for a failure that
 *         denoise_graph_build() reports: the failure of an inert layer, DENOISE_ERR_NULL, DENOISE_ERR_RANGE,
 * DENOISE_ERR_OVERFLOW, DENOISE_ERR_SHAPE or DENOISE_ERR_INVALID for a wrong number of inputs or a node that is inert,
 * DENOISE_ERR_NAME for two layers of one name, DENOISE_ERR_OWNED for a part of another graph, DENOISE_ERR_LIMIT for models
 * nested more than 64 deep, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_node *denoise_graph_input(denoise_graph *graph, const int64_t *shape, int32_t rank);
/**
 * An input made as a layer, to give it a name.
 * @param graph the graph
 * @param layer an input layer; adopted, also when the call fails
 * @return as denoise_graph_input(): borrowed, never NULL, possibly inert. Since 0.1.
 */
DENOISE_API denoise_node *denoise_graph_input_layer(denoise_graph *graph, denoise_layer *layer);
/**
 * Applies a layer to a node.
 * @param graph the graph
 * @param layer adopted, also when the call fails; may be applied again in this graph
 * @param input a node of this graph
 * @return as denoise_graph_input(): borrowed, never NULL, possibly inert. Since 0.1.
 */
DENOISE_API denoise_node *denoise_graph_apply(denoise_graph *graph, denoise_layer *layer, denoise_node *input);
/**
 * Applies a layer to several nodes, as Add and Concatenate need.
 * @param graph the graph
 * @param layer adopted, also when the call fails; may be applied again in this graph
 * @param inputs count nodes of this graph; may be NULL when count is 0
 * @param count how many; 0 for an input layer
 * @return as denoise_graph_input(): borrowed, never NULL, possibly inert. Since 0.1.
 */
DENOISE_API denoise_node *denoise_graph_apply_many(denoise_graph *graph, denoise_layer *layer, denoise_node *const *inputs,
                                                   int64_t count);
/**
 * Applies a layer of several outputs. denoise_graph_apply() and denoise_graph_apply_many() are for layers of one output.
 * @param outputs room for output_count nodes, all set: inert ones after a failure, except for a count beyond 2^30
 * @param output_count the layer's number of outputs
 * @param graph the graph
 * @param layer adopted, also when the call fails; may be applied again in this graph
 * @param inputs input_count nodes of this graph; may be NULL when input_count is 0
 * @param input_count how many
 * @return DENOISE_OK, or the failures that denoise_graph_input() lists, DENOISE_ERR_RANGE for another number of outputs among
 * them. Since 0.2.
 */
DENOISE_API denoise_status denoise_graph_apply_layer_many(denoise_node **outputs, int64_t output_count, denoise_graph *graph,
                                                          denoise_layer *layer, denoise_node *const *inputs,
                                                          int64_t input_count);
/**
 * Applies a model of one input and one output like a layer; its weights are shared, not copied.
 * @param graph the graph
 * @param model kept alive by the graph
 * @param input a node of this graph
 * @return as denoise_graph_input(): borrowed, never NULL, possibly inert. Since 0.1.
 */
DENOISE_API denoise_node *denoise_graph_apply_model(denoise_graph *graph, denoise_model *model, denoise_node *input);
/**
 * Applies any model.
 * @param outputs room for output_count nodes, all set: inert ones after a failure, except for a count beyond 2^30
 * @param output_count the model's number of outputs
 * @param graph the graph
 * @param model kept alive by the graph
 * @param inputs input_count nodes of this graph
 * @param input_count the model's number of inputs
 * @return DENOISE_OK, or the failures that denoise_graph_input() lists. Since 0.1.
 */
DENOISE_API denoise_status denoise_graph_apply_model_many(denoise_node **outputs, int64_t output_count, denoise_graph *graph,
                                                          denoise_model *model, denoise_node *const *inputs,
                                                          int64_t input_count);
/**
 * Shape of one sample of a node.
 * @param node the node
 * @param shape room for DENOISE_MAX_RANK lengths, -1 for one that the data tell; unchanged on failure
 * @param rank set to the number of lengths; unchanged on failure
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_INVALID for an inert node. Since 0.1.
 */
DENOISE_API denoise_status denoise_node_shape(const denoise_node *node, int64_t *shape, int32_t *rank);
/**
 * Makes a model of one input and one output; the graph may be used again.
 * @param out the new model, freed by the caller; NULL on failure
 * @param graph the graph
 * @param input a node that denoise_graph_input() or denoise_graph_input_layer() gave
 * @param output a node that follows from the input
 * @param options NULL = defaults
 * @return DENOISE_OK; the first failure of the calls before; DENOISE_ERR_NULL; DENOISE_ERR_OWNED for a node of another graph;
 *         DENOISE_ERR_INVALID when the output does not follow from the input, or for wrong options; DENOISE_ERR_RANGE for a
 * name that has not 1 to 63 bytes; DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_graph_build(denoise_model **out, denoise_graph *graph, denoise_node *input,
                                               denoise_node *output, const denoise_build_options *options);
/**
 * Makes a model of any number of inputs and outputs.
 * @param out the new model, freed by the caller; NULL on failure
 * @param graph the graph
 * @param inputs input_count nodes, all different
 * @param input_count >= 1
 * @param outputs output_count nodes
 * @param output_count >= 1
 * @param options NULL = defaults
 * @return as denoise_graph_build(), and DENOISE_ERR_RANGE for a count out of range. Since 0.1.
 */
DENOISE_API denoise_status denoise_graph_build_many(denoise_model **out, denoise_graph *graph, denoise_node *const *inputs,
                                                    int64_t input_count, denoise_node *const *outputs, int64_t output_count,
                                                    const denoise_build_options *options);
/**
 * The text of the first failure.
 * @param graph the graph
 * @return borrowed from the graph; "" when there was none; "" for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_graph_error(const denoise_graph *graph);
/** Frees the graph, its nodes and its layers, except where models hold them. @param graph NULL is accepted. Since 0.1. */
DENOISE_API void denoise_graph_free(denoise_graph *graph);

#ifdef __cplusplus
}
#endif
#endif
