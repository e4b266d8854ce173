/* SPDX-License-Identifier: Apache-2.0 */
#include "models/model.h"
#include "core/memory.h"
#include <stdio.h>
#include <string.h>

void denoise_build_options_init(denoise_build_options *options)
{
    if (options != NULL) *options = (denoise_build_options)DENOISE_BUILD_OPTIONS_INIT;
}

denoise_status denoise__build_options_check(const denoise_build_options *options, denoise_build_options *known)
{
    *known = (denoise_build_options)DENOISE_BUILD_OPTIONS_INIT;
    if (options == NULL) return DENOISE_OK;
    DENOISE__TRY(denoise__check_struct_size("build options", options->struct_size, sizeof *known));
    *known = *options;
    if (known->name != NULL && (known->name[0] == '\0' || strlen(known->name) >= DENOISE__TEXT_SIZE)) {
        return denoise__fail(DENOISE_ERR_RANGE, "build options: the name has %zu bytes, expected 1 to %d", strlen(known->name),
                             DENOISE__TEXT_SIZE - 1);
    }
    return DENOISE_OK;
}

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
    denoise__release(model->weights);
    denoise__release(model);
}

static bool has_layer(const denoise_model *model, const denoise_layer *layer)
{
    for (int64_t i = 0; i < model->layer_count; i++) {
        if (model->layers[i] == layer) return true;
    }
    return false;
}

static denoise_status add_layer(denoise_model *model, denoise_layer *layer, int64_t *capacity)
{
    if (has_layer(model, layer)) return DENOISE_OK;
    void *layers = model->layers;
    denoise_status status = denoise__grow(&layers, model->layer_count, capacity, sizeof *model->layers);
    model->layers = layers;
    DENOISE__TRY(status);
    model->layers[model->layer_count++] = layer;
    return DENOISE_OK;
}

/* All layers in Keras' order; those of a model inside come where the model stands. */
static denoise_status list_layers(denoise_model *model)
{
    int64_t capacity = 0;
    for (int32_t i = 0; i < model->topology.operation_count; i++) {
        const denoise__operation *operation = &model->topology.operations[i];
        if (operation->layer != NULL) {
            DENOISE__TRY(add_layer(model, operation->layer, &capacity));
            continue;
        }
        if (operation->model->depth >= model->depth) model->depth = operation->model->depth + 1;
        for (int64_t j = 0; j < operation->model->layer_count; j++) {
            DENOISE__TRY(add_layer(model, operation->model->layers[j], &capacity));
        }
    }
    return DENOISE_OK;
}

static const denoise_model *parent_of(const denoise_model *model, const denoise_layer *layer)
{
    for (int32_t i = 0; i < model->topology.operation_count; i++) {
        const denoise__operation *operation = &model->topology.operations[i];
        if (operation->layer == layer) return model;
        if (operation->model != NULL && has_layer(operation->model, layer)) return parent_of(operation->model, layer);
    }
    return model;
}

/* Keras' order of weights: layer by layer, in each the trainable ones first. */
static denoise_status list_weights(denoise_model *model)
{
    for (int64_t i = 0; i < model->layer_count; i++)
        model->weight_count += model->layers[i]->weight_count;
    model->weights = denoise__allocate_zeroed((size_t)model->weight_count + 1, sizeof *model->weights);
    if (model->weights == NULL) return denoise__fail_nomem();
    int64_t next = 0;
    for (int64_t i = 0; i < model->layer_count; i++) {
        denoise_layer *layer = model->layers[i];
        const denoise_model *parent = parent_of(model, layer);
        for (int32_t pass = 0; pass < 2; pass++) {
            for (int32_t j = 0; j < layer->weight_count; j++) {
                if (layer->weights[j].spec.trainable != (pass == 0)) continue;
                model->weights[next++] = (denoise__weight_ref){.layer = layer, .index = j, .parent = parent};
            }
        }
    }
    return DENOISE_OK;
}

static denoise_status check_names(const denoise_model *model)
{
    for (int32_t i = 0; i < model->topology.operation_count; i++) {
        const char *name = denoise__operation_name(&model->topology.operations[i]);
        for (int32_t j = 0; j < i; j++) {
            if (strcmp(denoise__operation_name(&model->topology.operations[j]), name) != 0) continue;
            return denoise__fail(DENOISE_ERR_NAME, "model \"%s\": the name \"%s\" is used by two layers", model->name, name);
        }
    }
    return DENOISE_OK;
}

static denoise_status copy_values(denoise__value **out, const denoise__value *values, int32_t count)
{
    *out = denoise__allocate_zeroed((size_t)count, sizeof **out);
    if (*out == NULL) return denoise__fail_nomem();
    memcpy(*out, values, (size_t)count * sizeof *values);
    return DENOISE_OK;
}

denoise_status denoise__model_make(denoise_model **out, const char *name, bool is_sequential, denoise__topology *topology,
                                   const denoise__value *inputs, int32_t input_count, const denoise__value *outputs,
                                   int32_t output_count)
{
    denoise_model *model = denoise__allocate_zeroed(1, sizeof *model);
    if (model == NULL) {
        denoise__topology_clear(topology);
        return denoise__fail_nomem();
    }
    denoise_status status;
    atomic_init(&model->references, 1);
    snprintf(model->name, sizeof model->name, "%s", name);
    model->is_sequential = is_sequential;
    model->topology = *topology;
    model->input_count = input_count;
    model->output_count = output_count;
    model->depth = 1;
    DENOISE__TRY_OR_FAIL(copy_values(&model->inputs, inputs, input_count));
    DENOISE__TRY_OR_FAIL(copy_values(&model->outputs, outputs, output_count));
    DENOISE__TRY_OR_FAIL(check_names(model));
    DENOISE__TRY_OR_FAIL(list_layers(model));
    DENOISE__TRY_OR_FAIL(list_weights(model));
    *out = model;
    return DENOISE_OK;
fail:
    denoise_model_free(model);
    return status;
}

const denoise__shape *denoise__model_input_shape(const denoise_model *model, int32_t index)
{
    denoise__value value = model->inputs[index];
    return &model->topology.calls[value.call].shapes[value.output];
}

const denoise__shape *denoise__model_output_shape(const denoise_model *model, int32_t index)
{
    denoise__value value = model->outputs[index];
    return &model->topology.calls[value.call].shapes[value.output];
}

const char *denoise_model_name(const denoise_model *model)
{
    return model == NULL ? "" : model->name;
}

int64_t denoise_model_input_count(const denoise_model *model)
{
    return model == NULL ? 0 : model->input_count;
}

int64_t denoise_model_output_count(const denoise_model *model)
{
    return model == NULL ? 0 : model->output_count;
}

static denoise_status write_shape(const denoise__shape *from, int64_t *shape, int32_t *rank)
{
    memcpy(shape, from->dim, sizeof from->dim);
    *rank = from->rank;
    return DENOISE_OK;
}

denoise_status denoise_model_input_shape(const denoise_model *model, int64_t index, int64_t *shape, int32_t *rank)
{
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(shape);
    DENOISE__CHECK_NULL(rank);
    if (index < 0 || index >= model->input_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "model \"%s\" has %d inputs, not one at %lld", model->name,
                             (int)model->input_count, (long long)index);
    }
    return write_shape(denoise__model_input_shape(model, (int32_t)index), shape, rank);
}

denoise_status denoise_model_output_shape(const denoise_model *model, int64_t index, int64_t *shape, int32_t *rank)
{
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(shape);
    DENOISE__CHECK_NULL(rank);
    if (index < 0 || index >= model->output_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "model \"%s\" has %d outputs, not one at %lld", model->name,
                             (int)model->output_count, (long long)index);
    }
    return write_shape(denoise__model_output_shape(model, (int32_t)index), shape, rank);
}

const char *denoise_model_output_name(const denoise_model *model, int64_t index)
{
    if (model == NULL || index < 0 || index >= model->output_count) return NULL;
    const denoise__call *call = &model->topology.calls[model->outputs[index].call];
    return denoise__operation_name(&model->topology.operations[call->operation]);
}

int32_t denoise__model_listed_operation(const denoise_model *model, int64_t index)
{
    for (int32_t i = 0; i < model->topology.operation_count; i++) {
        const denoise_layer *layer = model->topology.operations[i].layer;
        if (model->is_sequential && layer != NULL && denoise__layer_kind_of(layer)->max_inputs == 0) continue;
        if (index-- == 0) return i;
    }
    return -1;
}

int64_t denoise_model_layer_count(const denoise_model *model)
{
    int64_t count = 0;
    while (model != NULL && denoise__model_listed_operation(model, count) >= 0)
        count++;
    return count;
}

const char *denoise_model_layer_name(const denoise_model *model, int64_t index)
{
    if (model == NULL || index < 0) return NULL;
    int32_t operation = denoise__model_listed_operation(model, index);
    return operation < 0 ? NULL : denoise__operation_name(&model->topology.operations[operation]);
}

denoise_layer *denoise_model_layer_at(const denoise_model *model, int64_t index)
{
    if (model == NULL || index < 0) return NULL;
    int32_t operation = denoise__model_listed_operation(model, index);
    return operation < 0 ? NULL : model->topology.operations[operation].layer;
}

static const denoise__operation *find_operation(const denoise_model *model, const char *name)
{
    for (int32_t i = 0; model != NULL && name != NULL && i < model->topology.operation_count; i++) {
        const denoise__operation *operation = &model->topology.operations[i];
        if (strcmp(denoise__operation_name(operation), name) == 0) return operation;
    }
    return NULL;
}

denoise_layer *denoise_model_layer(const denoise_model *model, const char *name)
{
    const denoise__operation *operation = find_operation(model, name);
    return operation == NULL ? NULL : operation->layer;
}

denoise_model *denoise_model_nested(const denoise_model *model, const char *name)
{
    const denoise__operation *operation = find_operation(model, name);
    return operation == NULL ? NULL : operation->model;
}

denoise_status denoise_model_set_trainable(denoise_model *model, int32_t trainable)
{
    DENOISE__CHECK_NULL(model);
    if (trainable != 0 && trainable != 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_model_set_trainable: trainable is %d, expected 0 or 1",
                             (int)trainable);
    }
    for (int64_t i = 0; i < model->layer_count; i++)
        model->layers[i]->trainable = trainable != 0;
    return DENOISE_OK;
}
