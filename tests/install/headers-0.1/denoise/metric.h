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

/**
 * Makes a metric by its name.
 * @param out the new metric, NULL on failure; owned by the caller until a trainer adopts it
 * @param name a kind ("psnr"), Keras' class ("SparseCategoricalAccuracy") or a short name ("acc", "mse")
 * @param params its parameters, copied; NULL = all defaults; `name` among them is the name in the logs
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_NAME for an unknown kind or parameter; DENOISE_ERR_DTYPE,
 *         DENOISE_ERR_RANGE or DENOISE_ERR_INVALID for a wrong or missing value; DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_metric_create(denoise_metric **out, const char *name, const denoise_params *params);
/**
 * Accuracy. Binary where the prediction's last axis has length 1; sparse where the target has fewer axes or a last axis of
 * length 1; else categorical. Source: keras/src/trainers/compile_utils.py.
 * @return the metric, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_metric *denoise_metric_accuracy(void);
/**
 * Share of elements for which (prediction > threshold) equals the target.
 * @param threshold finite; Keras: 0.5
 * @return the metric, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_metric *denoise_metric_binary_accuracy(double threshold);
/**
 * Share of rows whose greatest prediction is where the greatest target is; of several the first counts.
 * @return the metric, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_metric *denoise_metric_categorical_accuracy(void);
/**
 * Share of rows whose greatest prediction is at the label.
 * @return the metric, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_metric *denoise_metric_sparse_categorical_accuracy(void);
/**
 * Mean of squared differences.
 * @return the metric, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_metric *denoise_metric_mean_squared_error(void);
/**
 * Mean of absolute differences.
 * @return the metric, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_metric *denoise_metric_mean_absolute_error(void);
/**
 * Peak signal-to-noise ratio in decibels, 10 log10(max_value^2 / mse), its mean over the images. Source: tf.image.psnr.
 * A sample of any shape with height * width values is an image; equal images give infinity.
 * @param height rows of an image, 1 .. 2^24
 * @param width columns of an image, 1 .. 2^24
 * @param max_value greatest possible value less the least, > 0: 1 or 255
 * @return the metric, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_metric *denoise_metric_psnr(int64_t height, int64_t width, double max_value);
/**
 * Structural similarity, its mean over the images; 1 = equal. Source: tf.image.ssim (window 11 x 11, Gaussian of sigma 1.5,
 * k1 0.01, k2 0.03, windows that lie wholly in the image). A sample of any shape with height * width values is an image.
 * @param height rows of an image, 11 .. 2^24
 * @param width columns of an image, 11 .. 2^24
 * @param max_value greatest possible value less the least, > 0: 1 or 255
 * @return the metric, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_metric *denoise_metric_ssim(int64_t height, int64_t width, double max_value);
/**
 * Frees a metric that nothing has adopted.
 * @param metric NULL is accepted; while an adopted metric is readable, freeing it does nothing. Since 0.1.
 */
DENOISE_API void denoise_metric_free(denoise_metric *metric);
/**
 * Why a metric is inert.
 * @param metric any metric
 * @return DENOISE_OK for a sound metric, DENOISE_ERR_NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_status denoise_metric_status(const denoise_metric *metric);
/**
 * The same in words.
 * @param metric any metric
 * @return borrowed from the metric; "" for a sound one; a text for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_metric_error(const denoise_metric *metric);
/**
 * The name in the logs: the parameter `name`; else the short name it was created by ("acc", "mse"), as in Keras; else the
 * kind's.
 * @param metric any metric
 * @return borrowed from the metric; "" for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_metric_name(const denoise_metric *metric);

/**
 * Adds a batch to a metric that no trainer owns.
 * @param metric a sound metric
 * @param target of the prediction's shape (one more axis of length 1 at the end of either is accepted); for sparse accuracy
 *        whole-number labels, one per row of the prediction's last axis
 * @param prediction (n, ...) of any element type
 * @param sample_weight (n), a weight for each sample; NULL = all 1
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_SHAPE; DENOISE_ERR_RANGE for a label that is no whole number;
 *         DENOISE_ERR_OWNED; DENOISE_ERR_NOMEM; the failure of an inert metric. On failure nothing is added. Since 0.1.
 */
DENOISE_API denoise_status denoise_metric_update(denoise_metric *metric, const denoise_tensor *target,
                                                 const denoise_tensor *prediction, const denoise_tensor *sample_weight);
/**
 * The figure over all batches since the last clearing: sum of weighted values / sum of weights.
 * @param value the figure; 0 when nothing was added
 * @param metric a sound metric
 * @return DENOISE_OK, DENOISE_ERR_NULL, the failure of an inert metric. Since 0.1.
 */
DENOISE_API denoise_status denoise_metric_compute(double *value, const denoise_metric *metric);
/**
 * Forgets all batches.
 * @param metric a sound metric that no trainer owns
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_OWNED, the failure of an inert metric. Since 0.1.
 */
DENOISE_API denoise_status denoise_metric_clear(denoise_metric *metric);

#ifdef __cplusplus
}
#endif
#endif
