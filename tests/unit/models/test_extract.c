/* SPDX-License-Identifier: Apache-2.0 */
/* Models cut out of a graph: inputs that are one of several outputs of a model in it; long rows of layers before a fused loss.
 */
#include "support/nets.h"
#include <math.h>
#include <string.h>

static denoise_model *two_heads(void)
{
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "heads"));
    denoise_node *in = denoise_graph_input(g, (const int64_t[]){3}, 1);
    denoise_node *a = denoise_graph_apply(g, denoise_layer_dense(2, NULL, NULL), in);
    denoise_node *b = denoise_graph_apply(g, denoise_layer_dense(2, "tanh", NULL), in);
    ASSERT_OK(denoise_graph_build_many(&model, g, &in, 1, (denoise_node *[]){a, b}, 2, NULL));
    denoise_graph_free(g);
    return model;
}

static void test_cut_at_one_of_two_outputs(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *heads = two_heads(), *cut, *second;
    denoise_node *p[2];
    ASSERT_OK(denoise_graph_new(&g, "outer"));
    denoise_node *in = denoise_graph_input(g, (const int64_t[]){3}, 1);
    ASSERT_OK(denoise_graph_apply_model_many(p, 2, g, heads, &in, 1));
    denoise_node *sum = denoise_graph_apply_many(g, denoise_layer_add(NULL), p, 2);
    ASSERT_FAILS(denoise_graph_build(&cut, g, p[0], sum, NULL), DENOISE_ERR_INVALID, "not among the model's inputs");
    assert_null(cut);
    ASSERT_OK(denoise_graph_build_many(&cut, g, (denoise_node *[]){p[0], in}, 2, &sum, 1, NULL));
    ASSERT_OK(denoise_graph_build(&second, g, in, p[1], NULL));
    denoise_tensor *x = random_rows(5, 3, 1), *given = random_rows(5, 2, 2), *both, *alone;
    ASSERT_OK(denoise_model_predict_many(&both, 1, cut, (const denoise_tensor *[]){given, x}, 2, NULL));
    ASSERT_OK(denoise_model_predict(&alone, second, x, NULL));
    const float *got = denoise_tensor_const_data(both), *b = denoise_tensor_const_data(alone);
    const float *a = denoise_tensor_const_data(given);
    for (int i = 0; i < 10; i++)
        assert_true(got[i] == a[i] + b[i]);
    denoise_tensor_free(x), denoise_tensor_free(given), denoise_tensor_free(both), denoise_tensor_free(alone);
    denoise_model_free(cut), denoise_model_free(second), denoise_model_free(heads), denoise_graph_free(g);
}

/* Every number of layers, for a plan's arrays grow at some of them. */
static void test_fused_loss_after_many_layers(void **state)
{
    (void)state;
    for (int length = 0; length < 20; length++) {
        denoise_sequential *s;
        denoise_model *model;
        denoise_trainer *trainer;
        ASSERT_OK(denoise_sequential_new(&s, NULL));
        denoise_sequential_add(s, denoise_layer_input((const int64_t[]){4}, 1, NULL));
        for (int i = 0; i < length; i++)
            denoise_sequential_add(s, denoise_layer_rescaling(1.0, 0.0, NULL));
        denoise_sequential_add(s, denoise_layer_dense(4, "softmax", NULL));
        ASSERT_OK(denoise_sequential_build(&model, s, NULL));
        ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL),
                                        denoise_loss_categorical_crossentropy(NULL), NULL));
        denoise_tensor *x = random_rows(3, 4, 1), *y = random_rows(3, 4, 2);
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
        denoise_tensor_free(x), denoise_tensor_free(y);
        denoise_trainer_free(trainer), denoise_model_free(model), denoise_sequential_free(s);
    }
}

static void test_predict_into_its_own_input(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 8, "relu", 4, "tanh");
    denoise_workspace *workspace;
    denoise_tensor *x = random_rows(6, 4, 3), *expected;
    ASSERT_OK(denoise_model_predict(&expected, model, x, NULL));
    ASSERT_OK(denoise_workspace_new(&workspace, model, 6));
    ASSERT_OK(denoise_model_predict_into(x, model, x, workspace));
    assert_int_equal(hash_of(x), hash_of(expected));
    denoise_workspace_free(workspace);
    denoise_tensor_free(x), denoise_tensor_free(expected), denoise_model_free(model);
}

/* A whole layer in one step reads the rows it overwrites. */
static void test_predict_into_the_input_of_one_layer(void **state)
{
    (void)state;
    denoise_sequential *s;
    denoise_model *model;
    denoise_workspace *workspace;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){4}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_dense(4, "softmax", NULL));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_tensor *x = random_rows(6, 4, 3), *expected;
    ASSERT_OK(denoise_model_predict(&expected, model, x, NULL));
    ASSERT_OK(denoise_workspace_new(&workspace, model, 6));
    ASSERT_OK(denoise_model_predict_into(x, model, x, workspace));
    assert_int_equal(hash_of(x), hash_of(expected));
    denoise_workspace_free(workspace), denoise_sequential_free(s);
    denoise_tensor_free(x), denoise_tensor_free(expected), denoise_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_at_one_of_two_outputs),
        cmocka_unit_test(test_fused_loss_after_many_layers),
        cmocka_unit_test(test_predict_into_its_own_input),
        cmocka_unit_test(test_predict_into_the_input_of_one_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
