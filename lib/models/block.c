/* SPDX-License-Identifier: Apache-2.0 */
/* Where the rows of a block lie, and what is done to them whatever the step: copies between layouts, sums of gradients. */
#include "core/threads.h"
#include "kernels/loops.h"
#include "models/execute.h"
#include <string.h>

enum { PANEL = DENOISE__PANEL, ADD_GRAIN = 1 << 14 };

void denoise__gradient_panel_done(const denoise__block *block, const denoise__plan_value *root, int64_t panel)
{
    const denoise__step *producer = &block->plan->steps[root->producer];
    if (producer->gradient_comes_by_panel) producer->ops->gradient_panel(block, producer, panel);
}

int64_t denoise__batch_rows_index(const denoise__batch_rows *rows, int64_t i)
{
    return rows->first + (rows->order != NULL ? rows->order[rows->start + i] : rows->start + i);
}

void denoise__batch_rows_read(const denoise__batch_rows *rows, int64_t first, int64_t count, float *to)
{
    if (rows->order == NULL) {
        denoise__tensor_read_floats(rows->tensor, denoise__batch_rows_index(rows, first) * rows->size, count * rows->size, to);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        denoise__tensor_read_floats(rows->tensor, denoise__batch_rows_index(rows, first + i) * rows->size, rows->size,
                                    to + i * rows->size);
}

static int64_t panel_count(const denoise__plan_value *root)
{
    return root->columns / PANEL + (root->columns % PANEL != 0);
}

void denoise__clear_spare(float *panel, int64_t rows, int64_t columns)
{
    for (int64_t i = 0; i < rows; i++)
        memset(panel + i * PANEL + columns, 0, (size_t)(PANEL - columns) * sizeof *panel);
}

void denoise__clear_spare_of(const denoise__block *block, const denoise__plan_value *root, int32_t buffer)
{
    int64_t used = root->columns % PANEL;
    if (used != 0)
        denoise__clear_spare(denoise__at(block, buffer, root->columns / PANEL), denoise__block_rows(block, root), used);
}

/* ---- What will be read soon */

static int64_t list_rows(const denoise__batch_rows *source, int64_t first, int64_t end, denoise__tile_piece *pieces,
                         int64_t room)
{
    int64_t listed = 0, bytes = source->size * denoise__dtype_size(source->tensor->dtype);
    for (int64_t i = first; i < end && listed < room; i++) {
        const char *data = source->tensor->data;
        pieces[listed++] = (denoise__tile_piece){data + denoise__batch_rows_index(source, i) * bytes, bytes};
    }
    return listed;
}

int64_t denoise__list_rows_ahead(const denoise__block *block, const denoise__segment *segment, denoise__tile_piece *pieces,
                                 int64_t room)
{
    const denoise__plan *plan = block->plan;
    int64_t listed = 0, next = block->first + plan->slots * plan->block_samples, last = block->pass->rows;
    if (next + plan->block_samples < last) last = next + plan->block_samples;
    for (int32_t i = segment->first + segment->count - 1; i >= segment->first; i--) { /* losses come last, and are met first */
        const denoise__step *step = &plan->steps[plan->order[i]];
        if (step->is_fused_loss && block->pass->losses[step->index].args.target == NULL)
            listed += list_rows(&block->pass->losses[step->index].target, block->first, block->first + block->samples,
                                pieces + listed, room - listed);
        if (step->sort == DENOISE__STEP_LOAD)
            listed += list_rows(&block->pass->inputs[step->index], next, last, pieces + listed, room - listed);
    }
    return listed;
}

/* ---- Changes of layout */

/* One side of a copy: where element e of a sample lies, and how many follow it there. */
typedef struct side {
    float *data;
    bool in_panels;
    int64_t size, columns, rows, stride; /* rows: of a sample */
} side;

static side side_of(const denoise__block *block, const denoise__plan_value *root, int32_t buffer)
{
    return (side){.data = denoise__at(block, buffer, 0),
                  .in_panels = root->layout == DENOISE__LAYOUT_PANELS,
                  .size = root->size,
                  .columns = root->columns,
                  .rows = root->columns == 0 ? 0 : root->size / root->columns,
                  .stride = block->plan->buffers[buffer].stride};
}

static float *element_at(const side *s, int64_t sample, int64_t element, int64_t *run)
{
    if (!s->in_panels) {
        *run = s->size - element;
        return s->data + sample * s->size + element;
    }
    int64_t row = element / s->columns, column = element % s->columns, left = s->columns - column,
            rest = PANEL - column % PANEL;
    *run = left < rest ? left : rest;
    return s->data + column / PANEL * s->stride + (sample * s->rows + row) * PANEL + column % PANEL;
}

static void copy_sample(const side *from, int64_t from_sample, const side *to, int64_t to_sample)
{
    for (int64_t e = 0, run; e < from->size; e += run) {
        int64_t have, room;
        const float *x = element_at(from, from_sample, e, &have);
        float *y = element_at(to, to_sample, e, &room);
        run = have < room ? have : room;
        memcpy(y, x, (size_t)run * sizeof *y);
    }
}

typedef struct copy_job {
    side from, to;
} copy_job;

static void copy_samples(void *context, int64_t first, int64_t count)
{
    const copy_job *job = context;
    for (int64_t i = first; i < first + count; i++)
        copy_sample(&job->from, i, &job->to, i);
}

static void convert_sides(const denoise__block *block, const side *from, const side *to)
{
    copy_job job = {*from, *to};
    denoise__parallel_ranges(block->samples, from->size >= ADD_GRAIN ? 1 : ADD_GRAIN / (from->size + 1) + 1, copy_samples,
                             &job);
}

void denoise__convert_block(const denoise__block *block, const denoise__plan_value *from, int32_t from_buffer,
                            const denoise__plan_value *to, int32_t to_buffer)
{
    side x = side_of(block, from, from_buffer), y = side_of(block, to, to_buffer);
    convert_sides(block, &x, &y);
    if (to->layout == DENOISE__LAYOUT_PANELS) denoise__clear_spare_of(block, to, to_buffer);
}

void denoise__panels_to_rows(const denoise__block *block, const denoise__plan_value *root, int32_t from, float *rows)
{
    side x = side_of(block, root, from), y = {.data = rows, .size = root->size};
    convert_sides(block, &x, &y);
}

void denoise__rows_to_panels(const denoise__block *block, const denoise__plan_value *root, const float *rows, int32_t to)
{
    side x = {.data = (float *)(uintptr_t)rows, .size = root->size}, y = side_of(block, root, to);
    convert_sides(block, &x, &y);
    denoise__clear_spare_of(block, root, to);
}

/* ---- Sums of gradients */

typedef struct addition {
    float *sum;
    const float *part;
} addition;

static void add_range(void *context, int64_t first, int64_t count)
{
    const addition *job = context;
    denoise__loops_table()->add(job->part + first, job->sum + first, count);
}

void denoise__add_part(const denoise__block *block, const denoise__step *step, int32_t input)
{
    const denoise__plan_value *root = denoise__plan_root(block->plan, step->inputs[input]);
    if (step->input_gradients[input] < 0) return;
    bool in_panels = root->layout == DENOISE__LAYOUT_PANELS;
    int64_t pieces = in_panels ? panel_count(root) : 1;
    int64_t count = in_panels ? denoise__block_rows(block, root) * PANEL : block->samples * root->size;
    for (int64_t i = 0; i < pieces; i++) {
        addition job = {denoise__at(block, root->gradient, i), denoise__at(block, step->input_gradients[input], i)};
        denoise__parallel_ranges(count, ADD_GRAIN, add_range, &job);
    }
}
