/* SPDX-License-Identifier: Apache-2.0 */
/* The system's BLAS as a library that is found when it is first needed. DENOISE_CBLAS of the build says how: "lazy" (dlopen),
 * "linked", or "off". */
#ifndef DENOISE_KERNELS_BLAS_H
#define DENOISE_KERNELS_BLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* cblas_sgemm; the enumerations of its header pass as int. A BLAS with 64-bit integers (ILP64) is called through a function of
 * this type. */
typedef void (*denoise__sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
                               int lda, const float *b, int ldb, float beta, float *c, int ldc);

/* Looks for a BLAS, until one was found; NULL when there is none: denoise__blas_report() says what was tried. It is never
 * closed: its own threads may still run its code, and it may have been the host's before. */
denoise__sgemm denoise__blas_load(void);
bool denoise__blas_loaded(void);                           /* whether that has been done and found one */
const char *denoise__blas_report(char *text, size_t size); /* a copy; returns text */

/* A function of the BLAS or of what came with it (OpenMP); NULL when it has none, or before it is loaded. */
void *denoise__blas_symbol(const char *name);

const char *denoise__blas_name(void);   /* "OpenBLAS", else the file that was opened; "none", "not loaded" */
const char *denoise__blas_config(void); /* "OpenBLAS 0.3.21 ... Haswell": what it says of itself; "" */
const char *denoise__blas_note(void);   /* a sentence when it misjudges this CPU; "" */

/* That sentence for OpenBLAS' name of a core on a CPU with the instruction set DENOISE__ISA_*; "" when they fit. */
const char *denoise__blas_core_note(const char *core, int32_t isa, char *text, size_t size);

#endif
