/* SPDX-License-Identifier: Apache-2.0 */
#include "core/gather.h"
#include <math.h>
#include <string.h>

denoise__gather denoise__gather_begin(void)
{
    denoise__gather given = {NULL, DENOISE_OK};
    given.status = denoise_params_new(&given.params);
    return given;
}

void denoise__gather_end(denoise__gather *given)
{
    denoise_params_free(given->params);
    given->params = NULL;
}

void denoise__gather_fail(denoise__gather *given, denoise_status status)
{
    if (given->status == DENOISE_OK) given->status = status;
}

bool denoise__gather_options(denoise__gather *given, const denoise__options *type, void *known, const void *options)
{
    if (options == NULL || given->status != DENOISE_OK) return false;
    given->status = denoise__options_read(type, known, options);
    return given->status == DENOISE_OK;
}

void denoise__gather_none(denoise__gather *given, const char *key)
{
    if (given->status == DENOISE_OK) given->status = denoise_params_set_none(given->params, key);
}

void denoise__gather_bool(denoise__gather *given, const char *key, int32_t value)
{
    if (given->status == DENOISE_OK) given->status = denoise_params_set_bool(given->params, key, value);
}

void denoise__gather_int(denoise__gather *given, const char *key, int64_t value)
{
    if (given->status == DENOISE_OK) given->status = denoise_params_set_int(given->params, key, value);
}

void denoise__gather_double(denoise__gather *given, const char *key, double value)
{
    if (given->status == DENOISE_OK) given->status = denoise_params_set_double(given->params, key, value);
}

void denoise__gather_double_or_none(denoise__gather *given, const char *key, double value)
{
    if (isnan(value))
        denoise__gather_none(given, key);
    else
        denoise__gather_double(given, key, value);
}

void denoise__gather_text(denoise__gather *given, const char *key, const char *value)
{
    if (given->status == DENOISE_OK) given->status = denoise_params_set_text(given->params, key, value);
}

void denoise__gather_text_or_none(denoise__gather *given, const char *key, const char *value)
{
    if (value == NULL)
        denoise__gather_none(given, key);
    else
        denoise__gather_text(given, key, value);
}

void denoise__gather_doubles(denoise__gather *given, const char *key, const double *values, int64_t count)
{
    if (given->status == DENOISE_OK) given->status = denoise_params_set_doubles(given->params, key, values, count);
}

void denoise__gather_kind(denoise__gather *given, const char *key, const char *name, const denoise_params *nested)
{
    if (given->status == DENOISE_OK) given->status = denoise_params_set_kind(given->params, key, name, nested);
}

void denoise__gather_ints(denoise__gather *given, const char *key, const int64_t *values, int64_t count)
{
    if (given->status == DENOISE_OK) given->status = denoise_params_set_ints(given->params, key, values, count);
}
