/* SPDX-License-Identifier: Apache-2.0 */
/* Native products of a few rows, or over a few k: B is read once where it lies, for packing it would cost as much as the
 * product. */
#ifndef DENOISE_KERNELS_FEW_ROWS_H
#define DENOISE_KERNELS_FEW_ROWS_H

#include "kernels/gemm.h"

/* C = op(A) . B, the same chains as the tiles' (kernels/tile.h). transpose_b must be false. */
typedef void (*denoise__few_rows)(const denoise__product *product);

denoise__few_rows denoise__few_rows_of(int32_t isa); /* DENOISE__ISA_*, which the CPU must have */

#endif
