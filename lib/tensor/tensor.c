/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor/tensor.h"
#include "core/memory.h"
#include "tensor/dtype.h"
#include "tensor/storage.h"
#include <inttypes.h>
#include <string.h>

/* Bytes of a shape; the product of the lengths that are not 0 must fit as well, as in NumPy. */
static denoise_status count_bytes(int64_t *bytes, int32_t dtype, const denoise__shape *shape)
{
    int64_t extent = 0;
    const int64_t item = denoise__dtype_size(dtype);
    if (!denoise__shape_extent(shape, item, &extent) || (uint64_t)extent > PTRDIFF_MAX) {
        char text[192];
        return denoise__fail(DENOISE_ERR_OVERFLOW, "%s %s has more bytes than this machine can address",
                             denoise__dtype_name(dtype), denoise__shape_text(shape, false, text, sizeof text));
    }
    *bytes = denoise__shape_size(shape) * item;
    return DENOISE_OK;
}

/* A tensor over storage, whose reference it takes; NULL when out of memory. */
static denoise_tensor *wrap(int32_t dtype, const denoise__shape *shape, denoise__storage *storage, void *data)
{
    denoise_tensor *tensor = denoise__allocate_zeroed(1, sizeof *tensor);
    if (tensor == NULL) return NULL;
    atomic_init(&tensor->references, 1);
    tensor->dtype = dtype;
    tensor->shape = *shape;
    tensor->size = denoise__shape_size(shape);
    tensor->data = data;
    tensor->storage = storage;
    return tensor;
}

denoise_status denoise__tensor_make_unset(denoise_tensor **out, int32_t dtype, const denoise__shape *shape)
{
    *out = NULL;
    int64_t bytes = 0;
    DENOISE__TRY(denoise__dtype_check(dtype));
    DENOISE__TRY(count_bytes(&bytes, dtype, shape));
    denoise__storage *storage = denoise__storage_new(bytes);
    if (storage == NULL) return denoise__fail_nomem();
    *out = wrap(dtype, shape, storage, denoise__storage_data(storage));
    if (*out == NULL) {
        denoise__storage_release(storage);
        return denoise__fail_nomem();
    }
    return DENOISE_OK;
}

denoise_status denoise__tensor_make(denoise_tensor **out, int32_t dtype, const denoise__shape *shape)
{
    DENOISE__TRY(denoise__tensor_make_unset(out, dtype, shape));
    memset((*out)->data, 0, (size_t)denoise_tensor_bytes(*out));
    return DENOISE_OK;
}

denoise_status denoise__tensor_view(denoise_tensor **out, denoise_tensor *tensor, const denoise__shape *shape, int64_t offset)
{
    char *data = tensor->data;
    if (offset > 0) data += offset * denoise__dtype_size(tensor->dtype);
    *out = wrap(tensor->dtype, shape, tensor->storage, data);
    if (*out == NULL) return denoise__fail_nomem();
    denoise__storage_retain(tensor->storage);
    return DENOISE_OK;
}

void denoise__tensor_retain(denoise_tensor *tensor)
{
    atomic_fetch_add_explicit(&tensor->references, 1, memory_order_relaxed);
}

void denoise_tensor_free(denoise_tensor *tensor)
{
    if (tensor == NULL || atomic_fetch_sub_explicit(&tensor->references, 1, memory_order_acq_rel) != 1) return;
    denoise__storage_release(tensor->storage);
    denoise__release(tensor);
}

denoise_status denoise_tensor_new(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    denoise__shape checked;
    DENOISE__TRY(denoise__shape_make(&checked, shape, rank, NULL));
    return denoise__tensor_make(out, dtype, &checked);
}

denoise_status denoise_tensor_from_data(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank,
                                        const void *data)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    denoise__shape checked;
    int64_t size = 0;
    DENOISE__TRY(denoise__shape_make(&checked, shape, rank, &size));
    if (size > 0) DENOISE__CHECK_NULL(data);
    DENOISE__TRY(denoise__tensor_make_unset(out, dtype, &checked));
    if (size > 0) memcpy((*out)->data, data, (size_t)denoise_tensor_bytes(*out));
    return DENOISE_OK;
}

static denoise_status check_alignment(int32_t dtype, const void *data)
{
    static const size_t alignments[] = {1, _Alignof(float), _Alignof(double), _Alignof(int32_t), _Alignof(int64_t), 1};
    if ((uintptr_t)data % alignments[dtype] == 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "borrowed memory for %s must lie on a multiple of %d bytes",
                         denoise__dtype_name(dtype), (int)alignments[dtype]);
}

denoise_status denoise_tensor_borrow(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank, void *data,
                                     void *user_data, void (*destroy)(void *user_data))
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    denoise__shape checked;
    int64_t size = 0, bytes = 0;
    DENOISE__TRY(denoise__shape_make(&checked, shape, rank, &size));
    DENOISE__TRY(denoise__dtype_check(dtype));
    DENOISE__TRY(count_bytes(&bytes, dtype, &checked));
    if (size > 0) DENOISE__CHECK_NULL(data);
    DENOISE__TRY(check_alignment(dtype, data));
    denoise__storage *storage = denoise__storage_borrow(data, user_data, destroy);
    if (storage == NULL) return denoise__fail_nomem();
    *out = wrap(dtype, &checked, storage, data);
    if (*out == NULL) {
        denoise__storage_disown(storage); /* a failed call leaves the memory to the caller */
        denoise__storage_release(storage);
        return denoise__fail_nomem();
    }
    return DENOISE_OK;
}

int32_t denoise_tensor_dtype(const denoise_tensor *tensor)
{
    return tensor != NULL ? tensor->dtype : 0;
}

int32_t denoise_tensor_rank(const denoise_tensor *tensor)
{
    return tensor != NULL ? tensor->shape.rank : -1;
}

int64_t denoise_tensor_dim(const denoise_tensor *tensor, int32_t axis)
{
    if (tensor == NULL || axis >= tensor->shape.rank || axis < -tensor->shape.rank) return -1;
    return tensor->shape.dim[axis < 0 ? axis + tensor->shape.rank : axis];
}

const int64_t *denoise_tensor_shape(const denoise_tensor *tensor)
{
    return tensor != NULL ? tensor->shape.dim : NULL;
}

int64_t denoise_tensor_size(const denoise_tensor *tensor)
{
    return tensor != NULL ? tensor->size : -1;
}

int64_t denoise_tensor_bytes(const denoise_tensor *tensor)
{
    return tensor != NULL ? tensor->size * denoise__dtype_size(tensor->dtype) : -1;
}

void *denoise_tensor_data(denoise_tensor *tensor)
{
    return tensor != NULL ? tensor->data : NULL;
}

const void *denoise_tensor_const_data(const denoise_tensor *tensor)
{
    return tensor != NULL ? tensor->data : NULL;
}
