/* SPDX-License-Identifier: Apache-2.0 */
/* Categorical cross-entropy of each row, -sum t log q, q = p / sum p clipped to [1e-7, 1 - 1e-7]; from logits z,
 * sum t (log sum e^z - z) with gradient softmax(z) - t. Smoothed targets: t (1 - s) + s / classes
 * (keras/src/losses/losses.py, backend/tensorflow/nn.py). */
#include "kernels/vector.h"
#include "losses/crossentropy.h"

static denoise_status rows(const denoise__loss_args *args, int64_t first, int64_t count)
{
    const denoise__crossentropy_config *c = args->config;
    const denoise__vector *v = denoise__vector_table();
    int64_t columns = args->columns;
    float keep = (float)(1 - c->label_smoothing), shift = (float)c->label_smoothing / (float)columns;
    for (int64_t r = first; r < first + count; r++) {
        const float *p = args->prediction + r * columns, *t = args->target + r * columns;
        float *gradient = denoise__loss_row_gradient(args, r);
        float scale = denoise__loss_row_scale(args, r, 1);
        args->row_loss[r] = args->from_logits ? v->cce_logits(p, t, gradient, columns, keep, shift, scale)
                                              : v->cce_probability(p, t, gradient, columns, keep, shift, scale);
    }
    return DENOISE_OK;
}

static const denoise__param params[] = {DENOISE__CROSSENTROPY_PARAMS, DENOISE__CROSSENTROPY_SMOOTHING};

extern const denoise__loss_kind denoise__loss_categorical_crossentropy;
const denoise__loss_kind denoise__loss_categorical_crossentropy = {
    .base = {.name = "categorical_crossentropy",
             .class_name = "CategoricalCrossentropy",
             .aliases = NULL,
             .doc = "-sum t log p over the last axis, one-hot targets",
             .config_size = sizeof(denoise__crossentropy_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = denoise__crossentropy_check},
    .is_categorical = true,
    .takes_logits = true,
    .from_logits = denoise__crossentropy_from_logits,
    .rows = rows,
};
