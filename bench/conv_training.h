/* SPDX-License-Identifier: Apache-2.0 */
/* Training of convolutional networks. */
#ifndef DENOISE_BENCH_CONV_TRAINING_H
#define DENOISE_BENCH_CONV_TRAINING_H

#include "options.h"
#include <jansson.h>

/* Measures the parts that are chosen; each is a key of `report`. */
void conv_training_measure(json_t *report, const options *o);

#endif
