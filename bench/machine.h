/* SPDX-License-Identifier: Apache-2.0 */
/* The machine and its limits, which all other figures are set beside. */
#ifndef DENOISE_BENCH_MACHINE_H
#define DENOISE_BENCH_MACHINE_H

#include "options.h"
#include <jansson.h>

/* Measures and prints; `report` gets the key "machine". */
void machine_measure(json_t *report, const options *o);
/* GB/s of one core, as measured. */
double machine_l2_read(void);
double machine_l2_write(void);

#endif
