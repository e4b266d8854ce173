/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the campaigns itself: that a failure is a failure. */
#include "support/campaign.h"
#include "support/cmocka_test.h"
#include <stdlib.h>

static bool begin(campaign *c, int argc, char **argv)
{
    return campaign_begin(c, "frame", argc, argv, 7, 70);
}

static void test_a_failed_check_fails_the_program(void **state)
{
    (void)state;
    campaign c;
    assert_true(begin(&c, 1, (char *[]){"frame"}));
    assert_true(campaign_check(&c, true, "true"));
    assert_int_equal(campaign_end(&c), EXIT_SUCCESS);
    assert_false(campaign_check(&c, false, "on purpose, %d", 1));
    assert_int_equal(campaign_end(&c), EXIT_FAILURE);
}

static void test_no_check_is_a_failure(void **state)
{
    (void)state;
    campaign c;
    assert_true(begin(&c, 1, (char *[]){"frame"}));
    assert_int_equal(campaign_end(&c), EXIT_FAILURE);
}

static void test_options(void **state)
{
    (void)state;
    campaign c;
    assert_true(begin(&c, 1, (char *[]){"frame"}));
    assert_int_equal(c.budget, 7);
    assert_int_equal(c.seed, 1);
    assert_true(begin(&c, 2, (char *[]){"frame", "--full"}));
    assert_int_equal(c.budget, 70);
    assert_true(begin(&c, 5, (char *[]){"frame", "--seed", "3", "--budget", "5"}));
    assert_int_equal(c.seed, 3);
    assert_int_equal(c.budget, 5);
    assert_false(begin(&c, 2, (char *[]){"frame", "--seed"}));
    assert_int_equal(campaign_end(&c), EXIT_FAILURE);
    assert_false(begin(&c, 3, (char *[]){"frame", "--budget", "many"}));
    assert_int_equal(campaign_end(&c), EXIT_FAILURE);
    assert_false(begin(&c, 2, (char *[]){"frame", "--help"}));
    assert_int_equal(campaign_end(&c), EXIT_SUCCESS);
}

static void test_only_one_case(void **state)
{
    (void)state;
    campaign c;
    assert_true(begin(&c, 3, (char *[]){"frame", "--only", "2"}));
    assert_false(campaign_case(&c, 1));
    assert_true(campaign_case(&c, 2));
    assert_int_equal(c.cases, 1);
}

static void test_seed_repeats(void **state)
{
    (void)state;
    campaign a, b, other;
    assert_true(begin(&a, 1, (char *[]){"frame"}));
    assert_true(begin(&b, 1, (char *[]){"frame"}));
    assert_true(begin(&other, 3, (char *[]){"frame", "--seed", "2"}));
    for (int i = 0; i < 100; i++) {
        assert_true(campaign_random(&a) == campaign_random(&b));
        assert_in_range(campaign_below(&other, 10), 0, 9);
    }
    assert_true(campaign_random(&a) != campaign_random(&other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failed_check_fails_the_program),
        cmocka_unit_test(test_no_check_is_a_failure),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_only_one_case),
        cmocka_unit_test(test_seed_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
