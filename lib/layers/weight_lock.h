/* SPDX-License-Identifier: Apache-2.0 */
/* One layer's lock: many readers, or one writer whose own thread may go on reading and writing. Nothing ever waits. */
#ifndef DENOISE_LAYERS_WEIGHT_LOCK_H
#define DENOISE_LAYERS_WEIGHT_LOCK_H

#include "layers/layer.h"

/* false: another thread writes. */
bool denoise__weight_lock_share(denoise__weight_lock *lock);
void denoise__weight_lock_unshare(denoise__weight_lock *lock);

/* false: the weights are in use, also when it is by this thread. */
bool denoise__weight_lock_claim(denoise__weight_lock *lock);
void denoise__weight_lock_unclaim(denoise__weight_lock *lock);

/* Whether the calling thread is the writer. */
bool denoise__weight_lock_is_mine(denoise__weight_lock *lock);

#endif
