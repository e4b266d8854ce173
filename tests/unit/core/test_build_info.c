/* SPDX-License-Identifier: Apache-2.0 */
#include <denoise/runtime.h>
#include <denoise/version.h>

#include "core/cpu.h"
#include "support/cmocka_test.h"
#include <jansson.h>
#include <string.h>

static void it_is_a_json_object(void **state)
{
    (void)state;
    char text[2048];
    assert_int_equal(denoise_set_num_threads(3), DENOISE_OK);
    int64_t length = denoise_build_info(text, sizeof(text));
    assert_int_equal(length, strlen(text));
    json_error_t error;
    json_t *info = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(info);
    assert_int_equal(json_object_size(info), 7);
    assert_string_equal(json_string_value(json_object_get(info, "version")), denoise_version());
    assert_string_equal(json_string_value(json_object_get(info, "isa")), denoise__cpu_isa_name());
    assert_int_equal(json_integer_value(json_object_get(info, "threads")), 3);
    assert_string_equal(json_string_value(json_object_get(info, "engine")), denoise_engine_name());
    assert_true(json_string_length(json_object_get(info, "blas")) > 0);
    assert_true(json_is_string(json_object_get(info, "note")));
    assert_true(json_is_string(json_object_get(info, "blas_config")));
    json_decref(info);
    denoise_shutdown();
}

static void a_short_buffer_is_filled_and_ended(void **state)
{
    (void)state;
    char whole[2048], text[64];
    int64_t length = denoise_build_info(whole, sizeof(whole));
    assert_int_equal(denoise_build_info(NULL, 0), length);
    for (int64_t size = 1; size < 60; size++) {
        memset(text, '#', sizeof(text));
        assert_int_equal(denoise_build_info(text, size), length);
        assert_int_equal(strlen(text), size - 1);
        assert_memory_equal(text, whole, (size_t)size - 1);
        assert_int_equal(text[size], '#');
    }
    assert_int_equal(denoise_build_info(text, -5), length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_json_object),
        cmocka_unit_test(a_short_buffer_is_filled_and_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
