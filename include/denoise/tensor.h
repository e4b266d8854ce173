/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tensors: numbers in row-major order with a shape, NumPy's ndarray in small.
 *
 * A tensor owns its memory, or borrows the caller's, or is a view that keeps the memory of another tensor alive. All
 * tensors are contiguous. Semantics (broadcasting, result types, casts) are NumPy's. Functions come in two forms:
 * `..(denoise_tensor **out, ...)` makes a new tensor that the caller frees; `.._into(denoise_tensor *out, ...)` is
 * NumPy's `out=`: it writes into an existing tensor of the result's shape, which may be one of the operands.
 */
#ifndef DENOISE_TENSOR_H
#define DENOISE_TENSOR_H

#include <denoise/random.h>
#include <denoise/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A tensor. Since 0.1. */
typedef struct denoise_tensor denoise_tensor;

/** Element types. Since 0.1. */
enum { DENOISE_FLOAT32 = 1, DENOISE_FLOAT64 = 2, DENOISE_INT32 = 3, DENOISE_INT64 = 4, DENOISE_UINT8 = 5 };

/** The greatest rank. Since 0.1. */
#define DENOISE_MAX_RANK 8

/** A tensor of zeros. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_new(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank);
/** A tensor with a copy of data, which holds product(shape) elements. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_from_data(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank,
                                                    const void *data);
/** A tensor over the caller's memory; destroy(user_data), if not NULL, is called when the last tensor over it is freed; it is
 * not called when this call fails. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_borrow(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank,
                                                 void *data, void *user_data, void (*destroy)(void *user_data));
/** Frees the caller's reference. Since 0.1. */
DENOISE_API void denoise_tensor_free(denoise_tensor *tensor);

/** Element type, DENOISE_FLOAT32 ...; 0 for NULL. Since 0.1. */
DENOISE_API int32_t denoise_tensor_dtype(const denoise_tensor *tensor);
/** Number of axes; -1 for NULL. Since 0.1. */
DENOISE_API int32_t denoise_tensor_rank(const denoise_tensor *tensor);
/** Length of an axis, negative axes count from the end; -1 out of range. Since 0.1. */
DENOISE_API int64_t denoise_tensor_dim(const denoise_tensor *tensor, int32_t axis);
/** All lengths; borrowed. Since 0.1. */
DENOISE_API const int64_t *denoise_tensor_shape(const denoise_tensor *tensor);
/** Number of elements; -1 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_tensor_size(const denoise_tensor *tensor);
/** Number of bytes; -1 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_tensor_bytes(const denoise_tensor *tensor);
/** The elements; borrowed. Since 0.1. */
DENOISE_API void *denoise_tensor_data(denoise_tensor *tensor);
/** The elements for reading; borrowed. Since 0.1. */
DENOISE_API const void *denoise_tensor_const_data(const denoise_tensor *tensor);
/** One element as a double, by its flat index. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_item(const denoise_tensor *tensor, int64_t index, double *value);

/** A copy with memory of its own. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_copy(denoise_tensor **out, const denoise_tensor *tensor);
/** A view with another shape; one length may be -1. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_reshape(denoise_tensor **out, denoise_tensor *tensor, const int64_t *shape,
                                                  int32_t rank);
/** A view of rows start .. stop-1 of the first axis, with Python's rules for negative and too large numbers. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_rows(denoise_tensor **out, denoise_tensor *tensor, int64_t start, int64_t stop);
/** numpy.arange(start, stop, step) of a type. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_arange(denoise_tensor **out, int32_t dtype, double start, double stop, double step);
/** A copy of another element type. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_astype(denoise_tensor **out, const denoise_tensor *tensor, int32_t dtype);
/** tensor * factor, where factor is a Python float: whole-number tensors become float64. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_scale(denoise_tensor **out, const denoise_tensor *tensor, double factor);
/** The same into out. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_scale_into(denoise_tensor *out, const denoise_tensor *tensor, double factor);
/** a + b with broadcasting. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_add(denoise_tensor **out, const denoise_tensor *a, const denoise_tensor *b);
/** The same into out. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_add_into(denoise_tensor *out, const denoise_tensor *a, const denoise_tensor *b);
/** numpy.clip(tensor, low, high); a NAN bound is None. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_clip(denoise_tensor **out, const denoise_tensor *tensor, double low, double high);
/** The same into out. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_clip_into(denoise_tensor *out, const denoise_tensor *tensor, double low, double high);
/** numpy.clip with arrays, which broadcast; NULL is None. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_clip_arrays(denoise_tensor **out, const denoise_tensor *tensor,
                                                      const denoise_tensor *low, const denoise_tensor *high);
/** The same into out. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_clip_arrays_into(denoise_tensor *out, const denoise_tensor *tensor,
                                                           const denoise_tensor *low, const denoise_tensor *high);
/** Index of the greatest element along an axis, int64; the first wins; a NaN counts as greatest. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_argmax(denoise_tensor **out, const denoise_tensor *tensor, int32_t axis);
/** keras.utils.to_categorical: labels (n) or (n, 1) -> float32 (n, classes); classes -1 = max + 1; negative labels wrap. Since
 * 0.1. */
DENOISE_API denoise_status denoise_tensor_one_hot(denoise_tensor **out, const denoise_tensor *labels, int64_t classes);
/** float32 normal numbers of a generator. Since 0.1. */
DENOISE_API denoise_status denoise_tensor_random_normal(denoise_tensor **out, const int64_t *shape, int32_t rank,
                                                        denoise_rng *rng, double mean, double stddev);
/** float32 uniform numbers in [low, high). Since 0.1. */
DENOISE_API denoise_status denoise_tensor_random_uniform(denoise_tensor **out, const int64_t *shape, int32_t rank,
                                                         denoise_rng *rng, double low, double high);
/** 1 when type, shape and all elements are equal as numbers, else 0 (NaN differs from all). Since 0.1. */
DENOISE_API int32_t denoise_tensor_equal(const denoise_tensor *a, const denoise_tensor *b);
/** A short text, "float32 (60000, 784)" and the elements as NumPy prints them, with "..." in the middle; like snprintf. Since
 * 0.1. */
DENOISE_API int64_t denoise_tensor_format(const denoise_tensor *tensor, char *buffer, int64_t size);

#ifdef __cplusplus
}
#endif
#endif
