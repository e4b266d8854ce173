/* SPDX-License-Identifier: Apache-2.0 */
/* What single training steps do: their time, and how often they allocate. */
#ifndef DENOISE_BENCH_STEPS_H
#define DENOISE_BENCH_STEPS_H

#include "networks.h"
#include "options.h"
#include <jansson.h>

/* Watches the steps of one epoch after a first one, with the crew's threads, until no disturbance is seen; `json` gets the key
 * "steps". */
void steps_measure(json_t *json, const network *n, const denoise_tensor *x, const denoise_tensor *y, const options *o);

#endif
