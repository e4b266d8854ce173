/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers: the weights after every step. Schedules: rates of some steps. Constraints: a weight brought back. Regularizers:
 * the penalty as evaluate shows it, and what one step of SGD makes of its gradient. */
#include "support/cmocka_test.h"
#include "support/keras_config.h"
#include <stdio.h>
#include <string.h>

/* A step of SGD moves a weight w by this times its gradient, whose bits so survive the rounding of w - rate g. */
static const double STEP = 1048576.0;

/* The index-th part along the first axis, without that axis. */
static denoise_tensor *part(fixture *f, denoise_tensor *stacked, int64_t index)
{
    denoise_tensor *row, *out;
    fixture_ok(f, denoise_tensor_rows(&row, stacked, index, index + 1));
    fixture_keep_tensor(f, row);
    fixture_ok(f, denoise_tensor_reshape(&out, row, denoise_tensor_shape(stacked) + 1, denoise_tensor_rank(stacked) - 1));
    return fixture_keep_tensor(f, out);
}

static void run_optimizer(fixture *f)
{
    denoise_optimizer *optimizer = keras_optimizer(f, fixture_member_text(f, "optimizer"), fixture_member(f, "config"));
    denoise_tensor *weights[] = {fixture_tensor(f, "w0"), fixture_tensor(f, "b0")};
    denoise_tensor *gradients[] = {fixture_tensor(f, "gw"), fixture_tensor(f, "gb")};
    denoise_tensor *expected[] = {fixture_tensor(f, "w"), fixture_tensor(f, "b")};
    int64_t steps = denoise_tensor_dim(gradients[0], 0);
    for (int64_t step = 0; step < steps; step++) {
        const denoise_tensor *now[] = {part(f, gradients[0], step), part(f, gradients[1], step)};
        fixture_ok(f, denoise_optimizer_apply(optimizer, weights, now, 2));
        for (size_t i = 0; i < 2; i++) {
            char what[64];
            (void)snprintf(what, sizeof(what), "%s after step %lld", i == 0 ? "w" : "b", (long long)step + 1);
            fixture_compare(f, what, weights[i], part(f, expected[i], step), FIXTURE_ONE_OPERATION);
        }
    }
    json_t *accumulation = json_object_get(fixture_member(f, "config"), "gradient_accumulation_steps");
    int64_t batches = json_is_integer(accumulation) ? json_integer_value(accumulation) : 1; /* of a step */
    if (denoise_optimizer_iterations(optimizer) != steps / batches) fixture_fail(f, "the optimizer has not counted its steps");
}

/* The kind is in the case's name, "regularizer_l2". */
static const char *kind_in_name(fixture *f)
{
    const char *kind = strchr(fixture_name(f), '_');
    if (kind == NULL) fixture_fail(f, "the case's name does not name the kind");
    return kind + 1;
}

/* One layer whose kernel is x, with the penalty on it. */
static denoise_model *penalised_model(fixture *f, const denoise_params *regularizer, const denoise_tensor *x)
{
    int64_t inputs = denoise_tensor_dim(x, 0), units = denoise_tensor_dim(x, 1);
    denoise_params *params;
    fixture_ok(f, denoise_params_new(&params));
    fixture_keep_params(f, params);
    fixture_ok(f, denoise_params_set_int(params, "units", units));
    fixture_ok(f, denoise_params_set_bool(params, "use_bias", 0));
    fixture_ok(f, denoise_params_set_kind(params, "kernel_regularizer", kind_in_name(f), regularizer));
    denoise_sequential *sequential;
    fixture_ok(f, denoise_sequential_new(&sequential, NULL));
    fixture_keep_sequential(f, sequential);
    fixture_ok(f, denoise_sequential_add(sequential, denoise_layer_input(&inputs, 1, NULL)));
    denoise_layer *dense;
    fixture_ok(f, denoise_layer_create(&dense, "dense", params));
    fixture_ok(f, denoise_sequential_add(sequential, dense));
    denoise_model *model;
    fixture_ok(f, denoise_sequential_build(&model, sequential, NULL));
    fixture_keep_model(f, model);
    fixture_ok(f, denoise_model_set_weight(model, 0, x));
    return model;
}

static denoise_tensor *zeros(fixture *f, int64_t columns)
{
    denoise_tensor *out;
    fixture_ok(f, denoise_tensor_new(&out, DENOISE_FLOAT32, (int64_t[]){1, columns}, 2));
    return fixture_keep_tensor(f, out);
}

static void compare_step(fixture *f, const denoise_model *model, const denoise_tensor *x)
{
    denoise_tensor *after;
    const denoise_tensor *dx = fixture_tensor(f, "dx");
    int64_t count = denoise_tensor_size(x);
    fixture_ok(f, denoise_model_get_weight(&after, model, 0));
    fixture_keep_tensor(f, after);
    double *got = fixture_alloc(f, (size_t)count * sizeof(*got)), *expected = fixture_alloc(f, (size_t)count * sizeof(*got));
    for (int64_t i = 0; i < count; i++) {
        double was, is;
        fixture_ok(f, denoise_tensor_item(x, i, &was));
        fixture_ok(f, denoise_tensor_item(after, i, &is));
        fixture_ok(f, denoise_tensor_item(dx, i, &expected[i]));
        got[i] = (was - is) / STEP;
    }
    fixture_compare_numbers(f, "dx", got, expected, count, FIXTURE_ONE_OPERATION);
}

/* With inputs and targets of zeros all of the loss, and of the gradient, is the penalty's. */
static void run_regularizer(fixture *f)
{
    denoise_params *regularizer = keras_params(f, "regularizer", kind_in_name(f), fixture_member(f, "config"));
    const denoise_tensor *x = fixture_tensor(f, "x");
    denoise_model *model = penalised_model(f, regularizer, x);
    const denoise_tensor *input = zeros(f, denoise_tensor_dim(x, 0)), *target = zeros(f, denoise_tensor_dim(x, 1));
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    sgd.learning_rate = STEP;
    denoise_trainer *trainer;
    fixture_ok(f, denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&sgd), denoise_loss_mean_squared_error(), NULL));
    fixture_keep_trainer(f, trainer);
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.verbose = 0;
    denoise_logs *logs;
    fixture_ok(f, denoise_trainer_evaluate(&logs, trainer, input, target, &options));
    fixture_keep_logs(f, logs);
    double value, expected;
    fixture_ok(f, denoise_logs_get(logs, "loss", &value));
    fixture_ok(f, denoise_tensor_item(fixture_tensor(f, "value"), 0, &expected));
    fixture_compare_numbers(f, "value", &value, &expected, 1, FIXTURE_ONE_OPERATION);
    fixture_ok(f, denoise_trainer_train_on_batch(NULL, trainer, input, target, NULL));
    compare_step(f, model, x);
}

static void run_schedule(fixture *f)
{
    const char *kind = fixture_member_text(f, "schedule");
    denoise_params *params = keras_params(f, "schedule", kind, fixture_member(f, "config"));
    const denoise_tensor *steps = fixture_tensor(f, "step"), *expected = fixture_tensor(f, "lr");
    int64_t count = denoise_tensor_size(steps);
    double *got = fixture_alloc(f, (size_t)count * sizeof(*got)), *wanted = fixture_alloc(f, (size_t)count * sizeof(*got));
    denoise_schedule *schedule;
    fixture_ok(f, denoise_schedule_create(&schedule, kind, params));
    for (int64_t i = 0; i < count; i++) {
        double step = 0;
        (void)denoise_tensor_item(steps, i, &step);
        (void)denoise_tensor_item(expected, i, &wanted[i]);
        got[i] = denoise_schedule_rate(schedule, (int64_t)step);
    }
    denoise_schedule_free(schedule);
    fixture_compare_numbers(f, "lr", got, wanted, count, FIXTURE_ONE_OPERATION);
}

static void run_constraint(fixture *f)
{
    const char *kind = kind_in_name(f);
    denoise_tensor *w = fixture_tensor(f, "x");
    fixture_ok(f, denoise_constraint_apply(w, kind, keras_params(f, "constraint", kind, fixture_member(f, "config"))));
    fixture_compare(f, "y", w, fixture_tensor(f, "y"), FIXTURE_ONE_OPERATION);
}

static void test_optimizers_are_those_of_keras(void **state)
{
    (void)state;
    const fixture_kind kinds[] = {{"optimizer", run_optimizer},
                                  {"regularizer", run_regularizer},
                                  {"schedule", run_schedule},
                                  {"constraint", run_constraint}};
    fixtures *set = fixtures_open("optimizers");
    fixtures_run(set, kinds, sizeof(kinds) / sizeof(*kinds));
    fixtures_end(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_optimizers_are_those_of_keras)};
    return cmocka_run_group_tests_name("golden_optimizers", tests, NULL, NULL);
}
