/* SPDX-License-Identifier: Apache-2.0 */
#include "models/fast_kinds.h"
#include <math.h>

extern const denoise__layer_kind denoise__layer_dense, denoise__layer_rescaling, denoise__layer_activation;
extern const denoise__activation_kind denoise__activation_relu;
extern const denoise__loss_kind denoise__loss_binary_crossentropy;

bool denoise__fast_is_activation(const denoise__layer_kind *kind)
{
    return kind == &denoise__layer_activation;
}

bool denoise__fast_is_product(const denoise__layer_kind *kind)
{
    return kind == &denoise__layer_dense;
}

bool denoise__fast_is_rescaling(const denoise__layer_kind *kind)
{
    return kind == &denoise__layer_rescaling;
}

bool denoise__fast_is_crossentropy(const denoise__loss_kind *kind)
{
    return kind == &denoise__loss_binary_crossentropy;
}

bool denoise__fast_is_rectifier(const denoise__kind_ref *activation)
{
    if (activation == NULL || activation->kind != &denoise__activation_relu.base) return false;
    const denoise__kind *kind = activation->kind;
    const void *config = activation->config;
    return denoise__config_double(kind, config, "negative_slope") == 0 &&
           denoise__config_double(kind, config, "threshold") == 0 && isnan(denoise__config_double(kind, config, "max_value"));
}
