/* SPDX-License-Identifier: Apache-2.0 */
/* Rates along half a wave of the cosine, once or again and again (I. Loshchilov, F. Hutter, arXiv:1608.03983;
 * keras/src/optimizers/schedules/learning_rate_schedule.py). */
#include "schedules/power.h"
#include "schedules/schedule.h"
#include <float.h>

typedef struct cosine_config {
    denoise__schedule_config schedule;
    double initial_learning_rate, decay_steps, alpha, warmup_target, warmup_steps; /* warmup_target NAN: None */
} cosine_config;

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

/* Straight up to warmup_target, then r ((1 - alpha) (1 + cos(pi step / decay_steps)) / 2 + alpha). */
static double cosine_rate(const void *config, int64_t iterations)
{
    const cosine_config *c = config;
    double step = (double)iterations, from = c->initial_learning_rate;
    if (!isnan(c->warmup_target)) {
        if (step < c->warmup_steps) return (c->warmup_target - from) * (step / c->warmup_steps) + from;
        step -= c->warmup_steps;
        from = c->warmup_target;
    }
    double wave = 0.5 * (1 + denoise__cosine_of_pi(lesser(step, c->decay_steps) / c->decay_steps));
    return from * ((1 - c->alpha) * wave + c->alpha);
}

typedef struct restarts_config {
    denoise__schedule_config schedule;
    double initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha;
} restarts_config;

/* In periods of the first one's length: where period number `index` begins, 1 + t + ... + t^(index - 1). */
static double begin_of(double t, double index)
{
    return t == 1 ? index : (denoise__power(t, index) - 1) / (t - 1);
}

/* The period of a step; rounding may miss it by one. */
static double period_of(double t, double passed)
{
    double index = t == 1 ? floor(passed) : floor(denoise__log2(1 + passed * (t - 1)) / denoise__log2(t));
    if (index > 0 && begin_of(t, index) > passed) index -= 1;
    if (begin_of(t, index + 1) <= passed) index += 1;
    return index;
}

/* Each period is t_mul times as long as the one before it, and begins with m_mul times its rate. */
static double restarts_rate(const void *config, int64_t iterations)
{
    const restarts_config *c = config;
    double passed = (double)iterations / c->first_decay_steps, index = period_of(c->t_mul, passed);
    double done = (passed - begin_of(c->t_mul, index)) / denoise__power(c->t_mul, index);
    done = lesser(done < 0 ? 0 : done, 1);
    double wave = 0.5 * denoise__power(c->m_mul, index) * (1 + denoise__cosine_of_pi(done));
    return c->initial_learning_rate * ((1 - c->alpha) * wave + c->alpha);
}

static const denoise__param cosine_params[] = {
    DENOISE__SCHEDULE_PARAMS(cosine_config),
    DENOISE__PARAM_DOUBLE(cosine_config, initial_learning_rate, NULL, 0, 0, FLT_MAX, "rate of the first step"),
    DENOISE__PARAM_DOUBLE(cosine_config, decay_steps, NULL, DENOISE__ABOVE_MINIMUM, 0, NAN, "steps of the decay"),
    DENOISE__PARAM_DOUBLE(cosine_config, alpha, "0.0", 0, 0, 1, "share of the rate that is left in the end"),
    DENOISE__PARAM_DOUBLE(cosine_config, warmup_target, "None", DENOISE__NULLABLE, 0, FLT_MAX,
                          "rate after warming up; None = no warming up"),
    DENOISE__PARAM_DOUBLE(cosine_config, warmup_steps, "0", 0, 0, NAN, "steps of warming up, before those of the decay"),
};
/* With t_mul < 1 the periods would end at some step, after which Keras' rate is NaN. */
static const denoise__param restarts_params[] = {
    DENOISE__SCHEDULE_PARAMS(restarts_config),
    DENOISE__PARAM_DOUBLE(restarts_config, initial_learning_rate, NULL, 0, 0, FLT_MAX, "rate of the first step"),
    DENOISE__PARAM_DOUBLE(restarts_config, first_decay_steps, NULL, DENOISE__ABOVE_MINIMUM, 0, NAN,
                          "steps of the first period"),
    DENOISE__PARAM_DOUBLE(restarts_config, t_mul, "2.0", 0, 1, NAN, "length of a period by that of the one before it"),
    DENOISE__PARAM_DOUBLE(restarts_config, m_mul, "1.0", 0, 0, NAN, "first rate of a period by that of the one before it"),
    DENOISE__PARAM_DOUBLE(restarts_config, alpha, "0.0", 0, 0, 1, "share of the rate that is left in the end"),
};

extern const denoise__schedule_kind denoise__schedule_cosine_decay, denoise__schedule_cosine_decay_restarts;
const denoise__schedule_kind denoise__schedule_cosine_decay = {
    .base = {.name = "cosine_decay",
             .class_name = "CosineDecay",
             .doc = "along half a wave of the cosine, after warming up",
             .config_size = sizeof(cosine_config),
             .params = cosine_params,
             .param_count = (int32_t)(sizeof cosine_params / sizeof *cosine_params)},
    .rate = cosine_rate,
};
const denoise__schedule_kind denoise__schedule_cosine_decay_restarts = {
    .base = {.name = "cosine_decay_restarts",
             .class_name = "CosineDecayRestarts",
             .doc = "half a wave of the cosine again and again, in periods that grow",
             .config_size = sizeof(restarts_config),
             .params = restarts_params,
             .param_count = (int32_t)(sizeof restarts_params / sizeof *restarts_params)},
    .rate = restarts_rate,
};
