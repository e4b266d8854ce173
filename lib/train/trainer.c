/* SPDX-License-Identifier: Apache-2.0 */
#include "train/trainer.h"
#include "core/memory.h"
#include "core/platform/clock.h"
#include "core/text.h"
#include "models/summary.h"
#include "train/use.h"
#include "train/warn.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *denoise_trainer_error(const denoise_trainer *trainer)
{
    return trainer == NULL ? "" : trainer->error;
}

double denoise__trainer_now(const denoise_trainer *trainer)
{
    if (trainer->clock != NULL) return trainer->clock(trainer->clock_data);
    return (double)denoise__clock() * 1e-9;
}

denoise_status denoise_trainer_set_clock(denoise_trainer *trainer, double (*clock)(void *user_data), void *user_data)
{
    denoise__use use;
    DENOISE__CHECK_NULL(trainer);
    DENOISE__TRY(denoise__use_begin(&use, trainer, __func__));
    trainer->clock = clock;
    trainer->clock_data = user_data;
    return denoise__use_end(&use, DENOISE_OK);
}

/* The first callback that could not be taken makes the next run fail. */
static denoise_status poison(denoise_trainer *trainer, denoise_status status)
{
    if (trainer->poison == DENOISE_OK) {
        trainer->poison = status;
        snprintf(trainer->poison_message, sizeof trainer->poison_message, "%s", denoise_last_error());
    }
    return status;
}

/* It stays readable as long as the trainer; this takes no memory. */
static void keep_refused(denoise_trainer *trainer, denoise_callback *callback, bool is_new)
{
    if (callback->part.is_static) return;
    if (is_new) {
        callback->next = trainer->refused;
        trainer->refused = callback;
    } else {
        denoise__callback_release(callback);
    }
}

static denoise_status add_callback(denoise_trainer *trainer, denoise_callback *callback)
{
    if (callback == NULL) return poison(trainer, denoise__fail_null("denoise_trainer_add_callback", "callback"));
    void *callbacks = trainer->callbacks;
    denoise_status room =
        denoise__grow(&callbacks, trainer->callback_count, &trainer->callback_capacity, sizeof *trainer->callbacks);
    trainer->callbacks = callbacks;
    bool is_new = callback->part.owner == NULL;
    denoise_status status = denoise__part_adopt(&callback->part, trainer->owner);
    if (status == DENOISE_ERR_OWNED) return status;
    if (status == DENOISE_OK && room == DENOISE_OK) {
        trainer->callbacks[trainer->callback_count++] = callback;
        return DENOISE_OK;
    }
    if (status == DENOISE_OK) status = denoise__fail_nomem();
    poison(trainer, status);
    keep_refused(trainer, callback, is_new);
    return status;
}

denoise_status denoise_trainer_add_callback(denoise_trainer *trainer, denoise_callback *callback)
{
    denoise__use use;
    denoise_status status = trainer == NULL ? denoise__fail_null(__func__, "trainer") : DENOISE_OK;
    if (status == DENOISE_OK) status = denoise__use_begin(&use, trainer, __func__);
    if (status == DENOISE_OK) return denoise__use_end(&use, add_callback(trainer, callback));
    denoise__callback_refuse(callback);
    return status;
}

static denoise_status clear_callbacks(denoise_trainer *trainer)
{
    if (trainer->running > 0) return denoise__fail(DENOISE_ERR_STATE, "callbacks cannot be taken out during a run");
    denoise__trainer_drop_callbacks(trainer);
    trainer->poison = DENOISE_OK;
    trainer->poison_message[0] = '\0';
    return DENOISE_OK;
}

denoise_status denoise_trainer_clear_callbacks(denoise_trainer *trainer)
{
    denoise__use use;
    DENOISE__CHECK_NULL(trainer);
    DENOISE__TRY(denoise__use_begin(&use, trainer, __func__));
    return denoise__use_end(&use, clear_callbacks(trainer));
}

/* A signal handler may call it: one store, which no lock guards. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "denoise_trainer_stop() needs lock-free atomic_int");

void denoise_trainer_stop(denoise_trainer *trainer)
{
    if (trainer != NULL) atomic_store(&trainer->stop, 1);
}

int32_t denoise_trainer_stopping(const denoise_trainer *trainer)
{
    return trainer == NULL ? 0 : atomic_load(&trainer->stop);
}

const denoise_history *denoise_trainer_history(const denoise_trainer *trainer)
{
    return trainer == NULL ? NULL : denoise_callback_history_of(trainer->history);
}

denoise_model *denoise_trainer_model(const denoise_trainer *trainer)
{
    return trainer == NULL ? NULL : trainer->model;
}

denoise_optimizer *denoise_trainer_optimizer(const denoise_trainer *trainer)
{
    return trainer == NULL ? NULL : trainer->optimizer;
}

const denoise__run_params *denoise__trainer_run_params(const denoise_trainer *trainer)
{
    return &trainer->run;
}

void denoise__trainer_reset_metrics(denoise_trainer *trainer)
{
    trainer->loss.total = trainer->loss.rows = 0.0;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        trainer->output_losses[i].total = trainer->output_losses[i].rows = 0.0;
    }
    for (int64_t i = 0; i < trainer->metric_count; i++)
        denoise__metric_reset(trainer->metrics[i].metric);
}

denoise_status denoise_trainer_reset_metrics(denoise_trainer *trainer)
{
    denoise__use use;
    DENOISE__CHECK_NULL(trainer);
    DENOISE__TRY(denoise__use_begin(&use, trainer, __func__));
    denoise__trainer_reset_metrics(trainer);
    return denoise__use_end(&use, DENOISE_OK);
}

static denoise_status write_one(denoise_logs *logs, const char *prefix, const char *key, double value)
{
    char whole[DENOISE__KEY_SIZE + 8];
    snprintf(whole, sizeof whole, "%s%s", prefix, key);
    return denoise_logs_set(logs, whole, value);
}

/* Keras' numbers are float32. */
static double mean_of(const denoise__loss_tracker *tracker)
{
    return tracker->rows > 0.0 ? (double)(float)(tracker->total / tracker->rows) : 0.0;
}

static denoise_status write_metrics(const denoise_trainer *trainer, denoise_logs *logs, const char *prefix, int64_t first,
                                    int64_t end)
{
    for (int64_t i = first; i < end; i++) {
        const denoise__tracked_metric *tracked = &trainer->metrics[trainer->metric_order[i]];
        DENOISE__TRY(write_one(logs, prefix, tracked->key, (double)denoise__metric_result(tracked->metric)));
    }
    return DENOISE_OK;
}

denoise_status denoise__trainer_write_logs(denoise_trainer *trainer, denoise_logs *logs, const char *prefix)
{
    DENOISE__TRY(write_one(logs, prefix, trainer->loss.key, mean_of(&trainer->loss)));
    DENOISE__TRY(write_metrics(trainer, logs, prefix, 0, trainer->named_count));
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        if (trainer->output_losses[i].key[0] == '\0') continue;
        DENOISE__TRY(write_one(logs, prefix, trainer->output_losses[i].key, mean_of(&trainer->output_losses[i])));
    }
    return write_metrics(trainer, logs, prefix, trainer->named_count, trainer->metric_count);
}

int32_t denoise__trainer_direction(const denoise_trainer *trainer, const char *key)
{
    if (strncmp(key, "val_", 4) == 0) key += 4;
    if (strcmp(key, trainer->loss.key) == 0) return -1;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        if (key[0] != '\0' && strcmp(key, trainer->output_losses[i].key) == 0) return -1;
    }
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        if (strcmp(key, trainer->metrics[i].key) != 0) continue;
        return denoise__metric_kind_of(trainer->metrics[i].metric)->is_maximized ? 1 : -1;
    }
    return 0;
}

denoise_status denoise_trainer_summary(char **out, const denoise_trainer *trainer, const denoise_summary_options *options)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(trainer);
    int64_t variables = denoise__optimizer_variable_count(trainer->optimizer);
    bool is_built = trainer->optimizer->weight_count > 0;
    return denoise__summary(out, trainer->model, options, is_built ? variables : -1);
}

denoise_status denoise__trainer_build_optimizer(denoise_trainer *trainer)
{
    size_t count = (size_t)trainer->weight_count + 1;
    const denoise__variable **weights = denoise__allocate_zeroed(count, sizeof *weights);
    denoise_status status = weights == NULL ? denoise__fail_nomem() : DENOISE_OK;
    for (int64_t i = 0; i < trainer->weight_count && status == DENOISE_OK; i++) {
        weights[i] = &trainer->weights[i].layer->weights[trainer->weights[i].index].variable;
    }
    if (status == DENOISE_OK) status = denoise__optimizer_build(trainer->optimizer, weights, trainer->weight_count);
    denoise__release(weights);
    /* As in Keras, what no loss reaches is no part of a step, and so does not decay. */
    const denoise__plan *plan = trainer->train.plan;
    for (int64_t i = 0; status == DENOISE_OK && plan != NULL && i < trainer->weight_count; i++)
        if (!denoise__is_reached(plan, i)) trainer->optimizer->stages[i].decays = false;
    return status;
}
