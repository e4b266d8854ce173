/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Layers for sequences, pictures and volumes: convolution, pooling, resampling, margins, other orders.
 *
 * A sample has one to three axes for its places and one for its channels, which comes last: (rows, columns, channels). With
 * data_format channels_first it comes first. Weights are those of Keras in both cases.
 */
#ifndef DENOISE_SPATIAL_H
#define DENOISE_SPATIAL_H

#include <denoise/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Optional settings of the convolutions; defaults are Keras'. One number stands for all axes: denoise_layer_create() takes
 * kernel_size, strides, dilation_rate and output_padding as lists of one number for each. Since 0.2.
 */
typedef struct denoise_conv_options {
    int64_t struct_size;               /**< sizeof(denoise_conv_options) */
    const char *name;                  /**< NULL = automatic: "conv2d", "conv2d_1", ... */
    int64_t strides;                   /**< 1; from window to window, >= 1 */
    int64_t dilation_rate;             /**< 1; from tap to tap of a window, >= 1; not above 1 together with strides */
    const char *padding;               /**< "valid"; "same": zeros as TensorFlow pads, the odd one behind; "causal" for 1D */
    const char *data_format;           /**< "channels_last"; "channels_first"; NULL = channels_last */
    int64_t groups;                    /**< 1; divides channels and filters. Not of depthwise, separable and transposed ones */
    int64_t output_padding;            /**< -1 = None; of transposed ones: 0 .. strides - 1 more than the least length */
    int64_t depth_multiplier;          /**< 1; of depthwise and separable ones: kernels of each channel */
    const char *kernel_initializer;    /**< "glorot_uniform" */
    const char *bias_initializer;      /**< "zeros" */
    const char *kernel_regularizer;    /**< NULL = None; "l2(0.001)" */
    const char *bias_regularizer;      /**< NULL = None */
    const char *kernel_constraint;     /**< NULL = None; "max_norm(2)" */
    const char *bias_constraint;       /**< NULL = None */
    const char *pointwise_initializer; /**< "glorot_uniform"; of separable ones: the matrix behind the kernels */
    const char *pointwise_regularizer; /**< NULL = None; likewise */
    const char *pointwise_constraint;  /**< NULL = None; likewise */
    int32_t use_bias;                  /**< 1 */
    int32_t trainable;                 /**< 1 */
} denoise_conv_options;
/** Defaults of denoise_conv_options. Since 0.2. */
#define DENOISE_CONV_OPTIONS_INIT                                                                                              \
    {                                                                                                                          \
        sizeof(denoise_conv_options), NULL, 1, 1, "valid", "channels_last", 1, -1, 1, "glorot_uniform", "zeros", NULL, NULL,   \
            NULL, NULL, "glorot_uniform", NULL, NULL, 1, 1                                                                     \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_conv_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_conv_options_init_sized(denoise_conv_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_conv_options_init(options) denoise_conv_options_init_sized((options), sizeof(denoise_conv_options))

/**
 * Filters over pictures: y = activation(bias + the sum over the taps of a window and over the channels of x kernel), a
 * cross-correlation, as in every library of this field. Input (rows, columns, channels); output (rows', columns', filters),
 * with rows' = (rows - (kernel_size - 1) dilation_rate - 1) / strides + 1 for padding valid and rows / strides, rounded up, for
 * same. Weights: kernel (kernel_size, kernel_size, channels / groups, filters), then bias (filters) unless use_bias is 0.
 * Source: keras/src/layers/convolutional/base_conv.py.
 * @param filters channels that come out, >= 1
 * @param kernel_size size of the window on each axis, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_conv2d(int64_t filters, int64_t kernel_size, const char *activation,
                                                const denoise_conv_options *options);
/**
 * The same along one axis: (steps, channels) to (steps', filters); padding may be causal.
 * @param filters channels that come out, >= 1
 * @param kernel_size size of the window, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_conv1d(int64_t filters, int64_t kernel_size, const char *activation,
                                                const denoise_conv_options *options);
/**
 * The same over three axes: (depth, rows, columns, channels) to (depth', rows', columns', filters).
 * @param filters channels that come out, >= 1
 * @param kernel_size size of the window on each axis, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_conv3d(int64_t filters, int64_t kernel_size, const char *activation,
                                                const denoise_conv_options *options);
/**
 * The way of a convolution's gradient, as a layer that enlarges: strides of 2 double rows and columns. Output lengths: with
 * padding same length strides, with valid (length - 1) strides + the greater of kernel_size and strides; with an output_padding
 * (length - 1) strides + kernel_size (valid) or kernel_size modulo 2 (same) + output_padding.
 * Weights: kernel (kernel_size, kernel_size, filters, channels), then bias (filters).
 * Source: keras/src/layers/convolutional/base_conv_transpose.py.
 * @param filters channels that come out, >= 1
 * @param kernel_size size of the window on each axis, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_conv2d_transpose(int64_t filters, int64_t kernel_size, const char *activation,
                                                          const denoise_conv_options *options);
/**
 * The same along one axis.
 * @param filters channels that come out, >= 1
 * @param kernel_size size of the window, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_conv1d_transpose(int64_t filters, int64_t kernel_size, const char *activation,
                                                          const denoise_conv_options *options);
/**
 * The same over three axes.
 * @param filters channels that come out, >= 1
 * @param kernel_size size of the window on each axis, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_conv3d_transpose(int64_t filters, int64_t kernel_size, const char *activation,
                                                          const denoise_conv_options *options);
/**
 * Filters that each see one channel: channel c makes channels c depth_multiplier ... of the output.
 * Weights: kernel (kernel_size, kernel_size, channels, depth_multiplier), then bias (channels depth_multiplier).
 * Source: keras/src/layers/convolutional/base_depthwise_conv.py.
 * @param kernel_size size of the window on each axis, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_depthwise_conv2d(int64_t kernel_size, const char *activation,
                                                          const denoise_conv_options *options);
/**
 * The same along one axis.
 * @param kernel_size size of the window, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_depthwise_conv1d(int64_t kernel_size, const char *activation,
                                                          const denoise_conv_options *options);
/**
 * A depthwise convolution and then a matrix over the channels at each position: much of a convolution for less work.
 * Weights: depthwise_kernel (kernel_size, kernel_size, channels, depth_multiplier), pointwise_kernel (1, 1, channels
 * depth_multiplier, filters), bias (filters). Source: keras/src/layers/convolutional/base_separable_conv.py.
 * @param filters channels that come out, >= 1
 * @param kernel_size size of the window on each axis, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only; kernel_* are those of the depthwise part
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_separable_conv2d(int64_t filters, int64_t kernel_size, const char *activation,
                                                          const denoise_conv_options *options);
/**
 * The same along one axis; padding may be causal.
 * @param filters channels that come out, >= 1
 * @param kernel_size size of the window, 1 .. 2^20
 * @param activation as for the dense layer; NULL = linear
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_separable_conv1d(int64_t filters, int64_t kernel_size, const char *activation,
                                                          const denoise_conv_options *options);

/**
 * Optional settings of pooling; defaults are Keras'. One number stands for all axes: denoise_layer_create() takes pool_size and
 * strides as lists of one number for each. Since 0.2.
 */
typedef struct denoise_pooling_options {
    int64_t struct_size; /**< sizeof(denoise_pooling_options) */
    const char *name;    /**< NULL = automatic: "max_pooling2d", "max_pooling2d_1", ... */
    int64_t strides;     /**< -1 = pool_size; from window to window, >= 1 */
    const char *padding; /**< "valid": windows that lie inside; "same": length / strides of them, rounded up, as TensorFlow */
    const char *data_format; /**< "channels_last"; "channels_first"; NULL = channels_last */
} denoise_pooling_options;
/** Defaults of denoise_pooling_options. Since 0.2. */
#define DENOISE_POOLING_OPTIONS_INIT                                                                                           \
    {                                                                                                                          \
        sizeof(denoise_pooling_options), NULL, -1, "valid", "channels_last"                                                    \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_pooling_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_pooling_options_init_sized(denoise_pooling_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_pooling_options_init(options) denoise_pooling_options_init_sized((options), sizeof(denoise_pooling_options))

/**
 * The greatest of windows of steps (length, channels). As in TensorFlow a NaN is never it; the gradient goes to the first of
 * equals, with three axes to each of them. Source: keras/src/layers/pooling.
 * @param pool_size size of the window, 1 .. 2^20 (Keras: 2)
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_max_pooling1d(int64_t pool_size, const denoise_pooling_options *options);
/**
 * The same over pixels (height, width, channels).
 * @param pool_size size of the window on each axis, 1 .. 2^20 (Keras: 2)
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_max_pooling2d(int64_t pool_size, const denoise_pooling_options *options);
/**
 * The same over voxels (depth, height, width, channels).
 * @param pool_size size of the window on each axis, 1 .. 2^20 (Keras: 2)
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_max_pooling3d(int64_t pool_size, const denoise_pooling_options *options);

/**
 * The mean of windows of steps (length, channels). Only inputs that exist are counted. Source: keras/src/layers/pooling.
 * @param pool_size size of the window, 1 .. 2^20
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_average_pooling1d(int64_t pool_size, const denoise_pooling_options *options);
/**
 * The same over pixels (height, width, channels).
 * @param pool_size size of the window on each axis, 1 .. 2^20
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_average_pooling2d(int64_t pool_size, const denoise_pooling_options *options);
/**
 * The same over voxels (depth, height, width, channels).
 * @param pool_size size of the window on each axis, 1 .. 2^20
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_average_pooling3d(int64_t pool_size, const denoise_pooling_options *options);

/**
 * The greatest of all steps: (length, channels) becomes (channels). As in TensorFlow a NaN is it, and equals share the
 * gradient. Source: keras/src/layers/pooling.
 * @param keepdims 1: the axes stay, with length 1; 0
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "global_max_pooling1d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_global_max_pooling1d(int32_t keepdims, const char *data_format, const char *name);
/**
 * The greatest of all pixels: (height, width, channels) becomes (channels). Source: keras/src/layers/pooling.
 * @param keepdims 1: the axes stay, with length 1; 0
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "global_max_pooling2d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_global_max_pooling2d(int32_t keepdims, const char *data_format, const char *name);
/**
 * The greatest of all voxels: (depth, height, width, channels) becomes (channels). Source: keras/src/layers/pooling.
 * @param keepdims 1: the axes stay, with length 1; 0
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "global_max_pooling3d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_global_max_pooling3d(int32_t keepdims, const char *data_format, const char *name);

/**
 * The mean of all steps: (length, channels) becomes (channels). Source: keras/src/layers/pooling.
 * @param keepdims 1: the axes stay, with length 1; 0
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "global_average_pooling1d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_global_average_pooling1d(int32_t keepdims, const char *data_format, const char *name);
/**
 * The mean of all pixels: (height, width, channels) becomes (channels). Source: keras/src/layers/pooling.
 * @param keepdims 1: the axes stay, with length 1; 0
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "global_average_pooling2d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_global_average_pooling2d(int32_t keepdims, const char *data_format, const char *name);
/**
 * The mean of all voxels: (depth, height, width, channels) becomes (channels). Source: keras/src/layers/pooling.
 * @param keepdims 1: the axes stay, with length 1; 0
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "global_average_pooling3d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_global_average_pooling3d(int32_t keepdims, const char *data_format, const char *name);

/**
 * Each step of (length, channels) repeated. Source: keras/src/layers/reshaping.
 * @param size how often, 1 .. 2^20 (Keras: 2)
 * @param name copied; NULL = automatic: "up_sampling1d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_up_sampling1d(int64_t size, const char *name);
/**
 * Each row and column of pixels (height, width, channels) repeated, or interpolated between.
 * @param size rows and columns for each one, 1 .. 2^20 (Keras: 2); denoise_layer_create() takes a list of two
 * @param interpolation "nearest": repeated; "bilinear", "bicubic", "lanczos3", "lanczos5": as tf.image.resize does it;
 *        NULL makes the layer inert
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "up_sampling2d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_up_sampling2d(int64_t size, const char *interpolation, const char *data_format,
                                                       const char *name);
/**
 * Each plane, row and column of voxels (depth, height, width, channels) repeated.
 * @param size planes, rows and columns for each one, 1 .. 2^20 (Keras: 2); denoise_layer_create() takes a list of three
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "up_sampling3d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_up_sampling3d(int64_t size, const char *data_format, const char *name);
/**
 * A vector (features) becomes a sequence of copies, (n, features). Source: keras/src/layers/reshaping/repeat_vector.py.
 * @param n how often, 1 .. 2^20
 * @param name copied; NULL = automatic: "repeat_vector", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_repeat_vector(int64_t n, const char *name);

/**
 * Zeros around steps (length, channels). Source: keras/src/layers/reshaping.
 * @param before steps in front, 0 .. 2^20
 * @param behind steps at the end, 0 .. 2^20
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "zero_padding1d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_zero_padding1d(int64_t before, int64_t behind, const char *data_format,
                                                        const char *name);
/**
 * Zeros around pixels (height, width, channels). Source: keras/src/layers/reshaping.
 * @param top rows above, 0 .. 2^20
 * @param bottom rows below, 0 .. 2^20
 * @param left columns in front, 0 .. 2^20
 * @param right columns at the end, 0 .. 2^20
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "zero_padding2d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_zero_padding2d(int64_t top, int64_t bottom, int64_t left, int64_t right,
                                                        const char *data_format, const char *name);
/**
 * Zeros around voxels (depth, height, width, channels). Source: keras/src/layers/reshaping.
 * @param front planes in front, 0 .. 2^20
 * @param back planes at the end, 0 .. 2^20
 * @param top rows above, 0 .. 2^20
 * @param bottom rows below, 0 .. 2^20
 * @param left columns in front, 0 .. 2^20
 * @param right columns at the end, 0 .. 2^20
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "zero_padding3d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_zero_padding3d(int64_t front, int64_t back, int64_t top, int64_t bottom, int64_t left,
                                                        int64_t right, const char *data_format, const char *name);

/**
 * Cuts margins off steps (length, channels). Source: keras/src/layers/reshaping.
 * @param before steps in front, 0 .. 2^20
 * @param behind steps at the end, 0 .. 2^20
 * @param name copied; NULL = automatic: "cropping1d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_cropping1d(int64_t before, int64_t behind, const char *name);
/**
 * Cuts margins off pixels (height, width, channels). Source: keras/src/layers/reshaping.
 * @param top rows above, 0 .. 2^20
 * @param bottom rows below, 0 .. 2^20
 * @param left columns in front, 0 .. 2^20
 * @param right columns at the end, 0 .. 2^20
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "cropping2d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_cropping2d(int64_t top, int64_t bottom, int64_t left, int64_t right,
                                                    const char *data_format, const char *name);
/**
 * Cuts margins off voxels (depth, height, width, channels). Source: keras/src/layers/reshaping.
 * @param front planes in front, 0 .. 2^20
 * @param back planes at the end, 0 .. 2^20
 * @param top rows above, 0 .. 2^20
 * @param bottom rows below, 0 .. 2^20
 * @param left columns in front, 0 .. 2^20
 * @param right columns at the end, 0 .. 2^20
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "cropping3d", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_cropping3d(int64_t front, int64_t back, int64_t top, int64_t bottom, int64_t left,
                                                    int64_t right, const char *data_format, const char *name);

/** Optional settings of denoise_layer_resizing(); defaults are Keras'. Since 0.2. */
typedef struct denoise_resizing_options {
    int64_t struct_size;          /**< sizeof(denoise_resizing_options) */
    const char *name;             /**< NULL = automatic: "resizing", ... */
    const char *interpolation;    /**< "bilinear"; "nearest", "bicubic", "lanczos3", "lanczos5", as tf.image.resize has them */
    const char *data_format;      /**< "channels_last"; "channels_first"; NULL = channels_last */
    double fill_value;            /**< 0.0; of what pad_to_aspect_ratio fills up, finite */
    int32_t crop_to_aspect_ratio; /**< 0; 1: sides of the input are cut off, so that proportions stay */
    int32_t pad_to_aspect_ratio;  /**< 0; 1: sides of the input are filled up, so that proportions stay */
    int32_t antialias;            /**< 0; 1: a smaller output is blurred as much as it is smaller */
} denoise_resizing_options;
/** Defaults of denoise_resizing_options. Since 0.2. */
#define DENOISE_RESIZING_OPTIONS_INIT                                                                                          \
    {                                                                                                                          \
        sizeof(denoise_resizing_options), NULL, "bilinear", "channels_last", 0.0, 0, 0, 0                                      \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_resizing_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_resizing_options_init_sized(denoise_resizing_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_resizing_options_init(options) denoise_resizing_options_init_sized((options), sizeof(denoise_resizing_options))

/**
 * Pictures (height, width, channels) at another size. Source: keras/src/layers/preprocessing/image_preprocessing/resizing.py.
 * @param height rows of the output, 1 .. 16777216
 * @param width columns of the output, 1 .. 16777216
 * @param options NULL = Keras' defaults; read during the call only
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_resizing(int64_t height, int64_t width, const denoise_resizing_options *options);

/**
 * Channels become blocks of pixels, also known as pixel shuffle: (height, width, block_size^2 c) becomes (block_size height,
 * block_size width, c), with channel b c + k of a pixel as channel k of pixel b of its block, row by row, as
 * tf.nn.depth_to_space and keras.ops have it (PyTorch's PixelShuffle takes channel k block_size^2 + b).
 * @param block_size pixels of a block's side, 2 .. 2^20
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "depth_to_space", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_depth_to_space(int64_t block_size, const char *data_format, const char *name);
/**
 * The reverse: blocks of pixels become channels; height and width are multiples of block_size.
 * @param block_size pixels of a block's side, 2 .. 2^20
 * @param data_format "channels_last", or "channels_first": the channels' axis comes before the others; NULL = channels_last
 * @param name copied; NULL = automatic: "space_to_depth", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_space_to_depth(int64_t block_size, const char *data_format, const char *name);

/**
 * Axes in another order. Source: keras/src/layers/reshaping/permute.py.
 * @param dims rank numbers, each of 1 .. rank once: the input's axis for each of the output's, without the batch axis; copied
 * @param rank 1 .. 7
 * @param name copied; NULL = automatic: "permute", ...
 * @return the layer, never NULL, possibly inert; owned by the caller until something adopts it. Since 0.2.
 */
DENOISE_API denoise_layer *denoise_layer_permute(const int64_t *dims, int32_t rank, const char *name);

#ifdef __cplusplus
}
#endif
#endif
