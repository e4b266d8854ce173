/* SPDX-License-Identifier: Apache-2.0 */
/* PReLU with alpha shared along every set of axes, against loops that say what it is. */
#include "layer_run.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <string.h>

static denoise_layer *prelu_of(const int64_t *axes, int64_t count)
{
    denoise_prelu_options options = DENOISE_PRELU_OPTIONS_INIT;
    options.alpha_initializer = "random_uniform(minval=-0.5, maxval=0.5)";
    options.shared_axes = axes;
    options.shared_axis_count = count;
    return denoise_layer_prelu(&options);
}

/* Axes 1 .. 3 of which those of the bits of `shared` share alpha. */
static int64_t axes_of(unsigned shared, int64_t *axes)
{
    int64_t count = 0;
    for (int64_t i = 0; i < 3; i++)
        if ((shared >> i & 1) != 0) axes[count++] = i + 1;
    return count;
}

/* Where in alpha element `at` of a sample has its own. */
static int64_t alpha_at(const denoise__shape *sample, unsigned shared, int64_t at)
{
    int64_t index = 0, step = 1;
    for (int32_t i = sample->rank - 1; i >= 0; at /= sample->dim[i--]) {
        if ((shared >> i & 1) != 0) continue;
        index += at % sample->dim[i] * step;
        step *= sample->dim[i];
    }
    return index;
}

static void check(const denoise__shape *sample, unsigned shared, int64_t batch)
{
    int64_t axes[3], count = axes_of(shared, axes), size = denoise__shape_size(sample);
    double sums[200] = {0}, magnitudes[200] = {0};
    layer_run run;
    layer_run_make(&run, prelu_of(count == 0 ? NULL : axes, count), sample, 1, batch);
    run.inputs[0][1] = 0;
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int64_t i = 0; i < run.output_size; i++) {
        float x = run.inputs[0][i], dy = run.output_gradient[i], alpha = run.weights[0][alpha_at(sample, shared, i % size)];
        volatile float low = alpha * x, slope = alpha * dy;
        assert_true(run.output[i] == (x > 0 ? x : low));
        assert_true(run.input_gradients[0][i] == (x > 0 ? dy : x < 0 ? slope : 0));
        sums[alpha_at(sample, shared, i % size)] += x < 0 ? (double)x * (double)dy : 0;
        magnitudes[alpha_at(sample, shared, i % size)] += fabs((double)x * (double)dy);
    }
    assert_in_range(denoise_layer_count_params(run.layer), 1, 200);
    for (int64_t i = 0; i < denoise_layer_count_params(run.layer); i++)
        assert_true(fabs((double)run.weight_gradients[0][i] - sums[i]) <= 1e-7 * (magnitudes[i] + 1e-3));
    for (int32_t i = 0; i < sample->rank; i++)
        assert_int_equal(run.layer->weights[0].spec.shape.dim[i], (shared >> i & 1) != 0 ? 1 : sample->dim[i]);
    layer_run_free(&run);
}

static void alpha_is_shared_along_any_axes(void **state)
{
    (void)state;
    static const denoise__shape shapes[] = {{3, {4, 3, 5}}, {3, {2, 1, 70}}, {3, {1, 6, 1}}, {3, {3, 5, 2}}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (unsigned shared = 0; shared < 8; shared++)
            for (int64_t batch = 1; batch < 80; batch += 39)
                check(&shapes[s], shared, batch);
    check(&(denoise__shape){1, {7}}, 0, 5);
    check(&(denoise__shape){1, {130}}, 1, 3);
    check(&(denoise__shape){2, {2, 3}}, 2, 5);
}

static void by_hand(void **state)
{
    (void)state;
    static const denoise__shape shape = {1, {3}};
    static const float x[6] = {-2, 3, 0, -1, -4, 5}, dy[6] = {1, 2, 3, 4, 5, 6}, alpha[3] = {0.5f, -0.25f, 2};
    layer_run run;
    layer_run_make(&run, denoise_layer_prelu(NULL), &shape, 1, 2);
    for (int i = 0; i < 3; i++)
        assert_true(run.weights[0][i] == 0); /* Keras' default */
    memcpy(denoise__weight_values(&run.layer->weights[0]), alpha, sizeof alpha);
    memcpy(run.inputs[0], x, sizeof x);
    memcpy(run.output_gradient, dy, sizeof dy);
    layer_run_forward(&run);
    layer_run_backward(&run);
    static const float y[6] = {-1, 3, 0, -0.5f, 1, 5}, dx[6] = {0.5f, 2, 0, 2, -1.25f, 6}, da[3] = {-6, -20, 0};
    for (int i = 0; i < 6; i++)
        assert_true(run.output[i] == y[i] && run.input_gradients[0][i] == dx[i]);
    for (int i = 0; i < 3; i++)
        assert_true(run.weight_gradients[0][i] == da[i]);
    layer_run_free(&run);
}

static void a_number_has_an_alpha(void **state)
{
    (void)state;
    static const denoise__shape number = {0, {0}};
    layer_run run;
    layer_run_make(&run, denoise_layer_prelu(NULL), &number, 1, 2);
    assert_int_equal(run.layer->weights[0].spec.shape.rank, 0);
    *denoise__weight_values(&run.layer->weights[0]) = 0.5f;
    run.inputs[0][0] = -2, run.inputs[0][1] = 3;
    layer_run_forward(&run);
    assert_true(run.output[0] == -1 && run.output[1] == 3);
    layer_run_free(&run);
}

/* As TensorFlow has them: -Inf times an alpha of zero is NaN. */
static void nan_and_infinity(void **state)
{
    (void)state;
    static const denoise__shape shape = {1, {4}};
    layer_run run;
    layer_run_make(&run, denoise_layer_prelu(NULL), &shape, 1, 1);
    denoise__weight_values(&run.layer->weights[0])[3] = 0.5f;
    memcpy(run.inputs[0], (const float[]){NAN, INFINITY, -INFINITY, -INFINITY}, 4 * sizeof(float));
    layer_run_forward(&run);
    layer_run_backward(&run);
    assert_true(isnan(run.output[0]) && run.output[1] == INFINITY && isnan(run.output[2]) && run.output[3] == -INFINITY);
    assert_true(isnan(run.weight_gradients[0][0]) && run.weight_gradients[0][1] == 0);
    layer_run_free(&run);
}

static void gradients_may_be_left_out(void **state)
{
    (void)state;
    static const denoise__shape shape = {1, {4}};
    layer_run run;
    layer_run_make(&run, denoise_layer_prelu(NULL), &shape, 1, 3);
    float *dx = run.input_gradients[0], *da = run.weight_gradients[0];
    dx[0] = da[0] = 77;
    run.input_gradients[0] = run.weight_gradients[0] = NULL;
    layer_run_backward(&run);
    assert_true(dx[0] == 77 && da[0] == 77);
    run.weight_gradients[0] = da;
    layer_run_backward(&run);
    assert_true(dx[0] == 77 && da[0] != 77);
    run.input_gradients[0] = dx;
    layer_run_free(&run);
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    static const denoise__shape shape = {3, {2, 3, 4}};
    static const int64_t axes[] = {1, 2};
    layer_run run;
    layer_run_make(&run, prelu_of(axes, 2), &shape, 1, 3);
    for (int64_t i = 0; i < run.sizes[0]; i++) /* away from the corner */
        run.inputs[0][i] += run.inputs[0][i] > 0 ? 0.1f : -0.1f;
    layer_run_check_gradients(&run, 0.05, 1e-4);
    layer_run_free(&run);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const denoise__shape shape = {3, {9, 8, 5}};
    static const int64_t axes[3][2] = {{1, 2}, {2, 3}, {3, 1}};
    for (int i = 0; i < 3; i++) {
        layer_run run;
        layer_run_make(&run, prelu_of(axes[i], 2), &shape, 1, 300);
        layer_run_check_threads(&run);
        layer_run_free(&run);
    }
}

/* A shared layer takes any length along the axes that share alpha, and only there. */
static void applied_again(void **state)
{
    (void)state;
    static const int64_t axes[] = {1, 2}, larger[] = {7, 8, 3}, other[] = {7, 8, 4}, small[] = {2, 3, 3};
    denoise_graph *graph;
    assert_int_equal(denoise_graph_new(&graph, NULL), DENOISE_OK);
    denoise_layer *layer = prelu_of(axes, 2);
    denoise_node *first = denoise_graph_apply(graph, layer, denoise_graph_input(graph, small, 3));
    denoise_node *second = denoise_graph_apply(graph, layer, denoise_graph_input(graph, larger, 3));
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    assert_int_equal(denoise_node_shape(first, shape, &rank), DENOISE_OK);
    assert_int_equal(denoise_node_shape(second, shape, &rank), DENOISE_OK);
    assert_true(rank == 3 && shape[0] == 7 && shape[2] == 3);
    denoise_model *model;
    denoise_node *input = denoise_graph_input(graph, other, 3), *third = denoise_graph_apply(graph, layer, input);
    assert_int_equal(denoise_graph_build(&model, graph, input, third, NULL), DENOISE_ERR_SHAPE);
    assert_non_null(strstr(denoise_graph_error(graph), "input has shape (None, 7, 8, 4), expected (*, *, *, 3)"));
    denoise_graph_free(graph);
}

static void bad_parameters(void **state)
{
    (void)state;
    static const denoise__shape shape = {1, {4}};
    static const int64_t two = 2, zero = 0, many[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    layer_run_expect_failure(prelu_of(&two, 1), &shape, 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 4), it has no axis 2 to share alpha along");
    layer_run_expect_inert(prelu_of(&zero, 1), DENOISE_ERR_RANGE, "p_re_lu: shared_axes is 0, expected 1 <= shared_axes <= 7");
    layer_run_expect_inert(prelu_of(many, 8), DENOISE_ERR_RANGE, "shared_axis_count is 8, expected 0 .. 7");
    layer_run_expect_inert(prelu_of(many, -1), DENOISE_ERR_RANGE, "shared_axis_count is -1, expected 0 .. 7");
    layer_run_expect_inert(prelu_of(NULL, 1), DENOISE_ERR_NULL, "shared_axes is NULL, expected 1 axes");
    denoise_prelu_options options = DENOISE_PRELU_OPTIONS_INIT;
    options.alpha_constraint = "no_such";
    denoise_layer *unknown = denoise_layer_prelu(&options);
    assert_int_equal(denoise_layer_status(unknown), DENOISE_ERR_NAME);
    assert_non_null(strstr(denoise_layer_error(unknown), "alpha_constraint: unknown constraint \"no_such\""));
    denoise_layer_free(unknown);
    options.alpha_constraint = "non_neg";
    options.alpha_regularizer = "l2(0.5)";
    options.trainable = 0;
    denoise_layer *layer = denoise_layer_prelu(&options);
    assert_int_equal(denoise_layer_status(layer), DENOISE_OK);
    assert_int_equal(denoise_layer_trainable(layer), 0);
    denoise_layer_free(layer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(alpha_is_shared_along_any_axes),
        cmocka_unit_test(a_number_has_an_alpha),
        cmocka_unit_test(nan_and_infinity),
        cmocka_unit_test(gradients_may_be_left_out),
        cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(applied_again),
        cmocka_unit_test(bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
