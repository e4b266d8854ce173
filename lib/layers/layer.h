/* SPDX-License-Identifier: Apache-2.0 */
/* Layers: descriptor of a kind, and the object that holds a layer's weights. A layer never sees a model, a trainer or a
 * file. Shapes here are those of one sample: the batch axis is in front of them. */
#ifndef DENOISE_LAYERS_LAYER_H
#define DENOISE_LAYERS_LAYER_H

#include "activations/activation.h"
#include "core/part.h"
#include "tensor/shape.h"
#include <denoise/layer.h>

enum { DENOISE__MAX_WEIGHTS = 8 };

/* First fields of every layer's configuration. */
typedef struct denoise__layer_config {
    char name[DENOISE__TEXT_SIZE]; /* "" = automatic */
    int32_t trainable;
} denoise__layer_config;
/* The rows for them; `config` is the kind's struct, which has the member `denoise__layer_config layer;` first. */
#define DENOISE__LAYER_PARAMS(config)                                                                                          \
    {"name",                                                                                                                   \
     DENOISE_PARAM_TEXT,                                                                                                       \
     DENOISE__NULLABLE,                                                                                                        \
     offsetof(config, layer.name),                                                                                             \
     "None",                                                                                                                   \
     NAN,                                                                                                                      \
     NAN,                                                                                                                      \
     NULL,                                                                                                                     \
     NULL,                                                                                                                     \
     "name in the model; None = made from the class"},                                                                         \
    {                                                                                                                          \
        "trainable", DENOISE_PARAM_BOOL, 0, offsetof(config, layer.trainable), "true", NAN, NAN, NULL, NULL,                   \
            "whether training changes the weights"                                                                             \
    }

typedef struct denoise__weight_spec {
    const char *name; /* "kernel" */
    denoise__shape shape;
    const denoise__kind_ref *initializer; /* of the configuration */
    const denoise__kind_ref *regularizer; /* NULL or None = none */
    bool trainable;                       /* false: a statistic, never trained */
} denoise__weight_spec;

/* One application of a layer to a batch. */
typedef struct denoise__layer_args {
    const void *config;
    int64_t batch;
    int32_t input_count;
    const denoise__shape *input_shapes; /* of one sample */
    const denoise__shape *output_shape;
    const float *const *inputs;
    float *output;
    const float *const *weights;
    /* What ends the layer (see `activation` below): forward applies it to the finished rows with denoise__layer_finish.
     * The runner passes None where a loss absorbs the activation. */
    const denoise__kind_ref *activation;
    float *pre_activation; /* not NULL: also keep the values before the activation here */
    /* backward */
    const float *output_gradient;   /* the derivative of the activation is already applied */
    float *const *input_gradients;  /* overwritten; an entry is NULL where none is needed */
    float *const *weight_gradients; /* overwritten; an entry is NULL where none is needed */
    void *state;                    /* state_size bytes kept from forward to backward, 64-byte aligned */
    void *scratch;                  /* scratch_size bytes for this call alone, 64-byte aligned */
    bool training;
    uint64_t seed, stream; /* random numbers of this application at this step */
} denoise__layer_args;

typedef struct denoise__layer_kind {
    denoise__kind base;
    int32_t min_inputs, max_inputs;
    bool is_alias;         /* output has the input's bytes in another shape: forward and backward are never called */
    bool is_training_only; /* identity outside training: treated as an alias there */
    bool is_affine;        /* y = f(x K + b) on the last axis: weights are K (columns, units) and, if at all, b (units) */
    void (*rescales)(const void *config, double *scale, double *offset); /* not NULL: y = x scale + offset */
    bool backward_needs_input;                                           /* backward reads inputs */
    bool backward_needs_output;                                          /* backward reads output */
    /* Output shape of one sample, or an error that says what was expected and given (the caller adds the layer's name). */
    denoise_status (*infer)(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *output);
    /* Number of weights and their specifications, in Keras' order; NULL: none. Called after infer succeeded. */
    int32_t (*weights)(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs);
    /* The activation that ends the layer; NULL: none. */
    const denoise__kind_ref *(*activation)(const void *config);
    /* Bytes of state (training) and scratch for a batch; NULL: none. */
    size_t (*state_size)(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch);
    size_t (*scratch_size)(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch);
    void (*forward)(const denoise__layer_args *args);
    void (*backward)(const denoise__layer_args *args); /* NULL only for is_alias */
} denoise__layer_kind;

extern const denoise__registry denoise__layer_registry;

/* Rows first..first+count-1 (of the last axis) of args->output hold final values before the activation: keeps them in
 * pre_activation where wanted and applies the activation in place. Called from any thread. */
void denoise__layer_finish(const denoise__layer_args *args, int64_t first, int64_t count);

typedef struct denoise__weight {
    denoise__weight_spec spec;
    int64_t count;
    float *values; /* 64-byte aligned */
} denoise__weight;

/* Shared and exclusive use of the weights; see layers/weight_lock.h. */
typedef struct denoise__weight_lock {
    atomic_int users;         /* > 0 readers, -1 a writer */
    _Atomic(uintptr_t) owner; /* thread token of the writer */
} denoise__weight_lock;

/* Where newer values of a layer's weights are, while something keeps them elsewhere. */
typedef struct denoise__weight_home {
    void (*bring)(void *context);
    void *context;
} denoise__weight_home;

struct denoise_layer {
    denoise__part part;
    char name[DENOISE__TEXT_SIZE]; /* final name once adopted; "" before when automatic */
    bool trainable;
    bool built;       /* weights exist; input shapes are fixed */
    bool initialized; /* weights have values */
    int32_t input_count;
    denoise__shape *input_shapes; /* of the first application */
    denoise__shape output_shape;
    int32_t weight_count;
    denoise__weight weights[DENOISE__MAX_WEIGHTS];
    denoise__weight_lock lock;
    uint64_t version;          /* counts the writes to the weights; changed under the exclusive lock */
    uint64_t finite_version;   /* the version after the one whose weights are known to be finite; 0: none */
    denoise__weight_home home; /* bring NULL: the values are here. Set and called by the holder of the exclusive lock */
    denoise_layer *next;       /* in the list of the graph that adopted it */
};

static inline const denoise__layer_kind *denoise__layer_kind_of(const denoise_layer *layer)
{
    return (const denoise__layer_kind *)(const void *)layer->part.kind;
}

/* Infers the output shape; on the first application it also allocates the weights, later ones must fit them. */
denoise_status denoise__layer_apply_shapes(denoise_layer *layer, const denoise__shape *inputs, int32_t count,
                                           denoise__shape *output);
/* Gives initial values to weights that have none; position keys the streams. */
void denoise__layer_initialize(denoise_layer *layer, uint64_t seed, int64_t position);
/* Brings weights up to date; whoever reads or writes them while holding a lock calls it first, and the writer says so
 * afterwards. */
void denoise__layer_bring_home(denoise_layer *layer);
void denoise__layer_touch(denoise_layer *layer);
/* The same after a write that leaves finite weights finite. */
void denoise__layer_touch_finite(denoise_layer *layer);
/* Whether weights that were written since the last such question are finite; if not, the first element that is not. */
bool denoise__layer_is_finite(denoise_layer *layer, int32_t *weight, int64_t *element);
int64_t denoise__layer_param_count(const denoise_layer *layer);
void denoise__layer_release(denoise_layer *layer); /* drops one reference */

#endif
