/* SPDX-License-Identifier: Apache-2.0 */
/* Parts as a garbage collector has them: kept when they are wrapped, freed once, late, on any thread, whatever became of them.
 */
#include "support/cmocka_test.h"
#include "support/nets.h"
#include <pthread.h>

typedef struct wrapped {
    denoise_layer *layer;
    denoise_loss *loss;
    denoise_metric *metric;
    denoise_optimizer *optimizer;
    denoise_callback *callback;
} wrapped;

static int64_t destroyed;

static void count_destroy(void *user_data)
{
    (void)user_data;
    destroyed++;
}

static void keep(const wrapped *w)
{
    denoise_layer_keep(w->layer);
    denoise_loss_keep(w->loss);
    denoise_metric_keep(w->metric);
    denoise_optimizer_keep(w->optimizer);
    denoise_callback_keep(w->callback);
}

static wrapped wrap(void)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    wrapped w = {denoise_layer_dense(2, NULL, NULL), denoise_loss_mean_squared_error(), denoise_metric_mean_absolute_error(),
                 denoise_optimizer_adam(NULL), denoise_callback_lambda(&hooks, NULL, count_destroy)};
    keep(&w);
    return w;
}

static void check(const wrapped *w, denoise_status status)
{
    assert_int_equal(denoise_layer_status(w->layer), status);
    assert_int_equal(denoise_loss_status(w->loss), status);
    assert_int_equal(denoise_metric_status(w->metric), status);
    assert_int_equal(denoise_optimizer_status(w->optimizer), status);
    assert_int_equal(denoise_callback_status(w->callback), status);
}

static void *finalize(void *argument)
{
    const wrapped *w = argument;
    denoise_layer_free(w->layer);
    denoise_loss_free(w->loss);
    denoise_metric_free(w->metric);
    denoise_optimizer_free(w->optimizer);
    denoise_callback_free(w->callback);
    return NULL;
}

/* Every call that adopts, where it cannot. */
static void refuse(const wrapped *w)
{
    denoise_trainer *trainer;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.metrics = &w->metric, options.metric_count = 1;
    assert_int_equal(denoise_sequential_add(NULL, w->layer), DENOISE_ERR_NULL);
    (void)denoise_graph_apply(NULL, w->layer, NULL);
    assert_int_equal(denoise_graph_apply_layer_many(NULL, 1, NULL, w->layer, NULL, 0), DENOISE_ERR_NULL);
    assert_int_equal(denoise_model_compile(&trainer, NULL, w->optimizer, w->loss, &options), DENOISE_ERR_NULL);
    assert_int_equal(denoise_trainer_add_callback(NULL, w->callback), DENOISE_ERR_NULL);
}

static void refused_parts_stay_with_who_keeps_them(void **state)
{
    (void)state;
    wrapped w = wrap();
    destroyed = 0;
    refuse(&w);
    check(&w, DENOISE_OK);
    (void)finalize(&w);
    assert_int_equal(destroyed, 1);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void adopt(const wrapped *w, denoise_trainer **trainer, denoise_model **model)
{
    denoise_sequential *layers;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.metrics = &w->metric, options.metric_count = 1;
    ASSERT_OK(denoise_sequential_new(&layers, NULL));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_input((const int64_t[]){3}, 1, NULL)));
    ASSERT_OK(denoise_sequential_add(layers, w->layer));
    ASSERT_OK(denoise_sequential_build(model, layers, NULL));
    denoise_sequential_free(layers);
    ASSERT_OK(denoise_model_compile(trainer, *model, w->optimizer, w->loss, &options));
    ASSERT_OK(denoise_trainer_add_callback(*trainer, w->callback));
}

static void owners_may_go_first(void **state)
{
    (void)state;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x = random_rows(8, 3, 1), *y = random_rows(8, 2, 2), *kernel;
    wrapped w = wrap();
    destroyed = 0;
    adopt(&w, &trainer, &model);
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, NULL));
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    check(&w, DENOISE_OK);
    assert_int_equal(destroyed, 0);
    assert_true(denoise_optimizer_iterations(w.optimizer) == 1);
    ASSERT_OK(denoise_layer_get_weight(&kernel, w.layer, 0));
    assert_int_equal(denoise_tensor_size(kernel), 6);
    denoise_tensor_free(kernel);
    (void)finalize(&w);
    assert_int_equal(destroyed, 1);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* A getter's wrapper, the maker's wrapper, and two owners in between. */
static void wrappers_count_one_by_one(void **state)
{
    (void)state;
    denoise_model *model;
    denoise_trainer *trainer;
    wrapped w = wrap();
    adopt(&w, &trainer, &model);
    denoise_layer *lent = denoise_model_layer(model, "dense");
    assert_ptr_equal(lent, w.layer);
    denoise_layer_keep(lent);
    denoise_optimizer_keep(denoise_trainer_optimizer(trainer));
    denoise_optimizer_free(w.optimizer);
    assert_true(denoise_optimizer_learning_rate(denoise_trainer_optimizer(trainer)) > 0);
    (void)finalize(&w); /* the optimizer's second, the layer's first */
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    assert_int_equal(denoise_layer_count_params(lent), 8);
    denoise_layer_free(lent);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void inert_parts_are_no_exception(void **state)
{
    (void)state;
    denoise_callback_hooks wrong = {0};
    wrapped w = {denoise_layer_dense(0, NULL, NULL), NULL, NULL, NULL, denoise_callback_lambda(&wrong, NULL, count_destroy)};
    denoise_sequential *layers;
    destroyed = 0;
    denoise_layer_keep(w.layer);
    denoise_callback_keep(w.callback);
    ASSERT_OK(denoise_sequential_new(&layers, NULL));
    assert_int_equal(denoise_sequential_add(layers, denoise_layer_input((const int64_t[]){3}, 1, NULL)), DENOISE_OK);
    assert_int_equal(denoise_sequential_add(layers, w.layer), DENOISE_ERR_RANGE);
    denoise_sequential_free(layers);
    assert_int_equal(denoise_layer_status(w.layer), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_callback_status(w.callback), DENOISE_ERR_INVALID);
    (void)finalize(&w);
    assert_int_equal(destroyed, 1);
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* A collector's thread, while the trainer works. */
static void finalizers_run_beside_a_fit(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(64, 3, 1), *y = random_rows(64, 2, 2);
    destroyed = 0;
    for (int i = 0; i < 20; i++) {
        denoise_model *model;
        denoise_trainer *trainer;
        pthread_t collector;
        denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
        wrapped w = wrap();
        adopt(&w, &trainer, &model);
        options.epochs = 3;
        assert_int_equal(pthread_create(&collector, NULL, finalize, &w), 0);
        ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options));
        denoise_trainer_free(trainer);
        denoise_model_free(model);
        assert_int_equal(pthread_join(collector, NULL), 0);
    }
    assert_int_equal(destroyed, 20);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_parts_stay_with_who_keeps_them),
        cmocka_unit_test(owners_may_go_first),
        cmocka_unit_test(wrappers_count_one_by_one),
        cmocka_unit_test(inert_parts_are_no_exception),
        cmocka_unit_test(finalizers_run_beside_a_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
