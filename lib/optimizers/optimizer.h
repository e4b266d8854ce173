/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers: the update of one weight from its gradient and its slots. */
#ifndef DENOISE_OPTIMIZERS_OPTIMIZER_H
#define DENOISE_OPTIMIZERS_OPTIMIZER_H

#include "core/part.h"
#include <denoise/optimizer.h>
#include <float.h>

enum { DENOISE__MAX_SLOTS = 4, DENOISE__MAX_COEFFICIENTS = 8 };

typedef struct denoise__optimizer_config {
    char name[DENOISE__TEXT_SIZE];
    double learning_rate;
    double weight_decay; /* NAN = None */
} denoise__optimizer_config;
/* Rows of the common parameters with the kind's own defaults. Steps are computed in float32: a greater number is infinite. */
#define DENOISE__OPTIMIZER_PARAMS(config, rate, decay)                                                                         \
    {"name", DENOISE_PARAM_TEXT,       DENOISE__NULLABLE, offsetof(config, optimizer.name), "None", NAN, NAN, NULL,            \
     NULL,   "name; None = the kind's"},                                                                                       \
        {"learning_rate", DENOISE_PARAM_DOUBLE, 0, offsetof(config, optimizer.learning_rate), rate, 0, FLT_MAX, NULL, NULL,    \
         "step size"},                                                                                                         \
    {                                                                                                                          \
        "weight_decay", DENOISE_PARAM_DOUBLE, DENOISE__NULLABLE, offsetof(config, optimizer.weight_decay), decay, 0, FLT_MAX,  \
            NULL, NULL, "decoupled decay of all trainable weights: w -= w * weight_decay * learning_rate before the update"    \
    }

typedef struct denoise__optimizer_kind {
    denoise__kind base;
    int32_t (*slot_count)(const void *config);
    const char *(*slot_name)(const void *config, int32_t slot); /* "momentum", "velocity": Keras' order and names */
    float slot_initial[DENOISE__MAX_SLOTS];                     /* value before the first step */
    /* Numbers of this step, computed once: step is t = 1, 2, ... */
    void (*coefficients)(const void *config, double learning_rate, int64_t step, float *coefficients);
    /* A piece of a weight; the whole update of an element depends on that element alone. */
    void (*update)(const float *coefficients, float *w, const float *gradient, float *const *slots, int64_t count);
    /* How far an update moves a weight or a mean of gradients at most, where neither this gradient nor those before it were
     * greater than `gradient`; INFINITY: who knows. */
    double (*reach)(const float *coefficients, double gradient);
} denoise__optimizer_kind;

extern const denoise__registry denoise__optimizer_registry;

struct denoise_optimizer {
    denoise__part part;
    double learning_rate;
    int64_t iterations;
    /* Slots by weight, made by the first step: slots[weight * slot_count + slot]. */
    int64_t weight_count;
    int32_t slot_count;
    int64_t *sizes;
    float **slots;
    double greatest;  /* magnitude of the gradients so far; an upper bound */
    bool is_strained; /* weights and slots may be near overflow or beyond: steps are tried first (optimizer_trial.c) */
    /* Not NULL while something else holds newer slots: writes them here and clears this. */
    void (*bring_home)(void *context);
    void *home_context;
};

static inline const denoise__optimizer_kind *denoise__optimizer_kind_of(const denoise_optimizer *optimizer)
{
    return (const denoise__optimizer_kind *)(const void *)optimizer->part.kind;
}
/* A new optimizer, inert when status (with the thread's present message) or the making of it is a failure. */
denoise_optimizer *denoise__optimizer_make(const char *name, const denoise_params *params, denoise_status status);
void denoise__optimizer_release(denoise_optimizer *optimizer);
void denoise__optimizer_clear(denoise_optimizer *optimizer); /* frees the slots: as before the first build */

/* Makes the slots for weights of these sizes (Keras' build); a second call must give the same sizes. */
denoise_status denoise__optimizer_build(denoise_optimizer *optimizer, const int64_t *sizes, int64_t count);
/* One step on all weights, on the pool: decay, update, iterations += 1. Allocates nothing. */
void denoise__optimizer_step(denoise_optimizer *optimizer, float *const *weights, const float *const *gradients);
/* A step in pieces: begin, update each element of each weight once, end. Elements may be in any order and lie anywhere. */
typedef struct denoise__optimizer_update {
    const denoise_optimizer *optimizer;
    float rate, decay; /* decay 0: none */
    float coefficients[DENOISE__MAX_COEFFICIENTS];
} denoise__optimizer_update;
void denoise__optimizer_begin(const denoise_optimizer *optimizer, denoise__optimizer_update *update);
void denoise__optimizer_update_piece(const denoise__optimizer_update *update, float *w, const float *gradient,
                                     float *const *slots, int64_t count);
void denoise__optimizer_end(denoise_optimizer *optimizer);

/* Whether a step by gradients up to this magnitude leaves finite numbers finite. Where not, and where it is not known, the
 * step has to be tried before it is taken. */
bool denoise__optimizer_is_safe(const denoise__optimizer_update *update, double gradient);
/* What trying it found. */
typedef struct denoise__trial {
    int64_t element; /* the first that the step would make NaN or infinite; -1: none */
    int32_t slot;    /* of it; -1: the weight itself */
    float value;
    float greatest; /* magnitude that any number would have */
} denoise__trial;
/* Changes nothing. */
void denoise__optimizer_try(const denoise__optimizer_update *update, const float *w, const float *gradient, float *const *slots,
                            int64_t count, denoise__trial *trial);
/* DENOISE_ERR_NONFINITE with what a trial found in a weight. */
denoise_status denoise__optimizer_fail_trial(const denoise_optimizer *optimizer, const denoise__trial *trial, const char *layer,
                                             const char *weight);
/* A step with gradients up to this magnitude is going to be taken: greatest is what a trial found, 0 without one. */
void denoise__optimizer_note(denoise_optimizer *optimizer, double gradient, double greatest);
/* A step is going to be taken that nobody has looked at. */
void denoise__optimizer_note_unchecked(denoise_optimizer *optimizer);
/* Number of variables as Keras counts them: iteration, learning_rate and every slot element. 2 before build. */
int64_t denoise__optimizer_variable_count(const denoise_optimizer *optimizer);

#endif
