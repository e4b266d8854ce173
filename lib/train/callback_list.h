/* SPDX-License-Identifier: Apache-2.0 */
/* All callbacks of a trainer in their order: the caller's, history, progress bar. Logs are sorted by key before each event. */
#ifndef DENOISE_TRAIN_CALLBACK_LIST_H
#define DENOISE_TRAIN_CALLBACK_LIST_H

#include "train/trainer.h"

typedef enum denoise__event {
    DENOISE__TRAIN_BEGIN,
    DENOISE__TRAIN_END,
    DENOISE__TEST_BEGIN,
    DENOISE__TEST_END,
    DENOISE__PREDICT_BEGIN,
    DENOISE__PREDICT_END
} denoise__event;

typedef enum denoise__counted_event {
    DENOISE__EPOCH_BEGIN,
    DENOISE__EPOCH_END,
    DENOISE__TRAIN_BATCH_BEGIN,
    DENOISE__TRAIN_BATCH_END,
    DENOISE__TEST_BATCH_BEGIN,
    DENOISE__TEST_BATCH_END,
    DENOISE__PREDICT_BATCH_BEGIN,
    DENOISE__PREDICT_BATCH_END
} denoise__counted_event;

denoise_status denoise__callbacks_tell(denoise_trainer *trainer, denoise__event event, denoise_logs *logs);
denoise_status denoise__callbacks_tell_counted(denoise_trainer *trainer, denoise__counted_event event, int64_t number,
                                               denoise_logs *logs);
/* The same of an event of fit, for callbacks `first`, first + 1, ...; the trainer's place says how many have heard of it. */
denoise_status denoise__callbacks_tell_from(denoise_trainer *trainer, denoise__counted_event event, int64_t number,
                                            denoise_logs *logs, int64_t first);
bool denoise__callbacks_handle_nonfinite(const denoise_trainer *trainer);

#endif
