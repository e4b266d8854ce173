/* SPDX-License-Identifier: Apache-2.0 */
/* What convolutions of all sorts have in common: the parameters of their windows. */
#ifndef DENOISE_LAYERS_CONV_WINDOW_H
#define DENOISE_LAYERS_CONV_WINDOW_H

#include "layers/spatial.h"

enum { DENOISE__MOST_TAPS = 1 << 20 }; /* of a kernel_size, a stride, a dilation: products of two fit */

/* Rows of a parameter table, for fields of these names. */
#define DENOISE__PARAM_KERNEL_SIZE(config)                                                                                     \
    DENOISE__PARAM_INTS(config, kernel_size, NULL, DENOISE__OR_INT, 1, DENOISE__MOST_TAPS,                                     \
                        "size of the window, one or of each axis")
#define DENOISE__PARAM_STRIDES(config)                                                                                         \
    DENOISE__PARAM_INTS(config, strides, "1", DENOISE__OR_INT, 1, DENOISE__MOST_TAPS,                                          \
                        "from window to window, one or of each axis")
#define DENOISE__PARAM_DILATION(config)                                                                                        \
    DENOISE__PARAM_INTS(config, dilation_rate, "1", DENOISE__OR_INT, 1, DENOISE__MOST_TAPS,                                    \
                        "from tap to tap of a window, one or of each axis")
#define DENOISE__PARAM_PADDING(config)                                                                                         \
    DENOISE__PARAM_TEXT(config, padding, "valid", 0, "valid|same", "what is read beyond the borders: nothing, or zeros")

/* As many numbers as axes, and no strides together with dilation, as in Keras. */
denoise_status denoise__check_strides(const denoise__ints *strides, const denoise__ints *dilation, int32_t axes);

/* The window of one axis, of DENOISE__MAX_SPATIAL; those that are missing have size 1. */
denoise__window denoise__window_of(const denoise__spatial *input, int32_t axis, const denoise__ints *size,
                                   const denoise__ints *strides, const denoise__ints *dilation);
/* Those of all axes, with their outputs. */
denoise_status denoise__windows_make(denoise__window *windows, const denoise__spatial *input, const denoise__ints *size,
                                     const denoise__ints *strides, const denoise__ints *dilation, const char *padding);

#endif
