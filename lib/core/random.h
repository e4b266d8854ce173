/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10 by counter, for parallel use; see denoise/random.h. */
#ifndef DENOISE_CORE_RANDOM_H
#define DENOISE_CORE_RANDOM_H

#include <denoise/random.h>

/* Block `index` (4 words) of a stream: counter = (index, stream), key = seed. */
void denoise__philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t words[4]);

/* Number i of a stream is word i % 4 of block i / 4. From it one uniform or one normal number is made; arrays of them are in
 * kernels/random.h. */

/* Inverse of the normal distribution, AS 241 PPND16; the same bits everywhere (no libm). 0 < p < 1. */
double denoise__normal_quantile(double p);

/* A permutation of 0..count-1 from one stream; permute goes on at *position and moves it behind the words it took. */
void denoise__random_permute(uint64_t seed, uint64_t stream, uint64_t *position, int64_t *values, int64_t count);
void denoise__random_permutation(uint64_t seed, uint64_t stream, int64_t *values, int64_t count);
/* A number below n, 1 <= n <= 2^32, from the words at *position, which moves behind them. */
int64_t denoise__random_below(uint64_t seed, uint64_t stream, uint64_t *position, int64_t n);

/* Streams are keyed by purpose and up to three numbers (layer position, weight, step): a fixed mix of 64 bits. */
enum {
    DENOISE__STREAM_WEIGHTS = 1,   /* (layer, weight, 0) */
    DENOISE__STREAM_LAYER = 2,     /* (key of the call, trainer's step, 0): dropout, noise */
    DENOISE__STREAM_SHUFFLE = 3,   /* (trainer's step at the epoch's begin, 0, 0) */
    DENOISE__STREAM_NOISE = 4,     /* (0, 0, 0): image noise */
    DENOISE__STREAM_DIGITS = 5,    /* (split, image, 0): synthetic digits */
    DENOISE__STREAM_OPERATION = 6, /* (key of the model around it, operation, node index): makes the key of a call */
    DENOISE__STREAM_DATASET = 7,   /* (pass, repetition, stage): a dataset's shuffling */
    DENOISE__STREAM_SPLIT = 8      /* (0, 0, 0): rows that validate */
};
uint64_t denoise__stream(uint32_t purpose, uint64_t a, uint64_t b, uint64_t c);

#endif
