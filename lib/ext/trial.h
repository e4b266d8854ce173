/* SPDX-License-Identifier: Apache-2.0 */
/* The conformance run on one kind: what denoise_ext_test() asks. */
#ifndef DENOISE_EXT_TRIAL_H
#define DENOISE_EXT_TRIAL_H

#include "ext/ext.h"

typedef struct denoise__trial_kind {
    const char *noun, *name;
    const denoise_params *params;
    const denoise__registry *registry;
    denoise__shape shape; /* of one sample */
} denoise__trial_kind;

/* DENOISE_ERR_INVALID with noun and name in front. */
static inline denoise_status denoise__trial_fail(const denoise__trial_kind *t, const char *what)
{
    return denoise__fail(DENOISE_ERR_INVALID, "%s \"%s\" %s", t->noun, t->name, what);
}

/* What a kind computes by itself: written whole, nothing else, the same again and in pieces, with the gradient that it has. */
denoise_status denoise__trial_layer(const denoise__trial_kind *t);
denoise_status denoise__trial_loss(const denoise__trial_kind *t);
denoise_status denoise__trial_metric(const denoise__trial_kind *t);
denoise_status denoise__trial_optimizer(const denoise__trial_kind *t);
denoise_status denoise__trial_reference(const denoise__trial_kind *t); /* kinds that a parameter refers to */

/* In a model: the same bits plain and fused, on other numbers of threads and gone on with; frozen and shared, where it is a
 * layer. */
denoise_status denoise__trial_training(const denoise__trial_kind *t);

#endif
