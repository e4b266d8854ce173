/* SPDX-License-Identifier: Apache-2.0 */
/* One step on the batch that a session holds. Nothing here allocates. */
#ifndef DENOISE_TRAIN_STEP_H
#define DENOISE_TRAIN_STEP_H

#include "train/trainer.h"

typedef struct denoise__step_options {
    uint64_t seed;
    bool check_finite;    /* loss and gradient; a failure leaves the weights alone */
    bool loss_is_handled; /* a callback looks after a loss that is not finite */
} denoise__step_options;

/* Forward, losses, metrics, backward, optimizer; counts the step. */
denoise_status denoise__train_step(denoise_trainer *trainer, int64_t rows, const denoise__step_options *options);
/* Forward, losses, metrics. */
denoise_status denoise__test_step(denoise_trainer *trainer, int64_t rows);

#endif
