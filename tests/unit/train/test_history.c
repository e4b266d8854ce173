/* SPDX-License-Identifier: Apache-2.0 */
/* A history is added to as a whole or not at all. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include "train/history.h"
#include "train/logs.h"
#include <math.h>

static denoise_logs *make_logs(const char *const *keys, int count, double value)
{
    denoise_logs *logs;
    ASSERT_OK(denoise__logs_new(&logs));
    for (int i = 0; i < count; i++)
        ASSERT_OK(denoise_logs_set(logs, keys[i], value + i));
    return logs;
}

static void failed_rows_leave_no_trace(void **state)
{
    static const char *const keys[] = {"loss", "accuracy", "val_loss", "val_accuracy"};
    (void)state;
    failing_alloc_install();
    denoise_history *history;
    denoise_logs *first = make_logs(keys, 2, 1.0), *second = make_logs(keys, 4, 5.0);
    ASSERT_OK(denoise__history_new(&history));
    ASSERT_OK(denoise__history_add(history, 0, first));
    int64_t n = 0;
    for (bool failed = true; failed;) {
        failing_alloc_arm(++n, true);
        denoise_status status = denoise__history_add(history, 1, second);
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(denoise_history_epochs(history), failed ? 1 : 2);
        assert_int_equal(denoise_history_key_count(history), failed ? 2 : 4);
        assert_true((denoise_history_values(history, "val_loss") == NULL) == failed);
    }
    assert_true(n > 4);
    assert_true(isnan(denoise_history_values(history, "val_loss")[0]));
    assert_true(denoise_history_values(history, "val_accuracy")[1] == 8.0);
    denoise__history_free(history);
    denoise_logs_free(first);
    denoise_logs_free(second);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_rows_leave_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
