/* SPDX-License-Identifier: Apache-2.0 */
/* What adapters share. */
#include "ext/ext.h"
#include <string.h>

denoise_status denoise__ext_check(const denoise__kind *self, const void *config)
{
    const denoise__ext_kind *kind = denoise__ext_of(self);
    uint64_t failures = denoise__failures();
    if (kind->check == NULL) return DENOISE_OK;
    return denoise__ext_explain(kind->check(denoise__ext_config(kind, config), kind->user_data), failures, kind, "check");
}

const char *denoise__ext_text(denoise__ext_kind *kind, const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text) + 1;
    if (size == 0 || size > (size_t)(kind->texts_end - kind->texts)) return NULL;
    char *copy = memcpy(kind->texts, text, size);
    kind->texts += size;
    return copy;
}

denoise_status denoise__ext_need(const denoise__ext_kind *kind, bool is_there, const char *hook)
{
    if (is_there) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "%s: %s is NULL", kind->inside.base.name, hook);
}

bool denoise__ext_has_words(denoise_status status, uint64_t failures)
{
    return denoise__failures() != failures && denoise_last_status() == status;
}

denoise_status denoise__ext_explain(denoise_status status, uint64_t failures, const denoise__ext_kind *kind, const char *hook)
{
    if (status == DENOISE_OK || denoise__ext_has_words(status, failures)) return status;
    return denoise__fail(status, "%s of \"%s\" answered %d", hook, kind->inside.base.name, (int)status);
}

size_t denoise__ext_size(int64_t wanted)
{
    const int64_t most = INT64_C(1) << 40; /* which no allocation gives, and sums of which do not overflow */
    if (wanted <= 0) return 0;
    if (wanted > most) wanted = most;
    return (uint64_t)wanted > SIZE_MAX / 8 ? SIZE_MAX / 8 : (size_t)wanted;
}

const denoise__kind_ref *denoise__ext_reference(const denoise__ext_kind *kind, const void *config, const char *name,
                                                const denoise__registry *registry)
{
    const denoise__kind *base = &kind->inside.base;
    for (int32_t i = 0; name != NULL && i < base->param_count; i++) {
        if (base->params[i].registry != registry || strcmp(base->params[i].name, name) != 0) continue;
        return (const denoise__kind_ref *)(const void *)((const char *)config + base->params[i].offset);
    }
    return NULL;
}
