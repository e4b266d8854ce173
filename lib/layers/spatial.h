/* SPDX-License-Identifier: Apache-2.0 */
/* Samples with one to three spatial axes and one of channels, and windows that slide over the former: of convolutions, of
 * pooling. Kinds compute with channels last; channels_first is transposed where data come in and go out. */
#ifndef DENOISE_LAYERS_SPATIAL_H
#define DENOISE_LAYERS_SPATIAL_H

#include "core/kind.h"
#include "layers/layer.h"

enum { DENOISE__MAX_SPATIAL = 3 };

/* Missing axes come first and have length 1, so that a kind for one, two and three axes computes with three. */
typedef struct denoise__spatial {
    int32_t axes; /* 1 .. 3 */
    bool channels_first;
    int64_t channels;
    int64_t length[DENOISE__MAX_SPATIAL];
} denoise__spatial;

/* The row of a parameter table, for a field `char data_format[DENOISE__TEXT_SIZE]`. */
#define DENOISE__PARAM_DATA_FORMAT(config)                                                                                     \
    DENOISE__PARAM_TEXT(config, data_format, "channels_last", DENOISE__NULLABLE, "channels_last|channels_first",               \
                        "order of the axes; None = channels_last")

bool denoise__is_channels_first(const char *data_format);
/* Of one sample, whose rank is the number of spatial axes and one more. */
denoise__spatial denoise__spatial_of(const denoise__shape *sample, const char *data_format);
denoise_status denoise__spatial_shape(denoise__shape *out, const denoise__spatial *spatial);
int64_t denoise__spatial_positions(const denoise__spatial *spatial); /* product of the lengths, or DENOISE__UNKNOWN */

/* For kinds that treat each channel by itself, channels first are more samples of one channel: what is left of a batch, and of
 * the channels. */
int64_t denoise__spatial_outer(const denoise__spatial *spatial, int64_t batch);
int64_t denoise__spatial_inner(const denoise__spatial *spatial);

/* Samples of one to three spatial axes and one of channels, of any lengths: an `input_spec`. */
void denoise__spatial_spec_1d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec);
void denoise__spatial_spec_2d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec);
void denoise__spatial_spec_3d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec);

/* Twice, three times ... as long; an unknown length stays unknown. false: too long. */
bool denoise__length_times(int64_t *length, int64_t times);

/* One number for all axes, or one for each: DENOISE__OR_INT lists. DENOISE_ERR_INVALID: another count. */
denoise_status denoise__check_axes(const denoise__ints *list, int32_t axes, const char *name);
/* Of the axis among DENOISE__MAX_SPATIAL; `fallback` for missing axes and where the list is None. */
int64_t denoise__axis_value(const denoise__ints *list, int32_t axes, int32_t axis, int64_t fallback);

/* A window on one axis: output i reads input i * stride - before + j * dilation for j in 0 .. size - 1, where that exists. */
typedef struct denoise__window {
    int64_t input, output;
    int64_t size, stride, dilation;
    int64_t before; /* padding in front */
} denoise__window;

/* padding "valid", "same" (as TensorFlow does it: the odd one behind) or "causal". Of an unknown input comes an unknown output.
 * DENOISE_ERR_SHAPE: nothing would come out. */
denoise_status denoise__window_make(denoise__window *window, const char *padding);
/* The first j that reads an input for output i, and one past the last. */
void denoise__window_range(const denoise__window *window, int64_t i, int64_t *first, int64_t *end);
/* The first output whose window reads input i, and one past the last; of dilation 1. None: end is first. */
void denoise__window_outputs(const denoise__window *window, int64_t i, int64_t *first, int64_t *end);

/* (batch, channels, positions) to (batch, positions, channels) and back. */
void denoise__to_channels_last(const float *x, float *y, int64_t batch, int64_t positions, int64_t channels);
void denoise__to_channels_first(const float *x, float *y, int64_t batch, int64_t positions, int64_t channels);

#endif
