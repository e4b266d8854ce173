/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "tensor/number_column.h"
#include <stdlib.h>
#include <string.h>

static void test_numbers_read_back(void **state)
{
    (void)state;
    uint32_t bits = 1;
    for (int i = 0; i < 2000; i++) {
        float value = 0;
        char text[DENOISE__NUMBER_SIZE];
        bits = bits * 1664525U + 1013904223U;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        denoise__number_text(DENOISE_FLOAT32, &value, text);
        assert_true(strtof(text, NULL) == value);
        const double wide = (double)value / 3;
        denoise__number_text(DENOISE_FLOAT64, &wide, text);
        assert_true(strtod(text, NULL) == wide);
    }
}

/* str(numpy.array(v, dtype)) of NumPy 2.4.6; before 2.3 a float32 from 1e6 on was written out. */
static void test_numbers_alone(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *narrow, *wide;
    } cases[] = {{2467218700.0, "2.4672187e+09", "2467218700.0"},
                 {1e16, "1e+16", "1e+16"},
                 {999999.94, "999999.94", "999999.94"},
                 {1e6, "1e+06", "1000000.0"},
                 {16777218, "1.6777218e+07", "16777218.0"},
                 {-1234567, "-1.234567e+06", "-1234567.0"},
                 {100000, "100000.0", "100000.0"},
                 {0.1, "0.1", "0.1"},
                 {0.0001, "1e-04", "0.0001"},
                 {0.00012345, "0.00012345", "0.00012345"},
                 {1e-5, "1e-05", "1e-05"},
                 {3.4e38, "3.4e+38", "3.4e+38"},
                 {0, "0.0", "0.0"},
                 {-0.0, "-0.0", "-0.0"},
                 {INFINITY, "inf", "inf"}};
    char text[DENOISE__NUMBER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const float narrow = (float)cases[i].value;
        denoise__number_text(DENOISE_FLOAT32, &narrow, text);
        assert_string_equal(text, cases[i].narrow);
        denoise__number_text(DENOISE_FLOAT64, &cases[i].value, text);
        assert_string_equal(text, cases[i].wide);
    }
}

static void test_widths_are_common(void **state)
{
    (void)state;
    static const double values[] = {-1.5, 22.25, 0};
    static const char *const texts[] = {"-1.5 ", "22.25", " 0.  "};
    denoise__column column = {.dtype = DENOISE_FLOAT64};
    char text[DENOISE__NUMBER_SIZE];
    for (int i = 0; i < 3; i++)
        denoise__column_range(&column, &values[i]);
    for (int i = 0; i < 3; i++)
        denoise__column_widen(&column, &values[i]);
    assert_false(column.is_scientific);
    for (int i = 0; i < 3; i++) {
        denoise__column_text(&column, &values[i], text);
        assert_string_equal(text, texts[i]);
    }
}

static void test_longest_texts_fit(void **state)
{
    (void)state;
    static const double values[] = {-1.7976931348623157e308, 4.9406564584124654e-324, -2.2250738585072011e-308};
    denoise__column column = {.dtype = DENOISE_FLOAT64};
    char text[DENOISE__NUMBER_SIZE];
    for (int i = 0; i < 3; i++)
        denoise__column_range(&column, &values[i]);
    for (int i = 0; i < 3; i++)
        denoise__column_widen(&column, &values[i]);
    assert_true(column.is_scientific);
    static const char *const texts[] = {"-1.79769313e+308", " 4.94065646e-324", "-2.22507386e-308"};
    for (int i = 0; i < 3; i++) {
        denoise__column_text(&column, &values[i], text);
        assert_string_equal(text, texts[i]);
    }
    const int64_t least = INT64_MIN;
    denoise__number_text(DENOISE_INT64, &least, text);
    assert_string_equal(text, "-9223372036854775808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_read_back),
        cmocka_unit_test(test_numbers_alone),
        cmocka_unit_test(test_widths_are_common),
        cmocka_unit_test(test_longest_texts_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
