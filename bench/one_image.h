/* SPDX-License-Identifier: Apache-2.0 */
/* One image at a time: how long a caller waits. */
#ifndef DENOISE_BENCH_ONE_IMAGE_H
#define DENOISE_BENCH_ONE_IMAGE_H

#include "options.h"
#include <denoise/denoise.h>
#include <jansson.h>

/* Measures with the crew's threads and prints; `json` gets the figures of hot calls and, under "modes", of all. The model has
 * one input, whose rows are x, and one output; flops are those of an image. */
void one_image_measure(json_t *json, const char *label, const denoise_model *model, double flops, denoise_tensor *x,
                       const options *o);

#endif
