/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of losses; making, asking and freeing one. */
#include "losses/loss.h"
#include "core/memory.h"

#define DENOISE_KIND(kind, file) extern const denoise__loss_kind denoise__loss_##kind;
#include "losses/losses.def"
#undef DENOISE_KIND

#define DENOISE_KIND(kind, file) &denoise__loss_##kind.base,
static const denoise__kind *const kinds[] = {
#include "losses/losses.def"
};
#undef DENOISE_KIND

const denoise__registry denoise__loss_registry = {
    .noun = "loss", .kinds = kinds, .count = (int32_t)(sizeof kinds / sizeof *kinds)};

static denoise_loss out_of_memory = {DENOISE__PART_NOMEM};

denoise_loss *denoise__loss_make(const char *name, const denoise_params *params, denoise_status status)
{
    denoise_loss *loss = denoise__allocate_zeroed(1, sizeof *loss);
    if (loss == NULL) {
        (void)denoise__fail_nomem();
        return &out_of_memory;
    }
    if (status == DENOISE_OK) {
        (void)denoise__part_init(&loss->part, &denoise__loss_registry, name, params);
    } else {
        atomic_init(&loss->part.references, 1);
        denoise__part_poison(&loss->part, status);
    }
    return loss;
}

denoise_status denoise_loss_create(denoise_loss **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise_loss *loss = denoise__loss_make(name, params, DENOISE_OK);
    denoise_status status = loss->part.status;
    if (status != DENOISE_OK) {
        denoise__loss_release(loss);
        return status;
    }
    *out = loss;
    return DENOISE_OK;
}

void denoise__loss_release(denoise_loss *loss)
{
    if (loss == NULL || !denoise__part_release(&loss->part)) return;
    denoise__part_clear(&loss->part);
    denoise__release(loss);
}

void denoise_loss_free(denoise_loss *loss)
{
    if (loss == NULL || loss->part.owner != NULL) return;
    denoise__loss_release(loss);
}

denoise_status denoise_loss_status(const denoise_loss *loss)
{
    return loss == NULL ? DENOISE_ERR_NULL : loss->part.status;
}

const char *denoise_loss_error(const denoise_loss *loss)
{
    return loss == NULL ? denoise_status_text(DENOISE_ERR_NULL) : loss->part.message;
}

const char *denoise_loss_name(const denoise_loss *loss)
{
    if (loss == NULL) return "";
    const denoise__loss_config *config = loss->part.config;
    if (config != NULL && config->name[0] != '\0') return config->name;
    return loss->part.kind == NULL ? "" : loss->part.kind->name;
}
