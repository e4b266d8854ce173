/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: memory for training or testing with up to a batch size. */
#ifndef DENOISE_TRAIN_SESSION_H
#define DENOISE_TRAIN_SESSION_H

#include "train/trainer.h"

/* The model for the sizes of these rows, which fit it; borrowed until the next call. */
denoise_status denoise__trainer_size(denoise_trainer *trainer, const denoise_tensor *const *x, const denoise_model **sized);
/* Makes the session big enough for such rows. Needs are those of losses and (resolved) metrics. On failure the session is as
 * before. */
denoise_status denoise__session_prepare(denoise_trainer *trainer, denoise__session *session, const denoise_tensor *const *x,
                                        int64_t batch);
void denoise__session_clear(denoise_trainer *trainer, denoise__session *session);

#endif
