/* SPDX-License-Identifier: Apache-2.0 */
/* The elementary functions: a sample against the C library in double, and special values. tests/exhaustive tries all. */
#include "support/cmocka_test.h"

#include "vector_runs.h"
#include <math.h>
#include <stdio.h>

/* The distance between two neighbouring floats at a value; that of the smallest normal number below it. */
static double spacing(double value)
{
    int exponent;
    frexp(value, &exponent);
    return ldexp(1.0, exponent - 24 < -149 ? -149 : exponent - 24);
}

static double sigmoid_double(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double softplus_double(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double gelu_double(double x)
{
    return x * 0.5 * erfc(-x * 0.70710678118654752);
}

static double silu_double(double x)
{
    return x * sigmoid_double(x);
}

static double mish_double(double x)
{
    return x * tanh(softplus_double(x));
}

/* Every 4093rd float of all that are no NaN: of each power of two as many, 2^20 together. */
static void check_accuracy(const char *name, unary function, double (*reference)(double), double limit, double least)
{
    enum { BLOCK = 1000 };
    static float x[BLOCK], y[BLOCK];
    double worst = 0;
    float worst_at = 0;
    uint64_t bits = 0;
    while (bits < 0x100000000u) {
        int count = 0;
        for (; bits < 0x100000000u && count < BLOCK; bits += 4093) {
            float value = float_of_bits((uint32_t)bits);
            if (!isnan(value)) x[count++] = value;
        }
        function(x, y, count);
        for (int i = 0; i < count; i++) {
            double expected = reference((double)x[i]);
            if (isnan(expected)) {
                assert_true(isnan(y[i]));
                continue;
            }
            if (fabs(expected) > 3.4028235677973366e38) { /* rounds to infinity */
                assert_true(isinf(y[i]) && (y[i] > 0) == (expected > 0));
                continue;
            }
            double error = fabs((double)y[i] - expected) / fmax(spacing(expected), least);
            if (!(error <= worst)) worst = error, worst_at = x[i];
        }
    }
    if (!(worst <= limit)) fail_msg("%s(%a) is %g ulp off", name, (double)worst_at, worst);
    print_message("%s: at most %.3f ulp\n", name, worst);
}

static void elementary_functions_are_accurate(void **state)
{
    (void)state;
    const denoise__vector *v = denoise__vector_table();
    check_accuracy("exp", v->exp, exp, 1.5, 0);
    check_accuracy("log", v->log, log, 1.5, 0);
    check_accuracy("sin", v->sin, sin, 1.5, 0);
    check_accuracy("cos", v->cos, cos, 1.5, 0);
    check_accuracy("sigmoid", v->sigmoid, sigmoid_double, 1.5, 0);
    check_accuracy("tanh", v->tanh, tanh, 1.5, 0);
    check_accuracy("softplus", v->softplus, softplus_double, 1.5, 0);
    check_accuracy("gelu", v->gelu, gelu_double, 2.5, 0);
    check_accuracy("silu", v->silu, silu_double, 2.5, 0x1p-142); /* the sigmoid is subnormal below */
    check_accuracy("mish", v->mish, mish_double, 3, 0);
}

static float at(unary function, float x)
{
    float y;
    function(&x, &y, 1);
    return y;
}

static void special_values(void **state)
{
    (void)state;
    const denoise__vector *v = denoise__vector_table();
    const unary all[] = {v->exp, v->log, v->sin, v->cos, v->sigmoid, v->tanh, v->softplus, v->gelu, v->silu, v->mish};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_true(isnan(at(all[i], NAN)));
        assert_true(isnan(at(all[i], -NAN)));
    }
    assert_true(at(v->exp, INFINITY) == INFINITY);
    assert_true(at(v->exp, -INFINITY) == 0);
    assert_true(at(v->exp, 0) == 1);
    assert_true(at(v->exp, -103.0f) == 0x1p-149f);
    assert_true(at(v->log, INFINITY) == INFINITY);
    assert_true(at(v->log, 0.0f) == -INFINITY && at(v->log, -0.0f) == -INFINITY);
    assert_true(isnan(at(v->log, -1)) && isnan(at(v->log, -INFINITY)));
    assert_true(at(v->log, 1) == 0);
    assert_true(at(v->sigmoid, INFINITY) == 1 && at(v->sigmoid, -INFINITY) == 0 && at(v->sigmoid, 0) == 0.5f);
    assert_true(at(v->tanh, INFINITY) == 1 && at(v->tanh, -INFINITY) == -1);
    assert_true(float_bits(at(v->tanh, -0.0f)) == float_bits(-0.0f));
    assert_true(at(v->tanh, 0x1p-149f) == 0x1p-149f);
    assert_true(at(v->softplus, INFINITY) == INFINITY && at(v->softplus, -INFINITY) == 0);
    assert_true(at(v->softplus, 100) == 100);
    assert_true(at(v->gelu, INFINITY) == INFINITY && isnan(at(v->gelu, -INFINITY)) && at(v->gelu, -20) == 0);
    assert_true(at(v->silu, INFINITY) == INFINITY && isnan(at(v->silu, -INFINITY)) && at(v->silu, -3e38f) == 0);
    assert_true(at(v->mish, INFINITY) == INFINITY && isnan(at(v->mish, -INFINITY)) && at(v->mish, -3e38f) == 0);
    assert_true(at(v->gelu, 3e38f) == 3e38f && at(v->silu, 3e38f) == 3e38f && at(v->mish, 3e38f) == 3e38f);
    assert_true(isnan(at(v->sin, INFINITY)) && isnan(at(v->sin, -INFINITY)) && isnan(at(v->cos, INFINITY)));
    assert_int_equal(float_bits(at(v->sin, -0.0f)), float_bits(-0.0f));
    assert_true(at(v->sin, -0x1p-149f) == -0x1p-149f && at(v->cos, 0) == 1 && at(v->cos, -0x1p-149f) == 1);
}

/* The floats nearest to multiples of pi/2, where the reduction loses most. */
static void arguments_near_multiples_of_half_pi(void **state)
{
    (void)state;
    const denoise__vector *v = denoise__vector_table();
    for (int n = 1; n < 200000; n++) {
        float x = (float)(n * 1.5707963267948966);
        const float near[] = {nextafterf(x, 0), x, nextafterf(x, INFINITY)};
        for (int k = 0; k < 3; k++) {
            double s = sin((double)near[k]), c = cos((double)near[k]);
            assert_true(fabs((double)at(v->sin, near[k]) - s) <= 1.5 * spacing(s));
            assert_true(fabs((double)at(v->cos, near[k]) - c) <= 1.5 * spacing(c));
        }
    }
    const float worst[] = {0x1.47d0fep34f, 0x1.88a25cp3f, 0x1.1b6ed6p96f, 0x1.fffffep127f};
    for (size_t k = 0; k < sizeof worst / sizeof *worst; k++) {
        double s = sin((double)worst[k]), c = cos((double)worst[k]);
        assert_true(fabs((double)at(v->sin, worst[k]) - s) <= 1.5 * spacing(s));
        assert_true(fabs((double)at(v->cos, -worst[k]) - c) <= 1.5 * spacing(c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementary_functions_are_accurate),
        cmocka_unit_test(special_values),
        cmocka_unit_test(arguments_near_multiples_of_half_pi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
