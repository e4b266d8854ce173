/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that are read, and what is refused with byte, row and column. */
#include "files/csv.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const denoise_limits defaults = DENOISE_LIMITS_INIT;
static temp_dir dir;

static denoise_status parse(denoise_tensor **out, char **names, const char *text, const char *separator, int header)
{
    denoise_csv_options options = DENOISE_CSV_OPTIONS_INIT;
    options.separator = separator;
    options.header = header;
    size_t size = strlen(text);
    uint8_t *exact = malloc(size > 0 ? size : 1); /* of just that size, for the sanitizer */
    assert_non_null(exact);
    memcpy(exact, text, size);
    denoise_status status = denoise__csv_parse(out, names, exact, (int64_t)size, &options, &defaults);
    free(exact);
    return status;
}

static void check(const char *text, const char *separator, int header, int64_t rows, int64_t columns, const double *values)
{
    denoise_tensor *table = NULL;
    if (parse(&table, NULL, text, separator, header) != DENOISE_OK) fail_msg("%s: %s", text, denoise_last_error());
    assert_int_equal(denoise_tensor_dtype(table), DENOISE_FLOAT64);
    assert_int_equal(denoise_tensor_dim(table, 0), rows);
    assert_int_equal(denoise_tensor_dim(table, 1), columns);
    if (rows > 0) assert_memory_equal(denoise_tensor_const_data(table), values, (size_t)(rows * columns) * sizeof *values);
    denoise_tensor_free(table);
}

static void tables_are_read(void **state)
{
    (void)state;
    static const double values[] = {1, 2.5, -3, 4e5};
    check("1,2.5\r\n-3,4e5\r\n", ",", 0, 2, 2, values);
    check("1,2.5\n-3,4e5", ",", 0, 2, 2, values);
    check("1;2.5\r-3;4e5\r", ";", 0, 2, 2, values);
    check("\"1\",\"2.5\"\n\"-3\", 4e5 \n", ",", 0, 2, 2, values);
    check("\xEF\xBB\xBF"
          "1\t2.5\n-3\t4E+5",
          "\t", 0, 2, 2, values);
    check("a,b\n1,2.5\n-3,400_000\n", ",", 1, 2, 2, values);
    check("a,b\n", ",", 1, 0, 2, NULL);
    check("1", ",", 0, 1, 1, values);
}

static void missing_numbers_are_nan(void **state)
{
    (void)state;
    denoise_tensor *table = NULL;
    assert_int_equal(parse(&table, NULL, "NA,nan,inf,-Infinity\n", ",", 0), DENOISE_OK);
    const double *values = denoise_tensor_const_data(table);
    assert_true(isnan(values[0]) && isnan(values[1]) && values[2] == INFINITY && values[3] == -INFINITY);
    denoise_tensor_free(table);
}

static void names_come_one_after_the_other(void **state)
{
    (void)state;
    denoise_tensor *table = NULL;
    char *names = NULL;
    assert_int_equal(parse(&table, &names, "epoch,\"a \"\"b\"\", c\",,\"two\r\nlines\"\n1,2,3,4\n", ",", 1), DENOISE_OK);
    static const char expected[] = "epoch\0a \"b\", c\0\0two\r\nlines";
    assert_memory_equal(names, expected, sizeof expected);
    denoise_free(names);
    denoise_tensor_free(table);
    names = (char *)&dir;
    assert_int_equal(parse(&table, &names, "1,2\n", ",", 0), DENOISE_OK);
    assert_null(names);
    denoise_tensor_free(table);
}

typedef struct malformed {
    const char *text;
    int header;
    denoise_status status;
    int64_t offset;
    const char *field;
} malformed;

static const malformed cases[] = {
    {"", 0, DENOISE_ERR_TRUNCATED, 0, "row 1, column 1"},
    {"", 1, DENOISE_ERR_TRUNCATED, 0, "row 1, column 1"},
    {"\xEF\xBB\xBF", 1, DENOISE_ERR_TRUNCATED, 3, "row 1, column 1"},
    {"1,2\n3\n", 0, DENOISE_ERR_SHAPE, 5, "row 2, column 1"},
    {"1,2\n3,4,5\n", 0, DENOISE_ERR_SHAPE, 8, "row 2, column 3"},
    {"a,b\n3,4\n5,6", 0, DENOISE_ERR_SYNTAX, 0, "row 1, column 1"},
    {"1,x\n", 0, DENOISE_ERR_SYNTAX, 2, "row 1, column 2"},
    {"1,,3\n", 0, DENOISE_ERR_SYNTAX, 2, "row 1, column 2"},
    {"1,2\n\n3,4\n", 0, DENOISE_ERR_SYNTAX, 4, "row 2, column 1"},
    {"1,0x10\n", 0, DENOISE_ERR_SYNTAX, 2, "row 1, column 2"},
    {"1,\"2\n3,4\n", 0, DENOISE_ERR_TRUNCATED, 9, "row 1, column 2"},
    {"1,\"2\"3\n", 0, DENOISE_ERR_SYNTAX, 5, "row 1, column 2"},
    {"\"a\"b,c\n", 1, DENOISE_ERR_SYNTAX, 3, "row 1, column 1"},
    {"1,2", 0, DENOISE_OK, 0, ""},
};

static void malformed_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        denoise_tensor *table = (denoise_tensor *)&dir;
        char *names = (char *)&dir;
        denoise_status status = parse(&table, &names, cases[i].text, ",", cases[i].header);
        if (status != cases[i].status) fail_msg("\"%s\": %s", cases[i].text, denoise_last_error());
        assert_null(names);
        denoise_tensor_free(status == DENOISE_OK ? table : NULL);
        if (status == DENOISE_OK) continue;
        assert_null(table);
        assert_int_equal(denoise_last_error_offset(), cases[i].offset);
        assert_string_equal(denoise_last_error_field(), cases[i].field);
    }
}

/* What pandas 3.1.1 writes and reads, and Excel where the comma is decimal; values as pandas.read_csv gives them. */
typedef struct dialect {
    const char *text, *separator, *decimal, *comment;
    int32_t missing_is_nan, skip_blank_lines;
    int64_t rows, columns;
    double values[6];
} dialect;

static denoise_status parse_dialect(denoise_tensor **table, char **names, const dialect *it)
{
    denoise_csv_options options = DENOISE_CSV_OPTIONS_INIT;
    temp_dir_write(&dir, "dialect.csv", it->text, strlen(it->text));
    options.separator = it->separator;
    options.decimal = it->decimal;
    options.comment = it->comment;
    options.missing_is_nan = it->missing_is_nan;
    options.skip_blank_lines = it->skip_blank_lines;
    return denoise_csv_load(table, names, temp_dir_file(&dir, "dialect.csv"), &options, NULL);
}

static void what_pandas_and_excel_write(void **state)
{
    (void)state;
    static const dialect dialects[] = {
        {",loss,acc\n0,0.5,1.0\n1,,2.0\n", ",", ".", NULL, 1, 1, 2, 3, {0, 0.5, 1, 1, NAN, 2}},
        {"loss;acc\n0,5;1,0\n;2,0\n2,0;\n", ";", ",", NULL, 1, 1, 3, 2, {0.5, 1, NAN, 2, 2, NAN}},
        {"a,b\n1,\n\n,4\n\n", ",", ".", NULL, 1, 1, 2, 2, {1, NAN, NAN, 4}},
        {"# by hand\na;b # names\n# between\n1,5;2 # two\n;-3,25e1\n", ";", ",", "#", 1, 1, 2, 2, {1.5, 2, NAN, -32.5}},
        {"\xef\xbb\xbf"
         "a;b\r\n1,5;2\r\n\r\n",
         ";",
         ",",
         NULL,
         0,
         1,
         1,
         2,
         {1.5, 2}},
        {" \t\na,b\n  \t\r1,2\r\n   ", ",", ".", NULL, 0, 1, 1, 2, {1, 2}},
        {"a\n1\n\n2\n", ",", ".", NULL, 1, 0, 3, 1, {1, NAN, 2}},
        {"a\tb\n\t\n", "\t", ".", NULL, 1, 1, 1, 2, {NAN, NAN}}, /* a row of two empty fields, not a blank line */
        {"a,b\n#N/A,n/a\nNULL,None\n<NA>,-1.#IND\n", ",", ".", NULL, 1, 1, 3, 2, {NAN, NAN, NAN, NAN, NAN, NAN}},
        {"a,b\n#N/A N/A,#NA\n-1.#QNAN,-NaN\n1.#IND,null\n", ",", ".", NULL, 1, 1, 3, 2, {NAN, NAN, NAN, NAN, NAN, NAN}},
        {"a,b\n\"1,5\",\"\"\n", ",", ".", NULL, 1, 1, -1, 0, {0}}, /* "1,5" is a text where the point is decimal */
        {"a;b\n\"1,5\";\"\"\n", ";", ",", NULL, 1, 1, 1, 2, {1.5, NAN}},
        {"a;b\n1.5;2\n", ";", ",", NULL, 1, 1, -1, 0, {0}},
        {"a,b\n1,2\n#\n3,4#5\n", ",", ".", "#", 0, 0, 2, 2, {1, 2, 3, 4}},
        {"a,b\n1,2#", ",", ".", "#", 0, 0, 1, 2, {1, 2}},
        {"#a\n#", ",", ".", "#", 0, 0, -2, 0, {0}},
        {"\n \n", ",", ".", NULL, 0, 1, -2, 0, {0}},
    };
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        const dialect *it = &dialects[i];
        denoise_tensor *table;
        denoise_status expected = it->rows >= 0 ? DENOISE_OK : it->rows == -1 ? DENOISE_ERR_SYNTAX : DENOISE_ERR_TRUNCATED;
        denoise_status status = parse_dialect(&table, NULL, it);
        if (status != expected) fail_msg("\"%s\": %s", it->text, denoise_last_error());
        if (status != DENOISE_OK) continue;
        assert_int_equal(denoise_tensor_dim(table, 0), it->rows);
        assert_int_equal(denoise_tensor_dim(table, 1), it->columns);
        const double *values = denoise_tensor_const_data(table);
        for (int64_t k = 0; k < it->rows * it->columns; k++)
            if (isnan(it->values[k]) ? !isnan(values[k]) : values[k] != it->values[k])
                fail_msg("\"%s\": %g", it->text, values[k]);
        denoise_tensor_free(table);
    }
}

static void options_that_cannot_be_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *separator, *decimal, *comment, *error;
    } tries[] = {{",", ",", NULL, "separator and decimal are both ','"}, {"#", ".", "#", "separator and comment are both '#'"},
                 {";", ",", ",", "decimal and comment are both ','"},    {",", "", NULL, "decimal must be one byte"},
                 {",", "..", NULL, "decimal must be one byte"},          {",", ".", "\n", "comment must be one byte"},
                 {"\"", ".", NULL, "separator must be one byte"}};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        denoise_tensor *table;
        const dialect it = {"a\n1\n", tries[i].separator, tries[i].decimal, tries[i].comment, 0, 0, 0, 0, {0}};
        assert_int_equal(parse_dialect(&table, NULL, &it), DENOISE_ERR_RANGE);
        assert_non_null(strstr(denoise_last_error(), tries[i].error));
    }
    denoise_tensor *table;
    const dialect it = {"a\n1\n", ",", NULL, NULL, 0, 0, 0, 0, {0}};
    assert_int_equal(parse_dialect(&table, NULL, &it), DENOISE_ERR_NULL);
}

/* A loop that knows nothing of the tensor finds the end, where no name is empty; with one that is, there is the count. */
static void names_have_an_end(void **state)
{
    (void)state;
    denoise_tensor *table;
    char *names;
    int64_t count = 0;
    const dialect it = {"epoch,loss,\"a\"\"b\"\n1,2,3\n", ",", ".", NULL, 0, 0, 0, 0, {0}};
    static const char *const expected[] = {"epoch", "loss", "a\"b"};
    assert_int_equal(parse_dialect(&table, &names, &it), DENOISE_OK);
    for (const char *name = names; *name != '\0'; name += strlen(name) + 1)
        assert_string_equal(name, expected[count++]);
    assert_int_equal(count, 3);
    assert_int_equal(denoise_tensor_dim(table, 1), 3);
    denoise_free(names);
    denoise_tensor_free(table);
    const dialect index = {",a\n0,1\n", ",", ".", NULL, 0, 0, 0, 0, {0}};
    assert_int_equal(parse_dialect(&table, &names, &index), DENOISE_OK);
    assert_memory_equal(names, "\0a\0", 4);
    denoise_free(names);
    denoise_tensor_free(table);
}

static void limits_hold(void **state)
{
    (void)state;
    static const char text[] = "name,b\n1,2\n3,4\n";
    const int64_t size = sizeof text - 1;
    const struct {
        int64_t elements, dims, names;
        const char *field;
    } tries[] = {{3, 8, 255, "elements"}, {4, 1, 255, "dims"}, {4, 2, 3, "name_length"}, {4, 2, 4, NULL}};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        denoise_limits limits = defaults;
        limits.elements = tries[i].elements;
        limits.dims = tries[i].dims;
        limits.name_length = tries[i].names;
        denoise_csv_options options = DENOISE_CSV_OPTIONS_INIT;
        denoise_tensor *table = NULL;
        denoise_status status = denoise__csv_parse(&table, NULL, (const uint8_t *)text, size, &options, &limits);
        assert_int_equal(status, tries[i].field != NULL ? DENOISE_ERR_LIMIT : DENOISE_OK);
        if (tries[i].field != NULL) assert_string_equal(denoise_last_error_field(), tries[i].field);
        denoise_tensor_free(table);
    }
}

static void files_and_float32(void **state)
{
    (void)state;
    temp_dir_write(&dir, "table.csv", "x\n0.1\n1e300\n", 12);
    denoise_csv_options options;
    denoise_csv_options_init(&options);
    options.dtype = DENOISE_FLOAT32;
    denoise_tensor *table = NULL;
    char *names = NULL;
    assert_int_equal(denoise_csv_load(&table, &names, temp_dir_file(&dir, "table.csv"), &options, NULL), DENOISE_OK);
    const float *values = denoise_tensor_const_data(table);
    assert_string_equal(names, "x");
    assert_true(values[0] == 0.1f && values[1] == INFINITY);
    denoise_free(names);
    denoise_tensor_free(table);
    options.header = 0;
    assert_int_equal(denoise_csv_load(&table, &names, temp_dir_file(&dir, "table.csv"), &options, NULL), DENOISE_ERR_SYNTAX);
    assert_null(table);
    assert_null(names);
    assert_non_null(strstr(denoise_last_error(), "table.csv: CSV: byte 0: row 1, column 1: \"x\" is no number"));
}

/* A fit with a metric whose name needs quotes, without validation: names and rows are those that were written. */
static void what_csv_logger_writes_is_read(void **state)
{
    (void)state;
    denoise_sequential *layers = NULL;
    denoise_model *model = NULL;
    denoise_trainer *trainer = NULL;
    denoise_tensor *x = NULL, *table = NULL;
    char *names = NULL;
    const int64_t shape[] = {8, 2}, input[] = {2};
    char path[TEMP_PATH_SIZE];
    snprintf(path, sizeof path, "%s", temp_dir_file(&dir, "log.csv"));
    assert_int_equal(denoise_tensor_new(&x, DENOISE_FLOAT32, shape, 2), DENOISE_OK);
    assert_int_equal(denoise_sequential_new(&layers, NULL), DENOISE_OK);
    denoise_sequential_add(layers, denoise_layer_input(input, 1, NULL));
    denoise_sequential_add(layers, denoise_layer_dense(2, NULL, NULL));
    assert_int_equal(denoise_sequential_build(&model, layers, NULL), DENOISE_OK);
    assert_int_equal(
        denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL),
        DENOISE_OK);
    assert_int_equal(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(path, ",", 0)), DENOISE_OK);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.epochs = 3;
    fit.verbose = 0;
    assert_int_equal(denoise_trainer_fit(trainer, x, x, &fit), DENOISE_OK);
    if (denoise_csv_load(&table, &names, path, NULL, NULL) != DENOISE_OK) fail_msg("%s", denoise_last_error());
    assert_int_equal(denoise_tensor_dim(table, 0), 3);
    assert_int_equal(denoise_tensor_dim(table, 1), 3);
    assert_memory_equal(names, "epoch\0loss\0val_loss\0", 21);
    const double *values = denoise_tensor_const_data(table);
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        const double *losses = denoise_history_values(denoise_trainer_history(trainer), "loss");
        assert_true(values[3 * epoch] == (double)epoch);
        assert_true(values[3 * epoch + 1] == losses[epoch]);
        assert_true(isnan(values[3 * epoch + 2]));
    }
    denoise_free(names);
    denoise_tensor_free(table);
    denoise_tensor_free(x);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_sequential_free(layers);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    temp_dir_write(&dir, "table.csv", "x\n0.1\n1e300\n", 12);
    char path[TEMP_PATH_SIZE];
    snprintf(path, sizeof path, "%s", temp_dir_file(&dir, "table.csv"));
    failing_alloc_install();
    denoise_tensor *table = NULL;
    char *names = NULL;
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = denoise_csv_load(&table, &names, path, NULL, NULL);
        if (!failing_alloc_disarm()) break;
        assert_int_equal(status, DENOISE_ERR_NOMEM);
        assert_null(table);
        assert_null(names);
        assert_int_equal(failing_alloc_live(), 0);
    }
    denoise_free(names);
    denoise_tensor_free(table);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_read),
        cmocka_unit_test(missing_numbers_are_nan),
        cmocka_unit_test(names_come_one_after_the_other),
        cmocka_unit_test(malformed_tables),
        cmocka_unit_test(what_pandas_and_excel_write),
        cmocka_unit_test(options_that_cannot_be_told_apart),
        cmocka_unit_test(names_have_an_end),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(files_and_float32),
        cmocka_unit_test(what_csv_logger_writes_is_read),
        cmocka_unit_test(each_allocation_may_fail),
    };
    temp_dir_make(&dir);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    temp_dir_remove(&dir);
    return failures;
}
