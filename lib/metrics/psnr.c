/* SPDX-License-Identifier: Apache-2.0 */
/* Peak signal-to-noise ratio of each image, 10 log10(max^2 / mse) in decibels, computed as tf.image.psnr does:
 * 20 ln(max) / ln(10) - 10 / ln(10) ln(mse). Infinite for equal images. */
#include "kernels/vector.h"
#include "metrics/mean_of_rows.h"
#include "metrics/metric_shapes.h"

#define LN_10        2.302585092994045684F
#define TEN_BY_LN_10 4.342944819032518277F

typedef struct psnr_config {
    denoise__metric_config metric;
    int64_t height, width;
    double max_val;
} psnr_config;

static denoise_status check(const void *config, const denoise__shape *target, const denoise__shape *prediction)
{
    const psnr_config *c = config;
    return denoise__metric_check_images(c->height, c->width, target, prediction);
}

static void rows(const denoise__metric_args *args, int64_t first, int64_t count, float *values)
{
    const denoise__vector *vector = denoise__vector_table();
    float peak = (float)((const psnr_config *)args->config)->max_val;
    vector->log(&peak, &peak, 1);
    peak = 20 * peak / LN_10;
    for (int64_t row = first; row < first + count; row++) {
        int64_t at = row * args->columns;
        float sum = vector->squared_error(args->prediction + at, args->target + at, NULL, args->columns, 0);
        float mse = sum / (float)args->columns;
        vector->log(&mse, &mse, 1);
        values[row] = peak - TEN_BY_LN_10 * mse;
    }
}

static denoise_status update(const denoise__metric_args *args)
{
    return denoise__mean_of_rows(args, rows);
}

static const denoise__param params[] = {
    DENOISE__METRIC_PARAMS(psnr_config),
    DENOISE__PARAM_INT(psnr_config, height, NULL, 0, 1, 1 << 24, "rows of an image"),
    DENOISE__PARAM_INT(psnr_config, width, NULL, 0, 1, 1 << 24, "columns of an image"),
    DENOISE__PARAM_DOUBLE(psnr_config, max_val, NULL, DENOISE__ABOVE_MINIMUM, 0, NAN, "greatest possible value less the least"),
};

extern const denoise__metric_kind denoise__metric_psnr;
const denoise__metric_kind denoise__metric_psnr = {
    .base = {.name = "psnr",
             .class_name = "PSNR",
             .doc = "peak signal-to-noise ratio of images in decibels",
             .config_size = sizeof(psnr_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .is_per_sample = true,
    .is_maximized = true,
    .check = check,
    .update = update,
    DENOISE__MEAN_OF_ROWS,
};
