/* SPDX-License-Identifier: Apache-2.0 */
/* One fit of many epochs in a thread of its own that holds still between epochs, so that an epoch's time holds nothing of the
 * fit's beginning; peer_keras.py does the same. */
#ifndef DENOISE_BENCH_PEERS_LONG_FIT_H
#define DENOISE_BENCH_PEERS_LONG_FIT_H

#include <denoise/denoise.h>

typedef struct long_fit long_fit;

/* Takes the trainer over; x and y must stay. Lives as long as the process. */
long_fit *long_fit_new(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y, int64_t batch);
/* One more epoch: its loss. */
double long_fit_epoch(long_fit *fit);

#endif
