/* SPDX-License-Identifier: Apache-2.0 */
#include <denoise/params.h>

#include "core/params.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/memory.h>
#include <string.h>

static denoise_params *make(void)
{
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    return params;
}

static void values_come_back(void **state)
{
    (void)state;
    denoise_params *params = make(), *inner = make();
    int64_t ints[8] = {1, 2, 3, 4, 5, 6, 7, 8}, count = 0, integer = 0, read[8];
    int32_t truth = 0;
    double number = 0;
    const char *text, *name;
    const denoise_params *nested;
    assert_int_equal(denoise_params_set_int(inner, "x", 5), DENOISE_OK);
    assert_int_equal(denoise_params_set_none(params, "none"), DENOISE_OK);
    assert_int_equal(denoise_params_set_bool(params, "bool", -3), DENOISE_OK);
    assert_int_equal(denoise_params_set_int(params, "int", INT64_MIN), DENOISE_OK);
    assert_int_equal(denoise_params_set_double(params, "double", 0.1), DENOISE_OK);
    assert_int_equal(denoise_params_set_text(params, "text", "caf\xC3\xA9"), DENOISE_OK);
    assert_int_equal(denoise_params_set_ints(params, "ints", ints, 8), DENOISE_OK);
    assert_int_equal(denoise_params_set_ints(params, "empty", NULL, 0), DENOISE_OK);
    assert_int_equal(denoise_params_set_kind(params, "kind", "l2", inner), DENOISE_OK);
    assert_int_equal(denoise_params_set_kind(params, "bare", "relu", NULL), DENOISE_OK);
    denoise_params_free(inner); /* was copied */
    assert_int_equal(denoise_params_count(params), 9);
    assert_string_equal(denoise_params_key(params, 0), "none");
    assert_string_equal(denoise_params_key(params, 8), "bare");
    assert_int_equal(denoise_params_type(params, "none"), DENOISE_PARAM_NONE);
    assert_int_equal(denoise_params_get_bool(params, "bool", &truth), DENOISE_OK);
    assert_int_equal(truth, 1);
    assert_int_equal(denoise_params_get_int(params, "int", &integer), DENOISE_OK);
    assert_true(integer == INT64_MIN);
    assert_int_equal(denoise_params_get_double(params, "double", &number), DENOISE_OK);
    assert_true(number == 0.1);
    assert_int_equal(denoise_params_get_double(params, "int", &number), DENOISE_OK);
    assert_true(number == -9223372036854775808.0);
    assert_int_equal(denoise_params_get_text(params, "text", &text), DENOISE_OK);
    assert_string_equal(text, "caf\xC3\xA9");
    assert_int_equal(denoise_params_get_ints(params, "ints", read, &count), DENOISE_OK);
    assert_int_equal(count, 8);
    assert_memory_equal(read, ints, sizeof(ints));
    assert_int_equal(denoise_params_get_ints(params, "empty", read, &count), DENOISE_OK);
    assert_int_equal(count, 0);
    assert_int_equal(denoise_params_get_kind(params, "kind", &name, &nested), DENOISE_OK);
    assert_string_equal(name, "l2");
    assert_int_equal(denoise_params_get_int(nested, "x", &integer), DENOISE_OK);
    assert_int_equal(integer, 5);
    assert_int_equal(denoise_params_get_kind(params, "bare", &name, &nested), DENOISE_OK);
    assert_string_equal(name, "relu");
    assert_null(nested);
    denoise_params_free(params);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void a_new_value_replaces_the_old_one(void **state)
{
    (void)state;
    denoise_params *params = make();
    for (int i = 0; i < 30; i++) {
        char key[2] = {(char)('a' + i % 10), '\0'};
        assert_int_equal(denoise_params_set_text(params, key, "text"), DENOISE_OK);
        assert_int_equal(denoise_params_set_kind(params, key, "kind", params), DENOISE_OK);
        assert_int_equal(denoise_params_set_int(params, key, i), DENOISE_OK);
    }
    assert_int_equal(denoise_params_count(params), 10);
    assert_string_equal(denoise_params_key(params, 3), "d");
    int64_t integer = 0;
    assert_int_equal(denoise_params_get_int(params, "d", &integer), DENOISE_OK);
    assert_int_equal(integer, 23);
    denoise_params_free(params);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void null_is_refused_everywhere(void **state)
{
    (void)state;
    denoise_params *params = make();
    int64_t integer, ints[8], count;
    int32_t truth;
    double number;
    const char *text, *name;
    const denoise_params *nested;
    assert_int_equal(denoise_params_new(NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise_last_error(), "denoise_params_new: out is NULL");
    denoise_params_free(NULL);
    assert_int_equal(denoise_params_set_none(NULL, "k"), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_none(params, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_bool(NULL, "k", 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_bool(params, NULL, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_int(NULL, "k", 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_int(params, NULL, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_double(NULL, "k", 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_double(params, NULL, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_text(NULL, "k", "x"), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_text(params, NULL, "x"), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_text(params, "k", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_ints(NULL, "k", ints, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_ints(params, NULL, ints, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_ints(params, "k", NULL, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_kind(NULL, "k", "x", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_kind(params, NULL, "x", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_set_kind(params, "k", NULL, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_count(params), 0);
    assert_int_equal(denoise_params_set_none(params, "k"), DENOISE_OK);
    assert_int_equal(denoise_params_get_bool(NULL, "k", &truth), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_bool(params, NULL, &truth), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_bool(params, "k", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_int(NULL, "k", &integer), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_int(params, NULL, &integer), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_int(params, "k", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_double(NULL, "k", &number), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_double(params, NULL, &number), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_double(params, "k", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_text(NULL, "k", &text), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_text(params, NULL, &text), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_text(params, "k", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_ints(NULL, "k", ints, &count), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_ints(params, NULL, ints, &count), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_ints(params, "k", NULL, &count), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_ints(params, "k", ints, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_kind(NULL, "k", &name, &nested), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_kind(params, NULL, &name, &nested), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_kind(params, "k", NULL, &nested), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_kind(params, "k", &name, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_count(NULL), 0);
    assert_null(denoise_params_key(NULL, 0));
    assert_null(denoise_params_key(params, -1));
    assert_null(denoise_params_key(params, 1));
    assert_int_equal(denoise_params_type(NULL, "k"), -1);
    assert_int_equal(denoise_params_type(params, NULL), -1);
    assert_int_equal(denoise_params_type(params, "other"), -1);
    denoise_params_free(params);
}

static void absent_keys_and_other_types_are_told(void **state)
{
    (void)state;
    denoise_params *params = make();
    int64_t integer = 7, ints[8], count;
    double number;
    int32_t truth;
    const char *text = "kept", *name;
    const denoise_params *nested;
    assert_int_equal(denoise_params_get_int(params, "units", &integer), DENOISE_ERR_NOT_FOUND);
    assert_string_equal(denoise_last_error(), "there is no parameter \"units\"");
    denoise_params_set_text(params, "units", "many");
    assert_int_equal(denoise_params_get_int(params, "units", &integer), DENOISE_ERR_DTYPE);
    assert_string_equal(denoise_last_error(), "units is a text, expected a whole number");
    assert_int_equal(denoise_params_get_bool(params, "units", &truth), DENOISE_ERR_DTYPE);
    assert_int_equal(denoise_params_get_double(params, "units", &number), DENOISE_ERR_DTYPE);
    assert_int_equal(denoise_params_get_ints(params, "units", ints, &count), DENOISE_ERR_DTYPE);
    assert_int_equal(denoise_params_get_kind(params, "units", &name, &nested), DENOISE_ERR_DTYPE);
    denoise_params_set_none(params, "units");
    assert_int_equal(denoise_params_get_text(params, "units", &text), DENOISE_ERR_DTYPE);
    assert_string_equal(denoise_last_error(), "units is None, expected a text");
    assert_null(text);
    assert_int_equal(integer, 7);
    denoise_params_free(params);
}

static void lists_have_up_to_eight_numbers(void **state)
{
    (void)state;
    denoise_params *params = make();
    int64_t ints[9] = {0};
    assert_int_equal(denoise_params_set_ints(params, "shape", ints, 9), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "shape has 9 numbers, expected 0 to 8");
    assert_int_equal(denoise_params_set_ints(params, "shape", ints, -1), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_params_count(params), 0);
    denoise_params_free(params);
}

static void lists_of_numbers(void **state)
{
    (void)state;
    denoise_params *params = make(), *copy;
    double numbers[3] = {0.5, -2, 1e300}, back[4] = {7, 7, 7, 7}, many[1025] = {0};
    int64_t count = -1;
    assert_int_equal(denoise_params_set_doubles(params, "numbers", numbers, 3), DENOISE_OK);
    assert_int_equal(denoise_params_set_ints(params, "whole", (const int64_t[]){4, 5}, 2), DENOISE_OK);
    assert_int_equal(denoise_params_set_doubles(params, "empty", NULL, 0), DENOISE_OK);
    assert_int_equal(denoise_params_type(params, "numbers"), DENOISE_PARAM_DOUBLES);
    assert_int_equal(denoise__params_copy(&copy, params), DENOISE_OK);
    denoise_params_free(params);
    assert_int_equal(denoise_params_get_doubles(copy, "numbers", back, 2, &count), DENOISE_OK);
    assert_true(count == 3 && back[0] == 0.5 && back[1] == -2 && back[2] == 7);
    assert_int_equal(denoise_params_get_doubles(copy, "whole", back, 4, &count), DENOISE_OK);
    assert_true(count == 2 && back[0] == 4 && back[1] == 5 && back[2] == 7);
    assert_int_equal(denoise_params_get_doubles(copy, "empty", NULL, 0, &count), DENOISE_OK);
    assert_int_equal(count, 0);
    assert_int_equal(denoise_params_get_doubles(copy, "numbers", back, -1, &count), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_params_get_doubles(copy, "numbers", NULL, 1, &count), DENOISE_ERR_NULL);
    assert_int_equal(denoise_params_get_doubles(copy, "nothing", back, 1, &count), DENOISE_ERR_NOT_FOUND);
    int64_t ints[8];
    assert_int_equal(denoise_params_get_ints(copy, "numbers", ints, &count), DENOISE_ERR_DTYPE);
    assert_string_equal(denoise_last_error(), "numbers is a list of numbers, expected a list of whole numbers");
    assert_int_equal(denoise_params_set_doubles(copy, "many", many, 1024), DENOISE_OK);
    assert_int_equal(denoise_params_set_doubles(copy, "many", many, 1025), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "many has 1025 numbers, expected 0 to 1024");
    assert_int_equal(denoise_params_set_doubles(copy, "many", NULL, 1), DENOISE_ERR_NULL);
    denoise_params_free(copy);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void nesting_is_limited(void **state)
{
    (void)state;
    denoise_params *params = make();
    for (int depth = 2; depth <= 16; depth++) {
        assert_int_equal(denoise_params_set_kind(params, "inner", "kind", params), DENOISE_OK);
    }
    assert_int_equal(denoise_params_set_kind(params, "inner", "kind", params), DENOISE_ERR_LIMIT);
    assert_string_equal(denoise_last_error(), "inner: parameters are nested deeper than 16");
    denoise_params_free(params);
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* A setter that runs out of memory leaves the bag as it was. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_params *inner = make();
    denoise_params_set_text(inner, "a", "text");
    denoise_params_set_kind(inner, "b", "kind", inner);
    denoise_params_set_doubles(inner, "c", (const double[]){1, 2}, 2);
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t n = 1;; n++) {
            denoise_params *params = NULL;
            failing_alloc_arm(n, for_ever != 0);
            denoise_status status = denoise_params_new(&params);
            int64_t set = 0;
            for (int i = 0; i < 10 && status == DENOISE_OK; i++, set += status == DENOISE_OK) {
                char key[2] = {(char)('a' + i), '\0'};
                status = i % 2 == 0 ? denoise_params_set_kind(params, key, "kind", inner)
                                    : denoise_params_set_text(params, key, "text");
            }
            bool failed = failing_alloc_disarm();
            assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            assert_int_equal(denoise_params_count(params), set);
            denoise_params_free(params);
            if (!failed) break;
        }
    }
    denoise_params_free(inner);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(a_new_value_replaces_the_old_one),
        cmocka_unit_test(null_is_refused_everywhere),
        cmocka_unit_test(absent_keys_and_other_types_are_told),
        cmocka_unit_test(lists_have_up_to_eight_numbers),
        cmocka_unit_test(lists_of_numbers),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
