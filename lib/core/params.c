/* SPDX-License-Identifier: Apache-2.0 */
#include "core/params.h"
#include "core/memory.h"
#include <string.h>

typedef struct entry {
    char *key;
    denoise__param_value value;
} entry;

struct denoise_params {
    entry *entries;
    int64_t count, capacity;
    int32_t depth; /* 1 + the depth of the deepest nested bag */
};

denoise_status denoise_params_new(denoise_params **out)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    denoise_params *params = denoise__allocate_zeroed(1, sizeof(*params));
    if (params == NULL) return denoise__fail_nomem();
    params->depth = 1;
    *out = params;
    return DENOISE_OK;
}

void denoise__param_value_clear(denoise__param_value *value)
{
    denoise__release(value->text);
    denoise__release(value->doubles);
    denoise_params_free(value->nested);
    memset(value, 0, sizeof(*value));
}

void denoise_params_free(denoise_params *params)
{
    if (params == NULL) return;
    for (int64_t i = 0; i < params->count; i++) {
        denoise__release(params->entries[i].key);
        denoise__param_value_clear(&params->entries[i].value);
    }
    denoise__release(params->entries);
    denoise__release(params);
}

static entry *find_entry(const denoise_params *params, const char *key)
{
    for (int64_t i = 0; i < params->count; i++) {
        if (strcmp(params->entries[i].key, key) == 0) return &params->entries[i];
    }
    return NULL;
}

const denoise__param_value *denoise__params_find(const denoise_params *params, const char *key)
{
    if (params == NULL) return NULL;
    entry *found = find_entry(params, key);
    return found == NULL ? NULL : &found->value;
}

static bool grow(denoise_params *params)
{
    if (params->count < params->capacity) return true;
    int64_t capacity = params->capacity == 0 ? 8 : params->capacity * 2;
    entry *entries = denoise__reallocate(params->entries, (size_t)capacity * sizeof(*entries));
    if (entries == NULL) return false;
    params->entries = entries;
    params->capacity = capacity;
    return true;
}

denoise_status denoise__params_set(denoise_params *params, const char *key, denoise__param_value *value)
{
    entry *place = find_entry(params, key);
    if (place != NULL) {
        denoise__param_value_clear(&place->value);
    } else {
        char *copy = denoise__copy_text(key);
        if (copy == NULL || !grow(params)) {
            denoise__release(copy);
            denoise__param_value_clear(value);
            return denoise__fail_nomem();
        }
        place = &params->entries[params->count++];
        place->key = copy;
    }
    place->value = *value;
    memset(value, 0, sizeof(*value));
    if (place->value.nested != NULL && place->value.nested->depth >= params->depth) {
        params->depth = place->value.nested->depth + 1;
    }
    return DENOISE_OK;
}

static denoise_status copy_doubles(denoise__param_value *out, const double *values, int64_t count)
{
    out->count = count;
    if (count == 0) return DENOISE_OK;
    out->doubles = denoise__allocate_zeroed((size_t)count, sizeof(*values));
    if (out->doubles == NULL) return denoise__fail_nomem();
    memcpy(out->doubles, values, (size_t)count * sizeof(*values));
    return DENOISE_OK;
}

static denoise_status value_copy(denoise__param_value *out, const denoise__param_value *value)
{
    *out = *value;
    out->nested = NULL;
    out->doubles = NULL;
    out->text = denoise__copy_text(value->text);
    denoise_status status = value->text != NULL && out->text == NULL ? denoise__fail_nomem() : DENOISE_OK;
    if (status == DENOISE_OK && value->doubles != NULL) status = copy_doubles(out, value->doubles, value->count);
    if (status == DENOISE_OK) status = denoise__params_copy(&out->nested, value->nested);
    if (status != DENOISE_OK) denoise__param_value_clear(out);
    return status;
}

denoise_status denoise__params_copy(denoise_params **out, const denoise_params *params)
{
    *out = NULL;
    if (params == NULL) return DENOISE_OK;
    denoise_status status;
    denoise_params *copy;
    DENOISE__TRY(denoise_params_new(&copy));
    for (int64_t i = 0; i < params->count; i++) {
        denoise__param_value value;
        DENOISE__TRY_OR_FAIL(value_copy(&value, &params->entries[i].value));
        DENOISE__TRY_OR_FAIL(denoise__params_set(copy, params->entries[i].key, &value));
    }
    *out = copy;
    return DENOISE_OK;
fail:
    denoise_params_free(copy);
    return status;
}

denoise_status denoise_params_set_none(denoise_params *params, const char *key)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    denoise__param_value value = {.type = DENOISE_PARAM_NONE};
    return denoise__params_set(params, key, &value);
}

denoise_status denoise_params_set_bool(denoise_params *params, const char *key, int32_t value)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    denoise__param_value found = {.type = DENOISE_PARAM_BOOL, .truth = value != 0};
    return denoise__params_set(params, key, &found);
}

denoise_status denoise_params_set_int(denoise_params *params, const char *key, int64_t value)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    denoise__param_value found = {.type = DENOISE_PARAM_INT, .integer = value};
    return denoise__params_set(params, key, &found);
}

denoise_status denoise_params_set_double(denoise_params *params, const char *key, double value)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    denoise__param_value found = {.type = DENOISE_PARAM_DOUBLE, .number = value};
    return denoise__params_set(params, key, &found);
}

denoise_status denoise_params_set_text(denoise_params *params, const char *key, const char *value)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    DENOISE__CHECK_NULL(value);
    denoise__param_value found = {.type = DENOISE_PARAM_TEXT, .text = denoise__copy_text(value)};
    if (found.text == NULL) return denoise__fail_nomem();
    return denoise__params_set(params, key, &found);
}

denoise_status denoise_params_set_ints(denoise_params *params, const char *key, const int64_t *values, int64_t count)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    if (count < 0 || count > DENOISE__MAX_INTS) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s has %lld numbers, expected 0 to %d", key, (long long)count,
                             DENOISE__MAX_INTS);
    }
    if (count > 0) DENOISE__CHECK_NULL(values);
    denoise__param_value value = {.type = DENOISE_PARAM_INTS, .count = count};
    if (count > 0) memcpy(value.ints, values, (size_t)count * sizeof(*values));
    return denoise__params_set(params, key, &value);
}

denoise_status denoise_params_set_doubles(denoise_params *params, const char *key, const double *values, int64_t count)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    if (count < 0 || count > DENOISE__MAX_DOUBLES) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s has %lld numbers, expected 0 to %d", key, (long long)count,
                             DENOISE__MAX_DOUBLES);
    }
    if (count > 0) DENOISE__CHECK_NULL(values);
    denoise__param_value value = {.type = DENOISE_PARAM_DOUBLES};
    DENOISE__TRY(copy_doubles(&value, values, count));
    return denoise__params_set(params, key, &value);
}

denoise_status denoise_params_set_kind(denoise_params *params, const char *key, const char *name, const denoise_params *nested)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    DENOISE__CHECK_NULL(name);
    if (nested != NULL && nested->depth >= DENOISE__PARAMS_DEPTH) {
        return denoise__fail(DENOISE_ERR_LIMIT, "%s: parameters are nested deeper than %d", key, DENOISE__PARAMS_DEPTH);
    }
    denoise__param_value value = {.type = DENOISE_PARAM_KIND, .text = denoise__copy_text(name)};
    if (value.text == NULL) return denoise__fail_nomem();
    denoise_status status = denoise__params_copy(&value.nested, nested);
    if (status != DENOISE_OK) {
        denoise__param_value_clear(&value);
        return status;
    }
    return denoise__params_set(params, key, &value);
}

int64_t denoise_params_count(const denoise_params *params)
{
    return params == NULL ? 0 : params->count;
}

const char *denoise_params_key(const denoise_params *params, int64_t index)
{
    if (params == NULL || index < 0 || index >= params->count) return NULL;
    return params->entries[index].key;
}

int32_t denoise_params_type(const denoise_params *params, const char *key)
{
    const denoise__param_value *value = key == NULL ? NULL : denoise__params_find(params, key);
    return value == NULL ? -1 : value->type;
}

const char *denoise__param_type_name(int32_t type)
{
    static const char *const names[] = {"None",   "a truth value",           "a whole number", "a number",
                                        "a text", "a list of whole numbers", "a kind",         "a list of numbers"};
    return type < 0 || type > DENOISE_PARAM_DOUBLES ? "of an unknown type" : names[type];
}

/* A whole number is a number, in lists too. */
static bool is_of_type(const denoise__param_value *value, int32_t type)
{
    return value->type == type || (type == DENOISE_PARAM_DOUBLE && value->type == DENOISE_PARAM_INT) ||
           (type == DENOISE_PARAM_DOUBLES && value->type == DENOISE_PARAM_INTS);
}

/* The value of a key, which must have the type. */
static denoise_status get(const denoise__param_value **out, const denoise_params *params, const char *key, int32_t type)
{
    const denoise__param_value *value = denoise__params_find(params, key);
    if (value == NULL) return denoise__fail(DENOISE_ERR_NOT_FOUND, "there is no parameter \"%s\"", key);
    if (!is_of_type(value, type)) {
        return denoise__fail(DENOISE_ERR_DTYPE, "%s is %s, expected %s", key, denoise__param_type_name(value->type),
                             denoise__param_type_name(type));
    }
    *out = value;
    return DENOISE_OK;
}

denoise_status denoise_params_get_bool(const denoise_params *params, const char *key, int32_t *value)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    DENOISE__CHECK_NULL(value);
    const denoise__param_value *found;
    DENOISE__TRY(get(&found, params, key, DENOISE_PARAM_BOOL));
    *value = found->truth;
    return DENOISE_OK;
}

denoise_status denoise_params_get_int(const denoise_params *params, const char *key, int64_t *value)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    DENOISE__CHECK_NULL(value);
    const denoise__param_value *found;
    DENOISE__TRY(get(&found, params, key, DENOISE_PARAM_INT));
    *value = found->integer;
    return DENOISE_OK;
}

denoise_status denoise_params_get_double(const denoise_params *params, const char *key, double *value)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    DENOISE__CHECK_NULL(value);
    const denoise__param_value *found;
    DENOISE__TRY(get(&found, params, key, DENOISE_PARAM_DOUBLE));
    *value = found->type == DENOISE_PARAM_INT ? (double)found->integer : found->number;
    return DENOISE_OK;
}

denoise_status denoise_params_get_text(const denoise_params *params, const char *key, const char **value)
{
    DENOISE__CHECK_NULL(value);
    *value = NULL;
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    const denoise__param_value *found;
    DENOISE__TRY(get(&found, params, key, DENOISE_PARAM_TEXT));
    *value = found->text;
    return DENOISE_OK;
}

denoise_status denoise_params_get_ints(const denoise_params *params, const char *key, int64_t *values, int64_t *count)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    DENOISE__CHECK_NULL(values);
    DENOISE__CHECK_NULL(count);
    const denoise__param_value *value;
    DENOISE__TRY(get(&value, params, key, DENOISE_PARAM_INTS));
    memcpy(values, value->ints, sizeof(value->ints));
    *count = value->count;
    return DENOISE_OK;
}

double denoise__param_value_double(const denoise__param_value *value, int64_t index)
{
    return value->type == DENOISE_PARAM_INTS ? (double)value->ints[index] : value->doubles[index];
}

denoise_status denoise_params_get_doubles(const denoise_params *params, const char *key, double *values, int64_t capacity,
                                          int64_t *count)
{
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    DENOISE__CHECK_NULL(count);
    if (capacity < 0) return denoise__fail(DENOISE_ERR_RANGE, "capacity is %lld, expected >= 0", (long long)capacity);
    if (capacity > 0) DENOISE__CHECK_NULL(values);
    const denoise__param_value *value;
    DENOISE__TRY(get(&value, params, key, DENOISE_PARAM_DOUBLES));
    for (int64_t i = 0; i < value->count && i < capacity; i++)
        values[i] = denoise__param_value_double(value, i);
    *count = value->count;
    return DENOISE_OK;
}

denoise_status denoise_params_get_kind(const denoise_params *params, const char *key, const char **name,
                                       const denoise_params **nested)
{
    if (name != NULL) *name = NULL;
    if (nested != NULL) *nested = NULL;
    DENOISE__CHECK_NULL(name);
    DENOISE__CHECK_NULL(nested);
    DENOISE__CHECK_NULL(params);
    DENOISE__CHECK_NULL(key);
    const denoise__param_value *value;
    DENOISE__TRY(get(&value, params, key, DENOISE_PARAM_KIND));
    *name = value->text;
    *nested = value->nested;
    return DENOISE_OK;
}
