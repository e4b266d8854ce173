/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a graph between inputs and outputs. Order follows keras/src/ops/function.py (map_graph), so that layers, weights
 * and summaries come in the order that Keras gives them. */
#include "core/memory.h"
#include "models/model.h"
#include <string.h>

typedef struct walk {
    const denoise__topology *graph;
    const denoise__output_ref *inputs;
    int32_t input_count;
    unsigned char *state; /* per call: 0 new, 1 on the stack, 2 done */
    int32_t *order;       /* calls after their inputs */
    int32_t order_count;
    int32_t *stack, *next;    /* calls on the way from an output, and the input each looks at next */
    int32_t *call_depth;      /* per call */
    int32_t *operation_depth; /* per operation; -1 = not met */
    int32_t *operation_index; /* per operation: order of the first meeting */
    int32_t operation_seen;
    int32_t *mapped_call, *mapped_operation; /* places in the new topology */
    denoise__output_ref *mapped_inputs;
} walk;

static void walk_free(walk *w)
{
    denoise__release(w->state);
    denoise__release(w->order);
    denoise__release(w->stack);
    denoise__release(w->next);
    denoise__release(w->call_depth);
    denoise__release(w->operation_depth);
    denoise__release(w->operation_index);
    denoise__release(w->mapped_call);
    denoise__release(w->mapped_operation);
    denoise__release(w->mapped_inputs);
}

static denoise_status walk_new(walk *w)
{
    size_t calls = (size_t)w->graph->call_count, operations = (size_t)w->graph->operation_count;
    w->state = denoise__allocate_zeroed(calls + 1, 1);
    w->order = denoise__allocate_zeroed(calls + 1, sizeof *w->order);
    w->stack = denoise__allocate_zeroed(calls + 1, sizeof *w->stack);
    w->next = denoise__allocate_zeroed(calls + 1, sizeof *w->next);
    w->call_depth = denoise__allocate_zeroed(calls + 1, sizeof *w->call_depth);
    w->operation_depth = denoise__allocate_zeroed(operations + 1, sizeof *w->operation_depth);
    w->operation_index = denoise__allocate_zeroed(operations + 1, sizeof *w->operation_index);
    w->mapped_call = denoise__allocate_zeroed(calls + 1, sizeof *w->mapped_call);
    w->mapped_operation = denoise__allocate_zeroed(operations + 1, sizeof *w->mapped_operation);
    w->mapped_inputs = denoise__allocate_zeroed((size_t)w->input_count + 1, sizeof *w->mapped_inputs);
    if (w->mapped_call == NULL || w->mapped_operation == NULL || w->mapped_inputs == NULL) return denoise__fail_nomem();
    if (w->state == NULL || w->order == NULL || w->stack == NULL || w->next == NULL || w->call_depth == NULL ||
        w->operation_depth == NULL || w->operation_index == NULL) {
        return denoise__fail_nomem();
    }
    for (size_t i = 0; i < operations; i++)
        w->operation_depth[i] = -1;
    for (size_t i = 0; i < operations; i++)
        w->operation_index[i] = -1;
    return DENOISE_OK;
}

static bool is_declared(const walk *w, denoise__output_ref value)
{
    for (int32_t i = 0; i < w->input_count; i++) {
        if (w->inputs[i].call == value.call && w->inputs[i].output == value.output) return true;
    }
    return false;
}

/* Begins with a call unless it was met or lies before a declared input. */
static denoise_status enter(walk *w, denoise__output_ref value, int32_t *top)
{
    const denoise__call *call = &w->graph->calls[value.call];
    if (w->state[value.call] != 0) return DENOISE_OK;
    bool is_input = denoise__call_is_input(w->graph, call);
    if (is_declared(w, value)) {
        if (!is_input) return DENOISE_OK; /* its producer lies outside, unless another output of it is needed */
    } else if (is_input) {
        return denoise__fail(DENOISE_ERR_INVALID, "the outputs need the input \"%s\", which is not among the model's inputs",
                             denoise__operation_name(&w->graph->operations[call->operation]));
    }
    w->state[value.call] = 1;
    if (w->operation_index[call->operation] < 0) {
        w->operation_index[call->operation] = w->operation_seen++;
    }
    w->stack[*top] = value.call;
    w->next[*top] = 0;
    (*top)++;
    return DENOISE_OK;
}

static denoise_status walk_from(walk *w, denoise__output_ref output)
{
    int32_t top = 0;
    DENOISE__TRY(enter(w, output, &top));
    while (top > 0) {
        int32_t index = w->stack[top - 1];
        const denoise__call *call = &w->graph->calls[index];
        if (w->next[top - 1] < call->input_count) {
            denoise__output_ref input = call->inputs[w->next[top - 1]++];
            DENOISE__TRY(enter(w, input, &top));
            continue;
        }
        w->state[index] = 2;
        w->order[w->order_count++] = index;
        top--;
    }
    return DENOISE_OK;
}

static int32_t greater(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* Depth of a call: the greatest number of calls between it and an output; a shared operation takes its deepest call's. */
static void find_depths(walk *w)
{
    for (int32_t i = w->order_count - 1; i >= 0; i--) {
        int32_t index = w->order[i];
        const denoise__call *call = &w->graph->calls[index];
        int32_t depth = greater(w->call_depth[index], w->operation_depth[call->operation]);
        w->call_depth[index] = depth;
        w->operation_depth[call->operation] = depth;
        for (int32_t j = 0; j < call->input_count; j++) {
            int32_t before = call->inputs[j].call;
            w->call_depth[before] = greater(w->call_depth[before], depth + 1);
        }
    }
}

static bool comes_before(const walk *w, int32_t a, int32_t b)
{
    if (w->operation_depth[a] != w->operation_depth[b]) return w->operation_depth[a] > w->operation_depth[b];
    return w->operation_index[a] < w->operation_index[b];
}

/* Operations in Keras' order, by insertion: graphs are small and nearly sorted. */
static denoise_status copy_operations(denoise__topology *out, const walk *w)
{
    int32_t *sorted = denoise__allocate_zeroed((size_t)w->graph->operation_count + 1, sizeof *sorted);
    if (sorted == NULL) return denoise__fail_nomem();
    int32_t count = 0;
    for (int32_t i = 0; i < w->graph->operation_count; i++) {
        if (w->operation_depth[i] < 0) continue;
        int32_t at = count++;
        for (; at > 0 && comes_before(w, i, sorted[at - 1]); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = i;
    }
    denoise_status status = DENOISE_OK;
    for (int32_t i = 0; i < count && status == DENOISE_OK; i++) {
        const denoise__operation *operation = &w->graph->operations[sorted[i]];
        status = denoise__topology_add_operation(out, operation->layer, operation->model, &w->mapped_operation[sorted[i]]);
    }
    denoise__release(sorted);
    return status;
}

/* An input layer for a value in the middle of a graph, under a name that no operation has. */
static denoise_status add_input_layer(denoise__topology *out, const walk *w, denoise__output_ref value)
{
    const denoise__call *call = &w->graph->calls[value.call];
    const denoise__shape *shape = &call->shapes[value.output];
    denoise_layer *layer = denoise_layer_input(shape->dim, shape->rank, NULL);
    denoise_status status = denoise_layer_status(layer);
    denoise__shape result;
    int32_t operation;
    if (status != DENOISE_OK) {
        status = denoise__fail_text(status, denoise_layer_error(layer));
    } else {
        denoise__unique_name(layer->name, "input_layer", w->graph, out);
        status = denoise__layer_apply_shapes(layer, NULL, 0, &result);
    }
    if (status == DENOISE_OK) status = denoise__topology_add_operation(out, layer, NULL, &operation);
    if (status == DENOISE_OK) status = denoise__topology_add_call(out, operation, NULL, 0, &result, 1);
    if (status == DENOISE_OK) out->calls[out->call_count - 1].depth = w->call_depth[value.call];
    denoise_layer_free(layer);
    return status;
}

static denoise_status check_inputs_differ(const walk *w)
{
    for (int32_t i = 0; i < w->input_count; i++) {
        for (int32_t j = 0; j < i; j++) {
            if (w->inputs[j].call != w->inputs[i].call || w->inputs[j].output != w->inputs[i].output) continue;
            return denoise__fail(DENOISE_ERR_INVALID, "inputs %d and %d of the model are the same node", (int)j, (int)i);
        }
    }
    return DENOISE_OK;
}

/* New input layers come first; an input layer that no output needs has depth 0, as in Keras. */
static denoise_status copy_new_inputs(denoise__topology *out, walk *w)
{
    for (int32_t i = 0; i < w->input_count; i++) {
        const denoise__call *call = &w->graph->calls[w->inputs[i].call];
        if (denoise__call_is_input(w->graph, call)) {
            if (w->operation_depth[call->operation] < 0) w->operation_depth[call->operation] = 0;
            continue;
        }
        w->mapped_inputs[i] = (denoise__output_ref){.call = out->call_count};
        DENOISE__TRY(add_input_layer(out, w, w->inputs[i]));
    }
    return DENOISE_OK;
}

static denoise__output_ref map_value(const walk *w, denoise__output_ref value)
{
    for (int32_t i = 0; i < w->input_count; i++) {
        if (w->inputs[i].call == value.call && w->inputs[i].output == value.output) return w->mapped_inputs[i];
    }
    return (denoise__output_ref){.call = w->mapped_call[value.call], .output = value.output};
}

static denoise_status copy_call(denoise__topology *out, const walk *w, int32_t index)
{
    const denoise__call *call = &w->graph->calls[index];
    denoise__output_ref *inputs = denoise__allocate_zeroed((size_t)call->input_count + 1, sizeof *inputs);
    if (inputs == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < call->input_count; i++)
        inputs[i] = map_value(w, call->inputs[i]);
    w->mapped_call[index] = out->call_count;
    denoise_status status = denoise__topology_add_call(out, w->mapped_operation[call->operation], inputs, call->input_count,
                                                       call->shapes, call->output_count);
    denoise__release(inputs);
    DENOISE__TRY(status);
    denoise__call *copy = &out->calls[out->call_count - 1];
    copy->depth = w->call_depth[index];
    copy->node_index = call->node_index;
    copy->sized = call->sized;
    if (copy->sized != NULL) denoise__model_retain(copy->sized);
    return DENOISE_OK;
}

static denoise_status copy_calls(denoise__topology *out, const walk *w)
{
    for (int32_t i = 0; i < w->input_count; i++) {
        int32_t index = w->inputs[i].call;
        if (!denoise__call_is_input(w->graph, &w->graph->calls[index])) continue;
        w->mapped_inputs[i] = (denoise__output_ref){.call = out->call_count};
        DENOISE__TRY(copy_call(out, w, index));
    }
    for (int32_t i = 0; i < w->order_count; i++) {
        int32_t index = w->order[i];
        if (denoise__call_is_input(w->graph, &w->graph->calls[index])) continue;
        DENOISE__TRY(copy_call(out, w, index));
    }
    return DENOISE_OK;
}

static denoise_status extract(denoise__topology *out, walk *w, denoise__output_ref *outputs, int32_t output_count)
{
    DENOISE__TRY(walk_new(w));
    DENOISE__TRY(check_inputs_differ(w));
    for (int32_t i = 0; i < output_count; i++)
        DENOISE__TRY(walk_from(w, outputs[i]));
    find_depths(w);
    DENOISE__TRY(copy_new_inputs(out, w));
    DENOISE__TRY(copy_operations(out, w));
    DENOISE__TRY(copy_calls(out, w));
    for (int32_t i = 0; i < output_count; i++)
        outputs[i] = map_value(w, outputs[i]);
    return DENOISE_OK;
}

denoise_status denoise__topology_extract(denoise__topology *out, const denoise__topology *graph, denoise__output_ref *inputs,
                                         int32_t input_count, denoise__output_ref *outputs, int32_t output_count)
{
    memset(out, 0, sizeof *out);
    walk w = {.graph = graph, .inputs = inputs, .input_count = input_count};
    denoise_status status = extract(out, &w, outputs, output_count);
    if (status == DENOISE_OK) {
        memcpy(inputs, w.mapped_inputs, (size_t)input_count * sizeof *inputs);
    } else {
        denoise__topology_clear(out);
    }
    walk_free(&w);
    return status;
}
