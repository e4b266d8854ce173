/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10 by counter, for parallel use; see denoise/random.h. */
#ifndef DENOISE_CORE_RANDOM_H
#define DENOISE_CORE_RANDOM_H

#include <denoise/random.h>

/* Block `index` (4 words) of a stream: counter = (index, stream), key = seed. */
void denoise__philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t words[4]);

/* Word position..position+count-1 of a stream as numbers; equal for any split of the range. */
void denoise__random_words(uint64_t seed, uint64_t stream, uint64_t position, uint32_t *values, int64_t count);
void denoise__random_uniform(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double low,
                             double high);
void denoise__random_normal(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double mean,
                            double stddev);

/* Inverse of the normal distribution, AS 241 PPND16; the same bits everywhere (no libm). 0 < p < 1. */
double denoise__normal_quantile(double p);

/* A permutation of 0..count-1 from one stream; permute goes on at *position and moves it behind the words it took. */
void denoise__random_permute(uint64_t seed, uint64_t stream, uint64_t *position, int64_t *values, int64_t count);
void denoise__random_permutation(uint64_t seed, uint64_t stream, int64_t *values, int64_t count);

/* Streams are keyed by purpose and up to three numbers (layer position, weight, step): a fixed mix of 64 bits. */
enum {
    DENOISE__STREAM_WEIGHTS = 1, /* (layer, weight, 0) */
    DENOISE__STREAM_LAYER = 2,   /* (call, step, 0): dropout, noise */
    DENOISE__STREAM_SHUFFLE = 3, /* (epoch, 0, 0) */
    DENOISE__STREAM_NOISE = 4,   /* (0, 0, 0): image noise */
    DENOISE__STREAM_DIGITS = 5   /* (split, image, 0): synthetic digits */
};
uint64_t denoise__stream(uint32_t purpose, uint64_t a, uint64_t b, uint64_t c);

#endif
