/* SPDX-License-Identifier: Apache-2.0 */
#include "files/system_error.h"
#include "support/cmocka_test.h"
#include <errno.h>
#include <string.h>

static void codes_and_text(void **state)
{
    (void)state;
    assert_int_equal(denoise__fail_errno("open", "a/b", ENOENT), DENOISE_ERR_NOT_FOUND);
    assert_non_null(strstr(denoise_last_error(), "cannot open a/b: "));
    assert_non_null(strstr(denoise_last_error(), "(errno 2)"));
    assert_int_equal(denoise__fail_errno("open", "a/b", ENOTDIR), DENOISE_ERR_NOT_FOUND);
    assert_int_equal(denoise__fail_errno("write", "a/b", ENOSPC), DENOISE_ERR_IO);
    assert_int_equal(denoise__fail_errno("write", "a/b", ENOMEM), DENOISE_ERR_NOMEM);
}

static void long_paths_leave_room(void **state)
{
    (void)state;
    char path[2000];
    memset(path, 'p', sizeof path);
    strcpy(path + sizeof path - 5, "/end");
    assert_int_equal(denoise__fail_errno("write", path, ENOSPC), DENOISE_ERR_IO);
    assert_non_null(strstr(denoise_last_error(), "p/end: "));
    assert_non_null(strstr(denoise_last_error(), "(errno 28)"));
    denoise__fail(DENOISE_ERR_IO, "byte 12: wrong");
    assert_int_equal(denoise__context_path(DENOISE_ERR_IO, path), DENOISE_ERR_IO);
    assert_non_null(strstr(denoise_last_error(), "p/end: byte 12: wrong"));
}

static void printable_text(void **state)
{
    (void)state;
    char buffer[8];
    assert_string_equal(denoise__printable(buffer, sizeof buffer, "a\033\xff\nb", 5), "a???b");
    assert_string_equal(denoise__printable(buffer, sizeof buffer, "1234567", 7), "1234567");
    assert_string_equal(denoise__printable(buffer, sizeof buffer, "12345678", 8), "1234...");
    assert_string_equal(denoise__printable(buffer, sizeof buffer, "", 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_and_text),
        cmocka_unit_test(long_paths_leave_room),
        cmocka_unit_test(printable_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
