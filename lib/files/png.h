/* SPDX-License-Identifier: Apache-2.0 */
/* PNG pictures; see denoise_png_load(). */
#ifndef DENOISE_FILES_PNG_H
#define DENOISE_FILES_PNG_H

#include <denoise/limits.h>
#include <denoise/tensor.h>

/* The picture in the bytes of a PNG file as uint8 (height, width, channels); limits must be resolved. */
denoise_status denoise__png_parse(denoise_tensor **out, const uint8_t *data, int64_t size, const denoise_limits *limits);

#endif
