/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a trainer. */
#ifndef DENOISE_TRAIN_TRAINER_H
#define DENOISE_TRAIN_TRAINER_H

#include "core/cpu.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "models/chain.h"
#include "models/plan.h"
#include "optimizers/optimizer.h"
#include "train/callback.h"
#include "train/history.h"
#include "train/logs.h"
#include <denoise/trainer.h>

enum { DENOISE__KEY_SIZE = 3 * DENOISE__TEXT_SIZE };

typedef struct denoise__tracked_metric {
    denoise_metric *metric;
    int32_t output;
    bool weighted;
    char key[DENOISE__KEY_SIZE]; /* in the logs */
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
    bool has_weight;      /* of the present batch */
} denoise__target;

/* A plan with the memory around it, for one purpose and up to a batch size. */
typedef struct denoise__session {
    bool training;
    int64_t batch;  /* 0: not made yet */
    int32_t engine; /* that it was made for */
    denoise__plan *plan;
    float **inputs; /* per input: (batch, ...) */
    denoise__target *targets;
    float *row_values;       /* room for the rows of any output: losses, then metrics */
    const float **gradients; /* per trainable weight */
    /* Where the plan is a chain: it, and where the rows of the present batch are. */
    denoise__chain *chain;
    denoise__chain_source chain_input, chain_target;
    bool fuses_sigmoid;                   /* the loss is sigmoid and binary cross-entropy of plain targets */
    bool borrows_target;                  /* chain_target's rows are the caller's own; else they are in `targets` */
    const struct denoise__arrays *arrays; /* of the present batch, which begins at row `start` of them */
    int64_t start;
} denoise__session;

struct denoise_trainer {
    atomic_int references;     /* the caller's, and one of each call that uses it */
    denoise__weight_lock lock; /* of the thread that uses it */
    denoise_model *model;
    const void *owner; /* token of adoption */
    denoise_optimizer *optimizer;
    denoise_loss **losses; /* per output; NULL = none; the same one may stand for several */
    double *loss_weights;
    bool unfused;
    int64_t adopted_loss_count; /* losses that this trainer holds a reference of, each entry one */
    denoise_loss **adopted_losses;
    int64_t metric_count;
    denoise__tracked_metric *metrics;
    int64_t weight_count; /* trainable weights, as they were at compile */
    denoise__weight_ref *weights;
    float **weight_values;
    denoise__loss_tracker loss;           /* the total */
    denoise__loss_tracker *output_losses; /* per output, told only where there are several */
    denoise__session train, test;
    denoise_callback *refused; /* the first of a list: adopted, but inert, or without room in callbacks */
    int64_t callback_count, callback_capacity;
    denoise_callback **callbacks;
    int64_t told_count; /* those that the present run tells: what is added during it waits for the next */
    denoise_callback *history, *progress;
    denoise__run_params run;
    int32_t running;                /* how deep runs are nested: 0 none, 1 fit or evaluate, 2 evaluate in a fit's callback */
    bool shows_progress;            /* of the present run */
    denoise__fp_state *environment; /* the caller's, while a run goes on */
    atomic_int stop;
    denoise_logs *logs, *validation_logs;
    double (*clock)(void *user_data);
    void *clock_data;
    denoise_status poison; /* failure of an inert callback */
    char poison_message[DENOISE__MESSAGE_SIZE];
    char error[DENOISE__MESSAGE_SIZE];
};

/* Keeps the text of a failure for denoise_trainer_error(); returns status. */
denoise_status denoise__trainer_keep(denoise_trainer *trainer, denoise_status status);

double denoise__trainer_now(const denoise_trainer *trainer); /* seconds on its clock */

/* Numbers of an epoch so far, sorted by key as Keras hands them to callbacks. */
denoise_status denoise__trainer_write_logs(denoise_trainer *trainer, denoise_logs *logs, const char *prefix);
void denoise__trainer_reset_metrics(denoise_trainer *trainer);

#endif
