/* SPDX-License-Identifier: Apache-2.0 */
/* Layers: descriptor of a kind, and the object that holds a layer's weights. A layer never sees a model, a trainer or a
 * file. Shapes here are those of one sample: the batch axis is in front of them.
 *
 * A layer that is applied is asked for input_spec, infer and weights; the first application makes the weights. A plan asks for
 * state_size and scratch_size. A step of training calls forward on each block of the batch and then backward, layer by layer
 * and several blocks at a time, on as many threads; once loss and gradients have turned out finite and the weights are updated,
 * it calls commit. Predict calls forward alone. "A layer" in docs/extending.md has a whole kind with one weight; layers/dense.c
 * is one that uses the pool. */
#ifndef DENOISE_LAYERS_LAYER_H
#define DENOISE_LAYERS_LAYER_H

#include "activations/activation.h"
#include "core/part.h"
#include "core/variable.h"
#include "tensor/shape.h"
#include <denoise/layer.h>

/* First fields of every layer's configuration. */
typedef struct denoise__layer_config {
    char name[DENOISE__TEXT_SIZE]; /* "" = automatic */
    int32_t trainable;
} denoise__layer_config;
/* The rows for them; `config` is the kind's struct, which has the member `denoise__layer_config layer;` first. */
#define DENOISE__LAYER_PARAMS(config)                                                                                          \
    DENOISE__PARAM("name", DENOISE_PARAM_TEXT, offsetof(config, layer.name), "None",                                           \
                   "name in the model; None = made from the class", .flags = DENOISE__NULLABLE, .minimum = NAN,                \
                   .maximum = NAN),                                                                                            \
        DENOISE__PARAM("trainable", DENOISE_PARAM_BOOL, offsetof(config, layer.trainable), "true",                             \
                       "whether training changes the weights", .minimum = NAN, .maximum = NAN)

typedef struct denoise__weight_spec {
    const char *name; /* "kernel" */
    denoise__shape shape;
    const denoise__kind_ref *initializer; /* of the configuration */
    const denoise__kind_ref *regularizer; /* NULL or None = none */
    const denoise__kind_ref *constraint;  /* NULL or None = none */
    bool trainable;                       /* false: a statistic, never trained */
    denoise_status failure;               /* of a kind that could not say it; the last message of this thread has the reason */
} denoise__weight_spec;

/* A length may be any, but not an unknown one: weights depend on it. */
enum { DENOISE__KNOWN = -2 };

enum { DENOISE__MASKS_NOT = 0, DENOISE__MASKS_BY_INPUT = 1, DENOISE__MASKS_BY_OUTPUT = 2 };

/* What an input must be. Lengths are counted from the end: of the last axis, of the one before it, ... */
typedef struct denoise__input_spec {
    int32_t min_rank, max_rank;         /* of one sample; preset 0 and DENOISE_MAX_RANK - 1 */
    int64_t from_end[DENOISE_MAX_RANK]; /* 0 or DENOISE__UNKNOWN: any length; DENOISE__KNOWN; preset 0 */
} denoise__input_spec;

/* Random numbers of one application at one step. Number c of sample r of these arrays (r counts from 0) is number first + r
 * step + c of the stream, so that neither blocks nor layouts change it. */
typedef struct denoise__layer_random {
    uint64_t seed, stream;
    uint64_t first;
    int64_t step;
} denoise__layer_random;

/* One application of a layer to a batch, or to a block of its rows: a block is a small batch. */
typedef struct denoise__layer_args {
    const void *config;
    int64_t batch; /* samples in these arrays */
    int32_t input_count, output_count;
    const denoise__shape *input_shapes;  /* of one sample */
    const denoise__shape *output_shapes; /* of one sample */
    const float *const *inputs;
    float *const *outputs;
    const float *const *weights; /* all of them in the order of `weights`, statistics included */
    /* What ends the layer (see `activation` below): forward applies it to the finished rows with denoise__layer_finish.
     * The runner passes None where a loss absorbs the activation. */
    const denoise__kind_ref *activation;
    float *pre_activation; /* not NULL: also keep the values before the activation here */
    /* backward */
    const float *const
        *output_gradients;          /* an entry is NULL where no loss looks; the activation's derivative is already applied */
    float *const *input_gradients;  /* overwritten; an entry is NULL where none is needed */
    float *const *weight_gradients; /* overwritten; an entry is NULL where none is needed, as for statistics */
    /* commit */
    float *const *statistics; /* as weights; an entry is NULL where the weight is trained */
    void *state;              /* state_size bytes kept from forward to backward and commit, 64-byte aligned */
    void *scratch;            /* scratch_size bytes for this call alone, 64-byte aligned */
    void *prepared;           /* what `prepare` made of the weights, 64-byte aligned; prepare writes it */
    bool training;
    bool rectified_input; /* inputs[0] came out of a rectifier: see `masks_by` */
    bool is_direct;       /* convolutions are computed in their direct form: see denoise_set_convolution() */
    bool is_frozen; /* the layer does not train: commit is not called, and Keras' BatchNormalization is as outside training */
    denoise__layer_random random;
    /* Reserved: a byte per row and step of a sequence; NULL until a kind makes masks. */
    const uint8_t *const *input_masks;
    uint8_t *const *output_masks;
} denoise__layer_args;

typedef struct denoise__layer_kind {
    denoise__kind base;
    int32_t min_inputs, max_inputs;
    bool is_alias;         /* output has the input's bytes in another shape: forward and backward are never called */
    bool is_training_only; /* identity outside training: treated as an alias there */
    bool is_row_local; /* sample i of every output depends on sample i of the inputs alone: blocks of samples may run apart */
    bool is_batch_wide_in_training; /* except in training, unless frozen: there a sample depends on the whole batch */
    bool is_elementwise; /* and, where all shapes are equal, element i on element i alone, or on random numbers by `random`:
                          * pieces of a sample may run apart */
    /* outputs[0] may be inputs[0] where they have the same size and nothing else reads it, the layer's other inputs and
     * backward included; and input_gradients[0] may be output_gradients[0] */
    bool may_overwrite_input;
    /* forward ends with args->activation where that rectifies, though the layer has none itself; backward, where it makes
     * input_gradients[0], begins with the derivative, by outputs[0] */
    bool takes_rectifier;
    /* Which array backward reads, where args->rectified_input, to make input_gradients[0] 0 where inputs[0] is not above 0, so
     * that the layer before need not: DENOISE__MASKS_NOT, _BY_INPUT or _BY_OUTPUT. */
    int32_t masks_by;
    bool backward_needs_input;                   /* backward reads inputs */
    bool backward_needs_output;                  /* backward reads outputs */
    bool needs_known_lengths;                    /* infer and weights cannot take inputs of DENOISE__UNKNOWN lengths */
    int32_t (*output_count)(const void *config); /* NULL: one */
    /* Presets of *spec are "anything". `first`: shapes of the first application, whose weights later ones share; NULL: there
     * was none. The function NULL: any input. Checked before infer at every application, with one text for all kinds. */
    void (*input_spec)(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec);
    /* Shapes of all outputs of one sample, or an error that says what was expected and given (the caller adds the layer's
     * name). Lengths of inputs may be DENOISE__UNKNOWN: then those of outputs that depend on them are. Asked again, by any
     * thread, once sizes are known; what is wrong with these is told then. */
    denoise_status (*infer)(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs);
    /* Number of weights and their specifications, in Keras' order. specs NULL: the number alone; the function NULL: none.
     * Called after infer succeeded. */
    int32_t (*weights)(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs);
    /* The activation that ends the layer, which then has one output; NULL: none. */
    const denoise__kind_ref *(*activation)(const void *config);
    /* Bytes of state (training) and of scratch for a batch, for forward or for backward; NULL: none. */
    size_t (*state_size)(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch);
    size_t (*scratch_size)(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward);
    /* What forward and, with is_backward, backward read of the weights, in an order of the kind's own: bytes for inputs of
     * these shapes, and the function that makes it, called before the first forward after they changed. It sees config, shapes
     * and weights. NULL: none. */
    size_t (*prepared_size)(const void *config, const denoise__shape *inputs, int32_t count, bool is_backward);
    void (*prepare)(const denoise__layer_args *args, bool is_backward);
    /* A failure ends the step, and its status is the answer of fit, evaluate or predict; the caller adds the layer's name. */
    denoise_status (*forward)(const denoise__layer_args *args);
    denoise_status (*backward)(const denoise__layer_args *args); /* NULL only for is_alias */
    /* Once the step is accepted and the weights are updated; the only place that writes statistics. It sees config, batch,
     * shapes, weights, statistics and state: the arrays of values are gone. NULL: none. Not for kinds that are row-local in
     * training. */
    void (*commit)(const denoise__layer_args *args);
} denoise__layer_kind;

extern const denoise__registry denoise__layer_registry;

/* Rows first..first+count-1 (of the last axis) of args->outputs[0] hold final values before the activation: keeps them in
 * pre_activation where wanted and applies the activation in place, which is none that can fail (activations/activation.h).
 * Called from any thread. */
void denoise__layer_finish(const denoise__layer_args *args, int64_t first, int64_t count);

/* A weight is a variable; `spec` says how it came about. */
typedef struct denoise__weight {
    denoise__weight_spec spec;
    denoise__variable variable; /* float32; role WEIGHT or STATISTIC */
} denoise__weight;

static inline float *denoise__weight_values(const denoise__weight *weight)
{
    return weight->variable.values;
}

/* Shared and exclusive use of the weights; see layers/weight_lock.h. */
typedef struct denoise__weight_lock {
    atomic_int users;         /* > 0 readers, -1 a writer */
    _Atomic(uintptr_t) owner; /* thread token of the writer */
} denoise__weight_lock;

struct denoise_layer {
    denoise__part part;
    char name[DENOISE__TEXT_SIZE]; /* final name once adopted; "" before when automatic */
    bool trainable;
    bool is_built;   /* weights exist; input shapes are fixed */
    bool has_values; /* the weights have */
    int32_t input_count, output_count;
    denoise__shape *input_shapes;  /* of the first application */
    denoise__shape *output_shapes; /* likewise */
    int32_t weight_count;
    denoise__weight *weights; /* versions and homes change under the exclusive lock */
    denoise__weight_lock lock;
    denoise_layer *next; /* in the list of the graph that adopted it */
};

static inline const denoise__layer_kind *denoise__layer_kind_of(const denoise_layer *layer)
{
    return (const denoise__layer_kind *)(const void *)layer->part.kind;
}

int32_t denoise__layer_output_count(const denoise_layer *layer); /* of a sound layer; >= 1 */
/* Infers the shapes of all outputs; on the first application it also makes the weights, later ones must fit them. */
denoise_status denoise__layer_apply_shapes(denoise_layer *layer, const denoise__shape *inputs, int32_t count,
                                           denoise__shape *outputs);
/* Gives initial values to weights that have none, to those of all these layers or, where an initializer fails, of none; their
 * positions, from `position` on, key the streams. */
denoise_status denoise__layers_initialize(denoise_layer *const *layers, int64_t count, uint64_t seed, int64_t position);
/* A layer from gathered parameters, which are freed. Never NULL: inert when it cannot be made. */
denoise_layer *denoise__layer_make(const char *name, denoise__gather *given);
void denoise__layer_release(denoise_layer *layer); /* drops one reference */
void denoise__layer_refuse(denoise_layer *layer);  /* see denoise__part_refuse(); NULL is accepted */

/* All weights, statistics included, as core/variable.h has it for one. Whoever reads or writes them while holding a lock brings
 * them home first, and the writer says so afterwards. */
denoise_status denoise__layer_visit(denoise_layer *layer, const char *path, const denoise__visitor *visitor);
void denoise__layer_bring_home(denoise_layer *layer);
void denoise__layer_touch(denoise_layer *layer);
bool denoise__layer_is_finite(denoise_layer *layer, int32_t *weight, int64_t *element);
int64_t denoise__layer_param_count(const denoise_layer *layer);

#endif
