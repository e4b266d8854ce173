/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a callback, and what others may ask of one; the kinds are in lib/callbacks. */
#include "train/callback.h"
#include "core/memory.h"

static denoise_callback exhausted = {.part = DENOISE__PART_NOMEM};

static denoise_callback *callback_of(denoise__part *part)
{
    return (denoise_callback *)(void *)part;
}

static denoise_status create(denoise__part *part, const char *name)
{
    denoise_callback *callback = callback_of(part);
    const denoise__callback_kind *kind = denoise__callback_kind_of(callback);
    (void)name;
    callback->state = denoise__allocate_zeroed(1, kind->state_size > 0 ? kind->state_size : 1);
    if (callback->state == NULL) return denoise__fail_nomem();
    return kind->create == NULL ? DENOISE_OK : kind->create(callback);
}

static void destroy(denoise__part *part)
{
    denoise_callback *callback = callback_of(part);
    if (callback->state == NULL) return;
    const denoise__callback_kind *kind = denoise__callback_kind_of(callback);
    /* of a kind that could be taken out, an inert callback has none */
    if (kind != NULL && kind->destroy != NULL) kind->destroy(callback);
    denoise__release(callback->state);
}

static const denoise__part_type type = {.registry = &denoise__callback_registry,
                                        .size = sizeof(denoise_callback),
                                        .exhausted = &exhausted.part,
                                        .create = create,
                                        .destroy = destroy};

denoise_callback *denoise__callback_make(const char *name, denoise__gather *given)
{
    return callback_of(given == NULL ? denoise__part_new(&type, name, NULL) : denoise__part_gathered(&type, name, given));
}

void denoise__callback_release(denoise_callback *callback)
{
    denoise__part_drop(&type, &callback->part);
}

denoise_status denoise_callback_create(denoise_callback **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise__part *part;
    DENOISE__TRY(denoise__part_create(&part, &type, name, params));
    const char *missing = denoise__callback_kind_of(callback_of(part))->missing_by_name;
    if (missing != NULL) {
        denoise_status status = denoise__fail(DENOISE_ERR_INVALID, "%s: %s", part->kind->name, missing);
        denoise__part_drop(&type, part);
        return status;
    }
    *out = callback_of(part);
    return DENOISE_OK;
}

void denoise_callback_free(denoise_callback *callback)
{
    if (callback != NULL) denoise__part_free(&type, &callback->part);
}

void denoise__callback_refuse(denoise_callback *callback)
{
    if (callback != NULL) denoise__part_refuse(&type, &callback->part);
}

void denoise_callback_keep(denoise_callback *callback)
{
    if (callback != NULL) denoise__part_keep(&callback->part);
}

denoise_status denoise_callback_status(const denoise_callback *callback)
{
    return callback == NULL ? DENOISE_ERR_NULL : denoise__part_status(&callback->part);
}

const char *denoise_callback_error(const denoise_callback *callback)
{
    return callback == NULL ? "the callback is NULL" : denoise__part_error(&callback->part);
}

denoise_status denoise__callback_visit(denoise_callback *callback, denoise_trainer *trainer, const char *path,
                                       const denoise__visitor *visitor)
{
    if (callback->state == NULL) return DENOISE_OK; /* inert: fit will say so */
    const denoise__callback_kind *kind = denoise__callback_kind_of(callback);
    return kind->visit == NULL ? DENOISE_OK : kind->visit(callback, trainer, path, visitor);
}

bool denoise__callback_is(const denoise_callback *callback, const denoise__callback_kind *kind)
{
    return callback != NULL && callback->part.kind == &kind->base && callback->state != NULL;
}

const denoise_history *denoise_callback_history_of(const denoise_callback *callback)
{
    if (callback == NULL || callback->state == NULL) return NULL;
    const denoise__callback_kind *kind = denoise__callback_kind_of(callback);
    return kind->history == NULL ? NULL : kind->history(callback);
}
