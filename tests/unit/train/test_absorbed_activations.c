/* SPDX-License-Identifier: Apache-2.0 */
/* Losses that absorb an activation, where its values are used elsewhere too: fused and unfused training agree. */
#include "support/nets.h"
#include <math.h>

typedef denoise_model *(*builder)(void);

static denoise_layer *named(int64_t units, const char *activation, const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    return denoise_layer_dense(units, activation, &options);
}

/* The probabilities are an output with a loss, and go on to another layer. */
static denoise_model *consumed(void)
{
    const int64_t five = 5;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "consumed"));
    denoise_node *x = denoise_graph_input(g, &five, 1);
    denoise_node *p = denoise_graph_apply(g, named(3, "sigmoid", "p"), x);
    denoise_node *outputs[] = {p, denoise_graph_apply(g, named(3, "tanh", "q"), p)};
    ASSERT_OK(denoise_graph_build_many(&model, g, &x, 1, outputs, 2, NULL));
    denoise_graph_free(g);
    return model;
}

/* One value is two outputs: both losses look at it, and only the first absorbs its activation. */
static denoise_model *doubled(void)
{
    const int64_t five = 5;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "doubled"));
    denoise_node *x = denoise_graph_input(g, &five, 1);
    denoise_node *p = denoise_graph_apply(g, named(3, "sigmoid", "p"), x);
    denoise_node *outputs[] = {p, p};
    ASSERT_OK(denoise_graph_build_many(&model, g, &x, 1, outputs, 2, NULL));
    denoise_graph_free(g);
    return model;
}

static denoise_loss *second_loss(int absorbs)
{
    return absorbs ? denoise_loss_binary_crossentropy(NULL) : denoise_loss_mean_squared_error();
}

/* Two steps of plain SGD; the weights tell whether the gradients were right. */
static void train(denoise_tensor **weights, builder build, int absorbs, int32_t unfused)
{
    denoise_model *model = build();
    denoise_trainer *trainer;
    denoise_sgd_options sgd;
    denoise_metric *metrics[] = {denoise_metric_mean_absolute_error()};
    denoise_loss *losses[] = {denoise_loss_binary_crossentropy(NULL), second_loss(absorbs)};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_sgd_options_init(&sgd);
    sgd.learning_rate = 0.5;
    compile.losses = losses;
    compile.loss_weights = (const double[]){1.0, 0.7};
    compile.loss_count = 2;
    compile.metrics = metrics;
    compile.metric_count = 1;
    compile.unfused = unfused;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&sgd), NULL, &compile));
    denoise_tensor *x = random_rows(8, 5, 1), *raw = random_rows(8, 3, 2), *y;
    ASSERT_OK(denoise_tensor_clip(&y, raw, 0.0, 1.0));
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = 4;
    fit.verbose = 0;
    ASSERT_OK(denoise_trainer_fit_many(trainer, (const denoise_tensor *[]){x}, 1, (const denoise_tensor *[]){y, y}, 2, &fit));
    ASSERT_OK(denoise_model_get_weights(weights, model, denoise_model_weight_count(model)));
    denoise_tensor_free(x), denoise_tensor_free(raw), denoise_tensor_free(y);
    denoise_trainer_free(trainer), denoise_model_free(model);
}

static void check_agreement(builder build, int64_t count)
{
    for (int absorbs = 0; absorbs < 2; absorbs++) {
        denoise_tensor *fused[4], *unfused[4];
        train(fused, build, absorbs, 0);
        train(unfused, build, absorbs, 1);
        for (int64_t i = 0; i < count; i++) {
            const float *a = denoise_tensor_const_data(fused[i]), *b = denoise_tensor_const_data(unfused[i]);
            for (int64_t j = 0; j < denoise_tensor_size(fused[i]); j++)
                assert_true(fabsf(a[j] - b[j]) < 2e-6f);
            denoise_tensor_free(fused[i]), denoise_tensor_free(unfused[i]);
        }
    }
}

static void test_value_is_consumed(void **state)
{
    (void)state;
    check_agreement(consumed, 4);
}

static void test_value_is_two_outputs(void **state)
{
    (void)state;
    check_agreement(doubled, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_is_consumed),
        cmocka_unit_test(test_value_is_two_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
