/* SPDX-License-Identifier: Apache-2.0 */
/* Strict JSON (RFC 8259), read from front to back: no tree is built and nothing is allocated, whatever the text holds. */
#ifndef DENOISE_FILES_JSON_H
#define DENOISE_FILES_JSON_H

#include "core/text.h"
#include <stdint.h>

/* A place in a text. Failures name the byte of the file and `field`. */
typedef struct denoise__json {
    const char *text;
    int64_t size, position;
    int64_t offset; /* byte of the file where the text begins */
    int64_t depth, greatest_depth;
    const char *field;
    bool is_first; /* nothing was read yet in the innermost list or object */
} denoise__json;

/* Past '{' or '['. More than greatest_depth inside each other are DENOISE_ERR_LIMIT. */
denoise_status denoise__json_open(denoise__json *it, char bracket);
/* Before each value of a list, or key of an object: past the comma, or, when there is no *more, past the closing bracket. */
denoise_status denoise__json_more(denoise__json *it, char closing, bool *more);
/* A text without its escapes: *length bytes of UTF-8, of which buffer (which may be NULL) gets those that fit, and a zero. A
 * zero byte in the text itself is an error. */
denoise_status denoise__json_text(denoise__json *it, char *buffer, int64_t size, int64_t *length);
denoise_status denoise__json_colon(denoise__json *it);
/* Past a value of any kind, which is checked; lists and objects in it at most 64 levels deep, else DENOISE_ERR_LIMIT. */
denoise_status denoise__json_skip(denoise__json *it);
/* Past `null`, if that is what comes next. */
bool denoise__json_null(denoise__json *it);
/* A whole number >= 0: DENOISE_ERR_RANGE below, DENOISE_ERR_OVERFLOW beyond 63 bits. */
denoise_status denoise__json_whole(denoise__json *it, int64_t *out);
/* Nothing but blanks may follow. */
denoise_status denoise__json_end(denoise__json *it);
/* The byte of the file where the next token begins. */
int64_t denoise__json_at(denoise__json *it);

/* Appends a text as a JSON string, quotes included. DENOISE_ERR_NAME when it is not UTF-8. */
denoise_status denoise__json_quote(denoise__text *out, const char *text);

#endif
