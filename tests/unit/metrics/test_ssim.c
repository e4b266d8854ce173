/* SPDX-License-Identifier: Apache-2.0 */
#include "metric_feed.h"

enum { LARGEST = 4 * 40 * 90 };
static float x[LARGEST], y[LARGEST];

/* The definition, window by window, with the two-dimensional Gaussian. */
static double reference(const float *a, const float *b, int64_t height, int64_t width, double peak)
{
    double weights[11][11], sum = 0, total = 0, c1 = 1e-4 * peak * peak, c2 = 9e-4 * peak * peak;
    for (int i = 0; i < 121; i++) {
        int u = i / 11 - 5, v = i % 11 - 5;
        weights[i / 11][i % 11] = exp(-(u * u + v * v) / 4.5);
        sum += weights[i / 11][i % 11];
    }
    for (int64_t w = 0; w < (height - 10) * (width - 10); w++) {
        double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < 121; i++) {
            int64_t at = (w / (width - 10) + i / 11) * width + w % (width - 10) + i % 11;
            double weight = weights[i / 11][i % 11] / sum, p = (double)a[at], q = (double)b[at];
            mx += weight * p;
            my += weight * q;
            xx += weight * p * p;
            yy += weight * q * q;
            xy += weight * p * q;
        }
        double variances = xx - mx * mx + yy - my * my, covariance = xy - mx * my;
        total += (2 * mx * my + c1) / (mx * mx + my * my + c1) * (2 * covariance + c2) / (variances + c2);
    }
    return total / (double)((height - 10) * (width - 10));
}

static void fill(double peak)
{
    denoise_rng *rng;
    assert_int_equal(denoise_rng_new(&rng, 1, 2), DENOISE_OK);
    assert_int_equal(denoise_rng_uniform(rng, x, LARGEST, 0, peak), DENOISE_OK);
    assert_int_equal(denoise_rng_uniform(rng, y, LARGEST, 0, peak), DENOISE_OK);
    for (int i = 0; i < LARGEST; i++)
        y[i] = 0.5F * (x[i] + y[i]);
    denoise_rng_free(rng);
}

static void check_size(int64_t height, int64_t width, double peak)
{
    denoise__shape shape = {4, {4, height, width, 1}};
    double expected = 0;
    fill(peak);
    for (int64_t i = 0; i < 4; i++)
        expected += reference(x + i * height * width, y + i * height * width, height, width, peak) / 4;
    denoise_metric *metric = denoise_metric_ssim(height, width, peak);
    assert_string_equal(denoise_metric_error(metric), "");
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, x, &shape, y, NULL), DENOISE_OK);
    check_figure(metric, expected, 1e-6);
    assert_string_equal(denoise_metric_name(metric), "ssim");
    denoise_metric_free(metric);
}

/* widths below, at and above the tile, one window, several tiles */
static void values_are_the_definition(void **state)
{
    (void)state;
    check_size(11, 11, 1);
    check_size(28, 28, 1);
    check_size(12, 42, 1);
    check_size(13, 43, 255);
    check_size(40, 90, 255);
}

static void equal_images_give_one(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {4, 28 * 28}};
    fill(1);
    denoise_metric *metric = denoise_metric_ssim(28, 28, 1);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, x, &shape, x, NULL), DENOISE_OK);
    check_figure(metric, 1, 1e-7);
    denoise_metric_free(metric);
}

static void bad_parameters(void **state)
{
    (void)state;
    denoise_metric *metric = denoise_metric_ssim(10, 28, 1);
    assert_int_equal(denoise_metric_status(metric), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_metric_error(metric), "ssim: height is 10, expected 11 <= height <= 16777216");
    denoise_metric_free(metric);
    static const denoise__shape shape = {2, {4, 27 * 28}};
    metric = denoise_metric_ssim(28, 28, 1);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, x, &shape, x, NULL), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(),
                        "metric \"ssim\": prediction has shape (4, 756), images of 28 x 28 need 784 values per sample");
    denoise_metric_free(metric);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_the_definition),
        cmocka_unit_test(equal_images_give_one),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
