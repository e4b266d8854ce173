/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "files/json.h"
#include "support/cmocka_test.h"
#include <stdlib.h>
#include <string.h>

static const denoise_limits defaults = DENOISE_LIMITS_INIT;

static void expect(const char *text, denoise_status expected, const char *message)
{
    json_t *value = NULL;
    denoise_status status = denoise__json_parse_object(&value, text, (int64_t)strlen(text), 8, &defaults);
    if (status != expected) fail_msg("%.60s: %s \"%s\"", text, denoise_status_name(status), denoise_last_error());
    if (expected != DENOISE_OK) {
        assert_null(value);
        if (strstr(denoise_last_error(), message) == NULL) fail_msg("%.60s: \"%s\"", text, denoise_last_error());
    }
    json_decref(value);
}

static void strict_syntax(void **state)
{
    (void)state;
    expect("{}", DENOISE_OK, NULL);
    expect("{\"a\": [1, -2.5e3, true, null, \"\\u00e9\"]}   ", DENOISE_OK, NULL);
    expect("{\"[[{{\\\"[\": \"]]]\"}", DENOISE_OK, NULL);
    expect("", DENOISE_ERR_SYNTAX, "byte 8: expected '{'");
    expect(" {}", DENOISE_ERR_SYNTAX, "byte 8: expected '{'");
    expect("[]", DENOISE_ERR_SYNTAX, "byte 8: expected '{'");
    expect("\xef\xbb\xbf{}", DENOISE_ERR_SYNTAX, "byte 8: expected '{'");
    expect("{", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\": 1,}", DENOISE_ERR_SYNTAX, "byte 16");
    expect("{\"a\": NaN}", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\": 01}", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\": 1} x", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\": /* */ 1}", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\": \"\xff\"}", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\": \"\\ud800\"}", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\\u0000\": 1}", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\": \"\n\"}", DENOISE_ERR_SYNTAX, "byte ");
    expect("{\"a\": 18446744073709551614}", DENOISE_ERR_OVERFLOW, "byte ");
    expect("{\"a\": 1e999999}", DENOISE_ERR_OVERFLOW, "byte ");
    expect("{\"a\": 1, \"a\": 1}", DENOISE_ERR_DUPLICATE, "byte ");
    expect("{\"b\": {\"a\": 1, \"a\": 1}}", DENOISE_ERR_DUPLICATE, "byte ");
}

static char *repeat(const char *front, const char *piece, size_t count)
{
    size_t length = strlen(piece);
    char *text = malloc(strlen(front) + count * length + 1);
    assert_non_null(text);
    strcpy(text, front);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + strlen(front) + i * length, piece, length);
    }
    text[strlen(front) + count * length] = '\0';
    return text;
}

static void limits_hold(void **state)
{
    (void)state;
    char *deep = repeat("{\"a\":", "[", 100000);
    expect(deep, DENOISE_ERR_LIMIT, "byte 76: nested deeper than the 64 levels");
    free(deep);
    char *wide = repeat("{\"a\":[0", ",0", 3000000);
    expect(wide, DENOISE_ERR_LIMIT, "limit `tensors`");
    free(wide);
}

static void expect_quoted(const char *text, const char *expected)
{
    denoise__text out = {0};
    assert_int_equal(denoise__json_quote(&out, text), DENOISE_OK);
    assert_string_equal(out.data, expected);
    json_t *value = json_loads(out.data, JSON_DECODE_ANY, NULL);
    assert_string_equal(json_string_value(value), text);
    json_decref(value);
    denoise__text_free(&out);
}

static void quoting(void **state)
{
    (void)state;
    expect_quoted("", "\"\"");
    expect_quoted("dense_1/kernel", "\"dense_1/kernel\"");
    expect_quoted("a\"b\\c", "\"a\\\"b\\\\c\"");
    expect_quoted("\n\x1f\x7f", "\"\\u000a\\u001f\x7f\"");
    expect_quoted("\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\"");
    expect_quoted("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"");
}

static void quoting_what_is_no_utf8(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xc3",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xe2\x82",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2(\xa1",
                                      "\xf0\x9f\x99",
                                      "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        denoise__text out = {0};
        assert_int_equal(denoise__json_quote(&out, bad[i]), DENOISE_ERR_NAME);
        assert_non_null(strstr(denoise_last_error(), "not UTF-8 at byte 0"));
        denoise__text_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_syntax),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(quoting),
        cmocka_unit_test(quoting_what_is_no_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
