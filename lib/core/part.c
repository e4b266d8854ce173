/* SPDX-License-Identifier: Apache-2.0 */
#include "core/part.h"
#include <string.h>

denoise_status denoise__part_init(denoise__part *part, const denoise__registry *registry, const char *name,
                                  const denoise_params *params)
{
    atomic_init(&part->references, 1);
    denoise_status status = denoise__registry_get(&part->kind, registry, name);
    if (status == DENOISE_OK) status = denoise__config_new(&part->config, part->kind, params);
    if (status != DENOISE_OK) denoise__part_poison(part, status);
    return status;
}

void denoise__part_poison(denoise__part *part, denoise_status status)
{
    if (part->is_static) return;
    part->status = status;
    memcpy(part->message, denoise_last_error(), sizeof(part->message));
    denoise__part_clear(part);
}

void denoise__part_retain(denoise__part *part)
{
    if (!part->is_static) atomic_fetch_add_explicit(&part->references, 1, memory_order_relaxed);
}

bool denoise__part_release(denoise__part *part)
{
    if (part->is_static) return false;
    return atomic_fetch_sub_explicit(&part->references, 1, memory_order_acq_rel) == 1;
}

void denoise__part_clear(denoise__part *part)
{
    if (part->kind != NULL) denoise__config_free(part->kind, part->config);
    part->config = NULL;
}

denoise_status denoise__part_adopt(denoise__part *part, const void *owner)
{
    DENOISE__CHECK_NULL(part);
    if (part->is_static) return denoise__fail_text(part->status, part->message);
    if (part->owner != NULL && part->owner != owner) {
        return denoise__fail(DENOISE_ERR_OWNED, "%s already belongs to another owner",
                             part->kind != NULL ? part->kind->name : "the part");
    }
    if (part->owner == owner) denoise__part_retain(part);
    part->owner = owner;
    return part->status == DENOISE_OK ? DENOISE_OK : denoise__fail_text(part->status, part->message);
}
