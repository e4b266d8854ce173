/* SPDX-License-Identifier: Apache-2.0 */
/* The library's own fmaf() gives the bits of a right one: in the cases by which the build judges the C library's, and, where
 * that is right, in random ones. */
#include "kernels/fmaf.h"
#include "support/cmocka_test.h"
#include <string.h>

#define main libm_is_wrong
int libm_is_wrong(void);
#include "../../../cmake/probe_fmaf.c"
#undef main

static uint32_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void the_cases_of_the_probe_are_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(bits_of(denoise__fmaf(cases[i][0], cases[i][1], cases[i][2])), bits_of(cases[i][3]));
}

/* Signs of zeros, infinities, NaN. */
static void special_values_are_right(void **state)
{
    (void)state;
    static const float values[] = {
        0.0f,     -0.0f,           1.0f,      -1.0f, 0x1p-149f, -0x1p-149f, 0x1.fffffep-127f, 0x1p-126f,
        INFINITY, 0x1.fffffep127f, -INFINITY, NAN,   0x1p-75f};
    enum { COUNT = sizeof values / sizeof *values };
    if (libm_is_wrong() != 0) skip();
    for (int i = 0; i < COUNT * COUNT * COUNT; i++) {
        volatile float a = values[i % COUNT], b = values[i / COUNT % COUNT], c = values[i / COUNT / COUNT];
        float expected = fmaf(a, b, c), got = denoise__fmaf(a, b, c);
        if (isnan(expected))
            assert_true(isnan(got));
        else
            assert_int_equal(bits_of(got), bits_of(expected));
    }
}

/* A number between a quarter and four, or its negative, with a mantissa of `digits` bits. */
static float some(uint64_t *seed, int digits)
{
    uint32_t exponent = 0x3e800000u + (next(seed) % 4 << 23);
    return float_of((next(seed) & 0x80000000u) | exponent | (next(seed) >> 9 & ~((1u << (24 - digits)) - 1u)));
}

/* The product as a float, times a power of two: near enough to take part in rounding, far enough to be lost before. */
static float beside(uint64_t *seed, float product)
{
    return ldexpf(next(seed) % 2 == 0 ? product : -product, 2 - (int)(next(seed) % 90));
}

/* Any bits; and products of thirteen digits by thirteen, of which every fourth is a tie of floats. */
static void random_cases_are_right(void **state)
{
    (void)state;
    enum { COUNT = 3000000 };
    uint64_t seed = 1;
    if (libm_is_wrong() != 0) skip();
    for (int i = 0; i < COUNT; i++) {
        volatile float a = float_of(next(&seed)), b = float_of(next(&seed)), c = float_of(next(&seed));
        if (i % 3 != 0) {
            a = some(&seed, i % 3 == 1 ? 13 : 24);
            b = some(&seed, i % 3 == 1 ? 13 : 24);
            c = beside(&seed, a * b);
            if (i % 7 == 0) a = ldexpf(a, -70), b = ldexpf(b, -76), c = ldexpf(c, -146); /* subnormal results */
        }
        float expected = fmaf(a, b, c), got = denoise__fmaf(a, b, c);
        if (bits_of(got) != bits_of(expected) && !(isnan(got) && isnan(expected)))
            fail_msg("fmaf(%a, %a, %a) is %a, expected %a", (double)a, (double)b, (double)c, (double)got, (double)expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cases_of_the_probe_are_right),
        cmocka_unit_test(special_values_are_right),
        cmocka_unit_test(random_cases_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
