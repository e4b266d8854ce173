/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: a model laid out for one purpose and batch size. Models inside are expanded to their layers; every buffer gets its
 * place in one arena by the time in which it lives, so that running a plan allocates nothing.
 *
 * Time: step i runs forward at i; losses are computed at S = number of steps; step i runs backward at 2S - i. */
#ifndef DENOISE_MODELS_PLAN_H
#define DENOISE_MODELS_PLAN_H

#include "models/model.h"

typedef struct denoise__plan_options {
    int64_t batch;                      /* most rows of one run */
    bool training;                      /* dropout and noise are on */
    bool backward;                      /* gradients are computed */
    bool input_gradients;               /* those of the model's inputs too */
    const char *const *absorb;          /* per output: name of the activation that its loss absorbs, or NULL; NULL = none */
    const bool *has_loss;               /* per output: a gradient comes from outside; NULL = every one */
    const bool *needs_output;           /* per output: the values behind an absorbed activation are read; NULL = every one */
    const denoise__weight_ref *weights; /* weights whose gradients are wanted */
    int64_t weight_count;
} denoise__plan_options;

typedef struct denoise__buffer {
    int64_t bytes, offset;
    int32_t first, last; /* times of its first and last use */
} denoise__buffer;

typedef struct denoise__plan_value {
    denoise__shape shape; /* of one sample */
    int64_t size;         /* elements of one sample */
    int32_t root;         /* the value whose memory this one is: itself, unless it is only another shape */
    int32_t input;        /* which input of the model it is, or -1 */
    int32_t producer;     /* step, or -1 */
    int32_t buffer;       /* -1: an input, or never computed */
    int32_t gradient;     /* buffer or -1 */
    bool is_needed;       /* an output depends on it */
    bool needs_gradient;  /* something trainable lies before it */
    bool has_gradient;    /* a loss lies behind it */
    float *override;      /* memory of the caller's instead of the buffer, for one run */
} denoise__plan_value;

typedef struct denoise__step {
    denoise_layer *layer;                /* NULL: an absorbed activation by itself */
    const denoise__layer_kind *kind;     /* NULL likewise */
    const denoise__kind_ref *activation; /* what ends the step; NULL or the identity: nothing */
    int32_t output;                      /* value */
    int32_t input_count;
    int32_t *inputs;              /* values */
    denoise__shape *input_shapes; /* of one sample */
    bool is_alias;
    bool runs_backward;
    int32_t pre_activation, state, forward_scratch, backward_scratch; /* buffers or -1 */
    int32_t *input_gradients;                                         /* buffers or -1 */
    bool *adds_input;                               /* the buffer is added to the value's gradient afterwards */
    int32_t weight_gradients[DENOISE__MAX_WEIGHTS]; /* buffers or -1 */
    int32_t weight_targets[DENOISE__MAX_WEIGHTS];   /* buffer of the sum where weight_gradients is a part of it, else -1 */
    const float **input_pointers;                   /* filled in by each run */
    float **gradient_pointers;
} denoise__step;

typedef struct denoise__plan_output {
    int32_t value;      /* what the model answers */
    int32_t loss_value; /* what the loss reads: the same, or the values before the absorbed activation */
    bool absorbed;
    int32_t gradient; /* buffer that the loss writes, or -1 */
    bool adds;        /* it is added to the value's gradient: two losses look at one value */
} denoise__plan_output;

typedef struct denoise__plan {
    int64_t batch;
    bool training, backward;
    int32_t input_count, output_count, step_count, value_count, buffer_count;
    int32_t step_capacity, value_capacity, buffer_capacity;
    denoise__plan_value *values;
    denoise__step *steps;
    denoise__buffer *buffers;
    denoise__plan_output *outputs;
    int64_t weight_count;
    const denoise__weight_ref *weights; /* borrowed */
    int32_t *weight_buffers;            /* gradient of each wanted weight */
    int64_t arena_bytes;
    unsigned char *arena;
    bool arena_is_clear;  /* cleared by the first run: a plan that runs as a chain never touches these pages */
    const float **inputs; /* set before each run: (rows, ...) of each input of the model */
} denoise__plan;

/* The model's layers must outlive the plan. */
denoise_status denoise__plan_new(denoise__plan **out, const denoise_model *model, const denoise__plan_options *options);
void denoise__plan_free(denoise__plan *plan);

/* Pieces of making a plan, in their order (plan_steps.c, plan_buffers.c). */
denoise_status denoise__plan_expand(denoise__plan *plan, const denoise_model *model);
denoise_status denoise__plan_absorb(denoise__plan *plan, const denoise__plan_options *options);
denoise_status denoise__plan_layout(denoise__plan *plan, const denoise__plan_options *options);

#endif
