/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's name, parameters and weights, as the caller sees them. */
#include "core/memory.h"
#include "layers/layer.h"
#include "layers/weight_lock.h"
#include "tensor/tensor.h"
#include <string.h>

denoise_status denoise_layer_status(const denoise_layer *layer)
{
    return layer == NULL ? DENOISE_ERR_NULL : layer->part.status;
}

const char *denoise_layer_error(const denoise_layer *layer)
{
    return layer == NULL ? denoise_status_text(DENOISE_ERR_NULL) : layer->part.message;
}

const char *denoise_layer_name(const denoise_layer *layer)
{
    return layer == NULL ? "" : layer->name;
}

const char *denoise_layer_class_name(const denoise_layer *layer)
{
    return layer == NULL || layer->part.kind == NULL ? "" : layer->part.kind->class_name;
}

static denoise_status check_sound(const denoise_layer *layer)
{
    return layer->part.status == DENOISE_OK ? DENOISE_OK : denoise__fail_text(layer->part.status, layer->part.message);
}

denoise_status denoise_layer_params(denoise_params **out, const denoise_layer *layer)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(layer);
    DENOISE__TRY(check_sound(layer));
    denoise_params *params;
    DENOISE__TRY(denoise__config_params(&params, layer->part.kind, layer->part.config));
    /* what has changed since the layer was made */
    denoise_status status = denoise_params_set_bool(params, "trainable", layer->trainable);
    if (status == DENOISE_OK && layer->name[0] != '\0') status = denoise_params_set_text(params, "name", layer->name);
    if (status != DENOISE_OK) {
        denoise_params_free(params);
        return status;
    }
    *out = params;
    return DENOISE_OK;
}

int32_t denoise_layer_trainable(const denoise_layer *layer)
{
    return layer != NULL && layer->trainable;
}

denoise_status denoise_layer_set_trainable(denoise_layer *layer, int32_t trainable)
{
    DENOISE__CHECK_NULL(layer);
    DENOISE__TRY(check_sound(layer));
    layer->trainable = trainable != 0;
    return DENOISE_OK;
}

int32_t denoise_layer_weight_count(const denoise_layer *layer)
{
    return layer == NULL ? 0 : layer->weight_count;
}

const char *denoise_layer_weight_name(const denoise_layer *layer, int32_t index)
{
    if (layer == NULL || index < 0 || index >= layer->weight_count) return NULL;
    return layer->weights[index].spec.name;
}

int64_t denoise__layer_param_count(const denoise_layer *layer)
{
    int64_t count = 0;
    for (int32_t i = 0; i < layer->weight_count; i++)
        count += layer->weights[i].count;
    return count;
}

int64_t denoise_layer_count_params(const denoise_layer *layer)
{
    return layer == NULL ? 0 : denoise__layer_param_count(layer);
}

static denoise_status check_index(const denoise_layer *layer, int32_t index)
{
    DENOISE__TRY(check_sound(layer));
    if (index < 0 || index >= layer->weight_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "layer \"%s\" has no weight %d, it has %d", layer->name, (int)index,
                             (int)layer->weight_count);
    }
    if (layer->initialized) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_STATE, "the weights of layer \"%s\" have no values before a model is built", layer->name);
}

static denoise_status fail_busy(const denoise_layer *layer)
{
    return denoise__fail(DENOISE_ERR_BUSY, "the weights of layer \"%s\" are in use by another call", layer->name);
}

denoise_status denoise_layer_get_weight(denoise_tensor **out, const denoise_layer *layer, int32_t index)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(layer);
    DENOISE__TRY(check_index(layer, index));
    const denoise__weight *weight = &layer->weights[index];
    /* taking the lock is no change that a reader of the layer could see */
    denoise_layer *changed = (denoise_layer *)(uintptr_t)layer;
    denoise__weight_lock *lock = &changed->lock;
    if (!denoise__weight_lock_share(lock)) return fail_busy(layer);
    denoise__layer_bring_home(changed);
    denoise_status status =
        denoise_tensor_from_data(out, DENOISE_FLOAT32, weight->spec.shape.dim, weight->spec.shape.rank, weight->values);
    denoise__weight_lock_unshare(lock);
    return status;
}

denoise_status denoise_layer_set_weight(denoise_layer *layer, int32_t index, const denoise_tensor *value)
{
    DENOISE__CHECK_NULL(layer);
    DENOISE__CHECK_NULL(value);
    DENOISE__TRY(check_index(layer, index));
    denoise__weight *weight = &layer->weights[index];
    if (!denoise__shape_equal(&value->shape, &weight->spec.shape)) {
        char given[192], expected[192];
        return denoise__fail(DENOISE_ERR_SHAPE, "value has shape %s, weight \"%s\" of layer \"%s\" has %s",
                             denoise__shape_text(&value->shape, false, given, sizeof given), weight->spec.name, layer->name,
                             denoise__shape_text(&weight->spec.shape, false, expected, sizeof expected));
    }
    bool nested = denoise__weight_lock_is_mine(&layer->lock);
    if (!nested && !denoise__weight_lock_claim(&layer->lock)) return fail_busy(layer);
    denoise__layer_bring_home(layer);
    denoise__tensor_read_floats(value, 0, weight->count, weight->values);
    denoise__layer_touch(layer);
    if (!nested) denoise__weight_lock_unclaim(&layer->lock);
    return DENOISE_OK;
}
