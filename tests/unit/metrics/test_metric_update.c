/* SPDX-License-Identifier: Apache-2.0 */
#include "metric_feed.h"
#include "support/failing_alloc.h"
#include <string.h>

static const denoise__shape shape = {2, {2, 3}}, empty = {2, {0, 3}};
static const float p[] = {1, 2, 3, 4, 5, 6}, t[] = {1, 0, 4, 4, 5, 9}; /* absolute errors of the rows: 1, 1 */
static const float wrong[] = {2, 3, 4, 8, 9, 10};                      /* 1, 4 */

static void batches_add_up_and_clear(void **state)
{
    (void)state;
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    check_figure(metric, 0, 0);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, p, NULL), DENOISE_OK);
    check_figure(metric, 1, 1e-7);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, wrong, &shape, p, NULL), DENOISE_OK);
    check_figure(metric, 7.0 / 4, 1e-7);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &empty, t, &empty, p, NULL), DENOISE_OK);
    check_figure(metric, 7.0 / 4, 1e-7);
    assert_int_equal(denoise_metric_clear(metric), DENOISE_OK);
    check_figure(metric, 0, 0);
    denoise_metric_free(metric);
}

static void weights_of_samples_and_their_rows(void **state)
{
    (void)state;
    static const denoise__shape deep = {3, {2, 3, 1}};
    static const float weight[] = {3, 1}, zero[] = {0, 0};
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, wrong, &shape, p, weight), DENOISE_OK);
    check_figure(metric, (3 * 1 + 1 * 4) / 4.0, 1e-7);
    assert_int_equal(denoise_metric_clear(metric), DENOISE_OK);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &deep, wrong, &deep, p, weight), DENOISE_OK);
    check_figure(metric, (3 * 1 + 1 * 4) / 4.0, 1e-7);
    assert_int_equal(denoise_metric_clear(metric), DENOISE_OK);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, wrong, &shape, p, zero), DENOISE_OK);
    check_figure(metric, 0, 0);
    denoise_metric_free(metric);
}

static void other_element_types(void **state)
{
    (void)state;
    static const double doubles[] = {1, 0, 4, 4, 5, 9};
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    assert_int_equal(feed(metric, DENOISE_FLOAT64, &shape, doubles, &shape, p, NULL), DENOISE_OK);
    check_figure(metric, 1, 1e-7);
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
        assert_int_equal(denoise_metric_compute(&value, metric), DENOISE_OK);
        if (i == 0) first = value;
        assert_true(value == first);
        denoise_metric_free(metric);
    }
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

static void errors(void **state)
{
    (void)state;
    static const denoise__shape three = {1, {3}};
    static const float numbers[3] = {0};
    int owner;
    double value;
    denoise_metric *metric = denoise_metric_mean_absolute_error(), *inert = denoise_metric_psnr(0, 0, 1);
    denoise_tensor *tensor = feed_tensor(DENOISE_FLOAT32, &shape, p), *weight = feed_tensor(DENOISE_FLOAT32, &three, numbers);
    assert_int_equal(denoise_metric_update(NULL, tensor, tensor, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_update(metric, NULL, tensor, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_update(metric, tensor, NULL, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_update(metric, tensor, tensor, weight), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "metric \"mean_absolute_error\": sample_weight has shape (3,), expected (2,)");
    assert_int_equal(denoise_metric_update(inert, tensor, tensor, NULL), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_metric_compute(NULL, metric), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_compute(&value, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_compute(&value, inert), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_metric_clear(NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise__part_adopt(&metric->part, &owner), DENOISE_OK);
    assert_int_equal(denoise_metric_update(metric, tensor, tensor, NULL), DENOISE_ERR_OWNED);
    assert_string_equal(denoise_last_error(), "metric \"mean_absolute_error\" belongs to a trainer, which updates it");
    assert_int_equal(denoise_metric_clear(metric), DENOISE_ERR_OWNED);
    assert_int_equal(denoise_metric_compute(&value, metric), DENOISE_OK);
    denoise__metric_release(metric);
    denoise_metric_free(inert);
    denoise_tensor_free(tensor);
    denoise_tensor_free(weight);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const denoise__shape two = {1, {2}};
    static const int32_t labels[] = {2, 2};
    static const float weights[] = {1, 2};
    failing_alloc_install();
    denoise_tensor *prediction = feed_tensor(DENOISE_FLOAT32, &shape, p), *target = feed_tensor(DENOISE_INT32, &two, labels);
    denoise_tensor *weight = feed_tensor(DENOISE_FLOAT32, &two, weights);
    denoise_metric *metric = denoise_metric_accuracy();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = denoise_metric_update(metric, target, prediction, weight);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (!failed) break;
        check_figure(metric, 0, 0);
    }
    check_figure(metric, 1, 0);
    denoise_metric_free(metric);
    denoise_tensor_free(prediction);
    denoise_tensor_free(target);
    denoise_tensor_free(weight);
    failing_alloc_remove();
}

static void update_of_a_running_batch_allocates_nothing(void **state)
{
    (void)state;
    float row_value[2];
    failing_alloc_install();
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    assert_int_equal(denoise__metric_resolve(metric, &shape, &shape), DENOISE_OK);
    denoise__metric_args args = {.rows = 2, .columns = 3, .prediction = p, .target = wrong, .row_value = row_value};
    int64_t calls = failing_alloc_calls();
    denoise__metric_update(metric, &args, NULL);
    assert_int_equal(failing_alloc_calls(), calls);
    assert_true(row_value[0] == 1 && row_value[1] == 4);
    assert_true(denoise__metric_result(metric) == 2.5F);
    denoise__metric_reset(metric);
    assert_true(denoise__metric_result(metric) == 0);
    denoise_metric_free(metric);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_add_up_and_clear),
        cmocka_unit_test(weights_of_samples_and_their_rows),
        cmocka_unit_test(other_element_types),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(errors),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(update_of_a_running_batch_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
