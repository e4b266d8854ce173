/* SPDX-License-Identifier: Apache-2.0 */
#include "models/topology.h"
#include "core/memory.h"
#include "models/model.h"
#include <string.h>

denoise_status denoise__grow(void **array, int64_t count, int64_t *capacity, size_t element)
{
    if (count < *capacity) return DENOISE_OK;
    int64_t wanted, bytes;
    if (!denoise__multiply(*capacity > 0 ? *capacity : 4, 2, &wanted) || !denoise__multiply(wanted, (int64_t)element, &bytes)) {
        return denoise__fail_nomem();
    }
    void *grown = denoise__reallocate(*array, (size_t)bytes);
    if (grown == NULL) return denoise__fail_nomem();
    *array = grown;
    *capacity = wanted;
    return DENOISE_OK;
}

static denoise_status grow_int32(void **array, int32_t count, int32_t *capacity, size_t element)
{
    if (count == INT32_MAX / 4) return denoise__fail(DENOISE_ERR_OVERFLOW, "a model can have %d operations", INT32_MAX / 4);
    int64_t wide = *capacity;
    DENOISE__TRY(denoise__grow(array, count, &wide, element));
    *capacity = (int32_t)wide;
    return DENOISE_OK;
}

denoise_status denoise__topology_add_operation(denoise__topology *topology, denoise_layer *layer, denoise_model *model,
                                               int32_t *index)
{
    for (int32_t i = 0; i < topology->operation_count; i++) {
        if (topology->operations[i].layer != layer || topology->operations[i].model != model) continue;
        *index = i;
        return DENOISE_OK;
    }
    void *operations = topology->operations;
    denoise_status status =
        grow_int32(&operations, topology->operation_count, &topology->operation_capacity, sizeof *topology->operations);
    topology->operations = operations;
    DENOISE__TRY(status);
    if (layer != NULL) denoise__part_retain(&layer->part);
    if (model != NULL) denoise__model_retain(model);
    *index = topology->operation_count++;
    topology->operations[*index] = (denoise__operation){.layer = layer, .model = model};
    return DENOISE_OK;
}

static int32_t count_calls(const denoise__topology *topology, int32_t operation)
{
    int32_t count = 0;
    for (int32_t i = 0; i < topology->call_count; i++)
        count += topology->calls[i].operation == operation;
    return count;
}

denoise_status denoise__topology_add_call(denoise__topology *topology, int32_t operation, const denoise__value *inputs,
                                          int32_t input_count, const denoise__shape *shapes, int32_t output_count)
{
    void *calls = topology->calls;
    denoise_status status = grow_int32(&calls, topology->call_count, &topology->call_capacity, sizeof *topology->calls);
    topology->calls = calls;
    DENOISE__TRY(status);
    denoise__call call = {.operation = operation, .input_count = input_count, .output_count = output_count};
    call.node_index = count_calls(topology, operation);
    call.inputs = denoise__allocate_zeroed((size_t)input_count + 1, sizeof *call.inputs);
    call.shapes = denoise__allocate_zeroed((size_t)output_count, sizeof *call.shapes);
    if (call.inputs == NULL || call.shapes == NULL) {
        denoise__release(call.inputs);
        denoise__release(call.shapes);
        return denoise__fail_nomem();
    }
    if (input_count > 0) memcpy(call.inputs, inputs, (size_t)input_count * sizeof *inputs);
    memcpy(call.shapes, shapes, (size_t)output_count * sizeof *shapes);
    topology->calls[topology->call_count++] = call;
    return DENOISE_OK;
}

void denoise__topology_clear(denoise__topology *topology)
{
    for (int32_t i = 0; i < topology->operation_count; i++) {
        if (topology->operations[i].layer != NULL) denoise__layer_release(topology->operations[i].layer);
        denoise_model_free(topology->operations[i].model);
    }
    for (int32_t i = 0; i < topology->call_count; i++) {
        denoise__release(topology->calls[i].inputs);
        denoise__release(topology->calls[i].shapes);
    }
    denoise__release(topology->operations);
    denoise__release(topology->calls);
    memset(topology, 0, sizeof *topology);
}

bool denoise__call_is_input(const denoise__topology *topology, const denoise__call *call)
{
    const denoise_layer *layer = topology->operations[call->operation].layer;
    return layer != NULL && denoise__layer_kind_of(layer)->max_inputs == 0;
}

const char *denoise__operation_name(const denoise__operation *operation)
{
    return operation->layer != NULL ? operation->layer->name : operation->model->name;
}

const char *denoise__operation_class(const denoise__operation *operation)
{
    if (operation->layer != NULL) return operation->layer->part.kind->class_name;
    return operation->model->is_sequential ? "Sequential" : "Functional";
}
