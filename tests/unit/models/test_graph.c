/* SPDX-License-Identifier: Apache-2.0 */
/* Building models: what works, and that every mistake is reported with layer and shapes, by the build at the latest. */
#include "support/failing_alloc.h"
#include "support/nets.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequential_names_layers),      cmocka_unit_test(test_shape_mistake_names_layer),
        cmocka_unit_test(test_inert_layer_poisons),          cmocka_unit_test(test_first_layer_must_be_input),
        cmocka_unit_test(test_owned_layer_is_refused),       cmocka_unit_test(test_disconnected_and_foreign_nodes),
        cmocka_unit_test(test_same_name_is_refused),         cmocka_unit_test(test_null_graph_and_layer),
        cmocka_unit_test(test_options_are_checked),          cmocka_unit_test(test_models_of_one_graph_share_weights),
        cmocka_unit_test(test_seed_decides_weights),         cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_adopted_layers_stay_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
