/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that knows all registries; they are enumerated through denoise/params.h. */
#include "activations/activation.h"
#include "initializers/initializer.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/optimizer.h"
#include "regularizers/regularizer.h"
#include "train/callback.h"

const denoise__registry *const denoise__registries[] = {
    &denoise__layer_registry,       &denoise__activation_registry, &denoise__initializer_registry,
    &denoise__regularizer_registry, &denoise__loss_registry,       &denoise__metric_registry,
    &denoise__optimizer_registry,   &denoise__callback_registry,   NULL,
};
