/* SPDX-License-Identifier: Apache-2.0 */
/* Products of dense layers in panels: widths, batches, types of data, frozen layers and missing biases give the bits of the
 * layers' own forward and backward, on any number of threads; steps that allocate nothing, and allocations that fail. */
#include "support/failing_alloc.h"
#include "support/fused_nets.h"
#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 200 };

static void start(dense_training *t, int64_t inputs, const int64_t *units, int32_t count)
{
    static const char *const activations[] = {"relu", "elu", "sigmoid", NULL};
    dense_training_init(t);
    t->net = (dense_net){.inputs = inputs, .count = count};
    for (int32_t i = 0; i < count; i++) {
        t->net.units[i] = units[i];
        t->net.activations[i] = activations[i + 4 - count];
    }
    t->fit.epochs = 2;
}

static void widths_and_batches(void **state)
{
    (void)state;
    static const int64_t rows[] = {1, 63, 64, 65, 96, MOST_ROWS}, batches[] = {1, 7, 64, 96, MOST_ROWS};
    static const int64_t nets[][MOST_DENSE] = {{1, 1, 1, 1},     {10, 17, 33, 1},   {17, 33, 1, 10},
                                               {33, 16, 32, 48}, {300, 5, 130, 15}, {64, 257, 16, 31}};
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            denoise_tensor *x = random_rows(rows[i], nets[n][0], 1), *y = random_rows(rows[i], nets[n][3], 2);
            for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
                dense_training t;
                char what[100];
                if (rows[i] > 10 * batches[b] && rows[i] > 64) continue;
                start(&t, nets[n][0], nets[n] + 1, 3);
                t.x = x, t.y = y;
                t.fit.batch_size = batches[b];
                t.fit.shuffle = (int32_t)(b % 2);
                snprintf(what, sizeof what, "net %d, %d rows in batches of %d", (int)n, (int)rows[i], (int)batches[b]);
                assert_true(fused_equals_plain(&t, what));
            }
            denoise_tensor_free(x);
            denoise_tensor_free(y);
        }
    }
}

static void depths(void **state)
{
    (void)state;
    static const int64_t units[] = {20, 18, 34, 3};
    denoise_tensor *x = random_rows(100, 21, 1), *y = random_rows(100, 3, 2);
    for (int32_t count = 1; count <= 4; count++) {
        dense_training t;
        start(&t, 21, units + 4 - count, count);
        t.x = x, t.y = y;
        t.metric = "mean_absolute_error";
        t.fit.validation_split = 0.25;
        assert_true(fused_equals_plain(&t, "depth"));
    }
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

static void frozen_layers_and_missing_biases(void **state)
{
    (void)state;
    static const int64_t units[] = {20, 18, 34, 3};
    denoise_tensor *x = random_rows(100, 21, 1), *y = random_rows(100, 3, 2);
    for (unsigned mask = 0; mask < 16; mask++) {
        for (int biases = 0; biases < 3; biases++) {
            dense_training t;
            char what[100];
            start(&t, 21, units, 4);
            t.x = x, t.y = y;
            t.net.frozen = mask;
            t.net.unbiased = biases == 0 ? 0 : biases == 1 ? 15 : mask ^ 5;
            snprintf(what, sizeof what, "frozen %x, without bias %x", mask, t.net.unbiased);
            assert_true(fused_equals_plain(&t, what)); /* also where there is nothing to train */
        }
    }
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* Models around the layers: rescaled, flattened, of another shape at the end. */
static void around_the_layers(void **state)
{
    (void)state;
    static const int64_t units[] = {40, 33, 20};
    static const char *const losses[] = {"binary_crossentropy", "mean_squared_error"};
    denoise_tensor *raw = random_rows(150, 5 * 7, 1), *x, *targets = random_rows(150, 20, 2), *flat, *high;
    ASSERT_OK(denoise_tensor_reshape(&x, raw, (const int64_t[]){150, 5, 7}, 3));
    ASSERT_OK(denoise_tensor_clip(&flat, targets, 0.0, 1.0));
    ASSERT_OK(denoise_tensor_reshape(&high, flat, (const int64_t[]){150, 4, 5}, 3));
    for (int variant = 0; variant < 32; variant++) {
        dense_training t;
        char what[100];
        start(&t, (variant & 1) != 0 ? 7 : 35, units, 3);
        t.net.activations[2] = "sigmoid";
        if ((variant & 1) != 0) t.net.height = 5;
        if ((variant & 2) != 0) t.net.scale = 1.0 / 3, t.net.offset = 0.1;
        if ((variant & 4) != 0) t.net.last_rows = 4;
        t.x = (variant & 1) != 0 ? x : raw;
        t.y = (variant & 4) != 0 ? high : flat;
        t.loss = losses[variant >> 3 & 1];
        t.metric = (variant & 16) != 0 ? "mean_absolute_error" : NULL;
        t.fit.validation_split = 0.1;
        snprintf(what, sizeof what, "variant %d", variant);
        assert_true(fused_equals_plain(&t, what));
    }
    denoise_tensor *all[] = {raw, x, targets, flat, high};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

static denoise_tensor *random_bytes(int64_t rows, int64_t columns)
{
    denoise_tensor *labels = random_labels(rows * columns, 256, 9), *flat, *bytes;
    ASSERT_OK(denoise_tensor_astype(&flat, labels, DENOISE_UINT8));
    ASSERT_OK(denoise_tensor_reshape(&bytes, flat, (const int64_t[]){rows, columns}, 2));
    denoise_tensor_free(labels);
    denoise_tensor_free(flat);
    return bytes;
}

static void every_type_of_data(void **state)
{
    (void)state;
    static const int64_t units[] = {33, 18, 20};
    static const int32_t types[] = {DENOISE_FLOAT32, DENOISE_FLOAT64, DENOISE_INT32, DENOISE_UINT8};
    denoise_tensor *x = random_bytes(130, 49), *y = random_rows(130, 20, 2);
    dense_outcome first;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        dense_training t;
        dense_outcome outcome;
        denoise_tensor *typed, *target;
        ASSERT_OK(denoise_tensor_astype(&typed, x, types[i]));
        ASSERT_OK(denoise_tensor_astype(&target, y, i == 1 ? DENOISE_FLOAT64 : DENOISE_FLOAT32));
        start(&t, 49, units, 3);
        t.x = typed, t.y = target;
        t.net.scale = 1.0 / 255;
        assert_true(fused_equals_plain(&t, "type"));
        dense_fit(&outcome, &t, false);
        ASSERT_OK(outcome.status);
        if (i == 0)
            first = outcome;
        else
            assert_same_weights(outcome.model, first.model, "another type of the same data");
        if (i != 0) dense_outcome_free(&outcome);
        denoise_tensor_free(typed);
        denoise_tensor_free(target);
    }
    dense_outcome_free(&first);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* Bytes through Rescaling(1/255) are the floats nearest to u/255, so they train as floats that were divided before. */
static void bytes_train_as_floats_between_0_and_1(void **state)
{
    (void)state;
    static const int64_t units[] = {33, 18, 20};
    dense_training bytes, floats;
    dense_outcome from_bytes, from_floats;
    denoise_tensor *x = random_bytes(130, 49), *divided, *y = random_rows(130, 20, 2);
    ASSERT_OK(denoise_tensor_astype(&divided, x, DENOISE_FLOAT32));
    for (int64_t i = 0; i < denoise_tensor_size(divided); i++)
        ((float *)denoise_tensor_data(divided))[i] /= 255.0f;
    start(&bytes, 49, units, 3);
    bytes.x = x, bytes.y = y;
    floats = bytes;
    bytes.net.scale = 1.0 / 255;
    floats.x = divided;
    from_bytes.model = dense_net_model(&bytes.net);
    from_floats.model = dense_net_model(&floats.net);
    denoise_tensor *weights[6];
    ASSERT_OK(denoise_model_get_weights(weights, from_bytes.model, 6));
    ASSERT_OK(denoise_model_set_weights(from_floats.model, (const denoise_tensor *const *)weights, 6));
    from_bytes.trainer = dense_compile(from_bytes.model, &bytes);
    from_floats.trainer = dense_compile(from_floats.model, &floats);
    assert_true(trains_fused(from_bytes.trainer, 32) && trains_fused(from_floats.trainer, 32));
    ASSERT_OK(denoise_trainer_fit(from_bytes.trainer, bytes.x, y, &bytes.fit));
    ASSERT_OK(denoise_trainer_fit(from_floats.trainer, floats.x, y, &floats.fit));
    assert_same_weights(from_bytes.model, from_floats.model, "bytes");
    dense_outcome_free(&from_bytes);
    dense_outcome_free(&from_floats);
    for (int i = 0; i < 6; i++)
        denoise_tensor_free(weights[i]);
    denoise_tensor *all[] = {x, divided, y};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

static void expect(bool is_fused, const dense_net *net, const char *loss)
{
    dense_training t;
    dense_training_init(&t);
    t.net = *net;
    t.loss = loss;
    denoise_model *model = dense_net_model(net);
    denoise_trainer *trainer = dense_compile(model, &t);
    assert_int_equal(trains_fused(trainer, 32), is_fused);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
}

static void what_is_fused(void **state)
{
    (void)state;
    dense_net net = {.inputs = 9, .count = 2, .units = {8, 3}, .activations = {"relu", "softmax"}};
    expect(true, &net, "categorical_crossentropy");
    if (denoise_set_engine("cblas") == DENOISE_OK) expect(false, &net, "categorical_crossentropy"); /* where there is a BLAS */
    ASSERT_OK(denoise_set_engine("native"));
    net.activations[0] = "softmax"; /* works on rows, in the same block */
    expect(true, &net, "categorical_crossentropy");
    denoise_model *model = branches();
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    assert_true(trains_fused(trainer, 8));
    denoise_trainer_free(trainer);
    denoise_model_free(model);
}

/* Another engine is taken from the next run on, with weights and the optimizer's state. */
static void engines_change_between_runs(void **state)
{
    (void)state;
    static const int64_t units[] = {33, 18, 20};
    if (denoise_set_engine("cblas") != DENOISE_OK) skip(); /* no BLAS on this machine */
    ASSERT_OK(denoise_set_engine("native"));
    denoise_tensor *x = random_rows(70, 12, 1), *y = random_rows(70, 20, 2);
    dense_training t;
    dense_outcome changed, steady;
    start(&t, 12, units, 3);
    t.x = x, t.y = y;
    dense_fit(&steady, &t, false);
    dense_fit(&changed, &t, false);
    for (int round = 0; round < 4; round++) {
        ASSERT_OK(denoise_set_engine(round % 2 == 0 ? "cblas" : "native"));
        ASSERT_OK(denoise_trainer_fit(changed.trainer, x, y, &t.fit));
        assert_int_equal(runs_fused(&changed.trainer->train), round % 2 != 0);
        ASSERT_OK(denoise_set_engine("native"));
        ASSERT_OK(denoise_trainer_fit(steady.trainer, x, y, &t.fit));
    }
    assert_int_equal(denoise_optimizer_iterations(changed.trainer->optimizer),
                     denoise_optimizer_iterations(steady.trainer->optimizer));
    denoise_tensor *a, *b;
    ASSERT_OK(denoise_model_get_weight(&a, changed.model, 4));
    ASSERT_OK(denoise_model_get_weight(&b, steady.model, 4));
    for (int64_t i = 0; i < denoise_tensor_size(a); i++) {
        float p = ((const float *)denoise_tensor_const_data(a))[i], q = ((const float *)denoise_tensor_const_data(b))[i];
        assert_true(p - q < 1e-4f && q - p < 1e-4f);
    }
    denoise_tensor *all[] = {x, y, a, b};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
    dense_outcome_free(&changed);
    dense_outcome_free(&steady);
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    static const int64_t units[] = {130, 18, 20};
    denoise_tensor *x = random_rows(MOST_ROWS, 70, 1), *y = random_rows(MOST_ROWS, 20, 2);
    dense_training t;
    dense_outcome first, changing;
    start(&t, 70, units, 3);
    t.x = x, t.y = y;
    t.fit.batch_size = 150;
    t.fit.validation_split = 0.1;
    ASSERT_OK(denoise_set_num_threads(1));
    dense_fit(&first, &t, false);
    ASSERT_OK(denoise_trainer_fit(first.trainer, x, y, &t.fit));
    for (int32_t threads = 2; threads <= 8; threads++) {
        ASSERT_OK(denoise_set_num_threads(threads));
        dense_fit(&changing, &t, false);
        ASSERT_OK(denoise_set_num_threads(9 - threads)); /* the plan was made for another number */
        ASSERT_OK(denoise_trainer_fit(changing.trainer, x, y, &t.fit));
        assert_same_weights(changing.model, first.model, "threads");
        assert_same_slots(changing.trainer->optimizer, first.trainer->optimizer, "threads");
        dense_outcome_free(&changing);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    dense_outcome_free(&first);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* A plan is made, or nothing: no allocation that fails may leak or do harm. */
static void failing_allocations(void **state)
{
    (void)state;
    static const int64_t units[] = {33, 18, 20};
    denoise_shutdown();
    failing_alloc_install();
    ASSERT_OK(denoise_set_num_threads(1));
    denoise_tensor *x = random_rows(10, 12, 1), *y = random_rows(10, 20, 2);
    dense_training t;
    start(&t, 12, units, 3);
    denoise_model *model = dense_net_model(&t.net);
    int64_t failures = 0;
    for (int64_t nth = 1;; nth++) {
        denoise_trainer *trainer = dense_compile(model, &t);
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
        assert_true(runs_fused(&trainer->train));
        denoise_trainer_free(trainer);
        failures += failed;
        if (!failed) break;
    }
    assert_true(failures > 20);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_shutdown();
    failing_alloc_remove();
    ASSERT_OK(denoise_set_num_threads(0));
}

/* Ten epochs allocate what one does, except for the history's rows. */
static void steps_do_not_allocate(void **state)
{
    (void)state;
    static const int64_t units[] = {33, 18, 20};
    denoise_shutdown();
    failing_alloc_install();
    denoise_tensor *x = random_rows(100, 12, 1), *y = random_rows(100, 20, 2);
    dense_training t;
    int64_t calls[2];
    start(&t, 12, units, 3);
    t.x = x, t.y = y;
    t.fit.epochs = 1;
    for (int round = 0; round < 2; round++) {
        t.fit.batch_size = round == 0 ? 50 : 1; /* 2 steps, 100 steps */
        t.fit.validation_split = round == 0 ? 0.5 : 0.1;
        t.net.scale = 0.5;
        denoise_model *model = dense_net_model(&t.net);
        denoise_trainer *trainer = dense_compile(model, &t);
        assert_true(trains_fused(trainer, 50));
        ASSERT_OK(denoise_trainer_fit(trainer, x, y, &t.fit));
        int64_t before = failing_alloc_calls();
        ASSERT_OK(denoise_trainer_fit(trainer, x, y, &t.fit));
        calls[round] = failing_alloc_calls() - before;
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
    assert_int_equal(calls[0], calls[1]);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_and_batches),
        cmocka_unit_test(depths),
        cmocka_unit_test(frozen_layers_and_missing_biases),
        cmocka_unit_test(around_the_layers),
        cmocka_unit_test(every_type_of_data),
        cmocka_unit_test(bytes_train_as_floats_between_0_and_1),
        cmocka_unit_test(what_is_fused),
        cmocka_unit_test(engines_change_between_runs),
        cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(failing_allocations),
        cmocka_unit_test(steps_do_not_allocate),
    };
    return cmocka_run_group_tests(tests, use_native_engine, NULL);
}
