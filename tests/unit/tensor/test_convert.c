/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "tensor/dtype.h"

static void test_real_to_whole_cuts_and_saturates(void **state)
{
    (void)state;
    static const double values[] = {-1.9,          1.9,           -0.5, 255.5, 256,      -1,        2147483647, 2147483648.0,
                                    -2147483648.0, -2147483649.0, 1e30, -1e30, INFINITY, -INFINITY, NAN};
    enum { COUNT = sizeof values / sizeof values[0] };
    static const int32_t ints[COUNT] = {-1,        1,         0,         255,       256,       -1,        INT32_MAX, INT32_MAX,
                                        INT32_MIN, INT32_MIN, INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN, 0};
    static const uint8_t bytes[COUNT] = {0, 1, 0, 255, 255, 0, 255, 255, 0, 0, 255, 0, 255, 0, 0};
    static const int64_t longs[COUNT] = {-1,        1,          0,          255,           256,
                                         -1,        2147483647, 2147483648, -2147483648LL, -2147483649LL,
                                         INT64_MAX, INT64_MIN,  INT64_MAX,  INT64_MIN,     0};
    int32_t got_ints[COUNT];
    int64_t got_longs[COUNT];
    uint8_t got_bytes[COUNT];
    denoise__convert(DENOISE_INT32, got_ints, DENOISE_FLOAT64, values, COUNT);
    denoise__convert(DENOISE_INT64, got_longs, DENOISE_FLOAT64, values, COUNT);
    denoise__convert(DENOISE_UINT8, got_bytes, DENOISE_FLOAT64, values, COUNT);
    assert_memory_equal(got_ints, ints, sizeof ints);
    assert_memory_equal(got_longs, longs, sizeof longs);
    assert_memory_equal(got_bytes, bytes, sizeof bytes);
}

static void test_float_to_whole_cuts_and_saturates(void **state)
{
    (void)state;
    static const float values[] = {
        -1.9f,    254.9f,    300, 2147483648.0f, -2147483648.0f, 2147483520.0f, 9223372036854775808.0f, -9223372036854775808.0f,
        INFINITY, -INFINITY, NAN};
    enum { COUNT = sizeof values / sizeof values[0] };
    static const int32_t ints[COUNT] = {-1,        254,       300,       INT32_MAX, INT32_MIN, 2147483520,
                                        INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN, 0};
    static const int64_t longs[COUNT] = {-1,        254,       300,       2147483648, -2147483648LL, 2147483520, INT64_MAX,
                                         INT64_MIN, INT64_MAX, INT64_MIN, 0};
    static const uint8_t bytes[COUNT] = {0, 254, 255, 255, 0, 255, 255, 0, 255, 0, 0};
    int32_t got_ints[COUNT];
    int64_t got_longs[COUNT];
    uint8_t got_bytes[COUNT];
    denoise__convert(DENOISE_INT32, got_ints, DENOISE_FLOAT32, values, COUNT);
    denoise__convert(DENOISE_INT64, got_longs, DENOISE_FLOAT32, values, COUNT);
    denoise__convert(DENOISE_UINT8, got_bytes, DENOISE_FLOAT32, values, COUNT);
    assert_memory_equal(got_ints, ints, sizeof ints);
    assert_memory_equal(got_longs, longs, sizeof longs);
    assert_memory_equal(got_bytes, bytes, sizeof bytes);
}

static void test_whole_to_narrower_wraps(void **state)
{
    (void)state;
    static const int64_t values[] = {-1, 256, 4294967296 + 7, INT64_MAX, INT64_MIN};
    static const int32_t ints[] = {-1, 256, 7, -1, 0};
    static const uint8_t bytes[] = {255, 0, 7, 255, 0};
    int32_t got_ints[5];
    uint8_t got_bytes[5];
    denoise__convert(DENOISE_INT32, got_ints, DENOISE_INT64, values, 5);
    assert_memory_equal(got_ints, ints, sizeof ints);
    denoise__convert(DENOISE_UINT8, got_bytes, DENOISE_INT64, values, 5);
    assert_memory_equal(got_bytes, bytes, sizeof bytes);
    denoise__convert(DENOISE_UINT8, got_bytes, DENOISE_INT32, ints, 5);
    assert_memory_equal(got_bytes, bytes, sizeof bytes);
}

static void test_same_type_keeps_every_bit(void **state)
{
    (void)state;
    const int64_t values[] = {INT64_MAX, INT64_MIN, 9007199254740993};
    int64_t got[3];
    denoise__convert(DENOISE_INT64, got, DENOISE_INT64, values, 3);
    assert_memory_equal(got, values, sizeof values);
    denoise__convert(DENOISE_INT64, NULL, DENOISE_INT64, NULL, 0);
}

static void test_int64_to_float_rounds_once(void **state)
{
    (void)state;
    /* above the middle of two floats; by way of a double it would become the middle and round down to even */
    const int64_t value = (INT64_C(1) << 60) + (INT64_C(1) << 36) + 1;
    float got = 0;
    denoise__convert(DENOISE_FLOAT32, &got, DENOISE_INT64, &value, 1);
    assert_true(got == 0x1.000002p60f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_to_whole_cuts_and_saturates), cmocka_unit_test(test_float_to_whole_cuts_and_saturates),
        cmocka_unit_test(test_whole_to_narrower_wraps),          cmocka_unit_test(test_same_type_keeps_every_bit),
        cmocka_unit_test(test_int64_to_float_rounds_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
