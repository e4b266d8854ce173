/* SPDX-License-Identifier: Apache-2.0 */
/* What Keras 3.15.1 with rich 15.0.0 prints. One thing of rich is left out: a line of wide characters that fills its cell to
 * the last place would lose its end there, because rich takes the blank behind it for a part of the line. */
#include "models/table.h"
#include "support/cmocka_test.h"
#include "support/nets.h"
#include <string.h>

static void expect(const char *const *names, int64_t count, int64_t line_length, int32_t show_trainable, const char *expected)
{
    char *text;
    denoise_model *model;
    denoise_sequential *sequential;
    ASSERT_OK(denoise_sequential_new(&sequential, "s"));
    ASSERT_OK(denoise_sequential_add(sequential, denoise_layer_input((int64_t[]){3}, 1, NULL)));
    for (int64_t i = 0; i < count; i++) {
        denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
        options.name = names[i];
        ASSERT_OK(denoise_sequential_add(sequential, denoise_layer_dense(2, NULL, &options)));
    }
    ASSERT_OK(denoise_sequential_build(&model, sequential, NULL));
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    options.line_length = line_length;
    options.show_trainable = show_trainable;
    ASSERT_OK(denoise_model_summary(&text, model, &options));
    char *table = strchr(text, '\n') + 1, *totals = strstr(text, " Total");
    assert_non_null(totals);
    *totals = '\0';
    assert_string_equal(table, expected);
    denoise_free(text);
    denoise_model_free(model);
    denoise_sequential_free(sequential);
}

static void wide_names_keep_the_border(void **state)
{
    (void)state;
    const char *const names[] = {"日本語レイヤー", "dense", "e\u0301te\u0301", "😀👨\u200d👩\u200d👧x", "❤\ufe0f"};
    expect(names, 5, 80, 0,
           "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
           "┃ Layer (type)                      ┃ Output Shape             ┃       Param # ┃\n"
           "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
           "│ 日本語レイヤー (Dense)            │ (None, 2)                │             8 │\n"
           "├───────────────────────────────────┼──────────────────────────┼───────────────┤\n"
           "│ dense (Dense)                     │ (None, 2)                │             6 │\n"
           "├───────────────────────────────────┼──────────────────────────┼───────────────┤\n"
           "│ e\u0301te\u0301 (Dense)                       │ (None, 2)                │             6 │\n"
           "├───────────────────────────────────┼──────────────────────────┼───────────────┤\n"
           "│ 😀👨\u200d👩\u200d👧x (Dense)                     │ (None, 2)                │             6 │\n"
           "├───────────────────────────────────┼──────────────────────────┼───────────────┤\n"
           "│ ❤\ufe0f (Dense)                        │ (None, 2)                │             6 │\n"
           "└───────────────────────────────────┴──────────────────────────┴───────────────┘\n");
}

static void wide_words_are_wrapped_and_cut(void **state)
{
    (void)state;
    const char *const names[] = {"a 日本 語レイ ヤー日本語レイヤー日本"};
    expect(names, 1, 45, 0,
           "┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━┓\n"
           "┃                   ┃              ┃  Param ┃\n"
           "┃ Layer (type)      ┃ Output Shape ┃      # ┃\n"
           "┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━┩\n"
           "│ a 日本 語レイ     │ (None, 2)    │      8 │\n"
           "│ ヤー日本語レイヤ… │              │        │\n"
           "│ (Dense)           │              │        │\n"
           "└───────────────────┴──────────────┴────────┘\n");
}

static void half_of_a_wide_character_is_blank(void **state)
{
    (void)state;
    const char *const names[] = {"日本語レイヤー日本語レイ"};
    expect(names, 1, 44, 0,
           "┏━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━┓\n"
           "┃                  ┃              ┃  Param ┃\n"
           "┃ Layer (type)     ┃ Output Shape ┃      # ┃\n"
           "┡━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━┩\n"
           "│ 日本語レイヤー … │ (None, 2)    │      8 │\n"
           "│ (Dense)          │              │        │\n"
           "└──────────────────┴──────────────┴────────┘\n");
}

static void headers_of_two_lines_end_below(void **state)
{
    (void)state;
    const char *const names[] = {"dense"};
    expect(names, 1, 40, 1,
           "┏━━━━━━━━━━━━━━━┳━━━━━━━━━━━┳━━━━━━┳━━━┓\n"
           "┃               ┃ Output    ┃ Par… ┃   ┃\n"
           "┃ Layer (type)  ┃ Shape     ┃    # ┃ … ┃\n"
           "┡━━━━━━━━━━━━━━━╇━━━━━━━━━━━╇━━━━━━╇━━━┩\n"
           "│ dense (Dense) │ (None, 2) │    8 │ Y │\n"
           "└───────────────┴───────────┴──────┴───┘\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_names_keep_the_border),
        cmocka_unit_test(wide_words_are_wrapped_and_cut),
        cmocka_unit_test(half_of_a_wide_character_is_blank),
        cmocka_unit_test(headers_of_two_lines_end_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
