/* SPDX-License-Identifier: Apache-2.0 */
/* w = max(w, 0); NaN stays (keras/src/constraints/constraints.py, NonNeg). */
#include "constraints/constraint.h"
#include "core/threads.h"

static void apply_range(void *context, int64_t first, int64_t count)
{
    float *w = context;
    for (int64_t i = first; i < first + count; i++)
        w[i] = w[i] <= 0 ? 0 : w[i];
}

static void apply(const void *config, float *w, const denoise__shape *shape)
{
    (void)config;
    denoise__parallel_ranges(denoise__shape_size(shape), 4 * (int64_t)DENOISE__GRAIN, apply_range, w);
}

extern const denoise__constraint_kind denoise__constraint_non_neg;
const denoise__constraint_kind denoise__constraint_non_neg = {
    .base = {.name = "non_neg", .class_name = "NonNeg", .doc = "no weight is less than 0"},
    .apply = apply,
};
