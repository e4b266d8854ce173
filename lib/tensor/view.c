/* SPDX-License-Identifier: Apache-2.0 */
/* Views: the same memory with another shape, or a part of the rows. */
#include "tensor/tensor.h"

denoise_status denoise_tensor_reshape(denoise_tensor **out, denoise_tensor *tensor, const int64_t *shape, int32_t rank)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(tensor);
    denoise__shape resolved;
    DENOISE__TRY(denoise__shape_reshape(&resolved, shape, rank, &tensor->shape));
    return denoise__tensor_view(out, tensor, &resolved, 0);
}

/* Python's slice.indices: from the end when negative, then cut to 0..length. */
static int64_t clamp_index(int64_t index, int64_t length)
{
    if (index < 0) index += length;
    if (index < 0) return 0;
    return index < length ? index : length;
}

denoise_status denoise_tensor_rows(denoise_tensor **out, denoise_tensor *tensor, int64_t start, int64_t stop)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(tensor);
    if (tensor->shape.rank == 0) return denoise__fail(DENOISE_ERR_SHAPE, "a tensor of shape () has no rows");
    denoise__shape shape = tensor->shape;
    const int64_t length = shape.dim[0];
    const int64_t first = clamp_index(start, length), last = clamp_index(stop, length);
    shape.dim[0] = 1;
    const int64_t row = denoise__shape_size(&shape);
    shape.dim[0] = last > first ? last - first : 0;
    return denoise__tensor_view(out, tensor, &shape, shape.dim[0] > 0 ? first * row : 0);
}
