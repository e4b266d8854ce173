/* SPDX-License-Identifier: Apache-2.0 */
#include "initializer_make.h"

static float values[784 * 256];

/* Every limit is nearly reached and never passed; the variance is the formula's. */
static void check_uniform(const char *text, int64_t in, int64_t out, double limit)
{
    denoise__shape shape = {2, {in, out}};
    int64_t count = in * out;
    fill_by_text(text, &shape, 3, 4, values);
    figures f = figures_of(values, count);
    assert_true(f.high < (double)(float)limit && f.low >= -(double)(float)limit);
    assert_true(f.high > limit * (1 - 20 / (double)count) && f.low < -limit * (1 - 20 / (double)count));
    assert_true(fabs(f.variance - limit * limit / 3) < 5 * limit * limit / 3 * sqrt(0.8 / (double)count));
}

static void limits_of_the_notebook(void **state)
{
    (void)state;
    check_uniform("glorot_uniform", 784, 256, 0.0759555);
    check_uniform("glorot_uniform", 256, 256, 0.1082532);
    check_uniform("glorot_uniform", 256, 10, 0.1501879);
    check_uniform("glorot_uniform", 784, 64, 0.0841158);
    check_uniform("he_uniform", 784, 256, sqrt(6.0 / 784));
    check_uniform("he_uniform", 256, 10, sqrt(6.0 / 256));
}

/* The truncated distribution has the variance that was asked for and ends at 2 sigma / 0.8796. */
static void check_normal(const char *text, int64_t in, int64_t out, double variance)
{
    denoise__shape shape = {2, {in, out}};
    int64_t count = in * out;
    fill_by_text(text, &shape, 3, 4, values);
    figures f = figures_of(values, count);
    double limit = 2 * sqrt(variance) / .87962566103423978;
    assert_true(fabs(f.mean) < 5 * sqrt(variance / (double)count));
    assert_true(fabs(f.variance - variance) < 5 * variance * sqrt(1.37 / (double)count));
    assert_true(f.high <= limit * (1 + 1e-7) && f.low >= -limit * (1 + 1e-7));
    assert_true(f.high > 0.98 * limit && f.low < -0.98 * limit);
}

static void variances(void **state)
{
    (void)state;
    check_normal("glorot_normal", 784, 256, 2.0 / (784 + 256));
    check_normal("glorot_normal", 256, 64, 2.0 / (256 + 64));
    check_normal("he_normal", 784, 256, 2.0 / 784);
    check_normal("he_normal", 64, 784, 2.0 / 64);
}

/* fan 0 counts as 1, as in Keras */
static void no_inputs_are_no_division_by_zero(void **state)
{
    (void)state;
    static const denoise__shape number = {0, {0}};
    fill_by_text("he_uniform", &number, 3, 4, values);
    assert_true(fabs((double)values[0]) <= sqrt(6.0));
}

static void bad_parameters(void **state)
{
    (void)state;
    expect_bad_text("glorot_uniform(input_axes=[0])", DENOISE_ERR_UNSUPPORTED,
                    "glorot_uniform: input_axes and output_axes are given, only None is supported");
    expect_bad_text("he_normal(seed=1.5)", DENOISE_ERR_DTYPE, "he_normal: seed is 1.5, expected a whole number or None");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_of_the_notebook),
        cmocka_unit_test(variances),
        cmocka_unit_test(no_inputs_are_no_division_by_zero),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
