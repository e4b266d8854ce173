/* SPDX-License-Identifier: Apache-2.0 */
/* Models that train as chains (models/chain.h), the same training along the general path, and comparisons bit for bit. */
#ifndef DENOISE_TESTS_CHAINS_H
#define DENOISE_TESTS_CHAINS_H

#include "support/nets.h"
#include "train/trainer.h"

enum { MOST_DENSE = 4 };

/* Input, perhaps Rescaling, Flatten where the input has axes, dense layers, perhaps Reshape. */
typedef struct chain_net {
    int64_t inputs; /* of one sample; with `height` rows of `inputs` numbers each */
    int64_t height; /* 0: the input has one axis */
    double scale;   /* 0: no rescaling */
    double offset;  /* of the rescaling */
    int32_t count;  /* dense layers */
    int64_t units[MOST_DENSE];
    const char *activations[MOST_DENSE];
    unsigned frozen, unbiased; /* bit i: layer i */
    int64_t last_rows;         /* not 0: Reshape to (last_rows, -1) at the end */
} chain_net;
denoise_model *chain_model(const chain_net *net);

/* How a model is trained. Parts are made by name from parameters, which may be NULL. */
typedef struct chain_training {
    chain_net net;
    const char *optimizer, *loss, *metric; /* metric NULL: none */
    const denoise_params *optimizer_params, *loss_params;
    bool weighted_metric;
    int32_t unfused;
    const denoise_tensor *x, *y;
    const denoise_tensor *const *weights; /* to begin with; NULL: the initializers' */
    denoise_callback *(*callback)(void);  /* makes one for the trainer; NULL: none */
    denoise_fit_options fit;
} chain_training;
/* Adam, mean squared error, batches of 32, no shuffle, silent. */
void chain_training_init(chain_training *what);

/* A group's setup: the native engine, whatever DENOISE_ENGINE says. */
int chain_setup(void **state);

/* Both prepare trainer->train and trainer->test for batches of up to `batch` rows. */
bool trains_as_chain(denoise_trainer *trainer, int64_t batch);
void use_general_path(denoise_trainer *trainer, int64_t batch);

typedef struct chain_outcome {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_status status; /* of fit */
    bool is_chain;
} chain_outcome;
denoise_trainer *chain_compile(denoise_model *model, const chain_training *what);
void chain_fit(chain_outcome *out, const chain_training *what, bool general);
void chain_outcome_free(chain_outcome *outcome);

/* Trains along both paths and compares: status, message, weights, state of the optimizer, history. False: it is no chain,
 * and nothing was compared. `what` names the case in messages. */
bool chain_agrees(const chain_training *training, const char *what);

void assert_same_tensor(const denoise_tensor *a, const denoise_tensor *b, const char *what);
void assert_same_weights(const denoise_model *a, const denoise_model *b, const char *what);
void assert_same_slots(denoise_optimizer *a, denoise_optimizer *b, const char *what);

/* Whether two numbers of the logs are the same up to the rounding of a mean. */
bool close_to(double a, double b);

#endif
