/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a safetensors file, checked. */
#ifndef DENOISE_IO_SAFETENSORS_HEADER_H
#define DENOISE_IO_SAFETENSORS_HEADER_H

#include "core/error.h"
#include "io/element_types.h"
#include <denoise/limits.h>
#include <denoise/tensor.h>
#include <jansson.h>

typedef struct denoise__safetensors_entry {
    const char *name; /* borrowed from the JSON */
    const denoise__element_type *type;
    int32_t rank;
    int64_t shape[DENOISE_MAX_RANK];
    int64_t begin, end; /* in the data that follows the header */
} denoise__safetensors_entry;

typedef struct denoise__safetensors_header {
    json_t *root;
    denoise__safetensors_entry *entries; /* in the order of the data */
    denoise__safetensors_entry **by_name;
    int64_t count;
    int64_t data; /* byte of the file where the data begins */
} denoise__safetensors_header;

/* Reads and checks the header of a file of `size` bytes: every name, type, shape and offset, and that the tensors cover the
 * data without holes. *out must be cleared by the caller, also after a failure. */
denoise_status denoise__safetensors_header_read(denoise__safetensors_header *out, const uint8_t *file, int64_t size,
                                                const denoise_limits *limits);
void denoise__safetensors_header_clear(denoise__safetensors_header *header);

/* NULL when there is none. */
const denoise__safetensors_entry *denoise__safetensors_header_find(const denoise__safetensors_header *header, const char *name);

/* A name as messages show it; size >= 4. */
const char *denoise__safetensors_shown(char *buffer, size_t size, const char *name);

#endif
