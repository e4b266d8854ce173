/* SPDX-License-Identifier: Apache-2.0 */
/* The engine "native" for matrices in rows. Every element is one chain of fused multiply-adds over ascending k from +0, so
 * its bits are the same for any block, thread and instruction set. */
#ifndef DENOISE_KERNELS_GEMM_NATIVE_H
#define DENOISE_KERNELS_GEMM_NATIVE_H

#include "kernels/few_rows.h"
#include "kernels/gemm.h"
#include "kernels/tile.h"

/* C = op(A) . op(B) on the calling thread with the kernels of one instruction set. Allocates nothing; 40 KiB of stack. */
void denoise__native_product(const denoise__product *product, const denoise__tile *tile, denoise__few_rows few_rows);

#endif
