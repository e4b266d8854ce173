/* SPDX-License-Identifier: Apache-2.0 */
#include "misuse/orders.h"
#include "support/nets.h"
#include <string.h>

static const int64_t six[] = {6};

static denoise_layer *input(void)
{
    return denoise_layer_input(six, 1, NULL);
}

static denoise_layer *dense(int64_t units)
{
    return denoise_layer_dense(units, "relu", NULL);
}

static void build_of_nothing(void)
{
    denoise_sequential *s;
    denoise_model *model;
    OK(denoise_sequential_new(&s, NULL));
    FAILS(denoise_sequential_build(&model, s, NULL), STATE, "no layers");
    FAILS(denoise_sequential_build(&model, s, NULL), STATE, "no layers");
    OK(denoise_sequential_add(s, input())); /* it is not spoilt by that */
    OK(denoise_sequential_add(s, dense(3)));
    OK(denoise_sequential_build(&model, s, NULL));
    denoise_model_free(model);
    denoise_sequential_free(s);
}

static void no_input_layer_first(void)
{
    denoise_sequential *s;
    denoise_model *model;
    OK(denoise_sequential_new(&s, NULL));
    FAILS(denoise_sequential_add(s, dense(3)), INVALID, "first layer");
    FAILS(denoise_sequential_add(s, input()), INVALID, "first layer"); /* the first failure stays */
    FAILS(denoise_sequential_add(s, dense(-1)), INVALID, "first layer");
    FAILS(denoise_sequential_build(&model, s, NULL), INVALID, "first layer");
    TRUE(model == NULL && strstr(denoise_sequential_error(s), "first layer") != NULL);
    denoise_sequential_free(s);
}

static void input_layer_in_the_middle(void)
{
    denoise_sequential *s;
    denoise_model *model;
    OK(denoise_sequential_new(&s, NULL));
    OK(denoise_sequential_add(s, input()));
    FAILS(denoise_sequential_add(s, input()), INVALID, "expected 0");
    FAILS(denoise_sequential_build(&model, s, NULL), INVALID, "expected 0");
    denoise_sequential_free(s);
}

static void first_failure_is_kept(void)
{
    denoise_graph *g;
    denoise_model *model;
    OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, six, 1);
    denoise_node *bad = denoise_graph_apply(g, denoise_layer_dense(3, "planet", NULL), x);
    denoise_node *worse = denoise_graph_apply(g, dense(-1), bad);
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    FAILS(denoise_node_shape(bad, shape, &rank), INVALID, "failed call");
    FAILS(denoise_graph_build(&model, g, x, worse, NULL), NAME, "planet");
    FAILS(denoise_graph_build(&model, g, x, x, NULL), NAME, "planet");
    TRUE(strstr(denoise_graph_error(g), "planet") != NULL);
    denoise_graph_free(g);
}

static void weights_before_build(void)
{
    denoise_graph *g;
    denoise_model *model;
    denoise_layer *layer = dense(3);
    denoise_tensor *weight, *value = random_rows(6, 3, 1);
    OK(denoise_graph_new(&g, NULL));
    TRUE(denoise_layer_weight_count(layer) == 0 && denoise_layer_count_params(layer) == 0);
    TRUE(strcmp(denoise_layer_name(layer), "") == 0);
    FAILS(denoise_layer_get_weight(&weight, layer, 0), RANGE, "weight");
    denoise_node *x = denoise_graph_input(g, six, 1), *y = denoise_graph_apply(g, layer, x);
    TRUE(denoise_layer_weight_count(layer) == 2 && denoise_layer_count_params(layer) == 21);
    FAILS(denoise_layer_get_weight(&weight, layer, 0), STATE, "before a model is built");
    FAILS(denoise_layer_set_weight(layer, 0, value), STATE, "before a model is built");
    TRUE(weight == NULL);
    OK(denoise_graph_build(&model, g, x, y, NULL));
    OK(denoise_layer_set_weight(layer, 0, value));
    OK(denoise_layer_get_weight(&weight, layer, 0));
    TRUE(denoise_tensor_equal(weight, value) == 1);
    denoise_tensor_free(weight);
    denoise_tensor_free(value);
    denoise_model_free(model);
    denoise_graph_free(g);
}

static void build_twice(void)
{
    denoise_sequential *s;
    denoise_model *a, *b;
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    options.seed = 7;
    OK(denoise_sequential_new(&s, NULL));
    OK(denoise_sequential_add(s, input()));
    OK(denoise_sequential_add(s, dense(3)));
    OK(denoise_sequential_build(&a, s, NULL));
    uint64_t before = hash_of_weights(a);
    OK(denoise_sequential_build(&b, s, &options)); /* the layers, and so the weights, are the same */
    TRUE(hash_of_weights(b) == before && denoise_model_layer(a, "dense") == denoise_model_layer(b, "dense"));
    OK(denoise_sequential_add(s, dense(2))); /* the models know nothing of it */
    TRUE(denoise_model_layer_count(b) == 1);
    denoise_sequential_free(s);
    TRUE(hash_of_weights(a) == before);
    denoise_model_free(a);
    TRUE(hash_of_weights(b) == before);
    denoise_model_free(b);
}

static void graph_goes_on_after_build(void)
{
    denoise_graph *g;
    denoise_model *a, *b;
    OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, six, 1), *y = denoise_graph_apply(g, dense(3), x);
    OK(denoise_graph_build(&a, g, x, y, NULL));
    denoise_node *z = denoise_graph_apply(g, dense(2), y);
    OK(denoise_graph_build(&b, g, x, z, NULL));
    TRUE(denoise_model_weight_count(a) == 2 && denoise_model_weight_count(b) == 4);
    denoise_model_free(b);
    denoise_graph_free(g);
    TRUE(denoise_model_weight_count(a) == 2);
    denoise_model_free(a);
}

static void output_before_input(void)
{
    denoise_graph *g;
    denoise_model *model;
    OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, six, 1), *other = denoise_graph_input(g, six, 1);
    denoise_node *y = denoise_graph_apply(g, dense(3), x);
    FAILS(denoise_graph_build(&model, g, y, x, NULL), INVALID, "");
    FAILS(denoise_graph_build(&model, g, other, y, NULL), INVALID, "");
    denoise_node *twice[] = {x, x};
    FAILS(denoise_graph_build_many(&model, g, twice, 2, &y, 1, NULL), INVALID, "");
    OK(denoise_graph_build(&model, g, x, y, NULL)); /* a build that fails spoils nothing */
    denoise_model_free(model);
    denoise_graph_free(g);
}

static void layer_to_two_graphs(void)
{
    denoise_graph *a, *b;
    denoise_model *model;
    denoise_layer *layer = dense(3);
    OK(denoise_graph_new(&a, "a"));
    OK(denoise_graph_new(&b, "b"));
    denoise_node *x = denoise_graph_input(a, six, 1), *y = denoise_graph_apply(a, layer, x);
    denoise_node *u = denoise_graph_input(b, six, 1), *v = denoise_graph_apply(b, layer, u);
    denoise_layer_free(layer); /* does nothing */
    FAILS(denoise_graph_build(&model, b, u, v, NULL), OWNED, "owner");
    OK(denoise_graph_build(&model, a, x, denoise_graph_apply(a, denoise_layer_flatten(NULL), y), NULL));
    denoise_graph_free(b);
    denoise_graph_free(a);
    denoise_model_free(model);
}

static void layer_twice_in_one_graph(void)
{
    denoise_graph *g;
    denoise_model *model;
    denoise_layer *layer = dense(6);
    OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, six, 1);
    denoise_node *y = denoise_graph_apply(g, layer, denoise_graph_apply(g, layer, x));
    OK(denoise_graph_build(&model, g, x, y, NULL));
    TRUE(denoise_model_weight_count(model) == 2);
    denoise_graph_free(g);
    denoise_model_free(model);
}

static void layer_of_a_model_to_a_sequential(void)
{
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL), *out;
    denoise_sequential *s;
    OK(denoise_sequential_new(&s, NULL));
    OK(denoise_sequential_add(s, input()));
    FAILS(denoise_sequential_add(s, denoise_model_layer(model, "dense")), OWNED, "owner");
    FAILS(denoise_sequential_build(&out, s, NULL), OWNED, "owner");
    denoise_sequential_free(s);
    TRUE(denoise_model_weight_count(model) == 4);
    denoise_model_free(model);
}

static void node_of_another_graph(void)
{
    denoise_graph *a, *b;
    denoise_model *model;
    OK(denoise_graph_new(&a, "a"));
    OK(denoise_graph_new(&b, "b"));
    denoise_node *x = denoise_graph_input(a, six, 1), *u = denoise_graph_input(b, six, 1);
    denoise_node *v = denoise_graph_apply(b, dense(3), x);
    FAILS(denoise_graph_build(&model, b, u, v, NULL), OWNED, "another graph");
    denoise_node *y = denoise_graph_apply(a, dense(3), x);
    FAILS(denoise_graph_build(&model, a, u, y, NULL), OWNED, "another graph");
    FAILS(denoise_graph_build(&model, a, x, u, NULL), OWNED, "another graph");
    OK(denoise_graph_build(&model, a, x, y, NULL));
    denoise_graph_free(a);
    denoise_graph_free(b);
    denoise_model_free(model);
}

static void inert_layer_before_and_after_its_graph(void)
{
    denoise_graph *g;
    denoise_model *model;
    denoise_layer *inert = dense(-1);
    denoise_params *params;
    TRUE(denoise_layer_status(inert) == DENOISE_ERR_RANGE && denoise_layer_trainable(inert) == 0);
    FAILS(denoise_layer_params(&params, inert), RANGE, "units");
    FAILS(denoise_layer_set_trainable(inert, 1), RANGE, "units");
    OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, six, 1), *y = denoise_graph_apply(g, inert, x);
    TRUE(denoise_layer_status(inert) == DENOISE_ERR_RANGE); /* readable as long as the graph lives */
    FAILS(denoise_graph_build(&model, g, x, y, NULL), RANGE, "units");
    denoise_graph_free(g);
}

static void model_in_itself(void)
{
    denoise_graph *g;
    denoise_model *model, *again;
    OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, six, 1), *y = denoise_graph_apply(g, dense(6), x);
    OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_node *z = denoise_graph_apply_model(g, model, denoise_graph_apply_model(g, model, y)); /* its own graph */
    OK(denoise_graph_build(&again, g, x, z, NULL));
    TRUE(denoise_model_weight_count(again) == 2);
    denoise_model_free(model);
    denoise_graph_free(g);
    TRUE(denoise_model_weight_count(again) == 2);
    denoise_model_free(again);
}

static void two_layers_of_one_name(void)
{
    denoise_sequential *s;
    denoise_model *model;
    OK(denoise_sequential_new(&s, NULL));
    OK(denoise_sequential_add(s, denoise_layer_input(six, 1, "same")));
    FAILS(denoise_sequential_add(s, denoise_layer_flatten("same")), NAME, "same");
    FAILS(denoise_sequential_build(&model, s, NULL), NAME, "same");
    denoise_sequential_free(s);
}

const story stories_of_building[] = {
    {"build of nothing", build_of_nothing},
    {"no input layer first", no_input_layer_first},
    {"an input layer in the middle", input_layer_in_the_middle},
    {"the first failure is kept", first_failure_is_kept},
    {"weights before build", weights_before_build},
    {"build twice", build_twice},
    {"a graph goes on after build", graph_goes_on_after_build},
    {"output before input", output_before_input},
    {"a layer to two graphs", layer_to_two_graphs},
    {"a layer twice in one graph", layer_twice_in_one_graph},
    {"a layer of a model to a sequential", layer_of_a_model_to_a_sequential},
    {"a node of another graph", node_of_another_graph},
    {"an inert layer before and after its graph", inert_layer_before_and_after_its_graph},
    {"a model in itself", model_in_itself},
    {"two layers of one name", two_layers_of_one_name},
    {NULL, NULL},
};
