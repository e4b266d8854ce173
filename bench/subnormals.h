/* SPDX-License-Identifier: Apache-2.0 */
/* What subnormal numbers cost in data and weights. */
#ifndef DENOISE_BENCH_SUBNORMALS_H
#define DENOISE_BENCH_SUBNORMALS_H

#include "options.h"
#include <jansson.h>

/* Measures with 1 and 2 threads and prints; `report` gets the key "subnormals". */
void subnormals_measure(json_t *report, const options *o);

#endif
