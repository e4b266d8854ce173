/* SPDX-License-Identifier: Apache-2.0 */
/* Training: the rules of Keras' fit, no allocation in a step, the same bits on any number of threads. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

typedef struct run {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x, *y;
    denoise_fit_options options;
} run;

static denoise_trainer *compile_classifier(denoise_model *model)
{
    denoise_trainer *trainer;
    denoise_metric *metric = denoise_metric_accuracy();
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = &metric;
    compile.metric_count = 1;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL),
                                    denoise_loss_sparse_categorical_crossentropy(NULL), &compile));
    return trainer;
}

static run start(int64_t rows)
{
    run r = {.model = two_layers(6, 5, "relu", 3, "softmax"), .options = DENOISE_FIT_OPTIONS_INIT};
    r.trainer = compile_classifier(r.model);
    r.x = random_rows(rows, 6, 1);
    r.y = random_labels(rows, 3, 2);
    r.options.verbose = 0;
    return r;
}

static void end(run *r)
{
    denoise_trainer_free(r->trainer);
    denoise_model_free(r->model);
    denoise_tensor_free(r->x);
    denoise_tensor_free(r->y);
}

typedef struct counts {
    int64_t batches, epochs, test_batches, greatest_batch;
    int64_t calls_before, allocations; /* during batches 1, 2, 3 of the second epoch */
} counts;

static denoise_status count_batch_begin(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    counts *c = user_data;
    (void)trainer, (void)logs;
    if (c->epochs == 1 && batch == 1) c->calls_before = failing_alloc_calls();
    return DENOISE_OK;
}

static denoise_status count_batch_end(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    counts *c = user_data;
    double loss;
    (void)trainer;
    c->batches++;
    if (batch > c->greatest_batch) c->greatest_batch = batch;
    if (c->epochs == 1 && batch == 3) c->allocations = failing_alloc_calls() - c->calls_before;
    return denoise_logs_get(logs, "loss", &loss);
}

static denoise_status count_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)epoch, (void)logs;
    ((counts *)user_data)->epochs++;
    return DENOISE_OK;
}

static denoise_status count_test_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)batch, (void)logs;
    ((counts *)user_data)->test_batches++;
    return DENOISE_OK;
}

static void add_counter(denoise_trainer *trainer, counts *c)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_begin = count_batch_begin;
    hooks.on_train_batch_end = count_batch_end;
    hooks.on_epoch_end = count_epoch;
    hooks.on_test_batch_end = count_test_batch;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, c, NULL)));
}

/* 100 rows, split 0.2: 80 in batches of 32, 32, 16; 20 in one batch */
static void test_batches_and_split(void **state)
{
    (void)state;
    run r = start(100);
    counts c = {0};
    add_counter(r.trainer, &c);
    r.options.epochs = 2;
    r.options.validation_split = 0.2;
    ASSERT_OK(denoise_trainer_fit(r.trainer, r.x, r.y, &r.options));
    assert_int_equal(c.batches, 6);
    assert_int_equal(c.greatest_batch, 2);
    assert_int_equal(c.test_batches, 2);
    const denoise_history *history = denoise_trainer_history(r.trainer);
    static const char *const keys[] = {"accuracy", "loss", "val_accuracy", "val_loss"};
    assert_int_equal(denoise_history_epochs(history), 2);
    assert_int_equal(denoise_history_key_count(history), 4);
    for (int i = 0; i < 4; i++)
        assert_string_equal(denoise_history_key(history, i), keys[i]);
    assert_int_equal(denoise_history_epoch(history, 1), 1);
    assert_null(denoise_history_values(history, "nothing"));
    end(&r);
}

/* Validation rows are the last ones, whatever the shuffle: training on the first 80 rows alone gives the same weights. */
static void test_split_takes_last_rows(void **state)
{
    (void)state;
    run whole = start(100), part = start(100);
    denoise_tensor *x, *y;
    whole.options.validation_split = 0.2;
    ASSERT_OK(denoise_tensor_rows(&x, part.x, 0, 80));
    ASSERT_OK(denoise_tensor_rows(&y, part.y, 0, 80));
    ASSERT_OK(denoise_trainer_fit(whole.trainer, whole.x, whole.y, &whole.options));
    ASSERT_OK(denoise_trainer_fit(part.trainer, x, y, &part.options));
    assert_true(hash_of_weights(whole.model) == hash_of_weights(part.model));
    denoise_tensor_free(x), denoise_tensor_free(y);
    end(&whole), end(&part);
}

/* floor(10 (1 - 0.9)) is 0 in double, as in Keras */
static void test_empty_split(void **state)
{
    (void)state;
    run r = start(10);
    uint64_t before = hash_of_weights(r.model);
    r.options.validation_split = 0.9;
    ASSERT_FAILS(denoise_trainer_fit(r.trainer, r.x, r.y, &r.options), DENOISE_ERR_RANGE,
                 "0 rows to train on and 10 to validate");
    assert_true(hash_of_weights(r.model) == before);
    end(&r);
}

static void test_three_steps_allocate_nothing(void **state)
{
    (void)state;
    failing_alloc_install();
    run r = start(500);
    counts c = {.allocations = -1};
    add_counter(r.trainer, &c);
    r.options.epochs = 2;
    ASSERT_OK(denoise_trainer_fit(r.trainer, r.x, r.y, &r.options));
    print_message("allocations during three training steps: %d\n", (int)c.allocations);
    assert_int_equal(c.allocations, 0);
    end(&r);
    denoise_shutdown();
    failing_alloc_remove();
}

static uint64_t train_on_threads(int32_t threads)
{
    ASSERT_OK(denoise_set_num_threads(threads));
    denoise_model *model = two_layers(100, 70, "relu", 100, "sigmoid");
    denoise_tensor *x, *noise = random_rows(301, 100, 3);
    denoise_trainer *trainer;
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    ASSERT_OK(denoise_tensor_clip(&x, noise, 0.0, 1.0));
    ASSERT_OK(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL), NULL));
    options.batch_size = 64;
    options.epochs = 3;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_fit(trainer, x, x, &options));
    uint64_t hash = hash_of_weights(model);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_tensor_free(x), denoise_tensor_free(noise);
    return hash;
}

static void test_same_bits_on_any_threads(void **state)
{
    (void)state;
    const int32_t threads[] = {2, 3, 4, 8};
    uint64_t expected = train_on_threads(1);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        assert_true(train_on_threads(threads[i]) == expected);
    ASSERT_OK(denoise_set_num_threads(0));
}

static void test_seed_and_shuffle(void **state)
{
    (void)state;
    uint64_t hashes[4];
    for (int i = 0; i < 4; i++) {
        run r = start(64);
        r.options.seed = i == 2 ? 5 : 0;
        r.options.shuffle = i != 3;
        ASSERT_OK(denoise_trainer_fit(r.trainer, r.x, r.y, &r.options));
        hashes[i] = hash_of_weights(r.model);
        end(&r);
    }
    assert_true(hashes[0] == hashes[1]);
    assert_true(hashes[0] != hashes[2]);
    assert_true(hashes[0] != hashes[3]);
}

/* A weight of 2 for each row is the gradient of the row taken twice; class weights are sample weights of the classes. */
static void test_class_weight_is_sample_weight(void **state)
{
    (void)state;
    const double class_weight[] = {0.5, 2.0};
    run by_class = start(40), by_sample = start(40);
    denoise_tensor *weight;
    ASSERT_OK(denoise_tensor_new(&weight, DENOISE_FLOAT32, (const int64_t[]){40}, 1));
    for (int i = 0; i < 40; i++) {
        int32_t label = ((const int32_t *)denoise_tensor_const_data(by_sample.y))[i];
        ((float *)denoise_tensor_data(weight))[i] = label < 2 ? (float)class_weight[label] : 1.0f;
    }
    const denoise_tensor *weights[] = {weight};
    by_class.options.class_weight = class_weight;
    by_class.options.class_count = 2;
    by_sample.options.sample_weight = weights;
    ASSERT_OK(denoise_trainer_fit(by_class.trainer, by_class.x, by_class.y, &by_class.options));
    ASSERT_OK(denoise_trainer_fit(by_sample.trainer, by_sample.x, by_sample.y, &by_sample.options));
    assert_true(hash_of_weights(by_class.model) == hash_of_weights(by_sample.model));
    by_class.options.sample_weight = weights;
    ASSERT_FAILS(denoise_trainer_fit(by_class.trainer, by_class.x, by_class.y, &by_class.options), DENOISE_ERR_INVALID,
                 "exclude");
    denoise_tensor_free(weight);
    end(&by_class), end(&by_sample);
}

static void test_frozen_layer_stays(void **state)
{
    (void)state;
    run r = start(40);
    denoise_tensor *before, *after;
    denoise_layer *layer = denoise_model_layer(r.model, "dense");
    ASSERT_OK(denoise_layer_set_trainable(layer, 0));
    denoise_trainer *trainer = compile_classifier(r.model); /* what trains is read at compile */
    ASSERT_OK(denoise_layer_get_weight(&before, layer, 0));
    uint64_t whole = hash_of_weights(r.model);
    ASSERT_OK(denoise_trainer_fit(trainer, r.x, r.y, &r.options));
    ASSERT_OK(denoise_layer_get_weight(&after, layer, 0));
    assert_true(denoise_tensor_equal(before, after));
    assert_true(hash_of_weights(r.model) != whole);
    denoise_tensor_free(before), denoise_tensor_free(after), denoise_trainer_free(trainer);
    end(&r);
}

/* As in Keras, an optimizer without weights makes no steps. */
static void test_nothing_to_train(void **state)
{
    (void)state;
    run r = start(8);
    char *text;
    ASSERT_OK(denoise_model_set_trainable(r.model, 0));
    denoise_trainer *trainer = compile_classifier(r.model);
    uint64_t before = hash_of_weights(r.model);
    ASSERT_OK(denoise_trainer_summary(&text, trainer, NULL));
    assert_null(strstr(text, "Optimizer params"));
    denoise_free(text);
    ASSERT_OK(denoise_trainer_fit(trainer, r.x, r.y, &r.options));
    ASSERT_OK(denoise_trainer_summary(&text, trainer, NULL));
    assert_null(strstr(text, "Optimizer params")); /* Keras builds it with the first gradients */
    denoise_free(text);
    assert_true(hash_of_weights(r.model) == before);
    assert_int_equal(denoise_optimizer_iterations(denoise_trainer_optimizer(trainer)), 0);
    denoise_trainer_free(trainer);
    end(&r);
}

/* Training the composite trains the models inside. */
static void test_composite_shares_weights(void **state)
{
    (void)state;
    const int64_t six = 6;
    run r = start(40);
    denoise_model *first = two_layers(6, 4, "relu", 6, NULL), *composite;
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, "composite"));
    denoise_node *x = denoise_graph_input(g, &six, 1);
    denoise_build_options renamed = DENOISE_BUILD_OPTIONS_INIT;
    denoise_sequential *s;
    denoise_model *front;
    renamed.name = "front";
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add_model(s, first));
    ASSERT_OK(denoise_sequential_build(&front, s, &renamed));
    denoise_node *y = denoise_graph_apply_model(g, r.model, denoise_graph_apply_model(g, front, x));
    ASSERT_OK(denoise_graph_build(&composite, g, x, y, NULL));
    uint64_t before[] = {hash_of_weights(first), hash_of_weights(r.model)};
    denoise_trainer *trainer = compile_classifier(composite);
    ASSERT_OK(denoise_trainer_fit(trainer, r.x, r.y, &r.options));
    assert_true(hash_of_weights(first) != before[0]);
    assert_true(hash_of_weights(r.model) != before[1]);
    denoise_trainer_free(trainer), denoise_graph_free(g), denoise_sequential_free(s);
    denoise_model_free(first), denoise_model_free(front), denoise_model_free(composite);
    end(&r);
}

/* The loss of a fit without noise is the mean over rows: the last, short batch counts by its rows. */
static void test_loss_is_weighted_by_rows(void **state)
{
    (void)state;
    run r = start(33);
    denoise_sgd_options sgd;
    denoise_trainer *trainer;
    denoise_logs *logs;
    double expected;
    denoise_sgd_options_init(&sgd);
    sgd.learning_rate = 0.0;
    ASSERT_OK(denoise_model_compile(&trainer, r.model, denoise_optimizer_sgd(&sgd),
                                    denoise_loss_sparse_categorical_crossentropy(NULL), NULL));
    ASSERT_OK(denoise_trainer_fit(trainer, r.x, r.y, &r.options));
    denoise_evaluate_options evaluate = DENOISE_EVALUATE_OPTIONS_INIT;
    evaluate.batch_size = 33;
    evaluate.verbose = 0;
    ASSERT_OK(denoise_trainer_evaluate(&logs, trainer, r.x, r.y, &evaluate));
    ASSERT_OK(denoise_logs_get(logs, "loss", &expected));
    assert_true(fabs(denoise_history_values(denoise_trainer_history(trainer), "loss")[0] - expected) < 1e-6);
    denoise_logs_free(logs), denoise_trainer_free(trainer);
    end(&r);
}

static void test_unfused_and_fused_agree(void **state)
{
    (void)state;
    double losses[2];
    for (int32_t unfused = 0; unfused < 2; unfused++) {
        run r = start(64);
        denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
        denoise_trainer *trainer;
        compile.unfused = unfused;
        ASSERT_OK(denoise_model_compile(&trainer, r.model, denoise_optimizer_adam(NULL),
                                        denoise_loss_sparse_categorical_crossentropy(NULL), &compile));
        r.options.epochs = 3;
        ASSERT_OK(denoise_trainer_fit(trainer, r.x, r.y, &r.options));
        losses[unfused] = denoise_history_values(denoise_trainer_history(trainer), "loss")[2];
        denoise_trainer_free(trainer);
        end(&r);
    }
    assert_true(fabs(losses[0] - losses[1]) < 1e-5);
}

static void test_train_on_batch(void **state)
{
    (void)state;
    run r = start(16);
    denoise_logs *first, *second, *tested;
    double a, b, c;
    ASSERT_OK(denoise_trainer_train_on_batch(&first, r.trainer, r.x, r.y, NULL));
    ASSERT_OK(denoise_trainer_test_on_batch(&tested, r.trainer, r.x, r.y, NULL));
    ASSERT_OK(denoise_trainer_train_on_batch(&second, r.trainer, r.x, r.y, NULL));
    ASSERT_OK(denoise_logs_get(first, "loss", &a));
    ASSERT_OK(denoise_logs_get(second, "loss", &b));
    ASSERT_OK(denoise_logs_get(tested, "loss", &c));
    assert_true(b < a);
    assert_true(fabs(b - c) < 1e-6);
    assert_string_equal(denoise_logs_key(first, 0), "loss");
    assert_string_equal(denoise_logs_key(first, 1), "accuracy");
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, r.trainer, r.x, r.y, NULL));
    assert_int_equal(denoise_optimizer_iterations(denoise_trainer_optimizer(r.trainer)), 3);
    denoise_logs_free(first), denoise_logs_free(second), denoise_logs_free(tested);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches_and_split),
        cmocka_unit_test(test_split_takes_last_rows),
        cmocka_unit_test(test_empty_split),
        cmocka_unit_test(test_three_steps_allocate_nothing),
        cmocka_unit_test(test_same_bits_on_any_threads),
        cmocka_unit_test(test_seed_and_shuffle),
        cmocka_unit_test(test_class_weight_is_sample_weight),
        cmocka_unit_test(test_frozen_layer_stays),
        cmocka_unit_test(test_nothing_to_train),
        cmocka_unit_test(test_composite_shares_weights),
        cmocka_unit_test(test_loss_is_weighted_by_rows),
        cmocka_unit_test(test_unfused_and_fused_agree),
        cmocka_unit_test(test_train_on_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
