/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from and to text, against the C library's. */
#include "core/text.h"
#include "fuzz/builder.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *at)
{
    while (is_digit(*at)) {
        at++;
    }
    return at;
}

/* What strtod takes and Python too: decimal digits, one point, an exponent; no hexadecimal, no NaN payload. */
static bool is_plain_decimal(const char *text)
{
    if (*text == '+' || *text == '-') text++;
    const char *whole = text;
    text = skip_digits(text);
    bool any = text > whole;
    if (*text == '.') {
        const char *fraction = ++text;
        text = skip_digits(text);
        any = any || text > fraction;
    }
    if (!any) return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        if (*text == '+' || *text == '-') text++;
        if (!is_digit(*text)) return false;
        text = skip_digits(text);
    }
    return *text == '\0';
}

/* Without the underscores that Python allows between digits; false: one stands elsewhere. */
static bool without_underscores(char *out, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '_') {
            out[used++] = text[i];
        } else if (i == 0 || i + 1 == length || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
            return false;
        }
    }
    out[used] = '\0';
    return true;
}

static bool is_special(const char *text)
{
    static const char *const words[] = {"nan", "inf", "infinity"};
    if (*text == '+' || *text == '-') text++;
    for (int w = 0; w < 3; w++) {
        size_t i = 0;
        while (words[w][i] != '\0' && (text[i] | 0x20) == words[w][i] && text[i] != '\0') {
            i++;
        }
        if (words[w][i] == '\0' && text[i] == '\0') return true;
    }
    return false;
}

static void check_double(const char *text, size_t length, char *clean)
{
    double value = 0.25;
    bool taken = denoise__parse_double(text, length, &value);
    bool plain = without_underscores(clean, text, length) && (is_plain_decimal(clean) || is_special(clean));
    FUZZ_CHECK(taken == plain);
    if (!taken) {
        FUZZ_CHECK(value == 0.25);
        return;
    }
    double expected = strtod(clean, NULL);
    FUZZ_CHECK(isnan(expected) ? isnan(value) : memcmp(&value, &expected, sizeof value) == 0);
}

static void check_int(const char *text, size_t length, char *clean)
{
    int64_t value = 7;
    bool taken = denoise__parse_int(text, length, &value);
    bool plain = without_underscores(clean, text, length);
    const char *first = *clean == '+' || *clean == '-' ? clean + 1 : clean;
    plain = plain && is_digit(*first) && *skip_digits(first) == '\0';
    errno = 0;
    long long expected = plain ? strtoll(clean, NULL, 10) : 0;
    FUZZ_CHECK(taken == (plain && errno == 0));
    FUZZ_CHECK(value == (taken ? (int64_t)expected : 7));
}

/* A text that reads back, and the fewest digits that do. */
static void check_repr(double number)
{
    char text[32], shorter[40];
    denoise__format_repr(text, sizeof text, number);
    double back = 0;
    if (!FUZZ_CHECK(denoise__parse_double(text, strlen(text), &back))) return;
    FUZZ_CHECK(isnan(number) ? isnan(back) : memcmp(&back, &number, sizeof back) == 0);
    if (!isfinite(number) || number == 0) return;
    int digits = 0;
    for (const char *at = text; *at != '\0' && *at != 'e'; at++) {
        digits += is_digit(*at) && (digits > 0 || *at != '0');
    }
    size_t end = strcspn(text, "e");
    while (end > 1 && (text[end - 1] == '0' || text[end - 1] == '.')) {
        digits -= text[--end] == '0' && digits > 1;
    }
    if (digits < 2 || digits > 17) {
        FUZZ_CHECK(digits >= 1 && digits <= 17);
        return;
    }
    (void)snprintf(shorter, sizeof shorter, "%.*e", digits - 2, number);
    FUZZ_CHECK(strtod(shorter, NULL) != number);
}

static void check_texts(double number, int64_t whole)
{
    char ours[512], theirs[512];
    int precision = (int)((uint64_t)whole % 40);
    int length = denoise__format(ours, sizeof ours, "%.*e|%g|%10.3f|%" PRId64 "|%s", precision, number, number,
                                 fmod(number, 1e9), whole, "x");
    FUZZ_CHECK(length == snprintf(theirs, sizeof theirs, "%.*e|%g|%10.3f|%" PRId64 "|%s", precision, number, number,
                                  fmod(number, 1e9), whole, "x"));
    FUZZ_CHECK(strcmp(ours, theirs) == 0);
    denoise__format_thousands(ours, 32, whole);
    (void)snprintf(theirs, sizeof theirs, "%" PRId64, whole);
    size_t used = 0;
    for (size_t i = 0; ours[i] != '\0'; i++) {
        if (ours[i] != ',') ours[used++] = ours[i];
    }
    ours[used] = '\0';
    FUZZ_CHECK(strcmp(ours, theirs) == 0);
}

static void run(const uint8_t *data, size_t size)
{
    char *text = malloc(2 * size + 2);
    if (text == NULL) abort();
    char *clean = text + size + 1;
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    /* Blanks around a number, and a zero byte in it, are no part of this comparison. */
    size_t start = 0, length = strlen(text);
    while (start < length && memchr(" \t\n\v\f\r", text[start], 6) != NULL) {
        start++;
    }
    while (length > start && memchr(" \t\n\v\f\r", text[length - 1], 6) != NULL) {
        length--;
    }
    check_double(text + start, length - start, clean);
    check_int(text + start, length - start, clean);
    uint64_t bits = fuzz_hash(data, size);
    double number = 0;
    int64_t whole = 0;
    memcpy(&number, size >= 8 ? data : (const uint8_t *)&bits, 8);
    memcpy(&whole, size >= 16 ? data + 8 : (const uint8_t *)&bits, 8);
    check_repr(number);
    check_texts(number, whole);
    free(text);
}

static void seeds(const fuzz_sink *sink)
{
    static const char *const texts[] = {"",
                                        "0",
                                        "-0",
                                        "+1",
                                        "1_000",
                                        "1__0",
                                        "_1",
                                        "1_",
                                        "0.1",
                                        ".5",
                                        "5.",
                                        ".",
                                        "-",
                                        "+",
                                        "1e5",
                                        "1e-5",
                                        "1e",
                                        "1e+",
                                        "1e1_0",
                                        "1E5",
                                        "1.5e300",
                                        "1e400",
                                        "-1e400",
                                        "1e-400",
                                        "4.9e-324",
                                        "2.2250738585072014e-308",
                                        "1.7976931348623157e308",
                                        "nan",
                                        "NaN",
                                        "-inf",
                                        "Infinity",
                                        "infinit",
                                        " 12 ",
                                        "1 2",
                                        "0x10",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-9223372036854775808",
                                        "-9223372036854775809",
                                        "18446744073709551616",
                                        "9007199254740993",
                                        "0.000000000000000000000000000000123",
                                        "1e100000000000000000000",
                                        "123456789012345678901234567890e-20",
                                        "1.e5",
                                        "1,5",
                                        "12345678901234567.25"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fuzz_seed_text(sink, texts[i]);
    }
    builder b = {.size = 0};
    builder_text(&b, "0.");
    for (int i = 0; i < 830; i++) {
        builder_byte(&b, '0' + (unsigned)(i * 7 % 10));
    }
    builder_seed(sink, "long_fraction", &b);
    b.size = 0;
    for (int i = 0; i < 800; i++) {
        builder_byte(&b, i == 0 ? '1' : '0');
    }
    builder_text(&b, "1e-700");
    builder_seed(sink, "long_whole", &b);
    static const double numbers[] = {1e22,   9007199254740992.0,      1e16, 123456.0,          0.0001, 1e-5,
                                     5e-324, 2.2250738585072009e-308, 0.3,  4503599627370496.5};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        fuzz_seed(sink, "double", &numbers[i], 8);
    }
}

static const char *const dictionary[] = {"\"e-\"",         "\"e+\"",  "\"_\"",        "\".\"",
                                         "\"nan\"",        "\"inf\"", "\"infinity\"", "\"9223372036854775807\"",
                                         "\"0000000000\"", NULL};

const fuzz_target fuzz_target_number = {"number", run, seeds, NULL, dictionary, 1024};
