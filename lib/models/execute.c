/* SPDX-License-Identifier: Apache-2.0 */
#include "models/execute.h"
#include "core/text.h"
#include "core/threads.h"
#include "kernels/finite.h"
#include "models/fold.h"
#include "models/product.h"
#include <math.h>
#include <string.h>

enum { FEW_ROWS = 7, PANEL = DENOISE__PANEL, MOST_PIECES = 4 * DENOISE__ROW_BLOCK };

void denoise__plan_choose_ops(denoise__plan *plan)
{
    static const denoise__step_ops *const ops[] = {[DENOISE__STEP_LOAD] = &denoise__load_ops,
                                                   [DENOISE__STEP_LAYER] = &denoise__layer_ops,
                                                   [DENOISE__STEP_ACTIVATION] = &denoise__activation_ops,
                                                   [DENOISE__STEP_CONVERT] = &denoise__convert_ops,
                                                   [DENOISE__STEP_LOSS] = &denoise__loss_ops,
                                                   [DENOISE__STEP_GIVEN] = &denoise__given_ops};
    for (int32_t i = 0; i < plan->step_count; i++) {
        denoise__step *step = &plan->steps[i];
        step->ops = ops[step->sort];
        if (step->by_panels) step->ops = &denoise__panel_layer_ops;
        if (step->product >= 0) step->ops = &denoise__product_ops;
    }
}

/* A failure of this block, unless this thread has seen one of a lower block. */
static void note_fault(const denoise__block *block, denoise_status status)
{
    denoise__fault *fault = &block->plan->faults[block->slot];
    if (fault->block >= 0 && fault->block <= block->index) return;
    fault->block = block->index;
    fault->status = status;
    memcpy(fault->message, denoise_last_error(), sizeof fault->message);
}

static denoise_status run_step(const denoise__block *block, const denoise__step *step, bool backward)
{
    denoise_status (*run)(const denoise__block *, const denoise__step *) = backward ? step->ops->backward : step->ops->forward;
    if (run == NULL) return DENOISE_OK;
    denoise_status status = run(block, step);
    if (status == DENOISE_OK) return DENOISE_OK;
    if (step->sort != DENOISE__STEP_LAYER && step->sort != DENOISE__STEP_ACTIVATION) return status;
    return denoise__context(status, "layer \"%s\": ", step->layer->name);
}

static const denoise__step *step_at(const denoise__plan *plan, int32_t place)
{
    return &plan->steps[plan->order[place]];
}

static denoise_status run_forward(const denoise__block *block, const denoise__segment *segment)
{
    for (int32_t i = segment->first; i < segment->first + segment->count; i++)
        DENOISE__TRY(run_step(block, step_at(block->plan, i), false));
    return DENOISE_OK;
}

static denoise_status run_backward(const denoise__block *block, const denoise__segment *segment)
{
    for (int32_t i = segment->first + segment->count - 1; i >= segment->first; i--) {
        const denoise__step *step = step_at(block->plan, i);
        if (!step->runs_backward) continue;
        DENOISE__TRY(run_step(block, step, true));
        for (int32_t j = 0; j < step->input_count; j++)
            if (step->adds_input[j] && step->sort != DENOISE__STEP_LOSS && step->sort != DENOISE__STEP_GIVEN)
                denoise__add_part(block, step, j);
    }
    return DENOISE_OK;
}

/* Which way a segment goes. */
typedef struct segment_run {
    denoise__plan *plan;
    denoise__pass *pass;
    const denoise__segment *segment;
    const denoise__tile *tile;
    bool forward, backward;
    bool spreads;
} segment_run;

static void run_both_ways(const segment_run *run, const denoise__block *block)
{
    denoise_status status = run->forward ? run_forward(block, run->segment) : DENOISE_OK;
    if (status == DENOISE_OK && run->backward) status = run_backward(block, run->segment);
    if (status != DENOISE_OK) note_fault(block, status);
}

/* Its products fetch rows that come from outside. */
static void run_fetching(const segment_run *run, denoise__block *block)
{
    denoise__tile_piece pieces[MOST_PIECES];
    denoise__tile_fetch fetch = {.pieces = pieces};
    fetch.count = denoise__list_rows_ahead(block, run->segment, pieces, MOST_PIECES);
    block->fetch = &fetch;
    run_both_ways(run, block);
    block->fetch = NULL;
}

static void run_block(const segment_run *run, int64_t index, int32_t slot, int64_t first, int64_t samples)
{
    denoise__block block = {.plan = run->plan,
                            .pass = run->pass,
                            .tile = run->tile,
                            .index = index,
                            .first = first,
                            .samples = samples,
                            .slot = slot,
                            .spreads = run->spreads};
    if (run->forward && run->segment->by_blocks && !run->spreads)
        run_fetching(run, &block);
    else
        run_both_ways(run, &block);
}

static void run_indexed(void *context, int64_t index, int32_t slot)
{
    const segment_run *run = context;
    int64_t size = run->plan->block_samples, first = index * size, left = run->pass->rows - first;
    run_block(run, index, slot, first, left < size ? left : size);
}

static denoise_status told_fault(const denoise__plan *plan)
{
    const denoise__fault *lowest = NULL;
    for (int32_t i = 0; i < plan->slots; i++) {
        const denoise__fault *fault = &plan->faults[i];
        if (fault->block >= 0 && (lowest == NULL || fault->block < lowest->block)) lowest = fault;
    }
    return lowest == NULL ? DENOISE_OK : denoise__fail_text(lowest->status, lowest->message);
}

static denoise_status run_segment(segment_run *run)
{
    int64_t rows = run->pass->rows, size = run->plan->block_samples, blocks = rows / size + (rows % size != 0);
    if (!run->segment->by_blocks || blocks == 1)
        run_block(run, 0, 0, 0, rows);
    else
        denoise__parallel_slots(blocks, run->plan->slots, run_indexed, run);
    return told_fault(run->plan);
}

static void begin(denoise__plan *plan, denoise__pass *pass)
{
    const denoise__block all = {.plan = plan, .pass = pass, .samples = pass->rows};
    memset(plan->tops, 0, (size_t)(plan->top_count * plan->blocks) * sizeof *plan->tops);
    for (int32_t i = 0; i < plan->slots; i++)
        plan->faults[i].block = -1;
    for (int32_t i = 0; i < plan->step_count; i++) {
        denoise__step *step = &plan->steps[i];
        if (step->sort != DENOISE__STEP_LAYER || step->product >= 0 || step->segment < 0) continue;
        denoise__layer_bring_home(step->layer);
        if (step->fold != NULL) denoise__fold_refresh(step->fold);
        if (step->prepared >= 0) denoise__prepare_layer(&all, step);
    }
    denoise__products_refresh(plan);
}

/* What the losses need before their first row. */
static void begin_losses(const denoise__plan *plan, denoise__pass *pass)
{
    for (int32_t i = 0; i < plan->output_count && pass->losses != NULL; i++) {
        denoise__pass_loss *at = &pass->losses[i];
        if (plan->losses[i] < 0 || at->loss == NULL) continue;
        at->args.from_logits = plan->steps[plan->losses[i]].from_logits;
        at->divisor = denoise__loss_begin(at->loss, &at->args, at->weight);
    }
}

static void end_losses(const denoise__plan *plan, denoise__pass *pass)
{
    int64_t blocks = pass->rows / plan->block_samples + (pass->rows % plan->block_samples != 0);
    for (int32_t i = 0; i < plan->output_count && pass->losses != NULL; i++) {
        denoise__pass_loss *at = &pass->losses[i];
        if (plan->losses[i] < 0 || at->loss == NULL) continue;
        if (denoise__loss_kind_of(at->loss)->rows == NULL) continue; /* a loss over the whole batch has set it */
        if (pass->keeps_rows || !denoise__loss_is_summed(plan, at, i)) {
            at->value = denoise__loss_reduce(&at->args, at->divisor);
            continue;
        }
        double sum = 0;
        for (int64_t b = 0; b < blocks; b++)
            sum += plan->block_losses[i * plan->blocks + b];
        at->value = at->divisor == 0 ? 0.0 : sum / (double)at->args.columns / at->divisor;
    }
}

static uint32_t input_top(const denoise__plan *plan)
{
    uint32_t top = 0;
    for (int32_t i = 0; i < plan->input_count; i++) {
        int32_t tops = denoise__plan_root(plan, plan->inputs[i])->tops;
        for (int64_t b = 0; tops >= 0 && b < plan->blocks; b++)
            top = plan->tops[tops * plan->blocks + b] > top ? plan->tops[tops * plan->blocks + b] : top;
    }
    return top;
}

static denoise_status run_all(denoise__plan *plan, denoise__pass *pass)
{
    segment_run run = {.plan = plan, .pass = pass, .tile = denoise__tile_table()};
    run.spreads = pass->rows <= FEW_ROWS && !plan->backward && plan->segment_count == 1;
    int32_t last = plan->segment_count - 1;
    for (int32_t i = 0; i <= last; i++) {
        run.segment = &plan->segments[i];
        run.forward = true;
        run.backward = pass->backward && i == last;
        DENOISE__TRY(run_segment(&run));
    }
    run.forward = false;
    for (int32_t i = last - 1; i >= 0 && pass->backward; i--) {
        run.segment = &plan->segments[i];
        run.backward = true;
        DENOISE__TRY(run_segment(&run));
    }
    return DENOISE_OK;
}

denoise_status denoise__plan_run(denoise__plan *plan, denoise__pass *pass)
{
    pass->input_top = 0;
    begin(plan, pass);
    begin_losses(plan, pass);
    DENOISE__TRY(run_all(plan, pass));
    end_losses(plan, pass);
    pass->input_top = input_top(plan);
    return DENOISE_OK;
}

void denoise__plan_commit(denoise__plan *plan, const denoise__pass *pass)
{
    for (int32_t i = 0; i < plan->order_count; i++) {
        const denoise__step *step = step_at(plan, i);
        if (step->sort != DENOISE__STEP_LAYER || step->kind->commit == NULL || step->is_frozen) continue;
        denoise__pass copy = *pass;
        denoise__block block = {.plan = plan, .pass = &copy, .samples = pass->rows};
        denoise__commit_layer(&block, step);
    }
}

void denoise__plan_settle(denoise__plan *plan)
{
    denoise__products_settle(plan);
}

float *denoise__plan_input_gradient(const denoise__plan *plan, int32_t index)
{
    denoise__block start = {.plan = (denoise__plan *)(uintptr_t)plan};
    return denoise__at(&start, denoise__plan_root(plan, plan->inputs[index])->gradient, 0);
}

/* ---- Finding a number that is not finite */

/* Where in the order the first bad number was seen; lower blocks win. */
typedef struct search {
    int32_t place;
    denoise__plan_fault *fault;
} search;

static bool is_bad_row(const float *values, int64_t count, int64_t row, int64_t first_element, denoise__plan_fault *fault)
{
    int64_t bad = denoise__first_nonfinite(values, count);
    if (bad < 0) return false;
    fault->row = row;
    fault->element = first_element + bad;
    fault->value = values[bad];
    return true;
}

/* Rows of a value in this block; element is that of the sample. */
static bool is_bad_value(const denoise__block *block, int32_t value, denoise__plan_fault *fault)
{
    const denoise__plan_value *root = denoise__plan_root(block->plan, value);
    if (root->size == 0) return false;
    int64_t per_sample = root->size / root->columns;
    for (int64_t sample = 0; sample < block->samples; sample++) {
        if (root->layout == DENOISE__LAYOUT_ROWS) {
            const float *row = denoise__at(block, root->buffer, 0) + sample * root->size;
            if (is_bad_row(row, root->size, block->first + sample, 0, fault)) return true;
            continue;
        }
        for (int64_t r = 0; r < per_sample; r++)
            for (int64_t c = 0; c < root->columns; c += PANEL) {
                int64_t left = root->columns - c;
                const float *line = denoise__at(block, root->buffer, c / PANEL) + (sample * per_sample + r) * PANEL;
                if (is_bad_row(line, left < PANEL ? left : PANEL, block->first + sample, r * root->columns + c, fault))
                    return true;
            }
    }
    return false;
}

static bool is_bad_weight(const denoise__step *step, denoise__plan_fault *fault)
{
    for (int32_t i = 0; step->sort == DENOISE__STEP_LAYER && i < step->layer->weight_count; i++) {
        const denoise__weight *weight = &step->layer->weights[i];
        if (!is_bad_row(denoise__weight_values(weight), weight->variable.count, -1, 0, fault)) continue;
        denoise__format(fault->where, sizeof fault->where, "weight \"%s\" of layer \"%s\"", weight->spec.name,
                        step->layer->name);
        return true;
    }
    return false;
}

/* Rows came in finite, and rescaling made them what they are. */
static bool is_bad_by_rescaling(const denoise__block *block, const denoise__step *step, const denoise__plan_fault *fault)
{
    float value;
    if (!step->rescales) return false;
    const denoise__batch_rows *source = &block->pass->inputs[step->index];
    denoise__tensor_read_floats(source->tensor, denoise__batch_rows_index(source, fault->row) * source->size + fault->element,
                                1, &value);
    return isfinite(value);
}

static bool is_bad_step(const denoise__block *block, const denoise__step *step, denoise__plan_fault *fault)
{
    for (int32_t j = 0; j < step->output_count; j++) {
        if (!is_bad_value(block, step->outputs[j], fault)) continue;
        if (step->sort == DENOISE__STEP_LOAD && !is_bad_by_rescaling(block, step, fault))
            denoise__format(fault->where, sizeof fault->where, "input %d", (int)step->index);
        else
            denoise__format(fault->where, sizeof fault->where, "the output of layer \"%s\"",
                            step->activation != NULL ? step->activation_layer->name
                            : step->layer == NULL    ? ""
                                                     : step->layer->name);
        return true;
    }
    return false;
}

/* The layer is not through yet: its activation is a step of its own, which alone reads this. */
static bool is_activated_later(const denoise__plan *plan, const denoise__step *step)
{
    const denoise__plan_value *value = denoise__plan_root(plan, step->outputs[0]);
    if (step->sort != DENOISE__STEP_LAYER || step->output_count != 1) return false;
    for (int32_t i = step->place + 1; i < plan->order_count && value->readers == 1; i++) {
        const denoise__step *next = step_at(plan, i);
        if (next->input_count != 1 || denoise__plan_root(plan, next->inputs[0]) != value) continue;
        if (next->sort != DENOISE__STEP_CONVERT) return next->sort == DENOISE__STEP_ACTIVATION && next->layer == step->layer;
        value = denoise__plan_root(plan, next->outputs[0]);
    }
    return false;
}

/* What a change of layout makes is what it reads. */
static bool shows_output(const denoise__plan *plan, const denoise__step *step)
{
    return step->sort != DENOISE__STEP_CONVERT && !is_activated_later(plan, step);
}

/* Runs a step. A product that ends with the activation of a layer behind it shows both layers' outputs. */
static denoise_status search_step(const denoise__block *block, const denoise__step *step, bool *is_bad,
                                  denoise__plan_fault *fault)
{
    if (step->sort == DENOISE__STEP_LAYER && step->activation != NULL && step->activation_layer != step->layer) {
        denoise__step bare = *step;
        bare.activation = NULL;
        bare.rectifies = false;
        DENOISE__TRY(run_step(block, &bare, false));
        *is_bad = is_bad_step(block, &bare, fault);
        if (*is_bad) return DENOISE_OK;
    }
    DENOISE__TRY(run_step(block, step, false));
    if (step->leaves_bias) denoise__add_left_bias(block, denoise__plan_root(block->plan, step->outputs[0]));
    *is_bad = shows_output(block->plan, step) && is_bad_step(block, step, fault);
    return DENOISE_OK;
}

static denoise_status search_block(const denoise__block *block, const denoise__segment *segment, search *s)
{
    int32_t end = segment->first + segment->count;
    for (int32_t i = segment->first; i < end && i < s->place; i++) {
        const denoise__step *step = step_at(block->plan, i);
        denoise__plan_fault found;
        if (step->sort == DENOISE__STEP_LOSS || step->sort == DENOISE__STEP_GIVEN) continue;
        bool is_bad = is_bad_weight(step, &found);
        if (!is_bad) DENOISE__TRY(search_step(block, step, &is_bad, &found));
        if (!is_bad) continue;
        *s->fault = found;
        s->place = i;
    }
    return DENOISE_OK;
}

bool denoise__plan_find_nonfinite(denoise__plan *plan, denoise__pass *pass, denoise__plan_fault *fault)
{
    search s = {.place = INT32_MAX, .fault = fault};
    begin(plan, pass);
    denoise__products_settle(plan);
    for (int32_t i = 0; i < plan->segment_count; i++) {
        const denoise__segment *segment = &plan->segments[i];
        int64_t size = segment->by_blocks ? plan->block_samples : pass->rows;
        for (int64_t first = 0; first < pass->rows && size > 0; first += size) {
            int64_t left = pass->rows - first;
            denoise__block block = {.plan = plan,
                                    .pass = pass,
                                    .tile = denoise__tile_table(),
                                    .index = first / size,
                                    .first = first,
                                    .samples = left < size ? left : size};
            if (search_block(&block, segment, &s) != DENOISE_OK) return false;
        }
        if (s.place != INT32_MAX) return true;
    }
    return false;
}
