/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures at another size, as tf.image.resize computes them with the centres of pixels half a pixel inside: each axis by
 * itself, each output pixel a weighted sum of input pixels beside each other. */
#ifndef DENOISE_LAYERS_RESAMPLE_H
#define DENOISE_LAYERS_RESAMPLE_H

#include "core/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The choices of a parameter "interpolation". */
#define DENOISE__INTERPOLATIONS "nearest|bilinear|bicubic|lanczos3|lanczos5"

/* Singles tell pixels apart up to here. */
enum { DENOISE__MOST_PIXELS = 1 << 24 };

typedef struct denoise__resample_axis {
    int64_t input, output; /* pixels */
    /* The part that is resized is `extent` pixels long and begins with pixel `first`; where that is < 0 or it ends behind the
     * input, it is filled up. */
    int64_t first, extent;
} denoise__resample_axis;

typedef struct denoise__resample {
    denoise__resample_axis axes[2]; /* rows, columns */
    int64_t outer, channels;
    const char *interpolation;
    bool antialias;
    float fill;
} denoise__resample;

/* DENOISE_ERR_SHAPE: an axis without pixels, or with more than DENOISE__MOST_PIXELS. */
denoise_status denoise__resample_check(const denoise__resample *job);
/* Bytes for one of the next two, whose `scratch` is 64-byte aligned. They use the pool. */
size_t denoise__resample_scratch(const denoise__resample *job, bool is_backward);
void denoise__resample_forward(const denoise__resample *job, const float *x, float *y, void *scratch);
void denoise__resample_backward(const denoise__resample *job, const float *dy, float *dx, void *scratch);

#endif
