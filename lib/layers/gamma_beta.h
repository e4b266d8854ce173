/* SPDX-License-Identifier: Apache-2.0 */
/* The trained weights of normalizations: gamma, by which is multiplied, then beta, which is added. */
#ifndef DENOISE_LAYERS_GAMMA_BETA_H
#define DENOISE_LAYERS_GAMMA_BETA_H

#include "constraints/constraint.h"
#include "initializers/initializer.h"
#include "layers/layer.h"
#include "regularizers/regularizer.h"

typedef struct denoise__gamma_beta {
    int32_t center, scale; /* whether there is a beta, and a gamma */
    denoise__kind_ref beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
        gamma_constraint;
} denoise__gamma_beta;

/* The rows for them; `config` is the kind's struct, which has a member `denoise__gamma_beta weights`. */
#define DENOISE__GAMMA_BETA_PARAM(config, field, type_name, fallback, flag, where, text)                                       \
    DENOISE__PARAM(#field, type_name, offsetof(config, weights.field), fallback, text, .flags = (flag), .minimum = NAN,        \
                   .maximum = NAN, .registry = (where))
#define DENOISE__GAMMA_BETA_PARAMS(config)                                                                                     \
    DENOISE__GAMMA_BETA_PARAM(config, center, DENOISE_PARAM_BOOL, "true", 0, NULL, "whether beta is added"),                   \
        DENOISE__GAMMA_BETA_PARAM(config, scale, DENOISE_PARAM_BOOL, "true", 0, NULL, "whether is multiplied by gamma"),       \
        DENOISE__GAMMA_BETA_PARAM(config, beta_initializer, DENOISE_PARAM_KIND, "zeros", 0, &denoise__initializer_registry,    \
                                  "first values of beta"),                                                                     \
        DENOISE__GAMMA_BETA_PARAM(config, gamma_initializer, DENOISE_PARAM_KIND, "ones", 0, &denoise__initializer_registry,    \
                                  "first values of gamma"),                                                                    \
        DENOISE__GAMMA_BETA_PARAM(config, beta_regularizer, DENOISE_PARAM_KIND, "None", DENOISE__NULLABLE,                     \
                                  &denoise__regularizer_registry, "penalty on beta"),                                          \
        DENOISE__GAMMA_BETA_PARAM(config, gamma_regularizer, DENOISE_PARAM_KIND, "None", DENOISE__NULLABLE,                    \
                                  &denoise__regularizer_registry, "penalty on gamma"),                                         \
        DENOISE__GAMMA_BETA_PARAM(config, beta_constraint, DENOISE_PARAM_KIND, "None", DENOISE__NULLABLE,                      \
                                  &denoise__constraint_registry, "what beta is brought back to after each step"),              \
        DENOISE__GAMMA_BETA_PARAM(config, gamma_constraint, DENOISE_PARAM_KIND, "None", DENOISE__NULLABLE,                     \
                                  &denoise__constraint_registry, "what gamma is brought back to after each step")

/* How many there are; they go to *specs, unless that is NULL. */
int32_t denoise__gamma_beta_specs(const denoise__gamma_beta *weights, const denoise__shape *shape, denoise__weight_spec *specs);

/* Where they stand among all of a layer's weights, or their gradients; -1: there is none. */
static inline int32_t denoise__gamma_index(const denoise__gamma_beta *weights)
{
    return weights->scale != 0 ? 0 : -1;
}
static inline int32_t denoise__beta_index(const denoise__gamma_beta *weights)
{
    return weights->center == 0 ? -1 : weights->scale != 0 ? 1 : 0;
}

#endif
