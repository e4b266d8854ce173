/* SPDX-License-Identifier: Apache-2.0 */
/* What processes of their own cost: W4, time to a first prediction, memory, size of the library; memory of DnCNN's training. */
#ifndef DENOISE_BENCH_PROCESS_H
#define DENOISE_BENCH_PROCESS_H

#include "options.h"
#include <jansson.h>

/* Measures the parts that are chosen and prints; `report` gets the keys "w4" and "dncnn_train_memory". */
void process_measure(json_t *report, const options *o);

#endif
