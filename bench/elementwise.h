/* SPDX-License-Identifier: Apache-2.0 */
/* The loops over arrays, each alone on one thread, with data in the second-level cache. */
#ifndef DENOISE_BENCH_ELEMENTWISE_H
#define DENOISE_BENCH_ELEMENTWISE_H

#include "options.h"
#include <jansson.h>

/* Measures and prints; `report` gets the key "kernels". */
void elementwise_measure(json_t *report, const options *o);

#endif
