/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors: header, every tensor, metadata; what was read can be written and read again; a model is changed or left alone.
 */
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include "io/safetensors_header.h"
#include <denoise/denoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSORS = 32, ELEMENTS = 4096 };

static const char *const metadata_keys[] = {"format", "a", ""};

/* Sizes follow from shapes, and the tensors lie one behind the other up to the end of the file. */
static void check_entries(const denoise__safetensors_header *header, const uint8_t *data, int64_t size)
{
    int64_t position = 0;
    for (int64_t i = 0; i < header->count; i++) {
        const denoise__safetensors_entry *entry = &header->entries[i];
        int64_t elements = 1;
        denoise__safetensors_tensor tensor = {.type = NULL};
        if (!FUZZ_CHECK(denoise__safetensors_header_tensor(&tensor, header, entry, data) == DENOISE_OK)) return;
        FUZZ_CHECK(tensor.rank >= 0 && tensor.rank <= DENOISE_MAX_RANK);
        for (int32_t axis = 0; axis < tensor.rank; axis++) {
            FUZZ_CHECK(tensor.shape[axis] >= 0);
            elements *= tensor.shape[axis];
        }
        FUZZ_CHECK(elements >= 0 && elements <= ELEMENTS);
        FUZZ_CHECK(tensor.begin == entry->begin && tensor.end == entry->end && data[entry->place] == '"');
        FUZZ_CHECK(entry->begin == position &&
                   (tensor.type->bits == 0 || entry->end - entry->begin == elements * tensor.type->bits / 8));
        FUZZ_CHECK(denoise__safetensors_header_find(header, entry->name) == entry);
        position = entry->end;
    }
    FUZZ_CHECK(header->data + position == size && header->data >= 8);
    FUZZ_CHECK(denoise__safetensors_header_find(header, "no such tensor \x01") == NULL);
}

/* Limits of just what the file needs let it through, smaller ones do not. */
static void check_limits(const denoise__safetensors_header *header, const uint8_t *data, size_t size)
{
    int64_t *field[3];
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.tensors = header->count > header->metadata_count ? header->count : header->metadata_count;
    limits.header_bytes = header->data - 8;
    limits.name_length = limits.elements = 0;
    for (int64_t i = 0; i < header->count; i++) {
        int64_t length = (int64_t)strlen(header->entries[i].name);
        if (length > limits.name_length) limits.name_length = length;
        denoise__safetensors_tensor tensor = {.type = NULL};
        if (!FUZZ_CHECK(denoise__safetensors_header_tensor(&tensor, header, &header->entries[i], data) == DENOISE_OK)) return;
        int64_t elements = 1;
        for (int32_t axis = 0; axis < tensor.rank; axis++)
            elements *= tensor.shape[axis];
        if (elements > limits.elements) limits.elements = elements;
    }
    field[0] = &limits.header_bytes;
    field[1] = &limits.name_length;
    field[2] = &limits.elements;
    denoise__safetensors_header again;
    FUZZ_CHECK(denoise__safetensors_header_read(&again, data, (int64_t)size, &limits) == DENOISE_OK);
    denoise__safetensors_header_clear(&again);
    for (int i = 0; i < 3; i++) {
        if (*field[i] == 0) continue;
        --*field[i];
        FUZZ_CHECK(denoise__safetensors_header_read(&again, data, (int64_t)size, &limits) == DENOISE_ERR_LIMIT);
        denoise__safetensors_header_clear(&again);
        ++*field[i];
    }
}

typedef struct content {
    int64_t count;
    const char *names[TENSORS];
    denoise_tensor *tensors[TENSORS];
    const char *keys[3], *values[3];
    int64_t metadata_count;
} content;

static void clear(content *it)
{
    for (int64_t i = 0; i < it->count; i++) {
        denoise_tensor_free(it->tensors[i]);
    }
}

/* All tensors of types that the library has; false: memory was out. */
static bool read_all(content *it, const denoise_safetensors *file)
{
    *it = (content){.count = 0};
    for (int64_t i = 0; i < denoise_safetensors_count(file); i++) {
        denoise_tensor *tensor = NULL;
        const char *name = denoise_safetensors_name(file, i);
        denoise_status status = denoise_safetensors_get(&tensor, file, name);
        FUZZ_CHECK((tensor != NULL) == (status == DENOISE_OK));
        if (fuzz_nomem(status)) return false;
        FUZZ_CHECK(status == DENOISE_OK || status == DENOISE_ERR_UNSUPPORTED);
        if (tensor == NULL) continue;
        it->names[it->count] = name;
        it->tensors[it->count++] = tensor;
    }
    for (int i = 0; i < 3; i++) {
        const char *value = denoise_safetensors_metadata(file, metadata_keys[i]);
        if (value == NULL) continue;
        it->keys[it->metadata_count] = metadata_keys[i];
        it->values[it->metadata_count++] = value;
    }
    return true;
}

static bool same_tensor(const denoise_tensor *a, const denoise_tensor *b)
{
    int32_t rank = denoise_tensor_rank(a);
    size_t bytes = (size_t)denoise_tensor_bytes(a);
    if (denoise_tensor_dtype(a) != denoise_tensor_dtype(b) || rank != denoise_tensor_rank(b)) return false;
    if (rank > 0 && memcmp(denoise_tensor_shape(a), denoise_tensor_shape(b), (size_t)rank * 8) != 0) return false;
    return bytes == 0 || memcmp(denoise_tensor_const_data(a), denoise_tensor_const_data(b), bytes) == 0;
}

static void check_saved(const content *it, const char *path)
{
    denoise_safetensors *file = NULL;
    denoise_status status = denoise_safetensors_open(&file, path, NULL);
    if (fuzz_nomem(status) || !FUZZ_CHECK(status == DENOISE_OK)) return;
    FUZZ_CHECK(denoise_safetensors_count(file) == it->count);
    for (int64_t i = 0; i < it->count; i++) {
        denoise_tensor *tensor = NULL;
        status = denoise_safetensors_get(&tensor, file, it->names[i]);
        if (!fuzz_nomem(status)) FUZZ_CHECK(status == DENOISE_OK && same_tensor(tensor, it->tensors[i]));
        denoise_tensor_free(tensor);
    }
    for (int64_t i = 0; i < it->metadata_count; i++) {
        const char *value = denoise_safetensors_metadata(file, it->keys[i]);
        FUZZ_CHECK(value != NULL && strcmp(value, it->values[i]) == 0);
    }
    denoise_safetensors_free(file);
}

static void check_resave(const denoise_safetensors *file)
{
    content it;
    char path[300];
    (void)snprintf(path, sizeof path, "%s/again.safetensors", fuzz_folder());
    if (read_all(&it, file)) {
        denoise_status status = denoise_safetensors_save(path, it.names, (const denoise_tensor *const *)it.tensors, it.count,
                                                         it.keys, it.values, it.metadata_count);
        fuzz_check_status(status);
        if (!fuzz_nomem(status)) FUZZ_CHECK(status == DENOISE_OK);
        if (status == DENOISE_OK) check_saved(&it, path);
    }
    clear(&it);
}

static denoise_model *small_model(void)
{
    denoise_sequential *sequential = NULL;
    denoise_model *model = NULL;
    if (denoise_sequential_new(&sequential, NULL) != DENOISE_OK) return NULL;
    (void)denoise_sequential_add(sequential, denoise_layer_input((const int64_t[]){2}, 1, NULL));
    (void)denoise_sequential_add(sequential, denoise_layer_dense(1, NULL, NULL));
    (void)denoise_sequential_build(&model, sequential, NULL);
    denoise_sequential_free(sequential);
    return model;
}

static bool weights_equal(const denoise_model *model, denoise_tensor *const *before)
{
    denoise_tensor *after[2] = {NULL, NULL};
    bool equal = true;
    if (denoise_model_get_weights(after, model, 2) == DENOISE_OK) {
        equal = same_tensor(before[0], after[0]) && same_tensor(before[1], after[1]);
    }
    denoise_tensor_free(after[0]);
    denoise_tensor_free(after[1]);
    return equal;
}

/* The file into a model of weights dense/kernel (2, 1) and dense/bias (1). */
static void check_model(const char *path, const denoise_limits *limits)
{
    denoise_model *model = small_model();
    denoise_tensor *before[2] = {NULL, NULL};
    if (model != NULL && denoise_model_get_weights(before, model, 2) == DENOISE_OK) {
        denoise_status status = denoise_model_load_weights(model, path, limits);
        fuzz_check_status(status);
        (void)fuzz_nomem(status);
        FUZZ_CHECK(status == DENOISE_OK || weights_equal(model, before));
    }
    denoise_tensor_free(before[0]);
    denoise_tensor_free(before[1]);
    denoise_model_free(model);
}

static void try_file(const uint8_t *data, size_t size, const denoise_limits *limits, denoise_status expected)
{
    const char *path = fuzz_file(data, size);
    denoise_safetensors *file = NULL;
    denoise_status status = denoise_safetensors_open(&file, path, limits);
    fuzz_check_status(status);
    FUZZ_CHECK((file != NULL) == (status == DENOISE_OK));
    if (!fuzz_nomem(status) && expected != DENOISE_ERR_NOMEM) FUZZ_CHECK(status == expected);
    if (file != NULL) check_resave(file);
    denoise_safetensors_free(file);
    check_model(path, limits);
}

static void run(const uint8_t *data, size_t size)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.tensors = TENSORS;
    limits.elements = ELEMENTS;
    limits.json_depth = 8;
    denoise__safetensors_header header;
    denoise_status status = denoise__safetensors_header_read(&header, data, (int64_t)size, &limits);
    fuzz_check_status(status);
    FUZZ_CHECK(fuzz_memory_peak() <= 3 * (int64_t)size + 1024);
    if (!fuzz_nomem(status) && status == DENOISE_OK) {
        check_entries(&header, data, (int64_t)size);
        if (!fuzz_memory_failing()) check_limits(&header, data, size);
    }
    denoise__safetensors_header_clear(&header);
    limits.strict = 1; /* takes no file that is not taken otherwise */
    denoise_status strict = denoise__safetensors_header_read(&header, data, (int64_t)size, &limits);
    fuzz_check_status(strict);
    if (!fuzz_nomem(strict) && status != DENOISE_ERR_NOMEM) FUZZ_CHECK(strict != DENOISE_OK || status == DENOISE_OK);
    denoise__safetensors_header_clear(&header);
    limits.strict = 0;
    if (status == DENOISE_OK || fuzz_hash(data, size) % 64 == 0) try_file(data, size, &limits, status);
}

/* Where the object that begins at byte 8 ends. */
static size_t object_end(const uint8_t *data, size_t size)
{
    int depth = 0;
    bool text = false;
    for (size_t i = 8; i < size; i++) {
        if (text) {
            if (data[i] == '\\')
                i++;
            else if (data[i] == '"')
                text = false;
        } else if (data[i] == '"') {
            text = true;
        } else if (data[i] == '{' || data[i] == '[') {
            depth++;
        } else if ((data[i] == '}' || data[i] == ']') && --depth <= 0) {
            return i + 1;
        }
    }
    return size;
}

/* The greatest end among "data_offsets":[begin,end]. */
static size_t data_end(const uint8_t *data, size_t end)
{
    static const char key[] = "\"data_offsets\":[";
    size_t greatest = 0;
    for (size_t i = 8; i + sizeof key < end; i++) {
        if (memcmp(data + i, key, sizeof key - 1) != 0) continue;
        size_t number = 0;
        for (size_t k = i + sizeof key - 1; k < end && data[k] != ']'; k++) {
            number = data[k] >= '0' && data[k] <= '9' && number < 100000 ? number * 10 + data[k] - '0' : 0;
        }
        if (number > greatest) greatest = number;
    }
    return greatest;
}

/* The header's length, and as many bytes of data as the offsets ask for. */
static size_t mend(uint8_t *data, size_t size, size_t capacity)
{
    if (size < 10) return size;
    size_t end = object_end(data, size);
    uint64_t length = end - 8;
    for (int i = 0; i < 8; i++) {
        data[i] = (uint8_t)(length >> 8 * i);
    }
    size_t wanted = end + data_end(data, end);
    if (wanted > capacity) return size;
    if (wanted > size) memset(data + size, 0x3f, wanted - size);
    return wanted;
}

static void file_seed(const fuzz_sink *sink, const char *json, size_t bytes)
{
    builder b = {.size = 0};
    builder_le64(&b, strlen(json));
    builder_text(&b, json);
    for (size_t i = 0; i < bytes; i++) {
        builder_byte(&b, (unsigned)i * 29 + 7);
    }
    builder_seed(sink, "file", &b);
}

static void good_seeds(const fuzz_sink *sink)
{
    static const char *const types[] = {"F32",     "F64",     "I32",     "I64",     "U8",  "BOOL", "I8",
                                        "I16",     "U16",     "U32",     "U64",     "F16", "BF16", "F8_E5M2",
                                        "F8_E4M3", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4",  "C64"};
    static const size_t bytes[] = {32, 64, 32, 64, 8, 8, 8, 16, 16, 32, 64, 16, 16, 8, 8, 8, 6, 6, 4, 64};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char json[200];
        (void)snprintf(json, sizeof json, "{\"t\":{\"dtype\":\"%s\",\"shape\":[2,4],\"data_offsets\":[0,%zu]}}", types[i],
                       bytes[i]);
        file_seed(sink, json, bytes[i]);
    }
    file_seed(sink, "{}", 0);
    file_seed(sink, "{\"__metadata__\":{\"format\":\"pt\",\"a\":\"\\u00e9\",\"\":\"\"}}  ", 0);
    file_seed(sink,
              "{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_"
              "offsets\":[0,4]}}",
              7);
    file_seed(sink,
              "{\"e\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[4,4]},\"a\":{\"dtype\":\"I32\",\"shape\":[1],\"data_"
              "offsets\":[0,4]},"
              "\"z\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}",
              4);
    file_seed(sink,
              "{\"dense/kernel\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
              "\"dense/bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
              12);
    file_seed(sink,
              "{\"dense/"
              "bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]},\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_"
              "offsets\":[0,1]},"
              "\"dense/kernel\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[5,13]}}",
              13);
    file_seed(sink,
              "{\"dense/kernel\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
              "\"dense/bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
              12);
    file_seed(sink, "{\"dense/kernel\":{\"dtype\":\"BF16\",\"shape\":[2,1],\"data_offsets\":[0,4]}}", 4);
}

/* Headers with something wrong in one tensor, that has eight bytes. */
static void broken_tensor_seeds(const fuzz_sink *sink)
{
    static const char *const fields[] = {"\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"NOTADTYPE\",\"shape\":[2],\"data_offsets\":[0,8]",
                                         "\"dtype\":3,\"shape\":[2],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":[4194305,4194305,211106198978564],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F64\",\"shape\":[2305843009213693951],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":[18446744073709551614],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F4\",\"shape\":[15],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]",
                                         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]",
                                         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":8",
                                         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[\"0\",8]",
                                         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]",
                                         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]",
                                         "\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]",
                                         "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]",
                                         "\"dtype\":\"F32\",\"shape\":[2]",
                                         "\"dtype\":\"F32\",\"data_offsets\":[0,8]",
                                         "\"shape\":[2],\"data_offsets\":[0,8]",
                                         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1",
                                         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"shape\":[2]"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char json[256];
        (void)snprintf(json, sizeof json, "{\"t\":{%s}}", fields[i]);
        file_seed(sink, json, 8);
    }
    file_seed(sink, "{\"t\":{\"dtype\":\"U8\",\"shape\":[5000],\"data_offsets\":[0,5000]}}", 5000);
    file_seed(sink, "{\"t\":5}", 0);
    file_seed(sink, "{\"__metadata__\":5}", 0);
    file_seed(sink, "{\"__metadata__\":{\"a\":1}}", 0);
    file_seed(sink,
              "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_"
              "offsets\":[1,2]}}",
              2);
    file_seed(sink,
              "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_"
              "offsets\":[1,3]}}",
              3);
    file_seed(sink,
              "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_"
              "offsets\":[0,1]}}",
              1);
}

static void broken_file_seeds(const fuzz_sink *sink)
{
    static const char *const others[] = {"\x89HDF\r\n\x1a\n0123", "PK\x03\x04 0123456",   "GGUF01234567",
                                         "\x93NUMPY012345",       "\x1f\x8b\x08 0123456", "\x80\x02 0123456789",
                                         "\x80\x04 0123456789"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        fuzz_seed_text(sink, others[i]);
    }
    static const uint64_t lengths[] = {0, 1, 3, 100000001, INT64_MAX - 8, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        builder b = {.size = 0};
        builder_le64(&b, lengths[i]);
        builder_text(&b, "{}");
        builder_seed(sink, "length", &b);
        builder_seed_cut(sink, "cut", &b, i);
    }
    builder b = {.size = 0};
    builder_text(&b, "12345678{");
    for (int i = 0; i <= TENSORS; i++) {
        char entry[100];
        (void)snprintf(entry, sizeof entry, "%s\"t%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                       i > 0 ? "," : "", i);
        builder_text(&b, entry);
    }
    builder_byte(&b, '}');
    b.size = mend(b.data, b.size, sizeof b.data);
    builder_seed(sink, "many_tensors", &b);
    b.size = 0;
    builder_text(&b, "12345678{\"");
    for (int i = 0; i < 256; i++) {
        builder_byte(&b, 'n');
    }
    builder_text(&b, "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
    b.size = mend(b.data, b.size, sizeof b.data);
    builder_seed(sink, "long_name", &b);
}

static void seeds(const fuzz_sink *sink)
{
    good_seeds(sink);
    broken_tensor_seeds(sink);
    broken_file_seeds(sink);
}

static const char *const dictionary[] = {"\"\\\"dtype\\\":\\\"F32\\\"\"",
                                         "\"\\\"shape\\\":[\"",
                                         "\"\\\"data_offsets\\\":[0,\"",
                                         "\"__metadata__\"",
                                         "\"F64\"",
                                         "\"U8\"",
                                         "\"I64\"",
                                         "\"BF16\"",
                                         "\"F4\"",
                                         "\"{\\\"a\\\":{\"",
                                         "\"}}\"",
                                         "\"[2,2]\"",
                                         "\"[0]\"",
                                         "\"[]\"",
                                         "\"\\\\u0041\"",
                                         "\"9223372036854775807\"",
                                         NULL};

const fuzz_target fuzz_target_safetensors = {"safetensors", run, seeds, mend, dictionary, 8192};
