/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from and to text, without the locale. */
#ifndef DENOISE_CORE_NUMBER_H
#define DENOISE_CORE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Python's repr(float): the shortest text that reads back as the same double ("0.1", "1e-05", "1.0", "nan", "inf"). size >= 32.
 */
void denoise__format_repr(char *buffer, size_t size, double value);

/* Reads a whole text as a number with '.' as decimal point (Python's float() forms, "nan", "inf"). false: it is none. */
bool denoise__parse_double(const char *text, size_t length, double *value);
bool denoise__parse_int(const char *text, size_t length, int64_t *value);

/* 1234567 -> "1,234,567"; size >= 32. */
void denoise__format_thousands(char *buffer, size_t size, int64_t value);

/* "NaN" or "infinite", for messages about a number that is not finite. */
const char *denoise__nonfinite_name(double number);

#endif
