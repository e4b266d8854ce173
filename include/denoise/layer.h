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
    const char *kernel_constraint;  /**< NULL = None; "max_norm(2)", "non_neg" (denoise/constraint.h). Since 0.2 */
    const char *bias_constraint;    /**< NULL = None. Since 0.2 */
} denoise_dense_options;
/** Defaults of denoise_dense_options. Since 0.1. */
#define DENOISE_DENSE_OPTIONS_INIT                                                                                             \
    {                                                                                                                          \
        sizeof(denoise_dense_options), NULL, "glorot_uniform", "zeros", NULL, NULL, 1, 1, NULL, NULL                           \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_dense_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_dense_options_init_sized(denoise_dense_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_dense_options_init(options) denoise_dense_options_init_sized((options), sizeof(denoise_dense_options))

/** Optional settings of denoise_layer_batch_normalization(); defaults are Keras'. Since 0.2. */
typedef struct denoise_batch_normalization_options {
    int64_t struct_size;                     /**< sizeof(denoise_batch_normalization_options) */
    const char *name;                        /**< NULL = automatic: "batch_normalization", ... */
    double momentum;                         /**< 0.99: share of a moving statistic that a step keeps; 0 .. 1 */
    double epsilon;                          /**< 0.001, added to the variance */
    const char *beta_initializer;            /**< "zeros" */
    const char *gamma_initializer;           /**< "ones" */
    const char *beta_regularizer;            /**< NULL = None; "l2(0.001)" */
    const char *gamma_regularizer;           /**< NULL = None */
    const char *beta_constraint;             /**< NULL = None; "max_norm(2)" */
    const char *gamma_constraint;            /**< NULL = None */
    const char *moving_mean_initializer;     /**< "zeros" */
    const char *moving_variance_initializer; /**< "ones" */
    int32_t axis;                            /**< -1: of the channels, counted with the batch axis, which is 0 */
    int32_t center;                          /**< 1: beta is added */
    int32_t scale;                           /**< 1: is multiplied by gamma */
    int32_t trainable;                       /**< 1; 0: frozen, and in training as outside of it */
} denoise_batch_normalization_options;
/** Defaults of denoise_batch_normalization_options. Since 0.2. */
#define DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT                                                                               \
    {                                                                                                                          \
        sizeof(denoise_batch_normalization_options), NULL, 0.99, 0.001, "zeros", "ones", NULL, NULL, NULL, NULL, "zeros",      \
            "ones", -1, 1, 1, 1                                                                                                \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_batch_normalization_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_batch_normalization_options_init_sized(denoise_batch_normalization_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_batch_normalization_options_init(options)                                                                      \
    denoise_batch_normalization_options_init_sized((options), sizeof(denoise_batch_normalization_options))

/** Optional settings of denoise_layer_layer_normalization(); defaults are Keras'. Since 0.2. */
typedef struct denoise_layer_normalization_options {
    int64_t struct_size;           /**< sizeof(denoise_layer_normalization_options) */
    const char *name;              /**< NULL = automatic: "layer_normalization", ... */
    const int64_t *axes;           /**< counted with the batch axis, which is 0; NULL = the last one */
    double epsilon;                /**< 0.001, added to the variance */
    const char *beta_initializer;  /**< "zeros" */
    const char *gamma_initializer; /**< "ones" */
    const char *beta_regularizer;  /**< NULL = None; "l2(0.001)" */
    const char *gamma_regularizer; /**< NULL = None */
    const char *beta_constraint;   /**< NULL = None; "max_norm(2)" */
    const char *gamma_constraint;  /**< NULL = None */
    int32_t axis_count;            /**< of axes; 0 for NULL */
    int32_t center;                /**< 1: beta is added */
    int32_t scale;                 /**< 1: is multiplied by gamma */
    int32_t trainable;             /**< 1 */
} denoise_layer_normalization_options;
/** Defaults of denoise_layer_normalization_options. Since 0.2. */
#define DENOISE_LAYER_NORMALIZATION_OPTIONS_INIT                                                                               \
    {                                                                                                                          \
        sizeof(denoise_layer_normalization_options), NULL, NULL, 0.001, "zeros", "ones", NULL, NULL, NULL, NULL, 0, 1, 1, 1    \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_layer_normalization_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_layer_normalization_options_init_sized(denoise_layer_normalization_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_layer_normalization_options_init(options)                                                                      \
    denoise_layer_normalization_options_init_sized((options), sizeof(denoise_layer_normalization_options))

/** Optional settings of denoise_layer_group_normalization(); defaults are Keras'. Since 0.2. */
typedef struct denoise_group_normalization_options {
    int64_t struct_size;           /**< sizeof(denoise_group_normalization_options) */
    const char *name;              /**< NULL = automatic: "group_normalization", ... */
    double epsilon;                /**< 0.001, added to the variance */
    const char *beta_initializer;  /**< "zeros" */
    const char *gamma_initializer; /**< "ones" */
    const char *beta_regularizer;  /**< NULL = None; "l2(0.001)" */
    const char *gamma_regularizer; /**< NULL = None */
    const char *beta_constraint;   /**< NULL = None; "max_norm(2)" */
    const char *gamma_constraint;  /**< NULL = None */
    int32_t axis;                  /**< -1: of the channels, counted with the batch axis, which is 0 */
    int32_t center;                /**< 1: beta is added */
    int32_t scale;                 /**< 1: is multiplied by gamma */
    int32_t trainable;             /**< 1 */
} denoise_group_normalization_options;
/** Defaults of denoise_group_normalization_options. Since 0.2. */
#define DENOISE_GROUP_NORMALIZATION_OPTIONS_INIT                                                                               \
    {                                                                                                                          \
        sizeof(denoise_group_normalization_options), NULL, 0.001, "zeros", "ones", NULL, NULL, NULL, NULL, -1, 1, 1, 1         \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_group_normalization_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_group_normalization_options_init_sized(denoise_group_normalization_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_group_normalization_options_init(options)                                                                      \
    denoise_group_normalization_options_init_sized((options), sizeof(denoise_group_normalization_options))

/**
 * Makes a layer by its name.
 * @param out the new layer, NULL on failure; owned by the caller until something adopts it
 * @param name a kind ("dense"), Keras' class ("Dense") or a short name; denoise_kind_name("layer", i) lists the kinds
 * @param params its parameters under Keras' names, copied; NULL = all defaults; denoise_kind_param() describes them
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_NAME for an unknown kind or parameter; DENOISE_ERR_DTYPE for a value of
 *         the wrong type; DENOISE_ERR_RANGE for one out of bounds; DENOISE_ERR_INVALID for one that is missing or does not
 *         go with the others; DENOISE_ERR_SYNTAX for a text such as "l2(" that names no kind; DENOISE_ERR_UNSUPPORTED;
 *         DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_layer_create(denoise_layer **out, const char *name, const denoise_params *params);

/**
 * The entry of a model.
 * @param shape rank lengths >= 1, the shape of one sample without the batch axis; -1: any length, Keras' None, which each
 * call's data tell (docs/sizes.md); copied; may be NULL when rank is 0
 * @param rank 0 .. 7
 * @param name copied; NULL = automatic: "input_layer", "input_layer_1", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_input(const int64_t *shape, int32_t rank, const char *name);

/**
 * Fully connected: y = activation(x . kernel + bias) on the last axis; all axes before it are kept.
 * Weights: kernel (inputs, units), then bias (units) unless use_bias is 0. Source: keras/src/layers/core/dense.py.
 * @param units length of the new last axis, >= 1
 * @param activation "relu", "elu(alpha=0.5)", ...; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_dense(int64_t units, const char *activation, const denoise_dense_options *options);

/**
 * A function of each element (or, for softmax, of each row of the last axis).
 * @param activation as for the dense layer; NULL makes the layer inert
 * @param name copied; NULL = automatic: "activation", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_activation(const char *activation, const char *name);

/** Optional settings of denoise_layer_relu(); defaults are Keras'. Since 0.2. */
typedef struct denoise_relu_options {
    int64_t struct_size;   /**< sizeof(denoise_relu_options) */
    const char *name;      /**< NULL = automatic: "re_lu", "re_lu_1", ... */
    double max_value;      /**< greatest result, >= 0; DENOISE_NAN = None, no limit */
    double negative_slope; /**< 0.0, >= 0 */
    double threshold;      /**< 0.0, >= 0 */
} denoise_relu_options;
/** Defaults of denoise_relu_options. Since 0.2. */
#define DENOISE_RELU_OPTIONS_INIT                                                                                              \
    {                                                                                                                          \
        sizeof(denoise_relu_options), NULL, DENOISE_NAN, 0.0, 0.0                                                              \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_relu_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_relu_options_init_sized(denoise_relu_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_relu_options_init(options) denoise_relu_options_init_sized((options), sizeof(denoise_relu_options))

/**
 * The rectified linear unit: x above the threshold, negative_slope (x - threshold) up to it, at most max_value.
 * Source: keras/src/layers/activations/relu.py.
 * @param options NULL = Keras' defaults, max(x, 0); read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_relu(const denoise_relu_options *options);

/**
 * x above zero, negative_slope x below. Source: keras/src/layers/activations/leaky_relu.py.
 * @param negative_slope >= 0; Keras' default is 0.3, that of the activation of this name 0.2
 * @param name copied; NULL = automatic: "leaky_re_lu", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_leaky_relu(double negative_slope, const char *name);

/**
 * The exponential linear unit: x above zero, alpha (e^x - 1) below. Source: keras/src/layers/activations/elu.py.
 * @param alpha >= 0; Keras' default is 1.0
 * @param name copied; NULL = automatic: "elu", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_elu(double alpha, const char *name);

/** Optional settings of denoise_layer_prelu(); defaults are Keras'. Since 0.2. */
typedef struct denoise_prelu_options {
    int64_t struct_size;           /**< sizeof(denoise_prelu_options) */
    const char *name;              /**< NULL = automatic: "p_re_lu", "p_re_lu_1", ... */
    const char *alpha_initializer; /**< "zeros" */
    const char *alpha_regularizer; /**< NULL = None; "l2", "l2(0.001)", "l1(l1=0.01)" */
    const char *alpha_constraint;  /**< NULL = None; "non_neg", "max_norm(2)" */
    const int64_t *shared_axes;    /**< NULL = None; axes along which alpha is the same, 1 = the first one of a sample */
    int64_t shared_axis_count;     /**< 0 .. 7 */
    int32_t trainable;             /**< 1 */
} denoise_prelu_options;
/** Defaults of denoise_prelu_options. Since 0.2. */
#define DENOISE_PRELU_OPTIONS_INIT                                                                                             \
    {                                                                                                                          \
        sizeof(denoise_prelu_options), NULL, "zeros", NULL, NULL, NULL, 0, 1                                                   \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_prelu_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_prelu_options_init_sized(denoise_prelu_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_prelu_options_init(options) denoise_prelu_options_init_sized((options), sizeof(denoise_prelu_options))

/**
 * x above zero, alpha x below, where alpha is trained: an array of the shape of a sample, with length 1 for each shared axis.
 * Behind a convolution of pictures shared_axes = {1, 2} gives each channel one alpha. Source:
 * keras/src/layers/activations/prelu.py.
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_prelu(const denoise_prelu_options *options);

/**
 * e^x / sum e^x along an axis; denoise_layer_create() also takes a list of axes. Source:
 * keras/src/layers/activations/softmax.py.
 * @param axis counted with the batch axis, which is 0 and cannot be taken; negative from the end (Keras: -1)
 * @param name copied; NULL = automatic: "softmax", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_softmax(int32_t axis, const char *name);

/**
 * One sample becomes one row: shape (a, b, c) becomes (a b c), a single number becomes (1).
 * @param name copied; NULL = automatic: "flatten", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_flatten(const char *name);

/**
 * Another shape of one sample; the order of the elements stays.
 * @param shape rank lengths >= 1 without the batch axis; one may be -1 and follows from the size; copied; may be NULL when rank
 *        is 0
 * @param rank 0 .. 7
 * @param name copied; NULL = automatic: "reshape", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_reshape(const int64_t *shape, int32_t rank, const char *name);

/**
 * In training sets each element to zero with probability rate and scales the others by 1 / (1 - rate); else does nothing.
 * Source: keras/src/layers/regularization/dropout.py.
 * @param rate 0 .. 1
 * @param name copied; NULL = automatic: "dropout", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_dropout(double rate, const char *name);

/**
 * Dropout of whole channels of (steps, channels): in training a channel of a sample is zero in all places with probability
 * rate, and else scaled by 1 / (1 - rate). Source: keras/src/layers/regularization/spatial_dropout.py.
 * @param rate 0 .. 1
 * @param name copied; NULL = automatic: "spatial_dropout1d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_spatial_dropout1d(double rate, const char *name);
/**
 * The same for (rows, columns, channels).
 * @param rate 0 .. 1
 * @param data_format "channels_last", or "channels_first" for (channels, rows, columns); NULL = "channels_last"
 * @param name copied; NULL = automatic: "spatial_dropout2d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_spatial_dropout2d(double rate, const char *data_format, const char *name);
/**
 * The same for (planes, rows, columns, channels).
 * @param rate 0 .. 1
 * @param data_format "channels_last", or "channels_first" for (channels, planes, rows, columns); NULL = "channels_last"
 * @param name copied; NULL = automatic: "spatial_dropout3d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_spatial_dropout3d(double rate, const char *data_format, const char *name);

/**
 * Each channel to mean 0 and variance 1, then scaled and shifted: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
 *
 * In training mean and (biased) variance are those of the batch, over all axes but that of the channels, and the moving ones
 * follow them: moving = moving momentum + batch (1 - momentum). In prediction and evaluation, and while the layer is frozen,
 * the moving ones are taken and stay. Weights, each (channels): gamma unless scale is 0, beta unless center is 0, moving_mean,
 * moving_variance. Source: keras/src/layers/normalization/batch_normalization.py; its renorm does not exist here.
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_batch_normalization(const denoise_batch_normalization_options *options);

/**
 * Each row to mean 0 and (biased) variance 1, then scaled and shifted; a row is what differs in the axes alone, by default what
 * lies along the last axis. Weights, of the axes' lengths: gamma unless scale is 0, beta unless center is 0.
 * Source: keras/src/layers/normalization/layer_normalization.py.
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_layer_normalization(const denoise_layer_normalization_options *options);

/**
 * Groups of neighbouring channels of each sample to mean 0 and (biased) variance 1, over all other axes too; then each channel
 * is scaled and shifted. Weights, each (channels): gamma unless scale is 0, beta unless center is 0. Source:
 * keras/src/layers/normalization/group_normalization.py.
 * @param groups a divisor of the number of channels; -1 = as many (instance normalization); Keras' default is 32
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_group_normalization(int64_t groups,
                                                             const denoise_group_normalization_options *options);

/**
 * Each row divided by the root of its mean square: y = scale x / sqrt(mean(x^2) + epsilon). Weight: scale, of the axes'
 * lengths. Source: keras/src/layers/normalization/rms_normalization.py.
 * @param axes the last ones of the input, counted with the batch axis, which is 0; copied; NULL = the last one
 * @param axis_count of axes, 0 for NULL
 * @param epsilon finite; Keras' default is 1e-6
 * @param name copied; NULL = automatic: "rms_normalization", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_rms_normalization(const int64_t *axes, int32_t axis_count, double epsilon,
                                                           const char *name);

/**
 * Each row divided by its Euclidean norm, or multiplied by 1e12 where the norm is less than 1e-12.
 * Source: keras/src/layers/normalization/unit_normalization.py.
 * @param axes of a row, counted with the batch axis, which is 0; copied; NULL = the last one
 * @param axis_count of axes, 0 for NULL
 * @param name copied; NULL = automatic: "unit_normalization", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_unit_normalization(const int64_t *axes, int32_t axis_count, const char *name);

/**
 * In training adds normal noise of mean 0; else does nothing. Source: keras/src/layers/regularization/gaussian_noise.py.
 * @param stddev 0 .. 1, as in Keras
 * @param name copied; NULL = automatic: "gaussian_noise", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_gaussian_noise(double stddev, const char *name);

/**
 * y = x * scale + offset, in single precision.
 * @param scale finite; 1.0 / 255 brings bytes to 0 to 1
 * @param offset finite
 * @param name copied; NULL = automatic: "rescaling", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_rescaling(double scale, double offset, const char *name);

/**
 * Sum of its inputs, which have one shape; lengths of 1 and missing axes in front are broadcast, the batch axis is not.
 * @param name copied; NULL = automatic: "add", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_add(const char *name);

/**
 * Joins its inputs along an axis; all other lengths must be equal.
 * @param axis counted with the batch axis, which is 0 and cannot be joined; negative from the end (Keras: -1)
 * @param name copied; NULL = automatic: "concatenate", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_layer_concatenate(int32_t axis, const char *name);

/**
 * Keeps a layer for the caller, whoever adopts it: for bindings, whose garbage collector frees in any order.
 *
 * From then on the caller has a reference of its own, which no owner takes over: one denoise_layer_free() drops it, whether the
 * layer was adopted or not, before or after its owner went. Each further call adds a reference. docs/ownership.md has the
 * whole rule, which is the same for layers, losses, metrics, optimizers and callbacks.
 * @param layer any layer, new or borrowed from what holds it; NULL is accepted. Since 0.2.
 */
DENOISE_API void denoise_layer_keep(denoise_layer *layer);
/**
 * Frees a layer that nothing has adopted.
 * @param layer NULL is accepted; while an adopted layer is readable, freeing it does nothing. Since 0.1.
 */
DENOISE_API void denoise_layer_free(denoise_layer *layer);

/**
 * What went wrong when the layer was made.
 * @param layer any layer
 * @return DENOISE_OK for a sound layer, DENOISE_ERR_NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_status denoise_layer_status(const denoise_layer *layer);
/**
 * The same in words.
 * @param layer any layer
 * @return borrowed from the layer; "" for a sound one; a text for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_layer_error(const denoise_layer *layer);
/**
 * The name in its model.
 * @param layer any layer
 * @return borrowed from the layer; "" while the name is automatic and nothing has adopted the layer; "" for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_layer_name(const denoise_layer *layer);
/**
 * Keras' class name, such as "Dense".
 * @param layer any layer
 * @return static; "" where the kind is unknown; "" for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_layer_class_name(const denoise_layer *layer);
/**
 * The parameters as they are now (Keras' get_config); denoise_layer_create() makes an equal layer from them.
 * @param out the parameters, NULL on failure; freed by the caller with denoise_params_free()
 * @param layer a sound layer
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOMEM, the failure of an inert layer. Since 0.1.
 */
DENOISE_API denoise_status denoise_layer_params(denoise_params **out, const denoise_layer *layer);

/**
 * Whether training changes the weights.
 * @param layer any layer
 * @return 0 or 1; 0 for NULL and for an inert layer. Since 0.1.
 */
DENOISE_API int32_t denoise_layer_trainable(const denoise_layer *layer);
/**
 * Freezes or frees the weights; seen by the next compile, as in Keras.
 * @param layer a sound layer
 * @param trainable 0 = freeze
 * @return DENOISE_OK, DENOISE_ERR_NULL, the failure of an inert layer. Since 0.1.
 */
DENOISE_API denoise_status denoise_layer_set_trainable(denoise_layer *layer, int32_t trainable);

/**
 * Number of weights, such as 2 for kernel and bias.
 * @param layer any layer
 * @return 0 for NULL, and before the layer was applied to an input. Since 0.1.
 */
DENOISE_API int32_t denoise_layer_weight_count(const denoise_layer *layer);
/**
 * Name of a weight, such as "kernel".
 * @param layer any layer
 * @param index 0 .. count-1, in Keras' order
 * @return borrowed from the layer; NULL out of range; NULL for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_layer_weight_name(const denoise_layer *layer, int32_t index);
/**
 * A copy of a weight.
 * @param out float32 tensor, NULL on failure; freed by the caller with denoise_tensor_free()
 * @param layer a layer of a built model
 * @param index 0 .. count-1
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_RANGE; DENOISE_ERR_STATE before a model is built; DENOISE_ERR_BUSY while
 *         another thread changes the weights; DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_layer_get_weight(denoise_tensor **out, const denoise_layer *layer, int32_t index);
/**
 * Sets a weight.
 * @param layer a layer of a built model
 * @param index 0 .. count-1
 * @param value of the weight's shape and of any element type; copied
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_RANGE; DENOISE_ERR_SHAPE; DENOISE_ERR_STATE before a model is built;
 *         DENOISE_ERR_BUSY while another call uses the weights. Since 0.1.
 */
DENOISE_API denoise_status denoise_layer_set_weight(denoise_layer *layer, int32_t index, const denoise_tensor *value);
/**
 * Number of elements of all weights.
 * @param layer any layer
 * @return 0 for NULL, and before the layer was applied to an input. Since 0.1.
 */
DENOISE_API int64_t denoise_layer_count_params(const denoise_layer *layer);

#ifdef __cplusplus
}
#endif
#endif
