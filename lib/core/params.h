/* SPDX-License-Identifier: Apache-2.0 */
/* What a bag of parameters holds; see denoise/params.h. */
#ifndef DENOISE_CORE_PARAMS_H
#define DENOISE_CORE_PARAMS_H

#include "core/error.h"
#include <denoise/params.h>
#include <stdbool.h>
#include <stddef.h>

enum { DENOISE__MAX_INTS = 8, DENOISE__MAX_NESTING = 16 };

typedef struct denoise__value {
    int32_t type; /* DENOISE_PARAM_* */
    int32_t truth;
    int64_t integer;
    double number;
    int64_t count; /* of ints */
    int64_t ints[DENOISE__MAX_INTS];
    char *text;             /* TEXT, or the name of a KIND; owned */
    denoise_params *nested; /* of a KIND; owned, may be NULL */
} denoise__value;

/* The value of a key; NULL when it is absent. */
const denoise__value *denoise__params_find(const denoise_params *params, const char *key);

/* Takes `value` over in any case. */
denoise_status denoise__params_set(denoise_params *params, const char *key, denoise__value *value);

/* A deep copy; NULL gives NULL. */
denoise_status denoise__params_copy(denoise_params **out, const denoise_params *params);

/* "a whole number"; for messages */
const char *denoise__param_type_name(int32_t type);

/* Fills a value from a literal: numbers, true/false/True/False, None, [1, 2], quoted text; all else is a text. */
denoise_status denoise__value_parse(denoise__value *out, const char *text, size_t length);
void denoise__value_clear(denoise__value *value);

#endif
