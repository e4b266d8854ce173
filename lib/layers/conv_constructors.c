/* SPDX-License-Identifier: Apache-2.0 */
/* The typed constructors of convolutions. */
#include "core/format.h"
#include "core/options.h"
#include "layers/layer.h"
#include <denoise/spatial.h>
#include <string.h>

DENOISE__OPTIONS_SIZED(conv_options, CONV_OPTIONS, "conv options", denoise_conv_options, sizeof(denoise_conv_options))

typedef enum sort { CONV, TRANSPOSED, DEPTHWISE, SEPARABLE } sort;

static void gather_part(denoise__gather *given, const char *part, const char *initializer, const char *regularizer,
                        const char *constraint)
{
    char name[DENOISE__TEXT_SIZE];
    (void)denoise__format(name, sizeof name, "%s_initializer", part);
    denoise__gather_text_or_none(given, name, initializer);
    (void)denoise__format(name, sizeof name, "%s_regularizer", part);
    denoise__gather_text_or_none(given, name, regularizer);
    (void)denoise__format(name, sizeof name, "%s_constraint", part);
    denoise__gather_text_or_none(given, name, constraint);
}

/* An option that kinds of this sort do not have may only be its default. */
static void refuse(denoise__gather *given, const char *name, int64_t value, int64_t fallback)
{
    if (value == fallback) return;
    denoise__gather_fail(
        given, denoise__fail(DENOISE_ERR_INVALID, "%s is %lld, which this layer does not have", name, (long long)value));
}

static void refuse_matrix(denoise__gather *given, const denoise_conv_options *known)
{
    bool is_default = known->pointwise_initializer != NULL && strcmp(known->pointwise_initializer, "glorot_uniform") == 0;
    if (is_default && known->pointwise_regularizer == NULL && known->pointwise_constraint == NULL) return;
    denoise__gather_fail(given,
                         denoise__fail(DENOISE_ERR_INVALID, "pointwise_ options are given, which this layer does not have"));
}

static void gather_sort(denoise__gather *given, sort of, const denoise_conv_options *known)
{
    bool is_depthwise = of == DEPTHWISE || of == SEPARABLE;
    gather_part(given, is_depthwise ? "depthwise" : "kernel", known->kernel_initializer, known->kernel_regularizer,
                known->kernel_constraint);
    gather_part(given, "bias", known->bias_initializer, known->bias_regularizer, known->bias_constraint);
    if (of == SEPARABLE)
        gather_part(given, "pointwise", known->pointwise_initializer, known->pointwise_regularizer,
                    known->pointwise_constraint);
    else
        refuse_matrix(given, known);
    if (of == CONV)
        denoise__gather_int(given, "groups", known->groups);
    else
        refuse(given, "groups", known->groups, 1);
    if (of != TRANSPOSED)
        refuse(given, "output_padding", known->output_padding, -1);
    else if (known->output_padding != -1)
        denoise__gather_int(given, "output_padding", known->output_padding);
    if (is_depthwise)
        denoise__gather_int(given, "depth_multiplier", known->depth_multiplier);
    else
        refuse(given, "depth_multiplier", known->depth_multiplier, 1);
}

static denoise_layer *make(const char *kind, sort of, int64_t filters, int64_t kernel_size, const char *activation,
                           const denoise_conv_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_conv_options known;
    if (of != DEPTHWISE) denoise__gather_int(&given, "filters", filters);
    denoise__gather_int(&given, "kernel_size", kernel_size);
    if (activation != NULL) denoise__gather_text(&given, "activation", activation);
    if (denoise__gather_options(&given, &conv_options_known, &known, options)) {
        denoise__gather_text_or_none(&given, "name", known.name);
        denoise__gather_int(&given, "strides", known.strides);
        denoise__gather_int(&given, "dilation_rate", known.dilation_rate);
        denoise__gather_text_or_none(&given, "padding", known.padding);
        denoise__gather_text_or_none(&given, "data_format", known.data_format);
        denoise__gather_bool(&given, "use_bias", known.use_bias);
        denoise__gather_bool(&given, "trainable", known.trainable);
        gather_sort(&given, of, &known);
    }
    return denoise__layer_make(kind, &given);
}

#define CONSTRUCTOR(name, of)                                                                                                  \
    denoise_layer *denoise_layer_##name(int64_t filters, int64_t kernel_size, const char *activation,                          \
                                        const denoise_conv_options *options)                                                   \
    {                                                                                                                          \
        return make(#name, (of), filters, kernel_size, activation, options);                                                   \
    }
CONSTRUCTOR(conv1d, CONV)
CONSTRUCTOR(conv2d, CONV)
CONSTRUCTOR(conv3d, CONV)
CONSTRUCTOR(conv1d_transpose, TRANSPOSED)
CONSTRUCTOR(conv2d_transpose, TRANSPOSED)
CONSTRUCTOR(conv3d_transpose, TRANSPOSED)
CONSTRUCTOR(separable_conv1d, SEPARABLE)
CONSTRUCTOR(separable_conv2d, SEPARABLE)

denoise_layer *denoise_layer_depthwise_conv1d(int64_t kernel_size, const char *activation, const denoise_conv_options *options)
{
    return make("depthwise_conv1d", DEPTHWISE, 0, kernel_size, activation, options);
}

denoise_layer *denoise_layer_depthwise_conv2d(int64_t kernel_size, const char *activation, const denoise_conv_options *options)
{
    return make("depthwise_conv2d", DEPTHWISE, 0, kernel_size, activation, options);
}
