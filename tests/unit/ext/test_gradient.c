/* SPDX-License-Identifier: Apache-2.0 */
#include "support/nets.h"
#include "support/test_kinds.h"
#include <denoise/ext.h>
#include <math.h>

static void gradients_of_the_library_agree(void **state)
{
    (void)state;
    double worst;
    const int64_t shape[] = {4, 3};
    test_kinds_add();
    ASSERT_OK(denoise_check_gradient(&worst, "layer", "twelve_weights", NULL, shape, 2, 0.002));
    assert_true(worst >= 0 && worst < 0.002);
    ASSERT_OK(denoise_check_gradient(&worst, "layer", "two_outputs", NULL, NULL, 0, 0.002));
    ASSERT_OK(denoise_check_gradient(&worst, "loss", "binary_crossentropy", NULL, shape, 2, 0.002));
    ASSERT_OK(denoise_check_gradient(&worst, "activation", "softmax", NULL, NULL, 0, 0.002));
    ASSERT_OK(denoise_check_gradient(&worst, "regularizer", "l1_l2", NULL, NULL, 0, 0.002));
    ASSERT_OK(denoise_check_gradient(NULL, "layer", "gaussian_noise", NULL, NULL, 0, 0.002) == DENOISE_ERR_INVALID
                  ? DENOISE_OK
                  : DENOISE_ERR_INTERNAL); /* stddev must be given */
    assert_int_equal(denoise_memory_blocks(), 0);
}

static double off;

static denoise_status forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns, void *user_data)
{
    (void)config, (void)user_data;
    for (int64_t i = 0; i < rows * columns; i++)
        y[i] = x[i] * x[i];
    return DENOISE_OK;
}

static denoise_status backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                               int64_t columns, void *user_data)
{
    (void)config, (void)y, (void)user_data;
    for (int64_t i = 0; i < rows * columns; i++)
        dx[i] = 2 * x[i] * dy[i] * (float)(1 + off);
    return DENOISE_OK;
}

static void what_is_off_is_told_by_how_much(void **state)
{
    (void)state;
    static const double amounts[] = {0, 0.01, 0.1, 1};
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    denoise_ext_activation hooks = DENOISE_EXT_ACTIVATION_INIT;
    kind.name = "squared", hooks.forward = forward, hooks.backward = backward;
    ASSERT_OK(denoise_ext_register("activation", &kind, &hooks, NULL));
    for (int i = 0; i < 4; i++) {
        double worst;
        off = amounts[i];
        denoise_status status = denoise_check_gradient(&worst, "activation", "squared", NULL, NULL, 0, 0.002);
        if (i == 0) ASSERT_OK(status);
        if (i > 0) ASSERT_FAILS(status, DENOISE_ERR_INVALID, "the gradient of \"squared\" for its input is");
        assert_true(fabs(worst - off / (2 + off)) < 0.1 * off + 1e-4); /* of the sum of both */
    }
    ASSERT_OK(denoise_ext_unregister("activation", "squared"));
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void wrong_questions_are_errors(void **state)
{
    (void)state;
    double worst = 3;
    const int64_t shape[] = {3, 0};
    ASSERT_FAILS(denoise_check_gradient(&worst, "metric", "psnr", NULL, NULL, 0, 0.01), DENOISE_ERR_NAME, "has no gradient");
    assert_true(isnan(worst));
    ASSERT_FAILS(denoise_check_gradient(NULL, NULL, "dense", NULL, NULL, 0, 0.01), DENOISE_ERR_NULL, "noun");
    ASSERT_FAILS(denoise_check_gradient(NULL, "layer", NULL, NULL, NULL, 0, 0.01), DENOISE_ERR_NULL, "name");
    ASSERT_FAILS(denoise_check_gradient(NULL, "layer", "danse", NULL, NULL, 0, 0.01), DENOISE_ERR_NAME, "danse");
    ASSERT_FAILS(denoise_check_gradient(NULL, "activation", "None", NULL, NULL, 0, 0.01), DENOISE_ERR_NAME, "None");
    ASSERT_FAILS(denoise_check_gradient(NULL, "layer", "add", NULL, NULL, 0, 0), DENOISE_ERR_RANGE, "tolerance is 0");
    ASSERT_FAILS(denoise_check_gradient(NULL, "layer", "add", NULL, NULL, 0, (double)NAN), DENOISE_ERR_RANGE, "tolerance");
    ASSERT_FAILS(denoise_check_gradient(NULL, "layer", "add", NULL, shape, 8, 0.1), DENOISE_ERR_RANGE, "rank is 8");
    ASSERT_FAILS(denoise_check_gradient(NULL, "layer", "add", NULL, shape, 2, 0.1), DENOISE_ERR_SHAPE, "0 elements");
    ASSERT_FAILS(denoise_check_gradient(NULL, "layer", "flatten", NULL, NULL, 0, 0.1), DENOISE_ERR_UNSUPPORTED,
                 "computes nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_the_library_agree),
        cmocka_unit_test(what_is_off_is_told_by_how_much),
        cmocka_unit_test(wrong_questions_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
