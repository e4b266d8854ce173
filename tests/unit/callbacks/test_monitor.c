/* SPDX-License-Identifier: Apache-2.0 */
#include "support/log_capture.h"
#include "unit/callbacks/run.h"
#include <math.h>
#include <string.h>

static void the_mode_says_what_is_better(void **state)
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
    log_capture_stop();
    ASSERT_FAILS(fit_with(&b, stopping_on("unknown", "auto")), DENOISE_ERR_INVALID, "\"unknown\"");
    end(&b);
}

/* A warning, as in Keras: three epochs, one line, in each run anew. */
static void a_missing_log_is_told_once(void **state)
{
    (void)state;
    bench b = start();
    denoise_reduce_lr_options slower = DENOISE_REDUCE_LR_OPTIONS_INIT;
    log_capture_start(false, 80);
    ASSERT_OK(fit_with(&b, stopping_on("nothing", "min")));
    assert_string_equal(log_capture_text(),
                        "early_stopping: the logs have no \"nothing\", which it watches; they have \"loss\", \"psnr\"\n");
    assert_int_equal(log_capture_last_level(), DENOISE_LOG_WARNING);
    log_capture_clear();
    ASSERT_OK(fit_with(&b, denoise_callback_reduce_lr_on_plateau(&slower)));
    assert_string_equal(log_capture_text(), "reduce_lr_on_plateau: the logs have no \"val_loss\", which it watches; they have "
                                            "\"loss\", \"psnr\", \"learning_rate\"\n");
    log_capture_clear();
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_non_null(strstr(log_capture_text(), "\"val_loss\""));
    log_capture_stop();
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mode_says_what_is_better),
        cmocka_unit_test(a_missing_log_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
