/* SPDX-License-Identifier: Apache-2.0 */
/* Models of every shape, and each kind of layer. */
#include "conformance/layer_nets.h"
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include "support/nets.h"
#include <stdio.h>

/* What a building call gives, if anything. */
static denoise_status built(denoise_status status, denoise_model *const *model, uint64_t *bits)
{
    if (status == DENOISE_OK) *bits = alloc_hash_model(0, *model);
    status = alloc_checked(status, model);
    denoise_model_free(*model);
    return status;
}

static denoise_layer *dense(int64_t units, const char *activation, const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    options.kernel_initializer = "he_normal";
    options.kernel_regularizer = "l2(0.01)";
    return denoise_layer_dense(units, activation, &options);
}

static denoise_status sequential(void *objects, uint64_t *bits)
{
    denoise_sequential *s;
    denoise_model *model = NULL;
    (void)objects;
    denoise_status status = alloc_checked(denoise_sequential_new(&s, "stack"), &s);
    if (status != DENOISE_OK) return status;
    (void)denoise_sequential_add(s, denoise_layer_input((const int64_t[]){4, 2}, 2, "in"));
    (void)denoise_sequential_add(s, denoise_layer_flatten(NULL));
    (void)denoise_sequential_add(s, denoise_layer_rescaling(0.5, 0.1, NULL));
    (void)denoise_sequential_add(s, dense(5, "elu", NULL));
    (void)denoise_sequential_add(s, denoise_layer_dropout(0.25, NULL));
    (void)denoise_sequential_add(s, denoise_layer_gaussian_noise(0.1, NULL));
    (void)denoise_sequential_add(s, dense(6, NULL, "last"));
    (void)denoise_sequential_add(s, denoise_layer_activation("leaky_relu(negative_slope=0.2)", NULL));
    (void)denoise_sequential_add(s, denoise_layer_reshape((const int64_t[]){2, -1}, 2, NULL));
    status = built(denoise_sequential_build(&model, s, NULL), &model, bits);
    denoise_sequential_free(s);
    return status;
}

/* Two inputs and outputs, a layer applied twice, joined and added. */
static denoise_status graph(void *objects, uint64_t *bits)
{
    const int64_t six = 6;
    denoise_graph *g;
    denoise_model *model = NULL;
    (void)objects;
    denoise_status status = alloc_checked(denoise_graph_new(&g, "branches"), &g);
    if (status != DENOISE_OK) return status;
    denoise_node *inputs[] = {denoise_graph_input(g, &six, 1), denoise_graph_input_layer(g, denoise_layer_input(&six, 1, "b"))};
    denoise_layer *shared = dense(4, "tanh", "shared");
    denoise_node *sides[] = {denoise_graph_apply(g, shared, inputs[0]), denoise_graph_apply(g, shared, inputs[1])};
    denoise_node *joined = denoise_graph_apply_many(g, denoise_layer_concatenate(-1, NULL), sides, 2);
    denoise_node *added[] = {joined, denoise_graph_apply(g, dense(8, "softplus", NULL), joined)};
    denoise_node *sum = denoise_graph_apply_many(g, denoise_layer_add(NULL), added, 2);
    denoise_node *outputs[] = {denoise_graph_apply(g, dense(3, "softmax", "digit"), sum), sum};
    status = built(denoise_graph_build_many(&model, g, inputs, 2, outputs, 2, NULL), &model, bits);
    denoise_graph_free(g);
    return status;
}

/* Models that a call builds upon. */
static void *make_model(const void *data)
{
    (void)data;
    return two_layers(6, 4, "relu", 3, "softmax");
}

static void *make_branches(const void *data)
{
    (void)data;
    return branches();
}

static uint64_t model_state(void *objects)
{
    return alloc_hash_model(0, objects);
}

static void drop_model(void *objects)
{
    denoise_model_free(objects);
}

static denoise_status submodel(void *objects, uint64_t *bits)
{
    denoise_model *model = NULL;
    return built(denoise_model_submodel(&model, objects, NULL, "dense"), &model, bits);
}

static denoise_status submodel_behind(void *objects, uint64_t *bits)
{
    denoise_model *model = NULL;
    return built(denoise_model_submodel(&model, objects, "dense", NULL), &model, bits);
}

static denoise_status submodel_of_branches(void *objects, uint64_t *bits)
{
    denoise_model *model = NULL;
    return built(denoise_model_submodel(&model, objects, "concatenate", "digit"), &model, bits);
}

static denoise_status applied(void *objects, uint64_t *bits)
{
    const int64_t six = 6;
    denoise_graph *g;
    denoise_model *model = NULL;
    denoise_status status = alloc_checked(denoise_graph_new(&g, NULL), &g);
    if (status != DENOISE_OK) return status;
    denoise_node *input = denoise_graph_input(g, &six, 1);
    denoise_node *output = denoise_graph_apply(g, dense(2, NULL, NULL), denoise_graph_apply_model(g, objects, input));
    status = built(denoise_graph_build(&model, g, input, output, NULL), &model, bits);
    denoise_graph_free(g);
    return status;
}

static denoise_status applied_many(void *objects, uint64_t *bits)
{
    const int64_t six = 6;
    denoise_graph *g;
    denoise_model *model = NULL;
    denoise_status status = alloc_checked(denoise_graph_new(&g, NULL), &g);
    if (status != DENOISE_OK) return status;
    denoise_node *input = denoise_graph_input(g, &six, 1), *both[] = {input, input}, *outputs[2];
    (void)denoise_graph_apply_model_many(outputs, 2, g, objects, both, 2); /* after a failure inert nodes, which tell build */
    status = built(denoise_graph_build_many(&model, g, &input, 1, outputs, 2, NULL), &model, bits);
    denoise_graph_free(g);
    return status;
}

static denoise_status stacked(void *objects, uint64_t *bits)
{
    denoise_sequential *s;
    denoise_model *model = NULL;
    denoise_status status = alloc_checked(denoise_sequential_new(&s, NULL), &s);
    if (status != DENOISE_OK) return status;
    (void)denoise_sequential_add_model(s, objects);
    (void)denoise_sequential_add(s, dense(2, "sigmoid", NULL));
    status = built(denoise_sequential_build(&model, s, NULL), &model, bits);
    denoise_sequential_free(s);
    return status;
}

/* A graph made before: only building it is disturbed, and what failed must not have used it up. */
typedef struct ready {
    denoise_graph *graph;
    denoise_node *input, *output;
} ready;

static void *make_ready(const void *data)
{
    static ready r;
    const int64_t six = 6;
    (void)data;
    ASSERT_OK(denoise_graph_new(&r.graph, "ready"));
    r.input = denoise_graph_input(r.graph, &six, 1);
    denoise_layer *layer = dense(6, "relu", "twice");
    r.output = denoise_graph_apply(r.graph, layer, denoise_graph_apply(r.graph, layer, r.input));
    return &r;
}

static denoise_status build_ready(void *objects, uint64_t *bits)
{
    const ready *r = objects;
    denoise_model *model = NULL;
    return built(denoise_graph_build(&model, r->graph, r->input, r->output, NULL), &model, bits);
}

static void drop_ready(void *objects)
{
    denoise_graph_free(((const ready *)objects)->graph);
}

/* Each kind of layer. */
static alloc_run *present;

static void *take_layer(const void *data)
{
    return (void *)(uintptr_t)data;
}

static denoise_status build_layer(void *objects, uint64_t *bits)
{
    denoise_model *model = NULL;
    return built(layer_net(&model, objects, 3), &model, bits);
}

static void try_layer(const layer_case *c)
{
    char variant[96];
    (void)snprintf(variant, sizeof variant, "%s rank %d", c->variant == NULL ? "" : c->variant, (int)c->rank);
    alloc_case what = {.name = c->kind, .variant = variant, .data = c, .make = take_layer, .call = build_layer};
    alloc_try(present, &what);
}

void alloc_building(alloc_run *run)
{
    static const alloc_case cases[] = {
        {.name = "sequential", .call = sequential},
        {.name = "graph with a shared layer", .call = graph},
        {.name = "submodel", .make = make_model, .call = submodel, .state = model_state, .drop = drop_model},
        {.name = "submodel behind", .make = make_model, .call = submodel_behind, .state = model_state, .drop = drop_model},
        {.name = "submodel of branches",
         .make = make_branches,
         .call = submodel_of_branches,
         .state = model_state,
         .drop = drop_model},
        {.name = "applied model", .make = make_model, .call = applied, .state = model_state, .drop = drop_model},
        {.name = "applied branches", .make = make_branches, .call = applied_many, .state = model_state, .drop = drop_model},
        {.name = "model in a sequential", .make = make_model, .call = stacked, .state = model_state, .drop = drop_model},
        {.name = "build alone", .make = make_ready, .call = build_ready, .drop = drop_ready},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        alloc_try(run, &cases[i]);
    present = run;
    for_every_layer(try_layer);
}
