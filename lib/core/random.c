/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include <stdbool.h>

enum { ROUNDS = 10, WORDS = 4 };

void denoise__philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t words[4])
{
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32), c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53U * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57U * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9U; /* the golden ratio */
        k1 += 0xBB67AE85U; /* the square root of 3, less 1 */
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

/* Words of a stream, one after the other. */
typedef struct cursor {
    uint64_t seed, stream, position;
    uint64_t index; /* of the block */
    bool filled;
    uint32_t block[WORDS];
} cursor;

static uint32_t next_word(cursor *at)
{
    uint64_t index = at->position / WORDS;
    if (!at->filled || at->index != index) {
        denoise__philox(at->seed, at->stream, index, at->block);
        at->index = index;
        at->filled = true;
    }
    return at->block[at->position++ % WORDS];
}

/* A number below n <= 2^32: the upper half of word * n, where a too small lower half is drawn again (Lemire, "Fast random
 * integer generation in an interval", 2019). */
static uint64_t next_below(cursor *at, uint64_t n)
{
    uint64_t product = next_word(at) * n;
    uint64_t threshold = (((uint64_t)1 << 32) - n) % n;
    while ((uint32_t)product < threshold) {
        product = next_word(at) * n;
    }
    return product >> 32;
}

static void permute(cursor *at, int64_t *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        values[i] = i;
    }
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = (int64_t)next_below(at, (uint64_t)i + 1);
        int64_t kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}

void denoise__random_permute(uint64_t seed, uint64_t stream, uint64_t *position, int64_t *values, int64_t count)
{
    cursor at = {.seed = seed, .stream = stream, .position = *position};
    permute(&at, values, count);
    *position = at.position;
}

void denoise__random_permutation(uint64_t seed, uint64_t stream, int64_t *values, int64_t count)
{
    uint64_t position = 0;
    denoise__random_permute(seed, stream, &position, values, count);
}

int64_t denoise__random_below(uint64_t seed, uint64_t stream, uint64_t *position, int64_t n)
{
    cursor at = {.seed = seed, .stream = stream, .position = *position};
    int64_t below = (int64_t)next_below(&at, (uint64_t)n);
    *position = at.position;
    return below;
}

/* The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): a bijection in
 * which every bit depends on every other. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

uint64_t denoise__stream(uint32_t purpose, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t step = 0x9E3779B97F4A7C15U;
    uint64_t x = mix(purpose + step);
    x = mix((x ^ a) + step);
    x = mix((x ^ b) + step);
    return mix((x ^ c) + step);
}
