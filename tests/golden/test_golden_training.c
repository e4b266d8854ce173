/* SPDX-License-Identifier: Apache-2.0 */
/* Whole fits without shuffling: final weights, history, predictions and evaluation against Keras'. */
#include "golden/training.h"
#include "support/cmocka_test.h"
#include <stdio.h>
#include <string.h>

static void compare_weights(fixture *f, const denoise_model *model)
{
    int64_t count = fixture_count(f, "final");
    if (denoise_model_weight_count(model) != count) fixture_fail(f, "the model has not %lld weights", (long long)count);
    for (int64_t i = 0; i < count; i++) {
        char name[64];
        denoise_tensor *weight;
        (void)snprintf(name, sizeof(name), "final%lld", (long long)i);
        fixture_ok(f, denoise_model_get_weight(&weight, model, i));
        fixture_compare(f, name, fixture_keep_tensor(f, weight), fixture_tensor(f, name), FIXTURE_AFTER_A_FIT);
    }
}

/* Every key of the file, and no other. */
static void compare_history(fixture *f, const denoise_history *history)
{
    int64_t count = fixture_count(f, "history/");
    if (denoise_history_key_count(history) != count) {
        fixture_fail(f, "the history has %lld keys, expected %lld", (long long)denoise_history_key_count(history),
                     (long long)count);
    }
    for (int64_t i = 0; i < count; i++) {
        const char *key = fixture_tensor_name(f, "history/", i);
        char name[128];
        (void)snprintf(name, sizeof(name), "history/%s", key);
        const denoise_tensor *expected = fixture_tensor(f, name);
        const double *values = denoise_history_values(history, key);
        if (values == NULL) fixture_fail(f, "the history has no \"%s\"", key);
        if (denoise_history_epochs(history) != denoise_tensor_size(expected)) fixture_fail(f, "%s: epochs differ", name);
        double *numbers = fixture_alloc(f, (size_t)denoise_tensor_size(expected) * sizeof(*numbers));
        for (int64_t e = 0; e < denoise_tensor_size(expected); e++)
            fixture_ok(f, denoise_tensor_item(expected, e, &numbers[e]));
        fixture_compare_numbers(f, name, values, numbers, denoise_tensor_size(expected), FIXTURE_AFTER_A_FIT);
    }
}

/* "probe", or "probe0" and so on where the model has several outputs: the predictions for the first rows. */
static void compare_probe(fixture *f, const training *t)
{
    enum { PROBE_ROWS = 16 };
    const denoise_tensor *x[TRAINING_ENDS];
    denoise_tensor *y[TRAINING_ENDS];
    for (int64_t i = 0; i < t->input_count; i++)
        x[i] = training_rows(f, t->x[i], PROBE_ROWS);
    fixture_ok(f, denoise_model_predict_many(y, t->output_count, t->model, x, t->input_count, NULL));
    for (int64_t i = 0; i < t->output_count; i++)
        fixture_keep_tensor(f, y[i]);
    if (t->output_count == 1) {
        fixture_compare(f, "probe", y[0], fixture_tensor(f, "probe"), FIXTURE_AFTER_A_FIT);
        return;
    }
    for (int64_t i = 0; i < t->output_count; i++)
        fixture_compare(f, "probes", y[i], fixture_numbered(f, "probe", i), FIXTURE_AFTER_A_FIT);
}

static void compare_evaluation(fixture *f, const training *t)
{
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.batch_size = denoise_tensor_dim(fixture_tensor_of(f, fixture_case_of_kind(f, "data"), "x"), 0) / 4 - 7;
    options.verbose = 0;
    denoise_logs *logs;
    fixture_ok(f, denoise_trainer_evaluate(&logs, t->trainer, t->x[0], t->y[0], &options));
    fixture_keep_logs(f, logs);
    const denoise_tensor *evaluated = fixture_tensor(f, "evaluated");
    int64_t count = denoise_tensor_size(evaluated);
    if (denoise_logs_count(logs) != count) fixture_fail(f, "evaluate gives %lld numbers", (long long)denoise_logs_count(logs));
    double *got = fixture_alloc(f, (size_t)count * sizeof(*got)), *expected = fixture_alloc(f, (size_t)count * sizeof(*got));
    for (int64_t i = 0; i < count; i++) {
        fixture_ok(f, denoise_logs_get(logs, denoise_logs_key(logs, i), &got[i]));
        fixture_ok(f, denoise_tensor_item(evaluated, i, &expected[i]));
    }
    fixture_compare_numbers(f, "evaluated", got, expected, count, FIXTURE_AFTER_A_FIT);
}

static void run_training(fixture *f)
{
    training *t = training_run(f, fixture_name(f));
    if (denoise_model_count_params(t->model) != json_integer_value(fixture_member(f, "params"))) {
        fixture_fail(f, "the model has %lld parameters", (long long)denoise_model_count_params(t->model));
    }
    compare_weights(f, t->model);
    compare_history(f, denoise_trainer_history(t->trainer));
    compare_probe(f, t);
    compare_evaluation(f, t);
}

static void run_training_two(fixture *f)
{
    training *t = training_run(f, fixture_name(f));
    compare_weights(f, t->model);
    compare_history(f, denoise_trainer_history(t->trainer));
    compare_probe(f, t);
}

/* Trained models one behind the other in one model. */
static void run_composite(fixture *f)
{
    json_t *uses = fixture_member(f, "uses");
    training *parts[TRAINING_ENDS];
    size_t count = json_array_size(uses);
    if (count < 1 || count > TRAINING_ENDS) fixture_fail(f, "%zu models", count);
    for (size_t i = 0; i < count; i++)
        parts[i] = training_run(f, json_string_value(json_array_get(uses, i)));
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    fixture_ok(f, denoise_model_input_shape(parts[0]->model, 0, shape, &rank));
    denoise_graph *graph;
    fixture_ok(f, denoise_graph_new(&graph, NULL));
    fixture_keep_graph(f, graph);
    denoise_node *input = denoise_graph_input(graph, shape, rank), *node = input;
    for (size_t i = 0; i < count; i++)
        node = denoise_graph_apply_model(graph, parts[i]->model, node);
    training t = {.input_count = 1, .output_count = 1, .x = {training_source(f, fixture_member(f, "inputs"), parts[0]->model)}};
    fixture_ok(f, denoise_graph_build(&t.model, graph, input, node, NULL));
    fixture_keep_model(f, t.model);
    compare_probe(f, &t);
}

/* The rows that the fits read. */
static void check_data(fixture *f)
{
    const denoise_tensor *x = fixture_tensor(f, "x"), *noisy = fixture_tensor(f, "noisy"),
                         *labels = fixture_tensor(f, "labels");
    bool fits = denoise_tensor_rank(x) == 2 && denoise_tensor_size(noisy) == denoise_tensor_size(x) &&
                denoise_tensor_size(labels) == denoise_tensor_dim(x, 0);
    if (!fits) fixture_fail(f, "x, noisy and labels do not belong together");
}

static void run_group(const char *group)
{
    const fixture_kind kinds[] = {
        {"training", run_training}, {"training_two", run_training_two}, {"composite", run_composite}, {"data", check_data}};
    fixtures *set = fixtures_open(group);
    fixtures_run(set, kinds, sizeof(kinds) / sizeof(*kinds));
    fixtures_end(set);
}

static void test_fits_are_those_of_keras(void **state)
{
    (void)state;
    run_group("training");
}

static void test_fits_with_normalizations(void **state)
{
    (void)state;
    run_group("normalization_training");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fits_are_those_of_keras),
                                       cmocka_unit_test(test_fits_with_normalizations)};
    return cmocka_run_group_tests_name("golden_training", tests, NULL, NULL);
}
