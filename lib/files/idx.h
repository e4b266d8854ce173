/* SPDX-License-Identifier: Apache-2.0 */
/* IDX, the format of MNIST; see denoise_idx_load(). */
#ifndef DENOISE_FILES_IDX_H
#define DENOISE_FILES_IDX_H

#include <denoise/limits.h>
#include <denoise/tensor.h>

/* The tensor in the bytes of an IDX file; messages name the byte. */
denoise_status denoise__idx_parse(denoise_tensor **out, const uint8_t *data, int64_t size, const denoise_limits *limits);

/* The same from a file, plain or gzip; limits NULL = defaults; messages name the path too. */
denoise_status denoise__idx_read(denoise_tensor **out, const char *path, const denoise_limits *limits);

#endif
