/* SPDX-License-Identifier: Apache-2.0 */
#include "norm_reference.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

static denoise_layer *made(int64_t groups, int32_t axis)
{
    denoise_group_normalization_options options = DENOISE_GROUP_NORMALIZATION_OPTIONS_INIT;
    options.axis = axis;
    options.gamma_initializer = "random_normal(stddev=2)";
    options.beta_initializer = "random_normal";
    return denoise_layer_group_normalization(groups, &options);
}

static void shapes(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {6}}, image = {3, {4, 5, 6}};
    layer_run_expect_failure(made(4, -1), &image, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 4, 5, 6), expected a multiple of 4, the groups, on axis -1");
    layer_run_expect_failure(denoise_layer_group_normalization(32, NULL), &row, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 6), expected a multiple of 32, the groups, on axis -1");
    layer_run_expect_failure(made(2, 0), &row, 1, DENOISE_ERR_SHAPE,
                             "axis 0 of input shape (None, 6) is the batch axis, which cannot be normalized");
    layer_run_expect_failure(made(2, 2), &row, 1, DENOISE_ERR_SHAPE, "input has shape (None, 6), it has no axis 2");
    layer_run_expect_inert(made(0, -1), DENOISE_ERR_RANGE,
                           "group_normalization: groups is 0, expected >= 1, or -1 for a group of each channel");
    denoise_layer *layer = made(2, 1);
    denoise__shape out;
    ASSERT_OK(denoise__layer_apply_shapes(layer, &image, 1, &out));
    assert_true(denoise__shape_equal(&out, &image));
    assert_int_equal(denoise_layer_weight_count(layer), 2);
    assert_string_equal(denoise_layer_weight_name(layer, 0), "gamma");
    assert_string_equal(denoise_layer_weight_name(layer, 1), "beta");
    assert_int_equal(denoise_layer_count_params(layer), 8);
    static const denoise__shape other = {3, {2, 5, 6}};
    assert_int_equal(denoise__layer_apply_shapes(layer, &other, 1, &out), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "input has shape (None, 2, 5, 6), expected (*, 4, *, *)");
    denoise_layer_free(layer);
}

/* One sample of two places and four channels in two groups: (1, 3, 5, 7) has mean 4 and variance 5. */
static void values_by_hand(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {2, 4}};
    static const float x[] = {1, 3, -1, -1, 5, 7, 1, 1};
    layer_run run;
    layer_run_make(&run, denoise_layer_group_normalization(2, NULL), &shape, 1, 1);
    memcpy(run.inputs[0], x, sizeof x);
    denoise__weight_values(&run.layer->weights[0])[1] = 3;
    denoise__weight_values(&run.layer->weights[1])[3] = -2;
    layer_run_forward(&run);
    for (int i = 0; i < 8; i++) {
        bool is_first = i % 4 < 2;
        double expected = is_first ? ((double)x[i] - 4) / sqrt(5 + 1e-3) : (double)x[i] / sqrt(1 + 1e-3);
        expected = i % 4 == 1 ? 3 * expected : i % 4 == 3 ? expected - 2 : expected;
        assert_true(fabs((double)run.output[i] - expected) < 1e-6);
    }
    layer_run_free(&run);
}

static void check_reference(int64_t groups, int32_t axis, const denoise__shape *shape, int64_t batch)
{
    layer_run run;
    layer_run_make(&run, made(groups, axis), shape, 1, batch);
    int32_t at = axis < 0 ? axis + shape->rank + 1 : axis;
    norm_rule rule = {.sort = NORM_MOMENTS, .epsilon = 1e-3, .gamma = 0, .beta = 1, .divide = {1}};
    rule.divide[at] = groups == -1 ? 1 : shape->dim[at - 1] / groups;
    rule.has_weight[at] = true;
    norm_reference_check(&run, &rule);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void gradients(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {12}}, steps = {2, {5, 6}}, image = {3, {3, 4, 6}}, wide = {2, {3, 70}};
    check_reference(3, -1, &row, 4);
    check_reference(-1, -1, &steps, 3);
    check_reference(1, -1, &steps, 3);
    check_reference(2, -1, &image, 3);
    check_reference(2, 2, &image, 2);
    check_reference(3, 1, &image, 2);
    check_reference(-1, 1, &image, 2);
    check_reference(7, -1, &wide, 2);
}

/* More rows of a sample than one part of the sums has. */
static void a_large_image(void **state)
{
    (void)state;
    static const denoise__shape image = {3, {100, 70, 8}};
    layer_run run;
    layer_run_make(&run, denoise_layer_group_normalization(4, NULL), &image, 1, 2);
    for (int64_t i = 0; i < run.sizes[0]; i++)
        run.inputs[0][i] += (float)(i % 8);
    layer_run_check_threads(&run);
    for (int64_t g = 0; g < 8; g++) {
        double sum = 0, count = 100 * 70 * 2;
        for (int64_t i = 0; i < 100 * 70 * 8; i++)
            if (i % 8 / 2 == g % 4) sum += (double)run.output[g / 4 * 100 * 70 * 8 + i];
        assert_true(fabs(sum / count) < 1e-6);
    }
    layer_run_free(&run);
}

/* A group that has a number which is not finite, and no other. */
static void nan_and_infinity(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {3, 4}};
    static const float bad[] = {NAN, INFINITY};
    for (int k = 0; k < 2; k++) {
        layer_run run;
        layer_run_make(&run, denoise_layer_group_normalization(2, NULL), &shape, 1, 2);
        run.inputs[0][12 + 4 + 2] = bad[k];
        layer_run_forward(&run);
        layer_run_backward(&run);
        for (int64_t i = 0; i < run.output_size; i++) {
            assert_true(isnan(run.output[i]) == (i >= 12 && i % 4 >= 2));
            assert_true(isnan(run.input_gradients[0][i]) == (i >= 12 && i % 4 >= 2));
        }
        layer_run_free(&run);
    }
}

/* Outside training there is no state; who wants no gradient gets none. */
static void prediction_and_absent_gradients(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {3, 4}};
    layer_run run;
    float kept[24];
    layer_run_make(&run, made(2, -1), &shape, 1, 2);
    layer_run_forward(&run);
    memcpy(kept, run.output, sizeof kept);
    run.input_gradients[0][0] = 5;
    float *dx = run.input_gradients[0], *dgamma = run.weight_gradients[0];
    run.input_gradients[0] = run.weight_gradients[0] = NULL;
    layer_run_backward(&run);
    run.input_gradients[0] = dx, run.weight_gradients[0] = dgamma;
    assert_true(dx[0] == 5);
    run.args.training = false;
    run.args.state = NULL;
    memset(run.output, 0, sizeof kept);
    layer_run_forward(&run);
    assert_memory_equal(run.output, kept, sizeof kept);
    layer_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),        cmocka_unit_test(values_by_hand),   cmocka_unit_test(gradients),
        cmocka_unit_test(a_large_image), cmocka_unit_test(nan_and_infinity), cmocka_unit_test(prediction_and_absent_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
