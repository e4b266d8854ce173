/* SPDX-License-Identifier: Apache-2.0 */
/* All that a trainer is beside what it was made of: write it, make the same model, trainer and callbacks anew, read it, and fit
 * goes on with the same bits. */
#ifndef DENOISE_TRAIN_TRAINER_VISIT_H
#define DENOISE_TRAIN_TRAINER_VISIT_H

#include "train/trainer.h"

/* Visits, in this order and under these paths:
 *
 *     counters/step                              training steps done
 *     model/classifier/dense/kernel ...          weights and statistics
 *     optimizer/iterations, .../learning_rate    and optimizer/classifier/dense/kernel/momentum ...
 *     losses/loss, losses/0 ...                  running means of the epoch, in total and by output
 *     metrics/digit_accuracy/total ...           by key in the logs
 *     callbacks/count                            then callbacks/0/early_stopping/wait ...
 *     history/epoch_count ...
 *     place/event ...                            train/place.h: where the fit is, in whose callback this is called
 *
 * Writing is for any time, a callback of the trainer's fit included, and changes nothing. Reading is DENOISE_ERR_STATE in a
 * run. After reading a place inside a fit the next fit goes on there; its data and options must be the same (it may have more
 * epochs), else it is DENOISE_ERR_INVALID and may be called again. A step by train_on_batch gives the place up.
 *
 * A failure ends the walk. After one in reading, each variable has its old value, its new one, or what a failed visitor left,
 * counts agree with what they count, and there is no place: weights are a mixture, but the trainer can be used as ever, and the
 * next fit is a new one. Other trainers' states and other failures: DENOISE_ERR_INVALID for another number of callbacks,
 * DENOISE_ERR_RANGE for numbers that make no sense, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM, and what the visitor answers. */
denoise_status denoise__trainer_visit(denoise_trainer *trainer, const denoise__visitor *visitor);

#endif
