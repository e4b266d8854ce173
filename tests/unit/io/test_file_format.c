/* SPDX-License-Identifier: Apache-2.0 */
#include "io/file_format.h"
#include "support/cmocka_test.h"

static void by_extension(void **state)
{
    (void)state;
    assert_string_equal(denoise__format_of_path("a/b.safetensors")->name, "safetensors");
    assert_string_equal(denoise__format_of_path(".safetensors")->name, "safetensors");
}

static void the_first_without_one(void **state)
{
    (void)state;
    assert_string_equal(denoise__format_of_path("weights")->name, "safetensors");
    assert_string_equal(denoise__format_of_path("")->name, "safetensors");
    assert_string_equal(denoise__format_of_path("a.bin")->name, "safetensors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_extension),
        cmocka_unit_test(the_first_without_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
