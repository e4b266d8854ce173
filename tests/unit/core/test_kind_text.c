/* SPDX-License-Identifier: Apache-2.0 */
#include "core/kind_text.h"
#include "core/memory.h"
#include "core/params.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "unit/core/kinds.h"
#include <string.h>

static void check_thing(const char *text, void (*check)(const thing_config *config))
{
    denoise__kind_ref ref;
    denoise_status status = denoise__kind_ref_make(&ref, &thing_registry, text, NULL);
    if (status != DENOISE_OK) fail_msg("%s: %s", text, denoise_last_error());
    assert_string_equal(ref.kind->name, "thing");
    check(ref.config);
    denoise__kind_ref_clear(&ref);
    assert_null(ref.kind);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void has_three_units(const thing_config *config)
{
    assert_int_equal(config->units, 3);
    assert_true(config->rate == 0.5);
}

static void has_all_values(const thing_config *config)
{
    assert_int_equal(config->units, 3);
    assert_true(config->rate == 0.25);
    assert_true(config->threshold == 2);
    assert_int_equal(config->seed, 7);
    assert_string_equal(config->reduction, "mean");
    assert_int_equal(config->shape.count, 2);
    assert_int_equal(config->shape.values[0], -1);
    assert_int_equal(config->shape.values[1], 28);
    assert_int_equal(config->pads.count, 0);
    assert_string_equal(config->penalty.kind->name, "l2");
    assert_true(((penalty_config *)config->penalty.config)->factor == 0.125);
    assert_string_equal(config->required.kind->name, "plain");
    assert_string_equal(config->name, "my, (name)");
    assert_int_equal(config->trainable, 0);
    assert_int_equal(config->flag, 1);
}

static void has_nothing(const thing_config *config)
{
    assert_int_equal(config->units, 1);
    assert_true(isnan(config->threshold));
    assert_int_equal(config->seed, -1);
    assert_string_equal(config->name, "");
    assert_int_equal(config->shape.count, -1);
    assert_null(config->penalty.kind);
}

static void parameters_are_read_from_text(void **state)
{
    (void)state;
    check_thing("thing(3)", has_three_units);
    check_thing("  BigThing ( units = 3 ) ", has_three_units);
    check_thing("thing(3, 0.5)", has_three_units);
    check_thing("thing(3.0,)", has_three_units);
    check_thing("thing(3, rate=0.25, threshold=2, seed=7, reduction=mean, shape=[-1, 28], pads=[], penalty=l2(0.125), "
                "required=plain(), name=\"my, (name)\", trainable=false, flag=True)",
                has_all_values);
    check_thing("thing(flag=1,trainable=0,units=3,rate=2.5e-1,threshold=2,seed=7,reduction='mean',shape=[ -1 ,28 ],pads=[ ],"
                "penalty='l2(factor=0.125)',required=\"plain\",name='my, (name)')",
                has_all_values);
    check_thing("thing(1, threshold=None, seed=None, name=None, shape=None, penalty=None)", has_nothing);
    check_thing("thing(1, seed=-1, name='', penalty='None')", has_nothing);
}

static void none_is_no_kind(void **state)
{
    (void)state;
    static const char *const texts[] = {NULL, "None", " None "};
    for (size_t i = 0; i < 3; i++) {
        denoise__kind_ref ref = {&(const denoise__kind){.name = "x"}, &ref};
        assert_int_equal(denoise__kind_ref_make(&ref, &thing_registry, texts[i], NULL), DENOISE_OK);
        assert_null(ref.kind);
        assert_null(ref.config);
        denoise__kind_ref_clear(&ref);
    }
}

static void a_kind_without_parameters_needs_no_brackets(void **state)
{
    (void)state;
    static const char *const texts[] = {"re_lu", "ReLU", "re_lu()", "re_lu( )"};
    for (size_t i = 0; i < 4; i++) {
        denoise__kind_ref ref;
        assert_int_equal(denoise__kind_ref_make(&ref, &thing_registry, texts[i], NULL), DENOISE_OK);
        assert_string_equal(ref.kind->name, "re_lu");
        denoise__kind_ref_clear(&ref);
    }
}

static void parameters_may_come_apart_from_the_name(void **state)
{
    (void)state;
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_double(params, "factor", 0.5), DENOISE_OK);
    denoise__kind_ref ref;
    assert_int_equal(denoise__kind_ref_make(&ref, &penalty_registry, "l2", params), DENOISE_OK);
    assert_true(((penalty_config *)ref.config)->factor == 0.5);
    denoise__kind_ref_clear(&ref);
    assert_int_equal(denoise__kind_ref_make(&ref, &penalty_registry, "l2(1)", params), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "l2: parameters are given both in brackets and apart");
    assert_null(ref.kind);
    denoise_params_free(params);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        denoise_status status;
        const char *message;
    } cases[] = {
        {"", DENOISE_ERR_NAME, "unknown thing \"\"; known are thing, re_lu"},
        {"nothing(3)", DENOISE_ERR_NAME, "unknown thing \"nothing\"; known are thing, re_lu"},
        {"(3)", DENOISE_ERR_NAME, "unknown thing \"\"; known are thing, re_lu"},
        {"thing(3", DENOISE_ERR_SYNTAX, "\"thing(3\": expected \")\" at the end"},
        {"thing(", DENOISE_ERR_SYNTAX, "\"thing(\": expected \")\" at the end"},
        {"thing(3) more", DENOISE_ERR_SYNTAX, "\"thing(3) more\": expected \")\" at the end"},
        {"thing(3))", DENOISE_ERR_SYNTAX, "\"thing(3))\": brackets or quotes do not match"},
        {"thing((3)", DENOISE_ERR_SYNTAX, "\"thing((3)\": brackets or quotes do not match"},
        {"thing([3)]", DENOISE_ERR_SYNTAX, "\"thing([3)]\": expected \")\" at the end"},
        {"thing(([3)])", DENOISE_ERR_SYNTAX, "\"thing(([3)])\": brackets or quotes do not match"},
        {"thing(3, name=\"x)", DENOISE_ERR_SYNTAX, "\"thing(3, name=\"x)\": brackets or quotes do not match"},
        {"thing(3,,4)", DENOISE_ERR_SYNTAX, "thing: \"\": a parameter is missing between commas"},
        {"thing(=3)", DENOISE_ERR_SYNTAX, "thing: \"=3\": expected key=value"},
        {"thing(3x=3)", DENOISE_ERR_SYNTAX, "thing: \"3x=3\": expected key=value"},
        {"thing(units=)", DENOISE_ERR_SYNTAX, "thing: \"units=\": expected a value after \"=\""},
        {"thing(units=3, 4)", DENOISE_ERR_SYNTAX, "thing: \"4\": a value without a key must stand before those with one"},
        {"thing(3, units=4)", DENOISE_ERR_DUPLICATE, "thing: parameter \"units\" is given twice"},
        {"thing(seed=3, seed=4)", DENOISE_ERR_DUPLICATE, "thing: parameter \"seed\" is given twice"},
        {"re_lu(3)", DENOISE_ERR_SYNTAX, "re_lu: \"3\": the kind has no parameter for this value"},
        {"re_lu(x=3)", DENOISE_ERR_NAME, "re_lu: unknown parameter \"x\"; it has none"},
        {"thing(3, shape=[1, x])", DENOISE_ERR_SYNTAX, "thing: shape: \"[1, x]\": expected a list of numbers, as in [1, 2]"},
        {"thing(3, shape=[1, 2, 3, 4, 5, 6, 7, 8, 9])", DENOISE_ERR_DTYPE,
         "thing: shape is a list of numbers, expected a list of whole numbers or None"},
        {"thing(3, rate=1.5)", DENOISE_ERR_RANGE, "thing: rate is 1.5, expected 0 <= rate < 1"},
        {"thing(3, rate=nan)", DENOISE_ERR_DTYPE, "thing: rate is a text (\"nan\"), expected a number"},
        {"thing(3, rate=1e999)", DENOISE_ERR_RANGE, "thing: rate is inf, expected a finite number"},
        {"thing(3, penalty=l3)", DENOISE_ERR_NAME, "thing: penalty: unknown penalty \"l3\"; known are plain, l2, nest"},
        {"thing(3, penalty=l2(-1))", DENOISE_ERR_RANGE, "thing: penalty: l2: factor is -1, expected factor >= 0"},
        {"thing(3, penalty=l2(13))", DENOISE_ERR_INVALID, "thing: penalty: l2: factor 13 is unlucky"},
        {"thing(3, penalty=nest(nest(l2(x=1))))", DENOISE_ERR_NAME,
         "thing: penalty: nest: inner: nest: inner: l2: unknown parameter \"x\"; it has factor"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        denoise__kind_ref ref;
        assert_int_equal(denoise__kind_ref_make(&ref, &thing_registry, cases[i].text, NULL), cases[i].status);
        assert_string_equal(denoise_last_error(), cases[i].message);
        assert_null(ref.kind);
        assert_null(ref.config);
        assert_int_equal(denoise_memory_blocks(), 0);
    }
}

static void nesting_is_limited(void **state)
{
    (void)state;
    for (int depth = 1; depth < 3000; depth = depth < 20 ? depth + 1 : depth * 3) {
        static char text[20000];
        text[0] = '\0';
        for (int i = 0; i < depth; i++) {
            strcat(text, "nest(");
        }
        strcat(text, "plain");
        for (int i = 0; i < depth; i++) {
            strcat(text, ")");
        }
        denoise__kind_ref ref;
        denoise_status status = denoise__kind_ref_make(&ref, &penalty_registry, text, NULL);
        assert_int_equal(status, depth <= 17 ? DENOISE_OK : DENOISE_ERR_SYNTAX);
        denoise__kind_ref_clear(&ref);
        assert_int_equal(denoise_memory_blocks(), 0);
    }
}

static void a_long_name_is_refused(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    denoise__kind_ref ref;
    assert_int_equal(denoise__kind_ref_make(&ref, &thing_registry, text, NULL), DENOISE_ERR_SYNTAX);
    memcpy(text, "thing(", 6);
    memcpy(text + sizeof(text) - 4, "=1)", 4);
    assert_int_equal(denoise__kind_ref_make(&ref, &thing_registry, text, NULL), DENOISE_ERR_SYNTAX);
}

/* Every text that is one byte off a good one gives an answer and leaks nothing. */
static void broken_texts_do_no_harm(void **state)
{
    (void)state;
    static const char good[] = "thing(3, rate=0.25, shape=[-1, 28], penalty=nest(l2(factor=0.5)), name=\"a'b\", flag=True)";
    static const char bytes[] = "()[]=,\"' x1-.\x80\n";
    for (size_t i = 0; i < sizeof(good); i++) {
        for (size_t j = 0; j < sizeof(bytes); j++) {
            char text[sizeof(good)];
            memcpy(text, good, sizeof(good));
            if (i < sizeof(good) - 1) text[i] = bytes[j];
            denoise__kind_ref ref;
            denoise_status status = denoise__kind_ref_make(&ref, &thing_registry, text, NULL);
            assert_int_equal(status == DENOISE_OK, ref.kind != NULL);
            denoise__kind_ref_clear(&ref);
            assert_int_equal(denoise_memory_blocks(), 0);
        }
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t n = 1;; n++) {
            denoise__kind_ref ref;
            failing_alloc_arm(n, for_ever != 0);
            denoise_status status = denoise__kind_ref_make(
                &ref, &thing_registry, "thing(3, shape=[1], penalty=nest(l2(0.5)), name=\"x\", flag=True)", NULL);
            bool failed = failing_alloc_disarm();
            assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            denoise__kind_ref_clear(&ref);
            assert_int_equal(failing_alloc_live(), 0);
            if (!failed) {
                assert_true(n > 10);
                break;
            }
        }
    }
    failing_alloc_remove();
}

static void literals_have_types(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t type;
    } cases[] = {{"None", DENOISE_PARAM_NONE},
                 {"true", DENOISE_PARAM_BOOL},
                 {"False", DENOISE_PARAM_BOOL},
                 {"-3", DENOISE_PARAM_INT},
                 {"1_000", DENOISE_PARAM_INT},
                 {"3.0", DENOISE_PARAM_DOUBLE},
                 {"1e-3", DENOISE_PARAM_DOUBLE},
                 {".5", DENOISE_PARAM_DOUBLE},
                 {"-inf", DENOISE_PARAM_DOUBLE},
                 {"nan", DENOISE_PARAM_TEXT},
                 {"\"3\"", DENOISE_PARAM_TEXT},
                 {"''", DENOISE_PARAM_TEXT},
                 {"", DENOISE_PARAM_TEXT},
                 {"[]", DENOISE_PARAM_INTS},
                 {"relu", DENOISE_PARAM_TEXT},
                 {"l2(0.1)", DENOISE_PARAM_TEXT},
                 {"\"", DENOISE_PARAM_TEXT},
                 {"none", DENOISE_PARAM_TEXT},
                 {"99999999999999999999", DENOISE_PARAM_DOUBLE}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        denoise__param_value value;
        assert_int_equal(denoise__param_value_parse(&value, cases[i].text, strlen(cases[i].text)), DENOISE_OK);
        assert_int_equal(value.type, cases[i].type);
        denoise__param_value_clear(&value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_read_from_text),
        cmocka_unit_test(none_is_no_kind),
        cmocka_unit_test(a_kind_without_parameters_needs_no_brackets),
        cmocka_unit_test(parameters_may_come_apart_from_the_name),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(a_long_name_is_refused),
        cmocka_unit_test(broken_texts_do_no_harm),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(literals_have_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
