/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients of whole models against central differences, sub-models, nested models and their weights. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* sum(dy * model(x)) in double */
static double objective(const denoise_model *model, const denoise_tensor *const *x, const denoise_tensor *const *dy)
{
    int64_t outputs = denoise_model_output_count(model);
    denoise_tensor *y[4];
    double sum = 0.0;
    ASSERT_OK(denoise_model_predict_many(y, outputs, model, x, denoise_model_input_count(model), NULL));
    for (int64_t i = 0; i < outputs; i++) {
        const float *a = denoise_tensor_const_data(y[i]), *b = denoise_tensor_const_data(dy[i]);
        for (int64_t j = 0; j < denoise_tensor_size(y[i]); j++)
            sum += (double)a[j] * (double)b[j];
        denoise_tensor_free(y[i]);
    }
    return sum;
}

/* Along the direction of the gradient itself the slope is its squared length. float32 sums leave about 3 digits. */
static void check_direction(double ahead, double behind, double step, double expected)
{
    double slope = (ahead - behind) / (2.0 * step);
    if (!(fabs(slope - expected) <= 5e-3 * fabs(expected) + 1e-3)) {
        print_error("slope %.9g, expected %.9g\n", slope, expected);
        fail();
    }
}

static double squared_length(const denoise_tensor *gradient)
{
    const float *g = denoise_tensor_const_data(gradient);
    double sum = 0.0;
    for (int64_t i = 0; i < denoise_tensor_size(gradient); i++)
        sum += (double)g[i] * (double)g[i];
    return sum;
}

/* tensor + step * gradient */
static denoise_tensor *moved(const denoise_tensor *tensor, const denoise_tensor *gradient, double step)
{
    denoise_tensor *part, *sum;
    ASSERT_OK(denoise_tensor_scale(&part, gradient, step));
    ASSERT_OK(denoise_tensor_add(&sum, tensor, part));
    denoise_tensor_free(part);
    return sum;
}

static void check_input(const denoise_model *model, const denoise_tensor **x, const denoise_tensor *const *dy, int64_t index,
                        const denoise_tensor *gradient)
{
    const denoise_tensor *old = x[index];
    double length = squared_length(gradient), step = 1e-2 / sqrt(length + 1e-12), values[2];
    for (int side = 0; side < 2; side++) {
        denoise_tensor *other = moved(old, gradient, side == 0 ? step : -step);
        x[index] = other;
        values[side] = objective(model, x, dy);
        denoise_tensor_free(other);
    }
    x[index] = old;
    check_direction(values[0], values[1], step, length);
}

static void check_weight(denoise_model *model, const denoise_tensor *const *x, const denoise_tensor *const *dy, int64_t index,
                         const denoise_tensor *gradient)
{
    denoise_tensor *old;
    double length = squared_length(gradient), step = 1e-2 / sqrt(length + 1e-12), values[2];
    ASSERT_OK(denoise_model_get_weight(&old, model, index));
    for (int side = 0; side < 2; side++) {
        denoise_tensor *other = moved(old, gradient, side == 0 ? step : -step);
        ASSERT_OK(denoise_model_set_weight(model, index, other));
        values[side] = objective(model, x, dy);
        denoise_tensor_free(other);
    }
    ASSERT_OK(denoise_model_set_weight(model, index, old));
    denoise_tensor_free(old);
    check_direction(values[0], values[1], step, length);
}

static void check_model(denoise_model *model, const denoise_tensor **x, const denoise_tensor *const *dy)
{
    int64_t inputs = denoise_model_input_count(model), weights = denoise_model_weight_count(model);
    denoise_tensor *dx[4] = {NULL}, *dw[32] = {NULL};
    assert_true(inputs <= 4 && weights <= 32);
    ASSERT_OK(denoise_model_gradients(dx, dw, NULL, model, x, dy, 0, 0));
    for (int64_t i = 0; i < inputs; i++)
        check_input(model, x, dy, i, dx[i]);
    for (int64_t i = 0; i < weights; i++)
        check_weight(model, x, dy, i, dw[i]);
    for (int64_t i = 0; i < inputs; i++)
        denoise_tensor_free(dx[i]);
    for (int64_t i = 0; i < weights; i++)
        denoise_tensor_free(dw[i]);
}

static void test_branches(void **state)
{
    (void)state;
    denoise_model *model = branches();
    denoise_tensor *a = random_rows(5, 6, 1), *b = random_rows(5, 6, 2), *digit = random_rows(5, 3, 3),
                   *clean = random_rows(5, 6, 4);
    check_model(model, (const denoise_tensor *[]){a, b}, (const denoise_tensor *[]){digit, clean});
    denoise_tensor_free(a), denoise_tensor_free(b), denoise_tensor_free(digit), denoise_tensor_free(clean);
    denoise_model_free(model);
}

/* One input feeds both sides of a shared layer and an output as well; a model is applied twice. */
static void test_shared_and_nested(void **state)
{
    (void)state;
    const int64_t six = 6;
    denoise_model *inner = two_layers(6, 4, "sigmoid", 6, "tanh"), *model;
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, "outer"));
    denoise_node *x = denoise_graph_input(g, &six, 1);
    denoise_node *once = denoise_graph_apply_model(g, inner, x), *twice = denoise_graph_apply_model(g, inner, once);
    denoise_node *all[] = {x, once, twice, once};
    denoise_node *sum = denoise_graph_apply_many(g, denoise_layer_add(NULL), all, 4);
    denoise_node *flat = denoise_graph_apply(g, denoise_layer_reshape((const int64_t[]){2, 3}, 2, NULL), sum);
    denoise_node *outputs[] = {denoise_graph_apply(g, denoise_layer_flatten(NULL), flat), once};
    ASSERT_OK(denoise_graph_build_many(&model, g, &x, 1, outputs, 2, NULL));
    denoise_graph_free(g);
    denoise_tensor *rows = random_rows(4, 6, 1), *d0 = random_rows(4, 6, 2), *d1 = random_rows(4, 6, 3);
    assert_int_equal(denoise_model_weight_count(model), 4); /* shared weights count once */
    check_model(model, (const denoise_tensor *[]){rows}, (const denoise_tensor *[]){d0, d1});
    denoise_tensor_free(rows), denoise_tensor_free(d0), denoise_tensor_free(d1);
    denoise_model_free(inner), denoise_model_free(model);
}

static void test_frozen_weights_have_no_gradient(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 4, "relu", 3, NULL);
    denoise_tensor *x = random_rows(5, 6, 1), *dy = random_rows(5, 3, 2), *dw[4], *outputs[1];
    ASSERT_OK(denoise_layer_set_trainable(denoise_model_layer(model, "dense"), 0));
    ASSERT_OK(
        denoise_model_gradients(NULL, dw, outputs, model, (const denoise_tensor *[]){x}, (const denoise_tensor *[]){dy}, 0, 0));
    assert_null(dw[0]);
    assert_null(dw[1]);
    assert_non_null(dw[2]);
    assert_int_equal(denoise_tensor_dim(outputs[0], 1), 3);
    denoise_tensor_free(dw[2]), denoise_tensor_free(dw[3]), denoise_tensor_free(outputs[0]);
    denoise_tensor_free(x), denoise_tensor_free(dy);
    denoise_model_free(model);
}

static void test_mistakes(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 4, "relu", 3, NULL);
    denoise_tensor *x = random_rows(5, 6, 1), *dy = random_rows(4, 3, 2), *dx;
    const denoise_tensor *const inputs[] = {x}, *const gradients[] = {dy}, *const none[] = {NULL};
    ASSERT_FAILS(denoise_model_gradients(&dx, NULL, NULL, model, inputs, gradients, 0, 0), DENOISE_ERR_SHAPE, "(4, 3)");
    ASSERT_FAILS(denoise_model_gradients(&dx, NULL, NULL, model, inputs, none, 0, 0), DENOISE_ERR_NULL, "output gradient 0");
    ASSERT_FAILS(denoise_model_gradients(&dx, NULL, NULL, NULL, inputs, gradients, 0, 0), DENOISE_ERR_NULL, "model");
    ASSERT_FAILS(denoise_model_gradients(&dx, NULL, NULL, model, NULL, gradients, 0, 0), DENOISE_ERR_NULL, "x");
    ASSERT_FAILS(denoise_model_gradients(&dx, NULL, NULL, model, inputs, NULL, 0, 0), DENOISE_ERR_NULL, "output_gradients");
    assert_null(dx);
    denoise_tensor_free(x), denoise_tensor_free(dy);
    denoise_model_free(model);
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_model *model = branches();
    denoise_tensor *x = random_rows(2, 6, 1), *digit = random_rows(2, 3, 3), *clean = random_rows(2, 6, 4), *dx[2], *dw[8];
    for (int64_t nth = 1;; nth++) {
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = denoise_model_gradients(dx, dw, NULL, model, (const denoise_tensor *[]){x, x},
                                                        (const denoise_tensor *[]){digit, clean}, 1, 0);
        if (!failing_alloc_disarm()) {
            ASSERT_OK(status);
            break;
        }
        assert_int_equal(status, DENOISE_ERR_NOMEM);
        assert_null(dx[0]);
        assert_null(dw[0]);
    }
    for (int i = 0; i < 2; i++)
        denoise_tensor_free(dx[i]);
    for (int i = 0; i < 8; i++)
        denoise_tensor_free(dw[i]);
    denoise_tensor_free(x), denoise_tensor_free(digit), denoise_tensor_free(clean);
    denoise_model_free(model);
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_shared_and_nested),
        cmocka_unit_test(test_frozen_weights_have_no_gradient),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
