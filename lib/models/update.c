/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients and the optimizer's step.
 *
 * The gradient of a product's kernel, K += x^T dz over all rows of the batch, is computed in tiles of 16 x 16, and the step is
 * taken on each tile as soon as its gradient is there. Other weights' gradients are arrays: sums of blocks' parts in ascending
 * order, in double.
 *
 * An element of a kernel's gradient is a sum of `rows` products, so its magnitude is at most rows max|x| max|dz|. While that
 * and the step that follows from it stay far from overflow nothing needs to be looked at before the update. Otherwise the
 * gradients are stored and checked, the step is tried on copies, and only then taken: the same bits. They are stored as well
 * where the optimizer clips by norms, which are those of whole gradients. Constraints come last, on weights in rows. */
#include "models/update.h"
#include "constraints/constraint.h"
#include "core/number.h"
#include "core/text.h"
#include "core/threads.h"
#include "kernels/finite.h"
#include "models/execute.h"
#include "models/product.h"
#include "models/undo.h"
#include "regularizers/regularizer.h"
#include <math.h>
#include <string.h>

enum { PANEL = DENOISE__PANEL, TILE = PANEL * PANEL, ITEM_TILES = DENOISE__ITEM_TILES, PIECE = 8192, KERNEL = 0, BIAS = 1 };

typedef struct update_run {
    denoise__plan *plan;
    const denoise__tile *tile;
    denoise__optimizer_update update;
    int64_t rows;         /* samples */
    float scale;          /* of the loss, by which its gradients are divided */
    bool stores, applies; /* gradients of kernels are kept; weights are changed */
} update_run;

static denoise__weight *weight_at(const denoise__plan *plan, int64_t index)
{
    return &plan->weights[index].layer->weights[plan->weights[index].index];
}

static denoise_status in_weight(const denoise__plan *plan, int64_t index, denoise_status status)
{
    if (status == DENOISE_OK) return status;
    return denoise__context(status, "layer \"%s\": weight \"%s\": ", plan->weights[index].layer->name,
                            weight_at(plan, index)->spec.name);
}

static bool is_regularized(const denoise__weight *weight)
{
    return weight->spec.regularizer != NULL && weight->spec.regularizer->kind != NULL;
}

/* The product that has a wanted weight, and which of its two it is; NULL: none. */
static denoise__plan_product *product_of(const denoise__plan *plan, int64_t index, int32_t *which)
{
    for (int32_t i = 0; i < plan->product_count; i++) {
        for (*which = KERNEL; *which <= BIAS; ++*which)
            if (plan->products[i].wanted[*which] == index) return &plan->products[i];
    }
    return NULL;
}

/* Samples' rows of a product's use. */
static int64_t rows_of(const denoise__plan *plan, const denoise__step *step, int64_t samples)
{
    const denoise__plan_value *y = denoise__plan_root(plan, step->outputs[0]);
    return samples * (y->size / y->columns);
}

/* ---- Penalties */

/* Elements first.. of the matrix in panels, as they lie in rows. */
static const float *read_rows(const denoise__panels *panels, int64_t first, int64_t count, float *to)
{
    for (int64_t done = 0, run; done < count; done += run) {
        int64_t row = (first + done) / panels->columns, column = (first + done) % panels->columns;
        run = PANEL - column % PANEL;
        if (run > panels->columns - column) run = panels->columns - column;
        if (run > count - done) run = count - done;
        memcpy(to + done, panels->data + column / PANEL * panels->stride + row * PANEL + column % PANEL,
               (size_t)run * sizeof *to);
    }
    return to;
}

typedef struct panels_reader {
    const denoise__panels *panels;
    float *scratch; /* per slot */
} panels_reader;

static const float *read_panels(void *context, int64_t first, int64_t count, int32_t slot)
{
    const panels_reader *reader = context;
    return read_rows(reader->panels, first, count, reader->scratch + (int64_t)slot * DENOISE__PENALTY_PIECE);
}

denoise_status denoise__plan_weight_penalty(denoise__plan *plan, int64_t index, double *penalty)
{
    int32_t which;
    const denoise__weight *weight = weight_at(plan, index);
    const denoise__kind_ref *regularizer = weight->spec.regularizer;
    *penalty = 0;
    if (!is_regularized(weight)) return DENOISE_OK;
    denoise__plan_product *product = product_of(plan, index, &which);
    if (product == NULL)
        return in_weight(
            plan, index,
            denoise__regularizer_penalty(regularizer, denoise__weight_values(weight), weight->variable.count, penalty));
    panels_reader reader = {which == KERNEL ? &product->kernel : &product->bias, plan->penalty_scratch};
    return in_weight(plan, index,
                     denoise__regularizer_penalty_read(regularizer, weight->variable.count, read_panels, &reader, plan->slots,
                                                       penalty, &product->penalty_reach[which]));
}

denoise_status denoise__plan_penalty(denoise__plan *plan, double *penalty)
{
    double one;
    *penalty = 0;
    for (int64_t i = 0; i < plan->weight_count; i++) {
        DENOISE__TRY(denoise__plan_weight_penalty(plan, i, &one));
        *penalty += one;
    }
    return DENOISE_OK;
}

/* ---- Gradients that are arrays */

typedef struct sum_job {
    const unsigned char *parts;
    int64_t part_bytes, count;
    float *sum;
    bool adds;
} sum_job;

enum { SUMS = 64 }; /* added up at a time, so that a part is read by whole lines */

static void sum_some(const sum_job *job, int64_t first, int64_t count)
{
    double sums[SUMS] = {0};
    float part[SUMS] = {0};
    for (int64_t p = 0; p < job->count; p++) {
        const float *from = (const float *)(const void *)(job->parts + p * job->part_bytes) + first;
        if (count < SUMS) from = memcpy(part, from, (size_t)count * sizeof *part);
        if (p == 0)
            for (int i = 0; i < SUMS; i++)
                sums[i] = (double)from[i];
        else
            for (int i = 0; i < SUMS; i++)
                sums[i] += (double)from[i];
    }
    for (int64_t i = 0; i < count; i++)
        job->sum[first + i] = job->adds ? job->sum[first + i] + (float)sums[i] : (float)sums[i];
}

/* Parts in ascending order, in double, as a product's bias has it; a sole part is what it is, -0 included, as a product's. */
static void sum_range(void *context, int64_t first, int64_t count)
{
    const sum_job *job = context;
    for (int64_t i = first, left = count; left > 0; i += SUMS, left -= SUMS)
        sum_some(job, i, left < SUMS ? left : SUMS);
}

/* Before penalties are added, which the scale does not meet. */
static void unscale(float scale, float *gradient, int64_t count)
{
    for (int64_t i = 0; scale != 1 && i < count; i++)
        gradient[i] /= scale;
}

static float *stored_gradient(const denoise__plan *plan, int64_t index)
{
    return (float *)(void *)(plan->arena + plan->buffers[plan->weight_buffers[index]].offset);
}

static int64_t parts_of(const denoise__plan *plan, const denoise__step *step, int64_t samples)
{
    if (samples == 0) return 0;
    return step->has_part_sums ? samples / plan->block_samples + (samples % plan->block_samples != 0) : 1;
}

/* Uses in the order in which they went back; none: zeros. */
static denoise_status sum_stored(const update_run *run, int64_t index)
{
    const denoise__plan *plan = run->plan;
    const denoise__weight *weight = weight_at(plan, index);
    sum_job job = {.sum = stored_gradient(plan, index)};
    for (int32_t i = plan->order_count - 1; i >= 0; i--) {
        const denoise__step *step = &plan->steps[plan->order[i]];
        for (int32_t w = 0; w < step->weight_count && step->runs_backward; w++) {
            if (step->weights[w].wanted != index || step->weights[w].gradient < 0) continue;
            const denoise__buffer *buffer = &plan->buffers[step->weights[w].gradient];
            job.parts = plan->arena + buffer->offset;
            job.part_bytes = buffer->bytes;
            job.count = parts_of(plan, step, run->rows);
            denoise__parallel_ranges(weight->variable.count, PIECE, sum_range, &job);
            job.adds = true;
        }
    }
    if (!job.adds) memset(job.sum, 0, (size_t)weight->variable.count * sizeof *job.sum);
    unscale(run->scale, job.sum, weight->variable.count);
    return in_weight(plan, index,
                     denoise__regularizer_add_gradient(weight->spec.regularizer, denoise__weight_values(weight), job.sum,
                                                       weight->variable.count));
}

static denoise_status sum_all_stored(const update_run *run)
{
    for (int64_t i = 0; i < run->plan->weight_count; i++)
        if (run->plan->weight_buffers[i] >= 0) DENOISE__TRY(sum_stored(run, i));
    return DENOISE_OK;
}

/* ---- Gradients of products */

static denoise_status add_penalty(const update_run *run, const denoise__plan_product *product, int32_t which, const float *w,
                                  float *gradient, int64_t count)
{
    const denoise__weight *weight = &product->layer->weights[which];
    if (!is_regularized(weight)) return DENOISE_OK;
    return in_weight(run->plan, product->wanted[which],
                     denoise__regularizer_add_piece(weight->spec.regularizer, w, gradient, count));
}

/* `count` tiles of input panel ip from output panel j on, of one use. */
static void multiply_tiles(const update_run *run, const denoise__step *step, int64_t ip, int64_t j, int64_t count, float *to,
                           denoise__tile_fetch *fetch)
{
    denoise__plan *plan = run->plan;
    denoise__block all = {.plan = plan, .samples = run->rows};
    int32_t x = denoise__plan_root(plan, step->inputs[0])->buffer, dz = denoise__plan_root(plan, step->outputs[0])->gradient;
    run->tile->multiply(&(denoise__tile_product){.rows = PANEL,
                                                 .panels = count,
                                                 .k = rows_of(plan, step, run->rows),
                                                 .a = denoise__at(&all, x, ip),
                                                 .a_row = PANEL,
                                                 .a_is_transposed = true,
                                                 .b = denoise__at(&all, dz, j),
                                                 .b_panel = plan->buffers[dz].stride,
                                                 .c = to,
                                                 .c_row = PANEL,
                                                 .c_panel = TILE,
                                                 .fetch = fetch});
}

static void add_tiles(float *sum, const float *part, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        sum[i] += part[i];
}

/* scratch: room for as many tiles as `to`. */
static denoise_status tile_gradients(const update_run *run, const denoise__plan_product *product, int64_t ip, int64_t j,
                                     int64_t count, float *to, float *scratch, denoise__tile_fetch *fetch)
{
    if (product->use_count == 0) memset(to, 0, (size_t)(count * TILE) * sizeof *to);
    for (int32_t u = 0; u < product->use_count; u++) {
        multiply_tiles(run, &run->plan->steps[product->uses[u]], ip, j, count, u == 0 ? to : scratch, u == 0 ? fetch : NULL);
        if (u > 0) add_tiles(to, scratch, count * TILE);
    }
    unscale(run->scale, to, count * TILE);
    for (int64_t p = 0; p < count; p++)
        DENOISE__TRY(add_penalty(run, product, KERNEL, product->kernel.data + (j + p) * product->kernel.stride + ip * TILE,
                                 to + p * TILE, TILE));
    return DENOISE_OK;
}

static void slots_at(const denoise__plan *plan, const denoise__panels *slots, int64_t offset, float **out)
{
    for (int32_t s = 0; s < plan->options.optimizer->slot_count; s++)
        out[s] = slots[s].data + offset;
}

static void apply_tile(const update_run *run, const denoise__plan_product *product, int64_t ip, int64_t j,
                       const float *gradient)
{
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    int64_t offset = j * product->kernel.stride + ip * TILE;
    float *w = product->kernel.data + offset;
    slots_at(run->plan, product->slots[KERNEL], offset, slots);
    denoise__optimizer_update_piece(&run->update, product->wanted[KERNEL], w, gradient, slots, TILE);
    if (product->transposed.data != NULL)
        run->tile->transpose(w, product->transposed.data + ip * product->transposed.stride + j * TILE);
}

/* What the update of these tiles will read and write, while their gradients are computed. */
static int64_t list_state(const update_run *run, const denoise__plan_product *product, int64_t ip, int64_t j, int64_t count,
                          denoise__tile_piece *pieces)
{
    const int64_t bytes = TILE * sizeof(float);
    int64_t listed = 0;
    for (int64_t p = j; p < j + count; p++) {
        int64_t offset = p * product->kernel.stride + ip * TILE;
        pieces[listed++] = (denoise__tile_piece){product->kernel.data + offset, bytes};
        for (int32_t s = 0; run->plan->options.optimizer != NULL && s < run->plan->options.optimizer->slot_count; s++)
            pieces[listed++] = (denoise__tile_piece){product->slots[KERNEL][s].data + offset, bytes};
    }
    return listed;
}

static denoise_status run_item(const update_run *run, const denoise__tile_item *item, int32_t slot)
{
    float *gradients = run->plan->tile_scratch + (int64_t)slot * DENOISE__TILE_SCRATCH;
    const denoise__plan_product *product = &run->plan->products[item->product];
    denoise__tile_piece state[ITEM_TILES * (1 + DENOISE__MAX_SLOTS)];
    for (int64_t ip = item->first_input; ip < item->first_input + item->inputs; ip++) {
        denoise__tile_fetch fetch = {.pieces = state};
        fetch.count = list_state(run, product, ip, item->first_output, item->outputs, state);
        DENOISE__TRY(tile_gradients(run, product, ip, item->first_output, item->outputs, gradients,
                                    gradients + (int64_t)ITEM_TILES * TILE, &fetch));
        for (int64_t p = 0; p < item->outputs; p++) {
            int64_t j = item->first_output + p;
            if (run->stores) {
                memcpy(product->gradient[KERNEL].data + j * product->gradient[KERNEL].stride + ip * TILE, gradients + p * TILE,
                       TILE * sizeof *gradients);
            } else {
                apply_tile(run, product, ip, j, gradients + p * TILE);
            }
        }
    }
    return DENOISE_OK;
}

/* Chunks in ascending order, in double, as the dense layer does it; uses one after the other. */
static denoise_status bias_gradient(const update_run *run, const denoise__plan_product *product)
{
    float *gradient = product->gradient[BIAS].data;
    int64_t columns = product->bias.count * PANEL;
    memset(gradient, 0, (size_t)columns * sizeof *gradient);
    for (int32_t u = 0; u < product->use_count; u++) {
        const denoise__step *step = &run->plan->steps[product->uses[u]];
        int64_t rows = rows_of(run->plan, step, run->rows),
                chunks = rows / DENOISE__ROW_BLOCK + (rows % DENOISE__ROW_BLOCK != 0);
        for (int64_t c = 0; c < columns; c++) {
            const float *sums = denoise__product_sums(run->plan, step, c / PANEL, 0) + c % PANEL;
            double sum = 0;
            for (int64_t chunk = 0; chunk < chunks; chunk++)
                sum += (double)sums[chunk * PANEL];
            gradient[c] = u == 0 ? (float)sum : gradient[c] + (float)sum;
        }
    }
    unscale(run->scale, gradient, columns);
    return add_penalty(run, product, BIAS, product->bias.data, gradient, columns);
}

static void apply_bias(const update_run *run, const denoise__plan_product *product)
{
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    slots_at(run->plan, product->slots[BIAS], 0, slots);
    denoise__optimizer_update_piece(&run->update, product->wanted[BIAS], product->bias.data, product->gradient[BIAS].data,
                                    slots, product->bias.count * PANEL);
}

static denoise_status run_biases(const update_run *run)
{
    for (int32_t i = 0; i < run->plan->product_count; i++) {
        const denoise__plan_product *product = &run->plan->products[i];
        if (product->wanted[BIAS] < 0) continue;
        DENOISE__TRY(bias_gradient(run, product));
        if (run->applies) apply_bias(run, product);
    }
    return DENOISE_OK;
}

/* ---- The step on arrays */

static int64_t pieces_of(int64_t size)
{
    return size / PIECE + (size % PIECE != 0);
}

static int64_t piece_count(const denoise__plan *plan)
{
    int64_t pieces = 0;
    for (int64_t i = 0; i < plan->weight_count; i++)
        if (plan->weight_buffers[i] >= 0) pieces += pieces_of(weight_at(plan, i)->variable.count);
    return pieces;
}

/* Piece number `index` of all stored gradients, counted one weight after the other. */
static void apply_piece(const update_run *run, int64_t index)
{
    const denoise__plan *plan = run->plan;
    int64_t i = 0;
    for (;; i++) {
        if (plan->weight_buffers[i] < 0) continue;
        int64_t pieces = pieces_of(weight_at(plan, i)->variable.count);
        if (index < pieces) break;
        index -= pieces;
    }
    const denoise__weight *weight = weight_at(plan, i);
    int64_t first = index * PIECE, rest = weight->variable.count - first;
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    denoise__optimizer_slots_at(plan->options.optimizer, i, first, slots);
    denoise__optimizer_update_piece(&run->update, i, denoise__weight_values(weight) + first, stored_gradient(plan, i) + first,
                                    slots, rest < PIECE ? rest : PIECE);
}

/* Items of kernels, the biases, then pieces of arrays. */
static denoise_status run_index(void *context, int64_t index, int32_t slot)
{
    const update_run *run = context;
    int64_t items = run->plan->item_count;
    if (index < items) return run_item(run, &run->plan->items[index], slot);
    if (index == items) return run_biases(run);
    apply_piece(run, index - items - 1);
    return DENOISE_OK;
}

/* On as many threads as have scratch; without kernels none is needed. */
static denoise_status run_all(update_run *run, int64_t pieces, denoise__task body)
{
    int32_t slots = run->plan->tile_scratch == NULL ? INT32_MAX : run->plan->update_slots;
    return denoise__parallel_tasks(run->plan->item_count + 1 + pieces, slots, body, run);
}

static denoise_status run_items(update_run *run)
{
    return run_all(run, run->applies ? piece_count(run->plan) : 0, run_index);
}

/* The same with gradients that are there. */
static denoise_status apply_stored(void *context, int64_t index, int32_t slot)
{
    const update_run *run = context;
    const denoise__plan *plan = run->plan;
    if (index > plan->item_count) return run_index(context, index, slot);
    for (int32_t i = 0; index == plan->item_count && i < plan->product_count; i++)
        if (plan->products[i].wanted[BIAS] >= 0) apply_bias(run, &plan->products[i]);
    if (index == plan->item_count) return DENOISE_OK;
    const denoise__tile_item *item = &plan->items[index];
    const denoise__plan_product *product = &plan->products[item->product];
    for (int64_t ip = item->first_input; ip < item->first_input + item->inputs; ip++)
        for (int64_t j = item->first_output; j < item->first_output + item->outputs; j++)
            apply_tile(run, product, ip, j, product->gradient[KERNEL].data + j * product->gradient[KERNEL].stride + ip * TILE);
    return DENOISE_OK;
}

/* ---- The check */

static uint32_t top_of(const denoise__plan *plan, int32_t tops)
{
    uint32_t top = 0;
    for (int64_t b = 0; tops >= 0 && b < plan->blocks; b++)
        top = plan->tops[tops * plan->blocks + b] > top ? plan->tops[tops * plan->blocks + b] : top;
    return top;
}

/* No element of the gradients of a product is greater; INFINITY where numbers are not finite. */
static double product_bound(const update_run *run, const denoise__plan_product *product)
{
    const denoise__plan *plan = run->plan;
    double kernel = product->penalty_reach[KERNEL], bias = product->penalty_reach[BIAS];
    for (int32_t u = 0; u < product->use_count; u++) {
        const denoise__step *step = &plan->steps[product->uses[u]];
        uint32_t x_top = top_of(plan, denoise__plan_root(plan, step->inputs[0])->tops);
        uint32_t dz_top = top_of(plan, denoise__plan_root(plan, step->outputs[0])->gradient_tops);
        if (x_top >= DENOISE__NOT_FINITE || dz_top >= DENOISE__NOT_FINITE) return INFINITY;
        double dz = (double)denoise__top_magnitude(dz_top) * (double)rows_of(plan, step, run->rows) / (double)run->scale;
        kernel += (double)denoise__top_magnitude(x_top) * dz;
        bias += dz;
    }
    return fmax(kernel, bias);
}

static double gradient_bound(const update_run *run)
{
    const denoise__plan *plan = run->plan;
    double bound = 0;
    for (int32_t i = 0; i < plan->product_count; i++)
        bound = fmax(bound, product_bound(run, &plan->products[i]));
    for (int64_t i = 0; i < plan->weight_count; i++) {
        if (plan->weight_buffers[i] < 0) continue;
        float greatest = denoise__greatest(stored_gradient(plan, i), weight_at(plan, i)->variable.count);
        if (!isfinite(greatest)) return INFINITY;
        bound = fmax(bound, (double)greatest);
    }
    return bound;
}

static denoise_status fail_gradient(const denoise__plan *plan, int64_t index, float value, int64_t element)
{
    const denoise_layer *layer = plan->weights[index].layer;
    return denoise__fail(DENOISE_ERR_NONFINITE, "layer \"%s\": the gradient of \"%s\" is %s at element %lld", layer->name,
                         weight_at(plan, index)->spec.name, denoise__nonfinite_name((double)value), (long long)element);
}

static denoise_status check_panels(const denoise__plan *plan, int64_t index, const denoise__panels *panels, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < panels->columns; c++) {
            float value = panels->data[c / PANEL * panels->stride + i * PANEL + c % PANEL];
            if (!isfinite(value)) return fail_gradient(plan, index, value, i * panels->columns + c);
        }
    return DENOISE_OK;
}

static denoise_status check_gradient(const denoise__plan *plan, int64_t index)
{
    int32_t which;
    const denoise__plan_product *product = product_of(plan, index, &which);
    if (product != NULL) return check_panels(plan, index, &product->gradient[which], which == KERNEL ? product->inputs : 1);
    const float *gradient = stored_gradient(plan, index);
    int64_t bad = denoise__first_nonfinite(gradient, weight_at(plan, index)->variable.count);
    return bad < 0 ? DENOISE_OK : fail_gradient(plan, index, gradient[bad], bad);
}

/* Backwards through the layers, as a gradient spoils those before it. */
static denoise_status check_gradients(const denoise__plan *plan)
{
    for (int64_t end = plan->weight_count, first; end > 0; end = first) {
        first = end - 1;
        while (first > 0 && plan->weights[first - 1].layer == plan->weights[end - 1].layer)
            first--;
        for (int64_t i = first; i < end; i++)
            DENOISE__TRY(check_gradient(plan, i));
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

/* The step on copies; columns that only fill up a panel are left out. */
static void try_panels(const update_run *run, const denoise__plan_product *product, int32_t which, denoise__trial *all)
{
    const denoise__panels *w = which == KERNEL ? &product->kernel : &product->bias;
    const denoise__panels *gradient = &product->gradient[which];
    int64_t rows = which == KERNEL ? product->inputs : 1;
    *all = (denoise__trial){.element = -1};
    for (int64_t j = 0; j < w->count; j++) {
        int64_t left = w->columns - j * PANEL, width = left < PANEL ? left : PANEL;
        int64_t pieces = width == PANEL ? 1 : rows, size = width == PANEL ? rows * PANEL : width;
        for (int64_t i = 0; i < pieces; i++) {
            denoise__trial one;
            float *at[DENOISE__MAX_SLOTS] = {NULL};
            int64_t offset = j * w->stride + i * PANEL;
            slots_at(run->plan, product->slots[which], offset, at);
            denoise__optimizer_try(&run->update, product->wanted[which], w->data + offset, gradient->data + offset, at, size,
                                   &one);
            join_trials(all, &one, (i + one.element / PANEL) * w->columns + j * PANEL + one.element % PANEL);
        }
    }
}

static void try_weight(const update_run *run, int64_t index, denoise__trial *trial)
{
    int32_t which;
    const denoise__plan *plan = run->plan;
    const denoise__plan_product *product = product_of(plan, index, &which);
    if (product != NULL) {
        try_panels(run, product, which, trial);
        return;
    }
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    const denoise__weight *weight = weight_at(plan, index);
    denoise__optimizer_slots_at(plan->options.optimizer, index, 0, slots);
    denoise__optimizer_try(&run->update, index, denoise__weight_values(weight), stored_gradient(plan, index), slots,
                           weight->variable.count, trial);
}

static denoise_status try_all(const update_run *run, float *greatest)
{
    const denoise__plan *plan = run->plan;
    for (int64_t i = 0; i < plan->weight_count; i++) {
        denoise__trial trial;
        try_weight(run, i, &trial);
        if (trial.element >= 0) {
            return denoise__optimizer_fail_trial(plan->options.optimizer, &trial, plan->weights[i].layer->name,
                                                 weight_at(plan, i)->spec.name);
        }
        *greatest = fmaxf(*greatest, trial.greatest);
    }
    return DENOISE_OK;
}

/* ---- The step */

static const float *read_gradient(const void *context, int64_t index, int64_t first, int64_t count, float *scratch)
{
    int32_t which;
    const denoise__plan *plan = context;
    const denoise__plan_product *product = product_of(plan, index, &which);
    return product == NULL ? stored_gradient(plan, index) + first : read_rows(&product->gradient[which], first, count, scratch);
}

static const float *read_accumulated(const void *context, int64_t index, int64_t first, int64_t count, float *scratch)
{
    int32_t which;
    const denoise__plan *plan = context;
    const denoise_optimizer *optimizer = plan->options.optimizer;
    const denoise__plan_product *product = product_of(plan, index, &which);
    return product == NULL ? (const float *)denoise__optimizer_slot(optimizer, index, optimizer->accumulator)->values + first
                           : read_rows(&product->slots[which][optimizer->accumulator], first, count, scratch);
}

static denoise_status store_gradients(update_run *run)
{
    run->stores = true;
    run->applies = false;
    return run_items(run);
}

static void measure(const update_run *run)
{
    const denoise__gradient_reader reader = {read_gradient, read_accumulated, run->plan};
    if (run->update.measures) denoise__optimizer_measure(run->plan->options.optimizer, &run->update, &reader);
}

static denoise_status step_by_stored(update_run *run)
{
    run->applies = true;
    return run_all(run, piece_count(run->plan), apply_stored);
}

/* Gradients first, and the step when both are known to be good. */
static denoise_status update_carefully(update_run *run, double bound)
{
    float greatest = 0;
    DENOISE__TRY(store_gradients(run));
    DENOISE__TRY(check_gradients(run->plan));
    measure(run);
    DENOISE__TRY(try_all(run, &greatest));
    denoise__optimizer_note(run->plan->options.optimizer, bound, (double)greatest);
    return step_by_stored(run);
}

static bool penalties_can_fail(const denoise__plan *plan)
{
    for (int64_t i = 0; i < plan->weight_count; i++)
        if (denoise__regularizer_can_fail(weight_at(plan, i)->spec.regularizer)) return true;
    return false;
}

/* Tile after tile, unless all gradients have to be there before the first weight changes. What third parties say of how far
 * their penalties go is looked at then. */
static denoise_status update_at_once(update_run *run, bool check_finite)
{
    bool can_fail = penalties_can_fail(run->plan);
    if (!run->update.measures && !can_fail) return run_items(run);
    DENOISE__TRY(store_gradients(run));
    if (can_fail && check_finite) DENOISE__TRY(check_gradients(run->plan));
    measure(run);
    return step_by_stored(run);
}

static denoise_status update_unchecked(update_run *run)
{
    denoise__optimizer_note_unchecked(run->plan->options.optimizer);
    for (int64_t i = 0; i < run->plan->weight_count; i++)
        weight_at(run->plan, i)->variable.finite_version = 0;
    return update_at_once(run, false);
}

static void touch_weights(denoise__plan *plan)
{
    for (int64_t i = 0; i < plan->weight_count; i++)
        if (plan->weight_buffers[i] >= 0) denoise__variable_touch_finite(&weight_at(plan, i)->variable);
    denoise__products_mark_ahead(plan);
}

/* The library's own constraints leave finite numbers finite. */
static denoise_status check_constrained(const denoise__plan *plan, int64_t index)
{
    const denoise__weight *weight = weight_at(plan, index);
    if (!denoise__constraint_can_fail(weight->spec.constraint)) return DENOISE_OK;
    const float *values = denoise__weight_values(weight);
    int64_t bad = denoise__first_nonfinite(values, weight->variable.count);
    if (bad < 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_NONFINITE, "constraint \"%s\" makes it %s at element %lld",
                         weight->spec.constraint->kind->name, denoise__nonfinite_name((double)values[bad]), (long long)bad);
}

/* Panels are made anew from what this leaves at home. */
static denoise_status constrain(const denoise__plan *plan, bool check_finite)
{
    for (int64_t i = 0; i < plan->weight_count; i++) {
        denoise__weight *weight = weight_at(plan, i);
        const denoise__kind_ref *constraint = weight->spec.constraint;
        if (constraint == NULL || constraint->kind == NULL) continue;
        denoise__variable_bring_home(&weight->variable);
        denoise_status status = denoise__constraint_apply(constraint, denoise__weight_values(weight), &weight->spec.shape);
        denoise__variable_touch_finite(&weight->variable);
        if (status == DENOISE_OK && check_finite) status = check_constrained(plan, i);
        DENOISE__TRY(in_weight(plan, i, status));
    }
    return DENOISE_OK;
}

static denoise_status update(update_run *run, bool check_finite)
{
    denoise_optimizer *optimizer = run->plan->options.optimizer;
    if (!check_finite) return update_unchecked(run);
    double bound = gradient_bound(run);
    if (!denoise__optimizer_is_safe(&run->update, bound)) return update_carefully(run, bound);
    denoise__optimizer_note(optimizer, bound, 0);
    return update_at_once(run, true);
}

denoise_status denoise__plan_update(denoise__plan *plan, int64_t rows, bool check_finite)
{
    update_run run = {.plan = plan, .tile = denoise__tile_table(), .rows = rows, .applies = true};
    denoise_optimizer *optimizer = plan->options.optimizer;
    denoise__products_fetch_slots(plan);
    DENOISE__TRY(denoise__optimizer_begin(optimizer, &run.update));
    run.scale = run.update.scale;
    run.update.scale = 1;
    DENOISE__TRY(sum_all_stored(&run));
    denoise__plan_keep(plan);
    denoise_status status = update(&run, check_finite);
    if (status == DENOISE_OK) {
        touch_weights(plan);
        status = constrain(plan, check_finite);
    }
    if (status == DENOISE_OK)
        denoise__optimizer_end(optimizer);
    else
        denoise__plan_take_back(plan);
    return status;
}

/* ---- Gradients alone */

denoise_status denoise__plan_sum_gradients(denoise__plan *plan, int64_t rows)
{
    update_run run = {.plan = plan, .tile = denoise__tile_table(), .rows = rows, .scale = 1, .stores = true};
    DENOISE__TRY(sum_all_stored(&run));
    return run_items(&run);
}

void denoise__plan_read_gradient(const denoise__plan *plan, int64_t index, float *out)
{
    int32_t which;
    const denoise__plan_product *product = product_of(plan, index, &which);
    if (product == NULL) {
        memcpy(out, stored_gradient(plan, index), (size_t)weight_at(plan, index)->variable.count * sizeof *out);
        return;
    }
    denoise__products_read(&product->gradient[which], which == KERNEL ? product->inputs : 1, out);
}
