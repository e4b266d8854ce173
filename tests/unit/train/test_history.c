/* SPDX-License-Identifier: Apache-2.0 */
/* A history is added to and read as a whole or not at all. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include "support/state_memory.h"
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

static denoise_history *two_epochs(void)
{
    static const char *const keys[] = {"loss", "accuracy", "val_loss"};
    denoise_history *history;
    denoise_logs *first = make_logs(keys, 2, 1.0), *second = make_logs(keys, 3, 5.0);
    ASSERT_OK(denoise__history_new(&history));
    ASSERT_OK(denoise__history_add(history, 4, first));
    ASSERT_OK(denoise__history_add(history, 5, second));
    denoise_logs_free(first), denoise_logs_free(second);
    return history;
}

static denoise_status read_into(denoise_history *history, state_memory *memory)
{
    denoise__visitor visitor = state_memory_reader(memory);
    return denoise__history_visit(history, "history", &visitor);
}

static void it_is_read_whole_or_stays(void **state)
{
    (void)state;
    failing_alloc_install();
    state_memory memory = {0};
    denoise_history *written = two_epochs(), *read;
    denoise__visitor visitor = state_memory_writer(&memory);
    ASSERT_OK(denoise__history_visit(written, "history", &visitor));
    ASSERT_OK(denoise__history_new(&read));
    denoise_logs *logs = make_logs((const char *[]){"old"}, 1, 3.0);
    ASSERT_OK(denoise__history_add(read, 0, logs));
    for (int64_t n = 1; n <= memory.count; n++) {
        memory.fails_at = n;
        assert_int_equal(read_into(read, &memory), DENOISE_ERR_IO);
        assert_true(denoise_history_values(read, "old")[0] == 3.0);
    }
    memory.fails_at = 0;
    int64_t n = 0;
    for (bool failed = true; failed;) {
        failing_alloc_arm(++n, false);
        denoise_status status = read_into(read, &memory);
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_true((denoise_history_values(read, "old") != NULL) == failed);
    }
    assert_true(n > 8);
    ASSERT_OK(denoise__history_add(read, 6, logs)); /* it grows as any other */
    assert_int_equal(denoise_history_epoch(read, 1), 5);
    assert_true(denoise_history_values(read, "val_loss")[1] == 7.0 && isnan(denoise_history_values(read, "val_loss")[0]));
    assert_true(denoise_history_values(read, "old")[2] == 3.0);
    *(int64_t *)state_memory_find(&memory, "history/epoch_count")->values = -1;
    ASSERT_FAILS(read_into(read, &memory), DENOISE_ERR_RANGE, "history/epoch_count is -1");
    denoise_logs_free(logs);
    denoise__history_free(written), denoise__history_free(read);
    state_memory_clear(&memory);
    failing_alloc_remove();
}

static void an_empty_one_is_read_too(void **state)
{
    (void)state;
    state_memory memory = {0};
    denoise_history *empty, *full = two_epochs();
    ASSERT_OK(denoise__history_new(&empty));
    denoise__visitor visitor = state_memory_writer(&memory);
    ASSERT_OK(denoise__history_visit(empty, "history", &visitor));
    ASSERT_OK(read_into(full, &memory));
    assert_int_equal(denoise_history_epochs(full), 0);
    assert_int_equal(denoise_history_key_count(full), 0);
    denoise__history_free(empty), denoise__history_free(full);
    state_memory_clear(&memory);
}

static void logs_are_read_in_their_order(void **state)
{
    static const char *const keys[] = {"b", "a", "c"};
    (void)state;
    state_memory memory = {0};
    denoise_logs *written = make_logs(keys, 3, 1.0), *read = make_logs(keys + 1, 2, 9.0);
    denoise__visitor visitor = state_memory_writer(&memory);
    ASSERT_OK(denoise__logs_visit(written, "logs", &visitor));
    visitor = state_memory_reader(&memory);
    ASSERT_OK(denoise__logs_visit(read, "logs", &visitor));
    assert_int_equal(denoise_logs_count(read), 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(denoise_logs_key(read, i), keys[i]);
        assert_true(read->entries[i].value == 1.0 + i);
    }
    denoise_logs_free(written), denoise_logs_free(read);
    state_memory_clear(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_rows_leave_no_trace),
        cmocka_unit_test(it_is_read_whole_or_stays),
        cmocka_unit_test(an_empty_one_is_read_too),
        cmocka_unit_test(logs_are_read_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
