/* SPDX-License-Identifier: Apache-2.0 */
/* The packed pixel data of a PNG file. */
#ifndef DENOISE_FILES_PNG_PIXELS_H
#define DENOISE_FILES_PNG_PIXELS_H

#include "files/png_check.h"

/* Unpacks all IDAT chunks, whose frames were checked, into a small buffer that is thrown away. What goes on behind the picture
 * is, when limits are not strict, cut off (facts->is_cut): nobody is to unpack it either. */
denoise_status denoise__png_check_pixels(denoise__png_facts *facts, const uint8_t *data, const denoise_limits *limits);

#endif
