/* SPDX-License-Identifier: Apache-2.0 */
/* A table of random kernels against the scalar definitions of core/random.h, bit for bit: for every instruction set and for the
 * emulated one. Each function fails the test where a bit differs. */
#ifndef DENOISE_TESTS_UNIT_KERNELS_RANDOM_RUNS_H
#define DENOISE_TESTS_UNIT_KERNELS_RANDOM_RUNS_H

#include "kernels/random.h"

/* Numbers that are not Philox's: SplitMix64's. */
void restart_trial(uint64_t seed);
uint64_t trial_number(void);

/* The definitions. */
uint32_t defined_word(uint64_t seed, uint64_t stream, uint64_t position);
float defined_uniform(uint32_t word, double low, double high);
float defined_normal(uint32_t word, double mean, double stddev);

void check_blocks(const denoise__random_table *table);
void check_masks(const denoise__random_table *table);
void check_uniform_numbers(const denoise__random_table *table);
void check_normal_numbers(const denoise__random_table *table);
void check_quantiles(const denoise__random_table *table);

#endif
