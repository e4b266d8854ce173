/* SPDX-License-Identifier: Apache-2.0 */
#include "files/limits.h"
#include "support/cmocka_test.h"
#include <string.h>

static void init_and_macro_agree(void **state)
{
    (void)state;
    denoise_limits limits;
    static const denoise_limits expected = DENOISE_LIMITS_INIT; /* static: its padding is zero too */
    denoise_limits_init(&limits);
    assert_memory_equal(&limits, &expected, sizeof limits);
    assert_int_equal(limits.bytes, 1 << 30);
    assert_int_equal(limits.header_bytes, 100000000);
    denoise_limits_init(NULL);
}

static void null_means_defaults(void **state)
{
    (void)state;
    denoise_limits limits;
    static const denoise_limits expected = DENOISE_LIMITS_INIT; /* static: its padding is zero too */
    assert_int_equal(denoise__limits_resolve(&limits, NULL), DENOISE_OK);
    assert_memory_equal(&limits, &expected, sizeof limits);
}

static void given_values_are_taken(void **state)
{
    (void)state;
    struct {
        denoise_limits given;
        int64_t more[8];
    } newer = {DENOISE_LIMITS_INIT, {0}};
    denoise_limits limits;
    newer.given.bytes = 0;
    newer.given.ratio = 7;
    newer.given.struct_size = sizeof newer;
    assert_int_equal(denoise__limits_resolve(&limits, &newer.given), DENOISE_OK);
    assert_int_equal(limits.bytes, 0);
    assert_int_equal(limits.ratio, 7);
}

static void wrong_struct_size_is_an_error(void **state)
{
    (void)state;
    denoise_limits given = DENOISE_LIMITS_INIT;
    denoise_limits limits;
    /* 0.1's struct ends before `strict`. */
    for (int64_t size = 0; size < (int64_t)offsetof(denoise_limits, strict); size += 8) {
        given.struct_size = size;
        assert_int_equal(denoise__limits_resolve(&limits, &given), DENOISE_ERR_INVALID);
        assert_non_null(strstr(denoise_last_error(), "struct_size"));
    }
}

static void negative_values_are_errors(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        const char *name;
    } fields[] = {{offsetof(denoise_limits, bytes), "bytes"},
                  {offsetof(denoise_limits, elements), "elements"},
                  {offsetof(denoise_limits, dims), "dims"},
                  {offsetof(denoise_limits, ratio), "ratio"},
                  {offsetof(denoise_limits, header_bytes), "header_bytes"},
                  {offsetof(denoise_limits, json_depth), "json_depth"},
                  {offsetof(denoise_limits, tensors), "tensors"},
                  {offsetof(denoise_limits, name_length), "name_length"}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        denoise_limits given = DENOISE_LIMITS_INIT;
        denoise_limits limits;
        const int64_t negative = -1;
        memcpy((char *)&given + fields[i].offset, &negative, sizeof negative);
        assert_int_equal(denoise__limits_resolve(&limits, &given), DENOISE_ERR_RANGE);
        assert_non_null(strstr(denoise_last_error(), fields[i].name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_and_macro_agree),       cmocka_unit_test(null_means_defaults),
        cmocka_unit_test(given_values_are_taken),     cmocka_unit_test(wrong_struct_size_is_an_error),
        cmocka_unit_test(negative_values_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
