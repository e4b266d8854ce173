/* SPDX-License-Identifier: Apache-2.0 */
/* The public view of all registries. */
#include "core/kind.h"
#include "core/options.h"
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
    return registry == NULL ? NULL : denoise__registry_at(registry, index);
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
    const denoise__registry *registry = registry_of(noun);
    if (registry == NULL) return denoise__fail(DENOISE_ERR_NAME, "there are no kinds of \"%.80s\"", noun);
    const denoise__kind *kind;
    DENOISE__TRY(denoise__registry_get(&kind, registry, name));
    if (index < 0 || index >= kind->param_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s: parameter %lld does not exist, there are %d", kind->name, (long long)index,
                             (int)kind->param_count);
    }
    const denoise__param *param = &kind->params[index];
    static const denoise__options info = {"denoise_kind_param", NULL, sizeof *out, offsetof(denoise_param_info, noun), NULL};
    const denoise_param_info known = {sizeof known,
                                      param->name,
                                      param->doc,
                                      param->default_text,
                                      param->minimum,
                                      param->maximum,
                                      param->type,
                                      (param->flags & DENOISE__NULLABLE) != 0,
                                      param->registry == NULL ? NULL : param->registry->noun};
    return denoise__options_write(&info, out, &known);
}
