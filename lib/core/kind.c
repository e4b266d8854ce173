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

/* Keras' to_snake_case (keras/src/utils/naming.py): drop what is no word character, put "_" between any character and a
 * capitalized word behind it, then between a small and a capital letter, then make all small. false: too long. */
static bool snake_case(char *out, size_t size, const char *name)
{
    char word[NAME_SIZE], split[2 * NAME_SIZE];
    size_t length = 0, count = 0;
    for (; *name != '\0'; name++) {
        if (!is_word(*name)) continue;
        if (length == sizeof(word) - 1) return false;
        word[length++] = *name;
    }
    word[length] = '\0';
    for (size_t i = 0; i < length; i++) {
        split[count++] = word[i];
        if (!is_upper(word[i + 1]) || !is_lower(word[i + 2])) continue;
        split[count++] = '_';
        split[count++] = word[++i];
        while (is_lower(word[i + 1])) {
            split[count++] = word[++i];
        }
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (used + 2 >= size) return false;
        out[used++] = is_upper(split[i]) ? (char)(split[i] - 'A' + 'a') : split[i];
        if (is_lower(split[i]) && i + 1 < count && is_upper(split[i + 1])) out[used++] = '_';
    }
    out[used] = '\0';
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
    char snake[2 * NAME_SIZE];
    if (kind == NULL && snake_case(snake, sizeof(snake), name)) kind = find_exact(registry, snake);
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
