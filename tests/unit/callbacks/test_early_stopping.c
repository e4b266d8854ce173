/* SPDX-License-Identifier: Apache-2.0 */
/* Where the values that Keras recorded (test_golden_callbacks) do not reach. */
#include "unit/callbacks/run.h"
#include <math.h>

static void options_are_checked(void **state)
{
    (void)state;
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT, written;
    denoise_early_stopping_options_init(&written);
    assert_true(written.patience == early.patience && isnan(written.baseline));
    early.patience = -1;
    expect_inert(denoise_callback_early_stopping(&early), DENOISE_ERR_RANGE, "patience is -1");
    early.patience = 0;
    early.mode = "best";
    expect_inert(denoise_callback_early_stopping(&early), DENOISE_ERR_INVALID, "auto, min, max");
    early.mode = "min";
    early.monitor = NULL;
    expect_inert(denoise_callback_early_stopping(&early), DENOISE_ERR_NULL, "value is NULL");
    early.struct_size = 0;
    expect_inert(denoise_callback_early_stopping(&early), DENOISE_ERR_INVALID, "struct_size is 0");
}

static void what_is_no_early_stopping_has_no_epochs(void **state)
{
    (void)state;
    denoise_callback *other = denoise_callback_history();
    denoise_callback *of[] = {NULL, other};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(denoise_early_stopping_stopped_epoch(of[i]), -1);
        assert_int_equal(denoise_early_stopping_best_epoch(of[i]), -1);
        assert_true(isnan(denoise_early_stopping_best(of[i])));
    }
    denoise_callback_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(what_is_no_early_stopping_has_no_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
