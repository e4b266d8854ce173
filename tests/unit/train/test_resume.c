/* SPDX-License-Identifier: Apache-2.0 */
/* A fit whose state was written in one of its callbacks goes on in objects that are made anew, and ends in the same bits:
 * everything that is state is compared, by a visitor, with that of the fit that was not interrupted. */
#include "support/failing_alloc.h"
#include "support/log_capture.h"
#include "support/metric_kinds.h"
#include "support/nets.h"
#include "support/stage_sets.h"
#include "support/state_memory.h"
#include "support/temp_dir.h"
#include "support/test_kinds.h"
#include "train/trainer_visit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 28, BATCH = 5, EPOCHS = 6, COLUMNS = 6, CLASSES = 3, MOST_EVENTS = 200 };

/* Writes the state at each event that it hears of, or at one of them. */
typedef struct writer {
    bool is_on;
    int64_t only, events; /* only -1: all */
    state_memory memories[MOST_EVENTS];
    int64_t told[MOST_EVENTS]; /* the event's number: of the epoch or batch */
} writer;

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_callback *stopping;
    denoise_tensor *x, *y[2];
    denoise_fit_options options;
    writer *writer;
} bench;

static temp_dir dir;
static writer notes;
static const stage_set *stages; /* of the optimizer; NULL: none */

static denoise_status write_state(denoise_trainer *trainer, int64_t number, void *user_data)
{
    writer *w = user_data;
    int64_t event = w->events++;
    if (!w->is_on || (w->only >= 0 && w->only != event)) return DENOISE_OK;
    assert_true(event < MOST_EVENTS);
    denoise__visitor visitor = state_memory_writer(&w->memories[event]);
    w->told[event] = number;
    return denoise__trainer_visit(trainer, &visitor);
}

static denoise_status on_plain(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    (void)logs;
    return write_state(trainer, -1, user_data);
}

static denoise_status on_counted(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)logs;
    return write_state(trainer, number, user_data);
}

static denoise_callback *writing(writer *w)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_begin = on_plain;
    hooks.on_epoch_begin = hooks.on_epoch_end = on_counted;
    hooks.on_train_batch_begin = hooks.on_train_batch_end = on_counted;
    hooks.on_test_begin = hooks.on_test_end = on_plain;
    hooks.on_test_batch_end = on_counted;
    return denoise_callback_lambda(&hooks, w, NULL);
}

static denoise_layer *named_dense(int64_t units, const char *activation, const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    options.kernel_constraint = stages == NULL ? NULL : "max_norm(1.5)";
    return denoise_layer_dense(units, activation, &options);
}

static denoise_layer *quick_normalization(void)
{
    denoise_batch_normalization_options options = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    options.momentum = 0.5;
    return denoise_layer_batch_normalization(&options);
}

/* Noise, batch normalization, a layer with a statistic and two outputs, dropout, one with twelve weights, a model inside; two
 * outputs. */
static denoise_model *make_model(void)
{
    const int64_t columns = COLUMNS;
    denoise_graph *g;
    denoise_node *two[2];
    denoise_model *model, *inner = two_layers(8, 4, "tanh", 8, NULL);
    ASSERT_OK(denoise_graph_new(&g, "whole"));
    denoise_node *in = denoise_graph_input(g, &columns, 1);
    denoise_node *h = denoise_graph_apply(g, denoise_layer_gaussian_noise(0.2, NULL), in);
    h = denoise_graph_apply(g, named_dense(8, "relu", "entry"), h);
    h = denoise_graph_apply(g, quick_normalization(), h);
    ASSERT_OK(denoise_graph_apply_layer_many(two, 2, g, test_kind_layer("two_outputs", NULL, NULL), &h, 1));
    two[0] = denoise_graph_apply(g, denoise_layer_dropout(0.3, NULL), two[0]);
    two[0] = denoise_graph_apply(g, test_kind_layer("twelve_weights", NULL, NULL), two[0]);
    h = denoise_graph_apply_many(g, denoise_layer_add(NULL), two, 2);
    denoise_node *out[] = {
        denoise_graph_apply(g, named_dense(CLASSES, "softmax", "digit"), h),
        denoise_graph_apply(g, named_dense(COLUMNS, "sigmoid", "clean"), denoise_graph_apply_model(g, inner, h))};
    ASSERT_OK(denoise_graph_build_many(&model, g, &in, 1, out, 2, NULL));
    denoise_graph_free(g), denoise_model_free(inner);
    return model;
}

static denoise_optimizer *make_optimizer(void)
{
    denoise_optimizer *optimizer;
    denoise_params *params;
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_double(params, "learning_rate", 0.05));
    if (stages != NULL) ASSERT_OK(denoise_params_set_bool(params, "amsgrad", 1));
    if (stages != NULL) stage_set_params(stages, params);
    ASSERT_OK(denoise_optimizer_create(&optimizer, "adam", params));
    denoise_params_free(params);
    return optimizer;
}

static denoise_trainer *compile(denoise_model *model)
{
    denoise_trainer *trainer;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.losses = (denoise_loss *[]){denoise_loss_categorical_crossentropy(NULL), denoise_loss_mean_squared_error()};
    options.loss_count = 2;
    options.metrics = (denoise_metric *[]){denoise_metric_accuracy(), histogram_metric(0)};
    options.metric_outputs = (const int64_t[]){0, 1};
    options.metric_count = 2;
    options.weighted_metrics = (denoise_metric *[]){denoise_metric_mean_absolute_error()};
    options.weighted_metric_outputs = (const int64_t[]){1};
    options.weighted_metric_count = 1;
    ASSERT_OK(denoise_model_compile(&trainer, model, make_optimizer(), NULL, &options));
    return trainer;
}

static denoise_callback *stopping(void)
{
    denoise_early_stopping_options options = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    options.patience = 2;
    options.restore_best_weights = 1;
    return denoise_callback_early_stopping(&options);
}

static denoise_callback *reducing(void)
{
    denoise_reduce_lr_options options = DENOISE_REDUCE_LR_OPTIONS_INIT;
    options.monitor = "val_digit_loss";
    options.mode = "min";
    options.patience = 1;
    options.cooldown = 1;
    options.factor = 0.5;
    return denoise_callback_reduce_lr_on_plateau(&options);
}

/* The writer is the first callback, or the last. */
static void add_callbacks(bench *b, bool writes_first)
{
    b->stopping = stopping();
    if (writes_first) ASSERT_OK(denoise_trainer_add_callback(b->trainer, writing(b->writer)));
    if (stages == NULL || stages->schedule == NULL) /* which cannot be lowered */
        ASSERT_OK(denoise_trainer_add_callback(b->trainer, reducing()));
    ASSERT_OK(denoise_trainer_add_callback(b->trainer, b->stopping));
    ASSERT_OK(denoise_trainer_add_callback(b->trainer, denoise_callback_csv_logger(temp_dir_file(&dir, "log.csv"), ";", 1)));
    ASSERT_OK(denoise_trainer_add_callback(b->trainer, denoise_callback_terminate_on_nan(0)));
    if (!writes_first) ASSERT_OK(denoise_trainer_add_callback(b->trainer, writing(b->writer)));
}

static bench start(bool writes_first)
{
    bench b = {.model = make_model(), .x = random_rows(ROWS, COLUMNS, 1), .writer = &notes};
    denoise_tensor *labels = random_labels(ROWS, CLASSES, 2);
    ASSERT_OK(denoise_tensor_one_hot(&b.y[0], labels, CLASSES));
    denoise_tensor_free(labels);
    b.y[1] = random_rows(ROWS, COLUMNS, 3);
    b.trainer = compile(b.model);
    notes.is_on = false;
    notes.only = -1;
    notes.events = 0;
    add_callbacks(&b, writes_first);
    denoise_fit_options_init(&b.options);
    b.options.verbose = 0;
    b.options.batch_size = BATCH;
    b.options.epochs = EPOCHS;
    b.options.validation_split = 0.25;
    b.options.validation_batch_size = 4;
    b.options.seed = 5;
    return b;
}

static void end(bench *b)
{
    denoise_trainer_free(b->trainer), denoise_model_free(b->model);
    denoise_tensor_free(b->x), denoise_tensor_free(b->y[0]), denoise_tensor_free(b->y[1]);
}

static denoise_status fit(bench *b)
{
    return denoise_trainer_fit_many(b->trainer, (const denoise_tensor *[]){b->x}, 1,
                                    (const denoise_tensor *[]){b->y[0], b->y[1]}, 2, &b->options);
}

static void evaluate(bench *b)
{
    denoise_logs *logs;
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_evaluate_many(&logs, b->trainer, (const denoise_tensor *[]){b->x}, 1,
                                            (const denoise_tensor *[]){b->y[0], b->y[1]}, 2, &options));
    denoise_logs_free(logs);
}

static denoise_status write_to(state_memory *memory, bench *b)
{
    denoise__visitor visitor = state_memory_writer(memory);
    return denoise__trainer_visit(b->trainer, &visitor);
}

static denoise_status read_from(state_memory *memory, bench *b)
{
    denoise__visitor visitor = state_memory_reader(memory);
    return denoise__trainer_visit(b->trainer, &visitor);
}

/* What a whole fit leaves: its state and its log. */
typedef struct outcome {
    state_memory state;
    char *log;
    int64_t stopped_epoch, best_epoch;
} outcome;

static outcome outcome_of(bench *b)
{
    outcome o = {.stopped_epoch = denoise_early_stopping_stopped_epoch(b->stopping),
                 .best_epoch = denoise_early_stopping_best_epoch(b->stopping),
                 .log = temp_dir_read(&dir, "log.csv", NULL)};
    ASSERT_OK(write_to(&o.state, b));
    return o;
}

static void forget(outcome *o)
{
    state_memory_clear(&o->state);
    free(o->log);
}

static void assert_same(const outcome *a, const outcome *b, const char *when, int64_t event)
{
    const char *path = state_memory_differs(&a->state, &b->state);
    if (path != NULL) fail_msg("%s %lld: %s differs", when, (long long)event, path);
    assert_string_equal(a->log, b->log);
    assert_int_equal(a->stopped_epoch, b->stopped_epoch);
    assert_int_equal(a->best_epoch, b->best_epoch);
}

static outcome whole_run(bool writes_first, int64_t writes)
{
    bench b = start(writes_first);
    temp_dir_write(&dir, "log.csv", "", 0);
    notes.is_on = writes != 0;
    notes.only = writes > 0 ? writes : -1;
    ASSERT_OK(fit(&b));
    outcome o = outcome_of(&b);
    end(&b);
    return o;
}

static void forget_notes(void)
{
    for (int64_t i = 0; i < MOST_EVENTS; i++)
        state_memory_clear(&notes.memories[i]);
}

/* Everything anew, on another number of threads; the log has rows of later epochs already, which a new fit would keep. */
static void go_on(state_memory *memory, bool writes_first, int64_t event, const outcome *wanted)
{
    bench b = start(writes_first);
    bool is_new = *(int64_t *)state_memory_find(memory, "place/event")->values == DENOISE__PLACE_NONE;
    if (is_new) temp_dir_write(&dir, "log.csv", "", 0);
    ASSERT_OK(denoise_set_num_threads((int32_t)(event % 3 + 1)));
    ASSERT_OK(read_from(memory, &b));
    assert_int_equal(memory->next, memory->count);
    ASSERT_OK(fit(&b));
    outcome o = outcome_of(&b);
    assert_same(&o, wanted, "event", event);
    forget(&o);
    end(&b);
}

/* Begins of epochs and batches, their ends, validation: after each of them. */
static void resume_everywhere(bool writes_first)
{
    outcome plain = whole_run(writes_first, 0), written = whole_run(writes_first, -1);
    int64_t events = notes.events;
    assert_same(&written, &plain, "writing", 0);
    assert_true(plain.stopped_epoch > 0 && plain.best_epoch > 0 && plain.best_epoch < plain.stopped_epoch);
    assert_true(*(double *)state_memory_find(&plain.state, "optimizer/learning_rate")->values < 0.05);
    assert_true(events > plain.stopped_epoch * 12);
    for (int64_t i = 0; i < events; i++)
        go_on(&notes.memories[i], writes_first, i, &plain);
    ASSERT_OK(denoise_set_num_threads(0));
    forget(&plain), forget(&written);
    forget_notes();
}

static void a_fit_goes_on_where_it_was(void **state)
{
    (void)state;
    resume_everywhere(false);
}

static void callbacks_behind_the_writer_are_told_the_rest(void **state)
{
    (void)state;
    resume_everywhere(true);
}

/* Between the batches that an optimizer adds up, before and after the averages are the weights: from some events of each sort.
 */
static void stages_go_on_where_they_were(void **state)
{
    (void)state;
    for (stages = stage_sets; stages->name != NULL; stages++) {
        outcome plain = whole_run(false, 0), written = whole_run(false, -1);
        int64_t events = notes.events;
        assert_same(&written, &plain, stages->name, 0);
        for (int64_t i = (stages - stage_sets) % 5; i < events; i += 5)
            go_on(&notes.memories[i], false, i, &plain);
        forget(&plain), forget(&written);
        forget_notes();
    }
    stages = NULL;
    ASSERT_OK(denoise_set_num_threads(0));
}

/* The index of the event at the end of that batch of that epoch. */
static int64_t event_at(int64_t kind, int64_t epoch, int64_t batch)
{
    for (int64_t i = 0; i < notes.events; i++) {
        const state_memory *memory = &notes.memories[i];
        const int64_t *event = state_memory_find(memory, "place/event")->values;
        if (*event != kind || *(int64_t *)state_memory_find(memory, "place/epoch")->values != epoch) continue;
        if (*(int64_t *)state_memory_find(memory, "place/batch")->values == batch) return i;
    }
    fail_msg("there is no event %lld in epoch %lld, batch %lld", (long long)kind, (long long)epoch, (long long)batch);
    return -1;
}

static state_memory *state_in_epoch_2(outcome *whole)
{
    *whole = whole_run(false, -1);
    return &notes.memories[event_at(DENOISE__PLACE_BATCH_END, 2, 1)];
}

static void paths_are_whole_and_different(void **state)
{
    (void)state;
    outcome whole;
    const state_memory *memory = state_in_epoch_2(&whole);
    static const char *const paths[] = {"counters/step",
                                        "model/entry/kernel",
                                        "model/two_layers/dense/kernel",
                                        "optimizer/iterations",
                                        "optimizer/entry/kernel/momentum",
                                        "optimizer/two_layers/dense/bias/velocity",
                                        "losses/loss",
                                        "losses/1",
                                        "metrics/digit_accuracy/total",
                                        "metrics/clean_histogram/counts",
                                        "callbacks/count",
                                        "callbacks/0/reduce_lr_on_plateau/wait",
                                        "callbacks/1/early_stopping/best_weights/entry/kernel",
                                        "callbacks/2/csv_logger/size",
                                        "history/0/key",
                                        "place/pass_step"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        (void)state_memory_find(memory, paths[i]);
    for (int64_t i = 0; i < memory->count; i++) {
        for (int64_t j = 0; j < i; j++)
            assert_string_not_equal(memory->entries[i].path, memory->entries[j].path);
    }
    assert_int_equal(*(int64_t *)state_memory_find(memory, "counters/step")->values, 12); /* two epochs of 5, two batches */
    assert_int_equal(*(int64_t *)state_memory_find(memory, "place/pass_step")->values, 10);
    forget(&whole), forget_notes();
}

static void what_was_read_is_written_again(void **state)
{
    (void)state;
    outcome whole;
    state_memory *memory = state_in_epoch_2(&whole), again = {0};
    bench b = start(false);
    ASSERT_OK(read_from(memory, &b));
    ASSERT_OK(write_to(&again, &b));
    assert_null(state_memory_differs(memory, &again));
    evaluate(&b); /* the sums of the epoch that waits stay */
    ASSERT_FAILS(denoise_trainer_test_on_batch(NULL, b.trainer, b.x, b.y[0], NULL), DENOISE_ERR_SHAPE, "2 outputs");
    ASSERT_OK(write_to(&again, &b));
    assert_null(state_memory_differs(memory, &again));
    state_memory_clear(&again);
    end(&b);
    forget(&whole), forget_notes();
}

static void another_fit_does_not_go_on(void **state)
{
    (void)state;
    outcome whole;
    state_memory *memory = state_in_epoch_2(&whole);
    bench b = start(false);
    ASSERT_OK(read_from(memory, &b));
    b.options.batch_size = 7;
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID,
                 "fit goes on in epoch 2, batch 1 of the state that was read: batch_size is 7, expected 5");
    b.options.batch_size = BATCH;
    b.options.seed = 6;
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID, "seed is 6, expected 5");
    b.options.seed = 5;
    b.options.validation_split = 0.5;
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID, "rows is 14, expected 21");
    b.options.validation_split = 0.25;
    b.options.shuffle = 0;
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID, "shuffle is 0, expected 1");
    b.options.shuffle = 1;
    b.options.epochs = 2;
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID, "epochs is 2, expected > 2");
    b.options.epochs = EPOCHS;
    ASSERT_OK(fit(&b)); /* the place is still there */
    outcome o = outcome_of(&b);
    assert_same(&o, &whole, "after failures", 0);
    forget(&o);
    ASSERT_OK(fit(&b)); /* and is used up: a new one */
    assert_int_equal(denoise_history_epoch(denoise_trainer_history(b.trainer), 0), 0);
    end(&b);
    forget(&whole), forget_notes();
}

static void states_of_others_are_refused(void **state)
{
    (void)state;
    outcome whole;
    state_memory *memory = state_in_epoch_2(&whole);
    bench b = start(false);
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_terminate_on_nan(0)));
    ASSERT_FAILS(read_from(memory, &b), DENOISE_ERR_INVALID, "the state has 5 callbacks, the trainer has 6");
    ASSERT_OK(fit(&b));
    end(&b);
    int64_t *event = state_memory_find(memory, "place/event")->values;
    *event = 9;
    b = start(false);
    ASSERT_FAILS(read_from(memory, &b), DENOISE_ERR_RANGE, "place/event is 9, expected 0 .. 5");
    end(&b);
    *event = DENOISE__PLACE_BATCH_END;
    *(int64_t *)state_memory_find(memory, "place/batch")->values = 5;
    b = start(false);
    ASSERT_OK(read_from(memory, &b));
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID, "the number of batches in an epoch is 5, expected > 5");
    end(&b);
    forget(&whole), forget_notes();
}

static denoise_status read_in_a_run(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    (void)logs;
    return denoise__trainer_visit(trainer, user_data);
}

static void nothing_is_read_in_a_run(void **state)
{
    (void)state;
    bench b = start(false);
    denoise__visitor visitor = state_memory_reader(&notes.memories[0]);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_begin = read_in_a_run;
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, &visitor, NULL)));
    ASSERT_FAILS(fit(&b), DENOISE_ERR_STATE, "a trainer's state cannot be read during its fit");
    end(&b);
}

/* A step by hand is another way on: the place is given up. */
static void a_step_by_hand_gives_the_place_up(void **state)
{
    (void)state;
    denoise_model *model = two_layers(COLUMNS, 4, "relu", 2, NULL);
    denoise_trainer *trainer;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 2, 2);
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    ASSERT_OK(denoise_trainer_add_callback(trainer, writing(&notes)));
    notes.is_on = true;
    notes.only = -1;
    notes.events = 0;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options));
    notes.is_on = false;
    state_memory *memory = &notes.memories[event_at(DENOISE__PLACE_BATCH_BEGIN, 0, 0)], again = {0};
    denoise__visitor in = state_memory_reader(memory), out = state_memory_writer(&again);
    ASSERT_OK(denoise__trainer_visit(trainer, &in));
    ASSERT_OK(denoise_trainer_test_on_batch(NULL, trainer, x, y, NULL)); /* looks on */
    ASSERT_OK(denoise__trainer_visit(trainer, &out));
    assert_null(state_memory_differs(memory, &again));
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
    out = state_memory_writer(&again);
    ASSERT_OK(denoise__trainer_visit(trainer, &out));
    assert_int_equal(*(int64_t *)state_memory_find(&again, "place/event")->values, DENOISE__PLACE_NONE);
    options.batch_size = 3;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &options)); /* a new one */
    state_memory_clear(&again);
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_tensor_free(x), denoise_tensor_free(y);
    forget_notes();
}

/* Its rows up to there are gone: a header and the rest. */
static void a_log_that_is_gone_begins_anew(void **state)
{
    (void)state;
    outcome whole;
    state_memory *memory = state_in_epoch_2(&whole);
    bench b = start(false);
    char path[TEMP_PATH_SIZE + 16];
    (void)snprintf(path, sizeof path, "%s", temp_dir_file(&dir, "log.csv"));
    assert_int_equal(remove(path), 0);
    ASSERT_OK(read_from(memory, &b));
    ASSERT_OK(fit(&b));
    char *text = temp_dir_read(&dir, "log.csv", NULL);
    const char *header_end = strstr(text, "\r\n");
    assert_memory_equal(text, whole.log, header_end + 2 - text);
    assert_memory_equal(header_end, "\r\n2;", 4);
    free(text);
    end(&b);
    forget(&whole), forget_notes();
}

static void the_bar_begins_where_the_fit_does(void **state)
{
    (void)state;
    outcome whole;
    state_memory *memory = state_in_epoch_2(&whole);
    bench b = start(false);
    ASSERT_OK(read_from(memory, &b));
    b.options.verbose = 1;
    log_capture_start(false, 80);
    ASSERT_OK(fit(&b));
    assert_memory_equal(log_capture_text(), "Epoch 3/6\n", 10);
    assert_non_null(strstr(log_capture_text(), "Epoch 4/6\n"));
    assert_null(strstr(strstr(log_capture_text(), "Epoch 3/6") + 1, "Epoch 3/6"));
    log_capture_stop();
    end(&b);
    forget(&whole), forget_notes();
}

static jmp_buf left;

static denoise_status leave(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)number, (void)logs, (void)user_data;
    longjmp(left, 1);
}

static void a_fit_that_was_left_has_no_place(void **state)
{
    (void)state;
    static bench b;
    state_memory memory = {0};
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = leave;
    b = start(false);
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    if (setjmp(left) == 0) {
        (void)fit(&b);
        fail();
    }
    ASSERT_OK(denoise_trainer_reset(b.trainer));
    ASSERT_OK(write_to(&memory, &b));
    assert_int_equal(*(int64_t *)state_memory_find(&memory, "place/event")->values, DENOISE__PLACE_NONE);
    assert_int_equal(*(int64_t *)state_memory_find(&memory, "counters/step")->values, 1);
    state_memory_clear(&memory);
    end(&b);
}

/* Epochs that were not planned at first. */
static void more_epochs_may_follow(void **state)
{
    (void)state;
    bench b = start(false);
    b.options.epochs = 3;
    outcome whole = whole_run(false, 0);
    temp_dir_write(&dir, "log.csv", "", 0);
    notes.is_on = true;
    notes.events = 0;
    ASSERT_OK(fit(&b));
    end(&b);
    state_memory *memory = &notes.memories[event_at(DENOISE__PLACE_EPOCH_END, 2, 4)];
    go_on(memory, false, 0, &whole);
    forget(&whole), forget_notes();
}

/* At each variable: afterwards the trainer fits, and reads once more, and goes on. */
static void a_visitor_may_fail(void **state)
{
    (void)state;
    outcome whole;
    state_memory *memory = state_in_epoch_2(&whole), part = {0};
    for (int64_t n = 1; n <= memory->count; n++) {
        bench b = start(false);
        memory->fails_at = n;
        assert_int_equal(read_from(memory, &b), DENOISE_ERR_IO);
        memory->fails_at = 0;
        if (n % 8 == 0) {
            b.options.nonfinite = DENOISE_NONFINITE_IGNORE; /* half a weight may be anything */
            ASSERT_OK(fit(&b));
            b.options.nonfinite = DENOISE_NONFINITE_ERROR;
            assert_int_equal(denoise_history_epoch(denoise_trainer_history(b.trainer), 0), 0);
        }
        part.fails_at = n;
        denoise_status status = write_to(&part, &b); /* of what was read, which may be less */
        assert_int_equal(status, n <= part.seen ? DENOISE_ERR_IO : DENOISE_OK);
        ASSERT_OK(read_from(memory, &b));
        if (n % 8 == 1) {
            ASSERT_OK(fit(&b));
            outcome o = outcome_of(&b);
            assert_same(&o, &whole, "variable", n);
            forget(&o);
        }
        end(&b);
    }
    state_memory_clear(&part);
    forget(&whole), forget_notes();
}

/* Each allocation of reading, and of going on. */
static void memory_may_be_out(void **state)
{
    (void)state;
    outcome whole;
    failing_alloc_install();
    state_memory *memory = state_in_epoch_2(&whole);
    int64_t n = 0;
    for (bool failed = true; failed;) {
        bench b = start(false);
        failing_alloc_arm(++n, false);
        denoise_status status = read_from(memory, &b);
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (failed) ASSERT_OK(read_from(memory, &b));
        failing_alloc_arm(n * 4, false);
        status = fit(&b);
        bool fit_failed = failing_alloc_disarm();
        assert_int_equal(status, fit_failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (fit_failed) {
            ASSERT_OK(read_from(memory, &b));
            ASSERT_OK(fit(&b));
        }
        outcome o = outcome_of(&b);
        assert_same(&o, &whole, "allocation", n);
        forget(&o);
        end(&b);
    }
    assert_true(n > 20);
    denoise_shutdown();
    failing_alloc_remove();
    forget(&whole), forget_notes();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_goes_on_where_it_was),
        cmocka_unit_test(callbacks_behind_the_writer_are_told_the_rest),
        cmocka_unit_test(stages_go_on_where_they_were),
        cmocka_unit_test(paths_are_whole_and_different),
        cmocka_unit_test(what_was_read_is_written_again),
        cmocka_unit_test(another_fit_does_not_go_on),
        cmocka_unit_test(states_of_others_are_refused),
        cmocka_unit_test(nothing_is_read_in_a_run),
        cmocka_unit_test(a_step_by_hand_gives_the_place_up),
        cmocka_unit_test(a_log_that_is_gone_begins_anew),
        cmocka_unit_test(the_bar_begins_where_the_fit_does),
        cmocka_unit_test(a_fit_that_was_left_has_no_place),
        cmocka_unit_test(more_epochs_may_follow),
        cmocka_unit_test(a_visitor_may_fail),
        cmocka_unit_test(memory_may_be_out),
    };
    test_kinds_add();
    temp_dir_make(&dir);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    temp_dir_remove(&dir);
    return failures;
}
