/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Losses: how far predictions are from their targets, as one number with a gradient.
 *
 * A loss is a part (see denoise/layer.h): a constructor may return an inert loss, and the trainer adopts it. Formulas are
 * those of Keras on TensorFlow: where an output ends with sigmoid or softmax, the trainer computes any cross-entropy from the
 * values before it, which are the logits, whichever of the two it is. from_logits changes nothing there; compile warns of it in
 * the log. denoise_compile_options' `unfused` turns it off.
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
    const char *reduction;  /**< "sum_over_batch_size" (or "mean"), "sum", "mean_with_sample_weight" */
    double label_smoothing; /**< 0 .. 1; not for the sparse one */
    int32_t from_logits;    /**< 0; 1: predictions are logits; of no effect behind sigmoid or softmax */
} denoise_crossentropy_options;
/** Defaults. Since 0.1. */
#define DENOISE_CROSSENTROPY_OPTIONS_INIT                                                                                      \
    {                                                                                                                          \
        sizeof(denoise_crossentropy_options), "sum_over_batch_size", 0.0, 0                                                    \
    }
/**
 * Writes the defaults, for languages without macros. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_crossentropy_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_crossentropy_options_init_sized(denoise_crossentropy_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_crossentropy_options_init(options)                                                                             \
    denoise_crossentropy_options_init_sized((options), sizeof(denoise_crossentropy_options))

/**
 * Makes a loss by its name.
 * @param out owned by the caller until adopted; NULL on failure
 * @param name "mse", "mean_squared_error", "MeanSquaredError", ...; denoise_kind_name("loss", i) tells all
 * @param params settings by Keras' names ("reduction", "from_logits", ...); NULL = all defaults; not kept
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_NAME for an unknown name or setting; DENOISE_ERR_DTYPE,
 *         DENOISE_ERR_RANGE, DENOISE_ERR_INVALID for a setting of wrong type or value; DENOISE_ERR_UNSUPPORTED for an axis
 *         that is not the last or a class to ignore; DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_loss_create(denoise_loss **out, const char *name, const denoise_params *params);

/**
 * Binary cross-entropy: the mean over the last axis of -(t log p + (1 - t) log(1 - p)).
 *
 * Probabilities are clipped to [1e-7, 1 - 1e-7]; beyond the clip the gradient is zero. From logits z it is
 * max(z, 0) - z t + log(1 + e^-|z|) with gradient sigmoid(z) - t. Targets need not be 0 or 1. With label_smoothing s they
 * become t (1 - s) + s/2. Source: keras/src/losses/losses.py, keras/src/backend/tensorflow/nn.py.
 * @param options NULL = defaults
 * @return a loss, never NULL; inert if options are wrong or memory is out (see denoise_loss_status()). Since 0.1.
 */
DENOISE_API denoise_loss *denoise_loss_binary_crossentropy(const denoise_crossentropy_options *options);

/**
 * Categorical cross-entropy with one-hot targets: -sum t log q over the last axis.
 *
 * q is p divided by its sum, then clipped to [1e-7, 1 - 1e-7]. From logits z the gradient is softmax(z) - t, as in
 * TensorFlow also where the targets of a row do not sum to one. With label_smoothing s targets become
 * t (1 - s) + s / columns. Source: keras/src/losses/losses.py, keras/src/backend/tensorflow/nn.py.
 * @param options NULL = defaults
 * @return a loss, never NULL; inert if options are wrong or memory is out. Since 0.1.
 */
DENOISE_API denoise_loss *denoise_loss_categorical_crossentropy(const denoise_crossentropy_options *options);

/**
 * Categorical cross-entropy with whole-number labels, one per row: -log q[label].
 *
 * q is p clipped to [1e-7, 1 - 1e-7], then divided by its sum (on TensorFlow the order differs from that of the one-hot
 * form). Source: keras/src/backend/tensorflow/nn.py.
 * @param options NULL = defaults; label_smoothing must be 0
 * @return a loss, never NULL; inert if options are wrong or memory is out. Since 0.1.
 */
DENOISE_API denoise_loss *denoise_loss_sparse_categorical_crossentropy(const denoise_crossentropy_options *options);

/**
 * Mean squared error: the mean over the last axis of (p - t)^2.
 * @return a loss, never NULL; inert if memory is out. Since 0.1.
 */
DENOISE_API denoise_loss *denoise_loss_mean_squared_error(void);

/**
 * Mean absolute error: the mean over the last axis of |p - t|; its gradient is zero where p = t.
 * @return a loss, never NULL; inert if memory is out. Since 0.1.
 */
DENOISE_API denoise_loss *denoise_loss_mean_absolute_error(void);

/**
 * Keeps a loss for the caller, whoever adopts it: one denoise_loss_free() drops that reference; see denoise_layer_keep().
 * @param loss any loss; NULL is accepted. Since 0.2.
 */
DENOISE_API void denoise_loss_keep(denoise_loss *loss);
/**
 * Frees a loss that nothing has adopted; an adopted one is left to its owner.
 * @param loss NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_loss_free(denoise_loss *loss);

/**
 * Whether a loss is sound.
 * @param loss any loss
 * @return DENOISE_OK, or why it is inert; DENOISE_ERR_NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_status denoise_loss_status(const denoise_loss *loss);

/**
 * Why a loss is inert, in words.
 * @param loss any loss
 * @return borrowed from the loss; "" for a sound one; a text for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_loss_error(const denoise_loss *loss);

/**
 * The name: the "name" setting, else that of the kind, such as "binary_crossentropy".
 * @param loss any loss
 * @return borrowed from the loss; "" for an inert loss of no kind; "" for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_loss_name(const denoise_loss *loss);

/**
 * Computes a loss by itself.
 *
 * Rows are the elements of all axes but the last. Each row gives one number; with sample weights w and R rows the result is
 * sum(w row) / R ("sum_over_batch_size"), sum(w row) ("sum") or sum(w row) / sum(w) ("mean_with_sample_weight").
 * @param value the scalar; may be NULL; untouched on failure
 * @param gradient d value / d prediction, float32 of the prediction's shape, freed by the caller; may be NULL
 * @param loss a sound loss, adopted or not
 * @param target of any type and the prediction's shape, where a last axis of length 1 may be missing or too many; for the
 *               sparse loss one whole number 0 .. columns-1 per row
 * @param prediction (n, ..., columns), of any type, computed with as float32
 * @param sample_weight (n), or one weight per row; NULL = all 1
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_SHAPE with both shapes; DENOISE_ERR_RANGE for a label that is no class;
 *         DENOISE_ERR_NOMEM; the loss's own status if it is inert. Since 0.1.
 */
DENOISE_API denoise_status denoise_loss_compute(double *value, denoise_tensor **gradient, const denoise_loss *loss,
                                                const denoise_tensor *target, const denoise_tensor *prediction,
                                                const denoise_tensor *sample_weight);

#ifdef __cplusplus
}
#endif
#endif
