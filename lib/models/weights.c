/* SPDX-License-Identifier: Apache-2.0 */
/* The weights of a model in Keras' order (keras/src/layers/layer.py: layer by layer, shared layers once). */
#include "core/memory.h"
#include "core/text.h"
#include "models/lock.h"
#include "models/model.h"
#include "tensor/tensor.h"
#include <string.h>

int64_t denoise_model_count_params(const denoise_model *model)
{
    int64_t count = 0;
    for (int64_t i = 0; model != NULL && i < model->layer_count; i++)
        count += denoise__layer_param_count(model->layers[i]);
    return count;
}

int64_t denoise_model_weight_count(const denoise_model *model)
{
    return model == NULL ? 0 : model->weight_count;
}

static denoise__weight *weight_at(const denoise_model *model, int64_t index)
{
    const denoise__weight_ref *ref = &model->weights[index];
    return &ref->layer->weights[ref->index];
}

int64_t denoise_model_weight_name(const denoise_model *model, int64_t index, char *buffer, int64_t size)
{
    if (model == NULL || index < 0 || index >= model->weight_count || size < 0 || (buffer == NULL && size > 0)) return -1;
    const denoise__weight_ref *ref = &model->weights[index];
    char path[DENOISE__PATH_SIZE];
    if (denoise__model_layer_path(model, ref->layer, path, sizeof path) != DENOISE_OK) return -1;
    return denoise__format(buffer, (size_t)size, "%s/%s", path, ref->layer->weights[ref->index].spec.name);
}

int64_t denoise__model_old_weight_name(const denoise_model *model, int64_t index, char *buffer, int64_t size)
{
    const denoise__weight_ref *ref = &model->weights[index];
    const char *weight = ref->layer->weights[ref->index].spec.name;
    if (ref->parent == model) return denoise__format(buffer, (size_t)size, "%s/%s", ref->layer->name, weight);
    return denoise__format(buffer, (size_t)size, "%s/%s/%s", ref->parent->name, ref->layer->name, weight);
}

denoise_status denoise__model_visit(denoise_model *model, const denoise__visitor *visitor)
{
    char path[DENOISE__PATH_SIZE];
    for (int64_t i = 0; i < model->layer_count; i++) {
        DENOISE__TRY(denoise__model_layer_path(model, model->layers[i], path, sizeof path));
        DENOISE__TRY(denoise__layer_visit(model->layers[i], path, visitor));
    }
    return DENOISE_OK;
}

static denoise_status check_index(const denoise_model *model, int64_t index)
{
    if (index >= 0 && index < model->weight_count) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "model \"%s\" has %lld weights, not one at %lld", model->name,
                         (long long)model->weight_count, (long long)index);
}

static denoise_status copy_weight(denoise_tensor **out, const denoise_model *model, int64_t index)
{
    const denoise__weight *weight = weight_at(model, index);
    return denoise_tensor_from_data(out, DENOISE_FLOAT32, weight->spec.shape.dim, weight->spec.shape.rank,
                                    denoise__weight_values(weight));
}

denoise_status denoise_model_get_weight(denoise_tensor **out, const denoise_model *model, int64_t index)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(model);
    DENOISE__TRY(check_index(model, index));
    DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "denoise_model_get_weight"));
    denoise_status status = copy_weight(out, model, index);
    denoise__unlock_shared(model->layers, model->layer_count);
    return status;
}

static denoise_status check_count(const denoise_model *model, int64_t count)
{
    if (count == model->weight_count) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "model \"%s\" has %lld weights, %lld given", model->name,
                         (long long)model->weight_count, (long long)count);
}

denoise_status denoise_model_get_weights(denoise_tensor **out, const denoise_model *model, int64_t count)
{
    if (out == NULL && count > 0) return denoise__fail_null(__func__, "out");
    for (int64_t i = 0; i < denoise__room(count); i++)
        out[i] = NULL;
    DENOISE__CHECK_NULL(model);
    DENOISE__TRY(check_count(model, count));
    DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "denoise_model_get_weights"));
    denoise_status status = DENOISE_OK;
    for (int64_t i = 0; i < count && status == DENOISE_OK; i++)
        status = copy_weight(&out[i], model, i);
    denoise__unlock_shared(model->layers, model->layer_count);
    for (int64_t i = 0; i < count && status != DENOISE_OK; i++) {
        denoise_tensor_free(out[i]);
        out[i] = NULL;
    }
    return status;
}

static denoise_status check_value(const denoise_model *model, int64_t index, const denoise_tensor *value)
{
    char name[256], given[192], wanted[192];
    denoise_model_weight_name(model, index, name, (int64_t)sizeof name);
    if (value == NULL)
        return denoise__fail(DENOISE_ERR_NULL, "the value of weight %lld \"%s\" is NULL", (long long)index, name);
    const denoise__shape *shape = &weight_at(model, index)->spec.shape;
    if (denoise__shape_equal(shape, &value->shape)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "weight %lld \"%s\" has shape %s, the value has %s", (long long)index, name,
                         denoise__shape_text(shape, false, wanted, sizeof wanted),
                         denoise__shape_text(&value->shape, false, given, sizeof given));
}

static void write_weight(const denoise_model *model, int64_t index, const denoise_tensor *value)
{
    denoise__weight *weight = weight_at(model, index);
    denoise__tensor_read_floats(value, 0, value->size, denoise__weight_values(weight));
    denoise__variable_touch(&weight->variable);
}

denoise_status denoise_model_set_weight(denoise_model *model, int64_t index, const denoise_tensor *value)
{
    bool nested;
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(value);
    DENOISE__TRY(check_index(model, index));
    DENOISE__TRY(check_value(model, index, value));
    DENOISE__TRY(denoise__lock_exclusive(&model->weights[index].layer, 1, "denoise_model_set_weight", &nested));
    write_weight(model, index, value);
    denoise__unlock_exclusive(&model->weights[index].layer, 1, nested);
    return DENOISE_OK;
}

denoise_status denoise_model_set_weights(denoise_model *model, const denoise_tensor *const *values, int64_t count)
{
    bool nested;
    DENOISE__CHECK_NULL(model);
    if (values == NULL && count > 0) return denoise__fail_null(__func__, "values");
    DENOISE__TRY(check_count(model, count));
    for (int64_t i = 0; i < count; i++)
        DENOISE__TRY(check_value(model, i, values[i]));
    DENOISE__TRY(denoise__lock_exclusive(model->layers, model->layer_count, "denoise_model_set_weights", &nested));
    for (int64_t i = 0; i < count; i++)
        write_weight(model, i, values[i]);
    denoise__unlock_exclusive(model->layers, model->layer_count, nested);
    return DENOISE_OK;
}
