/* SPDX-License-Identifier: Apache-2.0 */
#include "core/text.h"
#include "support/cmocka_test.h"
#include <errno.h>
#include <fenv.h>
#include <math.h>
#include <string.h>

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* The texts are what Python 3.11 prints for the numbers. */
static const struct {
    double value;
    const char *text;
} repr_cases[] = {
    {0x0.0p+0, "0.0"},
    {-0x0.0p+0, "-0.0"},
    {0x1.0000000000000p+0, "1.0"},
    {-0x1.8000000000000p+0, "-1.5"},
    {0x1.999999999999ap-4, "0.1"},
    {0x1.999999999999ap-3, "0.2"},
    {0x1.3333333333334p-2, "0.30000000000000004"},
    {0x1.5555555555555p-2, "0.3333333333333333"},
    {0x1.9000000000000p+6, "100.0"},
    {0x1.c6bf526340000p+49, "1000000000000000.0"},
    {0x1.b69b4ba630f35p+56, "1.2345678901234568e+17"},
    {0x1.1c37937e08000p+53, "1e+16"},
    {0x1.1c37937e07fffp+53, "9999999999999998.0"},
    {0x1.0f0cf064dd592p+73, "1e+22"},
    {0x1.52d02c7e14af6p+76, "1e+23"},
    {0x1.a36e2eb1c432dp-14, "0.0001"},
    {0x1.4f8b588e368f1p-17, "1e-05"},
    {0x1.02e4b6ce5dc68p-13, "0.00012345"},
    {0x0.0000000000001p-1022, "5e-324"},
    {0x1.0000000000000p-1022, "2.2250738585072014e-308"},
    {0x0.fffffffffffffp-1022, "2.225073858507201e-308"},
    {0x1.fffffffffffffp+1023, "1.7976931348623157e+308"},
    {0x1.0000000000000p-44, "5.684341886080802e-14"},
    {0x1.0000000000000p+53, "9007199254740992.0"},
    {0x1.0000000000000p+54, "1.8014398509481984e+16"},
    {0x1.0000000000000p-1022, "2.2250738585072014e-308"},
    {0x1.0000000000000p+53, "9007199254740992.0"},
    {INFINITY, "inf"},
    {-INFINITY, "-inf"},
    {0x1.1666666666666p+2, "4.35"},
    {0x1.3333333333333p-2, "0.3"},
    {0x1.0c6f7a0b5ed8dp-22, "2.5e-07"},
    {0x1.34a456d5cfaadp+10, "1234.5678"},
    {0x1.dd6377687a66ep+232, "1.2870369598756508e+70"},
    {0x1.175fe5f915ef0p-476, "5.593311696082144e-144"},
    {0x1.39903237751aap-642, "6.711629867786572e-194"},
    {0x1.c41afddd6ff55p+362, "1.65904510742851e+109"},
    {0x1.e401b01a5ba50p-331, "4.3219799493518365e-100"},
    {0x1.b3a2880b65386p-74, "9.008718345377855e-23"},
    {0x1.6c566e5f6db1dp+215, "7.49399021045634e+64"},
    {0x1.14c7114b044d7p-339, "9.65433702697163e-103"},
    {0x1.b7dff8de4ab47p+894, "2.2693701112688137e+269"},
    {0x1.cd23b9ddcc6f8p+410, "4.763110237130625e+123"},
    {0x1.567360a78250fp+468, "1.0195207178421379e+141"},
    {0x1.f5d5061076dc3p-677, "3.1261616315495508e-204"},
    {0x1.d9662b4174a67p+914, "2.5609641397180094e+275"},
    {0x1.3412a73b7a490p+925, "3.413182185606225e+278"},
    {0x1.7520bb99de255p-158, "3.9891319336611814e-48"},
    {0x1.f0c42283b73a6p-679, "7.736507935310993e-205"},
    {0x1.21d0b3cee5e2cp-918, "5.109109842641456e-277"},
    {0x1.352371c670ea9p-752, "5.097489351440805e-227"},
    {0x1.4b2d9819ad93bp+762, "3.1381835651222395e+229"},
    {0x1.88cd4ec801bdfp+1006, "1.0522267652168384e+303"},
    {0x1.b1e2f972651dap-894, "1.2832762821722958e-269"},
    {0x1.ed380c632976ap+386, "3.036533701763571e+116"},
    {0x1.172636237dbe6p+594, "7.069910982107984e+178"},
    {0x1.1dd95bf00188dp+794, "1.1633579417352976e+239"},
    {0x1.054dc1a070205p+859, "3.92348438728254e+258"},
    {0x1.c22154a8aa593p-604, "2.6483830716380952e-182"},
    {0x1.5e5c7ac9abb0cp-564, "2.266514728515481e-170"},
    {0x1.0e1abb9c7e435p+601, "8.756269669369855e+180"},
    {0x1.da0d96bf82959p+798, "3.0869070207826994e+240"},
    {0x1.3e8c31674518dp+559, "2.3480210580921435e+168"},
};

static void repr_is_the_one_of_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(repr_cases) / sizeof(repr_cases[0]); i++) {
        char text[32];
        double back = 0;
        denoise__format_repr(text, sizeof(text), repr_cases[i].value);
        assert_string_equal(text, repr_cases[i].text);
        assert_true(denoise__parse_double(text, strlen(text), &back));
        assert_true(same_bits(back, repr_cases[i].value));
    }
    char text[32];
    denoise__format_repr(text, sizeof(text), NAN);
    assert_string_equal(text, "nan");
}

static double parsed(const char *text)
{
    double value = 0;
    assert_true(denoise__parse_double(text, strlen(text), &value));
    return value;
}

static void numbers_are_read_as_python_reads_them(void **state)
{
    (void)state;
    assert_true(parsed("1") == 1);
    assert_true(parsed(" \t2.5\n") == 2.5);
    assert_true(parsed("+.5") == 0.5);
    assert_true(parsed("5.") == 5);
    assert_true(parsed("1_000.5_0") == 1000.5);
    assert_true(parsed("1e5_0") == 1e50);
    assert_true(parsed("1E+2") == 100);
    assert_true(same_bits(parsed("-0"), -0.0));
    assert_true(same_bits(parsed("-0.000e-5"), -0.0));
    assert_true(isnan(parsed("nan")) && isnan(parsed("-NaN")));
    assert_true(parsed("inf") == INFINITY && parsed("-Infinity") == -INFINITY);
    assert_true(parsed("1e400") == INFINITY);
    assert_true(parsed("1e-400") == 0);
    assert_true(parsed("1e99999999999999999999") == INFINITY);
    assert_true(parsed("1e-99999999999999999999") == 0);
    assert_true(parsed("0e99999999999999999999") == 0);
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",      " ",    ".",    "+",    "-.",   "e5",    "1e",  "1e+",  "1_",  "_1",
                                        "1__0",  "1_.5", "1._5", "1_e5", "0x10", "1,5",   "1 2", "--1",  "1d5", "1f",
                                        "1.5.2", "infi", "nano", "1e5_", "1e_5", "1e5.0", "one", "1\xFF"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double value = 7;
        assert_false(denoise__parse_double(texts[i], strlen(texts[i]), &value));
        assert_true(value == 7);
    }
    double value;
    assert_true(denoise__parse_double("12345", 2, &value) && value == 12); /* length counts, not the end of the text */
}

/* Half-way between two doubles, and a digit more than that far behind: the nearest one, ties to even. */
static void rounding_is_exact(void **state)
{
    (void)state;
    assert_true(same_bits(parsed("9007199254740993"), 9007199254740992.0));
    assert_true(same_bits(parsed("9007199254740993.00000000000000000000000000000000001"), 9007199254740994.0));
    assert_true(same_bits(parsed("9007199254740995"), 9007199254740996.0));
    char text[1200];
    memset(text, '0', sizeof(text));
    memcpy(text, "9007199254740993.", 17);
    assert_true(denoise__parse_double(text, sizeof(text), &(double){0}));
    text[sizeof(text) - 1] = '1';
    double value = 0;
    assert_true(denoise__parse_double(text, sizeof(text), &value));
    assert_true(same_bits(value, 9007199254740994.0));
    memset(text, '9', sizeof(text));
    assert_true(denoise__parse_double(text, sizeof(text), &value) && value == INFINITY);
    memcpy(text, "0.", 2);
    assert_true(denoise__parse_double(text, sizeof(text), &value) && value == 1);
    assert_true(same_bits(parsed("2.4703282292062327208e-324"), 0.0));
    assert_true(same_bits(parsed("2.4703282292062327209e-324"), 5e-324));
}

static void the_callers_environment_neither_matters_nor_changes(void **state)
{
    (void)state;
    errno = 17;
    assert_int_equal(fesetround(FE_UPWARD), 0);
    double tenth = parsed("0.1"), large = parsed("1e400"), long_one = parsed("0.30000000000000000001");
    char text[32];
    denoise__format_repr(text, sizeof(text), 0.1);
    int mode = fegetround();
    fesetround(FE_TONEAREST);
    assert_int_equal(mode, FE_UPWARD);
    assert_true(same_bits(tenth, 0.1) && same_bits(long_one, 0.3) && large == INFINITY);
    assert_string_equal(text, "0.1");
    assert_int_equal(errno, 17);
}

static void whole_numbers_are_read_to_their_limits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"+17", 17},
                {" 42 ", 42},
                {"1_000", 1000},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t value = 99;
        assert_true(denoise__parse_int(good[i].text, strlen(good[i].text), &value));
        assert_int_equal(value, good[i].value);
    }
    static const char *const bad[] = {"",
                                      " ",
                                      "-",
                                      "+",
                                      "1.0",
                                      "1e3",
                                      "0x1",
                                      "1 2",
                                      "1__0",
                                      "_1",
                                      "1_",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t value = 99;
        assert_false(denoise__parse_int(bad[i], strlen(bad[i]), &value));
        assert_int_equal(value, 99);
    }
}

static void thousands_are_set_apart(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {-1234567, "-1,234,567"},
                 {INT64_MAX, "9,223,372,036,854,775,807"},
                 {INT64_MIN, "-9,223,372,036,854,775,808"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[32];
        denoise__format_thousands(text, sizeof(text), cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

static void what_is_not_finite_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(denoise__nonfinite_name((double)NAN), "NaN");
    assert_string_equal(denoise__nonfinite_name((double)INFINITY), "infinite");
    assert_string_equal(denoise__nonfinite_name(-(double)INFINITY), "infinite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_finite_has_a_name),
        cmocka_unit_test(repr_is_the_one_of_python),
        cmocka_unit_test(numbers_are_read_as_python_reads_them),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(rounding_is_exact),
        cmocka_unit_test(the_callers_environment_neither_matters_nor_changes),
        cmocka_unit_test(whole_numbers_are_read_to_their_limits),
        cmocka_unit_test(thousands_are_set_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
