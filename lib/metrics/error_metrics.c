/* SPDX-License-Identifier: Apache-2.0 */
/* Mean over the last axis of (p - t)^2 and |p - t|. */
#include "kernels/vector.h"
#include "metrics/mean_of_rows.h"
#include "metrics/metric_shapes.h"

typedef struct error_config {
    denoise__metric_config metric;
} error_config;

static void squared_rows(const denoise__metric_args *args, int64_t first, int64_t count, float *values)
{
    const denoise__vector *vector = denoise__vector_table();
    for (int64_t row = first; row < first + count; row++) {
        int64_t at = row * args->columns;
        float sum = vector->squared_error(args->prediction + at, args->target + at, NULL, args->columns, 0);
        values[row] = sum / (float)args->columns;
    }
}

static void absolute_rows(const denoise__metric_args *args, int64_t first, int64_t count, float *values)
{
    const denoise__vector *vector = denoise__vector_table();
    for (int64_t row = first; row < first + count; row++) {
        int64_t at = row * args->columns;
        float sum = vector->absolute_error(args->prediction + at, args->target + at, NULL, args->columns, 0);
        values[row] = sum / (float)args->columns;
    }
}

static denoise_status update_squared(const denoise__metric_args *args)
{
    return denoise__mean_of_rows(args, squared_rows);
}

static denoise_status update_absolute(const denoise__metric_args *args)
{
    return denoise__mean_of_rows(args, absolute_rows);
}

static const denoise__param params[] = {DENOISE__METRIC_PARAMS(error_config)};

extern const denoise__metric_kind denoise__metric_mean_squared_error;
const denoise__metric_kind denoise__metric_mean_squared_error = {
    .base = {.name = "mean_squared_error",
             .class_name = "MeanSquaredError",
             .aliases = "mse|MSE",
             .doc = "mean of squared differences",
             .config_size = sizeof(error_config),
             .params = params,
             .param_count = 1},
    .check = denoise__metric_check_same,
    .update = update_squared,
    DENOISE__MEAN_OF_ROWS,
};

extern const denoise__metric_kind denoise__metric_mean_absolute_error;
const denoise__metric_kind denoise__metric_mean_absolute_error = {
    .base = {.name = "mean_absolute_error",
             .class_name = "MeanAbsoluteError",
             .aliases = "mae|MAE",
             .doc = "mean of absolute differences",
             .config_size = sizeof(error_config),
             .params = params,
             .param_count = 1},
    .check = denoise__metric_check_same,
    .update = update_absolute,
    DENOISE__MEAN_OF_ROWS,
};
