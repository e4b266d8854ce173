/* SPDX-License-Identifier: Apache-2.0 */
/* Records the logs of every epoch (keras/src/callbacks/history.py). */
#include "train/history.h"
#include "callbacks/callbacks.h"

typedef struct state {
    denoise_history *history;
} state;

extern const denoise__callback_kind denoise__callback_history;

static denoise_status begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    state *s = callback->state;
    (void)trainer;
    (void)logs;
    denoise__history_clear(s->history);
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

const denoise__callback_kind denoise__callback_history = {
    .base = {.name = "history", .class_name = "History", .doc = "records the logs of every epoch"},
    .state_size = sizeof(state),
    .create = create,
    .begin = begin,
    .epoch_end = epoch_end,
    .destroy = destroy,
};

denoise_callback *denoise_callback_history(void)
{
    return denoise__callback_new(&denoise__callback_registry, "history", NULL, DENOISE_OK);
}

const denoise_history *denoise_callback_history_of(const denoise_callback *callback)
{
    return denoise__callback_is(callback, &denoise__callback_history) ? ((const state *)callback->state)->history : NULL;
}
