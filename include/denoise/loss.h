/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Losses: how far predictions are from their targets, as one number with a gradient.
 *
 * A loss is a part (see denoise/layer.h): a constructor may return an inert loss, and the trainer adopts it. Formulas are
 * those of Keras on TensorFlow. Where the last layer ends with the sigmoid or softmax that a cross-entropy belongs to, the
 * trainer computes both together from the logits.
 */
#ifndef DENOISE_LOSS_H
#define DENOISE_LOSS_H

#include <denoise/params.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A loss. Since 0.1. */
typedef struct denoise_loss denoise_loss;

/** Optional settings of the cross-entropies. Since 0.1. */
typedef struct denoise_crossentropy_options {
    int64_t struct_size;    /**< sizeof(denoise_crossentropy_options) */
    const char *reduction;  /**< "sum_over_batch_size", "sum" or "mean_with_sample_weight" */
    double label_smoothing; /**< 0 .. 1; not for the sparse one */
    int32_t from_logits;    /**< 0; 1: predictions are logits */
} denoise_crossentropy_options;
/** Defaults. Since 0.1. */
#define DENOISE_CROSSENTROPY_OPTIONS_INIT                                                                                      \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_crossentropy_options), "sum_over_batch_size", 0.0, 0                                           \
    }
/** Writes the defaults, for languages without macros. Since 0.1. */
DENOISE_API void denoise_crossentropy_options_init(denoise_crossentropy_options *options);

/** Makes a loss by its name ("mse", "BinaryCrossentropy", ...). @param out owned by the caller until adopted. Since 0.1. */
DENOISE_API denoise_status denoise_loss_create(denoise_loss **out, const char *name, const denoise_params *params);
/** -(t log p + (1 - t) log(1 - p)), mean over the last axis; p clipped to [1e-7, 1 - 1e-7]. @param options NULL = defaults.
 * Since 0.1. */
DENOISE_API denoise_loss *denoise_loss_binary_crossentropy(const denoise_crossentropy_options *options);
/** -sum t log p over the last axis, p normalised and clipped; one-hot targets. Since 0.1. */
DENOISE_API denoise_loss *denoise_loss_categorical_crossentropy(const denoise_crossentropy_options *options);
/** The same with whole-number labels. Since 0.1. */
DENOISE_API denoise_loss *denoise_loss_sparse_categorical_crossentropy(const denoise_crossentropy_options *options);
/** (p - t)^2, mean over the last axis. Since 0.1. */
DENOISE_API denoise_loss *denoise_loss_mean_squared_error(void);
/** |p - t|, mean over the last axis. Since 0.1. */
DENOISE_API denoise_loss *denoise_loss_mean_absolute_error(void);
/** Frees a loss that nothing has adopted. Since 0.1. */
DENOISE_API void denoise_loss_free(denoise_loss *loss);
/** Why a loss is inert, DENOISE_OK if it is not. Since 0.1. */
DENOISE_API denoise_status denoise_loss_status(const denoise_loss *loss);
/** The same in words; borrowed. Since 0.1. */
DENOISE_API const char *denoise_loss_error(const denoise_loss *loss);
/** The name; borrowed. Since 0.1. */
DENOISE_API const char *denoise_loss_name(const denoise_loss *loss);

/**
 * Computes a loss by itself.
 * @param value the scalar; may be NULL
 * @param gradient d loss / d prediction, float32 of the prediction's shape, freed by the caller; may be NULL
 * @param loss a sound loss
 * @param target (n, ...) as the loss wants it
 * @param prediction (n, ..., columns)
 * @param sample_weight (n) or NULL
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_SHAPE, DENOISE_ERR_RANGE for a label that is no class, DENOISE_ERR_NOMEM.
 * Since 0.1.
 */
DENOISE_API denoise_status denoise_loss_compute(double *value, denoise_tensor **gradient, const denoise_loss *loss,
                                                const denoise_tensor *target, const denoise_tensor *prediction,
                                                const denoise_tensor *sample_weight);

#ifdef __cplusplus
}
#endif
#endif
