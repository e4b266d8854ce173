/* SPDX-License-Identifier: Apache-2.0 */
/* The table is read twice: first to check it and to count, then into a tensor of just that size. */
#include "files/csv.h"
#include "core/memory.h"
#include "core/options.h"
#include "core/text.h"
#include "files/limits.h"
#include "files/read_file.h"
#include "files/system_error.h"
#include "tensor/tensor.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LONGEST_NUMBER = 512 }; /* with another decimal sign than the point */

typedef struct table {
    const char *data;
    int64_t size, position;
    const denoise_csv_options *options;
    const denoise_limits *limits;
    int64_t row, column;      /* of the present field, from 1 */
    int64_t rows, columns;    /* of numbers; columns 0 = not known yet */
    int64_t names_size;       /* bytes of all names, each with its zero */
    int64_t field, field_end; /* bytes of the field, without the quotes around it */
    char *names;              /* NULL = only count */
    denoise_tensor *tensor;   /* NULL = only count */
} table;

DENOISE__OPTIONS(csv_options, CSV_OPTIONS, "denoise_csv_options", denoise_csv_options, offsetof(denoise_csv_options, decimal))

static denoise_status fail_here(const table *it, denoise_status status, int64_t offset, const char *text)
{
    char place[DENOISE__FIELD_SIZE];
    denoise__format(place, sizeof place, "row %" PRId64 ", column %" PRId64, it->row, it->column);
    return denoise__fail_at(status, offset, place, "%s", text);
}

static bool is_comment(const table *it, int64_t position)
{
    return it->options->comment != NULL && it->data[position] == it->options->comment[0];
}

static bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

/* To the end of the field; a quote in quotes is written twice. */
static denoise_status read_quoted(table *it)
{
    int64_t opened = it->position++;
    it->field = it->position;
    for (; it->position < it->size; it->position++) {
        if (it->data[it->position] != '"') continue;
        if (it->position + 1 < it->size && it->data[it->position + 1] == '"') {
            it->position++;
            continue;
        }
        it->field_end = it->position++;
        return DENOISE_OK;
    }
    it->position = opened;
    return fail_here(it, DENOISE_ERR_TRUNCATED, it->size, "the data ends in quotes");
}

static denoise_status read_field(table *it)
{
    char separator = it->options->separator[0];
    it->field = it->position;
    if (it->position < it->size && it->data[it->position] == '"') {
        DENOISE__TRY(read_quoted(it));
    } else {
        while (it->position < it->size && it->data[it->position] != separator && !is_line_end(it->data[it->position]) &&
               !is_comment(it, it->position)) {
            it->position++;
        }
        it->field_end = it->position;
    }
    if (it->position == it->size || it->data[it->position] == separator || is_line_end(it->data[it->position]) ||
        is_comment(it, it->position))
        return DENOISE_OK;
    return fail_here(it, DENOISE_ERR_SYNTAX, it->position, "something follows the closing quote");
}

/* Past what follows a field; whether that ends the row. */
static bool end_row(table *it)
{
    if (it->position < it->size && is_comment(it, it->position)) {
        while (it->position < it->size && !is_line_end(it->data[it->position]))
            it->position++;
    }
    if (it->position == it->size) return true;
    char c = it->data[it->position++];
    if (c == '\r' && it->position < it->size && it->data[it->position] == '\n') it->position++;
    return is_line_end(c);
}

static denoise_status take_name(table *it)
{
    int64_t length = 0;
    for (int64_t i = it->field; i < it->field_end; i++) {
        char c = it->data[i];
        if (c == '\0') return fail_here(it, DENOISE_ERR_SYNTAX, i, "a zero byte in a name");
        if (it->names != NULL) it->names[it->names_size + length] = c;
        length++;
        if (c == '"') i++; /* the second of two */
    }
    if (length > it->limits->name_length) {
        return denoise__fail_at(DENOISE_ERR_LIMIT, it->field, "name_length",
                                "the name has %" PRId64 " bytes, %" PRId64 " are allowed (limit `name_length`)", length,
                                it->limits->name_length);
    }
    if (it->names != NULL) it->names[it->names_size + length] = '\0';
    it->names_size += length + 1;
    return DENOISE_OK;
}

/* pandas' own list, of pandas/_libs/parsers.pyx: STR_NA_VALUES; "NA" is also what CSVLogger writes. */
static bool is_missing(const table *it, const char *text, size_t length)
{
    static const char *const words[] = {"NA",   "",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN",
                                        "-NaN", "-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NULL",
                                        "NaN",  "None", "n/a",    "nan",      "null"};
    size_t count = it->options->missing_is_nan != 0 ? sizeof words / sizeof *words : 1;
    for (size_t i = 0; i < count; i++) {
        if (strlen(words[i]) == length && memcmp(text, words[i], length) == 0) return true;
    }
    return false;
}

/* With another decimal sign than the point, a point is none. */
static bool parse_number(const table *it, const char *text, size_t length, double *value)
{
    char decimal = it->options->decimal[0], plain[LONGEST_NUMBER];
    if (decimal == '.') return denoise__parse_double(text, length, value);
    if (length > sizeof plain || memchr(text, '.', length) != NULL) return false;
    for (size_t i = 0; i < length; i++)
        plain[i] = text[i] == decimal ? '.' : text[i];
    return denoise__parse_double(plain, length, value);
}

static denoise_status take_number(table *it)
{
    double value = NAN;
    const char *text = it->data + it->field;
    size_t length = (size_t)(it->field_end - it->field);
    if (!is_missing(it, text, length) && !parse_number(it, text, length, &value)) {
        char shown[40], words[64];
        denoise__format(words, sizeof words, "\"%s\" is no number", denoise__printable(shown, sizeof shown, text, length));
        return fail_here(it, DENOISE_ERR_SYNTAX, it->field, words);
    }
    int64_t index = it->rows * it->columns + it->column - 1;
    if (it->tensor == NULL) return denoise__limits_tensor(it->limits, index + 1, 2, it->field);
    if (it->options->dtype == DENOISE_FLOAT64) {
        ((double *)denoise_tensor_data(it->tensor))[index] = value;
    } else {
        ((float *)denoise_tensor_data(it->tensor))[index] = (float)value;
    }
    return DENOISE_OK;
}

static denoise_status read_row(table *it, bool is_header)
{
    bool is_last = false;
    for (it->column = 1; !is_last; it->column++) {
        if (it->columns > 0 && it->column > it->columns)
            return fail_here(it, DENOISE_ERR_SHAPE, it->position, "one field too many");
        DENOISE__TRY(read_field(it));
        DENOISE__TRY(is_header ? take_name(it) : take_number(it));
        int64_t end = it->position;
        is_last = end_row(it);
        if (is_last && it->column < it->columns)
            return fail_here(it, DENOISE_ERR_SHAPE, end, "the last field of a row that is too short");
    }
    it->columns = it->column - 1;
    it->rows += !is_header;
    return DENOISE_OK;
}

/* Past lines that hold no row. Whether one follows. */
static bool find_row(table *it)
{
    while (it->position < it->size) {
        int64_t at = it->position;
        while (it->options->skip_blank_lines != 0 && at < it->size && (it->data[at] == ' ' || it->data[at] == '\t') &&
               it->data[at] != it->options->separator[0])
            at++;
        bool is_blank = it->options->skip_blank_lines != 0 && (at == it->size || is_line_end(it->data[at]));
        if (is_blank) it->position = at;
        if (!is_blank && !is_comment(it, it->position)) return true;
        (void)end_row(it);
        it->row++;
    }
    return false;
}

/* The byte order mark that some programs write in front is no part of the first field. */
static denoise_status read_table(table *it)
{
    it->position = it->size >= 3 && memcmp(it->data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    it->row = it->column = 1;
    it->rows = it->columns = it->names_size = 0;
    DENOISE__TRY(denoise__limits_tensor(it->limits, 0, 2, 0));
    if (!find_row(it)) return fail_here(it, DENOISE_ERR_TRUNCATED, it->size, "the file is empty");
    for (bool is_header = it->options->header != 0; find_row(it); is_header = false, it->row++) {
        DENOISE__TRY(read_row(it, is_header));
    }
    return DENOISE_OK;
}

static denoise_status read_twice(table *it)
{
    DENOISE__TRY(read_table(it));
    denoise__shape shape;
    const int64_t lengths[2] = {it->rows, it->columns};
    DENOISE__TRY(denoise__shape_make(&shape, lengths, 2, NULL));
    DENOISE__TRY(denoise__tensor_make_unset(&it->tensor, it->options->dtype, &shape));
    if (it->options->header != 0) {
        it->names = denoise__allocate((size_t)it->names_size + 1);
        if (it->names == NULL) return denoise__fail_nomem();
        it->names[it->names_size] = '\0';
    }
    return read_table(it);
}

denoise_status denoise__csv_parse(denoise_tensor **out, char **names, const uint8_t *data, int64_t size,
                                  const denoise_csv_options *options, const denoise_limits *limits)
{
    table it = {.data = (const char *)data, .size = size, .options = options, .limits = limits};
    denoise_status status = read_twice(&it);
    *out = status == DENOISE_OK ? it.tensor : NULL;
    if (names != NULL) *names = status == DENOISE_OK ? it.names : NULL;
    if (status != DENOISE_OK) denoise_tensor_free(it.tensor);
    if (status != DENOISE_OK || names == NULL) denoise__release(it.names);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context(status, "CSV: ");
}

static denoise_status check_byte(const char *field, const char *value)
{
    if (strlen(value) == 1 && strchr("\"\r\n", value[0]) == NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "denoise_csv_options: %s must be one byte that is no quote or line end", field);
}

static denoise_status check_apart(const char *field, const char *value, const char *other, const char *other_value)
{
    if (other_value == NULL || value[0] != other_value[0]) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "denoise_csv_options: %s and %s are both '%c'", field, other, value[0]);
}

static denoise_status resolve(denoise_csv_options *out, const denoise_csv_options *given)
{
    DENOISE__TRY(denoise__options_read(&csv_options_known, out, given));
    if (out->separator == NULL) return denoise__fail_null(__func__, "given->separator");
    if (out->decimal == NULL) return denoise__fail_null(__func__, "given->decimal");
    DENOISE__TRY(check_byte("separator", out->separator));
    DENOISE__TRY(check_byte("decimal", out->decimal));
    if (out->comment != NULL) DENOISE__TRY(check_byte("comment", out->comment));
    DENOISE__TRY(check_apart("separator", out->separator, "decimal", out->decimal));
    DENOISE__TRY(check_apart("separator", out->separator, "comment", out->comment));
    DENOISE__TRY(check_apart("decimal", out->decimal, "comment", out->comment));
    if (out->dtype == DENOISE_FLOAT64 || out->dtype == DENOISE_FLOAT32) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_DTYPE, "denoise_csv_options: dtype is %d, expected float64 or float32", (int)out->dtype);
}

denoise_status denoise_csv_load(denoise_tensor **out, char **names, const char *path, const denoise_csv_options *options,
                                const denoise_limits *limits)
{
    if (names != NULL) *names = NULL;
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(path);
    denoise_limits allowed;
    denoise_csv_options chosen;
    DENOISE__TRY(denoise__limits_resolve(&allowed, limits));
    DENOISE__TRY(resolve(&chosen, options));
    denoise__bytes file = {0};
    DENOISE__TRY(denoise__read_file(&file, path, &allowed));
    denoise_status status = denoise__csv_parse(out, names, file.data, file.length, &chosen, &allowed);
    denoise__bytes_free(&file);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context_path(status, path);
}
