/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that a callback leaves by longjmp(): what the next calls are told, and what reset and free put back. */
#include "support/nets.h"
#include <fenv.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x, *y;
    int64_t left_at; /* the call of the hook that jumps; the first is 0 */
    int64_t calls;
    denoise_status answer;
} bench;

/* Where the hook jumps to. Not in the bench: what setjmp()'s function changes must not stand in its variables. */
static jmp_buf place;
static bench b;

static denoise_status jump(void)
{
    if (b.calls++ == b.left_at) longjmp(place, 1);
    return DENOISE_OK;
}

static denoise_status on_event(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    return jump();
}

static denoise_status on_counted(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)number, (void)logs, (void)user_data;
    return jump();
}

static void start(void)
{
    b = (bench){.model = two_layers(4, 3, "relu", 4, NULL), .x = random_rows(8, 4, 0), .y = random_rows(8, 4, 1)};
    ASSERT_OK(
        denoise_model_compile(&b.trainer, b.model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
}

static void end(void)
{
    denoise_trainer_free(b.trainer);
    denoise_model_free(b.model);
    denoise_tensor_free(b.x);
    denoise_tensor_free(b.y);
}

static void add_hooks(const denoise_callback_hooks *hooks)
{
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(hooks, NULL, NULL)));
}

static denoise_status fit(void)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = 2;
    options.batch_size = 4;
    options.validation_split = 0.5;
    options.verbose = 0;
    return denoise_trainer_fit(b.trainer, b.x, b.y, &options);
}

static denoise_status evaluate(void)
{
    denoise_logs *logs;
    denoise_status status = denoise_trainer_evaluate(&logs, b.trainer, b.x, b.y, NULL);
    denoise_logs_free(logs);
    return status;
}

static denoise_status predict(void)
{
    denoise_tensor *out;
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    options.batch_size = 3;
    denoise_status status = denoise_trainer_predict(&out, b.trainer, b.x, &options);
    denoise_tensor_free(out);
    return status;
}

/* One that jumps leaves its frames between here and the hook. */
static bool is_left(denoise_status (*call)(void))
{
    if (setjmp(place) != 0) return true;
    ASSERT_OK(call());
    return false;
}

static void all_hooks(denoise_callback_hooks *hooks)
{
    *hooks = (denoise_callback_hooks)DENOISE_CALLBACK_HOOKS_INIT;
    hooks->on_train_begin = hooks->on_train_end = hooks->on_test_begin = hooks->on_test_end = on_event;
    hooks->on_predict_begin = hooks->on_predict_end = on_event;
    hooks->on_epoch_begin = hooks->on_epoch_end = hooks->on_train_batch_begin = hooks->on_train_batch_end = on_counted;
    hooks->on_test_batch_begin = hooks->on_test_batch_end = on_counted;
    hooks->on_predict_batch_begin = hooks->on_predict_batch_end = on_counted;
}

/* Left at each call of a hook in turn; then the process is as it was, and nothing of the run is left. */
static void leave_everywhere(denoise_status (*call)(void), bool is_freed)
{
    for (int64_t at = 0;; at++) {
        denoise_callback_hooks hooks;
        start();
        all_hooks(&hooks);
        b.left_at = -1;
        ASSERT_OK(call()); /* sessions stay with the trainer */
        add_hooks(&hooks);
        ASSERT_OK(denoise_trainer_clear_callbacks(b.trainer)); /* room for it */
        add_hooks(&hooks);
        int64_t with_hooks = denoise_memory_blocks();
        b.left_at = at;
        bool left = is_left(call);
        b.left_at = -1;
        if (left && is_freed) {
            denoise_trainer_free(b.trainer);
            ASSERT_OK(denoise_model_compile(&b.trainer, b.model, denoise_optimizer_adam(NULL),
                                            denoise_loss_mean_squared_error(), NULL));
        } else if (left) {
            ASSERT_OK(denoise_trainer_reset(b.trainer));
            assert_true(denoise_memory_blocks() <= with_hooks + 1); /* the list of what is held may have grown */
            ASSERT_OK(denoise_trainer_clear_callbacks(b.trainer));
        }
        ASSERT_OK(denoise_set_engine("native"));
        ASSERT_OK(fit());
        ASSERT_OK(evaluate());
        ASSERT_OK(predict());
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, b.trainer, b.x, b.y, NULL));
        end();
        if (!left) break;
        assert_true(at < 100);
    }
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void fit_left_at_every_hook(void **state)
{
    (void)state;
    leave_everywhere(fit, false);
    leave_everywhere(fit, true);
}

static void evaluate_left_at_every_hook(void **state)
{
    (void)state;
    leave_everywhere(evaluate, false);
    leave_everywhere(evaluate, true);
}

static void predict_left_at_every_hook(void **state)
{
    (void)state;
    leave_everywhere(predict, false);
    leave_everywhere(predict, true);
}

/* ---- the log sink */

static void jump_from_sink(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
    (void)jump();
}

static denoise_status fit_aloud(void)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = 2;
    options.batch_size = 4;
    return denoise_trainer_fit(b.trainer, b.x, b.y, &options);
}

static void *summarize(void *model)
{
    denoise_status status = denoise_model_print_summary(model, NULL);
    return status == DENOISE_OK ? model : NULL;
}

/* At each text in turn: the run can be ended, and the log is free, for other threads too. */
static void a_sink_may_be_left(void **state)
{
    (void)state;
    denoise_log_sink sink = {(int64_t)sizeof sink, jump_from_sink, NULL, NULL, 0, 0};
    for (int64_t at = 0;; at++) {
        pthread_t thread;
        void *answer = NULL;
        start();
        b.left_at = -1;
        ASSERT_OK(denoise_set_log_sink(&sink));
        ASSERT_OK(fit_aloud()); /* what the bar needs stays with the trainer */
        ASSERT_OK(denoise_layer_set_trainable(denoise_model_layer(b.model, "dense"), 0)); /* the first text is a warning */
        b.calls = 0;
        int64_t before = denoise_memory_blocks();
        b.left_at = at;
        bool left = is_left(fit_aloud);
        b.left_at = -1;
        if (left) ASSERT_OK(denoise_trainer_reset(b.trainer));
        assert_true(denoise_memory_blocks() <= before + 1);
        assert_int_equal(pthread_create(&thread, NULL, summarize, b.model), 0);
        assert_int_equal(pthread_join(thread, &answer), 0);
        assert_ptr_equal(answer, b.model);
        ASSERT_OK(fit_aloud());
        ASSERT_OK(denoise_set_engine("native"));
        ASSERT_OK(denoise_set_log_sink(NULL));
        end();
        if (!left) break;
        assert_true(at < 100);
    }
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static denoise_status own_rate(int64_t epoch, double rate, double *result, void *user_data)
{
    (void)epoch, (void)user_data;
    *result = rate;
    return jump();
}

static void a_schedule_may_leave_too(void **state)
{
    (void)state;
    start();
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_learning_rate_scheduler(own_rate, NULL, NULL)));
    b.left_at = 1;
    assert_true(is_left(fit));
    ASSERT_OK(denoise_trainer_reset(b.trainer));
    ASSERT_OK(fit());
    end();
}

/* Whatever is called: it says what happened, and what to do. */
static void calls_after_it_tell_the_truth(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_trainer *other;
    hooks.on_epoch_end = on_counted;
    start();
    add_hooks(&hooks);
    assert_true(is_left(fit));
    static const char told[] = "longjmp() or an exception in a callback left fit of this trainer unfinished; "
                               "denoise_trainer_reset() or denoise_trainer_free() ends it";
    ASSERT_FAILS(fit(), DENOISE_ERR_BUSY, told);
    assert_non_null(strstr(denoise_last_error(), "fit: "));
    ASSERT_FAILS(evaluate(), DENOISE_ERR_BUSY, told);
    ASSERT_FAILS(predict(), DENOISE_ERR_BUSY, told);
    ASSERT_FAILS(denoise_trainer_train_on_batch(NULL, b.trainer, b.x, b.y, NULL), DENOISE_ERR_BUSY, told);
    ASSERT_FAILS(denoise_trainer_clear_callbacks(b.trainer), DENOISE_ERR_BUSY, told);
    ASSERT_FAILS(denoise_trainer_reset_metrics(b.trainer), DENOISE_ERR_BUSY, told);
    ASSERT_OK(denoise_model_compile(&other, b.model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    ASSERT_FAILS(denoise_trainer_fit(other, b.x, b.y, NULL), DENOISE_ERR_BUSY,
                 "in use by a call of this thread: one around this one, or one that a callback left by longjmp()");
    assert_int_equal(denoise_set_engine("native"), DENOISE_ERR_BUSY);
    /* what the callback could do is still possible: the weights are this thread's */
    denoise_tensor *weight;
    ASSERT_OK(denoise_model_get_weight(&weight, b.model, 0));
    ASSERT_OK(denoise_model_set_weight(b.model, 0, weight));
    denoise_tensor_free(weight);
    ASSERT_OK(denoise_trainer_reset(b.trainer));
    ASSERT_OK(denoise_trainer_reset(b.trainer)); /* nothing to do */
    ASSERT_OK(denoise_trainer_fit(other, b.x, b.y, NULL));
    b.calls = 1; /* past the jump */
    ASSERT_OK(fit());
    ASSERT_OK(denoise_set_engine("native"));
    denoise_trainer_free(other);
    end();
}

/* The weights are those of the last step; the next fit goes on as after a callback's failure. */
static denoise_status give_up(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)number, (void)logs, (void)user_data;
    return b.calls++ == b.left_at ? DENOISE_ERR_USER : DENOISE_OK;
}

static void weights_are_those_of_the_last_step(void **state)
{
    (void)state;
    uint64_t hashes[2][2];
    for (int way = 0; way < 2; way++) {
        denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
        hooks.on_train_batch_end = way == 0 ? on_counted : give_up;
        start();
        add_hooks(&hooks);
        b.left_at = 0;
        if (way == 0) {
            assert_true(is_left(fit));
            ASSERT_OK(denoise_trainer_reset(b.trainer));
        } else {
            assert_int_equal(fit(), DENOISE_ERR_USER);
        }
        hashes[way][0] = hash_of_weights(b.model);
        ASSERT_OK(fit());
        hashes[way][1] = hash_of_weights(b.model);
        end();
    }
    assert_true(hashes[0][0] == hashes[1][0] && hashes[0][1] == hashes[1][1]);
}

static denoise_status reset_and_free(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)number, (void)logs, (void)user_data;
    b.answer = denoise_trainer_reset(trainer);
    assert_non_null(strstr(denoise_last_error(), "denoise_trainer_reset: called in a callback of the trainer's fit"));
    if (b.calls++ == 0) denoise_trainer_free(trainer); /* at the end of the run */
    return DENOISE_OK;
}

static void in_a_callback_of_a_living_run_they_wait(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    start();
    uint64_t before = hash_of_weights(b.model);
    hooks.on_train_batch_end = reset_and_free;
    add_hooks(&hooks);
    ASSERT_OK(fit());
    assert_int_equal(b.answer, DENOISE_ERR_BUSY);
    assert_int_equal(b.calls, 2);
    assert_true(hash_of_weights(b.model) != before);
    b.trainer = NULL;
    end();
}

static void read_without_returning(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
}

static denoise_status evaluate_in_hook(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)number, (void)logs, (void)user_data;
    b.answer = evaluate();
    if (b.answer != DENOISE_OK) return b.answer;
    return denoise_trainer_test_on_batch(NULL, trainer, b.x, b.y, NULL);
}

/* Calls that return leave nothing behind in the records of a run that goes on. */
static void calls_in_a_callback_are_forgotten_when_they_return(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_log_sink sink = {.struct_size = (int64_t)sizeof sink, .write = read_without_returning};
    ASSERT_OK(denoise_set_log_sink(&sink));
    start();
    hooks.on_train_batch_end = hooks.on_epoch_end = evaluate_in_hook;
    add_hooks(&hooks);
    ASSERT_OK(fit());
    assert_int_equal(b.answer, DENOISE_OK);
    end();
    ASSERT_OK(denoise_set_log_sink(NULL));
}

/* A fit in a callback of another trainer's fit is left; the outer one goes on. */
static bench outer;

static denoise_status leave_inner(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)number, (void)logs, (void)user_data;
    if (!is_left(fit)) return DENOISE_OK;
    return denoise_trainer_reset(b.trainer);
}

static void an_inner_run_is_left_and_the_outer_goes_on(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    start();
    outer = b;
    hooks.on_epoch_end = leave_inner;
    add_hooks(&hooks);
    start();
    hooks.on_epoch_end = on_counted;
    add_hooks(&hooks);
    b.left_at = 1;
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = 3;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_fit(outer.trainer, outer.x, outer.y, &options));
    assert_int_equal(denoise_history_epochs(denoise_trainer_history(outer.trainer)), 3);
    ASSERT_OK(fit());
    end();
    b = outer;
    end();
}

static void *reset_elsewhere(void *unused)
{
    (void)unused;
    b.answer = denoise_trainer_reset(b.trainer);
    return NULL;
}

static void another_thread_cannot_reset_it(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    pthread_t thread;
    hooks.on_epoch_end = on_counted;
    start();
    add_hooks(&hooks);
    assert_true(is_left(fit));
    assert_int_equal(pthread_create(&thread, NULL, reset_elsewhere, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(b.answer, DENOISE_ERR_BUSY);
    ASSERT_OK(denoise_trainer_reset(b.trainer));
    assert_int_equal(pthread_create(&thread, NULL, reset_elsewhere, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(b.answer, DENOISE_OK);
    end();
}

/* What reset and free take for gone must not depend on how they are called. */
static int depth_of_calls;

static void reset_deeper(int frames)
{
    volatile char room[64] = {0};
    depth_of_calls += room[0];
    if (frames > 0) {
        reset_deeper(frames - 1);
        depth_of_calls++;
        return;
    }
    b.answer = denoise_trainer_reset(b.trainer);
}

static void cancel_state_and_rounding_come_back(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    int cancel;
    hooks.on_epoch_end = on_counted;
    start();
    add_hooks(&hooks);
    assert_int_equal(fesetround(FE_UPWARD), 0);
    assert_true(is_left(fit));
    ASSERT_OK(denoise_trainer_reset(b.trainer));
    assert_int_equal(fegetround(), FE_UPWARD);
    assert_int_equal(fesetround(FE_TONEAREST), 0);
    assert_int_equal(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &cancel), 0);
    assert_int_equal(cancel, PTHREAD_CANCEL_ENABLE);
    volatile double tiny = 4.9e-324; /* subnormal numbers are numbers again */
    assert_true(tiny * 1.0 != 0.0);
    end();
}

/* Much deeper than the run was, it cannot be told from a callback: it is busy, and says where to call it. */
static void from_far_deeper_it_says_where_to_call_it(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = on_counted;
    start();
    add_hooks(&hooks);
    assert_true(is_left(fit));
    reset_deeper(1000);
    ASSERT_FAILS(b.answer, DENOISE_ERR_BUSY, "call it where the jump or the exception ended");
    reset_deeper(0);
    ASSERT_OK(b.answer);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_left_at_every_hook),
        cmocka_unit_test(evaluate_left_at_every_hook),
        cmocka_unit_test(predict_left_at_every_hook),
        cmocka_unit_test(a_sink_may_be_left),
        cmocka_unit_test(a_schedule_may_leave_too),
        cmocka_unit_test(calls_after_it_tell_the_truth),
        cmocka_unit_test(weights_are_those_of_the_last_step),
        cmocka_unit_test(in_a_callback_of_a_living_run_they_wait),
        cmocka_unit_test(calls_in_a_callback_are_forgotten_when_they_return),
        cmocka_unit_test(an_inner_run_is_left_and_the_outer_goes_on),
        cmocka_unit_test(another_thread_cannot_reset_it),
        cmocka_unit_test(cancel_state_and_rounding_come_back),
        cmocka_unit_test(from_far_deeper_it_says_where_to_call_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
