/* SPDX-License-Identifier: Apache-2.0 */
/* What initializers share. */
#include "initializers/initializer.h"

denoise_status denoise__initialize(const denoise__kind_ref *ref, const denoise__shape *shape, uint64_t seed, uint64_t stream,
                                   float *values)
{
    const denoise__initializer_kind *kind = (const denoise__initializer_kind *)(const void *)ref->kind;
    if (kind->try_fill != NULL) return kind->try_fill(ref->config, shape, seed, stream, values);
    kind->fill(ref->config, shape, seed, stream, values);
    return DENOISE_OK;
}

void denoise__fans(const denoise__shape *shape, double *fan_in, double *fan_out)
{
    int32_t rank = shape->rank;
    *fan_in = 1;
    *fan_out = 1;
    if (rank == 0) return;
    for (int32_t i = 0; i < rank - 2; i++)
        *fan_in *= (double)shape->dim[i]; /* the receptive field */
    *fan_out = *fan_in * (double)shape->dim[rank - 1];
    *fan_in *= (double)shape->dim[rank == 1 ? 0 : rank - 2];
}
