/* SPDX-License-Identifier: Apache-2.0 */
/* A canvas as a PNG in memory: 8-bit grey when it has no colour, else RGB. */
#ifndef DENOISE_PLOT_PNG_ENCODER_H
#define DENOISE_PLOT_PNG_ENCODER_H

#include "plot/canvas.h"
#include <stddef.h>

/* *out is freed by denoise__release. */
denoise_status denoise__png_encode(uint8_t **out, size_t *size, const denoise__canvas *canvas);

#endif
