/* SPDX-License-Identifier: Apache-2.0 */
#include "regularizers/regularizer.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static const float w[] = {1, -2, 0, 0.5F, -0.25F, 3, -4, 0, 1, 2, -0.0F};
enum { COUNT = sizeof w / sizeof *w };

static void check(const char *text, double l1, double l2)
{
    denoise__kind_ref ref;
    float gradient[COUNT];
    double expected = 0, penalty;
    assert_int_equal(denoise__kind_ref_make(&ref, &denoise__regularizer_registry, text, NULL), DENOISE_OK);
    for (int i = 0; i < COUNT; i++) {
        expected += l1 * fabs((double)w[i]) + l2 * (double)w[i] * (double)w[i];
        gradient[i] = 10;
    }
    assert_int_equal(denoise__regularizer_penalty(&ref, w, COUNT, &penalty), DENOISE_OK);
    assert_true(fabs(penalty - expected) < 1e-12);
    assert_int_equal(denoise__regularizer_add_gradient(&ref, w, gradient, COUNT), DENOISE_OK);
    for (int i = 0; i < COUNT; i++) {
        double sign = w[i] > 0 ? 1 : w[i] < 0 ? -1 : 0;
        assert_true(fabs((double)gradient[i] - (10 + l1 * sign + 2 * l2 * (double)w[i])) < 2e-6);
    }
    denoise__kind_ref_clear(&ref);
}

static void penalties_and_gradients(void **state)
{
    (void)state;
    check("l1", 0.01, 0);
    check("l1(0.5)", 0.5, 0);
    check("l2", 0, 0.01);
    check("L2(l2=0.25)", 0, 0.25);
    check("l1l2", 0, 0);
    check("l1_l2(l1=0.5, l2=0.25)", 0.5, 0.25);
    check("L1L2(l2=0.1)", 0, 0.1);
}

static void bad_parameters(void **state)
{
    (void)state;
    denoise__kind_ref ref;
    assert_int_equal(denoise__kind_ref_make(&ref, &denoise__regularizer_registry, "l2(-1)", NULL), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "l2: l2 is -1, expected l2 >= 0");
    assert_int_equal(denoise__kind_ref_make(&ref, &denoise__regularizer_registry, "l1(1e999)", NULL), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "l1: l1 is inf, expected a finite number");
    assert_int_equal(denoise__kind_ref_make(&ref, &denoise__regularizer_registry, "l3", NULL), DENOISE_ERR_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(penalties_and_gradients),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
