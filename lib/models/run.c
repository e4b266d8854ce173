/* SPDX-License-Identifier: Apache-2.0 */
#include "models/run.h"
#include "core/random.h"
#include "core/text.h"
#include "core/threads.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>

float *denoise__plan_buffer(const denoise__plan *plan, int32_t buffer)
{
    return buffer < 0 ? NULL : (float *)(void *)(plan->arena + plan->buffers[buffer].offset);
}

float *denoise__plan_data(const denoise__plan *plan, int32_t value)
{
    const denoise__plan_value *root = &plan->values[plan->values[value].root];
    if (root->input >= 0) return (float *)(uintptr_t)plan->inputs[root->input];
    if (root->override != NULL) return root->override;
    return denoise__plan_buffer(plan, root->buffer);
}

static int64_t last_dim(const denoise__shape *shape)
{
    return shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
}

static const denoise__kind_ref no_activation = {0};

/* Arguments of a layer for this batch; weights has DENOISE__MAX_WEIGHTS entries. */
static denoise__layer_args layer_args(denoise__plan *plan, int32_t index, int64_t rows, const float **weights, uint64_t seed,
                                      uint64_t number)
{
    denoise__step *step = &plan->steps[index];
    for (int32_t i = 0; i < step->layer->weight_count; i++)
        weights[i] = step->layer->weights[i].values;
    for (int32_t i = 0; i < step->input_count; i++)
        step->input_pointers[i] = denoise__plan_data(plan, step->inputs[i]);
    return (denoise__layer_args){.config = step->layer->part.config,
                                 .batch = rows,
                                 .input_count = step->input_count,
                                 .input_shapes = step->input_shapes,
                                 .output_shape = &plan->values[step->output].shape,
                                 .inputs = step->input_pointers,
                                 .output = denoise__plan_data(plan, step->output),
                                 .weights = weights,
                                 .activation = step->activation != NULL ? step->activation : &no_activation,
                                 .pre_activation = denoise__plan_buffer(plan, step->pre_activation),
                                 .state = denoise__plan_buffer(plan, step->state),
                                 .training = plan->training,
                                 .seed = seed,
                                 .stream = denoise__stream(DENOISE__STREAM_LAYER, (uint64_t)index, number, 0)};
}

static int64_t row_count(const denoise__plan_value *value, int64_t rows)
{
    int64_t columns = last_dim(&value->shape);
    return columns == 0 ? 0 : rows * value->size / columns;
}

static void forward_step(denoise__plan *plan, int32_t index, int64_t rows, uint64_t seed, uint64_t number)
{
    const denoise__step *step = &plan->steps[index];
    const denoise__plan_value *output = &plan->values[step->output];
    if (step->is_alias || !output->is_needed) return;
    if (step->layer == NULL) {
        denoise__activation_forward(step->activation, denoise__plan_data(plan, step->inputs[0]),
                                    denoise__plan_data(plan, step->output), row_count(output, rows), last_dim(&output->shape));
        return;
    }
    const float *weights[DENOISE__MAX_WEIGHTS];
    denoise__layer_args args = layer_args(plan, index, rows, weights, seed, number);
    args.scratch = denoise__plan_buffer(plan, step->forward_scratch);
    step->kind->forward(&args);
}

static void clear_arena(denoise__plan *plan)
{
    if (!plan->arena_is_clear) memset(plan->arena, 0, (size_t)plan->arena_bytes);
    plan->arena_is_clear = true;
}

void denoise__plan_forward(denoise__plan *plan, int64_t rows, uint64_t seed, uint64_t number)
{
    clear_arena(plan);
    for (int32_t i = 0; i < plan->step_count; i++)
        forward_step(plan, i, rows, seed, number);
}

typedef struct addition {
    float *sum;
    const float *part;
} addition;

static void add_range(void *context, int64_t first, int64_t count)
{
    const addition *job = context;
    float *sum = job->sum + first;
    const float *part = job->part + first;
    for (int64_t i = 0; i < count; i++)
        sum[i] += part[i];
}

static void add(float *sum, const float *part, int64_t count)
{
    addition job = {.sum = sum, .part = part};
    denoise__parallel_ranges(count, 1 << 14, add_range, &job);
}

/* d loss / d (values before the activation), in place in the gradient of the output. */
static void backward_activation(denoise__plan *plan, const denoise__step *step, int64_t rows, float *gradient)
{
    if (step->activation == NULL || denoise__activation_is_identity(step->activation)) return;
    const denoise__plan_value *output = &plan->values[step->output];
    denoise__activation_backward(step->activation, denoise__plan_buffer(plan, step->pre_activation),
                                 denoise__plan_data(plan, step->output), gradient, gradient, row_count(output, rows),
                                 last_dim(&output->shape));
}

static float *value_gradient(const denoise__plan *plan, int32_t value)
{
    return denoise__plan_buffer(plan, plan->values[plan->values[value].root].gradient);
}

static void backward_step(denoise__plan *plan, int32_t index, int64_t rows, uint64_t seed, uint64_t number)
{
    denoise__step *step = &plan->steps[index];
    const denoise__plan_value *output = &plan->values[step->output];
    float *gradient = value_gradient(plan, step->output);
    if (step->layer == NULL) {
        denoise__activation_backward(
            step->activation, denoise__plan_data(plan, step->inputs[0]), denoise__plan_data(plan, step->output), gradient,
            denoise__plan_buffer(plan, step->input_gradients[0]), row_count(output, rows), last_dim(&output->shape));
    } else {
        backward_activation(plan, step, rows, gradient);
        const float *weights[DENOISE__MAX_WEIGHTS];
        float *weight_gradients[DENOISE__MAX_WEIGHTS];
        denoise__layer_args args = layer_args(plan, index, rows, weights, seed, number);
        for (int32_t i = 0; i < step->input_count; i++) {
            step->gradient_pointers[i] = denoise__plan_buffer(plan, step->input_gradients[i]);
        }
        for (int32_t i = 0; i < DENOISE__MAX_WEIGHTS; i++) {
            weight_gradients[i] = denoise__plan_buffer(plan, step->weight_gradients[i]);
        }
        args.output_gradient = gradient;
        args.input_gradients = step->gradient_pointers;
        args.weight_gradients = weight_gradients;
        args.scratch = denoise__plan_buffer(plan, step->backward_scratch);
        step->kind->backward(&args);
    }
    for (int32_t i = 0; i < step->input_count; i++) {
        if (!step->adds_input[i]) continue;
        add(value_gradient(plan, step->inputs[i]), denoise__plan_buffer(plan, step->input_gradients[i]),
            rows * plan->values[step->inputs[i]].size);
    }
    for (int32_t i = 0; step->layer != NULL && i < step->layer->weight_count; i++) {
        if (step->weight_targets[i] < 0) continue;
        add(denoise__plan_buffer(plan, step->weight_targets[i]), denoise__plan_buffer(plan, step->weight_gradients[i]),
            step->layer->weights[i].count);
    }
}

/* Weights that no loss depends on: their buffers live from the start, and penalties may have been added to them. */
static void clear_idle_gradients(denoise__plan *plan)
{
    for (int64_t i = 0; i < plan->weight_count; i++) {
        const denoise__buffer *buffer = &plan->buffers[plan->weight_buffers[i]];
        if (buffer->first == 0) memset(denoise__plan_buffer(plan, plan->weight_buffers[i]), 0, (size_t)buffer->bytes);
    }
}

void denoise__plan_backward(denoise__plan *plan, int64_t rows, uint64_t seed, uint64_t number)
{
    clear_idle_gradients(plan);
    for (int32_t i = 0; i < plan->output_count; i++) {
        const denoise__plan_output *output = &plan->outputs[i];
        if (!output->adds) continue;
        add(value_gradient(plan, output->loss_value), denoise__plan_buffer(plan, output->gradient),
            rows * plan->values[output->loss_value].size);
    }
    for (int32_t i = plan->step_count - 1; i >= 0; i--) {
        if (plan->steps[i].runs_backward) backward_step(plan, i, rows, seed, number);
    }
}

float *denoise__plan_weight_gradient(const denoise__plan *plan, int64_t index)
{
    return denoise__plan_buffer(plan, plan->weight_buffers[index]);
}

float *denoise__plan_input_gradient(const denoise__plan *plan, int32_t index)
{
    for (int32_t i = 0; i < plan->value_count; i++) {
        if (plan->values[i].input == index) return denoise__plan_buffer(plan, plan->values[i].gradient);
    }
    return NULL;
}

typedef struct magnitude_scan {
    const float *values;
    _Atomic(uint32_t) greatest; /* bits of a magnitude: these compare as the numbers do, NaN and infinity above all */
} magnitude_scan;

static void scan_range(void *context, int64_t first, int64_t count)
{
    magnitude_scan *scan = context;
    const float *values = scan->values + first;
    uint32_t greatest = 0, known = atomic_load(&scan->greatest);
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bits &= 0x7fffffffu;
        greatest = bits > greatest ? bits : greatest;
    }
    while (greatest > known && !atomic_compare_exchange_weak(&scan->greatest, &known, greatest))
        continue;
}

float denoise__greatest(const float *values, int64_t count)
{
    magnitude_scan scan = {.values = values};
    denoise__parallel_ranges(count, 1 << 16, scan_range, &scan);
    uint32_t bits = atomic_load(&scan.greatest);
    float greatest;
    memcpy(&greatest, &bits, sizeof greatest);
    return greatest;
}

bool denoise__all_finite(const float *values, int64_t count)
{
    return isfinite(denoise__greatest(values, count));
}

int64_t denoise__first_nonfinite(const float *values, int64_t count)
{
    int64_t i = 0;
    if (denoise__all_finite(values, count)) return -1;
    while (isfinite(values[i]))
        i++;
    return i;
}

/* Values of rows of `size` numbers. */
static bool is_spoilt(const float *values, int64_t rows, int64_t size, denoise__plan_fault *fault)
{
    int64_t bad = denoise__first_nonfinite(values, rows * size);
    if (bad < 0) return false;
    fault->row = bad / size;
    fault->element = bad % size;
    fault->value = values[bad];
    return true;
}

static bool find_in_weights(const denoise_layer *layer, denoise__plan_fault *fault)
{
    for (int32_t i = 0; i < layer->weight_count; i++) {
        const denoise__weight *weight = &layer->weights[i];
        int64_t bad = denoise__first_nonfinite(weight->values, weight->count);
        if (bad < 0) continue;
        fault->row = -1;
        fault->element = bad;
        fault->value = weight->values[bad];
        denoise__format(fault->where, sizeof fault->where, "weight \"%s\" of layer \"%s\"", weight->spec.name, layer->name);
        return true;
    }
    return false;
}

bool denoise__plan_find_nonfinite(denoise__plan *plan, int64_t rows, uint64_t seed, uint64_t number, denoise__plan_fault *fault)
{
    clear_arena(plan);
    for (int32_t i = 0; i < plan->value_count; i++) {
        const denoise__plan_value *value = &plan->values[i];
        if (value->input < 0 || !is_spoilt(plan->inputs[value->input], rows, value->size, fault)) continue;
        denoise__format(fault->where, sizeof fault->where, "input %d", (int)value->input);
        return true;
    }
    for (int32_t i = 0; i < plan->step_count; i++) {
        const denoise__step *step = &plan->steps[i];
        const denoise__plan_value *value = &plan->values[step->output];
        if (step->is_alias || !value->is_needed) continue;
        if (step->layer != NULL && find_in_weights(step->layer, fault)) return true;
        forward_step(plan, i, rows, seed, number);
        if (!is_spoilt(denoise__plan_data(plan, step->output), rows, value->size, fault)) continue;
        denoise__format(fault->where, sizeof fault->where, "the output of layer \"%s\"",
                        step->layer != NULL ? step->layer->name : plan->steps[i - 1].layer->name);
        return true;
    }
    return false;
}
