/* SPDX-License-Identifier: Apache-2.0 */
/* W1 and W2: an epoch of training. */
#ifndef DENOISE_BENCH_TRAINING_H
#define DENOISE_BENCH_TRAINING_H

#include "digits.h"
#include "networks.h"
#include "options.h"
#include <jansson.h>

/* Measures with 1 and 2 threads and prints; `report` gets the network's key. */
void training_measure(json_t *report, const network *n, const digits *d, const options *o);

#endif
