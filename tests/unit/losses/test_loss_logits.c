/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-entropies behind sigmoid and softmax: the values of Keras 3.15.1 on TensorFlow, for every pair, form and engine. */
#include "losses/loss.h"
#include "support/log_capture.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

/* Of the logits (3, -1) against the second of two classes; and where the loss sees the outputs alone, without and with
 * from_logits. */
#define OF_SIGMOID 2.1809
#define OF_SOFTMAX 4.0181

static const struct pair {
    const char *activation, *loss;
    double value, of_outputs[2];
} pairs[] = {
    {"sigmoid", "binary_crossentropy", OF_SIGMOID, {2.1809, 0.9233}},
    {"softmax", "binary_crossentropy", OF_SIGMOID, {4.0181, 0.9922}},
    {"sigmoid", "categorical_crossentropy", OF_SOFTMAX, {1.5134, 1.0923}},
    {"softmax", "categorical_crossentropy", OF_SOFTMAX, {4.0181, 1.2871}},
    {"sigmoid", "sparse_categorical_crossentropy", OF_SOFTMAX, {1.5134, 1.0923}},
    {"softmax", "sparse_categorical_crossentropy", OF_SOFTMAX, {4.0181, 1.2871}},
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

#define CLOSE 5.1e-5 /* Keras' values have four digits */

/* Where the activation is: in Dense, in a layer of its own, in a model within, before a Reshape, which ends what Keras keeps.
 */
enum { IN_DENSE, IN_ACTIVATION, IN_MODEL, BEFORE_RESHAPE, FORMS };

static denoise_layer *activation_layer(const char *activation)
{
    return denoise_layer_activation(activation, NULL);
}

/* The logits are the inputs: the kernel is the identity. */
static denoise_model *make_model(int form, const char *activation)
{
    const int64_t two = 2;
    denoise_graph *g, *within;
    denoise_model *model, *inner = NULL;
    denoise_tensor *identity;
    denoise_layer *dense = denoise_layer_dense(2, form == IN_DENSE ? activation : NULL, NULL);
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, &two, 1), *y = denoise_graph_apply(g, dense, x);
    if (form == IN_ACTIVATION || form == BEFORE_RESHAPE) y = denoise_graph_apply(g, activation_layer(activation), y);
    if (form == BEFORE_RESHAPE) y = denoise_graph_apply(g, denoise_layer_reshape(&two, 1, NULL), y);
    if (form == IN_MODEL) {
        ASSERT_OK(denoise_graph_new(&within, "within"));
        denoise_node *z = denoise_graph_input(within, &two, 1);
        ASSERT_OK(denoise_graph_build(&inner, within, z, denoise_graph_apply(within, activation_layer(activation), z), NULL));
        denoise_graph_free(within);
        y = denoise_graph_apply_model(g, inner, y);
    }
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    denoise_model_free(inner);
    ASSERT_OK(denoise_tensor_from_data(&identity, DENOISE_FLOAT32, (const int64_t[]){2, 2}, 2, (const float[]){1, 0, 0, 1}));
    ASSERT_OK(denoise_model_set_weight(model, 0, identity));
    denoise_tensor_free(identity);
    return model;
}

static denoise_trainer *compile(denoise_model *model, const char *name, bool from_logits, int32_t unfused)
{
    denoise_trainer *trainer;
    denoise_loss *loss;
    denoise_params *params;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.unfused = unfused;
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_bool(params, "from_logits", from_logits));
    ASSERT_OK(denoise_loss_create(&loss, name, params));
    denoise_params_free(params);
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), loss, &options));
    return trainer;
}

/* One row of logits (3, -1), the second of two classes; the loss of evaluate and that of a training step. */
static void losses_of(double values[2], denoise_trainer *trainer, bool is_sparse)
{
    denoise_tensor *x, *hot, *label;
    denoise_logs *logs;
    ASSERT_OK(denoise_tensor_from_data(&x, DENOISE_FLOAT32, (const int64_t[]){1, 2}, 2, (const float[]){3, -1}));
    ASSERT_OK(denoise_tensor_from_data(&hot, DENOISE_FLOAT32, (const int64_t[]){1, 2}, 2, (const float[]){0, 1}));
    ASSERT_OK(denoise_tensor_from_data(&label, DENOISE_INT32, (const int64_t[]){1}, 1, (const int32_t[]){1}));
    denoise_tensor *y = is_sparse ? label : hot;
    ASSERT_OK(denoise_trainer_test_on_batch(&logs, trainer, x, y, NULL));
    ASSERT_OK(denoise_logs_get(logs, "loss", &values[0]));
    denoise_logs_free(logs);
    ASSERT_OK(denoise_trainer_train_on_batch(&logs, trainer, x, y, NULL));
    ASSERT_OK(denoise_logs_get(logs, "loss", &values[1]));
    denoise_logs_free(logs);
    denoise_tensor_free(x);
    denoise_tensor_free(hot);
    denoise_tensor_free(label);
}

static void check_value(const struct pair *pair, int form, bool from_logits, double expected)
{
    double values[2];
    denoise_model *model = make_model(form, pair->activation);
    denoise_trainer *trainer = compile(model, pair->loss, from_logits, 0);
    losses_of(values, trainer, pair->loss[0] == 's');
    for (int i = 0; i < 2; i++) {
        if (fabs(values[i] - expected) <= CLOSE) continue;
        fail_msg("%s in form %d, %s, from_logits %d: %.6f, expected %.6f", pair->activation, form, pair->loss, from_logits,
                 values[i], expected);
    }
    denoise_trainer_free(trainer);
    denoise_model_free(model);
}

static void values_are_those_of_keras(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS; i++)
        for (int form = 0; form <= IN_MODEL; form++)
            for (int from_logits = 0; from_logits < 2; from_logits++)
                check_value(&pairs[i], form, from_logits != 0, pairs[i].value);
}

/* What sigmoid or softmax makes of the logits is then a tensor like others. */
static void a_layer_behind_the_activation_ends_it(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS; i++)
        for (int from_logits = 0; from_logits < 2; from_logits++)
            check_value(&pairs[i], BEFORE_RESHAPE, from_logits != 0, pairs[i].of_outputs[from_logits]);
}

/* Gradients: the same weights as behind logits. */
static void training_is_that_of_logits(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS; i++) {
        uint64_t hashes[3];
        for (int way = 0; way < 3; way++) {
            double values[2];
            denoise_model *model = make_model(IN_DENSE, way == 0 ? "linear" : pairs[i].activation);
            denoise_trainer *trainer = compile(model, pairs[i].loss, way < 2, 0);
            for (int step = 0; step < 3; step++)
                losses_of(values, trainer, pairs[i].loss[0] == 's');
            hashes[way] = hash_of_weights(model);
            denoise_trainer_free(trainer);
            denoise_model_free(model);
        }
        assert_true(hashes[0] == hashes[1] && hashes[0] == hashes[2]);
    }
}

/* Losses that are not fused read the outputs, as Keras on JAX does; with from_logits they take them for logits. */
static void unfused_losses_read_the_outputs(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS; i++)
        for (int from_logits = 0; from_logits < 2; from_logits++) {
            double values[2];
            denoise_model *model = make_model(IN_DENSE, pairs[i].activation);
            denoise_trainer *trainer = compile(model, pairs[i].loss, from_logits != 0, 1);
            losses_of(values, trainer, pairs[i].loss[0] == 's');
            assert_true(fabs(values[0] - pairs[i].of_outputs[from_logits]) <= CLOSE &&
                        fabs(values[1] - pairs[i].of_outputs[from_logits]) <= CLOSE);
            denoise_trainer_free(trainer);
            denoise_model_free(model);
        }
}

static void expect_warnings(int form, const char *activation, const char *loss, bool from_logits, int32_t unfused,
                            const char *text)
{
    double values[2];
    log_capture_clear();
    denoise_model *model = make_model(form, activation);
    denoise_trainer *trainer = compile(model, loss, from_logits, unfused);
    if (strstr(log_capture_text(), text) == NULL || (*text == '\0' && log_capture_length() > 0))
        fail_msg("\"%s\", expected \"%s\"", log_capture_text(), text);
    log_capture_clear();
    losses_of(values, trainer, loss[0] == 's');
    assert_string_equal(log_capture_text(), ""); /* once */
    denoise_trainer_free(trainer);
    denoise_model_free(model);
}

static void compile_warns_once(void **state)
{
    (void)state;
    log_capture_start(false, 80);
    for (int i = 0; i < PAIRS; i++)
        for (int form = 0; form < FORMS; form++) {
            bool ends = form == BEFORE_RESHAPE;
            expect_warnings(form, pairs[i].activation, pairs[i].loss, true, 0,
                            ends ? "" : "received from_logits=True, but output ");
            expect_warnings(form, pairs[i].activation, pairs[i].loss, false, 0, "");
            expect_warnings(form, pairs[i].activation, pairs[i].loss, true, 1, "");
        }
    expect_warnings(IN_DENSE, "tanh", "binary_crossentropy", true, 0, "");
    denoise_model *model = two_layers(3, 4, "relu", 1, "softmax");
    log_capture_clear(); /* of the layer's own warning */
    denoise_trainer *trainer = compile(model, "categorical_crossentropy", false, 0);
    assert_string_equal(log_capture_text(),
                        "In loss categorical_crossentropy, expected output \"dense_1\" to have num_classes > 1 "
                        "columns, it has 1. Consider using 'binary_crossentropy' if you only have 2 classes.\n");
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    log_capture_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_keras),  cmocka_unit_test(a_layer_behind_the_activation_ends_it),
        cmocka_unit_test(training_is_that_of_logits), cmocka_unit_test(unfused_losses_read_the_outputs),
        cmocka_unit_test(compile_warns_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
