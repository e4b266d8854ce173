/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from and to text, by the rules of Python's float(), int() and repr(). */
#include "core/number.h"
#include "core/cpu.h"
#include "core/format.h"
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A double is decided by its first 768 decimal digits and by whether anything but zeros follows. */
enum { MAX_DIGITS = 780, EXPONENT_LIMIT = 100000 };

typedef struct decimal {
    char digits[MAX_DIGITS + 32]; /* without leading zeros; room for "1e-100000" behind them */
    int count;
    int64_t exponent; /* value = digits * 10^exponent */
    bool is_negative;
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_blank((*text)[0])) {
        ++*text;
        --*length;
    }
    while (*length > 0 && is_blank((*text)[*length - 1])) {
        --*length;
    }
}

static bool same_word(const char *text, size_t length, const char *word)
{
    if (strlen(word) != length) return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
        if (c != word[i]) return false;
    }
    return true;
}

static void take_digit(decimal *number, char digit, bool is_fraction)
{
    if (number->count == 0 && digit == '0') {
        if (is_fraction) number->exponent--;
    } else if (number->count < MAX_DIGITS) {
        number->digits[number->count++] = digit;
        if (is_fraction) number->exponent--;
    } else {
        /* Too far behind to matter, except that it is not zero. */
        if (digit != '0') number->digits[MAX_DIGITS - 1] = '1';
        if (!is_fraction) number->exponent++;
    }
}

/* Digits with single underscores between them; answers how many bytes were read. */
static size_t take_digits(decimal *number, const char *text, size_t length, bool is_fraction)
{
    size_t i = 0;
    while (i < length) {
        if (is_digit(text[i])) {
            take_digit(number, text[i++], is_fraction);
        } else if (text[i] == '_' && i > 0 && i + 1 < length && is_digit(text[i - 1]) && is_digit(text[i + 1])) {
            i++;
        } else {
            break;
        }
    }
    return i;
}

/* "e-5" to the end of the text. */
static bool take_exponent(decimal *number, const char *text, size_t length)
{
    size_t i = 1;
    bool is_negative = i < length && text[i] == '-';
    if (i < length && (text[i] == '-' || text[i] == '+')) i++;
    if (i == length) return false;
    int64_t value = 0;
    for (; i < length; i++) {
        bool separator = text[i] == '_' && is_digit(text[i - 1]) && i + 1 < length && is_digit(text[i + 1]);
        if (separator) continue;
        if (!is_digit(text[i])) return false;
        if (value < (int64_t)EXPONENT_LIMIT * 10) value = value * 10 + (text[i] - '0');
    }
    number->exponent += is_negative ? -value : value;
    return true;
}

static bool read_decimal(decimal *number, const char *text, size_t length)
{
    size_t whole = take_digits(number, text, length, false);
    size_t i = whole;
    size_t fraction = 0;
    if (i < length && text[i] == '.') {
        i++;
        fraction = take_digits(number, text + i, length - i, true);
        i += fraction;
    }
    if (whole + fraction == 0) return false;
    if (i == length) return true;
    if (text[i] != 'e' && text[i] != 'E') return false;
    return take_exponent(number, text + i, length - i);
}

/* Up to 15 digits and a power of ten up to 10^22 are exact doubles: one correctly rounded operation gives the value. */
static bool exact_value(const decimal *number, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (number->count > 15 || number->exponent < -22 || number->exponent > 22) return false;
    int64_t whole = 0;
    for (int i = 0; i < number->count; i++) {
        whole = whole * 10 + (number->digits[i] - '0');
    }
    *value = number->exponent < 0 ? (double)whole / powers[-number->exponent] : (double)whole * powers[number->exponent];
    return true;
}

/* strtod on digits and an exponent alone, which look the same in every locale. */
static double rounded_value(decimal *number)
{
    int64_t exponent = number->exponent;
    if (exponent > EXPONENT_LIMIT) exponent = EXPONENT_LIMIT;
    if (exponent < -EXPONENT_LIMIT) exponent = -EXPONENT_LIMIT;
    (void)snprintf(number->digits + number->count, sizeof(number->digits) - (size_t)number->count, "e%d", (int)exponent);
    int before = errno; /* which strtod changes where the number is out of range */
    double value = strtod(number->digits, NULL);
    errno = before;
    return value;
}

bool denoise__parse_double(const char *text, size_t length, double *value)
{
    trim(&text, &length);
    decimal number;
    number.count = 0;
    number.exponent = 0;
    number.is_negative = length > 0 && text[0] == '-';
    if (length > 0 && (text[0] == '-' || text[0] == '+')) {
        text++;
        length--;
    }
    double magnitude = 0;
    if (same_word(text, length, "nan")) {
        magnitude = NAN;
    } else if (same_word(text, length, "inf") || same_word(text, length, "infinity")) {
        magnitude = INFINITY;
    } else if (!read_decimal(&number, text, length)) {
        return false;
    } else if (number.count > 0) {
        denoise__fp_state state;
        denoise__fp_enter(&state);
        if (!exact_value(&number, &magnitude)) magnitude = rounded_value(&number);
        denoise__fp_leave(&state);
    }
    *value = number.is_negative ? -magnitude : magnitude;
    return true;
}

bool denoise__parse_int(const char *text, size_t length, int64_t *value)
{
    trim(&text, &length);
    bool is_negative = length > 0 && text[0] == '-';
    if (length > 0 && (text[0] == '-' || text[0] == '+')) {
        text++;
        length--;
    }
    if (length == 0) return false;
    uint64_t limit = is_negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t magnitude = 0;
    for (size_t i = 0; i < length; i++) {
        bool separator = text[i] == '_' && i > 0 && is_digit(text[i - 1]) && i + 1 < length && is_digit(text[i + 1]);
        if (separator) continue;
        if (!is_digit(text[i])) return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (magnitude > (limit - digit) / 10) return false;
        magnitude = magnitude * 10 + digit;
    }
    *value = is_negative ? -(int64_t)(magnitude - (magnitude > 0)) - (magnitude > 0) : (int64_t)magnitude;
    return true;
}

/* Significant digits of a positive number, without the point, and its decimal exponent. */
typedef struct digits {
    char text[24];
    int count;
    int exponent; /* of the first digit */
} digits;

static void digits_of(digits *out, double value, int count)
{
    char text[40];
    denoise__format(text, sizeof(text), "%.*e", count - 1, value);
    out->text[0] = text[0];
    memcpy(out->text + 1, text + 2, (size_t)(count - 1));
    out->count = count;
    out->exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

static bool reads_back(const digits *number, double value)
{
    char text[48];
    double back = 0;
    int length =
        denoise__format(text, sizeof(text), "%.*se%d", number->count, number->text, number->exponent - (number->count - 1));
    return denoise__parse_double(text, (size_t)length, &back) && back == value;
}

/* One more in the last digit. */
static void next_up(digits *number)
{
    int i = number->count - 1;
    while (i >= 0 && number->text[i] == '9') {
        number->text[i--] = '0';
    }
    if (i >= 0) {
        number->text[i]++;
    } else {
        number->text[0] = '1';
        number->exponent++;
    }
}

static void shortest(digits *out, double value)
{
    *out = (digits){0};
    /* 15 digits survive a double; only a subnormal may do with fewer than its first 15 say. */
    for (int count = value < DBL_MIN ? 1 : 15; count <= 17; count++) {
        digits_of(out, value, count);
        if (count == 17 || reads_back(out, value)) break;
        /* Below a power of two the doubles lie closer: the nearest 16 digits may miss where the next higher ones do not. */
        if (count == 16) {
            next_up(out);
            if (reads_back(out, value)) break;
        }
    }
    while (out->count > 1 && out->text[out->count - 1] == '0') {
        out->count--;
    }
}

static void write_digits(char *buffer, size_t size, const digits *number, const char *sign)
{
    int exponent = number->exponent;
    int count = number->count;
    if (exponent < -4 || exponent >= 16) {
        denoise__format(buffer, size, "%s%c%s%.*se%c%02d", sign, number->text[0], count > 1 ? "." : "", count - 1,
                        number->text + 1, exponent < 0 ? '-' : '+', abs(exponent));
    } else if (exponent < 0) {
        denoise__format(buffer, size, "%s0.%.*s%.*s", sign, -exponent - 1, "000", count, number->text);
    } else if (count <= exponent + 1) {
        denoise__format(buffer, size, "%s%.*s%.*s.0", sign, count, number->text, exponent + 1 - count, "0000000000000000");
    } else {
        denoise__format(buffer, size, "%s%.*s.%.*s", sign, exponent + 1, number->text, count - exponent - 1,
                        number->text + exponent + 1);
    }
}

void denoise__format_repr(char *buffer, size_t size, double value)
{
    const char *sign = signbit(value) ? "-" : "";
    if (isnan(value)) {
        denoise__format(buffer, size, "nan");
    } else if (isinf(value)) {
        denoise__format(buffer, size, "%sinf", sign);
    } else if (value == 0) {
        denoise__format(buffer, size, "%s0.0", sign);
    } else {
        denoise__fp_state state;
        denoise__fp_enter(&state);
        digits number;
        shortest(&number, fabs(value));
        denoise__fp_leave(&state);
        write_digits(buffer, size, &number, sign);
    }
}

void denoise__format_thousands(char *buffer, size_t size, int64_t value)
{
    char digit[24];
    uint64_t magnitude = value < 0 ? (uint64_t)(-(value + 1)) + 1 : (uint64_t)value;
    int count = denoise__format(digit, sizeof(digit), "%llu", (unsigned long long)magnitude);
    char text[32];
    size_t length = 0;
    if (value < 0) text[length++] = '-';
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) text[length++] = ',';
        text[length++] = digit[i];
    }
    denoise__format(buffer, size, "%.*s", (int)length, text);
}

const char *denoise__nonfinite_name(double number)
{
    return isnan(number) ? "NaN" : "infinite";
}
