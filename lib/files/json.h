/* SPDX-License-Identifier: Apache-2.0 */
/* Strict JSON (RFC 8259) through jansson, within limits. */
#ifndef DENOISE_FILES_JSON_H
#define DENOISE_FILES_JSON_H

#include "core/text.h"
#include <denoise/limits.h>
#include <jansson.h>

/* Parses one object. Depth and number of values are counted before jansson sees the text; a key given twice is
 * DENOISE_ERR_DUPLICATE. Messages name the byte, counted from `offset`, where the text begins in its file. The caller
 * releases the value with json_decref(); jansson uses malloc. */
denoise_status denoise__json_parse_object(json_t **out, const char *text, int64_t size, int64_t offset,
                                          const denoise_limits *limits);

/* Appends a text as a JSON string, quotes included. DENOISE_ERR_NAME when it is not UTF-8. */
denoise_status denoise__json_quote(denoise__text *out, const char *text);

#endif
