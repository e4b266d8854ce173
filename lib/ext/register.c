/* SPDX-License-Identifier: Apache-2.0 */
/* Registering a kind: its descriptor is read, checked, copied and adapted before anybody can see it. */
#include "core/format.h"
#include "core/memory.h"
#include "ext/ext.h"
#include <string.h>

static const denoise__ext_noun *const nouns[] = {
    &denoise__ext_layers,     &denoise__ext_activations,  &denoise__ext_losses,       &denoise__ext_metrics,
    &denoise__ext_optimizers, &denoise__ext_initializers, &denoise__ext_regularizers, &denoise__ext_constraints,
    &denoise__ext_schedules,  &denoise__ext_callbacks,
};
enum { NOUNS = (int)(sizeof nouns / sizeof *nouns), MOST_PARAMS = 64, MOST_CONFIG = 1 << 20 };

static const denoise_ext_kind kind_defaults = DENOISE_EXT_KIND_INIT;
static const denoise__options kind_known = {"denoise_ext_kind", "DENOISE_EXT_KIND_INIT", sizeof(denoise_ext_kind),
                                            sizeof(denoise_ext_kind), &kind_defaults};

static const denoise__registry *registry_of(const char *noun)
{
    for (const denoise__registry *const *at = denoise__registries; *at != NULL; at++) {
        if (strcmp((*at)->noun, noun) == 0) return *at;
    }
    return NULL;
}

static denoise_status find_noun(const denoise__ext_noun **out, const char *noun)
{
    char known[256] = "";
    size_t length = 0;
    for (int i = 0; i < NOUNS; i++) {
        *out = nouns[i];
        if (strcmp(nouns[i]->registry->noun, noun) == 0) return DENOISE_OK;
        length += (size_t)denoise__format(known + length, sizeof known - length, "%s%s", i == 0 ? "" : ", ",
                                          nouns[i]->registry->noun);
    }
    return denoise__fail(DENOISE_ERR_NAME, "no kinds of \"%.80s\" can be registered; known are %s", noun, known);
}

/* ---- what is asked of a descriptor */

static bool is_name(const char *name, bool with_capitals)
{
    for (const char *c = name; *c != '\0'; c++) {
        bool is_word = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_';
        if (!is_word && !(with_capitals && ((*c >= 'A' && *c <= 'Z') || *c == '|'))) return false;
    }
    return *name != '\0' && strlen(name) < DENOISE__TEXT_SIZE;
}

static denoise_status check_kind(const denoise_ext_kind *kind)
{
    if (kind->version != DENOISE_EXT_VERSION) {
        return denoise__fail(DENOISE_ERR_UNSUPPORTED, "denoise_ext_kind: version is %lld, this library knows %d",
                             (long long)kind->version, DENOISE_EXT_VERSION);
    }
    if (kind->name == NULL) return denoise__fail(DENOISE_ERR_NULL, "denoise_ext_kind: name is NULL");
    if (!is_name(kind->name, false) || (kind->class_name != NULL && !is_name(kind->class_name, true)) ||
        (kind->aliases != NULL && !is_name(kind->aliases, true))) {
        return denoise__fail(
            DENOISE_ERR_NAME,
            "denoise_ext_kind \"%.80s\": names have 1 to %d letters, digits and _, and name itself no capitals", kind->name,
            DENOISE__TEXT_SIZE - 1);
    }
    if (kind->param_count < 0 || kind->param_count > MOST_PARAMS || kind->config_size < 0 || kind->config_size > MOST_CONFIG) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s: %lld parameters in %lld bytes, expected 0 to %d in 0 to %d", kind->name,
                             (long long)kind->param_count, (long long)kind->config_size, MOST_PARAMS, MOST_CONFIG);
    }
    if (kind->param_count == 0) return DENOISE_OK;
    if (kind->params == NULL) return denoise__fail(DENOISE_ERR_NULL, "%s: params is NULL", kind->name);
    if (kind->param_size == (int64_t)sizeof(denoise_ext_param)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "%s: param_size is %lld, a denoise_ext_param has %zu bytes", kind->name,
                         (long long)kind->param_size, sizeof(denoise_ext_param));
}

/* Size and boundary of a field; 0: no such type. */
static size_t field_size(int32_t type, size_t *boundary)
{
    *boundary = type == DENOISE_PARAM_TEXT ? 1 : type == DENOISE_PARAM_BOOL ? _Alignof(int32_t) : _Alignof(int64_t);
    switch (type) {
    case DENOISE_PARAM_BOOL:
        return sizeof(int32_t);
    case DENOISE_PARAM_INT:
        return sizeof(int64_t);
    case DENOISE_PARAM_DOUBLE:
        *boundary = _Alignof(double);
        return sizeof(double);
    case DENOISE_PARAM_TEXT:
        return DENOISE_EXT_TEXT_SIZE;
    case DENOISE_PARAM_INTS:
        return sizeof(denoise_ext_ints);
    case DENOISE_PARAM_DOUBLES:
        return sizeof(denoise_ext_doubles);
    case DENOISE_PARAM_KIND:
        return sizeof(denoise_ext_kind_ref);
    default:
        return 0;
    }
}
_Static_assert(DENOISE_EXT_TEXT_SIZE == DENOISE__TEXT_SIZE && sizeof(denoise_ext_ints) == sizeof(denoise__ints) &&
                   sizeof(denoise_ext_kind_ref) == sizeof(denoise__kind_ref) &&
                   sizeof(denoise_ext_doubles) == sizeof(denoise__doubles) &&
                   offsetof(denoise_ext_doubles, values) == offsetof(denoise__doubles, values),
               "fields of third parties have another layout");

static denoise_status check_field(const denoise_ext_kind *kind, const denoise_ext_param *param)
{
    size_t boundary, size = field_size(param->type, &boundary);
    if (size == 0) return denoise__fail(DENOISE_ERR_DTYPE, "there is no type %d", (int)param->type);
    bool fits = param->offset >= 0 && param->offset <= kind->config_size - (int64_t)size;
    if (!fits || param->offset % (int64_t)boundary != 0) {
        return denoise__fail(DENOISE_ERR_INVALID, "%zu bytes at offset %lld do not lie in a struct of %lld", size,
                             (long long)param->offset, (long long)kind->config_size);
    }
    bool is_number = param->type == DENOISE_PARAM_INT || param->type == DENOISE_PARAM_DOUBLE ||
                     param->type == DENOISE_PARAM_INTS || param->type == DENOISE_PARAM_DOUBLES;
    if (is_number && param->minimum == 0 && param->maximum == 0) {
        return denoise__fail(DENOISE_ERR_INVALID, "minimum and maximum are both 0; NAN says that there is none");
    }
    if ((param->flags & ~(DENOISE_EXT_NULLABLE | DENOISE_EXT_ABOVE_MINIMUM | DENOISE_EXT_BELOW_MAXIMUM)) != 0)
        return denoise__fail(DENOISE_ERR_INVALID, "flags are %d, of which not all are known", (int)param->flags);
    if (param->type != DENOISE_PARAM_KIND || (param->noun != NULL && registry_of(param->noun) != NULL)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_NAME, "there are no kinds of \"%.80s\"", param->noun != NULL ? param->noun : "NULL");
}

/* No two fields share a byte, and no two parameters a name, the noun's common ones included. */
static denoise_status check_others(const denoise__ext_noun *noun, const denoise_ext_kind *kind, int64_t index)
{
    const denoise_ext_param *param = &kind->params[index];
    size_t boundary;
    int64_t end = param->offset + (int64_t)field_size(param->type, &boundary);
    for (int32_t i = 0; i < noun->common_count; i++) {
        if (strcmp(noun->common[i].name, param->name) == 0)
            return denoise__fail(DENOISE_ERR_NAME, "every %s has it already", noun->registry->noun);
    }
    for (int64_t i = 0; i < index; i++) {
        const denoise_ext_param *other = &kind->params[i];
        if (strcmp(other->name, param->name) == 0) return denoise__fail(DENOISE_ERR_NAME, "two parameters have this name");
        if (param->offset < other->offset + (int64_t)field_size(other->type, &boundary) && other->offset < end)
            return denoise__fail(DENOISE_ERR_INVALID, "its field and that of \"%s\" share bytes", other->name);
    }
    return DENOISE_OK;
}

static denoise_status check_params(const denoise__ext_noun *noun, const denoise_ext_kind *kind)
{
    for (int64_t i = 0; i < kind->param_count; i++) {
        const denoise_ext_param *param = &kind->params[i];
        if (param->name == NULL || !is_name(param->name, true))
            return denoise__fail(DENOISE_ERR_NAME, "%s: parameter %lld has no name of letters, digits and _", kind->name,
                                 (long long)i);
        denoise_status status = check_field(kind, param);
        if (status == DENOISE_OK) status = check_others(noun, kind, i);
        if (status != DENOISE_OK) return denoise__context(status, "%s: parameter \"%s\": ", kind->name, param->name);
    }
    return DENOISE_OK;
}

/* ---- the copy */

static size_t text_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

/* Room for all texts, those of hooks included: a few names of at most 63 bytes. */
static size_t texts_size(const denoise_ext_kind *kind)
{
    size_t size = text_size(kind->name) + text_size(kind->class_name) + text_size(kind->aliases) + text_size(kind->doc);
    for (int64_t i = 0; i < kind->param_count; i++) {
        const denoise_ext_param *param = &kind->params[i];
        size += text_size(param->name) + text_size(param->doc) + text_size(param->default_text) + text_size(param->choices) + 1;
    }
    return size + 1 + DENOISE__TEXT_SIZE + (size_t)(DENOISE__METRIC_STATES + 1) * DENOISE__TEXT_SIZE;
}

static void copy_params(denoise__ext_kind *kind, const denoise__ext_noun *noun, const denoise_ext_kind *given)
{
    if (noun->common_count > 0) memcpy(kind->params, noun->common, (size_t)noun->common_count * sizeof *kind->params);
    for (int64_t i = 0; i < given->param_count; i++) {
        const denoise_ext_param *param = &given->params[i];
        bool is_kind = param->type == DENOISE_PARAM_KIND;
        kind->params[noun->common_count + i] = (denoise__param){
            .name = denoise__ext_text(kind, param->name),
            .type = param->type,
            .flags = param->flags,
            .offset = noun->head + (size_t)param->offset,
            .default_text = denoise__ext_text(kind, param->default_text),
            .minimum = param->type == DENOISE_PARAM_TEXT || is_kind ? (double)NAN : param->minimum,
            .maximum = param->type == DENOISE_PARAM_TEXT || is_kind ? (double)NAN : param->maximum,
            .choices = denoise__ext_text(kind, param->choices),
            .registry = is_kind ? registry_of(param->noun) : NULL,
            .doc = denoise__ext_text(kind, param->doc == NULL ? "" : param->doc),
        };
        if (param->type == DENOISE_PARAM_BOOL) {
            kind->params[noun->common_count + i].minimum = (double)NAN;
            kind->params[noun->common_count + i].maximum = (double)NAN;
        }
    }
}

static void free_kind(const denoise__kind *kind)
{
    denoise__release((void *)(uintptr_t)kind);
}

static denoise_status copy_kind(denoise__ext_kind **out, const denoise__ext_noun *noun, const denoise_ext_kind *given,
                                const void *hooks)
{
    size_t params = (size_t)(noun->common_count + given->param_count), texts = texts_size(given);
    denoise__ext_kind *kind = denoise__allocate_zeroed(1, sizeof *kind + params * sizeof(denoise__param) + texts);
    *out = kind;
    if (kind == NULL) return denoise__fail_nomem();
    kind->params = (denoise__param *)(void *)(kind + 1);
    kind->texts = (char *)(kind->params + params);
    kind->texts_end = kind->texts + texts;
    kind->noun = noun;
    kind->head = noun->head;
    kind->check = given->check;
    kind->user_data = given->user_data;
    kind->life.free = free_kind;
    memcpy(&kind->hooks, hooks, noun->hooks->size);
    kind->inside.base =
        (denoise__kind){.name = denoise__ext_text(kind, given->name),
                        .class_name = denoise__ext_text(kind, given->class_name != NULL ? given->class_name : given->name),
                        .aliases = denoise__ext_text(kind, given->aliases),
                        .doc = denoise__ext_text(kind, given->doc == NULL ? "" : given->doc),
                        .config_size = noun->head + (size_t)given->config_size,
                        .params = kind->params,
                        .param_count = (int32_t)params,
                        .life = &kind->life,
                        .self_offset = noun->self_offset};
    copy_params(kind, noun, given);
    return noun->adapt(kind);
}

/* Defaults that cannot be had are told now, unless there are parameters that must be given. */
static denoise_status try_defaults(const denoise__kind *kind)
{
    for (int32_t i = 0; i < kind->param_count; i++) {
        if (kind->params[i].default_text == NULL) return DENOISE_OK;
    }
    void *config;
    denoise_status status = denoise__config_new(&config, kind, NULL);
    if (status != DENOISE_OK) return denoise__context(status, "the defaults of ");
    denoise__config_free(kind, config);
    return DENOISE_OK;
}

static denoise_status register_kind(const char *name, const denoise_ext_kind *given, const void *hooks,
                                    void (*destroy)(void *user_data))
{
    const denoise__ext_noun *noun;
    denoise_ext_kind known;
    denoise__ext_kind *kind = NULL;
    union {
        char bytes[512];
        double for_boundary;
    } copy;
    DENOISE__CHECK_NULL(name);
    DENOISE__CHECK_NULL(hooks);
    DENOISE__TRY(find_noun(&noun, name));
    DENOISE__TRY(check_kind(given));
    DENOISE__TRY(check_params(noun, given));
    if (noun->hooks->size > sizeof copy) return denoise__fail(DENOISE_ERR_INTERNAL, "no room for the hooks of a %s", name);
    DENOISE__TRY(denoise__options_read(noun->hooks, copy.bytes, hooks));
    known = *given;
    denoise_status status = copy_kind(&kind, noun, &known, copy.bytes);
    if (status == DENOISE_OK) status = try_defaults(&kind->inside.base);
    if (status == DENOISE_OK) {
        kind->destroy = destroy;
        status = denoise__registry_add(noun->registry, &kind->inside.base);
    }
    if (status != DENOISE_OK) denoise__release(kind);
    return status;
}

denoise_status denoise_ext_register(const char *noun, const denoise_ext_kind *kind, const void *hooks,
                                    void (*destroy)(void *user_data))
{
    DENOISE__CHECK_NULL(kind);
    denoise_ext_kind known;
    DENOISE__TRY(
        denoise__options_read(&kind_known, &known, kind)); /* its user_data is not known, so that nothing is destroyed */
    denoise_status status = register_kind(noun, &known, hooks, destroy);
    if (status != DENOISE_OK && destroy != NULL) destroy(known.user_data);
    return status;
}

denoise_status denoise_ext_unregister(const char *noun, const char *name)
{
    const denoise__kind *kind;
    DENOISE__CHECK_NULL(noun);
    DENOISE__CHECK_NULL(name);
    const denoise__registry *registry = registry_of(noun);
    if (registry == NULL) return denoise__fail(DENOISE_ERR_NAME, "there are no kinds of \"%.80s\"", noun);
    DENOISE__TRY(denoise__registry_get(&kind, registry, name));
    DENOISE__TRY(denoise__registry_remove(registry, kind));
    const denoise__ext_kind *gone = denoise__ext_of(kind);
    if (gone->destroy != NULL) gone->destroy(gone->user_data);
    return DENOISE_OK;
}
