/* SPDX-License-Identifier: Apache-2.0 */
/* Which targets fit which predictions. All shapes have the batch axis. */
#ifndef DENOISE_METRICS_METRIC_SHAPES_H
#define DENOISE_METRICS_METRIC_SHAPES_H

#include "metrics/metric.h"

/* Same shape, or one of them has one more axis of length 1 at its end (Keras' squeeze_or_expand_to_same_rank). */
denoise_status denoise__metric_check_same(const void *config, const denoise__shape *target, const denoise__shape *prediction);

/* Labels: the prediction's shape without its last axis, or with length 1 there. */
denoise_status denoise__metric_check_labels(const void *config, const denoise__shape *target, const denoise__shape *prediction);

/* Samples that are images of height x width values, in any shape. */
denoise_status denoise__metric_check_images(int64_t height, int64_t width, const denoise__shape *target,
                                            const denoise__shape *prediction);

#endif
