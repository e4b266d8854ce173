/* SPDX-License-Identifier: Apache-2.0 */
/* What steps do with a block, except products and losses: rows come in, layers, activations, changes of layout, gradients from
 * outside. */
#include "core/memory.h"
#include "core/random.h"
#include "core/threads.h"
#include "kernels/finite.h"
#include "models/execute.h"
#include "models/fold.h"
#include <string.h>

enum { PANEL = DENOISE__PANEL, CHUNK = DENOISE__ROW_BLOCK };

static const denoise__kind_ref no_activation = {0};

static const denoise__plan_value *input_of(const denoise__block *block, const denoise__step *step, int32_t index)
{
    return denoise__plan_root(block->plan, step->inputs[index]);
}

static const denoise__plan_value *output_of(const denoise__block *block, const denoise__step *step, int32_t index)
{
    return denoise__plan_root(block->plan, step->outputs[index]);
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static int64_t panel_count(const denoise__plan_value *root)
{
    return root->columns / PANEL + (root->columns % PANEL != 0);
}

/* ---- Rows that come in */

static denoise__tile_scale scale_of(const denoise__step *step)
{
    denoise__tile_scale scale = {.high = (float)step->scale, .offset = (float)step->offset};
    scale.low = (float)(step->scale - (double)scale.high);
    return scale;
}

/* Up to CHUNK rows of `columns` numbers that lie in the tensor as float32 or bytes. */
static uint32_t gather_chunk(const denoise__block *block, const denoise__batch_rows *source, int64_t first, int64_t count,
                             int64_t columns, const denoise__tile_scale *scale, float *to, int64_t stride)
{
    int64_t per_sample = source->size / columns;
    const float *floats[CHUNK];
    const uint8_t *bytes[CHUNK];
    bool is_bytes = source->tensor->dtype == DENOISE_UINT8;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = first + i, sample = row / per_sample;
        int64_t at = denoise__batch_rows_index(source, sample) * source->size + row % per_sample * columns;
        if (is_bytes)
            bytes[i] = (const uint8_t *)source->tensor->data + at;
        else
            floats[i] = (const float *)source->tensor->data + at;
    }
    return is_bytes ? block->tile->gather_bytes(bytes, count, columns, scale, to, stride)
                    : block->tile->gather(floats, count, columns, scale, to, stride);
}

/* Numbers of another type go through a row of float32. */
static uint32_t gather_converted(const denoise__block *block, const denoise__batch_rows *source, int64_t first, int64_t count,
                                 int64_t columns, const denoise__tile_scale *scale, float *to, int64_t stride, float *row)
{
    uint32_t top = 0;
    for (int64_t i = 0; i < count; i++) {
        const float *rows[1] = {row};
        int64_t per_sample = source->size / columns, at = first + i;
        denoise__tensor_read_floats(
            source->tensor, denoise__batch_rows_index(source, at / per_sample) * source->size + at % per_sample * columns,
            columns, row);
        top = greater(top, block->tile->gather(rows, 1, columns, scale, to + i * PANEL, stride));
    }
    return top;
}

static uint32_t load_panels(const denoise__block *block, const denoise__step *step, const denoise__batch_rows *source)
{
    const denoise__plan_value *root = output_of(block, step, 0);
    int64_t stride = block->plan->buffers[root->buffer].stride, rows = denoise__block_rows(block, root);
    int64_t first = denoise__block_first_row(block, root);
    denoise__tile_scale scale = scale_of(step);
    const denoise__tile_scale *by = step->rescales ? &scale : NULL;
    bool is_direct = source->tensor->dtype == DENOISE_FLOAT32 || source->tensor->dtype == DENOISE_UINT8;
    uint32_t top = 0;
    for (int64_t i = 0; i < rows; i += CHUNK) {
        int64_t count = rows - i < CHUNK ? rows - i : CHUNK;
        float *to = denoise__at(block, root->buffer, 0) + i * PANEL;
        uint32_t one = is_direct ? gather_chunk(block, source, first + i, count, root->columns, by, to, stride)
                                 : gather_converted(block, source, first + i, count, root->columns, by, to, stride,
                                                    denoise__at(block, step->forward_scratch, 0));
        top = greater(top, one);
    }
    return top;
}

typedef struct load_job {
    const denoise__block *block;
    const denoise__step *step;
    const denoise__batch_rows *source;
    float *to;
} load_job;

static void load_rows(void *context, int64_t first, int64_t count)
{
    const load_job *job = context;
    denoise__batch_rows_read(job->source, job->block->first + first, count, job->to + first * job->source->size);
}

static denoise_status load_forward(const denoise__block *block, const denoise__step *step)
{
    const denoise__batch_rows *source = &block->pass->inputs[step->index];
    const denoise__plan_value *root = output_of(block, step, 0);
    uint32_t *top = denoise__block_top(block, root->tops);
    if (root->layout == DENOISE__LAYOUT_PANELS) {
        uint32_t seen = load_panels(block, step, source);
        if (top != NULL) *top = seen;
        return DENOISE_OK;
    }
    load_job job = {block, step, source, denoise__at(block, root->buffer, 0)};
    int64_t count = block->samples * root->size;
    denoise__parallel_ranges(block->samples, root->size >= 4096 ? 1 : 4096 / (root->size + 1) + 1, load_rows, &job);
    if (step->rescales) {
        denoise__tile_scale scale = scale_of(step);
        block->tile->rescale(job.to, job.to, count, &scale);
    }
    if (top != NULL) *top = denoise__top_bits(job.to, count);
    return DENOISE_OK;
}

/* A row of numbers of another type. */
static int64_t load_scratch(const denoise__plan *plan, const denoise__step *step, int64_t samples)
{
    (void)samples;
    return denoise__plan_root(plan, step->outputs[0])->columns;
}

const denoise__step_ops denoise__load_ops = {.name = "load", .forward = load_forward, .scratch = load_scratch};

/* ---- Layers */

/* A thread's arrays of arguments, one behind the other. */
typedef struct argument_arrays {
    const float **inputs, **weights, **output_gradients;
    float **outputs, **input_gradients, **weight_gradients, **statistics;
} argument_arrays;

static argument_arrays arrays_of(const denoise__block *block, const denoise__step *step)
{
    void **at = block->plan->pointers + block->slot * block->plan->pointer_count;
    argument_arrays a;
    a.inputs = (const float **)(void *)at;
    a.outputs = (float **)(void *)(at += step->input_count);
    a.weights = (const float **)(void *)(at += step->output_count);
    a.output_gradients = (const float **)(void *)(at += step->weight_count);
    a.input_gradients = (float **)(void *)(at += step->output_count);
    a.weight_gradients = (float **)(void *)(at += step->input_count);
    a.statistics = (float **)(void *)(at + step->weight_count);
    return a;
}

/* Arguments of a layer for this block, in panel `panel` of all its values where it goes by panels. */
static denoise__layer_args args_of(const denoise__block *block, const denoise__step *step, const argument_arrays *a,
                                   int64_t panel)
{
    for (int32_t i = 0; i < step->weight_count && step->fold == NULL; i++)
        a->weights[i] = denoise__weight_values(&step->layer->weights[i]);
    if (step->fold != NULL) denoise__fold_weights(step->fold, a->weights);
    for (int32_t i = 0; i < step->input_count; i++)
        a->inputs[i] = denoise__at(block, input_of(block, step, i)->buffer, panel);
    for (int32_t i = 0; i < step->output_count; i++)
        a->outputs[i] = denoise__at(block, output_of(block, step, i)->buffer, panel);
    const denoise__plan_value *output = output_of(block, step, 0);
    return (denoise__layer_args){.config = denoise__step_config(step),
                                 .batch = block->samples,
                                 .input_count = step->input_count,
                                 .output_count = step->output_count,
                                 .input_shapes = step->input_shapes,
                                 .output_shapes = step->output_shapes,
                                 .inputs = a->inputs,
                                 .outputs = a->outputs,
                                 .weights = a->weights,
                                 .activation = step->activation != NULL ? step->activation : &no_activation,
                                 .pre_activation = denoise__at(block, step->pre_activation, 0),
                                 .state = denoise__at(block, step->state, 0),
                                 .prepared = denoise__at(block, step->prepared, 0),
                                 .training = block->plan->training,
                                 .rectified_input = step->rectified_input,
                                 .is_direct = block->plan->is_direct,
                                 .is_frozen = step->is_frozen,
                                 .random = {.seed = block->pass->seed,
                                            .stream = denoise__stream(DENOISE__STREAM_LAYER, step->key, block->pass->number, 0),
                                            .first = (uint64_t)block->first * (uint64_t)output->size,
                                            .step = output->size}};
}

/* The gradients of outputs, inputs and weights. */
static void set_gradients(const denoise__block *block, const denoise__step *step, const argument_arrays *a, int64_t panel,
                          denoise__layer_args *args)
{
    for (int32_t i = 0; i < step->output_count; i++) {
        const denoise__plan_value *output = output_of(block, step, i);
        a->output_gradients[i] = output->contributors > 0 ? denoise__at(block, output->gradient, panel) : NULL;
    }
    for (int32_t i = 0; i < step->input_count; i++)
        a->input_gradients[i] = denoise__at(block, step->input_gradients[i], panel);
    for (int32_t i = 0; i < step->weight_count; i++)
        a->weight_gradients[i] = denoise__at(block, step->weights[i].gradient, 0);
    args->output_gradients = a->output_gradients;
    args->input_gradients = a->input_gradients;
    args->weight_gradients = a->weight_gradients;
    args->scratch = denoise__at(block, step->backward_scratch, 0);
}

/* Where gradients of weights are sums of parts, a block that is larger goes part by part, so that they do not depend on it. */
static denoise_status by_parts(const denoise__block *block, const denoise__step *step,
                               denoise_status (*run)(const denoise__block *, const denoise__step *))
{
    int64_t size = block->plan->block_samples;
    if (!step->has_part_sums || block->samples <= size) return run(block, step);
    for (int64_t first = 0; first < block->samples; first += size) {
        denoise__block part = *block;
        part.first += first;
        part.samples = block->samples - first < size ? block->samples - first : size;
        part.index = part.first / size;
        DENOISE__TRY(run(&part, step));
    }
    return DENOISE_OK;
}

static denoise_status forward_part(const denoise__block *block, const denoise__step *step)
{
    argument_arrays a = arrays_of(block, step);
    denoise__layer_args args = args_of(block, step, &a, 0);
    args.scratch = denoise__at(block, step->forward_scratch, 0);
    return step->kind->forward(&args);
}

static denoise_status backward_activation(const denoise__block *block, const denoise__step *step)
{
    const denoise__plan_value *output = output_of(block, step, 0);
    if (step->activation == NULL || step->gradient_is_rectified) return DENOISE_OK;
    if (step->kind->takes_rectifier && step->input_gradients[0] >= 0) return DENOISE_OK;
    const denoise__shape *shape = &step->output_shapes[0];
    int64_t columns = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
    float *gradient = denoise__at(block, output->gradient, 0);
    return denoise__activation_backward(step->activation, denoise__at(block, step->pre_activation, 0),
                                        denoise__at(block, output->buffer, 0), gradient, gradient,
                                        columns == 0 ? 0 : block->samples * output->size / columns, columns);
}

static denoise_status backward_part(const denoise__block *block, const denoise__step *step)
{
    argument_arrays a = arrays_of(block, step);
    denoise__layer_args args = args_of(block, step, &a, 0);
    DENOISE__TRY(backward_activation(block, step));
    if (step->gradient_is_rectified) args.activation = &no_activation;
    set_gradients(block, step, &a, 0, &args);
    return step->kind->backward(&args);
}

static denoise_status layer_forward(const denoise__block *block, const denoise__step *step)
{
    return by_parts(block, step, forward_part);
}

static denoise_status layer_backward(const denoise__block *block, const denoise__step *step)
{
    return by_parts(block, step, backward_part);
}

const denoise__step_ops denoise__layer_ops = {.name = "layer", .forward = layer_forward, .backward = layer_backward};

void denoise__prepare_layer(const denoise__block *block, denoise__step *step)
{
    uint64_t version = step->fold != NULL ? step->fold->version : 0;
    for (int32_t i = 0; i < step->layer->weight_count && step->fold == NULL; i++)
        version += step->layer->weights[i].variable.version; /* each only grows */
    if (version == step->prepared_version) return;
    argument_arrays a = arrays_of(block, step);
    denoise__layer_args args = args_of(block, step, &a, 0);
    step->kind->prepare(&args, step->runs_backward);
    step->prepared_version = version;
}

void denoise__commit_layer(const denoise__block *block, const denoise__step *step)
{
    argument_arrays a = arrays_of(block, step);
    denoise__layer_args args = args_of(block, step, &a, 0);
    args.statistics = a.statistics;
    for (int32_t i = 0; i < step->weight_count; i++) {
        denoise__weight *weight = &step->layer->weights[i];
        a.statistics[i] = weight->spec.trainable ? NULL : denoise__weight_values(weight);
    }
    step->kind->commit(&args);
    for (int32_t i = 0; i < step->weight_count; i++)
        if (a.statistics[i] != NULL) denoise__variable_touch(&step->layer->weights[i].variable);
}

/* ---- Elementwise layers, panel after panel: a panel is a small sample of 16 numbers a row. */

static denoise__layer_args panel_args(const denoise__block *block, const denoise__step *step, const argument_arrays *a,
                                      int64_t panel)
{
    const denoise__plan_value *output = output_of(block, step, 0);
    denoise__layer_args args = args_of(block, step, a, panel);
    args.batch = denoise__block_rows(block, output);
    if (args.state != NULL) args.state = (unsigned char *)args.state + panel * step->panel_state;
    args.random.first = (uint64_t)(denoise__block_first_row(block, output) * output->columns + panel * PANEL);
    args.random.step = output->columns;
    return args;
}

static denoise_status panel_layer_forward(const denoise__block *block, const denoise__step *step)
{
    argument_arrays a = arrays_of(block, step);
    int64_t panels = panel_count(output_of(block, step, 0));
    for (int64_t p = 0; p < panels; p++) {
        denoise__layer_args args = panel_args(block, step, &a, p);
        args.scratch = denoise__at(block, step->forward_scratch, 0);
        DENOISE__TRY(step->kind->forward(&args));
    }
    for (int32_t i = 0; i < step->output_count; i++)
        denoise__clear_spare_of(block, output_of(block, step, i), output_of(block, step, i)->buffer);
    return DENOISE_OK;
}

static denoise_status panel_layer_backward(const denoise__block *block, const denoise__step *step)
{
    argument_arrays a = arrays_of(block, step);
    int64_t panels = panel_count(output_of(block, step, 0));
    for (int64_t p = 0; p < panels; p++) {
        denoise__layer_args args = panel_args(block, step, &a, p);
        set_gradients(block, step, &a, p, &args);
        DENOISE__TRY(step->kind->backward(&args));
    }
    for (int32_t i = 0; i < step->input_count; i++)
        if (step->input_gradients[i] >= 0) denoise__clear_spare_of(block, input_of(block, step, i), step->input_gradients[i]);
    return DENOISE_OK;
}

const denoise__step_ops denoise__panel_layer_ops = {
    .name = "layer by panels", .forward = panel_layer_forward, .backward = panel_layer_backward};

/* ---- Activations by themselves */

/* Rows and columns of a piece that an activation is applied to: a panel, or all rows. */
typedef struct piece {
    int64_t count, rows, columns;
} piece;

static piece pieces_of(const denoise__block *block, const denoise__step *step)
{
    const denoise__plan_value *root = output_of(block, step, 0);
    if (root->layout == DENOISE__LAYOUT_PANELS) return (piece){panel_count(root), denoise__block_rows(block, root), PANEL};
    const denoise__shape *shape = &step->output_shapes[0];
    int64_t columns = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
    return (piece){1, columns == 0 ? 0 : block->samples * root->size / columns, columns};
}

static denoise_status activation_forward(const denoise__block *block, const denoise__step *step)
{
    const denoise__plan_value *x = input_of(block, step, 0), *y = output_of(block, step, 0);
    piece p = pieces_of(block, step);
    for (int64_t i = 0; i < p.count; i++)
        DENOISE__TRY(denoise__activation_forward(step->activation, denoise__at(block, x->buffer, i),
                                                 denoise__at(block, y->buffer, i), p.rows, p.columns));
    if (y->layout == DENOISE__LAYOUT_PANELS) denoise__clear_spare_of(block, y, y->buffer);
    return DENOISE_OK;
}

static denoise_status activation_backward(const denoise__block *block, const denoise__step *step)
{
    const denoise__plan_value *x = input_of(block, step, 0), *y = output_of(block, step, 0);
    piece p = pieces_of(block, step);
    bool needs_input = denoise__activation_kind_of(step->activation)->needs_input;
    for (int64_t i = 0; i < p.count; i++) {
        DENOISE__TRY(denoise__activation_backward(step->activation, needs_input ? denoise__at(block, x->buffer, i) : NULL,
                                                  denoise__at(block, y->buffer, i), denoise__at(block, y->gradient, i),
                                                  denoise__at(block, step->input_gradients[0], i), p.rows, p.columns));
    }
    if (x->layout == DENOISE__LAYOUT_PANELS) denoise__clear_spare_of(block, x, step->input_gradients[0]);
    return DENOISE_OK;
}

const denoise__step_ops denoise__activation_ops = {
    .name = "activation", .forward = activation_forward, .backward = activation_backward};

/* ---- Changes of layout */

static denoise_status convert_forward(const denoise__block *block, const denoise__step *step)
{
    const denoise__plan_value *from = input_of(block, step, 0), *to = output_of(block, step, 0);
    denoise__convert_block(block, from, from->buffer, to, to->buffer);
    return DENOISE_OK;
}

static denoise_status convert_backward(const denoise__block *block, const denoise__step *step)
{
    const denoise__plan_value *x = input_of(block, step, 0), *y = output_of(block, step, 0);
    denoise__convert_block(block, y, y->gradient, x, step->input_gradients[0]);
    return DENOISE_OK;
}

const denoise__step_ops denoise__convert_ops = {.name = "convert", .forward = convert_forward, .backward = convert_backward};

/* ---- Gradients from outside */

static int64_t given_scratch(const denoise__plan *plan, const denoise__step *step, int64_t samples)
{
    int64_t floats;
    return denoise__multiply(samples, denoise__plan_root(plan, step->inputs[0])->size, &floats) ? floats : -1;
}

static denoise_status given_forward(const denoise__block *block, const denoise__step *step)
{
    const denoise__plan_value *root = denoise__plan_root(block->plan, step->inputs[0]);
    int32_t to = step->input_gradients[0];
    if (!block->pass->backward || to < 0) return DENOISE_OK;
    const denoise__batch_rows *source = &block->pass->given[step->index];
    bool in_panels = root->layout == DENOISE__LAYOUT_PANELS;
    float *rows = in_panels ? denoise__at(block, step->forward_scratch, 0) : denoise__at(block, to, 0);
    denoise__batch_rows_read(source, block->first, block->samples, rows);
    if (in_panels) denoise__rows_to_panels(block, root, rows, to);
    if (step->adds_input[0]) denoise__add_part(block, step, 0);
    return DENOISE_OK;
}

const denoise__step_ops denoise__given_ops = {.name = "given", .forward = given_forward, .scratch = given_scratch};
