/* SPDX-License-Identifier: Apache-2.0 */
#include "models/model.h"
#include "core/memory.h"
#include "core/options.h"
#include <stdio.h>
#include <string.h>

DENOISE__OPTIONS(build_options, BUILD_OPTIONS, "build options", denoise_build_options, sizeof(denoise_build_options))

denoise_status denoise__build_options_check(const denoise_build_options *options, denoise_build_options *known)
{
    DENOISE__TRY(denoise__options_read(&build_options_known, known, options));
    return known->name == NULL ? DENOISE_OK : denoise__check_model_name("build options", known->name);
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

static denoise_status add_model(denoise_model *model, denoise_model *inside, int64_t *capacity)
{
    for (int64_t i = 0; i < model->model_count; i++) {
        if (model->models[i] == inside) return DENOISE_OK;
    }
    void *models = model->models;
    denoise_status status = denoise__grow(&models, model->model_count, capacity, sizeof *model->models);
    model->models = models;
    DENOISE__TRY(status);
    model->models[model->model_count++] = inside;
    return DENOISE_OK;
}

/* All layers in Keras' order; those of a model inside come where the model stands. */
static denoise_status list_layers(denoise_model *model)
{
    int64_t capacity = 0, model_capacity = 0;
    for (int32_t i = 0; i < model->topology.operation_count; i++) {
        const denoise__operation *operation = &model->topology.operations[i];
        if (operation->layer != NULL) {
            DENOISE__TRY(add_layer(model, operation->layer, &capacity));
            continue;
        }
        if (operation->model->depth >= model->depth) model->depth = operation->model->depth + 1;
        DENOISE__TRY(add_model(model, operation->model, &model_capacity));
        for (int64_t j = 0; j < operation->model->model_count; j++)
            DENOISE__TRY(add_model(model, operation->model->models[j], &model_capacity));
        for (int64_t j = 0; j < operation->model->layer_count; j++) {
            DENOISE__TRY(add_layer(model, operation->model->layers[j], &capacity));
        }
    }
    return DENOISE_OK;
}

/* The first operation that is the layer, or a model that has it; NULL: none. */
static const denoise__operation *find_holder(const denoise_model *model, const denoise_layer *layer)
{
    for (int32_t i = 0; i < model->topology.operation_count; i++) {
        const denoise__operation *operation = &model->topology.operations[i];
        if (operation->layer == layer || (operation->model != NULL && has_layer(operation->model, layer))) return operation;
    }
    return NULL;
}

static const denoise_model *parent_of(const denoise_model *model, const denoise_layer *layer)
{
    const denoise__operation *holder = find_holder(model, layer);
    return holder == NULL || holder->model == NULL ? model : parent_of(holder->model, layer);
}

denoise_status denoise__model_layer_path(const denoise_model *model, const denoise_layer *layer, char *out, size_t size)
{
    out[0] = '\0';
    for (const denoise_model *at = model; at != NULL;) {
        const denoise__operation *holder = find_holder(at, layer);
        if (holder == NULL)
            return denoise__fail(DENOISE_ERR_INTERNAL, "model \"%s\" lists a layer that it has not", model->name);
        DENOISE__TRY(denoise__path_join(out, size, out, denoise__operation_name(holder)));
        at = holder->model;
    }
    return DENOISE_OK;
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

static denoise_status copy_values(denoise__output_ref **out, const denoise__output_ref *values, int32_t count)
{
    *out = denoise__allocate_zeroed((size_t)count, sizeof **out);
    if (*out == NULL) return denoise__fail_nomem();
    memcpy(*out, values, (size_t)count * sizeof *values);
    return DENOISE_OK;
}

denoise_status denoise__model_make(denoise_model **out, const char *name, bool is_sequential, denoise__topology *topology,
                                   const denoise__output_ref *inputs, int32_t input_count, const denoise__output_ref *outputs,
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
    model->trainable = true;
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
    denoise__output_ref value = model->inputs[index];
    return &model->topology.calls[value.call].shapes[value.output];
}

const denoise__shape *denoise__model_output_shape(const denoise_model *model, int32_t index)
{
    denoise__output_ref value = model->outputs[index];
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

const char *denoise__model_output_activation(const denoise_model *model, int32_t output)
{
    const denoise__output_ref *value = &model->outputs[output];
    const denoise__operation *operation = &model->topology.operations[model->topology.calls[value->call].operation];
    if (operation->model != NULL) return denoise__model_output_activation(operation->model, value->output);
    const denoise__layer_kind *kind = denoise__layer_kind_of(operation->layer);
    const denoise__kind_ref *activation = kind->activation == NULL ? NULL : kind->activation(operation->layer->part.config);
    return activation == NULL || activation->kind == NULL ? NULL : activation->kind->name;
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

bool denoise__model_trains(const denoise_model *model, const denoise__weight_ref *ref)
{
    return model->trainable && ref->layer->trainable && ref->layer->weights[ref->index].spec.trainable;
}

denoise_status denoise_model_set_trainable(denoise_model *model, int32_t trainable)
{
    DENOISE__CHECK_NULL(model);
    if (trainable != 0 && trainable != 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_model_set_trainable: trainable is %d, expected 0 or 1",
                             (int)trainable);
    }
    model->trainable = trainable != 0;
    for (int64_t i = 0; i < model->model_count; i++)
        model->models[i]->trainable = trainable != 0;
    for (int64_t i = 0; i < model->layer_count; i++)
        model->layers[i]->trainable = trainable != 0;
    return DENOISE_OK;
}

int32_t denoise_model_trainable(const denoise_model *model)
{
    return model != NULL && model->trainable;
}
