/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and text without the locale; a growing text buffer. */
#ifndef DENOISE_CORE_TEXT_H
#define DENOISE_CORE_TEXT_H

#include "core/error.h"
#include <stdbool.h>
#include <stddef.h>

/* snprintf whose decimal point is always '.'. */
int denoise__format(char *buffer, size_t size, const char *format, ...) DENOISE__FORMAT(3, 4);
int denoise__format_list(char *buffer, size_t size, const char *format, va_list list) DENOISE__FORMAT(3, 0);

/* Python's repr(float): the shortest text that reads back as the same double ("0.1", "1e-05", "1.0", "nan", "inf"). size >= 32.
 */
void denoise__format_repr(char *buffer, size_t size, double value);

/* Reads a whole text as a number with '.' as decimal point (Python's float() forms, "nan", "inf"). false: it is none. */
bool denoise__parse_double(const char *text, size_t length, double *value);
bool denoise__parse_int(const char *text, size_t length, int64_t *value);

/* 1234567 -> "1,234,567"; size >= 32. */
void denoise__format_thousands(char *buffer, size_t size, int64_t value);

/* Puts '?' in the place of control characters and of bytes that are no UTF-8. */
void denoise__clean_utf8(char *text);

/* A growing text; failure to grow is kept and told at the end. */
typedef struct denoise__text {
    char *data; /* zero-terminated when not NULL */
    size_t length;
    size_t capacity;
    bool failed;
} denoise__text;

void denoise__text_append(denoise__text *text, const char *piece, size_t length);
void denoise__text_append_clean(denoise__text *text, const char *piece); /* as denoise__clean_utf8() leaves it */
void denoise__text_printf(denoise__text *text, const char *format, ...) DENOISE__FORMAT(2, 3);
void denoise__text_clear(denoise__text *text); /* keeps the memory */
void denoise__text_free(denoise__text *text);
denoise_status denoise__text_take(denoise__text *text, char **out); /* gives the memory away, or DENOISE_ERR_NOMEM */

#endif
