/* SPDX-License-Identifier: Apache-2.0 */
/* Running a plan: forward, backward, and finding out where a number went wrong. */
#ifndef DENOISE_MODELS_RUN_H
#define DENOISE_MODELS_RUN_H

#include "models/plan.h"

float *denoise__plan_buffer(const denoise__plan *plan, int32_t buffer); /* NULL for -1 */
float *denoise__plan_data(const denoise__plan *plan, int32_t value);    /* an input's values must not be written */

/* Forward on `rows` rows of plan->inputs. seed and number (of the step) key dropout and noise. */
void denoise__plan_forward(denoise__plan *plan, int64_t rows, uint64_t seed, uint64_t number);
/* Backward from the buffers of plan->outputs[].gradient, which the losses have written. */
void denoise__plan_backward(denoise__plan *plan, int64_t rows, uint64_t seed, uint64_t number);
/* Gradient of wanted weight i. */
float *denoise__plan_weight_gradient(const denoise__plan *plan, int64_t index);
/* Gradient of input i, after backward with input_gradients; NULL when no output depends on it. */
float *denoise__plan_input_gradient(const denoise__plan *plan, int32_t index);

bool denoise__all_finite(const float *values, int64_t count);
float denoise__greatest(const float *values, int64_t count);          /* magnitude of finite values */
int64_t denoise__first_nonfinite(const float *values, int64_t count); /* -1: none */
/* Where a number is not finite: an element of a weight, or of a row of the batch. */
typedef struct denoise__plan_fault {
    char where[DENOISE__MESSAGE_SIZE / 2];
    int64_t row; /* -1: of a weight */
    int64_t element;
    float value;
} denoise__plan_fault;
/* Runs forward again, step by step, and finds the first layer whose output is not finite; returns false when there is none. */
bool denoise__plan_find_nonfinite(denoise__plan *plan, int64_t rows, uint64_t seed, uint64_t number,
                                  denoise__plan_fault *fault);

#endif
