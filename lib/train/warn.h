/* SPDX-License-Identifier: Apache-2.0 */
/* What training tells people once, as Keras does; docs/errors.md lists it. */
#ifndef DENOISE_TRAIN_WARN_H
#define DENOISE_TRAIN_WARN_H

#include "train/trainer.h"

/* A run that trains begins: there is nothing to train, or layers were frozen or freed since compile. */
void denoise__warn_of_trainable(denoise_trainer *trainer);
/* The plan of the training steps is there: no loss reaches some of the weights. */
void denoise__warn_of_unreached(denoise_trainer *trainer, const denoise__plan *plan);
/* Whether a loss or a penalty reaches weight `index` of the plan. */
bool denoise__is_reached(const denoise__plan *plan, int64_t index);

#endif
