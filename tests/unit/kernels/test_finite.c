/* SPDX-License-Identifier: Apache-2.0 */
/* Magnitudes and the first number that is not finite, in arrays of one piece of work and of many. */
#include "kernels/finite.h"
#include "support/cmocka_test.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { MANY = 200000 };

static void magnitudes(void **state)
{
    (void)state;
    const float values[] = {0.5f, -3.0f, 2.0f, -0.0f};
    assert_true(denoise__greatest(values, 4) == 3.0f);
    assert_true(denoise__greatest(values, 1) == 0.5f);
    assert_true(denoise__greatest(values, 0) == 0.0f);
    assert_true(denoise__greatest(values + 3, 1) == 0.0f);
    assert_true(denoise__top_magnitude(denoise__top_bits(values, 4)) == 3.0f);
    assert_int_equal(denoise__top_bits(values, 0), 0);
}

static void what_is_not_finite(void **state)
{
    (void)state;
    static const float odd[] = {INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        float values[] = {1.0f, FLT_MAX, odd[i], -FLT_MAX};
        assert_true(denoise__all_finite(values, 2));
        assert_false(denoise__all_finite(values, 4));
        assert_false(isfinite(denoise__greatest(values, 3)));
        assert_true(denoise__top_bits(values, 4) >= 0x7f800000u);
        assert_int_equal(denoise__first_nonfinite(values, 4), 2);
        assert_int_equal(denoise__first_nonfinite(values, 2), -1);
    }
}

static void the_first_of_many(void **state)
{
    (void)state;
    static const int64_t places[] = {0, 65535, 65536, 131072, MANY - 1};
    float *values = calloc(MANY, sizeof *values);
    assert_non_null(values);
    assert_int_equal(denoise__first_nonfinite(values, MANY), -1);
    values[MANY - 1] = NAN;
    for (size_t i = sizeof places / sizeof *places; i-- > 0;) {
        values[places[i]] = i % 2 == 0 ? NAN : -INFINITY;
        assert_int_equal(denoise__first_nonfinite(values, MANY), places[i]);
    }
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(magnitudes),
        cmocka_unit_test(what_is_not_finite),
        cmocka_unit_test(the_first_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
