/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/conv_window.h"

static int64_t greatest(const denoise__ints *list)
{
    int64_t most = 1;
    for (int64_t i = 0; i < list->count; i++)
        if (list->values[i] > most) most = list->values[i];
    return most;
}

denoise_status denoise__check_strides(const denoise__ints *strides, const denoise__ints *dilation, int32_t axes)
{
    DENOISE__TRY(denoise__check_axes(strides, axes, "strides"));
    DENOISE__TRY(denoise__check_axes(dilation, axes, "dilation_rate"));
    if (greatest(strides) == 1 || greatest(dilation) == 1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_UNSUPPORTED, "strides of %lld and a dilation_rate of %lld, expected one of them to be 1",
                         (long long)greatest(strides), (long long)greatest(dilation));
}

denoise__window denoise__window_of(const denoise__spatial *input, int32_t axis, const denoise__ints *size,
                                   const denoise__ints *strides, const denoise__ints *dilation)
{
    return (denoise__window){.input = input->length[axis],
                             .size = denoise__axis_value(size, input->axes, axis, 1),
                             .stride = denoise__axis_value(strides, input->axes, axis, 1),
                             .dilation = denoise__axis_value(dilation, input->axes, axis, 1)};
}

denoise_status denoise__windows_make(denoise__window *windows, const denoise__spatial *input, const denoise__ints *size,
                                     const denoise__ints *strides, const denoise__ints *dilation, const char *padding)
{
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++) {
        windows[i] = denoise__window_of(input, i, size, strides, dilation);
        DENOISE__TRY(denoise__window_make(&windows[i], padding));
    }
    return DENOISE_OK;
}
