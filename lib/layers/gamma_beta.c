/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/gamma_beta.h"

int32_t denoise__gamma_beta_specs(const denoise__gamma_beta *weights, const denoise__shape *shape, denoise__weight_spec *specs)
{
    int32_t count = 0;
    if (weights->scale != 0) {
        if (specs != NULL)
            specs[count] = (denoise__weight_spec){.name = "gamma",
                                                  .shape = *shape,
                                                  .initializer = &weights->gamma_initializer,
                                                  .regularizer = &weights->gamma_regularizer,
                                                  .constraint = &weights->gamma_constraint,
                                                  .trainable = true};
        count++;
    }
    if (weights->center != 0) {
        if (specs != NULL)
            specs[count] = (denoise__weight_spec){.name = "beta",
                                                  .shape = *shape,
                                                  .initializer = &weights->beta_initializer,
                                                  .regularizer = &weights->beta_regularizer,
                                                  .constraint = &weights->beta_constraint,
                                                  .trainable = true};
        count++;
    }
    return count;
}
