/* SPDX-License-Identifier: Apache-2.0 */
/* Activations, initializers, regularizers, constraints and schedules of third parties: kinds that are a function or two. */
#include "ext/ext.h"

typedef denoise__ext_plain_head plain_head;
DENOISE__EXT_CHECK(check, plain_head)

DENOISE__EXT_KIND_OF(kind_of, plain_head)

/* What a hook has said, or what it answered without a word, with the kind in front. */
static denoise_status told(denoise_status status, uint64_t failures, const denoise__ext_kind *kind, const char *hook)
{
    if (status == DENOISE_OK) return status;
    if (!denoise__ext_has_words(status, failures)) denoise__fail(status, "%s answered %d", hook, (int)status);
    return denoise__context(status, "%s \"%s\": ", kind->noun->registry->noun, kind->inside.base.name);
}

/* ---- activations */

static denoise_status activation_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const denoise__ext_kind *kind = kind_of(config);
    uint64_t failures = denoise__failures();
    denoise_status status =
        kind->hooks.activation.forward(denoise__ext_config(kind, config), x, y, rows, columns, kind->user_data);
    return told(status, failures, kind, "forward");
}

static denoise_status activation_backward(const void *config, const float *x, const float *y, const float *dy, float *dx,
                                          int64_t rows, int64_t columns)
{
    const denoise__ext_kind *kind = kind_of(config);
    const denoise_ext_activation *hooks = &kind->hooks.activation;
    uint64_t failures = denoise__failures();
    denoise_status status = hooks->backward(denoise__ext_config(kind, config), hooks->needs_input != 0 ? x : NULL, y, dy, dx,
                                            rows, columns, kind->user_data);
    return told(status, failures, kind, "backward");
}

static denoise_status adapt_activation(denoise__ext_kind *kind)
{
    const denoise_ext_activation *hooks = &kind->hooks.activation;
    DENOISE__TRY(denoise__ext_need(kind, hooks->forward != NULL, "forward"));
    DENOISE__TRY(denoise__ext_need(kind, hooks->backward != NULL, "backward"));
    kind->inside.activation = (denoise__activation_kind){.base = kind->inside.base,
                                                         .is_rowwise = hooks->is_rowwise != 0,
                                                         .needs_input = hooks->needs_input != 0,
                                                         .try_forward = activation_forward,
                                                         .try_backward = activation_backward};
    kind->inside.activation.base.check = check;
    return DENOISE_OK;
}

DENOISE__EXT_HOOKS(activation, ACTIVATION)
DENOISE__EXT_NOUN(activation, activations, plain_head, .adapt = adapt_activation)

/* ---- initializers */

static denoise_status fill(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    const denoise__ext_kind *kind = kind_of(config);
    uint64_t failures = denoise__failures();
    denoise_status status = kind->hooks.initializer.fill(denoise__ext_config(kind, config), denoise__ext_shapes(shape), seed,
                                                         stream, values, kind->user_data);
    return told(status, failures, kind, "fill");
}

static denoise_status adapt_initializer(denoise__ext_kind *kind)
{
    DENOISE__TRY(denoise__ext_need(kind, kind->hooks.initializer.fill != NULL, "fill"));
    kind->inside.initializer = (denoise__initializer_kind){.base = kind->inside.base, .try_fill = fill};
    kind->inside.initializer.base.check = check;
    return DENOISE_OK;
}

DENOISE__EXT_HOOKS(initializer, INITIALIZER)
DENOISE__EXT_NOUN(initializer, initializers, plain_head, .adapt = adapt_initializer)

/* ---- regularizers */

static denoise_status penalty(const void *config, const float *w, int64_t count, double *value)
{
    const denoise__ext_kind *kind = kind_of(config);
    uint64_t failures = denoise__failures();
    *value = (double)NAN;
    denoise_status status =
        kind->hooks.regularizer.penalty(denoise__ext_config(kind, config), w, count, value, kind->user_data);
    return told(status, failures, kind, "penalty");
}

static denoise_status add_gradient(const void *config, const float *w, float *gradient, int64_t count)
{
    const denoise__ext_kind *kind = kind_of(config);
    uint64_t failures = denoise__failures();
    denoise_status status =
        kind->hooks.regularizer.add_gradient(denoise__ext_config(kind, config), w, gradient, count, kind->user_data);
    return told(status, failures, kind, "add_gradient");
}

static denoise_status reach(const void *config, double greatest, double *most)
{
    const denoise__ext_kind *kind = kind_of(config);
    uint64_t failures = denoise__failures();
    *most = (double)INFINITY;
    if (kind->hooks.regularizer.reach == NULL) return DENOISE_OK;
    denoise_status status = kind->hooks.regularizer.reach(denoise__ext_config(kind, config), greatest, most, kind->user_data);
    if (!(*most >= 0)) *most = (double)INFINITY;
    return told(status, failures, kind, "reach");
}

static denoise_status adapt_regularizer(denoise__ext_kind *kind)
{
    const denoise_ext_regularizer *hooks = &kind->hooks.regularizer;
    DENOISE__TRY(denoise__ext_need(kind, hooks->penalty != NULL, "penalty"));
    DENOISE__TRY(denoise__ext_need(kind, hooks->add_gradient != NULL, "add_gradient"));
    kind->inside.regularizer = (denoise__regularizer_kind){
        .base = kind->inside.base, .try_penalty = penalty, .try_add_gradient = add_gradient, .try_reach = reach};
    kind->inside.regularizer.base.check = check;
    return DENOISE_OK;
}

DENOISE__EXT_HOOKS(regularizer, REGULARIZER)
DENOISE__EXT_NOUN(regularizer, regularizers, plain_head, .adapt = adapt_regularizer)

/* ---- constraints */

static denoise_status check_weight(const void *config, const denoise__shape *shape)
{
    const denoise__ext_kind *kind = kind_of(config);
    uint64_t failures = denoise__failures();
    denoise_status status =
        kind->hooks.constraint.check(denoise__ext_config(kind, config), denoise__ext_shapes(shape), kind->user_data);
    return denoise__ext_explain(status, failures, kind, "check");
}

static denoise_status apply(const void *config, float *w, const denoise__shape *shape)
{
    const denoise__ext_kind *kind = kind_of(config);
    uint64_t failures = denoise__failures();
    denoise_status status =
        kind->hooks.constraint.apply(denoise__ext_config(kind, config), w, denoise__ext_shapes(shape), kind->user_data);
    return told(status, failures, kind, "apply");
}

static denoise_status adapt_constraint(denoise__ext_kind *kind)
{
    const denoise_ext_constraint *hooks = &kind->hooks.constraint;
    DENOISE__TRY(denoise__ext_need(kind, hooks->apply != NULL, "apply"));
    kind->inside.constraint = (denoise__constraint_kind){
        .base = kind->inside.base, .check = hooks->check == NULL ? NULL : check_weight, .try_apply = apply};
    kind->inside.constraint.base.check = check;
    return DENOISE_OK;
}

DENOISE__EXT_HOOKS(constraint, CONSTRAINT)
DENOISE__EXT_NOUN(constraint, constraints, plain_head, .adapt = adapt_constraint)

/* ---- schedules */

typedef denoise__ext_schedule_head schedule_head;
DENOISE__EXT_CHECK(check_schedule, schedule_head)

static denoise_status rate(const void *config, int64_t iterations, double *value)
{
    const denoise__ext_kind *kind = denoise__ext_of(((const schedule_head *)config)->self);
    uint64_t failures = denoise__failures();
    *value = (double)NAN;
    denoise_status status = kind->hooks.schedule.rate(denoise__ext_config(kind, config), iterations, value, kind->user_data);
    if (status == DENOISE_OK && !(*value >= 0))
        status = denoise__fail(DENOISE_ERR_RANGE, "the rate after %lld steps is %g, expected 0 or more", (long long)iterations,
                               *value);
    return told(status, failures, kind, "rate");
}

static denoise_status adapt_schedule(denoise__ext_kind *kind)
{
    DENOISE__TRY(denoise__ext_need(kind, kind->hooks.schedule.rate != NULL, "rate"));
    kind->inside.schedule = (denoise__schedule_kind){.base = kind->inside.base, .try_rate = rate};
    kind->inside.schedule.base.check = check_schedule;
    return DENOISE_OK;
}

DENOISE__EXT_HOOKS(schedule, SCHEDULE)
static const denoise__param common[] = {DENOISE__SCHEDULE_PARAMS(schedule_head)};
DENOISE__EXT_NOUN(schedule, schedules, schedule_head, DENOISE__EXT_COMMON(common), .adapt = adapt_schedule)
