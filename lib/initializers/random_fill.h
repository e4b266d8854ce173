/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a weight with random numbers, in pieces on the pool. */
#ifndef DENOISE_INITIALIZERS_RANDOM_FILL_H
#define DENOISE_INITIALIZERS_RANDOM_FILL_H

#include <stdint.h>

enum { DENOISE__FILL_UNIFORM, DENOISE__FILL_NORMAL, DENOISE__FILL_TRUNCATED };

typedef struct denoise__random_fill {
    int32_t distribution;
    double a, b; /* uniform: [a, b); normal, truncated: mean and standard deviation (before truncation) */
    uint64_t seed, stream;
    float *values;
} denoise__random_fill;

/* Chooses where the numbers come from: a seed of the configuration's own (>= 0) replaces seed and stream, so that, as in
 * Keras, one seed means the same numbers wherever it is used. */
void denoise__random_fill_source(denoise__random_fill *fill, int64_t own_seed, uint64_t seed, uint64_t stream);

/* Element i depends on (seed, stream, i) alone. */
void denoise__random_fill_run(denoise__random_fill *fill, int64_t count);

#endif
