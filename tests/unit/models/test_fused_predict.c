/* SPDX-License-Identifier: Apache-2.0 */
/* Predictions of dense networks, from one row to many: the bits of the same layers step by step, and of the same layers in a
 * model that gives out a value in the middle too. */
#include "support/fused_nets.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 200, OUTPUTS = 21 };

/* A model of one output, and one of two over the same layers, of which the second is a value in the middle. */
typedef struct pair {
    denoise_model *one, *two;
} pair;

static void pair_make(pair *p, int64_t inputs, const int64_t *units, const char *hidden, const char *last, double scale)
{
    const int64_t shape[] = {inputs, 1};
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, "pair"));
    denoise_node *x = denoise_graph_input(g, shape, 2), *node = x, *nodes[3];
    if (scale != 0) node = denoise_graph_apply(g, denoise_layer_rescaling(scale, 0.25, NULL), node);
    node = denoise_graph_apply(g, denoise_layer_flatten(NULL), node);
    for (int i = 0; i < 3; i++) {
        denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
        options.bias_initializer = "random_normal(stddev=0.1)";
        options.use_bias = i != 1;
        node = nodes[i] = denoise_graph_apply(g, denoise_layer_dense(units[i], i == 2 ? last : hidden, &options), node);
    }
    denoise_node *outputs[] = {nodes[2], nodes[0]};
    ASSERT_OK(denoise_graph_build(&p->one, g, x, nodes[2], NULL));
    ASSERT_OK(denoise_graph_build_many(&p->two, g, &x, 1, outputs, 2, NULL));
    denoise_graph_free(g);
}

static void pair_free(pair *p)
{
    denoise_model_free(p->one);
    denoise_model_free(p->two);
}

static void check_rows(const pair *p, denoise_tensor *all, int64_t rows, const char *what)
{
    denoise_tensor *x, *expected[2], *both[2], *got, *into;
    denoise_workspace *workspace;
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    const int64_t shape[] = {rows, OUTPUTS};
    ASSERT_OK(denoise_tensor_rows(&x, all, 0, rows));
    predict_plainly(expected, p->two, x);
    ASSERT_OK(denoise_model_predict_many(both, 2, p->two, (const denoise_tensor *[]){x}, 1, NULL));
    assert_same_tensor(both[0], expected[0], what);
    assert_same_tensor(both[1], expected[1], what);
    for (int64_t batch = 1; batch <= 256; batch *= 4) {
        options.batch_size = batch;
        ASSERT_OK(denoise_model_predict(&got, p->one, x, &options));
        assert_same_tensor(got, expected[0], what);
        denoise_tensor_free(got);
    }
    ASSERT_OK(denoise_workspace_new(&workspace, p->one, rows));
    ASSERT_OK(denoise_tensor_new(&into, DENOISE_FLOAT32, shape, 2));
    for (int round = 0; round < 2; round++) {
        ASSERT_OK(denoise_model_predict_into(into, p->one, x, workspace));
        assert_same_tensor(into, expected[0], what);
        memset(denoise_tensor_data(into), 0xff, (size_t)denoise_tensor_bytes(into));
    }
    denoise_workspace_free(workspace);
    denoise_tensor *tensors[] = {x, expected[0], expected[1], both[0], both[1], into};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
}

static denoise_tensor *bytes_of(int64_t rows, int64_t inputs, int32_t type)
{
    const int64_t shape[] = {rows, inputs, 1};
    denoise_tensor *labels = random_labels(rows * inputs, 256, 3), *typed, *shaped;
    ASSERT_OK(denoise_tensor_astype(&typed, labels, type));
    ASSERT_OK(denoise_tensor_reshape(&shaped, typed, shape, 3));
    denoise_tensor_free(labels);
    denoise_tensor_free(typed);
    return shaped;
}

static void rows_widths_and_types(void **state)
{
    (void)state;
    static const int64_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 63, 64, 65, 96, 129, MOST_ROWS};
    static const int64_t nets[][4] = {
        {1, 1, 1, OUTPUTS}, {17, 33, 10, OUTPUTS}, {100, 600, 16, OUTPUTS}, {300, 64, 128, OUTPUTS}};
    static const int32_t types[] = {DENOISE_FLOAT32, DENOISE_UINT8, DENOISE_FLOAT64};
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++) {
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            pair p;
            denoise_tensor *all = bytes_of(MOST_ROWS, nets[n][0], types[t]);
            pair_make(&p, nets[n][0], nets[n] + 1, n % 2 == 0 ? "relu" : "sigmoid", t == 0 ? "softmax" : "sigmoid", 1.0 / 255);
            for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                char what[100];
                snprintf(what, sizeof what, "net %d, type %d, %d rows", (int)n, (int)types[t], (int)rows[i]);
                check_rows(&p, all, rows[i], what);
            }
            denoise_tensor_free(all);
            pair_free(&p);
        }
    }
}

static void every_activation(void **state)
{
    (void)state;
    static const int64_t units[] = {17, 33, OUTPUTS};
    denoise_tensor *all = bytes_of(70, 20, DENOISE_FLOAT32);
    const char *activation;
    for (int64_t i = 0; (activation = activation_text(i)) != NULL; i++) {
        pair p;
        pair_make(&p, 20, units, activation, activation, 0.01);
        check_rows(&p, all, 1, activation);
        check_rows(&p, all, 6, activation);
        check_rows(&p, all, 70, activation);
        pair_free(&p);
    }
    denoise_tensor_free(all);
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    static const int64_t units[] = {300, 33, OUTPUTS};
    static const int64_t rows[] = {1, 2, 7, 8, MOST_ROWS};
    denoise_tensor *all = bytes_of(MOST_ROWS, 99, DENOISE_UINT8);
    pair p;
    pair_make(&p, 99, units, "tanh", "softmax", 0.01);
    for (int32_t threads = 1; threads <= 8; threads++) {
        ASSERT_OK(denoise_set_num_threads(threads));
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            check_rows(&p, all, rows[i], "threads");
    }
    ASSERT_OK(denoise_set_num_threads(0));
    denoise_tensor_free(all);
    pair_free(&p);
}

/* A workspace outlives changes of weights and of the number of threads. */
static void a_workspace_sees_new_weights(void **state)
{
    (void)state;
    static const int64_t units[] = {40, 33, OUTPUTS};
    denoise_tensor *x = bytes_of(MOST_ROWS, 30, DENOISE_UINT8), *into, *expected[2];
    denoise_workspace *workspace;
    pair p;
    pair_make(&p, 30, units, "relu", "linear", 0.01);
    ASSERT_OK(denoise_set_num_threads(1));
    ASSERT_OK(denoise_workspace_new(&workspace, p.one, MOST_ROWS));
    ASSERT_OK(denoise_tensor_new(&into, DENOISE_FLOAT32, (const int64_t[]){MOST_ROWS, OUTPUTS}, 2));
    for (int round = 0; round < 5; round++) {
        ASSERT_OK(denoise_set_num_threads(round + 1));
        ASSERT_OK(denoise_model_predict_into(into, p.one, x, workspace));
        predict_plainly(expected, p.two, x);
        assert_same_tensor(into, expected[0], "workspace");
        denoise_tensor *weight = random_rows(40, 33, 40 + (uint64_t)round);
        ASSERT_OK(denoise_model_set_weight(p.one, 2, weight));
        denoise_tensor_free(weight);
        denoise_tensor_free(expected[0]);
        denoise_tensor_free(expected[1]);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    denoise_workspace_free(workspace);
    denoise_tensor_free(into);
    denoise_tensor_free(x);
    pair_free(&p);
}

/* Products too small for a float round to zeros of either sign, which layers without a bias hand on. */
static void zeros_keep_their_signs(void **state)
{
    (void)state;
    static const char *const lasts[] = {NULL, "leaky_relu", "tanh"};
    for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
        dense_net net = {.inputs = 1, .count = 1, .units = {3}, .activations = {lasts[i]}, .unbiased = 1};
        denoise_model *model = dense_net_model(&net);
        denoise_tensor *x, *kernel, *y;
        ASSERT_OK(denoise_tensor_from_data(&kernel, DENOISE_FLOAT32, (const int64_t[]){1, 3}, 2,
                                           (const float[]){1e-30f, -1e-30f, 1}));
        ASSERT_OK(denoise_model_set_weight(model, 0, kernel));
        for (int64_t rows = 1; rows < 100; rows += 49) {
            ASSERT_OK(denoise_tensor_new(&x, DENOISE_FLOAT32, (const int64_t[]){rows, 1}, 2));
            for (int64_t r = 0; r < rows; r++)
                ((float *)denoise_tensor_data(x))[r] = 1e-30f;
            ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
            const float *values = denoise_tensor_const_data(y);
            assert_true(values[0] == 0.0f && !signbit(values[0]));
            assert_true(values[1] == 0.0f && signbit(values[1]));
            denoise_tensor_free(x);
            denoise_tensor_free(y);
        }
        denoise_tensor_free(kernel);
        denoise_model_free(model);
    }
}

/* The output may lie where the input is. */
static void output_over_input(void **state)
{
    (void)state;
    static const int64_t rows[] = {1, 5, 130};
    static const int64_t units[] = {40, 33, OUTPUTS};
    pair p;
    pair_make(&p, OUTPUTS, units, "relu", "tanh", 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        denoise_tensor *x = random_rows(rows[i], OUTPUTS, 5), *shaped, *expected[2];
        denoise_workspace *workspace;
        ASSERT_OK(denoise_tensor_reshape(&shaped, x, (const int64_t[]){rows[i], OUTPUTS, 1}, 3));
        assert_ptr_equal(denoise_tensor_const_data(x), denoise_tensor_const_data(shaped));
        predict_plainly(expected, p.two, shaped);
        ASSERT_OK(denoise_workspace_new(&workspace, p.one, rows[i]));
        ASSERT_OK(denoise_model_predict_into(x, p.one, shaped, workspace));
        assert_same_tensor(x, expected[0], "over the input");
        denoise_workspace_free(workspace);
        denoise_tensor *tensors[] = {x, shaped, expected[0], expected[1]};
        for (size_t k = 0; k < sizeof tensors / sizeof *tensors; k++)
            denoise_tensor_free(tensors[k]);
    }
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_widths_and_types),      cmocka_unit_test(every_activation),
        cmocka_unit_test(threads_do_not_change_bits), cmocka_unit_test(a_workspace_sees_new_weights),
        cmocka_unit_test(output_over_input),          cmocka_unit_test(zeros_keep_their_signs),
    };
    return cmocka_run_group_tests(tests, use_native_engine, NULL);
}
