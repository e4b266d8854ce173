/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever looks at the weights while a plan holds them in panels sees those of the last step, and what is written is in the
 * next. */
#include "support/fused_nets.h"
#include "support/temp_dir.h"
#include "train/session.h"
#include <math.h>
#include <string.h>

enum { ROWS = 100, INPUTS = 19, OUTPUTS = 10, BATCH = 32, BATCHES = 4, MOST = 64, WEIGHTS = 4 };

typedef struct observer {
    denoise_model *model; /* that is looked at */
    const denoise_tensor *x, *y;
    const char *path; /* to save weights to; NULL: not */
    int64_t at;       /* moment at which `act` is called, counted over all batches */
    denoise_status (*act)(struct observer *me, denoise_trainer *trainer);
    denoise_tensor *const *weights; /* for acts that write */
    int64_t moments;
    uint64_t hashes[MOST], predictions[MOST]; /* after each batch */
    double losses[MOST];                      /* of an evaluation */
    int64_t epochs;
    uint64_t epoch_hashes[MOST];
} observer;

static denoise_status hash_weights(uint64_t *hash, const denoise_model *model)
{
    denoise_tensor *weights[WEIGHTS];
    denoise_status status = denoise_model_get_weights(weights, model, WEIGHTS);
    *hash = 0;
    for (int i = 0; i < WEIGHTS && status == DENOISE_OK; i++) {
        *hash = *hash * 31 + hash_of(weights[i]);
        denoise_tensor_free(weights[i]);
    }
    return status;
}

static denoise_status look(observer *me, denoise_trainer *trainer)
{
    denoise_tensor *prediction;
    denoise_logs *logs;
    denoise_status status = hash_weights(&me->hashes[me->moments], me->model);
    if (status == DENOISE_OK) status = denoise_model_predict(&prediction, me->model, me->x, NULL);
    if (status != DENOISE_OK) return status;
    me->predictions[me->moments] = hash_of(prediction);
    denoise_tensor_free(prediction);
    status = denoise_trainer_evaluate(
        &logs, trainer, me->x, me->y,
        &(denoise_evaluate_options){.struct_size = sizeof(denoise_evaluate_options), .batch_size = BATCH, .steps = -1});
    if (status != DENOISE_OK) return status;
    status = denoise_logs_get(logs, "loss", &me->losses[me->moments]);
    denoise_logs_free(logs);
    if (status == DENOISE_OK && me->path != NULL) status = denoise_model_save_weights(me->model, me->path);
    return status;
}

static denoise_status batch_end(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    observer *me = user_data;
    denoise_status status = DENOISE_OK;
    (void)batch, (void)logs;
    if (me->x != NULL) status = look(me, trainer);
    if (status == DENOISE_OK && me->act != NULL && me->moments == me->at) status = me->act(me, trainer);
    me->moments++;
    return status;
}

static denoise_status epoch_end(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    observer *me = user_data;
    (void)trainer, (void)epoch, (void)logs;
    return hash_weights(&me->epoch_hashes[me->epochs++], me->model);
}

static denoise_callback *watch(observer *me)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = batch_end;
    hooks.on_epoch_end = epoch_end;
    return denoise_callback_lambda(&hooks, me, NULL);
}

typedef struct setting {
    dense_training training;
    denoise_tensor *x, *y;
    denoise_tensor *batch_x[BATCHES], *batch_y[BATCHES];
    denoise_tensor *weights[WEIGHTS]; /* others of the same shapes */
} setting;

static void setting_make(setting *s)
{
    dense_training_init(&s->training);
    s->training.net = (dense_net){.inputs = INPUTS, .count = 2, .units = {33, OUTPUTS}, .activations = {"relu", "softmax"}};
    s->training.loss = "categorical_crossentropy";
    s->x = random_rows(ROWS, INPUTS, 1);
    denoise_tensor *labels = random_labels(ROWS, OUTPUTS, 2);
    ASSERT_OK(denoise_tensor_one_hot(&s->y, labels, OUTPUTS));
    denoise_tensor_free(labels);
    s->training.x = s->x, s->training.y = s->y;
    for (int64_t i = 0; i < BATCHES; i++) {
        int64_t first = i * BATCH, stop = first + BATCH < ROWS ? first + BATCH : ROWS;
        ASSERT_OK(denoise_tensor_rows(&s->batch_x[i], s->x, first, stop));
        ASSERT_OK(denoise_tensor_rows(&s->batch_y[i], s->y, first, stop));
    }
    s->weights[0] = random_rows(INPUTS, 33, 11);
    s->weights[2] = random_rows(33, OUTPUTS, 12);
    for (int i = 1; i < WEIGHTS; i += 2) {
        const int64_t units = i == 1 ? 33 : OUTPUTS;
        denoise_tensor *row = random_rows(1, units, 13);
        ASSERT_OK(denoise_tensor_reshape(&s->weights[i], row, &units, 1));
        denoise_tensor_free(row);
    }
}

static void setting_free(setting *s)
{
    for (int i = 0; i < BATCHES; i++) {
        denoise_tensor_free(s->batch_x[i]);
        denoise_tensor_free(s->batch_y[i]);
    }
    for (int i = 0; i < WEIGHTS; i++)
        denoise_tensor_free(s->weights[i]);
    denoise_tensor_free(s->x);
    denoise_tensor_free(s->y);
}

/* A model and its trainer, fused or plain. */
static dense_outcome begin(const setting *s, bool is_plain)
{
    dense_outcome out = {.model = dense_net_model(&s->training.net)};
    out.trainer = dense_compile(out.model, &s->training);
    assert_true(trains_fused(out.trainer, BATCH));
    if (is_plain) train_plainly(out.trainer, BATCH);
    return out;
}

static void step(dense_outcome *on, const setting *s, int64_t batch)
{
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, on->trainer, s->batch_x[batch], s->batch_y[batch], NULL));
}

static void fit(dense_outcome *on, const setting *s, int64_t epochs)
{
    denoise_fit_options options = s->training.fit;
    options.epochs = epochs;
    ASSERT_OK(denoise_trainer_fit(on->trainer, s->x, s->y, &options));
}

static void weights_are_seen_after_every_batch(void **state)
{
    (void)state;
    setting s;
    observer watcher;
    temp_dir dir;
    setting_make(&s);
    temp_dir_make(&dir);
    dense_outcome fitted = begin(&s, false), stepped = begin(&s, true);
    watcher = (observer){.model = fitted.model, .x = s.x, .y = s.y, .path = temp_dir_file(&dir, "w.safetensors")};
    ASSERT_OK(denoise_trainer_add_callback(fitted.trainer, watch(&watcher)));
    fit(&fitted, &s, 2);
    assert_int_equal(watcher.moments, 2 * BATCHES);
    assert_int_equal(watcher.epochs, 2);
    for (int64_t i = 0; i < 2 * BATCHES; i++) {
        uint64_t hash;
        step(&stepped, &s, i % BATCHES);
        ASSERT_OK(hash_weights(&hash, stepped.model));
        assert_true(watcher.hashes[i] == hash);
        denoise_tensor *prediction;
        ASSERT_OK(denoise_model_predict(&prediction, stepped.model, s.x, NULL));
        assert_true(watcher.predictions[i] == hash_of(prediction));
        denoise_tensor_free(prediction);
        denoise_logs *logs;
        denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
        double loss;
        options.verbose = 0;
        ASSERT_OK(denoise_trainer_evaluate(&logs, stepped.trainer, s.x, s.y, &options));
        ASSERT_OK(denoise_logs_get(logs, "loss", &loss));
        assert_true(close_to(loss, watcher.losses[i]));
        denoise_logs_free(logs);
        if (i % BATCHES == BATCHES - 1) assert_true(watcher.epoch_hashes[i / BATCHES] == hash);
    }
    assert_same_weights(fitted.model, stepped.model, "at the end");
    assert_same_slots(fitted.trainer->optimizer, stepped.trainer->optimizer, "at the end");
    ASSERT_OK(denoise_model_set_weights(fitted.model, (const denoise_tensor *const *)s.weights, WEIGHTS));
    ASSERT_OK(denoise_model_load_weights(fitted.model, watcher.path, NULL));
    assert_same_weights(fitted.model, stepped.model, "saved in the last batch");
    dense_outcome_free(&fitted);
    dense_outcome_free(&stepped);
    temp_dir_remove(&dir);
    setting_free(&s);
}

static denoise_status set_all(observer *me, denoise_trainer *trainer)
{
    (void)trainer;
    return denoise_model_set_weights(me->model, (const denoise_tensor *const *)me->weights, WEIGHTS);
}

static denoise_status set_one(observer *me, denoise_trainer *trainer)
{
    (void)trainer;
    return denoise_model_set_weight(me->model, 2, me->weights[2]);
}

static denoise_status set_by_layer(observer *me, denoise_trainer *trainer)
{
    (void)trainer;
    return denoise_layer_set_weight(denoise_model_layer(me->model, "dense_1"), 1, me->weights[3]);
}

static denoise_status (*const writes[])(observer *me, denoise_trainer *trainer) = {set_all, set_one, set_by_layer};

static void weights_written_in_a_callback_are_in_the_next_step(void **state)
{
    (void)state;
    setting s;
    setting_make(&s);
    for (size_t w = 0; w < sizeof writes / sizeof *writes; w++) {
        dense_outcome fitted = begin(&s, false), stepped = begin(&s, true);
        observer writer = {.model = fitted.model, .at = 1, .act = writes[w], .weights = s.weights};
        observer other = {.model = stepped.model, .weights = s.weights};
        ASSERT_OK(denoise_trainer_add_callback(fitted.trainer, watch(&writer)));
        fit(&fitted, &s, 2);
        for (int64_t i = 0; i < 2 * BATCHES; i++) {
            step(&stepped, &s, i % BATCHES);
            if (i == 1) ASSERT_OK(writes[w](&other, stepped.trainer));
        }
        assert_same_weights(fitted.model, stepped.model, "written");
        dense_outcome_free(&fitted);
        dense_outcome_free(&stepped);
    }
    setting_free(&s);
}

static void early_stopping_restores_the_best_weights(void **state)
{
    (void)state;
    setting s;
    setting_make(&s);
    dense_outcome fitted = begin(&s, false);
    observer watcher = {.model = fitted.model};
    denoise_early_stopping_options options = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    options.monitor = "val_loss";
    options.patience = 2;
    options.restore_best_weights = 1;
    denoise_callback *stopping = denoise_callback_early_stopping(&options);
    ASSERT_OK(denoise_trainer_add_callback(fitted.trainer, watch(&watcher)));
    ASSERT_OK(denoise_trainer_add_callback(fitted.trainer, stopping));
    denoise_fit_options fit_options = s.training.fit;
    fit_options.epochs = 60;
    fit_options.validation_split = 0.2;
    ASSERT_OK(denoise_optimizer_set_learning_rate(denoise_trainer_optimizer(fitted.trainer), 0.05));
    ASSERT_OK(denoise_trainer_fit(fitted.trainer, s.x, s.y, &fit_options));
    int64_t best = denoise_early_stopping_best_epoch(stopping);
    assert_true(watcher.epochs < 60 && best < watcher.epochs - 1); /* it stopped, and went back */
    uint64_t hash;
    ASSERT_OK(hash_weights(&hash, fitted.model));
    assert_true(hash == watcher.epoch_hashes[best]);
    assert_true(hash != watcher.epoch_hashes[watcher.epochs - 1]);
    dense_outcome_free(&fitted);
    setting_free(&s);
}

static denoise_status become_plain(observer *me, denoise_trainer *trainer)
{
    (void)me;
    train_plainly(trainer, BATCH);
    return DENOISE_OK;
}

/* The optimizer's state goes with the weights, whoever holds them. */
static void training_becomes_plain_and_fused_again(void **state)
{
    (void)state;
    setting s;
    setting_make(&s);
    dense_outcome steady = begin(&s, false), leaving = begin(&s, false);
    observer leaver = {.model = leaving.model, .at = 5, .act = become_plain};
    ASSERT_OK(denoise_trainer_add_callback(leaving.trainer, watch(&leaver)));
    fit(&steady, &s, 3);
    fit(&leaving, &s, 3);
    assert_false(runs_fused(&leaving.trainer->train));
    assert_same_weights(leaving.model, steady.model, "left in a run");
    assert_same_slots(leaving.trainer->optimizer, steady.trainer->optimizer, "left in a run");
    denoise__session_clear(leaving.trainer, &leaving.trainer->train);
    leaving.trainer->is_plain = false; /* fused again */
    fit(&steady, &s, 1);
    fit(&leaving, &s, 1);
    assert_true(runs_fused(&leaving.trainer->train));
    assert_same_weights(leaving.model, steady.model, "back");
    assert_same_slots(leaving.trainer->optimizer, steady.trainer->optimizer, "back");
    dense_outcome_free(&steady);
    dense_outcome_free(&leaving);
    setting_free(&s);
}

/* Batches that grow make the session anew. */
static void batches_of_many_sizes(void **state)
{
    (void)state;
    setting s;
    setting_make(&s);
    dense_outcome fused = begin(&s, false), plain = begin(&s, true);
    static const int64_t sizes[] = {3, 32, 64, 5, 65, 100, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        denoise_tensor *x, *y;
        ASSERT_OK(denoise_tensor_rows(&x, s.x, 0, sizes[i]));
        ASSERT_OK(denoise_tensor_rows(&y, s.y, 0, sizes[i]));
        train_plainly(plain.trainer, sizes[i]);
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, fused.trainer, x, y, NULL));
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, plain.trainer, x, y, NULL));
        fit(&fused, &s, 1);
        fit(&plain, &s, 1);
        assert_true(runs_fused(&fused.trainer->train));
        assert_false(runs_fused(&plain.trainer->train));
        assert_same_weights(fused.model, plain.model, "sizes");
        denoise_tensor_free(x);
        denoise_tensor_free(y);
    }
    dense_outcome_free(&fused);
    dense_outcome_free(&plain);
    setting_free(&s);
}

/* Two models share the first layer, each with its own trainer; and a second trainer of the first one. */
typedef struct family {
    denoise_model *models[2];
    denoise_trainer *trainers[3];
} family;

static void family_make(family *f, const setting *s, bool is_plain)
{
    const int64_t inputs = INPUTS;
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, "family"));
    denoise_node *x = denoise_graph_input(g, &inputs, 1);
    denoise_node *h = denoise_graph_apply(g, denoise_layer_dense(33, "relu", NULL), x);
    for (int i = 0; i < 2; i++) {
        denoise_node *y = denoise_graph_apply(g, denoise_layer_dense(OUTPUTS, i == 0 ? "softmax" : "sigmoid", NULL), h);
        ASSERT_OK(denoise_graph_build(&f->models[i], g, x, y, NULL));
    }
    denoise_graph_free(g);
    for (int i = 0; i < 3; i++) {
        dense_training t = s->training;
        t.optimizer = i == 0 ? "adam" : i == 1 ? "sgd" : "rmsprop";
        t.loss = i == 1 ? "binary_crossentropy" : "mean_squared_error";
        f->trainers[i] = dense_compile(f->models[i % 2], &t);
        assert_true(trains_fused(f->trainers[i], BATCH));
        if (is_plain) train_plainly(f->trainers[i], BATCH);
    }
}

static void family_free(family *f, int order)
{
    for (int i = 0; i < 3; i++)
        denoise_trainer_free(f->trainers[(i + order) % 3]);
    for (int i = 0; i < 2; i++)
        denoise_model_free(f->models[i]);
}

static void trainers_share_layers(void **state)
{
    (void)state;
    setting s;
    setting_make(&s);
    for (int order = 0; order < 3; order++) {
        family fused, plain;
        family *both[] = {&fused, &plain};
        family_make(&fused, &s, false);
        family_make(&plain, &s, true);
        for (int round = 0; round < 12; round++) {
            for (int b = 0; b < 2; b++) {
                denoise_trainer *trainer = both[b]->trainers[round * 5 % 3];
                if (round % 4 == 3)
                    ASSERT_OK(denoise_trainer_fit(trainer, s.x, s.y, &s.training.fit));
                else
                    ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, s.batch_x[round % 4], s.batch_y[round % 4], NULL));
            }
            for (int i = 0; i < 2; i++)
                assert_same_weights(fused.models[i], plain.models[i], "shared");
        }
        for (int i = 0; i < 3; i++)
            assert_same_slots(fused.trainers[i]->optimizer, plain.trainers[i]->optimizer, "shared");
        family_free(&fused, order);
        family_free(&plain, order);
    }
    setting_free(&s);
}

static denoise_status halve(int64_t epoch, double rate, double *result, void *user_data)
{
    (void)epoch, (void)user_data;
    *result = rate / 2;
    return DENOISE_OK;
}

static denoise_status set_rate(observer *me, denoise_trainer *trainer)
{
    (void)me;
    return denoise_optimizer_set_learning_rate(denoise_trainer_optimizer(trainer), 0.02);
}

static void learning_rates_change(void **state)
{
    (void)state;
    setting s;
    setting_make(&s);
    dense_outcome runs[] = {begin(&s, false), begin(&s, true)};
    observer setters[2];
    for (int i = 0; i < 2; i++) {
        setters[i] = (observer){.model = runs[i].model, .at = 6, .act = set_rate};
        ASSERT_OK(denoise_trainer_add_callback(runs[i].trainer, denoise_callback_learning_rate_scheduler(halve, NULL, NULL)));
        ASSERT_OK(denoise_trainer_add_callback(runs[i].trainer, watch(&setters[i])));
        fit(&runs[i], &s, 4);
        assert_true(denoise_optimizer_learning_rate(runs[i].trainer->optimizer) == 0.005);
    }
    assert_same_weights(runs[0].model, runs[1].model, "rates");
    dense_outcome_free(&runs[0]);
    dense_outcome_free(&runs[1]);
    setting_free(&s);
}

static denoise_status fail_now(observer *me, denoise_trainer *trainer)
{
    (void)me, (void)trainer;
    return DENOISE_ERR_LIMIT;
}

static denoise_status stop_now(observer *me, denoise_trainer *trainer)
{
    (void)me;
    denoise_trainer_stop(trainer);
    return DENOISE_OK;
}

static void runs_that_end_early_bring_weights_home(void **state)
{
    (void)state;
    setting s;
    setting_make(&s);
    for (int how = 0; how < 2; how++) {
        dense_outcome ended = begin(&s, false), stepped = begin(&s, true);
        observer ender = {.model = ended.model, .at = 5, .act = how == 0 ? fail_now : stop_now};
        ASSERT_OK(denoise_trainer_add_callback(ended.trainer, watch(&ender)));
        denoise_fit_options options = s.training.fit;
        options.epochs = 9;
        assert_int_equal(denoise_trainer_fit(ended.trainer, s.x, s.y, &options), how == 0 ? DENOISE_ERR_LIMIT : DENOISE_OK);
        for (int64_t i = 0; i < 6; i++)
            step(&stepped, &s, i % BATCHES);
        denoise_trainer_free(ended.trainer); /* the model outlives it */
        assert_same_weights(ended.model, stepped.model, "ended early");
        denoise_model_free(ended.model);
        dense_outcome_free(&stepped);
    }
    setting_free(&s);
}

/* A step of the optimizer on arrays of somebody else's, while a plan holds its state in panels. */
static void the_optimizer_is_used_beside_the_plan(void **state)
{
    (void)state;
    setting s;
    setting_make(&s);
    dense_outcome runs[] = {begin(&s, false), begin(&s, true)};
    for (int i = 0; i < 2; i++) {
        denoise_trainer *trainer = runs[i].trainer;
        float *gradients[WEIGHTS];
        fit(&runs[i], &s, 1);
        assert_int_equal(denoise__optimizer_slot(trainer->optimizer, 0, 0)->home.bring != NULL, i == 0);
        for (int w = 0; w < WEIGHTS; w++)
            gradients[w] = denoise_tensor_data(s.weights[w]);
        denoise__optimizer_step(trainer->optimizer, trainer->weight_values, (const float *const *)gradients);
        for (int w = 0; w < WEIGHTS; w++)
            denoise__layer_touch(trainer->weights[w].layer);
        fit(&runs[i], &s, 1);
    }
    assert_same_weights(runs[0].model, runs[1].model, "beside");
    assert_same_slots(runs[0].trainer->optimizer, runs[1].trainer->optimizer, "beside");
    denoise_model_free(runs[0].model); /* before its trainer, which keeps it */
    step(&runs[0], &s, 0);
    denoise_trainer_free(runs[0].trainer);
    dense_outcome_free(&runs[1]);
    setting_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_seen_after_every_batch),
        cmocka_unit_test(weights_written_in_a_callback_are_in_the_next_step),
        cmocka_unit_test(early_stopping_restores_the_best_weights),
        cmocka_unit_test(training_becomes_plain_and_fused_again),
        cmocka_unit_test(batches_of_many_sizes),
        cmocka_unit_test(trainers_share_layers),
        cmocka_unit_test(learning_rates_change),
        cmocka_unit_test(runs_that_end_early_bring_weights_home),
        cmocka_unit_test(the_optimizer_is_used_beside_the_plan),
    };
    return cmocka_run_group_tests(tests, use_native_engine, NULL);
}
