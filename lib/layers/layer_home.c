/* SPDX-License-Identifier: Apache-2.0 */
/* Weights whose newer values are kept elsewhere for a while. */
#include "layers/layer.h"
#include <math.h>

void denoise__layer_bring_home(denoise_layer *layer)
{
    denoise__weight_home home = layer->home;
    if (home.bring == NULL) return;
    layer->home = (denoise__weight_home){0};
    home.bring(home.context);
}

void denoise__layer_touch(denoise_layer *layer)
{
    layer->version++;
}

void denoise__layer_touch_finite(denoise_layer *layer)
{
    bool is_known = layer->finite_version == layer->version + 1;
    layer->version++;
    if (is_known) layer->finite_version = layer->version + 1;
}

bool denoise__layer_is_finite(denoise_layer *layer, int32_t *weight, int64_t *element)
{
    if (layer->finite_version == layer->version + 1) return true;
    denoise__layer_bring_home(layer);
    for (*weight = 0; *weight < layer->weight_count; ++*weight) {
        const denoise__weight *at = &layer->weights[*weight];
        for (*element = 0; *element < at->count; ++*element)
            if (!isfinite(at->values[*element])) return false;
    }
    layer->finite_version = layer->version + 1;
    return true;
}
