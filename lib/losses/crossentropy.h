/* SPDX-License-Identifier: Apache-2.0 */
/* What the cross-entropies share. */
#ifndef DENOISE_LOSSES_CROSSENTROPY_H
#define DENOISE_LOSSES_CROSSENTROPY_H

#include "losses/loss.h"

typedef struct denoise__crossentropy_config {
    denoise__loss_config loss;
    int64_t axis;
    int64_t ignore_class;   /* sparse only; -1 = None */
    double label_smoothing; /* not sparse */
    int32_t from_logits;
} denoise__crossentropy_config;

#define DENOISE__CROSSENTROPY_PARAMS                                                                                           \
    DENOISE__LOSS_PARAMS(denoise__crossentropy_config),                                                                        \
        DENOISE__PARAM_BOOL(denoise__crossentropy_config, from_logits, "false", "predictions are logits"),                     \
        DENOISE__PARAM_INT(denoise__crossentropy_config, axis, "-1", 0, NAN, NAN, "-1, the last axis")

#define DENOISE__CROSSENTROPY_SMOOTHING                                                                                        \
    DENOISE__PARAM_DOUBLE(denoise__crossentropy_config, label_smoothing, "0.0", 0, 0, 1, "share of the uniform target")

static inline bool denoise__crossentropy_from_logits(const void *config)
{
    return ((const denoise__crossentropy_config *)config)->from_logits != 0;
}

denoise_status denoise__crossentropy_check(const void *config);

#endif
