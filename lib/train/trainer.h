/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a trainer. */
#ifndef DENOISE_TRAIN_TRAINER_H
#define DENOISE_TRAIN_TRAINER_H

#include "core/cpu.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "models/execute.h"
#include "optimizers/optimizer.h"
#include "train/callback.h"
#include "train/history.h"
#include "train/logs.h"
#include "train/place.h"
#include <denoise/trainer.h>

enum { DENOISE__KEY_SIZE = 3 * DENOISE__TEXT_SIZE };

typedef struct denoise__tracked_metric {
    denoise_metric *metric;
    int32_t output;
    bool is_weighted;
    char base[DENOISE__KEY_SIZE]; /* before it is numbered */
    char key[DENOISE__KEY_SIZE];  /* in the logs */
} denoise__tracked_metric;

/* A running mean of batch losses. As in Keras on TensorFlow a batch counts with its rows in the total's mean, but once in those
 * of the outputs (keras/src/trainers/compile_utils.py, CompileLoss: the traced graph does not know the number of rows). */
typedef struct denoise__loss_tracker {
    double total;
    double rows; /* or batches */
    char key[DENOISE__KEY_SIZE];
} denoise__loss_tracker;

/* What an output needs of its target. */
typedef struct denoise__target {
    int64_t rows_per_sample; /* product of all axes of the prediction but batch and last */
    int64_t columns;         /* last axis of the prediction */
    bool needs_values, needs_labels;
    float *values;        /* (batch, rows_per_sample, columns) */
    int32_t *labels;      /* (batch, rows_per_sample) */
    float *sample_weight; /* (batch) */
    float *row_weight;    /* (batch, rows_per_sample); the same memory where there is one row per sample */
    float *row_loss;      /* (batch, rows_per_sample); NULL: no loss */
    bool has_weight;      /* of the present batch */
    bool is_borrowed;     /* values of the present batch are read where the caller has them */
} denoise__target;

/* A plan with the memory around it, for one purpose and up to a batch size. */
typedef struct denoise__session {
    bool training;
    denoise_model *model;        /* retained: the trainer's, for the sizes of the rows */
    int64_t batch;               /* 0: not made yet */
    int32_t engine, convolution; /* that it was made for */
    denoise__plan *plan;
    denoise__batch_rows *inputs; /* per input: where the rows of the present batch are */
    denoise__target *targets;
    denoise__pass_loss *losses;           /* per output */
    float **outputs;                      /* per output that a metric reads: (batch, ...) */
    const struct denoise__arrays *arrays; /* of the present batch, which begins at row `start` of them */
    int64_t start;
} denoise__session;

enum { DENOISE__MAX_USES = 8 };

/* What a call that uses the trainer has to put back; see train/use.h. */
typedef struct denoise__use_record {
    const char *name;       /* "fit" */
    uintptr_t entry, depth; /* of the stack: where it began, and where it is or has last called the caller's functions */
    int cancel;             /* denoise__cancel_hold() */
    int64_t held_before;    /* blocks that calls around it hold */
    /* Its run; see train/run_scope.h. */
    bool has_run, exclusive;
    bool shows_progress;       /* of the run around it */
    denoise__run_params outer; /* likewise */
    denoise__fp_state environment, *outer_environment;
} denoise__use_record;

typedef struct denoise__held {
    void (*release)(void *object);
    void *object;
} denoise__held;

struct denoise_trainer {
    atomic_int references;     /* the caller's, and one of each call that uses it */
    denoise__weight_lock lock; /* of the thread that uses it */
    int32_t use_count;         /* calls of that thread, one in a callback of the other */
    denoise__use_record uses[DENOISE__MAX_USES];
    int64_t held_count, held_capacity;
    denoise__held *held; /* memory of these calls, the innermost call's last */
    denoise_model *model;
    denoise_model *sized; /* for the sizes of the rows that were asked about last; NULL: none */
    const void *owner;    /* token of adoption */
    denoise_optimizer *optimizer;
    denoise_loss **losses; /* per output; NULL = none; the same one may stand for several */
    double *loss_weights;
    bool keeps_activations;     /* compile option `unfused`: see models/plan.h */
    int32_t convolution;        /* compile option: DENOISE__CONVOLUTION_* */
    bool is_plain;              /* plans are, for tests: see models/plan.h */
    int64_t adopted_loss_count; /* losses that this trainer holds a reference of, each entry one */
    denoise_loss **adopted_losses;
    int64_t metric_count;
    denoise__tracked_metric *metrics;
    int64_t *metric_order; /* of evaluate's results: named_count of them come before the losses of the outputs */
    int64_t named_count;
    /* Training steps done, by fit and train_on_batch: the one number that keys dropout, noise and the order of an epoch
     * (core/random.h). A step that fails is not counted, and leaves all else as it was too; one whose loss a callback looks
     * after is. */
    int64_t step;
    denoise__place place;   /* of the fit that is under way, whose logs it has; event NONE: there is none */
    denoise__place pending; /* at which the next fit goes on, with logs of its own; event NONE: it is a new one */
    int64_t weight_count;   /* trainable weights, as they were at compile */
    denoise__weight_ref *weights;
    float **weight_values;
    bool *is_frozen;                      /* per layer of the model, as it was at compile */
    denoise__loss_tracker loss;           /* the total */
    denoise__loss_tracker *output_losses; /* per output; the key is "" where it is not told */
    denoise__session train, test;
    denoise_callback *refused; /* the first of a list: adopted, but inert, or without room in callbacks */
    int64_t callback_count, callback_capacity;
    denoise_callback **callbacks;
    int64_t told_count; /* those that the present run tells: what is added during it waits for the next */
    denoise_callback *history, *progress;
    denoise__run_params run;
    int32_t running;     /* how deep runs are nested: 0 none, 1 fit or evaluate, 2 evaluate in a fit's callback */
    bool shows_progress; /* of the present run */
    bool has_warned;     /* that there is nothing to train; the others: see train/warn.h */
    bool has_warned_of_change, has_warned_of_unreached;
    denoise__fp_state *environment; /* the caller's, while a run goes on */
    atomic_int stop;
    denoise_logs *logs, *validation_logs;
    double (*clock)(void *user_data);
    void *clock_data;
    denoise_status poison; /* failure of an inert callback */
    char poison_message[DENOISE__MESSAGE_SIZE];
    char error[DENOISE__MESSAGE_SIZE];
};

double denoise__trainer_now(const denoise_trainer *trainer); /* seconds on its clock */

/* Numbers of an epoch so far, in the order of evaluate's results; callbacks see them sorted by key. */
denoise_status denoise__trainer_write_logs(denoise_trainer *trainer, denoise_logs *logs, const char *prefix);
void denoise__trainer_reset_metrics(denoise_trainer *trainer);

/* Makes the optimizer's state for the weights that train; allocates nothing that stays the second time. */
denoise_status denoise__trainer_build_optimizer(denoise_trainer *trainer);

#endif
