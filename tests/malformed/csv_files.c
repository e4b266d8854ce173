/* SPDX-License-Identifier: Apache-2.0 */
#include "malformed/malformed.h"

/* '@' marks the byte of the failure. */
typedef struct row {
    const char *name, *text;
    size_t size;
    reader kind;
    denoise_status status;
    const char *field;
} row;

static const row rows[] = {
    {"CSV: empty", BYTES(""), READ_CSV, DENOISE_ERR_TRUNCATED, "row 1, column 1"},
    {"CSV: empty, no names wanted", BYTES(""), READ_PLAIN_CSV, DENOISE_ERR_TRUNCATED, "row 1, column 1"},
    {"CSV: only a byte order mark", BYTES("\xef\xbb\xbf"), READ_CSV, DENOISE_ERR_TRUNCATED, "row 1, column 1"},
    {"CSV: a row too short", BYTES("a,b\r\n1,2\r\n3@\r\n4,5\r\n"), READ_CSV, DENOISE_ERR_SHAPE, "row 3, column 1"},
    {"CSV: the last row too short", BYTES("1,2,3\n4,5@"), READ_PLAIN_CSV, DENOISE_ERR_SHAPE, "row 2, column 2"},
    {"CSV: a row too long", BYTES("a,b\n1,2,@3\n"), READ_CSV, DENOISE_ERR_SHAPE, "row 2, column 3"},
    {"CSV: a comma at the end of a row", BYTES("1,2\n3,4,@\n"), READ_PLAIN_CSV, DENOISE_ERR_SHAPE, "row 2, column 3"},
    {"CSV: fewer names than numbers", BYTES("a\n1,@2\n"), READ_CSV, DENOISE_ERR_SHAPE, "row 2, column 2"},
    {"CSV: more names than numbers", BYTES("a,b,c\n1,2@\n"), READ_CSV, DENOISE_ERR_SHAPE, "row 2, column 2"},
    {"CSV: names where none are expected", BYTES("@a,b\n1,2\n"), READ_PLAIN_CSV, DENOISE_ERR_SYNTAX, "row 1, column 1"},
    {"CSV: an empty field", BYTES("a,b\n1,@\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 2"},
    {"CSV: an empty first field", BYTES("a,b\n@,1\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: an empty field in quotes", BYTES("a\n\"@\"\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: blanks", BYTES("a\n@   \n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: a blank line between", BYTES("a,b\n1,2\n@\n3,4\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 3, column 1"},
    {"CSV: a blank line at the end", BYTES("a,b\n1,2\n@\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 3, column 1"},
    {"CSV: a blank line first", BYTES("@\n1,2\n"), READ_PLAIN_CSV, DENOISE_ERR_SYNTAX, "row 1, column 1"},
    {"CSV: a word", BYTES("a,b\n1,@two\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 2"},
    {"CSV: a number and a word", BYTES("a\n@1 apple\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: two points", BYTES("a\n@1.2.3\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: two signs", BYTES("a\n@--1\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: exponent without digits", BYTES("a\n@1e\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: exponent with a sign only", BYTES("a\n@1e+\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: a point alone", BYTES("a\n@.\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: hexadecimal", BYTES("a\n@0x1p3\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: underscores at the ends", BYTES("a\n@_1_\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: nan with a payload", BYTES("a\n@nan(0x1)\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: infinit", BYTES("a\n@infinit\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: na in small letters", BYTES("a\n@na\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: a zero byte for a number", BYTES("a\n@\0\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: a zero byte behind a number", BYTES("a\n@1\0\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: a zero byte in a name", BYTES("ab@\0c\n1\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 1, column 1"},
    {"CSV: a quote in a number", BYTES("a\n@1\"2\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: a number in two pairs of quotes", BYTES("a\n\"@\"\"1\"\"\"\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: text behind quotes", BYTES("a\n\"1\"@2\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: a blank behind quotes", BYTES("\"a\"@ ,b\n1,2\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 1, column 1"},
    {"CSV: quotes without end", BYTES("a,\"b\n1,2\n3,4\n"), READ_CSV, DENOISE_ERR_TRUNCATED, "row 1, column 2"},
    {"CSV: a quote at the end", BYTES("a\n1\n\""), READ_CSV, DENOISE_ERR_TRUNCATED, "row 3, column 1"},
    {"CSV: quotes end with two quotes", BYTES("a\n\"1\"\""), READ_CSV, DENOISE_ERR_TRUNCATED, "row 2, column 1"},
    {"CSV: another separator", BYTES("@1;2\n3;4\n"), READ_PLAIN_CSV, DENOISE_ERR_SYNTAX, "row 1, column 1"},
    {"CSV: a comma for the decimal point", BYTES("a,b\n0,5,@1,5\n"), READ_CSV, DENOISE_ERR_SHAPE, "row 2, column 3"},
    {"CSV: UTF-16",
     BYTES("@\xff\xfe"
           "1\0,\0"),
     READ_PLAIN_CSV, DENOISE_ERR_SYNTAX, "row 1, column 1"},
    {"CSV: gzip", BYTES("@\x1f\x8b\x08\0\0\0\0\0\0\3"), READ_PLAIN_CSV, DENOISE_ERR_SYNTAX, "row 1, column 1"},
    {"CSV: control characters", BYTES("a\n@1\x1b[2J\n"), READ_CSV, DENOISE_ERR_SYNTAX, "row 2, column 1"},
    {"CSV: names only", BYTES("a,b\r\n"), READ_CSV, DENOISE_OK, ""},
    {"CSV: no line end", BYTES("a,b\r\n1,2"), READ_CSV, DENOISE_OK, ""},
    {"CSV: carriage returns", BYTES("a,b\r1,2\r"), READ_CSV, DENOISE_OK, ""},
    {"CSV: a huge exponent", BYTES("a\n1e999999999999999999999\n"), READ_CSV, DENOISE_OK, ""},
    {"CSV: a tiny number", BYTES("a\n-1e-999999999999999999999\n"), READ_CSV, DENOISE_OK, ""},
};

static void try_long_ones(malformed_run *run)
{
    made_file file = {0};
    made_printf(&file, "name\n");
    made_fill(&file, '7', 1 << 20);
    made_printf(&file, "x\n");
    malformed_try(run, "CSV: a million digits and a letter", READ_CSV, &file,
                  (expected){DENOISE_ERR_SYNTAX, 5, "row 2, column 1"});
    made_fill(&file, 'n', 256);
    made_printf(&file, "\n1\n");
    malformed_try(run, "CSV: a name of 256 bytes", READ_CSV, &file, (expected){DENOISE_ERR_LIMIT, 0, "name_length"});
    for (int i = 0; i < 300000; i++)
        made_printf(&file, "0,");
    made_printf(&file, "x\n");
    malformed_try(run, "CSV: 300,000 numbers and a letter", READ_PLAIN_CSV, &file,
                  (expected){DENOISE_ERR_SYNTAX, 600000, "row 1, column 300001"});
    made_fill(&file, ',', 1 << 20);
    malformed_try(run, "CSV: a million commas", READ_PLAIN_CSV, &file, (expected){DENOISE_ERR_SYNTAX, 0, "row 1, column 1"});
    made_fill(&file, '\n', 1 << 20);
    malformed_try(run, "CSV: a million lines", READ_PLAIN_CSV, &file, (expected){DENOISE_ERR_SYNTAX, 0, "row 1, column 1"});
}

void csv_files(malformed_run *run)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        made_file file = {0};
        int64_t place = malformed_mark(&file, rows[i].text, rows[i].size);
        malformed_try(run, rows[i].name, rows[i].kind, &file, (expected){rows[i].status, place, rows[i].field});
    }
    try_long_ones(run);
}
