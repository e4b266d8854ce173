/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of an epoch that is under way: evaluate and test_on_batch in a callback of fit must not disturb them. */
#ifndef DENOISE_TRAIN_SAVED_SUMS_H
#define DENOISE_TRAIN_SAVED_SUMS_H

#include "train/trainer.h"

typedef struct denoise__saved_sums {
    denoise__loss_tracker loss;
    denoise__loss_tracker *outputs;
    float (*metrics)[2];
} denoise__saved_sums;

denoise_status denoise__sums_save(const denoise_trainer *trainer, denoise__saved_sums *saved);
/* Puts the sums back and releases the memory. */
void denoise__sums_restore(denoise_trainer *trainer, denoise__saved_sums *saved);

#endif
