/* SPDX-License-Identifier: Apache-2.0 */
#include "support/nets.h"
#include <denoise/ext.h>
#include <string.h>

static void failures_are_the_threads(void **state)
{
    (void)state;
    assert_int_equal(denoise_ext_fail(DENOISE_ERR_USER, "no such %s"), DENOISE_ERR_USER);
    assert_string_equal(denoise_last_error(), "no such %s");
    assert_int_equal(denoise_last_status(), DENOISE_ERR_USER);
    assert_int_equal(denoise_ext_fail(DENOISE_ERR_USER, NULL), DENOISE_ERR_USER);
    assert_string_equal(denoise_last_error(), "");
}

static void numbers_are_the_same_wherever_they_are_asked_for(void **state)
{
    (void)state;
    float whole[40], part[13];
    ASSERT_OK(denoise_ext_uniform(whole, 40, 1, 2, 5, -1, 1));
    ASSERT_OK(denoise_ext_uniform(part, 13, 1, 2, 16, -1, 1));
    assert_memory_equal(part, whole + 11, sizeof part);
    for (int i = 0; i < 40; i++)
        assert_true(whole[i] >= -1 && whole[i] < 1);
    ASSERT_OK(denoise_ext_normal(whole, 40, 1, 2, 5, 0, 1));
    ASSERT_OK(denoise_ext_normal(part, 13, 1, 2, 16, 0, 1));
    assert_memory_equal(part, whole + 11, sizeof part);
    ASSERT_OK(denoise_ext_normal(whole, 0, 1, 2, 5, 0, 1));
    ASSERT_FAILS(denoise_ext_uniform(NULL, 4, 1, 2, 5, 0, 1), DENOISE_ERR_NULL, "values");
    ASSERT_FAILS(denoise_ext_normal(whole, -1, 1, 2, 5, 0, 1), DENOISE_ERR_RANGE, "count is -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_are_the_threads),
        cmocka_unit_test(numbers_are_the_same_wherever_they_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
