/* SPDX-License-Identifier: Apache-2.0 */
/* A trainer in use: by one thread at a time, whose callbacks may call it again, and not gone before the call that uses it
 * ends. */
#ifndef DENOISE_TRAIN_USE_H
#define DENOISE_TRAIN_USE_H

#include "train/trainer.h"

typedef struct denoise__use {
    denoise_trainer *trainer;
    int cancel;
    bool nested; /* in a callback of a call that has the trainer already */
} denoise__use;

/* DENOISE_ERR_BUSY, and nothing is touched, while another thread has the trainer. */
denoise_status denoise__use_begin(denoise__use *use, denoise_trainer *trainer, const char *what);
/* Keeps the text of a failure and returns status; the trainer may be gone afterwards. */
denoise_status denoise__use_end(denoise__use *use, denoise_status status);

/* x and y of a public function are not NULL; is_one: nor are the single tensors that they point to. */
denoise_status denoise__check_data(const char *function, const denoise_tensor *const *x, const denoise_tensor *const *y,
                                   bool is_one);

#endif
