/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/font.h"
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

/* The bytes of a character by its first one: how many follow, the bits of the first, the smallest code of that length. */
typedef struct lead {
    uint8_t from, to, bits;
    int32_t more;
    uint32_t smallest;
} lead;

static const lead leads[] = {{0xC2, 0xDF, 0x1F, 1, 0x80}, {0xE0, 0xEF, 0x0F, 2, 0x800}, {0xF0, 0xF4, 0x07, 3, 0x10000}};

static const lead *find_lead(uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (byte >= leads[i].from && byte <= leads[i].to) return &leads[i];
    return NULL;
}

uint32_t denoise__font_next(const char **text)
{
    const unsigned char *bytes = (const unsigned char *)*text;
    if (bytes[0] == 0) return 0;
    *text += 1;
    if (bytes[0] < 0x80) return bytes[0] == '\n' || bytes[0] == '\r' || bytes[0] == '\t' ? ' ' : bytes[0];
    const lead *first = find_lead(bytes[0]);
    if (first == NULL) return 0xFFFD;
    uint32_t code = bytes[0] & first->bits;
    for (int32_t i = 1; i <= first->more; i++) {
        if ((bytes[i] & 0xC0) != 0x80) return 0xFFFD;
        code = code << 6 | (bytes[i] & 0x3Fu);
    }
    if (code < first->smallest || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0xFFFD;
    *text += first->more;
    return code;
}

static int64_t advance(uint32_t code, bool bold)
{
    denoise__glyph glyph;
    denoise__font_glyph(&glyph, code);
    return glyph.width + (bold ? 1 : 0);
}

int64_t denoise__font_width(const char *text, bool bold)
{
    int64_t width = 0;
    for (uint32_t code = denoise__font_next(&text); code != 0; code = denoise__font_next(&text))
        width += advance(code, bold);
    return width > 2 ? width - 2 : 0;
}

void denoise__font_fit(char *buffer, size_t size, const char *text, int64_t width, bool bold)
{
    size_t length = strlen(text);
    if (length < size && denoise__font_width(text, bold) <= width) {
        memcpy(buffer, text, length + 1);
        return;
    }
    int64_t room = width - denoise__font_width("...", bold), used = 0;
    const char *end = text;
    for (;;) {
        const char *next = end;
        uint32_t code = denoise__font_next(&next);
        if (code == 0) break;
        used += advance(code, bold);
        if (used > room || (size_t)(next - text) + 4 > size) break;
        end = next;
    }
    memcpy(buffer, text, (size_t)(end - text));
    memcpy(buffer + (end - text), "...", 4);
}
