/* SPDX-License-Identifier: Apache-2.0 */
/* Initializers: the first values of a weight, from a seed and a stream. */
#ifndef DENOISE_INITIALIZERS_INITIALIZER_H
#define DENOISE_INITIALIZERS_INITIALIZER_H

#include "core/kind.h"
#include "tensor/shape.h"

typedef struct denoise__initializer_kind {
    denoise__kind base;
    void (*fill)(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values);
    /* The same of a kind that can fail, which has this alone. */
    denoise_status (*try_fill)(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values);
} denoise__initializer_kind;

extern const denoise__registry denoise__initializer_registry;

/* Fills values (product(shape) numbers); a configuration's own `seed` goes before the given one. */
denoise_status denoise__initialize(const denoise__kind_ref *ref, const denoise__shape *shape, uint64_t seed, uint64_t stream,
                                   float *values);

/* Keras' compute_fans: (in, out) for rank 2, receptive field times channels for more, rank 1 (n, n), rank 0 (1, 1). */
void denoise__fans(const denoise__shape *shape, double *fan_in, double *fan_out);

#endif
