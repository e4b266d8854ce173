/* SPDX-License-Identifier: Apache-2.0 */
/* What a bag of parameters holds; see denoise/params.h. */
#ifndef DENOISE_CORE_PARAMS_H
#define DENOISE_CORE_PARAMS_H

#include "core/error.h"
#include <denoise/params.h>
#include <stdbool.h>
#include <stddef.h>

enum { DENOISE__MAX_INTS = 8, DENOISE__MAX_DOUBLES = 1024, DENOISE__PARAMS_DEPTH = 16 };

typedef struct denoise__param_value {
    int32_t type; /* DENOISE_PARAM_* */
    int32_t truth;
    int64_t integer;
    double number;
    int64_t count; /* of ints or doubles */
    int64_t ints[DENOISE__MAX_INTS];
    double *doubles;        /* owned; NULL when there are none */
    char *text;             /* TEXT, or the name of a KIND; owned */
    denoise_params *nested; /* of a KIND; owned, may be NULL */
} denoise__param_value;

/* The value of a key; NULL when it is absent. */
const denoise__param_value *denoise__params_find(const denoise_params *params, const char *key);

/* Takes `value` over in any case. */
denoise_status denoise__params_set(denoise_params *params, const char *key, denoise__param_value *value);

/* A deep copy; NULL gives NULL. */
denoise_status denoise__params_copy(denoise_params **out, const denoise_params *params);

/* Number `index` of an INTS or DOUBLES. */
double denoise__param_value_double(const denoise__param_value *value, int64_t index);

/* "a whole number"; for messages */
const char *denoise__param_type_name(int32_t type);

void denoise__param_value_clear(denoise__param_value *value);

#endif
