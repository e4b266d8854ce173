/* SPDX-License-Identifier: Apache-2.0 */
#include "models/undo.h"
#include "constraints/constraint.h"
#include "core/memory.h"
#include "models/product.h"
#include <string.h>

enum { KERNEL = 0, BIAS = 1 };

/* One array after the other: counted, copied, or copied back. */
typedef enum direction { COUNT, KEEP, TAKE_BACK } direction;
typedef struct walk {
    direction direction;
    float *kept;
    int64_t count; /* floats so far */
} walk;

static void visit(walk *w, float *values, int64_t count)
{
    if (count > 0 && w->direction == KEEP) memcpy(w->kept + w->count, values, (size_t)count * sizeof *values);
    if (count > 0 && w->direction == TAKE_BACK) memcpy(values, w->kept + w->count, (size_t)count * sizeof *values);
    w->count += count;
}

static void visit_panels(walk *w, const denoise__panels *panels)
{
    if (panels->data != NULL) visit(w, panels->data, panels->count * panels->stride);
}

static denoise__variable *variable_at(const denoise__plan *plan, int64_t index)
{
    return &plan->weights[index].layer->weights[plan->weights[index].index].variable;
}

/* What a step changes: of products that lies in panels, of other weights at home. */
static void walk_state(const denoise__plan *plan, walk *w)
{
    int32_t slots = plan->options.optimizer->slot_count;
    for (int32_t i = 0; i < plan->product_count; i++) {
        const denoise__plan_product *product = &plan->products[i];
        for (int32_t which = KERNEL; which <= BIAS; which++) {
            if (product->wanted[which] < 0) continue;
            visit_panels(w, which == KERNEL ? &product->kernel : &product->bias);
            if (which == KERNEL) visit_panels(w, &product->transposed);
            for (int32_t s = 0; s < slots; s++)
                visit_panels(w, &product->slots[which][s]);
        }
    }
    for (int64_t i = 0; i < plan->weight_count; i++) {
        denoise__variable *variable = variable_at(plan, i);
        if (plan->weight_buffers[i] < 0) continue;
        visit(w, variable->values, variable->count);
        for (int32_t s = 0; s < slots; s++) /* which are not there yet when a plan is made */
            visit(w, w->direction == COUNT ? NULL : denoise__optimizer_slot(plan->options.optimizer, i, s)->values,
                  variable->count);
    }
}

denoise_status denoise__plan_allocate_kept(denoise__plan *plan)
{
    bool is_needed = false;
    for (int64_t i = 0; i < plan->weight_count && plan->options.optimizer != NULL; i++) {
        const denoise__weight_ref *ref = &plan->weights[i];
        is_needed = is_needed || denoise__constraint_can_fail(ref->layer->weights[ref->index].spec.constraint);
    }
    if (!is_needed) return DENOISE_OK;
    walk w = {.direction = COUNT};
    walk_state(plan, &w);
    plan->kept = denoise__allocate_aligned((size_t)w.count * sizeof(float) + 1);
    return plan->kept == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

void denoise__plan_keep(denoise__plan *plan)
{
    if (plan->kept == NULL) return;
    walk w = {.direction = KEEP, .kept = plan->kept};
    walk_state(plan, &w);
    plan->kept_greatest = plan->options.optimizer->greatest;
    plan->kept_needs_trial = plan->options.optimizer->needs_trial;
}

void denoise__plan_take_back(denoise__plan *plan)
{
    if (plan->kept == NULL) return;
    walk w = {.direction = TAKE_BACK, .kept = plan->kept};
    walk_state(plan, &w);
    plan->options.optimizer->greatest = plan->kept_greatest;
    plan->options.optimizer->needs_trial = plan->kept_needs_trial;
    for (int64_t i = 0; i < plan->weight_count; i++)
        if (plan->weight_buffers[i] >= 0) denoise__variable_touch_finite(variable_at(plan, i));
    /* homes may have constrained weights already */
    denoise__products_mark_ahead(plan);
    denoise__products_settle(plan);
}
