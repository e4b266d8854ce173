/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's own functions as callbacks: hooks (keras/src/callbacks/lambda_callback.py) and learning rate schedules
 * (learning_rate_scheduler.py). They hold pointers, so they have no parameters and cannot be made by name: a callback
 * that does nothing would look like one that works. */
#include "core/options.h"
#include "train/callback.h"
#include "train/logs.h"
#include "train/trainer.h"
#include <string.h>

typedef denoise_status (*schedule_function)(int64_t epoch, double learning_rate, double *result, void *user_data);

typedef struct state {
    denoise_callback_hooks hooks;
    schedule_function schedule;
    void *user_data;
    void (*destroy)(void *user_data);
} state;

/* The caller's functions run in the caller's floating-point environment, and may change it. */
static void step_out(const denoise_trainer *trainer)
{
    denoise__fp_leave(trainer->environment);
}

static denoise_status step_in(const denoise_trainer *trainer, denoise_status status)
{
    denoise__fp_enter_flushing(trainer->environment);
    return status;
}

#define EVENT(name, hook)                                                                                                      \
    static denoise_status name(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)                       \
    {                                                                                                                          \
        const state *s = callback->state;                                                                                      \
        if (s->hooks.hook == NULL) return DENOISE_OK;                                                                          \
        step_out(trainer);                                                                                                     \
        return step_in(trainer, s->hooks.hook(trainer, logs, s->user_data));                                                   \
    }
#define COUNTED_EVENT(name, hook)                                                                                              \
    static denoise_status name(denoise_callback *callback, denoise_trainer *trainer, int64_t number, denoise_logs *logs)       \
    {                                                                                                                          \
        const state *s = callback->state;                                                                                      \
        if (s->hooks.hook == NULL) return DENOISE_OK;                                                                          \
        step_out(trainer);                                                                                                     \
        return step_in(trainer, s->hooks.hook(trainer, number, logs, s->user_data));                                           \
    }

EVENT(begin, on_train_begin)
EVENT(end, on_train_end)
EVENT(test_begin, on_test_begin)
EVENT(test_end, on_test_end)
EVENT(predict_begin, on_predict_begin)
EVENT(predict_end, on_predict_end)
COUNTED_EVENT(epoch_begin, on_epoch_begin)
COUNTED_EVENT(epoch_end, on_epoch_end)
COUNTED_EVENT(batch_begin, on_train_batch_begin)
COUNTED_EVENT(batch_end, on_train_batch_end)
COUNTED_EVENT(test_batch_begin, on_test_batch_begin)
COUNTED_EVENT(test_batch_end, on_test_batch_end)
COUNTED_EVENT(predict_batch_begin, on_predict_batch_begin)
COUNTED_EVENT(predict_batch_end, on_predict_batch_end)

static void destroy(denoise_callback *callback)
{
    const state *s = callback->state;
    if (s->destroy != NULL) s->destroy(s->user_data);
}

extern const denoise__callback_kind denoise__callback_lambda;
const denoise__callback_kind denoise__callback_lambda = {
    .base = {.name = "lambda", .class_name = "LambdaCallback", .doc = "the caller's own functions; denoise_callback_lambda()"},
    .state_size = sizeof(state),
    .missing_by_name = "there are no hooks: functions have no names; denoise_callback_lambda() takes them",
    .begin = begin,
    .end = end,
    .epoch_begin = epoch_begin,
    .epoch_end = epoch_end,
    .batch_begin = batch_begin,
    .batch_end = batch_end,
    .test_begin = test_begin,
    .test_end = test_end,
    .test_batch_begin = test_batch_begin,
    .test_batch_end = test_batch_end,
    .predict_begin = predict_begin,
    .predict_end = predict_end,
    .predict_batch_begin = predict_batch_begin,
    .predict_batch_end = predict_batch_end,
    .destroy = destroy,
};

static denoise_status ask_schedule(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs)
{
    const state *s = callback->state;
    denoise_optimizer *optimizer = denoise_trainer_optimizer(trainer);
    double rate, result = NAN;
    (void)logs;
    DENOISE__TRY(denoise__optimizer_rate(optimizer, &rate));
    step_out(trainer);
    denoise_status status = step_in(trainer, s->schedule(epoch, rate, &result, s->user_data));
    if (status != DENOISE_OK) return status;
    status = denoise_optimizer_set_learning_rate(optimizer, result);
    return status == DENOISE_OK ? status : denoise__context(status, "learning_rate_scheduler, epoch %lld: ", (long long)epoch);
}

static denoise_status tell_rate(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs)
{
    double rate;
    (void)callback;
    (void)epoch;
    DENOISE__TRY(denoise__optimizer_rate(denoise_trainer_optimizer(trainer), &rate));
    return denoise_logs_set(logs, "learning_rate", (double)(float)rate);
}

extern const denoise__callback_kind denoise__callback_learning_rate_scheduler;
const denoise__callback_kind denoise__callback_learning_rate_scheduler = {
    .base = {.name = "learning_rate_scheduler",
             .class_name = "LearningRateScheduler",
             .doc = "the learning rate of each epoch; denoise_callback_learning_rate_scheduler()"},
    .state_size = sizeof(state),
    .missing_by_name = "there is no schedule: a function has no name; denoise_callback_learning_rate_scheduler() takes it",
    .epoch_begin = ask_schedule,
    .epoch_end = tell_rate,
    .destroy = destroy,
};

/* A callback that is inert since `before` keeps user_data until it is freed; where there is none to keep it, it is given back
 * at once. */
static denoise_callback *make(const char *name, const state *wanted, denoise_status before)
{
    denoise_callback *callback = denoise__callback_make(name, NULL); /* keeps the message of `before` where it succeeds */
    bool is_made = callback->part.status == DENOISE_OK;
    if (is_made && before != DENOISE_OK) denoise__part_poison(&callback->part, before);
    if (callback->state != NULL) {
        memcpy(callback->state, wanted, sizeof *wanted);
    } else if (wanted->destroy != NULL) {
        wanted->destroy(wanted->user_data);
    }
    return callback;
}

DENOISE__OPTIONS(callback_hooks, CALLBACK_HOOKS, "callback hooks", denoise_callback_hooks, sizeof(denoise_callback_hooks))

denoise_callback *denoise_callback_lambda(const denoise_callback_hooks *hooks, void *user_data,
                                          void (*destroy_data)(void *user_data))
{
    state wanted = {.user_data = user_data, .destroy = destroy_data};
    denoise_status status = hooks == NULL ? denoise__fail_null(__func__, "hooks")
                                          : denoise__options_read(&callback_hooks_known, &wanted.hooks, hooks);
    return make("lambda", &wanted, status);
}

denoise_callback *denoise_callback_learning_rate_scheduler(schedule_function schedule, void *user_data,
                                                           void (*destroy_data)(void *user_data))
{
    state wanted = {.schedule = schedule, .user_data = user_data, .destroy = destroy_data};
    return make("learning_rate_scheduler", &wanted, schedule == NULL ? denoise__fail_null(__func__, "schedule") : DENOISE_OK);
}
