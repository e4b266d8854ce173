/* SPDX-License-Identifier: Apache-2.0 */
#include "initializers/random_fill.h"
#include "core/random.h"
#include "core/threads.h"

enum { PIECE = 16384, WORDS = 256 };

/* The normal distribution function at -2. */
#define BELOW_MINUS_2 0.022750131948179207

/* A normal number between -2 and 2 from one word: the word is a uniform u in (0, 1), and the quantile at
 * P(-2) + u (P(2) - P(-2)) has the normal distribution restricted to that interval. No rejection, one word per number. */
static double truncated(uint32_t word)
{
    double u = ((double)word + 0.5) * 0x1p-32;
    double z = denoise__normal_quantile(BELOW_MINUS_2 + u * (1 - 2 * BELOW_MINUS_2));
    if (z < -2) return -2;
    return z > 2 ? 2 : z;
}

static void fill_truncated(const denoise__random_fill *fill, int64_t first, int64_t count)
{
    uint32_t words[WORDS];
    for (int64_t done = 0; done < count;) {
        int64_t part = count - done < WORDS ? count - done : WORDS;
        denoise__random_words(fill->seed, fill->stream, (uint64_t)(first + done), words, part);
        for (int64_t i = 0; i < part; i++)
            fill->values[first + done + i] = (float)(fill->a + fill->b * truncated(words[i]));
        done += part;
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
    denoise__parallel_ranges(count, PIECE, fill_range, fill);
}
