/* SPDX-License-Identifier: Apache-2.0 */
#include "support/log_capture.h"
#include "unit/callbacks/run.h"
#include <string.h>

/* Steps so long that the second loss is beyond float32. */
static bench diverging(void)
{
    bench b = start();
    b.options.batch_size = 1;
    ASSERT_OK(denoise_optimizer_set_learning_rate(denoise_trainer_optimizer(b.trainer), 1e30));
    return b;
}

static void it_ends_training_quietly(void **state)
{
    (void)state;
    bench b = diverging();
    log_capture_start(false, 80);
    ASSERT_OK(fit_with(&b, denoise_callback_terminate_on_nan(0)));
    assert_non_null(strstr(log_capture_text(), "Batch 1: Invalid loss, terminating training\n"));
    assert_int_equal(denoise_history_epochs(denoise_trainer_history(b.trainer)), 1);
    log_capture_stop();
    end(&b);
}

static void it_can_fail_instead(void **state)
{
    (void)state;
    bench b = diverging();
    ASSERT_FAILS(fit_with(&b, denoise_callback_terminate_on_nan(1)), DENOISE_ERR_NONFINITE,
                 "terminate_on_nan: the loss is infinite at batch 1");
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_training_quietly),
        cmocka_unit_test(it_can_fail_instead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
