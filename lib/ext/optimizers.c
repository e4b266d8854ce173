/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers of third parties. */
#include "core/number.h"
#include "ext/ext.h"
#include <string.h>

DENOISE__EXT_HOOKS(optimizer, OPTIMIZER)

typedef denoise__ext_optimizer_head optimizer_head;
DENOISE__EXT_CHECK(check, optimizer_head)

DENOISE__EXT_KIND_OF(kind_of, optimizer_head)

/* Coefficients lie in the step that they are of, which knows its optimizer (optimizers/optimizer.h). */
static const denoise__ext_kind *kind_of_step(const float *coefficients)
{
    const denoise__optimizer_update *update =
        (const denoise__optimizer_update *)(const void *)((const char *)coefficients -
                                                          offsetof(denoise__optimizer_update, coefficients));
    return denoise__ext_of(update->optimizer->part.kind);
}

static int32_t slot_count(const void *config)
{
    return kind_of(config)->hooks.optimizer.slot_count;
}

static const char *slot_name(const void *config, int32_t slot)
{
    return kind_of(config)->names[slot];
}

static void coefficients_of(const void *config, double learning_rate, int64_t step, float *coefficients)
{
    const denoise__ext_kind *kind = kind_of(config);
    for (int i = 0; i < DENOISE__MAX_COEFFICIENTS; i++)
        coefficients[i] = NAN; /* what is not written shows */
    kind->hooks.optimizer.coefficients(denoise__ext_config(kind, config), learning_rate, step, coefficients, kind->user_data);
}

static void update(const float *coefficients, float *w, const float *gradient, float *const *slots, int64_t count)
{
    const denoise__ext_kind *kind = kind_of_step(coefficients);
    kind->hooks.optimizer.update(coefficients, w, gradient, slots, count, kind->user_data);
}

static double reach(const float *coefficients, double gradient)
{
    const denoise__ext_kind *kind = kind_of_step(coefficients);
    if (kind->hooks.optimizer.reach == NULL) return (double)INFINITY;
    double farthest = kind->hooks.optimizer.reach(coefficients, gradient, kind->user_data);
    return farthest >= 0 ? farthest : (double)INFINITY;
}

static denoise_status copy_slots(denoise__ext_kind *kind)
{
    const denoise_ext_optimizer *hooks = &kind->hooks.optimizer;
    if (hooks->slot_count < 0 || hooks->slot_count > DENOISE__MAX_KIND_SLOTS)
        return denoise__fail(DENOISE_ERR_RANGE, "%s: slot_count is %d, expected 0 to %d", kind->inside.base.name,
                             (int)hooks->slot_count, DENOISE__MAX_KIND_SLOTS);
    for (int32_t i = 0; i < hooks->slot_count; i++) {
        const char *name = hooks->slot_names == NULL ? NULL : hooks->slot_names[i];
        if (name == NULL || *name == '\0' || strlen(name) >= DENOISE__TEXT_SIZE || strchr(name, '/') != NULL)
            return denoise__fail(DENOISE_ERR_NAME, "%s: the name of slot %d is missing, too long, or has a slash",
                                 kind->inside.base.name, (int)i);
        kind->names[i] = denoise__ext_text(kind, name);
    }
    return DENOISE_OK;
}

static denoise_status set_rate(denoise__ext_kind *kind)
{
    char text[40];
    double rate = kind->hooks.optimizer.learning_rate;
    if (!(rate >= 0 && rate <= (double)FLT_MAX))
        return denoise__fail(DENOISE_ERR_RANGE, "%s: learning_rate is %g, expected a number from 0", kind->inside.base.name,
                             rate);
    denoise__format_repr(text, sizeof text, rate);
    for (int32_t i = 0; i < kind->inside.base.param_count; i++) {
        if (strcmp(kind->params[i].name, "learning_rate") == 0) kind->params[i].default_text = denoise__ext_text(kind, text);
    }
    return DENOISE_OK;
}

static denoise_status adapt(denoise__ext_kind *kind)
{
    denoise_ext_optimizer *hooks = &kind->hooks.optimizer;
    DENOISE__TRY(denoise__ext_need(kind, hooks->coefficients != NULL, "coefficients"));
    DENOISE__TRY(denoise__ext_need(kind, hooks->update != NULL, "update"));
    DENOISE__TRY(copy_slots(kind));
    DENOISE__TRY(set_rate(kind));
    kind->inside.optimizer = (denoise__optimizer_kind){.base = kind->inside.base,
                                                       .slot_count = slot_count,
                                                       .slot_name = slot_name,
                                                       .coefficients = coefficients_of,
                                                       .update = update,
                                                       .reach = reach};
    for (int32_t i = 0; hooks->slot_initial != NULL && i < hooks->slot_count; i++)
        kind->inside.optimizer.slot_initial[i] = (float)hooks->slot_initial[i];
    kind->inside.optimizer.base.check = check;
    hooks->slot_names = NULL; /* the caller's */
    hooks->slot_initial = NULL;
    return DENOISE_OK;
}

static const denoise__param common[] = {DENOISE__OPTIMIZER_PARAMS(optimizer_head, "0.001", "None")};
DENOISE__EXT_NOUN(optimizer, optimizers, optimizer_head, DENOISE__EXT_COMMON(common), .adapt = adapt)
