/* SPDX-License-Identifier: Apache-2.0 */
#include "initializer_make.h"

static void check_all(const char *text, float expected)
{
    static const denoise__shape shape = {2, {3, 4}};
    float values[12];
    fill_by_text(text, &shape, 1, 2, values);
    for (int i = 0; i < 12; i++)
        assert_true(values[i] == expected);
}

static void all_are_one_number(void **state)
{
    (void)state;
    check_all("zeros", 0);
    check_all("ones", 1);
    check_all("constant", 0);
    check_all("constant(-2.5)", -2.5F);
    check_all("constant(value=0.1)", 0.1F);
}

static void a_number_is_a_shape_too(void **state)
{
    (void)state;
    static const denoise__shape number = {0, {0}}, empty = {1, {0}};
    float value = -1;
    fill_by_text("ones", &empty, 1, 2, &value);
    assert_true(value == -1);
    fill_by_text("ones", &number, 1, 2, &value);
    assert_true(value == 1);
}

static void bad_parameters(void **state)
{
    (void)state;
    expect_bad_text("constant(value=[1])", DENOISE_ERR_DTYPE, "constant: value is a list of whole numbers, expected a number");
    expect_bad_text("zeros(value=1)", DENOISE_ERR_NAME, "zeros: unknown parameter \"value\"; it has none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_one_number),
        cmocka_unit_test(a_number_is_a_shape_too),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
