/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of metrics that the library has not: what the contract of metrics is for beside means of rows. */
#ifndef DENOISE_TESTS_METRIC_KINDS_H
#define DENOISE_TESTS_METRIC_KINDS_H

#include "metrics/metric.h"

enum { HISTOGRAM_BINS = 32 };

/* "histogram": weighted counts of predictions in 32 bins over 0 .. 1, plus one number beside them; its figure is the lower
 * border of the fullest bin. `fails_at` > 0: the update with that number fails. Its counts begin at 1/1024 so that reset is
 * more than zeros. */
denoise_metric *histogram_metric(int64_t fails_at);

#endif
