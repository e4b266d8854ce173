/* SPDX-License-Identifier: Apache-2.0 */
/* Losses as steps: the numbers of a block's rows and, at once, the gradient of what they read.
 *
 * Sigmoid and binary cross-entropy in one have a kernel on panels of 64 rows (kernels/tile.h), whose sums over a block are
 * added up block by block; it takes the bias of the product before it too. Any other loss sees rows. */
#include "core/memory.h"
#include "models/execute.h"
#include "models/product.h"
#include <string.h>

enum { PANEL = DENOISE__PANEL, CHUNK = DENOISE__ROW_BLOCK };

static int64_t loss_scratch(const denoise__plan *plan, const denoise__step *step, int64_t samples)
{
    const denoise__plan_value *root = denoise__plan_root(plan, step->inputs[0]);
    const denoise_loss *loss = plan->options.losses[step->index];
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    const denoise__shape *shape = &step->input_shapes[0];
    int64_t floats, columns = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
    if (kind->rows == NULL) { /* a size_t may have 32 bits */
        uint64_t bytes = denoise__loss_scratch_size(loss, columns == 0 ? 0 : samples * (root->size / columns), columns);
        return bytes > INT64_MAX / 2 ? -1 : (int64_t)(bytes / sizeof(float)) + 1;
    }
    /* rows of what lies in panels; a fused loss, whose targets are read where they are, may want them in rows after all */
    int64_t arrays = (root->layout == DENOISE__LAYOUT_PANELS) + step->is_fused_loss;
    return denoise__multiply(samples, root->size, &floats) && denoise__multiply(floats, arrays, &floats) ? floats : -1;
}

bool denoise__plan_reads_target_rows(const denoise__plan *plan, int32_t output)
{
    return plan->losses[output] >= 0 && plan->steps[plan->losses[output]].is_fused_loss;
}

bool denoise__loss_is_summed(const denoise__plan *plan, const denoise__pass_loss *loss, int32_t output)
{
    return plan->steps[plan->losses[output]].is_fused_loss && loss->args.row_weight == NULL;
}

/* What a loss is told of the rows of this block alone. */
static denoise__loss_args block_args(const denoise__block *block, const denoise__step *step, const denoise__plan_value *root)
{
    const denoise__pass_loss *at = &block->pass->losses[step->index];
    denoise__loss_args args = at->args;
    int64_t each = args.columns == 0 ? 0 : root->size / args.columns, first = block->first * each;
    args.rows = block->samples * each;
    args.labels = args.labels == NULL ? NULL : args.labels + first;
    args.row_weight = args.row_weight == NULL ? NULL : args.row_weight + first;
    args.row_loss += first;
    if (args.target != NULL) args.target += block->first * root->size;
    return args;
}

static float *scratch_rows(const denoise__block *block, const denoise__step *step, const denoise__plan_value *root,
                           int32_t which)
{
    return denoise__at(block, step->forward_scratch, 0) + which * block->samples * root->size;
}

/* Targets as rows, copied where they were not. */
static const float *target_rows(const denoise__block *block, const denoise__step *step, const denoise__plan_value *root,
                                const denoise__loss_args *args)
{
    const denoise__batch_rows *source = &block->pass->losses[step->index].target;
    if (args->target != NULL || source->tensor == NULL) return args->target;
    float *rows = scratch_rows(block, step, root, root->layout == DENOISE__LAYOUT_PANELS);
    denoise__batch_rows_read(source, block->first, block->samples, rows);
    return rows;
}

/* The product whose bias the loss adds; NULL: none. */
static const denoise__plan_product *bias_owner(const denoise__block *block, const denoise__plan_value *root)
{
    const denoise__step *producer = &block->plan->steps[root->producer];
    return producer->leaves_bias ? &block->plan->products[producer->product] : NULL;
}

void denoise__add_left_bias(const denoise__block *block, const denoise__plan_value *root)
{
    const denoise__plan_product *product = bias_owner(block, root);
    for (int64_t p = 0; product != NULL && p < product->bias.count; p++)
        (void)block->tile->finish(denoise__at(block, root->buffer, p), denoise__block_rows(block, root),
                                  product->bias.data + p * product->bias.stride, false);
}

/* The loss's own rows. What lies in panels goes through rows of scratch. */
static denoise_status rows_loss(const denoise__block *block, const denoise__step *step, bool wants_gradient)
{
    const denoise__plan_value *root = denoise__plan_root(block->plan, step->inputs[0]);
    denoise__loss_args args = block_args(block, step, root);
    int32_t to = step->input_gradients[0];
    args.target = target_rows(block, step, root, &args);
    if (root->layout == DENOISE__LAYOUT_ROWS) {
        args.prediction = denoise__at(block, root->buffer, 0);
        args.gradient = wants_gradient ? denoise__at(block, to, 0) : NULL;
        return denoise__loss_rows(block->pass->losses[step->index].loss, &args);
    }
    float *rows = scratch_rows(block, step, root, 0);
    denoise__add_left_bias(block, root);
    denoise__panels_to_rows(block, root, root->buffer, rows);
    args.prediction = rows;
    args.gradient = wants_gradient ? rows : NULL;
    DENOISE__TRY(denoise__loss_rows(block->pass->losses[step->index].loss, &args));
    if (!wants_gradient) return DENOISE_OK;
    denoise__rows_to_panels(block, root, rows, to);
    for (int64_t p = 0; p < block->plan->buffers[to].panels; p++)
        denoise__gradient_panel_done(block, root, p);
    return DENOISE_OK;
}

typedef struct fused_run {
    const denoise__block *block;
    const denoise__step *step;
    const denoise__plan_value *root;
    bool wants_gradient;
    float scale;
    double loss;
} fused_run;

static const float *sample_target(const denoise__pass_loss *at, int64_t sample, int64_t size)
{
    if (at->args.target != NULL) return at->args.target + sample * size;
    return (const float *)at->target.tensor->data + denoise__batch_rows_index(&at->target, sample) * at->target.size;
}

static void find_targets(const fused_run *run, int64_t first, int64_t count, const float **targets)
{
    const denoise__block *block = run->block;
    const denoise__pass_loss *at = &block->pass->losses[run->step->index];
    int64_t columns = run->step->columns, per_sample = run->root->size / columns;
    for (int64_t i = 0; i < count; i++) {
        int64_t sample = block->first + (first + i) / per_sample, offset = (first + i) % per_sample * columns;
        targets[i] = sample_target(at, sample, run->root->size) + offset;
    }
}

/* Up to CHUNK rows of a panel with `columns` columns, whose targets begin at `first`; z is overwritten by its gradient. */
static uint32_t fused_panel(fused_run *run, float *z, int64_t rows, int64_t columns, const float *bias,
                            const float *const *targets, int64_t first, float *sums)
{
    denoise__tile_bce job = {.z = z,
                             .rows = rows,
                             .columns = columns,
                             .bias = bias,
                             .targets = targets,
                             .first = first,
                             .scale = run->scale,
                             .sums = run->wants_gradient ? sums : NULL};
    run->block->tile->bce(&job);
    run->loss += job.loss;
    return job.top;
}

/* What lies in panels: in place, or in the gradient's memory. */
static void fused_panels(fused_run *run)
{
    const denoise__block *block = run->block;
    denoise__plan *plan = block->plan;
    const denoise__step *producer = &plan->steps[run->root->producer];
    const denoise__plan_product *product = bias_owner(block, run->root);
    int32_t to = run->wants_gradient ? run->step->input_gradients[0] : run->root->buffer;
    int64_t rows = denoise__block_rows(block, run->root), base = denoise__block_first_row(block, run->root) / CHUNK;
    uint32_t *top = denoise__block_top(block, run->root->gradient_tops);
    float unused[PANEL] = {0};
    for (int64_t first = 0; first < rows; first += CHUNK) {
        const float *targets[CHUNK] = {0};
        int64_t count = rows - first < CHUNK ? rows - first : CHUNK;
        find_targets(run, first, count, targets);
        for (int64_t p = 0; p < plan->buffers[to].panels; p++) {
            float *z = denoise__at(block, to, p) + first * PANEL;
            if (to != run->root->buffer)
                memcpy(z, denoise__at(block, run->root->buffer, p) + first * PANEL, (size_t)(count * PANEL) * sizeof *z);
            const float *bias = product == NULL ? denoise__no_bias : product->bias.data + p * product->bias.stride;
            float *sums = producer->gradient_comes_by_panel && producer->sums >= 0
                              ? denoise__product_sums(plan, producer, p, base + first / CHUNK)
                              : unused;
            int64_t left = run->step->columns - p * PANEL;
            uint32_t seen = fused_panel(run, z, count, left < PANEL ? left : PANEL, bias, targets, p * PANEL, sums);
            if (top != NULL && run->wants_gradient && seen > *top) *top = seen;
        }
    }
}

/* Rows that are narrower than a panel: their numbers follow each other, so 16 of a sample at a time are a row of the kernel. */
static void fused_narrow_rows(fused_run *run)
{
    const denoise__block *block = run->block;
    const denoise__pass_loss *at = &block->pass->losses[run->step->index];
    int64_t size = run->root->size;
    const float *from = denoise__at(block, run->root->buffer, 0);
    float *to = run->wants_gradient ? denoise__at(block, run->step->input_gradients[0], 0) : NULL;
    float z[CHUNK * PANEL], sums[PANEL];
    const int64_t room = (int64_t)(sizeof z / sizeof *z);
    for (int64_t n = 0; n < block->samples; n++, from += size) {
        const float *target = sample_target(at, block->first + n, size);
        for (int64_t i = 0, count; i < size; i += count) {
            const float *targets[CHUNK];
            count = size - i < room ? size - i : room;
            if (count > PANEL) count -= count % PANEL;
            for (int64_t r = 0; r * PANEL < count; r++)
                targets[r] = target + i + r * PANEL;
            if (count < PANEL) memset(z, 0, PANEL * sizeof *z);
            memcpy(z, from + i, (size_t)count * sizeof *z);
            (void)fused_panel(run, z, (count + PANEL - 1) / PANEL, count < PANEL ? count : PANEL, denoise__no_bias, targets, 0,
                              sums);
            if (to != NULL) memcpy(to + n * size + i, z, (size_t)count * sizeof *z);
        }
    }
}

/* What lies in rows goes panel by panel through a small copy. */
static void fused_rows(fused_run *run)
{
    const denoise__block *block = run->block;
    int64_t columns = run->step->columns, rows = block->samples * (run->root->size / columns);
    const float *from = denoise__at(block, run->root->buffer, 0);
    float *to = run->wants_gradient ? denoise__at(block, run->step->input_gradients[0], 0) : NULL;
    float z[CHUNK * PANEL], sums[PANEL];
    for (int64_t first = 0; first < rows; first += CHUNK) {
        const float *targets[CHUNK] = {0};
        int64_t count = rows - first < CHUNK ? rows - first : CHUNK;
        find_targets(run, first, count, targets);
        for (int64_t c = 0; c < columns; c += PANEL) {
            int64_t left = columns - c < PANEL ? columns - c : PANEL;
            size_t bytes = (size_t)left * sizeof *z;
            if (left < PANEL) memset(z, 0, sizeof z);
            for (int64_t i = 0; i < count; i++)
                memcpy(z + i * PANEL, from + (first + i) * columns + c, bytes);
            (void)fused_panel(run, z, count, left, denoise__no_bias, targets, c, sums);
            for (int64_t i = 0; to != NULL && i < count; i++)
                memcpy(to + (first + i) * columns + c, z + i * PANEL, bytes);
        }
    }
}

static denoise_status fused_loss(const denoise__block *block, const denoise__step *step, bool wants_gradient)
{
    denoise__plan *plan = block->plan;
    const denoise__loss_args *args = &block->pass->losses[step->index].args;
    fused_run run = {.block = block,
                     .step = step,
                     .root = denoise__plan_root(plan, step->inputs[0]),
                     .wants_gradient = wants_gradient,
                     .scale = denoise__loss_row_scale(args, 0, args->columns)};
    if (run.root->size == 0) return DENOISE_OK;
    if (run.root->layout == DENOISE__LAYOUT_PANELS)
        fused_panels(&run);
    else if (step->is_narrow)
        fused_narrow_rows(&run);
    else
        fused_rows(&run);
    plan->block_losses[step->index * plan->blocks + block->index] = run.loss;
    return DENOISE_OK;
}

static denoise_status batch_loss(const denoise__block *block, const denoise__step *step, bool wants_gradient)
{
    denoise__pass_loss *at = &block->pass->losses[step->index];
    const denoise__plan_value *root = denoise__plan_root(block->plan, step->inputs[0]);
    denoise__loss_args args = at->args;
    args.prediction = denoise__at(block, root->buffer, 0);
    args.gradient = wants_gradient ? denoise__at(block, step->input_gradients[0], 0) : NULL;
    args.scratch = denoise__at(block, step->forward_scratch, 0);
    return denoise__loss_run(at->loss, &args, at->weight, &at->value);
}

/* A block that is larger than those of a segment goes through in their size, so that sums do not depend on it. */
static denoise_status fused_by_blocks(const denoise__block *block, const denoise__step *step, bool wants_gradient)
{
    int64_t size = block->plan->block_samples;
    if (block->samples <= size) return fused_loss(block, step, wants_gradient);
    for (int64_t first = 0; first < block->samples; first += size) {
        denoise__block part = *block;
        part.first += first;
        part.index = part.first / size;
        part.samples = block->samples - first < size ? block->samples - first : size;
        DENOISE__TRY(fused_loss(&part, step, wants_gradient));
    }
    return DENOISE_OK;
}

static denoise_status loss_forward(const denoise__block *block, const denoise__step *step)
{
    const denoise__pass_loss *at = &block->pass->losses[step->index];
    bool wants_gradient = block->pass->backward && step->input_gradients[0] >= 0;
    if (denoise__loss_kind_of(at->loss)->rows == NULL)
        DENOISE__TRY(batch_loss(block, step, wants_gradient));
    else if (!block->pass->keeps_rows && denoise__loss_is_summed(block->plan, at, step->index))
        DENOISE__TRY(fused_by_blocks(block, step, wants_gradient));
    else
        DENOISE__TRY(rows_loss(block, step, wants_gradient));
    if (wants_gradient && step->adds_input[0]) denoise__add_part(block, step, 0);
    return DENOISE_OK;
}

const denoise__step_ops denoise__loss_ops = {.name = "loss", .forward = loss_forward, .scratch = loss_scratch};
