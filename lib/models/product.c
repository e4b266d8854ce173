/* SPDX-License-Identifier: Apache-2.0 */
/* Dense layers in panels: z = x K + b, y = f(z); dz = dy f'(z), dx = dz K^T. The gradients of K and b are the update's
 * (models/update.c), from x, dz and the column sums of dz. */
#include "models/product.h"
#include "core/threads.h"
#include "kernels/finite.h"
#include "models/execute.h"
#include <string.h>

enum { PANEL = DENOISE__PANEL, CHUNK = DENOISE__ROW_BLOCK };

/* One product on one block. */
typedef struct product_run {
    const denoise__block *block;
    const denoise__step *step;
    const denoise__plan_product *product;
    const denoise__plan_value *x, *y;
    float *z; /* what it makes, panel 0 */
    int64_t z_panel, rows;
    bool rectifies;
} product_run;

static product_run run_of(const denoise__block *block, const denoise__step *step)
{
    product_run run = {.block = block,
                       .step = step,
                       .product = &block->plan->products[step->product],
                       .x = denoise__plan_root(block->plan, step->inputs[0]),
                       .y = denoise__plan_root(block->plan, step->outputs[0]),
                       .rectifies = step->rectifies};
    run.z = denoise__at(block, run.y->buffer, 0);
    run.z_panel = block->plan->buffers[run.y->buffer].stride;
    run.rows = denoise__block_rows(block, run.y);
    return run;
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static int64_t group_at(const denoise__block *block, int64_t j, int64_t count)
{
    int64_t group = block->tile->panels_at_once;
    return count - j < group ? count - j : group;
}

static int64_t stride_of(const denoise__block *block, int32_t buffer)
{
    return block->plan->buffers[buffer].stride;
}

/* ---- Forward */

static void multiply(const product_run *run, int64_t j, int64_t count)
{
    const denoise__block *block = run->block;
    block->tile->multiply(&(denoise__tile_product){.rows = run->rows,
                                                   .panels = count,
                                                   .k = run->product->inputs,
                                                   .a = denoise__at(block, run->x->buffer, 0),
                                                   .a_row = PANEL,
                                                   .a_panel = stride_of(block, run->x->buffer),
                                                   .b = run->product->kernel.data + j * run->product->kernel.stride,
                                                   .b_panel = run->product->kernel.stride,
                                                   .c = run->z + j * run->z_panel,
                                                   .c_row = PANEL,
                                                   .c_panel = run->z_panel,
                                                   .fetch = block->fetch});
}

/* Bias and activation of panel j. */
static uint32_t finish(const product_run *run, int64_t j)
{
    float *z = run->z + j * run->z_panel;
    const denoise__kind_ref *activation = run->step->activation;
    uint32_t top =
        run->block->tile->finish(z, run->rows, run->product->bias.data + j * run->product->bias.stride, run->rectifies);
    if (activation == NULL || run->rectifies) return top;
    denoise__activation_kind_of(activation)->forward(activation->config, z, z, run->rows, PANEL);
    int64_t left = run->product->units - j * PANEL;
    if (left < PANEL) denoise__clear_spare(z, run->rows, left);
    return run->y->tops < 0 ? 0 : denoise__top_bits(z, run->rows * PANEL);
}

/* A few rows make the best tiles of many panels at a time. */
static uint32_t forward_panels(const product_run *run, int64_t first, int64_t end)
{
    uint32_t top = 0;
    for (int64_t j = first, group; j < end; j += group) {
        group = run->block->spreads ? end - j : group_at(run->block, j, end);
        multiply(run, j, group);
        for (int64_t p = j; p < j + group && !run->step->leaves_bias; p++)
            top = greater(top, finish(run, p));
    }
    return top;
}

/* A few rows: groups of panels on the pool. */
typedef struct spread {
    const product_run *run;
    int64_t group;
} spread;

static void run_group(void *context, int64_t index)
{
    const spread *s = context;
    int64_t first = index * s->group, count = s->run->product->kernel.count, end = first + s->group;
    (void)forward_panels(s->run, first, end < count ? end : count);
}

static void forward_spread(const product_run *run)
{
    int64_t panels = run->product->kernel.count;
    spread s = {run, panels >= 32 ? 8 : panels >= 2 ? (panels + 1) / 2 : 1};
    denoise__parallel_for((panels + s.group - 1) / s.group, run_group, &s);
}

/* Greatest magnitude of what comes in, where its maker does not tell. */
static void watch_input(const product_run *run)
{
    const denoise__step *producer = &run->block->plan->steps[run->x->producer];
    uint32_t *top = denoise__block_top(run->block, run->x->tops), seen = 0;
    if (top == NULL || producer->sort == DENOISE__STEP_LOAD || (producer->product >= 0 && !producer->leaves_bias)) return;
    for (int64_t p = 0; p < run->block->plan->buffers[run->x->buffer].panels; p++)
        seen = greater(seen, denoise__top_bits(denoise__at(run->block, run->x->buffer, p), run->rows * PANEL));
    *top = seen;
}

static denoise_status forward(const denoise__block *block, const denoise__step *step)
{
    product_run run = run_of(block, step);
    if (block->spreads) {
        forward_spread(&run);
        return DENOISE_OK;
    }
    watch_input(&run);
    uint32_t seen = forward_panels(&run, 0, run.product->kernel.count), *top = denoise__block_top(block, run.y->tops);
    if (top != NULL) *top = seen;
    return DENOISE_OK;
}

/* ---- Backward */

/* dz of panel j in the place of dy, its column sums by chunks of 64 rows, and its greatest magnitude. */
static void finish_gradient(const denoise__block *block, const denoise__step *step, int64_t j)
{
    product_run run = run_of(block, step);
    const denoise__kind_ref *activation = step->activation;
    float *dz = denoise__at(block, run.y->gradient, j), unused[PANEL];
    const float *y = activation == NULL ? NULL : run.z + j * run.z_panel;
    int64_t base = denoise__block_first_row(block, run.y) / CHUNK;
    uint32_t *top = denoise__block_top(block, run.y->gradient_tops);
    if (activation != NULL && !run.rectifies)
        denoise__activation_kind_of(activation)->backward(activation->config, NULL, y, dz, dz, run.rows, PANEL);
    for (int64_t first = 0; first < run.rows; first += CHUNK) {
        int64_t count = run.rows - first < CHUNK ? run.rows - first : CHUNK;
        float *sums = step->sums < 0 ? unused : denoise__product_sums(block->plan, step, j, base + first / CHUNK);
        uint32_t seen = block->tile->backward(dz + first * PANEL, run.rectifies ? y + first * PANEL : NULL, count, sums);
        if (top != NULL) *top = greater(*top, seen);
    }
}

static denoise_status backward(const denoise__block *block, const denoise__step *step)
{
    product_run run = run_of(block, step);
    int32_t to = step->input_gradients[0];
    for (int64_t j = 0; j < run.product->kernel.count && !step->gradient_comes_by_panel; j++)
        finish_gradient(block, step, j);
    if (to < 0) return DENOISE_OK;
    for (int64_t j = 0, group, count = block->plan->buffers[to].panels; j < count; j += group) {
        group = group_at(block, j, count);
        block->tile->multiply(&(denoise__tile_product){.rows = run.rows,
                                                       .panels = group,
                                                       .k = run.product->units,
                                                       .a = denoise__at(block, run.y->gradient, 0),
                                                       .a_row = PANEL,
                                                       .a_panel = stride_of(block, run.y->gradient),
                                                       .b = run.product->transposed.data + j * run.product->transposed.stride,
                                                       .b_panel = run.product->transposed.stride,
                                                       .c = denoise__at(block, to, j),
                                                       .c_row = PANEL,
                                                       .c_panel = stride_of(block, to),
                                                       .fetch = block->fetch});
        for (int64_t p = j; p < j + group; p++)
            denoise__gradient_panel_done(block, run.x, p);
    }
    return DENOISE_OK;
}

const denoise__step_ops denoise__product_ops = {
    .name = "product", .forward = forward, .backward = backward, .gradient_panel = finish_gradient};
