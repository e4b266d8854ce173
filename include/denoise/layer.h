/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Layers: what a model is made of.
 *
 * A layer is a *part*: its constructor returns the pointer at once, so that code reads like Keras. A constructor that
 * fails returns an inert layer, which carries the failure; the model that takes it reports it when it is built. The
 * sequential or graph that takes a layer adopts it: it frees the layer with itself, also when the taking failed. Until
 * then the caller owns it.
 */
#ifndef DENOISE_LAYER_H
#define DENOISE_LAYER_H

#include <denoise/params.h>
#include <denoise/status.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A layer. Since 0.1. */
typedef struct denoise_layer denoise_layer;

/** Optional settings of denoise_layer_dense(); defaults are Keras'. Since 0.1. */
typedef struct denoise_dense_options {
    int64_t struct_size;            /**< sizeof(denoise_dense_options) */
    const char *name;               /**< NULL = automatic: "dense", "dense_1", ... */
    const char *kernel_initializer; /**< "glorot_uniform" */
    const char *bias_initializer;   /**< "zeros" */
    const char *kernel_regularizer; /**< NULL = None; "l2", "l2(0.001)", "l1(l1=0.01)" */
    const char *bias_regularizer;   /**< NULL = None */
    int32_t use_bias;               /**< 1 */
    int32_t trainable;              /**< 1 */
} denoise_dense_options;
/** Defaults of denoise_dense_options. Since 0.1. */
#define DENOISE_DENSE_OPTIONS_INIT                                                                                             \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_dense_options), NULL, "glorot_uniform", "zeros", NULL, NULL, 1, 1                              \
    }
/** Writes DENOISE_DENSE_OPTIONS_INIT, for languages without macros. @param options not NULL. Since 0.1. */
DENOISE_API void denoise_dense_options_init(denoise_dense_options *options);

/**
 * Makes a layer by its name.
 * @param out the new layer, NULL on failure; owned by the caller until something adopts it
 * @param name "dense", "Dense", ...; denoise_kind_name("layer", i) lists them
 * @param params its parameters, copied; NULL = all defaults
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NAME, DENOISE_ERR_RANGE, DENOISE_ERR_DTYPE, DENOISE_ERR_INVALID,
 *         DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_layer_create(denoise_layer **out, const char *name, const denoise_params *params);

/**
 * The entry of a model: shape of one sample, without the batch axis.
 * @param shape lengths >= 1
 * @param rank 0 .. 7
 * @param name NULL = automatic ("input_layer")
 * @return the layer, possibly inert. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_input(const int64_t *shape, int32_t rank, const char *name);

/**
 * y = activation(x . kernel + bias) on the last axis.
 * @param units length of the new last axis, >= 1
 * @param activation "relu", "elu(alpha=0.5)", ...; NULL = linear
 * @param options NULL = Keras' defaults
 * @return the layer, possibly inert; weights: kernel (inputs, units), bias (units). Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_dense(int64_t units, const char *activation, const denoise_dense_options *options);

/** y = activation(x). @param activation as for the dense layer, not NULL. @param name NULL = automatic. Since 0.1. */
DENOISE_API denoise_layer *denoise_layer_activation(const char *activation, const char *name);

/** One sample becomes one row. @param name NULL = automatic. Since 0.1. */
DENOISE_API denoise_layer *denoise_layer_flatten(const char *name);

/** Another shape of one sample. @param shape lengths, one may be -1. @param rank 0 .. 7. @param name NULL = automatic. Since
 * 0.1. */
DENOISE_API denoise_layer *denoise_layer_reshape(const int64_t *shape, int32_t rank, const char *name);

/** In training sets a share of its input to zero and scales the rest by 1/(1-rate). @param rate 0 .. 1. @param name NULL =
 * automatic. Since 0.1. */
DENOISE_API denoise_layer *denoise_layer_dropout(double rate, const char *name);

/** In training adds normal noise. @param stddev 0 .. 1, as in Keras. @param name NULL = automatic. Since 0.1. */
DENOISE_API denoise_layer *denoise_layer_gaussian_noise(double stddev, const char *name);

/** y = x * scale + offset. @param name NULL = automatic. Since 0.1. */
DENOISE_API denoise_layer *denoise_layer_rescaling(double scale, double offset, const char *name);

/** Sum of two or more inputs of one shape (lengths of 1 are broadcast). @param name NULL = automatic. Since 0.1. */
DENOISE_API denoise_layer *denoise_layer_add(const char *name);

/** Joins inputs along an axis. @param axis counted with the batch axis, which is 0; negative from the end (Keras: -1). @param
 * name NULL = automatic. Since 0.1. */
DENOISE_API denoise_layer *denoise_layer_concatenate(int32_t axis, const char *name);

/** Frees a layer that nothing has adopted. @param layer NULL is accepted. Since 0.1. */
DENOISE_API void denoise_layer_free(denoise_layer *layer);

/** What went wrong when the layer was made. @return DENOISE_OK for a sound layer. Since 0.1. */
DENOISE_API denoise_status denoise_layer_status(const denoise_layer *layer);
/** The same in words. @return borrowed, "" for a sound layer. Since 0.1. */
DENOISE_API const char *denoise_layer_error(const denoise_layer *layer);
/** The name; "" while it is automatic and nothing has adopted the layer. @return borrowed. Since 0.1. */
DENOISE_API const char *denoise_layer_name(const denoise_layer *layer);
/** Keras' class name, "Dense". @return static; "" for NULL. Since 0.1. */
DENOISE_API const char *denoise_layer_class_name(const denoise_layer *layer);
/** The parameters (Keras' get_config). @param out freed by the caller. Since 0.1. */
DENOISE_API denoise_status denoise_layer_params(denoise_params **out, const denoise_layer *layer);

/** Whether training changes the weights. @return 0 or 1. Since 0.1. */
DENOISE_API int32_t denoise_layer_trainable(const denoise_layer *layer);
/** Freezes (0) or frees (1) the weights; seen by the next compile, as in Keras. Since 0.1. */
DENOISE_API denoise_status denoise_layer_set_trainable(denoise_layer *layer, int32_t trainable);

/** Number of weights; 0 before the layer knows its input. Since 0.1. */
DENOISE_API int32_t denoise_layer_weight_count(const denoise_layer *layer);
/** Name of a weight, "kernel". @return borrowed; NULL out of range. Since 0.1. */
DENOISE_API const char *denoise_layer_weight_name(const denoise_layer *layer, int32_t index);
/** A copy of a weight. @param out freed by the caller. @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE,
 * DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM. Since 0.1. */
DENOISE_API denoise_status denoise_layer_get_weight(denoise_tensor **out, const denoise_layer *layer, int32_t index);
/** Sets a weight from a tensor of its shape. @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_SHAPE,
 * DENOISE_ERR_BUSY. Since 0.1. */
DENOISE_API denoise_status denoise_layer_set_weight(denoise_layer *layer, int32_t index, const denoise_tensor *value);
/** Number of elements of all weights. Since 0.1. */
DENOISE_API int64_t denoise_layer_count_params(const denoise_layer *layer);

#ifdef __cplusplus
}
#endif
#endif
