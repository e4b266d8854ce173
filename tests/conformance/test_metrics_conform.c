/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of metric: its best value, accumulation, clearing, mistakes, threads and memory. */
#include "conformance/batches.h"
#include "support/failing_alloc.h"
#include <math.h>
#include <string.h>

/* Columns of a row; an image where the metric asks for height and width. */
enum { SIDE = 12, COLUMNS = SIDE * SIDE };

static denoise_metric *make(const char *kind)
{
    denoise_metric *metric;
    denoise_param_info info;
    denoise_params *params = fitting_params("metric", kind);
    if (param_named(&info, "metric", kind, "height")) ASSERT_OK(denoise_params_set_int(params, "height", SIDE));
    if (param_named(&info, "metric", kind, "width")) ASSERT_OK(denoise_params_set_int(params, "width", SIDE));
    ASSERT_OK(denoise_metric_create(&metric, kind, params));
    denoise_params_free(params);
    return metric;
}

/* Targets like the predictions, if the metric takes them, else labels; *best is a prediction without any fault. */
static denoise_tensor *target_for(const char *kind, int64_t rows, denoise_tensor **best)
{
    denoise_metric *metric = make(kind);
    denoise_tensor *numbers = random_labels(rows, COLUMNS, 3);
    *best = one_hot_rows(numbers, COLUMNS);
    denoise_status status = denoise_metric_update_state(metric, *best, *best, NULL);
    denoise_metric_free(metric);
    if (status != DENOISE_OK) {
        assert_int_equal(status, DENOISE_ERR_SHAPE);
        return numbers;
    }
    denoise_tensor *target;
    denoise_tensor_free(numbers);
    ASSERT_OK(denoise_tensor_copy(&target, *best));
    return target;
}

static void for_every_metric(void (*check)(const char *kind))
{
    for (int64_t k = 0; denoise_kind_name("metric", k) != NULL; k++)
        check(denoise_kind_name("metric", k));
}

static double computed(const denoise_metric *metric)
{
    double value = NAN;
    ASSERT_OK(denoise_metric_result(&value, metric));
    assert_false(isnan(value));
    return value;
}

static double value_of(const char *kind, const denoise_tensor *target, const denoise_tensor *prediction,
                       const denoise_tensor *weight)
{
    denoise_metric *metric = make(kind);
    ASSERT_OK(denoise_metric_update_state(metric, target, prediction, weight));
    double value = computed(metric);
    denoise_metric_free(metric);
    return value;
}

/* All that is drawn at random lies on the same side of the value without faults. */
static void check_best(const char *kind)
{
    denoise_tensor *best, *target = target_for(kind, 6, &best);
    double limit = value_of(kind, target, best, NULL);
    int above = 0, below = 0;
    for (uint64_t i = 0; i < 5; i++) {
        denoise_tensor *noise = uniform_rows(6, COLUMNS, 0.0, 1.0, 40 + i),
                       *worse = stepped(best, noise, 0.4 * (double)i + 0.2);
        double value = value_of(kind, target, worse, NULL);
        above += value > limit;
        below += value < limit;
        denoise_tensor_free(noise);
        denoise_tensor_free(worse);
    }
    if ((above > 0) == (below > 0)) fail_msg("%s: %d values above %g, %d below", kind, above, limit, below);
    denoise_tensor_free(best);
    denoise_tensor_free(target);
}

static void no_fault_gives_the_best_value(void **state)
{
    (void)state;
    for_every_metric(check_best);
}

static denoise_tensor *rows_of(denoise_tensor *tensor, int64_t start, int64_t stop)
{
    denoise_tensor *part;
    ASSERT_OK(denoise_tensor_rows(&part, tensor, start, stop));
    return part;
}

static void update_rows(denoise_metric *metric, denoise_tensor *target, denoise_tensor *prediction, denoise_tensor *weight,
                        int64_t start, int64_t stop)
{
    denoise_tensor *t = rows_of(target, start, stop), *p = rows_of(prediction, start, stop), *w = NULL;
    if (weight != NULL) w = rows_of(weight, start, stop);
    ASSERT_OK(denoise_metric_update_state(metric, t, p, w));
    denoise_tensor_free(t);
    denoise_tensor_free(p);
    denoise_tensor_free(w);
}

static void check_accumulation(const char *kind)
{
    denoise_tensor *best, *target = target_for(kind, 9, &best), *noise = uniform_rows(9, COLUMNS, 0.0, 1.0, 7);
    denoise_tensor *prediction = stepped(best, noise, 1.005), *column = uniform_rows(9, 1, 0.2, 2.0, 1), *weight;
    ASSERT_OK(denoise_tensor_reshape(&weight, column, (const int64_t[]){9}, 1));
    denoise_metric *metric = make(kind);
    assert_true(computed(metric) == 0.0);
    for (int weighted = 0; weighted < 2; weighted++) {
        denoise_tensor *w = weighted != 0 ? weight : NULL;
        double whole = value_of(kind, target, prediction, w), first = 0.0;
        for (int round = 0; round < 2; round++) {
            update_rows(metric, target, prediction, w, 0, 5);
            update_rows(metric, target, prediction, w, 5, 9);
            double value = computed(metric);
            if (!(fabs(value - whole) <= 1e-6 * (1.0 + fabs(whole)))) {
                fail_msg("%s: 5 and 4 rows give %.9g, 9 give %.9g", kind, value, whole);
            }
            assert_true(computed(metric) == value);
            if (round == 0) first = value;
            if (memcmp(&value, &first, sizeof value) != 0) fail_msg("%s: something is left after clear", kind);
            ASSERT_OK(denoise_metric_reset_state(metric));
            assert_true(computed(metric) == 0.0);
        }
    }
    denoise_metric_free(metric);
    denoise_tensor *tensors[] = {best, target, noise, prediction, column, weight};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
}

static void batches_add_up_and_are_forgotten(void **state)
{
    (void)state;
    for_every_metric(check_accumulation);
}

static void expect_refused(const char *kind, denoise_metric *metric, const denoise_tensor *target,
                           const denoise_tensor *prediction, const denoise_tensor *weight, const char *piece)
{
    double before = computed(metric);
    denoise_status status = denoise_metric_update_state(metric, target, prediction, weight);
    if (status != DENOISE_ERR_SHAPE || strstr(denoise_last_error(), piece) == NULL) {
        fail_msg("%s: %s, \"%s\", expected DENOISE_ERR_SHAPE with \"%s\"", kind, denoise_status_name(status),
                 denoise_last_error(), piece);
    }
    if (computed(metric) != before) fail_msg("%s: an update that fails changes the value", kind);
}

static void check_mistakes(const char *kind)
{
    denoise_tensor *best, *more_best, *target = target_for(kind, 5, &best), *more = target_for(kind, 6, &more_best);
    denoise_tensor *wide = uniform_rows(5, COLUMNS + 1, 0.0, 1.0, 2), *weight, *column = uniform_rows(6, 1, 0.0, 1.0, 2);
    ASSERT_OK(denoise_tensor_reshape(&weight, column, (const int64_t[]){6}, 1));
    denoise_metric *metric = make(kind);
    ASSERT_OK(denoise_metric_update_state(metric, target, best, NULL));
    expect_refused(kind, metric, more, best, NULL, "(5, 144)");
    expect_refused(kind, metric, more, best, NULL, denoise_tensor_rank(more) == 1 ? "(6,)" : "(6, 144)");
    expect_refused(kind, metric, wide, best, NULL, "(5, 145)");
    expect_refused(kind, metric, target, best, weight, "(6,)");
    denoise_metric_free(metric);
    denoise_tensor *tensors[] = {best, more_best, target, more, wide, weight, column};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
}

static void mistakes_in_shapes_are_named(void **state)
{
    (void)state;
    for_every_metric(check_mistakes);
}

static void check_threads(const char *kind)
{
    static const int32_t counts[] = {1, 2, 3, 4, 8};
    denoise_tensor *best, *target = target_for(kind, 517, &best), *noise = uniform_rows(517, COLUMNS, 0.0, 1.0, 7);
    denoise_tensor *prediction = stepped(best, noise, 1.005);
    double first = 0.0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ASSERT_OK(denoise_set_num_threads(counts[i]));
        double value = value_of(kind, target, prediction, NULL);
        if (i == 0) first = value;
        if (memcmp(&value, &first, sizeof value) != 0) fail_msg("%s: %d threads give other bits", kind, (int)counts[i]);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    denoise_tensor *tensors[] = {best, target, noise, prediction};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    for_every_metric(check_threads);
}

static void check_memory(const char *kind)
{
    denoise_tensor *best, *target = target_for(kind, 3, &best), *wide;
    ASSERT_OK(denoise_tensor_astype(&wide, best, DENOISE_FLOAT64)); /* has to be converted */
    for (int64_t nth = 1;; nth++) {
        denoise_metric *metric = make(kind);
        int64_t before = failing_alloc_live();
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = denoise_metric_update_state(metric, target, wide, NULL);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (failed && computed(metric) != 0.0) fail_msg("%s: an update that fails changes the value", kind);
        denoise_metric_free(metric);
        assert_true(failing_alloc_live() < before);
        if (!failed) break;
    }
    denoise_tensor_free(best);
    denoise_tensor_free(target);
    denoise_tensor_free(wide);
}

static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    ASSERT_OK(denoise_set_num_threads(1));
    for_every_metric(check_memory);
    denoise_shutdown();
    failing_alloc_remove(); /* asserts that nothing is left */
    ASSERT_OK(denoise_set_num_threads(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_fault_gives_the_best_value),        cmocka_unit_test(batches_add_up_and_are_forgotten),
        cmocka_unit_test(mistakes_in_shapes_are_named),         cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
