/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner owes to layers, asked by the kinds of tests/support/test_kinds.h: several outputs, statistics, failures, any
 * number of weights; frozen, shared and inside other models. */
#include "layers/layer.h"
#include "support/nets.h"
#include "support/test_kinds.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 24, COLUMNS = 6, BATCH = 8 };

/* The kernel of a Dense of 6 inputs and units. */
static void be_identity(denoise_layer *dense)
{
    denoise_tensor *kernel;
    float values[COLUMNS * COLUMNS] = {0};
    for (int i = 0; i < COLUMNS; i++)
        values[i * COLUMNS + i] = 1;
    ASSERT_OK(denoise_tensor_from_data(&kernel, DENOISE_FLOAT32, (int64_t[]){COLUMNS, COLUMNS}, 2, values));
    ASSERT_OK(denoise_layer_set_weight(dense, 0, kernel));
    denoise_tensor_free(kernel);
}

typedef enum place { PLAIN, SHARED, NESTED } place;
static const char *const place_names[] = {"plain", "shared", "nested"};

/* Nodes that a layer makes of one, joined by Add where there are several. */
static denoise_node *applied(denoise_graph *g, denoise_layer *layer, denoise_node *x)
{
    denoise_node *nodes[4];
    int64_t count = denoise__layer_output_count(layer);
    assert_in_range(count, 1, 4);
    ASSERT_OK(denoise_graph_apply_layer_many(nodes, count, g, layer, &x, 1));
    return count == 1 ? nodes[0] : denoise_graph_apply_many(g, denoise_layer_add(NULL), nodes, count);
}

/* Input (6) -> Dense(6) -> the layer, once or twice -> Dense(1); for NESTED the middle is a model inside. */
static denoise_model *model_of(const char *kind, place where, const char *fail)
{
    const int64_t six = COLUMNS;
    denoise_graph *g, *inner;
    denoise_model *model, *inside = NULL;
    denoise_layer *layer = test_kind_layer(kind, "tested", fail);
    ASSERT_OK(denoise_graph_new(&g, "model"));
    denoise_node *x = denoise_graph_input(g, &six, 1), *y = denoise_graph_apply(g, denoise_layer_dense(COLUMNS, NULL, NULL), x);
    if (where == NESTED) {
        ASSERT_OK(denoise_graph_new(&inner, "inside"));
        denoise_node *from = denoise_graph_input(inner, &six, 1);
        ASSERT_OK(denoise_graph_build(&inside, inner, from, applied(inner, layer, from), NULL));
        denoise_graph_free(inner);
        y = denoise_graph_apply_model(g, inside, y);
    } else {
        y = applied(g, layer, y);
        if (where == SHARED) y = applied(g, layer, y);
    }
    y = denoise_graph_apply(g, denoise_layer_dense(1, NULL, NULL), y);
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    denoise_model_free(inside);
    return model;
}

static denoise_layer *tested(const denoise_model *model)
{
    denoise_layer *layer = denoise_model_layer(model, "tested");
    return layer != NULL ? layer : denoise_model_layer(denoise_model_nested(model, "inside"), "tested");
}

static denoise_trainer *compiled_with(denoise_model *model, denoise_optimizer *optimizer)
{
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, optimizer, denoise_loss_mean_squared_error(), NULL));
    return trainer;
}

static denoise_trainer *compiled(denoise_model *model)
{
    return compiled_with(model, denoise_optimizer_adam(NULL));
}

static denoise_status fit(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y, int64_t epochs)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = epochs;
    options.batch_size = BATCH;
    options.shuffle = 0;
    options.verbose = 0;
    return denoise_trainer_fit(trainer, x, y, &options);
}

static double loss_of(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y)
{
    denoise_logs *logs;
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    double loss = NAN;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_evaluate(&logs, trainer, x, y, &options));
    ASSERT_OK(denoise_logs_get(logs, "loss", &loss));
    denoise_logs_free(logs);
    return loss;
}

/* The layer's weights as one hash. */
static uint64_t hash_of_layer(const denoise_layer *layer)
{
    uint64_t hash = 0;
    for (int32_t i = 0; i < denoise_layer_weight_count(layer); i++) {
        denoise_tensor *weight;
        ASSERT_OK(denoise_layer_get_weight(&weight, layer, i));
        hash = 31 * hash + hash_of(weight);
        denoise_tensor_free(weight);
    }
    return hash;
}

/* Training lowers the loss, and the same seed gives the same weights on one thread and on three. */
static void check_training(const char *kind, place where)
{
    uint64_t hashes[2];
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 1, 2);
    for (int32_t i = 0; i < 2; i++) {
        ASSERT_OK(denoise_set_num_threads(i == 0 ? 1 : 3));
        denoise_model *model = model_of(kind, where, NULL);
        denoise_trainer *trainer = compiled(model);
        uint64_t before = hash_of_layer(tested(model));
        double first = loss_of(trainer, x, y);
        ASSERT_OK(fit(trainer, x, y, 8));
        if (!(loss_of(trainer, x, y) < first)) fail_msg("%s, %s: the loss does not fall", kind, place_names[where]);
        if (denoise_layer_weight_count(tested(model)) > 0) assert_true(hash_of_layer(tested(model)) != before);
        hashes[i] = hash_of_weights(model);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
    if (hashes[0] != hashes[1]) fail_msg("%s, %s: threads change bits", kind, place_names[where]);
    ASSERT_OK(denoise_set_num_threads(0));
    denoise_tensor_free(x), denoise_tensor_free(y);
}

static void layers_train_wherever_they_are(void **state)
{
    (void)state;
    for (int i = 0; test_kind_names[i] != NULL; i++)
        for (int where = PLAIN; where <= NESTED; where++)
            check_training(test_kind_names[i], (place)where);
}

/* Neither weights nor statistics move; the layers around it learn. */
static void frozen_layers_stay(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 1, 2);
    for (int i = 0; test_kind_names[i] != NULL; i++)
        for (int where = PLAIN; where <= NESTED; where++) {
            denoise_model *model = model_of(test_kind_names[i], (place)where, NULL);
            uint64_t before = hash_of_layer(tested(model)), all = hash_of_weights(model);
            ASSERT_OK(denoise_layer_set_trainable(tested(model), 0));
            denoise_trainer *trainer = compiled(model);
            ASSERT_OK(fit(trainer, x, y, 2));
            if (hash_of_layer(tested(model)) != before) fail_msg("%s, %s: moved", test_kind_names[i], place_names[where]);
            assert_true(hash_of_weights(model) != all);
            denoise_trainer_free(trainer);
            denoise_model_free(model);
        }
    denoise_tensor_free(x), denoise_tensor_free(y);
}

/* Of the layer's first output alone; with a Dense before it, whose kernel is the identity. */
static denoise_model *statistics_of(bool is_behind_dense)
{
    const int64_t six = COLUMNS;
    denoise_graph *g;
    denoise_model *model;
    denoise_node *nodes[2];
    ASSERT_OK(denoise_graph_new(&g, "statistics"));
    denoise_node *x = denoise_graph_input(g, &six, 1), *from = x;
    if (is_behind_dense) from = denoise_graph_apply(g, denoise_layer_dense(COLUMNS, NULL, NULL), x);
    ASSERT_OK(denoise_graph_apply_layer_many(nodes, 2, g, test_kind_layer("two_outputs", "tested", NULL), &from, 1));
    ASSERT_OK(denoise_graph_build(&model, g, x, denoise_graph_apply(g, denoise_layer_dense(1, NULL, NULL), nodes[0]), NULL));
    denoise_graph_free(g);
    if (is_behind_dense) be_identity(denoise_model_layer(model, "dense"));
    return model;
}

/* mean = 0.9 mean + 0.1 (mean over the batch), batch by batch, by fit and by train_on_batch alike; evaluate and predict leave
 * it. */
static void commit_writes_statistics_once_a_step(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 1, 2), *mean;
    const float *rows = denoise_tensor_const_data(x);
    float expected[COLUMNS];
    for (int j = 0; j < COLUMNS; j++) {
        expected[j] = 1;
        for (int batch = 0; batch < ROWS / BATCH; batch++) {
            double sum = 0;
            for (int i = 0; i < BATCH; i++)
                sum += (double)rows[(batch * BATCH + i) * COLUMNS + j];
            expected[j] = 0.9f * expected[j] + 0.1f * ((float)sum / (float)BATCH);
        }
    }
    for (int variant = 0; variant < 4; variant++) {
        bool by_batch = variant % 2 == 1, is_behind_dense = variant / 2 == 1;
        denoise_sgd_options still = DENOISE_SGD_OPTIONS_INIT; /* gradients flow, and the identity stays */
        still.learning_rate = 0;
        denoise_model *model = statistics_of(is_behind_dense);
        denoise_trainer *trainer = compiled_with(model, denoise_optimizer_sgd(&still));
        for (int64_t i = 0; by_batch && i < ROWS / BATCH; i++) {
            denoise_tensor *xs, *ys;
            ASSERT_OK(denoise_tensor_rows(&xs, x, i * BATCH, (i + 1) * BATCH));
            ASSERT_OK(denoise_tensor_rows(&ys, y, i * BATCH, (i + 1) * BATCH));
            ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, xs, ys, NULL));
            denoise_tensor_free(xs), denoise_tensor_free(ys);
        }
        if (!by_batch) ASSERT_OK(fit(trainer, x, y, 1));
        (void)loss_of(trainer, x, y);
        ASSERT_OK(denoise_layer_get_weight(&mean, tested(model), 0));
        for (int j = 0; j < COLUMNS; j++)
            assert_true(fabs((double)((const float *)denoise_tensor_const_data(mean))[j] - (double)expected[j]) < 1e-6);
        denoise_tensor_free(mean);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
    denoise_tensor_free(x), denoise_tensor_free(y);
}

/* The step of a batch that makes the loss infinite is not accepted. */
static void a_refused_step_commits_nothing(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(BATCH, COLUMNS, 1), *y = random_rows(BATCH, 1, 2);
    denoise_model *model = statistics_of(false);
    denoise_trainer *trainer = compiled(model);
    uint64_t before = hash_of_weights(model);
    for (int i = 0; i < BATCH * COLUMNS; i++)
        ((float *)denoise_tensor_data(x))[i] = i % 2 == 0 ? 3e38f : -3e38f;
    assert_int_equal(fit(trainer, x, y, 1), DENOISE_ERR_NONFINITE);
    assert_true(hash_of_weights(model) == before);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x), denoise_tensor_free(y);
}

/* The first batch is good, the second has the poison: weights and statistics are those after the first. */
static void check_failure(const char *kind, place where, const char *call)
{
    denoise_tensor *x = random_rows(2 * BATCH, COLUMNS, 1), *y = random_rows(2 * BATCH, 1, 2), *good, *good_y, *out;
    denoise_model *model = model_of(kind, where, call), *twin = model_of(kind, where, call);
    be_identity(denoise_model_layer(model, "dense")); /* so that the poison arrives */
    be_identity(denoise_model_layer(twin, "dense"));
    ((float *)denoise_tensor_data(x))[BATCH * COLUMNS + 7] = 100 * TEST_KIND_POISON;
    denoise_trainer *trainer = compiled(model), *other = compiled(twin);
    ASSERT_OK(denoise_tensor_rows(&good, x, 0, BATCH));
    ASSERT_OK(denoise_tensor_rows(&good_y, y, 0, BATCH));
    ASSERT_OK(fit(other, good, good_y, 1));
    char expected[96];
    (void)snprintf(expected, sizeof expected, "layer \"tested\": %s met the poison", call);
    ASSERT_FAILS(fit(trainer, x, y, 1), DENOISE_ERR_USER, expected);
    if (hash_of_weights(model) != hash_of_weights(twin)) fail_msg("%s, %s, %s: weights moved", kind, place_names[where], call);
    assert_non_null(strstr(denoise_trainer_error(trainer), expected));
    if (strcmp(call, "forward") == 0) {
        ASSERT_FAILS(denoise_model_predict(&out, model, x, NULL), DENOISE_ERR_USER, expected);
        assert_null(out);
        ASSERT_FAILS(denoise_trainer_evaluate(NULL, trainer, x, y, NULL), DENOISE_ERR_USER, expected);
    }
    ASSERT_OK(fit(trainer, good, good_y, 1)); /* nothing is stuck */
    denoise_tensor_free(good), denoise_tensor_free(good_y);
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_trainer_free(trainer), denoise_trainer_free(other);
    denoise_model_free(model), denoise_model_free(twin);
}

static void a_failing_layer_ends_the_step(void **state)
{
    (void)state;
    for (int i = 0; test_kind_names[i] != NULL; i++)
        for (int where = PLAIN; where <= NESTED; where++) {
            check_failure(test_kind_names[i], (place)where, "forward");
            check_failure(test_kind_names[i], (place)where, "backward");
        }
}

static void gradients_answer_a_failure(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(2, COLUMNS, 1), *dy = random_rows(2, 1, 2), *dx;
    for (int backward = 0; backward < 2; backward++) {
        denoise_model *model = model_of("plain_rows", PLAIN, backward != 0 ? "backward" : "forward");
        ASSERT_OK(denoise_model_gradients(&dx, NULL, NULL, model, (const denoise_tensor *const *)&x,
                                          (const denoise_tensor *const *)&dy, 1, 1));
        denoise_tensor_free(dx);
        for (int i = 0; i < 2 * COLUMNS; i++)
            ((float *)denoise_tensor_data(x))[i] = (i % 2 == 0 ? 1.0f : -1.0f) * 1e6f * (float)(i + 1);
        ASSERT_FAILS(denoise_model_gradients(&dx, NULL, NULL, model, (const denoise_tensor *const *)&x,
                                             (const denoise_tensor *const *)&dy, 1, 1),
                     DENOISE_ERR_USER, backward != 0 ? "layer \"tested\": backward" : "layer \"tested\": forward");
        assert_null(dx);
        denoise_tensor_free(x);
        x = random_rows(2, COLUMNS, 1);
        denoise_model_free(model);
    }
    denoise_tensor_free(x), denoise_tensor_free(dy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_train_wherever_they_are),       cmocka_unit_test(frozen_layers_stay),
        cmocka_unit_test(commit_writes_statistics_once_a_step), cmocka_unit_test(a_refused_step_commits_nothing),
        cmocka_unit_test(a_failing_layer_ends_the_step),        cmocka_unit_test(gradients_answer_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
