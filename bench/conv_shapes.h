/* SPDX-License-Identifier: Apache-2.0 */
/* Single convolutions of many shapes beside what arithmetic or memory allow. */
#ifndef DENOISE_BENCH_CONV_SHAPES_H
#define DENOISE_BENCH_CONV_SHAPES_H

#include "options.h"
#include <jansson.h>

/* `report` gets the keys "conv_shapes", a list, and "conv_shapes_share". */
void conv_shapes_measure(json_t *report, const options *o);

#endif
