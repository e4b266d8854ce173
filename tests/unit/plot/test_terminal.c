/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "unit/plot/arrays.h"
#include <denoise/denoise.h>
#include <math.h>
#include <string.h>

#define BLOCK "\xE2\x96\x80"

static void expect_text(const denoise_tensor *images, const denoise_plot_terminal_options *options, const char *expected)
{
    char *text;
    assert_int_equal(denoise_plot_images_terminal(&text, images, options), DENOISE_OK);
    assert_string_equal(text, expected);
    denoise_free(text);
}

static void plain_text_is_a_ramp(void **state)
{
    (void)state;
    const float values[] = {0, 1.0f / 9, 2.0f / 9, 3.0f / 9, 4.0f / 9, 5.0f / 9, 6.0f / 9, 7.0f / 9, 8.0f / 9, 1, NAN, 5};
    denoise_tensor *images = array_floats(values, 1, 1, 12, -1);
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    options.style = DENOISE_TERMINAL_PLAIN;
    expect_text(images, &options, " .:-=+*#%@?@\n");
    options.colormap = DENOISE_COLORMAP_GRAY; /* ink where the map is black */
    expect_text(images, &options, "@%#*+=-:. ? \n");
    denoise_tensor_free(images);
}

static void colours_change_only_where_they_must(void **state)
{
    (void)state;
    const float values[] = {0, 0, 1, 0, 1, 1}; /* two rows */
    denoise_tensor *images = array_floats(values, 1, 2, 3, -1);
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    expect_text(images, NULL,
                "\x1b[38;2;255;255;255m\x1b[48;2;255;255;255m" BLOCK "\x1b[48;2;0;0;0m" BLOCK "\x1b[38;2;0;0;0m" BLOCK
                "\x1b[0m\n");
    options.style = DENOISE_TERMINAL_256;
    expect_text(images, &options, "\x1b[38;5;231m\x1b[48;5;231m" BLOCK "\x1b[48;5;16m" BLOCK "\x1b[38;5;16m" BLOCK "\x1b[0m\n");
    denoise_tensor_free(images);
}

static void an_odd_row_has_no_lower_half(void **state)
{
    (void)state;
    const float values[] = {0, 0, 1, 1, 0, 0};
    denoise_tensor *images = array_floats(values, 2, 3, 1, -1);
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    options.style = DENOISE_TERMINAL_256;
    options.vmin = 0;
    expect_text(images, &options,
                "\x1b[38;5;231m\x1b[48;5;231m" BLOCK "\x1b[49m \x1b[38;5;16m\x1b[48;5;231m" BLOCK "\x1b[0m\n"
                "\x1b[38;5;16m" BLOCK " \x1b[38;5;231m" BLOCK "\x1b[0m\n");
    denoise_tensor_free(images);
}

/* Each grey of the palette is met by the level that it stands for. */
static void the_palettes_greys_are_nearest(void **state)
{
    (void)state;
    for (int32_t level = 0; level < 256; level++) {
        uint8_t byte = (uint8_t)level;
        denoise_tensor *image = array_bytes(&byte, 1, 1, 1);
        denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
        char *text;
        options.style = DENOISE_TERMINAL_256;
        options.colormap = DENOISE_COLORMAP_GRAY;
        assert_int_equal(denoise_plot_images_terminal(&text, image, &options), DENOISE_OK);
        int32_t index = 0, shown;
        for (const char *digit = text + 7; *digit != 'm'; digit++)
            index = index * 10 + (*digit - '0');
        shown = index == 16 ? 0 : index == 231 ? 255 : 8 + 10 * (index - 232);
        assert_true(index == 16 || index == 231 || (index >= 232 && index <= 255));
        int32_t distance = shown > level ? shown - level : level - shown;
        assert_true(distance <= (level > 238 ? 9 : 5));
        denoise_free(text);
        denoise_tensor_free(image);
    }
}

static void nan_is_light_red(void **state)
{
    (void)state;
    const float value = NAN;
    denoise_tensor *images = array_floats(&value, 1, 1, 1, -1);
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    expect_text(images, &options, "\x1b[38;2;255;150;150m" BLOCK "\x1b[0m\n");
    options.style = DENOISE_TERMINAL_256;
    expect_text(images, &options, "\x1b[38;5;217m" BLOCK "\x1b[0m\n");
    denoise_tensor_free(images);
}

static void images_share_a_line_while_they_fit(void **state)
{
    (void)state;
    const float values[] = {0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1}; /* three of 2 x 2 */
    denoise_tensor *images = array_floats(values, 3, 4, -1, -1);
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    options.style = DENOISE_TERMINAL_PLAIN;
    expect_text(images, &options, "++ ++ @@\n");
    options.columns = 8;
    expect_text(images, &options, "++ ++ @@\n");
    options.columns = 7;
    expect_text(images, &options, "++ ++\n@@\n");
    options.columns = 4;
    options.count = 2;
    expect_text(images, &options, "++\n++\n");
    denoise_tensor_free(images);
}

static void wide_images_are_averaged(void **state)
{
    (void)state;
    const float values[] = {0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0};
    denoise_tensor *images = array_floats(values, 1, 4, 6, -1);
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    options.style = DENOISE_TERMINAL_PLAIN;
    options.columns = 3;
    /* means of 2 x 2 blocks: 0.5 1 0 over 1 0 0.5 */
    expect_text(images, &options, "#+:\n");
    options.columns = 80;
    options.per_row = 40;
    expect_text(images, &options, "+\n");
    denoise_tensor_free(images);
}

static void labels_are_centred(void **state)
{
    (void)state;
    const char *const texts[] = {"7", NULL, "much too long", "a\x1b[31m"};
    denoise_tensor *images = array_zeros(4, 2, 5, -1);
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    options.style = DENOISE_TERMINAL_PLAIN;
    options.labels = texts;
    options.label_count = 4;
    /* what a terminal would obey is made harmless */
    expect_text(images, &options, "                       \n  7         much  a?[31\n");
    options.labels = (const char *const[]){"a\x7f", "a\xC2\x80", "a\xC2\x9F", "a\xC2\xA0"}; /* 127, 128, 159, 160 */
    expect_text(images, &options, "                       \n a?    a?    a?    a\xC2\xA0\n");
    options.labels =
        (const char *const[]){"日", "e\u0301", "日本語", "\u200d\x1b[31m"}; /* by what is seen: 2, 1, 4 of 5 cells */
    expect_text(images, &options, "                       \n 日     e\u0301   日本  \u200d?[31m\n");
    options.labels = (const char *const[]){"~", "a b", "\x1f", "\xEF\xBF\xBD"};
    expect_text(images, &options, "                       \n  ~    a b    ?     \xEF\xBF\xBD\n");
    denoise_tensor_free(images);
}

static void wrong_predictions_are_red(void **state)
{
    (void)state;
    const int32_t guesses[] = {3, 4}, truth[] = {3, 9};
    denoise_tensor *images = array_zeros(2, 1, 5, -1), *predictions = array_ints(guesses, 2, -1),
                   *expected = array_ints(truth, 2, -1);
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    options.predictions = predictions;
    options.expected = expected;
    options.style = DENOISE_TERMINAL_PLAIN;
    expect_text(images, &options, "           \n  3   4 (9)\n");
    options.style = DENOISE_TERMINAL_256;
    char *text;
    assert_int_equal(denoise_plot_images_terminal(&text, images, &options), DENOISE_OK);
    assert_non_null(strstr(text, "\n  3   \x1b[31m4 (9)\x1b[0m\n"));
    denoise_free(text);
    denoise_tensor_free(images);
    denoise_tensor_free(predictions);
    denoise_tensor_free(expected);
}

static void expect_failure(const denoise_tensor *images, const denoise_plot_terminal_options *options, denoise_status status,
                           const char *message)
{
    char *text = (char *)&text;
    assert_int_equal(denoise_plot_images_terminal(&text, images, options), status);
    assert_null(text);
    assert_string_equal(denoise_last_error(), message);
}

static void errors_are_told(void **state)
{
    (void)state;
    denoise_tensor *images = array_zeros(2, 3, 3, -1), *bad = array_zeros(3, -1, -1, -1);
    denoise_plot_terminal_options options;
    assert_int_equal(denoise_plot_images_terminal(NULL, images, NULL), DENOISE_ERR_NULL);
    expect_failure(NULL, NULL, DENOISE_ERR_NULL, "denoise_plot_images_terminal: images is NULL");
    expect_failure(bad, NULL, DENOISE_ERR_SHAPE, "images have shape (3,), expected (n, h * w), (n, h, w) or (n, h, w, 1)");
#define EXPECT(change, status, message)                                                                                        \
    denoise_plot_terminal_options_init(&options);                                                                              \
    options.change;                                                                                                            \
    expect_failure(images, &options, status, message)
    EXPECT(struct_size = 8, DENOISE_ERR_INVALID,
           "denoise_plot_terminal_options: struct_size is 8, expected at least 104; start from "
           "DENOISE_PLOT_TERMINAL_OPTIONS_INIT or "
           "denoise_plot_terminal_options_init()");
    EXPECT(columns = 0, DENOISE_ERR_RANGE, "columns is 0, expected 1 to 10000");
    EXPECT(per_row = 0, DENOISE_ERR_RANGE, "per_row is 0, expected 1 to 10000");
    EXPECT(per_row = 41, DENOISE_ERR_RANGE, "41 images do not fit side by side into 80 columns");
    EXPECT(count = 0, DENOISE_ERR_RANGE, "count is 0, expected at least 1");
    EXPECT(style = 3, DENOISE_ERR_INVALID, "style is 3, expected DENOISE_TERMINAL_TRUECOLOR, _256 or _PLAIN");
    EXPECT(expected = images, DENOISE_ERR_INVALID, "expected is given without predictions to compare it with");
#undef EXPECT
    denoise_plot_terminal_options_init(NULL);
    denoise_tensor_free(images);
    denoise_tensor_free(bad);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void allocations_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_tensor *images = array_zeros(3, 30, 30, -1);
    for (int64_t n = 1;; n++) {
        char *text;
        int64_t live = failing_alloc_live();
        failing_alloc_arm(n, false);
        denoise_status status = denoise_plot_images_terminal(&text, images, NULL);
        if (!failing_alloc_disarm()) {
            assert_int_equal(status, DENOISE_OK);
            assert_true(n > 3);
            denoise_free(text);
            break;
        }
        assert_int_equal(status, DENOISE_ERR_NOMEM);
        assert_null(text);
        assert_int_equal(failing_alloc_live(), live);
    }
    denoise_tensor_free(images);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_a_ramp),
        cmocka_unit_test(colours_change_only_where_they_must),
        cmocka_unit_test(an_odd_row_has_no_lower_half),
        cmocka_unit_test(the_palettes_greys_are_nearest),
        cmocka_unit_test(nan_is_light_red),
        cmocka_unit_test(images_share_a_line_while_they_fit),
        cmocka_unit_test(wide_images_are_averaged),
        cmocka_unit_test(labels_are_centred),
        cmocka_unit_test(wrong_predictions_are_red),
        cmocka_unit_test(errors_are_told),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
