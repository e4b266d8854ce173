/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor/shape.h"
#include "core/memory.h"
#include "core/text.h"
#include <inttypes.h>

#define SHAPE_TEXT_SIZE 256

/* Writes lengths as Python writes a tuple: "()", "(3,)", "(2, 3)"; with_none: those of a shape, where -1 is an unknown one. */
static const char *write_dims(const int64_t *dims, int32_t rank, bool with_batch, bool with_none, char *buffer, size_t size)
{
    const int32_t items = rank + (with_batch ? 1 : 0);
    int used = denoise__format(buffer, size, "(%s", with_batch ? "None" : "");
    for (int32_t i = 0; i < rank && used >= 0 && (size_t)used < size; i++) {
        const char *gap = i > 0 || with_batch ? ", " : "";
        if (with_none && dims[i] == DENOISE__UNKNOWN)
            used += denoise__format(buffer + used, size - (size_t)used, "%sNone", gap);
        else
            used += denoise__format(buffer + used, size - (size_t)used, "%s%" PRId64, gap, dims[i]);
    }
    if (used >= 0 && (size_t)used < size) (void)denoise__format(buffer + used, size - (size_t)used, items == 1 ? ",)" : ")");
    return buffer;
}

static const char *dims_text(const int64_t *dims, int32_t rank, char *buffer, size_t size)
{
    return write_dims(dims, rank, false, false, buffer, size);
}

static denoise_status check_rank(const int64_t *dims, int32_t rank)
{
    if (rank < 0 || rank > DENOISE_MAX_RANK)
        return denoise__fail(DENOISE_ERR_RANGE, "rank must be 0..%d, got %" PRId32, DENOISE_MAX_RANK, rank);
    if (rank > 0 && dims == NULL) return denoise__fail(DENOISE_ERR_NULL, "shape is NULL, expected %" PRId32 " lengths", rank);
    return DENOISE_OK;
}

bool denoise__shape_extent(const denoise__shape *shape, int64_t item, int64_t *extent)
{
    int64_t product = item;
    for (int32_t i = 0; i < shape->rank; i++)
        if (shape->dim[i] != 0 && !denoise__multiply(product, shape->dim[i], &product)) return false;
    *extent = product;
    return true;
}

int64_t denoise__shape_size(const denoise__shape *shape)
{
    int64_t size = 1;
    for (int32_t i = 0; i < shape->rank; i++)
        size *= shape->dim[i];
    return size;
}

denoise_status denoise__shape_make(denoise__shape *out, const int64_t *dims, int32_t rank, int64_t *size)
{
    char text[SHAPE_TEXT_SIZE];
    DENOISE__TRY(check_rank(dims, rank));
    denoise__shape shape = {.rank = rank};
    for (int32_t i = 0; i < rank; i++) {
        if (dims[i] < 0)
            return denoise__fail(DENOISE_ERR_RANGE, "lengths must be >= 0, got shape %s",
                                 dims_text(dims, rank, text, sizeof text));
        shape.dim[i] = dims[i];
    }
    int64_t extent = 0;
    if (!denoise__shape_extent(&shape, 1, &extent))
        return denoise__fail(DENOISE_ERR_OVERFLOW, "shape %s has more elements than 64 bits can count",
                             dims_text(dims, rank, text, sizeof text));
    *out = shape;
    if (size != NULL) *size = denoise__shape_size(&shape);
    return DENOISE_OK;
}

denoise_status denoise__shape_infer(denoise__shape *out, const int64_t *dims, int32_t rank)
{
    DENOISE__TRY(check_rank(dims, rank));
    denoise__shape shape = {.rank = rank}, checked;
    for (int32_t i = 0; i < rank; i++)
        shape.dim[i] = dims[i] == DENOISE__UNKNOWN ? 1 : dims[i];
    DENOISE__TRY(denoise__shape_make(&checked, shape.dim, rank, NULL));
    for (int32_t i = 0; i < rank; i++)
        shape.dim[i] = dims[i];
    *out = shape; /* whose lengths `dims` may be */
    return DENOISE_OK;
}

bool denoise__shape_is_known(const denoise__shape *shape)
{
    for (int32_t i = 0; i < shape->rank; i++)
        if (shape->dim[i] == DENOISE__UNKNOWN) return false;
    return true;
}

bool denoise__shape_takes(const denoise__shape *shape, const denoise__shape *given)
{
    if (shape->rank != given->rank) return false;
    for (int32_t i = 0; i < shape->rank; i++)
        if (shape->dim[i] != DENOISE__UNKNOWN && shape->dim[i] != given->dim[i]) return false;
    return true;
}

int64_t denoise__shape_last(const denoise__shape *shape)
{
    return shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
}

bool denoise__shape_equal(const denoise__shape *a, const denoise__shape *b)
{
    if (a->rank != b->rank) return false;
    for (int32_t i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

bool denoise__shape_is_column_of(const denoise__shape *a, const denoise__shape *b)
{
    if (a->rank != b->rank + 1 || a->dim[b->rank] != 1) return false;
    denoise__shape cut = *a;
    cut.rank = b->rank;
    return denoise__shape_equal(&cut, b);
}

denoise_status denoise__shape_broadcast(denoise__shape *out, const denoise__shape *a, const denoise__shape *b)
{
    denoise__shape shape = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int32_t i = 0; i < shape.rank; i++) { /* i counts from the last axis; a missing axis has length 1 */
        const int64_t m = i < a->rank ? a->dim[a->rank - 1 - i] : 1;
        const int64_t n = i < b->rank ? b->dim[b->rank - 1 - i] : 1;
        if (m == DENOISE__UNKNOWN || n == DENOISE__UNKNOWN) {
            shape.dim[shape.rank - 1 - i] = DENOISE__UNKNOWN;
            continue;
        }
        if (m != n && m != 1 && n != 1) {
            char left[SHAPE_TEXT_SIZE], right[SHAPE_TEXT_SIZE];
            return denoise__fail(DENOISE_ERR_SHAPE, "shapes %s and %s cannot be broadcast together",
                                 denoise__shape_text(a, false, left, sizeof left),
                                 denoise__shape_text(b, false, right, sizeof right));
        }
        shape.dim[shape.rank - 1 - i] = m == 1 ? n : m;
    }
    return denoise__shape_infer(out, shape.dim, shape.rank);
}

/* The length that stands for -1 at `axis`, given the others. false: none fits. */
static bool find_length(denoise__shape *shape, int32_t axis, int64_t size)
{
    shape->dim[axis] = 1;
    const int64_t rest = denoise__shape_size(shape);
    if (rest == 0 || size % rest != 0) return false;
    shape->dim[axis] = size / rest;
    return true;
}

denoise_status denoise__shape_reshape(denoise__shape *out, const int64_t *dims, int32_t rank, const denoise__shape *from)
{
    DENOISE__TRY(check_rank(dims, rank));
    const int64_t size = denoise__shape_size(from);
    char what[SHAPE_TEXT_SIZE + 64], text[SHAPE_TEXT_SIZE];
    (void)denoise__format(what, sizeof what, "%s of %" PRId64 " elements", denoise__shape_text(from, false, text, sizeof text),
                          size);
    int64_t known[DENOISE_MAX_RANK] = {0};
    int32_t open = -1;
    for (int32_t i = 0; i < rank; i++) {
        known[i] = dims[i] == -1 ? 1 : dims[i];
        if (dims[i] != -1) continue;
        if (open >= 0)
            return denoise__fail(DENOISE_ERR_SHAPE, "only one length may be -1, got shape %s",
                                 dims_text(dims, rank, text, sizeof text));
        open = i;
    }
    denoise__shape shape;
    int64_t product = 0;
    DENOISE__TRY(denoise__shape_make(&shape, known, rank, &product));
    if (open >= 0 && product == 0)
        return denoise__fail(DENOISE_ERR_SHAPE, "cannot reshape %s into %s: any length would fit for -1", what,
                             dims_text(dims, rank, text, sizeof text));
    if (open >= 0 && !find_length(&shape, open, size))
        return denoise__fail(DENOISE_ERR_SHAPE, "cannot reshape %s into %s: %" PRId64 " is no multiple of %" PRId64, what,
                             dims_text(dims, rank, text, sizeof text), size, product);
    if (open < 0 && product != size)
        return denoise__fail(DENOISE_ERR_SHAPE, "cannot reshape %s into %s, which has %" PRId64, what,
                             dims_text(dims, rank, text, sizeof text), product);
    *out = shape;
    return DENOISE_OK;
}

const char *denoise__shape_text(const denoise__shape *shape, bool with_batch, char *buffer, size_t size)
{
    return write_dims(shape->dim, shape->rank, with_batch, true, buffer, size);
}
