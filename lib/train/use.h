/* SPDX-License-Identifier: Apache-2.0 */
/* A trainer in use: by one thread at a time, whose callbacks may call it again, and not gone before the call that uses it
 * ends.
 *
 * A callback may leave its run by longjmp() or an exception: the frames between are gone, and nothing in them runs again. So
 * all that a call has to put back stands in the trainer, in a record per call (denoise__use_record): the lock of the weights,
 * the engine, the floating-point environment, the cancel state, and blocks of memory. Whoever comes next on the same thread
 * finds records whose frames lie deeper in the stack than its own: those calls cannot be alive. It is told so, and
 * denoise_trainer_reset() or denoise_trainer_free() puts back what they had. */
#ifndef DENOISE_TRAIN_USE_H
#define DENOISE_TRAIN_USE_H

#include "train/trainer.h"

typedef struct denoise__use {
    denoise_trainer *trainer;
    int32_t index; /* of its record */
} denoise__use;

/* DENOISE_ERR_BUSY, and nothing is touched, while another thread has the trainer, or a call that was left. `what` is a literal:
 * "fit". */
denoise_status denoise__use_begin(denoise__use *use, denoise_trainer *trainer, const char *what);
/* Keeps the text of a failure, releases what the call still holds, and returns status; the trainer may be gone afterwards. */
denoise_status denoise__use_end(denoise__use *use, denoise_status status);

/* Memory of a call that calls the caller's functions: `release(object)` is called when the call ends, or when it turns out to
 * have been left. NULL for an object is DENOISE_ERR_NOMEM, so that an allocation can be the argument; a failure releases the
 * object. */
denoise_status denoise__use_hold(denoise_trainer *trainer, void (*release)(void *object), void *object);
/* The object is held no longer: it is handed out. */
void denoise__use_give(denoise_trainer *trainer, const void *object);

/* Around a call of the caller's functions, which may leave it. Out answers what in needs. */
int32_t denoise__use_step_out(denoise_trainer *trainer);
void denoise__use_step_in(denoise_trainer *trainer, int32_t index);

/* Ends the calls of records index, index + 1, ... */
void denoise__use_unwind(denoise_trainer *trainer, int32_t index);
/* Puts back what the run of a call has, which is ending or whose frames are gone. */
void denoise__use_end_run(denoise_trainer *trainer, denoise__use_record *record);

/* Drops all callbacks that were added, refused ones included. */
void denoise__trainer_drop_callbacks(denoise_trainer *trainer);

#endif
