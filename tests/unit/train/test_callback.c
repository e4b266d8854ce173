/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a callback, whatever its kind; made by name, and by the typed constructors without memory. */
#include "support/failing_alloc.h"
#include "unit/callbacks/run.h"

static void test_made_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {
        "early_stopping", "EarlyStopping", "reduce_lr_on_plateau", "ReduceLROnPlateau", "terminate_on_nan", "TerminateOnNaN",
        "history",        "History",       "progbar_logger",       "ProgbarLogger"};
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
    static const char *const needing[] = {"lambda", "LambdaCallback", "learning_rate_scheduler", "LearningRateScheduler"};
    for (int i = 0; i < 4; i++) { /* they would do nothing */
        ASSERT_FAILS(denoise_callback_create(&none, needing[i], NULL), DENOISE_ERR_INVALID,
                     i < 2 ? "lambda: there are no hooks: functions have no names; denoise_callback_lambda() takes them"
                           : "learning_rate_scheduler: there is no schedule: a function has no name; "
                             "denoise_callback_learning_rate_scheduler() takes it");
        assert_null(none);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_by_name),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
