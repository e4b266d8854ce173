/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise operations: broadcasting, conversion to the computing type, `out=`, overlap, threads. */
#ifndef DENOISE_TENSOR_BROADCAST_H
#define DENOISE_TENSOR_BROADCAST_H

#include "tensor/tensor.h"

/* Computes count elements from dense inputs of the computing type; result overlaps no input. */
typedef void (*denoise__broadcast_kernel)(const void *const *inputs, void *restrict result, int64_t count, const void *context);

typedef struct denoise__broadcast {
    int32_t dtype; /* the computing type, which is the result's */
    int32_t count; /* of inputs, 1..3 */
    const denoise_tensor *inputs[3];
    denoise__broadcast_kernel kernel;
    const void *context; /* handed to the kernel */
} denoise__broadcast;

/* The result as a new tensor. */
denoise_status denoise__broadcast_new(denoise_tensor **out, const denoise__broadcast *operation);

/* The result into out, whose shape must be the result's and whose type of the same kind (numpy.can_cast "same_kind"). Inputs
 * may share memory with out in any way; the result is as if they had been copied first. */
denoise_status denoise__broadcast_into(denoise_tensor *out, const denoise__broadcast *operation);

#endif
