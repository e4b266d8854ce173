/* SPDX-License-Identifier: Apache-2.0 */
#include "initializer_make.h"

enum { COUNT = 100000 };
static const denoise__shape shape = {1, {COUNT}};
static float values[COUNT];

/* 5 standard deviations of mean and variance of COUNT numbers; kurtosis is that of the distribution. */
static void check_moments(figures f, double mean, double variance, double kurtosis)
{
    assert_true(fabs(f.mean - mean) < 5 * sqrt(variance / COUNT));
    assert_true(fabs(f.variance - variance) < 5 * variance * sqrt((kurtosis - 1) / COUNT));
}

static void uniform(void **state)
{
    (void)state;
    fill_by_text("random_uniform", &shape, 1, 2, values);
    figures f = figures_of(values, COUNT);
    check_moments(f, 0, 0.01 / 12, 1.8);
    assert_true(f.low >= (double)-0.05F && f.high < (double)0.05F);
    assert_true(f.low < -0.0499 && f.high > 0.0499);
    fill_by_text("random_uniform(2, 5)", &shape, 1, 2, values);
    f = figures_of(values, COUNT);
    check_moments(f, 3.5, 9.0 / 12, 1.8);
    assert_true(f.low >= 2 && f.high < 5);
}

static void normal(void **state)
{
    (void)state;
    fill_by_text("random_normal", &shape, 1, 2, values);
    check_moments(figures_of(values, COUNT), 0, 0.05 * 0.05, 3);
    fill_by_text("random_normal(mean=1, stddev=2)", &shape, 1, 2, values);
    figures f = figures_of(values, COUNT);
    check_moments(f, 1, 4, 3);
    assert_true(f.high > 1 + 3 * 2); /* not truncated */
}

/* The standard normal distribution truncated at -2 and 2 has the standard deviation 0.87962566 and the kurtosis 2.37. */
static void truncated(void **state)
{
    (void)state;
    double sigma = 0.87962566103423978;
    fill_by_text("truncated_normal(mean=1, stddev=1)", &shape, 1, 2, values);
    figures f = figures_of(values, COUNT);
    check_moments(f, 1, sigma * sigma, 2.37);
    assert_true(f.low >= -1 && f.high <= 3);
    assert_true(f.low < -0.99 && f.high > 2.99);
    int64_t inside = 0;
    for (int64_t i = 0; i < COUNT; i++)
        inside += fabsf(values[i] - 1) < 1;
    double share = 0.6826894921370859 / 0.9544997361036416; /* P(|z| < 1) / P(|z| < 2) */
    assert_true(fabs((double)inside / COUNT - share) < 5 * sqrt(share * (1 - share) / COUNT));
}

static void no_width(void **state)
{
    (void)state;
    static const denoise__shape few = {1, {3}};
    fill_by_text("random_normal(3, 0)", &few, 1, 2, values);
    assert_true(values[0] == 3 && values[2] == 3);
    fill_by_text("truncated_normal(3, 0)", &few, 1, 2, values);
    assert_true(values[0] == 3 && values[2] == 3);
    fill_by_text("random_uniform(3, 3)", &few, 1, 2, values);
    assert_true(values[0] == 3 && values[2] == 3);
}

static void bad_parameters(void **state)
{
    (void)state;
    expect_bad_text("random_uniform(2, 1)", DENOISE_ERR_RANGE,
                    "random_uniform: minval is 2 and maxval is 1, expected minval <= maxval");
    expect_bad_text("random_normal(stddev=-1)", DENOISE_ERR_RANGE, "random_normal: stddev is -1, expected stddev >= 0");
    expect_bad_text("random_normal(seed=-2)", DENOISE_ERR_RANGE, "random_normal: seed is -2, expected seed >= 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform),  cmocka_unit_test(normal),         cmocka_unit_test(truncated),
        cmocka_unit_test(no_width), cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
