/* SPDX-License-Identifier: Apache-2.0 */
/* The element types of safetensors. */
#ifndef DENOISE_IO_ELEMENT_TYPES_H
#define DENOISE_IO_ELEMENT_TYPES_H

#include <stdint.h>

typedef struct denoise__element_type {
    const char *name; /* "F32" */
    int32_t bits;     /* of one element */
    int32_t dtype;    /* of the tensor; 0 = the library has none */
} denoise__element_type;

/* Of a name that is not known, with 0 bits: new ones come every year, and the other tensors of a file are read all the same. */
extern const denoise__element_type denoise__element_type_unknown;

/* NULL when there is none of this name. */
const denoise__element_type *denoise__element_type_find(const char *name);
/* Of a tensor's type. */
const denoise__element_type *denoise__element_type_of(int32_t dtype);

#endif
