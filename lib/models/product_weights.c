/* SPDX-License-Identifier: Apache-2.0 */
/* The weights of products, and the optimizer's state, between row-major memory and panels. */
#include "core/memory.h"
#include "models/fold.h"
#include "models/product.h"
#include <string.h>

enum {
    PANEL = DENOISE__PANEL,
    LINE = 64,
    STAGGER = 7,
    /* arrays begin at different lines of a page: they are read together */ KERNEL = 0,
    BIAS = 1
};

const float denoise__no_bias[PANEL] = {-0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f,
                                       -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f};

/* ---- Where they lie */

/* Two rounds: with a NULL base the memory is only measured. */
typedef struct placing {
    unsigned char *base;
    int64_t used;
    int64_t count;
    bool overflow;
} placing;

static void place_panels(placing *p, denoise__panels *out, int64_t rows, int64_t columns)
{
    int64_t count = columns / PANEL + (columns % PANEL != 0), floats, bytes;
    int64_t start = p->used + p->count++ % STAGGER * LINE;
    *out = (denoise__panels){.rows = rows, .columns = columns, .count = count};
    if (p->overflow || !denoise__multiply(rows | 1, PANEL, &out->stride) || !denoise__multiply(out->stride, count, &floats) ||
        !denoise__multiply(floats, (int64_t)sizeof(float), &bytes) || !denoise__add(start, bytes, &p->used) ||
        !denoise__add(p->used, LINE - 1, &p->used)) {
        p->overflow = true;
        return;
    }
    p->used = p->used / LINE * LINE;
    if (p->base != NULL) out->data = (float *)(void *)(p->base + start);
}

static int64_t whole_panels(int64_t columns)
{
    return (columns / PANEL + (columns % PANEL != 0)) * PANEL;
}

static void place_product(placing *p, const denoise__plan *plan, denoise__plan_product *product)
{
    int64_t inputs = whole_panels(product->inputs);
    int32_t slots = plan->options.optimizer == NULL ? 0 : plan->options.optimizer->slot_count;
    place_panels(p, &product->kernel, inputs, product->units);
    place_panels(p, &product->bias, 1, product->units);
    if (product->transposes) place_panels(p, &product->transposed, whole_panels(product->units), product->inputs);
    for (int32_t w = KERNEL; w <= BIAS; w++) {
        if (product->wanted[w] < 0 || !plan->backward) continue;
        int64_t rows = w == KERNEL ? inputs : 1;
        place_panels(p, &product->gradient[w], rows, product->units);
        for (int32_t s = 0; s < slots; s++)
            place_panels(p, &product->slots[w][s], rows, product->units);
    }
}

static int32_t weight_count(const denoise__plan_product *product)
{
    return product->fold != NULL ? product->fold->weight_count : product->layer->weight_count;
}

denoise_status denoise__products_place(denoise__plan *plan, unsigned char *base, int64_t *bytes)
{
    placing p = {.base = base};
    for (int32_t i = 0; i < plan->product_count; i++)
        place_product(&p, plan, &plan->products[i]);
    if (p.overflow) return denoise__fail(DENOISE_ERR_OVERFLOW, "the model is too large");
    *bytes = p.used;
    for (int32_t i = 0; i < plan->product_count && base != NULL; i++) {
        const denoise__plan_product *product = &plan->products[i];
        for (int64_t j = 0; j < product->bias.count && weight_count(product) == 1; j++)
            memcpy(product->bias.data + j * product->bias.stride, denoise__no_bias, sizeof denoise__no_bias);
    }
    return DENOISE_OK;
}

float *denoise__product_sums(const denoise__plan *plan, const denoise__step *step, int64_t panel, int64_t chunk)
{
    const denoise__buffer *buffer = &plan->buffers[step->sums];
    return (float *)(void *)(plan->arena + buffer->offset) + panel * buffer->stride + chunk * PANEL;
}

/* Kernels are cut along their longer side into pieces of about ITEM_TILES tiles, of two output panels at least where there are
 * so many: one alone makes tiles that load more than they multiply. */
static int32_t cut_kernel(const denoise__plan_product *product, int32_t index, denoise__tile_item *items)
{
    enum { ITEM_TILES = DENOISE__ITEM_TILES };
    int32_t inputs = (int32_t)(whole_panels(product->inputs) / PANEL), outputs = (int32_t)product->kernel.count, count = 0;
    bool by_inputs = inputs >= outputs;
    int32_t wide = by_inputs ? ITEM_TILES : inputs < ITEM_TILES / 2 ? ITEM_TILES / inputs : 2; /* output panels of a piece */
    int32_t deep = by_inputs ? 1 : inputs < ITEM_TILES / 2 ? inputs : ITEM_TILES / 2;          /* input panels */
    for (int32_t i = 0; i < inputs; i += deep) {
        for (int32_t j = 0; j < outputs; j += wide) {
            int32_t rows = inputs - i < deep ? inputs - i : deep, columns = outputs - j < wide ? outputs - j : wide;
            if (items != NULL) items[count] = (denoise__tile_item){index, i, rows, j, columns};
            count++;
        }
    }
    return count;
}

static int32_t cut_kernels(const denoise__plan *plan, denoise__tile_item *items)
{
    int32_t count = 0;
    for (int32_t i = 0; i < plan->product_count; i++) {
        if (plan->products[i].wanted[KERNEL] < 0) continue;
        count += cut_kernel(&plan->products[i], i, items == NULL ? NULL : items + count);
    }
    return count;
}

denoise_status denoise__products_cut(denoise__plan *plan)
{
    plan->item_count = plan->backward ? cut_kernels(plan, NULL) : 0;
    plan->items = denoise__allocate_zeroed((size_t)plan->item_count + 1, sizeof *plan->items);
    if (plan->items == NULL) return denoise__fail_nomem();
    if (plan->backward) cut_kernels(plan, plan->items);
    return DENOISE_OK;
}

/* ---- One way and the other */

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

void denoise__products_read(const denoise__panels *from, int64_t rows, float *to)
{
    from_panels(to, from, rows);
}

/* The transposed kernel is made tile by tile, as the update does it. */
static void transpose_kernel(const denoise__plan_product *product)
{
    for (int64_t ip = 0; ip < product->transposed.count; ip++)
        for (int64_t j = 0; j < product->kernel.count; j++) {
            denoise__tile_table()->transpose(product->kernel.data + j * product->kernel.stride + ip * PANEL * PANEL,
                                             product->transposed.data + ip * product->transposed.stride + j * PANEL * PANEL);
        }
}

static denoise__variable *variable_of(const denoise__plan_product *product, int32_t weight)
{
    return &product->layer->weights[weight].variable;
}

static void take_over(denoise__plan_product *product, int32_t weight, const float *values, uint64_t version)
{
    if (product->version[weight] == version) return;
    to_panels(weight == KERNEL ? &product->kernel : &product->bias, values, weight == KERNEL ? product->inputs : 1);
    if (weight == KERNEL && product->transposed.data != NULL) transpose_kernel(product);
    product->version[weight] = version;
}

static void take_folded(denoise__plan_product *product)
{
    denoise__fold_refresh(product->fold);
    take_over(product, KERNEL, product->fold->kernel, product->fold->version);
    take_over(product, BIAS, product->fold->bias, product->fold->version);
}

void denoise__products_refresh(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->product_count; i++) {
        denoise__plan_product *product = &plan->products[i];
        if (product->fold != NULL) take_folded(product);
        for (int32_t w = KERNEL; w < product->layer->weight_count && product->fold == NULL; w++) {
            denoise__variable *variable = variable_of(product, w);
            if (!product->is_ahead[w]) denoise__variable_bring_home(variable);
            take_over(product, w, variable->values, variable->version);
        }
    }
}

static void bring_home(denoise__plan_product *product, int32_t weight)
{
    denoise__variable *variable = variable_of(product, weight);
    product->is_ahead[weight] = false;
    variable->home = (denoise__home){0};
    from_panels(variable->values, weight == KERNEL ? &product->kernel : &product->bias, weight == KERNEL ? product->inputs : 1);
    denoise__variable_touch_finite(variable);
    product->version[weight] = variable->version;
}

static void bring_kernel_home(void *context)
{
    bring_home(context, KERNEL);
}

static void bring_bias_home(void *context)
{
    bring_home(context, BIAS);
}

void denoise__products_mark_ahead(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->product_count; i++) {
        denoise__plan_product *product = &plan->products[i];
        for (int32_t w = KERNEL; w <= BIAS; w++) {
            if (product->wanted[w] < 0 || product->is_ahead[w]) continue;
            product->is_ahead[w] = true;
            variable_of(product, w)->home = (denoise__home){w == KERNEL ? bring_kernel_home : bring_bias_home, product};
        }
    }
}

void denoise__products_settle(denoise__plan *plan)
{
    for (int32_t i = 0; plan != NULL && i < plan->product_count; i++) {
        for (int32_t w = KERNEL; w <= BIAS; w++)
            if (plan->products[i].is_ahead[w]) bring_home(&plan->products[i], w);
    }
}

/* ---- The optimizer's state */

/* All slots of all trained weights, one way or the other. */
static void move_slots(denoise__plan *plan, bool to_plan)
{
    denoise_optimizer *optimizer = plan->options.optimizer;
    for (int32_t i = 0; i < plan->product_count; i++) {
        denoise__plan_product *product = &plan->products[i];
        for (int32_t w = KERNEL; w <= BIAS; w++) {
            int64_t rows = w == KERNEL ? product->inputs : 1;
            for (int32_t s = 0; product->wanted[w] >= 0 && s < optimizer->slot_count; s++) {
                denoise__variable *slot = denoise__optimizer_slot(optimizer, product->wanted[w], s);
                if (to_plan)
                    to_panels(&product->slots[w][s], slot->values, rows);
                else
                    from_panels(slot->values, &product->slots[w][s], rows);
            }
        }
    }
}

static void bring_slots(void *context)
{
    denoise__products_bring_slots_home(context);
}

/* Whose slots they are: all of a plan's products go together. */
static void set_homes(denoise__plan *plan, denoise__home home)
{
    for (int32_t i = 0; i < plan->product_count; i++) {
        for (int32_t w = KERNEL; w <= BIAS; w++) {
            for (int32_t s = 0; plan->products[i].wanted[w] >= 0 && s < plan->options.optimizer->slot_count; s++)
                denoise__optimizer_slot(plan->options.optimizer, plan->products[i].wanted[w], s)->home = home;
        }
    }
}

void denoise__products_bring_slots_home(denoise__plan *plan)
{
    if (!plan->has_slots) return;
    plan->has_slots = false;
    set_homes(plan, (denoise__home){0});
    move_slots(plan, false);
}

void denoise__products_fetch_slots(denoise__plan *plan)
{
    if (plan->has_slots || plan->options.optimizer == NULL) return;
    denoise__optimizer_bring_home(plan->options.optimizer);
    move_slots(plan, true);
    plan->has_slots = true;
    set_homes(plan, (denoise__home){bring_slots, plan});
}
