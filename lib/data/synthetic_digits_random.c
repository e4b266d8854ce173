/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include "data/synthetic_digits.h"

void denoise__digit_random_start(denoise__digit_random *random, uint64_t seed, uint64_t stream)
{
    *random = (denoise__digit_random){.seed = seed, .stream = stream, .used = 4};
}

double denoise__digit_uniform(denoise__digit_random *random, double low, double high)
{
    if (random->used == 4) {
        denoise__philox(random->seed, random->stream, random->block++, random->words);
        random->used = 0;
    }
    return low + (high - low) * (((double)random->words[random->used++] + 0.5) * 0x1p-32);
}

/* The sum of three uniform numbers in -1..1 has variance 1 and is near normal, but no hand gets out of bounds. */
double denoise__digit_normal(denoise__digit_random *random, double mean, double spread)
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        sum += denoise__digit_uniform(random, -1.0, 1.0);
    }
    return mean + spread * sum;
}
