/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/labels.h"
#include "support/cmocka_test.h"
#include "unit/plot/arrays.h"
#include <denoise/memory.h>
#include <math.h>

static void expect_label(const denoise__labels *labels, int64_t index, const char *text, bool wrong)
{
    char buffer[64];
    bool is_wrong;
    assert_int_equal(denoise__labels_get(labels, index, buffer, sizeof buffer, &is_wrong), DENOISE_OK);
    assert_string_equal(buffer, text);
    assert_int_equal(is_wrong, wrong);
}

static void expect_failure(const denoise__labels *labels, int64_t shown, denoise_status status, const char *message)
{
    assert_int_equal(denoise__labels_check(labels, shown), status);
    assert_string_equal(denoise_last_error(), message);
}

static void texts_are_taken(void **state)
{
    (void)state;
    const char *const texts[] = {"one", NULL, ""};
    denoise__labels none = {0}, labels = {.texts = texts, .text_count = 3};
    assert_false(denoise__labels_any(&none));
    assert_int_equal(denoise__labels_check(&none, 5), DENOISE_OK);
    expect_label(&none, 4, "", false);
    assert_true(denoise__labels_any(&labels));
    assert_int_equal(denoise__labels_check(&labels, 3), DENOISE_OK);
    expect_label(&labels, 0, "one", false);
    expect_label(&labels, 1, "", false);
    expect_failure(&labels, 4, DENOISE_ERR_SHAPE, "label_count is 3, too few for the 4 images shown");
}

static void argmax_is_numpys(void **state)
{
    (void)state;
    const float rows[] = {0.1f, 0.7f, 0.7f, -3, -2, -9, NAN, 5, NAN, 1, NAN, 5};
    denoise_tensor *predictions = array_floats(rows, 4, 3, -1, -1);
    denoise__labels labels = {.predictions = predictions};
    assert_int_equal(denoise__labels_check(&labels, 4), DENOISE_OK);
    expect_label(&labels, 0, "1", false);
    expect_label(&labels, 1, "1", false);
    expect_label(&labels, 2, "0", false);
    expect_label(&labels, 3, "1", false);
    denoise_tensor_free(predictions);
}

static void wrong_ones_name_the_right_class(void **state)
{
    (void)state;
    const int32_t guesses[] = {2, 0, 5, 1}, truth[] = {2, 1, 0, -1};
    const char *const names[] = {"T-shirt", "Trouser", NULL};
    denoise_tensor *predictions = array_ints(guesses, 4, -1), *expected = array_ints(truth, 4, 1);
    denoise__labels labels = {.predictions = predictions, .expected = expected};
    assert_int_equal(denoise__labels_check(&labels, 4), DENOISE_OK);
    expect_label(&labels, 0, "2", false);
    expect_label(&labels, 1, "0 (1)", true);
    labels.class_names = names;
    labels.class_count = 3;
    expect_label(&labels, 0, "2", false);
    expect_label(&labels, 1, "T-shirt (Trouser)", true);
    expect_label(&labels, 2, "5 (T-shirt)", true);
    expect_label(&labels, 3, "Trouser (-1)", true);
    denoise_tensor_free(predictions);
    denoise_tensor_free(expected);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    const char *const texts[] = {"0123456789"};
    char buffer[8];
    bool wrong;
    denoise__labels labels = {.texts = texts, .text_count = 1};
    assert_int_equal(denoise__labels_get(&labels, 0, buffer, sizeof buffer, &wrong), DENOISE_OK);
    assert_string_equal(buffer, "0123456");
}

static void shapes_are_checked(void **state)
{
    (void)state;
    const char *const texts[] = {"x"};
    denoise_tensor *three = array_zeros(3, -1, -1, -1), *rows = array_zeros(3, 2, -1, -1), *cube = array_zeros(3, 2, 2, -1),
                   *none = array_zeros(3, 0, -1, -1);
    expect_failure(&(denoise__labels){.predictions = cube}, 3, DENOISE_ERR_SHAPE,
                   "predictions has shape (3, 2, 2), expected (n, classes) or (n)");
    expect_failure(&(denoise__labels){.predictions = none}, 3, DENOISE_ERR_SHAPE,
                   "predictions has shape (3, 0), expected (n, classes) or (n)");
    expect_failure(&(denoise__labels){.predictions = rows}, 4, DENOISE_ERR_SHAPE,
                   "predictions has shape (3, 2), too few for the 4 images shown");
    expect_failure(&(denoise__labels){.predictions = rows, .expected = rows}, 3, DENOISE_ERR_SHAPE,
                   "expected has shape (3, 2), expected (n) or (n, 1)");
    expect_failure(&(denoise__labels){.expected = three}, 3, DENOISE_ERR_INVALID,
                   "expected is given without predictions to compare it with");
    expect_failure(&(denoise__labels){.texts = texts, .text_count = 1, .predictions = rows}, 1, DENOISE_ERR_INVALID,
                   "labels and predictions are both given, expected one of them");
    expect_failure(&(denoise__labels){.predictions = rows, .class_names = texts, .class_count = -1}, 1, DENOISE_ERR_RANGE,
                   "class_count is -1, expected at least 0");
    denoise_tensor_free(three);
    denoise_tensor_free(rows);
    denoise_tensor_free(cube);
    denoise_tensor_free(none);
}

static void classes_are_whole_numbers(void **state)
{
    (void)state;
    const float values[] = {1.5f, NAN, INFINITY};
    char buffer[64];
    bool wrong;
    denoise_tensor *predictions = array_floats(values, 3, -1, -1, -1);
    denoise__labels labels = {.predictions = predictions};
    for (int64_t i = 0; i < 3; i++)
        assert_int_equal(denoise__labels_get(&labels, i, buffer, sizeof buffer, &wrong), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "predictions has inf at 2, expected the number of a class");
    denoise_tensor_free(predictions);
    assert_int_equal(denoise_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_taken),
        cmocka_unit_test(argmax_is_numpys),
        cmocka_unit_test(wrong_ones_name_the_right_class),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(shapes_are_checked),
        cmocka_unit_test(classes_are_whole_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
