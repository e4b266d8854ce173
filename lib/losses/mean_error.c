/* SPDX-License-Identifier: Apache-2.0 */
/* Mean squared and mean absolute error over the last axis. Gradients: 2 (p - t) / columns and sign(p - t) / columns. */
#include "kernels/vector.h"
#include "losses/loss.h"

typedef struct mean_error_config {
    denoise__loss_config loss;
} mean_error_config;

typedef float (*row_kernel)(const float *p, const float *t, float *gradient, int64_t columns, float scale);

static denoise_status mean_rows(row_kernel kernel, const denoise__loss_args *args, int64_t first, int64_t count)
{
    int64_t columns = args->columns;
    for (int64_t r = first; r < first + count; r++) {
        float sum = kernel(args->prediction + r * columns, args->target + r * columns, denoise__loss_row_gradient(args, r),
                           columns, denoise__loss_row_scale(args, r, columns));
        args->row_loss[r] = sum / (float)columns;
    }
    return DENOISE_OK;
}

static denoise_status squared_rows(const denoise__loss_args *args, int64_t first, int64_t count)
{
    return mean_rows(denoise__vector_table()->squared_error, args, first, count);
}

static denoise_status absolute_rows(const denoise__loss_args *args, int64_t first, int64_t count)
{
    return mean_rows(denoise__vector_table()->absolute_error, args, first, count);
}

static const denoise__param params[] = {DENOISE__LOSS_PARAMS(mean_error_config)};

extern const denoise__loss_kind denoise__loss_mean_squared_error, denoise__loss_mean_absolute_error;
const denoise__loss_kind denoise__loss_mean_squared_error = {
    .base = {.name = "mean_squared_error",
             .class_name = "MeanSquaredError",
             .aliases = "mse|MSE",
             .doc = "(p - t)^2, mean over the last axis",
             .config_size = sizeof(mean_error_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .rows = squared_rows,
};
const denoise__loss_kind denoise__loss_mean_absolute_error = {
    .base = {.name = "mean_absolute_error",
             .class_name = "MeanAbsoluteError",
             .aliases = "mae|MAE",
             .doc = "|p - t|, mean over the last axis",
             .config_size = sizeof(mean_error_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .rows = absolute_rows,
};
