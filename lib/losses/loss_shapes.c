/* SPDX-License-Identifier: Apache-2.0 */
/* Which targets fit which predictions (keras/src/losses/loss.py, squeeze_or_expand_to_same_rank). */
#include "losses/loss.h"
#include <string.h>

/* a without its last axis, of length 1, is b */
static bool is_with_one(const denoise__shape *a, const denoise__shape *b)
{
    if (a->rank != b->rank + 1 || a->dim[b->rank] != 1) return false;
    denoise__shape cut = *a;
    cut.rank = b->rank;
    return denoise__shape_equal(&cut, b);
}

static denoise_status fail(const denoise_loss *loss, const denoise__shape *target, const denoise__shape *prediction,
                           const char *advice)
{
    char target_text[192], prediction_text[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "%s: target has shape %s, prediction has shape %s; %s", denoise_loss_name(loss),
                         denoise__shape_text(target, false, target_text, sizeof target_text),
                         denoise__shape_text(prediction, false, prediction_text, sizeof prediction_text), advice);
}

static denoise_status check_labels(const denoise_loss *loss, const denoise__shape *target, const denoise__shape *prediction)
{
    denoise__shape rows = *prediction;
    rows.rank -= 1;
    if (denoise__shape_equal(target, &rows) || is_with_one(target, &rows)) return DENOISE_OK;
    bool one_hot = prediction->dim[rows.rank] > 1 && denoise__shape_equal(target, prediction);
    return fail(loss, target, prediction,
                one_hot ? "one-hot targets need categorical_crossentropy"
                        : "the target must be one whole number per row of the prediction");
}

/* A prediction (n, m, 1) of a target (n, m): the mean over all is the same, so only those that take it are let through. */
static bool is_flat_mean(const denoise_loss *loss)
{
    const denoise__loss_config *config = loss->part.config;
    const char *absorbs = denoise__loss_kind_of(loss)->absorbs;
    return strcmp(config->reduction, "sum") != 0 && (absorbs == NULL || strcmp(absorbs, "softmax") != 0);
}

denoise_status denoise__loss_check_shapes(const denoise_loss *loss, const denoise__shape *target,
                                          const denoise__shape *prediction)
{
    if (prediction->rank < 2) return fail(loss, target, prediction, "the prediction needs a batch axis and columns");
    if (prediction->dim[prediction->rank - 1] == 0) return fail(loss, target, prediction, "the prediction has no columns");
    if (denoise__loss_kind_of(loss)->sparse) return check_labels(loss, target, prediction);
    if (denoise__shape_equal(target, prediction) || is_with_one(target, prediction)) return DENOISE_OK;
    if (is_with_one(prediction, target) && (target->rank == 1 || is_flat_mean(loss))) return DENOISE_OK;
    denoise__shape rows = *prediction;
    rows.rank -= 1;
    const char *absorbs = denoise__loss_kind_of(loss)->absorbs;
    bool labels = absorbs != NULL && strcmp(absorbs, "softmax") == 0 &&
                  (denoise__shape_equal(target, &rows) || is_with_one(target, &rows));
    return fail(loss, target, prediction,
                labels ? "whole-number labels need sparse_categorical_crossentropy" : "they must be the same");
}
