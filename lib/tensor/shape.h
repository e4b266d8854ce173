/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes: checked products, broadcasting, text. */
#ifndef DENOISE_TENSOR_SHAPE_H
#define DENOISE_TENSOR_SHAPE_H

#include "core/error.h"
#include <denoise/tensor.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct denoise__shape {
    int32_t rank;
    int64_t dim[DENOISE_MAX_RANK];
} denoise__shape;

/* Rank 0..8, lengths >= 0, product in int64. The product goes to *size (may be NULL). */
denoise_status denoise__shape_make(denoise__shape *out, const int64_t *dims, int32_t rank, int64_t *size);
int64_t denoise__shape_size(const denoise__shape *shape); /* of a checked shape */
bool denoise__shape_equal(const denoise__shape *a, const denoise__shape *b);
denoise_status denoise__shape_broadcast(denoise__shape *out, const denoise__shape *a, const denoise__shape *b);
/* One -1 resolved so that the size stays: "cannot reshape array of size 7840000 into shape (10000, 74), which has size 740000".
 */
denoise_status denoise__shape_resolve(denoise__shape *out, const int64_t *dims, int32_t rank, int64_t size);
/* "(32, 784)"; with_batch puts "None, " in front. size >= 192. */
const char *denoise__shape_text(const denoise__shape *shape, bool with_batch, char *buffer, size_t size);

#endif
