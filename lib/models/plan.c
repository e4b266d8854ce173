/* SPDX-License-Identifier: Apache-2.0 */
#include "models/plan.h"
#include "core/memory.h"
#include "kernels/engine.h"
#include "kernels/gemm.h"
#include "models/execute.h"
#include "models/fold.h"
#include "models/product.h"
#include "models/undo.h"
#include "regularizers/regularizer.h"
#include <denoise/runtime.h>
#include <string.h>

static void free_step(denoise__step *step)
{
    denoise__release(step->inputs);
    denoise__release(step->outputs);
    denoise__release(step->input_shapes);
    denoise__release(step->output_shapes);
    denoise__release(step->input_gradients);
    denoise__release(step->adds_input);
    denoise__release(step->weights);
    denoise__fold_free(step->fold);
}

void denoise__plan_free(denoise__plan *plan)
{
    if (plan == NULL) return;
    if (plan->arena != NULL) {
        denoise__products_settle(plan);
        denoise__products_bring_slots_home(plan);
    }
    for (int32_t i = 0; i < plan->step_count; i++)
        free_step(&plan->steps[i]);
    for (int32_t i = 0; i < plan->product_count; i++)
        denoise__release(plan->products[i].uses);
    denoise__release(plan->steps);
    denoise__release(plan->order);
    denoise__release(plan->values);
    denoise__release(plan->buffers);
    denoise__release(plan->segments);
    denoise__release(plan->products);
    denoise__release(plan->inputs);
    denoise__release(plan->outputs);
    denoise__release(plan->losses);
    denoise__release(plan->weight_buffers);
    denoise__release(plan->items);
    denoise__release(plan->tops);
    denoise__release(plan->block_losses);
    denoise__release(plan->faults);
    denoise__release(plan->pointers);
    denoise__release_aligned(plan->penalty_scratch);
    denoise__release_aligned(plan->tile_scratch);
    denoise__release_aligned(plan->kept);
    if (plan->options.memory == NULL) denoise__release_aligned(plan->arena);
    denoise__release(plan);
}

static denoise_status make_lists(denoise__plan *plan)
{
    size_t outputs = (size_t)plan->output_count;
    plan->inputs = denoise__allocate_zeroed((size_t)plan->input_count, sizeof *plan->inputs);
    plan->outputs = denoise__allocate_zeroed(outputs, sizeof *plan->outputs);
    plan->losses = denoise__allocate_zeroed(outputs, sizeof *plan->losses);
    plan->weight_buffers = denoise__allocate_zeroed((size_t)plan->weight_count + 1, sizeof *plan->weight_buffers);
    if (plan->inputs == NULL || plan->outputs == NULL || plan->losses == NULL || plan->weight_buffers == NULL)
        return denoise__fail_nomem();
    for (int32_t i = 0; i < plan->output_count; i++)
        plan->outputs[i] = plan->losses[i] = -1;
    for (int64_t i = 0; i < plan->weight_count; i++)
        plan->weight_buffers[i] = -1;
    return DENOISE_OK;
}

/* Arguments that a thread gathers for a layer: pointers to inputs, outputs, weights and their gradients. */
static int64_t most_pointers(const denoise__plan *plan)
{
    int64_t most = 0;
    for (int32_t i = 0; i < plan->step_count; i++) {
        const denoise__step *step = &plan->steps[i];
        int64_t count = 2 * ((int64_t)step->input_count + step->output_count) + 3 * (int64_t)step->weight_count;
        if (count > most) most = count;
    }
    return most;
}

/* Weights in panels are read in rows for their penalties. */
static denoise_status allocate_penalty_scratch(denoise__plan *plan)
{
    bool is_needed = false;
    for (int32_t i = 0; i < plan->product_count; i++) {
        const denoise_layer *layer = plan->products[i].layer;
        for (int32_t w = 0; w < layer->weight_count; w++) {
            const denoise__kind_ref *regularizer = layer->weights[w].spec.regularizer;
            is_needed = is_needed || (regularizer != NULL && regularizer->kind != NULL);
        }
    }
    if (!is_needed || plan->weight_count == 0) return DENOISE_OK;
    plan->penalty_scratch = denoise__allocate_aligned((size_t)plan->slots * DENOISE__PENALTY_PIECE * sizeof(float));
    return plan->penalty_scratch == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static int32_t wanted_slots(const denoise__plan *plan)
{
    int64_t threads = denoise_num_threads();
    return (int32_t)(threads < plan->blocks ? threads : plan->blocks);
}

bool denoise__plan_suits_threads(const denoise__plan *plan)
{
    return plan->slots >= wanted_slots(plan) && (plan->tile_scratch == NULL || plan->update_slots >= denoise_num_threads());
}

/* Not on the stack: it would be large, and cleared by every call. */
static denoise_status allocate_tile_scratch(denoise__plan *plan)
{
    if (plan->item_count == 0) return DENOISE_OK;
    plan->update_slots = denoise_num_threads();
    plan->tile_scratch = denoise__allocate_aligned((size_t)plan->update_slots * DENOISE__TILE_SCRATCH * sizeof(float));
    return plan->tile_scratch == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

denoise_status denoise__plan_memory_grow(denoise__plan_memory *memory, int64_t bytes)
{
    if (memory->data != NULL && memory->bytes >= bytes) return DENOISE_OK;
    denoise__plan_memory_free(memory);
    memory->data = denoise__allocate_aligned((size_t)bytes);
    if (memory->data == NULL) return denoise__fail_nomem();
    memory->bytes = bytes;
    return DENOISE_OK;
}

void denoise__plan_memory_free(denoise__plan_memory *memory)
{
    denoise__release_aligned(memory->data);
    *memory = (denoise__plan_memory){0};
}

static denoise_status allocate_arena(denoise__plan *plan)
{
    denoise__plan_memory own = {0}, *memory = plan->options.memory == NULL ? &own : plan->options.memory;
    DENOISE__TRY(denoise__plan_memory_grow(memory, plan->arena_bytes));
    plan->arena = memory->data;
    return DENOISE_OK;
}

static denoise_status allocate(denoise__plan *plan)
{
    int64_t products = 0, frames, blocks = plan->blocks;
    plan->slots = wanted_slots(plan);
    DENOISE__TRY(denoise__products_place(plan, NULL, &products));
    if (!denoise__multiply(plan->frame_bytes, plan->slots, &frames) ||
        !denoise__add(plan->batch_bytes, products, &plan->arena_bytes) ||
        !denoise__add(plan->arena_bytes, frames, &plan->arena_bytes)) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "the model needs too much memory");
    }
    plan->frames_offset = plan->batch_bytes + products;
    DENOISE__TRY(allocate_arena(plan));
    plan->tops = denoise__allocate_zeroed((size_t)plan->top_count * (size_t)blocks + 1, sizeof *plan->tops);
    plan->block_losses = denoise__allocate_zeroed((size_t)plan->output_count * (size_t)blocks + 1, sizeof *plan->block_losses);
    plan->faults = denoise__allocate_zeroed((size_t)plan->slots, sizeof *plan->faults);
    plan->pointer_count = most_pointers(plan);
    plan->pointers = denoise__allocate_zeroed((size_t)plan->pointer_count * (size_t)plan->slots + 1, sizeof *plan->pointers);
    if (plan->tops == NULL || plan->block_losses == NULL || plan->faults == NULL || plan->pointers == NULL)
        return denoise__fail_nomem();
    memset(plan->arena, 0, (size_t)plan->arena_bytes); /* columns that fill up a panel stay zero */
    denoise__plan_bind(plan);
    DENOISE__TRY(denoise__products_place(plan, plan->arena + plan->batch_bytes, &products));
    DENOISE__TRY(allocate_penalty_scratch(plan));
    DENOISE__TRY(denoise__products_cut(plan));
    DENOISE__TRY(allocate_tile_scratch(plan));
    return denoise__plan_allocate_kept(plan);
}

/* Bytes of a batch of each value, and of a few numbers more for each element, can be counted: nothing below has to look. */
static denoise_status check_sizes(const denoise__plan *plan)
{
    enum { BYTES = 256 };
    int64_t elements, bytes;
    for (int32_t i = 0; i < plan->value_count; i++) {
        int64_t size = plan->values[i].size > 0 ? plan->values[i].size : 1;
        if (!denoise__multiply(plan->batch, size, &elements) || !denoise__multiply(elements, BYTES, &bytes)) {
            return denoise__fail(DENOISE_ERR_OVERFLOW, "%lld rows of the model's values are too large", (long long)plan->batch);
        }
    }
    return DENOISE_OK;
}

static denoise_status make(denoise__plan *plan, const denoise_model *model, const denoise__plan_options *options)
{
    plan->options = *options;
    plan->model = model;
    plan->batch = options->batch;
    plan->training = options->training;
    plan->backward = options->backward;
    plan->uses_panels = denoise__engine_is_native();
    int32_t form = options->convolution == DENOISE__CONVOLUTION_DEFAULT ? denoise__convolution() : options->convolution;
    plan->is_direct = form == DENOISE__CONVOLUTION_DIRECT;
    plan->input_count = model->input_count;
    plan->output_count = model->output_count;
    plan->weight_count = options->weight_count;
    plan->weights = options->weights;
    DENOISE__TRY(make_lists(plan));
    DENOISE__TRY(denoise__plan_expand(plan, model));
    DENOISE__TRY(check_sizes(plan));
    denoise__plan_choose_block(plan);
    DENOISE__TRY(denoise__plan_fuse(plan));
    DENOISE__TRY(denoise__plan_lay_out(plan));
    DENOISE__TRY(denoise__plan_find_gradients(plan));
    denoise__plan_choose_ops(plan);
    DENOISE__TRY(denoise__plan_place(plan));
    return allocate(plan);
}

denoise_status denoise__plan_new(denoise__plan **out, const denoise_model *model, const denoise__plan_options *options)
{
    *out = NULL;
    DENOISE__TRY(denoise__engine_check());
    denoise__plan *plan = denoise__allocate_zeroed(1, sizeof *plan);
    if (plan == NULL) return denoise__fail_nomem();
    denoise_status status = make(plan, model, options);
    if (status != DENOISE_OK) {
        denoise__plan_free(plan);
        return denoise__context(status, "model \"%s\": ", model->name);
    }
    *out = plan;
    return DENOISE_OK;
}
