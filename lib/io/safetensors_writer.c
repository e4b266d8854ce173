/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "files/atomic_writer.h"
#include "files/bytes.h"
#include "files/json.h"
#include "io/element_types.h"
#include <denoise/io.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the header is made of. The data lies in the order of `order`: wide elements first, so that each tensor of a mapped
 * file is aligned, else as given. */
typedef struct content {
    const char *const *names;
    const denoise_tensor *const *tensors;
    int64_t *order;
    int64_t count;
    const char *const *keys, *const *values;
    int64_t metadata_count;
} content;

static int compare_texts(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

static denoise_status check_texts(const char *const *texts, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (texts[i] == NULL) return denoise__fail(DENOISE_ERR_NULL, "%s %" PRId64 " is NULL", what, i);
    }
    return DENOISE_OK;
}

static denoise_status check_unique(const char *const *texts, int64_t count, const char *what)
{
    DENOISE__TRY(check_texts(texts, count, what));
    if (count < 2) return DENOISE_OK;
    const char **sorted = denoise__allocate_zeroed((size_t)count, sizeof *sorted);
    if (sorted == NULL) return denoise__fail_nomem();
    memcpy(sorted, texts, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, compare_texts);
    denoise_status status = DENOISE_OK;
    for (int64_t i = 1; i < count && status == DENOISE_OK; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            status = denoise__fail(DENOISE_ERR_DUPLICATE, "%s \"%s\" is given twice", what, sorted[i]);
        }
    }
    denoise__release(sorted);
    return status;
}

static denoise_status check_content(const content *it)
{
    DENOISE__TRY(check_unique(it->names, it->count, "name"));
    DENOISE__TRY(check_unique(it->keys, it->metadata_count, "metadata key"));
    DENOISE__TRY(check_texts(it->values, it->metadata_count, "metadata value"));
    for (int64_t i = 0; i < it->count; i++) {
        if (it->tensors[i] == NULL) return denoise__fail(DENOISE_ERR_NULL, "tensor \"%s\" is NULL", it->names[i]);
        if (strcmp(it->names[i], "__metadata__") == 0) {
            return denoise__fail(DENOISE_ERR_NAME, "the format keeps the name \"__metadata__\" for itself");
        }
    }
    return DENOISE_OK;
}

static denoise_status sort_by_width(content *it)
{
    it->order = denoise__allocate_zeroed((size_t)it->count + 1, sizeof *it->order);
    if (it->order == NULL) return denoise__fail_nomem();
    int64_t next = 0;
    for (int32_t bits = 64; bits >= 8; bits /= 2) {
        for (int64_t i = 0; i < it->count; i++) {
            if (denoise__element_type_of(denoise_tensor_dtype(it->tensors[i]))->bits == bits) it->order[next++] = i;
        }
    }
    return DENOISE_OK;
}

static denoise_status append_metadata(denoise__text *text, const content *it)
{
    denoise__text_printf(text, "\"__metadata__\":{");
    for (int64_t i = 0; i < it->metadata_count; i++) {
        if (i > 0) denoise__text_append(text, ",", 1);
        DENOISE__TRY(denoise__json_quote(text, it->keys[i]));
        denoise__text_append(text, ":", 1);
        DENOISE__TRY(denoise__json_quote(text, it->values[i]));
    }
    denoise__text_append(text, "}", 1);
    return DENOISE_OK;
}

static denoise_status append_tensor(denoise__text *text, const char *name, const denoise_tensor *tensor, int64_t *offset)
{
    DENOISE__TRY(denoise__json_quote(text, name));
    denoise__text_printf(text, ":{\"dtype\":\"%s\",\"shape\":[", denoise__element_type_of(denoise_tensor_dtype(tensor))->name);
    for (int32_t axis = 0; axis < denoise_tensor_rank(tensor); axis++) {
        denoise__text_printf(text, "%s%" PRId64, axis > 0 ? "," : "", denoise_tensor_dim(tensor, axis));
    }
    int64_t begin = *offset;
    if (!denoise__add(begin, denoise_tensor_bytes(tensor), offset)) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "tensor \"%s\": the size of the file leaves 64 bits", name);
    }
    denoise__text_printf(text, "],\"data_offsets\":[%" PRId64 ",%" PRId64 "]}", begin, *offset);
    return DENOISE_OK;
}

/* Padded with spaces, which the format allows, so that the data begins on an 8-byte line. */
static denoise_status make_header(denoise__text *text, const content *it)
{
    int64_t offset = 0;
    bool first = it->metadata_count == 0;
    denoise__text_append(text, "{", 1);
    if (!first) DENOISE__TRY(append_metadata(text, it));
    for (int64_t i = 0; i < it->count; i++) {
        if (!first) denoise__text_append(text, ",", 1);
        first = false;
        DENOISE__TRY(append_tensor(text, it->names[it->order[i]], it->tensors[it->order[i]], &offset));
    }
    denoise__text_append(text, "}", 1);
    denoise__text_append(text, "       ", (8 - text->length % 8) % 8);
    return text->failed ? denoise__fail_nomem() : DENOISE_OK;
}

/* Little-endian on any host. */
static denoise_status write_numbers(denoise__atomic_writer *writer, const void *data, int64_t bytes, int64_t width)
{
    if (denoise__host_is_little_endian()) return denoise__atomic_write(writer, data, bytes);
    uint8_t piece[4096];
    for (int64_t done = 0; done < bytes; done += (int64_t)sizeof piece) {
        int64_t size = bytes - done < (int64_t)sizeof piece ? bytes - done : (int64_t)sizeof piece;
        denoise__copy_swapped(piece, (const uint8_t *)data + done, size / width, width);
        DENOISE__TRY(denoise__atomic_write(writer, piece, size));
    }
    return DENOISE_OK;
}

static denoise_status write_file(const char *path, const denoise__text *header, const content *it)
{
    const uint64_t length = header->length;
    denoise__atomic_writer writer;
    DENOISE__TRY(denoise__atomic_open(&writer, path));
    DENOISE__TRY(write_numbers(&writer, &length, 8, 8));
    DENOISE__TRY(denoise__atomic_write(&writer, header->data, (int64_t)header->length));
    for (int64_t i = 0; i < it->count; i++) {
        const denoise_tensor *tensor = it->tensors[it->order[i]];
        int64_t width = denoise__element_type_of(denoise_tensor_dtype(tensor))->bits / 8;
        DENOISE__TRY(write_numbers(&writer, denoise_tensor_const_data(tensor), denoise_tensor_bytes(tensor), width));
    }
    return denoise__atomic_commit(&writer);
}

static denoise_status save(const char *path, content *it)
{
    DENOISE__TRY(check_content(it));
    denoise__text header = {0};
    denoise_status status = sort_by_width(it);
    if (status == DENOISE_OK) status = make_header(&header, it);
    if (status == DENOISE_OK) status = write_file(path, &header, it);
    denoise__text_free(&header);
    denoise__release(it->order);
    return status;
}

denoise_status denoise_safetensors_save(const char *path, const char *const *names, const denoise_tensor *const *tensors,
                                        int64_t count, const char *const *keys, const char *const *values,
                                        int64_t metadata_count)
{
    DENOISE__CHECK_NULL(path);
    if (count < 0) return denoise__fail(DENOISE_ERR_RANGE, "count is %" PRId64 ", expected >= 0", count);
    if (metadata_count < 0) {
        return denoise__fail(DENOISE_ERR_RANGE, "metadata_count is %" PRId64 ", expected >= 0", metadata_count);
    }
    if (count > 0) {
        DENOISE__CHECK_NULL(names);
        DENOISE__CHECK_NULL(tensors);
    }
    if (metadata_count > 0) {
        DENOISE__CHECK_NULL(keys);
        DENOISE__CHECK_NULL(values);
    }
    content it = {names, tensors, NULL, count, keys, values, metadata_count};
    return save(path, &it);
}
