/* SPDX-License-Identifier: Apache-2.0 */
#include "metric_feed.h"
#include "support/failing_alloc.h"
#include "support/metric_kinds.h"
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
    assert_int_equal(denoise_metric_reset_state(metric), DENOISE_OK);
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
    assert_int_equal(denoise_metric_reset_state(metric), DENOISE_OK);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &deep, wrong, &deep, p, weight), DENOISE_OK);
    check_figure(metric, (3 * 1 + 1 * 4) / 4.0, 1e-7);
    assert_int_equal(denoise_metric_reset_state(metric), DENOISE_OK);
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

static void errors(void **state)
{
    (void)state;
    static const denoise__shape three = {1, {3}};
    static const float numbers[3] = {0};
    int owner;
    double value;
    denoise_metric *metric = denoise_metric_mean_absolute_error(), *inert = denoise_metric_psnr(0, 0, 1);
    denoise_tensor *tensor = feed_tensor(DENOISE_FLOAT32, &shape, p), *weight = feed_tensor(DENOISE_FLOAT32, &three, numbers);
    assert_int_equal(denoise_metric_update_state(NULL, tensor, tensor, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_update_state(metric, NULL, tensor, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_update_state(metric, tensor, NULL, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_update_state(metric, tensor, tensor, weight), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "metric \"mean_absolute_error\": sample_weight has shape (3,), expected (2,)");
    assert_int_equal(denoise_metric_update_state(inert, tensor, tensor, NULL), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_metric_result(NULL, metric), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_result(&value, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_result(&value, inert), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_metric_reset_state(NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise__part_adopt(&metric->part, &owner), DENOISE_OK);
    assert_int_equal(denoise_metric_update_state(metric, tensor, tensor, NULL), DENOISE_ERR_OWNED);
    assert_string_equal(denoise_last_error(), "metric \"mean_absolute_error\" belongs to a trainer, which updates it");
    assert_int_equal(denoise_metric_reset_state(metric), DENOISE_ERR_OWNED);
    assert_int_equal(denoise_metric_result(&value, metric), DENOISE_OK);
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
        denoise_status status = denoise_metric_update_state(metric, target, prediction, weight);
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

static void a_prepared_update_allocates_nothing(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    assert_int_equal(denoise__metric_resolve(metric, &shape, &shape), DENOISE_OK);
    assert_int_equal(denoise__metric_prepare(metric, 2, 3), DENOISE_OK);
    denoise__metric_args args = {.rows = 2, .columns = 3, .prediction = p, .target = wrong};
    int64_t calls = failing_alloc_calls();
    assert_int_equal(denoise__metric_update(metric, &args, NULL), DENOISE_OK);
    assert_int_equal(denoise__metric_prepare(metric, 1, 3), DENOISE_OK);
    assert_int_equal(failing_alloc_calls(), calls);
    assert_true(metric->scratch[0] == 1 && metric->scratch[1] == 4);
    assert_true(denoise__metric_result(metric) == 2.5F);
    denoise__metric_reset(metric);
    assert_true(denoise__metric_result(metric) == 0);
    args.rows = 3; /* more than was prepared */
    failing_alloc_arm(1, false);
    assert_int_equal(denoise__metric_update(metric, &args, NULL), DENOISE_ERR_NOMEM);
    failing_alloc_disarm();
    denoise_metric_free(metric);
    failing_alloc_remove();
}

static const float fractions[] = {0, 0.5F, 0.51F, 0.5F, 0.99F, 0.25F};

/* Many numbers of state, of which reset knows more than zero. */
static void a_histogram_is_a_metric(void **state)
{
    (void)state;
    static const float weight[] = {1, 4};
    denoise_metric *metric = histogram_metric(0);
    assert_int_equal(denoise_metric_status(metric), DENOISE_OK);
    const float *counts = metric->state[0].values;
    assert_true(metric->state_count == 2 && metric->state[0].count == HISTOGRAM_BINS);
    for (int round = 0; round < 2; round++) {
        assert_true(counts[0] == 1.0F / 1024 && counts[HISTOGRAM_BINS - 1] == 1.0F / 1024);
        assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, fractions, NULL), DENOISE_OK);
        check_figure(metric, 0.5, 0);
        assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, fractions, weight), DENOISE_OK);
        assert_true(counts[16] == 3 + 6 + 1.0F / 1024 && counts[31] == 5 + 1.0F / 1024);
        assert_int_equal(denoise_metric_reset_state(metric), DENOISE_OK);
        check_figure(metric, 0, 0);
    }
    denoise_metric_free(metric);
}

static void a_failing_update_has_the_name_and_adds_nothing(void **state)
{
    (void)state;
    float before[HISTOGRAM_BINS];
    denoise_metric *metric = histogram_metric(2);
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, fractions, NULL), DENOISE_OK);
    memcpy(before, metric->state[0].values, sizeof before);
    uint64_t version = metric->state[0].version;
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, fractions, NULL), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "metric \"histogram\": told to fail");
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, p, NULL), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "metric \"histogram\": prediction 0 is outside of 0 .. 1");
    assert_memory_equal(before, metric->state[0].values, sizeof before);
    assert_true(metric->state[0].version == version);
    denoise_metric_free(metric);
}

typedef struct walk {
    char paths[4][64];
    int64_t count, numbers;
    float kept[64];
    bool is_reading;
} walk;

static denoise_status step(void *context, const char *path, denoise__variable *variable)
{
    walk *w = context;
    assert_int_equal(variable->role, DENOISE__VARIABLE_METRIC);
    assert_int_equal(variable->dtype, DENOISE_FLOAT32);
    float *values = variable->values, *kept = w->kept + w->numbers;
    memcpy(w->is_reading ? values : kept, w->is_reading ? kept : values, (size_t)variable->count * sizeof *values);
    strcpy(w->paths[w->count++], path);
    w->numbers += variable->count;
    return DENOISE_OK;
}

static void check_walk(denoise_metric *metric, const float *prediction, const char *first, const char *second)
{
    walk w = {0};
    double value, again;
    assert_int_equal(feed(metric, DENOISE_FLOAT32, &shape, t, &shape, prediction, NULL), DENOISE_OK);
    assert_int_equal(denoise_metric_result(&value, metric), DENOISE_OK);
    assert_int_equal(denoise__metric_visit(metric, "epoch", &(denoise__visitor){.variable = step, .context = &w}), DENOISE_OK);
    assert_int_equal(w.count, 2);
    assert_string_equal(w.paths[0], first);
    assert_string_equal(w.paths[1], second);
    assert_int_equal(denoise_metric_reset_state(metric), DENOISE_OK);
    w.count = w.numbers = 0;
    w.is_reading = true;
    uint64_t version = metric->state[1].version;
    assert_int_equal(
        denoise__metric_visit(metric, "epoch", &(denoise__visitor){.variable = step, .context = &w, .is_reading = true}),
        DENOISE_OK);
    assert_true(metric->state[1].version > version);
    assert_int_equal(denoise_metric_result(&again, metric), DENOISE_OK);
    assert_true(again == value && value != 0);
    denoise_metric_free(metric);
}

static void states_are_visited_for_writing_and_reading(void **state)
{
    (void)state;
    check_walk(denoise_metric_mean_absolute_error(), p, "epoch/total", "epoch/count");
    check_walk(denoise_metric_accuracy(), wrong, "epoch/total", "epoch/count");
    check_walk(histogram_metric(0), fractions, "epoch/counts", "epoch/updates");
}

static denoise_status refuse(void *context, const char *path, denoise__variable *variable)
{
    (void)context, (void)path, (void)variable;
    return denoise__fail(DENOISE_ERR_IO, "full");
}

static void a_visitor_may_fail(void **state)
{
    (void)state;
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    assert_int_equal(denoise__metric_visit(metric, NULL, &(denoise__visitor){.variable = refuse}), DENOISE_ERR_IO);
    denoise_metric_free(metric);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_add_up_and_clear),
        cmocka_unit_test(weights_of_samples_and_their_rows),
        cmocka_unit_test(other_element_types),
        cmocka_unit_test(errors),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_prepared_update_allocates_nothing),
        cmocka_unit_test(a_histogram_is_a_metric),
        cmocka_unit_test(a_failing_update_has_the_name_and_adds_nothing),
        cmocka_unit_test(states_are_visited_for_writing_and_reading),
        cmocka_unit_test(a_visitor_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
