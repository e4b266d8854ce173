/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax along every axis and over sets of them, against sums in double. */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <string.h>

enum { A = 2, B = 3, C = 5, SIZE = A * B * C, BATCH = 4 };
static const denoise__shape shape = {3, {A, B, C}};

static denoise_layer *softmax_over(const int64_t *axes, int64_t count)
{
    denoise_params *params;
    denoise_layer *layer;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_ints(params, "axis", axes, count), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, "Softmax", params), DENOISE_OK);
    denoise_params_free(params);
    return layer;
}

/* Which group element `at` of a sample is in, where the axes of the bits of `over` are taken together. */
static int64_t group_of(unsigned over, int64_t at)
{
    int64_t a = at / (B * C), b = at / C % B, c = at % C;
    return ((over & 1) != 0 ? 0 : a) * 100 + ((over & 2) != 0 ? 0 : b) * 10 + ((over & 4) != 0 ? 0 : c);
}

static void check(denoise_layer *layer, unsigned over)
{
    layer_run run;
    layer_run_make(&run, layer, &shape, 1, BATCH);
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int64_t i = 0; i < BATCH * SIZE; i++) {
        const float *x = run.inputs[0] + i / SIZE * SIZE, *y = run.output + i / SIZE * SIZE;
        const float *dy = run.output_gradient + i / SIZE * SIZE;
        double sum = 0, mean = 0;
        for (int64_t k = 0; k < SIZE; k++) {
            if (group_of(over, k) != group_of(over, i % SIZE)) continue;
            sum += exp((double)x[k]);
            mean += (double)dy[k] * (double)y[k];
        }
        double expected = exp((double)x[i % SIZE]) / sum;
        assert_true(fabs((double)run.output[i] - expected) < 3e-7);
        assert_true(fabs((double)run.input_gradients[0][i] - expected * ((double)dy[i % SIZE] - mean)) < 6e-7);
    }
    float *dx = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    run.input_gradients[0] = dx;
    layer_run_check_gradients(&run, 0.01, 2e-3);
    layer_run_free(&run);
}

static void along_each_axis(void **state)
{
    (void)state;
    for (int32_t axis = 1; axis <= 3; axis++) {
        check(denoise_layer_softmax(axis, NULL), 1u << (axis - 1));
        check(denoise_layer_softmax(axis - 4, NULL), 1u << (axis - 1));
    }
}

static void over_several_axes(void **state)
{
    (void)state;
    check(softmax_over((const int64_t[]){1, 2}, 2), 3);
    check(softmax_over((const int64_t[]){3, 1}, 2), 5);
    check(softmax_over((const int64_t[]){-1, -2}, 2), 6);
    check(softmax_over((const int64_t[]){2, -1, 1}, 3), 7);
    check(softmax_over((const int64_t[]){2, 2}, 2), 2);
}

static void lengths_of_one(void **state)
{
    (void)state;
    static const denoise__shape flat = {3, {1, 6, 1}};
    layer_run run;
    layer_run_make(&run, denoise_layer_softmax(-1, NULL), &flat, 1, 2);
    layer_run_forward(&run);
    for (int i = 0; i < 12; i++)
        assert_true(run.output[i] == 1);
    layer_run_free(&run);
    layer_run_make(&run, denoise_layer_softmax(2, NULL), &flat, 1, 2);
    layer_run_forward(&run);
    for (int r = 0; r < 2; r++) {
        double sum = 0;
        for (int i = 0; i < 6; i++)
            sum += (double)run.output[6 * r + i];
        assert_true(fabs(sum - 1) < 3e-7);
    }
    layer_run_free(&run);
}

static void nan_and_infinity(void **state)
{
    (void)state;
    static const denoise__shape square = {2, {3, 2}};
    layer_run run;
    layer_run_make(&run, denoise_layer_softmax(1, NULL), &square, 1, 1);
    memcpy(run.inputs[0], (const float[]){1, 1, NAN, -INFINITY, 2, 1}, 6 * sizeof(float));
    layer_run_forward(&run);
    assert_true(isnan(run.output[0]) && isnan(run.output[2]) && isnan(run.output[4]));
    assert_true(run.output[1] == 0.5f && run.output[3] == 0 && run.output[5] == 0.5f);
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const denoise__shape image = {3, {12, 11, 10}};
    for (int32_t axis = 1; axis <= 3; axis++) {
        layer_run run;
        layer_run_make(&run, denoise_layer_softmax(axis, NULL), &image, 1, 60);
        layer_run_check_threads(&run);
        layer_run_free(&run);
    }
}

static void bad_axes(void **state)
{
    (void)state;
    static const denoise__shape number = {0, {0}};
    layer_run_expect_failure(denoise_layer_softmax(0, NULL), &shape, 1, DENOISE_ERR_SHAPE,
                             "axis 0 of input shape (None, 2, 3, 5) is the batch axis, expected one of a sample");
    layer_run_expect_failure(denoise_layer_softmax(-4, NULL), &shape, 1, DENOISE_ERR_SHAPE,
                             "axis -4 of input shape (None, 2, 3, 5) is the batch axis, expected one of a sample");
    layer_run_expect_failure(denoise_layer_softmax(4, NULL), &shape, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 2, 3, 5), it has no axis 4");
    layer_run_expect_failure(denoise_layer_softmax(-1, NULL), &number, 1, DENOISE_ERR_SHAPE,
                             "axis -1 of input shape (None,) is the batch axis, expected one of a sample");
    layer_run_expect_inert(denoise_layer_softmax(8, NULL), DENOISE_ERR_RANGE, "softmax: axis is 8, expected -8 <= axis <= 7");
    denoise_params *params;
    denoise_layer *layer;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_ints(params, "axis", (const int64_t[]){1}, 0), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, "softmax", params), DENOISE_ERR_INVALID);
    assert_non_null(strstr(denoise_last_error(), "axis is an empty list"));
    denoise_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(along_each_axis),
        cmocka_unit_test(over_several_axes),
        cmocka_unit_test(lengths_of_one),
        cmocka_unit_test(nan_and_infinity),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(bad_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
