/* SPDX-License-Identifier: Apache-2.0 */
#include "models/topology.h"
#include "core/memory.h"
#include "core/text.h"
#include "models/model.h"
#include <string.h>

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

denoise_status denoise__topology_add_call(denoise__topology *topology, int32_t operation, const denoise__output_ref *inputs,
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

/* A topology holds models, and a model is freed with its topology. */

void denoise__model_retain(denoise_model *model)
{
    atomic_fetch_add(&model->references, 1);
}

void denoise_model_free(denoise_model *model)
{
    if (model == NULL || atomic_fetch_sub(&model->references, 1) != 1) return;
    denoise__topology_clear(&model->topology);
    denoise__release(model->inputs);
    denoise__release(model->outputs);
    denoise__release(model->layers);
    denoise__release(model->models);
    denoise__release(model->weights);
    denoise__release(model);
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
        denoise_model_free(topology->calls[i].sized);
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

enum { MOST_OF_BASE = 40, WINDOW = 1024 };

/* What makes a name of the base: 0 the base itself, n "base_n", as unique_name() writes it; -1: nothing. */
static int64_t number_of(const char *name, const char *base, size_t length)
{
    int64_t number = 0;
    if (strncmp(name, base, length) != 0) return -1;
    name += length;
    if (*name == '\0') return 0;
    if (name[0] != '_' || name[1] < '1' || strlen(name) > 18) return -1;
    for (name++; *name >= '0' && *name <= '9'; name++)
        number = 10 * number + (*name - '0');
    return *name == '\0' ? number : -1;
}

/* Marks those of the numbers first.. that are taken. */
static void mark_taken(bool *taken, int64_t first, const denoise__topology *topology, const char *base, size_t length)
{
    for (int32_t i = 0; topology != NULL && i < topology->operation_count; i++) {
        int64_t number = number_of(denoise__operation_name(&topology->operations[i]), base, length);
        if (number >= first && number < first + WINDOW) taken[number - first] = true;
    }
}

denoise_status denoise__check_model_name(const char *where, const char *name)
{
    size_t length = strlen(name);
    if (length < 1 || length >= DENOISE__TEXT_SIZE)
        return denoise__fail(DENOISE_ERR_RANGE, "%s: the name has %zu bytes, expected 1 to %d", where, length,
                             DENOISE__TEXT_SIZE - 1);
    if (strchr(name, '/') == NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "%s: the name is \"%s\", expected one without \"/\"", where, name);
}

/* Many numbers are looked at in one walk through the names: a graph may have thousands. */
void denoise__unique_name(char *name, const char *base, const denoise__topology *a, const denoise__topology *b)
{
    size_t length = strlen(base) < MOST_OF_BASE ? strlen(base) : MOST_OF_BASE;
    int64_t number = 0;
    for (bool is_taken = true; is_taken;) {
        bool taken[WINDOW] = {false};
        int64_t first = number;
        mark_taken(taken, first, a, base, length);
        mark_taken(taken, first, b, base, length);
        while (number < first + WINDOW && taken[number - first])
            number++;
        is_taken = number == first + WINDOW;
    }
    denoise__format(name, DENOISE__TEXT_SIZE, number == 0 ? "%.40s" : "%.40s_%lld", base, (long long)number);
}
