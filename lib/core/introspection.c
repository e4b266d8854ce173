/* SPDX-License-Identifier: Apache-2.0 */
/* The public view of all registries. */
#include "core/kind.h"
#include <string.h>

static const denoise__registry *registry_of(const char *noun)
{
    if (noun == NULL) return NULL;
    for (const denoise__registry *const *at = denoise__registries; *at != NULL; at++) {
        if (strcmp((*at)->noun, noun) == 0) return *at;
    }
    return NULL;
}

static const denoise__kind *kind_at(const char *noun, int64_t index)
{
    const denoise__registry *registry = registry_of(noun);
    if (registry == NULL || index < 0 || index >= registry->count) return NULL;
    return registry->kinds[index];
}

const char *denoise_kind_name(const char *noun, int64_t index)
{
    const denoise__kind *kind = kind_at(noun, index);
    return kind == NULL ? NULL : kind->name;
}

const char *denoise_kind_class_name(const char *noun, int64_t index)
{
    const denoise__kind *kind = kind_at(noun, index);
    return kind == NULL ? NULL : kind->class_name;
}

const char *denoise_kind_doc(const char *noun, int64_t index)
{
    const denoise__kind *kind = kind_at(noun, index);
    return kind == NULL ? NULL : kind->doc;
}

denoise_status denoise_kind_param(denoise_param_info *out, const char *noun, const char *name, int64_t index)
{
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(noun);
    DENOISE__CHECK_NULL(name);
    DENOISE__TRY(denoise__check_struct_size("denoise_kind_param", out->struct_size, sizeof(*out)));
    const denoise__registry *registry = registry_of(noun);
    if (registry == NULL) return denoise__fail(DENOISE_ERR_NAME, "there are no kinds of \"%.80s\"", noun);
    const denoise__kind *kind;
    DENOISE__TRY(denoise__registry_get(&kind, registry, name));
    if (index < 0 || index >= kind->param_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s: parameter %lld does not exist, there are %d", kind->name, (long long)index,
                             (int)kind->param_count);
    }
    const denoise__param *param = &kind->params[index];
    out->name = param->name;
    out->doc = param->doc;
    out->default_text = param->default_text;
    out->minimum = param->minimum;
    out->maximum = param->maximum;
    out->type = param->type;
    out->nullable = (param->flags & DENOISE__NULLABLE) != 0;
    return DENOISE_OK;
}
