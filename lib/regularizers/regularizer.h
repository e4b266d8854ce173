/* SPDX-License-Identifier: Apache-2.0 */
/* Regularizers: a penalty on a weight and its gradient. */
#ifndef DENOISE_REGULARIZERS_REGULARIZER_H
#define DENOISE_REGULARIZERS_REGULARIZER_H

#include "core/kind.h"
#include "tensor/shape.h"
#include <stdbool.h>

typedef struct denoise__regularizer_kind {
    denoise__kind base;
    double (*penalty)(const void *config, const float *w, int64_t count);
    void (*add_gradient)(const void *config, const float *w, float *gradient, int64_t count); /* element by element */
    double (*reach)(const void *config, double greatest); /* magnitude of a gradient at most, of weights up to `greatest` */
    /* The same of a kind that can fail, which has these alone. */
    denoise_status (*try_penalty)(const void *config, const float *w, int64_t count, double *penalty);
    denoise_status (*try_add_gradient)(const void *config, const float *w, float *gradient, int64_t count);
    denoise_status (*try_reach)(const void *config, double greatest, double *reach);
} denoise__regularizer_kind;

extern const denoise__registry denoise__regularizer_registry;

enum { DENOISE__PENALTY_PIECE = 16384 }; /* elements whose penalty is one sum: part of what the bits are */

/* Elements first..first+count-1 of a weight in the order of its rows, up to a piece of them; memory of its own by slot. */
typedef const float *(*denoise__weight_reader)(void *context, int64_t first, int64_t count, int32_t slot);
/* The penalty of a weight that lies in some other way, on the pool, in pieces that depend on its size alone. *reach (NULL: not
 * wanted): what `reach` answers of it. Both are 0 for None. */
denoise_status denoise__regularizer_penalty_read(const denoise__kind_ref *ref, int64_t count, denoise__weight_reader read,
                                                 void *context, int32_t slots, double *penalty, double *reach);
denoise_status denoise__regularizer_penalty(const denoise__kind_ref *ref, const float *w, int64_t count, double *penalty);
/* Of a whole weight, on the pool; of some elements, on this thread. NULL and None: nothing to add. */
denoise_status denoise__regularizer_add_gradient(const denoise__kind_ref *ref, const float *w, float *gradient, int64_t count);
denoise_status denoise__regularizer_add_piece(const denoise__kind_ref *ref, const float *w, float *gradient, int64_t count);
bool denoise__regularizer_can_fail(const denoise__kind_ref *ref);

#endif
