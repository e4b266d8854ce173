/* SPDX-License-Identifier: Apache-2.0 */
/* Each layer as a model of its own, with the file's weights: outputs, gradients of inputs and of weights, at inference and,
 * where that differs, in training. */
#include "support/cmocka_test.h"
#include "support/keras_config.h"
#include <stdio.h>
#include <string.h>

enum { MAX_INPUTS = 8, MAX_WEIGHTS = 16 };

typedef struct layer_case {
    fixture *f;
    denoise_model *model;
    const denoise_tensor *inputs[MAX_INPUTS];
    int64_t input_count, weight_count;
} layer_case;

static denoise_model *build(layer_case *c, denoise_layer *layer)
{
    denoise_graph *graph;
    fixture_ok(c->f, denoise_graph_new(&graph, NULL));
    fixture_keep_graph(c->f, graph);
    denoise_node *inputs[MAX_INPUTS];
    for (int64_t i = 0; i < c->input_count; i++) {
        const denoise_tensor *x = c->inputs[i];
        inputs[i] = denoise_graph_input(graph, denoise_tensor_shape(x) + 1, denoise_tensor_rank(x) - 1);
    }
    fixture_release(c->f, layer);
    denoise_node *output = c->input_count == 1 ? denoise_graph_apply(graph, layer, inputs[0])
                                               : denoise_graph_apply_many(graph, layer, inputs, c->input_count);
    denoise_model *model;
    fixture_ok(c->f, denoise_graph_build_many(&model, graph, inputs, c->input_count, &output, 1, NULL));
    return fixture_keep_model(c->f, model);
}

/* The weights' names, of which the model's are "layer/kernel", and values. */
static void set_weights(layer_case *c)
{
    json_t *names = fixture_member(c->f, "weights");
    c->weight_count = denoise_model_weight_count(c->model);
    if (c->weight_count != (int64_t)json_array_size(names) || c->weight_count > MAX_WEIGHTS) {
        fixture_fail(c->f, "the layer has %lld weights, expected %zu", (long long)c->weight_count, json_array_size(names));
    }
    const denoise_tensor *values[MAX_WEIGHTS];
    for (int64_t i = 0; i < c->weight_count; i++) {
        char name[128];
        (void)denoise_model_weight_name(c->model, i, name, sizeof(name));
        const char *last = strrchr(name, '/'), *expected = json_string_value(json_array_get(names, (size_t)i));
        last = last == NULL ? name : last + 1;
        if (strcmp(last, expected) != 0) fixture_fail(c->f, "weight %lld is %s, expected %s", (long long)i, last, expected);
        values[i] = fixture_numbered(c->f, "w", i);
    }
    fixture_ok(c->f, denoise_model_set_weights(c->model, values, c->weight_count));
}

static denoise_tensor *expected(layer_case *c, char *name, size_t size, const char *prefix, const char *stem, int64_t index)
{
    (void)snprintf(name, size, "%s%s%lld", prefix, stem, (long long)index);
    return fixture_has(c->f, name) ? fixture_tensor(c->f, name) : NULL;
}

/* dw0, dw1, ... are those of the trainable weights in order. */
static void compare_weight_gradients(layer_case *c, const char *prefix, denoise_tensor *const *gradients)
{
    json_t *trainable = fixture_member(c->f, "trainable");
    int64_t at = 0;
    for (int64_t i = 0; i < c->weight_count; i++) {
        if (!json_is_true(json_array_get(trainable, (size_t)i))) continue;
        char name[64];
        const denoise_tensor *dw = expected(c, name, sizeof(name), prefix, "dw", at++);
        if (dw != NULL) fixture_compare(c->f, name, gradients[i], dw, FIXTURE_ONE_OPERATION);
    }
}

static void compare_pass(layer_case *c, const char *prefix, int32_t training)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%sdy", prefix);
    const denoise_tensor *dy = fixture_tensor(c->f, name);
    denoise_tensor *dx[MAX_INPUTS], *dw[MAX_WEIGHTS], *y;
    fixture_ok(c->f, denoise_model_gradients(dx, dw, &y, c->model, c->inputs, &dy, training, 0));
    fixture_keep_tensor(c->f, y);
    for (int64_t i = 0; i < c->input_count; i++)
        fixture_keep_tensor(c->f, dx[i]);
    for (int64_t i = 0; i < c->weight_count; i++)
        fixture_keep_tensor(c->f, dw[i]);
    (void)snprintf(name, sizeof(name), "%sy", prefix);
    fixture_compare(c->f, name, y, fixture_tensor(c->f, name), FIXTURE_ONE_OPERATION);
    for (int64_t i = 0; i < c->input_count; i++) {
        const denoise_tensor *wanted = expected(c, name, sizeof(name), prefix, "dx", i);
        if (wanted != NULL) fixture_compare(c->f, name, dx[i], wanted, FIXTURE_ONE_OPERATION);
    }
    compare_weight_gradients(c, prefix, dw);
}

/* One step that moves no trained weight. */
static void train_once(layer_case *c)
{
    denoise_sgd_options still = DENOISE_SGD_OPTIONS_INIT;
    still.learning_rate = 0;
    denoise_trainer *trainer;
    if (c->input_count != 1) fixture_fail(c->f, "statistics of a layer with %lld inputs", (long long)c->input_count);
    fixture_ok(c->f, denoise_model_compile(&trainer, c->model, denoise_optimizer_sgd(&still), denoise_loss_mean_squared_error(),
                                           NULL));
    fixture_keep_trainer(c->f, trainer);
    fixture_ok(c->f, denoise_trainer_train_on_batch(NULL, trainer, c->inputs[0], fixture_tensor(c->f, "train_dy"), NULL));
}

/* What training changes besides the trainable weights: moving statistics. */
static void compare_statistics(layer_case *c)
{
    bool is_trained = false;
    for (int64_t i = 0; i < c->weight_count; i++) {
        char name[64];
        const denoise_tensor *after = expected(c, name, sizeof(name), "", "after_w", i);
        if (after == NULL) continue;
        if (!is_trained) train_once(c);
        is_trained = true;
        denoise_tensor *weight;
        fixture_ok(c->f, denoise_model_get_weight(&weight, c->model, i));
        fixture_compare(c->f, name, fixture_keep_tensor(c->f, weight), after, FIXTURE_ONE_OPERATION);
    }
}

static void run(fixture *f)
{
    layer_case c = {.f = f};
    denoise_layer *layer = keras_layer(f, fixture_member_text(f, "layer"), fixture_member(f, "config"));
    while (c.input_count < MAX_INPUTS && (c.inputs[c.input_count] = fixture_numbered(f, "x", c.input_count)) != NULL)
        c.input_count++;
    c.model = build(&c, layer);
    set_weights(&c);
    denoise_tensor *y;
    fixture_ok(f, denoise_model_predict_many(&y, 1, c.model, c.inputs, c.input_count, NULL));
    fixture_compare(f, "y", fixture_keep_tensor(f, y), fixture_tensor(f, "y"), FIXTURE_ONE_OPERATION);
    compare_pass(&c, "", 0);
    if (!fixture_has(f, "train_dy")) return;
    compare_pass(&c, "train_", 1);
    compare_statistics(&c);
}

static void run_group(const char *group)
{
    fixtures *set = fixtures_open(group);
    fixtures_run(set, (const fixture_kind[]){{"layer", run}}, 1);
    fixtures_end(set);
}

static void test_layers_are_those_of_keras(void **state)
{
    (void)state;
    run_group("layers");
}

static void test_pooling_and_resampling(void **state)
{
    (void)state;
    run_group("pooling");
}

static void test_normalizations_with_every_parameter(void **state)
{
    (void)state;
    run_group("normalization");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layers_are_those_of_keras),
                                       cmocka_unit_test(test_pooling_and_resampling),
                                       cmocka_unit_test(test_normalizations_with_every_parameter)};
    return cmocka_run_group_tests_name("golden_layers", tests, NULL, NULL);
}
