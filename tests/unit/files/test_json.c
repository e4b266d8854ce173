/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "files/json.h"
#include "support/cmocka_test.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static denoise__json start(const char *text, int64_t size)
{
    return (denoise__json){.text = text, .size = size, .offset = 8, .greatest_depth = 3, .field = "here"};
}

/* Texts, whole numbers, lists and objects of them. */
static denoise_status walk(denoise__json *it)
{
    int64_t number = 0;
    int64_t length = 0;
    bool more = false;
    denoise__json_at(it);
    char first = it->position < it->size ? it->text[it->position] : '\0';
    if (first == '"') return denoise__json_text(it, NULL, 0, &length);
    if (first != '[' && first != '{') return denoise__json_whole(it, &number);
    DENOISE__TRY(denoise__json_open(it, first));
    for (;;) {
        DENOISE__TRY(denoise__json_more(it, first == '[' ? ']' : '}', &more));
        if (!more) return DENOISE_OK;
        if (first == '{') DENOISE__TRY(denoise__json_text(it, NULL, 0, &length));
        if (first == '{') DENOISE__TRY(denoise__json_colon(it));
        DENOISE__TRY(walk(it));
    }
}

typedef struct verdict {
    const char *text;
    denoise_status status;
    int64_t at; /* in the text */
} verdict;

static const verdict verdicts[] = {
    {"{}", DENOISE_OK, 0},
    {" [ ] ", DENOISE_OK, 0},
    {"{\"a\": [1, 0, -0, 9223372036854775807, \"\\u00e9\", {}, []]}\t\r\n ", DENOISE_OK, 0},
    {"{\"[[{{\\\"[\": \"]]]\"}", DENOISE_OK, 0},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20aC\\ud834\\uDD1e\"", DENOISE_OK, 0},
    {"\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\"", DENOISE_OK, 0},
    {"\"\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"", DENOISE_OK,
     0}, /* the first and the last of each length */
    {"", DENOISE_ERR_SYNTAX, 0},
    {"   ", DENOISE_ERR_SYNTAX, 3},
    {"{", DENOISE_ERR_SYNTAX, 1},
    {"[1", DENOISE_ERR_SYNTAX, 2},
    {"[,1]", DENOISE_ERR_SYNTAX, 1},
    {"[1,,2]", DENOISE_ERR_SYNTAX, 3},
    {"[1,]", DENOISE_ERR_SYNTAX, 3},
    {"[1 2]", DENOISE_ERR_SYNTAX, 1},
    {"[1}", DENOISE_ERR_SYNTAX, 2},
    {"[]]", DENOISE_ERR_SYNTAX, 2},
    {"[] x", DENOISE_ERR_SYNTAX, 3},
    {"{\"a\":1,}", DENOISE_ERR_SYNTAX, 7},
    {"{\"a\" 1}", DENOISE_ERR_SYNTAX, 5},
    {"{\"a\"}", DENOISE_ERR_SYNTAX, 4},
    {"{\"a\":}", DENOISE_ERR_SYNTAX, 5},
    {"{a:1}", DENOISE_ERR_SYNTAX, 1},
    {"{1:1}", DENOISE_ERR_SYNTAX, 1},
    {"{'a':1}", DENOISE_ERR_SYNTAX, 1},
    {"[NaN]", DENOISE_ERR_SYNTAX, 1},
    {"[-]", DENOISE_ERR_SYNTAX, 1},
    {"[+1]", DENOISE_ERR_SYNTAX, 1},
    {"[01]", DENOISE_ERR_SYNTAX, 1},
    {"[-01]", DENOISE_ERR_SYNTAX, 1},
    {"[1.0]", DENOISE_ERR_SYNTAX, 1},
    {"[1e3]", DENOISE_ERR_SYNTAX, 1},
    {"[0x1]", DENOISE_ERR_SYNTAX, 1},
    {"[-1]", DENOISE_ERR_RANGE, 1},
    {"[9223372036854775808]", DENOISE_ERR_OVERFLOW, 1},
    {"[/* */1]", DENOISE_ERR_SYNTAX, 1},
    {"[\"a]", DENOISE_ERR_SYNTAX, 4},
    {"[\"\\\"]", DENOISE_ERR_SYNTAX, 5},
    {"[\"\\", DENOISE_ERR_SYNTAX, 2},
    {"[\"\n\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\x1f\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\xff\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\xc3\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\xe2\x82", DENOISE_ERR_SYNTAX, 2},
    {"[\"\xed\xa0\x80\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\\x\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\\u12\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\\u123g\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\\u0000\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\\ud800\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\\udc00\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\\ud800\\u0041\"]", DENOISE_ERR_SYNTAX, 2},
    {"[\"\\ud800\\ud800\"]", DENOISE_ERR_SYNTAX, 2},
    {"[[[[]]]]", DENOISE_ERR_LIMIT, 3},
    {"[[[]], [[]], {\"a\":{}}]", DENOISE_OK, 0},
};

static void strict_syntax(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        size_t size = strlen(verdicts[i].text);
        char *exact = malloc(size > 0 ? size : 1); /* of just that size, for the sanitizer */
        memcpy(exact, verdicts[i].text, size);
        denoise__json it = start(exact, (int64_t)size);
        denoise_status status = walk(&it);
        if (status == DENOISE_OK) status = denoise__json_end(&it);
        free(exact);
        if (status != verdicts[i].status) fail_msg("%s: %s", verdicts[i].text, denoise_last_error());
        if (status == DENOISE_OK) continue;
        if (denoise_last_error_offset() != 8 + verdicts[i].at) fail_msg("%s: %s", verdicts[i].text, denoise_last_error());
        assert_string_equal(denoise_last_error_field(), status == DENOISE_ERR_LIMIT ? "json_depth" : "here");
    }
}

/* What stands behind the value is at the place where it should be. */
static void values_are_passed_over(void **state)
{
    (void)state;
    static const char *const whole[] = {"null",
                                        "true",
                                        "false",
                                        " 1",
                                        "-0",
                                        "0",
                                        "10",
                                        "1.5",
                                        "-1e9",
                                        "0.5E-10",
                                        "\"\"",
                                        "\"a\\\"]\"",
                                        "[]",
                                        "{}",
                                        "[1,2]",
                                        "[[],{}]",
                                        "{\"a\":[{\"b\":null}],\"c\":\"d\"}"};
    static const char *const broken[] = {"",      "nul",        "tru", "1.",  "-",   "1e",       "1e+",
                                         ".5",    "+1",         "NaN", "\"a", "[1",  "[1,]",     "{\"a\"}",
                                         "{1:2}", "{\"a\":1,}", "[1}", "]",   "'a'", "{\"a\":}", "01"};
    char text[200];
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        (void)snprintf(text, sizeof text, "%s,", whole[i]);
        denoise__json it = start(text, (int64_t)strlen(text));
        it.greatest_depth = 8;
        if (denoise__json_skip(&it) != DENOISE_OK) fail_msg("%s: %s", text, denoise_last_error());
        assert_int_equal(it.position, strlen(whole[i]));
        assert_int_equal(it.depth, 0);
    }
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        denoise__json it = start(broken[i], (int64_t)strlen(broken[i]));
        it.greatest_depth = 8;
        if (denoise__json_skip(&it) != DENOISE_ERR_SYNTAX) fail_msg("%s is taken", broken[i]);
    }
    memset(text, '[', sizeof text);
    denoise__json it = start(text, sizeof text);
    assert_int_equal(denoise__json_skip(&it), DENOISE_ERR_LIMIT);
    it = start(text, sizeof text);
    it.greatest_depth = 1000;
    assert_int_equal(denoise__json_skip(&it), DENOISE_ERR_LIMIT);
    assert_int_equal(it.position, 64);
}

static void a_zero_byte_is_no_end(void **state)
{
    (void)state;
    denoise__json it = start("[1]\0", 4);
    assert_int_equal(walk(&it), DENOISE_OK);
    assert_int_equal(denoise__json_end(&it), DENOISE_ERR_SYNTAX);
    it = start("[\"a\0\"]", 6);
    assert_int_equal(walk(&it), DENOISE_ERR_SYNTAX);
    assert_int_equal(denoise_last_error_offset(), 8 + 3);
}

static void texts_are_decoded(void **state)
{
    (void)state;
    static const char text[] = "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20aC\\ud834\\uDD1e\"";
    static const char expected[] = "a\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e";
    char buffer[64];
    int64_t length = 0;
    denoise__json it = start(text, (int64_t)strlen(text));
    assert_int_equal(denoise__json_text(&it, buffer, sizeof buffer, &length), DENOISE_OK);
    assert_int_equal(length, strlen(expected));
    assert_string_equal(buffer, expected);
    /* What does not fit is left out from a character's start; the length is that of all. */
    for (int64_t size = 1; size <= (int64_t)strlen(expected); size++) {
        it.position = 0;
        assert_int_equal(denoise__json_text(&it, buffer, size, &length), DENOISE_OK);
        assert_int_equal(length, strlen(expected));
        assert_true((int64_t)strlen(buffer) < size);
        assert_memory_equal(buffer, expected, strlen(buffer));
    }
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
        cmocka_unit_test(values_are_passed_over),
        cmocka_unit_test(a_zero_byte_is_no_end),
        cmocka_unit_test(texts_are_decoded),
        cmocka_unit_test(quoting),
        cmocka_unit_test(quoting_what_is_no_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
