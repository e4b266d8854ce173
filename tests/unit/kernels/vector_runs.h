/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel of a table of vector kernels run on the same inputs, and what comes out, for comparing tables. */
#ifndef DENOISE_TESTS_VECTOR_RUNS_H
#define DENOISE_TESTS_VECTOR_RUNS_H

#include "kernels/vector.h"

enum { LONGEST = 600, OUTPUTS = 160, INPUT_KINDS = 4 };

typedef struct inputs {
    float a[LONGEST], b[LONGEST], c[LONGEST], d[LONGEST], e[LONGEST];
} inputs;

typedef struct outputs {
    int count;
    float value[OUTPUTS][LONGEST];
    int is_twin[OUTPUTS]; /* has to be the same as the one before it */
} outputs;

typedef void (*unary)(const float *x, float *y, int64_t count);

uint32_t float_bits(float value);
float float_of_bits(uint32_t bits);
int same_float(float x, float y); /* the same bits, or both NaN */

/* Of a fixed sequence of numbers; kinds: -4 .. 4; 0 .. 1; special values; any float. */
void restart_noise(uint32_t seed);
float random_float(int kind);
void fill_inputs(inputs *in, int kind);

/* Elements beyond n are zero. 0 <= n <= LONGEST */
void run_kernels(const denoise__vector *v, const inputs *in, int n, outputs *out);

/* NULL, or what the first difference is; all elements of all outputs. */
const char *first_difference(const outputs *expected, const outputs *given);
const char *first_twin_difference(const outputs *given);

/* FNV-1a over the outputs of inputs of every kind; all NaN count as one. */
uint64_t hash_of_table(const denoise__vector *v);

#endif
