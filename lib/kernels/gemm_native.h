/* SPDX-License-Identifier: Apache-2.0 */
/* The engine "native" for matrices in rows. Every element is one chain of fused multiply-adds over ascending k from +0, so
 * its bits are the same for any block, thread and instruction set. */
#ifndef DENOISE_KERNELS_GEMM_NATIVE_H
#define DENOISE_KERNELS_GEMM_NATIVE_H

#include "kernels/gemm.h"

/* C = op(A) . op(B) on the calling thread with the instruction set `isa` (DENOISE__ISA_*), which the CPU must have. Allocates
 * nothing; 40 KiB of stack. */
void denoise__native_product(const denoise__product *product, int32_t isa);

#endif
