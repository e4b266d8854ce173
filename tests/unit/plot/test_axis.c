/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/axis.h"
#include "support/cmocka_test.h"
#include <locale.h>
#include <math.h>
#include <string.h>

/* Labels of an axis joined by spaces. */
static const char *labels(double low, double high, bool log, int32_t wanted, bool whole)
{
    static char text[DENOISE__AXIS_TICKS * DENOISE__AXIS_LABEL];
    denoise__axis axis;
    denoise__axis_range(&axis, low, high, log, 0, 0);
    denoise__axis_ticks(&axis, wanted, whole);
    text[0] = 0;
    for (int32_t i = 0; i < axis.tick_count; i++) {
        if (i > 0) strcat(text, " ");
        strcat(text, axis.labels[i]);
        double place = denoise__axis_place(&axis, axis.ticks[i]);
        assert_true(place > -1e-6 && place < 1 + 1e-6);
    }
    return text;
}

static void steps_are_1_2_5(void **state)
{
    (void)state;
    assert_string_equal(labels(0, 10, false, 10, false), "0 1 2 3 4 5 6 7 8 9 10");
    assert_string_equal(labels(0, 10, false, 6, false), "0 2 4 6 8 10");
    assert_string_equal(labels(0, 10, false, 3, false), "0 5 10");
    assert_string_equal(labels(0.13, 0.31, false, 5, false), "0.15 0.20 0.25 0.30");
    assert_string_equal(labels(-1, 1, false, 4, false), "-1.0 -0.5 0.0 0.5 1.0");
    assert_string_equal(labels(0, 0.0007, false, 4, false), "0.0000 0.0002 0.0004 0.0006");
    assert_string_equal(labels(0, 300, false, 4, false), "0 100 200 300");
}

static void whole_ticks_have_no_fractions(void **state)
{
    (void)state;
    assert_string_equal(labels(0, 2, false, 12, true), "0 1 2");
    assert_string_equal(labels(0, 2, false, 12, false), "0.0 0.2 0.4 0.6 0.8 1.0 1.2 1.4 1.6 1.8 2.0");
}

static void large_and_small_numbers_have_powers(void **state)
{
    (void)state;
    assert_string_equal(labels(0, 4e6, false, 4, false), "0 1e+06 2e+06 3e+06 4e+06");
    assert_string_equal(labels(1e-6, 3e-6, false, 4, false), "1.0e-06 1.5e-06 2.0e-06 2.5e-06 3.0e-06");
    assert_string_equal(labels(1e300, 3e300, false, 2, false), "1e+300 2e+300 3e+300");
}

static void logarithmic_ticks(void **state)
{
    (void)state;
    assert_string_equal(labels(0.001, 10, true, 6, false), "0.001 0.01 0.1 1 10");
    assert_string_equal(labels(1e-12, 1, true, 4, false), "1e-12 1e-09 1e-06 0.001 1");
    assert_string_equal(labels(0.15, 3, true, 6, false), "0.2 0.5 1 2");
    assert_string_equal(labels(0.2, 0.4, true, 4, false), "0.20 0.25 0.30 0.35 0.40");
}

static void equal_values_get_a_range(void **state)
{
    (void)state;
    denoise__axis axis;
    denoise__axis_range(&axis, 0, 0, false, 0.1, 0.1);
    assert_true(axis.low == -0.05 && axis.high == 0.05);
    denoise__axis_range(&axis, 2, 2, false, 0.1, 0.1);
    assert_true(fabs(axis.low - 1.9) < 1e-12 && fabs(axis.high - 2.1) < 1e-12);
    denoise__axis_range(&axis, 1, 1 + 1e-15, false, 0, 0);
    assert_true(axis.high - axis.low > 0.09);
    denoise__axis_range(&axis, 0, 5e-324, false, 0, 0); /* no step of ticks is a normal number */
    assert_true(axis.low == -0.05 && axis.high == 0.05);
    denoise__axis_range(&axis, 5e-324, 5e-324, true, 0, 0);
    denoise__axis_ticks(&axis, 4, false);
    for (int32_t i = 0; i < axis.tick_count; i++)
        assert_true(isfinite(axis.ticks[i]));

    denoise__axis_range(&axis, 5, 5, true, 0, 0);
    assert_true(fabs(axis.high - axis.low - 0.6) < 1e-12);
    denoise__axis_ticks(&axis, 5, false);
    assert_in_range(axis.tick_count, 2, 12);
}

static void padding_widens(void **state)
{
    (void)state;
    denoise__axis axis;
    denoise__axis_range(&axis, 0, 10, false, 0.1, 0);
    assert_true(axis.low == -1 && axis.high == 10);
}

/* As much as a double can hold, and beyond: no label "0", no tick outside. */
static void the_ends_of_the_numbers(void **state)
{
    (void)state;
    static const double ranges[][2] = {{1e-300, 1e300}, {1e-307, 1e308}, {5e-324, 1.7e308}, {5e-324, 1e-320}, {1e307, 1.7e308}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        denoise__axis axis;
        denoise__axis_range(&axis, ranges[i][0], ranges[i][1], true, 0.04, 0.04);
        assert_true(axis.low <= log10(ranges[i][0]) && axis.high >= log10(ranges[i][1]));
        for (int32_t wanted = 2; wanted < 12; wanted++) {
            denoise__axis_ticks(&axis, wanted, false);
            for (int32_t k = 0; k < axis.tick_count; k++) {
                double place = denoise__axis_place(&axis, axis.ticks[k]);
                assert_true(axis.ticks[k] > 0 && isfinite(axis.ticks[k]) && place >= -1e-9 && place <= 1 + 1e-9);
                assert_string_not_equal(axis.labels[k], "0");
            }
        }
    }
}

static void an_end_that_is_given_stays(void **state)
{
    (void)state;
    denoise__axis axis;
    denoise__axis_range(&axis, 5, 5, false, 0, 0.04);
    assert_true(axis.low == 5 && axis.high == 5.25);
    denoise__axis_range(&axis, 5, 5, false, 0.04, 0);
    assert_true(axis.low == 4.75 && axis.high == 5);
    denoise__axis_range(&axis, 0, 0, false, 0, 0.04);
    assert_true(axis.low == 0 && axis.high == 0.05);
    denoise__axis_range(&axis, 10, 10, true, 0, 0.04);
    assert_true(axis.low == 1 && axis.high > 1.2);
}

static void places_are_limited(void **state)
{
    (void)state;
    denoise__axis axis;
    denoise__axis_range(&axis, 0, 1, false, 0, 0);
    assert_true(denoise__axis_place(&axis, 0.25) == 0.25);
    assert_true(denoise__axis_place(&axis, 1e300) == 1000);
    assert_true(denoise__axis_place(&axis, -1e300) == -1000);
    denoise__axis_range(&axis, 0.01, 100, true, 0, 0);
    assert_true(fabs(denoise__axis_place(&axis, 1) - 0.5) < 1e-12);
}

/* Whatever the range, there are ticks, and not too many. */
static void any_range_has_ticks(void **state)
{
    (void)state;
    for (int32_t exponent = -300; exponent <= 300; exponent += 7)
        for (int32_t wanted = 0; wanted <= 12; wanted++) {
            denoise__axis axis;
            double high = 3.7 * pow(10, exponent);
            denoise__axis_range(&axis, high * 0.1, high, false, 0.04, 0.04);
            denoise__axis_ticks(&axis, wanted, false);
            assert_in_range(axis.tick_count, 1, 16);
            denoise__axis_range(&axis, 1e-300, high, true, 0.04, 0.04);
            denoise__axis_ticks(&axis, wanted, false);
            assert_in_range(axis.tick_count, 1, 48);
        }
}

static void labels_ignore_the_locale(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    for (size_t i = 0; i < 3; i++)
        setlocale(LC_ALL, names[i]);
    assert_string_equal(labels(0, 1, false, 2, false), "0.0 0.5 1.0");
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_1_2_5),
        cmocka_unit_test(whole_ticks_have_no_fractions),
        cmocka_unit_test(large_and_small_numbers_have_powers),
        cmocka_unit_test(logarithmic_ticks),
        cmocka_unit_test(equal_values_get_a_range),
        cmocka_unit_test(padding_widens),
        cmocka_unit_test(the_ends_of_the_numbers),
        cmocka_unit_test(an_end_that_is_given_stays),
        cmocka_unit_test(places_are_limited),
        cmocka_unit_test(any_range_has_ticks),
        cmocka_unit_test(labels_ignore_the_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
