/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/font.h"
#include "core/display_width.h"
#include <string.h>

enum { FIRST = 32, LAST = 126, BOX = 127, BAND = 8 };

static const char *const sheet[] = {
#include "plot/font_glyphs.inc.h"
};

void denoise__font_glyph(denoise__glyph *out, uint32_t code)
{
    int32_t index = (code < FIRST || code > LAST ? BOX : (int32_t)code) - FIRST;
    const char *const *band = sheet + (ptrdiff_t)(index / BAND) * DENOISE__FONT_ROWS;
    ptrdiff_t start = 0;
    for (int32_t i = 0; i < index % BAND; i++)
        start = strchr(band[0] + start, '|') - band[0] + 1;
    out->width = strchr(band[0] + start, '|') - band[0] - start;
    for (int32_t row = 0; row < DENOISE__FONT_ROWS; row++)
        out->rows[row] = band[row] + start;
}

uint32_t denoise__font_next(const char **text, int32_t *cells)
{
    const char *first = *text;
    uint32_t code = denoise__utf8_next(&first);
    *cells = denoise__display_next(text);
    return code == '\n' || code == '\r' || code == '\t' ? ' ' : code;
}

/* A wide character is as wide as it is high; marks by themselves are not drawn. */
int64_t denoise__font_advance(uint32_t code, int32_t cells, bool is_bold)
{
    denoise__glyph glyph;
    if (cells == 0) return 0;
    denoise__font_glyph(&glyph, code);
    return (cells == 2 && glyph.width < DENOISE__FONT_ROWS ? DENOISE__FONT_ROWS : glyph.width) + (is_bold ? 1 : 0);
}

int64_t denoise__font_width(const char *text, bool is_bold)
{
    int64_t width = 0;
    int32_t cells;
    for (uint32_t code = denoise__font_next(&text, &cells); code != 0; code = denoise__font_next(&text, &cells))
        width += denoise__font_advance(code, cells, is_bold);
    return width > 2 ? width - 2 : 0;
}

void denoise__font_fit(char *buffer, size_t size, const char *text, int64_t width, bool is_bold)
{
    size_t length = strlen(text);
    if (length < size && denoise__font_width(text, is_bold) <= width) {
        memcpy(buffer, text, length + 1);
        return;
    }
    int64_t room = width - denoise__font_width("...", is_bold), used = 0;
    const char *end = text;
    for (;;) {
        const char *next = end;
        int32_t cells;
        uint32_t code = denoise__font_next(&next, &cells);
        if (code == 0) break;
        used += denoise__font_advance(code, cells, is_bold);
        if (used > room || (size_t)(next - text) + 4 > size) break;
        end = next;
    }
    memcpy(buffer, text, (size_t)(end - text));
    memcpy(buffer + (end - text), "...", 4);
}
