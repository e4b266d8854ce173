/* SPDX-License-Identifier: Apache-2.0 */
/* Weights whose newer values are kept elsewhere for a while. */
#include "layers/layer.h"

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
