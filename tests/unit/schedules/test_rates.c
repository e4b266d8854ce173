/* SPDX-License-Identifier: Apache-2.0 */
/* The formulas of decays.c and cosine.c, by the C library's functions, and the places where they bend. */
#include "support/nets.h"
#include <denoise/denoise.h>
#include <math.h>

static void assert_rate(const denoise_schedule *s, int64_t step, double expected)
{
    double got = denoise_schedule_rate(s, step);
    if (!(fabs(got - expected) <= 1e-7 * fabs(expected) + 1e-9)) {
        fail_msg("%s, step %lld: %.9g, expected %.9g", denoise_schedule_class_name(s), (long long)step, got, expected);
    }
    assert_true(got == (double)(float)got);
}

static void exponential(void **state)
{
    (void)state;
    denoise_schedule *smooth = denoise_schedule_exponential_decay(0.1, 7, 0.9, 0);
    denoise_schedule *stairs = denoise_schedule_exponential_decay(0.1, 7, 0.9, 1);
    denoise_schedule *nothing = denoise_schedule_exponential_decay(0.1, 7, 0, 1),
                     *greater = denoise_schedule_exponential_decay(1, 1, 10, 0);
    for (int64_t step = 0; step < 300; step++) {
        assert_rate(smooth, step, 0.1 * pow(0.9, (double)step / 7));
        assert_rate(stairs, step, 0.1 * pow(0.9, floor((double)step / 7)));
        assert_rate(nothing, step, step < 7 ? 0.1 : 0);
    }
    assert_rate(greater, 30, 1e30);
    assert_true(isinf(denoise_schedule_rate(greater, 40)) && isinf(denoise_schedule_rate(greater, INT64_MAX)));
    denoise_schedule_free(smooth), denoise_schedule_free(stairs), denoise_schedule_free(nothing),
        denoise_schedule_free(greater);
}

static void inverse_time(void **state)
{
    (void)state;
    denoise_schedule *smooth = denoise_schedule_inverse_time_decay(0.1, 2.5, 0.5, 0);
    denoise_schedule *stairs = denoise_schedule_inverse_time_decay(0.1, 2.5, 0.5, 1);
    for (int64_t step = 0; step < 100; step++) {
        assert_rate(smooth, step, 0.1 / (1 + 0.5 * (double)step / 2.5));
        assert_rate(stairs, step, 0.1 / (1 + 0.5 * floor((double)step / 2.5)));
    }
    denoise_schedule_free(smooth), denoise_schedule_free(stairs);
}

/* A step that is a boundary belongs to the range before it. */
static void piecewise(void **state)
{
    (void)state;
    const double boundaries[] = {10, 20.5, 30}, values[] = {1, 0.5, 0.25, 0.125};
    denoise_schedule *s = denoise_schedule_piecewise_constant_decay(boundaries, 3, values, 4);
    for (int64_t step = 0; step < 50; step++)
        assert_rate(s, step, step <= 10 ? 1 : step <= 20 ? 0.5 : step <= 30 ? 0.25 : 0.125);
    denoise_schedule_free(s);
}

static void polynomial(void **state)
{
    (void)state;
    denoise_schedule *once = denoise_schedule_polynomial_decay(0.1, 50, 0.01, 1.5, 0);
    denoise_schedule *again = denoise_schedule_polynomial_decay(0.1, 50, 0.01, 1.5, 1);
    denoise_schedule *rises = denoise_schedule_polynomial_decay(0.01, 50, 0.1, 1, 0);
    denoise_schedule *flat = denoise_schedule_polynomial_decay(0.1, 50, 0.01, 0, 0);
    for (int64_t step = 0; step < 170; step++) {
        double s = (double)step, last = step == 0 ? 50 : 50 * ceil(s / 50);
        assert_rate(once, step, (0.1 - 0.01) * pow(1 - fmin(s, 50) / 50, 1.5) + 0.01);
        assert_rate(again, step, (0.1 - 0.01) * pow(1 - s / last, 1.5) + 0.01);
        assert_rate(rises, step, 0.01 + 0.09 * fmin(s, 50) / 50);
        assert_rate(flat, step, 0.1);
    }
    denoise_schedule_free(once), denoise_schedule_free(again), denoise_schedule_free(rises), denoise_schedule_free(flat);
}

static void cosine(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    denoise_schedule *plain = denoise_schedule_cosine_decay(0.1, 40, 0.05, DENOISE_NAN, 0);
    denoise_schedule *warm = denoise_schedule_cosine_decay(0.01, 40, 0, 0.2, 10);
    denoise_schedule *at_once = denoise_schedule_cosine_decay(0.01, 40, 0, 0.2, 0);
    for (int64_t step = 0; step < 80; step++) {
        double s = (double)step, wave = 0.5 * (1 + cos(pi * fmin(s, 40) / 40));
        assert_rate(plain, step, 0.1 * (0.95 * wave + 0.05));
        assert_rate(at_once, step, 0.2 * wave);
        double after = 0.2 * 0.5 * (1 + cos(pi * fmin(s - 10, 40) / 40));
        assert_rate(warm, step, step < 10 ? 0.01 + 0.19 * s / 10 : after);
    }
    denoise_schedule_free(plain), denoise_schedule_free(warm), denoise_schedule_free(at_once);
}

/* By the definition: period after period. */
static double restarted(double step, double first, double t, double m, double alpha)
{
    const double pi = 3.14159265358979323846;
    double begin = 0, length = first, factor = 1;
    while (step >= begin + length) {
        begin += length;
        length *= t;
        factor *= m;
    }
    return 0.1 * ((1 - alpha) * 0.5 * factor * (1 + cos(pi * (step - begin) / length)) + alpha);
}

static void restarts(void **state)
{
    (void)state;
    static const double t[] = {2, 1, 1.5, 3, 1.25}, m[] = {1, 0.8, 0.5, 2, 0};
    for (int i = 0; i < 5; i++) {
        denoise_schedule *s = denoise_schedule_cosine_decay_restarts(0.1, 16, t[i], m[i], 0.1);
        for (int64_t step = 0; step < 2000; step++)
            assert_rate(s, step, restarted((double)step, 16, t[i], m[i], 0.1));
        assert_true(isfinite(denoise_schedule_rate(s, INT64_MAX)) || m[i] > 1);
        denoise_schedule_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential), cmocka_unit_test(inverse_time), cmocka_unit_test(piecewise),
        cmocka_unit_test(polynomial),  cmocka_unit_test(cosine),       cmocka_unit_test(restarts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
