/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: memory for training or testing with up to a batch size. */
#ifndef DENOISE_TRAIN_SESSION_H
#define DENOISE_TRAIN_SESSION_H

#include "train/trainer.h"

/* Makes the session big enough. Needs are those of losses and (resolved) metrics. On failure the session is as before. */
denoise_status denoise__session_prepare(denoise_trainer *trainer, denoise__session *session, int64_t batch);
void denoise__session_clear(denoise_trainer *trainer, denoise__session *session);

#endif
