/* SPDX-License-Identifier: Apache-2.0 */
#include "train/callback_list.h"
#include "train/use.h"

/* A hook may return any code, with or without a message of the library's: no older text may stand for it. */
static denoise_status explain(denoise_status status, uint64_t failures, const denoise_callback *callback, const char *hook,
                              int64_t number)
{
    if (status == DENOISE_OK || (denoise__failures() != failures && denoise_last_status() == status)) return status;
    const char *name = callback->part.kind->name;
    if (number < 0) return denoise__fail(status, "callback \"%s\": %s returned %d", name, hook, (int)status);
    return denoise__fail(status, "callback \"%s\": %s returned %d at %lld", name, hook, (int)status, (long long)number);
}

typedef denoise_status (*plain_hook)(denoise_callback *, denoise_trainer *, denoise_logs *);
typedef denoise_status (*counted_hook)(denoise_callback *, denoise_trainer *, int64_t, denoise_logs *);

static denoise_status tell(denoise_callback *callback, denoise_trainer *trainer, denoise__event event, denoise_logs *logs)
{
    const denoise__callback_kind *kind = denoise__callback_kind_of(callback);
    const struct {
        const char *name;
        plain_hook hook;
    } hooks[] = {
        [DENOISE__TRAIN_BEGIN] = {"on_train_begin", kind->begin},
        [DENOISE__TRAIN_END] = {"on_train_end", kind->end},
        [DENOISE__TEST_BEGIN] = {"on_test_begin", kind->test_begin},
        [DENOISE__TEST_END] = {"on_test_end", kind->test_end},
        [DENOISE__PREDICT_BEGIN] = {"on_predict_begin", kind->predict_begin},
        [DENOISE__PREDICT_END] = {"on_predict_end", kind->predict_end},
    };
    if (hooks[event].hook == NULL) return DENOISE_OK;
    uint64_t failures = denoise__failures();
    return explain(hooks[event].hook(callback, trainer, logs), failures, callback, hooks[event].name, -1);
}

static denoise_status tell_counted(denoise_callback *callback, denoise_trainer *trainer, denoise__counted_event event,
                                   int64_t number, denoise_logs *logs)
{
    const denoise__callback_kind *kind = denoise__callback_kind_of(callback);
    const struct {
        const char *name;
        counted_hook hook;
    } hooks[] = {
        [DENOISE__EPOCH_BEGIN] = {"on_epoch_begin", kind->epoch_begin},
        [DENOISE__EPOCH_END] = {"on_epoch_end", kind->epoch_end},
        [DENOISE__TRAIN_BATCH_BEGIN] = {"on_train_batch_begin", kind->batch_begin},
        [DENOISE__TRAIN_BATCH_END] = {"on_train_batch_end", kind->batch_end},
        [DENOISE__TEST_BATCH_BEGIN] = {"on_test_batch_begin", kind->test_batch_begin},
        [DENOISE__TEST_BATCH_END] = {"on_test_batch_end", kind->test_batch_end},
        [DENOISE__PREDICT_BATCH_BEGIN] = {"on_predict_batch_begin", kind->predict_batch_begin},
        [DENOISE__PREDICT_BATCH_END] = {"on_predict_batch_end", kind->predict_batch_end},
    };
    if (hooks[event].hook == NULL) return DENOISE_OK;
    uint64_t failures = denoise__failures();
    return explain(hooks[event].hook(callback, trainer, number, logs), failures, callback, hooks[event].name, number);
}

/* A bar that the caller has added takes the place of the trainer's (keras/src/callbacks/callback_list.py). */
static bool has_own_bar(const denoise_trainer *trainer)
{
    for (int64_t i = 0; i < trainer->told_count; i++) {
        if (trainer->callbacks[i]->part.kind == trainer->progress->part.kind) return true;
    }
    return false;
}

/* The caller's callbacks, then history, then the bar where it is wanted; NULL past the end. */
static denoise_callback *callback_at(const denoise_trainer *trainer, int64_t index)
{
    if (index < trainer->told_count) return trainer->callbacks[index];
    if (index == trainer->told_count) return trainer->history;
    bool shows = index == trainer->told_count + 1 && trainer->shows_progress && !has_own_bar(trainer);
    return shows ? trainer->progress : NULL;
}

denoise_status denoise__callbacks_tell(denoise_trainer *trainer, denoise__event event, denoise_logs *logs)
{
    denoise_callback *callback;
    denoise_status status = DENOISE_OK;
    denoise__logs_sort(logs);
    logs->lent++;
    int32_t use = denoise__use_step_out(trainer);
    for (int64_t i = 0; status == DENOISE_OK && (callback = callback_at(trainer, i)) != NULL; i++) {
        status = tell(callback, trainer, event, logs);
    }
    denoise__use_step_in(trainer, use);
    logs->lent--;
    return status;
}

/* told: counts them as they are told; NULL: nobody asks. */
static denoise_status tell_all_counted(denoise_trainer *trainer, denoise__counted_event event, int64_t number,
                                       denoise_logs *logs, int64_t first, int64_t *told)
{
    denoise_callback *callback;
    denoise_status status = DENOISE_OK;
    if (first == 0) denoise__logs_sort(logs); /* else they are as the callbacks before left them */
    logs->lent++;
    int32_t use = denoise__use_step_out(trainer);
    for (int64_t i = first; status == DENOISE_OK && (callback = callback_at(trainer, i)) != NULL; i++) {
        if (told != NULL) *told = i + 1;
        status = tell_counted(callback, trainer, event, number, logs);
    }
    denoise__use_step_in(trainer, use);
    logs->lent--;
    return status;
}

denoise_status denoise__callbacks_tell_counted(denoise_trainer *trainer, denoise__counted_event event, int64_t number,
                                               denoise_logs *logs)
{
    return tell_all_counted(trainer, event, number, logs, 0, NULL);
}

/* Who has heard of it was one of the caller's, of which there may be less now. */
denoise_status denoise__callbacks_tell_from(denoise_trainer *trainer, denoise__counted_event event, int64_t number,
                                            denoise_logs *logs, int64_t first)
{
    if (first > trainer->told_count) first = trainer->told_count;
    return tell_all_counted(trainer, event, number, logs, first, &trainer->place.told);
}

bool denoise__callbacks_handle_nonfinite(const denoise_trainer *trainer)
{
    for (int64_t i = 0; i < trainer->told_count; i++) {
        if (denoise__callback_kind_of(trainer->callbacks[i])->handles_nonfinite) return true;
    }
    return false;
}
