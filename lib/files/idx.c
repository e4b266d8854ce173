/* SPDX-License-Identifier: Apache-2.0 */
#include "files/idx.h"
#include "core/memory.h"
#include "core/text.h"
#include "files/gzip.h"
#include "files/limits.h"
#include "files/read_file.h"
#include "files/system_error.h"
#include <inttypes.h>
#include <string.h>

typedef struct element_type {
    uint8_t code;
    int32_t width;
    int32_t dtype; /* of the tensor; narrower whole numbers are widened to int32 */
} element_type;

static const element_type types[] = {
    {0x08, 1, DENOISE_UINT8}, {0x09, 1, DENOISE_INT32},   {0x0B, 2, DENOISE_INT32},
    {0x0C, 4, DENOISE_INT32}, {0x0D, 4, DENOISE_FLOAT32}, {0x0E, 8, DENOISE_FLOAT64},
};

typedef struct header {
    const element_type *type;
    int32_t rank;
    int64_t shape[DENOISE_MAX_RANK];
    int64_t elements;
    int64_t bytes; /* header included */
} header;

static denoise_status fail_truncated(int64_t size, const char *field, int64_t needed)
{
    return denoise__fail_at(DENOISE_ERR_TRUNCATED, size, field, "the data ends, the header needs %" PRId64 " bytes", needed);
}

/* "dims[2]", in a buffer of the caller. */
static const char *axis_field(char buffer[DENOISE__FIELD_SIZE], int32_t axis)
{
    denoise__format(buffer, DENOISE__FIELD_SIZE, "dims[%d]", (int)axis);
    return buffer;
}

static uint32_t read_be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

static const element_type *find_type(uint8_t code)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].code == code) return &types[i];
    }
    return NULL;
}

/* The first four bytes: 0, 0, type, rank. */
static denoise_status read_magic(header *head, const uint8_t *data, int64_t size, const denoise_limits *limits)
{
    if (denoise__is_gzip(data, size)) {
        return denoise__fail_at(DENOISE_ERR_MAGIC, 0, "magic", "expected 00 00, found gzip data (double compressed?)");
    }
    if ((size >= 1 && data[0] != 0) || (size >= 2 && data[1] != 0)) {
        return denoise__fail_at(DENOISE_ERR_MAGIC, 0, "magic", "expected 00 00, found %02x %02x", (unsigned)data[0],
                                size >= 2 ? (unsigned)data[1] : 0U);
    }
    if (size < 3) return fail_truncated(size, size < 2 ? "magic" : "type", 4);
    head->type = find_type(data[2]);
    if (head->type == NULL) {
        return denoise__fail_at(DENOISE_ERR_DTYPE, 2, "type", "0x%02x is none of 08 09 0B 0C 0D 0E", (unsigned)data[2]);
    }
    if (size < 4) return fail_truncated(size, "rank", 4);
    head->rank = data[3];
    if (head->rank == 0) return denoise__fail_at(DENOISE_ERR_SHAPE, 3, "rank", "is 0, expected 1 to 8");
    return denoise__limits_tensor(limits, 0, head->rank, 3);
}

/* The product of all lengths times the width, plus the header; false and the axis where it leaves 64 bits. A length of 0 does
 * not make up for others that do: a tensor cannot have them. */
static bool count_bytes(header *head, int32_t *axis)
{
    int64_t extent = 1;
    head->elements = 1;
    for (*axis = 0; *axis < head->rank; (*axis)++) {
        int64_t bytes = 0;
        int64_t length = head->shape[*axis];
        if (!denoise__multiply(extent, length > 0 ? length : 1, &extent)) return false;
        if (!denoise__multiply(extent, head->type->width, &bytes)) return false;
        if (!denoise__add(bytes, 4 + 4 * head->rank, &head->bytes)) return false;
        head->elements = length > 0 ? head->elements * length : 0;
    }
    if (head->elements == 0) head->bytes = 4 + 4 * head->rank;
    return true;
}

/* Whether the lengths fit the data when their bytes are turned round. */
static bool fits_little_endian(const header *head, int64_t size)
{
    header other = *head;
    for (int32_t axis = 0; axis < head->rank; axis++) {
        uint32_t value = (uint32_t)head->shape[axis];
        other.shape[axis] = (value & 0xff) << 24 | (value & 0xff00) << 8 | (value >> 8 & 0xff00) | value >> 24;
    }
    int32_t axis = 0;
    return count_bytes(&other, &axis) && other.bytes == size;
}

static denoise_status fail_byte_order(int64_t size)
{
    return denoise__fail_at(DENOISE_ERR_TRUNCATED, 4, "dims[0]",
                            "the lengths, read as big-endian, do not fit the %" PRId64
                            " bytes of the data, but would as little-endian (byte order?)",
                            size);
}

static denoise_status read_shape(header *head, const uint8_t *data, int64_t size)
{
    char field[DENOISE__FIELD_SIZE];
    for (int32_t axis = 0; axis < head->rank; axis++) {
        if (size < 8 + 4 * axis) return fail_truncated(size, axis_field(field, axis), 4 + 4 * head->rank);
        head->shape[axis] = read_be32(data + 4 + 4 * (int64_t)axis);
    }
    int32_t axis = 0;
    if (count_bytes(head, &axis)) return DENOISE_OK;
    if (fits_little_endian(head, size)) return fail_byte_order(size);
    return denoise__fail_at(DENOISE_ERR_OVERFLOW, 4 + 4 * axis, axis_field(field, axis),
                            "with length %" PRId64 " the size leaves 64 bits", head->shape[axis]);
}

static denoise_status check_size(const header *head, int64_t size, const denoise_limits *limits)
{
    if (head->bytes != size && fits_little_endian(head, size)) return fail_byte_order(size);
    if (head->bytes > size) {
        return denoise__fail_at(DENOISE_ERR_TRUNCATED, size, "data",
                                "ends, the lengths declare %" PRId64 " bytes, %" PRId64 " are there", head->bytes, size);
    }
    if (head->bytes < size) {
        return denoise__fail_at(DENOISE_ERR_TRAILING, head->bytes, "data", "%" PRId64 " bytes follow the last element",
                                size - head->bytes);
    }
    return denoise__limits_tensor(limits, head->elements, head->rank, 4);
}

/* Big-endian numbers to the host's. */
static void convert(void *target, const uint8_t *source, const header *head)
{
    int64_t count = head->elements;
    int64_t width = head->type->width;
    if (head->type->dtype == DENOISE_UINT8) {
        if (count > 0) memcpy(target, source, (size_t)count);
    } else if (head->type->dtype == DENOISE_INT32 && width < 4) {
        int32_t *values = target;
        for (int64_t i = 0; i < count; i++) {
            values[i] = width == 1 ? (source[i] ^ 0x80) - 0x80 : ((source[2 * i] << 8 | source[2 * i + 1]) ^ 0x8000) - 0x8000;
        }
    } else if (denoise__host_is_little_endian()) {
        denoise__copy_swapped(target, source, count, width);
    } else if (count > 0) {
        memcpy(target, source, (size_t)(count * width));
    }
}

static denoise_status read_header(header *head, const uint8_t *data, int64_t size, const denoise_limits *limits)
{
    denoise_status status = read_magic(head, data, size, limits);
    if (status == DENOISE_OK) status = read_shape(head, data, size);
    if (status == DENOISE_OK) status = check_size(head, size, limits);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context(status, "IDX: ");
}

static denoise_status copy_elements(denoise_tensor **out, const header *head, const uint8_t *data)
{
    denoise_tensor *tensor = NULL;
    DENOISE__TRY(denoise_tensor_new(&tensor, head->type->dtype, head->shape, head->rank));
    convert(denoise_tensor_data(tensor), data + 4 + 4 * (int64_t)head->rank, head);
    *out = tensor;
    return DENOISE_OK;
}

denoise_status denoise__idx_parse(denoise_tensor **out, const uint8_t *data, int64_t size, const denoise_limits *limits)
{
    *out = NULL;
    header head = {0};
    DENOISE__TRY(read_header(&head, data, size, limits));
    return copy_elements(out, &head, data);
}

/* Bytes stay where they are: the tensor takes the buffer over, so that images are in memory once. */
static denoise_status take(denoise_tensor **out, denoise__bytes *bytes, const denoise_limits *limits)
{
    header head = {0};
    DENOISE__TRY(read_header(&head, bytes->data, bytes->length, limits));
    if (head.type->dtype != DENOISE_UINT8 || head.elements == 0) return copy_elements(out, &head, bytes->data);
    DENOISE__TRY(denoise_tensor_borrow(out, DENOISE_UINT8, head.shape, head.rank, bytes->data + 4 + 4 * (int64_t)head.rank,
                                       bytes->data, denoise__release));
    *bytes = (denoise__bytes){0};
    return DENOISE_OK;
}

/* The packed file is let go of before the tensor is made. */
static denoise_status take_packed(denoise_tensor **out, denoise__bytes *file, const denoise_limits *limits)
{
    if (!denoise__is_gzip(file->data, file->length)) return take(out, file, limits);
    denoise__bytes unpacked = {0};
    DENOISE__TRY(denoise__gunzip(&unpacked, file->data, file->length, limits));
    denoise__bytes_free(file);
    denoise_status status = take(out, &unpacked, limits);
    denoise__bytes_free(&unpacked);
    return status;
}

denoise_status denoise__idx_read(denoise_tensor **out, const char *path, const denoise_limits *limits)
{
    *out = NULL;
    denoise_limits allowed;
    DENOISE__TRY(denoise__limits_resolve(&allowed, limits));
    denoise__bytes file = {0};
    DENOISE__TRY(denoise__read_file(&file, path, &allowed));
    denoise_status status = take_packed(out, &file, &allowed);
    denoise__bytes_free(&file);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context_path(status, path);
}
