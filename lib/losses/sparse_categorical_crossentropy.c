/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-entropy of whole-number labels. From probabilities it is, as on TensorFlow, the softmax cross-entropy of log q,
 * q = p clipped to [1e-7, 1 - 1e-7]: log sum q - log q_label, so q is normalised after the clip. From logits z:
 * log sum e^z - z_label with gradient softmax(z), less 1 at the label (keras/src/backend/tensorflow/nn.py). */
#include "kernels/vector.h"
#include "losses/crossentropy.h"

static denoise_status rows(const denoise__loss_args *args, int64_t first, int64_t count)
{
    const denoise__vector *v = denoise__vector_table();
    int64_t columns = args->columns;
    for (int64_t r = first; r < first + count; r++) {
        const float *p = args->prediction + r * columns;
        float *gradient = denoise__loss_row_gradient(args, r);
        float scale = denoise__loss_row_scale(args, r, 1);
        args->row_loss[r] = args->from_logits ? v->scce_logits(p, args->labels[r], gradient, columns, scale)
                                              : v->scce_probability(p, args->labels[r], gradient, columns, scale);
    }
    return DENOISE_OK;
}

static denoise_status check(const void *config)
{
    const denoise__crossentropy_config *c = config;
    DENOISE__TRY(denoise__crossentropy_check(config));
    if (c->ignore_class == -1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_UNSUPPORTED, "ignore_class is %lld, only None is supported", (long long)c->ignore_class);
}

static const denoise__param params[] = {
    DENOISE__CROSSENTROPY_PARAMS,
    DENOISE__PARAM_INT(denoise__crossentropy_config, ignore_class, "None", DENOISE__NULLABLE, NAN, NAN,
                       "None; a class to leave out is not supported"),
};

extern const denoise__loss_kind denoise__loss_sparse_categorical_crossentropy;
const denoise__loss_kind denoise__loss_sparse_categorical_crossentropy = {
    .base = {.name = "sparse_categorical_crossentropy",
             .class_name = "SparseCategoricalCrossentropy",
             .aliases = NULL,
             .doc = "-log p[label] over the last axis, whole-number labels",
             .config_size = sizeof(denoise__crossentropy_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .is_sparse = true,
    .is_categorical = true,
    .takes_logits = true,
    .from_logits = denoise__crossentropy_from_logits,
    .rows = rows,
};
