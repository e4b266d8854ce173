/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a model and of a graph. */
#ifndef DENOISE_MODELS_MODEL_H
#define DENOISE_MODELS_MODEL_H

#include "models/topology.h"
#include <denoise/graph.h>
#include <denoise/model.h>
#include <denoise/sequential.h>

/* One weight of a model, in Keras' order. */
typedef struct denoise__weight_ref {
    denoise_layer *layer;
    int32_t index;
    const denoise_model *parent; /* the innermost model that holds the layer */
} denoise__weight_ref;

struct denoise_model {
    atomic_int references;
    char name[DENOISE__TEXT_SIZE];
    bool is_sequential;
    bool trainable; /* false: training this model changes nothing, whatever its layers say */
    denoise__topology topology;
    int32_t input_count, output_count;
    denoise__output_ref *inputs, *outputs;
    int64_t layer_count; /* all layers, those of models inside included, each once, in Keras' order */
    denoise_layer **layers;
    int64_t model_count; /* likewise all models inside; the topology holds them */
    denoise_model **models;
    int64_t weight_count;
    denoise__weight_ref *weights;
    int32_t depth; /* 1 + greatest depth of the models inside */
};

enum { DENOISE__MAX_MODEL_DEPTH = 64 };

/* How many pointers of a caller's array may be written to when a call fails: none where no array is as long as the count. */
static inline int64_t denoise__room(int64_t count)
{
    return count > INT32_MAX / 2 ? 0 : count;
}

/* Retains all layers; takes the topology over, also on failure. */
denoise_status denoise__model_make(denoise_model **out, const char *name, bool is_sequential, denoise__topology *topology,
                                   const denoise__output_ref *inputs, int32_t input_count, const denoise__output_ref *outputs,
                                   int32_t output_count);
void denoise__model_retain(denoise_model *model);
const denoise__shape *denoise__model_input_shape(const denoise_model *model, int32_t index);
const denoise__shape *denoise__model_output_shape(const denoise_model *model, int32_t index);

/* Name of the activation that an output ends with; NULL: none. */
const char *denoise__model_output_activation(const denoise_model *model, int32_t output);
/* Where a layer of the model stands: "classifier/dense", the models around it (this one excepted) and itself. A shared layer
 * has one path, that of its first place. */
denoise_status denoise__model_layer_path(const denoise_model *model, const denoise_layer *layer, char *out, size_t size);
/* All weights and statistics, layer by layer, each once, under "path of the layer/weight". The caller has the layers' locks. */
denoise_status denoise__model_visit(denoise_model *model, const denoise__visitor *visitor);
/* The name that a weight had in files of version 0.1: of the models around its layer only the innermost was told. As
 * denoise_model_weight_name() otherwise. */
int64_t denoise__model_old_weight_name(const denoise_model *model, int64_t index, char *buffer, int64_t size);
/* Whether training this model changes a weight of it. As in Keras (Layer.trainable_variables) a frozen model trains nothing,
 * and a model inside has no say: freezing it has frozen its layers, each of which may be freed again. */
bool denoise__model_trains(const denoise_model *model, const denoise__weight_ref *ref);

/* Layer j of all that the model lists (Keras' model.layers): -1 past the end. A sequential model leaves its input layer out. */
int32_t denoise__model_listed_operation(const denoise_model *model, int64_t index);

denoise_status denoise__build_options_check(const denoise_build_options *options, denoise_build_options *known);

struct denoise_node {
    denoise_graph *graph; /* NULL: the static inert node */
    bool inert;
    denoise__output_ref value;
    denoise__shape shape;
};

struct denoise_graph {
    char name[DENOISE__TEXT_SIZE];
    const void *owner; /* token under which its layers are adopted */
    denoise__topology topology;
    denoise_status status; /* first failure */
    char message[DENOISE__MESSAGE_SIZE];
    int64_t node_count, node_capacity;
    denoise_node **nodes;
    denoise_node inert;     /* what failed calls return */
    denoise_layer *adopted; /* the first of a list: adopting takes no memory, so a layer stays readable whatever fails */
};

/* Gives the graph's first failure a memory and returns it. */
denoise_status denoise__graph_poison(denoise_graph *graph, denoise_status status);
denoise_status denoise__graph_build(denoise_model **out, denoise_graph *graph, denoise_node *const *inputs, int64_t input_count,
                                    denoise_node *const *outputs, int64_t output_count, const denoise_build_options *options,
                                    bool is_sequential);
#endif
