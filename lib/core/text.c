/* SPDX-License-Identifier: Apache-2.0 */
#include "core/text.h"
#include "core/memory.h"
#include <stdint.h>
#include <string.h>

/* Makes room for `length` more bytes and the end; false (and failed) when there is none. */
static bool reserve(denoise__text *text, size_t length)
{
    if (text->failed) return false;
    if (length < text->capacity - text->length) return true;
    size_t limit = SIZE_MAX / 4;
    size_t wanted = text->capacity < 64 ? 64 : text->capacity;
    char *data = NULL;
    if (length < limit && text->length < limit) {
        while (wanted <= text->length + length) {
            wanted *= 2;
        }
        data = denoise__reallocate(text->data, wanted);
    }
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = wanted;
    return true;
}

void denoise__text_append(denoise__text *text, const char *piece, size_t length)
{
    if (!reserve(text, length)) return;
    memcpy(text->data + text->length, piece, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void denoise__text_printf(denoise__text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    va_list again;
    va_copy(again, list);
    int length = denoise__format_list(NULL, 0, format, list);
    va_end(list);
    if (reserve(text, (size_t)length)) {
        denoise__format_list(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void denoise__text_clear(denoise__text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->data != NULL) text->data[0] = '\0';
}

void denoise__text_free(denoise__text *text)
{
    denoise__release(text->data);
    memset(text, 0, sizeof(*text));
}

denoise_status denoise__text_take(denoise__text *text, char **out)
{
    *out = NULL;
    if (!reserve(text, 0)) {
        denoise__text_free(text);
        return denoise__fail_nomem();
    }
    text->data[text->length] = '\0';
    *out = text->data;
    memset(text, 0, sizeof(*text));
    return DENOISE_OK;
}

void denoise__text_append_clean(denoise__text *text, const char *piece)
{
    size_t start = text->length;
    denoise__text_append(text, piece, strlen(piece));
    if (!text->failed) denoise__clean_utf8(text->data + start);
}
