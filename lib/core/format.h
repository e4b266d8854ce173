/* SPDX-License-Identifier: Apache-2.0 */
/* printf without the locale, and text that is fit to be shown. */
#ifndef DENOISE_CORE_FORMAT_H
#define DENOISE_CORE_FORMAT_H

#include "core/error.h"
#include <stddef.h>

/* snprintf whose decimal point is always '.'. */
int denoise__format(char *buffer, size_t size, const char *format, ...) DENOISE__FORMAT(3, 4);
int denoise__format_list(char *buffer, size_t size, const char *format, va_list list) DENOISE__FORMAT(3, 0);

/* Puts '?' in the place of control characters and of bytes that are no UTF-8. */
void denoise__clean_utf8(char *text);

#endif
