/* SPDX-License-Identifier: Apache-2.0 */
/* W4: what a process costs that uses the library: time to its first prediction, memory, size of the library. */
#ifndef DENOISE_BENCH_PROCESS_H
#define DENOISE_BENCH_PROCESS_H

#include "options.h"
#include <jansson.h>

/* Measures and prints; `report` gets the key "w4". */
void process_measure(json_t *report, const options *o);

#endif
