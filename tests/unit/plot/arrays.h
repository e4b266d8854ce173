/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors for the tests of pictures, in one call. */
#ifndef DENOISE_TESTS_PLOT_ARRAYS_H
#define DENOISE_TESTS_PLOT_ARRAYS_H

#include <denoise/tensor.h>

/* A shape ends at the first -1. */
denoise_tensor *array_floats(const float *values, int64_t a, int64_t b, int64_t c, int64_t d);
denoise_tensor *array_ints(const int32_t *values, int64_t a, int64_t b);
denoise_tensor *array_bytes(const uint8_t *values, int64_t a, int64_t b, int64_t c);
denoise_tensor *array_zeros(int64_t a, int64_t b, int64_t c, int64_t d);

#endif
