/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers: the update of one weight from its gradient and its slots.
 *
 * Words: a *slot* is an array of state that an optimizer keeps for one weight ("momentum", "velocity"). A *trial* is a step
 * taken on copies, to see whether it would leave numbers that are not finite; ordinary steps are known to be safe without one,
 * because their *reach* (the farthest that they move any number) is far from overflow.
 *
 * A step has *stages*, in Keras' order (keras/src/optimizers/base_optimizer.py): a gradient is divided by the scale of the
 * loss, added to those before it, clipped; the weight decays, is updated, goes into its moving average, and may be overwritten
 * by it. All of that is done piece by piece (stages.c), but clipping by a norm first needs the whole gradients. What is behind
 * it, the constraints, is the caller's work. What stages keep are slots, before those of the kind.
 *
 * denoise__optimizer_build() makes the slots, once. A step by pieces, as training takes it: denoise__optimizer_begin() asks the
 * kind's coefficients; denoise__optimizer_is_safe() says by the greatest gradient whether a trial is needed, which
 * denoise__optimizer_try() makes weight by weight, and a failure ends the step with everything as it was;
 * denoise__optimizer_measure() takes the norms where update.measures says so; denoise__optimizer_note() keeps what was found;
 * denoise__optimizer_update_piece() takes each piece of each weight through the stages once, in any order, on any thread;
 * denoise__optimizer_end() counts the iteration. denoise__optimizer_step() is the same for whole weights. */
#ifndef DENOISE_OPTIMIZERS_OPTIMIZER_H
#define DENOISE_OPTIMIZERS_OPTIMIZER_H

#include "core/part.h"
#include "core/variable.h"
#include "schedules/schedule.h"
#include <denoise/optimizer.h>
#include <float.h>

/* Of a kind; with those of the stages. */
enum { DENOISE__MAX_KIND_SLOTS = 4, DENOISE__MAX_SLOTS = 6, DENOISE__MAX_COEFFICIENTS = 8 };

typedef struct denoise__optimizer_config {
    char name[DENOISE__TEXT_SIZE];
    double learning_rate;       /* where there is no schedule */
    denoise__kind_ref schedule; /* None: learning_rate */
    double weight_decay;        /* NAN = None, as are those below */
    double clipnorm, global_clipnorm, clipvalue, ema_momentum, loss_scale_factor;
    int64_t gradient_accumulation_steps, ema_overwrite_frequency; /* -1 = None */
    int32_t use_ema;
    char *exclude_from_weight_decay; /* words between "|"; NULL = None */
} denoise__optimizer_config;
/* Rows of the common parameters with the kind's own defaults. Steps are computed in float32: a greater number is infinite. */
#define DENOISE__OPTIMIZER_PARAMS(config, rate, decay)                                                                         \
    DENOISE__PARAM("name", DENOISE_PARAM_TEXT, offsetof(config, optimizer.name), "None", "name; None = the kind's",            \
                   .flags = DENOISE__NULLABLE, .minimum = NAN, .maximum = NAN),                                                \
        DENOISE__PARAM("learning_rate", DENOISE_PARAM_DOUBLE, offsetof(config, optimizer.learning_rate), rate,                 \
                       "step size, or a schedule of it", .minimum = 0, .maximum = FLT_MAX, .flags = DENOISE__OR_KIND,          \
                       .registry = &denoise__schedule_registry, .kind_offset = offsetof(config, optimizer.schedule)),          \
        DENOISE__PARAM("weight_decay", DENOISE_PARAM_DOUBLE, offsetof(config, optimizer.weight_decay), decay,                  \
                       "decoupled decay of all trainable weights: w -= w * weight_decay * learning_rate before the update",    \
                       .flags = DENOISE__NULLABLE, .minimum = 0, .maximum = FLT_MAX),                                          \
        DENOISE__PARAM("exclude_from_weight_decay", DENOISE_PARAM_TEXT, offsetof(config, optimizer.exclude_from_weight_decay), \
                       "None", "weights whose names have one of these words in them, as in \"bias|gamma\", do not decay",      \
                       .flags = DENOISE__NULLABLE | DENOISE__LONG_TEXT, .minimum = NAN, .maximum = NAN),                       \
        DENOISE__STAGE_DOUBLE(config, clipnorm, "the greatest norm of the gradient of a weight"),                              \
        DENOISE__STAGE_DOUBLE(config, global_clipnorm, "the greatest norm of all gradients together"),                         \
        DENOISE__STAGE_DOUBLE(config, clipvalue, "the greatest magnitude of an element of a gradient"),                        \
        DENOISE__PARAM("use_ema", DENOISE_PARAM_BOOL, offsetof(config, optimizer.use_ema), "false",                            \
                       "keep moving averages of the weights, which a fit ends with", .minimum = NAN, .maximum = NAN),          \
        DENOISE__PARAM("ema_momentum", DENOISE_PARAM_DOUBLE, offsetof(config, optimizer.ema_momentum), "0.99",                 \
                       "share of a moving average that a step keeps", .minimum = 0, .maximum = 1),                             \
        DENOISE__PARAM("ema_overwrite_frequency", DENOISE_PARAM_INT, offsetof(config, optimizer.ema_overwrite_frequency),      \
                       "None", "steps after which the averages overwrite the weights again; None = at the end of a fit only",  \
                       .flags = DENOISE__NULLABLE, .minimum = 1, .maximum = NAN),                                              \
        DENOISE__STAGE_DOUBLE(config, loss_scale_factor, "factor of the loss, by which the gradients are divided again"),      \
        DENOISE__PARAM(                                                                                                        \
            "gradient_accumulation_steps", DENOISE_PARAM_INT, offsetof(config, optimizer.gradient_accumulation_steps), "None", \
            "batches whose mean gradient makes a step", .flags = DENOISE__NULLABLE, .minimum = 2, .maximum = INT32_MAX)
#define DENOISE__STAGE_DOUBLE(config, field, text)                                                                             \
    DENOISE__PARAM(#field, DENOISE_PARAM_DOUBLE, offsetof(config, optimizer.field), "None", text,                              \
                   .flags = DENOISE__NULLABLE | DENOISE__ABOVE_MINIMUM, .minimum = 0, .maximum = FLT_MAX)

typedef struct denoise__optimizer_kind {
    denoise__kind base;
    int32_t (*slot_count)(const void *config);
    const char *(*slot_name)(const void *config, int32_t slot); /* "momentum", "velocity": Keras' order and names */
    float slot_initial[DENOISE__MAX_KIND_SLOTS];                /* value before the first step */
    /* Keras lists so many first slots weight by weight, each further one for all weights before the next: which of them it
     * makes in one call of add_optimizer_variables. */
    int32_t interleaved_slots;
    /* Numbers of this step, computed once: step is t = 1, 2, ...; batches that are only accumulated do not count. */
    void (*coefficients)(const void *config, double learning_rate, int64_t step, float *coefficients);
    /* A piece of a weight; the whole update of an element depends on that element alone. Here and below the coefficients lie in
     * a denoise__optimizer_update, where kinds of third parties find their optimizer. */
    void (*update)(const float *coefficients, float *w, const float *gradient, float *const *slots, int64_t count);
    /* How far an update moves a weight or a mean of gradients at most, where neither this gradient nor those before it were
     * greater than `gradient`; INFINITY: there is no such bound. */
    double (*reach)(const float *coefficients, double gradient);
} denoise__optimizer_kind;

extern const denoise__registry denoise__optimizer_registry;

/* Of one weight. */
typedef struct denoise__optimizer_weight {
    bool decays;
    float clip; /* factor of its gradient in this step, by norms */
} denoise__optimizer_weight;

struct denoise_optimizer {
    denoise__part part;
    double learning_rate;         /* where the configuration has no schedule */
    denoise_schedule *schedule;   /* adopted; the configuration says the same. NULL: none was given as an object */
    int64_t iterations;           /* batches */
    int32_t stage_slots;          /* of each weight: the first ones */
    int32_t average, accumulator; /* which of them; -1: not there */
    /* State by weight, made by build. */
    int64_t weight_count;
    int32_t slot_count;                /* of each weight */
    denoise__variable *weights;        /* their shapes; values and names are the caller's */
    denoise__variable *slots;          /* see denoise__optimizer_slot */
    denoise__optimizer_weight *stages; /* by weight */
    float *scratch;                    /* two pieces of DENOISE__NORM_PIECE for each of scratch_slots threads; NULL: no norms */
    int32_t scratch_slots;
    double greatest;  /* magnitude of the gradients so far; an upper bound */
    bool needs_trial; /* weights and slots may be near overflow or beyond, or nobody has looked: the next step is tried first */
};

static inline const denoise__optimizer_kind *denoise__optimizer_kind_of(const denoise_optimizer *optimizer)
{
    return (const denoise__optimizer_kind *)(const void *)optimizer->part.kind;
}
void denoise__optimizer_release(denoise_optimizer *optimizer); /* drops one reference */
void denoise__optimizer_refuse(denoise_optimizer *optimizer);  /* see denoise__part_refuse(); NULL is accepted */
void denoise__optimizer_clear(denoise_optimizer *optimizer);   /* frees the slots: as before the first build */

/* Makes the slots of weights of these shapes (Keras' build), of which only names are read besides (NULL: none); a second call
 * must give weights of the same sizes. */
denoise_status denoise__optimizer_build(denoise_optimizer *optimizer, const denoise__variable *const *weights, int64_t count);
/* The state of one weight, in the weight's own shape; 0 <= slot < slot_count. */
static inline denoise__variable *denoise__optimizer_slot(const denoise_optimizer *optimizer, int64_t weight, int32_t slot)
{
    return &optimizer->slots[weight * optimizer->slot_count + slot];
}
/* Where element `first` of each slot of a weight lies, for update_piece and try; they must be at home. */
void denoise__optimizer_slots_at(const denoise_optimizer *optimizer, int64_t weight, int64_t first,
                                 float *slots[DENOISE__MAX_SLOTS]);
/* "average", "gradient_accumulator", or the kind's name for it. */
const char *denoise__optimizer_slot_name(const denoise_optimizer *optimizer, int32_t slot);
/* The learning rate of the next step of a sound optimizer; NAN on failure, which a schedule may have. */
denoise_status denoise__optimizer_rate(const denoise_optimizer *optimizer, double *rate);
/* Batches that make a step, >= 1. */
int64_t denoise__optimizer_accumulation(const denoise_optimizer *optimizer);
/* What the loss is multiplied by; 1: nothing. */
double denoise__optimizer_loss_scale(const denoise_optimizer *optimizer);
/* The moving average of a weight, at home; NULL: there is none, or no step has been made. */
const float *denoise__optimizer_average(denoise_optimizer *optimizer, int64_t weight);
/* Brings all slots up to date: whoever reads or writes them calls it first. */
void denoise__optimizer_bring_home(denoise_optimizer *optimizer);
/* Variables in Keras' order: "<path>/iterations", "<path>/learning_rate" where there is no schedule, then "<path>/<weight's
 * number>/<slot>" of what was built, such as "optimizer/0/momentum". Numbers that were read and make no sense are
 * DENOISE_ERR_RANGE, and the optimizer's stay. */
denoise_status denoise__optimizer_visit(denoise_optimizer *optimizer, const char *path, const denoise__visitor *visitor);
/* The same with the paths of the weights instead of their numbers, "optimizer/dense/kernel/momentum", for whoever knows them:
 * `write` puts that of a weight into out. */
typedef struct denoise__weight_paths {
    denoise_status (*write)(const void *context, int64_t weight, char *out, size_t size);
    const void *context;
} denoise__weight_paths;
denoise_status denoise__optimizer_visit_by_path(denoise_optimizer *optimizer, const char *path,
                                                const denoise__weight_paths *weights, const denoise__visitor *visitor);

/* One step on all weights, on the pool: decay, update, iterations += 1. Allocates nothing; a failure changes nothing. */
denoise_status denoise__optimizer_step(denoise_optimizer *optimizer, float *const *weights, const float *const *gradients);
/* A step in pieces: begin, update each element of each weight once, end. Elements may be in any order and lie anywhere. */
typedef struct denoise__optimizer_update {
    const denoise_optimizer *optimizer;
    float rate, decay; /* decay 0: none */
    float coefficients[DENOISE__MAX_COEFFICIENTS];
    bool has_stages; /* any of those below */
    float scale;     /* of the loss: gradients are divided by it. The caller who has done so sets 1 */
    float steps;     /* of accumulation, whose mean is taken; 1: none */
    bool adds;       /* the gradient is only added to those before it */
    bool measures;   /* gradients are clipped by norms */
    float limit;     /* of elements of gradients; 0: none */
    bool averages;   /* the moving average goes on: it keeps this much, and takes this much of the weight */
    float keep, take;
    bool overwrites; /* the weight becomes the average */
} denoise__optimizer_update;
denoise_status denoise__optimizer_begin(const denoise_optimizer *optimizer, denoise__optimizer_update *update);
/* slots: all of them, stages' and kind's. */
void denoise__optimizer_update_piece(const denoise__optimizer_update *update, int64_t weight, float *w, const float *gradient,
                                     float *const *slots, int64_t count);
/* The same with stages (stages.c). */
void denoise__optimizer_update_staged(const denoise__optimizer_update *update, int64_t weight, float *w, const float *gradient,
                                      float *const *slots, int64_t count);
/* Where the gradient of a weight and what was accumulated before it lie: elements first.. in the order of the weight's rows, in
 * `scratch` or elsewhere. Called from any thread. */
typedef struct denoise__gradient_reader {
    const float *(*gradient)(const void *context, int64_t weight, int64_t first, int64_t count, float *scratch);
    const float *(*accumulated)(const void *context, int64_t weight, int64_t first, int64_t count, float *scratch);
    const void *context;
} denoise__gradient_reader;
/* The norms of gradients as they are clipped, on the pool, in pieces that depend on sizes alone. Nothing else changes. */
enum { DENOISE__NORM_PIECE = 16384 };
void denoise__optimizer_measure(denoise_optimizer *optimizer, const denoise__optimizer_update *update,
                                const denoise__gradient_reader *reader);
void denoise__optimizer_end(denoise_optimizer *optimizer);

/* Whether a step by gradients up to this magnitude is sure to leave finite numbers finite. If not, it has to be tried before it
 * is taken. */
bool denoise__optimizer_is_safe(const denoise__optimizer_update *update, double gradient);
/* What trying it found. */
typedef struct denoise__trial {
    int64_t element; /* the first that the step would make NaN or infinite; -1: none */
    int32_t slot;    /* of it; -1: the weight itself */
    float value;
    float greatest; /* magnitude that any number would have */
} denoise__trial;
/* Changes nothing. */
void denoise__optimizer_try(const denoise__optimizer_update *update, int64_t weight, const float *w, const float *gradient,
                            float *const *slots, int64_t count, denoise__trial *trial);
/* DENOISE_ERR_NONFINITE with what a trial found in a weight. */
denoise_status denoise__optimizer_fail_trial(const denoise_optimizer *optimizer, const denoise__trial *trial, const char *layer,
                                             const char *weight);
/* A step with gradients up to this magnitude is going to be taken: greatest is what a trial found, 0 without one. */
void denoise__optimizer_note(denoise_optimizer *optimizer, double gradient, double greatest);
/* A step is going to be taken that nobody has looked at. */
void denoise__optimizer_note_unchecked(denoise_optimizer *optimizer);
/* Number of variables as Keras counts them: iteration, learning_rate unless there is a schedule, and every slot element. */
int64_t denoise__optimizer_variable_count(const denoise_optimizer *optimizer);

#endif
