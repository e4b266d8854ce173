/* SPDX-License-Identifier: Apache-2.0 */
#include "core/kind.h"
#include "core/text.h"
#include <string.h>

enum { NAME_SIZE = 128 };

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_word(char c)
{
    return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

const char *denoise__snake_case(char *buffer, size_t size, const char *class_name)
{
    size_t length = 0;
    for (size_t i = 0; class_name[i] != '\0'; i++) {
        char c = class_name[i];
        bool begins = i > 0 && is_upper(c) && (is_lower(class_name[i + 1]) || is_lower(class_name[i - 1]));
        if (begins && length + 1 < size) buffer[length++] = '_';
        if (length + 1 < size) buffer[length++] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
    }
    buffer[length] = '\0';
    return buffer;
}

/* Keras drops what is no word character before it makes a name small. false: too long for any kind. */
static bool words_only(char *out, size_t size, const char *name)
{
    size_t length = 0;
    for (; *name != '\0'; name++) {
        if (!is_word(*name)) continue;
        if (length == size - 1) return false;
        out[length++] = *name;
    }
    out[length] = '\0';
    return true;
}

/* Whether name is one of "a|b|c". */
static bool is_one_of(const char *list, const char *name)
{
    size_t length = strlen(name);
    while (list != NULL && *list != '\0') {
        size_t item = strcspn(list, "|");
        if (item == length && memcmp(list, name, length) == 0) return true;
        list += item;
        if (*list == '|') list++;
    }
    return false;
}

/* What stands in the place of a kind that was taken out, since behind it there may be others. */
static const denoise__kind gone = {.name = ""};

static bool is_there(const denoise__kind *kind)
{
    return kind != &gone && (kind->life == NULL || atomic_load(&kind->life->place) == DENOISE__KIND_THERE);
}

/* The kind at *place or behind it, which *place then stands behind; NULL past the end. */
static const denoise__kind *next_kind(const denoise__registry *registry, int64_t *place)
{
    if (*place < registry->count) return registry->kinds[(*place)++];
    while (registry->tail != NULL && *place - registry->count < DENOISE__REGISTRY_ROOM) {
        const denoise__kind *kind =
            atomic_load_explicit(&registry->tail->kinds[*place - registry->count], memory_order_acquire);
        if (kind == NULL) return NULL;
        (*place)++;
        if (is_there(kind)) return kind;
    }
    return NULL;
}

const denoise__kind *denoise__registry_at(const denoise__registry *registry, int64_t index)
{
    int64_t place = 0;
    const denoise__kind *kind = NULL;
    for (int64_t i = 0; i <= index; i++) {
        kind = next_kind(registry, &place);
        if (kind == NULL) return NULL;
    }
    return kind;
}

static const denoise__kind *find_exact(const denoise__registry *registry, const char *name)
{
    const denoise__kind *kind;
    int64_t place = 0;
    while ((kind = next_kind(registry, &place)) != NULL) {
        if (strcmp(kind->name, name) == 0) return kind;
        if (kind->class_name != NULL && strcmp(kind->class_name, name) == 0) return kind;
        if (*name != '\0' && is_one_of(kind->aliases, name)) return kind;
    }
    return NULL;
}

const denoise__kind *denoise__registry_find(const denoise__registry *registry, const char *name)
{
    if (name == NULL) return NULL;
    const denoise__kind *kind = find_exact(registry, name);
    char words[NAME_SIZE], snake[2 * NAME_SIZE];
    if (kind == NULL && words_only(words, sizeof(words), name)) {
        kind = find_exact(registry, denoise__snake_case(snake, sizeof(snake), words));
    }
    return kind;
}

denoise_status denoise__registry_get(const denoise__kind **out, const denoise__registry *registry, const char *name)
{
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    *out = denoise__registry_find(registry, name);
    if (*out != NULL) return DENOISE_OK;
    char names[DENOISE__MESSAGE_SIZE] = "";
    size_t length = 0;
    const denoise__kind *known;
    int64_t place = 0;
    while (length < sizeof(names) && (known = next_kind(registry, &place)) != NULL) {
        length += (size_t)denoise__format(names + length, sizeof(names) - length, "%s%s", length == 0 ? "" : ", ", known->name);
    }
    return denoise__fail(DENOISE_ERR_NAME, "unknown %s \"%.100s\"; known are %s", registry->noun, name, names);
}

static denoise_status check_free(const denoise__registry *registry, const char *name, size_t length)
{
    char text[NAME_SIZE];
    if (length == 0 || length >= sizeof(text)) {
        return denoise__fail(DENOISE_ERR_NAME, "a name of a %s has %zu bytes, expected 1 to %zu", registry->noun, length,
                             sizeof(text) - 1);
    }
    memcpy(text, name, length);
    text[length] = '\0';
    if (find_exact(registry, text) == NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_NAME, "there is a %s \"%s\" already", registry->noun, text);
}

static denoise_status check_names(const denoise__registry *registry, const denoise__kind *kind)
{
    DENOISE__TRY(check_free(registry, kind->name, strlen(kind->name)));
    if (kind->class_name != NULL) DENOISE__TRY(check_free(registry, kind->class_name, strlen(kind->class_name)));
    for (const char *at = kind->aliases; at != NULL && *at != '\0'; at += *at == '|') {
        size_t length = strcspn(at, "|");
        DENOISE__TRY(check_free(registry, at, length));
        at += length;
    }
    return DENOISE_OK;
}

/* Whoever adds or takes out has it; those who look kinds up do not. Nothing inside waits or allocates. */
static atomic_flag changing = ATOMIC_FLAG_INIT;
static const denoise__kind *last_gone; /* of those who have it */

static void begin_change(void)
{
    while (atomic_flag_test_and_set_explicit(&changing, memory_order_acquire)) {
    }
}

static void end_change(void)
{
    atomic_flag_clear_explicit(&changing, memory_order_release);
}

static denoise_status add(const denoise__registry *registry, const denoise__kind *kind)
{
    DENOISE__TRY(check_names(registry, kind));
    for (int64_t place = 0; place < DENOISE__REGISTRY_ROOM; place++) {
        const denoise__kind *there = atomic_load_explicit(&registry->tail->kinds[place], memory_order_relaxed);
        if (there != NULL && there != &gone) continue;
        atomic_store_explicit(&registry->tail->kinds[place], kind, memory_order_release);
        return DENOISE_OK;
    }
    return denoise__fail(DENOISE_ERR_LIMIT, "%d kinds of %s were added already, there is no room for \"%s\"",
                         (int)DENOISE__REGISTRY_ROOM, registry->noun, kind->name);
}

denoise_status denoise__registry_add(const denoise__registry *registry, const denoise__kind *kind)
{
    DENOISE__CHECK_NULL(kind);
    DENOISE__CHECK_NULL(kind->name);
    if (registry->tail == NULL) {
        return denoise__fail(DENOISE_ERR_UNSUPPORTED, "no %s can be added at run time", registry->noun);
    }
    begin_change();
    denoise_status status = add(registry, kind);
    end_change();
    return status;
}

/* A configuration is counted before it looks whether its kind is leaving, and a kind leaves before the count is looked at: one
 * of the two sees the other. */
denoise_status denoise__registry_remove(const denoise__registry *registry, const denoise__kind *kind)
{
    denoise__kind_life *life = kind->life;
    if (life == NULL)
        return denoise__fail(DENOISE_ERR_UNSUPPORTED, "%s \"%s\" is a kind of the library", registry->noun, kind->name);
    int there = DENOISE__KIND_THERE;
    if (!atomic_compare_exchange_strong(&life->place, &there, DENOISE__KIND_LEAVING)) {
        return denoise__fail(DENOISE_ERR_BUSY, "another thread takes %s \"%s\" out", registry->noun, kind->name);
    }
    int64_t living = atomic_load(&life->configurations);
    if (living != 0) {
        atomic_store(&life->place, DENOISE__KIND_THERE);
        return denoise__fail(DENOISE_ERR_BUSY, "%s \"%s\" is in use by %lld objects; free them first", registry->noun,
                             kind->name, (long long)living);
    }
    begin_change();
    for (int64_t place = 0; place < DENOISE__REGISTRY_ROOM; place++) {
        if (atomic_load_explicit(&registry->tail->kinds[place], memory_order_relaxed) != kind) continue;
        atomic_store_explicit(&registry->tail->kinds[place], &gone, memory_order_release);
    }
    life->gone_before = last_gone;
    last_gone = kind;
    end_change();
    return DENOISE_OK;
}

void denoise__registry_sweep(void)
{
    begin_change();
    const denoise__kind *kind = last_gone;
    last_gone = NULL;
    end_change();
    while (kind != NULL) {
        const denoise__kind *before = kind->life->gone_before;
        kind->life->free(kind);
        kind = before;
    }
}
