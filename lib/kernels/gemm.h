/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products, row-major, single precision, by the engine in use (kernels/engine.h). Work is cut into blocks that depend
 * on the shape alone, so that the number of threads cannot change a bit. */
#ifndef DENOISE_KERNELS_GEMM_H
#define DENOISE_KERNELS_GEMM_H

#include <stdbool.h>
#include <stdint.h>

/* Called on a thread of the pool as soon as rows first..first+count-1 of C are complete (all n columns). */
typedef void (*denoise__gemm_epilogue)(void *context, int64_t first, int64_t count);

/* C (m, n) = op(A) (m, k) . op(B) (k, n). op is the transpose where the flag says so: a transposed A is stored (k, m), a
 * transposed B is stored (n, k). All are dense (leading dimension = stored columns). C is overwritten. k = 0 gives zeros. */
void denoise__gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                   float *c, denoise__gemm_epilogue epilogue, void *context);

/* A product of parts of matrices: what gemm.c hands to the engines. */
typedef struct denoise__product {
    bool transpose_a, transpose_b;
    int64_t m, n, k;
    const float *a;
    const float *b;
    float *c;
    int64_t lda, ldb, ldc; /* columns as stored */
} denoise__product;

#endif
