/* SPDX-License-Identifier: Apache-2.0 */
#include "core/part.h"
#include "core/memory.h"
#include <string.h>

denoise_status denoise__part_init(denoise__part *part, const denoise__registry *registry, const char *name,
                                  const denoise_params *params)
{
    atomic_init(&part->references, 1);
    atomic_init(&part->kept, 0);
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
    if (part->kind != NULL && part->kind->life != NULL) part->kind = NULL; /* which may be taken out while the part is there */
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
    if (part->owner == owner || atomic_load(&part->kept) > 0) denoise__part_retain(part);
    part->owner = owner;
    return part->status == DENOISE_OK ? DENOISE_OK : denoise__fail_text(part->status, part->message);
}

/* An inert part: the kind is known where there is such a name. */
static void fail(denoise__part *part, const denoise__part_type *type, const char *name, denoise_status status)
{
    atomic_init(&part->references, 1);
    atomic_init(&part->kept, 0);
    part->kind = denoise__registry_find(type->registry, name);
    denoise__part_poison(part, status);
}

static denoise__part *make(const denoise__part_type *type, const char *name, const denoise_params *params,
                           denoise_status before)
{
    denoise__part *part = denoise__allocate_zeroed(1, type->size);
    if (part == NULL) {
        (void)denoise__fail_nomem();
        return type->exhausted;
    }
    if (before != DENOISE_OK) {
        fail(part, type, name, before);
        return part;
    }
    if (denoise__part_init(part, type->registry, name, params) != DENOISE_OK || type->create == NULL) return part;
    denoise_status status = type->create(part, name);
    if (status != DENOISE_OK) denoise__part_poison(part, status);
    return part;
}

denoise__part *denoise__part_new(const denoise__part_type *type, const char *name, const denoise_params *params)
{
    return make(type, name, params, DENOISE_OK);
}

denoise__part *denoise__part_gathered(const denoise__part_type *type, const char *name, denoise__gather *given)
{
    denoise__part *part = make(type, name, given->params, given->status);
    denoise__gather_end(given);
    return part;
}

denoise_status denoise__part_create(denoise__part **out, const denoise__part_type *type, const char *name,
                                    const denoise_params *params)
{
    denoise__part *part = denoise__part_new(type, name, params);
    denoise_status status = part->status;
    if (status != DENOISE_OK) {
        (void)denoise__fail_text(status, part->message); /* which freeing could overwrite */
        denoise__part_drop(type, part);
        return status;
    }
    *out = part;
    return DENOISE_OK;
}

void denoise__part_drop(const denoise__part_type *type, denoise__part *part)
{
    if (part == NULL || !denoise__part_release(part)) return;
    if (type->destroy != NULL) type->destroy(part);
    denoise__part_clear(part);
    denoise__release(part);
}

/* One of the references that the caller keeps, if there is any: it is the caller's to drop. */
static bool take_kept(denoise__part *part)
{
    int kept = atomic_load(&part->kept);
    while (kept > 0 && !atomic_compare_exchange_weak(&part->kept, &kept, kept - 1))
        continue;
    return kept > 0;
}

void denoise__part_free(const denoise__part_type *type, denoise__part *part)
{
    if (part != NULL && (take_kept(part) || part->owner == NULL)) denoise__part_drop(type, part);
}

void denoise__part_refuse(const denoise__part_type *type, denoise__part *part)
{
    if (part != NULL && part->owner == NULL && atomic_load(&part->kept) == 0) denoise__part_drop(type, part);
}

void denoise__part_keep(denoise__part *part)
{
    if (part == NULL || part->is_static) return;
    if (atomic_fetch_add(&part->kept, 1) > 0 || part->owner != NULL) denoise__part_retain(part);
}

denoise_status denoise__part_status(const denoise__part *part)
{
    return part == NULL ? DENOISE_ERR_NULL : part->status;
}

const char *denoise__part_error(const denoise__part *part)
{
    return part == NULL ? denoise_status_text(DENOISE_ERR_NULL) : part->message;
}

const void *denoise__owner_token(void)
{
    static _Atomic(uintptr_t) last;
    return (const void *)(atomic_fetch_add(&last, 1) + 1);
}
