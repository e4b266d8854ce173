/* SPDX-License-Identifier: Apache-2.0 */
#include "io/safetensors_reader.h"
#include "core/memory.h"
#include "files/limits.h"
#include "files/read_file.h"
#include "files/system_error.h"
#include "io/safetensors_header.h"
#include "tensor/tensor.h"
#include <denoise/io.h>
#include <string.h>

struct denoise_safetensors {
    denoise__bytes file;
    denoise__safetensors_header header;
};

denoise_status denoise_safetensors_open(denoise_safetensors **out, const char *path, const denoise_limits *limits)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(path);
    denoise_limits allowed;
    DENOISE__TRY(denoise__limits_resolve(&allowed, limits));
    denoise_safetensors *reader = denoise__allocate_zeroed(1, sizeof *reader);
    if (reader == NULL) return denoise__fail_nomem();
    denoise_status status = denoise__read_file(&reader->file, path, &allowed);
    if (status == DENOISE_OK) {
        status = denoise__safetensors_header_read(&reader->header, reader->file.data, reader->file.length, &allowed);
        if (status != DENOISE_OK) {
            denoise__context(status, "safetensors: ");
            denoise__context_path(status, path);
        }
    }
    if (status != DENOISE_OK) {
        denoise_safetensors_free(reader);
        return status;
    }
    *out = reader;
    return DENOISE_OK;
}

void denoise_safetensors_free(denoise_safetensors *reader)
{
    if (reader == NULL) return;
    denoise__safetensors_header_clear(&reader->header);
    denoise__bytes_free(&reader->file);
    denoise__release(reader);
}

int64_t denoise_safetensors_count(const denoise_safetensors *reader)
{
    return reader != NULL ? reader->header.count : -1;
}

const char *denoise_safetensors_name(const denoise_safetensors *reader, int64_t index)
{
    if (reader == NULL || index < 0 || index >= reader->header.count) return NULL;
    return reader->header.entries[index].name;
}

const char *denoise_safetensors_metadata(const denoise_safetensors *reader, const char *key)
{
    if (reader == NULL || key == NULL) return NULL;
    return denoise__safetensors_header_metadata(&reader->header, key);
}

/* *place is the byte of the file where the description is; -1 = there is none. */
static denoise_status find(denoise__safetensors_tensor *out, int64_t *place, const denoise_safetensors *reader,
                           const char *name)
{
    char shown[80];
    denoise__printable(shown, sizeof shown, name, strlen(name));
    const denoise__safetensors_entry *entry = denoise__safetensors_header_find(&reader->header, name);
    *place = entry != NULL ? entry->place : -1;
    if (entry == NULL) return denoise__fail_at(DENOISE_ERR_NAME, -1, "name", "the file has no tensor \"%s\"", shown);
    DENOISE__TRY(denoise__safetensors_header_tensor(out, &reader->header, entry, reader->file.data));
    if (out->type->dtype != 0) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_UNSUPPORTED, *place, "dtype", "tensor \"%s\": %s is none of F32, F64, I32, I64, U8",
                            shown, out->type_name);
}

static denoise_status copy_tensor(denoise_tensor **out, const denoise__safetensors_tensor *from, const uint8_t *source)
{
    denoise__shape shape;
    denoise_tensor *tensor = NULL;
    DENOISE__TRY(denoise__shape_make(&shape, from->shape, from->rank, NULL));
    DENOISE__TRY(denoise__tensor_make_unset(&tensor, from->type->dtype, &shape));
    void *target = denoise_tensor_data(tensor);
    if (denoise__host_is_little_endian()) {
        if (from->end > from->begin) memcpy(target, source, (size_t)(from->end - from->begin));
    } else {
        denoise__copy_swapped(target, source, denoise_tensor_size(tensor), from->type->bits / 8);
    }
    *out = tensor;
    return DENOISE_OK;
}

denoise_status denoise_safetensors_get(denoise_tensor **out, const denoise_safetensors *reader, const char *name)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(reader);
    DENOISE__CHECK_NULL(name);
    int64_t place = -1;
    denoise__safetensors_tensor found;
    DENOISE__TRY(find(&found, &place, reader, name));
    return copy_tensor(out, &found, reader->file.data + reader->header.data + found.begin);
}

denoise_status denoise__safetensors_view(denoise_tensor **out, int64_t *place, const denoise_safetensors *reader,
                                         const char *name)
{
    denoise__safetensors_tensor found;
    *out = NULL;
    DENOISE__TRY(find(&found, place, reader, name));
    uint8_t *source = reader->file.data + reader->header.data + found.begin;
    bool is_aligned = (uintptr_t)source % (uintptr_t)(found.type->bits / 8) == 0;
    if (!is_aligned || !denoise__host_is_little_endian()) return copy_tensor(out, &found, source);
    return denoise_tensor_borrow(out, found.type->dtype, found.shape, found.rank, source, NULL, NULL);
}

int64_t denoise__safetensors_place(const denoise_safetensors *reader, int64_t index)
{
    return reader->header.entries[index].place;
}
