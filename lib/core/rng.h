/* SPDX-License-Identifier: Apache-2.0 */
/* The public generator: a seed, a stream and a position. What fills arrays of floats and words is kernels/rng_numbers.c. */
#ifndef DENOISE_CORE_RNG_H
#define DENOISE_CORE_RNG_H

#include <denoise/random.h>

struct denoise_rng {
    uint64_t seed, stream, position;
};

/* `function` is the caller that is named in the message. */
denoise_status denoise__rng_check_count(const char *function, int64_t count, int64_t limit);

#endif
