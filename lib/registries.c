/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that knows all kinds. A noun is a block of three lines and an entry of the list at the end, in the order of
 * which the functions of denoise/params.h look. */
#include "activations/activation.h"
#include "constraints/constraint.h"
#include "initializers/initializer.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/optimizer.h"
#include "regularizers/regularizer.h"
#include "schedules/schedule.h"
#include "train/callback.h"

#define NOUN  layer
#define KINDS "layers/layers.def"
#include "registry.inc.h"

#define NOUN  activation
#define KINDS "activations/activations.def"
#include "registry.inc.h"

#define NOUN  initializer
#define KINDS "initializers/initializers.def"
#include "registry.inc.h"

#define NOUN  regularizer
#define KINDS "regularizers/regularizers.def"
#include "registry.inc.h"

#define NOUN  constraint
#define KINDS "constraints/constraints.def"
#include "registry.inc.h"

#define NOUN  loss
#define KINDS "losses/losses.def"
#include "registry.inc.h"

#define NOUN  metric
#define KINDS "metrics/metrics.def"
#include "registry.inc.h"

#define NOUN  schedule
#define KINDS "schedules/schedules.def"
#include "registry.inc.h"

#define NOUN  optimizer
#define KINDS "optimizers/optimizers.def"
#include "registry.inc.h"

#define NOUN  callback
#define KINDS "callbacks/callbacks.def"
#include "registry.inc.h"

const denoise__registry *const denoise__registries[] = {
    &denoise__layer_registry,
    &denoise__activation_registry,
    &denoise__initializer_registry,
    &denoise__regularizer_registry,
    &denoise__constraint_registry,
    &denoise__loss_registry,
    &denoise__metric_registry,
    &denoise__schedule_registry,
    &denoise__optimizer_registry,
    &denoise__callback_registry,
    NULL,
};
