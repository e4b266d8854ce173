/* SPDX-License-Identifier: Apache-2.0 */
/* Lowers the learning rate when a number no longer improves (keras/src/callbacks/reduce_lr_on_plateau.py). */
#include "callbacks/monitor.h"
#include "core/log.h"
#include "core/options.h"
#include "core/text.h"
#include "optimizers/optimizer.h"

typedef struct config {
    denoise__monitor_config monitor;
    double factor, min_lr;
    int64_t patience, cooldown;
    int32_t verbose;
} config;

typedef struct state {
    denoise__monitor monitor;
    int64_t wait, cooldown_left;
} state;

static const denoise__param params[] = {
    DENOISE__MONITOR_PARAMS(config, "0.0001"),
    DENOISE__PARAM_DOUBLE(config, factor, "0.1", DENOISE__BELOW_MAXIMUM, NAN, 1, "the rate is multiplied by this"),
    DENOISE__PARAM_DOUBLE(config, min_lr, "0", 0, NAN, NAN, "the rate does not go below this"),
    DENOISE__PARAM_INT(config, patience, "10", 0, 0, NAN, "epochs without improvement before the rate is lowered"),
    DENOISE__PARAM_INT(config, cooldown, "0", 0, 0, NAN, "epochs after lowering during which nothing is counted"),
    DENOISE__PARAM_INT(config, verbose, "0", 0, 0, 1, "1: a line goes to the log sink when the rate is lowered"),
};

static denoise_status begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    (void)logs;
    if (denoise__trainer_run_params(trainer)->is_resumed) return DENOISE_OK;
    *(state *)callback->state = (state){.wait = 0};
    return DENOISE_OK;
}

static denoise_status reduce(state *s, const config *c, denoise_optimizer *optimizer, int64_t epoch)
{
    double exact;
    DENOISE__TRY(denoise__optimizer_rate(optimizer, &exact));
    double old_rate = (double)(float)exact;
    if (!(old_rate > (double)(float)c->min_lr)) return DENOISE_OK;
    double rate = old_rate * c->factor > c->min_lr ? old_rate * c->factor : c->min_lr;
    DENOISE__TRY(denoise_optimizer_set_learning_rate(optimizer, rate));
    if (c->verbose) {
        char text[32];
        denoise__format_repr(text, sizeof text, rate);
        denoise__log(DENOISE_LOG_OUTPUT, "\nEpoch %lld: ReduceLROnPlateau reducing learning rate to %s.", (long long)epoch + 1,
                     text);
    }
    s->cooldown_left = c->cooldown;
    s->wait = 0;
    return DENOISE_OK;
}

static denoise_status epoch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs)
{
    state *s = callback->state;
    const config *c = callback->part.config;
    denoise_optimizer *optimizer = denoise_trainer_optimizer(trainer);
    double current, rate;
    DENOISE__TRY(denoise__monitor_prepare(&s->monitor, &c->monitor, "reduce_lr_on_plateau", trainer));
    DENOISE__TRY(denoise__optimizer_rate(optimizer, &rate));
    DENOISE__TRY(denoise_logs_set(logs, "learning_rate", (double)(float)rate));
    if (!denoise__monitor_read(&s->monitor, &c->monitor, "reduce_lr_on_plateau", logs, &current)) return DENOISE_OK;
    if (s->cooldown_left > 0) {
        s->cooldown_left--;
        s->wait = 0;
    }
    if (!s->monitor.has_best || denoise__monitor_is_better(&s->monitor, &c->monitor, current, s->monitor.best)) {
        s->monitor.best = current;
        s->monitor.has_best = true;
        s->wait = 0;
        return DENOISE_OK;
    }
    if (s->cooldown_left > 0) return DENOISE_OK;
    s->wait++;
    return s->wait >= c->patience ? reduce(s, c, optimizer, epoch) : DENOISE_OK;
}

static denoise_status visit(denoise_callback *callback, denoise_trainer *trainer, const char *path,
                            const denoise__visitor *visitor)
{
    state *s = callback->state;
    (void)trainer;
    DENOISE__TRY(denoise__monitor_visit(&s->monitor, path, visitor));
    DENOISE__TRY(denoise__visit_int64(visitor, path, "wait", &s->wait));
    return denoise__visit_int64(visitor, path, "cooldown_left", &s->cooldown_left);
}

extern const denoise__callback_kind denoise__callback_reduce_lr_on_plateau;
const denoise__callback_kind denoise__callback_reduce_lr_on_plateau = {
    .base = {.name = "reduce_lr_on_plateau",
             .class_name = "ReduceLROnPlateau",
             .doc = "lowers the learning rate when a monitored number no longer improves",
             .config_size = sizeof(config),
             .params = params,
             .param_count = sizeof params / sizeof *params},
    .state_size = sizeof(state),
    .begin = begin,
    .epoch_end = epoch_end,
    .visit = visit,
};

DENOISE__OPTIONS(reduce_lr_options, REDUCE_LR_OPTIONS, "reduce_lr options", denoise_reduce_lr_options,
                 sizeof(denoise_reduce_lr_options))

denoise_callback *denoise_callback_reduce_lr_on_plateau(const denoise_reduce_lr_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_reduce_lr_options known;
    if (denoise__gather_options(&given, &reduce_lr_options_known, &known, options)) {
        denoise__gather_text(&given, "monitor", known.monitor);
        denoise__gather_text(&given, "mode", known.mode);
        denoise__gather_double(&given, "factor", known.factor);
        denoise__gather_double(&given, "min_delta", known.min_delta);
        denoise__gather_double(&given, "min_lr", known.min_lr);
        denoise__gather_int(&given, "patience", known.patience);
        denoise__gather_int(&given, "cooldown", known.cooldown);
    }
    return denoise__callback_make("reduce_lr_on_plateau", &given);
}
