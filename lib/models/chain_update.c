/* SPDX-License-Identifier: Apache-2.0 */
/* The second phase: gradients of the weights, and the optimizer's step on each tile as soon as its gradient is there.
 *
 * An element of a kernel's gradient is a sum of `rows` products, so its magnitude is at most rows max|x| max|dz|. While that
 * and the step that follows from it stay far from overflow nothing needs to be looked at before the update. Otherwise the
 * gradients are stored and checked, the step is tried on copies, and only then taken: the same bits. */
#include "core/threads.h"
#include "models/chain.h"
#include <math.h>
#include <stdalign.h>
#include <string.h>

enum { PANEL = DENOISE__PANEL, TILE = PANEL * PANEL, ITEM_TILES = DENOISE__CHAIN_ITEM_TILES };

typedef struct update_run {
    const denoise__chain *chain;
    const denoise__tile *tile;
    denoise__optimizer_update update;
    int64_t rows;
    bool stores, applies; /* gradients are kept; weights are changed */
} update_run;

static void slots_at(const denoise__chain *chain, const denoise__panels *slots, int64_t offset, float **out)
{
    for (int32_t s = 0; s < chain->slot_count; s++)
        out[s] = slots[s].data + offset;
}

static void apply_tile(const update_run *run, const denoise__chain_layer *layer, int64_t ip, int64_t j, const float *gradient)
{
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    int64_t offset = j * layer->kernel.stride + ip * TILE;
    float *w = layer->kernel.data + offset;
    slots_at(run->chain, layer->kernel_slots, offset, slots);
    denoise__optimizer_update_piece(&run->update, w, gradient, slots, TILE);
    if (layer->transposed.data != NULL) {
        run->tile->transpose(w, layer->transposed.data + ip * layer->transposed.stride + j * TILE);
    }
}

/* Gradients of `count` tiles of input panel ip, from output panel j on. */
static void tile_gradients(const update_run *run, int32_t index, int64_t ip, int64_t j, int64_t count, float *to,
                           denoise__tile_fetch *fetch)
{
    const denoise__chain *chain = run->chain;
    const denoise__chain_layer *layer = &chain->layers[index];
    const denoise__panels *x = index == 0 ? &chain->input : &chain->layers[index - 1].output;
    run->tile->multiply(&(denoise__tile_product){.rows = PANEL,
                                                 .panels = count,
                                                 .k = run->rows,
                                                 .a = x->data + ip * x->stride,
                                                 .a_row = PANEL,
                                                 .a_is_transposed = true,
                                                 .b = layer->gradient.data + j * layer->gradient.stride,
                                                 .b_panel = layer->gradient.stride,
                                                 .c = to,
                                                 .c_row = PANEL,
                                                 .c_panel = TILE,
                                                 .fetch = fetch});
}

/* What the update of these tiles will read and write, while their gradients are computed. */
static int64_t list_state(const update_run *run, const denoise__chain_layer *layer, int64_t ip, int64_t j, int64_t count,
                          const void **rows)
{
    int64_t listed = 0;
    for (int64_t p = j; p < j + count; p++) {
        int64_t offset = p * layer->kernel.stride + ip * TILE;
        rows[listed++] = layer->kernel.data + offset;
        for (int32_t s = 0; s < run->chain->slot_count; s++)
            rows[listed++] = layer->kernel_slots[s].data + offset;
    }
    return listed;
}

static void run_item(const update_run *run, const denoise__chain_item *item)
{
    alignas(64) float gradients[ITEM_TILES * TILE];
    const denoise__chain_layer *layer = &run->chain->layers[item->layer];
    const void *state[ITEM_TILES * (1 + DENOISE__MAX_SLOTS)];
    for (int64_t ip = item->first_input; ip < item->first_input + item->inputs; ip++) {
        denoise__tile_fetch fetch = {.rows = state, .bytes = TILE * sizeof(float)};
        fetch.count = list_state(run, layer, ip, item->first_output, item->outputs, state);
        tile_gradients(run, item->layer, ip, item->first_output, item->outputs, gradients, &fetch);
        for (int64_t p = 0; p < item->outputs; p++) {
            int64_t j = item->first_output + p;
            if (run->stores) {
                memcpy(layer->kernel_gradient.data + j * layer->kernel.stride + ip * TILE, gradients + p * TILE,
                       TILE * sizeof *gradients);
            } else {
                apply_tile(run, layer, ip, j, gradients + p * TILE);
            }
        }
    }
}

/* Blocks in ascending order, in double, as the dense layer does it. */
static void bias_gradient(const update_run *run, const denoise__chain_layer *layer)
{
    int64_t blocks = run->rows / DENOISE__ROW_BLOCK + (run->rows % DENOISE__ROW_BLOCK != 0);
    for (int64_t c = 0; c < layer->bias.count * PANEL; c++) {
        const float *sums = layer->sums.data + c / PANEL * layer->sums.stride + c % PANEL;
        double sum = 0;
        for (int64_t block = 0; block < blocks; block++)
            sum += (double)sums[block * PANEL];
        layer->bias_gradient.data[c] = (float)sum;
    }
}

static void apply_bias(const update_run *run, const denoise__chain_layer *layer)
{
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    slots_at(run->chain, layer->bias_slots, 0, slots);
    denoise__optimizer_update_piece(&run->update, layer->bias.data, layer->bias_gradient.data, slots,
                                    layer->bias.count * PANEL);
}

static void run_biases(const update_run *run)
{
    for (int32_t i = 0; i < run->chain->layer_count; i++) {
        const denoise__chain_layer *layer = &run->chain->layers[i];
        if (layer->bias_index < 0) continue;
        bias_gradient(run, layer);
        if (run->applies) apply_bias(run, layer);
    }
}

static void run_index(void *context, int64_t index)
{
    const update_run *run = context;
    if (index < run->chain->item_count)
        run_item(run, &run->chain->items[index]);
    else
        run_biases(run);
}

static void apply_stored_item(void *context, int64_t index)
{
    const update_run *run = context;
    if (index >= run->chain->item_count) {
        run_biases(run);
        return;
    }
    const denoise__chain_item *item = &run->chain->items[index];
    const denoise__chain_layer *layer = &run->chain->layers[item->layer];
    for (int64_t ip = item->first_input; ip < item->first_input + item->inputs; ip++)
        for (int64_t j = item->first_output; j < item->first_output + item->outputs; j++)
            apply_tile(run, layer, ip, j, layer->kernel_gradient.data + j * layer->kernel.stride + ip * TILE);
}

static float magnitude_of(uint32_t top)
{
    float value;
    memcpy(&value, &top, sizeof value);
    return value;
}

/* No element of a gradient is greater; INFINITY where numbers are not finite. */
static double gradient_bound(const denoise__chain *chain, int64_t rows, uint32_t input_top)
{
    double bound = 0;
    for (int32_t i = chain->first_trained; i < chain->layer_count; i++) {
        uint32_t x_top = i == 0 ? input_top : chain->layers[i - 1].output_top, dz_top = chain->layers[i].gradient_top;
        if (x_top >= DENOISE__NOT_FINITE || dz_top >= DENOISE__NOT_FINITE) return INFINITY;
        double x = (double)magnitude_of(x_top), dz = (double)magnitude_of(dz_top) * (double)rows;
        bound = fmax(bound, fmax(dz, x * dz));
    }
    return bound;
}

static denoise_status fail_gradient(const denoise_layer *layer, int32_t weight, float value, int64_t element)
{
    return denoise__fail(DENOISE_ERR_NONFINITE, "layer \"%s\": the gradient of \"%s\" is %s at element %lld", layer->name,
                         layer->weights[weight].spec.name, isnan(value) ? "NaN" : "infinite", (long long)element);
}

static denoise_status check_panels(const denoise_layer *layer, int32_t weight, const denoise__panels *panels, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < panels->columns; c++) {
            float value = panels->data[c / PANEL * panels->stride + i * PANEL + c % PANEL];
            if (!isfinite(value)) return fail_gradient(layer, weight, value, i * panels->columns + c);
        }
    return DENOISE_OK;
}

/* Backwards through the layers, as a gradient spoils those before it. */
static denoise_status check_stored(const denoise__chain *chain)
{
    for (int32_t i = chain->layer_count - 1; i >= 0; i--) {
        const denoise__chain_layer *layer = &chain->layers[i];
        if (layer->kernel_index >= 0) DENOISE__TRY(check_panels(layer->layer, 0, &layer->kernel_gradient, layer->inputs));
        if (layer->bias_index >= 0) DENOISE__TRY(check_panels(layer->layer, 1, &layer->bias_gradient, 1));
    }
    return DENOISE_OK;
}

/* Keeps the smaller element, and the greatest of all. */
static void join_trials(denoise__trial *all, const denoise__trial *one, int64_t element)
{
    float greatest = one->greatest > all->greatest ? one->greatest : all->greatest;
    if (one->element >= 0 && (all->element < 0 || element < all->element)) {
        *all = *one;
        all->element = element;
    }
    all->greatest = greatest;
}

/* `rows` rows of one weight; columns that only fill up a panel are left out. */
static void try_weight(const update_run *run, const denoise__panels *w, const denoise__panels *gradient,
                       const denoise__panels *slots, int64_t rows, denoise__trial *all)
{
    *all = (denoise__trial){.element = -1};
    for (int64_t j = 0; j < w->count; j++) {
        int64_t left = w->columns - j * PANEL, width = left < PANEL ? left : PANEL;
        int64_t pieces = width == PANEL ? 1 : rows, size = width == PANEL ? rows * PANEL : width;
        for (int64_t i = 0; i < pieces; i++) {
            denoise__trial one;
            float *at[DENOISE__MAX_SLOTS] = {NULL};
            int64_t offset = j * w->stride + i * PANEL;
            slots_at(run->chain, slots, offset, at);
            denoise__optimizer_try(&run->update, w->data + offset, gradient->data + offset, at, size, &one);
            join_trials(all, &one, (i + one.element / PANEL) * w->columns + j * PANEL + one.element % PANEL);
        }
    }
}

/* The step on copies, with the gradients that are stored. */
static denoise_status try_stored(const update_run *run, float *greatest)
{
    const denoise__chain *chain = run->chain;
    for (int32_t i = 0; i < chain->layer_count; i++) {
        const denoise__chain_layer *layer = &chain->layers[i];
        for (int32_t weight = 0; weight < 2; weight++) {
            if ((weight == 0 ? layer->kernel_index : layer->bias_index) < 0) continue;
            denoise__trial trial;
            if (weight == 0) {
                try_weight(run, &layer->kernel, &layer->kernel_gradient, layer->kernel_slots, layer->inputs, &trial);
            } else {
                try_weight(run, &layer->bias, &layer->bias_gradient, layer->bias_slots, 1, &trial);
            }
            if (trial.element >= 0) {
                return denoise__optimizer_fail_trial(chain->optimizer, &trial, layer->layer->name,
                                                     layer->layer->weights[weight].spec.name);
            }
            *greatest = fmaxf(*greatest, trial.greatest);
        }
    }
    return DENOISE_OK;
}

/* Gradients first, and the update when both are known to be good. */
static denoise_status update_carefully(update_run *run, double bound)
{
    const denoise__chain *chain = run->chain;
    float greatest = 0;
    run->stores = true;
    run->applies = false;
    denoise__parallel_for(chain->item_count + 1, run_index, run);
    DENOISE__TRY(check_stored(chain));
    DENOISE__TRY(try_stored(run, &greatest));
    denoise__optimizer_note(chain->optimizer, bound, (double)greatest);
    run->applies = true;
    denoise__parallel_for(chain->item_count + 1, apply_stored_item, run);
    return DENOISE_OK;
}

static void update_unchecked(update_run *run)
{
    denoise__optimizer_note_unchecked(run->chain->optimizer);
    for (int32_t i = 0; i < run->chain->layer_count; i++)
        run->chain->layers[i].layer->finite_version = 0;
    denoise__parallel_for(run->chain->item_count + 1, run_index, run);
}

denoise_status denoise__chain_update(denoise__chain *chain, int64_t rows, uint32_t input_top, bool check_finite)
{
    update_run run = {.chain = chain, .tile = denoise__tile_table(), .rows = rows, .applies = true};
    double bound = gradient_bound(chain, rows, input_top);
    denoise__chain_fetch_slots(chain);
    denoise__optimizer_begin(chain->optimizer, &run.update);
    if (!check_finite) {
        update_unchecked(&run);
    } else if (!denoise__optimizer_is_safe(&run.update, bound)) {
        DENOISE__TRY(update_carefully(&run, bound));
    } else {
        denoise__optimizer_note(chain->optimizer, bound, 0);
        denoise__parallel_for(chain->item_count + 1, run_index, &run);
    }
    denoise__chain_mark_ahead(chain);
    denoise__optimizer_end(chain->optimizer);
    return DENOISE_OK;
}
