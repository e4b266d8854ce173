/* SPDX-License-Identifier: Apache-2.0 */
/* References to kinds in words: "relu", "l2(0.001)", "elu(alpha=0.5)". */
#include "core/kind_text.h"
#include "core/format.h"
#include "core/memory.h"
#include "core/number.h"
#include <string.h>

enum { NAME_SIZE = 128 };

/* A stretch of the text that is being read. */
typedef struct piece {
    const char *text;
    size_t length;
} piece;

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static piece trimmed(const char *text, size_t length)
{
    while (length > 0 && is_blank(text[0])) {
        text++;
        length--;
    }
    while (length > 0 && is_blank(text[length - 1])) {
        length--;
    }
    return (piece){text, length};
}

static bool equals(piece part, const char *word)
{
    return strlen(word) == part.length && memcmp(part.text, word, part.length) == 0;
}

static bool is_identifier(piece part)
{
    for (size_t i = 0; i < part.length; i++) {
        char c = part.text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
    }
    return part.length > 0;
}

/* Length up to the first of `stops` outside brackets and quotes, or the whole length; false: brackets do not match. */
static bool outer_length(piece part, const char *stops, size_t *length)
{
    char open[DENOISE__PARAMS_DEPTH];
    int depth = 0;
    char quote = '\0';
    size_t i = 0;
    for (; i < part.length; i++) {
        char c = part.text[i];
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (depth == 0 && strchr(stops, c) != NULL) {
            break;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '(' || c == '[') {
            if (depth == DENOISE__PARAMS_DEPTH) return false;
            open[depth++] = c;
        } else if (c == ')' || c == ']') {
            if (depth == 0 || open[depth - 1] != (c == ')' ? '(' : '[')) return false;
            depth--;
        }
    }
    *length = i;
    return depth == 0 && quote == '\0';
}

static denoise_status syntax_error(piece part, const char *what)
{
    int shown = part.length > 100 ? 100 : (int)part.length;
    return denoise__fail(DENOISE_ERR_SYNTAX, "\"%.*s\": %s", shown, part.text, what);
}

/* Takes the next item off a list; false: there is none. */
static bool next_item(piece *rest, piece *item)
{
    if (rest->length == 0) return false;
    const char *comma = memchr(rest->text, ',', rest->length);
    size_t length = comma == NULL ? rest->length : (size_t)(comma - rest->text), used = comma == NULL ? length : length + 1;
    *item = (piece){rest->text, length};
    *rest = (piece){rest->text + used, rest->length - used};
    return true;
}

/* false: they are too many, or not all are whole. */
static bool parse_ints(denoise__param_value *out, piece list)
{
    piece item;
    for (out->count = 0; next_item(&list, &item); out->count++)
        if (out->count == DENOISE__MAX_INTS || !denoise__parse_int(item.text, item.length, &out->ints[out->count]))
            return false;
    out->type = DENOISE_PARAM_INTS;
    return true;
}

/* DENOISE_ERR_SYNTAX, without a message: one is no number. */
static denoise_status parse_doubles(denoise__param_value *out, piece list, int64_t count)
{
    piece item;
    out->doubles = denoise__allocate_zeroed((size_t)count, sizeof(*out->doubles));
    if (out->doubles == NULL) return denoise__fail_nomem();
    out->type = DENOISE_PARAM_DOUBLES;
    for (out->count = 0; next_item(&list, &item); out->count++) {
        piece number = trimmed(item.text, item.length);
        bool is_number = number.length > 0 && strchr("+-.0123456789", number.text[0]) != NULL;
        if (is_number && denoise__parse_double(number.text, number.length, &out->doubles[out->count])) continue;
        return DENOISE_ERR_SYNTAX;
    }
    return DENOISE_OK;
}

/* Whole numbers, where all are and there are not too many of them; else numbers. */
static denoise_status parse_list(denoise__param_value *out, piece part)
{
    piece list = trimmed(part.text + 1, part.length - 2), rest = list, item;
    if (parse_ints(out, list)) return DENOISE_OK;
    memset(out, 0, sizeof(*out));
    int64_t count = 0;
    while (next_item(&rest, &item))
        count++;
    if (count > DENOISE__MAX_DOUBLES) return syntax_error(part, "a list has at most 1024 numbers");
    denoise_status status = parse_doubles(out, list, count);
    return status == DENOISE_ERR_SYNTAX ? syntax_error(part, "expected a list of numbers, as in [1, 2]") : status;
}

static denoise_status copy_piece(denoise__param_value *out, piece part)
{
    out->type = DENOISE_PARAM_TEXT;
    out->text = denoise__allocate(part.length + 1);
    if (out->text == NULL) return denoise__fail_nomem();
    memcpy(out->text, part.text, part.length);
    out->text[part.length] = '\0';
    return DENOISE_OK;
}

denoise_status denoise__param_value_parse(denoise__param_value *out, const char *text, size_t length)
{
    memset(out, 0, sizeof(*out));
    piece part = trimmed(text, length);
    if (part.length == 0) return copy_piece(out, part);
    char first = part.text[0], last = part.text[part.length - 1];
    if (equals(part, "None")) {
        out->type = DENOISE_PARAM_NONE;
    } else if (equals(part, "true") || equals(part, "True") || equals(part, "false") || equals(part, "False")) {
        out->type = DENOISE_PARAM_BOOL;
        out->truth = first == 't' || first == 'T';
    } else if (first == '[' && last == ']') {
        return parse_list(out, part);
    } else if ((first == '"' || first == '\'') && part.length >= 2 && last == first) {
        return copy_piece(out, (piece){part.text + 1, part.length - 2});
    } else if (denoise__parse_int(part.text, part.length, &out->integer)) {
        out->type = DENOISE_PARAM_INT;
    } else if (strchr("+-.0123456789", first) != NULL && denoise__parse_double(part.text, part.length, &out->number)) {
        out->type = DENOISE_PARAM_DOUBLE;
    } else {
        return copy_piece(out, part);
    }
    return DENOISE_OK;
}

/* The parameter that a value without a key goes to: name and trainable are never meant by it. */
static const char *positional_key(const denoise__kind *kind, int32_t position)
{
    for (int32_t i = 0; i < kind->param_count; i++) {
        const char *name = kind->params[i].name;
        if (strcmp(name, "name") == 0 || strcmp(name, "trainable") == 0) continue;
        if (position-- == 0) return name;
    }
    return NULL;
}

/* `value` or `key=value`; *position counts the values without key, -1 once a key was seen. */
static denoise_status parse_argument(denoise_params *params, const denoise__kind *kind, piece argument, int32_t *position)
{
    char key[NAME_SIZE];
    size_t equal = argument.length;
    if (argument.length == 0) return syntax_error(argument, "a parameter is missing between commas");
    if (!outer_length(argument, "=", &equal)) return syntax_error(argument, "brackets or quotes do not match");
    piece value_text = argument;
    if (equal < argument.length) {
        piece name = trimmed(argument.text, equal);
        if (!is_identifier(name) || name.length >= sizeof(key)) return syntax_error(argument, "expected key=value");
        memcpy(key, name.text, name.length);
        key[name.length] = '\0';
        value_text = trimmed(argument.text + equal + 1, argument.length - equal - 1);
        *position = -1;
        if (value_text.length == 0) return syntax_error(argument, "expected a value after \"=\"");
    } else {
        if (*position < 0) return syntax_error(argument, "a value without a key must stand before those with one");
        const char *name = positional_key(kind, (*position)++);
        if (name == NULL) return syntax_error(argument, "the kind has no parameter for this value");
        denoise__format(key, sizeof(key), "%s", name);
    }
    if (denoise_params_type(params, key) >= 0) {
        return denoise__fail(DENOISE_ERR_DUPLICATE, "parameter \"%s\" is given twice", key);
    }
    denoise__param_value value;
    denoise_status status = denoise__param_value_parse(&value, value_text.text, value_text.length);
    if (status != DENOISE_OK) {
        denoise__param_value_clear(&value);
        return denoise__context(status, "%s: ", key);
    }
    return denoise__params_set(params, key, &value);
}

static denoise_status parse_arguments(denoise_params *params, const denoise__kind *kind, piece list)
{
    int32_t position = 0;
    list = trimmed(list.text, list.length);
    while (list.length > 0) {
        size_t length = 0;
        if (!outer_length(list, ",", &length)) return syntax_error(list, "brackets or quotes do not match");
        DENOISE__TRY(parse_argument(params, kind, trimmed(list.text, length), &position));
        size_t used = length < list.length ? length + 1 : length;
        list = (piece){list.text + used, list.length - used};
    }
    return DENOISE_OK;
}

static denoise_status parse_reference(const denoise__kind **kind, denoise_params **params, const denoise__registry *registry,
                                      piece text)
{
    char name[NAME_SIZE];
    const char *bracket = memchr(text.text, '(', text.length);
    size_t length = bracket == NULL ? text.length : (size_t)(bracket - text.text);
    piece head = trimmed(text.text, length);
    if (head.length >= sizeof(name)) return syntax_error(text, "the name is too long");
    memcpy(name, head.text, head.length);
    name[head.length] = '\0';
    DENOISE__TRY(denoise__registry_get(kind, registry, name));
    *params = NULL;
    if (bracket == NULL) return DENOISE_OK;
    piece rest = {bracket + 1, text.length - length - 1};
    size_t inner = 0;
    if (rest.length == 0 || rest.text[rest.length - 1] != ')') return syntax_error(text, "expected \")\" at the end");
    rest.length--;
    if (!outer_length(rest, "", &inner)) return syntax_error(text, "brackets or quotes do not match");
    DENOISE__TRY(denoise_params_new(params));
    denoise_status status = parse_arguments(*params, *kind, rest);
    if (status != DENOISE_OK) {
        denoise_params_free(*params);
        *params = NULL;
        return denoise__context(status, "%s: ", (*kind)->name);
    }
    return DENOISE_OK;
}

denoise_status denoise__kind_text_parse(const denoise__kind **kind, denoise_params **params, const denoise__registry *registry,
                                        const char *text)
{
    *kind = NULL;
    *params = NULL;
    piece whole = trimmed(text, strlen(text));
    return equals(whole, "None") ? DENOISE_OK : parse_reference(kind, params, registry, whole);
}
