/* SPDX-License-Identifier: Apache-2.0 */
#include "io/safetensors_header.h"
#include "core/memory.h"
#include "files/json.h"
#include "files/system_error.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef denoise__safetensors_entry entry;
typedef denoise__safetensors_header header;

const char *denoise__safetensors_shown(char *buffer, size_t size, const char *name)
{
    return denoise__printable(buffer, size, name, strlen(name));
}

static denoise_status in_tensor(denoise_status status, const char *name)
{
    char shown[80];
    return denoise__context(status, "tensor \"%s\": ", denoise__safetensors_shown(shown, sizeof shown, name));
}

/* The formats that weights are often kept in: said by name, so that nobody has to guess. */
static denoise_status check_magic(const uint8_t *file, int64_t size)
{
    static const struct {
        const char *bytes, *name;
    } others[] = {{"\x89HDF", "HDF5"},
                  {"PK\x03\x04", "a zip (.keras, .npz, .pt)"},
                  {"GGUF", "GGUF"},
                  {"\x93NUM", "NumPy"},
                  {"\x1f\x8b\x08", "gzip"},
                  {"\x80\x02", "a Python pickle"},
                  {"\x80\x04", "a Python pickle"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        size_t length = strlen(others[i].bytes);
        if (size < 9 || memcmp(file, others[i].bytes, length) != 0 || file[8] == '{') continue;
        return denoise__fail(DENOISE_ERR_MAGIC, "byte 0: expected safetensors, found %s; convert it to safetensors",
                             others[i].name);
    }
    return DENOISE_OK;
}

/* The first 8 bytes; the length of the JSON text. */
static denoise_status read_length(int64_t *length, const uint8_t *file, int64_t size, const denoise_limits *limits)
{
    if (size < 8) {
        return denoise__fail(DENOISE_ERR_TRUNCATED, "byte %" PRId64 ": the data ends, the length of the header needs 8 bytes",
                             size);
    }
    DENOISE__TRY(check_magic(file, size));
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) {
        value = value << 8 | file[i];
    }
    if (value > INT64_MAX - 8) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "byte 0: header length %" PRIu64 " leaves 63 bits", value);
    }
    *length = (int64_t)value;
    if (*length > limits->header_bytes) {
        return denoise__fail(DENOISE_ERR_LIMIT,
                             "byte 0: header length %" PRId64 " is more than the %" PRId64
                             " bytes that are allowed (limit `header_bytes`)",
                             *length, limits->header_bytes);
    }
    if (*length <= size - 8) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_TRUNCATED, "byte %" PRId64 ": the data ends, the header needs %" PRId64 " bytes", size,
                         *length + 8);
}

static denoise_status read_whole(int64_t *out, const json_t *list, size_t index, const char *field)
{
    const json_t *value = json_array_get(list, index);
    if (!json_is_integer(value)) {
        return denoise__fail(DENOISE_ERR_SYNTAX, "%s[%zu] is no whole number", field, index);
    }
    *out = json_integer_value(value);
    if (*out >= 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "%s[%zu] is %" PRId64 ", expected >= 0", field, index, *out);
}

static denoise_status read_type(entry *out, const json_t *value)
{
    if (!json_is_string(value)) return denoise__fail(DENOISE_ERR_SYNTAX, "dtype is no text");
    out->type = denoise__element_type_find(json_string_value(value));
    if (out->type != NULL) return DENOISE_OK;
    char shown[40];
    return denoise__fail(DENOISE_ERR_DTYPE, "dtype \"%s\" is none of the format",
                         denoise__safetensors_shown(shown, sizeof shown, json_string_value(value)));
}

static denoise_status read_shape(entry *out, const json_t *value, const denoise_limits *limits)
{
    if (!json_is_array(value)) return denoise__fail(DENOISE_ERR_SYNTAX, "shape is no list");
    int64_t rank = (int64_t)json_array_size(value);
    int64_t allowed = limits->dims < DENOISE_MAX_RANK ? limits->dims : DENOISE_MAX_RANK;
    if (rank > allowed) {
        return denoise__fail(DENOISE_ERR_LIMIT, "shape has %" PRId64 " axes, more than the %" PRId64 " that are allowed", rank,
                             allowed);
    }
    out->rank = (int32_t)rank;
    for (size_t axis = 0; axis < (size_t)rank; axis++) {
        DENOISE__TRY(read_whole(&out->shape[axis], value, axis, "shape"));
    }
    return DENOISE_OK;
}

static denoise_status read_offsets(entry *out, const json_t *value)
{
    if (!json_is_array(value) || json_array_size(value) != 2) {
        return denoise__fail(DENOISE_ERR_SYNTAX, "data_offsets is no list of two");
    }
    DENOISE__TRY(read_whole(&out->begin, value, 0, "data_offsets"));
    DENOISE__TRY(read_whole(&out->end, value, 1, "data_offsets"));
    if (out->begin <= out->end) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "data_offsets [%" PRId64 ", %" PRId64 "] run backwards", out->begin, out->end);
}

/* The bytes that type and shape need are those that the offsets span. */
static denoise_status check_bytes(const entry *tensor, const denoise_limits *limits)
{
    int64_t elements = 1;
    int64_t bits = 0;
    for (int32_t axis = 0; axis < tensor->rank; axis++) {
        if (!denoise__multiply(elements, tensor->shape[axis], &elements)) {
            return denoise__fail(DENOISE_ERR_OVERFLOW, "shape: with length %" PRId64 " of axis %d the size leaves 64 bits",
                                 tensor->shape[axis], (int)axis);
        }
    }
    if (!denoise__multiply(elements, tensor->type->bits, &bits)) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "shape: %" PRId64 " elements of %s leave 64 bits", elements,
                             tensor->type->name);
    }
    if (bits % 8 != 0 || bits / 8 != tensor->end - tensor->begin) {
        return denoise__fail(DENOISE_ERR_SHAPE,
                             "shape: %" PRId64 " elements of %s need %" PRId64 " bits, data_offsets span %" PRId64 " bytes",
                             elements, tensor->type->name, bits, tensor->end - tensor->begin);
    }
    if (elements > limits->elements) {
        return denoise__fail(DENOISE_ERR_LIMIT,
                             "shape: %" PRId64 " elements, more than the %" PRId64 " that are allowed (limit `elements`)",
                             elements, limits->elements);
    }
    return DENOISE_OK;
}

static denoise_status read_entry(entry *out, json_t *value, const denoise_limits *limits)
{
    if (!json_is_object(value)) return denoise__fail(DENOISE_ERR_SYNTAX, "is no object");
    static const char *const fields[] = {"dtype", "shape", "data_offsets"};
    for (size_t i = 0; i < 3; i++) {
        if (json_object_get(value, fields[i]) == NULL) {
            return denoise__fail(DENOISE_ERR_SYNTAX, "has no %s", fields[i]);
        }
    }
    if (json_object_size(value) != 3) {
        return denoise__fail(DENOISE_ERR_SYNTAX, "has other fields than dtype, shape, data_offsets");
    }
    DENOISE__TRY(read_type(out, json_object_get(value, "dtype")));
    DENOISE__TRY(read_shape(out, json_object_get(value, "shape"), limits));
    DENOISE__TRY(read_offsets(out, json_object_get(value, "data_offsets")));
    return check_bytes(out, limits);
}

static denoise_status check_metadata(json_t *value)
{
    if (!json_is_object(value)) return denoise__fail(DENOISE_ERR_SYNTAX, "__metadata__ is no object");
    const char *key;
    json_t *text;
    json_object_foreach(value, key, text)
    {
        if (json_is_string(text)) continue;
        char shown[80];
        return denoise__fail(DENOISE_ERR_SYNTAX, "__metadata__ \"%s\" is no text",
                             denoise__safetensors_shown(shown, sizeof shown, key));
    }
    return DENOISE_OK;
}

static denoise_status check_name(const char *name, const denoise_limits *limits)
{
    size_t length = strlen(name);
    if ((int64_t)length <= limits->name_length) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_LIMIT, "the name has %zu bytes, %" PRId64 " are allowed (limit `name_length`)", length,
                         limits->name_length);
}

static denoise_status read_entries(header *out, const denoise_limits *limits)
{
    int64_t count = (int64_t)json_object_size(out->root) - (json_object_get(out->root, "__metadata__") != NULL);
    if (count > limits->tensors) {
        return denoise__fail(DENOISE_ERR_LIMIT,
                             "%" PRId64 " tensors, more than the %" PRId64 " that are allowed (limit `tensors`)", count,
                             limits->tensors);
    }
    out->entries = denoise__allocate_zeroed((size_t)count + 1, sizeof *out->entries);
    out->by_name = denoise__allocate_zeroed((size_t)count + 1, sizeof *out->by_name);
    if (out->entries == NULL || out->by_name == NULL) return denoise__fail_nomem();
    const char *name;
    json_t *value;
    json_object_foreach(out->root, name, value)
    {
        if (strcmp(name, "__metadata__") == 0) {
            DENOISE__TRY(check_metadata(value));
            continue;
        }
        entry *tensor = &out->entries[out->count++];
        tensor->name = name;
        denoise_status status = check_name(name, limits);
        if (status == DENOISE_OK) status = read_entry(tensor, value, limits);
        if (status != DENOISE_OK) return in_tensor(status, name);
    }
    return DENOISE_OK;
}

static int compare_offsets(const void *a, const void *b)
{
    const entry *left = a;
    const entry *right = b;
    if (left->begin != right->begin) return left->begin < right->begin ? -1 : 1;
    if (left->end != right->end) return left->end < right->end ? -1 : 1;
    return strcmp(left->name, right->name);
}

static int compare_names(const void *a, const void *b)
{
    const entry *const *left = a;
    const entry *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* Each tensor begins where the one before ends, and the last ends with the file: nothing can hide in between. Empty ones
 * share an offset with their neighbour. */
static denoise_status check_cover(const header *head, int64_t size)
{
    int64_t position = 0;
    for (int64_t i = 0; i < head->count; i++) {
        const entry *tensor = &head->entries[i];
        if (tensor->begin != position) {
            return in_tensor(denoise__fail(DENOISE_ERR_RANGE,
                                           "data_offsets begin at %" PRId64 ", the tensor before ends at %" PRId64 " (%s)",
                                           tensor->begin, position, tensor->begin > position ? "a hole" : "an overlap"),
                             tensor->name);
        }
        position = tensor->end;
    }
    int64_t present = size - head->data;
    if (position > present) {
        return in_tensor(denoise__fail(DENOISE_ERR_TRUNCATED,
                                       "byte %" PRId64 ": the data ends after %" PRId64
                                       " bytes, data_offsets reach to %" PRId64,
                                       size, present, position),
                         head->entries[head->count - 1].name);
    }
    if (position == present) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_TRAILING, "byte %" PRId64 ": %" PRId64 " bytes follow the last tensor",
                         head->data + position, present - position);
}

denoise_status denoise__safetensors_header_read(header *out, const uint8_t *file, int64_t size, const denoise_limits *limits)
{
    *out = (header){0};
    int64_t length = 0;
    DENOISE__TRY(read_length(&length, file, size, limits));
    DENOISE__TRY(denoise__json_parse_object(&out->root, (const char *)file + 8, length, 8, limits));
    out->data = 8 + length;
    DENOISE__TRY(read_entries(out, limits));
    qsort(out->entries, (size_t)out->count, sizeof *out->entries, compare_offsets);
    DENOISE__TRY(check_cover(out, size));
    for (int64_t i = 0; i < out->count; i++) {
        out->by_name[i] = &out->entries[i];
    }
    qsort(out->by_name, (size_t)out->count, sizeof(entry *), compare_names);
    return DENOISE_OK;
}

void denoise__safetensors_header_clear(header *head)
{
    json_decref(head->root);
    denoise__release(head->entries);
    denoise__release(head->by_name);
    *head = (header){0};
}

const entry *denoise__safetensors_header_find(const header *head, const char *name)
{
    const entry wanted = {.name = name};
    const entry *key = &wanted;
    entry *const *found = bsearch(&key, head->by_name, (size_t)head->count, sizeof(entry *), compare_names);
    return found != NULL ? *found : NULL;
}
