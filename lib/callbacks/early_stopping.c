/* SPDX-License-Identifier: Apache-2.0 */
/* Stops when a number no longer improves (keras/src/callbacks/early_stopping.py). */
#include "callbacks/monitor.h"
#include "core/memory.h"
#include "core/options.h"
#include <denoise/model.h>
#include <math.h>

typedef struct config {
    denoise__monitor_config monitor;
    double baseline; /* NAN = None */
    int64_t patience, start_from_epoch;
    int32_t restore_best_weights;
} config;

typedef struct state {
    denoise__monitor monitor;
    int64_t wait, stopped_epoch, best_epoch;
    int64_t weight_count;
    denoise_tensor **weights; /* the best ones; NULL = none yet */
} state;

extern const denoise__callback_kind denoise__callback_early_stopping;

static const denoise__param params[] = {
    DENOISE__MONITOR_PARAMS(config, "0"),
    DENOISE__PARAM_DOUBLE(config, baseline, "None", DENOISE__NULLABLE, NAN, NAN, "waiting starts anew only beyond this value"),
    DENOISE__PARAM_INT(config, patience, "0", 0, 0, NAN, "epochs without improvement before training stops"),
    DENOISE__PARAM_INT(config, start_from_epoch, "0", 0, 0, NAN, "epochs before this one do not count"),
    DENOISE__PARAM_BOOL(config, restore_best_weights, "false", "at the end, put back the weights of the best epoch"),
};

static void forget_weights(state *s)
{
    for (int64_t i = 0; i < s->weight_count; i++)
        denoise_tensor_free(s->weights[i]);
    denoise__release(s->weights);
    s->weights = NULL;
    s->weight_count = 0;
}

static denoise_status begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    state *s = callback->state;
    (void)logs;
    if (denoise__trainer_run_params(trainer)->is_resumed) return DENOISE_OK;
    forget_weights(s);
    *s = (state){.monitor.best = NAN};
    return DENOISE_OK;
}

/* The old snapshot stays until the new one is complete. */
static denoise_status keep_weights(state *s, denoise_trainer *trainer)
{
    const denoise_model *model = denoise_trainer_model(trainer);
    int64_t count = denoise_model_weight_count(model);
    denoise_tensor **weights = denoise__allocate_zeroed((size_t)count + 1, sizeof *weights);
    if (weights == NULL) return denoise__fail_nomem();
    denoise_status status = denoise_model_get_weights(weights, model, count);
    if (status != DENOISE_OK) {
        denoise__release(weights);
        return status;
    }
    forget_weights(s);
    s->weights = weights;
    s->weight_count = count;
    return DENOISE_OK;
}

static denoise_status improve(state *s, const config *c, denoise_trainer *trainer, int64_t epoch, double current)
{
    s->monitor.best = current;
    s->monitor.has_best = true;
    s->best_epoch = epoch;
    if (c->restore_best_weights) DENOISE__TRY(keep_weights(s, trainer));
    if (isnan(c->baseline) || denoise__monitor_is_better(&s->monitor, &c->monitor, current, c->baseline)) s->wait = 0;
    return DENOISE_OK;
}

static denoise_status epoch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs)
{
    state *s = callback->state;
    const config *c = callback->part.config;
    double current;
    DENOISE__TRY(denoise__monitor_prepare(&s->monitor, &c->monitor, "early_stopping", trainer));
    if (!denoise__monitor_read(&s->monitor, &c->monitor, "early_stopping", logs, &current) || epoch < c->start_from_epoch)
        return DENOISE_OK;
    if (c->restore_best_weights && s->weights == NULL) {
        DENOISE__TRY(keep_weights(s, trainer));
        s->best_epoch = epoch;
    }
    s->wait++;
    if (!s->monitor.has_best || denoise__monitor_is_better(&s->monitor, &c->monitor, current, s->monitor.best)) {
        return improve(s, c, trainer, epoch, current);
    }
    if (s->wait >= c->patience && epoch > 0) {
        s->stopped_epoch = epoch;
        denoise_trainer_stop(trainer);
    }
    return DENOISE_OK;
}

static denoise_status end(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    state *s = callback->state;
    (void)logs;
    if (s->weights == NULL) return DENOISE_OK;
    return denoise_model_set_weights(denoise_trainer_model(trainer), (const denoise_tensor *const *)s->weights,
                                     s->weight_count);
}

/* The best weights in the model's order, under its names. */
static denoise_status visit_weights(state *s, const denoise_model *model, const char *path, const denoise__visitor *visitor)
{
    char place[DENOISE__PATH_SIZE], name[DENOISE__PATH_SIZE];
    DENOISE__TRY(denoise__path_join(place, sizeof place, path, "best_weights"));
    for (int64_t i = 0; i < s->weight_count; i++) {
        denoise_tensor *weight = s->weights[i];
        denoise__variable variable = {.name = name,
                                      .role = DENOISE__VARIABLE_WEIGHT,
                                      .dtype = DENOISE__VARIABLE_FLOAT32,
                                      .rank = denoise_tensor_rank(weight),
                                      .count = denoise_tensor_size(weight),
                                      .values = denoise_tensor_data(weight)};
        for (int32_t axis = 0; axis < variable.rank; axis++)
            variable.dim[axis] = denoise_tensor_dim(weight, axis);
        if (denoise_model_weight_name(model, i, name, sizeof name) < 0)
            return denoise__fail(DENOISE_ERR_LIMIT, "early_stopping: the path of weight %lld is too long", (long long)i);
        DENOISE__TRY(denoise__visit(visitor, place, &variable));
    }
    return DENOISE_OK;
}

/* Read weights go into copies of the present ones, which have their shapes. */
static denoise_status visit(denoise_callback *callback, denoise_trainer *trainer, const char *path,
                            const denoise__visitor *visitor)
{
    state *s = callback->state;
    bool has_weights = s->weights != NULL;
    DENOISE__TRY(denoise__monitor_visit(&s->monitor, path, visitor));
    DENOISE__TRY(denoise__visit_int64(visitor, path, "wait", &s->wait));
    DENOISE__TRY(denoise__visit_int64(visitor, path, "stopped_epoch", &s->stopped_epoch));
    DENOISE__TRY(denoise__visit_int64(visitor, path, "best_epoch", &s->best_epoch));
    DENOISE__TRY(denoise__visit_flag(visitor, path, "has_weights", &has_weights));
    if (visitor->is_reading && has_weights) DENOISE__TRY(keep_weights(s, trainer));
    if (!has_weights) forget_weights(s);
    return visit_weights(s, denoise_trainer_model(trainer), path, visitor);
}

static void destroy(denoise_callback *callback)
{
    forget_weights(callback->state);
}

const denoise__callback_kind denoise__callback_early_stopping = {
    .base = {.name = "early_stopping",
             .class_name = "EarlyStopping",
             .doc = "stops training when a monitored number no longer improves",
             .config_size = sizeof(config),
             .params = params,
             .param_count = sizeof params / sizeof *params},
    .state_size = sizeof(state),
    .begin = begin,
    .epoch_end = epoch_end,
    .end = end,
    .visit = visit,
    .destroy = destroy,
};

DENOISE__OPTIONS(early_stopping_options, EARLY_STOPPING_OPTIONS, "early_stopping options", denoise_early_stopping_options,
                 sizeof(denoise_early_stopping_options))

denoise_callback *denoise_callback_early_stopping(const denoise_early_stopping_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_early_stopping_options known;
    if (denoise__gather_options(&given, &early_stopping_options_known, &known, options)) {
        denoise__gather_text(&given, "monitor", known.monitor);
        denoise__gather_text(&given, "mode", known.mode);
        denoise__gather_double(&given, "min_delta", known.min_delta);
        denoise__gather_double_or_none(&given, "baseline", known.baseline);
        denoise__gather_int(&given, "patience", known.patience);
        denoise__gather_int(&given, "start_from_epoch", known.start_from_epoch);
        denoise__gather_bool(&given, "restore_best_weights", known.restore_best_weights);
    }
    return denoise__callback_make("early_stopping", &given);
}

int64_t denoise_early_stopping_stopped_epoch(const denoise_callback *callback)
{
    return denoise__callback_is(callback, &denoise__callback_early_stopping) ? ((const state *)callback->state)->stopped_epoch
                                                                             : -1;
}

int64_t denoise_early_stopping_best_epoch(const denoise_callback *callback)
{
    return denoise__callback_is(callback, &denoise__callback_early_stopping) ? ((const state *)callback->state)->best_epoch
                                                                             : -1;
}

double denoise_early_stopping_best(const denoise_callback *callback)
{
    if (!denoise__callback_is(callback, &denoise__callback_early_stopping)) return NAN;
    const state *s = callback->state;
    return s->monitor.has_best ? s->monitor.best : NAN;
}
