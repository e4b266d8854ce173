/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "unit/core/kinds.h"
#include <string.h>

/* In the place of the library's own list. */
const denoise__registry *const denoise__registries[] = {&penalty_registry, &thing_registry, NULL};

static void kinds_are_enumerated(void **state)
{
    (void)state;
    assert_string_equal(denoise_kind_name("thing", 0), "thing");
    assert_string_equal(denoise_kind_class_name("thing", 0), "BigThing");
    assert_string_equal(denoise_kind_doc("thing", 0), "a thing");
    assert_string_equal(denoise_kind_name("penalty", 2), "nest");
    static const struct {
        const char *noun;
        int64_t index;
    } wrong[] = {{"thing", 2}, {"thing", -1}, {"thing", INT64_MAX}, {"other", 0}, {NULL, 0}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_null(denoise_kind_name(wrong[i].noun, wrong[i].index));
        assert_null(denoise_kind_class_name(wrong[i].noun, wrong[i].index));
        assert_null(denoise_kind_doc(wrong[i].noun, wrong[i].index));
    }
}

static void parameters_are_described(void **state)
{
    (void)state;
    denoise_param_info info = {.struct_size = sizeof(info)};
    assert_int_equal(denoise_kind_param(&info, "thing", "BigThing", 3), DENOISE_OK);
    assert_string_equal(info.name, "rate");
    assert_string_equal(info.doc, "how often");
    assert_string_equal(info.default_text, "0.5");
    assert_true(info.minimum == 0 && info.maximum == 1);
    assert_int_equal(info.type, DENOISE_PARAM_DOUBLE);
    assert_int_equal(info.nullable, 0);
    assert_int_equal(denoise_kind_param(&info, "thing", "big", 2), DENOISE_OK);
    assert_null(info.default_text);
    assert_true(isnan(info.maximum));
    assert_int_equal(denoise_kind_param(&info, "thing", "thing", 5), DENOISE_OK);
    assert_int_equal(info.nullable, 1);
    int64_t count = 0;
    while (denoise_kind_param(&info, "thing", "thing", count) == DENOISE_OK) {
        count++;
    }
    assert_int_equal(count, 13);
    assert_int_equal(denoise_last_status(), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "thing: parameter 13 does not exist, there are 13");
}

static void mistakes_are_told(void **state)
{
    (void)state;
    denoise_param_info info = {.struct_size = sizeof(info)};
    assert_int_equal(denoise_kind_param(NULL, "thing", "thing", 0), DENOISE_ERR_NULL);
    assert_int_equal(denoise_kind_param(&info, NULL, "thing", 0), DENOISE_ERR_NULL);
    assert_int_equal(denoise_kind_param(&info, "thing", NULL, 0), DENOISE_ERR_NULL);
    assert_int_equal(denoise_kind_param(&info, "thing", "thing", -1), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_kind_param(&info, "thing", "none", 0), DENOISE_ERR_NAME);
    assert_string_equal(denoise_last_error(), "unknown thing \"none\"; known are thing, re_lu");
    assert_int_equal(denoise_kind_param(&info, "gadget", "thing", 0), DENOISE_ERR_NAME);
    assert_string_equal(denoise_last_error(), "there are no kinds of \"gadget\"");
    info.struct_size = 8;
    assert_int_equal(denoise_kind_param(&info, "thing", "thing", 0), DENOISE_ERR_INVALID);
    assert_non_null(strstr(denoise_last_error(), "struct_size is 8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_enumerated),
        cmocka_unit_test(parameters_are_described),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
