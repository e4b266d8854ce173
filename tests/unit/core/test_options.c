/* SPDX-License-Identifier: Apache-2.0 */
#include "core/options.h"
#include "support/cmocka_test.h"
#include <string.h>

/* A struct of three versions: the first, today's with `added`, and a later one; of one layout on all systems. */
typedef struct first_options {
    int64_t struct_size;
    _Alignas(8) const char *text;
    _Alignas(8) int32_t flag; /* and four bytes that nobody writes */
} first_options;

typedef struct grown_options {
    int64_t struct_size;
    _Alignas(8) const char *text;
    _Alignas(8) int32_t flag;
    _Alignas(8) int64_t added;
} grown_options;

typedef struct later_options {
    grown_options known;
    double unknown;
    int32_t more;
} later_options;

static const grown_options defaults = {sizeof(grown_options), "text", 1, -1};
static const denoise__options type = {"thing options", "DENOISE_THING_OPTIONS_INIT or denoise_thing_options_init()",
                                      sizeof(grown_options), offsetof(grown_options, added), &defaults};
static const denoise__options bare = {"thing", NULL, sizeof(grown_options), offsetof(grown_options, added), &defaults};

static void nothing_gives_the_defaults(void **state)
{
    (void)state;
    grown_options known;
    memset(&known, 0xAA, sizeof known);
    assert_int_equal(denoise__options_read(&type, &known, NULL), DENOISE_OK);
    assert_memory_equal(&known, &defaults, sizeof known);
}

static void an_older_struct_gets_defaults_for_the_rest(void **state)
{
    (void)state;
    grown_options known;
    first_options given;
    memset(&given, 0xAA, sizeof given); /* the padding is of no meaning */
    given.struct_size = sizeof given, given.text = NULL, given.flag = 0;
    assert_int_equal(denoise__options_read(&type, &known, &given), DENOISE_OK);
    assert_true(known.struct_size == sizeof known && known.text == NULL && known.flag == 0 && known.added == -1);
}

static void a_newer_struct_is_taken_where_its_rest_is_zero(void **state)
{
    (void)state;
    grown_options known;
    later_options given;
    memset(&given, 0, sizeof given);
    given.known = (grown_options){sizeof given, "more", 0, 5};
    assert_int_equal(denoise__options_read(&type, &known, &given), DENOISE_OK);
    assert_true(known.struct_size == sizeof known && known.added == 5);
    given.more = 1;
    assert_int_equal(denoise__options_read(&type, &known, &given), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "thing options: byte 40 is set, in a field of a newer version; this one has 32 "
                                              "bytes, struct_size is 48");
    assert_memory_equal(&known, &defaults, sizeof known);
}

static void a_size_of_no_version_is_told(void **state)
{
    (void)state;
    grown_options known, given = defaults;
    const int64_t short_sizes[] = {INT64_MIN, -8, 0, 1, 8, 23}, odd_sizes[] = {25, 31, 33, 8192, INT64_MAX};
    for (size_t i = 0; i < sizeof short_sizes / sizeof *short_sizes; i++) {
        given.struct_size = short_sizes[i];
        assert_int_equal(denoise__options_read(&type, &known, &given), DENOISE_ERR_INVALID);
        assert_non_null(strstr(denoise_last_error(), "thing options: struct_size is "));
        assert_non_null(strstr(denoise_last_error(), ", expected at least 24; start from DENOISE_THING_OPTIONS_INIT or "
                                                     "denoise_thing_options_init()"));
    }
    for (size_t i = 0; i < sizeof odd_sizes / sizeof *odd_sizes; i++) {
        given.struct_size = odd_sizes[i];
        assert_int_equal(denoise__options_read(&type, &known, &given), DENOISE_ERR_INVALID);
        assert_non_null(strstr(denoise_last_error(), "which no version of the struct has, this one has 32; start from"));
    }
    given.struct_size = 0;
    assert_int_equal(denoise__options_read(&bare, &known, &given), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "thing: struct_size is 0, expected at least 24");
}

static void init_writes_what_the_caller_has(void **state)
{
    (void)state;
    for (int64_t size = -8; size <= 96; size++) {
        unsigned char place[128];
        memset(place, 0xAA, sizeof place);
        denoise__options_init(&type, place, size);
        int64_t written = size < 8 ? 0 : size, told;
        for (int64_t i = written; i < (int64_t)sizeof place; i++)
            assert_int_equal(place[i], 0xAA);
        if (size < 8) continue;
        memcpy(&told, place, sizeof told);
        assert_true(told == size);
        for (int64_t i = 8; i < size; i++)
            assert_int_equal(place[i], i < (int64_t)sizeof defaults ? ((const unsigned char *)&defaults)[i] : 0);
    }
    unsigned char place[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    denoise__options_init(&type, place, INT64_MAX);
    assert_int_equal(place[0], 1);
    denoise__options_init(&type, NULL, sizeof defaults);
}

static void what_goes_out_fits(void **state)
{
    (void)state;
    later_options out;
    const grown_options known = {sizeof known, "told", 1, 9};
    memset(&out, 0xAA, sizeof out);
    out.known.struct_size = offsetof(grown_options, added);
    assert_int_equal(denoise__options_write(&bare, &out, &known), DENOISE_OK);
    assert_true(out.known.flag == 1 && out.known.added != 9 && out.known.struct_size == offsetof(grown_options, added));
    out.known.struct_size = sizeof out;
    assert_int_equal(denoise__options_write(&bare, &out, &known), DENOISE_OK);
    assert_true(out.known.added == 9 && out.unknown == 0 && out.more == 0);
    out.known.struct_size = 16;
    assert_int_equal(denoise__options_write(&bare, &out, &known), DENOISE_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gives_the_defaults),
        cmocka_unit_test(an_older_struct_gets_defaults_for_the_rest),
        cmocka_unit_test(a_newer_struct_is_taken_where_its_rest_is_zero),
        cmocka_unit_test(a_size_of_no_version_is_told),
        cmocka_unit_test(init_writes_what_the_caller_has),
        cmocka_unit_test(what_goes_out_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
