/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of the columns of a matrix: gradients of biases. They go in blocks of DENOISE__ROW_BLOCK rows: each block is summed in
 * single precision, in ascending order, the blocks then in ascending order in double precision. */
#ifndef DENOISE_LAYERS_COLUMN_SUMS_H
#define DENOISE_LAYERS_COLUMN_SUMS_H

#include <stddef.h>
#include <stdint.h>

size_t denoise__column_sums_scratch(int64_t rows, int64_t columns); /* bytes */
void denoise__column_sums(const float *values, int64_t rows, int64_t columns, float *scratch, float *sums);

#endif
