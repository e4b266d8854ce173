/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Random numbers: Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror, Shaw, SC11).
 *
 * A generator is (seed, stream, position). Two generators with the same three give the same numbers on every machine,
 * whatever other generators do. Uniform numbers are the top 24 bits of a word times 2^-24; normal numbers are the
 * inverse of the normal distribution (Wichura, AS 241, PPND16) at (word + 0.5) 2^-32, so one word makes one number.
 */
#ifndef DENOISE_RANDOM_H
#define DENOISE_RANDOM_H

#include <denoise/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A random number generator. Since 0.1. */
typedef struct denoise_rng denoise_rng;

/**
 * Makes a generator at position 0.
 * @param out the new generator; NULL on failure; the caller frees it with denoise_rng_free()
 * @param seed any value
 * @param stream any value; different streams of one seed are independent
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_rng_new(denoise_rng **out, uint64_t seed, uint64_t stream);

/** Frees a generator. @param rng NULL is accepted. Since 0.1. */
DENOISE_API void denoise_rng_free(denoise_rng *rng);

/**
 * The next raw words of the generator.
 * @param rng the generator
 * @param values room for count words
 * @param count >= 0
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.1.
 */
DENOISE_API denoise_status denoise_rng_words(denoise_rng *rng, uint32_t *values, int64_t count);

/**
 * Uniform numbers in [low, high), rounded to float32 (and not up to high).
 * @param rng the generator
 * @param values room for count numbers
 * @param count >= 0
 * @param low a float32 number
 * @param high a float32 number, >= low; where they are equal, all numbers are that one
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.1.
 */
DENOISE_API denoise_status denoise_rng_uniform(denoise_rng *rng, float *values, int64_t count, double low, double high);

/**
 * Normally distributed numbers.
 * @param rng the generator
 * @param values room for count numbers
 * @param count >= 0
 * @param mean a float32 number
 * @param stddev a float32 number, >= 0
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.1.
 */
DENOISE_API denoise_status denoise_rng_normal(denoise_rng *rng, float *values, int64_t count, double mean, double stddev);

/**
 * A random order of 0 .. count-1 (Fisher-Yates from the end, indices without bias by rejection).
 * @param rng the generator
 * @param values room for count numbers
 * @param count 0 .. 2^32
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.1.
 */
DENOISE_API denoise_status denoise_rng_permutation(denoise_rng *rng, int64_t *values, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
