/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of a model as a safetensors file: a tensor per weight, under the weight's name. */
#include "core/memory.h"
#include "files/system_error.h"
#include "io/file_format.h"
#include "io/safetensors_reader.h"
#include "models/model.h"
#include "tensor/tensor.h"
#include <inttypes.h>
#include <string.h>

extern const denoise__format denoise__format_safetensors;

/* Names and values of all weights. */
typedef struct weights {
    int64_t count;
    char **names;
    denoise_tensor **values;
} weights;

static void clear(weights *all)
{
    for (int64_t i = 0; i < all->count; i++) {
        if (all->names != NULL) denoise__release(all->names[i]);
        if (all->values != NULL) denoise_tensor_free(all->values[i]);
    }
    denoise__release(all->names);
    denoise__release(all->values);
}

static denoise_status read_names(weights *all, const denoise_model *model)
{
    all->count = denoise_model_weight_count(model);
    all->names = denoise__allocate_zeroed((size_t)all->count + 1, sizeof *all->names);
    all->values = denoise__allocate_zeroed((size_t)all->count + 1, sizeof *all->values);
    if (all->names == NULL || all->values == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < all->count; i++) {
        int64_t length = denoise_model_weight_name(model, i, NULL, 0);
        if (length < 0) return denoise__fail(DENOISE_ERR_INTERNAL, "weight %" PRId64 " has no name", i);
        all->names[i] = denoise__allocate((size_t)length + 1);
        if (all->names[i] == NULL) return denoise__fail_nomem();
        denoise_model_weight_name(model, i, all->names[i], length + 1);
    }
    return DENOISE_OK;
}

static denoise_status save_weights(const char *path, const denoise_model *model)
{
    static const char *const keys[] = {"format"};
    static const char *const values[] = {"denoise"};
    weights all = {0};
    denoise_status status = read_names(&all, model);
    if (status == DENOISE_OK) status = denoise_model_get_weights(all.values, model, all.count);
    if (status == DENOISE_OK) {
        status = denoise_safetensors_save(path, (const char *const *)all.names, (const denoise_tensor *const *)all.values,
                                          all.count, keys, values, 1);
    }
    clear(&all);
    return status;
}

static denoise_status check_weight(const denoise_tensor *value, int64_t place, const denoise_model *model, int64_t index,
                                   const char *name)
{
    const denoise__weight_ref *ref = &model->weights[index];
    const denoise__shape *shape = &ref->layer->weights[ref->index].spec.shape;
    bool is_float = value->dtype == DENOISE_FLOAT32;
    if (is_float && denoise__shape_equal(&value->shape, shape)) return DENOISE_OK;
    char expected[192], found[192], shown[80];
    return denoise__fail_at(DENOISE_ERR_SCHEMA, place, is_float ? "shape" : "dtype",
                            "tensor \"%s\": the model needs float32 %s, the file has %s %s",
                            denoise__printable(shown, sizeof shown, name, strlen(name)),
                            denoise__shape_text(shape, false, expected, sizeof expected), denoise__dtype_name(value->dtype),
                            denoise__shape_text(&value->shape, false, found, sizeof found));
}

/* The name of a weight in files of version 0.1, where it differs and tells the weight from all others. */
static bool find_old_name(char *old, size_t size, const denoise_model *model, int64_t index)
{
    char other[DENOISE__PATH_SIZE];
    denoise__model_old_weight_name(model, index, old, (int64_t)size);
    for (int64_t i = 0; i < model->weight_count; i++) {
        denoise_model_weight_name(model, i, other, (int64_t)sizeof other);
        if (strcmp(other, old) == 0) return false;
        denoise__model_old_weight_name(model, i, other, (int64_t)sizeof other);
        if (i != index && strcmp(other, old) == 0) return false;
    }
    return true;
}

/* A weight under its name, or its old one, which then takes the other's place in the list. */
static denoise_status view_weight(denoise_tensor **out, int64_t *place, const denoise_safetensors *file,
                                  const denoise_model *model, int64_t index, char **name)
{
    char old[DENOISE__PATH_SIZE];
    denoise_status status = denoise__safetensors_view(out, place, file, *name);
    if (status != DENOISE_ERR_NAME || !find_old_name(old, sizeof old, model, index)) return status;
    status = denoise__safetensors_view(out, place, file, old);
    if (status == DENOISE_ERR_NAME) return status;
    char *copy = denoise__copy_text(old);
    if (copy == NULL) return denoise__fail_nomem();
    denoise__release(*name);
    *name = copy;
    return status;
}

static denoise_status read_weight(denoise_tensor **out, const denoise_safetensors *file, const denoise_model *model,
                                  int64_t index, char **given)
{
    char shown[80];
    int64_t place = -1;
    denoise_status status = view_weight(out, &place, file, model, index, given);
    const char *name = *given;
    denoise__printable(shown, sizeof shown, name, strlen(name));
    if (status == DENOISE_ERR_NAME) {
        return denoise__fail_at(DENOISE_ERR_SCHEMA, place, "name",
                                "tensor \"%s\": the model needs it, the file has none of this name", shown);
    }
    if (status == DENOISE_ERR_UNSUPPORTED) {
        return denoise__fail_at(DENOISE_ERR_SCHEMA, place, "dtype",
                                "tensor \"%s\": the model needs F32, the file has another type", shown);
    }
    DENOISE__TRY(status);
    return check_weight(*out, place, model, index, name);
}

/* All weights of the model are in the file; as many tensors more as the file has are not the model's. */
static denoise_status check_unknown(const denoise_safetensors *file, const weights *all)
{
    for (int64_t i = 0; denoise_safetensors_count(file) > all->count && i < denoise_safetensors_count(file); i++) {
        const char *name = denoise_safetensors_name(file, i);
        int64_t k = 0;
        while (k < all->count && strcmp(all->names[k], name) != 0) {
            k++;
        }
        if (k < all->count) continue;
        char shown[80];
        return denoise__fail_at(DENOISE_ERR_SCHEMA, denoise__safetensors_place(file, i), "name",
                                "tensor \"%s\": the model has no weight of this name",
                                denoise__printable(shown, sizeof shown, name, strlen(name)));
    }
    return DENOISE_OK;
}

static denoise_status read_weights(weights *all, const denoise_safetensors *file, const denoise_model *model)
{
    DENOISE__TRY(read_names(all, model));
    for (int64_t i = 0; i < all->count; i++) {
        DENOISE__TRY(read_weight(&all->values[i], file, model, i, &all->names[i]));
    }
    return check_unknown(file, all);
}

static denoise_status load_weights(denoise_model *model, const char *path, const denoise_limits *limits)
{
    denoise_safetensors *file = NULL;
    DENOISE__TRY(denoise_safetensors_open(&file, path, limits));
    weights all = {0};
    denoise_status status = read_weights(&all, file, model);
    if (status != DENOISE_OK) denoise__context_path(status, path);
    if (status == DENOISE_OK) {
        status = denoise_model_set_weights(model, (const denoise_tensor *const *)all.values, all.count);
    }
    clear(&all);
    denoise_safetensors_free(file);
    return status;
}

const denoise__format denoise__format_safetensors = {"safetensors", ".safetensors", save_weights, load_weights};
