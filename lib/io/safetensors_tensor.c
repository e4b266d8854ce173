/* SPDX-License-Identifier: Apache-2.0 */
#include "io/safetensors_tensor.h"
#include "core/memory.h"
#include "core/text.h"
#include "files/limits.h"
#include <inttypes.h>
#include <string.h>

typedef denoise__safetensors_tensor tensor;

static const char *const fields[] = {"dtype", "shape", "data_offsets"};
enum { DTYPE, SHAPE, OFFSETS, FIELDS };

static denoise_status read_type(tensor *out, denoise__json *json)
{
    char name[40], shown[40];
    int64_t length = 0;
    int64_t place = denoise__json_at(json);
    DENOISE__TRY(denoise__json_text(json, name, sizeof name, &length));
    out->type = denoise__element_type_find(name);
    if (out->type != NULL) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_DTYPE, place, "dtype", "\"%s\" is none of the format",
                            denoise__safetensors_shown(shown, sizeof shown, name));
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

static denoise_status read_shape(tensor *out, denoise__json *json, const denoise_limits *limits)
{
    int64_t rank = 0;
    int64_t greatest = limits->dims < DENOISE_MAX_RANK ? limits->dims : DENOISE_MAX_RANK;
    DENOISE__TRY(read_list(out->shape, &rank, greatest, json));
    out->rank = (int32_t)rank;
    return denoise__limits_tensor(limits, 0, rank, denoise__json_at(json));
}

static denoise_status read_offsets(tensor *out, denoise__json *json)
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

/* The bytes that type and shape need are those that the offsets span. A length of 0 does not make up for others whose product
 * leaves 64 bits: a tensor cannot have them. */
static denoise_status check_bytes(const tensor *it, int64_t place, const denoise_limits *limits)
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
    if (bits % 8 != 0 || bits / 8 != it->end - it->begin) {
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
static denoise_status read_field(tensor *out, int64_t places[FIELDS], denoise__json *json, const denoise_limits *limits)
{
    char key[16];
    int64_t length = 0;
    int64_t place = denoise__json_at(json);
    DENOISE__TRY(denoise__json_text(json, key, sizeof key, &length));
    int which = find_field(key);
    if (which == FIELDS) {
        return denoise__fail_at(DENOISE_ERR_SYNTAX, place, json->field, "has other fields than dtype, shape, data_offsets");
    }
    if (places[which] != 0) return denoise__fail_at(DENOISE_ERR_DUPLICATE, place, fields[which], "is given twice");
    DENOISE__TRY(denoise__json_colon(json));
    places[which] = denoise__json_at(json);
    json->field = fields[which];
    if (which == DTYPE) return read_type(out, json);
    return which == SHAPE ? read_shape(out, json, limits) : read_offsets(out, json);
}

denoise_status denoise__safetensors_tensor_read(tensor *out, denoise__json *json, const denoise_limits *limits)
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
