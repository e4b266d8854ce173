/* SPDX-License-Identifier: Apache-2.0 */
#include "core/gather.h"
#include "core/memory.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <math.h>

typedef struct things_options {
    int64_t struct_size;
    int64_t count;
} things_options;

static const things_options defaults = {sizeof defaults, 0};
static const denoise__options things = {"things", NULL, sizeof defaults, sizeof defaults, &defaults};

static denoise__gather gather_all(const things_options *options, const char *text)
{
    const int64_t shape[] = {2, 3};
    denoise__gather given = denoise__gather_begin();
    denoise__gather_text_or_none(&given, "text", text);
    denoise__gather_bool(&given, "truth", 1);
    denoise__gather_double(&given, "number", 0.5);
    denoise__gather_double_or_none(&given, "some", 1.5);
    denoise__gather_double_or_none(&given, "none", (double)NAN);
    denoise__gather_ints(&given, "ints", shape, 2);
    denoise__gather_doubles(&given, "doubles", (const double[]){0.5, 2}, 2);
    denoise__gather_kind(&given, "kind", "l2", NULL);
    things_options known;
    if (denoise__gather_options(&given, &things, &known, options)) {
        denoise__gather_int(&given, "count", known.count);
    }
    return given;
}

static void each_type_is_gathered(void **state)
{
    (void)state;
    const things_options options = {sizeof options, 7};
    int64_t count, ints[8], ints_count;
    double number;
    denoise__gather given = gather_all(&options, "words");
    assert_int_equal(given.status, DENOISE_OK);
    assert_int_equal(denoise_params_count(given.params), 9);
    assert_int_equal(denoise_params_type(given.params, "text"), DENOISE_PARAM_TEXT);
    assert_int_equal(denoise_params_type(given.params, "truth"), DENOISE_PARAM_BOOL);
    assert_int_equal(denoise_params_type(given.params, "none"), DENOISE_PARAM_NONE);
    assert_int_equal(denoise_params_type(given.params, "doubles"), DENOISE_PARAM_DOUBLES);
    assert_int_equal(denoise_params_type(given.params, "kind"), DENOISE_PARAM_KIND);
    assert_int_equal(denoise_params_get_double(given.params, "some", &number), DENOISE_OK);
    assert_true(number == 1.5);
    assert_int_equal(denoise_params_get_int(given.params, "count", &count), DENOISE_OK);
    assert_int_equal(count, 7);
    assert_int_equal(denoise_params_get_ints(given.params, "ints", ints, &ints_count), DENOISE_OK);
    assert_int_equal(ints_count, 2);
    denoise__gather_end(&given);
    given = gather_all(NULL, NULL);
    assert_int_equal(denoise_params_type(given.params, "text"), DENOISE_PARAM_NONE);
    assert_int_equal(denoise_params_count(given.params), 8); /* without options */
    denoise__gather_end(&given);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void the_first_failure_stays(void **state)
{
    (void)state;
    const things_options small = {(int64_t)sizeof small - 1, 7};
    things_options known;
    denoise__gather given = denoise__gather_begin();
    assert_false(denoise__gather_options(&given, &things, &known, &small));
    assert_int_equal(given.status, DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "things: struct_size is 15, expected at least 16");
    denoise__gather_ints(&given, "ints", NULL, 99); /* would be an error of its own */
    denoise__gather_fail(&given, DENOISE_ERR_IO);
    assert_false(denoise__gather_options(&given, &things, &known, &defaults));
    assert_int_equal(given.status, DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "things: struct_size is 15, expected at least 16");
    assert_int_equal(denoise_params_count(given.params), 0);
    denoise__gather_end(&given);
    given = denoise__gather_begin();
    denoise__gather_text(&given, "text", NULL);
    assert_int_equal(given.status, DENOISE_ERR_NULL);
    denoise__gather_end(&given);
    given = denoise__gather_begin();
    denoise__gather_fail(&given, DENOISE_OK);
    assert_int_equal(given.status, DENOISE_OK);
    denoise__gather_fail(&given, DENOISE_ERR_IO);
    assert_int_equal(given.status, DENOISE_ERR_IO);
    denoise__gather_end(&given);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const things_options options = {sizeof options, 7};
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise__gather given = gather_all(&options, "words");
        bool failed = failing_alloc_disarm();
        assert_int_equal(given.status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        denoise__gather_end(&given);
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) break;
    }
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_gathered),
        cmocka_unit_test(the_first_failure_stays),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
