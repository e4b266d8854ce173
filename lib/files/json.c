/* SPDX-License-Identifier: Apache-2.0 */
#include "files/json.h"
#include "core/memory.h"
#include "files/system_error.h"
#include <inttypes.h>
#include <string.h>

/* Values per tensor of a safetensors header, generously: its name, three fields, a shape and two offsets. */
enum { VALUES_PER_TENSOR = 16 };

typedef struct scan {
    int64_t depth, values;
    bool in_string;
} scan;

/* Counts brackets and commas outside strings: an upper bound that costs no memory. */
static void scan_byte(scan *state, char byte, bool *escaped)
{
    if (state->in_string) {
        if (byte == '"' && !*escaped) state->in_string = false;
        *escaped = byte == '\\' && !*escaped;
    } else if (byte == '"') {
        state->in_string = true;
        *escaped = false;
    } else if (byte == '[' || byte == '{') {
        state->depth++;
        state->values++;
    } else if (byte == ']' || byte == '}') {
        state->depth--;
    } else if (byte == ',') {
        state->values++;
    }
}

static denoise_status check_limits(const char *text, int64_t size, int64_t offset, const denoise_limits *limits)
{
    scan state = {0};
    bool escaped = false;
    int64_t allowed = INT64_MAX;
    if (!denoise__multiply(limits->tensors, VALUES_PER_TENSOR, &allowed)) allowed = INT64_MAX;
    if (allowed < VALUES_PER_TENSOR) allowed = VALUES_PER_TENSOR;
    for (int64_t i = 0; i < size; i++) {
        scan_byte(&state, text[i], &escaped);
        if (text[i] == '\0') { /* which jansson skips behind a number */
            return denoise__fail(DENOISE_ERR_SYNTAX, "JSON: byte %" PRId64 ": a zero byte", offset + i);
        }
        if (state.depth > limits->json_depth) {
            return denoise__fail(DENOISE_ERR_LIMIT,
                                 "JSON: byte %" PRId64 ": nested deeper than the %" PRId64
                                 " levels that are allowed (limit `json_depth`)",
                                 offset + i, limits->json_depth);
        }
        if (state.values > allowed) {
            return denoise__fail(DENOISE_ERR_LIMIT,
                                 "JSON: byte %" PRId64 ": more values than %" PRId64 " tensors need (limit `tensors`)",
                                 offset + i, limits->tensors);
        }
    }
    return DENOISE_OK;
}

static denoise_status fail_json(const json_error_t *error, int64_t offset)
{
    char text[160];
    denoise__printable(text, sizeof text, error->text, strlen(error->text));
    denoise_status status = DENOISE_ERR_SYNTAX;
    switch (json_error_code(error)) {
    case json_error_out_of_memory:
        return denoise__fail_nomem();
    case json_error_duplicate_key:
        status = DENOISE_ERR_DUPLICATE;
        break;
    case json_error_numeric_overflow:
        status = DENOISE_ERR_OVERFLOW;
        break;
    default:
        break;
    }
    return denoise__fail(status, "JSON: byte %" PRId64 ": %s", offset + (error->position > 0 ? error->position - 1 : 0), text);
}

denoise_status denoise__json_parse_object(json_t **out, const char *text, int64_t size, int64_t offset,
                                          const denoise_limits *limits)
{
    *out = NULL;
    if (size < 1 || text[0] != '{') {
        return denoise__fail(DENOISE_ERR_SYNTAX, "JSON: byte %" PRId64 ": expected '{'", offset);
    }
    DENOISE__TRY(check_limits(text, size, offset, limits));
    json_error_t error;
    *out = json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, &error);
    return *out != NULL ? DENOISE_OK : fail_json(&error, offset);
}

/* Bytes of the UTF-8 sequence that begins here (RFC 3629: no surrogates, nothing overlong); 0 = none. */
static int utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) return 1;
    if ((s[1] & 0xC0) != 0x80) return 0;
    if (s[0] >= 0xC2 && s[0] <= 0xDF) return 2;
    if ((s[2] & 0xC0) != 0x80) return 0;
    if (s[0] == 0xE0 && s[1] < 0xA0) return 0;
    if (s[0] == 0xED && s[1] > 0x9F) return 0;
    if (s[0] >= 0xE0 && s[0] <= 0xEF) return 3;
    if ((s[3] & 0xC0) != 0x80) return 0;
    if (s[0] == 0xF0 && s[1] < 0x90) return 0;
    if (s[0] == 0xF4 && s[1] > 0x8F) return 0;
    return s[0] >= 0xF0 && s[0] <= 0xF4 ? 4 : 0;
}

denoise_status denoise__json_quote(denoise__text *out, const char *text)
{
    denoise__text_append(out, "\"", 1);
    for (size_t i = 0; text[i] != '\0';) {
        unsigned char byte = (unsigned char)text[i];
        int length = utf8_length((const unsigned char *)text + i);
        if (length == 0) {
            char shown[80];
            return denoise__fail(DENOISE_ERR_NAME, "text \"%s\" is not UTF-8 at byte %zu",
                                 denoise__printable(shown, sizeof shown, text, strlen(text)), i);
        }
        if (byte < 0x20) {
            denoise__text_printf(out, "\\u%04x", (unsigned)byte);
        } else {
            if (byte == '"' || byte == '\\') denoise__text_append(out, "\\", 1);
            denoise__text_append(out, text + i, (size_t)length);
        }
        i += (size_t)length;
    }
    denoise__text_append(out, "\"", 1);
    return DENOISE_OK;
}
