/* SPDX-License-Identifier: Apache-2.0 */
/* Records the logs of every epoch (keras/src/callbacks/history.py). */
#include "train/callback.h"
#include "train/history.h"

typedef struct state {
    denoise_history *history;
} state;

static denoise_status begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    state *s = callback->state;
    (void)logs;
    if (!denoise__trainer_run_params(trainer)->is_resumed) denoise__history_clear(s->history);
    return DENOISE_OK;
}

static denoise_status epoch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs)
{
    state *s = callback->state;
    (void)trainer;
    return denoise__history_add(s->history, epoch, logs);
}

static denoise_status create(denoise_callback *callback)
{
    state *s = callback->state;
    return denoise__history_new(&s->history);
}

static void destroy(denoise_callback *callback)
{
    denoise__history_free(((state *)callback->state)->history);
}

static const denoise_history *recorded(const denoise_callback *callback)
{
    return ((const state *)callback->state)->history;
}

static denoise_status visit(denoise_callback *callback, denoise_trainer *trainer, const char *path,
                            const denoise__visitor *visitor)
{
    (void)trainer;
    return denoise__history_visit(((state *)callback->state)->history, path, visitor);
}

extern const denoise__callback_kind denoise__callback_history;
const denoise__callback_kind denoise__callback_history = {
    .base = {.name = "history", .class_name = "History", .doc = "records the logs of every epoch"},
    .state_size = sizeof(state),
    .create = create,
    .begin = begin,
    .epoch_end = epoch_end,
    .visit = visit,
    .history = recorded,
    .destroy = destroy,
};

denoise_callback *denoise_callback_history(void)
{
    return denoise__callback_make("history", NULL);
}
