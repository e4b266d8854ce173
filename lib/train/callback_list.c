/* SPDX-License-Identifier: Apache-2.0 */
#include "train/callback_list.h"

static denoise_status tell(const denoise__callback_kind *kind, denoise_callback *callback, denoise_trainer *trainer,
                           denoise__event event, denoise_logs *logs)
{
    denoise_status (*hook)(denoise_callback *, denoise_trainer *, denoise_logs *) = NULL;
    switch (event) {
    case DENOISE__TRAIN_BEGIN:
        hook = kind->begin;
        break;
    case DENOISE__TRAIN_END:
        hook = kind->end;
        break;
    case DENOISE__TEST_BEGIN:
        hook = kind->test_begin;
        break;
    case DENOISE__TEST_END:
        hook = kind->test_end;
        break;
    case DENOISE__PREDICT_BEGIN:
        hook = kind->predict_begin;
        break;
    case DENOISE__PREDICT_END:
        hook = kind->predict_end;
        break;
    }
    return hook == NULL ? DENOISE_OK : hook(callback, trainer, logs);
}

static denoise_status tell_counted(const denoise__callback_kind *kind, denoise_callback *callback, denoise_trainer *trainer,
                                   denoise__counted_event event, int64_t number, denoise_logs *logs)
{
    denoise_status (*hook)(denoise_callback *, denoise_trainer *, int64_t, denoise_logs *) = NULL;
    switch (event) {
    case DENOISE__EPOCH_BEGIN:
        hook = kind->epoch_begin;
        break;
    case DENOISE__EPOCH_END:
        hook = kind->epoch_end;
        break;
    case DENOISE__TRAIN_BATCH_BEGIN:
        hook = kind->batch_begin;
        break;
    case DENOISE__TRAIN_BATCH_END:
        hook = kind->batch_end;
        break;
    case DENOISE__TEST_BATCH_BEGIN:
        hook = kind->test_batch_begin;
        break;
    case DENOISE__TEST_BATCH_END:
        hook = kind->test_batch_end;
        break;
    case DENOISE__PREDICT_BATCH_BEGIN:
        hook = kind->predict_batch_begin;
        break;
    case DENOISE__PREDICT_BATCH_END:
        hook = kind->predict_batch_end;
        break;
    }
    return hook == NULL ? DENOISE_OK : hook(callback, trainer, number, logs);
}

/* The caller's callbacks, then history, then the bar where it is wanted; NULL past the end. */
static denoise_callback *callback_at(const denoise_trainer *trainer, int64_t index)
{
    if (index < trainer->callback_count) return trainer->callbacks[index];
    if (index == trainer->callback_count) return trainer->history;
    return index == trainer->callback_count + 1 && trainer->shows_progress ? trainer->progress : NULL;
}

denoise_status denoise__callbacks_tell(denoise_trainer *trainer, denoise__event event, denoise_logs *logs)
{
    denoise_callback *callback;
    denoise__logs_sort(logs);
    for (int64_t i = 0; (callback = callback_at(trainer, i)) != NULL; i++) {
        DENOISE__TRY(tell(denoise__callback_kind_of(callback), callback, trainer, event, logs));
    }
    return DENOISE_OK;
}

denoise_status denoise__callbacks_tell_counted(denoise_trainer *trainer, denoise__counted_event event, int64_t number,
                                               denoise_logs *logs)
{
    denoise_callback *callback;
    denoise__logs_sort(logs);
    for (int64_t i = 0; (callback = callback_at(trainer, i)) != NULL; i++) {
        DENOISE__TRY(tell_counted(denoise__callback_kind_of(callback), callback, trainer, event, number, logs));
    }
    return DENOISE_OK;
}

bool denoise__callbacks_handle_nonfinite(const denoise_trainer *trainer)
{
    for (int64_t i = 0; i < trainer->callback_count; i++) {
        if (denoise__callback_kind_of(trainer->callbacks[i])->handles_nonfinite) return true;
    }
    return false;
}
