/* SPDX-License-Identifier: Apache-2.0 */
/* What RFC 8259 says of texts, as verdicts on headers of safetensors: y = must be accepted, n = must be refused, i = refused
 * here, though the RFC leaves it open. */
#include "malformed/malformed.h"

/* '@' marks the byte of the failure; without status the header is good. */
typedef struct row {
    const char *name, *text;
    size_t size;
    denoise_status status;
    const char *field;
} row;

/* A value in the metadata. */
#define META(text) BYTES("{\"__metadata__\":{\"k\":" text "}}")
#define BAD_META   DENOISE_ERR_SYNTAX, "__metadata__"
#define BAD_TEXT   DENOISE_ERR_SYNTAX, "header"
#define GOOD       DENOISE_OK, ""

static const row rows[] = {
    {"y: empty object", BYTES("{}"), GOOD},
    {"y: blanks of all kinds", BYTES("{ \t\r\n}\n \t\r"), GOOD},
    {"y: blanks between all tokens", BYTES("{ \"__metadata__\" : { \"a\" : \"b\" , \"c\" : \"d\" } } "), GOOD},
    {"y: empty key", BYTES("{\"__metadata__\":{\"\":\"\"}}"), GOOD},
    {"y: all escapes", META("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), GOOD},
    {"y: escape of a letter", META("\"\\u0041\\u00e9\\u20aC\""), GOOD},
    {"y: pair of surrogates", META("\"\\ud834\\udd1e\\uDBFF\\uDFFF\""), GOOD},
    {"y: two escaped characters", META("\"\\u0060\\u012a\\u12AB\""), GOOD},
    {"y: escaped backslash and u", META("\"\\\\u0000\""), GOOD},
    {"y: escaped control characters", META("\"\\u0012\\u001f\\u007f\""), GOOD},
    {"y: DEL and noncharacters", META("\"\x7f\xef\xbf\xbf\\uFFFE\""), GOOD},
    {"y: UTF-8 of 2, 3 and 4 bytes", META("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\""), GOOD},
    {"y: line separator", META("\"\xe2\x80\xa8\xe2\x80\xa9\""), GOOD},
    {"y: comment signs in a text", META("\"a/*b*/c//d#e\""), GOOD},
    {"y: brackets in a text", META("\"]}[{,:\""), GOOD},
    {"y: key with escapes", BYTES("{\"__meta\\u0064ata__\":{\"\\n\":\"x\"}}"), GOOD},
    {"n: only an opening brace", BYTES("{@"), BAD_TEXT},
    {"n: two closing braces", BYTES("{}@}"), BAD_TEXT},
    {"n: text behind", BYTES("{} @x"), BAD_TEXT},
    {"n: a second object", BYTES("{}@{}"), BAD_TEXT},
    {"n: a comment behind", BYTES("{}@//"), BAD_TEXT},
    {"n: a zero byte behind", BYTES("{}@\0"), BAD_TEXT},
    {"n: blank in front", BYTES("@ {}"), BAD_TEXT},
    {"n: byte order mark", BYTES("@\xef\xbb\xbf{}"), BAD_TEXT},
    {"n: UTF-16", BYTES("{@\0}\0"), BAD_TEXT},
    {"n: a list", BYTES("@[]"), BAD_TEXT},
    {"n: a text", BYTES("@\"{}\""), BAD_TEXT},
    {"n: a number", BYTES("@12345678"), BAD_TEXT},
    {"n: null", BYTES("@null"), BAD_TEXT},
    {"n: NaN", BYTES("@NaN"), BAD_TEXT},
    {"n: not UTF-8", BYTES("@\xff}"), BAD_TEXT},
    {"n: a comma alone", BYTES("{@,}"), BAD_TEXT},
    {"n: trailing comma", BYTES("{\"__metadata__\":{},@}"), BAD_TEXT},
    {"n: two commas", BYTES("{\"__metadata__\":{},@,\"x\":{}}"), BAD_TEXT},
    {"n: comma for colon", BYTES("{\"x\"@,{}}"), BAD_TEXT},
    {"n: no colon", BYTES("{\"x\" @{}}"), BAD_TEXT},
    {"n: two colons", BYTES("{\"x\":@:{}}"), BAD_TEXT},
    {"n: no value", BYTES("{\"x\":@}"), BAD_TEXT},
    {"n: no key", BYTES("{@:{}}"), BAD_TEXT},
    {"n: key without quotes", BYTES("{@x:{}}"), BAD_TEXT},
    {"n: key in single quotes", BYTES("{@'x':{}}"), BAD_TEXT},
    {"n: key a number", BYTES("{@1:{}}"), BAD_TEXT},
    {"n: key null", BYTES("{@null:{}}"), BAD_TEXT},
    {"n: key a list", BYTES("{@[\"x\"]:{}}"), BAD_TEXT},
    {"n: key in half quotes", BYTES("{\"x:{}}@"), BAD_TEXT},
    {"n: comment between", BYTES("{@/*c*/\"__metadata__\":{}}"), BAD_TEXT},
    {"n: line comment between", BYTES("{@//c\n\"__metadata__\":{}}"), BAD_TEXT},
    {"n: form feed as a blank", BYTES("{@\f}"), BAD_TEXT},
    {"n: no-break space as a blank", BYTES("{@\xc2\xa0}"), BAD_TEXT},
    {"n: zero byte as a blank", BYTES("{@\0}"), BAD_TEXT},
    {"n: objects without comma", BYTES("{\"__metadata__\":{} @\"x\":{}}"), BAD_TEXT},
    {"n: closed by the other bracket", BYTES("{\"__metadata__\":{}@]"), BAD_TEXT},
    {"n: object not closed", BYTES("{\"__metadata__\":{}@"), BAD_TEXT},
    {"n: inner object not closed", BYTES("{\"__metadata__\":{\"a\":\"b\"@"), BAD_META},
    {"n: trailing comma inside", META("\"v\",@"), BAD_META},
    {"n: text not closed", META("\"v"), BAD_META},
    {"n: single quotes", META("@'v'"), BAD_META},
    {"n: no quotes", META("@v"), BAD_META},
    {"n: true", META("@true"), BAD_META},
    {"n: capitalized null", META("@Null"), BAD_META},
    {"n: texts without comma", META("\"a\"@\"b\""), BAD_META},
    {"n: new line in a text", META("\"a@\nb\""), BAD_META},
    {"n: tab in a text", META("\"@\t\""), BAD_META},
    {"n: zero byte in a text", META("\"a@\0\""), BAD_META},
    {"n: unit separator in a text", META("\"@\x1f\""), BAD_META},
    {"n: escape x", META("\"@\\x41\""), BAD_META},
    {"n: escape a", META("\"@\\a\""), BAD_META},
    {"n: escape of a zero byte", META("\"@\\\0\""), BAD_META},
    {"n: escaped emoji", META("\"@\\\xf0\x9f\x8c\x80\""), BAD_META},
    {"n: escape U", META("\"@\\U0041\""), BAD_META},
    {"n: escape u of 3 digits", META("\"@\\u12\""), BAD_META},
    {"n: escape u of no digits", META("\"@\\u\""), BAD_META},
    {"n: escape u with g", META("\"@\\u00g0\""), BAD_META},
    {"n: escape u with a sign", META("\"@\\u+041\""), BAD_META},
    {"n: pair, second cut", META("\"@\\ud834\\udd\""), BAD_META},
    {"n: pair, second without u", META("\"@\\ud834\\\""), BAD_META},
    {"n: UTF-8, first byte alone", META("\"@\xc3\""), BAD_META},
    {"n: UTF-8, later byte alone", META("\"@\x80\""), BAD_META},
    {"n: UTF-8, overlong slash", META("\"@\xc0\xaf\""), BAD_META},
    {"n: UTF-8, overlong of 3 bytes", META("\"@\xe0\x80\xaf\""), BAD_META},
    {"n: UTF-8, overlong of 4 bytes", META("\"@\xf0\x80\x80\xaf\""), BAD_META},
    {"n: UTF-8, surrogate", META("\"@\xed\xa0\x80\""), BAD_META},
    {"n: UTF-8, beyond U+10FFFF", META("\"@\xf4\x90\x80\x80\""), BAD_META},
    {"n: UTF-8, five bytes", META("\"@\xf8\x88\x80\x80\x80\""), BAD_META},
    {"n: UTF-8, third byte wrong", META("\"@\xe2\x82(\""), BAD_META},
    {"n: Latin-1", META("\"@\xe9\""), BAD_META},
    {"i: first surrogate alone", META("\"@\\ud800\""), BAD_META},
    {"i: second surrogate alone", META("\"@\\udc00\""), BAD_META},
    {"i: surrogates in the wrong order", META("\"@\\udd1e\\ud834\""), BAD_META},
    {"i: first surrogate twice", META("\"@\\ud800\\ud800\""), BAD_META},
    {"i: surrogate and letter", META("\"@\\ud800a\""), BAD_META},
    {"i: escaped zero byte", META("\"a@\\u0000b\""), BAD_META},
    {"i: escaped zero byte in a key", BYTES("{\"a@\\u0000b\":{}}"), BAD_TEXT},
    {"i: not UTF-8 in a key", BYTES("{\"@\xff\":{}}"), BAD_TEXT},
    {"n: number with a leading zero", BYTES("{\"x\":{\"shape\":[@01]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number with a plus", BYTES("{\"x\":{\"shape\":[@+1]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number, minus alone", BYTES("{\"x\":{\"shape\":[@-]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number, minus and leading zero", BYTES("{\"x\":{\"shape\":[@-01]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number, point first", BYTES("{\"x\":{\"shape\":[@.5]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number, hexadecimal", BYTES("{\"x\":{\"shape\":[@0x10]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number, Infinity", BYTES("{\"x\":{\"shape\":[@Infinity]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number, NaN", BYTES("{\"x\":{\"shape\":[@NaN]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number and letter", BYTES("{\"x\":{\"shape\":[@1a]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number, 1 000", BYTES("{\"x\":{\"shape\":[@1 000]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number of full-width digits", BYTES("{\"x\":{\"shape\":[@\xef\xbc\x91]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: number and zero byte", BYTES("{\"x\":{\"shape\":[@1\0]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: list, comma first", BYTES("{\"x\":{\"shape\":[@,1]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: list, comma last", BYTES("{\"x\":{\"shape\":[1,@]}}"), DENOISE_ERR_SYNTAX, "shape[1]"},
    {"n: list, two commas", BYTES("{\"x\":{\"shape\":[1,@,1]}}"), DENOISE_ERR_SYNTAX, "shape[1]"},
    {"n: list, colon for comma", BYTES("{\"x\":{\"shape\":[@1:1]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"n: list not closed", BYTES("{\"x\":{\"shape\":[1@"), DENOISE_ERR_SYNTAX, "shape"},
    {"n: list closed by a brace", BYTES("{\"x\":{\"shape\":[1@}}"), DENOISE_ERR_SYNTAX, "shape"},
    {"i: number 1e999999", BYTES("{\"x\":{\"shape\":[@1e999999]}}"), DENOISE_ERR_SYNTAX, "shape[0]"},
    {"i: number -0", BYTES("{\"x\":{\"dtype\":\"U8\",\"shape\":[-0],\"data_offsets\":[0,0]}}"), GOOD},
};

static void try_deep_ones(malformed_run *run)
{
    made_file file = {0};
    made_fill(&file, '[', 100000);
    malformed_frame(&file, 0);
    malformed_try(run, "n: 100,000 lists inside each other", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_SYNTAX, 8, "header"});
    for (int i = 0; i < 100000; i++)
        made_printf(&file, "{\"x\":");
    malformed_frame(&file, 0);
    malformed_try(run, "n: 100,000 objects inside each other", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_SYNTAX, 14, "header"});
    made_printf(&file, "{\"x\":{\"shape\":");
    made_fill(&file, '[', 100000);
    malformed_frame(&file, 0);
    malformed_try(run, "n: 100,000 lists for a shape", READ_SAFETENSORS, &file, (expected){DENOISE_ERR_SYNTAX, 23, "shape[0]"});
    made_printf(&file, "{\"__metadata__\":{\"k\":\"");
    for (int i = 0; i < 100000; i++)
        made_printf(&file, "\\\\");
    malformed_frame(&file, 0);
    malformed_try(run, "n: 100,000 backslashes", READ_SAFETENSORS, &file,
                  (expected){DENOISE_ERR_SYNTAX, AT_END, "__metadata__"});
}

void json_headers(malformed_run *run)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        made_file file = {0};
        int64_t place = malformed_mark(&file, rows[i].text, rows[i].size);
        malformed_frame(&file, 0);
        malformed_try(run, rows[i].name, READ_SAFETENSORS, &file,
                      (expected){rows[i].status, place == AT_END ? place : place + 8, rows[i].field});
    }
    try_deep_ones(run);
}
