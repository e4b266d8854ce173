/* SPDX-License-Identifier: Apache-2.0 */
/* Weights and the optimizer's state between row-major memory and panels. */
#include "models/chain.h"
#include <string.h>

enum { PANEL = DENOISE__PANEL };

static int64_t width_of(const denoise__panels *panels, int64_t panel)
{
    int64_t left = panels->columns - panel * PANEL;
    return left < PANEL ? left : PANEL;
}

/* rows x columns row-major into panels; what fills up the panels is left alone: it is zero. */
static void to_panels(const denoise__panels *to, const float *from, int64_t rows)
{
    for (int64_t j = 0; j < to->count; j++) {
        size_t bytes = (size_t)width_of(to, j) * sizeof *from;
        for (int64_t i = 0; i < rows; i++)
            memcpy(to->data + j * to->stride + i * PANEL, from + i * to->columns + j * PANEL, bytes);
    }
}

static void from_panels(float *to, const denoise__panels *from, int64_t rows)
{
    for (int64_t j = 0; j < from->count; j++) {
        size_t bytes = (size_t)width_of(from, j) * sizeof *to;
        for (int64_t i = 0; i < rows; i++)
            memcpy(to + i * from->columns + j * PANEL, from->data + j * from->stride + i * PANEL, bytes);
    }
}

/* The transposed kernel is made tile by tile, as the update does it. */
static void transpose_kernel(denoise__chain_layer *layer)
{
    if (layer->transposed.data == NULL) return;
    for (int64_t ip = 0; ip < layer->transposed.count; ip++)
        for (int64_t j = 0; j < layer->kernel.count; j++) {
            denoise__tile_table()->transpose(layer->kernel.data + j * layer->kernel.stride + ip * PANEL * PANEL,
                                             layer->transposed.data + ip * layer->transposed.stride + j * PANEL * PANEL);
        }
}

static void take_over(denoise__chain_layer *layer)
{
    to_panels(&layer->kernel, layer->layer->weights[0].values, layer->inputs);
    if (layer->layer->weight_count > 1) to_panels(&layer->bias, layer->layer->weights[1].values, 1);
    transpose_kernel(layer);
    layer->version = layer->layer->version;
}

void denoise__chain_refresh(denoise__chain *chain)
{
    for (int32_t i = 0; i < chain->layer_count; i++) {
        denoise__chain_layer *layer = &chain->layers[i];
        if (!chain->weights_ahead) denoise__layer_bring_home(layer->layer);
        if (layer->version != layer->layer->version) take_over(layer);
    }
}

static void bring_weights_home(void *context)
{
    denoise__chain *chain = context;
    chain->weights_ahead = false;
    for (int32_t i = 0; i < chain->layer_count; i++) {
        denoise__chain_layer *layer = &chain->layers[i];
        denoise_layer *owner = layer->layer;
        owner->home = (denoise__weight_home){0};
        if (layer->kernel_index >= 0) from_panels(owner->weights[0].values, &layer->kernel, layer->inputs);
        if (layer->bias_index >= 0) from_panels(owner->weights[1].values, &layer->bias, 1);
        denoise__layer_touch_finite(owner);
        layer->version = owner->version;
    }
}

void denoise__chain_mark_ahead(denoise__chain *chain)
{
    if (chain->weights_ahead) return;
    chain->weights_ahead = true;
    for (int32_t i = 0; i < chain->layer_count; i++)
        chain->layers[i].layer->home = (denoise__weight_home){bring_weights_home, chain};
}

void denoise__chain_settle(denoise__chain *chain)
{
    if (chain != NULL && chain->weights_ahead) bring_weights_home(chain);
}

/* All slots of the trained weights, one way or the other. */
static void move_slots(denoise__chain *chain, bool here)
{
    for (int32_t i = 0; i < chain->layer_count; i++) {
        denoise__chain_layer *layer = &chain->layers[i];
        for (int32_t s = 0; s < chain->slot_count; s++) {
            for (int32_t weight = 0; weight < 2; weight++) {
                int64_t index = weight == 0 ? layer->kernel_index : layer->bias_index;
                const denoise__panels *panels = weight == 0 ? &layer->kernel_slots[s] : &layer->bias_slots[s];
                if (index < 0) continue;
                float *values = chain->optimizer->slots[index * chain->slot_count + s];
                int64_t rows = weight == 0 ? layer->inputs : 1;
                if (here)
                    to_panels(panels, values, rows);
                else
                    from_panels(values, panels, rows);
            }
        }
    }
}

static void bring_slots_home(void *context)
{
    denoise__chain_bring_slots_home(context);
}

void denoise__chain_bring_slots_home(denoise__chain *chain)
{
    if (!chain->slots_here) return;
    chain->slots_here = false;
    chain->optimizer->bring_home = NULL;
    move_slots(chain, false);
}

void denoise__chain_fetch_slots(denoise__chain *chain)
{
    if (chain->slots_here) return;
    denoise_optimizer *optimizer = chain->optimizer;
    if (optimizer->bring_home != NULL) optimizer->bring_home(optimizer->home_context);
    move_slots(chain, true);
    chain->slots_here = true;
    optimizer->bring_home = bring_slots_home;
    optimizer->home_context = chain;
}
