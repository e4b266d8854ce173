/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's own hooks: all 14, in Keras' order; errors unchanged; stops, also from a signal; user data given back once. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct journal {
    char text[4096];
    int64_t fail_at; /* invocation that fails; 0 = none */
    int64_t calls, destroyed;
} journal;

static denoise_status note(journal *j, const char *event, int64_t number)
{
    char line[64];
    if (number >= 0) {
        snprintf(line, sizeof line, "%s %d\n", event, (int)number);
    } else {
        snprintf(line, sizeof line, "%s\n", event);
    }
    if (strlen(j->text) + strlen(line) < sizeof j->text) strcat(j->text, line);
    return ++j->calls == j->fail_at ? 12345 : DENOISE_OK;
}

#define EVENT(name)                                                                                                            \
    static denoise_status name(denoise_trainer *trainer, denoise_logs *logs, void *user_data)                                  \
    {                                                                                                                          \
        assert_non_null(trainer);                                                                                              \
        assert_non_null(logs);                                                                                                 \
        return note(user_data, #name, -1);                                                                                     \
    }
#define COUNTED(name)                                                                                                          \
    static denoise_status name(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)                  \
    {                                                                                                                          \
        assert_non_null(trainer);                                                                                              \
        assert_non_null(logs);                                                                                                 \
        return note(user_data, #name, number);                                                                                 \
    }
EVENT(train_begin)
EVENT(train_end)
EVENT(test_begin)
EVENT(test_end)
EVENT(predict_begin)
EVENT(predict_end)
COUNTED(epoch_begin)
COUNTED(epoch_end)
COUNTED(batch_begin)
COUNTED(batch_end)
COUNTED(test_batch_begin)
COUNTED(test_batch_end)
COUNTED(predict_batch_begin)
COUNTED(predict_batch_end)

static denoise_callback_hooks all_hooks(void)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_begin = train_begin, hooks.on_train_end = train_end;
    hooks.on_epoch_begin = epoch_begin, hooks.on_epoch_end = epoch_end;
    hooks.on_train_batch_begin = batch_begin, hooks.on_train_batch_end = batch_end;
    hooks.on_test_begin = test_begin, hooks.on_test_end = test_end;
    hooks.on_test_batch_begin = test_batch_begin, hooks.on_test_batch_end = test_batch_end;
    hooks.on_predict_begin = predict_begin, hooks.on_predict_end = predict_end;
    hooks.on_predict_batch_begin = predict_batch_begin, hooks.on_predict_batch_end = predict_batch_end;
    return hooks;
}

static void count_destroy(void *user_data)
{
    ((journal *)user_data)->destroyed++;
}

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x, *y;
    denoise_fit_options options;
} bench;

static bench start(void)
{
    bench b = {.model = two_layers(4, 3, "relu", 2, NULL), .x = random_rows(10, 4, 0), .y = random_rows(10, 2, 1)};
    ASSERT_OK(
        denoise_model_compile(&b.trainer, b.model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    denoise_fit_options_init(&b.options);
    b.options.verbose = 0;
    b.options.batch_size = 5;
    return b;
}

static void end(bench *b)
{
    denoise_trainer_free(b->trainer), denoise_model_free(b->model), denoise_tensor_free(b->x), denoise_tensor_free(b->y);
}

static void test_order_of_events(void **state)
{
    (void)state;
    bench b = start();
    journal j = {.fail_at = 0};
    denoise_callback_hooks hooks = all_hooks();
    denoise_tensor *prediction;
    denoise_predict_options predict = DENOISE_PREDICT_OPTIONS_INIT;
    predict.verbose = 0;
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, &j, count_destroy)));
    b.options.epochs = 2;
    b.options.validation_split = 0.5;
    b.options.validation_freq = 2;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_string_equal(j.text, "train_begin\nepoch_begin 0\nbatch_begin 0\nbatch_end 0\nepoch_end 0\n"
                                "epoch_begin 1\nbatch_begin 0\nbatch_end 0\ntest_begin\ntest_batch_begin 0\ntest_batch_end 0\n"
                                "test_end\nepoch_end 1\ntrain_end\n");
    j.text[0] = '\0';
    ASSERT_OK(denoise_trainer_predict(&prediction, b.trainer, b.x, &predict));
    assert_string_equal(j.text, "predict_begin\npredict_batch_begin 0\npredict_batch_end 0\npredict_end\n");
    denoise_tensor_free(prediction);
    end(&b);
    assert_int_equal(j.destroyed, 1);
}

static denoise_status add_to_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)epoch, (void)user_data;
    ASSERT_OK(denoise_logs_set(logs, "loss", -1));
    return denoise_logs_set(logs, "added", 2);
}

static denoise_status write_keys(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    double loss, expected = denoise_history_values(denoise_trainer_history(trainer), "val_loss")[0];
    char *text = user_data;
    for (int64_t i = 0; i < denoise_logs_count(logs); i++)
        strcat(strcat(text, denoise_logs_key(logs, i)), " ");
    ASSERT_OK(denoise_logs_get(logs, "val_loss", &loss));
    assert_true(loss == expected);
    ASSERT_OK(denoise_logs_get(logs, "loss", &loss));
    assert_true(loss > 0);
    return DENOISE_OK;
}

/* What a callback does to the logs of an epoch, the callbacks behind it and the history see; on_train_end has the trainer's own
 * (keras/src/callbacks/callback_list.py: each event's logs are a copy). */
static void test_end_has_the_trainers_own_logs(void **state)
{
    (void)state;
    bench b = start();
    char text[256] = "";
    denoise_callback_hooks hooks;
    denoise_callback_hooks_init(&hooks);
    hooks.on_epoch_end = add_to_epoch, hooks.on_train_end = write_keys;
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, text, NULL)));
    b.options.validation_split = 0.5;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_string_equal(text, "loss val_loss ");
    assert_true(denoise_history_values(denoise_trainer_history(b.trainer), "added")[0] == 2);
    end(&b);
}

/* Whichever invocation fails, its code comes back unchanged, and the trainer can be used again. */
static void test_error_comes_back_unchanged(void **state)
{
    (void)state;
    for (int64_t fail_at = 1;; fail_at++) {
        bench b = start();
        journal j = {.fail_at = fail_at};
        denoise_callback_hooks hooks = all_hooks();
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, &j, count_destroy)));
        b.options.validation_split = 0.5;
        denoise_layer *unrelated; /* an older failure must not speak for this one */
        assert_int_equal(denoise_layer_create(&unrelated, "Unknown", NULL), DENOISE_ERR_NAME);
        denoise_status status = denoise_trainer_fit(b.trainer, b.x, b.y, &b.options);
        bool failed = j.calls >= fail_at;
        assert_int_equal(status, failed ? 12345 : DENOISE_OK);
        if (failed) {
            assert_int_equal(denoise_last_status(), 12345);
            assert_non_null(strstr(denoise_trainer_error(b.trainer), "callback \"lambda\": on_"));
            assert_non_null(strstr(denoise_last_error(), "returned 12345"));
        }
        j.fail_at = 0;
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
        end(&b);
        assert_int_equal(j.destroyed, 1);
        if (!failed) break;
    }
}

static denoise_status stop_now(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)logs;
    if (number == *(const int64_t *)user_data) denoise_trainer_stop(trainer);
    return DENOISE_OK;
}

static void test_stop_after_batch_and_epoch(void **state)
{
    (void)state;
    for (int by_epoch = 0; by_epoch < 2; by_epoch++) {
        bench b = start();
        int64_t at = by_epoch;
        denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
        if (by_epoch) {
            hooks.on_epoch_end = stop_now;
        } else {
            hooks.on_train_batch_end = stop_now;
        }
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, &at, NULL)));
        b.options.epochs = 10;
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
        assert_int_equal(denoise_trainer_stopping(b.trainer), 1);
        assert_int_equal(denoise_history_epochs(denoise_trainer_history(b.trainer)), by_epoch ? 2 : 1);
        assert_int_equal(denoise_optimizer_iterations(denoise_trainer_optimizer(b.trainer)), by_epoch ? 4 : 1);
        end(&b);
    }
}

static denoise_trainer *signalled;

static void on_signal(int number)
{
    (void)number;
    denoise_trainer_stop(signalled);
}

static denoise_status raise_signal(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    return batch == 1 && raise(SIGUSR1) != 0 ? DENOISE_ERR_USER : DENOISE_OK;
}

static void test_stop_from_signal_handler(void **state)
{
    (void)state;
    bench b = start();
    struct sigaction action = {.sa_handler = on_signal}, before;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_begin = raise_signal;
    signalled = b.trainer;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    b.options.epochs = 50;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_int_equal(denoise_history_epochs(denoise_trainer_history(b.trainer)), 1);
    sigaction(SIGUSR1, &before, NULL);
    denoise_trainer_stop(NULL);
    assert_int_equal(denoise_trainer_stopping(NULL), 0);
    end(&b);
}

static denoise_status add_key(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)user_data;
    return denoise_logs_set(logs, "extra", (double)epoch * 2.0);
}

static denoise_status use_everything(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    const bench *b = user_data;
    denoise_tensor *y, *weight;
    denoise_logs *nested;
    double outer, again, inner;
    (void)epoch;
    ASSERT_OK(denoise_logs_get(logs, "loss", &outer));
    ASSERT_OK(denoise_model_predict(&y, b->model, b->x, NULL));
    ASSERT_OK(denoise_model_get_weight(&weight, b->model, 0));
    ASSERT_OK(denoise_model_set_weight(b->model, 0, weight));
    ASSERT_OK(denoise_trainer_evaluate(&nested, trainer, b->x, b->y, NULL)); /* does not disturb the epoch */
    ASSERT_OK(denoise_logs_get(nested, "loss", &inner));
    ASSERT_OK(denoise_logs_get(logs, "loss", &again));
    assert_true(outer == again);
    denoise_tensor_free(y), denoise_tensor_free(weight), denoise_logs_free(nested);
    return DENOISE_OK;
}

static void test_callback_may_use_the_model(void **state)
{
    (void)state;
    bench b = start(), plain = start();
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = use_everything;
    hooks.on_train_batch_end = use_everything;
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, &b, NULL)));
    hooks = (denoise_callback_hooks)DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = add_key;
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    b.options.epochs = plain.options.epochs = 3;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    ASSERT_OK(denoise_trainer_fit(plain.trainer, plain.x, plain.y, &plain.options));
    assert_true(hash_of_weights(b.model) == hash_of_weights(plain.model));
    const denoise_history *history = denoise_trainer_history(b.trainer);
    assert_true(denoise_history_values(history, "extra")[2] == 4.0);
    assert_true(denoise_history_values(history, "loss")[2] ==
                denoise_history_values(denoise_trainer_history(plain.trainer), "loss")[2]);
    end(&b), end(&plain);
}

static void test_inert_callbacks(void **state)
{
    (void)state;
    bench b = start();
    journal j = {.fail_at = 0};
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT, written;
    denoise_callback_hooks_init(&written);
    assert_memory_equal(&hooks, &written, sizeof hooks);
    denoise_callback *callback = denoise_callback_lambda(NULL, &j, count_destroy);
    assert_int_equal(denoise_callback_status(callback), DENOISE_ERR_NULL);
    assert_non_null(strstr(denoise_callback_error(callback), "hooks"));
    denoise_callback_free(callback);
    assert_int_equal(j.destroyed, 1);
    hooks.struct_size = 3;
    callback = denoise_callback_lambda(&hooks, &j, count_destroy);
    ASSERT_FAILS(denoise_trainer_add_callback(b.trainer, callback), DENOISE_ERR_INVALID, "struct_size is 3");
    assert_int_equal(j.destroyed, 1); /* the trainer has it, and it can still be asked */
    assert_non_null(strstr(denoise_callback_error(callback), "struct_size is 3"));
    ASSERT_FAILS(denoise_trainer_add_callback(b.trainer, callback), DENOISE_ERR_INVALID, "struct_size is 3");
    ASSERT_FAILS(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options), DENOISE_ERR_INVALID, "struct_size is 3");
    ASSERT_OK(denoise_trainer_clear_callbacks(b.trainer));
    assert_int_equal(j.destroyed, 2);
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    ASSERT_FAILS(denoise_trainer_add_callback(b.trainer, NULL), DENOISE_ERR_NULL, "callback");
    ASSERT_FAILS(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options), DENOISE_ERR_NULL, "callback");
    denoise_callback *made;
    ASSERT_FAILS(denoise_callback_create(&made, "nonsense", NULL), DENOISE_ERR_NAME, "nonsense");
    assert_null(made);
    denoise_callback_free(NULL);
    end(&b);
}

static denoise_status halve(int64_t epoch, double learning_rate, double *result, void *user_data)
{
    (void)user_data;
    *result = epoch == 3 ? -1.0 : learning_rate / 2.0;
    return DENOISE_OK;
}

static void test_learning_rate_scheduler(void **state)
{
    (void)state;
    bench b = start();
    journal j = {.fail_at = 0};
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_learning_rate_scheduler(halve, &j, count_destroy)));
    b.options.epochs = 3;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    const double *rates = denoise_history_values(denoise_trainer_history(b.trainer), "learning_rate");
    for (int i = 0; i < 3; i++)
        assert_true(rates[i] == (double)(float)(0.001 / (2 << i)));
    b.options.epochs = 4;
    ASSERT_FAILS(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options), DENOISE_ERR_RANGE, "learning_rate_scheduler, epoch 3");
    assert_int_equal(denoise_callback_status(NULL), DENOISE_ERR_NULL);
    denoise_callback *none = denoise_callback_learning_rate_scheduler(NULL, NULL, NULL);
    assert_int_equal(denoise_callback_status(none), DENOISE_ERR_NULL);
    denoise_callback_free(none);
    end(&b);
    assert_int_equal(j.destroyed, 1);
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = all_hooks();
    failing_alloc_install();
    for (int64_t nth = 1;; nth++) {
        journal j = {.fail_at = 0};
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_callback *callback = denoise_callback_lambda(&hooks, &j, count_destroy);
        bool failed = failing_alloc_disarm();
        assert_int_equal(denoise_callback_status(callback), failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        denoise_callback_free(callback);
        assert_int_equal(j.destroyed, 1);
        if (!failed) break;
    }
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_events),
        cmocka_unit_test(test_end_has_the_trainers_own_logs),
        cmocka_unit_test(test_error_comes_back_unchanged),
        cmocka_unit_test(test_stop_after_batch_and_epoch),
        cmocka_unit_test(test_stop_from_signal_handler),
        cmocka_unit_test(test_callback_may_use_the_model),
        cmocka_unit_test(test_inert_callbacks),
        cmocka_unit_test(test_learning_rate_scheduler),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
