/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix products of a training step, each alone and hot. */
#ifndef DENOISE_BENCH_PRODUCTS_H
#define DENOISE_BENCH_PRODUCTS_H

#include "options.h"
#include <jansson.h>

/* Measures with 1 and 2 threads and prints; `report` gets the keys "gemm" and "gemm_share". */
void products_measure(json_t *report, const options *o);

#endif
