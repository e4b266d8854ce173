/* SPDX-License-Identifier: Apache-2.0 */
/* The batches of evaluate and of fit's validation, inside a run. */
#ifndef DENOISE_TRAIN_EVALUATE_H
#define DENOISE_TRAIN_EVALUATE_H

#include "train/batches.h"

/* Resets the metrics, tells the callbacks unless silent, and writes the results under prefix + key. The test session must be
 * prepared for batch_size. */
denoise_status denoise__evaluate_batches(denoise_trainer *trainer, const denoise__arrays *arrays, int64_t batch_size,
                                         bool silent, denoise_logs *results, const char *prefix);

#endif
