/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules: making, asking and freeing one; the typed constructors. */
#include "schedules/schedule.h"
#include "core/cpu.h"

static denoise_schedule exhausted = {DENOISE__PART_NOMEM};

static const denoise__part_type type = {
    .registry = &denoise__schedule_registry, .size = sizeof(denoise_schedule), .exhausted = &exhausted.part};

static denoise_schedule *schedule_of(denoise__part *part)
{
    return (denoise_schedule *)(void *)part;
}

denoise_status denoise_schedule_create(denoise_schedule **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise__part *part;
    DENOISE__TRY(denoise__part_create(&part, &type, name, params));
    *out = schedule_of(part);
    return DENOISE_OK;
}

void denoise__schedule_release(denoise_schedule *schedule)
{
    if (schedule != NULL) denoise__part_drop(&type, &schedule->part);
}

void denoise_schedule_free(denoise_schedule *schedule)
{
    if (schedule != NULL) denoise__part_free(&type, &schedule->part);
}

void denoise_schedule_keep(denoise_schedule *schedule)
{
    if (schedule != NULL) denoise__part_keep(&schedule->part);
}

denoise_status denoise_schedule_status(const denoise_schedule *schedule)
{
    return denoise__part_status(schedule == NULL ? NULL : &schedule->part);
}

const char *denoise_schedule_error(const denoise_schedule *schedule)
{
    return denoise__part_error(schedule == NULL ? NULL : &schedule->part);
}

const char *denoise_schedule_class_name(const denoise_schedule *schedule)
{
    return schedule == NULL || schedule->part.kind == NULL ? "" : schedule->part.kind->class_name;
}

denoise_status denoise_schedule_params(denoise_params **out, const denoise_schedule *schedule)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(schedule);
    const denoise__part *part = &schedule->part;
    if (part->status != DENOISE_OK) return denoise__fail_text(part->status, part->message);
    return denoise__config_params(out, part->kind, part->config);
}

denoise_status denoise__schedule_rate(const denoise__kind *kind, const void *config, int64_t iterations, double *rate)
{
    const denoise__schedule_kind *schedule = (const denoise__schedule_kind *)(const void *)kind;
    denoise_status status = DENOISE_OK;
    double exact = (double)NAN;
    denoise__fp_state caller;
    denoise__fp_enter(&caller);
    if (schedule->try_rate != NULL)
        status = schedule->try_rate(config, iterations, &exact);
    else
        exact = schedule->rate(config, iterations);
    volatile float rounded = status == DENOISE_OK ? (float)exact : NAN;
    denoise__fp_leave(&caller);
    *rate = (double)rounded;
    return status;
}

double denoise_schedule_rate(const denoise_schedule *schedule, int64_t iterations)
{
    if (schedule == NULL || schedule->part.status != DENOISE_OK || iterations < 0) return (double)NAN;
    double rate;
    (void)denoise__schedule_rate(schedule->part.kind, schedule->part.config, iterations, &rate);
    return rate;
}

static denoise_schedule *gathered(const char *kind, denoise__gather *given)
{
    return schedule_of(denoise__part_gathered(&type, kind, given));
}

/* What most kinds begin with. */
static denoise__gather begin(double initial_learning_rate, double decay_steps)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_double(&given, "initial_learning_rate", initial_learning_rate);
    denoise__gather_double(&given, "decay_steps", decay_steps);
    return given;
}

denoise_schedule *denoise_schedule_exponential_decay(double initial_learning_rate, double decay_steps, double decay_rate,
                                                     int32_t staircase)
{
    denoise__gather given = begin(initial_learning_rate, decay_steps);
    denoise__gather_double(&given, "decay_rate", decay_rate);
    denoise__gather_bool(&given, "staircase", staircase);
    return gathered("exponential_decay", &given);
}

denoise_schedule *denoise_schedule_piecewise_constant_decay(const double *boundaries, int64_t boundary_count,
                                                            const double *values, int64_t value_count)
{
    denoise__gather given = denoise__gather_begin();
    if (boundaries == NULL && boundary_count > 0) denoise__gather_fail(&given, denoise__fail_null(__func__, "boundaries"));
    if (values == NULL && value_count > 0) denoise__gather_fail(&given, denoise__fail_null(__func__, "values"));
    denoise__gather_doubles(&given, "boundaries", boundaries, boundary_count);
    denoise__gather_doubles(&given, "values", values, value_count);
    return gathered("piecewise_constant_decay", &given);
}

denoise_schedule *denoise_schedule_polynomial_decay(double initial_learning_rate, double decay_steps, double end_learning_rate,
                                                    double power, int32_t cycle)
{
    denoise__gather given = begin(initial_learning_rate, decay_steps);
    denoise__gather_double(&given, "end_learning_rate", end_learning_rate);
    denoise__gather_double(&given, "power", power);
    denoise__gather_bool(&given, "cycle", cycle);
    return gathered("polynomial_decay", &given);
}

denoise_schedule *denoise_schedule_inverse_time_decay(double initial_learning_rate, double decay_steps, double decay_rate,
                                                      int32_t staircase)
{
    denoise__gather given = begin(initial_learning_rate, decay_steps);
    denoise__gather_double(&given, "decay_rate", decay_rate);
    denoise__gather_bool(&given, "staircase", staircase);
    return gathered("inverse_time_decay", &given);
}

denoise_schedule *denoise_schedule_cosine_decay(double initial_learning_rate, double decay_steps, double alpha,
                                                double warmup_target, double warmup_steps)
{
    denoise__gather given = begin(initial_learning_rate, decay_steps);
    denoise__gather_double(&given, "alpha", alpha);
    denoise__gather_double_or_none(&given, "warmup_target", warmup_target);
    denoise__gather_double(&given, "warmup_steps", warmup_steps);
    return gathered("cosine_decay", &given);
}

denoise_schedule *denoise_schedule_cosine_decay_restarts(double initial_learning_rate, double first_decay_steps, double t_mul,
                                                         double m_mul, double alpha)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_double(&given, "initial_learning_rate", initial_learning_rate);
    denoise__gather_double(&given, "first_decay_steps", first_decay_steps);
    denoise__gather_double(&given, "t_mul", t_mul);
    denoise__gather_double(&given, "m_mul", m_mul);
    denoise__gather_double(&given, "alpha", alpha);
    return gathered("cosine_decay_restarts", &given);
}
