/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix products of a training step, each alone and hot. */
#ifndef DENOISE_BENCH_PRODUCTS_H
#define DENOISE_BENCH_PRODUCTS_H

#include "options.h"
#include <jansson.h>

/* Measures with 1 and 2 threads and prints; `report` gets the keys "gemm" and "gemm_share": products as the engine's training
 * step computes them; and with the native engine "gemm_rows" and "gemm_rows_share": the same of row-major matrices. */
void products_measure(json_t *report, const options *o);

#endif
