/* SPDX-License-Identifier: Apache-2.0 */
/* Binary cross-entropy, the mean over the last axis of
 *   -(t log q + (1 - t) log(1 - q)), q = p clipped to [1e-7, 1 - 1e-7], or, from logits z,
 *   max(z, 0) - z t + log(1 + e^-|z|) with gradient sigmoid(z) - t.
 * Smoothed targets: t (1 - s) + s/2 (keras/src/losses/losses.py, backend/tensorflow/nn.py). */
#include "kernels/vector.h"
#include "losses/crossentropy.h"

denoise_status denoise__crossentropy_check(const void *config)
{
    const denoise__crossentropy_config *c = config;
    if (c->axis == -1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_UNSUPPORTED, "axis is %lld, expected -1, the last axis", (long long)c->axis);
}

static denoise_status rows(const denoise__loss_args *args, int64_t first, int64_t count)
{
    const denoise__crossentropy_config *c = args->config;
    const denoise__vector *v = denoise__vector_table();
    int64_t columns = args->columns;
    float keep = (float)(1 - c->label_smoothing), shift = (float)(c->label_smoothing / 2);
    for (int64_t r = first; r < first + count; r++) {
        const float *p = args->prediction + r * columns, *t = args->target + r * columns;
        float *gradient = denoise__loss_row_gradient(args, r);
        float scale = denoise__loss_row_scale(args, r, columns);
        float sum = args->from_logits ? v->bce_logits(p, t, gradient, columns, keep, shift, scale)
                                      : v->bce_probability(p, t, gradient, columns, keep, shift, scale);
        args->row_loss[r] = sum / (float)columns;
    }
    return DENOISE_OK;
}

static const denoise__param params[] = {DENOISE__CROSSENTROPY_PARAMS, DENOISE__CROSSENTROPY_SMOOTHING};

extern const denoise__loss_kind denoise__loss_binary_crossentropy;
const denoise__loss_kind denoise__loss_binary_crossentropy = {
    .base = {.name = "binary_crossentropy",
             .class_name = "BinaryCrossentropy",
             .aliases = "bce|BCE",
             .doc = "-(t log p + (1 - t) log(1 - p)), mean over the last axis",
             .config_size = sizeof(denoise__crossentropy_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = denoise__crossentropy_check},
    .takes_logits = true,
    .from_logits = denoise__crossentropy_from_logits,
    .rows = rows,
};
