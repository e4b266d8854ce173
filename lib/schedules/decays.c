/* SPDX-License-Identifier: Apache-2.0 */
/* Rates that fall with the steps made so far (keras/src/optimizers/schedules/learning_rate_schedule.py). */
#include "schedules/power.h"
#include "schedules/schedule.h"
#include <float.h>

/* r decay_rate^p and r / (1 + decay_rate p), where p = step / decay_steps, by whole numbers in a staircase. */
typedef struct decay_config {
    denoise__schedule_config schedule;
    double initial_learning_rate, decay_steps, decay_rate;
    int32_t staircase;
} decay_config;

static double periods(const decay_config *c, int64_t iterations)
{
    double passed = (double)iterations / c->decay_steps;
    return c->staircase != 0 ? floor(passed) : passed;
}

static double exponential_rate(const void *config, int64_t iterations)
{
    const decay_config *c = config;
    return c->initial_learning_rate * denoise__power(c->decay_rate, periods(c, iterations));
}

static double inverse_time_rate(const void *config, int64_t iterations)
{
    const decay_config *c = config;
    return c->initial_learning_rate / (1 + c->decay_rate * periods(c, iterations));
}

/* values[i] where boundaries[i - 1] < step <= boundaries[i]. */
typedef struct piecewise_config {
    denoise__schedule_config schedule;
    denoise__doubles boundaries, values;
} piecewise_config;

static double piecewise_rate(const void *config, int64_t iterations)
{
    const piecewise_config *c = config;
    int64_t i = 0;
    while (i < c->boundaries.count && (double)iterations > c->boundaries.values[i])
        i++;
    return c->values.values[i];
}

static denoise_status piecewise_check(const void *config)
{
    const piecewise_config *c = config;
    if (c->boundaries.count < 1 || c->values.count != c->boundaries.count + 1) {
        return denoise__fail(DENOISE_ERR_INVALID, "%lld boundaries and %lld values, expected a boundary, and one value more",
                             (long long)c->boundaries.count, (long long)c->values.count);
    }
    for (int64_t i = 1; i < c->boundaries.count; i++) {
        if (c->boundaries.values[i] > c->boundaries.values[i - 1]) continue;
        return denoise__fail(DENOISE_ERR_INVALID, "boundary %lld is not greater than the one before it", (long long)i);
    }
    return DENOISE_OK;
}

/* (r - end) (1 - step / n)^power + end, where n = decay_steps, or with `cycle` its first multiple that is not before the step.
 */
typedef struct polynomial_config {
    denoise__schedule_config schedule;
    double initial_learning_rate, decay_steps, end_learning_rate, power;
    int32_t cycle;
} polynomial_config;

static double polynomial_rate(const void *config, int64_t iterations)
{
    const polynomial_config *c = config;
    double step = (double)iterations, steps = c->decay_steps;
    if (c->cycle != 0 && iterations > 0)
        steps *= ceil(step / steps);
    else if (step > steps)
        step = steps;
    double rest = step >= steps ? 0 : 1 - step / steps;
    return (c->initial_learning_rate - c->end_learning_rate) * denoise__power(rest, c->power) + c->end_learning_rate;
}

#define RATE(config, field, fallback, text) DENOISE__PARAM_DOUBLE(config, field, fallback, 0, 0, FLT_MAX, text)
#define STEPS(config, field, text)          DENOISE__PARAM_DOUBLE(config, field, NULL, DENOISE__ABOVE_MINIMUM, 0, NAN, text)

static const denoise__param decay_params[] = {
    DENOISE__SCHEDULE_PARAMS(decay_config),
    RATE(decay_config, initial_learning_rate, NULL, "rate of the first step"),
    STEPS(decay_config, decay_steps, "steps of a period"),
    DENOISE__PARAM_DOUBLE(decay_config, decay_rate, NULL, 0, 0, NAN, "how much a period takes away"),
    DENOISE__PARAM_BOOL(decay_config, staircase, "false", "the rate changes at the end of periods only"),
};
static const denoise__param piecewise_params[] = {
    DENOISE__SCHEDULE_PARAMS(piecewise_config),
    DENOISE__PARAM_DOUBLES(piecewise_config, boundaries, NULL, 0, NAN, NAN, "the last steps of all values but the last one's"),
    DENOISE__PARAM_DOUBLES(piecewise_config, values, NULL, 0, 0, FLT_MAX, "rates, one more than boundaries"),
};
static const denoise__param polynomial_params[] = {
    DENOISE__SCHEDULE_PARAMS(polynomial_config),
    RATE(polynomial_config, initial_learning_rate, NULL, "rate of the first step"),
    STEPS(polynomial_config, decay_steps, "steps to the last rate"),
    RATE(polynomial_config, end_learning_rate, "0.0001", "the last rate"),
    DENOISE__PARAM_DOUBLE(polynomial_config, power, "1.0", 0, 0, NAN, "power of the share of steps that is left"),
    DENOISE__PARAM_BOOL(polynomial_config, cycle, "false", "begin anew, from less, at the end"),
};

extern const denoise__schedule_kind denoise__schedule_exponential_decay, denoise__schedule_piecewise_constant_decay,
    denoise__schedule_polynomial_decay, denoise__schedule_inverse_time_decay;
const denoise__schedule_kind denoise__schedule_exponential_decay = {
    .base = {.name = "exponential_decay",
             .class_name = "ExponentialDecay",
             .doc = "a factor for each period of steps",
             .config_size = sizeof(decay_config),
             .params = decay_params,
             .param_count = (int32_t)(sizeof decay_params / sizeof *decay_params)},
    .rate = exponential_rate,
};
const denoise__schedule_kind denoise__schedule_inverse_time_decay = {
    .base = {.name = "inverse_time_decay",
             .class_name = "InverseTimeDecay",
             .doc = "the first rate divided by what grows with the steps",
             .config_size = sizeof(decay_config),
             .params = decay_params,
             .param_count = (int32_t)(sizeof decay_params / sizeof *decay_params)},
    .rate = inverse_time_rate,
};
const denoise__schedule_kind denoise__schedule_piecewise_constant_decay = {
    .base = {.name = "piecewise_constant_decay",
             .class_name = "PiecewiseConstantDecay",
             .doc = "a rate for each range of steps",
             .config_size = sizeof(piecewise_config),
             .params = piecewise_params,
             .param_count = (int32_t)(sizeof piecewise_params / sizeof *piecewise_params),
             .check = piecewise_check},
    .rate = piecewise_rate,
};
const denoise__schedule_kind denoise__schedule_polynomial_decay = {
    .base = {.name = "polynomial_decay",
             .class_name = "PolynomialDecay",
             .doc = "from one rate to another by a power of the steps",
             .config_size = sizeof(polynomial_config),
             .params = polynomial_params,
             .param_count = (int32_t)(sizeof polynomial_params / sizeof *polynomial_params)},
    .rate = polynomial_rate,
};
