/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of texts and whole numbers: accepts what a second reader of RFC 8259, below, accepts, except what C texts cannot hold.
 */
#include "files/json.h"
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 40 };

/* A reader that builds nothing. */
typedef struct reader {
    const uint8_t *at, *end;
    bool odd; /* \u0000, or a surrogate alone: valid JSON that is refused */
} reader;

static bool value(reader *in, int depth);

static void blanks(reader *in)
{
    while (in->at < in->end && memchr(" \t\n\r", *in->at, 4) != NULL) {
        in->at++;
    }
}

static bool take(reader *in, uint8_t byte)
{
    if (in->at == in->end || *in->at != byte) return false;
    in->at++;
    return true;
}

static bool word(reader *in, const char *text)
{
    size_t length = strlen(text);
    if ((size_t)(in->end - in->at) < length || memcmp(in->at, text, length) != 0) return false;
    in->at += length;
    return true;
}

static bool digits(reader *in)
{
    const uint8_t *start = in->at;
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        in->at++;
    }
    return in->at > start;
}

/* Whole numbers only; what is below 0 or too large has a status of its own. */
static bool number(reader *in)
{
    (void)take(in, '-');
    return take(in, '0') || digits(in);
}

/* Four hexadecimal digits; -1 = they are none. */
static long unit(reader *in)
{
    long code = 0;
    for (int i = 0; i < 4; i++, in->at++) {
        if (in->at == in->end || memchr("0123456789abcdefABCDEF", *in->at, 22) == NULL) return -1;
        code = code * 16 + (*in->at <= '9' ? *in->at - '0' : (*in->at | 0x20) - 'a' + 10);
    }
    return code;
}

static bool escape(reader *in)
{
    if (in->at == in->end) return false;
    uint8_t kind = *in->at++;
    if (kind != 'u') return memchr("\"\\/bfnrt", kind, 8) != NULL;
    long code = unit(in);
    if (code < 0) return false;
    if (code == 0 || (code >= 0xDC00 && code <= 0xDFFF)) in->odd = true;
    if (code < 0xD800 || code > 0xDBFF) return true;
    const uint8_t *before = in->at;
    if (!word(in, "\\u")) {
        in->odd = true;
        return true;
    }
    code = unit(in);
    if (code >= 0xDC00 && code <= 0xDFFF) return true;
    in->odd = true;
    in->at = before; /* an escape of its own */
    return true;
}

static bool string(reader *in)
{
    if (!take(in, '"')) return false;
    const uint8_t *plain = in->at;
    while (in->at < in->end && *in->at != '"') {
        uint8_t byte = *in->at;
        if (byte < 0x20) return false;
        if (byte != '\\') {
            in->at++;
            continue;
        }
        if (!fuzz_is_utf8(plain, (size_t)(in->at - plain))) return false;
        in->at++;
        if (!escape(in)) return false;
        plain = in->at;
    }
    return fuzz_is_utf8(plain, (size_t)(in->at - plain)) && take(in, '"');
}

static bool member(reader *in, bool keyed, int depth)
{
    blanks(in);
    if (keyed) {
        if (!string(in)) return false;
        blanks(in);
        if (!take(in, ':')) return false;
    }
    return value(in, depth);
}

static bool members(reader *in, bool keyed, uint8_t close, int depth)
{
    blanks(in);
    if (take(in, close)) return true;
    for (;;) {
        if (!member(in, keyed, depth)) return false;
        blanks(in);
        if (take(in, close)) return true;
        if (!take(in, ',')) return false;
    }
}

static bool value(reader *in, int depth)
{
    if (depth > DEEPEST) return false;
    blanks(in);
    if (in->at == in->end) return false;
    if (take(in, '{')) return members(in, true, '}', depth + 1);
    if (take(in, '[')) return members(in, false, ']', depth + 1);
    if (*in->at == '"') return string(in);
    return number(in);
}

static bool is_valid(const uint8_t *data, size_t size, bool *odd)
{
    reader in = {data, data + size, false};
    bool valid = value(&in, 0);
    blanks(&in);
    *odd = in.odd;
    return valid && in.at == in.end;
}

static denoise_status walk(denoise__json *it)
{
    int64_t counted = 0;
    bool more = false;
    (void)denoise__json_at(it);
    char first = it->position < it->size ? it->text[it->position] : '\0';
    if (first == '"') return denoise__json_text(it, NULL, 0, &counted);
    if (first != '[' && first != '{') return denoise__json_whole(it, &counted);
    denoise_status status = denoise__json_open(it, first);
    while (status == DENOISE_OK) {
        status = denoise__json_more(it, first == '[' ? ']' : '}', &more);
        if (status != DENOISE_OK || !more) break;
        if (first == '{') status = denoise__json_text(it, NULL, 0, &counted);
        if (first == '{' && status == DENOISE_OK) status = denoise__json_colon(it);
        if (status == DENOISE_OK) status = walk(it);
    }
    return status;
}

/* A text is decoded to the bytes that jansson finds in it. */
static void check_text(denoise__json it)
{
    int64_t length = 0;
    char *decoded = malloc((size_t)it.size + 1);
    if (decoded == NULL) abort();
    if (denoise__json_text(&it, decoded, it.size + 1, &length) == DENOISE_OK && denoise__json_end(&it) == DENOISE_OK) {
        json_t *root = json_loadb(it.text, (size_t)it.size, JSON_DECODE_ANY, NULL);
        FUZZ_CHECK(root != NULL || fuzz_memory_failed());
        FUZZ_CHECK(root == NULL || (int64_t)json_string_length(root) == length);
        FUZZ_CHECK(root == NULL || strcmp(json_string_value(root), decoded) == 0);
        json_decref(root);
    }
    free(decoded);
}

static void check_verdict(denoise_status status, const uint8_t *data, size_t size)
{
    bool odd = false;
    bool valid = is_valid(data, size, &odd);
    switch (status) {
    case DENOISE_OK:
        FUZZ_CHECK(valid && !odd);
        break;
    case DENOISE_ERR_SYNTAX:
        FUZZ_CHECK(!valid || odd);
        break;
    default:
        FUZZ_CHECK(status == DENOISE_ERR_LIMIT || status == DENOISE_ERR_RANGE || status == DENOISE_ERR_OVERFLOW);
    }
}

/* A text as a JSON string: exactly for UTF-8, and it reads back. */
static void check_quote(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL) abort();
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    denoise__text out = {0};
    denoise__text_append(&out, "{\"k\":", 5);
    denoise_status status = denoise__json_quote(&out, text);
    bool utf8 = fuzz_is_utf8((const uint8_t *)text, strlen(text));
    FUZZ_CHECK(status == (utf8 ? DENOISE_OK : DENOISE_ERR_NAME));
    denoise__text_append(&out, "}", 1);
    if (status == DENOISE_OK && !out.failed) {
        json_t *root = json_loads(out.data, 0, NULL);
        FUZZ_CHECK(root != NULL || fuzz_memory_failed());
        const char *back = json_string_value(json_object_get(root, "k"));
        FUZZ_CHECK(root == NULL || (back != NULL && strcmp(back, text) == 0));
        json_decref(root);
    }
    FUZZ_CHECK(!out.failed || fuzz_memory_failed());
    denoise__text_free(&out);
    free(text);
}

static void run(const uint8_t *data, size_t size)
{
    const denoise__json start = {.text = (const char *)data, .size = (int64_t)size, .greatest_depth = DEEPEST, .field = "f"};
    denoise__json it = start;
    denoise_status status = walk(&it);
    if (status == DENOISE_OK) status = denoise__json_end(&it);
    fuzz_check_status(status);
    check_verdict(status, data, size);
    FUZZ_CHECK(it.position >= 0 && it.position <= start.size + 6 && fuzz_memory_requests() == 0);
    if (status != DENOISE_OK) FUZZ_CHECK(denoise_last_error_offset() >= 0 && denoise_last_error_offset() <= start.size);
    check_text(start);
    check_quote(data, size);
}

static void deep_seed(const fuzz_sink *sink, int depth)
{
    builder b = {.size = 0};
    builder_text(&b, "{\"a\":");
    for (int i = 1; i < depth; i++) {
        builder_byte(&b, '[');
    }
    for (int i = 1; i < depth; i++) {
        builder_byte(&b, ']');
    }
    builder_byte(&b, '}');
    builder_seed(sink, "deep", &b);
}

static void seeds(const fuzz_sink *sink)
{
    static const char *const texts[] = {"",
                                        "{}",
                                        " {}",
                                        "{} ",
                                        "[]",
                                        "{\"a\":1}",
                                        "{\"a\":[1,2,3],\"b\":{\"c\":null,\"d\":true,\"e\":false}}",
                                        "{\"a\":-0.5e-3}",
                                        "{\"a\":01}",
                                        "{\"a\":1,}",
                                        "{\"a\":1,\"a\":2}",
                                        "{\"a\":NaN}",
                                        "{\"a\":1e999999}",
                                        "{\"a\":99999999999999999999}",
                                        "{\"a\":\"\\u0041\\n\\\"\\\\\\/\"}",
                                        "{\"a\":\"\\ud800\"}",
                                        "{\"a\":\"\\ud83d\\ude00\"}",
                                        "{\"a\\u0000b\":1}",
                                        "{\"a\":\"\\u0000\"}",
                                        "{\"a\":\"\x01\"}",
                                        "{\"a\":\"\xff\"}",
                                        "{\"a\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}",
                                        "{\"a\":/*c*/1}",
                                        "{'a':1}",
                                        "{\"a\" 1}",
                                        "{\"a\":\"b",
                                        "{\"a\":tru}",
                                        "\xef\xbb\xbf{}",
                                        "plain words",
                                        "a\"b\\c\td",
                                        "\xc3\xa9",
                                        "\xed\xa0\x80",
                                        "\xe0\x80\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xf0\x80\x80\x80",
                                        "\xf8\x80\x80\x80",
                                        "\xe2\x82",
                                        "\xf0\x9f\x98",
                                        "\xc3"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fuzz_seed_text(sink, texts[i]);
    }
    deep_seed(sink, DEEPEST);
    deep_seed(sink, DEEPEST + 1);
    builder b = {.size = 0};
    builder_text(&b, "{\"a\":[0");
    for (int i = 0; i < 64 * 16; i++) {
        builder_text(&b, ",1");
    }
    builder_text(&b, "]}");
    builder_seed(sink, "many", &b);
}

static const char *const dictionary[] = {"\"{\\\"\"",
                                         "\"\\\":\"",
                                         "\"\\\\u00\"",
                                         "\"\\\\ud83d\\\\ude00\"",
                                         "\"true\"",
                                         "\"false\"",
                                         "\"null\"",
                                         "\"1e308\"",
                                         "\"-0.0\"",
                                         "\"[[\"",
                                         "\"]]\"",
                                         "\"},{\"",
                                         "\"\\xe2\\x82\\xac\"",
                                         NULL};

const fuzz_target fuzz_target_json = {"json", run, seeds, NULL, dictionary, 4096};
