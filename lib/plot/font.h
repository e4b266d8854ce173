/* SPDX-License-Identifier: Apache-2.0 */
/* The bitmap font: proportional, twelve pixels high, printable ASCII and a box for all else. */
#ifndef DENOISE_PLOT_FONT_H
#define DENOISE_PLOT_FONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DENOISE__FONT_ASCENT = 9, DENOISE__FONT_DESCENT = 3, DENOISE__FONT_ROWS = 12 };

typedef struct denoise__glyph {
    const char *rows[DENOISE__FONT_ROWS]; /* '#' is ink; width characters of each row belong to the glyph */
    int64_t width;                        /* with the gap to the next glyph */
} denoise__glyph;

void denoise__font_glyph(denoise__glyph *out, uint32_t code);

/* The next character of a UTF-8 text with all that stands on it, 0 at its end, and its cells (0 = a mark that stands on
 * nothing). A byte that is no UTF-8 gives U+FFFD; blanks and line ends give ' '. */
uint32_t denoise__font_next(const char **text, int32_t *cells);

/* Pixels to the next character at scale 1. */
int64_t denoise__font_advance(uint32_t code, int32_t cells, bool is_bold);

/* Pixels that a text takes at scale 1, without the gap after the last glyph. */
int64_t denoise__font_width(const char *text, bool is_bold);

/* Copies a text; where it is wider than `width` at scale 1, or longer than the buffer, it is cut and ends with "...". */
void denoise__font_fit(char *buffer, size_t size, const char *text, int64_t width, bool is_bold);

#endif
