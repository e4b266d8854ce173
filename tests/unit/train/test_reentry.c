/* SPDX-License-Identifier: Apache-2.0 */
/* What a callback does to the run that calls it. */
#include "support/nets.h"
#include "support/temp_dir.h"
#include <string.h>

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x, *y;
    denoise_status answer;
    int64_t calls;
    const char *path;
} bench;

static void start(bench *b, denoise_model *model)
{
    *b = (bench){.model = model, .x = random_rows(8, 4, 0), .y = random_rows(8, 4, 1)};
    ASSERT_OK(denoise_model_compile(&b->trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
}

static void end(bench *b)
{
    denoise_trainer_free(b->trainer);
    denoise_model_free(b->model);
    denoise_tensor_free(b->x);
    denoise_tensor_free(b->y);
}

static denoise_status fit(bench *b)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = 2;
    options.verbose = 0;
    return denoise_trainer_fit(b->trainer, b->x, b->y, &options);
}

typedef denoise_status (*batch_hook)(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data);

static void on_batch_end(bench *b, batch_hook hook)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = hook;
    ASSERT_OK(denoise_trainer_add_callback(b->trainer, denoise_callback_lambda(&hooks, b, NULL)));
}

static denoise_status count(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)epoch, (void)logs;
    ((bench *)user_data)->calls++;
    return DENOISE_OK;
}

static denoise_status add_callbacks(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    bench *b = user_data;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    (void)batch, (void)logs;
    hooks.on_epoch_end = count;
    if (b->answer++ > 0) return DENOISE_OK;
    denoise_status status = denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, b, NULL));
    return status != DENOISE_OK ? status : denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(b->path, ",", 0));
}

/* They would miss on_train_begin: a CSV log had no file then. */
static void added_callbacks_wait_for_the_next_run(void **state)
{
    (void)state;
    bench b;
    temp_dir dir;
    temp_dir_make(&dir);
    start(&b, two_layers(4, 3, "relu", 4, NULL));
    b.path = temp_dir_file(&dir, "log.csv");
    on_batch_end(&b, add_callbacks);
    ASSERT_OK(fit(&b));
    assert_int_equal(b.calls, 0);
    ASSERT_OK(fit(&b));
    assert_int_equal(b.calls, 2);
    end(&b);
    temp_dir_remove(&dir);
}

static denoise_status free_logs(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    double loss;
    (void)trainer, (void)batch;
    denoise_logs_free(logs);
    ((bench *)user_data)->calls += denoise_logs_get(logs, "loss", &loss) == DENOISE_OK;
    return DENOISE_OK;
}

static void logs_of_a_hook_outlive_their_free(void **state)
{
    (void)state;
    bench b;
    start(&b, two_layers(4, 3, "relu", 4, NULL));
    on_batch_end(&b, free_logs);
    ASSERT_OK(fit(&b));
    assert_int_equal(b.calls, 2);
    end(&b);
}

static denoise_status fit_again(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    bench *b = user_data;
    (void)trainer, (void)batch, (void)logs;
    b->answer = fit(b);
    return DENOISE_OK;
}

/* There is no lock of weights where there are no weights. */
static void fit_in_fit_without_weights_is_busy(void **state)
{
    (void)state;
    const int64_t four = 4;
    bench b;
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(&four, 1, NULL)));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_activation("sigmoid", NULL)));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    start(&b, model);
    on_batch_end(&b, fit_again);
    ASSERT_OK(fit(&b));
    assert_int_equal(b.answer, DENOISE_ERR_BUSY);
    assert_int_equal(denoise_history_epochs(denoise_trainer_history(b.trainer)), 2);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_callbacks_wait_for_the_next_run),
        cmocka_unit_test(fit_in_fit_without_weights_is_busy),
        cmocka_unit_test(logs_of_a_hook_outlive_their_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
