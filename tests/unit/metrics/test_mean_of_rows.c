/* SPDX-License-Identifier: Apache-2.0 */
#include "metric_feed.h"
#include "metrics/mean_of_rows.h"
#include <string.h>

/* Values that float32 sums would give otherwise: sums of a batch are double, those of batches float32, as in Keras. */
static void sums_in_the_precision_of_keras(void **state)
{
    (void)state;
    enum { ROWS = 4 };
    static const denoise__shape shape = {2, {ROWS, 1}};
    static const float p[ROWS] = {16777216, 1, 1, 1}, t[ROWS] = {0};
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, p, NULL), DENOISE_OK);
    const float *total = metric->state[0].values, *count = metric->state[1].values;
    assert_true(*total == 16777220.0F && *count == 4);
    for (int64_t i = 1; i < ROWS; i++) {
        denoise__shape one = {2, {1, 1}};
        assert_int_equal(feed(metric, DENOISE_FLOAT32, &one, t, &one, p + i, NULL), DENOISE_OK);
    }
    assert_true(*total == 16777220.0F && *count == 7);
    denoise_metric_free(metric);
}

static void weights_multiply_values_and_count(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {3, 1}};
    static const float p[] = {1, 2, 3}, t[] = {0, 0, 0}, w[] = {0.5F, 0, 2};
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, p, w), DENOISE_OK);
    assert_true(*(float *)metric->state[0].values == 6.5F && *(float *)metric->state[1].values == 2.5F);
    check_figure(metric, 2.6, 1e-6);
    denoise_metric_free(metric);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    enum { ROWS = 3000, COLUMNS = 37 };
    static float prediction[ROWS * COLUMNS], target[ROWS * COLUMNS];
    static const int32_t threads[] = {1, 2, 3, 4, 8};
    const denoise__shape big = {2, {ROWS, COLUMNS}};
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        prediction[i] = (float)(i % 1009) / 1009;
        target[i] = (float)(i % 997) / 997;
    }
    double first = 0;
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        double value;
        assert_int_equal(denoise_set_num_threads(threads[i]), DENOISE_OK);
        denoise_metric *metric = denoise_metric_mean_squared_error();
        assert_int_equal(feed(metric, DENOISE_FLOAT32, &big, target, &big, prediction, NULL), DENOISE_OK);
        assert_int_equal(denoise_metric_result(&value, metric), DENOISE_OK);
        if (i == 0) first = value;
        assert_true(value == first);
        denoise_metric_free(metric);
    }
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_in_the_precision_of_keras),
        cmocka_unit_test(weights_multiply_values_and_count),
        cmocka_unit_test(bits_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
