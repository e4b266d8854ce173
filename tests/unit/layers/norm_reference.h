/* SPDX-License-Identifier: Apache-2.0 */
/* Normalizations written out in double precision: what a layer_run gives is compared with them, and gradients with their
 * differences. */
#ifndef DENOISE_TESTS_NORM_REFERENCE_H
#define DENOISE_TESTS_NORM_REFERENCE_H

#include "layer_run.h"

typedef enum norm_sort { NORM_MOMENTS, NORM_RMS, NORM_UNIT, NORM_FIXED } norm_sort;

typedef struct norm_rule {
    norm_sort sort;
    int64_t divide[DENOISE_MAX_RANK];  /* of each axis, the batch's first: elements of one group have one coordinate / divide
                                        * on it; 0 = any */
    bool has_weight[DENOISE_MAX_RANK]; /* of each axis: gamma and beta lie along it */
    double epsilon;
    int32_t gamma, beta;          /* among the weights; -1 = none */
    const float *mean, *variance; /* of NORM_FIXED, by group */
} norm_rule;

/* Output, and all gradients, within 1e-6 of the largest of each array. Runs forward and backward. */
void norm_reference_check(layer_run *run, const norm_rule *rule);

#endif
