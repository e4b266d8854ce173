/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds for which the executor has a faster way than their own functions. fast_kinds.c is the only place outside of a
 * kind's own file that names one; fast_steps.c says where in a plan the ways are taken. Each gives the bits of the kind's own.
 */
#ifndef DENOISE_MODELS_FAST_KINDS_H
#define DENOISE_MODELS_FAST_KINDS_H

#include "layers/layer.h"
#include "losses/loss.h"

/* The layer is its activation and nothing more. */
bool denoise__fast_is_activation(const denoise__layer_kind *kind);
/* z = x K + b: products in panels, and the gradient of K is one chain of sums over all rows, not a sum of blocks' parts. */
bool denoise__fast_is_product(const denoise__layer_kind *kind);
/* y = x scale + offset, which rows get as they come in. */
bool denoise__fast_is_rescaling(const denoise__layer_kind *kind);
/* Binary cross-entropy, which has a kernel with the sigmoid before it. */
bool denoise__fast_is_crossentropy(const denoise__loss_kind *kind);

#endif
