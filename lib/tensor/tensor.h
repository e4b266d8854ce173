/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a tensor. */
#ifndef DENOISE_TENSOR_TENSOR_H
#define DENOISE_TENSOR_TENSOR_H

#include "tensor/dtype.h"
#include "tensor/shape.h"
#include <denoise/tensor.h>
#include <stdatomic.h>

typedef struct denoise__storage denoise__storage; /* memory shared by a tensor and its views */

struct denoise_tensor {
    atomic_int references;
    int32_t dtype;
    denoise__shape shape;
    int64_t size; /* elements */
    void *data;   /* owned memory lies on a 64-byte line */
    denoise__storage *storage;
};

denoise_status denoise__tensor_make(denoise_tensor **out, int32_t dtype, const denoise__shape *shape);       /* zeros */
denoise_status denoise__tensor_make_unset(denoise_tensor **out, int32_t dtype, const denoise__shape *shape); /* any values */
/* A view of elements offset.. of tensor, which hold the shape; the memory is kept alive. */
denoise_status denoise__tensor_view(denoise_tensor **out, denoise_tensor *tensor, const denoise__shape *shape, int64_t offset);
void denoise__tensor_retain(denoise_tensor *tensor);

/* Elements first..first+count-1 as float32 / int32; int32 fails with DENOISE_ERR_RANGE when a value is no int32 whole number.
 */
void denoise__tensor_read_floats(const denoise_tensor *tensor, int64_t first, int64_t count, float *values);
denoise_status denoise__tensor_read_ints(const denoise_tensor *tensor, int64_t first, int64_t count, int32_t *values);

#endif
