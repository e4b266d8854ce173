/* SPDX-License-Identifier: Apache-2.0 */
/* One step on one batch: done, or not done at all. */
#include "support/failing_alloc.h"
#include "support/nets.h"

static denoise_trainer *compile(denoise_model *model)
{
    denoise_trainer *trainer;
    denoise_metric *metrics[] = {denoise_metric_mean_absolute_error()};
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.metrics = metrics;
    options.metric_count = 1;
    ASSERT_OK(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &options));
    return trainer;
}

/* The caller who hears of no memory must not find that the step was made all the same. */
static void step_is_not_made_without_memory(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_tensor *x = random_rows(8, 4, 0), *y = random_rows(8, 2, 1);
    int64_t n = 0;
    for (bool failed = true; failed;) {
        denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
        denoise_trainer *trainer = compile(model);
        denoise_logs *logs;
        uint64_t before = hash_of_weights(model);
        failing_alloc_arm(++n, false);
        denoise_status status = denoise_trainer_train_on_batch(&logs, trainer, x, y, NULL);
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_true((logs == NULL) == failed);
        assert_true((hash_of_weights(model) == before) == failed);
        assert_int_equal(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)), failed ? 0 : 1);
        denoise_logs_free(logs);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
    assert_true(n > 20);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_shutdown();
    failing_alloc_remove();
}

/* Number of allocations between the first hook of a step and the last one. */
typedef struct counter {
    int64_t at_begin, in_steps;
} counter;

static denoise_status begin(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)batch, (void)logs;
    ((counter *)user_data)->at_begin = failing_alloc_calls();
    return DENOISE_OK;
}

static denoise_status end(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    counter *c = user_data;
    (void)trainer, (void)batch, (void)logs;
    c->in_steps += failing_alloc_calls() - c->at_begin;
    return DENOISE_OK;
}

static void steps_allocate_nothing_from_the_first_on(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_tensor *x = random_rows(8, 4, 0), *y = random_rows(8, 2, 1);
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *trainer = compile(model);
    counter c = {0};
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_begin = hooks.on_test_batch_begin = begin;
    hooks.on_train_batch_end = hooks.on_test_batch_end = end;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, &c, NULL)));
    denoise_evaluate_options evaluate = DENOISE_EVALUATE_OPTIONS_INIT;
    evaluate.batch_size = 2;
    ASSERT_OK(denoise_trainer_evaluate(NULL, trainer, x, y, &evaluate));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.batch_size = 2;
    options.validation_split = 0.5;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options));
    assert_int_equal(c.in_steps, 0);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_is_not_made_without_memory),
        cmocka_unit_test(steps_allocate_nothing_from_the_first_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
