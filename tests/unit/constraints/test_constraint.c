/* SPDX-License-Identifier: Apache-2.0 */
/* Constraints on tensors of the caller's: formulas, extreme numbers, what is refused. */
#include "support/nets.h"
#include <denoise/denoise.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static denoise_tensor *pair(float a, float b)
{
    denoise_tensor *w;
    ASSERT_OK(denoise_tensor_from_data(&w, DENOISE_FLOAT32, (const int64_t[]){2, 1}, 2, (const float[]){a, b}));
    return w;
}

static void check(const char *constraint, float a, float b, double expected_a, double expected_b)
{
    denoise_tensor *w = pair(a, b);
    const float *now = denoise_tensor_const_data(w);
    ASSERT_OK(denoise_constraint_apply(w, constraint, NULL));
    bool near = fabs((double)now[0] - expected_a) <= 2e-7 * fabs(expected_a) &&
                fabs((double)now[1] - expected_b) <= 2e-7 * fabs(expected_b);
    if (!near) fail_msg("%s: (%g, %g), expected (%g, %g)", constraint, (double)now[0], (double)now[1], expected_a, expected_b);
    denoise_tensor_free(w);
}

static void formulas(void **state)
{
    (void)state;
    const double e = 1e-7;
    check("max_norm", 3, 4, 3 * 2 / (5 + e), 4 * 2 / (5 + e));
    check("MaxNorm(max_value=10)", 3, 4, 3 * 5 / (5 + e), 4 * 5 / (5 + e));
    check("max_norm(1, axis=1)", 3, -4, 3 * 1 / (3 + e), -4 * 1 / (4 + e));
    check("max_norm(0)", 3, 4, 0, 0);
    check("unit_norm", 3, -4, 3 / (5 + e), -4 / (5 + e));
    check("unit_norm([0, 1])", 3, 4, 3 / (5 + e), 4 / (5 + e));
    check("unit_norm(axis=[])", 3, -4, 3 / (3 + e), -4 / (4 + e));
    check("min_max_norm", 3, 4, 3 / (5 + e), 4 / (5 + e));
    check("MinMaxNorm(10, 20)", 3, 4, 3 * 10 / (5 + e), 4 * 10 / (5 + e));
    check("min_max_norm(0, 1, rate=0.25)", 3, 4, 3 * (0.25 * 1 + 0.75 * 5) / (5 + e), 4 * (0.25 * 1 + 0.75 * 5) / (5 + e));
    check("non_neg", 3, -4, 3, 0);
    check("NonNeg", -0.0f, 1, 0, 1);
    check("None", -3, 4, -3, 4);
}

/* Squares that float32 has no room for, and none at all. */
static void extreme_numbers(void **state)
{
    (void)state;
    const double root = sqrt(2.0), most = (double)FLT_MAX;
    check("unit_norm", FLT_MAX, FLT_MAX, 1 / root, 1 / root);
    check("max_norm(1)", FLT_MAX, -FLT_MAX, 1 / root, -1 / root);
    check("max_norm(1e38)", FLT_MAX, FLT_MAX, 1e38 / root, 1e38 / root);
    check("min_max_norm(1e38, 1e38)", 1, 0, 1e38 / (1 + 1e-7), 0);
    check("min_max_norm(0, 1, 0)", FLT_MAX, 0, most, 0);
    check("unit_norm", 0, 0, 0, 0);
    check("unit_norm", 1e-30f, 0, 1e-30 / 1e-7, 0);
    denoise_tensor *w = pair(NAN, -1);
    ASSERT_OK(denoise_constraint_apply(w, "non_neg", NULL));
    assert_true(isnan(((const float *)denoise_tensor_const_data(w))[0]));
    assert_true(((const float *)denoise_tensor_const_data(w))[1] == 0);
    denoise_tensor_free(w);
}

static void mistakes_leave_the_weight(void **state)
{
    (void)state;
    denoise_tensor *w = pair(3, -4), *whole;
    denoise_params *params;
    const float before[] = {3, -4};
    ASSERT_OK(denoise_tensor_astype(&whole, w, DENOISE_INT32));
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_int(params, "axis", 2));
    ASSERT_FAILS(denoise_constraint_apply(NULL, "non_neg", NULL), DENOISE_ERR_NULL, "weight");
    ASSERT_FAILS(denoise_constraint_apply(w, NULL, NULL), DENOISE_ERR_NULL, "constraint");
    ASSERT_FAILS(denoise_constraint_apply(w, "no_norm", NULL), DENOISE_ERR_NAME, "no_norm");
    ASSERT_FAILS(denoise_constraint_apply(w, "max_norm(-1)", NULL), DENOISE_ERR_RANGE, "max_value is -1");
    ASSERT_FAILS(denoise_constraint_apply(w, "max_norm(", NULL), DENOISE_ERR_SYNTAX, "");
    ASSERT_FAILS(denoise_constraint_apply(w, "min_max_norm(2, 1)", NULL), DENOISE_ERR_INVALID, "min_value is 2");
    ASSERT_FAILS(denoise_constraint_apply(w, "max_norm(axis=0.5)", NULL), DENOISE_ERR_DTYPE, "axis");
    ASSERT_FAILS(denoise_constraint_apply(w, "max_norm", params), DENOISE_ERR_SHAPE,
                 "max_norm: axis 2 does not exist in a weight of shape (2, 1)");
    ASSERT_FAILS(denoise_constraint_apply(w, "radial_constraint", NULL), DENOISE_ERR_SHAPE, "(n, n, inputs, outputs)");
    ASSERT_FAILS(denoise_constraint_apply(whole, "non_neg", NULL), DENOISE_ERR_DTYPE, "int32");
    assert_memory_equal(denoise_tensor_const_data(w), before, sizeof before);
    denoise_params_free(params);
    denoise_tensor_free(w), denoise_tensor_free(whole);
}

/* A layer's constraint must fit its weights. */
static void layers_refuse_what_does_not_fit(void **state)
{
    (void)state;
    const int64_t two = 2;
    denoise_sequential *s;
    denoise_model *model;
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = "tight";
    options.bias_constraint = "max_norm(axis=1)";
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    (void)denoise_sequential_add(s, denoise_layer_input(&two, 1, NULL));
    (void)denoise_sequential_add(s, denoise_layer_dense(3, NULL, &options));
    ASSERT_FAILS(denoise_sequential_build(&model, s, NULL), DENOISE_ERR_SHAPE,
                 "weight \"bias\": max_norm: axis 1 does not exist in a weight of shape (3,)");
    assert_non_null(strstr(denoise_last_error(), "tight"));
    assert_null(model);
    denoise_sequential_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(formulas), cmocka_unit_test(extreme_numbers),
                                       cmocka_unit_test(mistakes_leave_the_weight),
                                       cmocka_unit_test(layers_refuse_what_does_not_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
