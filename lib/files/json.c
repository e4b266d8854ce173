/* SPDX-License-Identifier: Apache-2.0 */
#include "files/json.h"
#include "core/memory.h"
#include "files/system_error.h"
#include <inttypes.h>
#include <string.h>

static denoise_status fail_syntax(const denoise__json *it, int64_t position, const char *text)
{
    return denoise__fail_at(DENOISE_ERR_SYNTAX, it->offset + position, it->field, "JSON: %s", text);
}

/* The first byte of the next token, 0 at the end (a zero byte begins none). */
static char next_byte(denoise__json *it)
{
    for (; it->position < it->size; it->position++) {
        char c = it->text[it->position];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return c;
    }
    return '\0';
}

static denoise_status take(denoise__json *it, char expected)
{
    char words[] = "expected '?'";
    words[10] = expected;
    if (next_byte(it) != expected) return fail_syntax(it, it->position, words);
    it->position++;
    return DENOISE_OK;
}

int64_t denoise__json_at(denoise__json *it)
{
    next_byte(it);
    return it->offset + it->position;
}

denoise_status denoise__json_open(denoise__json *it, char bracket)
{
    DENOISE__TRY(take(it, bracket));
    it->is_first = true;
    if (++it->depth <= it->greatest_depth) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_LIMIT, it->offset + it->position - 1, "json_depth",
                            "nested deeper than the %" PRId64 " levels that are allowed (limit `json_depth`)",
                            it->greatest_depth);
}

denoise_status denoise__json_more(denoise__json *it, char closing, bool *more)
{
    bool is_first = it->is_first;
    it->is_first = false;
    *more = next_byte(it) != closing;
    if (*more) return is_first ? DENOISE_OK : take(it, ',');
    it->position++;
    it->depth--;
    return DENOISE_OK;
}

/* Bytes of the UTF-8 sequence that begins here (RFC 3629: no surrogates, nothing overlong); 0 = none. */
static int utf8_length(const char *text, int64_t left)
{
    unsigned char s[4] = {0};
    memcpy(s, text, left < 4 ? (size_t)left : 4);
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

static int utf8_encode(char out[4], uint32_t code)
{
    int count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = count - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(count == 1 ? code : (0xF00U >> count & 0xF0U) | code);
    return count;
}

/* Four hexadecimal digits after \u; more than 16 bits = they are not there. */
static uint32_t read_unit(const denoise__json *it, int64_t position)
{
    uint32_t code = 0;
    for (int64_t i = position + 2; i < position + 6; i++) {
        char c = i < it->size ? it->text[i] : '\0';
        char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            code = code << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            code = code << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return UINT32_MAX;
        }
    }
    return code;
}

/* A pair of surrogates is one character; one alone is none. */
static denoise_status read_unicode(denoise__json *it, uint32_t *code)
{
    int64_t start = it->position;
    *code = read_unit(it, start);
    it->position += 6;
    if (*code >= 0xD800 && *code < 0xDC00 && it->size - it->position >= 6 && memcmp(it->text + it->position, "\\u", 2) == 0) {
        uint32_t low = read_unit(it, it->position);
        if (low >= 0xDC00 && low < 0xE000) {
            *code = 0x10000 + (*code - 0xD800) * 0x400 + (low - 0xDC00);
            it->position += 6;
        }
    }
    if (*code == 0 || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000)) {
        return fail_syntax(it, start, *code == 0 ? "a zero byte in a text" : "\\u is followed by no character");
    }
    return DENOISE_OK;
}

/* One character of a text: where its bytes are, and how many. */
static denoise_status read_character(denoise__json *it, const char **bytes, int *count, char decoded[4])
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *at = it->text + it->position;
    int64_t left = it->size - it->position;
    *bytes = at;
    if (*at == '\\' && left > 1 && at[1] == 'u') {
        uint32_t code = 0;
        DENOISE__TRY(read_unicode(it, &code));
        *bytes = decoded;
        *count = utf8_encode(decoded, code);
        return DENOISE_OK;
    }
    if (*at == '\\') {
        const char *letter = left > 1 && at[1] != '\0' ? strchr(letters, at[1]) : NULL;
        if (letter == NULL) return fail_syntax(it, it->position, "an unknown escape");
        *bytes = meanings + (letter - letters);
        *count = 1;
        it->position += 2;
        return DENOISE_OK;
    }
    *count = (unsigned char)*at < 0x20 ? 0 : utf8_length(at, left);
    if (*count == 0 || *count > left) return fail_syntax(it, it->position, "a control character, or no UTF-8");
    it->position += *count;
    return DENOISE_OK;
}

denoise_status denoise__json_text(denoise__json *it, char *buffer, int64_t size, int64_t *length)
{
    int64_t kept = 0;
    *length = 0;
    DENOISE__TRY(take(it, '"'));
    for (;;) {
        const char *bytes = NULL;
        char decoded[4];
        int count = 0;
        if (it->position == it->size) return fail_syntax(it, it->size, "the text ends in quotes");
        if (it->text[it->position] == '"') break;
        DENOISE__TRY(read_character(it, &bytes, &count, decoded));
        if (buffer != NULL && kept == *length && kept + count < size) {
            memcpy(buffer + kept, bytes, (size_t)count);
            kept += count;
        }
        *length += count;
    }
    if (buffer != NULL) buffer[kept] = '\0';
    it->position++;
    return DENOISE_OK;
}

denoise_status denoise__json_colon(denoise__json *it)
{
    return take(it, ':');
}

denoise_status denoise__json_whole(denoise__json *it, int64_t *out)
{
    bool negative = next_byte(it) == '-';
    int64_t start = it->position;
    int64_t first = start + negative;
    int64_t end = first;
    bool fits = true;
    *out = 0;
    for (; end < it->size && it->text[end] >= '0' && it->text[end] <= '9'; end++) {
        fits = fits && denoise__multiply(*out, 10, out) && denoise__add(*out, it->text[end] - '0', out);
    }
    it->position = end;
    char after = next_byte(it);
    bool is_end = after == ',' || after == ']' || after == '}' || it->position == it->size;
    if (end == first || !is_end || (it->text[first] == '0' && end > first + 1)) {
        return fail_syntax(it, start, "is no whole number");
    }
    if (!fits) return denoise__fail_at(DENOISE_ERR_OVERFLOW, it->offset + start, it->field, "the number leaves 63 bits");
    if (!negative || *out == 0) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_RANGE, it->offset + start, it->field, "is -%" PRId64 ", expected >= 0", *out);
}

static bool take_word(denoise__json *it, const char *word)
{
    int64_t length = (int64_t)strlen(word);
    (void)next_byte(it);
    if (it->size - it->position < length || memcmp(it->text + it->position, word, (size_t)length) != 0) return false;
    it->position += length;
    return true;
}

bool denoise__json_null(denoise__json *it)
{
    return take_word(it, "null");
}

static int64_t take_digits(denoise__json *it)
{
    int64_t start = it->position;
    while (it->position < it->size && it->text[it->position] >= '0' && it->text[it->position] <= '9')
        it->position++;
    return it->position - start;
}

static bool take_byte(denoise__json *it, const char *bytes)
{
    bool is_there = it->position < it->size && it->text[it->position] != '\0' && strchr(bytes, it->text[it->position]) != NULL;
    it->position += is_there;
    return is_there;
}

static denoise_status skip_number(denoise__json *it)
{
    int64_t start = it->position;
    (void)take_byte(it, "-");
    int64_t first = it->position;
    int64_t digits = take_digits(it);
    bool is_number = digits == 1 || (digits > 1 && it->text[first] != '0');
    if (is_number && take_byte(it, ".")) is_number = take_digits(it) > 0;
    if (is_number && take_byte(it, "eE")) {
        (void)take_byte(it, "+-");
        is_number = take_digits(it) > 0;
    }
    return is_number ? DENOISE_OK : fail_syntax(it, start, "expected a value");
}

static denoise_status skip_plain(denoise__json *it)
{
    int64_t length = 0;
    if (next_byte(it) == '"') return denoise__json_text(it, NULL, 0, &length);
    if (take_word(it, "true") || take_word(it, "false") || take_word(it, "null")) return DENOISE_OK;
    return skip_number(it);
}

/* Into a list or object, or past what is neither. A bit of `objects` for each level: whether it is an object. */
static denoise_status skip_begin(denoise__json *it, uint64_t *objects, int *levels)
{
    char byte = next_byte(it);
    if (byte != '{' && byte != '[') return skip_plain(it);
    if (*levels == 64) {
        return denoise__fail_at(DENOISE_ERR_LIMIT, it->offset + it->position, "json_depth",
                                "more than 64 levels are passed over");
    }
    DENOISE__TRY(denoise__json_open(it, byte));
    *objects = *objects << 1 | (byte == '{');
    ++*levels;
    return DENOISE_OK;
}

denoise_status denoise__json_skip(denoise__json *it)
{
    uint64_t objects = 0;
    int levels = 0;
    DENOISE__TRY(skip_begin(it, &objects, &levels));
    while (levels > 0) {
        bool more = false, is_object = (objects & 1) != 0;
        int64_t length = 0;
        DENOISE__TRY(denoise__json_more(it, is_object ? '}' : ']', &more));
        if (!more) {
            objects >>= 1;
            levels--;
            continue;
        }
        if (is_object) {
            DENOISE__TRY(denoise__json_text(it, NULL, 0, &length));
            DENOISE__TRY(denoise__json_colon(it));
        }
        DENOISE__TRY(skip_begin(it, &objects, &levels));
    }
    return DENOISE_OK;
}

denoise_status denoise__json_end(denoise__json *it)
{
    next_byte(it);
    return it->position == it->size ? DENOISE_OK : fail_syntax(it, it->position, "something follows the last bracket");
}

denoise_status denoise__json_quote(denoise__text *out, const char *text)
{
    denoise__text_append(out, "\"", 1);
    int64_t size = (int64_t)strlen(text);
    for (int64_t i = 0; i < size;) {
        unsigned char byte = (unsigned char)text[i];
        int length = utf8_length(text + i, size - i);
        if (length == 0) {
            char shown[80];
            return denoise__fail(DENOISE_ERR_NAME, "text \"%s\" is not UTF-8 at byte %" PRId64,
                                 denoise__printable(shown, sizeof shown, text, strlen(text)), i);
        }
        if (byte < 0x20) {
            denoise__text_printf(out, "\\u%04x", (unsigned)byte);
        } else {
            if (byte == '"' || byte == '\\') denoise__text_append(out, "\\", 1);
            denoise__text_append(out, text + i, (size_t)length);
        }
        i += length;
    }
    denoise__text_append(out, "\"", 1);
    return DENOISE_OK;
}
