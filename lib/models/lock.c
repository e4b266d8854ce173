/* SPDX-License-Identifier: Apache-2.0 */
#include "models/lock.h"
#include "layers/weight_lock.h"

static denoise_status fail_busy(denoise_layer *layer, const char *what)
{
    const char *by = "another call";
    if (denoise__weight_lock_is_mine(&layer->lock)) {
        by = "a call of this thread: one around this one, or one that a callback left by longjmp() or an exception, until "
             "denoise_trainer_reset()";
    }
    return denoise__fail(DENOISE_ERR_BUSY, "%s: the weights of layer \"%s\" are in use by %s", what, layer->name, by);
}

/* A layer without weights has nothing to guard, and may run in many models at once. */
static bool has_weights(const denoise_layer *layer)
{
    return layer->weight_count > 0;
}

static bool are_mine(denoise_layer *const *layers, int64_t count)
{
    int64_t mine = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!has_weights(layers[i])) continue;
        if (!denoise__weight_lock_is_mine(&layers[i]->lock)) return false;
        mine++;
    }
    return mine > 0;
}

static void unclaim(denoise_layer *const *layers, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (has_weights(layers[i])) denoise__weight_lock_unclaim(&layers[i]->lock);
    }
}

/* Only the thread that has the exclusive lock, in a callback of its run, can find weights that are elsewhere. */
static void bring_home(denoise_layer *const *layers, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        denoise__layer_bring_home(layers[i]);
}

denoise_status denoise__lock_shared(denoise_layer *const *layers, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (!has_weights(layers[i]) || denoise__weight_lock_share(&layers[i]->lock)) continue;
        denoise__unlock_shared(layers, i);
        return fail_busy(layers[i], what);
    }
    bring_home(layers, count);
    return DENOISE_OK;
}

void denoise__unlock_shared(denoise_layer *const *layers, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (has_weights(layers[i])) denoise__weight_lock_unshare(&layers[i]->lock);
    }
}

denoise_status denoise__lock_exclusive(denoise_layer *const *layers, int64_t count, const char *what, bool *nested)
{
    if (nested != NULL) {
        *nested = are_mine(layers, count);
        if (*nested) bring_home(layers, count);
        if (*nested) return DENOISE_OK;
    }
    for (int64_t i = 0; i < count; i++) {
        if (!has_weights(layers[i]) || denoise__weight_lock_claim(&layers[i]->lock)) continue;
        unclaim(layers, i);
        return fail_busy(layers[i], what);
    }
    return DENOISE_OK;
}

void denoise__unlock_exclusive(denoise_layer *const *layers, int64_t count, bool nested)
{
    if (!nested) unclaim(layers, count);
}
