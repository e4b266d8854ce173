/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/layer_name.h"
#include <stdbool.h>

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* An underscore goes before each capital letter, but the first character, that has a small letter behind it or before it:
 * what the two expressions of keras/src/utils/naming.py come to. */
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
