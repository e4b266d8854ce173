/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts of values, steps that convert where two neighbours differ, the order of the steps and its segments. */
#include "core/memory.h"
#include "models/plan.h"
#include <string.h>

/* A layout that somebody wants; columns matter for panels. */
typedef struct wish {
    int32_t layout;
    int64_t columns;
} wish;

static bool is_end(const denoise__plan *plan, int32_t index)
{
    const denoise__step *step = &plan->steps[index];
    if (step->sort == DENOISE__STEP_LOSS || step->sort == DENOISE__STEP_GIVEN) return true;
    /* Statistics move though no loss looks at them, as in Keras. */
    if (plan->training && step->sort == DENOISE__STEP_LAYER && step->kind->commit != NULL && !step->is_frozen) return true;
    for (int32_t i = 0; i < plan->output_count; i++) {
        if (step->sort == DENOISE__STEP_CONVERT && plan->outputs[i] == step->outputs[0]) return true;
    }
    return false;
}

/* Losses and outputs are what a run is for; needed is what they depend on. Steps stand behind those that they depend on. */
void denoise__plan_mark_needed(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->value_count; i++) {
        plan->values[i].is_needed = false;
        plan->values[i].readers = 0;
    }
    for (int32_t i = plan->step_count - 1; i >= 0; i--) {
        denoise__step *step = &plan->steps[i];
        if (step->is_dropped) continue;
        step->is_needed = is_end(plan, i);
        for (int32_t j = 0; j < step->output_count; j++)
            step->is_needed = step->is_needed || plan->values[step->outputs[j]].is_needed;
        for (int32_t j = 0; j < step->input_count && step->is_needed; j++) {
            plan->values[step->inputs[j]].is_needed = true;
            if (!step->is_alias) denoise__plan_root(plan, step->inputs[j])->readers++;
        }
    }
}

static bool shapes_are_equal(const denoise__step *step)
{
    for (int32_t i = 0; i < step->input_count; i++) {
        if (!denoise__shape_equal(&step->input_shapes[i], &step->output_shapes[0])) return false;
    }
    for (int32_t i = 1; i < step->output_count; i++) {
        if (!denoise__shape_equal(&step->output_shapes[i], &step->output_shapes[0])) return false;
    }
    return step->input_count > 0 && denoise__shape_size(&step->output_shapes[0]) > 0;
}

/* What a step wants of its inputs. */
static wish wish_of(const denoise__plan *plan, const denoise__step *step)
{
    const wish rows = {.layout = DENOISE__LAYOUT_ROWS}, any = {.layout = DENOISE__LAYOUT_ANY};
    if (!plan->uses_panels || plan->options.is_plain) return rows;
    switch (step->sort) {
    case DENOISE__STEP_LAYER:
        if (step->product >= 0) return (wish){DENOISE__LAYOUT_PANELS, plan->products[step->product].inputs};
        return step->kind->is_elementwise && step->weight_count == 0 && step->activation == NULL && shapes_are_equal(step)
                   ? any
                   : rows;
    case DENOISE__STEP_ACTIVATION:
        return denoise__activation_kind_of(step->activation)->is_rowwise || denoise__shape_size(&step->input_shapes[0]) == 0
                   ? rows
                   : any;
    case DENOISE__STEP_LOSS:
        return step->is_row_local ? any
                                  : rows; /* one of rows takes them from panels itself: all losses add in their own order */
    default:
        return any;
    }
}

/* Steps that take any layout hand on what their readers want; panels win. */
static void wish_for_inputs(denoise__plan *plan, wish *wishes)
{
    for (int32_t i = 0; i < plan->value_count; i++)
        wishes[i] = (wish){.layout = DENOISE__LAYOUT_ANY};
    for (int32_t i = plan->step_count - 1; i >= 0; i--) {
        const denoise__step *step = &plan->steps[i];
        if (!denoise__step_runs(step)) continue;
        wish own = wish_of(plan, step);
        if (own.layout == DENOISE__LAYOUT_ANY && step->output_count > 0) own = wishes[plan->values[step->outputs[0]].root];
        for (int32_t j = 0; j < step->input_count; j++) {
            wish *known = &wishes[plan->values[step->inputs[j]].root];
            if (known->layout == DENOISE__LAYOUT_ANY || own.layout == DENOISE__LAYOUT_PANELS) *known = own;
        }
    }
}

static void set_layout(denoise__plan_value *value, wish layout)
{
    value->layout = layout.layout == DENOISE__LAYOUT_PANELS ? DENOISE__LAYOUT_PANELS : DENOISE__LAYOUT_ROWS;
    if (value->layout == DENOISE__LAYOUT_PANELS) value->columns = layout.columns;
}

static wish layout_of(const denoise__plan_value *root)
{
    return (wish){root->layout, root->columns};
}

static void set_output_layouts(denoise__plan *plan, const denoise__step *step, const wish *wishes)
{
    wish layout = {.layout = DENOISE__LAYOUT_ROWS};
    if (step->sort == DENOISE__STEP_LOAD && !plan->options.input_gradients) layout = wishes[step->outputs[0]];
    if (step->product >= 0) layout = (wish){DENOISE__LAYOUT_PANELS, plan->products[step->product].units};
    bool follows = step->sort == DENOISE__STEP_LAYER || step->sort == DENOISE__STEP_ACTIVATION;
    if (follows && wish_of(plan, step).layout == DENOISE__LAYOUT_ANY)
        layout = layout_of(denoise__plan_root(plan, step->inputs[0]));
    for (int32_t i = 0; i < step->output_count; i++)
        set_layout(&plan->values[step->outputs[i]], layout);
}

static bool agree(wish have, wish want)
{
    return have.layout == want.layout && (want.layout == DENOISE__LAYOUT_ROWS || have.columns == want.columns);
}

/* A converted copy of a value: one that is there already, or a new step at the end of the order. Where gradients go back each
 * reader has a copy of its own, so that they are added up in the order of the readers, whatever the layouts. */
static denoise_status convert(denoise__plan *plan, int32_t value, wish want, int32_t *out)
{
    int32_t root = plan->values[value].root;
    for (int32_t i = 0; i < plan->order_count && !plan->backward; i++) {
        const denoise__step *step = &plan->steps[plan->order[i]];
        if (step->sort != DENOISE__STEP_CONVERT || plan->values[step->inputs[0]].root != root) continue;
        const denoise__plan_value *copy = &plan->values[step->outputs[0]];
        if (copy->caller_output >= 0 || !agree(layout_of(copy), want)) continue;
        *out = step->outputs[0];
        return DENOISE_OK;
    }
    denoise__step *step;
    DENOISE__TRY(denoise__plan_add_step(plan, DENOISE__STEP_CONVERT, 1, 1, 0, &step));
    const denoise__shape shape = plan->values[value].shape;
    int32_t index = plan->step_count - 1;
    step->is_row_local = step->is_needed = true;
    step->product = -1;
    step->inputs[0] = value;
    step->input_shapes[0] = step->output_shapes[0] = shape;
    DENOISE__TRY(denoise__plan_add_value(plan, &shape, index, out));
    plan->values[*out].is_needed = true;
    plan->values[*out].caller_output = -1;
    plan->steps[index].outputs[0] = *out;
    set_layout(&plan->values[*out], want);
    plan->values[root].readers++;
    plan->order[plan->order_count++] = index;
    return DENOISE_OK;
}

/* A fused loss takes panels of the rows that it sums over, any other step what it wishes for; a layer's inputs are alike. */
static wish wish_for_input(const denoise__plan *plan, const denoise__step *step, int32_t input)
{
    wish want = wish_of(plan, step), have = layout_of(denoise__plan_root(plan, step->inputs[input]));
    if (want.layout != DENOISE__LAYOUT_ANY) return want;
    if (step->is_fused_loss && (step->is_narrow || have.columns != step->columns))
        return (wish){.layout = DENOISE__LAYOUT_ROWS};
    return step->sort == DENOISE__STEP_LAYER ? layout_of(denoise__plan_root(plan, step->inputs[0])) : have;
}

/* The last input first: they go back the other way round. */
static denoise_status convert_inputs(denoise__plan *plan, int32_t index)
{
    for (int32_t j = plan->steps[index].input_count - 1; j >= 0; j--) {
        wish want = wish_for_input(plan, &plan->steps[index], j);
        const denoise__step *step = &plan->steps[index];
        denoise__plan_value *root = denoise__plan_root(plan, step->inputs[j]);
        if (agree(layout_of(root), want)) continue;
        int32_t converted;
        root->readers--;
        DENOISE__TRY(convert(plan, step->inputs[j], want, &converted));
        plan->values[converted].readers++;
        plan->steps[index].inputs[j] = converted;
    }
    return DENOISE_OK;
}

/* An output whose rows are made by some step is made where the caller wants it. */
static bool is_made_in_place(denoise__plan *plan, const denoise__step *step)
{
    for (int32_t i = 0; i < plan->output_count; i++) {
        if (plan->outputs[i] < 0 || step->sort != DENOISE__STEP_CONVERT || plan->outputs[i] != step->outputs[0]) continue;
        denoise__plan_value *root = denoise__plan_root(plan, step->inputs[0]);
        const denoise__step *producer = &plan->steps[root->producer];
        bool fits = root->layout == DENOISE__LAYOUT_ROWS && producer->sort != DENOISE__STEP_LOAD && root->caller_output < 0 &&
                    producer->sort != DENOISE__STEP_CONVERT;
        if (fits) root->caller_output = i;
        return fits;
    }
    return false;
}

static void claim_outputs(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->value_count; i++)
        plan->values[i].caller_output = -1;
    for (int32_t i = 0; i < plan->output_count; i++) {
        if (plan->outputs[i] >= 0) plan->values[plan->outputs[i]].caller_output = i;
    }
}

/* An elementwise layer that goes panel by panel sees samples of 16 numbers. */
static void go_by_panels(denoise__step *step)
{
    const denoise__shape panel = {.rank = 1, .dim = {DENOISE__PANEL}};
    step->by_panels = true;
    for (int32_t i = 0; i < step->input_count; i++)
        step->input_shapes[i] = panel;
    for (int32_t i = 0; i < step->output_count; i++)
        step->output_shapes[i] = panel;
}

static denoise_status order_steps(denoise__plan *plan, const wish *wishes, int32_t first_steps)
{
    claim_outputs(plan);
    for (int32_t i = 0; i < first_steps; i++) {
        if (!denoise__step_runs(&plan->steps[i])) continue;
        DENOISE__TRY(convert_inputs(plan, i));
        denoise__step *step = &plan->steps[i];
        set_output_layouts(plan, step, wishes);
        bool takes_any = step->sort == DENOISE__STEP_LAYER && wish_of(plan, step).layout == DENOISE__LAYOUT_ANY;
        if (takes_any && denoise__plan_root(plan, step->outputs[0])->layout == DENOISE__LAYOUT_PANELS) go_by_panels(step);
        if (is_made_in_place(plan, step)) {
            denoise__plan_root(plan, step->inputs[0])->readers--;
            step->is_dropped = true;
            continue;
        }
        plan->order[plan->order_count++] = i;
    }
    return DENOISE_OK;
}

static denoise_status cut_segments(denoise__plan *plan)
{
    plan->segments = denoise__allocate_zeroed((size_t)plan->order_count + 1, sizeof *plan->segments);
    if (plan->segments == NULL) return denoise__fail_nomem();
    bool is_plain = plan->options.is_plain || !plan->uses_panels;
    for (int32_t i = 0; i < plan->order_count; i++) {
        denoise__step *step = &plan->steps[plan->order[i]];
        denoise__segment *last = plan->segment_count == 0 ? NULL : &plan->segments[plan->segment_count - 1];
        bool by_blocks = step->is_row_local && !is_plain;
        if (last == NULL || !by_blocks || !last->by_blocks) {
            last = &plan->segments[plan->segment_count++];
            *last = (denoise__segment){.first = i, .by_blocks = by_blocks};
        }
        last->count++;
        step->place = i;
        step->segment = plan->segment_count - 1;
    }
    return DENOISE_OK;
}

denoise_status denoise__plan_lay_out(denoise__plan *plan)
{
    int64_t inputs = 0;
    int32_t first_steps = plan->step_count;
    for (int32_t i = 0; i < first_steps; i++)
        inputs += plan->steps[i].input_count;
    wish *wishes = denoise__allocate_zeroed((size_t)plan->value_count + 1, sizeof *wishes);
    plan->order = denoise__allocate_zeroed((size_t)first_steps + (size_t)inputs + 1, sizeof *plan->order);
    denoise_status status = wishes == NULL || plan->order == NULL ? denoise__fail_nomem() : DENOISE_OK;
    if (status == DENOISE_OK) {
        wish_for_inputs(plan, wishes);
        status = order_steps(plan, wishes, first_steps);
    }
    denoise__release(wishes);
    return status == DENOISE_OK ? cut_segments(plan) : status;
}
