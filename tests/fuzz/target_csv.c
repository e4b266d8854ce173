/* SPDX-License-Identifier: Apache-2.0 */
/* CSV: rows, names and numbers as a second reader, below, finds them; written out and read again, the table is the same. */
#include "core/text.h"
#include "files/csv.h"
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <denoise/memory.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096, FIELDS = LONGEST + 1, ELEMENTS = 1024, NAME_LENGTH = 64 };

typedef struct table {
    struct {
        size_t begin, end;
    } fields[FIELDS]; /* without quotes around them */
    int64_t count, rows, columns;
} table;

typedef struct reader {
    const uint8_t *data;
    size_t size, at;
    uint8_t separator;
} reader;

static bool ends_field(const reader *in, size_t at)
{
    return at == in->size || in->data[at] == in->separator || in->data[at] == '\r' || in->data[at] == '\n';
}

static bool field(table *out, reader *in)
{
    size_t begin = in->at, end = in->at;
    if (end < in->size && in->data[end] == '"') {
        begin = ++end;
        for (;;) {
            const uint8_t *quote = end < in->size ? memchr(in->data + end, '"', in->size - end) : NULL;
            if (quote == NULL) return false;
            end = (size_t)(quote - in->data);
            if (end + 1 == in->size || in->data[end + 1] != '"') break;
            end += 2;
        }
        in->at = end + 1;
    } else {
        while (!ends_field(in, end)) {
            end++;
        }
        in->at = end;
    }
    out->fields[out->count].begin = begin;
    out->fields[out->count++].end = end;
    return ends_field(in, in->at);
}

/* All fields, if every row has the same number of them. */
static bool read_fields(table *out, const uint8_t *data, size_t size, uint8_t separator)
{
    reader in = {data, size, size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, separator};
    out->count = out->rows = out->columns = 0;
    if (in.at == size) return false;
    while (in.at < size) {
        int64_t before = out->count;
        for (;;) {
            if (!field(out, &in)) return false;
            if (in.at == size || data[in.at] != separator) break;
            in.at++;
        }
        if (in.at < size && data[in.at++] == '\r' && in.at < size && data[in.at] == '\n') in.at++;
        if (out->rows > 0 && out->count - before != out->columns) return false;
        out->columns = out->count - before;
        out->rows++;
    }
    return true;
}

static bool number_at(double *value, const table *fields, const uint8_t *data, int64_t index)
{
    const char *text = (const char *)data + fields->fields[index].begin;
    size_t length = fields->fields[index].end - fields->fields[index].begin;
    *value = NAN;
    return (length == 2 && memcmp(text, "NA", 2) == 0) || denoise__parse_double(text, length, value);
}

static bool same_number(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

static double element(const denoise_tensor *tensor, int64_t index)
{
    if (denoise_tensor_dtype(tensor) == DENOISE_FLOAT32) return ((const float *)denoise_tensor_const_data(tensor))[index];
    return ((const double *)denoise_tensor_const_data(tensor))[index];
}

/* A name with its doubled quotes made single; its length, -1 = no name. */
static int64_t name_at(char *out, const table *fields, const uint8_t *data, int64_t index)
{
    int64_t length = 0;
    for (size_t i = fields->fields[index].begin; i < fields->fields[index].end; i++) {
        if (data[i] == '\0') return -1;
        if (length < 2 * NAME_LENGTH) out[length] = (char)data[i];
        length++;
        if (data[i] == '"') i++;
    }
    if (length < 2 * NAME_LENGTH) out[length] = '\0';
    return length;
}

/* Whether the second reader takes it; compares when it was taken. */
static bool agrees(const table *fields, const uint8_t *data, bool header, const denoise_tensor *tensor, const char *names)
{
    int64_t first = header ? fields->columns : 0;
    for (int64_t i = 0; i < first; i++) {
        char name[2 * NAME_LENGTH + 1];
        int64_t length = name_at(name, fields, data, i);
        if (length < 0 || length > NAME_LENGTH) return false;
        if (names == NULL) continue;
        FUZZ_CHECK(strcmp(names, name) == 0);
        names += strlen(names) + 1;
    }
    for (int64_t i = first; i < fields->count; i++) {
        double value;
        if (!number_at(&value, fields, data, i)) return false;
        if (tensor == NULL) continue;
        if (denoise_tensor_dtype(tensor) == DENOISE_FLOAT32) value = (float)value;
        FUZZ_CHECK(same_number(element(tensor, i - first), value));
    }
    return true;
}

/* The table as text, with the numbers' shortest forms. */
static void check_round(const denoise_tensor *tensor, const denoise_limits *limits)
{
    denoise_csv_options options = DENOISE_CSV_OPTIONS_INIT;
    denoise__text text = {0};
    options.separator = ";";
    options.header = 0;
    options.dtype = denoise_tensor_dtype(tensor);
    int64_t columns = denoise_tensor_dim(tensor, 1);
    for (int64_t i = 0; i < denoise_tensor_size(tensor); i++) {
        char number[32];
        denoise__format_repr(number, sizeof number, element(tensor, i));
        denoise__text_printf(&text, "%s%s", number, (i + 1) % columns == 0 ? "\r\n" : ";");
    }
    denoise_tensor *again = NULL;
    if (FUZZ_CHECK(denoise__csv_parse(&again, NULL, (const uint8_t *)text.data, (int64_t)text.length, &options, limits) ==
                   DENOISE_OK)) {
        FUZZ_CHECK(denoise_tensor_size(again) == denoise_tensor_size(tensor) && denoise_tensor_dim(again, 1) == columns);
        for (int64_t i = 0; i < denoise_tensor_size(tensor); i++) {
            FUZZ_CHECK(same_number(element(again, i), element(tensor, i)));
        }
    }
    denoise_tensor_free(again);
    denoise__text_free(&text);
}

static void check_limits(const denoise_tensor *tensor, const uint8_t *data, size_t size, const denoise_csv_options *options)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.elements = denoise_tensor_size(tensor);
    limits.dims = 2;
    for (int i = 0; i < 3; i++) {
        denoise_tensor *again = NULL;
        if (i == 1) limits.elements--;
        if (i == 2) limits.dims--;
        denoise_status status = denoise__csv_parse(&again, NULL, data, (int64_t)size, options, &limits);
        FUZZ_CHECK(status == (i == 0 || limits.elements < 0 ? DENOISE_OK : DENOISE_ERR_LIMIT) || limits.elements < 0);
        denoise_tensor_free(again);
        if (limits.elements < 0) return;
    }
}

static void try_table(const uint8_t *data, size_t size, const denoise_csv_options *options)
{
    static table fields;
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.elements = ELEMENTS;
    limits.name_length = NAME_LENGTH;
    denoise_tensor *tensor = NULL;
    char *names = NULL;
    fuzz_memory_forget_peak();
    int64_t before = fuzz_memory_live();
    denoise_status status = denoise__csv_parse(&tensor, &names, data, (int64_t)size, options, &limits);
    fuzz_check_status(status);
    FUZZ_CHECK((tensor != NULL) == (status == DENOISE_OK) && (names != NULL) == (tensor != NULL && options->header != 0));
    FUZZ_CHECK(fuzz_memory_peak() - before <= 8 * ((int64_t)size + 1) + (int64_t)size + 2048);
    bool sound = read_fields(&fields, data, size, (uint8_t)options->separator[0]);
    if (!fuzz_nomem(status)) {
        bool taken = sound && fields.count - (options->header != 0 ? fields.columns : 0) <= ELEMENTS;
        FUZZ_CHECK((status == DENOISE_OK) == (taken && agrees(&fields, data, options->header != 0, tensor, names)));
    }
    if (tensor != NULL) {
        FUZZ_CHECK(denoise_tensor_dim(tensor, 0) == fields.rows - (options->header != 0) &&
                   denoise_tensor_dim(tensor, 1) == fields.columns);
        if (!fuzz_memory_failing()) check_limits(tensor, data, size, options);
        if (!fuzz_memory_failing() && denoise_tensor_size(tensor) > 0) check_round(tensor, &limits);
    }
    denoise_tensor_free(tensor);
    denoise_free(names);
}

/* As pandas and spreadsheets write it. What was read without these options is read with them, and is the same. */
static void try_dialects(const uint8_t *data, size_t size, const denoise_csv_options *strict)
{
    const denoise_limits limits = DENOISE_LIMITS_INIT;
    for (int i = 0; i < 3; i++) {
        denoise_csv_options options = *strict;
        denoise_tensor *expected = NULL, *tensor = NULL;
        options.missing_is_nan = options.skip_blank_lines = 1;
        options.comment = i == 0 ? NULL : "#";
        if (i == 2) options.separator = ";", options.decimal = ",", options.header = 1;
        denoise_status first = denoise__csv_parse(&expected, NULL, data, (int64_t)size, strict, &limits);
        denoise_status second = denoise__csv_parse(&tensor, NULL, data, (int64_t)size, &options, &limits);
        fuzz_check_status(second);
        FUZZ_CHECK((tensor != NULL) == (second == DENOISE_OK));
        if (i == 0 && first == DENOISE_OK && !fuzz_nomem(second) &&
            FUZZ_CHECK(second == DENOISE_OK && denoise_tensor_size(tensor) == denoise_tensor_size(expected))) {
            for (int64_t k = 0; k < denoise_tensor_size(tensor); k++)
                FUZZ_CHECK(same_number(element(tensor, k), element(expected, k)));
        }
        denoise_tensor_free(expected);
        denoise_tensor_free(tensor);
    }
}

static void run(const uint8_t *data, size_t size)
{
    denoise_csv_options options = DENOISE_CSV_OPTIONS_INIT;
    size_t line = 0;
    while (line < size && data[line] != '\n') {
        line++;
    }
    if (line > 0 && memchr(data, ';', line) != NULL) options.separator = ";";
    try_table(data, size, &options);
    options.header = 0;
    options.dtype = DENOISE_FLOAT32;
    try_table(data, size, &options);
    try_dialects(data, size, &options);
    if (fuzz_hash(data, size) % 64 != 0) return;
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_csv_load(&tensor, NULL, fuzz_file(data, size), &options, NULL);
    fuzz_check_status(status);
    (void)fuzz_nomem(status);
    FUZZ_CHECK((tensor != NULL) == (status == DENOISE_OK));
    denoise_tensor_free(tensor);
}

static void seeds(const fuzz_sink *sink)
{
    static const char *const texts[] = {"",
                                        "a,b\n1,2\n",
                                        "a,b\r\n1,2\r\n3,4",
                                        "a;b\n1;2\n",
                                        "1\n2\n3",
                                        "1,2\r3,4\r",
                                        "\"a\"\"b\",\"c,d\"\n1,2\n",
                                        "\"1\",\"2\"\n",
                                        "\"1",
                                        "\"1\"x\n",
                                        "1,2\n3\n",
                                        "1\n2,3\n",
                                        "1,,2\n",
                                        "a,b\n",
                                        "epoch,loss\n0,0.5\n1,NA\n",
                                        "nan,inf\n-inf,-0.0\n",
                                        "\357\273\2771,2\n",
                                        "\xef\xbb\xbf",
                                        "\n",
                                        "\n\n",
                                        "1\n\n2\n",
                                        ",\n1,2\n",
                                        "1e999,1e-999\n",
                                        "1_0,.5\n",
                                        " 1 , 2\n",
                                        "x\n",
                                        "\"\"\n1\n",
                                        "\"a\nb\"\n1\n",
                                        "1,2,\n",
                                        "0x10\n",
                                        "1\"2\n",
                                        "NAN,NA \n",
                                        "#a\n1,2#b\n",
                                        "a;b\n1,5;\n \t\n;#N/A\n",
                                        "1,,n/a\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fuzz_seed_text(sink, texts[i]);
    }
    fuzz_seed(sink, "zero_byte_in_a_name", "a\0b\n1\n", 6);
    fuzz_seed(sink, "zero_byte_in_a_number", "1\0\n", 3);
    builder b = {.size = 0};
    for (int i = 0; i < NAME_LENGTH; i++) {
        builder_byte(&b, 'n');
    }
    builder_text(&b, "\n1\n");
    builder_seed(sink, "longest_name", &b);
    b.data[NAME_LENGTH] = 'n';
    builder_seed(sink, "longer_name", &b);
    b.size = 0;
    for (int i = 0; i <= ELEMENTS + 1; i++) {
        builder_text(&b, "1\n");
    }
    builder_seed(sink, "many_rows", &b);
}

static const char *const dictionary[] = {"\"\\x0d\\x0a\"", "\",\"",    "\";\"",   "\"\\\"\\\"\"", "\"NA\"",
                                         "\"#\"",          "\"null\"", "\"nan\"", "\"1e-5\"",     "\"\\xef\\xbb\\xbf\"",
                                         "\"\\\",\\\"\"",  NULL};

const fuzz_target fuzz_target_csv = {"csv", run, seeds, NULL, dictionary, LONGEST};
