/* SPDX-License-Identifier: Apache-2.0 */
/* Where the values that Keras recorded (test_golden_callbacks) do not reach: options, mistakes, files. */
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include "unit/callbacks/run.h"
#include <stdlib.h>
#include <string.h>

static void arguments_are_checked(void **state)
{
    (void)state;
    expect_inert(denoise_callback_csv_logger(NULL, ",", 0), DENOISE_ERR_NULL, "path");
    expect_inert(denoise_callback_csv_logger("x.csv", ";;", 0), DENOISE_ERR_RANGE, "separator is \";;\"");
    denoise_callback *plain = denoise_callback_csv_logger("x.csv", NULL, 0); /* a comma */
    assert_int_equal(denoise_callback_status(plain), DENOISE_OK);
    denoise_callback_free(plain);
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
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(test_csv_appends),
        cmocka_unit_test(test_csv_that_cannot_be_written),
        cmocka_unit_test(test_csv_has_no_lone_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
