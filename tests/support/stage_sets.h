/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of options that switch the stages of an optimizer on, for tests that loop over them. */
#ifndef DENOISE_TESTS_STAGE_SETS_H
#define DENOISE_TESTS_STAGE_SETS_H

#include <denoise/params.h>

typedef struct stage_set {
    const char *name;
    const char *clip; /* "clipnorm", "global_clipnorm", "clipvalue"; NULL: none */
    double limit;
    int64_t accumulation, overwrite_frequency; /* 0: None */
    double ema_momentum;                       /* 0: none */
    double loss_scale;                         /* 0: none */
    const char *schedule, *excluded;           /* NULL: none */
} stage_set;

extern const stage_set stage_sets[]; /* ends with a NULL name */

/* Sets the options under Keras' names; all of them go with every kind. */
void stage_set_params(const stage_set *set, denoise_params *params);

#endif
