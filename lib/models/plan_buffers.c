/* SPDX-License-Identifier: Apache-2.0 */
/* Which buffers a plan needs, from when to when, and where they lie in the arena. */
#include "core/memory.h"
#include "models/plan.h"
#include <stdlib.h>
#include <string.h>

enum { LINE = 64 };

static denoise_status add_buffer(denoise__plan *plan, int64_t bytes, int32_t first, int32_t last, int32_t *index)
{
    int64_t wide = plan->buffer_capacity, rounded;
    void *buffers = plan->buffers;
    denoise_status status = denoise__grow(&buffers, plan->buffer_count, &wide, sizeof *plan->buffers);
    plan->buffers = buffers;
    plan->buffer_capacity = (int32_t)wide;
    DENOISE__TRY(status);
    if (!denoise__add(bytes, LINE - 1, &rounded))
        return denoise__fail(DENOISE_ERR_OVERFLOW, "a buffer of the model is too large");
    *index = plan->buffer_count++;
    plan->buffers[*index] = (denoise__buffer){.bytes = rounded / LINE * LINE, .first = first, .last = last};
    return DENOISE_OK;
}

/* Room for the batch's numbers of one value. */
static denoise_status add_value_buffer(denoise__plan *plan, const denoise__plan_value *value, int32_t time, int32_t *index)
{
    int64_t elements, bytes;
    if (!denoise__multiply(value->size, plan->batch, &elements) ||
        !denoise__multiply(elements, (int64_t)sizeof(float), &bytes)) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "%lld rows of %lld numbers are too large", (long long)plan->batch,
                             (long long)value->size);
    }
    return add_buffer(plan, bytes, time, time, index);
}

static void use_until(denoise__plan *plan, int32_t buffer, int32_t time)
{
    if (buffer >= 0 && plan->buffers[buffer].last < time) plan->buffers[buffer].last = time;
}

static denoise__plan_value *root_of(denoise__plan *plan, int32_t value)
{
    return &plan->values[plan->values[value].root];
}

/* The time of a step's backward run. */
static int32_t backward_time(const denoise__plan *plan, int32_t step)
{
    return 2 * plan->step_count - step;
}

static bool is_loss_output(const denoise__plan *plan, const denoise__plan_options *options, int32_t output)
{
    return plan->backward && (options->has_loss == NULL || options->has_loss[output]);
}

static bool is_read(const denoise__plan *plan, const denoise__plan_options *options, int32_t output)
{
    return !plan->outputs[output].absorbed || options->needs_output == NULL || options->needs_output[output];
}

static void mark_needed(denoise__plan *plan, const denoise__plan_options *options)
{
    for (int32_t i = 0; i < plan->output_count; i++) {
        plan->values[plan->outputs[i].loss_value].is_needed = true;
        if (is_read(plan, options, i)) plan->values[plan->outputs[i].value].is_needed = true;
    }
    for (int32_t i = plan->step_count - 1; i >= 0; i--) {
        const denoise__step *step = &plan->steps[i];
        if (!plan->values[step->output].is_needed) continue;
        for (int32_t j = 0; j < step->input_count; j++)
            plan->values[step->inputs[j]].is_needed = true;
    }
}

static bool is_idle(const denoise__plan *plan, const denoise__step *step)
{
    return step->is_alias || !plan->values[step->output].is_needed;
}

static bool has_activation(const denoise__step *step)
{
    return step->activation != NULL && !denoise__activation_is_identity(step->activation);
}

static bool keeps_pre_activation(const denoise__plan *plan, const denoise__step *step)
{
    return plan->backward && step->layer != NULL && has_activation(step) && denoise__activation(step->activation)->needs_input;
}

static denoise_status add_bytes(denoise__plan *plan, size_t (*rule)(const void *, const denoise__shape *, int32_t, int64_t),
                                const denoise__step *step, int32_t time, int32_t *index)
{
    if (rule == NULL) return DENOISE_OK;
    size_t bytes = rule(step->layer->part.config, step->input_shapes, step->input_count, plan->batch);
    if (bytes == 0) return DENOISE_OK;
    if ((uint64_t)bytes > INT64_MAX / 2)
        return denoise__fail(DENOISE_ERR_OVERFLOW, "layer \"%s\" needs too much memory", step->layer->name);
    return add_buffer(plan, (int64_t)bytes, time, time, index);
}

static denoise_status forward_buffers(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->step_count; i++) {
        denoise__step *step = &plan->steps[i];
        if (is_idle(plan, step)) continue;
        denoise__plan_value *output = &plan->values[step->output];
        DENOISE__TRY(add_value_buffer(plan, output, i, &output->buffer));
        for (int32_t j = 0; j < step->input_count; j++)
            use_until(plan, root_of(plan, step->inputs[j])->buffer, i);
        if (keeps_pre_activation(plan, step)) DENOISE__TRY(add_value_buffer(plan, output, i, &step->pre_activation));
        if (step->layer == NULL) continue;
        if (plan->training || plan->backward) DENOISE__TRY(add_bytes(plan, step->kind->state_size, step, i, &step->state));
        DENOISE__TRY(add_bytes(plan, step->kind->scratch_size, step, i, &step->forward_scratch));
    }
    for (int32_t i = 0; i < plan->output_count; i++) {
        use_until(plan, root_of(plan, plan->outputs[i].value)->buffer, plan->step_count);
        use_until(plan, root_of(plan, plan->outputs[i].loss_value)->buffer, plan->step_count);
    }
    return DENOISE_OK;
}

static int64_t wanted_weight(const denoise__plan *plan, const denoise_layer *layer, int32_t index)
{
    for (int64_t i = 0; i < plan->weight_count; i++) {
        if (plan->weights[i].layer == layer && plan->weights[i].index == index) return i;
    }
    return -1;
}

static bool has_wanted_weight(const denoise__plan *plan, const denoise_layer *layer)
{
    for (int32_t i = 0; layer != NULL && i < layer->weight_count; i++) {
        if (wanted_weight(plan, layer, i) >= 0) return true;
    }
    return false;
}

static void mark_gradients(denoise__plan *plan, const denoise__plan_options *options)
{
    for (int32_t i = 0; i < plan->value_count; i++) {
        plan->values[i].needs_gradient = plan->values[i].input >= 0 && options->input_gradients;
    }
    for (int32_t i = 0; i < plan->step_count; i++) {
        const denoise__step *step = &plan->steps[i];
        denoise__plan_value *output = root_of(plan, step->output);
        if (has_wanted_weight(plan, step->layer)) output->needs_gradient = true;
        for (int32_t j = 0; j < step->input_count; j++) {
            if (root_of(plan, step->inputs[j])->needs_gradient) output->needs_gradient = true;
        }
    }
    for (int32_t i = 0; i < plan->output_count; i++) {
        if (is_loss_output(plan, options, i)) root_of(plan, plan->outputs[i].loss_value)->has_gradient = true;
    }
    for (int32_t i = plan->step_count - 1; i >= 0; i--) {
        denoise__step *step = &plan->steps[i];
        const denoise__plan_value *output = root_of(plan, step->output);
        step->runs_backward = !is_idle(plan, step) && output->needs_gradient && output->has_gradient;
        for (int32_t j = 0; j < step->input_count && step->runs_backward; j++)
            root_of(plan, step->inputs[j])->has_gradient = true;
    }
}

/* A buffer into which one contribution to a value's gradient is written: the gradient itself for the first, a part to be added
 * for the later ones. */
static denoise_status contribute(denoise__plan *plan, int32_t value, int32_t time, int32_t *buffer, bool *adds)
{
    denoise__plan_value *root = root_of(plan, value);
    if (!root->needs_gradient) return DENOISE_OK;
    *adds = root->gradient >= 0;
    DENOISE__TRY(add_value_buffer(plan, root, time, buffer));
    if (!*adds) root->gradient = *buffer;
    use_until(plan, root->gradient, time);
    return DENOISE_OK;
}

static denoise_status weight_gradient(denoise__plan *plan, denoise__step *step, int32_t index, int32_t time)
{
    int64_t wanted = wanted_weight(plan, step->layer, index);
    if (wanted < 0) return DENOISE_OK;
    int64_t bytes = step->layer->weights[index].count * (int64_t)sizeof(float);
    DENOISE__TRY(add_buffer(plan, bytes, time, time, &step->weight_gradients[index]));
    if (plan->weight_buffers[wanted] < 0) {
        plan->weight_buffers[wanted] = step->weight_gradients[index];
        use_until(plan, plan->weight_buffers[wanted], 2 * plan->step_count + 1);
    } else {
        step->weight_targets[index] = plan->weight_buffers[wanted];
    }
    return DENOISE_OK;
}

/* What a step's backward run reads and writes. */
static denoise_status backward_step(denoise__plan *plan, int32_t index)
{
    denoise__step *step = &plan->steps[index];
    int32_t time = backward_time(plan, index);
    bool activates = has_activation(step), reads_input = step->layer == NULL ? activates : step->kind->backward_needs_input;
    use_until(plan, root_of(plan, step->output)->gradient, time);
    if (activates || (step->layer != NULL && step->kind->backward_needs_output)) {
        use_until(plan, root_of(plan, step->output)->buffer, time);
    }
    for (int32_t j = 0; j < step->input_count; j++) {
        if (reads_input) use_until(plan, root_of(plan, step->inputs[j])->buffer, time);
        DENOISE__TRY(contribute(plan, step->inputs[j], time, &step->input_gradients[j], &step->adds_input[j]));
    }
    use_until(plan, step->pre_activation, time);
    use_until(plan, step->state, time);
    for (int32_t j = 0; step->layer != NULL && j < step->layer->weight_count; j++) {
        DENOISE__TRY(weight_gradient(plan, step, j, time));
    }
    if (step->layer == NULL) return DENOISE_OK;
    return add_bytes(plan, step->kind->scratch_size, step, time, &step->backward_scratch);
}

static denoise_status backward_buffers(denoise__plan *plan, const denoise__plan_options *options)
{
    int32_t losses = plan->step_count, end = 2 * plan->step_count + 1;
    for (int32_t i = 0; i < plan->output_count; i++) {
        denoise__plan_output *output = &plan->outputs[i];
        if (!is_loss_output(plan, options, i)) continue;
        DENOISE__TRY(contribute(plan, output->loss_value, losses, &output->gradient, &output->adds));
    }
    for (int32_t i = plan->step_count - 1; i >= 0; i--) {
        if (plan->steps[i].runs_backward) DENOISE__TRY(backward_step(plan, i));
    }
    for (int32_t i = 0; i < plan->value_count; i++) {
        if (plan->values[i].input >= 0) use_until(plan, plan->values[i].gradient, end);
    }
    /* A weight that no loss depends on has the gradient zero: a buffer that nothing else uses. */
    for (int64_t i = 0; i < plan->weight_count; i++) {
        if (plan->weight_buffers[i] >= 0) continue;
        int64_t bytes = plan->weights[i].layer->weights[plan->weights[i].index].count * (int64_t)sizeof(float);
        DENOISE__TRY(add_buffer(plan, bytes, 0, end, &plan->weight_buffers[i]));
    }
    return DENOISE_OK;
}

static int larger_first(const void *a, const void *b)
{
    const denoise__buffer *x = *(denoise__buffer *const *)a, *y = *(denoise__buffer *const *)b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : x > y;
}

/* The lowest gap between placed buffers (sorted by offset) that live at the same time. */
static int64_t find_gap(denoise__buffer *const *placed, int32_t count, const denoise__buffer *buffer)
{
    int64_t offset = 0;
    for (int32_t i = 0; i < count; i++) {
        const denoise__buffer *other = placed[i];
        if (other->last < buffer->first || other->first > buffer->last) continue;
        if (other->offset - offset >= buffer->bytes) break;
        if (other->offset + other->bytes > offset) offset = other->offset + other->bytes;
    }
    return offset;
}

/* Greedy by size: the largest buffer first, each at the lowest place that is free while it lives. */
static denoise_status place_buffers(denoise__plan *plan)
{
    size_t count = (size_t)plan->buffer_count;
    denoise__buffer **order = denoise__allocate_zeroed(2 * count + 1, sizeof(denoise__buffer *));
    if (order == NULL) return denoise__fail_nomem();
    denoise__buffer **placed = order + count;
    for (size_t i = 0; i < count; i++)
        order[i] = &plan->buffers[i];
    qsort(order, count, sizeof *order, larger_first);
    denoise_status status = DENOISE_OK;
    for (size_t i = 0; i < count && status == DENOISE_OK; i++) {
        denoise__buffer *buffer = order[i];
        int64_t end;
        buffer->offset = find_gap(placed, (int32_t)i, buffer);
        if (!denoise__add(buffer->offset, buffer->bytes, &end)) {
            status = denoise__fail(DENOISE_ERR_OVERFLOW, "the model needs too much memory");
            break;
        }
        if (end > plan->arena_bytes) plan->arena_bytes = end;
        size_t at = i;
        for (; at > 0 && placed[at - 1]->offset > buffer->offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = buffer;
    }
    denoise__release(order);
    return status;
}

denoise_status denoise__plan_layout(denoise__plan *plan, const denoise__plan_options *options)
{
    mark_needed(plan, options);
    DENOISE__TRY(forward_buffers(plan));
    if (plan->backward) {
        mark_gradients(plan, options);
        DENOISE__TRY(backward_buffers(plan, options));
    }
    return place_buffers(plan);
}
