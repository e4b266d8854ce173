/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of an epoch that is under way: losses and metrics. Evaluate and test_on_batch in a callback of fit must not disturb
 * them, nor those of a fit that is still to go on. */
#ifndef DENOISE_TRAIN_SAVED_SUMS_H
#define DENOISE_TRAIN_SAVED_SUMS_H

#include "train/trainer.h"

/* "losses/loss", "losses/0", ... {total, rows}; "metrics/<key in the logs>/<name of the state>" */
denoise_status denoise__sums_visit(denoise_trainer *trainer, const denoise__visitor *visitor);

typedef struct denoise__saved_sums {
    unsigned char *values; /* of all variables, one after the other; NULL: not saved */
} denoise__saved_sums;

/* Whether an epoch is under way or waits. */
bool denoise__sums_are_needed(const denoise_trainer *trainer);
denoise_status denoise__sums_save(denoise_trainer *trainer, denoise__saved_sums *saved);
/* Puts the sums back and releases the memory; nothing where they were not saved. */
void denoise__sums_restore(denoise_trainer *trainer, denoise__saved_sums *saved);

#endif
