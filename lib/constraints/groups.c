/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbouring axes that are both inside of the groups, or both not, count as one. Then a dense kernel along axis 0 is
 * (inside, outside), along axis 1 (outside, inside), a bias (inside); a convolution's kernel along [0, 1, 2] is (inside,
 * outside) again. Whatever else there is goes element by element. */
#include "constraints/groups.h"
#include "core/threads.h"
#include "kernels/loops.h"

enum { COLUMNS = 64 };

typedef struct scaling {
    float *w;
    double (*factor)(const void *config, double norm);
    const void *config;
    int32_t rank; /* of axes that were taken together */
    int64_t dim[DENOISE_MAX_RANK];
    bool is_inside[DENOISE_MAX_RANK];
    int64_t groups, size; /* of a group */
} scaling;

static double factor_of(const scaling *s, double squares)
{
    return s->factor(s->config, sqrt(squares));
}

static float scaled(float w, double factor)
{
    return (float)((double)w * factor);
}

/* Groups that lie in one piece. */
static void scale_rows(void *context, int64_t first, int64_t count)
{
    const scaling *s = context;
    for (int64_t row = first; row < first + count; row++) {
        float *w = s->w + row * s->size;
        double factor = factor_of(s, denoise__loops_table()->sum_squares(w, s->size));
        for (int64_t i = 0; i < s->size; i++)
            w[i] = scaled(w[i], factor);
    }
}

static void scale_some_columns(const scaling *s, int64_t first, int64_t count)
{
    double numbers[COLUMNS] = {0};
    for (int64_t row = 0; row < s->size; row++) {
        const float *w = s->w + row * s->groups + first;
        for (int64_t i = 0; i < count; i++)
            numbers[i] += (double)w[i] * (double)w[i];
    }
    for (int64_t i = 0; i < count; i++)
        numbers[i] = factor_of(s, numbers[i]);
    for (int64_t row = 0; row < s->size; row++) {
        float *w = s->w + row * s->groups + first;
        for (int64_t i = 0; i < count; i++)
            w[i] = scaled(w[i], numbers[i]);
    }
}

/* Groups that lie beside each other. */
static void scale_columns(void *context, int64_t first, int64_t count)
{
    for (int64_t done = 0; done < count; done += COLUMNS)
        scale_some_columns(context, first + done, count - done < COLUMNS ? count - done : COLUMNS);
}

/* Where element `index` along the axes inside (or outside) of the groups lies. */
static int64_t offset_of(const scaling *s, int64_t index, bool inside)
{
    int64_t offset = 0, stride = 1;
    for (int32_t axis = s->rank - 1; axis >= 0; axis--) {
        if (s->is_inside[axis] == inside) {
            offset += index % s->dim[axis] * stride;
            index /= s->dim[axis];
        }
        stride *= s->dim[axis];
    }
    return offset;
}

static void scale_scattered(void *context, int64_t first, int64_t count)
{
    const scaling *s = context;
    for (int64_t group = first; group < first + count; group++) {
        float *w = s->w + offset_of(s, group, false);
        double squares = 0;
        for (int64_t i = 0; i < s->size; i++) {
            double element = (double)w[offset_of(s, i, true)];
            squares += element * element;
        }
        double factor = factor_of(s, squares);
        for (int64_t i = 0; i < s->size; i++) {
            float *element = &w[offset_of(s, i, true)];
            *element = scaled(*element, factor);
        }
    }
}

static bool is_axis(const denoise__ints *axes, int32_t axis, int32_t rank)
{
    for (int64_t i = 0; i < axes->count; i++)
        if (axes->values[i] == axis || axes->values[i] == axis - rank) return true;
    return false;
}

static void take_together(scaling *s, const denoise__shape *shape, const denoise__ints *axes)
{
    for (int32_t axis = 0; axis < shape->rank; axis++) {
        bool inside = is_axis(axes, axis, shape->rank);
        *(inside ? &s->size : &s->groups) *= shape->dim[axis];
        if (s->rank > 0 && s->is_inside[s->rank - 1] == inside) {
            s->dim[s->rank - 1] *= shape->dim[axis];
            continue;
        }
        s->dim[s->rank] = shape->dim[axis];
        s->is_inside[s->rank++] = inside;
    }
}

void denoise__groups_scale(float *w, const denoise__shape *shape, const denoise__ints *axes,
                           double (*factor)(const void *config, double norm), const void *config)
{
    scaling s = {.w = w, .factor = factor, .config = config, .groups = 1, .size = 1};
    if (denoise__shape_size(shape) == 0) return;
    take_together(&s, shape, axes);
    int64_t grain = denoise__grain(4 * s.size);
    if (s.rank <= 2 && (s.rank == 0 || s.is_inside[s.rank - 1])) {
        denoise__parallel_ranges(s.groups, grain, scale_rows, &s);
    } else if (s.rank == 2) {
        denoise__parallel_ranges(s.groups, grain < COLUMNS ? COLUMNS : grain, scale_columns, &s);
    } else {
        denoise__parallel_ranges(s.groups, grain, scale_scattered, &s);
    }
}

denoise_status denoise__groups_check(const denoise__ints *axes, const denoise__shape *shape)
{
    char text[192];
    for (int64_t i = 0; i < axes->count; i++) {
        int64_t axis = axes->values[i];
        if (axis >= -shape->rank && axis < shape->rank) continue;
        return denoise__fail(DENOISE_ERR_SHAPE, "axis %lld does not exist in a weight of shape %s", (long long)axis,
                             denoise__shape_text(shape, false, text, sizeof text));
    }
    return DENOISE_OK;
}
