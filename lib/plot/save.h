/* SPDX-License-Identifier: Apache-2.0 */
/* A finished picture to its file. */
#ifndef DENOISE_PLOT_SAVE_H
#define DENOISE_PLOT_SAVE_H

#include "plot/canvas.h"
#include <stddef.h>

denoise_status denoise__plot_save(const char *path, const void *data, size_t size);
denoise_status denoise__plot_save_png(const char *path, const denoise__canvas *canvas);

#endif
