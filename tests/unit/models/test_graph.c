/* SPDX-License-Identifier: Apache-2.0 */
/* Building models: what works, and that every mistake is reported with layer and shapes, by the build at the latest. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include "support/test_kinds.h"
#include <stdio.h>
#include <string.h>

static const int64_t eight = 8;

static void test_sequential_names_layers(void **state)
{
    (void)state;
    denoise_model *model = two_layers(8, 4, "relu", 3, "softmax");
    assert_string_equal(denoise_model_name(model), "two_layers");
    assert_int_equal(denoise_model_layer_count(model), 2);
    assert_string_equal(denoise_model_layer_name(model, 0), "dense");
    assert_string_equal(denoise_model_layer_name(model, 1), "dense_1");
    assert_null(denoise_model_layer_name(model, 2));
    assert_null(denoise_model_layer_name(model, -1));
    assert_ptr_equal(denoise_model_layer(model, "dense_1"), denoise_model_layer_at(model, 1));
    assert_null(denoise_model_layer(model, "other"));
    assert_int_equal(denoise_model_count_params(model), 8 * 4 + 4 + 4 * 3 + 3);
    assert_string_equal(denoise_model_output_name(model, 0), "dense_1");
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    ASSERT_OK(denoise_model_output_shape(model, 0, shape, &rank));
    assert_int_equal(rank, 1);
    assert_int_equal(shape[0], 3);
    ASSERT_FAILS(denoise_model_output_shape(model, 1, shape, &rank), DENOISE_ERR_RANGE, "has 1 outputs");
    ASSERT_FAILS(denoise_model_input_shape(model, 1, shape, &rank), DENOISE_ERR_RANGE, "has 1 inputs");
    denoise_model_free(model);
}

static void test_shape_mistake_names_layer(void **state)
{
    (void)state;
    denoise_sequential *s;
    denoise_model *model = (denoise_model *)&s;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){3, 4}, 2, NULL));
    denoise_sequential_add(s, denoise_layer_reshape((const int64_t[]){5, -1}, 2, "bend"));
    denoise_sequential_add(s, denoise_layer_dense(2, NULL, NULL));
    ASSERT_FAILS(denoise_sequential_build(&model, s, NULL), DENOISE_ERR_SHAPE, "layer 1 \"bend\"");
    assert_null(model);
    assert_non_null(strstr(denoise_sequential_error(s), "bend"));
    denoise_sequential_free(s);
}

static void test_inert_layer_poisons(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "g"));
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    denoise_node *y = denoise_graph_apply(g, denoise_layer_dense(0, NULL, NULL), x);
    denoise_node *z = denoise_graph_apply(g, denoise_layer_dense(3, "nonsense", NULL), y);
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    ASSERT_FAILS(denoise_node_shape(z, shape, &rank), DENOISE_ERR_INVALID, "failed call");
    ASSERT_FAILS(denoise_graph_build(&model, g, x, z, NULL), DENOISE_ERR_RANGE, "units is 0");
    assert_null(model);
    denoise_graph_free(g);
}

/* A call that fails midway leaves no node of its own behind: all outputs are the one of failed calls. */
static void test_failed_model_call_leaves_no_nodes(void **state)
{
    (void)state;
    denoise_graph *inner;
    denoise_model *model;
    failing_alloc_install();
    ASSERT_OK(denoise_graph_new(&inner, "inner"));
    denoise_node *in = denoise_graph_input(inner, &eight, 1);
    denoise_node *heads[] = {denoise_graph_apply(inner, denoise_layer_dense(2, NULL, NULL), in),
                             denoise_graph_apply(inner, denoise_layer_dense(3, NULL, NULL), in)};
    ASSERT_OK(denoise_graph_build_many(&model, inner, &in, 1, heads, 2, NULL));
    denoise_graph_free(inner);
    int failures = 0;
    for (int64_t n = 1;; n++) {
        denoise_graph *g;
        denoise_node *outputs[2] = {NULL, NULL};
        int64_t shape[DENOISE_MAX_RANK];
        int32_t rank;
        ASSERT_OK(denoise_graph_new(&g, "outer"));
        denoise_node *x = denoise_graph_input(g, &eight, 1);
        failing_alloc_arm(n, false);
        denoise_status status = denoise_graph_apply_model_many(outputs, 2, g, model, &x, 1);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        for (int i = 0; i < 2; i++) {
            assert_non_null(outputs[i]);
            assert_int_equal(denoise_node_shape(outputs[i], shape, &rank), failed ? DENOISE_ERR_INVALID : DENOISE_OK);
        }
        failures += failed;
        denoise_graph_free(g);
        if (!failed) break;
    }
    assert_in_range(failures, 3, 100);
    denoise_model_free(model);
    failing_alloc_remove();
}

static void test_first_layer_must_be_input(void **state)
{
    (void)state;
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, "s"));
    ASSERT_FAILS(denoise_sequential_build(&model, s, NULL), DENOISE_ERR_STATE, "has no layers");
    ASSERT_FAILS(denoise_sequential_add(s, denoise_layer_dense(3, NULL, NULL)), DENOISE_ERR_INVALID, "must be an input layer");
    ASSERT_FAILS(denoise_sequential_build(&model, s, NULL), DENOISE_ERR_INVALID, "\"Dense\"");
    denoise_sequential_free(s);
}

static void test_owned_layer_is_refused(void **state)
{
    (void)state;
    denoise_graph *g, *h;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "g"));
    ASSERT_OK(denoise_graph_new(&h, "h"));
    denoise_layer *layer = denoise_layer_dense(3, NULL, NULL);
    denoise_node *x = denoise_graph_input(g, &eight, 1), *other = denoise_graph_input(h, &eight, 1);
    denoise_node *y = denoise_graph_apply(g, layer, x);
    denoise_node *stolen = denoise_graph_apply(h, layer, other);
    ASSERT_FAILS(denoise_graph_build(&model, h, other, stolen, NULL), DENOISE_ERR_OWNED, "");
    denoise_graph_free(h);
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    denoise_model_free(model);
}

static void test_disconnected_and_foreign_nodes(void **state)
{
    (void)state;
    denoise_graph *g, *h;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "g"));
    ASSERT_OK(denoise_graph_new(&h, "h"));
    denoise_node *a = denoise_graph_input_layer(g, denoise_layer_input(&eight, 1, "first"));
    denoise_node *b = denoise_graph_input_layer(g, denoise_layer_input(&eight, 1, "second"));
    denoise_node *y = denoise_graph_apply(g, denoise_layer_dense(3, NULL, NULL), b);
    denoise_node *foreign = denoise_graph_input(h, &eight, 1);
    ASSERT_FAILS(denoise_graph_build(&model, g, a, y, NULL), DENOISE_ERR_INVALID, "\"second\"");
    ASSERT_FAILS(denoise_graph_build(&model, g, foreign, y, NULL), DENOISE_ERR_OWNED, "another graph");
    ASSERT_FAILS(denoise_graph_build(&model, g, NULL, y, NULL), DENOISE_ERR_NULL, "NULL");
    ASSERT_FAILS(denoise_graph_build_many(&model, g, (denoise_node *[]){b, b}, 2, &y, 1, NULL), DENOISE_ERR_INVALID,
                 "same node");
    ASSERT_FAILS(denoise_graph_build_many(&model, g, &b, 0, &y, 1, NULL), DENOISE_ERR_RANGE, "at least one");
    ASSERT_OK(denoise_graph_build_many(&model, g, (denoise_node *[]){a, b}, 2, &y, 1, NULL)); /* an unused input is kept */
    assert_int_equal(denoise_model_input_count(model), 2);
    denoise_model_free(model);
    denoise_graph_free(g);
    denoise_graph_free(h);
}

static void test_same_name_is_refused(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "g"));
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    denoise_node *y = denoise_graph_apply(g, denoise_layer_activation("relu", "twin"), x);
    denoise_node *z = denoise_graph_apply(g, denoise_layer_activation("tanh", "twin"), y);
    ASSERT_FAILS(denoise_graph_build(&model, g, x, z, NULL), DENOISE_ERR_NAME, "\"twin\"");
    denoise_graph_free(g);
}

static void test_null_graph_and_layer(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *model;
    assert_non_null(denoise_graph_input(NULL, &eight, 1));
    assert_non_null(denoise_graph_apply(NULL, denoise_layer_dense(3, NULL, NULL), NULL)); /* the layer is freed */
    ASSERT_OK(denoise_graph_new(&g, "g"));
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    denoise_node *y = denoise_graph_apply(g, NULL, x);
    ASSERT_FAILS(denoise_graph_build(&model, g, x, y, NULL), DENOISE_ERR_NULL, "layer");
    denoise_graph_free(g);
    ASSERT_FAILS(denoise_graph_new(NULL, "g"), DENOISE_ERR_NULL, "out");
    ASSERT_FAILS(denoise_graph_new(&g, ""), DENOISE_ERR_RANGE, "0 bytes");
    ASSERT_FAILS(denoise_graph_new(&g, "a/b"), DENOISE_ERR_INVALID, "the name is \"a/b\", expected one without \"/\"");
    ASSERT_FAILS(denoise_graph_build(&model, NULL, x, y, NULL), DENOISE_ERR_NULL, "graph");
    ASSERT_FAILS(denoise_sequential_add(NULL, denoise_layer_dense(3, NULL, NULL)), DENOISE_ERR_NULL, "sequential");
    denoise_graph_free(NULL);
    denoise_sequential_free(NULL);
    denoise_model_free(NULL);
    assert_string_equal(denoise_graph_error(NULL), "");
}

static void test_options_are_checked(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *model;
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT, written;
    denoise_build_options_init(&written);
    assert_memory_equal(&options, &written, sizeof options);
    ASSERT_OK(denoise_graph_new(&g, "g"));
    denoise_node *x = denoise_graph_input(g, &eight, 1), *y = denoise_graph_apply(g, denoise_layer_dense(2, NULL, NULL), x);
    options.struct_size = 0;
    ASSERT_FAILS(denoise_graph_build(&model, g, x, y, &options), DENOISE_ERR_INVALID, "struct_size is 0");
    options.struct_size = (int64_t)sizeof options;
    options.name = "";
    ASSERT_FAILS(denoise_graph_build(&model, g, x, y, &options), DENOISE_ERR_RANGE, "name");
    options.name = "renamed";
    ASSERT_OK(denoise_graph_build(&model, g, x, y, &options));
    assert_string_equal(denoise_model_name(model), "renamed");
    denoise_model_free(model);
    denoise_graph_free(g);
}

/* The same graph gives an autoencoder and its encoder: weights are shared, and stay when the second one is built. */
static void test_models_of_one_graph_share_weights(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *whole, *encoder;
    denoise_build_options other_seed = DENOISE_BUILD_OPTIONS_INIT;
    ASSERT_OK(denoise_graph_new(&g, "g"));
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    denoise_node *code = denoise_graph_apply(g, denoise_layer_dense(2, "relu", NULL), x);
    denoise_node *y = denoise_graph_apply(g, denoise_layer_dense(8, "sigmoid", NULL), code);
    ASSERT_OK(denoise_graph_build(&whole, g, x, y, NULL));
    uint64_t before = hash_of_weights(whole);
    other_seed.seed = 99;
    ASSERT_OK(denoise_graph_build(&encoder, g, x, code, &other_seed));
    assert_true(hash_of_weights(whole) == before);
    assert_ptr_equal(denoise_model_layer(whole, "dense"), denoise_model_layer(encoder, "dense"));
    denoise_graph_free(g);
    denoise_model_free(whole);
    denoise_tensor *rows = random_rows(3, 8, 0), *codes;
    ASSERT_OK(denoise_model_predict(&codes, encoder, rows, NULL));
    denoise_tensor_free(codes);
    denoise_tensor_free(rows);
    denoise_model_free(encoder);
}

static void test_seed_decides_weights(void **state)
{
    (void)state;
    uint64_t hashes[3];
    for (uint64_t i = 0; i < 3; i++) {
        denoise_sequential *s;
        denoise_model *model;
        denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
        options.seed = i / 2;
        ASSERT_OK(denoise_sequential_new(&s, NULL));
        denoise_sequential_add(s, denoise_layer_input(&eight, 1, NULL));
        denoise_sequential_add(s, denoise_layer_dense(5, NULL, NULL));
        ASSERT_OK(denoise_sequential_build(&model, s, &options));
        hashes[i] = hash_of_weights(model);
        denoise_sequential_free(s);
        denoise_model_free(model);
    }
    assert_true(hashes[0] == hashes[1]);
    assert_true(hashes[0] != hashes[2]);
}

static denoise_status build_nested(denoise_model **out)
{
    denoise_sequential *s = NULL;
    denoise_model *inner = NULL;
    denoise_graph *g = NULL;
    *out = NULL;
    denoise_status status = denoise_sequential_new(&s, "inner");
    if (status == DENOISE_OK) status = denoise_sequential_add(s, denoise_layer_input(&eight, 1, NULL));
    if (status == DENOISE_OK) status = denoise_sequential_add(s, denoise_layer_dense(8, "relu", NULL));
    if (status == DENOISE_OK) status = denoise_sequential_build(&inner, s, NULL);
    if (status == DENOISE_OK) status = denoise_graph_new(&g, "outer");
    if (status == DENOISE_OK) {
        denoise_node *x = denoise_graph_input(g, &eight, 1);
        denoise_node *y = denoise_graph_apply_model(g, inner, x);
        denoise_node *both[] = {x, y};
        status = denoise_graph_build(out, g, x, denoise_graph_apply_many(g, denoise_layer_add(NULL), both, 2), NULL);
    }
    denoise_sequential_free(s);
    denoise_graph_free(g);
    denoise_model_free(inner);
    return status;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t nth = 1;; nth++) {
            denoise_model *model;
            failing_alloc_arm(nth, for_ever != 0);
            denoise_status status = build_nested(&model);
            if (!failing_alloc_disarm()) {
                ASSERT_OK(status);
                denoise_model_free(model);
                break;
            }
            assert_int_equal(status, DENOISE_ERR_NOMEM);
            assert_null(model);
        }
    }
    failing_alloc_remove();
}

/* Also where memory is out, an adopted layer can be asked and given again until its graph is freed. */
static void test_adopted_layers_stay_readable(void **state)
{
    (void)state;
    failing_alloc_install();
    bool failed = true;
    for (int64_t n = 1; failed; n++) {
        denoise_graph *graph;
        ASSERT_OK(denoise_graph_new(&graph, NULL));
        denoise_node *input = denoise_graph_input(graph, (int64_t[]){3}, 1);
        denoise_layer *layer = denoise_layer_dense(2, NULL, NULL);
        failing_alloc_arm(n, false);
        denoise_graph_apply(graph, layer, input);
        failed = failing_alloc_disarm();
        assert_string_equal(denoise_layer_class_name(layer), "Dense");
        denoise_graph_apply(graph, layer, input);
        denoise_layer_free(layer);
        assert_string_equal(denoise_layer_class_name(layer), "Dense");
        denoise_graph_free(graph);
    }
    failing_alloc_remove();
}

/* Both outputs of one layer, the second before the first. */
static denoise_status build_two(denoise_model **model)
{
    denoise_graph *g;
    denoise_node *nodes[2];
    *model = NULL;
    denoise_status status = denoise_graph_new(&g, "two");
    if (status != DENOISE_OK) return status;
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    denoise_layer *layer;
    status = denoise_layer_create(&layer, "two_outputs", NULL);
    if (status == DENOISE_OK) {
        status = denoise_graph_apply_layer_many(nodes, 2, g, layer, &x, 1);
        denoise_node *ends[] = {denoise_graph_apply(g, denoise_layer_dense(3, NULL, NULL), nodes[1]), nodes[0]};
        denoise_status built = denoise_graph_build_many(model, g, &x, 1, ends, 2, NULL);
        if (status == DENOISE_OK) status = built;
    }
    denoise_graph_free(g);
    return status;
}

static void test_each_output_of_a_layer_is_a_node(void **state)
{
    (void)state;
    denoise_model *model;
    char *text;
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    ASSERT_OK(build_two(&model));
    ASSERT_OK(denoise_model_output_shape(model, 0, shape, &rank));
    assert_int_equal(shape[0], 3);
    ASSERT_OK(denoise_model_output_shape(model, 1, shape, &rank));
    assert_int_equal(shape[0], 8);
    assert_string_equal(denoise_model_output_name(model, 1), "two_outputs");
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    options.line_length = 200;
    ASSERT_OK(denoise_model_summary(&text, model, &options));
    assert_non_null(strstr(text, "[(None, 8), (None, 8)]"));
    denoise_free(text);
    /* x - mean, whose mean is 1 at first, and (x 1) K + b */
    denoise_tensor *x = random_rows(5, 8, 1), *y[2];
    ASSERT_OK(denoise_model_predict_many(y, 2, model, (const denoise_tensor *const *)&x, 1, NULL));
    const float *from = denoise_tensor_const_data(x), *to = denoise_tensor_const_data(y[1]);
    for (int i = 0; i < 40; i++)
        assert_true(to[i] == from[i] - 1);
    denoise_tensor_free(x), denoise_tensor_free(y[0]), denoise_tensor_free(y[1]);
    denoise_model_free(model);
}

static void test_the_number_of_outputs_must_fit(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_sequential *s;
    denoise_node *nodes[3];
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    ASSERT_FAILS(denoise_graph_apply_layer_many(nodes, 3, g, test_kind_layer("two_outputs", "pair", NULL), &x, 1),
                 DENOISE_ERR_RANGE, "layer 1 \"pair\": it has 2 outputs, room given for 3");
    for (int i = 0; i < 3; i++)
        assert_int_equal(denoise_node_shape(nodes[i], (int64_t[DENOISE_MAX_RANK]){0}, &(int32_t){0}), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_graph_error(g), "layer 1 \"pair\": it has 2 outputs, room given for 3");
    denoise_graph_free(g);
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_graph_apply(g, test_kind_layer("two_outputs", NULL, NULL), denoise_graph_input(g, &eight, 1));
    assert_string_equal(denoise_graph_error(g), "layer 1 \"two_outputs\": it has 2 outputs, room given for 1");
    denoise_graph_free(g);
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(&eight, 1, NULL)));
    ASSERT_FAILS(denoise_sequential_add(s, test_kind_layer("two_outputs", NULL, NULL)), DENOISE_ERR_RANGE, "it has 2 outputs");
    denoise_sequential_free(s);
}

static void test_no_room_no_graph_no_layer(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_node *node, *x;
    denoise_layer *layer = test_kind_layer("plain_rows", NULL, NULL);
    ASSERT_OK(denoise_graph_new(&g, NULL));
    x = denoise_graph_input(g, &eight, 1);
    ASSERT_FAILS(denoise_graph_apply_layer_many(NULL, 1, g, layer, &x, 1), DENOISE_ERR_NULL, "outputs");
    assert_string_equal(denoise_graph_error(g), "");
    ASSERT_OK(denoise_graph_apply_layer_many(&node, 1, g, layer, &x, 1)); /* it was adopted, and may be given again */
    ASSERT_FAILS(denoise_graph_apply_layer_many(&node, 1, NULL, test_kind_layer("plain_rows", NULL, NULL), &x, 1),
                 DENOISE_ERR_NULL, "graph");
    assert_non_null(node);
    ASSERT_FAILS(denoise_graph_apply_layer_many(NULL, 1, NULL, test_kind_layer("plain_rows", NULL, NULL), &x, 1),
                 DENOISE_ERR_NULL, "outputs");
    ASSERT_FAILS(denoise_graph_apply_layer_many(&node, 1, g, NULL, &x, 1), DENOISE_ERR_NULL, "layer");
    assert_int_equal(denoise_node_shape(node, (int64_t[DENOISE_MAX_RANK]){0}, &(int32_t){0}), DENOISE_ERR_INVALID);
    denoise_graph_free(g);
}

static void test_every_allocation_of_two_outputs_fails(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t n = 1;; n++) {
            denoise_model *model;
            int64_t before = failing_alloc_live();
            failing_alloc_arm(n, for_ever != 0);
            denoise_status status = build_two(&model);
            bool failed = failing_alloc_disarm();
            assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            denoise_model_free(model);
            assert_int_equal(failing_alloc_live(), before);
            if (!failed) break;
        }
    }
    failing_alloc_remove();
}

static const char *named(denoise_graph *graph, denoise_node **node, const char *name)
{
    denoise_layer *layer = denoise_layer_flatten(name);
    *node = denoise_graph_apply(graph, layer, *node);
    return denoise_layer_name(layer);
}

/* The lowest number that is free, also among more layers than are looked at in one go; what only looks like a number is none.
 */
static void test_automatic_names_take_the_lowest_number(void **state)
{
    (void)state;
    denoise_graph *graph;
    char expected[32];
    ASSERT_OK(denoise_graph_new(&graph, "many"));
    denoise_node *node = denoise_graph_input(graph, (int64_t[]){2}, 1);
    assert_string_equal(named(graph, &node, "flatten_2"), "flatten_2");
    assert_string_equal(named(graph, &node, "flatten_01"), "flatten_01");
    assert_string_equal(named(graph, &node, "flatten_3x"), "flatten_3x");
    assert_string_equal(named(graph, &node, "flatten_"), "flatten_");
    assert_string_equal(named(graph, &node, NULL), "flatten");
    assert_string_equal(named(graph, &node, NULL), "flatten_1");
    for (int i = 3; i < 2200; i++) {
        (void)snprintf(expected, sizeof expected, "flatten_%d", i);
        assert_string_equal(named(graph, &node, NULL), expected);
    }
    denoise_graph_free(graph);
}

int main(void)
{
    test_kinds_add();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequential_names_layers),
        cmocka_unit_test(test_automatic_names_take_the_lowest_number),
        cmocka_unit_test(test_shape_mistake_names_layer),
        cmocka_unit_test(test_inert_layer_poisons),
        cmocka_unit_test(test_failed_model_call_leaves_no_nodes),
        cmocka_unit_test(test_first_layer_must_be_input),
        cmocka_unit_test(test_owned_layer_is_refused),
        cmocka_unit_test(test_disconnected_and_foreign_nodes),
        cmocka_unit_test(test_same_name_is_refused),
        cmocka_unit_test(test_null_graph_and_layer),
        cmocka_unit_test(test_options_are_checked),
        cmocka_unit_test(test_models_of_one_graph_share_weights),
        cmocka_unit_test(test_seed_decides_weights),
        cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_adopted_layers_stay_readable),
        cmocka_unit_test(test_each_output_of_a_layer_is_a_node),
        cmocka_unit_test(test_the_number_of_outputs_must_fit),
        cmocka_unit_test(test_no_room_no_graph_no_layer),
        cmocka_unit_test(test_every_allocation_of_two_outputs_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
