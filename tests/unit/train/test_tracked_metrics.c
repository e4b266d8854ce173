/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of a trainer: one that fails, sums that another run must not disturb, and what class weights do to weighted ones. */
#include "support/metric_kinds.h"
#include "support/nets.h"
#include "train/trainer.h"
#include <math.h>
#include <string.h>

static denoise_fit_options quiet(int64_t batch_size)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    options.batch_size = batch_size;
    options.shuffle = 0;
    return options;
}

static denoise_trainer *compiled(denoise_model *model, denoise_metric *metric)
{
    denoise_trainer *trainer;
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = &metric;
    compile.metric_count = 1;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), &compile));
    return trainer;
}

static denoise_model *dense_model(void)
{
    return two_layers(4, 5, "relu", 4, "sigmoid");
}

static denoise_model *noisy_model(void)
{
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){4}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_gaussian_noise(0.01, NULL));
    denoise_sequential_add(s, denoise_layer_dense(4, "sigmoid", NULL));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

static void check_failing_update(denoise_model *model, bool is_plain)
{
    denoise_metric *metric = histogram_metric(1);
    denoise_trainer *trainer = compiled(model, metric);
    trainer->is_plain = is_plain;
    denoise_tensor *x = random_rows(8, 4, 1), *y = random_rows(8, 4, 2);
    denoise_fit_options options = quiet(4);
    uint64_t before = hash_of_weights(model);
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_INVALID, "metric \"histogram\": told to fail");
    ASSERT_FAILS(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL), DENOISE_ERR_INVALID, "metric \"histogram\": ");
    ASSERT_FAILS(denoise_trainer_evaluate(NULL, trainer, x, y, NULL), DENOISE_ERR_INVALID,
                 "metric \"histogram\": told to fail");
    ASSERT_FAILS(denoise_trainer_test_on_batch(NULL, trainer, x, y, NULL), DENOISE_ERR_INVALID, "metric \"histogram\": ");
    assert_true(hash_of_weights(model) == before);
    assert_true(*(float *)metric->state[1].values == 0);
    denoise_trainer_free(trainer), denoise_model_free(model);
    denoise_tensor_free(x), denoise_tensor_free(y);
}

static void a_failing_update_ends_the_step_before_weights_change(void **state)
{
    (void)state;
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        check_failing_update(dense_model(), is_plain);
        check_failing_update(noisy_model(), is_plain);
    }
}

/* The weights of the first step stay, those of the second are not taken. */
static void the_second_step_fails(void **state)
{
    (void)state;
    denoise_model *model = dense_model();
    denoise_trainer *trainer = compiled(model, histogram_metric(2));
    denoise_tensor *x = random_rows(8, 4, 1), *y = random_rows(8, 4, 2);
    uint64_t before = hash_of_weights(model);
    denoise_fit_options options = quiet(4);
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_INVALID, "batch 1: metric \"histogram\": ");
    uint64_t after = hash_of_weights(model);
    assert_true(after != before);
    denoise_trainer_free(trainer), denoise_model_free(model);

    model = dense_model();
    trainer = compiled(model, histogram_metric(0));
    denoise_tensor *first_x, *first_y;
    ASSERT_OK(denoise_tensor_rows(&first_x, x, 0, 4));
    ASSERT_OK(denoise_tensor_rows(&first_y, y, 0, 4));
    ASSERT_OK(denoise_trainer_fit(trainer, first_x, first_y, &options));
    assert_true(hash_of_weights(model) == after);
    denoise_trainer_free(trainer), denoise_model_free(model);
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_tensor_free(first_x), denoise_tensor_free(first_y);
}

static denoise_status evaluate_aside(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)batch, (void)logs;
    denoise_tensor *const *data = user_data;
    denoise_status status = denoise_trainer_evaluate(NULL, trainer, data[0], data[1], NULL);
    return status != DENOISE_OK ? status : denoise_trainer_test_on_batch(NULL, trainer, data[0], data[1], NULL);
}

static void counts_of(float *counts, const denoise_tensor *const *data, bool is_disturbed)
{
    denoise_model *model = dense_model();
    denoise_metric *metric = histogram_metric(0);
    denoise_trainer *trainer = compiled(model, metric);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = evaluate_aside;
    if (is_disturbed) {
        ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, (void *)(uintptr_t)data, NULL)));
    }
    denoise_fit_options options = quiet(2);
    ASSERT_OK(denoise_trainer_fit(trainer, data[0], data[1], &options));
    memcpy(counts, metric->state[0].values, HISTOGRAM_BINS * sizeof *counts);
    assert_true(*(float *)metric->state[1].values == 4);
    denoise_trainer_free(trainer), denoise_model_free(model);
}

static void evaluate_in_a_callback_leaves_all_state(void **state)
{
    (void)state;
    float alone[HISTOGRAM_BINS], disturbed[HISTOGRAM_BINS], sum = 0;
    denoise_tensor *x = random_rows(8, 4, 1), *y = random_rows(8, 4, 2);
    counts_of(alone, (const denoise_tensor *[]){x, y}, false);
    counts_of(disturbed, (const denoise_tensor *[]){x, y}, true);
    assert_memory_equal(alone, disturbed, sizeof alone);
    for (int i = 0; i < HISTOGRAM_BINS; i++)
        sum += alone[i];
    assert_true(fabsf(sum - 32) < 0.1F);
    denoise_tensor_free(x), denoise_tensor_free(y);
}

/* Class weights go by numpy.argmax, where a NaN is greatest: row 0 is class 1, of weight 4. The metric passes over it: row 0 is
 * class 0, as predicted. So 4 of 4 + 1 are right. */
static void class_of_a_row_with_nan(void **state)
{
    (void)state;
    static const float targets[] = {1, NAN, 0, 0, 0, 1};
    static const double weights[] = {2, 4, 1};
    denoise_sequential *s;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_dense_options zeros = DENOISE_DENSE_OPTIONS_INIT;
    zeros.kernel_initializer = "zeros";
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){2}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_dense(3, NULL, &zeros));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.weighted_metrics = (denoise_metric *[]){denoise_metric_accuracy()};
    compile.weighted_metric_count = 1;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), &compile));
    denoise_tensor *x = random_rows(2, 2, 1), *y;
    ASSERT_OK(denoise_tensor_from_data(&y, DENOISE_FLOAT32, (const int64_t[]){2, 3}, 2, targets));
    denoise_fit_options options = quiet(2);
    options.class_weight = weights;
    options.class_count = 3;
    options.nonfinite = DENOISE_NONFINITE_IGNORE;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options));
    double accuracy = denoise_history_values(denoise_trainer_history(trainer), "accuracy")[0];
    assert_true(fabs(accuracy - 0.8) < 1e-6);
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_sequential_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_update_ends_the_step_before_weights_change),
        cmocka_unit_test(the_second_step_fails),
        cmocka_unit_test(evaluate_in_a_callback_leaves_all_state),
        cmocka_unit_test(class_of_a_row_with_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
