/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of convolutions, (n, n, inputs, outputs), whose rings around the centre have one value each, taken from the diagonal.
 *
 * Keras 2 has it (tf_keras/src/constraints.py, RadialConstraint), Keras 3 does not. Its values are kept as they are: with
 * s = n / 2 rounded down, the centre (one element of an odd kernel, four of an even one) is w[s - 1][s - 1], and ring r around
 * it is w[s + r - 1][s + r - 1] of an odd kernel, w[s + r][s + r] of an even one. So the values of an odd kernel come from one
 * place further in than where they go. */
#include "constraints/constraint.h"
#include "core/threads.h"

typedef struct kernels {
    float *w;
    int64_t n, count; /* (n, n, count) */
} kernels;

static float *element(const kernels *k, int64_t row, int64_t column, int64_t index)
{
    return &k->w[(row * k->n + column) * k->count + index];
}

/* The border of the square from `first` to `last`, both inclusive. */
static void write_ring(const kernels *k, int64_t first, int64_t last, int64_t index, float value)
{
    for (int64_t i = first; i <= last; i++) {
        *element(k, first, i, index) = *element(k, last, i, index) = value;
        *element(k, i, first, index) = *element(k, i, last, index) = value;
    }
}

/* Outermost first: a ring's value lies further in, or on the ring itself. */
static void apply_range(void *context, int64_t first, int64_t count)
{
    const kernels *k = context;
    int64_t start = k->n / 2, odd = k->n % 2, rings = odd != 0 ? start : start - 1;
    for (int64_t index = first; index < first + count; index++) {
        float centre = *element(k, start - 1, start - 1, index);
        for (int64_t r = rings; r > 0; r--) {
            int64_t from = start + r - odd;
            write_ring(k, rings - r, k->n - 1 - (rings - r), index, *element(k, from, from, index));
        }
        write_ring(k, rings, k->n - 1 - rings, index, centre);
    }
}

static void apply(const void *config, float *w, const denoise__shape *shape)
{
    (void)config;
    kernels k = {w, shape->dim[0], shape->dim[2] * shape->dim[3]};
    if (k.n > 1) denoise__parallel_ranges(k.count, denoise__grain(k.n * k.n), apply_range, &k);
}

static denoise_status check(const void *config, const denoise__shape *shape)
{
    (void)config;
    char text[192];
    if (shape->rank == 4 && shape->dim[0] == shape->dim[1]) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "a weight has shape %s, expected (n, n, inputs, outputs)",
                         denoise__shape_text(shape, false, text, sizeof text));
}

extern const denoise__constraint_kind denoise__constraint_radial_constraint;
const denoise__constraint_kind denoise__constraint_radial_constraint = {
    .base = {.name = "radial_constraint",
             .class_name = "RadialConstraint",
             .doc = "kernels of convolutions with one value for each ring around the centre"},
    .check = check,
    .apply = apply,
};
