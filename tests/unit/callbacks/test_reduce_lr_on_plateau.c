/* SPDX-License-Identifier: Apache-2.0 */
/* Where the values that Keras recorded (test_golden_callbacks) do not reach. */
#include "support/log_capture.h"
#include "unit/callbacks/run.h"
#include <string.h>

static void options_are_checked(void **state)
{
    (void)state;
    denoise_reduce_lr_options reduce = DENOISE_REDUCE_LR_OPTIONS_INIT, written;
    denoise_reduce_lr_options_init(&written);
    assert_string_equal(written.monitor, reduce.monitor);
    assert_string_equal(written.mode, reduce.mode);
    assert_true(written.factor == reduce.factor && written.patience == reduce.patience);
    reduce.factor = 1.0;
    expect_inert(denoise_callback_reduce_lr_on_plateau(&reduce), DENOISE_ERR_RANGE, "factor is 1");
    reduce.struct_size = 0;
    expect_inert(denoise_callback_reduce_lr_on_plateau(&reduce), DENOISE_ERR_INVALID, "struct_size is 0");
}

/* The rate is written as Python writes a float: 0.1 of the float32 nearest to 0.001. */
static void the_log_tells_the_new_rate(void **state)
{
    (void)state;
    for (int32_t verbose = 0; verbose <= 1; verbose++) {
        bench b = start();
        denoise_params *params;
        ASSERT_OK(denoise_params_new(&params));
        ASSERT_OK(denoise_params_set_text(params, "monitor", "loss"));
        ASSERT_OK(denoise_params_set_int(params, "patience", 1));
        ASSERT_OK(denoise_params_set_double(params, "min_delta", 1e9)); /* nothing is an improvement except the first epoch */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(the_log_tells_the_new_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
