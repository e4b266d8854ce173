/* SPDX-License-Identifier: Apache-2.0 */
#include "metric_feed.h"

static const denoise__shape images = {3, {2, 2, 3}}, rows = {2, {2, 6}};
static const float p[] = {0, 0, 0, 0, 0, 0, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F};
static const float t[] = {0.1F, 0.1F, 0.1F, 0.1F, 0.1F, 0.1F, 0, 1, 0, 1, 0, 1};

static void mean_of_decibels(void **state)
{
    (void)state;
    denoise_metric *metric = denoise_metric_psnr(2, 3, 1);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &images, t, &images, p, NULL), DENOISE_OK);
    check_figure(metric, (20 + 10 * log10(4)) / 2, 1e-5);
    denoise_metric_free(metric);
    metric = denoise_metric_psnr(2, 3, 255);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &rows, t, &images, p, NULL), DENOISE_OK);
    check_figure(metric, (20 + 10 * log10(4)) / 2 + 20 * log10(255), 1e-5);
    assert_string_equal(denoise_metric_name(metric), "psnr");
    assert_true(denoise__metric_kind_of(metric)->is_maximized && denoise__metric_kind_of(metric)->is_per_sample);
    denoise_metric_free(metric);
}

static void equal_images_are_infinitely_good(void **state)
{
    (void)state;
    double value;
    denoise_metric *metric = denoise_metric_psnr(2, 3, 1);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &images, p, &images, p, NULL), DENOISE_OK);
    assert_int_equal(denoise_metric_result(&value, metric), DENOISE_OK);
    assert_true(isinf(value) && value > 0);
    denoise_metric_free(metric);
}

static void images_of_another_size(void **state)
{
    (void)state;
    static const denoise__shape one = {2, {1, 6}};
    denoise_metric *metric = denoise_metric_psnr(28, 28, 1);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &images, t, &images, p, NULL), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(),
                        "metric \"psnr\": prediction has shape (2, 2, 3), images of 28 x 28 need 784 values per sample");
    denoise_metric_free(metric);
    metric = denoise_metric_psnr(2, 3, 1);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &one, t, &images, p, NULL), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(),
                        "metric \"psnr\": target has shape (1, 6), prediction has (2, 2, 3); expected equal "
                        "numbers of samples");
    denoise_metric_free(metric);
}

static void expect_inert(denoise_metric *metric, denoise_status status, const char *message)
{
    assert_int_equal(denoise_metric_status(metric), status);
    assert_string_equal(denoise_metric_error(metric), message);
    denoise_metric_free(metric);
}

static void bad_parameters(void **state)
{
    (void)state;
    expect_inert(denoise_metric_psnr(0, 3, 1), DENOISE_ERR_RANGE, "psnr: height is 0, expected 1 <= height <= 16777216");
    expect_inert(denoise_metric_psnr(2, 3, 0), DENOISE_ERR_RANGE, "psnr: max_val is 0, expected max_val > 0");
    expect_inert(denoise_metric_psnr(2, 3, (double)NAN), DENOISE_ERR_RANGE, "psnr: max_val is nan, expected a finite number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_of_decibels),
        cmocka_unit_test(equal_images_are_infinitely_good),
        cmocka_unit_test(images_of_another_size),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
