/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutional networks that predict: a large picture, and a small one as soon as possible. */
#ifndef DENOISE_BENCH_CONV_PREDICTION_H
#define DENOISE_BENCH_CONV_PREDICTION_H

#include "options.h"
#include <jansson.h>

/* Measures the parts that are chosen; `report` gets the keys "dncnn_predict" and "conv_one_image". */
void conv_prediction_measure(json_t *report, const options *o);

#endif
