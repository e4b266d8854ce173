/* SPDX-License-Identifier: Apache-2.0 */
#include "core/display_width.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct range {
    uint32_t first, last;
} range;

#include "core/display_width.inc.h"

enum { JOINER = 0x200D, PICTURE = 0xFE0F };

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

uint32_t denoise__utf8_next(const char **text)
{
    const unsigned char *bytes = (const unsigned char *)*text;
    if (bytes[0] == 0) return 0;
    *text += 1;
    if (bytes[0] < 0x80) return bytes[0];
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

static bool is_among(uint32_t code, const range *ranges, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && code >= ranges[low].first;
}

#define IS_AMONG(code, ranges) is_among(code, ranges, sizeof(ranges) / sizeof *(ranges))

static int32_t cells_of(uint32_t code)
{
    if (code < 0x300) return 1; /* control characters too: who shows them puts something in their place */
    if (IS_AMONG(code, zero_wide)) return 0;
    return IS_AMONG(code, two_wide) ? 2 : 1;
}

/* What stands on a character comes behind it. */
int32_t denoise__display_next(const char **text)
{
    uint32_t base = denoise__utf8_next(text);
    if (base == 0) return 0;
    int32_t cells = cells_of(base);
    bool may_turn = cells == 1;
    for (;;) {
        const char *next = *text;
        uint32_t code = denoise__utf8_next(&next);
        if (code == 0 || cells_of(code) != 0) return cells;
        if (code == JOINER) (void)denoise__utf8_next(&next);
        if (code == PICTURE && may_turn && IS_AMONG(base, turned_wide)) {
            cells = 2;
            may_turn = false;
        }
        *text = next;
    }
}

int64_t denoise__display_width(const char *text)
{
    int64_t cells = 0;
    while (*text != '\0')
        cells += denoise__display_next(&text);
    return cells;
}
