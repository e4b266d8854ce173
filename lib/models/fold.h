/* SPDX-License-Identifier: Apache-2.0 */
/* BatchNormalization folded into the convolution or Dense before it, for prediction. Outside of training a normalization scales
 * and shifts each channel, which the layer before it can do with other weights. In double, for channel c, i = 1 / sqrt(variance
 * + epsilon) being that of kernels/norm.h:
 *
 *     scale   = gamma[c] i[c]
 *     kernel' = float(kernel scale)                   each number of a kernel that channel c is made of
 *     bias'   = float((bias[c] - mean[c]) scale + beta[c])
 *
 * What is folded depends on the model's graph alone: a layer of these kinds, with no activation, whose output a normalization
 * of its channels reads and nothing else does. An activation that follows ends the layer. */
#ifndef DENOISE_MODELS_FOLD_H
#define DENOISE_MODELS_FOLD_H

#include "models/plan.h"

typedef struct denoise__fold {
    denoise_layer *layer, *norm;
    void *config;                        /* of the layer, with a bias; what it points to is the layer's */
    int32_t scaled, weight_count;        /* which weight is scaled, and how many there are with the bias, the last one */
    int32_t gamma, beta, mean, variance; /* weights of the normalization; -1: none */
    double epsilon;
    int64_t count, channels, inner; /* number i of the kernel is of channel i / inner % channels */
    double *scale;                  /* (channels) */
    float *kernel, *bias;           /* (count), (channels) */
    uint64_t version;               /* of the weights that these were made of: the sum of all */
} denoise__fold;

/* Once values have readers: normalizations become part of the layers before them, where they can. */
denoise_status denoise__plan_fold(denoise__plan *plan);
void denoise__fold_free(denoise__fold *fold);
/* Brings weights home, and computes anew what was made of others. Whoever calls it has the locks of the layers. */
void denoise__fold_refresh(denoise__fold *fold);
/* The weights that the layer computes with, in its order. */
void denoise__fold_weights(const denoise__fold *fold, const float **weights);
int64_t denoise__plan_fold_bytes(const denoise__plan *plan);

/* What the step's kind is handed. */
static inline const void *denoise__step_config(const denoise__step *step)
{
    return step->fold != NULL ? step->fold->config : step->layer->part.config;
}

#endif
