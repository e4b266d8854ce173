/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds that are the weighted mean of a value per row, sum(v w) / sum(w): Keras' MeanMetricWrapper with its running float32
 * `total` and `count`. A kind has DENOISE__MEAN_OF_ROWS in its descriptor and calls denoise__mean_of_rows in its update. */
#ifndef DENOISE_METRICS_MEAN_OF_ROWS_H
#define DENOISE_METRICS_MEAN_OF_ROWS_H

#include "metrics/metric.h"

#define DENOISE__MEAN_OF_ROWS                                                                                                  \
    .state_names = {"total", "count"}, .scratch_size = denoise__mean_of_rows_scratch, .result = denoise__mean_of_rows_result

/* Writes the values of rows first .. first + count - 1, values[row]. */
typedef void (*denoise__row_values)(const denoise__metric_args *args, int64_t first, int64_t count, float *values);

/* All rows on the pool, then total += sum(v w) and count += sum(w), each sum in double and in the order of the rows. */
denoise_status denoise__mean_of_rows(const denoise__metric_args *args, denoise__row_values rows);

int64_t denoise__mean_of_rows_scratch(const void *config, int64_t rows, int64_t columns);
float denoise__mean_of_rows_result(const void *config, const float *const *state);

#endif
