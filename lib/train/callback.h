/* SPDX-License-Identifier: Apache-2.0 */
/* The callback interface; the kinds are in lib/callbacks. */
#ifndef DENOISE_TRAIN_CALLBACK_H
#define DENOISE_TRAIN_CALLBACK_H

#include "core/part.h"
#include "core/variable.h"
#include <denoise/callback.h>
#include <denoise/trainer.h>

/* Hooks of a kind: state is the kind's own (state_size zeroed bytes); NULL hooks are skipped. */
typedef struct denoise__callback_kind {
    denoise__kind base;
    size_t state_size;
    denoise_status (*create)(denoise_callback *callback); /* fills the zeroed state in; NULL: nothing to do */
    denoise_status (*begin)(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs); /* on_train_begin */
    denoise_status (*end)(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs);
    denoise_status (*epoch_begin)(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs);
    denoise_status (*epoch_end)(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs);
    denoise_status (*batch_begin)(denoise_callback *callback, denoise_trainer *trainer, int64_t batch, denoise_logs *logs);
    denoise_status (*batch_end)(denoise_callback *callback, denoise_trainer *trainer, int64_t batch, denoise_logs *logs);
    denoise_status (*test_begin)(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs);
    denoise_status (*test_end)(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs);
    denoise_status (*test_batch_begin)(denoise_callback *callback, denoise_trainer *trainer, int64_t batch, denoise_logs *logs);
    denoise_status (*test_batch_end)(denoise_callback *callback, denoise_trainer *trainer, int64_t batch, denoise_logs *logs);
    denoise_status (*predict_begin)(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs);
    denoise_status (*predict_end)(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs);
    denoise_status (*predict_batch_begin)(denoise_callback *callback, denoise_trainer *trainer, int64_t batch,
                                          denoise_logs *logs);
    denoise_status (*predict_batch_end)(denoise_callback *callback, denoise_trainer *trainer, int64_t batch,
                                        denoise_logs *logs);
    const denoise_history *(*history)(const denoise_callback *callback); /* of a kind that records one; else NULL */
    /* What it cannot do without and no parameter can give: a function, and who takes it. denoise_callback_create() fails with
     * this text, the typed constructor does not ask. NULL: it can be made by name. */
    const char *missing_by_name;
    bool handles_nonfinite; /* TerminateOnNaN: fit leaves a non-finite loss to it */
    /* Hands over what `begin` sets and later hooks change; NULL: nothing. Reading is outside of a run; after it `begin` finds
     * is_resumed in the run's parameters and must leave that state alone, or, where something failed or the fit is a new one,
     * does not find it and sets all anew. */
    denoise_status (*visit)(denoise_callback *callback, denoise_trainer *trainer, const char *path,
                            const denoise__visitor *visitor);
    void (*destroy)(denoise_callback *callback); /* frees what the state holds; the state itself is freed by the caller */
} denoise__callback_kind;

extern const denoise__registry denoise__callback_registry;

struct denoise_callback {
    denoise__part part;
    void *state;
    denoise_callback *next; /* in the list of the trainer that could not take it */
};

static inline const denoise__callback_kind *denoise__callback_kind_of(const denoise_callback *callback)
{
    return (const denoise__callback_kind *)(const void *)callback->part.kind;
}

/* A callback by name, with defaults (NULL) or gathered parameters, which are freed. Never NULL: inert when it cannot be made.
 */
denoise_callback *denoise__callback_make(const char *name, denoise__gather *given);
void denoise__callback_release(denoise_callback *callback);
void denoise__callback_refuse(denoise_callback *callback); /* see denoise__part_refuse(); NULL is accepted */
/* Whether it is of that kind, and not inert since it was made. */
bool denoise__callback_is(const denoise_callback *callback, const denoise__callback_kind *kind);

denoise_status denoise__callback_visit(denoise_callback *callback, denoise_trainer *trainer, const char *path,
                                       const denoise__visitor *visitor);

/* What a running fit, evaluate or predict tells its callbacks (Keras' params); 0 or -1 where unknown. */
typedef struct denoise__run_params {
    int32_t verbose;
    int64_t epochs; /* 1 outside fit */
    int64_t initial_epoch;
    int64_t steps;   /* -1 = unknown */
    bool in_fit;     /* evaluate inside fit: the bar stays with the epoch */
    bool is_resumed; /* fit goes on where another one was: state that has been read is not to be erased */
} denoise__run_params;
const denoise__run_params *denoise__trainer_run_params(const denoise_trainer *trainer);

/* 1: more is better for this log key ("val_" is ignored), -1: less is better (loss), 0: unknown. For mode "auto". */
int32_t denoise__trainer_direction(const denoise_trainer *trainer, const char *key);

#endif
