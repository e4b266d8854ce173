/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a step: gradients of all wanted weights, penalties, the check that all is finite, and the optimizer's step. */
#ifndef DENOISE_MODELS_UPDATE_H
#define DENOISE_MODELS_UPDATE_H

#include "models/plan.h"

/* The penalties of all wanted weights, in ascending order; shared layers count once. Remembers how great their gradients can
 * be. A failure has the names of layer and weight in front, here and below. */
denoise_status denoise__plan_penalty(denoise__plan *plan, double *penalty);
/* Penalty of wanted weight i alone. */
denoise_status denoise__plan_weight_penalty(denoise__plan *plan, int64_t index, double *penalty);

/* After a pass of `rows` samples with backward. A failure changes neither weights nor the optimizer: with check_finite
 * DENOISE_ERR_NONFINITE, which names the first element when a gradient, or what the step would make, is not finite; or what a
 * schedule, regularizer or constraint has answered. */
denoise_status denoise__plan_update(denoise__plan *plan, int64_t rows, bool check_finite);

/* Gradients without a step: of wanted weight i, written row-major to `out`, which has room for it. */
denoise_status denoise__plan_sum_gradients(denoise__plan *plan, int64_t rows);
void denoise__plan_read_gradient(const denoise__plan *plan, int64_t index, float *out);

#endif
