/* SPDX-License-Identifier: Apache-2.0 */
#include "initializers/random_fill.h"
#include "core/threads.h"
#include "kernels/random.h"

enum { WORDS = 256 };

/* The normal distribution function at -2. */
#define BELOW_MINUS_2 0.022750131948179207

/* Normal numbers between -2 and 2, one from each word: the word is a uniform u in (0, 1), and the quantile at
 * P(-2) + u (P(2) - P(-2)) has the normal distribution restricted to that interval. No rejection. */
static void fill_truncated(const denoise__random_fill *fill, int64_t first, int64_t count)
{
    const denoise__random_table *kernels = denoise__random_kernels();
    uint32_t words[WORDS];
    double z[WORDS];
    for (int64_t done = 0; done < count; done += WORDS) {
        int64_t part = count - done < WORDS ? count - done : WORDS;
        denoise__random_words(fill->seed, fill->stream, (uint64_t)(first + done), words, part);
        for (int64_t i = 0; i < part; i++) {
            double u = ((double)words[i] + 0.5) * 0x1p-32;
            z[i] = BELOW_MINUS_2 + u * (1 - 2 * BELOW_MINUS_2);
        }
        kernels->quantile(z, z, part);
        for (int64_t i = 0; i < part; i++)
            fill->values[first + done + i] = (float)(fill->a + fill->b * (z[i] < -2 ? -2 : z[i] > 2 ? 2 : z[i]));
    }
}

static void fill_range(void *context, int64_t first, int64_t count)
{
    const denoise__random_fill *fill = context;
    float *values = fill->values + first;
    if (fill->distribution == DENOISE__FILL_TRUNCATED) {
        fill_truncated(fill, first, count);
    } else if (fill->distribution == DENOISE__FILL_NORMAL) {
        denoise__random_normal(fill->seed, fill->stream, (uint64_t)first, values, count, fill->a, fill->b);
    } else {
        denoise__random_uniform(fill->seed, fill->stream, (uint64_t)first, values, count, fill->a, fill->b);
    }
}

void denoise__random_fill_source(denoise__random_fill *fill, int64_t own_seed, uint64_t seed, uint64_t stream)
{
    fill->seed = own_seed >= 0 ? (uint64_t)own_seed : seed;
    fill->stream = own_seed >= 0 ? 0 : stream;
}

void denoise__random_fill_run(denoise__random_fill *fill, int64_t count)
{
    denoise__parallel_ranges(count, DENOISE__GRAIN, fill_range, fill);
}
