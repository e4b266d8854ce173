/* SPDX-License-Identifier: Apache-2.0 */
/* What batch and group normalization share: an array is (segments, rows, channels, inner), and each of the groups of channels
 * of a segment has a mean and a variance of its own. Batch normalization has one segment, the batch, and as many groups as
 * channels; group normalization a segment for each sample.
 *
 * Sums go in parts whose size follows from the shape alone: of so many rows where inner is 1, else of one row and channel.
 * Parts are added in ascending order, and all of it is double. The variance is taken in one pass about the first number of the
 * group: v = mean (x - x0)^2 - (mean (x - x0))^2. */
#ifndef DENOISE_LAYERS_CHANNELS_H
#define DENOISE_LAYERS_CHANNELS_H

#include "layers/scratch.h"
#include "tensor/shape.h"

typedef struct denoise__channels {
    int64_t segments, rows, channels, inner;
    int64_t groups;        /* of a segment */
    int64_t chunk, chunks; /* rows of a part; parts of a segment */
} denoise__channels;

/* A batch of samples whose axis `axis` is that of the channels: in one segment, or in as many as there are samples. groups -1:
 * one for each channel. */
denoise__channels denoise__channels_make(const denoise__shape *sample, int32_t axis, int64_t batch, bool is_one_segment,
                                         int64_t groups);

/* Of each group of each segment. The variance is single precision's, as the statistics are that it may go to. */
typedef struct denoise__moments {
    double *mean, *inverse; /* inverse: 1 / sqrt(variance + epsilon) */
    float *variance;
} denoise__moments;

/* Room for the steps below. */
typedef struct denoise__channel_work {
    double *parts;                 /* (segments, chunks, 2, channels) */
    float *shift, *scale, *offset; /* (segments, channels) each, as are gamma, mean and slope of the gradient */
    float *gamma, *mean, *slope;
} denoise__channel_work;

denoise__moments denoise__moments_take(const denoise__channels *c, denoise__room *room);
denoise__channel_work denoise__channel_work_take(const denoise__channels *c, denoise__room *room);

/* Of x itself. */
void denoise__channel_moments(const denoise__channels *c, const float *x, double epsilon, const denoise__channel_work *work,
                              const denoise__moments *moments);
/* y = (x - mean) inverse gamma + beta, and with `rectifies` then 0 where y <= 0; y may be x. Gamma and beta (channels): NULL =
 * ones and zeros, here and below. */
void denoise__channel_forward(const denoise__channels *c, const float *x, float *y, const denoise__moments *moments,
                              const float *gamma, const float *beta, const denoise__channel_work *work, bool rectifies);

/* y not NULL: it was rectified, and dy is first brought to `masked`, as 0 where y <= 0; masked may be dy. */
typedef struct denoise__channel_gradient {
    const float *dy, *x, *y;
    float *masked;
} denoise__channel_gradient;

/* Sums of dy and of dy (x - mean), which the next two read. */
void denoise__channel_sums(const denoise__channels *c, const denoise__channel_gradient *gradient,
                           const denoise__moments *moments, const denoise__channel_work *work);
/* One of them may be NULL. */
void denoise__channel_weight_gradients(const denoise__channels *c, const denoise__moments *moments,
                                       const denoise__channel_work *work, float *dgamma, float *dbeta);
/* dx = inverse (gamma dy - mean(gamma dy) - x^ mean(gamma dy x^)), x^ = (x - mean) inverse; dx may be dy. */
void denoise__channel_backward(const denoise__channels *c, const float *dy, const float *x, float *dx,
                               const denoise__moments *moments, const float *gamma, const denoise__channel_work *work);
/* dx = inverse gamma dy, where mean and variance are not those of x; dx may be dy. */
void denoise__channel_backward_constant(const denoise__channels *c, const float *dy, float *dx, const denoise__moments *moments,
                                        const float *gamma, const denoise__channel_work *work);

#endif
