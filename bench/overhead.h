/* SPDX-License-Identifier: Apache-2.0 */
/* What callbacks, progress bar and metrics cost in W1. */
#ifndef DENOISE_BENCH_OVERHEAD_H
#define DENOISE_BENCH_OVERHEAD_H

#include "digits.h"
#include "options.h"
#include <jansson.h>

/* Measures with 1 and 2 threads and prints; `report` gets the key "overhead". */
void overhead_measure(json_t *report, const digits *d, const options *o);

#endif
