/* SPDX-License-Identifier: Apache-2.0 */
#include "files/bytes.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <string.h>

static void grows_and_keeps(void **state)
{
    (void)state;
    denoise__bytes bytes = {0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(denoise__bytes_reserve(&bytes, 3), DENOISE_OK);
        assert_true(bytes.capacity - bytes.length >= 3);
        memset(bytes.data + bytes.length, i & 0xff, 3);
        bytes.length += 3;
    }
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(bytes.data[i], i / 3 & 0xff);
    }
    denoise__bytes_free(&bytes);
    assert_null(bytes.data);
}

static void grows_by_what_is_asked_for(void **state)
{
    (void)state;
    denoise__bytes bytes = {0};
    assert_int_equal(denoise__bytes_reserve_exactly(&bytes, 1000), DENOISE_OK);
    bytes.length = 1000;
    assert_int_equal(denoise__bytes_reserve_exactly(&bytes, 1), DENOISE_OK);
    assert_int_equal(bytes.capacity, 1001);
    assert_int_equal(denoise__bytes_reserve(&bytes, 2), DENOISE_OK);
    assert_int_equal(bytes.capacity, 1501);
    denoise__bytes_free(&bytes);
}

static void overflow_is_out_of_memory(void **state)
{
    (void)state;
    denoise__bytes bytes = {.length = 5};
    assert_int_equal(denoise__bytes_reserve(&bytes, INT64_MAX), DENOISE_ERR_NOMEM);
}

static void failed_growth_keeps_the_content(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise__bytes bytes = {0};
    assert_int_equal(denoise__bytes_reserve(&bytes, 4), DENOISE_OK);
    memcpy(bytes.data, "abcd", 4);
    bytes.length = 4;
    failing_alloc_arm(1, false);
    assert_int_equal(denoise__bytes_reserve(&bytes, 100), DENOISE_ERR_NOMEM);
    assert_true(failing_alloc_disarm());
    assert_memory_equal(bytes.data, "abcd", 4);
    denoise__bytes_free(&bytes);
    failing_alloc_remove();
}

static void swapped_copies(void **state)
{
    (void)state;
    char target[9] = "";
    denoise__copy_swapped(target, "abcdefgh", 8, 1);
    assert_string_equal(target, "abcdefgh");
    denoise__copy_swapped(target, "abcdefgh", 4, 2);
    assert_string_equal(target, "badcfehg");
    denoise__copy_swapped(target, "abcdefgh", 2, 4);
    assert_string_equal(target, "dcbahgfe");
    denoise__copy_swapped(target, "abcdefgh", 1, 8);
    assert_string_equal(target, "hgfedcba");
}

static void byte_order_of_the_host(void **state)
{
    (void)state;
    const uint32_t number = 0x01020304;
    uint8_t first;
    memcpy(&first, &number, 1);
    assert_int_equal(denoise__host_is_little_endian(), first == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps),
        cmocka_unit_test(grows_by_what_is_asked_for),
        cmocka_unit_test(overflow_is_out_of_memory),
        cmocka_unit_test(failed_growth_keeps_the_content),
        cmocka_unit_test(swapped_copies),
        cmocka_unit_test(byte_order_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
