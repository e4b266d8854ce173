/* SPDX-License-Identifier: Apache-2.0 */
/* What a built model tells: weights and their names, parts cut out, summary, DOT. */
#include "support/failing_alloc.h"
#include "support/log_capture.h"
#include "support/nets.h"
#include <string.h>

static void test_weights_in_keras_order(void **state)
{
    (void)state;
    static const char *const names[] = {"shared/kernel", "shared/bias", "around/kernel", "around/bias",
                                        "digit/kernel",  "digit/bias",  "clean/kernel",  "clean/bias"};
    denoise_model *model = branches();
    char name[64];
    assert_int_equal(denoise_model_weight_count(model), 8);
    for (int64_t i = 0; i < 8; i++) {
        assert_int_equal(denoise_model_weight_name(model, i, name, sizeof name), strlen(names[i]));
        assert_string_equal(name, names[i]);
    }
    assert_int_equal(denoise_model_weight_name(model, 8, name, sizeof name), -1);
    assert_int_equal(denoise_model_weight_name(model, 0, NULL, 0), strlen(names[0]));
    denoise_model_free(model);
}

static void test_set_weights_all_or_none(void **state)
{
    (void)state;
    denoise_model *model = two_layers(3, 2, "relu", 2, NULL);
    denoise_tensor *weights[4], *bad = random_rows(2, 3, 0);
    uint64_t before = hash_of_weights(model);
    ASSERT_OK(denoise_model_get_weights(weights, model, 4));
    for (int i = 0; i < 4; i++)
        ASSERT_OK(denoise_tensor_scale_into(weights[i], weights[i], 2.0));
    const denoise_tensor *mixed[] = {weights[0], weights[1], bad, weights[3]},
                         *missing[] = {weights[0], NULL, weights[2], weights[3]};
    ASSERT_FAILS(denoise_model_set_weights(model, mixed, 4), DENOISE_ERR_SHAPE, "\"dense_1/kernel\" has shape (2, 2)");
    ASSERT_FAILS(denoise_model_set_weights(model, missing, 4), DENOISE_ERR_NULL, "weight 1");
    ASSERT_FAILS(denoise_model_set_weights(model, mixed, 3), DENOISE_ERR_RANGE, "4 weights, 3 given");
    ASSERT_FAILS(denoise_model_set_weight(model, 4, bad), DENOISE_ERR_RANGE, "not one at 4");
    ASSERT_FAILS(denoise_model_get_weights(weights, NULL, 0), DENOISE_ERR_NULL, "model");
    assert_true(hash_of_weights(model) == before);
    ASSERT_OK(denoise_model_set_weights(model, (const denoise_tensor *const *)weights, 4));
    assert_true(hash_of_weights(model) != before);
    for (int i = 0; i < 4; i++)
        denoise_tensor_free(weights[i]);
    denoise_tensor_free(bad);
    denoise_model_free(model);
}

/* encoder then decoder is the autoencoder, with the same weights */
static void test_submodels(void **state)
{
    (void)state;
    denoise_model *whole = two_layers(8, 3, "relu", 8, "sigmoid"), *encoder, *decoder, *none;
    denoise_tensor *x = random_rows(4, 8, 0), *code, *decoded, *direct;
    ASSERT_OK(denoise_model_submodel(&encoder, whole, NULL, "dense"));
    ASSERT_OK(denoise_model_submodel(&decoder, whole, "dense", NULL));
    assert_string_equal(denoise_model_name(encoder), "two_layers_dense");
    assert_string_equal(denoise_model_name(decoder), "two_layers_dense_1");
    assert_int_equal(denoise_model_count_params(encoder) + denoise_model_count_params(decoder),
                     denoise_model_count_params(whole));
    ASSERT_OK(denoise_model_predict(&direct, whole, x, NULL));
    ASSERT_OK(denoise_model_predict(&code, encoder, x, NULL));
    ASSERT_OK(denoise_model_predict(&decoded, decoder, code, NULL));
    assert_int_equal(denoise_tensor_dim(code, 1), 3);
    assert_true(denoise_tensor_equal(direct, decoded));
    ASSERT_FAILS(denoise_model_submodel(&none, whole, "dense_1", "dense"), DENOISE_ERR_INVALID,
                 "from \"dense_1\" to \"dense\"");
    ASSERT_FAILS(denoise_model_submodel(&none, whole, "nothing", NULL), DENOISE_ERR_NAME, "no layer \"nothing\"");
    assert_null(none);
    denoise_model_free(whole);
    denoise_tensor_free(direct);
    ASSERT_OK(denoise_model_predict(&direct, decoder, code, NULL)); /* weights outlive the whole */
    assert_true(denoise_tensor_equal(direct, decoded));
    denoise_tensor_free(x), denoise_tensor_free(code), denoise_tensor_free(decoded), denoise_tensor_free(direct);
    denoise_model_free(encoder), denoise_model_free(decoder);
}

static void test_nested_model_is_listed(void **state)
{
    (void)state;
    const int64_t eight = 8;
    char name[96], *text;
    denoise_model *inner = two_layers(8, 3, "relu", 8, "sigmoid"), *outer;
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, "outer"));
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    ASSERT_OK(denoise_graph_build(&outer, g, x, denoise_graph_apply_model(g, inner, x), NULL));
    denoise_graph_free(g);
    assert_ptr_equal(denoise_model_nested(outer, "two_layers"), inner);
    assert_null(denoise_model_nested(outer, "input_layer"));
    assert_null(denoise_model_layer(outer, "two_layers"));
    denoise_model_weight_name(outer, 2, name, sizeof name);
    assert_string_equal(name, "two_layers/dense_1/kernel");
    options.line_length = 90;
    options.expand_nested = 1;
    options.show_trainable = 1;
    ASSERT_OK(denoise_model_set_trainable(inner, 0));
    ASSERT_OK(denoise_model_summary(&text, outer, &options));
    assert_non_null(strstr(text, "└ dense_1 (Dense)"));
    assert_non_null(strstr(text, "Trainable"));
    assert_non_null(strstr(text, "│   N    │"));
    assert_non_null(strstr(text, " Trainable params: 0 (0.00 B)\n Non-trainable params: 59 (236.00 B)\n"));
    denoise_free(text);
    denoise_model_free(inner), denoise_model_free(outer);
}

/* Rows of a model inside say nothing of what they follow, as in Keras, which looks for calls of the outer model. */
static void test_rows_inside_have_no_connections(void **state)
{
    (void)state;
    const int64_t eight = 8;
    char *text;
    denoise_model *inner = two_layers(8, 3, "relu", 8, "sigmoid"), *outer;
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, "outer"));
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    denoise_node *both[] = {x, denoise_graph_apply_model(g, inner, x)};
    ASSERT_OK(denoise_graph_build(&outer, g, x, denoise_graph_apply_many(g, denoise_layer_add(NULL), both, 2), NULL));
    denoise_graph_free(g);
    options.line_length = 100;
    options.expand_nested = 1;
    ASSERT_OK(denoise_model_summary(&text, outer, &options));
    const char *inside = strstr(text, "└ dense_1 (Dense)");
    assert_non_null(inside);
    const char *end = strchr(inside, '\n'), *dash = strstr(inside, "│ -   "), *bracket = strchr(inside, '[');
    assert_true(dash != NULL && dash < end);
    assert_true(bracket == NULL || bracket > end);
    assert_non_null(strstr(text, "two_layers[0][0]")); /* the sum's row, outside */
    denoise_free(text);
    denoise_model_free(inner), denoise_model_free(outer);
}

/* A shared layer follows what it was applied to in the order of the calls, which is not the order in which they run. */
static void test_connections_are_in_order_of_calls(void **state)
{
    (void)state;
    const int64_t eight = 8;
    char *text;
    denoise_model *model;
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, &eight, 1);
    denoise_layer *shared = denoise_layer_dense(8, NULL, NULL);
    denoise_node *first = denoise_graph_apply(g, shared, denoise_graph_apply(g, denoise_layer_dense(8, NULL, NULL), x));
    denoise_node *both[] = {denoise_graph_apply(g, shared, x),
                            denoise_graph_apply(g, denoise_layer_activation("relu", NULL), first)};
    ASSERT_OK(denoise_graph_build(&model, g, x, denoise_graph_apply_many(g, denoise_layer_add(NULL), both, 2), NULL));
    denoise_graph_free(g);
    options.line_length = 100;
    ASSERT_OK(denoise_model_summary(&text, model, &options));
    const char *before = strstr(text, "dense[0][0],"), *after = before == NULL ? NULL : strstr(before, "input_layer[0][0]");
    assert_non_null(before);
    assert_non_null(after);
    denoise_free(text);
    denoise_model_free(model);
}

static void test_summary_goes_to_the_sink(void **state)
{
    (void)state;
    denoise_model *model = two_layers(8, 3, "relu", 8, "sigmoid");
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT, written;
    char *text;
    denoise_summary_options_init(&written);
    assert_memory_equal(&options, &written, sizeof options);
    log_capture_start(false, 60);
    ASSERT_OK(denoise_model_summary(&text, model, NULL));
    ASSERT_OK(denoise_model_print_summary(model, NULL));
    assert_string_equal(log_capture_text(), text);
    denoise_free(text);
    log_capture_stop();
    options.line_length = 6;
    ASSERT_FAILS(denoise_model_summary(&text, model, &options), DENOISE_ERR_RANGE, "line_length 6");
    options.line_length = 0;
    ASSERT_FAILS(denoise_model_summary(&text, model, &options), DENOISE_ERR_RANGE, "line_length is 0");
    options.line_length = 1;
    ASSERT_FAILS(denoise_model_summary(&text, model, &options), DENOISE_ERR_RANGE, "line_length 1 is too small");
    options.line_length = 10001;
    ASSERT_FAILS(denoise_model_summary(&text, model, &options), DENOISE_ERR_RANGE, "expected -1 or 1 to 10000");
    options.line_length = 10000;
    ASSERT_OK(denoise_model_summary(&text, model, &options));
    denoise_free(text);
    text = NULL;
    options.struct_size = 1;
    ASSERT_FAILS(denoise_model_summary(&text, model, &options), DENOISE_ERR_INVALID, "struct_size");
    assert_null(text);
    denoise_model_free(model);
}

static void test_dot(void **state)
{
    (void)state;
    denoise_model *model = branches();
    char *text;
    ASSERT_OK(denoise_model_dot(&text, model));
    assert_non_null(strstr(text, "digraph \"branches\""));
    assert_non_null(strstr(text, "[label=\"shared\\nDense\\n(None, 4)\"]"));
    int edges = 0;
    for (const char *at = text; (at = strstr(at, " -> ")) != NULL; at++)
        edges++;
    assert_int_equal(edges, 10);
    denoise_free(text);
    assert_non_null(denoise_model_layer_at(model, 0));
    denoise_sequential *quoted;
    denoise_model *odd;
    ASSERT_OK(denoise_sequential_new(&quoted, "a\"b\\c"));
    denoise_sequential_add(quoted, denoise_layer_input((const int64_t[]){2}, 1, NULL));
    denoise_sequential_add(quoted, denoise_layer_dense(1, NULL, NULL));
    ASSERT_OK(denoise_sequential_build(&odd, quoted, NULL));
    ASSERT_OK(denoise_model_dot(&text, odd));
    assert_non_null(strstr(text, "digraph \"a\\\"b\\\\c\" {"));
    denoise_free(text), denoise_model_free(odd), denoise_sequential_free(quoted);
    ASSERT_FAILS(denoise_model_dot(&text, NULL), DENOISE_ERR_NULL, "model");
    denoise_model_free(model);
}

static denoise_status tell_everything(denoise_model *model)
{
    char *text = NULL;
    denoise_model *part = NULL;
    denoise_status status = denoise_model_summary(&text, model, NULL);
    denoise_free(text);
    if (status == DENOISE_OK) {
        status = denoise_model_dot(&text, model);
        denoise_free(text);
    }
    if (status == DENOISE_OK) status = denoise_model_submodel(&part, model, "concatenate", "digit");
    denoise_model_free(part);
    return status;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_model *model = branches();
    for (int64_t nth = 1;; nth++) {
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = tell_everything(model);
        if (!failing_alloc_disarm()) {
            ASSERT_OK(status);
            break;
        }
        assert_int_equal(status, DENOISE_ERR_NOMEM);
    }
    denoise_model_free(model);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_in_keras_order),
        cmocka_unit_test(test_set_weights_all_or_none),
        cmocka_unit_test(test_submodels),
        cmocka_unit_test(test_nested_model_is_listed),
        cmocka_unit_test(test_rows_inside_have_no_connections),
        cmocka_unit_test(test_connections_are_in_order_of_calls),
        cmocka_unit_test(test_summary_goes_to_the_sink),
        cmocka_unit_test(test_dot),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
