/* SPDX-License-Identifier: Apache-2.0 */
/* Dense networks that are trained fused, in segments of blocks and panels, and plainly, step by step on the whole batch with
 * the layers' own forward and backward (models/plan.h, is_plain); and comparisons bit for bit. */
#ifndef DENOISE_TESTS_FUSED_NETS_H
#define DENOISE_TESTS_FUSED_NETS_H

#include "support/nets.h"
#include "train/trainer.h"

enum { MOST_DENSE = 4 };

/* Input, perhaps Rescaling, Flatten where the input has axes, dense layers, perhaps Reshape. */
typedef struct dense_net {
    int64_t inputs; /* of one sample; with `height` rows of `inputs` numbers each */
    int64_t height; /* 0: the input has one axis */
    double scale;   /* 0: no rescaling */
    double offset;  /* of the rescaling */
    int32_t count;  /* dense layers */
    int64_t units[MOST_DENSE];
    const char *activations[MOST_DENSE];
    unsigned frozen, unbiased;                                            /* bit i: layer i */
    const char *kernel_constraint, *bias_constraint, *kernel_regularizer; /* of all layers; NULL: none */
    int64_t last_rows;                                                    /* not 0: Reshape to (last_rows, -1) at the end */
} dense_net;
denoise_model *dense_net_model(const dense_net *net);

/* How a model is trained. Parts are made by name from parameters, which may be NULL. */
typedef struct dense_training {
    dense_net net;
    const char *optimizer, *loss, *metric; /* metric NULL: none */
    const denoise_params *optimizer_params, *loss_params;
    bool weighted_metric;
    int32_t unfused;
    const denoise_tensor *x, *y;
    const denoise_tensor *const *weights; /* to begin with; NULL: the initializers' */
    denoise_callback *(*callback)(void);  /* makes one for the trainer; NULL: none */
    denoise_fit_options fit;
} dense_training;
/* Adam, mean squared error, batches of 32, no shuffle, silent. */
void dense_training_init(dense_training *what);

/* A group's setup: the native engine, whatever DENOISE_ENGINE says. */
int use_native_engine(void **state);

/* Products in panels, all in one segment of blocks. */
bool runs_fused(const denoise__session *session);
/* Both prepare trainer->train and trainer->test for batches of up to `batch` rows. */
bool trains_fused(denoise_trainer *trainer, int64_t batch);
void train_plainly(denoise_trainer *trainer, int64_t batch);

typedef struct dense_outcome {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_status status; /* of fit */
    bool is_fused;
} dense_outcome;
denoise_trainer *dense_compile(denoise_model *model, const dense_training *what);
void dense_fit(dense_outcome *out, const dense_training *what, bool is_plain);
void dense_outcome_free(dense_outcome *outcome);

/* Trains both ways and compares: status, message, weights, state of the optimizer, history. False: it does not run fused, and
 * nothing was compared. `what` names the case in messages. */
bool fused_equals_plain(const dense_training *training, const char *what);

void assert_same_tensor(const denoise_tensor *a, const denoise_tensor *b, const char *what);
void assert_same_weights(const denoise_model *a, const denoise_model *b, const char *what);
void assert_same_slots(denoise_optimizer *a, denoise_optimizer *b, const char *what);

/* Outputs of a model, computed step by step on all rows at once. outputs: one per output. */
void predict_plainly(denoise_tensor **outputs, const denoise_model *model, const denoise_tensor *x);

/* Whether two numbers of the logs are the same up to the rounding of a mean. */
bool close_to(double a, double b);

#endif
