/* SPDX-License-Identifier: Apache-2.0 */
/* The text is walked over twice: once to check it and to count, once to keep names and offsets in memory of just that size. */
#include "io/safetensors_header.h"
#include "core/memory.h"
#include "core/text.h"
#include "files/json.h"
#include "files/limits.h"
#include "files/system_error.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef denoise__safetensors_entry entry;
typedef denoise__safetensors_text metadata_text;
typedef denoise__safetensors_header header;
typedef denoise__safetensors_tensor description;

enum { SHOWN = 80, START = 8 /* of the text in the file */ };

/* A walk over the text. */
typedef struct walk {
    denoise__json json;
    const denoise_limits *limits;
    header *out;
    char *texts;                               /* NULL = only count */
    int64_t texts_size, count, metadata_count; /* so far */
    bool has_metadata;
} walk;

static denoise_status in_tensor(denoise_status status, const char *name)
{
    char shown[SHOWN];
    return denoise__context(status, "tensor \"%s\": ", denoise__printable(shown, sizeof shown, name, strlen(name)));
}

/* The formats that weights are often kept in: said by name, so that nobody has to guess. */
static denoise_status check_magic(const uint8_t *file, int64_t size)
{
    static const struct {
        uint8_t at;
        const char *bytes, *name;
    } others[] = {{0, "\x89HDF", "HDF5"},
                  {0, "PK\x03\x04", "a zip (.keras, .npz, .pt)"},
                  {0, "GGUF", "GGUF"},
                  {0, "\x93NUM", "NumPy"},
                  {0, "\x1f\x8b\x08", "gzip"},
                  {4, "TFL3", "TensorFlow Lite"},
                  {0, "\x80\x02", "a Python pickle"},
                  {0, "\x80\x03", "a Python pickle"},
                  {0, "\x80\x04", "a Python pickle"},
                  {0, "\x80\x05", "a Python pickle"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (size < 9 || memcmp(file + others[i].at, others[i].bytes, strlen(others[i].bytes)) != 0 || file[8] == '{') continue;
        return denoise__fail_at(DENOISE_ERR_MAGIC, 0, "magic", "no safetensors, found %s; convert it to safetensors",
                                others[i].name);
    }
    return DENOISE_OK;
}

/* The first 8 bytes; the length of the JSON text. */
static denoise_status read_length(int64_t *length, const uint8_t *file, int64_t size, const denoise_limits *limits)
{
    if (size < START) {
        return denoise__fail_at(DENOISE_ERR_TRUNCATED, size, "header_length", "the data ends, it needs 8 bytes");
    }
    DENOISE__TRY(check_magic(file, size));
    uint64_t value = 0;
    for (int i = START - 1; i >= 0; i--) {
        value = value << 8 | file[i];
    }
    if (value > INT64_MAX - START) {
        return denoise__fail_at(DENOISE_ERR_OVERFLOW, 0, "header_length", "%" PRIu64 " leaves 63 bits", value);
    }
    *length = (int64_t)value;
    if (*length > limits->header_bytes) {
        return denoise__fail_at(DENOISE_ERR_LIMIT, 0, "header_bytes",
                                "header length %" PRId64 " is more than the %" PRId64
                                " that are allowed (limit `header_bytes`)",
                                *length, limits->header_bytes);
    }
    if (*length <= size - START) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_TRUNCATED, size, "header", "the data ends, it needs %" PRId64 " bytes",
                            *length + START);
}

static const char *const fields[] = {"dtype", "shape", "data_offsets"};
enum { DTYPE, SHAPE, OFFSETS, FIELDS };

static denoise_status read_type(description *out, denoise__json *json, const denoise_limits *limits)
{
    char name[40], shown[40];
    int64_t length = 0;
    int64_t place = denoise__json_at(json);
    DENOISE__TRY(denoise__json_text(json, name, sizeof name, &length));
    denoise__printable(out->type_name, sizeof out->type_name, name, strlen(name));
    out->type = denoise__element_type_find(name);
    if (out->type != NULL) return DENOISE_OK;
    out->type = &denoise__element_type_unknown;
    if (limits->strict == 0) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_DTYPE, place, "dtype", "\"%s\" is none of the format",
                            denoise__printable(shown, sizeof shown, name, strlen(name)));
}

/* [1, 2, ...]; with more numbers than `greatest`, *count is one more and the rest is not read. */
static denoise_status read_list(int64_t *out, int64_t *count, int64_t greatest, denoise__json *json)
{
    char field[DENOISE__FIELD_SIZE];
    const char *name = json->field;
    bool more = false;
    DENOISE__TRY(denoise__json_open(json, '['));
    for (*count = 0; *count <= greatest; (*count)++) {
        DENOISE__TRY(denoise__json_more(json, ']', &more));
        if (!more) break;
        if (*count == greatest) continue;
        denoise__format(field, sizeof field, "%s[%" PRId64 "]", name, *count);
        json->field = field;
        denoise_status status = denoise__json_whole(json, &out[*count]);
        json->field = name;
        DENOISE__TRY(status);
    }
    return DENOISE_OK;
}

static denoise_status read_shape(description *out, denoise__json *json, const denoise_limits *limits)
{
    int64_t rank = 0;
    int64_t greatest = limits->dims < DENOISE_MAX_RANK ? limits->dims : DENOISE_MAX_RANK;
    DENOISE__TRY(read_list(out->shape, &rank, greatest, json));
    out->rank = (int32_t)rank;
    return denoise__limits_tensor(limits, 0, rank, denoise__json_at(json));
}

static denoise_status read_offsets(description *out, denoise__json *json)
{
    int64_t offsets[2] = {0, 0};
    int64_t count = 0;
    int64_t place = denoise__json_at(json);
    DENOISE__TRY(read_list(offsets, &count, 2, json));
    out->begin = offsets[0];
    out->end = offsets[1];
    if (count != 2) return denoise__fail_at(DENOISE_ERR_SYNTAX, place, "data_offsets", "is no list of two");
    if (out->begin <= out->end) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_RANGE, place, "data_offsets", "[%" PRId64 ", %" PRId64 "] run backwards", out->begin,
                            out->end);
}

/* The bytes that type and shape need, where the type is known, are those that the offsets span. A length of 0 does not make up
 * for others whose product leaves 64 bits: a tensor cannot have them. */
static denoise_status check_bytes(const description *it, int64_t place, const denoise_limits *limits)
{
    int64_t elements = 1;
    int64_t extent = 1;
    int64_t bits = 0;
    for (int32_t axis = 0; axis < it->rank; axis++) {
        bool fits = denoise__multiply(extent, it->shape[axis] > 0 ? it->shape[axis] : 1, &extent);
        elements = it->shape[axis] > 0 && fits ? elements * it->shape[axis] : 0;
        if (fits) continue;
        char field[DENOISE__FIELD_SIZE];
        denoise__format(field, sizeof field, "shape[%d]", (int)axis);
        return denoise__fail_at(DENOISE_ERR_OVERFLOW, place, field, "with length %" PRId64 " the size leaves 64 bits",
                                it->shape[axis]);
    }
    if (!denoise__multiply(extent, it->type->bits, &bits)) {
        return denoise__fail_at(DENOISE_ERR_OVERFLOW, place, "shape", "%" PRId64 " elements of %s leave 64 bits", extent,
                                it->type->name);
    }
    bits = elements * it->type->bits;
    if (it->type->bits > 0 && (bits % 8 != 0 || bits / 8 != it->end - it->begin)) {
        return denoise__fail_at(DENOISE_ERR_SHAPE, place, "shape",
                                "%" PRId64 " elements of %s need %" PRId64 " bits, data_offsets span %" PRId64 " bytes",
                                elements, it->type->name, bits, it->end - it->begin);
    }
    return denoise__limits_tensor(limits, elements, 0, place);
}

static int find_field(const char *key)
{
    int which = 0;
    while (which < FIELDS && strcmp(key, fields[which]) != 0) {
        which++;
    }
    return which;
}

/* One of the three; places holds where their values are, 0 = not yet seen. */
static denoise_status read_field(description *out, int64_t places[FIELDS], denoise__json *json, const denoise_limits *limits)
{
    char key[16];
    int64_t length = 0;
    int64_t place = denoise__json_at(json);
    DENOISE__TRY(denoise__json_text(json, key, sizeof key, &length));
    int which = find_field(key);
    if (which == FIELDS && limits->strict == 0) {
        DENOISE__TRY(denoise__json_colon(json));
        return denoise__json_skip(json);
    }
    if (which == FIELDS) {
        return denoise__fail_at(DENOISE_ERR_SYNTAX, place, json->field, "has other fields than dtype, shape, data_offsets");
    }
    if (places[which] != 0) return denoise__fail_at(DENOISE_ERR_DUPLICATE, place, fields[which], "is given twice");
    DENOISE__TRY(denoise__json_colon(json));
    places[which] = denoise__json_at(json);
    json->field = fields[which];
    if (which == DTYPE) return read_type(out, json, limits);
    return which == SHAPE ? read_shape(out, json, limits) : read_offsets(out, json);
}

/* {"dtype": ..., "shape": [...], "data_offsets": [...]}, checked: its bytes are those that type and shape need. Other fields
 * are passed over, or, with strict limits, errors. */
static denoise_status read_tensor(description *out, denoise__json *json, const denoise_limits *limits)
{
    int64_t places[FIELDS] = {0};
    bool more = false;
    json->field = "header";
    int64_t start = denoise__json_at(json);
    DENOISE__TRY(denoise__json_open(json, '{'));
    for (;;) {
        json->field = "header";
        DENOISE__TRY(denoise__json_more(json, '}', &more));
        if (!more) break;
        DENOISE__TRY(read_field(out, places, json, limits));
    }
    for (int which = 0; which < FIELDS; which++) {
        if (places[which] == 0) return denoise__fail_at(DENOISE_ERR_SYNTAX, start, fields[which], "is missing");
    }
    return check_bytes(out, places[SHAPE], limits);
}

/* The next text: its beginning in `shown`, for messages, and, in the second walk, all of it behind those kept before. */
static denoise_status take_text(walk *at, char shown[SHOWN], int64_t *length)
{
    int64_t start = at->json.position;
    DENOISE__TRY(denoise__json_text(&at->json, shown, SHOWN, length));
    if (at->texts != NULL) {
        at->json.position = start;
        DENOISE__TRY(denoise__json_text(&at->json, at->texts + at->texts_size, *length + 1, length));
    }
    at->texts_size += *length + 1;
    return DENOISE_OK;
}

static denoise_status fail_tensors(const walk *at, int64_t place)
{
    return denoise__fail_at(DENOISE_ERR_LIMIT, place, "tensors", "more than the %" PRId64 " that are allowed (limit `tensors`)",
                            at->limits->tensors);
}

/* {"key": "value", ...}, as many as there may be tensors. */
static denoise_status take_metadata(walk *at)
{
    char shown[SHOWN];
    int64_t length = 0;
    bool more = false;
    at->json.field = "__metadata__";
    if (denoise__json_null(&at->json)) return DENOISE_OK; /* as the reference reader has it: none */
    DENOISE__TRY(denoise__json_open(&at->json, '{'));
    for (;;) {
        DENOISE__TRY(denoise__json_more(&at->json, '}', &more));
        if (!more) return DENOISE_OK;
        int64_t place = denoise__json_at(&at->json);
        if (at->metadata_count == at->limits->tensors) return fail_tensors(at, place);
        if (at->texts != NULL) {
            at->out->metadata[at->metadata_count] = (metadata_text){at->texts + at->texts_size, place};
        }
        DENOISE__TRY(take_text(at, shown, &length));
        DENOISE__TRY(denoise__json_colon(&at->json));
        DENOISE__TRY(take_text(at, shown, &length));
        at->metadata_count++;
    }
}

static denoise_status take_tensor(walk *at, int64_t place, int64_t length)
{
    denoise__safetensors_tensor tensor;
    const denoise_limits *limits = at->limits;
    if (at->count == limits->tensors) return fail_tensors(at, place);
    if (length > limits->name_length) {
        return denoise__fail_at(DENOISE_ERR_LIMIT, place, "name_length",
                                "the name has %" PRId64 " bytes, %" PRId64 " are allowed (limit `name_length`)", length,
                                limits->name_length);
    }
    DENOISE__TRY(read_tensor(&tensor, &at->json, limits));
    if (at->texts != NULL) {
        at->out->entries[at->count] = (entry){at->texts + at->texts_size - length - 1, place, tensor.begin, tensor.end};
    }
    at->count++;
    return DENOISE_OK;
}

static denoise_status take_member(walk *at)
{
    char shown[SHOWN];
    int64_t length = 0;
    int64_t place = denoise__json_at(&at->json);
    DENOISE__TRY(take_text(at, shown, &length));
    DENOISE__TRY(denoise__json_colon(&at->json));
    if (strcmp(shown, "__metadata__") != 0) {
        denoise_status status = take_tensor(at, place, length);
        return status == DENOISE_OK ? DENOISE_OK : in_tensor(status, shown);
    }
    if (at->has_metadata) return denoise__fail_at(DENOISE_ERR_DUPLICATE, place, "__metadata__", "is given twice");
    at->has_metadata = true;
    return take_metadata(at);
}

static denoise_status walk_over(walk *at)
{
    bool more = false;
    at->json.field = "header";
    DENOISE__TRY(denoise__json_open(&at->json, '{'));
    for (;;) {
        at->json.field = "header";
        DENOISE__TRY(denoise__json_more(&at->json, '}', &more));
        if (!more) return denoise__json_end(&at->json);
        DENOISE__TRY(take_member(at));
    }
}

static walk begin(header *out, const uint8_t *file, int64_t length)
{
    return (walk){
        .json = {.text = (const char *)file + START, .size = length, .offset = START, .greatest_depth = out->limits.json_depth},
        .limits = &out->limits,
        .out = out};
}

static denoise_status allocate(header *out, const walk *counted)
{
    out->entries = denoise__allocate_zeroed((size_t)counted->count + 1, sizeof *out->entries);
    out->by_name = denoise__allocate_zeroed((size_t)counted->count + 1, sizeof *out->by_name);
    out->metadata = denoise__allocate_zeroed((size_t)counted->metadata_count + 1, sizeof *out->metadata);
    out->texts = denoise__allocate((size_t)counted->texts_size + 1);
    bool has_all = out->entries != NULL && out->by_name != NULL && out->metadata != NULL && out->texts != NULL;
    return has_all ? DENOISE_OK : denoise__fail_nomem();
}

static denoise_status read_text(header *out, const uint8_t *file, int64_t length)
{
    walk at = begin(out, file, length);
    if (length == 0 || file[START] != '{') {
        return denoise__fail_at(DENOISE_ERR_SYNTAX, START, "header", "JSON: expected '{'");
    }
    DENOISE__TRY(walk_over(&at));
    DENOISE__TRY(allocate(out, &at));
    at = begin(out, file, length);
    at.texts = out->texts;
    DENOISE__TRY(walk_over(&at));
    out->count = at.count;
    out->metadata_count = at.metadata_count;
    return DENOISE_OK;
}

static int compare_offsets(const void *a, const void *b)
{
    const entry *left = a;
    const entry *right = b;
    if (left->begin != right->begin) return left->begin < right->begin ? -1 : 1;
    if (left->end != right->end) return left->end < right->end ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

static int compare_names(const void *a, const void *b)
{
    const entry *const *left = a;
    const entry *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static int compare_keys(const void *a, const void *b)
{
    const metadata_text *left = a;
    const metadata_text *right = b;
    return strcmp(left->key, right->key);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static denoise_status sort(header *head)
{
    qsort(head->entries, (size_t)head->count, sizeof *head->entries, compare_offsets);
    for (int64_t i = 0; i < head->count; i++) {
        head->by_name[i] = &head->entries[i];
    }
    qsort(head->by_name, (size_t)head->count, sizeof(entry *), compare_names);
    for (int64_t i = 1; i < head->count; i++) {
        const entry *one = head->by_name[i - 1];
        const entry *other = head->by_name[i];
        if (strcmp(one->name, other->name) != 0) continue;
        int64_t place = later(one->place, other->place);
        return in_tensor(denoise__fail_at(DENOISE_ERR_DUPLICATE, place, "name", "is given twice"), one->name);
    }
    qsort(head->metadata, (size_t)head->metadata_count, sizeof *head->metadata, compare_keys);
    for (int64_t i = 1; i < head->metadata_count; i++) {
        const metadata_text *one = &head->metadata[i - 1];
        if (strcmp(one->key, one[1].key) != 0) continue;
        return denoise__fail_at(DENOISE_ERR_DUPLICATE, later(one->place, one[1].place), "__metadata__", "a key is given twice");
    }
    return DENOISE_OK;
}

/* Each tensor begins where the one before ends, and the last ends with the file: nothing can hide in between. Empty ones
 * share an offset with their neighbour. */
static denoise_status check_cover(const header *head, int64_t size)
{
    int64_t position = 0;
    for (int64_t i = 0; i < head->count; i++) {
        const entry *tensor = &head->entries[i];
        if (tensor->begin != position) {
            return in_tensor(denoise__fail_at(DENOISE_ERR_RANGE, tensor->place, "data_offsets",
                                              "begin at %" PRId64 ", the tensor before ends at %" PRId64 " (%s)", tensor->begin,
                                              position, tensor->begin > position ? "a hole" : "an overlap"),
                             tensor->name);
        }
        position = tensor->end;
    }
    int64_t present = size - head->data;
    if (position > present) {
        return in_tensor(denoise__fail_at(DENOISE_ERR_TRUNCATED, size, "data",
                                          "ends after %" PRId64 " bytes, data_offsets reach to %" PRId64, present, position),
                         head->entries[head->count - 1].name);
    }
    if (position == present) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_TRAILING, head->data + position, "data", "%" PRId64 " bytes follow the last tensor",
                            present - position);
}

denoise_status denoise__safetensors_header_read(header *out, const uint8_t *file, int64_t size, const denoise_limits *limits)
{
    *out = (header){.limits = *limits};
    int64_t length = 0;
    DENOISE__TRY(read_length(&length, file, size, limits));
    out->data = START + length;
    DENOISE__TRY(read_text(out, file, length));
    DENOISE__TRY(sort(out));
    return check_cover(out, size);
}

void denoise__safetensors_header_clear(header *head)
{
    denoise__release(head->texts);
    denoise__release(head->entries);
    denoise__release(head->by_name);
    denoise__release(head->metadata);
    *head = (header){0};
}

const entry *denoise__safetensors_header_find(const header *head, const char *name)
{
    const entry wanted = {.name = name};
    const entry *key = &wanted;
    if (head->count == 0) return NULL;
    entry *const *found = bsearch(&key, head->by_name, (size_t)head->count, sizeof(entry *), compare_names);
    return found != NULL ? *found : NULL;
}

denoise_status denoise__safetensors_header_tensor(denoise__safetensors_tensor *out, const header *head, const entry *tensor,
                                                  const uint8_t *file)
{
    int64_t length = 0;
    denoise__json json = {.text = (const char *)file + START,
                          .size = head->data - START,
                          .position = tensor->place - START,
                          .offset = START,
                          .greatest_depth = head->limits.json_depth};
    DENOISE__TRY(denoise__json_text(&json, NULL, 0, &length));
    DENOISE__TRY(denoise__json_colon(&json));
    return read_tensor(out, &json, &head->limits);
}

const char *denoise__safetensors_header_metadata(const header *head, const char *key)
{
    const metadata_text wanted = {key, 0};
    if (head->metadata_count == 0) return NULL;
    const metadata_text *found =
        bsearch(&wanted, head->metadata, (size_t)head->metadata_count, sizeof *head->metadata, compare_keys);
    return found != NULL ? found->key + strlen(found->key) + 1 : NULL;
}
