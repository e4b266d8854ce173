/* SPDX-License-Identifier: Apache-2.0 */
/* W3: images through denoiser and classifier, many at once and one at a time. */
#ifndef DENOISE_BENCH_PREDICTION_H
#define DENOISE_BENCH_PREDICTION_H

#include "digits.h"
#include "options.h"
#include <jansson.h>

/* Measures with 1 and 2 threads and prints; `report` gets the keys "w3_batch" and "w3_one". */
void prediction_measure(json_t *report, const digits *d, const options *o);

#endif
