/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor/number_column.h"
#include "core/text.h"
#include "tensor/dtype.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 8 }; /* NumPy's precision */

static double to_double(int32_t dtype, const void *element)
{
    double value = 0;
    denoise__convert(DENOISE_FLOAT64, &value, dtype, element, 1);
    return value;
}

static int64_t to_whole(int32_t dtype, const void *element)
{
    int64_t value = 0;
    denoise__convert(DENOISE_INT64, &value, dtype, element, 1);
    return value;
}

/* Whether the text reads back as the number, in its own type. */
static bool reads_back(int32_t dtype, const char *text, double value)
{
    double back = 0;
    if (!denoise__parse_double(text, strlen(text), &back)) return false;
    return dtype == DENOISE_FLOAT32 ? (float)back == (float)value : back == value;
}

/* Writes the shortest "d.ddde+xx" of a finite number; returns how many digits follow the point. */
static int32_t shortest(int32_t dtype, double value, char text[DENOISE__NUMBER_SIZE])
{
    int32_t digits = 0;
    do {
        (void)denoise__format(text, DENOISE__NUMBER_SIZE, "%.*e", (int)digits, value);
    } while (!reads_back(dtype, text, value) && digits++ < 17);
    return digits;
}

static int32_t exponent_of(const char *text)
{
    const char *e = strchr(text, 'e');
    return e != NULL ? (int32_t)strtol(e + 1, NULL, 10) : 0;
}

/* Zeros at the end of the fraction go; the point stays. */
static int32_t trim(char *text)
{
    size_t length = strlen(text);
    if (strchr(text, '.') == NULL) {
        text[length++] = '.';
        text[length] = '\0';
    }
    while (text[length - 1] == '0')
        text[--length] = '\0';
    return (int32_t)(length - 1 - (size_t)(strchr(text, '.') - text));
}

/* "12.5", "3."; returns how many digits follow the point. */
static int32_t positional(int32_t dtype, double value, char text[DENOISE__NUMBER_SIZE])
{
    int32_t decimals = shortest(dtype, value, text) - exponent_of(text);
    if (decimals < 0) decimals = 0;
    if (decimals > MOST_DIGITS) decimals = MOST_DIGITS;
    (void)denoise__format(text, DENOISE__NUMBER_SIZE, "%.*f", (int)decimals, value);
    return trim(text);
}

/* Digits after the point that a number needs with an exponent. */
static int32_t fraction(int32_t dtype, double value, char text[DENOISE__NUMBER_SIZE])
{
    const int32_t digits = shortest(dtype, value, text);
    if (digits <= MOST_DIGITS) return digits;
    (void)denoise__format(text, DENOISE__NUMBER_SIZE, "%.*e", MOST_DIGITS, value);
    char mantissa[DENOISE__NUMBER_SIZE];
    (void)denoise__format(mantissa, sizeof mantissa, "%.*s", (int)strcspn(text, "e"), text);
    return trim(mantissa);
}

void denoise__column_range(denoise__column *column, const void *element)
{
    if (!denoise__dtype_is_float(column->dtype)) return;
    const double size = fabs(to_double(column->dtype, element));
    if (size == 0 || !isfinite(size)) return;
    if (column->greatest == 0 || size < column->least) column->least = size;
    if (size > column->greatest) column->greatest = size;
    const bool narrow = column->dtype == DENOISE_FLOAT32;
    const double limit = narrow ? 1e6 : 1e8; /* numpy: 10 ** min(8, digits that the type always holds) */
    const double smallest = narrow ? 0.0001f : 0.0001;
    const double spread = column->greatest / column->least;
    column->is_scientific =
        column->greatest >= limit || column->least < smallest || (narrow ? (float)spread > 1000.0f : spread > 1000);
}

static void at_least(int32_t *width, int32_t needed)
{
    if (*width < needed) *width = needed;
}

static const char *other_text(double value)
{
    if (isnan(value)) return "nan";
    return value < 0 ? "-inf" : "inf";
}

static int32_t point_of(const char *text)
{
    return (int32_t)strcspn(text, ".e");
}

void denoise__column_widen(denoise__column *column, const void *element)
{
    char text[DENOISE__NUMBER_SIZE];
    if (!denoise__dtype_is_float(column->dtype)) {
        at_least(&column->left, denoise__format(text, sizeof text, "%" PRId64, to_whole(column->dtype, element)));
        return;
    }
    const double value = to_double(column->dtype, element);
    if (!isfinite(value)) {
        at_least(&column->other, (int32_t)strlen(other_text(value)));
        return;
    }
    if (column->is_scientific) {
        at_least(&column->right, fraction(column->dtype, value, text));
        at_least(&column->exponent, (int32_t)strlen(strchr(text, 'e')) - 2);
    } else {
        at_least(&column->right, positional(column->dtype, value, text));
    }
    at_least(&column->left, point_of(text));
}

/* "1.50e-05" with the column's number of digits; "1.e+08" where there are none. */
static void scientific(const denoise__column *column, double value, char text[DENOISE__NUMBER_SIZE])
{
    char plain[DENOISE__NUMBER_SIZE];
    (void)denoise__format(plain, sizeof plain, "%.*e", (int)column->right, value);
    const int mantissa = (int)strcspn(plain, "e");
    const char *sign = plain + mantissa + 1;
    (void)denoise__format(text, DENOISE__NUMBER_SIZE, "%.*s%se%c%0*ld", mantissa, plain, column->right == 0 ? "." : "", *sign,
                          (int)column->exponent, strtol(sign + 1, NULL, 10));
}

void denoise__column_text(const denoise__column *column, const void *element, char text[DENOISE__NUMBER_SIZE])
{
    char number[DENOISE__NUMBER_SIZE];
    if (!denoise__dtype_is_float(column->dtype)) {
        (void)denoise__format(text, DENOISE__NUMBER_SIZE, "%*" PRId64, (int)column->left, to_whole(column->dtype, element));
        return;
    }
    const double value = to_double(column->dtype, element);
    const int32_t tail = column->is_scientific ? column->right + 2 + column->exponent : column->right;
    int32_t left = column->left;
    at_least(&left, column->other - tail - 1);
    if (!isfinite(value)) {
        (void)denoise__format(text, DENOISE__NUMBER_SIZE, "%*s", (int)(left + tail + 1), other_text(value));
        return;
    }
    if (column->is_scientific) {
        scientific(column, value, number);
    } else {
        (void)positional(column->dtype, value, number);
    }
    const int before = (int)(left - point_of(number));
    (void)denoise__format(text, DENOISE__NUMBER_SIZE, "%*s%-*s", before, "", (int)(left + tail + 1 - before), number);
}

void denoise__number_text(int32_t dtype, const void *element, char text[DENOISE__NUMBER_SIZE])
{
    if (!denoise__dtype_is_float(dtype)) {
        (void)denoise__format(text, DENOISE__NUMBER_SIZE, "%" PRId64, to_whole(dtype, element));
        return;
    }
    double value = to_double(dtype, element);
    if (isfinite(value)) { /* the double that has the float's shortest digits */
        double size = fabs(value);
        (void)shortest(dtype, value, text);
        if (dtype == DENOISE_FLOAT32 && size != 0 && (size < 1e-4 || size >= 1e6)) return; /* since NumPy 2.3 */
        (void)denoise__parse_double(text, strlen(text), &value);
    }
    denoise__format_repr(text, DENOISE__NUMBER_SIZE, value);
}
