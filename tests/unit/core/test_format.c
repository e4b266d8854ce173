/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's own printf and strtod are wrapped here (see CMakeLists.txt): with `comma` they behave as in a locale whose
 * decimal point is another one, which need not be installed for that. */
#include "core/text.h"
#include "support/cmocka_test.h"
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int __wrap_snprintf(char *buffer, size_t size, const char *format, ...);
double __wrap_strtod(const char *text, char **end);
double __real_strtod(const char *text, char **end);

static const char *comma; /* NULL: the C locale */

int __wrap_snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(buffer, size, format, list);
    va_end(list);
    bool is_float = strchr("fFeEgGaA", format[strlen(format) - 1]) != NULL;
    char *point = is_float && comma != NULL ? strchr(buffer, '.') : NULL;
    if (point != NULL) {
        size_t width = strlen(comma);
        assert_true(strlen(buffer) + width <= size);
        memmove(point + width, point + 1, strlen(point));
        memcpy(point, comma, width);
        length += (int)width - 1;
    }
    return length;
}

double __wrap_strtod(const char *text, char **end)
{
    if (comma != NULL) assert_null(strchr(text, '.'));
    return __real_strtod(text, end);
}

static void expect(const char *expected, const char *format, ...) DENOISE__FORMAT(2, 3);
static void expect(const char *expected, const char *format, ...)
{
    char text[256];
    va_list list;
    va_start(list, format);
    int length = denoise__format_list(text, sizeof(text), format, list);
    va_end(list);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
}

static void all_conversions_work(void **state)
{
    (void)state;
    expect("", "%s", "");
    expect("plain 100%", "plain 100%%");
    expect("-7 8 ff 0X1F 17 c", "%d %u %x %#X %o %c", -7, 8U, 255U, 31U, 15U, 'c');
    expect("-7 -8 -9 10 -11 12", "%ld %lld %jd %zu %td %hhu", -7L, -8LL, (intmax_t)-9, (size_t)10, (ptrdiff_t)-11,
           (unsigned char)12);
    expect("9223372036854775807", "%" PRId64, INT64_MAX);
    expect("[   ab] [ab   ] [abc]", "[%5s] [%-5s] [%.3s]", "ab", "ab", "abcdef");
    expect("[   ab] [ab   ] [  abc]", "[%*s] [%-*s] [%*.*s]", 5, "ab", 5, "ab", 5, 3, "abcdef");
    expect("[00042] [+5] [ 5]", "[%05d] [%+d] [% d]", 42, 5, 5);
    expect("0.5 1.5000 1.25e+00 2.50", "%g %.4f %.2e %.*f", 0.5, 1.5, 1.25, 2, 2.5);
    expect("[    1.50] [1.50    ] [00001.50]", "[%8.2f] [%-8.2f] [%08.2f]", 1.5, 1.5, 1.5);
    expect("nan inf -inf", "%g %g %g", NAN, INFINITY, -INFINITY);
    expect("0x1.8p+1", "%a", 3.0);
    expect("7%", "%d%%", 7);
}

static void a_wrong_conversion_prints_nothing(void **state)
{
    (void)state;
    char text[32];
    const char *format = "a%!b%";
    denoise__format(text, sizeof(text), format, 0);
    assert_string_equal(text, "ab");
}

static void a_short_buffer_is_filled_and_ended(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 20; size++) {
        char text[21];
        memset(text, '#', sizeof(text));
        assert_int_equal(denoise__format(text, size, "ab%scd%.2fef%d", "12", 3.5, 77), 14);
        assert_int_equal(strlen(text), size <= 14 ? size - 1 : 14);
        assert_memory_equal(text, "ab12cd3.50ef77", strlen(text));
        assert_int_equal(text[size], '#');
    }
    assert_int_equal(denoise__format(NULL, 0, "%d %s %f", 1, "two", 3.0), 14);
}

static void the_decimal_point_is_always_a_point(void **state)
{
    (void)state;
    static const char *const points[] = {",", "\xD9\xAB", "'"};
    for (size_t i = 0; i < 3; i++) {
        comma = points[i];
        expect("a,b 0.5, -1.25e-10,", "a,b %g, %.2e,", 0.5, -1.25e-10);
        expect("[    1.5]", "[%7.1f]", 1.5);
        char repr[32];
        denoise__format_repr(repr, sizeof(repr), 3.14159);
        assert_string_equal(repr, "3.14159");
        denoise__format_repr(repr, sizeof(repr), 1.7976931348623157e308);
        assert_string_equal(repr, "1.7976931348623157e+308");
        double value = 0;
        assert_true(denoise__parse_double("0.1234567890123456789", 21, &value));
        assert_true(value == 0.1234567890123456789);
        assert_false(denoise__parse_double("0,5", 3, &value));
    }
    comma = NULL;
}

static void an_installed_locale_changes_nothing(void **state)
{
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) skip();
    denoise_status status = denoise__fail(DENOISE_ERR_RANGE, "rate is %g, not %.1f", 1.5, 0.5);
    char repr[32];
    denoise__format_repr(repr, sizeof(repr), 0.25);
    double value = 0;
    bool parsed = denoise__parse_double("12.5e300", 8, &value);
    setlocale(LC_ALL, "C");
    assert_int_equal(status, DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "rate is 1.5, not 0.5");
    assert_string_equal(repr, "0.25");
    assert_true(parsed && value == 12.5e300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_conversions_work),
        cmocka_unit_test(a_wrong_conversion_prints_nothing),
        cmocka_unit_test(a_short_buffer_is_filled_and_ended),
        cmocka_unit_test(the_decimal_point_is_always_a_point),
        cmocka_unit_test(an_installed_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
