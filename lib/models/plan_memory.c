/* SPDX-License-Identifier: Apache-2.0 */
/* When buffers are used, in the frames of threads or in the batch's memory, and where they lie there. */
#include "core/memory.h"
#include "kernels/tile.h"
#include "models/fast_kinds.h"
#include "models/fold.h"
#include <stdlib.h>
#include <string.h>

enum {
    LINE = 64,
    PANEL = DENOISE__PANEL,
    GREAT_BLOCK = 1 << 20,  /* numbers of one value of a block */
    PICTURE_BLOCK = 1 << 17 /* the same where layers have part sums: products need many rows, these few samples */
};

denoise_status denoise__plan_add_buffer(denoise__plan *plan, const denoise__buffer *buffer, int32_t *index)
{
    int64_t wide = plan->buffer_capacity;
    void *buffers = plan->buffers;
    denoise_status status = denoise__grow(&buffers, plan->buffer_count, &wide, sizeof *plan->buffers);
    plan->buffers = buffers;
    plan->buffer_capacity = (int32_t)wide;
    DENOISE__TRY(status);
    *index = plan->buffer_count++;
    plan->buffers[*index] = *buffer;
    plan->buffers[*index].first = INT32_MAX;
    plan->buffers[*index].last = -1;
    plan->buffers[*index].overwrites = -1;
    return DENOISE_OK;
}

static void use(denoise__plan *plan, int32_t buffer, int32_t time)
{
    if (buffer < 0) return;
    denoise__buffer *at = &plan->buffers[buffer];
    if (time < at->first) at->first = time;
    if (time > at->last) at->last = time;
}

static int32_t backward_time(const denoise__plan *plan, const denoise__step *step)
{
    return 2 * plan->order_count - step->place;
}

static denoise_status add_bytes(denoise__plan *plan, const denoise__step *step, size_t bytes, int64_t panels, int32_t *index)
{
    if (bytes == 0) return DENOISE_OK;
    const uint64_t wide = bytes; /* than a size_t of 32 bits */
    int64_t all;
    if (wide > INT64_MAX / 2 || !denoise__multiply((int64_t)bytes, panels, &all))
        return denoise__fail(DENOISE_ERR_OVERFLOW, "layer \"%s\" needs too much memory", step->layer->name);
    bool in_parts = plan->segments[step->segment].by_blocks || step->has_part_sums;
    denoise__buffer buffer = {
        .layout = DENOISE__LAYOUT_BYTES, .output = -1, .bytes = all, .parts = in_parts ? plan->blocks : 1};
    return denoise__plan_add_buffer(plan, &buffer, index);
}

/* Samples that a step is handed at a time. */
static int64_t rows_of(const denoise__plan *plan, const denoise__step *step)
{
    return plan->segments[step->segment].by_blocks || step->has_part_sums ? plan->block_samples : plan->batch;
}

/* What the kind makes of the weights stays from run to run. */
static denoise_status add_prepared(denoise__plan *plan, denoise__step *step)
{
    if (step->kind->prepared_size == NULL) return DENOISE_OK;
    size_t bytes =
        step->kind->prepared_size(denoise__step_config(step), step->input_shapes, step->input_count, step->runs_backward);
    const uint64_t wide = bytes; /* than a size_t of 32 bits */
    if (wide > INT64_MAX / 2)
        return denoise__fail(DENOISE_ERR_OVERFLOW, "layer \"%s\" needs too much memory", step->layer->name);
    denoise__buffer buffer = {
        .layout = DENOISE__LAYOUT_BYTES, .output = -1, .bytes = (int64_t)bytes, .parts = 1, .outlives_block = true};
    DENOISE__TRY(denoise__plan_add_buffer(plan, &buffer, &step->prepared));
    use(plan, step->prepared, 0);
    return DENOISE_OK;
}

/* What the kind asks for: of samples, or panel by panel. */
static denoise_status add_kind_bytes(denoise__plan *plan, denoise__step *step)
{
    const denoise__layer_kind *kind = step->kind;
    const void *config = denoise__step_config(step);
    const denoise__plan_value *output = denoise__plan_root(plan, step->outputs[0]);
    int64_t rows = rows_of(plan, step), panels = 1;
    if (step->by_panels) {
        rows *= output->size / output->columns;
        panels = output->columns / PANEL + (output->columns % PANEL != 0);
    }
    if (kind->state_size != NULL && (plan->training || plan->backward)) {
        size_t bytes = kind->state_size(config, step->input_shapes, step->input_count, rows);
        bytes = (bytes + LINE - 1) / LINE * LINE;
        step->panel_state = (int64_t)bytes;
        DENOISE__TRY(add_bytes(plan, step, bytes, panels, &step->state));
    }
    DENOISE__TRY(add_prepared(plan, step));
    if (kind->scratch_size == NULL) return DENOISE_OK;
    size_t forward = kind->scratch_size(config, step->input_shapes, step->input_count, rows, false);
    DENOISE__TRY(add_bytes(plan, step, forward, 1, &step->forward_scratch));
    if (!step->runs_backward) return DENOISE_OK;
    size_t backward = kind->scratch_size(config, step->input_shapes, step->input_count, rows, true);
    return add_bytes(plan, step, backward, 1, &step->backward_scratch);
}

static bool keeps_pre_activation(const denoise__plan *plan, const denoise__step *step)
{
    return plan->backward && step->sort == DENOISE__STEP_LAYER && step->product < 0 && step->activation != NULL &&
           denoise__activation_kind_of(step->activation)->needs_input;
}

static denoise_status add_step_buffers(denoise__plan *plan, denoise__step *step)
{
    if (step->sort == DENOISE__STEP_LAYER && step->product < 0) DENOISE__TRY(add_kind_bytes(plan, step));
    if (keeps_pre_activation(plan, step)) {
        const denoise__plan_value *output = denoise__plan_root(plan, step->outputs[0]);
        denoise__buffer buffer = {.layout = DENOISE__LAYOUT_ROWS, .output = -1, .rows = 1, .columns = output->size};
        DENOISE__TRY(denoise__plan_add_buffer(plan, &buffer, &step->pre_activation));
    }
    int64_t floats = step->ops->scratch == NULL ? 0 : step->ops->scratch(plan, step, rows_of(plan, step));
    denoise__buffer buffer = {.layout = DENOISE__LAYOUT_BYTES, .output = -1, .parts = 1};
    if (floats < 0 || !denoise__multiply(floats, (int64_t)sizeof(float), &buffer.bytes))
        return denoise__fail(DENOISE_ERR_OVERFLOW, "a value of the model is too large");
    return floats == 0 ? DENOISE_OK : denoise__plan_add_buffer(plan, &buffer, &step->forward_scratch);
}

/* Who writes the gradient of a product panel by panel writes the sums of its columns too. */
static void use_input_gradient(denoise__plan *plan, const denoise__step *step, int32_t input, int32_t time)
{
    const denoise__plan_value *root = denoise__plan_root(plan, step->inputs[input]);
    const denoise__step *producer = &plan->steps[root->producer];
    if (step->input_gradients[input] < 0) return;
    use(plan, step->input_gradients[input], time);
    use(plan, root->gradient, time);
    if (producer->gradient_comes_by_panel) use(plan, producer->sums, time);
}

static void use_forward(denoise__plan *plan, const denoise__step *step)
{
    for (int32_t j = 0; j < step->input_count; j++)
        use(plan, denoise__plan_root(plan, step->inputs[j])->buffer, step->place);
    for (int32_t j = 0; j < step->output_count; j++)
        use(plan, denoise__plan_root(plan, step->outputs[j])->buffer, step->place);
    use(plan, step->state, step->place);
    use(plan, step->pre_activation, step->place);
    use(plan, step->forward_scratch, step->place);
    bool is_loss = step->sort == DENOISE__STEP_LOSS || step->sort == DENOISE__STEP_GIVEN;
    for (int32_t j = 0; j < step->input_count && is_loss && plan->backward; j++)
        use_input_gradient(plan, step, j, step->place);
}

static void use_backward(denoise__plan *plan, const denoise__step *step)
{
    int32_t time = backward_time(plan, step);
    bool activates = step->activation != NULL && !step->gradient_is_rectified, is_layer = step->sort == DENOISE__STEP_LAYER;
    bool reads_input =
        is_layer ? step->kind->backward_needs_input : activates && denoise__activation_kind_of(step->activation)->needs_input;
    bool reads_output = activates || (is_layer && step->kind->backward_needs_output);
    if (step->rectified_input) {
        reads_input = reads_input || step->kind->masks_by == DENOISE__MASKS_BY_INPUT;
        reads_output = reads_output || step->kind->masks_by == DENOISE__MASKS_BY_OUTPUT;
    }
    for (int32_t j = 0; j < step->input_count; j++) {
        if (reads_input) use(plan, denoise__plan_root(plan, step->inputs[j])->buffer, time);
        use_input_gradient(plan, step, j, time);
    }
    for (int32_t j = 0; j < step->output_count; j++) {
        if (reads_output) use(plan, denoise__plan_root(plan, step->outputs[j])->buffer, time);
        use(plan, denoise__plan_root(plan, step->outputs[j])->gradient, time);
    }
    use(plan, step->state, time);
    use(plan, step->pre_activation, time);
    use(plan, step->backward_scratch, time);
    use(plan, step->sums, time);
    for (int32_t j = 0; j < step->weight_count; j++)
        use(plan, step->weights[j].gradient, time);
}

static void use_at_end(denoise__plan *plan)
{
    int32_t end = 2 * plan->order_count + 1;
    for (int32_t i = 0; i < plan->order_count; i++) {
        const denoise__step *step = &plan->steps[plan->order[i]];
        bool commits = plan->training && step->kind != NULL && step->kind->commit != NULL && !step->is_frozen;
        if (commits) use(plan, step->state, end);
    }
    for (int64_t i = 0; i < plan->weight_count; i++)
        use(plan, plan->weight_buffers[i], 0);
    for (int32_t i = 0; i < plan->input_count && plan->options.input_gradients; i++) {
        int32_t gradient = denoise__plan_root(plan, plan->inputs[i])->gradient;
        if (gradient >= 0) plan->buffers[gradient].outlives_block = true;
    }
    for (int32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].outlives_block && plan->buffers[i].last >= 0) plan->buffers[i].last = end;
}

/* The times that go by together: of all blocks of a segment. The last segment goes back at once. */
typedef struct phase {
    int32_t first, last, segment;
} phase;

static phase phase_at(const denoise__plan *plan, int32_t time)
{
    int32_t steps = plan->order_count, place = time <= steps - 1 ? time : 2 * steps - time;
    if (place < 0 || place >= steps) return (phase){time, time, -1};
    int32_t segment = plan->steps[plan->order[place]].segment;
    const denoise__segment *at = &plan->segments[segment];
    int32_t last = at->first + at->count - 1;
    if (segment == plan->segment_count - 1) return (phase){at->first, 2 * steps - at->first, segment};
    if (time == place) return (phase){at->first, last, segment};
    return (phase){2 * steps - last, 2 * steps - at->first, segment};
}

static void choose_place(const denoise__plan *plan, denoise__buffer *buffer)
{
    phase first = phase_at(plan, buffer->first), last = phase_at(plan, buffer->last);
    bool by_blocks = first.segment >= 0 && plan->segments[first.segment].by_blocks;
    if (buffer->output >= 0) {
        buffer->place = DENOISE__PLACE_CALLER;
    } else if (by_blocks && !buffer->outlives_block && first.first == last.first) {
        buffer->place = DENOISE__PLACE_FRAME;
    } else {
        buffer->place = DENOISE__PLACE_BATCH;
        buffer->first = first.first; /* blocks stand at different steps */
        buffer->last = last.last;
    }
}

static bool measure_rows(const denoise__plan *plan, denoise__buffer *buffer)
{
    int64_t samples = buffer->place == DENOISE__PLACE_FRAME ? plan->block_samples : plan->batch, rows, floats;
    if (!denoise__multiply(samples, buffer->rows, &rows)) return false;
    if (buffer->layout == DENOISE__LAYOUT_ROWS) {
        return denoise__multiply(rows, buffer->columns, &floats) &&
               denoise__multiply(floats, (int64_t)sizeof(float), &buffer->size);
    }
    buffer->panels = buffer->columns / PANEL + (buffer->columns % PANEL != 0);
    return denoise__multiply(rows | 1, PANEL, &buffer->stride) && denoise__multiply(buffer->stride, buffer->panels, &floats) &&
           denoise__multiply(floats, (int64_t)sizeof(float), &buffer->size);
}

static denoise_status measure(const denoise__plan *plan, denoise__buffer *buffer)
{
    int64_t parts = buffer->place == DENOISE__PLACE_FRAME ? 1 : buffer->parts;
    bool fits = buffer->layout == DENOISE__LAYOUT_BYTES ? denoise__multiply(buffer->bytes, parts, &buffer->size)
                                                        : measure_rows(plan, buffer);
    if (fits && denoise__add(buffer->size, LINE - 1, &buffer->size)) {
        buffer->size = buffer->size / LINE * LINE;
        return DENOISE_OK;
    }
    return denoise__fail(DENOISE_ERR_OVERFLOW, "%lld rows of the model's values are too large", (long long)plan->batch);
}

/* Lets the buffer `to`, written from `time` on, lie where `from` lies, which is read then for the last time. */
static void overwrite(denoise__plan *plan, int32_t from, int32_t to, int32_t time)
{
    if (from < 0 || to < 0 || from == to) return;
    const denoise__buffer *a = &plan->buffers[from];
    denoise__buffer *b = &plan->buffers[to];
    bool is_last_use = a->last == time && b->first == time && a->place == b->place && a->place != DENOISE__PLACE_CALLER;
    bool is_alike = a->layout == b->layout && a->rows == b->rows && a->columns == b->columns && a->size == b->size;
    if (!is_last_use || !is_alike) return;
    b->overwrites = a->overwrites < 0 ? from : a->overwrites;
    denoise__buffer *place = &plan->buffers[b->overwrites];
    if (place->occupied_until < b->last) place->occupied_until = b->last;
}

/* Outputs in the place of inputs, and gradients of inputs in that of outputs' gradients, where the kind allows it. */
static void overwrite_inputs(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->order_count; i++) {
        const denoise__step *step = &plan->steps[plan->order[i]];
        if (step->sort != DENOISE__STEP_LAYER || step->product >= 0 || !step->kind->may_overwrite_input) continue;
        const denoise__plan_value *input = denoise__plan_root(plan, step->inputs[0]);
        const denoise__plan_value *output = denoise__plan_root(plan, step->outputs[0]);
        bool is_read_twice = false;
        for (int32_t j = 1; j < step->input_count; j++)
            is_read_twice |= denoise__plan_root(plan, step->inputs[j]) == input;
        if (!is_read_twice) overwrite(plan, input->buffer, output->buffer, step->place);
    }
    for (int32_t i = plan->order_count - 1; i >= 0; i--) { /* in the order of going back */
        const denoise__step *step = &plan->steps[plan->order[i]];
        if (step->sort != DENOISE__STEP_LAYER || step->product >= 0 || !step->kind->may_overwrite_input) continue;
        if (!step->runs_backward || step->input_gradients[0] < 0 || step->adds_input[0]) continue;
        overwrite(plan, denoise__plan_root(plan, step->outputs[0])->gradient, step->input_gradients[0],
                  backward_time(plan, step));
    }
}

static int larger_first(const void *a, const void *b)
{
    const denoise__buffer *x = *(denoise__buffer *const *)a, *y = *(denoise__buffer *const *)b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return x < y ? -1 : x > y;
}

/* The lowest gap between placed buffers (sorted by offset) that live at the same time. */
static int64_t find_gap(denoise__buffer *const *placed, size_t count, const denoise__buffer *buffer)
{
    int64_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        const denoise__buffer *other = placed[i];
        if (other->occupied_until < buffer->first || other->first > buffer->occupied_until) continue;
        if (other->offset - offset >= buffer->size) break;
        if (other->offset + other->size > offset) offset = other->offset + other->size;
    }
    return offset;
}

/* Greedy by size: the largest buffer first, each at the lowest offset that is free while it lives. */
static denoise_status place_all(denoise__buffer **order, size_t count, int64_t *bytes)
{
    denoise__buffer **placed = order + count;
    qsort(order, count, sizeof *order, larger_first);
    for (size_t i = 0; i < count; i++) {
        denoise__buffer *buffer = order[i];
        int64_t end;
        buffer->offset = find_gap(placed, i, buffer);
        if (!denoise__add(buffer->offset, buffer->size, &end))
            return denoise__fail(DENOISE_ERR_OVERFLOW, "the model needs too much memory");
        if (end > *bytes) *bytes = end;
        size_t at = i;
        for (; at > 0 && placed[at - 1]->offset > buffer->offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = buffer;
    }
    return DENOISE_OK;
}

static denoise_status place_in(denoise__plan *plan, int32_t place, int64_t *bytes)
{
    size_t count = 0;
    denoise__buffer **order = denoise__allocate_zeroed(2 * (size_t)plan->buffer_count + 1, sizeof(denoise__buffer *));
    if (order == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < plan->buffer_count; i++) {
        const denoise__buffer *buffer = &plan->buffers[i];
        if (buffer->place == place && buffer->last >= 0 && buffer->overwrites < 0) order[count++] = &plan->buffers[i];
    }
    denoise_status status = place_all(order, count, bytes);
    denoise__release(order);
    for (int32_t i = 0; i < plan->buffer_count; i++) {
        denoise__buffer *buffer = &plan->buffers[i];
        if (buffer->place == place && buffer->overwrites >= 0) buffer->offset = plan->buffers[buffer->overwrites].offset;
    }
    return status;
}

/* Numbers of which, in training, each block has a part sum of its own. */
static int64_t part_sums(const denoise__plan *plan)
{
    int64_t numbers = 0;
    for (int32_t i = 0; i < plan->step_count; i++) {
        const denoise__step *step = &plan->steps[i];
        if (step->sort != DENOISE__STEP_LAYER || denoise__fast_is_product(step->kind)) continue;
        for (int32_t w = 0; w < step->layer->weight_count; w++)
            if (step->layer->weights[w].spec.trainable) numbers += denoise__shape_size(&step->layer->weights[w].spec.shape);
    }
    return numbers;
}

/* Fewer samples in a block where they are large, as long as sums of 64 rows do not meet its border and the part sums of many
 * blocks do not need more memory than values do. */
void denoise__plan_choose_block(denoise__plan *plan)
{
    enum { INFERENCE = 48 };
    int64_t samples = plan->backward ? DENOISE__BLOCK_SAMPLES : INFERENCE, largest = 1, least = 1;
    int64_t sums = part_sums(plan), most = sums > 0 ? PICTURE_BLOCK : GREAT_BLOCK, smallest = plan->backward ? sums : 0;
    for (int32_t i = 0; i < plan->value_count; i++)
        if (plan->values[i].size > largest) largest = plan->values[i].size;
    for (int32_t i = 0; i < plan->step_count && plan->backward; i++) {
        const denoise__step *step = &plan->steps[i];
        bool adds_rows =
            step->sort == DENOISE__STEP_LAYER && denoise__fast_is_product(step->kind) && step->output_shapes[0].rank > 0;
        int64_t columns = adds_rows ? step->output_shapes[0].dim[step->output_shapes[0].rank - 1] : 0;
        int64_t rows = columns > 0 ? denoise__shape_size(&step->output_shapes[0]) / columns : 0;
        while (rows > 0 && least * rows % DENOISE__ROW_BLOCK != 0 && least < samples)
            least *= 2;
    }
    while (samples / 2 >= least && samples % 2 == 0 && samples * largest > most && samples / 2 * largest >= smallest)
        samples /= 2;
    plan->block_samples = samples < plan->batch ? samples : plan->batch;
    plan->blocks = plan->batch / plan->block_samples + (plan->batch % plan->block_samples != 0);
}

static denoise_status use_all(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->order_count; i++) {
        denoise__step *step = &plan->steps[plan->order[i]];
        DENOISE__TRY(add_step_buffers(plan, step));
        use_forward(plan, step);
        if (step->runs_backward) use_backward(plan, step);
    }
    use_at_end(plan);
    return DENOISE_OK;
}

denoise_status denoise__plan_place(denoise__plan *plan)
{
    DENOISE__TRY(use_all(plan));
    for (int32_t i = 0; i < plan->buffer_count; i++) {
        if (plan->buffers[i].last < 0) continue;
        choose_place(plan, &plan->buffers[i]);
        DENOISE__TRY(measure(plan, &plan->buffers[i]));
        plan->buffers[i].occupied_until = plan->buffers[i].last;
    }
    overwrite_inputs(plan);
    DENOISE__TRY(place_in(plan, DENOISE__PLACE_BATCH, &plan->batch_bytes));
    return place_in(plan, DENOISE__PLACE_FRAME, &plan->frame_bytes);
}

static void bind(const denoise__plan *plan, denoise__buffer *buffer)
{
    bool in_frame = buffer->place == DENOISE__PLACE_FRAME;
    if (buffer->place != DENOISE__PLACE_CALLER)
        buffer->base = plan->arena + buffer->offset + (in_frame ? plan->frames_offset : 0);
    buffer->slot_step = in_frame ? plan->frame_bytes : 0;
    if (buffer->layout == DENOISE__LAYOUT_BYTES) {
        buffer->block_step = in_frame || buffer->parts == 1 ? 0 : buffer->bytes;
        return;
    }
    bool in_panels = buffer->layout == DENOISE__LAYOUT_PANELS;
    int64_t row = (in_panels ? PANEL : buffer->columns) * (int64_t)sizeof(float);
    buffer->sample_step = in_frame ? 0 : buffer->rows * row;
    buffer->panel_step = in_panels ? buffer->stride * (int64_t)sizeof(float) : 0;
}

void denoise__plan_bind(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->buffer_count; i++)
        bind(plan, &plan->buffers[i]);
}
