/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of random numbers: Philox4x32-10, uniform and normal, by vectors.
 *
 * core/random.h says what number i of a stream is; here they are made many at a time, with the same bits whatever the
 * instruction set and however a stream is cut. A block of numbers has rows and columns and lies without gaps in memory: its
 * element (r, c) is number first + r step + c of the stream. That is one panel of a matrix, or some of its rows. Fastest where
 * first, step and columns are multiples of 4. Nothing here allocates. */
#ifndef DENOISE_KERNELS_RANDOM_H
#define DENOISE_KERNELS_RANDOM_H

#include <stdint.h>

/* The numbers themselves, each from 0 to 2^32 - 1. */
void denoise__random_words_2d(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns,
                              uint32_t *words);

/* 1 where the word is at least the threshold, which may be up to 2^32, else 0. */
void denoise__random_mask_2d(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns,
                             uint8_t *mask, uint64_t threshold);

/* From low up to, but without, high. */
void denoise__random_uniform_2d(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns,
                                float *values, double low, double high);

/* mean + stddev denoise__normal_quantile((word + 1/2) 2^-32) */
void denoise__random_normal_2d(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns,
                               float *values, double mean, double stddev);

/* One row: the numbers position .. position + count - 1. */
void denoise__random_words(uint64_t seed, uint64_t stream, uint64_t position, uint32_t *words, int64_t count);
void denoise__random_uniform(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double low,
                             double high);
void denoise__random_normal(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double mean,
                            double stddev);

/* The loops that are compiled once per instruction set. */
enum { DENOISE__RANDOM_LANES = 16 };

typedef struct denoise__random_table {
    const char *name; /* "portable", "avx2", "avx512", "neon" */
    /* words[4 i ..] = block indexes[i] of a stream; count is a multiple of DENOISE__RANDOM_LANES. */
    void (*blocks)(uint64_t seed, uint64_t stream, const uint64_t *indexes, int64_t count, uint32_t *words);
    void (*mask)(const uint32_t *words, uint8_t *mask, int64_t count, uint32_t threshold);
    /* low + width (word >> 8) 2^-24, at most last */
    void (*uniform)(const uint32_t *words, float *values, int64_t count, double low, double width, float last);
    void (*normal)(const uint32_t *words, float *values, int64_t count, double mean, double stddev);
    /* z[i] = denoise__normal_quantile(p[i]); z may be p. */
    void (*quantile)(const double *p, double *z, int64_t count);
} denoise__random_table;

const denoise__random_table *denoise__random_kernels(void);           /* for this CPU */
const denoise__random_table *denoise__random_kernels_of(int32_t isa); /* NULL where the CPU or the build lacks it */

#endif
