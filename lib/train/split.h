/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows train and which validate, where it is not the last ones. */
#ifndef DENOISE_TRAIN_SPLIT_H
#define DENOISE_TRAIN_SPLIT_H

#include "train/trainer.h"

/* *kept: the rows of target that train, `training` of them, and behind them the others, both ascending; held by the trainer.
 * order: DENOISE_SPLIT_SHUFFLED or _STRATIFIED. */
denoise_status denoise__split(int64_t **kept, denoise_trainer *trainer, const denoise_tensor *target, int64_t training,
                              int32_t order, uint64_t seed);

#endif
