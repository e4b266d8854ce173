/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of a chain, in one arena, and the pieces of its second phase. */
#include "core/memory.h"
#include "models/chain.h"
#include <string.h>

enum {
    PANEL = DENOISE__PANEL,
    LINE = 64,
    STAGGER = 7, /* arrays begin at different lines of a page, so that those that are read together do not meet */
    ITEM_TILES = DENOISE__CHAIN_ITEM_TILES,
    FRAME_ROWS = 48
};

/* Two rounds: with a NULL base the arena is only measured. */
typedef struct placing {
    unsigned char *base;
    int64_t used;
    int64_t count;
    bool overflow;
} placing;

static void *place(placing *p, int64_t bytes)
{
    int64_t start = p->used + p->count++ % STAGGER * LINE;
    if (p->overflow || !denoise__add(start, bytes, &p->used) || !denoise__add(p->used, LINE - 1, &p->used)) {
        p->overflow = true;
        return NULL;
    }
    p->used = p->used / LINE * LINE;
    return p->base == NULL ? NULL : p->base + start;
}

static void place_panels(placing *p, denoise__panels *out, int64_t rows, int64_t columns, int64_t slots)
{
    int64_t count = columns / PANEL + (columns % PANEL != 0), floats, bytes;
    *out = (denoise__panels){.rows = rows, .columns = columns, .count = count, .stride = (rows | 1) * PANEL};
    if (!denoise__multiply(rows | 1, PANEL, &out->stride) || !denoise__multiply(out->stride, count, &out->slot_size) ||
        !denoise__multiply(out->slot_size, slots, &floats) || !denoise__multiply(floats, (int64_t)sizeof(float), &bytes)) {
        p->overflow = true;
        return;
    }
    out->data = place(p, bytes);
}

static int64_t whole_panels(int64_t columns)
{
    return (columns / PANEL + (columns % PANEL != 0)) * PANEL;
}

static void place_trained(placing *p, const denoise__chain *chain, denoise__chain_layer *layer, bool transposes)
{
    int64_t inputs = whole_panels(layer->inputs);
    place_panels(p, &layer->gradient, chain->batch, layer->units, 1);
    place_panels(p, &layer->sums, chain->blocks, layer->units, 1);
    if (transposes) place_panels(p, &layer->transposed, whole_panels(layer->units), layer->inputs, 1);
    if (layer->kernel_index >= 0) {
        place_panels(p, &layer->kernel_gradient, inputs, layer->units, 1);
        for (int32_t s = 0; s < chain->slot_count; s++)
            place_panels(p, &layer->kernel_slots[s], inputs, layer->units, 1);
    }
    if (layer->bias_index >= 0) {
        place_panels(p, &layer->bias_gradient, 1, layer->units, 1);
        for (int32_t s = 0; s < chain->slot_count; s++)
            place_panels(p, &layer->bias_slots[s], 1, layer->units, 1);
    }
}

static void place_all(placing *p, denoise__chain *chain)
{
    int64_t frame_rows = chain->trains ? chain->batch : chain->batch < chain->block_rows ? chain->batch : chain->block_rows;
    place_panels(p, &chain->input, frame_rows, chain->layers[0].inputs, chain->slots);
    for (int32_t i = 0; i < chain->layer_count; i++) {
        denoise__chain_layer *layer = &chain->layers[i];
        place_panels(p, &layer->kernel, whole_panels(layer->inputs), layer->units, 1);
        place_panels(p, &layer->bias, 1, layer->units, 1);
        place_panels(p, &layer->output, frame_rows, layer->units, chain->slots);
        if (chain->trains && i >= chain->first_trained) place_trained(p, chain, layer, layer->has_gradient);
    }
    int64_t size = 0;
    if (!denoise__multiply(chain->batch, chain->last_columns, &size) ||
        !denoise__multiply(size, (int64_t)sizeof(float), &size)) {
        p->overflow = true;
    }
    chain->values = chain->has_loss ? place(p, size) : NULL;
    chain->slopes = chain->trains ? place(p, size) : NULL;
}

/* Kernels are cut along their longer side into pieces of about ITEM_TILES tiles. */
static int32_t cut_kernel(const denoise__chain_layer *layer, int32_t index, denoise__chain_item *items)
{
    int32_t inputs = (int32_t)(whole_panels(layer->inputs) / PANEL), outputs = (int32_t)layer->kernel.count, count = 0;
    bool by_inputs = inputs >= outputs;
    int32_t length = by_inputs ? inputs : outputs, across = by_inputs ? outputs : inputs;
    for (int32_t i = 0; i < length; i++) {
        for (int32_t j = 0; j < across; j += ITEM_TILES) {
            int32_t part = across - j < ITEM_TILES ? across - j : ITEM_TILES;
            if (items != NULL) {
                items[count] =
                    by_inputs ? (denoise__chain_item){index, i, 1, j, part} : (denoise__chain_item){index, j, part, i, 1};
            }
            count++;
        }
    }
    return count;
}

static int32_t cut_kernels(const denoise__chain *chain, denoise__chain_item *items)
{
    int32_t count = 0;
    for (int32_t i = 0; i < chain->layer_count; i++) {
        if (chain->layers[i].kernel_index < 0) continue;
        count += cut_kernel(&chain->layers[i], i, items == NULL ? NULL : items + count);
    }
    return count;
}

static bool fits_items(const denoise__chain *chain)
{
    for (int32_t i = 0; i < chain->layer_count; i++)
        if (chain->layers[i].inputs > INT32_MAX / 64 || chain->layers[i].units > INT32_MAX / 64) return false;
    return true;
}

const float denoise__chain_no_bias[PANEL] = {-0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f,
                                             -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f};

static void leave_bias_out(const denoise__panels *bias)
{
    for (int64_t j = 0; j < bias->count; j++)
        memcpy(bias->data + j * bias->stride, denoise__chain_no_bias, sizeof denoise__chain_no_bias);
}

denoise_status denoise__chain_layout(denoise__chain *chain)
{
    chain->block_rows = chain->trains ? DENOISE__ROW_BLOCK : FRAME_ROWS;
    chain->blocks = chain->batch / chain->block_rows + (chain->batch % chain->block_rows != 0);
    placing measure = {0};
    place_all(&measure, chain);
    if (measure.overflow || !fits_items(chain)) return denoise__fail(DENOISE_ERR_OVERFLOW, "the model is too large");
    chain->arena_bytes = measure.used;
    chain->arena = denoise__allocate_aligned((size_t)measure.used);
    if (chain->arena == NULL) return denoise__fail_nomem();
    memset(chain->arena, 0, (size_t)measure.used); /* columns that fill up a panel stay zero */
    placing real = {.base = chain->arena};
    place_all(&real, chain);
    chain->item_count = chain->trains ? cut_kernels(chain, NULL) : 0;
    chain->items = denoise__allocate_zeroed((size_t)chain->item_count + 1, sizeof *chain->items);
    chain->block = denoise__allocate_zeroed((size_t)chain->blocks, sizeof *chain->block);
    chain->tops = denoise__allocate_zeroed((size_t)chain->blocks * 2 * (size_t)chain->layer_count, sizeof *chain->tops);
    if (chain->items == NULL || chain->block == NULL || chain->tops == NULL) return denoise__fail_nomem();
    if (chain->trains) cut_kernels(chain, chain->items);
    for (int32_t i = 0; i < chain->layer_count; i++) {
        denoise__chain_layer *layer = &chain->layers[i];
        float zero = 0.0f;
        layer->version = UINT64_MAX; /* of no layer */
        if (layer->layer->weight_count == 1) leave_bias_out(&layer->bias);
        if (layer->activation == NULL || layer->is_rectifier || layer->units % PANEL == 0) continue;
        denoise__activation(layer->activation)->forward(layer->activation->config, &zero, &zero, 1, 1);
        layer->fills_zeros = zero != 0.0f;
    }
    return DENOISE_OK;
}
