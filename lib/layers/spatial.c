/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/spatial.h"
#include "core/memory.h"
#include <string.h>

bool denoise__is_channels_first(const char *data_format)
{
    return strcmp(data_format, "channels_first") == 0;
}

denoise__spatial denoise__spatial_of(const denoise__shape *sample, const char *data_format)
{
    denoise__spatial s = {.axes = sample->rank - 1, .channels_first = denoise__is_channels_first(data_format)};
    int32_t missing = DENOISE__MAX_SPATIAL - s.axes;
    s.channels = sample->dim[s.channels_first ? 0 : s.axes];
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++)
        s.length[i] = i < missing ? 1 : sample->dim[i - missing + (s.channels_first ? 1 : 0)];
    return s;
}

denoise_status denoise__spatial_shape(denoise__shape *out, const denoise__spatial *spatial)
{
    int64_t dim[DENOISE_MAX_RANK] = {0};
    int32_t missing = DENOISE__MAX_SPATIAL - spatial->axes;
    dim[spatial->channels_first ? 0 : spatial->axes] = spatial->channels;
    for (int32_t i = missing; i < DENOISE__MAX_SPATIAL; i++)
        dim[i - missing + (spatial->channels_first ? 1 : 0)] = spatial->length[i];
    return denoise__shape_infer(out, dim, spatial->axes + 1);
}

int64_t denoise__spatial_positions(const denoise__spatial *spatial)
{
    const int64_t *length = spatial->length;
    bool is_known = length[0] != DENOISE__UNKNOWN && length[1] != DENOISE__UNKNOWN && length[2] != DENOISE__UNKNOWN;
    return is_known ? length[0] * length[1] * length[2] : DENOISE__UNKNOWN;
}

int64_t denoise__spatial_outer(const denoise__spatial *spatial, int64_t batch)
{
    return spatial->channels_first ? batch * spatial->channels : batch;
}

int64_t denoise__spatial_inner(const denoise__spatial *spatial)
{
    return spatial->channels_first ? 1 : spatial->channels;
}

bool denoise__length_times(int64_t *length, int64_t times)
{
    return *length == DENOISE__UNKNOWN || denoise__multiply(*length, times, length);
}

#define SPATIAL_SPEC(axes)                                                                                                     \
    void denoise__spatial_spec_##axes##d(const void *config, const denoise__shape *first, int32_t index,                       \
                                         denoise__input_spec *spec)                                                            \
    {                                                                                                                          \
        (void)config, (void)first, (void)index;                                                                                \
        spec->min_rank = spec->max_rank = (axes) + 1;                                                                          \
    }
SPATIAL_SPEC(1)
SPATIAL_SPEC(2)
SPATIAL_SPEC(3)

denoise_status denoise__check_axes(const denoise__ints *list, int32_t axes, const char *name)
{
    if (list->count == axes || list->count == 1 || list->count == -1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "%s has %lld numbers, expected %s%d", name, (long long)list->count,
                         axes == 1 ? "" : "1 or ", (int)axes);
}

int64_t denoise__axis_value(const denoise__ints *list, int32_t axes, int32_t axis, int64_t fallback)
{
    int32_t missing = DENOISE__MAX_SPATIAL - axes;
    if (list->count <= 0 || axis < missing) return fallback;
    return list->values[list->count == 1 ? 0 : axis - missing];
}

denoise_status denoise__window_make(denoise__window *w, const char *padding)
{
    int64_t reach = (w->size - 1) * w->dilation + 1; /* inputs from the first that is read to the last */
    w->before = 0;
    w->output = DENOISE__UNKNOWN;
    if (w->input == DENOISE__UNKNOWN) return DENOISE_OK;
    if (strcmp(padding, "same") == 0) {
        w->output = w->input / w->stride + (w->input % w->stride != 0);
        int64_t missing = (w->output - 1) * w->stride + reach - w->input;
        if (missing > 0) w->before = missing / 2;
        return DENOISE_OK;
    }
    if (strcmp(padding, "causal") == 0) {
        w->output = w->input / w->stride + (w->input % w->stride != 0);
        w->before = reach - 1;
        return DENOISE_OK;
    }
    w->output = w->input < reach ? 0 : (w->input - reach) / w->stride + 1;
    if (w->output > 0 || w->input == 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "a window of %lld does not fit into a length of %lld", (long long)reach,
                         (long long)w->input);
}

/* The least j >= 0 with at + j * step >= bound. */
static int64_t first_at_least(int64_t at, int64_t step, int64_t bound)
{
    return at >= bound ? 0 : (bound - at + step - 1) / step;
}

void denoise__window_range(const denoise__window *w, int64_t i, int64_t *first, int64_t *end)
{
    int64_t at = i * w->stride - w->before;
    *first = first_at_least(at, w->dilation, 0);
    *end = first_at_least(at, w->dilation, w->input);
    if (*end > w->size) *end = w->size;
    if (*first > *end) *first = *end;
}

void denoise__window_outputs(const denoise__window *w, int64_t i, int64_t *first, int64_t *end)
{
    int64_t at = i + w->before; /* counted from the padding's beginning */
    *first = at < w->size ? 0 : (at - w->size) / w->stride + 1;
    *end = at / w->stride + 1 < w->output ? at / w->stride + 1 : w->output;
    if (*end < *first) *end = *first;
}

/* In squares, so that lines of both arrays stay in the cache until all of their numbers are moved. */
enum { SQUARE = 16 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void denoise__to_channels_last(const float *x, float *y, int64_t batch, int64_t positions, int64_t channels)
{
    for (int64_t n = 0; n < batch; n++, x += positions * channels, y += positions * channels)
        for (int64_t p = 0; p < positions; p += SQUARE)
            for (int64_t c = 0; c < channels; c += SQUARE)
                for (int64_t i = p; i < least(p + SQUARE, positions); i++)
                    for (int64_t k = c; k < least(c + SQUARE, channels); k++)
                        y[i * channels + k] = x[k * positions + i];
}

void denoise__to_channels_first(const float *x, float *y, int64_t batch, int64_t positions, int64_t channels)
{
    denoise__to_channels_last(x, y, batch, channels, positions);
}
