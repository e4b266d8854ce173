/* SPDX-License-Identifier: Apache-2.0 */
/* The typed constructors of layers, which gather parameters and go the same way as creation by name. */
#include "core/options.h"
#include "layers/layer.h"

static denoise__gather begin(const char *name)
{
    denoise__gather given = denoise__gather_begin();
    if (name != NULL) denoise__gather_text(&given, "name", name);
    return given;
}

static void gather_shape(denoise__gather *given, const char *key, const int64_t *shape, int32_t rank)
{
    static const int64_t none[1];
    if (given->status != DENOISE_OK) return;
    if (rank < 0 || rank >= DENOISE_MAX_RANK) {
        denoise__gather_fail(given,
                             denoise__fail(DENOISE_ERR_RANGE, "rank is %d, expected 0 .. %d", (int)rank, DENOISE_MAX_RANK - 1));
    } else if (shape == NULL && rank > 0) {
        denoise__gather_fail(given, denoise__fail(DENOISE_ERR_NULL, "shape is NULL, expected %d lengths", (int)rank));
    } else {
        denoise__gather_ints(given, key, shape == NULL ? none : shape, rank);
    }
}

denoise_layer *denoise_layer_input(const int64_t *shape, int32_t rank, const char *name)
{
    denoise__gather given = begin(name);
    gather_shape(&given, "shape", shape, rank);
    return denoise__layer_make("input_layer", &given);
}

DENOISE__OPTIONS(dense_options, DENSE_OPTIONS, "dense options", denoise_dense_options,
                 offsetof(denoise_dense_options, kernel_constraint))

denoise_layer *denoise_layer_dense(int64_t units, const char *activation, const denoise_dense_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_int(&given, "units", units);
    if (activation != NULL) denoise__gather_text(&given, "activation", activation);
    denoise_dense_options known;
    if (denoise__gather_options(&given, &dense_options_known, &known, options)) {
        denoise__gather_text_or_none(&given, "name", known.name);
        denoise__gather_text_or_none(&given, "kernel_initializer", known.kernel_initializer);
        denoise__gather_text_or_none(&given, "bias_initializer", known.bias_initializer);
        denoise__gather_text_or_none(&given, "kernel_regularizer", known.kernel_regularizer);
        denoise__gather_text_or_none(&given, "bias_regularizer", known.bias_regularizer);
        denoise__gather_text_or_none(&given, "kernel_constraint", known.kernel_constraint);
        denoise__gather_text_or_none(&given, "bias_constraint", known.bias_constraint);
        denoise__gather_bool(&given, "use_bias", known.use_bias);
        denoise__gather_bool(&given, "trainable", known.trainable);
    }
    return denoise__layer_make("dense", &given);
}

denoise_layer *denoise_layer_activation(const char *activation, const char *name)
{
    denoise__gather given = begin(name);
    denoise__gather_text_or_none(&given, "activation", activation);
    return denoise__layer_make("activation", &given);
}

denoise_layer *denoise_layer_flatten(const char *name)
{
    denoise__gather given = begin(name);
    return denoise__layer_make("flatten", &given);
}

denoise_layer *denoise_layer_reshape(const int64_t *shape, int32_t rank, const char *name)
{
    denoise__gather given = begin(name);
    gather_shape(&given, "target_shape", shape, rank);
    return denoise__layer_make("reshape", &given);
}

denoise_layer *denoise_layer_dropout(double rate, const char *name)
{
    denoise__gather given = begin(name);
    denoise__gather_double(&given, "rate", rate);
    return denoise__layer_make("dropout", &given);
}

denoise_layer *denoise_layer_gaussian_noise(double stddev, const char *name)
{
    denoise__gather given = begin(name);
    denoise__gather_double(&given, "stddev", stddev);
    return denoise__layer_make("gaussian_noise", &given);
}

denoise_layer *denoise_layer_rescaling(double scale, double offset, const char *name)
{
    denoise__gather given = begin(name);
    denoise__gather_double(&given, "scale", scale);
    denoise__gather_double(&given, "offset", offset);
    return denoise__layer_make("rescaling", &given);
}

denoise_layer *denoise_layer_add(const char *name)
{
    denoise__gather given = begin(name);
    return denoise__layer_make("add", &given);
}

denoise_layer *denoise_layer_concatenate(int32_t axis, const char *name)
{
    denoise__gather given = begin(name);
    denoise__gather_int(&given, "axis", axis);
    return denoise__layer_make("concatenate", &given);
}

denoise_layer *denoise_layer_spatial_dropout1d(double rate, const char *name)
{
    denoise__gather given = begin(name);
    denoise__gather_double(&given, "rate", rate);
    return denoise__layer_make("spatial_dropout1d", &given);
}

static denoise_layer *make_spatial(const char *kind, double rate, const char *data_format, const char *name)
{
    denoise__gather given = begin(name);
    denoise__gather_double(&given, "rate", rate);
    if (data_format != NULL) denoise__gather_text(&given, "data_format", data_format);
    return denoise__layer_make(kind, &given);
}

denoise_layer *denoise_layer_spatial_dropout2d(double rate, const char *data_format, const char *name)
{
    return make_spatial("spatial_dropout2d", rate, data_format, name);
}

denoise_layer *denoise_layer_spatial_dropout3d(double rate, const char *data_format, const char *name)
{
    return make_spatial("spatial_dropout3d", rate, data_format, name);
}

/* Normalizations. */

DENOISE__OPTIONS_SIZED(batch_normalization_options, BATCH_NORMALIZATION_OPTIONS, "batch_normalization options",
                       denoise_batch_normalization_options, sizeof(denoise_batch_normalization_options))
DENOISE__OPTIONS_SIZED(layer_normalization_options, LAYER_NORMALIZATION_OPTIONS, "layer_normalization options",
                       denoise_layer_normalization_options, sizeof(denoise_layer_normalization_options))
DENOISE__OPTIONS_SIZED(group_normalization_options, GROUP_NORMALIZATION_OPTIONS, "group_normalization options",
                       denoise_group_normalization_options, sizeof(denoise_group_normalization_options))

static void gather_axes(denoise__gather *given, const int64_t *axes, int32_t count)
{
    if (given->status != DENOISE_OK || (axes == NULL && count == 0)) return;
    if (axes == NULL)
        denoise__gather_fail(given, denoise__fail(DENOISE_ERR_NULL, "axes is NULL, expected %d axes", (int)count));
    else
        denoise__gather_ints(given, "axis", axes, count);
}

/* What the options of three kinds have in common. */
#define GATHER_NORMALIZATION(given, known)                                                                                     \
    do {                                                                                                                       \
        denoise__gather_text_or_none((given), "name", (known)->name);                                                          \
        denoise__gather_double((given), "epsilon", (known)->epsilon);                                                          \
        denoise__gather_bool((given), "center", (known)->center);                                                              \
        denoise__gather_bool((given), "scale", (known)->scale);                                                                \
        denoise__gather_text_or_none((given), "beta_initializer", (known)->beta_initializer);                                  \
        denoise__gather_text_or_none((given), "gamma_initializer", (known)->gamma_initializer);                                \
        denoise__gather_text_or_none((given), "beta_regularizer", (known)->beta_regularizer);                                  \
        denoise__gather_text_or_none((given), "gamma_regularizer", (known)->gamma_regularizer);                                \
        denoise__gather_text_or_none((given), "beta_constraint", (known)->beta_constraint);                                    \
        denoise__gather_text_or_none((given), "gamma_constraint", (known)->gamma_constraint);                                  \
        denoise__gather_bool((given), "trainable", (known)->trainable);                                                        \
    } while (0)

denoise_layer *denoise_layer_batch_normalization(const denoise_batch_normalization_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_batch_normalization_options known;
    if (denoise__gather_options(&given, &batch_normalization_options_known, &known, options)) {
        GATHER_NORMALIZATION(&given, &known);
        denoise__gather_int(&given, "axis", known.axis);
        denoise__gather_double(&given, "momentum", known.momentum);
        denoise__gather_text_or_none(&given, "moving_mean_initializer", known.moving_mean_initializer);
        denoise__gather_text_or_none(&given, "moving_variance_initializer", known.moving_variance_initializer);
    }
    return denoise__layer_make("batch_normalization", &given);
}

denoise_layer *denoise_layer_layer_normalization(const denoise_layer_normalization_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_layer_normalization_options known;
    if (denoise__gather_options(&given, &layer_normalization_options_known, &known, options)) {
        GATHER_NORMALIZATION(&given, &known);
        gather_axes(&given, known.axes, known.axis_count);
    }
    return denoise__layer_make("layer_normalization", &given);
}

denoise_layer *denoise_layer_group_normalization(int64_t groups, const denoise_group_normalization_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_int(&given, "groups", groups);
    denoise_group_normalization_options known;
    if (denoise__gather_options(&given, &group_normalization_options_known, &known, options)) {
        GATHER_NORMALIZATION(&given, &known);
        denoise__gather_int(&given, "axis", known.axis);
    }
    return denoise__layer_make("group_normalization", &given);
}

denoise_layer *denoise_layer_rms_normalization(const int64_t *axes, int32_t axis_count, double epsilon, const char *name)
{
    denoise__gather given = begin(name);
    gather_axes(&given, axes, axis_count);
    denoise__gather_double(&given, "epsilon", epsilon);
    return denoise__layer_make("rms_normalization", &given);
}

denoise_layer *denoise_layer_unit_normalization(const int64_t *axes, int32_t axis_count, const char *name)
{
    denoise__gather given = begin(name);
    gather_axes(&given, axes, axis_count);
    return denoise__layer_make("unit_normalization", &given);
}
