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

static const denoise__kind *find_exact(const denoise__registry *registry, const char *name)
{
    for (int32_t i = 0; i < registry->count; i++) {
        const denoise__kind *kind = registry->kinds[i];
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
    for (int32_t i = 0; i < registry->count && length < sizeof(names); i++) {
        length += (size_t)denoise__format(names + length, sizeof(names) - length, "%s%s", i == 0 ? "" : ", ",
                                          registry->kinds[i]->name);
    }
    return denoise__fail(DENOISE_ERR_NAME, "unknown %s \"%.100s\"; known are %s", registry->noun, name, names);
}
