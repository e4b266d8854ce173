/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/font.h"
#include "support/cmocka_test.h"
#include <string.h>

static void glyph_text(uint32_t code, char *out)
{
    denoise__glyph glyph;
    denoise__font_glyph(&glyph, code);
    for (int64_t row = 0; row < DENOISE__FONT_ROWS; row++, out += glyph.width + 1) {
        memcpy(out, glyph.rows[row], (size_t)glyph.width);
        out[glyph.width] = '\n';
    }
    *out = 0;
}

static void every_glyph_is_whole(void **state)
{
    (void)state;
    for (uint32_t code = 32; code <= 127; code++) {
        denoise__glyph glyph;
        denoise__font_glyph(&glyph, code);
        assert_in_range(glyph.width, 2, 11);
        for (int32_t row = 0; row < DENOISE__FONT_ROWS; row++) {
            for (int64_t x = 0; x < glyph.width; x++)
                assert_true(glyph.rows[row][x] == '.' || glyph.rows[row][x] == '#');
            /* a column of blank follows each glyph, and the next cell begins */
            assert_int_equal(glyph.rows[row][glyph.width - 1], '.');
            assert_int_equal(glyph.rows[row][glyph.width], '|');
        }
    }
}

static void glyphs_have_ink_and_differ(void **state)
{
    (void)state;
    char a[256], b[256];
    for (uint32_t code = 32; code <= 127; code++) {
        glyph_text(code, a);
        assert_int_equal(strchr(a, '#') != NULL, code != ' ');
        for (uint32_t other = code + 1; other <= 127; other++) {
            glyph_text(other, b);
            assert_string_not_equal(a, b);
        }
    }
}

static void digits_are_as_wide_as_each_other(void **state)
{
    (void)state;
    for (const char *digit = "0123456789"; *digit != 0; digit++) {
        denoise__glyph glyph;
        denoise__font_glyph(&glyph, (uint32_t)*digit);
        assert_int_equal(glyph.width, 7);
    }
}

static void a_letter_looks_as_drawn(void **state)
{
    (void)state;
    char text[256];
    glyph_text('n', text);
    assert_string_equal(text, ".......\n.......\n#.##...\n##..#..\n#...#..\n#...#..\n#...#..\n#...#..\n#...#..\n"
                              ".......\n.......\n.......\n");
}

static void other_characters_are_a_box(void **state)
{
    (void)state;
    char box[256], other[256];
    const uint32_t codes[] = {0, 31, 128, 0xE9, 0xFFFD, 0x1F600, 0xFFFFFFFF};
    glyph_text(127, box);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        glyph_text(codes[i], other);
        assert_string_equal(other, box);
    }
}

static void expect_codes(const char *text, const uint32_t *codes)
{
    for (;; codes++) {
        int32_t cells;
        assert_int_equal(denoise__font_next(&text, &cells), *codes);
        if (*codes == 0) return;
    }
}

static void utf8_is_decoded(void **state)
{
    (void)state;
    expect_codes("", (uint32_t[]){0});
    expect_codes("a\tb\r\n", (uint32_t[]){'a', ' ', 'b', ' ', ' ', 0});
    expect_codes("\xC2\x80\xDF\xBF", (uint32_t[]){0x80, 0x7FF, 0});
    expect_codes("\xE0\xA0\x80\xEF\xBF\xBF", (uint32_t[]){0x800, 0xFFFF, 0});
    expect_codes("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", (uint32_t[]){0x10000, 0x10FFFF, 0});
}

static void bad_utf8_gives_replacement(void **state)
{
    (void)state;
    expect_codes("\x80x", (uint32_t[]){0xFFFD, 'x', 0});                               /* no start */
    expect_codes("\xC3", (uint32_t[]){0xFFFD, 0});                                     /* cut */
    expect_codes("\xC3(", (uint32_t[]){0xFFFD, '(', 0});                               /* no continuation */
    expect_codes("\xC0\xAF", (uint32_t[]){0xFFFD, 0xFFFD, 0});                         /* overlong */
    expect_codes("\xE0\x80\xAF", (uint32_t[]){0xFFFD, 0xFFFD, 0xFFFD, 0});             /* overlong */
    expect_codes("\xED\xA0\x80", (uint32_t[]){0xFFFD, 0xFFFD, 0xFFFD, 0});             /* surrogate */
    expect_codes("\xF4\x90\x80\x80", (uint32_t[]){0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0}); /* beyond U+10FFFF */
    expect_codes("\xF8\xFF", (uint32_t[]){0xFFFD, 0xFFFD, 0});
}

static void width_adds_up(void **state)
{
    (void)state;
    assert_int_equal(denoise__font_width("", false), 0);
    assert_int_equal(denoise__font_width("0", false), 5);
    assert_int_equal(denoise__font_width("00", false), 12);
    assert_int_equal(denoise__font_width("00", true), 14);
    assert_int_equal(denoise__font_width("\xC3\xA9", false), denoise__font_width("\x7F", false));
}

/* As wide as they are drawn elsewhere; a mark on a letter takes no room of its own, and gets no box. */
static void wide_characters_and_marks(void **state)
{
    (void)state;
    assert_int_equal(denoise__font_width("日", false), 10);
    assert_int_equal(denoise__font_width("日本", false), 22);
    assert_int_equal(denoise__font_width("e\u0301x", false), denoise__font_width("ex", false));
    assert_int_equal(denoise__font_width("\u0301", false), 0);
    char fitted[32];
    denoise__font_fit(fitted, sizeof fitted, "日e\u0301本語", denoise__font_width("日e...", false) + 2, false);
    assert_string_equal(fitted, "日e\u0301..."); /* not between a letter and its mark */
}

static void fit_cuts_with_dots(void **state)
{
    (void)state;
    char buffer[16], small[6];
    denoise__font_fit(buffer, sizeof buffer, "0000", 26, false);
    assert_string_equal(buffer, "0000");
    denoise__font_fit(buffer, sizeof buffer, "0000", 25, false);
    assert_string_equal(buffer, "00...");
    assert_true(denoise__font_width(buffer, false) <= 25);
    denoise__font_fit(buffer, sizeof buffer, "0000", 0, false);
    assert_string_equal(buffer, "...");
    denoise__font_fit(small, sizeof small, "0000000", 1000, false);
    assert_string_equal(small, "00...");
    /* no character is cut in two */
    denoise__font_fit(small, sizeof small, "0\xC3\xA9\xC3\xA9\xC3\xA9", 1000, false);
    assert_string_equal(small, "0...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_glyph_is_whole),
        cmocka_unit_test(glyphs_have_ink_and_differ),
        cmocka_unit_test(digits_are_as_wide_as_each_other),
        cmocka_unit_test(a_letter_looks_as_drawn),
        cmocka_unit_test(other_characters_are_a_box),
        cmocka_unit_test(utf8_is_decoded),
        cmocka_unit_test(bad_utf8_gives_replacement),
        cmocka_unit_test(width_adds_up),
        cmocka_unit_test(wide_characters_and_marks),
        cmocka_unit_test(fit_cuts_with_dots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
