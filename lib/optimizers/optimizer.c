/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of optimizers; making, asking and freeing one. */
#include "optimizers/optimizer.h"
#include "core/memory.h"

#define DENOISE_KIND(kind, file) extern const denoise__optimizer_kind denoise__optimizer_##kind;
#include "optimizers/optimizers.def"
#undef DENOISE_KIND

#define DENOISE_KIND(kind, file) &denoise__optimizer_##kind.base,
static const denoise__kind *const kinds[] = {
#include "optimizers/optimizers.def"
};
#undef DENOISE_KIND

const denoise__registry denoise__optimizer_registry = {
    .noun = "optimizer", .kinds = kinds, .count = (int32_t)(sizeof kinds / sizeof *kinds)};

static denoise_optimizer out_of_memory = {.part = DENOISE__PART_NOMEM};

denoise_optimizer *denoise__optimizer_make(const char *name, const denoise_params *params, denoise_status status)
{
    denoise_optimizer *optimizer = denoise__allocate_zeroed(1, sizeof *optimizer);
    if (optimizer == NULL) {
        (void)denoise__fail_nomem();
        return &out_of_memory;
    }
    if (status == DENOISE_OK) {
        status = denoise__part_init(&optimizer->part, &denoise__optimizer_registry, name, params);
    } else {
        atomic_init(&optimizer->part.references, 1);
        denoise__part_poison(&optimizer->part, status);
    }
    if (status == DENOISE_OK) {
        const denoise__optimizer_config *config = optimizer->part.config;
        optimizer->learning_rate = config->learning_rate;
        optimizer->slot_count = denoise__optimizer_kind_of(optimizer)->slot_count(config);
    }
    return optimizer;
}

denoise_status denoise_optimizer_create(denoise_optimizer **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise_optimizer *optimizer = denoise__optimizer_make(name, params, DENOISE_OK);
    denoise_status status = optimizer->part.status;
    if (status != DENOISE_OK) {
        denoise__optimizer_release(optimizer);
        return status;
    }
    *out = optimizer;
    return DENOISE_OK;
}

void denoise__optimizer_release(denoise_optimizer *optimizer)
{
    if (optimizer == NULL || !denoise__part_release(&optimizer->part)) return;
    denoise__optimizer_clear(optimizer);
    denoise__part_clear(&optimizer->part);
    denoise__release(optimizer);
}

void denoise_optimizer_free(denoise_optimizer *optimizer)
{
    if (optimizer == NULL || optimizer->part.owner != NULL) return;
    denoise__optimizer_release(optimizer);
}

denoise_status denoise_optimizer_status(const denoise_optimizer *optimizer)
{
    return optimizer == NULL ? DENOISE_ERR_NULL : optimizer->part.status;
}

const char *denoise_optimizer_error(const denoise_optimizer *optimizer)
{
    return optimizer == NULL ? denoise_status_text(DENOISE_ERR_NULL) : optimizer->part.message;
}

double denoise_optimizer_learning_rate(const denoise_optimizer *optimizer)
{
    return optimizer == NULL || optimizer->part.status != DENOISE_OK ? (double)NAN : optimizer->learning_rate;
}

denoise_status denoise_optimizer_set_learning_rate(denoise_optimizer *optimizer, double learning_rate)
{
    DENOISE__CHECK_NULL(optimizer);
    denoise__part *part = &optimizer->part;
    if (part->status != DENOISE_OK) return denoise__fail_text(part->status, part->message);
    if (!isfinite(learning_rate) || learning_rate < 0 || learning_rate > (double)FLT_MAX) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s: learning_rate is %g, expected a finite float32 number >= 0",
                             part->kind->name, learning_rate);
    }
    optimizer->learning_rate = learning_rate;
    return DENOISE_OK;
}

int64_t denoise_optimizer_iterations(const denoise_optimizer *optimizer)
{
    return optimizer == NULL ? -1 : optimizer->iterations;
}
