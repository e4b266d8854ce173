/* SPDX-License-Identifier: Apache-2.0 */
/* Automatic names: Keras makes them from the class name. */
#ifndef DENOISE_LAYERS_LAYER_NAME_H
#define DENOISE_LAYERS_LAYER_NAME_H

#include <stddef.h>

/* Keras' to_snake_case: "GaussianNoise" -> "gaussian_noise", "LeakyReLU" -> "leaky_re_lu", "Conv2DTranspose" ->
 * "conv2d_transpose". Cut to size - 1 bytes; returns buffer. size >= 1. */
const char *denoise__snake_case(char *buffer, size_t size, const char *class_name);

#endif
