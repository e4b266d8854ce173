/* SPDX-License-Identifier: Apache-2.0 */
/* Values into the fields of a configuration struct and back. */
#include "core/field.h"
#include "core/memory.h"
#include "core/text.h"
#include <string.h>

static bool is_nullable(const denoise__param *param)
{
    return (param->flags & DENOISE__NULLABLE) != 0;
}

/* 0.5 -> "0.5", 2.0 -> "2" */
static void number_text(char *buffer, size_t size, double number)
{
    denoise__format_repr(buffer, size, number);
    size_t length = strlen(buffer);
    if (length > 2 && strcmp(buffer + length - 2, ".0") == 0) buffer[length - 2] = '\0';
}

static denoise_status fail_bounds(const denoise__param *param, const char *given)
{
    char low[40] = "", high[40] = "";
    const char *above = (param->flags & DENOISE__ABOVE_MINIMUM) != 0 ? "<" : "<=";
    const char *below = (param->flags & DENOISE__BELOW_MAXIMUM) != 0 ? "<" : "<=";
    number_text(low, sizeof(low), param->minimum);
    number_text(high, sizeof(high), param->maximum);
    if (isnan(param->maximum)) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s is %s, expected %s %s %s", param->name, given, param->name,
                             (param->flags & DENOISE__ABOVE_MINIMUM) != 0 ? ">" : ">=", low);
    }
    if (isnan(param->minimum)) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s is %s, expected %s %s %s", param->name, given, param->name, below, high);
    }
    return denoise__fail(DENOISE_ERR_RANGE, "%s is %s, expected %s %s %s %s %s", param->name, given, low, above, param->name,
                         below, high);
}

static bool in_bounds(const denoise__param *param, double number)
{
    if (!isnan(param->minimum)) {
        bool fine = (param->flags & DENOISE__ABOVE_MINIMUM) != 0 ? number > param->minimum : number >= param->minimum;
        if (!fine) return false;
    }
    if (!isnan(param->maximum)) {
        return (param->flags & DENOISE__BELOW_MAXIMUM) != 0 ? number < param->maximum : number <= param->maximum;
    }
    return true;
}

static denoise_status check_integer(const denoise__param *param, int64_t integer)
{
    if (in_bounds(param, (double)integer)) return DENOISE_OK;
    char given[32];
    denoise__format(given, sizeof(given), "%lld", (long long)integer);
    return fail_bounds(param, given);
}

static denoise_status fail_type(const denoise__param *param, const denoise__value *value)
{
    const char *expected = denoise__param_type_name(param->type);
    const char *given = denoise__param_type_name(value->type);
    const char *none = is_nullable(param) ? " or None" : "";
    if (value->type == DENOISE_PARAM_NONE) {
        return denoise__fail(DENOISE_ERR_INVALID, "%s is None, expected %s", param->name, expected);
    }
    if (value->type == DENOISE_PARAM_TEXT || value->type == DENOISE_PARAM_KIND) {
        return denoise__fail(DENOISE_ERR_DTYPE, "%s is %s (\"%.80s\"), expected %s%s", param->name, given, value->text,
                             expected, none);
    }
    if (value->type == DENOISE_PARAM_DOUBLE) {
        char number[40];
        denoise__format_repr(number, sizeof(number), value->number);
        return denoise__fail(DENOISE_ERR_DTYPE, "%s is %s, expected %s%s", param->name, number, expected, none);
    }
    return denoise__fail(DENOISE_ERR_DTYPE, "%s is %s, expected %s%s", param->name, given, expected, none);
}

static denoise_status set_bool(int32_t *field, const denoise__param *param, const denoise__value *value)
{
    bool truth = value->type == DENOISE_PARAM_BOOL;
    bool bit = value->type == DENOISE_PARAM_INT && (value->integer == 0 || value->integer == 1);
    if (!truth && !bit) return fail_type(param, value);
    *field = truth ? value->truth : (int32_t)value->integer;
    return DENOISE_OK;
}

/* 2^53: from here on a double may stand for several whole numbers. */
#define EXACT_LIMIT 9007199254740992.0

static denoise_status set_int(int64_t *field, const denoise__param *param, const denoise__value *value)
{
    int64_t integer = value->integer;
    if (value->type == DENOISE_PARAM_DOUBLE) {
        if (!(value->number >= -EXACT_LIMIT && value->number <= EXACT_LIMIT)) return fail_type(param, value);
        integer = (int64_t)value->number;
        if ((double)integer != value->number) return fail_type(param, value);
    } else if (value->type != DENOISE_PARAM_INT) {
        return fail_type(param, value);
    }
    bool none = is_nullable(param) && integer == -1;
    if (!none) DENOISE__TRY(check_integer(param, integer));
    *field = integer;
    return DENOISE_OK;
}

static denoise_status set_double(double *field, const denoise__param *param, const denoise__value *value)
{
    if (value->type != DENOISE_PARAM_DOUBLE && value->type != DENOISE_PARAM_INT) return fail_type(param, value);
    double number = value->type == DENOISE_PARAM_INT ? (double)value->integer : value->number;
    char given[40];
    number_text(given, sizeof(given), number);
    if (!isfinite(number)) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s is %s, expected a finite number", param->name, given);
    }
    if (!in_bounds(param, number)) return fail_bounds(param, given);
    *field = number;
    return DENOISE_OK;
}

/* "sum|mean" -> "sum, mean" */
static denoise_status fail_choice(const denoise__param *param, const char *given)
{
    char choices[256] = "";
    size_t length = 0;
    for (const char *at = param->choices; *at != '\0' && length + 3 < sizeof(choices); at++) {
        if (*at == '|') choices[length++] = ',';
        choices[length++] = *at == '|' ? ' ' : *at;
    }
    choices[length] = '\0';
    return denoise__fail(DENOISE_ERR_INVALID, "%s is \"%.80s\", expected one of %s", param->name, given, choices);
}

static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);
    while (*choices != '\0') {
        size_t item = strcspn(choices, "|");
        if (item == length && memcmp(choices, text, length) == 0) return true;
        choices += item;
        if (*choices == '|') choices++;
    }
    return false;
}

static denoise_status set_text(char *field, const denoise__param *param, const denoise__value *value)
{
    if (value->type != DENOISE_PARAM_TEXT) return fail_type(param, value);
    size_t length = strlen(value->text);
    if (length >= DENOISE__TEXT_SIZE) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s has %zu bytes, expected at most %d", param->name, length,
                             DENOISE__TEXT_SIZE - 1);
    }
    bool none = is_nullable(param) && length == 0;
    if (param->choices != NULL && !none && !is_choice(param->choices, value->text)) return fail_choice(param, value->text);
    memcpy(field, value->text, length + 1);
    return DENOISE_OK;
}

/* A text of any length, which the configuration owns. */
static denoise_status set_long_text(char **field, const denoise__param *param, const denoise__value *value)
{
    if (value->type != DENOISE_PARAM_TEXT) return fail_type(param, value);
    *field = denoise__copy_text(value->text);
    return *field == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static bool is_long_text(const denoise__param *param)
{
    return param->type == DENOISE_PARAM_TEXT && (param->flags & DENOISE__LONG_TEXT) != 0;
}

static denoise_status set_ints(denoise__ints *field, const denoise__param *param, const denoise__value *value)
{
    if (value->type != DENOISE_PARAM_INTS) return fail_type(param, value);
    for (int64_t i = 0; i < value->count; i++) {
        DENOISE__TRY(check_integer(param, value->ints[i]));
    }
    memset(field, 0, sizeof(*field));
    field->count = value->count;
    memcpy(field->values, value->ints, sizeof(field->values));
    return DENOISE_OK;
}

static denoise_status set_kind(denoise__kind_ref *field, const denoise__param *param, const denoise__value *value)
{
    if (value->type != DENOISE_PARAM_TEXT && value->type != DENOISE_PARAM_KIND) return fail_type(param, value);
    denoise_status status = denoise__kind_ref_make(field, param->registry, value->text, value->nested);
    if (status != DENOISE_OK) return denoise__context(status, "%s: ", param->name);
    if (field->kind == NULL && !is_nullable(param)) {
        return denoise__fail(DENOISE_ERR_INVALID, "%s is None, expected %s", param->name,
                             denoise__param_type_name(DENOISE_PARAM_KIND));
    }
    return DENOISE_OK;
}

static denoise_status set_none(void *field, const denoise__param *param)
{
    denoise__value none = {.type = DENOISE_PARAM_NONE};
    if (!is_nullable(param)) return fail_type(param, &none);
    switch (param->type) {
    case DENOISE_PARAM_INT:
        *(int64_t *)field = -1;
        return DENOISE_OK;
    case DENOISE_PARAM_DOUBLE:
        *(double *)field = NAN;
        return DENOISE_OK;
    case DENOISE_PARAM_TEXT:
        if (!is_long_text(param)) *(char *)field = '\0';
        return DENOISE_OK; /* a long text is NULL already */
    case DENOISE_PARAM_INTS:
        ((denoise__ints *)field)->count = -1;
        return DENOISE_OK;
    case DENOISE_PARAM_KIND:
        *(denoise__kind_ref *)field = (denoise__kind_ref){NULL, NULL};
        return DENOISE_OK;
    default:
        return fail_type(param, &none);
    }
}

denoise_status denoise__field_set(void *field, const denoise__param *param, const denoise__value *value)
{
    if (value->type == DENOISE_PARAM_NONE) return set_none(field, param);
    switch (param->type) {
    case DENOISE_PARAM_BOOL:
        return set_bool(field, param, value);
    case DENOISE_PARAM_INT:
        return set_int(field, param, value);
    case DENOISE_PARAM_DOUBLE:
        return set_double(field, param, value);
    case DENOISE_PARAM_TEXT:
        return is_long_text(param) ? set_long_text(field, param, value) : set_text(field, param, value);
    case DENOISE_PARAM_INTS:
        return set_ints(field, param, value);
    case DENOISE_PARAM_KIND:
        return set_kind(field, param, value);
    default:
        return denoise__fail(DENOISE_ERR_INTERNAL, "parameter \"%s\" has no type", param->name);
    }
}

void denoise__field_clear(void *field, const denoise__param *param)
{
    if (param->type == DENOISE_PARAM_KIND) denoise__kind_ref_clear(field);
    if (is_long_text(param)) {
        denoise__release(*(char **)field);
        *(char **)field = NULL;
    }
}

static denoise_status put_kind(denoise_params *params, const char *key, const denoise__kind_ref *ref)
{
    denoise_params *nested;
    DENOISE__TRY(denoise__config_params(&nested, ref->kind, ref->config));
    denoise_status status = denoise_params_set_kind(params, key, ref->kind->name, nested);
    denoise_params_free(nested);
    return status;
}

static bool is_none(const denoise__param *param, const void *field)
{
    if (!is_nullable(param)) return false;
    switch (param->type) {
    case DENOISE_PARAM_INT:
        return *(const int64_t *)field == -1;
    case DENOISE_PARAM_DOUBLE:
        return isnan(*(const double *)field);
    case DENOISE_PARAM_TEXT:
        return is_long_text(param) ? *(char *const *)field == NULL : *(const char *)field == '\0';
    case DENOISE_PARAM_INTS:
        return ((const denoise__ints *)field)->count < 0;
    case DENOISE_PARAM_KIND:
        return ((const denoise__kind_ref *)field)->kind == NULL;
    default:
        return false;
    }
}

denoise_status denoise__field_get(denoise_params *params, const denoise__param *param, const void *field)
{
    if (is_none(param, field)) return denoise_params_set_none(params, param->name);
    switch (param->type) {
    case DENOISE_PARAM_BOOL:
        return denoise_params_set_bool(params, param->name, *(const int32_t *)field);
    case DENOISE_PARAM_INT:
        return denoise_params_set_int(params, param->name, *(const int64_t *)field);
    case DENOISE_PARAM_DOUBLE:
        return denoise_params_set_double(params, param->name, *(const double *)field);
    case DENOISE_PARAM_TEXT:
        return denoise_params_set_text(params, param->name, is_long_text(param) ? *(char *const *)field : (const char *)field);
    case DENOISE_PARAM_INTS:
        return denoise_params_set_ints(params, param->name, ((const denoise__ints *)field)->values,
                                       ((const denoise__ints *)field)->count);
    default:
        return put_kind(params, param->name, field);
    }
}
