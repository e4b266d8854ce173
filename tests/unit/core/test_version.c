/* SPDX-License-Identifier: Apache-2.0 */
#include <denoise/version.h>

#include "support/cmocka_test.h"
#include <stdio.h>

static void header_and_library_agree(void **state)
{
    (void)state;
    char text[32];
    (void)snprintf(text, sizeof(text), "%d.%d.%d", DENOISE_VERSION_MAJOR, DENOISE_VERSION_MINOR, DENOISE_VERSION_PATCH);
    assert_string_equal(denoise_version(), text);
    assert_string_equal(denoise_version(), DENOISE_VERSION_TEXT);
    assert_int_equal(denoise_version_number(),
                     10000 * DENOISE_VERSION_MAJOR + 100 * DENOISE_VERSION_MINOR + DENOISE_VERSION_PATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_and_library_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
