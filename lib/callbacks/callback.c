/* SPDX-License-Identifier: Apache-2.0 */
#include "callbacks/callbacks.h"
#include "core/memory.h"
#include <stdio.h>

#define DENOISE_KIND(kind, file) extern const denoise__callback_kind denoise__callback_##kind;
#include "callbacks/callbacks.def"
#undef DENOISE_KIND

static const denoise__kind *const kinds[] = {
#define DENOISE_KIND(kind, file) &denoise__callback_##kind.base,
#include "callbacks/callbacks.def"
#undef DENOISE_KIND
};

const denoise__registry denoise__callback_registry = {"callback", kinds, (int32_t)(sizeof kinds / sizeof *kinds)};

static denoise_callback nomem_callback = {.part = DENOISE__PART_NOMEM};

static denoise_status make_state(denoise_callback *callback)
{
    const denoise__callback_kind *kind = denoise__callback_kind_of(callback);
    size_t size = kind->state_size;
    callback->state = denoise__allocate_zeroed(1, size > 0 ? size : 1);
    if (callback->state == NULL) return denoise__fail_nomem();
    return kind->create == NULL ? DENOISE_OK : kind->create(callback);
}

denoise_callback *denoise__callback_new(const denoise__registry *registry, const char *name, const denoise_params *params,
                                        denoise_status before)
{
    char message[DENOISE__MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s", denoise_last_error());
    denoise_callback *callback = denoise__allocate_zeroed(1, sizeof *callback);
    if (callback == NULL) {
        denoise__fail_nomem();
        return &nomem_callback;
    }
    denoise_status status = denoise__part_init(&callback->part, registry, name, before == DENOISE_OK ? params : NULL);
    if (status == DENOISE_OK) status = make_state(callback);
    if (before != DENOISE_OK) status = denoise__fail_text(before, message);
    if (status != DENOISE_OK) denoise__part_poison(&callback->part, status);
    return callback;
}

void denoise__callback_release(denoise_callback *callback)
{
    if (!denoise__part_release(&callback->part)) return;
    if (callback->state != NULL) {
        const denoise__callback_kind *kind = denoise__callback_kind_of(callback);
        if (kind->destroy != NULL) kind->destroy(callback);
        denoise__release(callback->state);
    }
    denoise__part_clear(&callback->part);
    denoise__release(callback);
}

denoise_status denoise_callback_create(denoise_callback **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise_callback *callback = denoise__callback_new(&denoise__callback_registry, name, params, DENOISE_OK);
    if (callback->part.status != DENOISE_OK) {
        denoise_status status = denoise__fail_text(callback->part.status, callback->part.message);
        denoise__callback_release(callback);
        return status;
    }
    *out = callback;
    return DENOISE_OK;
}

void denoise_callback_free(denoise_callback *callback)
{
    if (callback != NULL && callback->part.owner == NULL) denoise__callback_release(callback);
}

denoise_status denoise_callback_status(const denoise_callback *callback)
{
    return callback == NULL ? DENOISE_ERR_NULL : callback->part.status;
}

const char *denoise_callback_error(const denoise_callback *callback)
{
    return callback == NULL ? "the callback is NULL" : callback->part.message;
}

bool denoise__callback_is(const denoise_callback *callback, const denoise__callback_kind *kind)
{
    return callback != NULL && callback->part.kind == &kind->base && callback->state != NULL;
}
