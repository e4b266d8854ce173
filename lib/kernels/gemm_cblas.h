/* SPDX-License-Identifier: Apache-2.0 */
/* The engine "cblas": the system's BLAS (kernels/blas.h) on blocks of one thread each. */
#ifndef DENOISE_KERNELS_GEMM_CBLAS_H
#define DENOISE_KERNELS_GEMM_CBLAS_H

#include "core/error.h"
#include "kernels/gemm.h"

/* The greatest number that a BLAS with 32-bit integers (LP64) takes. */
#define DENOISE__CBLAS_LIMIT INT32_MAX

/* Loads the BLAS and tries it with a small product of known result (whatever its integers); once. */
bool denoise__cblas_works(void);
denoise_status denoise__cblas_check(void); /* the same; DENOISE_ERR_ENGINE says what is wrong */

/* C = op(A) . op(B) on the calling thread. No number above `limit` is handed to the BLAS: greater products go in pieces. */
void denoise__cblas_product(const denoise__product *product, int64_t limit);

/* Between enter and leave the BLAS makes no threads of its own; users are counted, the last one restores. */
void denoise__cblas_enter(void);
void denoise__cblas_leave(void);

#endif
