/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tensors: numbers in row-major order with a shape, NumPy's ndarray in small.
 *
 * A tensor owns its memory, or borrows the caller's, or is a view that keeps the memory of another tensor alive. All
 * tensors are contiguous: element (i, j, k) of shape (a, b, c) lies at (i * b + j) * c + k. A tensor of rank 0 holds one
 * number; a length of 0 makes an empty one. Tensors may be freed in any order.
 *
 * Semantics are NumPy 2's. Shapes broadcast: they are aligned at the last axis, missing axes count as 1, and a length of
 * 1 is repeated. The type of a sum is the smallest that holds the values of both operands, up to float64:
 *
 *              float32   float64   int32     int64     uint8
 *     float32  float32   float64   float64   float64   float32
 *     float64  float64   float64   float64   float64   float64
 *     int32    float64   float64   int32     int64     int32
 *     int64    float64   float64   int64     int64     int64
 *     uint8    float32   float64   int32     int64     uint8
 *
 * Functions come in two forms. `..(denoise_tensor **out, ...)` makes a new tensor that the caller frees; *out is NULL
 * after a failure. `.._into(denoise_tensor *out, ...)` is NumPy's `out=`: it writes into an existing tensor. Its shape
 * must be the result's (DENOISE_ERR_SHAPE) and its type of the same kind: real numbers go into float32 and float64, whole
 * numbers also into any type, but signed ones not into uint8 (DENOISE_ERR_DTYPE). out may be an operand or share memory with
 * one in any way; the result is as if the operands had been copied first. out is unchanged after a failure.
 *
 * Every function that makes a tensor answers DENOISE_ERR_NULL for a NULL pointer, DENOISE_ERR_NOMEM when memory is out and
 * DENOISE_ERR_OVERFLOW for a shape with more elements or bytes than can be counted, which lengths of 0 do not hide, as in
 * NumPy. The texts below list what else can fail.
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

/**
 * A tensor of zeros.
 * @param out the new tensor, which the caller frees
 * @param dtype DENOISE_FLOAT32 .. DENOISE_UINT8
 * @param shape rank lengths >= 0; may be NULL when rank is 0
 * @param rank 0 .. DENOISE_MAX_RANK
 * @return DENOISE_OK; DENOISE_ERR_DTYPE for no element type; DENOISE_ERR_RANGE for a rank or length out of range.
 *         Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_new(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank);

/**
 * A tensor with a copy of the caller's numbers.
 * @param out the new tensor, which the caller frees
 * @param dtype, shape, rank as for denoise_tensor_new()
 * @param data product(shape) elements of the type; may be NULL when there are none
 * @return as denoise_tensor_new(). Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_from_data(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank,
                                                    const void *data);

/**
 * A tensor over the caller's memory, which is not copied and must stay in place until destroy is called.
 * @param out the new tensor, which the caller frees
 * @param dtype, shape, rank as for denoise_tensor_new()
 * @param data product(shape) elements, aligned for the type; may be NULL when there are none
 * @param user_data handed to destroy
 * @param destroy called exactly once, when the last tensor over the memory (views included) is freed, on the thread that
 *        frees it; NULL = nothing to do. Not called when this call fails.
 * @return as denoise_tensor_new(); DENOISE_ERR_INVALID for data that is not aligned. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_borrow(denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank,
                                                 void *data, void *user_data, void (*destroy)(void *user_data));

/**
 * Frees the caller's reference; the memory goes with the last tensor over it.
 * @param tensor NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_tensor_free(denoise_tensor *tensor);

/** The element type. @param tensor may be NULL @return DENOISE_FLOAT32 ..; 0 for NULL. Since 0.1. */
DENOISE_API int32_t denoise_tensor_dtype(const denoise_tensor *tensor);

/** The number of axes. @param tensor may be NULL @return 0 .. DENOISE_MAX_RANK; -1 for NULL. Since 0.1. */
DENOISE_API int32_t denoise_tensor_rank(const denoise_tensor *tensor);

/**
 * The length of an axis.
 * @param tensor may be NULL
 * @param axis -rank .. rank-1; negative axes count from the end
 * @return the length; -1 for NULL or an axis out of range. Since 0.1.
 */
DENOISE_API int64_t denoise_tensor_dim(const denoise_tensor *tensor, int32_t axis);

/** All lengths. @param tensor may be NULL @return rank lengths, borrowed from the tensor; NULL for NULL. Since 0.1. */
DENOISE_API const int64_t *denoise_tensor_shape(const denoise_tensor *tensor);

/** The number of elements. @param tensor may be NULL @return the product of the lengths; -1 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_tensor_size(const denoise_tensor *tensor);

/** The number of bytes of all elements. @param tensor may be NULL @return >= 0; -1 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_tensor_bytes(const denoise_tensor *tensor);

/**
 * The elements, row after row, to read and to write.
 * @param tensor may be NULL
 * @return memory of the tensor, borrowed as long as it lives, on a 64-byte line if the tensor made it itself and is no
 *         slice of rows; NULL for NULL. Since 0.1.
 */
DENOISE_API void *denoise_tensor_data(denoise_tensor *tensor);

/** The elements for reading; see denoise_tensor_data(). @param tensor may be NULL @return borrowed memory. Since 0.1. */
DENOISE_API const void *denoise_tensor_const_data(const denoise_tensor *tensor);

/**
 * One element as a double.
 * @param tensor the tensor
 * @param index its place in row-major order, 0 .. size-1
 * @param value the element; an int64 beyond 2^53 is rounded
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_RANGE for an index out of range, *value is then unchanged. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_item(const denoise_tensor *tensor, int64_t index, double *value);

/**
 * A copy with memory of its own.
 * @param out the new tensor, which the caller frees
 * @param tensor what is copied
 * @return DENOISE_OK or an error that the head of this file lists. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_copy(denoise_tensor **out, const denoise_tensor *tensor);

/**
 * A view with another shape (numpy.reshape): writing to one shows in the other.
 * @param out the new tensor, which the caller frees; it keeps the memory alive
 * @param tensor what is viewed
 * @param shape rank lengths; one may be -1, which is then computed; may be NULL when rank is 0
 * @param rank 0 .. DENOISE_MAX_RANK
 * @return DENOISE_OK; DENOISE_ERR_SHAPE where the sizes differ, as in `cannot reshape (10000, 784) of 7840000 elements into
 *         (10000, 74), which has 740000`, or for a second -1; DENOISE_ERR_RANGE for other negative lengths. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_reshape(denoise_tensor **out, denoise_tensor *tensor, const int64_t *shape,
                                                  int32_t rank);

/**
 * A view of rows start .. stop-1 of the first axis: Python's tensor[start:stop].
 * @param out the new tensor, which the caller frees; it keeps the memory alive
 * @param tensor what is viewed, rank >= 1
 * @param start, stop negative numbers count from the end; what lies outside is cut off; stop <= start gives no rows
 * @return DENOISE_OK; DENOISE_ERR_SHAPE for rank 0. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_rows(denoise_tensor **out, denoise_tensor *tensor, int64_t start, int64_t stop);

/**
 * numpy.arange(start, stop, step, dtype): ceil((stop - start) / step) numbers from start.
 *
 * As in NumPy element i is first + i * (second - first), computed in the element type, where first and second are start and
 * start + step converted to it; so whole types cut both towards 0, and (0, 5, 0.5) as int32 gives ten zeros. Unlike NumPy's,
 * whole numbers that leave the type are an error, not wrapped.
 * @param out the new tensor, which the caller frees
 * @param dtype the element type, DENOISE_FLOAT32 .. DENOISE_UINT8
 * @param start, stop the range, stop excluded
 * @param step not 0; may be negative
 * @return DENOISE_OK; DENOISE_ERR_INVALID for a step of 0, NaN or an infinite start; DENOISE_ERR_DTYPE; DENOISE_ERR_RANGE
 *         where numbers do not fit the type; DENOISE_ERR_OVERFLOW for too many. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_arange(denoise_tensor **out, int32_t dtype, double start, double stop, double step);

/**
 * A copy of another element type (or of the same).
 *
 * Whole numbers into narrower whole types wrap, as NumPy's do. Real numbers into whole types are cut towards 0; what C and
 * NumPy leave open is fixed: too large ones become the type's nearest limit, NaN becomes 0.
 * @param out the new tensor, which the caller frees
 * @param tensor what is converted
 * @param dtype the element type of the copy, DENOISE_FLOAT32 .. DENOISE_UINT8
 * @return DENOISE_OK; DENOISE_ERR_DTYPE for no element type. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_astype(denoise_tensor **out, const denoise_tensor *tensor, int32_t dtype);

/**
 * tensor * factor, where factor counts as a Python float: float32 stays float32 (the factor is rounded to it), whole-number
 * tensors become float64.
 * @param out the new tensor, which the caller frees
 * @param tensor any type and shape
 * @param factor any number
 * @return DENOISE_OK or an error that the head of this file lists. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_scale(denoise_tensor **out, const denoise_tensor *tensor, double factor);

/**
 * tensor * factor into out.
 * @param out has the tensor's shape and a real type; may be the tensor
 * @param tensor, factor as for denoise_tensor_scale()
 * @return DENOISE_OK; DENOISE_ERR_SHAPE, DENOISE_ERR_DTYPE as the head of this file says. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_scale_into(denoise_tensor *out, const denoise_tensor *tensor, double factor);

/**
 * a + b with broadcasting; whole numbers wrap.
 * @param out the new tensor, which the caller frees; its type is in the table at the head of this file
 * @param a, b any types; shapes that broadcast
 * @return DENOISE_OK; DENOISE_ERR_SHAPE, as in `shapes (2, 3) and (4,) cannot be broadcast together`. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_add(denoise_tensor **out, const denoise_tensor *a, const denoise_tensor *b);

/**
 * a + b into out.
 * @param out has the broadcast shape and a type of the sum's kind; may be an operand
 * @param a, b as for denoise_tensor_add()
 * @return DENOISE_OK; DENOISE_ERR_SHAPE, DENOISE_ERR_DTYPE as the head of this file says. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_add_into(denoise_tensor *out, const denoise_tensor *a, const denoise_tensor *b);

/**
 * numpy.clip(tensor, low, high) = minimum(maximum(tensor, low), high): high wins where low > high, and NaN stays NaN.
 *
 * Real tensors keep their type. For whole-number tensors a bound that is a whole number counts as a Python int, any other
 * (0.5, an infinite one) as a Python float. If there is a float, the result is float64. If not, the type stays: a low bound
 * at or below the type's least value and a high bound at or above its greatest do nothing, and a low bound above the
 * greatest value or a high bound below the least is an error, as NumPy 2 has it.
 * @param out the new tensor, which the caller frees
 * @param tensor any type and shape
 * @param low, high the bounds; NAN = None
 * @return DENOISE_OK; DENOISE_ERR_RANGE for a bound that the whole-number type cannot hold. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_clip(denoise_tensor **out, const denoise_tensor *tensor, double low, double high);

/**
 * numpy.clip(tensor, low, high) into out.
 * @param out has the tensor's shape and a type of the result's kind; may be the tensor
 * @param tensor, low, high as for denoise_tensor_clip()
 * @return DENOISE_OK; DENOISE_ERR_RANGE; DENOISE_ERR_SHAPE, DENOISE_ERR_DTYPE as the head of this file says. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_clip_into(denoise_tensor *out, const denoise_tensor *tensor, double low, double high);

/**
 * numpy.clip with arrays, all three of which broadcast; a NaN bound gives NaN.
 * @param out the new tensor, which the caller frees; its type is that of the sum of all that are given
 * @param tensor any type and shape
 * @param low, high the bounds; NULL = None
 * @return DENOISE_OK; DENOISE_ERR_SHAPE for shapes that do not broadcast. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_clip_arrays(denoise_tensor **out, const denoise_tensor *tensor,
                                                      const denoise_tensor *low, const denoise_tensor *high);

/**
 * numpy.clip with arrays into out.
 * @param out has the broadcast shape and a type of the result's kind; may be an operand
 * @param tensor, low, high as for denoise_tensor_clip_arrays()
 * @return DENOISE_OK; DENOISE_ERR_SHAPE, DENOISE_ERR_DTYPE as the head of this file says. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_clip_arrays_into(denoise_tensor *out, const denoise_tensor *tensor,
                                                           const denoise_tensor *low, const denoise_tensor *high);

/**
 * numpy.argmax(tensor, axis): the index of the greatest element along an axis; the first one wins, NaN counts as greatest.
 * @param out the new int64 tensor, which the caller frees: the tensor's shape without the axis
 * @param tensor any type; rank 0 counts as one axis of length 1
 * @param axis -rank .. rank-1; negative axes count from the end
 * @return DENOISE_OK; DENOISE_ERR_RANGE for an axis out of range; DENOISE_ERR_SHAPE for an axis of length 0. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_argmax(denoise_tensor **out, const denoise_tensor *tensor, int32_t axis);

/**
 * keras.utils.to_categorical: a row with a 1 in place of each label.
 * @param out the new float32 tensor, which the caller frees: the labels' shape, a last axis of length 1 dropped where the
 *        rank is 2 or more, then an axis of length classes
 * @param labels any type, (n), (n, 1) or any shape; real numbers are cut towards 0; -1 is the last class, as in Python
 * @param classes >= 1; -1 = the greatest label + 1
 * @return DENOISE_OK; DENOISE_ERR_RANGE for classes out of range, a label that is NaN, >= classes or < -classes, as in
 *         `label at position 3 is 12, expected less than 10`; DENOISE_ERR_SHAPE where there are neither labels nor classes, or
 *         for labels of rank DENOISE_MAX_RANK. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_one_hot(denoise_tensor **out, const denoise_tensor *labels, int64_t classes);

/**
 * Normal numbers, as denoise_rng_normal() gives them.
 * @param out the new float32 tensor, which the caller frees
 * @param shape, rank as for denoise_tensor_new()
 * @param rng the generator; it moves on by the number of elements
 * @param mean finite
 * @param stddev finite, >= 0
 * @return DENOISE_OK; DENOISE_ERR_RANGE for mean, stddev, rank or a length out of range. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_random_normal(denoise_tensor **out, const int64_t *shape, int32_t rank,
                                                        denoise_rng *rng, double mean, double stddev);

/**
 * Uniform numbers in [low, high), as denoise_rng_uniform() gives them.
 * @param out the new float32 tensor, which the caller frees
 * @param shape, rank as for denoise_tensor_new()
 * @param rng the generator; it moves on by the number of elements
 * @param low, high finite, low <= high
 * @return DENOISE_OK; DENOISE_ERR_RANGE for bounds, rank or a length out of range. Since 0.1.
 */
DENOISE_API denoise_status denoise_tensor_random_uniform(denoise_tensor **out, const int64_t *shape, int32_t rank,
                                                         denoise_rng *rng, double low, double high);

/**
 * Whether two tensors have the same type, shape and elements, compared as numbers: -0 equals 0, NaN differs from all.
 * @param a, b may be NULL, which equals nothing
 * @return 1 or 0. Since 0.1.
 */
DENOISE_API int32_t denoise_tensor_equal(const denoise_tensor *a, const denoise_tensor *b);

/**
 * A tensor as text: a line "float32 (60000, 784)", then the elements as NumPy's str() prints them: the shortest digits that
 * read back as the same number, 8 after the point at most, in columns; of more than 1000 elements three at each end of an
 * axis, with "..." between. The locale plays no part. No line end follows the last line.
 * @param tensor NULL gives an empty text
 * @param buffer room for size bytes, always zero-terminated when size > 0; may be NULL
 * @param size >= 0
 * @return the length of the whole text without its end, as snprintf; never negative. Since 0.1.
 */
DENOISE_API int64_t denoise_tensor_format(const denoise_tensor *tensor, char *buffer, int64_t size);

#ifdef __cplusplus
}
#endif
#endif
