/* SPDX-License-Identifier: Apache-2.0 */
/* The description of one tensor in the header of a safetensors file. */
#ifndef DENOISE_IO_SAFETENSORS_TENSOR_H
#define DENOISE_IO_SAFETENSORS_TENSOR_H

#include "files/json.h"
#include "io/safetensors_header.h"

/* {"dtype": ..., "shape": [...], "data_offsets": [...]}, checked: its bytes are those that type and shape need. */
denoise_status denoise__safetensors_tensor_read(denoise__safetensors_tensor *out, denoise__json *json,
                                                const denoise_limits *limits);

#endif
