/* SPDX-License-Identifier: Apache-2.0 */
/* How wide a text is on a terminal, in cells: letters have one, Chinese and Japanese ones and emoji two, marks that combine
 * none. It is counted as the Python package rich counts, which prints Keras' summary. */
#ifndef DENOISE_CORE_DISPLAY_WIDTH_H
#define DENOISE_CORE_DISPLAY_WIDTH_H

#include <stdint.h>

/* The next code point of a UTF-8 text, 0 at its end; U+FFFD for a byte that is none. */
uint32_t denoise__utf8_next(const char **text);

/* Moves over the next character as a reader sees it: a code point with all that stands on it, or that a zero width joiner joins
 * to it. Returns its cells; 0 for marks that stand on nothing, and at the end of the text. */
int32_t denoise__display_next(const char **text);

int64_t denoise__display_width(const char *text);

#endif
