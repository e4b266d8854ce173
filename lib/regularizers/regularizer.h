/* SPDX-License-Identifier: Apache-2.0 */
/* Regularizers: a penalty on a weight and its gradient. */
#ifndef DENOISE_REGULARIZERS_REGULARIZER_H
#define DENOISE_REGULARIZERS_REGULARIZER_H

#include "core/kind.h"
#include "tensor/shape.h"

typedef struct denoise__regularizer_kind {
    denoise__kind base;
    double (*penalty)(const void *config, const float *w, int64_t count);
    void (*add_gradient)(const void *config, const float *w, float *gradient, int64_t count);
} denoise__regularizer_kind;

extern const denoise__registry denoise__regularizer_registry;

double denoise__regularizer_penalty(const denoise__kind_ref *ref, const float *w, int64_t count); /* 0 for None */
void denoise__regularizer_add_gradient(const denoise__kind_ref *ref, const float *w, float *gradient, int64_t count);

#endif
