/* SPDX-License-Identifier: Apache-2.0 */
/* The packed pixel data of a PNG file. */
#ifndef DENOISE_FILES_PNG_PIXELS_H
#define DENOISE_FILES_PNG_PIXELS_H

#include "files/png_check.h"

/* Unpacks all IDAT chunks, whose frames were checked, into a small buffer that is thrown away. */
denoise_status denoise__png_check_pixels(const denoise__png_facts *facts, const uint8_t *data, const denoise_limits *limits);

#endif
