/* SPDX-License-Identifier: Apache-2.0 */
/* The first phase: forward, loss and backward of blocks of rows. */
#include "core/threads.h"
#include "models/chain.h"
#include <string.h>

enum { PANEL = DENOISE__PANEL, BLOCK = DENOISE__ROW_BLOCK, FEW_ROWS = 7 };

/* One block of rows of one pass; the panels of its thread or of the batch are reached through at(). */
typedef struct block_run {
    denoise__chain *chain;
    denoise__chain_pass *pass;
    const denoise__tile *tile;
    int64_t index, first, rows;
    int32_t slot;
} block_run;

/* The block's first row in panel j. */
static float *at(const block_run *run, const denoise__panels *panels, int64_t j)
{
    int64_t row = run->chain->trains ? run->first : 0;
    return panels->data + run->slot * panels->slot_size + j * panels->stride + row * PANEL;
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t *top_at(const block_run *run, bool of_gradient, int32_t layer)
{
    const denoise__chain *chain = run->chain;
    return &chain->tops[((of_gradient ? chain->layer_count : 0) + layer) * chain->blocks + run->index];
}

static void load(const block_run *run)
{
    const denoise__chain *chain = run->chain;
    const denoise__chain_source *source = &run->pass->input;
    const denoise__tile_scale *scale = chain->rescales ? &chain->scale : NULL;
    const void *rows[BLOCK];
    for (int64_t i = 0; i < run->rows; i++)
        rows[i] = denoise__chain_row(source, run->first + i);
    float *to = at(run, &chain->input, 0);
    uint32_t top;
    if (source->is_bytes) {
        const uint8_t *bytes[BLOCK];
        for (int64_t i = 0; i < run->rows; i++)
            bytes[i] = rows[i];
        top = run->tile->gather_bytes(bytes, run->rows, source->columns, scale, to, chain->input.stride);
    } else {
        const float *floats[BLOCK];
        for (int64_t i = 0; i < run->rows; i++)
            floats[i] = rows[i];
        top = run->tile->gather(floats, run->rows, source->columns, scale, to, chain->input.stride);
    }
    chain->block[run->index].input_top = top;
}

/* Columns that fill up the last panel, after an activation that made them something else than zero. */
static void clear_spare(float *panel, int64_t rows, int64_t columns)
{
    for (int64_t i = 0; i < rows; i++)
        memset(panel + i * PANEL + columns, 0, (size_t)(PANEL - columns) * sizeof *panel);
}

/* Bias and activation of panel j. */
static uint32_t finish(const block_run *run, const denoise__chain_layer *layer, float *z, int64_t j)
{
    uint32_t top = run->tile->finish(z, run->rows, layer->bias.data + j * PANEL, layer->is_rectifier);
    if (layer->activation == NULL || layer->is_rectifier) return top;
    denoise__activation(layer->activation)->forward(layer->activation->config, z, z, run->rows, PANEL);
    if (layer->fills_zeros && (j + 1) * PANEL > layer->units) clear_spare(z, run->rows, layer->units - j * PANEL);
    if (!run->pass->gradients) return 0;
    /* once more, for the top alone */
    return run->tile->finish(z, run->rows, denoise__chain_no_bias, false);
}

static const denoise__panels *before(const denoise__chain *chain, int32_t layer)
{
    return layer == 0 ? &chain->input : &chain->layers[layer - 1].output;
}

/* Panels j..j+count-1 of a layer's x K. */
static void multiply(const block_run *run, int32_t index, const denoise__panels *to, int64_t j, int64_t count)
{
    const denoise__chain_layer *layer = &run->chain->layers[index];
    const denoise__panels *from = before(run->chain, index);
    run->tile->multiply(&(denoise__tile_product){.rows = run->rows,
                                                 .panels = count,
                                                 .k = layer->inputs,
                                                 .a = at(run, from, 0),
                                                 .a_row = PANEL,
                                                 .a_panel = from->stride,
                                                 .b = layer->kernel.data + j * layer->kernel.stride,
                                                 .b_panel = layer->kernel.stride,
                                                 .c = at(run, to, j),
                                                 .c_row = PANEL,
                                                 .c_panel = to->stride});
}

static int64_t group_at(const block_run *run, int64_t j, int64_t count)
{
    int64_t group = run->tile->panels_at_once;
    return count - j < group ? count - j : group;
}

static void forward_layer(const block_run *run, int32_t index)
{
    const denoise__chain_layer *layer = &run->chain->layers[index];
    uint32_t top = 0;
    for (int64_t j = 0, group; j < layer->kernel.count; j += group) {
        group = group_at(run, j, layer->kernel.count);
        multiply(run, index, &layer->output, j, group);
        for (int64_t p = j; p < j + group; p++)
            top = greater(top, finish(run, layer, at(run, &layer->output, p), p));
    }
    *top_at(run, false, index) = top;
}

/* z of the last layer to and from rows. */
static void to_rows(const block_run *run, const denoise__panels *from, float *rows)
{
    for (int64_t j = 0; j < from->count; j++) {
        const float *panel = at(run, from, j);
        int64_t left = from->columns - j * PANEL;
        size_t bytes = (size_t)(left < PANEL ? left : PANEL) * sizeof *rows;
        for (int64_t i = 0; i < run->rows; i++)
            memcpy(rows + i * from->columns + j * PANEL, panel + i * PANEL, bytes);
    }
}

static void from_rows(const block_run *run, const denoise__panels *to, const float *rows)
{
    for (int64_t j = 0; j < to->count; j++) {
        float *panel = at(run, to, j);
        int64_t left = to->columns - j * PANEL, width = left < PANEL ? left : PANEL;
        for (int64_t i = 0; i < run->rows; i++)
            memcpy(panel + i * PANEL, rows + i * to->columns + j * PANEL, (size_t)width * sizeof *rows);
        if (width < PANEL) clear_spare(panel, run->rows, width);
    }
}

static void activate_rows(const denoise__chain *chain, const float *x, float *y, int64_t rows)
{
    const denoise__kind_ref *activation = chain->last_activation;
    denoise__activation(activation)->forward(activation->config, x, y, rows, chain->last_columns);
}

/* dz of the last layer is in its place: sums and top. */
static void sum_last(const block_run *run)
{
    const denoise__chain_layer *last = &run->chain->layers[run->chain->layer_count - 1];
    uint32_t top = 0;
    for (int64_t j = 0; j < last->gradient.count; j++) {
        float *sums = last->sums.data + j * last->sums.stride + run->index * PANEL;
        top = greater(top, run->tile->backward(at(run, &last->gradient, j), NULL, run->rows, sums));
    }
    *top_at(run, true, run->chain->layer_count - 1) = top;
}

/* Any loss, on rows. An absorbed activation is not part of what the loss reads. */
static void rows_loss(const block_run *run, const denoise__panels *z)
{
    const denoise__chain *chain = run->chain;
    const denoise__chain_pass *pass = run->pass;
    int64_t columns = chain->last_columns, offset = run->first * columns;
    float *values = (pass->loss == NULL ? pass->output : chain->values) + offset;
    bool absorbed = pass->absorbed, activates = chain->last_activation != NULL;
    to_rows(run, z, values);
    if (activates && !absorbed) activate_rows(chain, values, values, run->rows);
    if (pass->loss != NULL) {
        denoise__loss_args args = pass->args;
        args.prediction = chain->values;
        args.gradient = pass->gradients ? chain->slopes : NULL;
        int64_t each = columns / args.columns; /* rows of the loss: the output may have another shape than the last layer */
        pass->loss->rows(&args, run->first * each, run->rows * each);
    }
    if (pass->loss == NULL) return;
    if (pass->output != NULL && activates && absorbed) {
        activate_rows(chain, values, pass->output + offset, run->rows);
    } else if (pass->output != NULL) {
        memcpy(pass->output + offset, values, (size_t)(run->rows * columns) * sizeof *values);
    }
    if (!pass->gradients) return;
    float *slopes = chain->slopes + offset;
    if (activates && !absorbed) {
        const denoise__kind_ref *activation = chain->last_activation;
        denoise__activation(activation)->backward(activation->config, NULL, values, slopes, slopes, run->rows, columns);
    }
    from_rows(run, z, slopes);
    sum_last(run);
}

/* Sigmoid and binary cross-entropy of panel p, whose z is there, with its bias in or to be added. */
static void sigmoid_loss(const block_run *run, const denoise__panels *z, int64_t p, const float *bias,
                         const float *const *targets, uint32_t *top)
{
    const denoise__chain *chain = run->chain;
    const denoise__chain_layer *last = &chain->layers[chain->layer_count - 1];
    int64_t left = last->units - p * PANEL;
    denoise__tile_bce job = {.z = at(run, z, p),
                             .rows = run->rows,
                             .columns = left < PANEL ? left : PANEL,
                             .bias = bias,
                             .targets = targets,
                             .first = p * PANEL,
                             .scale = denoise__loss_row_scale(&run->pass->args, 0, run->pass->args.columns)};
    if (run->pass->gradients) job.sums = last->sums.data + p * last->sums.stride + run->index * PANEL;
    run->tile->bce(&job);
    chain->block[run->index].loss += job.loss;
    *top = greater(*top, job.top);
}

static void last_layer(const block_run *run)
{
    const denoise__chain *chain = run->chain;
    const denoise__chain_pass *pass = run->pass;
    int32_t index = chain->layer_count - 1;
    const denoise__chain_layer *layer = &chain->layers[index];
    const denoise__panels *z = chain->trains ? &layer->gradient : &layer->output;
    const float *targets[BLOCK] = {0};
    bool fused = pass->sigmoid, finishes = !fused || pass->output != NULL;
    uint32_t top = 0;
    chain->block[run->index].loss = 0;
    for (int64_t i = 0; fused && i < run->rows; i++)
        targets[i] = denoise__chain_row(&pass->target, run->first + i);
    for (int64_t j = 0, group; j < layer->kernel.count; j += group) {
        group = group_at(run, j, layer->kernel.count);
        multiply(run, index, z, j, group);
        for (int64_t p = j; p < j + group; p++) {
            if (finishes) (void)run->tile->finish(at(run, z, p), run->rows, layer->bias.data + p * PANEL, false);
            if (fused && !finishes) sigmoid_loss(run, z, p, layer->bias.data + p * PANEL, targets, &top);
        }
    }
    if (!fused) {
        rows_loss(run, z);
        return;
    }
    if (finishes) {
        float *output = pass->output + run->first * chain->last_columns;
        to_rows(run, z, output);
        if (chain->last_activation != NULL) activate_rows(chain, output, output, run->rows);
        for (int64_t p = 0; p < layer->kernel.count; p++)
            sigmoid_loss(run, z, p, denoise__chain_no_bias, targets, &top);
    }
    *top_at(run, true, index) = top;
}

/* dz of the layer before: (dz K^T) f'. */
static void backward_layer(const block_run *run, int32_t index)
{
    const denoise__chain_layer *layer = &run->chain->layers[index], *to = &run->chain->layers[index - 1];
    uint32_t top = 0;
    for (int64_t j = 0, group; j < to->gradient.count; j += group) {
        group = group_at(run, j, to->gradient.count);
        run->tile->multiply(&(denoise__tile_product){.rows = run->rows,
                                                     .panels = group,
                                                     .k = layer->units,
                                                     .a = at(run, &layer->gradient, 0),
                                                     .a_row = PANEL,
                                                     .a_panel = layer->gradient.stride,
                                                     .b = layer->transposed.data + j * layer->transposed.stride,
                                                     .b_panel = layer->transposed.stride,
                                                     .c = at(run, &to->gradient, j),
                                                     .c_row = PANEL,
                                                     .c_panel = to->gradient.stride});
        for (int64_t p = j; p < j + group; p++) {
            float *dz = at(run, &to->gradient, p), *sums = to->sums.data + p * to->sums.stride + run->index * PANEL;
            const float *y = at(run, &to->output, p);
            if (to->activation != NULL && !to->is_rectifier) {
                denoise__activation(to->activation)->backward(to->activation->config, NULL, y, dz, dz, run->rows, PANEL);
            }
            top = greater(top, run->tile->backward(dz, to->is_rectifier ? y : NULL, run->rows, sums));
        }
    }
    *top_at(run, true, index - 1) = top;
}

static void run_block(void *context, int64_t index, int32_t slot)
{
    block_run run = *(const block_run *)context;
    const denoise__chain *chain = run.chain;
    run.index = index;
    run.slot = chain->trains ? 0 : slot; /* the batch is one frame */
    run.first = index * chain->block_rows;
    run.rows = run.pass->rows - run.first < chain->block_rows ? run.pass->rows - run.first : chain->block_rows;
    load(&run);
    for (int32_t i = 0; i + 1 < chain->layer_count; i++)
        forward_layer(&run, i);
    last_layer(&run);
    if (!run.pass->gradients) return;
    for (int32_t i = chain->layer_count - 1; i > chain->first_trained; i--)
        backward_layer(&run, i);
}

/* A few rows: the layers one after the other, each cut into groups of panels. */
typedef struct few_run {
    block_run run;
    int32_t layer;
    int64_t group;
} few_run;

static void run_group(void *context, int64_t index)
{
    const few_run *few = context;
    const denoise__chain_layer *layer = &few->run.chain->layers[few->layer];
    int64_t j = index * few->group, count = layer->kernel.count - j < few->group ? layer->kernel.count - j : few->group;
    multiply(&few->run, few->layer, &layer->output, j, count);
    for (int64_t p = j; p < j + count; p++)
        (void)finish(&few->run, layer, at(&few->run, &layer->output, p), p);
}

static void run_few(const block_run *start)
{
    few_run few = {.run = *start};
    const denoise__chain *chain = few.run.chain;
    few.run.rows = few.run.pass->rows;
    load(&few.run);
    for (few.layer = 0; few.layer < chain->layer_count; few.layer++) {
        int64_t panels = chain->layers[few.layer].kernel.count;
        few.group = panels >= 32 ? 8 : panels >= 2 ? (panels + 1) / 2 : 1;
        denoise__parallel_for((panels + few.group - 1) / few.group, run_group, &few);
    }
    rows_loss(&few.run, &chain->layers[chain->layer_count - 1].output);
}

static void reduce(denoise__chain *chain, denoise__chain_pass *pass, int64_t blocks)
{
    pass->loss_sum = 0;
    pass->input_top = 0;
    for (int64_t i = 0; i < blocks; i++) {
        pass->loss_sum += chain->block[i].loss;
        pass->input_top = greater(pass->input_top, chain->block[i].input_top);
    }
    for (int32_t l = 0; l < chain->layer_count; l++) {
        const uint32_t *outputs = chain->tops + l * chain->blocks, *gradients = outputs + chain->layer_count * chain->blocks;
        chain->layers[l].output_top = chain->layers[l].gradient_top = 0;
        for (int64_t i = 0; i < blocks; i++) {
            chain->layers[l].output_top = greater(chain->layers[l].output_top, outputs[i]);
            chain->layers[l].gradient_top = greater(chain->layers[l].gradient_top, gradients[i]);
        }
    }
}

void denoise__chain_run(denoise__chain *chain, denoise__chain_pass *pass)
{
    block_run run = {.chain = chain, .pass = pass, .tile = denoise__tile_table()};
    int64_t blocks = pass->rows / chain->block_rows + (pass->rows % chain->block_rows != 0);
    denoise__chain_refresh(chain);
    if (pass->rows <= FEW_ROWS && pass->loss == NULL && !chain->trains) {
        run_few(&run);
        return;
    }
    denoise__parallel_slots(blocks, chain->trains ? INT32_MAX : chain->slots, run_block, &run);
    reduce(chain, pass, blocks);
}
