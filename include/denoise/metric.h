/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Metrics: figures for people, accumulated over the batches of an epoch.
 *
 * A metric is a part (see denoise/layer.h); the trainer adopts it. "accuracy" becomes the binary, sparse or categorical
 * one by the shapes of target and prediction, as in Keras.
 */
#ifndef DENOISE_METRIC_H
#define DENOISE_METRIC_H

#include <denoise/params.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A metric. Since 0.1. */
typedef struct denoise_metric denoise_metric;

/** Makes a metric by its name ("acc", "SparseCategoricalAccuracy", "psnr", ...). @param out owned by the caller until adopted.
 * Since 0.1. */
DENOISE_API denoise_status denoise_metric_create(denoise_metric **out, const char *name, const denoise_params *params);
/** Accuracy, resolved by shape. Since 0.1. */
DENOISE_API denoise_metric *denoise_metric_accuracy(void);
/** Share of elements on the right side of a threshold (p > threshold). @param threshold Keras: 0.5. Since 0.1. */
DENOISE_API denoise_metric *denoise_metric_binary_accuracy(double threshold);
/** Share of rows whose greatest prediction is the greatest target. Since 0.1. */
DENOISE_API denoise_metric *denoise_metric_categorical_accuracy(void);
/** Share of rows whose greatest prediction is the label. Since 0.1. */
DENOISE_API denoise_metric *denoise_metric_sparse_categorical_accuracy(void);
/** Mean of squared differences. Since 0.1. */
DENOISE_API denoise_metric *denoise_metric_mean_squared_error(void);
/** Mean of absolute differences. Since 0.1. */
DENOISE_API denoise_metric *denoise_metric_mean_absolute_error(void);
/** Mean over images of 10 log10(max_value^2 / mse), as tf.image.psnr. @param height, width of the image. @param max_value 1 or
 * 255. Since 0.1. */
DENOISE_API denoise_metric *denoise_metric_psnr(int64_t height, int64_t width, double max_value);
/** Mean structural similarity (11x11 Gaussian window, sigma 1.5, k1 0.01, k2 0.03), as tf.image.ssim; images of at least 11x11.
 * Since 0.1. */
DENOISE_API denoise_metric *denoise_metric_ssim(int64_t height, int64_t width, double max_value);
/** Frees a metric that nothing has adopted. Since 0.1. */
DENOISE_API void denoise_metric_free(denoise_metric *metric);
/** Why a metric is inert, DENOISE_OK if it is not. Since 0.1. */
DENOISE_API denoise_status denoise_metric_status(const denoise_metric *metric);
/** The same in words; borrowed. Since 0.1. */
DENOISE_API const char *denoise_metric_error(const denoise_metric *metric);
/** The name in the logs: the parameter `name`; else a short name it was created by ("acc", "mse"), as in Keras; else the
 * kind's. @return borrowed; "" for NULL. Since 0.1. */
DENOISE_API const char *denoise_metric_name(const denoise_metric *metric);

/** Adds a batch to a metric that no trainer owns. @param sample_weight (n) or NULL. @return DENOISE_OK, DENOISE_ERR_NULL,
 * DENOISE_ERR_SHAPE, DENOISE_ERR_OWNED, DENOISE_ERR_NOMEM. Since 0.1. */
DENOISE_API denoise_status denoise_metric_update(denoise_metric *metric, const denoise_tensor *target,
                                                 const denoise_tensor *prediction, const denoise_tensor *sample_weight);
/** The figure over all batches since the last reset; 0 when there was none. Since 0.1. */
DENOISE_API denoise_status denoise_metric_compute(double *value, const denoise_metric *metric);
/** Forgets all batches. Since 0.1. */
DENOISE_API denoise_status denoise_metric_clear(denoise_metric *metric);

#ifdef __cplusplus
}
#endif
#endif
