/* SPDX-License-Identifier: Apache-2.0 */
#include "io/element_types.h"
#include <denoise/tensor.h>
#include <stddef.h>
#include <string.h>

/* All that the reference reader (safetensors 0.8.0) knows, so that a file with others can be checked and the rest of it read.
 */
static const denoise__element_type types[] = {
    {"F32", 32, DENOISE_FLOAT32},
    {"F64", 64, DENOISE_FLOAT64},
    {"I32", 32, DENOISE_INT32},
    {"I64", 64, DENOISE_INT64},
    {"U8", 8, DENOISE_UINT8},
    {"BOOL", 8, 0},
    {"I8", 8, 0},
    {"I16", 16, 0},
    {"U16", 16, 0},
    {"U32", 32, 0},
    {"U64", 64, 0},
    {"F16", 16, 0},
    {"BF16", 16, 0},
    {"F8_E5M2", 8, 0},
    {"F8_E4M3", 8, 0},
    {"F8_E8M0", 8, 0},
    {"F8_E4M3FNUZ", 8, 0},
    {"F8_E5M2FNUZ", 8, 0},
    {"F6_E2M3", 6, 0},
    {"F6_E3M2", 6, 0},
    {"F4", 4, 0},
    {"C64", 64, 0},
};

const denoise__element_type *denoise__element_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, name) == 0) return &types[i];
    }
    return NULL;
}

const denoise__element_type denoise__element_type_unknown = {"an unknown type", 0, 0};

const denoise__element_type *denoise__element_type_of(int32_t dtype)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].dtype == dtype) return &types[i];
    }
    return NULL;
}
