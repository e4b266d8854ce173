/* SPDX-License-Identifier: Apache-2.0 */
#include "models/fast_kinds.h"

extern const denoise__layer_kind denoise__layer_dense, denoise__layer_rescaling, denoise__layer_activation;
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
