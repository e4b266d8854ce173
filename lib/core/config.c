/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters into a configuration struct, field by field, and back; references to kinds, which have a configuration. */
#include "core/format.h"
#include "core/kind.h"
#include "core/kind_text.h"
#include "core/memory.h"
#include "core/number.h"
#include "core/params.h"
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

static denoise_status fail_type(const denoise__param *param, const denoise__param_value *value)
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

static denoise_status set_bool(int32_t *field, const denoise__param *param, const denoise__param_value *value)
{
    bool truth = value->type == DENOISE_PARAM_BOOL;
    bool bit = value->type == DENOISE_PARAM_INT && (value->integer == 0 || value->integer == 1);
    if (!truth && !bit) return fail_type(param, value);
    *field = truth ? value->truth : (int32_t)value->integer;
    return DENOISE_OK;
}

/* 2^53: from here on a double may stand for several whole numbers. */
#define EXACT_LIMIT 9007199254740992.0

static denoise_status set_int(int64_t *field, const denoise__param *param, const denoise__param_value *value)
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

static denoise_status check_double(const denoise__param *param, double number)
{
    char given[40];
    number_text(given, sizeof(given), number);
    if (!isfinite(number)) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s is %s, expected a finite number", param->name, given);
    }
    return in_bounds(param, number) ? DENOISE_OK : fail_bounds(param, given);
}

static denoise_status set_double(double *field, const denoise__param *param, const denoise__param_value *value)
{
    if (value->type != DENOISE_PARAM_DOUBLE && value->type != DENOISE_PARAM_INT) return fail_type(param, value);
    double number = value->type == DENOISE_PARAM_INT ? (double)value->integer : value->number;
    DENOISE__TRY(check_double(param, number));
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

static denoise_status set_text(char *field, const denoise__param *param, const denoise__param_value *value)
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
static denoise_status set_long_text(char **field, const denoise__param *param, const denoise__param_value *value)
{
    if (value->type != DENOISE_PARAM_TEXT) return fail_type(param, value);
    *field = denoise__copy_text(value->text);
    return *field == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static bool is_long_text(const denoise__param *param)
{
    return param->type == DENOISE_PARAM_TEXT && (param->flags & DENOISE__LONG_TEXT) != 0;
}

static denoise_status set_ints(denoise__ints *field, const denoise__param *param, const denoise__param_value *value)
{
    if (value->type == DENOISE_PARAM_INT && (param->flags & DENOISE__OR_INT) != 0) {
        DENOISE__TRY(check_integer(param, value->integer));
        *field = (denoise__ints){.count = 1, .values = {value->integer}};
        return DENOISE_OK;
    }
    if (value->type != DENOISE_PARAM_INTS) return fail_type(param, value);
    for (int64_t i = 0; i < value->count; i++) {
        DENOISE__TRY(check_integer(param, value->ints[i]));
    }
    memset(field, 0, sizeof(*field));
    field->count = value->count;
    memcpy(field->values, value->ints, sizeof(field->values));
    return DENOISE_OK;
}

static denoise_status set_doubles(denoise__doubles *field, const denoise__param *param, const denoise__param_value *value)
{
    if (value->type != DENOISE_PARAM_DOUBLES && value->type != DENOISE_PARAM_INTS) return fail_type(param, value);
    double *values = denoise__allocate_zeroed((size_t)value->count + 1, sizeof(*values));
    if (values == NULL) return denoise__fail_nomem();
    denoise_status status = DENOISE_OK;
    for (int64_t i = 0; i < value->count && status == DENOISE_OK; i++)
        status = check_double(param, values[i] = denoise__param_value_double(value, i));
    if (status != DENOISE_OK) {
        denoise__release(values);
        return status;
    }
    *field = (denoise__doubles){value->count, values};
    return DENOISE_OK;
}

static denoise_status set_kind(denoise__kind_ref *field, const denoise__param *param, const denoise__param_value *value)
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
    denoise__param_value none = {.type = DENOISE_PARAM_NONE};
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
    case DENOISE_PARAM_DOUBLES:
        ((denoise__doubles *)field)->count = -1;
        return DENOISE_OK;
    case DENOISE_PARAM_KIND:
        *(denoise__kind_ref *)field = (denoise__kind_ref){NULL, NULL};
        return DENOISE_OK;
    default:
        return fail_type(param, &none);
    }
}

static denoise_status field_set(void *field, const denoise__param *param, const denoise__param_value *value)
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
    case DENOISE_PARAM_DOUBLES:
        return set_doubles(field, param, value);
    case DENOISE_PARAM_KIND:
        return set_kind(field, param, value);
    default:
        return denoise__fail(DENOISE_ERR_INTERNAL, "parameter \"%s\" has no type", param->name);
    }
}

static void field_clear(void *field, const denoise__param *param)
{
    if (param->type == DENOISE_PARAM_DOUBLES) {
        denoise__release(((denoise__doubles *)field)->values);
        *(denoise__doubles *)field = (denoise__doubles){0, NULL};
    }
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
    case DENOISE_PARAM_DOUBLES:
        return ((const denoise__doubles *)field)->count < 0;
    case DENOISE_PARAM_KIND:
        return ((const denoise__kind_ref *)field)->kind == NULL;
    default:
        return false;
    }
}

static denoise_status field_get(denoise_params *params, const denoise__param *param, const void *field)
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
    case DENOISE_PARAM_DOUBLES:
        return denoise_params_set_doubles(params, param->name, ((const denoise__doubles *)field)->values,
                                          ((const denoise__doubles *)field)->count);
    default:
        return put_kind(params, param->name, field);
    }
}

static void *field_of(void *config, const denoise__param *param)
{
    return (char *)config + param->offset;
}

/* The reference of a number that may be a kind; NULL where it may not. */
static denoise__kind_ref *kind_beside(const void *config, const denoise__param *param)
{
    if ((param->flags & DENOISE__OR_KIND) == 0) return NULL;
    return (denoise__kind_ref *)(void *)((char *)(uintptr_t)config + param->kind_offset);
}

static denoise_status set_default(void *field, const denoise__param *param)
{
    const char *text = param->default_text;
    if (text == NULL) return denoise__fail(DENOISE_ERR_INVALID, "%s must be given", param->name);
    bool none = (param->flags & DENOISE__NULLABLE) != 0 && strcmp(text, "None") == 0;
    bool literal = none || (param->type != DENOISE_PARAM_TEXT && param->type != DENOISE_PARAM_KIND);
    if (!literal) {
        denoise__param_value value = {.type = DENOISE_PARAM_TEXT, .text = denoise__copy_text(text)};
        if (value.text == NULL) return denoise__fail_nomem();
        denoise_status status = field_set(field, param, &value);
        denoise__param_value_clear(&value);
        return status;
    }
    denoise__param_value value;
    denoise_status status = denoise__param_value_parse(&value, text, strlen(text));
    if (status == DENOISE_OK) status = field_set(field, param, &value);
    denoise__param_value_clear(&value);
    return status;
}

static const denoise__param *find_param(const denoise__kind *kind, const char *name)
{
    for (int32_t i = 0; i < kind->param_count; i++) {
        if (strcmp(kind->params[i].name, name) == 0) return &kind->params[i];
    }
    return NULL;
}

static denoise_status check_keys(const denoise__kind *kind, const denoise_params *params)
{
    for (int64_t i = 0; i < denoise_params_count(params); i++) {
        const char *key = denoise_params_key(params, i);
        if (find_param(kind, key) != NULL) continue;
        if (kind->param_count == 0) {
            return denoise__fail(DENOISE_ERR_NAME, "unknown parameter \"%.80s\"; it has none", key);
        }
        char names[DENOISE__MESSAGE_SIZE] = "";
        size_t length = 0;
        for (int32_t j = 0; j < kind->param_count && length < sizeof(names); j++) {
            length += (size_t)denoise__format(names + length, sizeof(names) - length, "%s%s", j == 0 ? "" : ", ",
                                              kind->params[j].name);
        }
        return denoise__fail(DENOISE_ERR_NAME, "unknown parameter \"%.80s\"; it has %s", key, names);
    }
    return DENOISE_OK;
}

/* A number that is a kind instead. */
static denoise_status set_kind_instead(denoise__kind_ref *field, const denoise__param *param, const denoise__param_value *value)
{
    denoise_status status = denoise__kind_ref_make(field, param->registry, value->text, value->nested);
    if (status != DENOISE_OK) return denoise__context(status, "%s: ", param->name);
    denoise__param_value none = {.type = DENOISE_PARAM_NONE};
    return field->kind == NULL ? fail_type(param, &none) : DENOISE_OK;
}

static denoise_status fill(void *config, const denoise__kind *kind, const denoise_params *params)
{
    DENOISE__TRY(check_keys(kind, params));
    for (int32_t i = 0; i < kind->param_count; i++) {
        const denoise__param *param = &kind->params[i];
        const denoise__param_value *value = denoise__params_find(params, param->name);
        void *field = field_of(config, param);
        denoise__kind_ref *kind_instead = kind_beside(config, param);
        bool is_kind = value != NULL && (value->type == DENOISE_PARAM_TEXT || value->type == DENOISE_PARAM_KIND);
        if (kind_instead != NULL && is_kind)
            DENOISE__TRY(set_kind_instead(kind_instead, param, value));
        else
            DENOISE__TRY(value != NULL ? field_set(field, param, value) : set_default(field, param));
    }
    return kind->check == NULL ? DENOISE_OK : kind->check(config);
}

/* Counts a configuration of a kind that can be taken out, unless it is. */
static denoise_status enter(const denoise__kind *kind)
{
    if (kind->life == NULL) return DENOISE_OK;
    (void)atomic_fetch_add(&kind->life->configurations, 1);
    if (atomic_load(&kind->life->place) == DENOISE__KIND_THERE) return DENOISE_OK;
    (void)atomic_fetch_sub(&kind->life->configurations, 1);
    return denoise__fail(DENOISE_ERR_NAME, "%s was taken out", kind->name);
}

static void leave(const denoise__kind *kind)
{
    if (kind->life != NULL) (void)atomic_fetch_sub(&kind->life->configurations, 1);
}

/* A kind with a life has a configuration, in which it stands itself. */
static denoise_status allocate(void **out, const denoise__kind *kind)
{
    *out = NULL;
    if (kind->config_size == 0) return DENOISE_OK;
    DENOISE__TRY(enter(kind));
    *out = denoise__allocate_zeroed(1, kind->config_size);
    if (*out == NULL) {
        leave(kind);
        return denoise__fail_nomem();
    }
    if (kind->life != NULL) *(const denoise__kind **)(void *)((char *)*out + kind->self_offset) = kind;
    return DENOISE_OK;
}

denoise_status denoise__config_new(void **out, const denoise__kind *kind, const denoise_params *params)
{
    *out = NULL;
    void *config;
    DENOISE__TRY(allocate(&config, kind));
    denoise_status status = fill(config, kind, params);
    if (status != DENOISE_OK) {
        denoise__config_free(kind, config);
        return status == DENOISE_ERR_NOMEM ? status : denoise__context(status, "%s: ", kind->name);
    }
    *out = config;
    return DENOISE_OK;
}

void denoise__config_free(const denoise__kind *kind, void *config)
{
    if (config == NULL) return;
    for (int32_t i = 0; i < kind->param_count; i++) {
        denoise__kind_ref *kind_instead = kind_beside(config, &kind->params[i]);
        field_clear(field_of(config, &kind->params[i]), &kind->params[i]);
        if (kind_instead != NULL) denoise__kind_ref_clear(kind_instead);
    }
    denoise__release(config);
    leave(kind);
}

denoise_status denoise__config_params(denoise_params **out, const denoise__kind *kind, const void *config)
{
    *out = NULL;
    denoise_params *params;
    DENOISE__TRY(denoise_params_new(&params));
    for (int32_t i = 0; i < kind->param_count; i++) {
        const denoise__param *param = &kind->params[i];
        const denoise__kind_ref *kind_instead = kind_beside(config, param);
        bool is_kind = kind_instead != NULL && kind_instead->kind != NULL;
        denoise_status status = is_kind ? put_kind(params, param->name, kind_instead)
                                        : field_get(params, param, (const char *)config + param->offset);
        if (status != DENOISE_OK) {
            denoise_params_free(params);
            return status;
        }
    }
    *out = params;
    return DENOISE_OK;
}

double denoise__config_double(const denoise__kind *kind, const void *config, const char *name)
{
    const denoise__param *param = find_param(kind, name);
    if (param == NULL) return (double)NAN;
    const char *field = (const char *)config + param->offset;
    double number = (double)NAN;
    int64_t integer;
    int32_t truth;
    switch (param->type) {
    case DENOISE_PARAM_DOUBLE:
        memcpy(&number, field, sizeof number);
        break;
    case DENOISE_PARAM_INT:
        memcpy(&integer, field, sizeof integer);
        number = (double)integer;
        break;
    case DENOISE_PARAM_BOOL:
        memcpy(&truth, field, sizeof truth);
        number = truth != 0 ? 1 : 0;
        break;
    default:
        break;
    }
    return number;
}

denoise_status denoise__kind_ref_make(denoise__kind_ref *out, const denoise__registry *registry, const char *text,
                                      const denoise_params *nested)
{
    *out = (denoise__kind_ref){NULL, NULL};
    if (text == NULL) return DENOISE_OK;
    const denoise__kind *kind;
    denoise_params *own;
    DENOISE__TRY(denoise__kind_text_parse(&kind, &own, registry, text));
    if (kind == NULL) return DENOISE_OK;
    denoise_status status = DENOISE_OK;
    if (own != NULL && nested != NULL) {
        status = denoise__fail(DENOISE_ERR_INVALID, "%s: parameters are given both in brackets and apart", kind->name);
    }
    void *config = NULL;
    if (status == DENOISE_OK) status = denoise__config_new(&config, kind, own != NULL ? own : nested);
    denoise_params_free(own);
    if (status == DENOISE_OK) *out = (denoise__kind_ref){kind, config};
    return status;
}

void denoise__kind_ref_clear(denoise__kind_ref *ref)
{
    if (ref->kind != NULL) denoise__config_free(ref->kind, ref->config);
    *ref = (denoise__kind_ref){NULL, NULL};
}
