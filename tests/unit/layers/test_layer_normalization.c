/* SPDX-License-Identifier: Apache-2.0 */
/* LayerNormalization, RMSNormalization, UnitNormalization. */
#include "norm_reference.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

static denoise_layer *layer_on(const int64_t *axes, int32_t count)
{
    denoise_layer_normalization_options options = DENOISE_LAYER_NORMALIZATION_OPTIONS_INIT;
    options.axes = axes, options.axis_count = count;
    options.gamma_initializer = "random_normal(stddev=2)";
    options.beta_initializer = "random_normal";
    return denoise_layer_layer_normalization(&options);
}

static denoise_layer *plain_layer(void)
{
    return denoise_layer_layer_normalization(NULL);
}

static denoise_layer *rms_on(const int64_t *axes, int32_t count)
{
    return denoise_layer_rms_normalization(axes, count, 1e-6, NULL);
}

static void shapes(void **state)
{
    (void)state;
    static const denoise__shape number = {0}, image = {3, {4, 5, 6}};
    layer_run_expect_failure(plain_layer(), &number, 1, DENOISE_ERR_SHAPE,
                             "axis -1 of input shape (None,) is the batch axis, which cannot be normalized");
    layer_run_expect_failure(layer_on((int64_t[]){1, -4}, 2), &image, 1, DENOISE_ERR_SHAPE,
                             "axis -4 of input shape (None, 4, 5, 6) is the batch axis, which cannot be normalized");
    layer_run_expect_failure(layer_on((int64_t[]){1, 5}, 2), &image, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 4, 5, 6), it has no axis 5");
    layer_run_expect_failure(layer_on((int64_t[]){3, 1, -1}, 3), &image, 1, DENOISE_ERR_SHAPE,
                             "axis -1 of input shape (None, 4, 5, 6) is named twice");
    layer_run_expect_failure(
        rms_on((int64_t[]){1}, 1), &image, 1, DENOISE_ERR_SHAPE,
        "input has shape (None, 4, 5, 6), expected axis to name its last axes, along which the scale lies");
    layer_run_expect_inert(layer_on((int64_t[]){1}, 0), DENOISE_ERR_RANGE,
                           "layer_normalization: axis is an empty list, expected one axis at least");
    layer_run_expect_inert(denoise_layer_unit_normalization(NULL, 2, NULL), DENOISE_ERR_NULL, "axes is NULL, expected 2 axes");
    layer_run_expect_inert(layer_on((int64_t[]){9}, 1), DENOISE_ERR_RANGE,
                           "layer_normalization: axis is 9, expected -8 <= axis <= 7");
}

/* Keras sorts the axes as numbers. */
static void shapes_of_weights(void **state)
{
    (void)state;
    static const denoise__shape image = {3, {4, 5, 6}};
    static const struct {
        int64_t axes[3];
        int32_t count, rank;
        int64_t shape[3];
    } rows[] = {
        {{-1}, 1, 1, {6}}, {{1}, 1, 1, {4}}, {{2, 1}, 2, 2, {4, 5}}, {{1, -1}, 2, 2, {6, 4}}, {{3, 2, 1}, 3, 3, {4, 5, 6}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        denoise_layer *layer = layer_on(rows[i].axes, rows[i].count);
        denoise__shape out;
        ASSERT_OK(denoise__layer_apply_shapes(layer, &image, 1, &out));
        assert_true(denoise__shape_equal(&out, &image));
        assert_int_equal(denoise_layer_weight_count(layer), 2);
        for (int32_t w = 0; w < 2; w++) {
            const denoise__shape *shape = &layer->weights[w].spec.shape;
            assert_int_equal(shape->rank, rows[i].rank);
            assert_memory_equal(shape->dim, rows[i].shape, (size_t)shape->rank * sizeof(int64_t));
        }
        denoise_layer_free(layer);
    }
    denoise_layer *rms = rms_on((int64_t[]){3, 2}, 2), *unit = denoise_layer_unit_normalization(NULL, 0, NULL);
    denoise__shape out;
    ASSERT_OK(denoise__layer_apply_shapes(rms, &image, 1, &out));
    ASSERT_OK(denoise__layer_apply_shapes(unit, &image, 1, &out));
    assert_int_equal(denoise_layer_weight_count(rms), 1);
    assert_string_equal(denoise_layer_weight_name(rms, 0), "scale");
    assert_int_equal(rms->weights[0].variable.count, 30);
    assert_int_equal(denoise_layer_weight_count(unit), 0);
    denoise_layer_free(rms);
    denoise_layer_free(unit);
}

/* (1, 3, 5, 7): mean 4, variance 5, mean square 21, norm sqrt(84). */
static void values_by_hand(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {4}};
    static const float x[] = {1, 3, 5, 7};
    for (int kind = 0; kind < 3; kind++) {
        layer_run run;
        denoise_layer *layer = kind == 0   ? plain_layer()
                               : kind == 1 ? rms_on(NULL, 0)
                                           : denoise_layer_unit_normalization(NULL, 0, NULL);
        layer_run_make(&run, layer, &row, 1, 1);
        memcpy(run.inputs[0], x, sizeof x);
        if (kind < 2) denoise__weight_values(&run.layer->weights[0])[2] = 10;
        if (kind == 0) denoise__weight_values(&run.layer->weights[1])[3] = 2;
        layer_run_forward(&run);
        for (int i = 0; i < 4; i++) {
            double expected =
                kind == 0 ? ((double)x[i] - 4) / sqrt(5 + 1e-3) : (double)x[i] / (kind == 1 ? sqrt(21 + 1e-6) : sqrt(84));
            if (kind < 2 && i == 2) expected *= 10;
            if (kind == 0 && i == 3) expected += 2;
            assert_true(fabs((double)run.output[i] - expected) < 1e-6);
        }
        layer_run_free(&run);
    }
}

/* `axes` of the sample, counted with the batch axis, are those of a row. */
static void check_reference(denoise_layer *layer, norm_sort sort, double epsilon, const denoise__shape *shape, int64_t batch,
                            const int64_t *axes, int32_t count)
{
    layer_run run;
    layer_run_make(&run, layer, shape, 1, batch);
    norm_rule rule = {.sort = sort, .epsilon = epsilon, .gamma = -1, .beta = -1};
    for (int32_t i = 0; i <= shape->rank; i++)
        rule.divide[i] = 1;
    for (int32_t i = 0; i < count; i++) {
        rule.divide[axes[i]] = 0;
        rule.has_weight[axes[i]] = true;
    }
    if (run.layer->weight_count > 0) rule.gamma = 0;
    if (run.layer->weight_count > 1) rule.beta = 1;
    norm_reference_check(&run, &rule);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void gradients(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {9}}, steps = {2, {5, 6}}, image = {3, {3, 4, 5}}, wide = {1, {150}};
    static const int64_t one[] = {1}, two[] = {2}, three[] = {3}, both[] = {1, 2}, ends[] = {1, 3}, all[] = {1, 2, 3};
    check_reference(layer_on(NULL, 0), NORM_MOMENTS, 1e-3, &row, 6, one, 1);
    check_reference(layer_on(NULL, 0), NORM_MOMENTS, 1e-3, &wide, 3, one, 1);
    check_reference(layer_on(NULL, 0), NORM_MOMENTS, 1e-3, &image, 3, three, 1);
    check_reference(layer_on(one, 1), NORM_MOMENTS, 1e-3, &image, 3, one, 1);
    check_reference(layer_on(ends, 2), NORM_MOMENTS, 1e-3, &image, 3, ends, 2);
    check_reference(layer_on(both, 2), NORM_MOMENTS, 1e-3, &image, 3, both, 2);
    check_reference(layer_on(all, 3), NORM_MOMENTS, 1e-3, &image, 3, all, 3);
    check_reference(rms_on(NULL, 0), NORM_RMS, 1e-6, &steps, 5, two, 1);
    check_reference(rms_on(both, 2), NORM_RMS, 1e-6, &steps, 5, both, 2);
    check_reference(denoise_layer_unit_normalization(NULL, 0, NULL), NORM_UNIT, 0, &steps, 5, two, 1);
    check_reference(denoise_layer_unit_normalization(one, 1, NULL), NORM_UNIT, 0, &steps, 5, one, 1);
}

static void without_gamma_or_beta(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {9}};
    static const int64_t one[] = {1};
    denoise_layer_normalization_options options = DENOISE_LAYER_NORMALIZATION_OPTIONS_INIT;
    options.scale = options.center = 0;
    options.epsilon = 0.5;
    check_reference(denoise_layer_layer_normalization(&options), NORM_MOMENTS, 0.5, &row, 4, one, 1);
    options.center = 1;
    denoise_layer *layer = denoise_layer_layer_normalization(&options);
    denoise__shape out;
    ASSERT_OK(denoise__layer_apply_shapes(layer, &row, 1, &out));
    assert_int_equal(denoise_layer_weight_count(layer), 1);
    assert_string_equal(denoise_layer_weight_name(layer, 0), "beta");
    denoise_layer_free(layer);
}

/* Many rows, and rows that are long. */
static void threads(void **state)
{
    (void)state;
    static const denoise__shape many = {2, {200, 33}}, axis_1 = {2, {30, 40}}, long_ = {1, {20011}};
    static const int64_t one[] = {1};
    layer_run run;
    layer_run_make(&run, layer_on(NULL, 0), &many, 1, 30);
    layer_run_check_threads(&run);
    layer_run_free(&run);
    layer_run_make(&run, layer_on(one, 1), &axis_1, 1, 60);
    layer_run_check_threads(&run);
    layer_run_free(&run);
    layer_run_make(&run, layer_on(NULL, 0), &long_, 1, 7);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void a_great_mean(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {64}};
    layer_run run;
    layer_run_make(&run, plain_layer(), &row, 1, 2);
    for (int64_t i = 0; i < 128; i++)
        run.inputs[0][i] = 4096 + 0.25f * (float)(i * 37 % 64);
    norm_rule rule = {
        .sort = NORM_MOMENTS, .epsilon = 1e-3, .gamma = 0, .beta = 1, .divide = {1, 0}, .has_weight = {false, true}};
    norm_reference_check(&run, &rule);
    layer_run_free(&run);
}

/* As in TensorFlow: a zero row stays zero, and its gradient is the factor that a norm below 1e-12 has; sums of squares that are
 * too great for single precision make zeros. */
static void unit_rows_of_zeros_and_of_great_numbers(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {2}};
    static const float x[] = {0, 0, 1e-13f, 0, 1e25f, 1e25f, 3, 4};
    static const double y[] = {0, 0, 0.1, 0, 0, 0, 0.6, 0.8};
    layer_run run;
    layer_run_make(&run, denoise_layer_unit_normalization(NULL, 0, NULL), &row, 1, 4);
    memcpy(run.inputs[0], x, sizeof x);
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int i = 0; i < 8; i++)
        assert_true(fabs((double)run.output[i] - y[i]) < 1e-6);
    for (int i = 0; i < 4; i++)
        assert_true(run.input_gradients[0][i] == run.output_gradient[i] * 1e12f);
    assert_true(run.input_gradients[0][4] == 0 && run.input_gradients[0][5] == 0);
    layer_run_free(&run);
}

/* A row that has a number which is not finite, and no other. */
static void nan_and_infinity(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {4}};
    for (int k = 0; k < 2; k++) {
        layer_run run;
        layer_run_make(&run, plain_layer(), &row, 1, 3);
        run.inputs[0][4 + 2] = k == 0 ? NAN : INFINITY;
        layer_run_forward(&run);
        layer_run_backward(&run);
        for (int64_t i = 0; i < 12; i++) {
            assert_true(isnan(run.output[i]) == (i / 4 == 1));
            assert_true(isnan(run.input_gradients[0][i]) == (i / 4 == 1));
        }
        layer_run_free(&run);
    }
    layer_run run;
    layer_run_make(&run, denoise_layer_unit_normalization(NULL, 0, NULL), &row, 1, 1);
    run.inputs[0][2] = INFINITY; /* its inverse norm is 0 */
    layer_run_forward(&run);
    assert_true(run.output[0] == 0 && run.output[1] == 0 && isnan(run.output[2]) && run.output[3] == 0);
    layer_run_free(&run);
}

/* Outside training there is no state; who wants no gradient gets none. */
static void prediction_and_absent_gradients(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {3, 4}};
    for (int64_t axis = 1; axis < 3; axis++) {
        layer_run run;
        float kept[24];
        layer_run_make(&run, layer_on(&axis, 1), &shape, 1, 2);
        layer_run_forward(&run);
        memcpy(kept, run.output, sizeof kept);
        run.input_gradients[0][0] = run.weight_gradients[0][0] = 5;
        float *dx = run.input_gradients[0], *dgamma = run.weight_gradients[0], *dbeta = run.weight_gradients[1];
        run.input_gradients[0] = run.weight_gradients[0] = run.weight_gradients[1] = NULL;
        layer_run_backward(&run);
        run.input_gradients[0] = dx, run.weight_gradients[0] = dgamma, run.weight_gradients[1] = dbeta;
        assert_true(dx[0] == 5 && dgamma[0] == 5);
        run.args.training = false;
        run.args.state = NULL;
        memset(run.output, 0, sizeof kept);
        layer_run_forward(&run);
        assert_memory_equal(run.output, kept, sizeof kept);
        layer_run_free(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(shapes_of_weights),
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(gradients),
        cmocka_unit_test(without_gamma_or_beta),
        cmocka_unit_test(threads),
        cmocka_unit_test(a_great_mean),
        cmocka_unit_test(unit_rows_of_zeros_and_of_great_numbers),
        cmocka_unit_test(nan_and_infinity),
        cmocka_unit_test(prediction_and_absent_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
