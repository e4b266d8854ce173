/* SPDX-License-Identifier: Apache-2.0 */
/* What fit, evaluate and the batch calls have in common: the lock of the weights, the floating-point environment, what the
 * callbacks are told about the run. It all stands in the record of the call (train/use.h), not in the scope, so that it can be
 * put back when a callback has left the run. */
#ifndef DENOISE_TRAIN_RUN_SCOPE_H
#define DENOISE_TRAIN_RUN_SCOPE_H

#include "train/trainer.h"

typedef struct denoise__run_scope {
    denoise_trainer *trainer;
    int32_t index; /* of the call's record */
} denoise__run_scope;

/* Takes the lock (shared, or exclusive for a run that trains). Evaluate inside a fit's callback is allowed, deeper nesting is
 * not. Between denoise__use_begin() and denoise__use_end(), once. */
denoise_status denoise__run_enter(denoise__run_scope *scope, denoise_trainer *trainer, bool exclusive, const char *what,
                                  const denoise__run_params *params);
void denoise__run_leave(denoise__run_scope *scope);

#endif
