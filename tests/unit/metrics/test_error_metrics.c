/* SPDX-License-Identifier: Apache-2.0 */
#include "metric_feed.h"

static const denoise__shape shape = {2, {2, 3}};
static const float p[] = {1, 2, 3, 4, 5, 6}, t[] = {1, 0, 4, 4, 5, 9};

static void means_of_differences(void **state)
{
    (void)state;
    denoise_metric *squared = denoise_metric_mean_squared_error(), *absolute = denoise_metric_mean_absolute_error();
    assert_int_equal(feed(squared, DENOISE_FLOAT32, &shape, t, &shape, p, NULL), DENOISE_OK);
    assert_int_equal(feed(absolute, DENOISE_FLOAT32, &shape, t, &shape, p, NULL), DENOISE_OK);
    check_figure(squared, (5.0 / 3 + 9.0 / 3) / 2, 1e-6);
    check_figure(absolute, (3.0 / 3 + 3.0 / 3) / 2, 1e-6);
    assert_false(denoise__metric_kind_of(squared)->is_maximized);
    assert_false(denoise__metric_kind_of(absolute)->is_maximized);
    denoise_metric_free(squared);
    denoise_metric_free(absolute);
}

static void a_missing_last_axis_of_one_is_no_matter(void **state)
{
    (void)state;
    static const denoise__shape column = {2, {6, 1}}, flat = {1, {6}};
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &flat, t, &column, p, NULL), DENOISE_OK);
    check_figure(metric, 1, 1e-6);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &column, t, &flat, p, NULL), DENOISE_OK);
    check_figure(metric, 1, 1e-6);
    denoise_metric_free(metric);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_of_differences),
        cmocka_unit_test(a_missing_last_axis_of_one_is_no_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
