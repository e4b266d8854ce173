/* SPDX-License-Identifier: Apache-2.0 */
/* Use of weights: readers share, a writer excludes. The lock belongs to each layer, so models that share layers share it.
 * Nothing waits: a violation is DENOISE_ERR_BUSY. The writing thread itself may read and write (callbacks do). */
#ifndef DENOISE_MODELS_LOCK_H
#define DENOISE_MODELS_LOCK_H

#include "layers/layer.h"

/* Number of layers is count; on failure none stays taken. `what` names the call in the message. */
denoise_status denoise__lock_shared(denoise_layer *const *layers, int64_t count, const char *what);
void denoise__unlock_shared(denoise_layer *const *layers, int64_t count);

/* A call nested in the owner's (set_weights in a callback of fit) succeeds; with nested == NULL it is refused instead (fit in
 * fit). *nested tells the unlock that nothing is to be done. */
denoise_status denoise__lock_exclusive(denoise_layer *const *layers, int64_t count, const char *what, bool *nested);
void denoise__unlock_exclusive(denoise_layer *const *layers, int64_t count, bool nested);

#endif
