/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a safetensors file, checked. */
#ifndef DENOISE_IO_SAFETENSORS_HEADER_H
#define DENOISE_IO_SAFETENSORS_HEADER_H

#include "core/error.h"
#include "io/element_types.h"
#include <denoise/limits.h>
#include <denoise/tensor.h>

/* Kept of each tensor: little more than its description takes in the file. */
typedef struct denoise__safetensors_entry {
    const char *name;
    int64_t place;      /* byte of the file where its name begins */
    int64_t begin, end; /* in the data that follows the header */
} denoise__safetensors_entry;

typedef struct denoise__safetensors_text {
    const char *key; /* its value follows the zero */
    int64_t place;
} denoise__safetensors_text;

typedef struct denoise__safetensors_header {
    denoise_limits limits;
    char *texts;                         /* all names, keys and values, each with its zero */
    denoise__safetensors_entry *entries; /* in the order of the data */
    denoise__safetensors_entry **by_name;
    denoise__safetensors_text *metadata; /* by key */
    int64_t count, metadata_count;
    int64_t data; /* byte of the file where the data begins */
} denoise__safetensors_header;

/* What the file says of a tensor. */
typedef struct denoise__safetensors_tensor {
    const denoise__element_type *type;
    char type_name[24]; /* as the file has it, as far as it fits; printable */
    int32_t rank;
    int64_t shape[DENOISE_MAX_RANK];
    int64_t begin, end;
} denoise__safetensors_tensor;

/* Reads and checks the header of a file of `size` bytes: every name, type, shape and offset, and that the tensors cover the
 * data without holes. Types and fields that are not known are errors when limits are strict. *out must be cleared by the
 * caller, also after a failure. */
denoise_status denoise__safetensors_header_read(denoise__safetensors_header *out, const uint8_t *file, int64_t size,
                                                const denoise_limits *limits);
void denoise__safetensors_header_clear(denoise__safetensors_header *header);

/* NULL when there is none. */
const denoise__safetensors_entry *denoise__safetensors_header_find(const denoise__safetensors_header *header, const char *name);
/* Type and shape, read again from the file. */
denoise_status denoise__safetensors_header_tensor(denoise__safetensors_tensor *out, const denoise__safetensors_header *header,
                                                  const denoise__safetensors_entry *entry, const uint8_t *file);
/* NULL when there is none. */
const char *denoise__safetensors_header_metadata(const denoise__safetensors_header *header, const char *key);

#endif
