/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes: checked products, broadcasting, text. */
#ifndef DENOISE_TENSOR_SHAPE_H
#define DENOISE_TENSOR_SHAPE_H

#include "core/error.h"
#include <denoise/tensor.h>
#include <stdbool.h>
#include <stddef.h>

/* A length that only the data tell, Keras' None: of layers and models, never of a tensor. */
enum { DENOISE__UNKNOWN = -1 };

typedef struct denoise__shape {
    int32_t rank;
    int64_t dim[DENOISE_MAX_RANK];
} denoise__shape;

/* Rank 0..8, lengths >= 0, product of the lengths that are not 0 in int64. The product of all goes to *size (may be NULL). */
denoise_status denoise__shape_make(denoise__shape *out, const int64_t *dims, int32_t rank, int64_t *size);
/* The same for what a layer infers: lengths may be DENOISE__UNKNOWN. */
denoise_status denoise__shape_infer(denoise__shape *out, const int64_t *dims, int32_t rank);
bool denoise__shape_is_known(const denoise__shape *shape); /* all lengths are */
/* Whether `given` is of the rank and, where `shape` knows them, of the lengths of `shape`. */
bool denoise__shape_takes(const denoise__shape *shape, const denoise__shape *given);
int64_t denoise__shape_size(const denoise__shape *shape); /* of a checked shape, all of whose lengths are known */
/* item * product of the lengths that are not 0; false when that does not fit (NumPy refuses such a shape even if it is empty).
 */
bool denoise__shape_extent(const denoise__shape *shape, int64_t item, int64_t *extent);
int64_t denoise__shape_last(const denoise__shape *shape); /* length of the last axis; 1 for rank 0 */
bool denoise__shape_equal(const denoise__shape *a, const denoise__shape *b);
/* Whether a is b with one more axis at its end, of length 1: (32, 1) of (32,). */
bool denoise__shape_is_column_of(const denoise__shape *a, const denoise__shape *b);
/* Of an unknown length and another comes an unknown one, as in Keras. */
denoise_status denoise__shape_broadcast(denoise__shape *out, const denoise__shape *a, const denoise__shape *b);
/* One -1 resolved so that the size stays: "cannot reshape (10000, 784) of 7840000 elements into (10000, 74), which has 740000".
 */
denoise_status denoise__shape_reshape(denoise__shape *out, const int64_t *dims, int32_t rank, const denoise__shape *from);
/* As Python writes it, "(32, 784)", "(3,)", "()", "(None, 3)"; with_batch puts "None" in front, "(None, 784)". size >= 192. */
const char *denoise__shape_text(const denoise__shape *shape, bool with_batch, char *buffer, size_t size);

#endif
