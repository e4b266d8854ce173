/* SPDX-License-Identifier: Apache-2.0 */
/* The system's BLAS, behind four functions; gemm_cblas.c is the only file that calls it. */
#ifndef DENOISE_KERNELS_GEMM_CBLAS_H
#define DENOISE_KERNELS_GEMM_CBLAS_H

#include <stdbool.h>
#include <stdint.h>

/* The greatest number that a BLAS with 32-bit integers (LP64) takes. */
#define DENOISE__CBLAS_LIMIT INT32_MAX

typedef struct denoise__product {
    bool transpose_a, transpose_b;
    int64_t m, n, k;
    const float *a;
    const float *b;
    float *c;
    int64_t lda, ldb, ldc; /* columns as stored */
} denoise__product;

/* C = op(A) . op(B) on the calling thread. No number above `limit` is handed to the BLAS: greater products go in pieces. */
void denoise__cblas_product(const denoise__product *product, int64_t limit);

/* Between enter and leave the BLAS makes no threads of its own; users are counted, the last one restores. */
void denoise__cblas_enter(void);
void denoise__cblas_leave(void);

#endif
