/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text. What is written into it, numbers above all, comes from core/format.h and core/number.h. */
#ifndef DENOISE_CORE_TEXT_H
#define DENOISE_CORE_TEXT_H

#include "core/format.h"
#include "core/number.h"
#include <stdbool.h>
#include <stddef.h>

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
