/* SPDX-License-Identifier: Apache-2.0 */
/* The progress bar of fit, evaluate and predict (keras/src/callbacks/progbar_logger.py), into the log sink. */
#include "callbacks/progress_bar.h"
#include "core/log.h"
#include "train/callback.h"
#include "train/logs.h"
#include "train/trainer.h"

enum { ROOM = 2048 }; /* bytes of a long line, so that a step need not allocate */

typedef struct state {
    denoise__progress_bar bar;
    denoise__text text;
    int64_t seen;
} state;

static denoise_status create(denoise_callback *callback)
{
    state *s = callback->state;
    DENOISE__TRY(denoise__logs_new(&s->bar.values));
    for (int32_t i = 0; i < ROOM; i++)
        denoise__text_append(&s->text, " ", 1);
    if (s->text.failed) return denoise__fail_nomem();
    denoise__text_clear(&s->text);
    return DENOISE_OK;
}

/* What a failed run left of a line, or that it had no memory for one, is forgotten. */
static denoise_status draw(state *s, const denoise_trainer *trainer, int64_t current, const denoise_logs *logs, bool finalize)
{
    denoise__text_clear(&s->text);
    return denoise__progress_bar_update(&s->bar, current, logs, finalize, denoise__trainer_now(trainer), &s->text);
}

static void flush(state *s)
{
    if (s->text.length > 0) denoise__log_write(DENOISE_LOG_OUTPUT, s->text.data, (int64_t)s->text.length);
    denoise__text_clear(&s->text);
}

static void start(state *s, const denoise_trainer *trainer)
{
    const denoise__run_params *run = denoise__trainer_run_params(trainer);
    s->seen = 0;
    s->bar.columns = denoise__log_known_columns();
    denoise__progress_bar_start(&s->bar, run->steps, run->verbose, denoise__log_is_terminal(), denoise__trainer_now(trainer));
}

static denoise_status update(state *s, const denoise_trainer *trainer, int64_t batch, const denoise_logs *logs)
{
    s->seen = batch + 1;
    if (s->bar.verbose != 1 || !denoise__log_enabled()) return DENOISE_OK;
    DENOISE__TRY(draw(s, trainer, s->seen, logs, false));
    flush(s);
    return DENOISE_OK;
}

static denoise_status finish(state *s, const denoise_trainer *trainer, const denoise_logs *logs)
{
    if (!denoise__log_enabled()) return DENOISE_OK;
    if (s->bar.target < 0) s->bar.target = s->seen;
    DENOISE__TRY(draw(s, trainer, s->bar.target, logs, true));
    flush(s);
    return DENOISE_OK;
}

static void start_epoch(state *s, const denoise_trainer *trainer, int64_t epoch)
{
    const denoise__run_params *run = denoise__trainer_run_params(trainer);
    start(s, trainer);
    if (run->epochs > 1) denoise__log(DENOISE_LOG_OUTPUT, "Epoch %lld/%lld", (long long)epoch + 1, (long long)run->epochs);
}

/* The bar has no state to go on with: within an epoch it is drawn anew. */
static denoise_status begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    (void)logs;
    if (trainer->pending.event > DENOISE__PLACE_EPOCH_BEGIN) start_epoch(callback->state, trainer, trainer->pending.epoch);
    return DENOISE_OK;
}

static denoise_status epoch_begin(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs)
{
    (void)logs;
    start_epoch(callback->state, trainer, epoch);
    return DENOISE_OK;
}

static denoise_status batch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t batch, denoise_logs *logs)
{
    return update(callback->state, trainer, batch, logs);
}

static denoise_status epoch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs)
{
    (void)epoch;
    return finish(callback->state, trainer, logs);
}

static bool in_fit(const denoise_trainer *trainer)
{
    return denoise__trainer_run_params(trainer)->in_fit;
}

static denoise_status test_begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    (void)logs;
    if (!in_fit(trainer)) start(callback->state, trainer);
    return DENOISE_OK;
}

static denoise_status test_batch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t batch, denoise_logs *logs)
{
    return in_fit(trainer) ? DENOISE_OK : update(callback->state, trainer, batch, logs);
}

static denoise_status test_end(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    return in_fit(trainer) ? DENOISE_OK : finish(callback->state, trainer, logs);
}

static denoise_status predict_begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    (void)logs;
    start(callback->state, trainer);
    return DENOISE_OK;
}

static denoise_status predict_batch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t batch, denoise_logs *logs)
{
    (void)logs;
    return update(callback->state, trainer, batch, NULL);
}

static denoise_status predict_end(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    (void)logs;
    return finish(callback->state, trainer, NULL);
}

static void destroy(denoise_callback *callback)
{
    state *s = callback->state;
    denoise_logs_free(s->bar.values);
    denoise__text_free(&s->text);
}

extern const denoise__callback_kind denoise__callback_progbar_logger;
const denoise__callback_kind denoise__callback_progbar_logger = {
    .base = {.name = "progbar_logger", .class_name = "ProgbarLogger", .doc = "the progress bar; verbose adds it to a run"},
    .state_size = sizeof(state),
    .create = create,
    .begin = begin,
    .epoch_begin = epoch_begin,
    .epoch_end = epoch_end,
    .batch_end = batch_end,
    .test_begin = test_begin,
    .test_end = test_end,
    .test_batch_end = test_batch_end,
    .predict_begin = predict_begin,
    .predict_end = predict_end,
    .predict_batch_end = predict_batch_end,
    .destroy = destroy,
};
