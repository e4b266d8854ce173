/* SPDX-License-Identifier: Apache-2.0 */
/* W1 with a little more to it: dropout, a penalty, activations as layers of their own, a second output, noise. */
#ifndef DENOISE_BENCH_VARIANTS_H
#define DENOISE_BENCH_VARIANTS_H

#include "digits.h"
#include "options.h"
#include <jansson.h>

/* Measures the chosen ones with 1 and 2 threads, in turn with plain w1, and prints; `report` gets a key for each. */
void variants_measure(json_t *report, const digits *d, const options *o);

#endif
