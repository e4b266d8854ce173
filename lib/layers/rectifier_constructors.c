/* SPDX-License-Identifier: Apache-2.0 */
/* The typed constructors of activations with a layer of their own. */
#include "core/options.h"
#include "layers/layer.h"

DENOISE__OPTIONS_SIZED(relu_options, RELU_OPTIONS, "relu options", denoise_relu_options, sizeof(denoise_relu_options))

denoise_layer *denoise_layer_relu(const denoise_relu_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_relu_options known;
    if (denoise__gather_options(&given, &relu_options_known, &known, options)) {
        denoise__gather_text_or_none(&given, "name", known.name);
        denoise__gather_double_or_none(&given, "max_value", known.max_value);
        denoise__gather_double(&given, "negative_slope", known.negative_slope);
        denoise__gather_double(&given, "threshold", known.threshold);
    }
    return denoise__layer_make("re_lu", &given);
}

denoise_layer *denoise_layer_leaky_relu(double negative_slope, const char *name)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_double(&given, "negative_slope", negative_slope);
    denoise__gather_text_or_none(&given, "name", name);
    return denoise__layer_make("leaky_re_lu", &given);
}

denoise_layer *denoise_layer_elu(double alpha, const char *name)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_double(&given, "alpha", alpha);
    denoise__gather_text_or_none(&given, "name", name);
    return denoise__layer_make("elu", &given);
}

DENOISE__OPTIONS_SIZED(prelu_options, PRELU_OPTIONS, "prelu options", denoise_prelu_options, sizeof(denoise_prelu_options))

static void gather_axes(denoise__gather *given, const int64_t *axes, int64_t count)
{
    if (given->status != DENOISE_OK) return;
    if (count < 0 || count >= DENOISE_MAX_RANK) {
        denoise__gather_fail(given, denoise__fail(DENOISE_ERR_RANGE, "shared_axis_count is %lld, expected 0 .. %d",
                                                  (long long)count, DENOISE_MAX_RANK - 1));
    } else if (axes == NULL && count > 0) {
        denoise__gather_fail(given,
                             denoise__fail(DENOISE_ERR_NULL, "shared_axes is NULL, expected %lld axes", (long long)count));
    } else if (axes != NULL) {
        denoise__gather_ints(given, "shared_axes", axes, count);
    }
}

denoise_layer *denoise_layer_prelu(const denoise_prelu_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_prelu_options known;
    if (denoise__gather_options(&given, &prelu_options_known, &known, options)) {
        denoise__gather_text_or_none(&given, "name", known.name);
        denoise__gather_text_or_none(&given, "alpha_initializer", known.alpha_initializer);
        denoise__gather_text_or_none(&given, "alpha_regularizer", known.alpha_regularizer);
        denoise__gather_text_or_none(&given, "alpha_constraint", known.alpha_constraint);
        gather_axes(&given, known.shared_axes, known.shared_axis_count);
        denoise__gather_bool(&given, "trainable", known.trainable);
    }
    return denoise__layer_make("p_re_lu", &given);
}

denoise_layer *denoise_layer_softmax(int32_t axis, const char *name)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_int(&given, "axis", axis);
    denoise__gather_text_or_none(&given, "name", name);
    return denoise__layer_make("softmax", &given);
}
