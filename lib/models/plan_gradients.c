/* SPDX-License-Identifier: Apache-2.0 */
/* Which steps go back, who writes which gradient, and what the update reads afterwards. */
#include "core/memory.h"
#include "models/fast_kinds.h"
#include "models/plan.h"

static bool has_wanted_weight(const denoise__step *step)
{
    for (int32_t i = 0; i < step->weight_count; i++) {
        if (step->weights[i].wanted >= 0) return true;
    }
    return false;
}

static bool is_loss(const denoise__step *step)
{
    return step->sort == DENOISE__STEP_LOSS || step->sort == DENOISE__STEP_GIVEN;
}

static denoise__step *step_at(const denoise__plan *plan, int32_t place)
{
    return &plan->steps[plan->order[place]];
}

static void mark_trainable(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->input_count && plan->options.input_gradients; i++)
        denoise__plan_root(plan, plan->inputs[i])->needs_gradient = true;
    for (int32_t i = 0; i < plan->order_count; i++) {
        const denoise__step *step = step_at(plan, i);
        bool needs = has_wanted_weight(step);
        for (int32_t j = 0; j < step->input_count; j++)
            needs = needs || denoise__plan_root(plan, step->inputs[j])->needs_gradient;
        for (int32_t j = 0; j < step->output_count && needs; j++)
            denoise__plan_root(plan, step->outputs[j])->needs_gradient = true;
    }
}

static void mark_backward(denoise__plan *plan)
{
    for (int32_t i = plan->order_count - 1; i >= 0; i--) {
        denoise__step *step = step_at(plan, i);
        for (int32_t j = 0; j < step->output_count; j++) {
            const denoise__plan_value *output = denoise__plan_root(plan, step->outputs[j]);
            step->runs_backward = step->runs_backward || (output->needs_gradient && output->is_before_loss);
        }
        if (step->sort == DENOISE__STEP_LOAD) step->runs_backward = false;
        for (int32_t j = 0; j < step->input_count; j++) {
            denoise__plan_value *input = denoise__plan_root(plan, step->inputs[j]);
            if (is_loss(step)) step->runs_backward = input->needs_gradient;
            if (is_loss(step) || step->runs_backward) input->is_before_loss = true;
        }
    }
}

static denoise_status add_rows_buffer(denoise__plan *plan, const denoise__plan_value *root, int32_t *index)
{
    denoise__buffer buffer = {.layout = root->layout, .columns = root->columns, .output = -1};
    buffer.rows = root->columns == 0 ? 0 : root->size / root->columns;
    return denoise__plan_add_buffer(plan, &buffer, index);
}

/* A loss may write the gradient over what it reads, where nothing else reads it. */
static bool may_share(const denoise__plan *plan, const denoise__step *step, const denoise__plan_value *root)
{
    if (step->sort != DENOISE__STEP_LOSS || root->readers != 1 || root->caller_output >= 0) return false;
    if (root != &plan->values[step->inputs[0]]) return false;
    const denoise__step *producer = &plan->steps[root->producer];
    bool reads_output = producer->activation != NULL || (producer->kind != NULL && producer->kind->backward_needs_output);
    return !reads_output && (producer->sort == DENOISE__STEP_LAYER || producer->sort == DENOISE__STEP_CONVERT);
}

/* The first contribution to a gradient is written to it, later ones are parts that are added. */
static denoise_status contribute(denoise__plan *plan, denoise__step *step, int32_t input)
{
    denoise__plan_value *root = denoise__plan_root(plan, step->inputs[input]);
    if (!root->needs_gradient) return DENOISE_OK;
    step->adds_input[input] = root->contributors++ > 0;
    if (step->adds_input[input]) return add_rows_buffer(plan, root, &step->input_gradients[input]);
    if (may_share(plan, step, root))
        root->gradient = root->buffer;
    else
        DENOISE__TRY(add_rows_buffer(plan, root, &root->gradient));
    step->input_gradients[input] = root->gradient;
    return DENOISE_OK;
}

static denoise_status contribute_all(denoise__plan *plan, denoise__step *step)
{
    for (int32_t j = 0; j < step->input_count && step->runs_backward; j++)
        DENOISE__TRY(contribute(plan, step, j));
    return DENOISE_OK;
}

static denoise_status whole_gradient(denoise__plan *plan, int64_t wanted, int32_t *index)
{
    const denoise__weight *weight = &plan->weights[wanted].layer->weights[plan->weights[wanted].index];
    denoise__buffer buffer = {.layout = DENOISE__LAYOUT_BYTES,
                              .output = -1,
                              .outlives_block = true,
                              .parts = 1,
                              .bytes = weight->variable.count * (int64_t)sizeof(float)};
    return denoise__plan_add_buffer(plan, &buffer, index);
}

/* Parts of blocks, or the whole of one use; both are added up by the update, uses in the order in which they go back. */
static denoise_status place_weight_gradients(denoise__plan *plan, denoise__step *step)
{
    step->has_part_sums = step->is_row_local && !denoise__fast_is_product(step->kind);
    for (int32_t i = 0; i < step->weight_count; i++) {
        if (step->weights[i].wanted < 0) continue;
        DENOISE__TRY(whole_gradient(plan, step->weights[i].wanted, &step->weights[i].gradient));
        plan->buffers[step->weights[i].gradient].parts = step->has_part_sums ? plan->blocks : 1;
    }
    return DENOISE_OK;
}

static denoise_status note_use(denoise__plan *plan, denoise__plan_product *product, int32_t step)
{
    int32_t *uses = denoise__reallocate(product->uses, (size_t)(product->use_count + 1) * sizeof *uses);
    if (uses == NULL) return denoise__fail_nomem();
    product->uses = uses;
    product->uses[product->use_count++] = step;
    (void)plan;
    return DENOISE_OK;
}

/* The update reads x and dz of all rows, and their greatest magnitudes. */
static denoise_status train_product(denoise__plan *plan, denoise__step *step)
{
    denoise__plan_product *product = &plan->products[step->product];
    denoise__plan_value *x = denoise__plan_root(plan, step->inputs[0]), *y = denoise__plan_root(plan, step->outputs[0]);
    if (step->input_gradients[0] >= 0) product->transposes = true;
    if (product->wanted[0] < 0 && product->wanted[1] < 0) return DENOISE_OK;
    DENOISE__TRY(note_use(plan, product, (int32_t)(step - plan->steps)));
    if (product->wanted[0] >= 0) {
        if (x->tops < 0) x->tops = plan->top_count++;
        plan->buffers[x->buffer].outlives_block = plan->buffers[y->gradient].outlives_block = true;
    }
    if (y->gradient_tops < 0) y->gradient_tops = plan->top_count++;
    int64_t rows = plan->batch * (y->size / y->columns), chunks = rows / DENOISE__ROW_BLOCK + (rows % DENOISE__ROW_BLOCK != 0);
    denoise__buffer sums = {.layout = DENOISE__LAYOUT_BYTES, .output = -1, .outlives_block = true, .parts = 1};
    int64_t floats;
    sums.stride = (chunks | 1) * DENOISE__PANEL;
    sums.panels = y->columns / DENOISE__PANEL + (y->columns % DENOISE__PANEL != 0);
    if (!denoise__multiply(sums.stride, sums.panels, &floats) ||
        !denoise__multiply(floats, (int64_t)sizeof(float), &sums.bytes))
        return denoise__fail(DENOISE_ERR_OVERFLOW, "the model is too large");
    return denoise__plan_add_buffer(plan, &sums, &step->sums);
}

static denoise_status train_weights(denoise__plan *plan, denoise__step *step)
{
    if (!step->runs_backward || step->sort != DENOISE__STEP_LAYER) return DENOISE_OK;
    return step->product >= 0 ? train_product(plan, step) : place_weight_gradients(plan, step);
}

/* Whether the sole writer of a product's gradient writes it panel by panel. */
static void pair_writers(denoise__plan *plan, const denoise__step *writer)
{
    for (int32_t j = 0; j < writer->input_count; j++) {
        const denoise__plan_value *root = denoise__plan_root(plan, writer->inputs[j]);
        denoise__step *producer = &plan->steps[root->producer];
        if (writer->input_gradients[j] < 0 || root->contributors != 1 || producer->product < 0) continue;
        /* the kernel of a loss makes dy and its sums, which are those of dz where no activation lies between */
        bool is_loss = writer->sort == DENOISE__STEP_LOSS && (!writer->is_fused_loss || producer->activation == NULL);
        bool by_panels = writer->product >= 0 || is_loss;
        producer->gradient_comes_by_panel = by_panels && producer->runs_backward && root->layout == DENOISE__LAYOUT_PANELS;
    }
}

/* The derivative of a rectifier goes with the step that alone writes the gradient, in passing. */
static void pass_rectifiers_on(denoise__plan *plan, denoise__step *writer)
{
    if (plan->options.is_plain || writer->sort != DENOISE__STEP_LAYER || writer->product >= 0) return;
    if (writer->kind->masks_by == DENOISE__MASKS_NOT) return;
    const denoise__plan_value *root = denoise__plan_root(plan, writer->inputs[0]);
    denoise__step *producer = &plan->steps[root->producer];
    if (writer->input_gradients[0] < 0 || root->contributors != 1) return;
    if (producer->sort != DENOISE__STEP_LAYER || producer->product >= 0 || producer->by_panels || !producer->rectifies) return;
    if (!producer->runs_backward) return;
    writer->rectified_input = producer->gradient_is_rectified = true;
}

/* Greatest magnitudes of what comes in tell whether the caller's numbers are finite. */
static void watch_inputs(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->order_count; i++) {
        const denoise__step *step = step_at(plan, i);
        if (step->sort != DENOISE__STEP_LOAD) continue;
        denoise__plan_value *root = denoise__plan_root(plan, step->outputs[0]);
        if (root->tops < 0) root->tops = plan->top_count++;
    }
}

static denoise_status find_backward(denoise__plan *plan)
{
    mark_trainable(plan);
    mark_backward(plan);
    for (int32_t i = 0; i < plan->order_count; i++) {
        if (is_loss(step_at(plan, i))) DENOISE__TRY(contribute_all(plan, step_at(plan, i)));
    }
    for (int32_t i = plan->order_count - 1; i >= 0; i--) {
        if (!is_loss(step_at(plan, i))) DENOISE__TRY(contribute_all(plan, step_at(plan, i)));
        DENOISE__TRY(train_weights(plan, step_at(plan, i)));
    }
    for (int32_t i = 0; i < plan->order_count; i++)
        if (step_at(plan, i)->runs_backward) {
            pair_writers(plan, step_at(plan, i));
            pass_rectifiers_on(plan, step_at(plan, i));
        }
    watch_inputs(plan);
    for (int64_t i = 0; i < plan->weight_count; i++) {
        bool is_tiled = false;
        for (int32_t p = 0; p < plan->product_count; p++)
            is_tiled = is_tiled || plan->products[p].wanted[0] == i || plan->products[p].wanted[1] == i;
        if (!is_tiled) DENOISE__TRY(whole_gradient(plan, i, &plan->weight_buffers[i]));
    }
    return DENOISE_OK;
}

/* The kernel of a loss adds the bias of the product that it alone reads. */
static void pass_biases_on(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->order_count; i++) {
        const denoise__step *step = step_at(plan, i);
        if (step->sort != DENOISE__STEP_LOSS || !step->is_fused_loss) continue;
        const denoise__plan_value *root = denoise__plan_root(plan, step->inputs[0]);
        denoise__step *producer = &plan->steps[root->producer];
        producer->leaves_bias = producer->product >= 0 && producer->activation == NULL && root->readers == 1;
    }
}

denoise_status denoise__plan_find_gradients(denoise__plan *plan)
{
    pass_biases_on(plan);
    for (int32_t i = 0; i < plan->order_count; i++) {
        const denoise__step *step = step_at(plan, i);
        for (int32_t j = 0; j < step->output_count; j++) {
            denoise__plan_value *root = denoise__plan_root(plan, step->outputs[j]);
            if (root != &plan->values[step->outputs[j]]) continue;
            DENOISE__TRY(add_rows_buffer(plan, root, &root->buffer));
            plan->buffers[root->buffer].output = root->caller_output;
        }
    }
    return plan->backward ? find_backward(plan) : DENOISE_OK;
}
