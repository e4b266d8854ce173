/* SPDX-License-Identifier: Apache-2.0 */
/* A step of the optimizer that can be taken back: what it changes is copied first, where a constraint that is put on the new
 * weights can fail. Other plans have no such copy, and their steps cannot fail once a weight has changed. */
#ifndef DENOISE_MODELS_UNDO_H
#define DENOISE_MODELS_UNDO_H

#include "models/plan.h"

/* Memory for the copy, where one is needed. */
denoise_status denoise__plan_allocate_kept(denoise__plan *plan);
/* Copies wanted weights and the optimizer's state of them as they are before a step. */
void denoise__plan_keep(denoise__plan *plan);
/* They are as they were; weights are at home. Without a copy nothing has changed. */
void denoise__plan_take_back(denoise__plan *plan);

#endif
