/* SPDX-License-Identifier: Apache-2.0 */
#include "schedules/power.h"
#include "support/cmocka_test.h"
#include <math.h>

static void assert_close(double got, double expected, double tolerance, double at)
{
    if (!(fabs(got - expected) <= tolerance * fabs(expected))) fail_msg("at %.17g: %.17g, expected %.17g", at, got, expected);
}

static void logarithms(void **state)
{
    (void)state;
    for (double x = 1e-300; x < 1e300; x *= 1.7)
        if (fabs(x - 1) > 0.1) assert_close(denoise__log2(x), log2(x), 1e-14, x);
    for (double x = 0.5; x <= 2; x += 0.001)
        assert_true(fabs(denoise__log2(x) - log2(x)) < 1e-15);
    assert_true(denoise__log2(1) == 0 && denoise__log2(8) == 3 && denoise__log2(0.25) == -2);
}

static void powers(void **state)
{
    (void)state;
    for (double base = 0.001; base < 50; base *= 1.31)
        for (double exponent = -30; exponent <= 30; exponent += 0.37)
            assert_close(denoise__power(base, exponent), pow(base, exponent), 1e-13, base);
    assert_true(denoise__power(0, 0) == 1 && denoise__power(0, 2) == 0 && isinf(denoise__power(0, -1)));
    assert_true(denoise__power(7, 0) == 1 && denoise__power(1, 1e9) == 1);
    assert_true(isinf(denoise__power(2, 1e6)) && denoise__power(0.5, 1e6) == 0);
    assert_true(denoise__power(1.5, 3) == 3.375 && denoise__power(0, 64) == 0 && denoise__power(0, 65) == 0);
    assert_true(denoise__power(2, 10) == 1024 && denoise__power(2, -3) == 0.125);
}

static void cosines(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    for (double x = 0; x < 6; x += 0.0007)
        assert_true(fabs(denoise__cosine_of_pi(x) - cos(pi * x)) < 5e-15);
    assert_true(denoise__cosine_of_pi(0) == 1 && denoise__cosine_of_pi(1) == -1 && denoise__cosine_of_pi(0.5) == 0);
    assert_true(denoise__cosine_of_pi(1.5) == 0 && denoise__cosine_of_pi(2) == 1 && denoise__cosine_of_pi(1e9) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(logarithms), cmocka_unit_test(powers), cmocka_unit_test(cosines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
