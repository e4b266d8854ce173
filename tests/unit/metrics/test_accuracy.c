/* SPDX-License-Identifier: Apache-2.0 */
#include "metric_feed.h"

static const denoise__shape rows3 = {2, {3, 4}}, labels3 = {1, {3}}, column3 = {2, {3, 1}};
static const float scores[] = {0.1F, 0.7F, 0.1F, 0.1F, 0.4F, 0.1F, 0.4F, 0.1F, 0, 0, 0, 1};

static void binary_is_strictly_above_the_threshold(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {2, 4}};
    static const float p[] = {0.5F, 0.51F, 0.2F, 0.9F, 0.1F, 0.6F, 0.4F, 0.7F}, t[] = {0, 1, 1, 1, 0, 0.6F, 1, 1};
    denoise_metric *metric = denoise_metric_binary_accuracy(0.5);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, p, NULL), DENOISE_OK);
    check_figure(metric, 5.0 / 8, 0);
    denoise_metric_free(metric);
    metric = denoise_metric_binary_accuracy(0.65);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, p, NULL), DENOISE_OK);
    check_figure(metric, 4.0 / 8, 0);
    denoise_metric_free(metric);
}

static void categorical_compares_first_maxima(void **state)
{
    (void)state;
    static const float t[] = {0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0};
    denoise_metric *metric = denoise_metric_categorical_accuracy();
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &rows3, t, &rows3, scores, NULL), DENOISE_OK);
    check_figure(metric, 2.0 / 3, 1e-7);
    denoise_metric_free(metric);
}

static void sparse_compares_labels_in_both_shapes(void **state)
{
    (void)state;
    static const int32_t t[] = {1, 0, 2};
    static const uint8_t bytes[] = {1, 0, 3};
    denoise_metric *metric = denoise_metric_sparse_categorical_accuracy();
    assert_int_equal(feed(metric, DENOISE_INT32, &labels3, t, &rows3, scores, NULL), DENOISE_OK);
    check_figure(metric, 2.0 / 3, 1e-7);
    assert_int_equal(feed(metric, DENOISE_UINT8, &column3, bytes, &rows3, scores, NULL), DENOISE_OK);
    check_figure(metric, 5.0 / 6, 1e-7);
    denoise_metric_free(metric);
}

/* Values of Keras 3.15.1 on TensorFlow. */
static const struct {
    float row[3];
    int32_t wins;
} odd_rows[] = {
    {{NAN, 0.2F, 0.1F}, 1},
    {{0.2F, NAN, 0.1F}, 0},
    {{0.1F, NAN, 0.2F}, 2},
    {{NAN, NAN, NAN}, 0},
    {{NAN, -INFINITY, -INFINITY}, 0},
    {{-INFINITY, NAN, -INFINITY}, 0},
    {{INFINITY, NAN, INFINITY}, 0},
    {{NAN, INFINITY, 1}, 1},
    {{-INFINITY, -INFINITY, -1}, 2},
    {{NAN, -1, -2}, 1},
    {{-0.0F, 0, -1}, 1},
    {{0, -0.0F, -1}, 0},
    {{1e-45F, 2e-45F, 0}, 0}, /* subnormal numbers are 0 */
};
enum { ODD_ROWS = sizeof odd_rows / sizeof *odd_rows };

static void nan_is_passed_over(void **state)
{
    (void)state;
    static const denoise__shape row = {2, {1, 3}}, label = {1, {1}};
    for (int i = 0; i < ODD_ROWS; i++) {
        for (int32_t c = 0; c < 3; c++) {
            float one_hot[3] = {0};
            one_hot[c] = 1;
            double right = c == odd_rows[i].wins;
            denoise_metric *sparse = denoise_metric_sparse_categorical_accuracy(),
                           *dense = denoise_metric_categorical_accuracy();
            denoise_metric *by_shape = denoise_metric_accuracy();
            assert_int_equal(feed(sparse, DENOISE_INT32, &label, &c, &row, odd_rows[i].row, NULL), DENOISE_OK);
            check_figure(sparse, right, 0);
            assert_int_equal(feed(by_shape, DENOISE_INT32, &label, &c, &row, odd_rows[i].row, NULL), DENOISE_OK);
            check_figure(by_shape, right, 0);
            assert_int_equal(feed(dense, DENOISE_FLOAT32, &row, one_hot, &row, odd_rows[i].row, NULL), DENOISE_OK);
            check_figure(dense, right, 0);
            assert_int_equal(denoise_metric_reset_state(dense), DENOISE_OK);
            assert_int_equal(feed(dense, DENOISE_FLOAT32, &row, odd_rows[i].row, &row, one_hot, NULL), DENOISE_OK);
            check_figure(dense, right, 0);
            denoise_metric_free(sparse), denoise_metric_free(dense), denoise_metric_free(by_shape);
        }
    }
}

/* Binary: a NaN is not above the threshold. Equal values: a NaN equals nothing. As Keras. */
static void nan_in_single_elements(void **state)
{
    (void)state;
    static const denoise__shape column = {2, {3, 1}};
    static const float p[] = {NAN, NAN, 0.2F}, t[] = {0, 1, 0}, q[] = {1, NAN, 2}, u[] = {1, NAN, 3};
    denoise_metric *metric = denoise_metric_binary_accuracy(0.5);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &column, t, &column, p, NULL), DENOISE_OK);
    check_figure(metric, 2.0 / 3, 1e-7);
    denoise_metric_free(metric);
    assert_int_equal(denoise_metric_create(&metric, "Accuracy", NULL), DENOISE_OK);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &column, u, &column, q, NULL), DENOISE_OK);
    check_figure(metric, 1.0 / 3, 1e-7);
    denoise_metric_free(metric);
}

/* Values of Keras' class Accuracy. */
static void the_class_is_the_share_of_equal_elements(void **state)
{
    (void)state;
    static const denoise__shape column = {2, {4, 1}}, flat = {1, {4}}, square = {2, {2, 2}};
    static const float p[] = {0.9F, 0.2F, 1, 0}, q[] = {1, 2, 0, 4}, u[] = {1, 2, 3, 4}, weight[] = {1, 3};
    static const int32_t t[] = {1, 0, 1, 0};
    denoise_metric *metric;
    assert_int_equal(denoise_metric_create(&metric, "Accuracy", NULL), DENOISE_OK);
    assert_true(denoise__metric_kind_of(metric)->is_maximized);
    assert_int_equal(feed(metric, DENOISE_INT32, &column, t, &column, p, NULL), DENOISE_OK);
    check_figure(metric, 0.5, 0);
    assert_int_equal(denoise_metric_reset_state(metric), DENOISE_OK);
    assert_int_equal(feed(metric, DENOISE_INT32, &flat, t, &column, p, NULL), DENOISE_OK);
    check_figure(metric, 0.5, 0);
    assert_int_equal(denoise_metric_reset_state(metric), DENOISE_OK);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &square, u, &square, q, weight), DENOISE_OK);
    check_figure(metric, 0.625, 0);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &rows3, scores, &square, q, NULL), DENOISE_ERR_SHAPE);
    denoise_metric_free(metric);
}

static void resolved_as(const char *expected, const denoise__shape *target, const denoise__shape *prediction)
{
    denoise_metric *metric = denoise_metric_accuracy();
    assert_int_equal(denoise__metric_resolve(metric, target, prediction), DENOISE_OK);
    assert_string_equal(denoise__metric_kind_of(metric)->base.name, expected);
    assert_string_equal(denoise_metric_name(metric), "accuracy");
    denoise_metric_free(metric);
}

static void accuracy_resolves_by_shape(void **state)
{
    (void)state;
    static const denoise__shape deep = {3, {3, 4, 5}}, deep_labels = {2, {3, 4}};
    resolved_as("binary_accuracy", &column3, &column3);
    resolved_as("binary_accuracy", &labels3, &column3);
    resolved_as("sparse_categorical_accuracy", &labels3, &rows3);
    resolved_as("sparse_categorical_accuracy", &column3, &rows3);
    resolved_as("sparse_categorical_accuracy", &deep_labels, &deep);
    resolved_as("categorical_accuracy", &rows3, &rows3);
    resolved_as("categorical_accuracy", &deep, &deep);
}

/* The kind that "accuracy" became has the default threshold, not memory of another configuration. */
static void accuracy_works_as_what_it_became(void **state)
{
    (void)state;
    static const float p[] = {0.4F, 0.6F, 0.5F}, t[] = {0, 1, 0};
    denoise_metric *metric = denoise_metric_accuracy();
    assert_true(denoise__metric_kind_of(metric)->is_maximized);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &labels3, t, &column3, p, NULL), DENOISE_OK);
    check_figure(metric, 1, 0);
    denoise_metric_free(metric);
}

static void shapes_that_do_not_fit(void **state)
{
    (void)state;
    static const denoise__shape five = {1, {5}}, other = {2, {3, 5}};
    static const float zeros[20] = {0};
    denoise_metric *metric = denoise_metric_sparse_categorical_accuracy();
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &five, zeros, &rows3, scores, NULL), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(),
                        "metric \"sparse_categorical_accuracy\": target has shape (5,), prediction has (3, 4); "
                        "expected one label for each row of the prediction");
    /* Of one axis it has no columns: (4) is four rows, for which one label was read as four. */
    static const denoise__shape four = {1, {4}}, one = {1, {1}}, none = {0, {0}};
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &one, zeros, &four, scores, NULL), DENOISE_ERR_SHAPE);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &none, zeros, &four, scores, NULL), DENOISE_ERR_SHAPE);
    denoise_metric_free(metric);
    metric = denoise_metric_accuracy();
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &other, zeros, &rows3, scores, NULL), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(),
                        "metric \"accuracy\": target has shape (3, 5), prediction has (3, 4); expected equal shapes");
    denoise_metric_free(metric);
    metric = denoise_metric_binary_accuracy(0.5);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &other, zeros, &rows3, scores, NULL), DENOISE_ERR_SHAPE);
    denoise_metric_free(metric);
}

static void labels_must_be_whole_numbers(void **state)
{
    (void)state;
    static const float t[] = {1, 0.5F, 2};
    denoise_metric *metric = denoise_metric_sparse_categorical_accuracy();
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &labels3, t, &rows3, scores, NULL), DENOISE_ERR_RANGE);
    check_figure(metric, 0, 0);
    denoise_metric_free(metric);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_is_strictly_above_the_threshold),
        cmocka_unit_test(categorical_compares_first_maxima),
        cmocka_unit_test(sparse_compares_labels_in_both_shapes),
        cmocka_unit_test(accuracy_resolves_by_shape),
        cmocka_unit_test(accuracy_works_as_what_it_became),
        cmocka_unit_test(shapes_that_do_not_fit),
        cmocka_unit_test(labels_must_be_whole_numbers),
        cmocka_unit_test(nan_is_passed_over),
        cmocka_unit_test(nan_in_single_elements),
        cmocka_unit_test(the_class_is_the_share_of_equal_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
