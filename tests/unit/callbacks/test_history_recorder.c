/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/callbacks/run.h"

static void it_records_what_the_trainer_records(void **state)
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

static void only_a_history_has_one(void **state)
{
    (void)state;
    denoise_callback *other = denoise_callback_terminate_on_nan(0);
    assert_null(denoise_callback_history_of(NULL));
    assert_null(denoise_callback_history_of(other));
    denoise_callback_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_records_what_the_trainer_records),
        cmocka_unit_test(only_a_history_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
