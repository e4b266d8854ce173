/* SPDX-License-Identifier: Apache-2.0 */
/* Structural similarity of each image (Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 13(4), 2004) with the choices of
 * tf.image.ssim: windows of 11 x 11 that lie wholly in the image, weighted by a Gaussian of sigma 1.5; with weighted means
 * mx, my, E[xy], E[xx + yy], c1 = (0.01 max)^2, c2 = (0.03 max)^2,
 *     ssim = (2 mx my + c1) / (mx^2 + my^2 + c1) (2 E[xy] - 2 mx my + c2) / (E[xx + yy] - mx^2 - my^2 + c2),
 * averaged over all windows.
 *
 * The Gaussian is separable. An image is taken in tiles of TILE window columns from top to bottom: each image row is
 * filtered along the row into a ring of the last 11 such rows, and these are then filtered down the columns. */
#include "metrics/mean_of_rows.h"
#include "metrics/metric_shapes.h"

enum { WINDOW = 11, TILE = 32, MOMENTS = 4 };

/* exp(-(i - 5)^2 / (2 1.5^2)) over their sum */
static const double gaussian[WINDOW] = {0.0010283800844791101, 0.007598758135239185, 0.036000772128430829, 0.10936068950970002,
                                        0.21300553771125369,   0.26601172486179436,  0.21300553771125369,  0.10936068950970002,
                                        0.036000772128430829,  0.007598758135239185, 0.0010283800844791101};

typedef struct ssim_config {
    denoise__metric_config metric;
    int64_t height, width;
    double max_val;
} ssim_config;

typedef struct moments {
    double of[MOMENTS][TILE]; /* x, y, xy, xx + yy */
} moments;

static denoise_status check(const void *config, const denoise__shape *target, const denoise__shape *prediction)
{
    const ssim_config *c = config;
    return denoise__metric_check_images(c->height, c->width, target, prediction);
}

static void filter_row(const float *x, const float *y, int64_t columns, moments *row)
{
    for (int64_t j = 0; j < columns; j++) {
        double sum[MOMENTS] = {0};
        for (int i = 0; i < WINDOW; i++) {
            double a = (double)x[j + i], b = (double)y[j + i];
            sum[0] += gaussian[i] * a;
            sum[1] += gaussian[i] * b;
            sum[2] += gaussian[i] * (a * b);
            sum[3] += gaussian[i] * (a * a + b * b);
        }
        for (int m = 0; m < MOMENTS; m++)
            row->of[m][j] = sum[m];
    }
}

/* ring[(last - 10 + i) % 11] is row i of the window. */
static void filter_columns(const moments *ring, int64_t last, int64_t columns, moments *window)
{
    for (int m = 0; m < MOMENTS; m++) {
        for (int64_t j = 0; j < columns; j++)
            window->of[m][j] = 0;
        for (int i = 0; i < WINDOW; i++) {
            const double *row = ring[(last - (WINDOW - 1) + i) % WINDOW].of[m];
            for (int64_t j = 0; j < columns; j++)
                window->of[m][j] += gaussian[i] * row[j];
        }
    }
}

static double sum_windows(const moments *window, int64_t columns, double c1, double c2)
{
    double total = 0;
    for (int64_t j = 0; j < columns; j++) {
        double mx = window->of[0][j], my = window->of[1][j];
        double product = 2 * mx * my, squares = mx * mx + my * my;
        double luminance = (product + c1) / (squares + c1);
        double structure = (2 * window->of[2][j] - product + c2) / (window->of[3][j] - squares + c2);
        total += luminance * structure;
    }
    return total;
}

static double image_ssim(const ssim_config *c, const float *x, const float *y)
{
    double c1 = 0.01 * c->max_val * (0.01 * c->max_val), c2 = 0.03 * c->max_val * (0.03 * c->max_val), total = 0;
    int64_t across = c->width - (WINDOW - 1), down = c->height - (WINDOW - 1);
    moments ring[WINDOW], window;
    for (int64_t left = 0; left < across; left += TILE) {
        int64_t columns = across - left < TILE ? across - left : TILE;
        for (int64_t row = 0; row < c->height; row++) {
            filter_row(x + row * c->width + left, y + row * c->width + left, columns, &ring[row % WINDOW]);
            if (row < WINDOW - 1) continue;
            filter_columns(ring, row, columns, &window);
            total += sum_windows(&window, columns, c1, c2);
        }
    }
    return total / ((double)across * (double)down);
}

static void rows(const denoise__metric_args *args, int64_t first, int64_t count, float *values)
{
    for (int64_t row = first; row < first + count; row++) {
        int64_t at = row * args->columns;
        values[row] = (float)image_ssim(args->config, args->target + at, args->prediction + at);
    }
}

static denoise_status update(const denoise__metric_args *args)
{
    return denoise__mean_of_rows(args, rows);
}

static const denoise__param params[] = {
    DENOISE__METRIC_PARAMS(ssim_config),
    DENOISE__PARAM_INT(ssim_config, height, NULL, 0, WINDOW, 1 << 24, "rows of an image"),
    DENOISE__PARAM_INT(ssim_config, width, NULL, 0, WINDOW, 1 << 24, "columns of an image"),
    DENOISE__PARAM_DOUBLE(ssim_config, max_val, NULL, DENOISE__ABOVE_MINIMUM, 0, NAN, "greatest possible value less the least"),
};

extern const denoise__metric_kind denoise__metric_ssim;
const denoise__metric_kind denoise__metric_ssim = {
    .base = {.name = "ssim",
             .class_name = "SSIM",
             .doc = "structural similarity of images",
             .config_size = sizeof(ssim_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .is_per_sample = true,
    .is_maximized = true,
    .check = check,
    .update = update,
    DENOISE__MEAN_OF_ROWS,
};
