/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "models/fast_kinds.h"
#include "models/fold.h"
#include <string.h>

/* In panels an activation works element by element, and backward from its results alone. */
static bool suits_panels(const denoise__plan *plan, const denoise__kind_ref *activation)
{
    const denoise__activation_kind *kind = denoise__activation_kind_of(activation);
    return !kind->is_rowwise && !(plan->backward && kind->needs_input);
}

/* The step that makes the one input of a step, where nothing else reads it; NULL: there is none. */
static denoise__step *sole_source(denoise__plan *plan, const denoise__step *step)
{
    int32_t value = step->inputs[0];
    if (plan->values[value].root != value || plan->values[value].readers != 1) return NULL;
    denoise__step *source = &plan->steps[plan->values[value].producer];
    return denoise__step_runs(source) ? source : NULL;
}

/* An activation becomes the end of the layer before it: of its own, of any product, or of any that could have one itself. One
 * that can fail stays a step, whose failure has a way out that ends of others need not have. */
static void merge_activation(denoise__plan *plan, denoise__step *step)
{
    if (denoise__activation_can_fail(step->activation)) return;
    denoise__step *source = sole_source(plan, step);
    if (source == NULL || source->sort != DENOISE__STEP_LAYER || source->activation != NULL || source->output_count != 1)
        return;
    bool takes_it = source->kind->takes_rectifier && denoise__activation_rectifies(step->activation);
    bool may_end = source->layer == step->layer || source->fold != NULL || source->kind->activation != NULL;
    if (takes_it && (!plan->backward || !source->is_row_local)) may_end = true;
    if (source->product >= 0) may_end = suits_panels(plan, step->activation);
    if (!may_end) return;
    source->activation = step->activation;
    source->activation_layer = step->layer;
    source->rectifies = denoise__activation_rectifies(step->activation);
    source->outputs[0] = step->outputs[0];
    plan->values[step->outputs[0]].producer = (int32_t)(source - plan->steps);
    step->is_dropped = true;
}

static bool fits_panels(const denoise__step *step)
{
    const denoise__shape *in = &step->input_shapes[0], *out = &step->output_shapes[0];
    return denoise__shape_size(in) > 0 && denoise__shape_size(out) > 0 && in->dim[in->rank - 1] <= INT32_MAX / 64 &&
           out->dim[out->rank - 1] <= INT32_MAX / 64;
}

static denoise_status take_product(denoise__plan *plan, denoise__step *step)
{
    if (!fits_panels(step)) return DENOISE_OK;
    for (int32_t i = 0; i < plan->product_count; i++) {
        if (plan->products[i].layer == step->layer && plan->products[i].fold == step->fold) step->product = i;
    }
    if (step->product >= 0) return DENOISE_OK;
    denoise__plan_product *products = denoise__reallocate(plan->products, (size_t)(plan->product_count + 1) * sizeof *products);
    if (products == NULL) return denoise__fail_nomem();
    plan->products = products;
    step->product = plan->product_count++;
    const denoise__shape *in = &step->input_shapes[0], *out = &step->output_shapes[0];
    products[step->product] = (denoise__plan_product){
        .layer = step->layer,
        .fold = step->fold,
        .inputs = in->dim[in->rank - 1],
        .units = out->dim[out->rank - 1],
        .wanted = {denoise__plan_wanted_weight(plan, step->layer, 0), denoise__plan_wanted_weight(plan, step->layer, 1)},
        .version = {UINT64_MAX, UINT64_MAX}};
    return DENOISE_OK;
}

/* Rows are rescaled when they come in, where nothing else reads them. */
static void take_rescaling(denoise__plan *plan, denoise__step *step)
{
    int32_t root = plan->values[step->inputs[0]].root;
    denoise__step *load = &plan->steps[plan->values[root].producer];
    if (load->sort != DENOISE__STEP_LOAD || load->rescales || plan->values[root].readers != 1 || plan->options.input_gradients)
        return;
    const denoise__kind *kind = &step->kind->base;
    load->rescales = true;
    load->layer = step->layer;
    load->scale = denoise__config_double(kind, step->layer->part.config, "scale");
    load->offset = denoise__config_double(kind, step->layer->part.config, "offset");
    step->is_alias = true;
    int32_t output = step->outputs[0];
    for (int32_t i = 0; i < plan->value_count; i++) {
        if (plan->values[i].root == output) plan->values[i].root = root;
    }
}

static void take_loss(denoise__plan *plan, denoise__step *step)
{
    const denoise_loss *loss = plan->options.losses[step->index];
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    if (!denoise__fast_is_crossentropy(kind) || step->input_shapes[0].rank < 1) return;
    bool from_logits = step->from_logits || kind->from_logits(loss->part.config);
    step->is_fused_loss = from_logits && denoise__config_double(&kind->base, loss->part.config, "label_smoothing") == 0;
}

denoise_status denoise__plan_fuse(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->step_count; i++)
        plan->steps[i].product = -1;
    denoise__plan_mark_needed(plan);
    if (plan->options.folds) DENOISE__TRY(denoise__plan_fold(plan));
    for (int32_t i = 0; i < plan->step_count && plan->uses_panels; i++) {
        denoise__step *step = &plan->steps[i];
        if (!denoise__step_runs(step)) continue;
        if (step->sort == DENOISE__STEP_LOSS) take_loss(plan, step);
        if (step->sort != DENOISE__STEP_LAYER || plan->options.is_plain) continue;
        if (denoise__fast_is_product(step->kind)) DENOISE__TRY(take_product(plan, step));
        if (denoise__fast_is_rescaling(step->kind)) take_rescaling(plan, step);
    }
    denoise__plan_mark_needed(plan);
    for (int32_t i = 0; i < plan->step_count; i++) {
        denoise__step *step = &plan->steps[i];
        if (step->sort == DENOISE__STEP_ACTIVATION && denoise__step_runs(step)) merge_activation(plan, step);
    }
    denoise__plan_mark_needed(plan);
    return DENOISE_OK;
}
