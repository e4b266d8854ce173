/* SPDX-License-Identifier: Apache-2.0 */
/* Batches for metrics, through the public API. */
#ifndef DENOISE_TESTS_METRIC_FEED_H
#define DENOISE_TESTS_METRIC_FEED_H

#include "metrics/metric.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>

static inline denoise_tensor *feed_tensor(int32_t dtype, const denoise__shape *shape, const void *data)
{
    denoise_tensor *tensor;
    assert_int_equal(denoise_tensor_from_data(&tensor, dtype, shape->dim, shape->rank, data), DENOISE_OK);
    return tensor;
}

/* One batch of float32 predictions (n, columns) and targets of any kind; weight (n) or NULL. */
static inline denoise_status feed(denoise_metric *metric, int32_t dtype, const denoise__shape *target_shape, const void *target,
                                  const denoise__shape *shape, const float *prediction, const float *weight)
{
    const denoise__shape samples = {1, {shape->dim[0]}};
    denoise_tensor *t = feed_tensor(dtype, target_shape, target), *p = feed_tensor(DENOISE_FLOAT32, shape, prediction);
    denoise_tensor *w = weight == NULL ? NULL : feed_tensor(DENOISE_FLOAT32, &samples, weight);
    denoise_status status = denoise_metric_update_state(metric, t, p, w);
    denoise_tensor_free(t);
    denoise_tensor_free(p);
    denoise_tensor_free(w);
    return status;
}

static inline void check_figure(const denoise_metric *metric, double expected, double tolerance)
{
    double value = -1;
    assert_int_equal(denoise_metric_result(&value, metric), DENOISE_OK);
    assert_true(fabs(value - expected) <= tolerance);
}

#endif
