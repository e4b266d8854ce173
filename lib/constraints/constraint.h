/* SPDX-License-Identifier: Apache-2.0 */
/* Constraints: what weights are brought back to after each update. */
#ifndef DENOISE_CONSTRAINTS_CONSTRAINT_H
#define DENOISE_CONSTRAINTS_CONSTRAINT_H

#include "core/kind.h"
#include "tensor/shape.h"
#include <denoise/constraint.h>
#include <stdbool.h>

typedef struct denoise__constraint_kind {
    denoise__kind base;
    /* Whether it can be put on a weight of this shape: DENOISE_ERR_SHAPE. NULL: any. */
    denoise_status (*check)(const void *config, const denoise__shape *shape);
    /* Brings the weight back, in place; finite numbers stay finite. The calling thread may use the pool, and the same bits come
     * out on any number of threads. Allocates nothing. */
    void (*apply)(const void *config, float *w, const denoise__shape *shape);
    /* The same of a kind that can fail, which has this alone; what it leaves then is no weight any more. */
    denoise_status (*try_apply)(const void *config, float *w, const denoise__shape *shape);
} denoise__constraint_kind;

extern const denoise__registry denoise__constraint_registry;

/* NULL and None: nothing to check or to do. */
denoise_status denoise__constraint_check(const denoise__kind_ref *ref, const denoise__shape *shape);
denoise_status denoise__constraint_apply(const denoise__kind_ref *ref, float *w, const denoise__shape *shape);
bool denoise__constraint_can_fail(const denoise__kind_ref *ref);

#endif
