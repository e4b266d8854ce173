/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "core/text.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <string.h>

static void text_grows(void **state)
{
    (void)state;
    denoise__text text = {0};
    for (int i = 0; i < 1000; i++) {
        denoise__text_append(&text, "abc", 2);
        denoise__text_printf(&text, "%d;", i);
    }
    assert_false(text.failed);
    assert_int_equal(text.length, strlen(text.data));
    assert_memory_equal(text.data, "ab0;ab1;ab2;", 12);
    assert_string_equal(text.data + text.length - 6, "ab999;");
    const char *before = text.data;
    denoise__text_clear(&text);
    assert_int_equal(text.length, 0);
    denoise__text_printf(&text, "%.2f", 0.5);
    assert_ptr_equal(text.data, before);
    char *taken;
    assert_int_equal(denoise__text_take(&text, &taken), DENOISE_OK);
    assert_string_equal(taken, "0.50");
    assert_null(text.data);
    denoise_free(taken);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void an_empty_text_can_be_taken(void **state)
{
    (void)state;
    denoise__text text = {0};
    char *taken;
    assert_int_equal(denoise__text_take(&text, &taken), DENOISE_OK);
    assert_string_equal(taken, "");
    denoise_free(taken);
    denoise__text_clear(&text);
    denoise__text_free(&text);
}

static denoise_status build(char **out)
{
    denoise__text text = {0};
    denoise__text_append(&text, "one", 3);
    for (int i = 0; i < 100; i++) {
        denoise__text_printf(&text, " and %d", i);
    }
    return denoise__text_take(&text, out);
}

static void a_lost_allocation_is_told_at_the_end(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t n = 1;; n++) {
            char *text = "untouched";
            failing_alloc_arm(n, for_ever != 0);
            denoise_status status = build(&text);
            if (!failing_alloc_disarm()) {
                assert_int_equal(status, DENOISE_OK);
                denoise_free(text);
                assert_true(n > 3);
                break;
            }
            assert_int_equal(status, DENOISE_ERR_NOMEM);
            assert_null(text);
            assert_int_equal(failing_alloc_live(), 0);
        }
    }
    failing_alloc_remove();
}

static void an_impossible_length_fails(void **state)
{
    (void)state;
    denoise__text text = {0};
    denoise__text_append(&text, "x", SIZE_MAX / 2);
    assert_true(text.failed);
    denoise__text_clear(&text);
    assert_false(text.failed);
    denoise__text_free(&text);
}

static void only_clean_utf8_is_kept(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"plain", "plain"},
        {"tab\there", "tab?here"},
        {"\xC2\xA0\xDF\xBF", "\xC2\xA0\xDF\xBF"},
        {"\xE0\xA0\x80\xEF\xBF\xBF", "\xE0\xA0\x80\xEF\xBF\xBF"},
        {"\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"}, /* beside the surrogates */
        {"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
        {"\x80", "?"},
        {"\xC0\x80", "??"},           /* longer than needed */
        {"\xE0\x9F\xBF", "???"},      /* the same */
        {"\xF0\x8F\xBF\xBF", "????"}, /* the same */
        {"\xF4\x90\x80\x80", "????"}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", "????"}, /* the same */
        {"\xED\xA0\x80", "???"},      /* half of a surrogate pair */
        {"\xE2\x82", "??"},           /* cut */
        {"\xE2\x82(", "?\?("},        /* broken off */
        {"\xC2\x80\xC2\x9F", "????"}, /* control characters of two bytes */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[32];
        strcpy(text, cases[i].text);
        denoise__clean_utf8(text);
        assert_string_equal(text, cases[i].clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(an_empty_text_can_be_taken),
        cmocka_unit_test(a_lost_allocation_is_told_at_the_end),
        cmocka_unit_test(an_impossible_length_fails),
        cmocka_unit_test(only_clean_utf8_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
