/* SPDX-License-Identifier: Apache-2.0 */
/* Early stopping, plateaus, the CSV log and the progress bar where Keras' recorded values do not reach: options, mistakes,
 * files. */
#include "support/failing_alloc.h"
#include "support/log_capture.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x, *y;
    denoise_fit_options options;
} bench;

static bench start(void)
{
    bench b = {.model = two_layers(4, 3, "relu", 2, NULL), .x = random_rows(10, 4, 0), .y = random_rows(10, 2, 1)};
    denoise_metric *metrics[] = {denoise_metric_psnr(1, 2, 1.0)};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = metrics;
    compile.metric_count = 1;
    ASSERT_OK(
        denoise_model_compile(&b.trainer, b.model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &compile));
    denoise_fit_options_init(&b.options);
    b.options.verbose = 0;
    b.options.epochs = 3;
    return b;
}

static void end(bench *b)
{
    denoise_trainer_free(b->trainer), denoise_model_free(b->model), denoise_tensor_free(b->x), denoise_tensor_free(b->y);
}

static denoise_status fit_with(bench *b, denoise_callback *callback)
{
    ASSERT_OK(denoise_trainer_clear_callbacks(b->trainer));
    ASSERT_OK(denoise_trainer_add_callback(b->trainer, callback));
    return denoise_trainer_fit(b->trainer, b->x, b->y, &b->options);
}

static denoise_callback *stopping_on(const char *monitor, const char *mode)
{
    denoise_early_stopping_options options = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    options.monitor = monitor;
    options.mode = mode;
    options.patience = 100;
    return denoise_callback_early_stopping(&options);
}

static void test_early_stopping_modes(void **state)
{
    (void)state;
    bench b = start();
    log_capture_start(false, 80);
    denoise_callback *callback = stopping_on("loss", "auto");
    ASSERT_OK(fit_with(&b, callback));
    const double *losses = denoise_history_values(denoise_trainer_history(b.trainer), "loss");
    double least = fmin(losses[0], fmin(losses[1], losses[2]));
    assert_true(denoise_early_stopping_best(callback) == least);
    assert_int_equal(denoise_early_stopping_stopped_epoch(callback), 0);
    callback = stopping_on("psnr", "auto"); /* more is better */
    ASSERT_OK(fit_with(&b, callback));
    const double *values = denoise_history_values(denoise_trainer_history(b.trainer), "psnr");
    assert_true(denoise_early_stopping_best(callback) == fmax(values[0], fmax(values[1], values[2])));
    assert_string_equal(log_capture_text(), "");
    ASSERT_OK(fit_with(&b, stopping_on("nothing", "min"))); /* a warning, as in Keras */
    assert_non_null(strstr(log_capture_text(), "\"nothing\""));
    assert_int_equal(log_capture_last_level(), DENOISE_LOG_WARNING);
    log_capture_stop();
    ASSERT_FAILS(fit_with(&b, stopping_on("unknown", "auto")), DENOISE_ERR_INVALID, "\"unknown\"");
    end(&b);
}

static void test_options_are_checked(void **state)
{
    (void)state;
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT, early_written;
    denoise_reduce_lr_options reduce = DENOISE_REDUCE_LR_OPTIONS_INIT, reduce_written;
    denoise_early_stopping_options_init(&early_written);
    denoise_reduce_lr_options_init(&reduce_written);
    assert_true(early_written.patience == early.patience && isnan(early_written.baseline));
    assert_string_equal(reduce_written.monitor, reduce.monitor);
    assert_string_equal(reduce_written.mode, reduce.mode);
    assert_true(reduce_written.factor == reduce.factor && reduce_written.patience == reduce.patience);
    const struct {
        denoise_callback *callback;
        denoise_status code;
        const char *message;
    } cases[] = {
        {(early.patience = -1, denoise_callback_early_stopping(&early)), DENOISE_ERR_RANGE, "patience is -1"},
        {(early.patience = 0, early.mode = "best", denoise_callback_early_stopping(&early)), DENOISE_ERR_INVALID,
         "auto, min, max"},
        {(early.mode = "min", early.monitor = NULL, denoise_callback_early_stopping(&early)), DENOISE_ERR_NULL,
         "value is NULL"},
        {(early.struct_size = 0, denoise_callback_early_stopping(&early)), DENOISE_ERR_INVALID, "struct_size is 0"},
        {(reduce.factor = 1.0, denoise_callback_reduce_lr_on_plateau(&reduce)), DENOISE_ERR_RANGE, "factor is 1"},
        {(reduce.struct_size = 0, denoise_callback_reduce_lr_on_plateau(&reduce)), DENOISE_ERR_INVALID, "struct_size is 0"},
        {denoise_callback_csv_logger(NULL, ",", 0), DENOISE_ERR_NULL, "path"},
        {denoise_callback_csv_logger("x.csv", ";;", 0), DENOISE_ERR_RANGE, "separator is \";;\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(denoise_callback_status(cases[i].callback), cases[i].code);
        if (strstr(denoise_callback_error(cases[i].callback), cases[i].message) == NULL) {
            print_error("\"%s\" has no \"%s\"\n", denoise_callback_error(cases[i].callback), cases[i].message);
            fail();
        }
        denoise_callback_free(cases[i].callback);
    }
    assert_int_equal(denoise_early_stopping_stopped_epoch(NULL), -1);
    assert_int_equal(denoise_early_stopping_best_epoch(NULL), -1);
    assert_true(isnan(denoise_early_stopping_best(NULL)));
    assert_null(denoise_callback_history_of(NULL));
}

static void test_history_as_callback(void **state)
{
    (void)state;
    bench b = start();
    denoise_callback *callback = denoise_callback_history();
    ASSERT_OK(fit_with(&b, callback));
    const denoise_history *own = denoise_callback_history_of(callback), *kept = denoise_trainer_history(b.trainer);
    assert_int_equal(denoise_history_epochs(own), 3);
    assert_memory_equal(denoise_history_values(own, "loss"), denoise_history_values(kept, "loss"), 3 * sizeof(double));
    end(&b);
}

static void test_csv_appends(void **state)
{
    (void)state;
    bench b = start();
    temp_dir dir;
    temp_dir_make(&dir);
    const char *path = temp_dir_file(&dir, "log.csv");
    b.options.epochs = 2;
    ASSERT_OK(fit_with(&b, denoise_callback_csv_logger(path, ";", 0)));
    ASSERT_OK(fit_with(&b, denoise_callback_csv_logger(path, ";", 1)));
    char *text = temp_dir_read(&dir, "log.csv", NULL);
    int lines = 0;
    for (const char *at = text; (at = strstr(at, "\r\n")) != NULL; at += 2)
        lines++;
    assert_int_equal(lines, 5); /* one header, twice two epochs */
    assert_memory_equal(text, "epoch;loss;psnr;val_loss;val_psnr\r\n0;", 37);
    assert_non_null(strstr(text, ";NA;NA\r\n"));
    free(text);
    ASSERT_OK(fit_with(&b, denoise_callback_csv_logger(path, ",", 0))); /* truncates */
    text = temp_dir_read(&dir, "log.csv", NULL);
    assert_memory_equal(text, "epoch,loss,psnr,", 16);
    free(text);
    temp_dir_remove(&dir);
    end(&b);
}

static void test_csv_that_cannot_be_written(void **state)
{
    (void)state;
    bench b = start();
    ASSERT_FAILS(fit_with(&b, denoise_callback_csv_logger("/nonexistent/folder/log.csv", ",", 0)), DENOISE_ERR_NOT_FOUND,
                 "cannot open");
    ASSERT_FAILS(fit_with(&b, denoise_callback_csv_logger("/dev/full", ",", 0)), DENOISE_ERR_IO, "cannot write");
    end(&b);
}

static double ticking(void *user_data)
{
    double *now = user_data;
    return *now += 0.5;
}

static void test_bar_without_terminal_is_plain_lines(void **state)
{
    (void)state;
    bench b = start();
    double now = 1000.0;
    ASSERT_OK(denoise_trainer_set_clock(b.trainer, ticking, &now));
    b.options.verbose = 1;
    b.options.epochs = 2;
    log_capture_start(false, 80);
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_null(strchr(log_capture_text(), '\r'));
    assert_null(strchr(log_capture_text(), '\x1b'));
    assert_non_null(strstr(log_capture_text(), "Epoch 1/2\n1/1 ━━━━━━━━━━━━━━━━━━━━ "));
    int lines = 0;
    for (const char *at = log_capture_text(); (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, 4);
    log_capture_clear();
    b.options.verbose = 0;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_string_equal(log_capture_text(), "");
    ASSERT_OK(denoise_trainer_evaluate(NULL, b.trainer, b.x, b.y, NULL)); /* verbose by default */
    assert_non_null(strstr(log_capture_text(), "1/1 ━"));
    log_capture_stop();
    end(&b);
}

static void test_bar_counts_to_ten(void **state)
{
    (void)state;
    bench b = start();
    double now = 1000.0;
    ASSERT_OK(denoise_trainer_set_clock(b.trainer, ticking, &now));
    b.options.verbose = 1;
    b.options.epochs = 1;
    b.options.batch_size = 1;
    log_capture_start(true, 80);
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_non_null(strstr(log_capture_text(), " 1/10")); /* as wide as 10 */
    assert_non_null(strstr(log_capture_text(), "10/10"));
    log_capture_stop();
    end(&b);
}

/* The rate is written as Python writes a float: 0.1 of the float32 nearest to 0.001. */
static void test_reduce_lr_tells_the_new_rate(void **state)
{
    (void)state;
    for (int32_t verbose = 0; verbose <= 1; verbose++) {
        bench b = start();
        denoise_params *params;
        ASSERT_OK(denoise_params_new(&params));
        ASSERT_OK(denoise_params_set_text(params, "monitor", "loss"));
        ASSERT_OK(denoise_params_set_int(params, "patience", 1));
        ASSERT_OK(denoise_params_set_double(params, "min_delta", 1e9)); /* nothing is an improvement but the first epoch */
        ASSERT_OK(denoise_params_set_int(params, "verbose", verbose));
        denoise_callback *callback;
        ASSERT_OK(denoise_callback_create(&callback, "ReduceLROnPlateau", params));
        denoise_params_free(params);
        b.options.epochs = 2;
        log_capture_start(false, 80);
        double before = denoise_optimizer_learning_rate(denoise_trainer_optimizer(b.trainer));
        ASSERT_OK(fit_with(&b, callback));
        double after = denoise_optimizer_learning_rate(denoise_trainer_optimizer(b.trainer));
        assert_true(after < before);
        assert_string_equal(log_capture_text(),
                            verbose == 0 ? ""
                                         : "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.00010000000474974513.\n");
        log_capture_stop();
        end(&b);
    }
}

static void test_made_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {
        "early_stopping", "EarlyStopping",  "reduce_lr_on_plateau",  "ReduceLROnPlateau", "terminate_on_nan", "TerminateOnNaN",
        "lambda",         "LambdaCallback", "LearningRateScheduler", "history",           "History",          "progbar_logger"};
    bench b = start();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        denoise_callback *callback;
        ASSERT_OK(denoise_callback_create(&callback, names[i], NULL));
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, callback));
    }
    b.options.validation_split = 0.5;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    denoise_callback *none;
    ASSERT_FAILS(denoise_callback_create(&none, "csv_logger", NULL), DENOISE_ERR_INVALID, "filename must be given");
    end(&b);
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int64_t nth = 1;; nth++) {
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_callback *made[] = {stopping_on("loss", "min"), denoise_callback_reduce_lr_on_plateau(NULL),
                                    denoise_callback_csv_logger("x.csv", ",", 0), denoise_callback_terminate_on_nan(1),
                                    denoise_callback_history()};
        bool failed = failing_alloc_disarm();
        int inert = 0;
        for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
            denoise_status status = denoise_callback_status(made[i]);
            assert_true(status == DENOISE_OK || status == DENOISE_ERR_NOMEM);
            inert += status != DENOISE_OK;
            denoise_callback_free(made[i]);
        }
        assert_int_equal(inert > 0, failed);
        if (!failed) break;
    }
    failing_alloc_remove();
}

static denoise_status add_long_keys(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    char key[64];
    (void)trainer, (void)batch, (void)user_data;
    for (int i = 0; i < 60; i++) {
        (void)snprintf(key, sizeof key, "%02d_a_long_key_of_which_sixty_do_not_fit_into_a_line", i);
        denoise_status status = denoise_logs_set(logs, key, i);
        if (status != DENOISE_OK) return status;
    }
    return DENOISE_OK;
}

/* A line that found no memory must not keep all later ones from being drawn. */
static void test_bar_is_drawn_again(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = add_long_keys;
    log_capture_start(true, 80);
    failing_alloc_install();
    bool failed = true;
    for (int64_t n = 1; failed; n++) {
        bench b = start();
        b.options.verbose = 1;
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
        failing_alloc_arm(n, false);
        denoise_status status = denoise_trainer_fit(b.trainer, b.x, b.y, &b.options);
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
        end(&b);
    }
    denoise_shutdown();
    failing_alloc_remove();
    log_capture_stop();
}

/* A header without a row would be taken for a log that has ended. */
static void test_csv_has_no_lone_header(void **state)
{
    (void)state;
    temp_dir dir;
    temp_dir_make(&dir);
    failing_alloc_install();
    int64_t failures = 0;
    for (bool failed = true; failed; failures++) {
        bench b = start();
        b.options.epochs = 1;
        b.options.validation_split = 0.5;
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_csv_logger(temp_dir_file(&dir, "log.csv"), ",", 0)));
        temp_dir_write(&dir, "log.csv", "", 0);
        failing_alloc_arm(failures + 1, true);
        denoise_status status = denoise_trainer_fit(b.trainer, b.x, b.y, &b.options);
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        char *text = temp_dir_read(&dir, "log.csv", NULL), *row = strchr(text, '\n');
        assert_true(text[0] == '\0' || (row != NULL && strchr(row + 1, '\n') != NULL));
        free(text);
        end(&b);
    }
    assert_true(failures > 50);
    denoise_shutdown();
    failing_alloc_remove();
    temp_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_early_stopping_modes),
        cmocka_unit_test(test_options_are_checked),
        cmocka_unit_test(test_history_as_callback),
        cmocka_unit_test(test_csv_appends),
        cmocka_unit_test(test_csv_that_cannot_be_written),
        cmocka_unit_test(test_bar_without_terminal_is_plain_lines),
        cmocka_unit_test(test_bar_counts_to_ten),
        cmocka_unit_test(test_reduce_lr_tells_the_new_rate),
        cmocka_unit_test(test_made_by_name),
        cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_csv_has_no_lone_header),
        cmocka_unit_test(test_bar_is_drawn_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
