/* SPDX-License-Identifier: Apache-2.0 */
/* Topology: operations (layers and models), and their applications (calls), whose outputs are values. */
#ifndef DENOISE_MODELS_TOPOLOGY_H
#define DENOISE_MODELS_TOPOLOGY_H

#include "layers/layer.h"
#include <denoise/model.h>

/* Output `output` of call `call`. */
typedef struct denoise__output_ref {
    int32_t call;
    int32_t output;
} denoise__output_ref;

/* A layer or a model; holds a reference. */
typedef struct denoise__operation {
    denoise_layer *layer;
    denoise_model *model;
} denoise__operation;

typedef struct denoise__call {
    int32_t operation;
    int32_t node_index; /* how many calls of the operation came before in its graph; Keras' "dense[1][0]" */
    int32_t input_count;
    int32_t output_count;
    int32_t depth; /* greatest number of calls between this one and an output of the model */
    denoise__output_ref *inputs;
    denoise__shape *shapes; /* of the outputs, without the batch axis */
    denoise_model *sized;   /* the operation's model for inputs of these shapes; holds a reference. NULL: the model itself */
} denoise__call;

typedef struct denoise__topology {
    int32_t operation_count, operation_capacity;
    int32_t call_count, call_capacity;
    denoise__operation *operations;
    denoise__call *calls;
} denoise__topology;

/* Adds an operation (retained) or finds it; its index goes to *index. */
denoise_status denoise__topology_add_operation(denoise__topology *topology, denoise_layer *layer, denoise_model *model,
                                               int32_t *index);
/* Adds a call with copies of inputs and shapes, and no sized model. On failure the topology is as before. */
denoise_status denoise__topology_add_call(denoise__topology *topology, int32_t operation, const denoise__output_ref *inputs,
                                          int32_t input_count, const denoise__shape *shapes, int32_t output_count);
void denoise__topology_clear(denoise__topology *topology);

bool denoise__call_is_input(const denoise__topology *topology, const denoise__call *call);
const char *denoise__operation_name(const denoise__operation *operation);
const char *denoise__operation_class(const denoise__operation *operation);

/* The part of a graph that leads from inputs to outputs, in Keras' order: operations by depth, then by when a depth-first walk
 * from the outputs first met them; calls so that each comes after its inputs. inputs and outputs are rewritten to the new
 * topology. An input that is not the output of an input layer becomes a new input layer (Keras clones the graph there). */
denoise_status denoise__topology_extract(denoise__topology *out, const denoise__topology *graph, denoise__output_ref *inputs,
                                         int32_t input_count, denoise__output_ref *outputs, int32_t output_count);

/* "base", "base_1", ... : the first that no operation of a or b (each may be NULL) has; name has DENOISE__TEXT_SIZE bytes. */
/* 1 to 63 bytes without "/", which joins the names of models, layers and weights to a path. */
denoise_status denoise__check_model_name(const char *where, const char *name);
void denoise__unique_name(char *name, const char *base, const denoise__topology *a, const denoise__topology *b);

#endif
