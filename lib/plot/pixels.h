/* SPDX-License-Identifier: Apache-2.0 */
/* A tensor of images as pictures: its shape, its range of values, its colours. */
#ifndef DENOISE_PLOT_PIXELS_H
#define DENOISE_PLOT_PIXELS_H

#include "plot/canvas.h"
#include <denoise/tensor.h>

typedef struct denoise__images {
    const denoise_tensor *tensor;
    int64_t count, height, width;
    double low, high;
    int32_t colormap;
} denoise__images;

/* Ranks and shapes of denoise/plot.h; NaN for vmin and vmax picks the type's range. */
denoise_status denoise__images_init(denoise__images *out, const denoise_tensor *tensor, double vmin, double vmax,
                                    int32_t colormap);

/* Image `index` as height * width numbers 0 (start of the colour map) .. 1; NaN stays. */
void denoise__images_read(const denoise__images *images, int64_t index, float *values);

/* The colour of such a number: grey, or light red for NaN. */
denoise__color denoise__images_color(const denoise__images *images, float value);

#endif
