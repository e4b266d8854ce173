/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters into a configuration struct and back. */
#include "core/field.h"
#include "core/memory.h"
#include "core/text.h"
#include <string.h>

static void *field_of(void *config, const denoise__param *param)
{
    return (char *)config + param->offset;
}

static denoise_status set_default(void *field, const denoise__param *param)
{
    const char *text = param->default_text;
    if (text == NULL) return denoise__fail(DENOISE_ERR_INVALID, "%s must be given", param->name);
    bool none = (param->flags & DENOISE__NULLABLE) != 0 && strcmp(text, "None") == 0;
    bool literal = none || (param->type != DENOISE_PARAM_TEXT && param->type != DENOISE_PARAM_KIND);
    if (!literal) {
        denoise__value value = {.type = DENOISE_PARAM_TEXT, .text = denoise__copy_text(text)};
        if (value.text == NULL) return denoise__fail_nomem();
        denoise_status status = denoise__field_set(field, param, &value);
        denoise__value_clear(&value);
        return status;
    }
    denoise__value value;
    denoise_status status = denoise__value_parse(&value, text, strlen(text));
    if (status == DENOISE_OK) status = denoise__field_set(field, param, &value);
    denoise__value_clear(&value);
    return status;
}

static bool has_param(const denoise__kind *kind, const char *name)
{
    for (int32_t i = 0; i < kind->param_count; i++) {
        if (strcmp(kind->params[i].name, name) == 0) return true;
    }
    return false;
}

static denoise_status check_keys(const denoise__kind *kind, const denoise_params *params)
{
    for (int64_t i = 0; i < denoise_params_count(params); i++) {
        const char *key = denoise_params_key(params, i);
        if (has_param(kind, key)) continue;
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

static denoise_status fill(void *config, const denoise__kind *kind, const denoise_params *params)
{
    DENOISE__TRY(check_keys(kind, params));
    for (int32_t i = 0; i < kind->param_count; i++) {
        const denoise__param *param = &kind->params[i];
        const denoise__value *value = denoise__params_find(params, param->name);
        void *field = field_of(config, param);
        DENOISE__TRY(value != NULL ? denoise__field_set(field, param, value) : set_default(field, param));
    }
    return kind->check == NULL ? DENOISE_OK : kind->check(config);
}

denoise_status denoise__config_new(void **out, const denoise__kind *kind, const denoise_params *params)
{
    *out = NULL;
    void *config = NULL;
    if (kind->config_size > 0) {
        config = denoise__allocate_zeroed(1, kind->config_size);
        if (config == NULL) return denoise__fail_nomem();
    }
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
        denoise__field_clear(field_of(config, &kind->params[i]), &kind->params[i]);
    }
    denoise__release(config);
}

denoise_status denoise__config_params(denoise_params **out, const denoise__kind *kind, const void *config)
{
    *out = NULL;
    denoise_params *params;
    DENOISE__TRY(denoise_params_new(&params));
    for (int32_t i = 0; i < kind->param_count; i++) {
        const denoise__param *param = &kind->params[i];
        denoise_status status = denoise__field_get(params, param, (const char *)config + param->offset);
        if (status != DENOISE_OK) {
            denoise_params_free(params);
            return status;
        }
    }
    *out = params;
    return DENOISE_OK;
}
