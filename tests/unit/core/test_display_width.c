/* SPDX-License-Identifier: Apache-2.0 */
/* Widths as rich 15.0.0's cell_len counts them. */
#include "core/display_width.h"
#include "support/cmocka_test.h"
#include "support/hash.h"
#include <stdbool.h>
#include <string.h>

static void widths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t cells;
    } cases[] = {
        {"", 0},
        {"dense_1", 7},
        {"日本語", 6},
        {"Ａｂ", 4},                                       /* full width letters */
        {"\uff76\uff9e", 2},                               /* half width kana, with a mark that has a cell of its own */
        {"한글", 4},                                       /* syllables */
        {"\u1112\u1161\u11ab", 2},                         /* the same, of jamo */
        {"e\u0301te\u0301", 3},                            /* combining accents */
        {"\u0e01\u0e47", 1},                               /* Thai, with a mark above */
        {"\U0001f600", 2},                                 /* a face */
        {"\U0001f468\u200d\U0001f469\u200d\U0001f467", 2}, /* a family, joined */
        {"\u2764", 1},
        {"\u2764\ufe0f", 2}, /* a heart as a picture */
        {"\u2764\ufe0f\ufe0f", 2},
        {"1\ufe0f\u20e3", 2}, /* a key */
        {"a\ufe0f", 1},
        {"\U0001f1e9\U0001f1ea", 2}, /* a flag, of two letters */
        {"\U0001f44d\U0001f3fd", 2}, /* a hand, and its colour */
        {"x\u200by", 2},
        {"━━", 2},
        {"…", 1},
        {"\u0301", 0},
        {"\u200d", 0},
        {"\xff\xfe", 2},
        {"\U0003fffd\U000e0001", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (denoise__display_width(cases[i].text) != cases[i].cells) {
            fail_msg("\"%s\" has %d cells, expected %d", cases[i].text, (int)denoise__display_width(cases[i].text),
                     (int)cases[i].cells);
        }
    }
}

static size_t encode(uint32_t code, char *to)
{
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3F));
    to[0] = (char)(lead[size] | code);
    to[size] = 0;
    return size;
}

/* Every code point by itself and as a picture: a hash of all widths, which rich's cell_len gives too. */
static void widths_of_all_code_points(void **state)
{
    (void)state;
    uint64_t hash = HASH_START;
    for (uint32_t code = 1; code < 0x110000; code++) {
        char text[8];
        bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0); /* has no width to rich, and one to us */
        if (is_control || (code >= 0xD800 && code < 0xE000)) continue;  /* surrogates are no characters */
        size_t size = encode(code, text);
        hash = (hash ^ (uint64_t)denoise__display_width(text)) * HASH_PRIME;
        memcpy(text + size, "\ufe0f", 4);
        hash = (hash ^ (uint64_t)denoise__display_width(text)) * HASH_PRIME;
    }
    if (hash != 0x17BF8291079CF6FEU) fail_msg("the widths' hash is 0x%llX", (unsigned long long)hash);
}

static void characters_are_whole(void **state)
{
    (void)state;
    const char *text = "e\u0301日\U0001f468\u200d\U0001f469x", *at = text;
    assert_int_equal(denoise__display_next(&at), 1);
    assert_int_equal(at - text, 3);
    assert_int_equal(denoise__display_next(&at), 2);
    assert_int_equal(at - text, 6);
    assert_int_equal(denoise__display_next(&at), 2);
    assert_int_equal(at - text, 17);
    assert_int_equal(denoise__display_next(&at), 1);
    assert_int_equal(denoise__display_next(&at), 0);
    assert_int_equal(denoise__display_next(&at), 0); /* stays at the end */
    assert_string_equal(at, "");
    at = "a\u200d"; /* joined to nothing */
    assert_int_equal(denoise__display_next(&at), 1);
    assert_string_equal(at, "");
}

static void codes(void **state)
{
    (void)state;
    const char *text = "a\u00e9日\U0001f600\xc0\xaf\xed\xa0\x80\xe6\x97";
    static const uint32_t expected[] = {'a',    0xe9,   0x65e5, 0x1f600, 0xfffd, 0xfffd, 0xfffd,
                                        0xfffd, 0xfffd, 0xfffd, 0xfffd,  0,      0};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(denoise__utf8_next(&text), expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths),
        cmocka_unit_test(widths_of_all_code_points),
        cmocka_unit_test(characters_are_whole),
        cmocka_unit_test(codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
