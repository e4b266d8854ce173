/* SPDX-License-Identifier: Apache-2.0 */
/* The batches of evaluate and of fit's validation, inside a run. */
#ifndef DENOISE_TRAIN_EVALUATE_H
#define DENOISE_TRAIN_EVALUATE_H

#include "train/source.h"

/* One pass, or its first `steps` batches (-1: all). Resets the metrics, tells the callbacks unless silent, and writes the
 * results under prefix + key. The test session must be prepared for the source's batch_size. */
denoise_status denoise__evaluate_batches(denoise_trainer *trainer, denoise__source *source, int64_t steps, bool silent,
                                         denoise_logs *results, const char *prefix);
/* Batches of such a pass, -1 where nobody knows; DENOISE_ERR_INVALID for a source without end. `field` says where steps come
 * from. */
denoise_status denoise__count_batches(const denoise__source *source, int64_t steps, const char *field, int64_t *batches);

#endif
