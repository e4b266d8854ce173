/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/axes.h"
#include <string.h>

int32_t denoise__sample_axis(int64_t axis, const denoise__shape *sample)
{
    int64_t rank = sample->rank + 1;
    if (axis < 0) axis += rank;
    return axis < 1 || axis >= rank ? -1 : (int32_t)axis - 1;
}

denoise_status denoise__fail_axis(int64_t axis, const denoise__shape *sample, const char *done)
{
    char given[192];
    denoise__shape_text(sample, true, given, sizeof given);
    if (axis == 0 || axis == -(int64_t)sample->rank - 1) {
        return denoise__fail(DENOISE_ERR_SHAPE, "axis %lld of input shape %s is the batch axis, which cannot be %s",
                             (long long)axis, given, done);
    }
    return denoise__fail(DENOISE_ERR_SHAPE, "input has shape %s, it has no axis %lld", given, (long long)axis);
}

denoise_status denoise__mark_axes(const denoise__ints *axes, const denoise__shape *sample, const char *done,
                                  bool is_marked[DENOISE_MAX_RANK])
{
    memset(is_marked, 0, DENOISE_MAX_RANK * sizeof *is_marked);
    for (int64_t i = 0; i < axes->count; i++) {
        int32_t axis = denoise__sample_axis(axes->values[i], sample);
        if (axis < 0) return denoise__fail_axis(axes->values[i], sample, done);
        if (is_marked[axis]) {
            char given[192];
            return denoise__fail(DENOISE_ERR_SHAPE, "axis %lld of input shape %s is named twice", (long long)axes->values[i],
                                 denoise__shape_text(sample, true, given, sizeof given));
        }
        is_marked[axis] = true;
    }
    return DENOISE_OK;
}

void denoise__keep_axis(int64_t axis, const denoise__shape *first, denoise__input_spec *spec)
{
    int32_t at = denoise__sample_axis(axis, first);
    spec->min_rank = spec->max_rank = first->rank;
    spec->from_end[first->rank - 1 - at] = first->dim[at];
}
