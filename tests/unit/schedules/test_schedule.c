/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules as parts: made, asked, refused, adopted by an optimizer. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <denoise/denoise.h>
#include <fenv.h>
#include <math.h>
#include <string.h>

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    const double two[] = {1, 2}, back[] = {2, 1}, three[] = {1, 0.5, 0.1};
    const struct {
        denoise_schedule *made;
        denoise_status status;
        const char *text;
    } cases[] = {
        {denoise_schedule_exponential_decay(-1, 10, 0.9, 0), DENOISE_ERR_RANGE, "initial_learning_rate is -1"},
        {denoise_schedule_exponential_decay(1, 0, 0.9, 0), DENOISE_ERR_RANGE, "decay_steps is 0"},
        {denoise_schedule_exponential_decay(1, 10, -0.1, 0), DENOISE_ERR_RANGE, "decay_rate is -0.1"},
        {denoise_schedule_inverse_time_decay(DENOISE_NAN, 10, 1, 0), DENOISE_ERR_RANGE, "initial_learning_rate is nan"},
        {denoise_schedule_piecewise_constant_decay(two, 2, two, 2), DENOISE_ERR_INVALID, "2 boundaries and 2 values"},
        {denoise_schedule_piecewise_constant_decay(back, 2, three, 3), DENOISE_ERR_INVALID, "boundary 1 is not greater"},
        {denoise_schedule_piecewise_constant_decay(NULL, 2, three, 3), DENOISE_ERR_NULL, "boundaries is NULL"},
        {denoise_schedule_piecewise_constant_decay(NULL, 0, three, 1), DENOISE_ERR_INVALID, "0 boundaries"},
        {denoise_schedule_piecewise_constant_decay(two, 2, three, 2000), DENOISE_ERR_RANGE, "expected 0 to 1024"},
        {denoise_schedule_polynomial_decay(1, 10, 0, -1, 0), DENOISE_ERR_RANGE, "power is -1"},
        {denoise_schedule_cosine_decay(1, 10, 2, DENOISE_NAN, 0), DENOISE_ERR_RANGE, "alpha is 2"},
        {denoise_schedule_cosine_decay(1, 10, DENOISE_NAN, 1, 0), DENOISE_ERR_RANGE, "alpha is nan"},
        {denoise_schedule_cosine_decay(1, 10, 0, 1, -1), DENOISE_ERR_RANGE, "warmup_steps is -1"},
        {denoise_schedule_cosine_decay_restarts(1, 10, 0.5, 1, 0), DENOISE_ERR_RANGE, "t_mul is 0.5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(denoise_schedule_status(cases[i].made), cases[i].status);
        if (strstr(denoise_schedule_error(cases[i].made), cases[i].text) == NULL)
            fail_msg("case %zu: %s", i, denoise_schedule_error(cases[i].made));
        denoise_params *params;
        assert_true(isnan(denoise_schedule_rate(cases[i].made, 0)));
        ASSERT_FAILS(denoise_schedule_params(&params, cases[i].made), cases[i].status, cases[i].text);
        assert_null(params);
        denoise_schedule_free(cases[i].made);
    }
    assert_true(isnan(denoise_schedule_rate(NULL, 0)));
    assert_int_equal(denoise_schedule_status(NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise_schedule_class_name(NULL), "");
    denoise_schedule_free(NULL);
}

static void by_name_and_by_text(void **state)
{
    (void)state;
    denoise_schedule *s;
    denoise_params *params;
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_ints(params, "boundaries", (const int64_t[]){10, 20}, 2));
    ASSERT_OK(denoise_params_set_doubles(params, "values", (const double[]){0.5, 0.25, 0.125}, 3));
    ASSERT_OK(denoise_schedule_create(&s, "PiecewiseConstantDecay", params));
    assert_string_equal(denoise_schedule_class_name(s), "PiecewiseConstantDecay");
    assert_true(denoise_schedule_rate(s, 15) == 0.25 && isnan(denoise_schedule_rate(s, -1)));
    denoise_schedule_free(s);
    denoise_params_free(params);

    denoise_optimizer *optimizer;
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_text(params, "learning_rate", "piecewise_constant_decay([2, 4], values=[0.5, .25, 1e-1])"));
    ASSERT_OK(denoise_optimizer_create(&optimizer, "sgd", params));
    assert_true(denoise_optimizer_learning_rate(optimizer) == 0.5);
    ASSERT_FAILS(denoise_optimizer_set_learning_rate(optimizer, 0.1), DENOISE_ERR_STATE,
                 "sgd: learning_rate is the schedule PiecewiseConstantDecay, and cannot be set");
    denoise_optimizer_free(optimizer);
    ASSERT_OK(denoise_params_set_text(params, "learning_rate", "piecewise_constant_decay([2], [0.5])"));
    ASSERT_FAILS(denoise_optimizer_create(&optimizer, "sgd", params), DENOISE_ERR_INVALID,
                 "sgd: learning_rate: piecewise_constant_decay: 1 boundaries and 1 values");
    ASSERT_OK(denoise_params_set_text(params, "learning_rate", "None"));
    ASSERT_FAILS(denoise_optimizer_create(&optimizer, "sgd", params), DENOISE_ERR_INVALID, "learning_rate is None");
    ASSERT_OK(denoise_params_set_text(params, "learning_rate", "relu"));
    ASSERT_FAILS(denoise_optimizer_create(&optimizer, "sgd", params), DENOISE_ERR_NAME, "sgd: learning_rate: ");
    denoise_params_free(params);
}

static denoise_optimizer *with(denoise_schedule *schedule)
{
    denoise_adam_options options = DENOISE_ADAM_OPTIONS_INIT;
    options.schedule = schedule;
    return denoise_optimizer_adam(&options);
}

/* The optimizer frees what it has adopted, and no sooner. */
static void an_optimizer_adopts(void **state)
{
    (void)state;
    int64_t before = denoise_memory_blocks();
    denoise_schedule *schedule = denoise_schedule_exponential_decay(0.5, 1, 0.5, 0);
    denoise_optimizer *first = with(schedule), *second = with(schedule);
    denoise_schedule_free(schedule); /* is left to its owner */
    ASSERT_OK(denoise_optimizer_status(first));
    assert_true(denoise_optimizer_learning_rate(first) == 0.5 && denoise_schedule_rate(schedule, 1) == 0.25);
    assert_int_equal(denoise_optimizer_status(second), DENOISE_ERR_OWNED);
    denoise_optimizer_free(second);
    assert_true(denoise_schedule_rate(schedule, 2) == 0.125);
    denoise_optimizer_free(first);

    denoise_schedule *inert = denoise_schedule_exponential_decay(0.5, -1, 0.5, 0);
    denoise_optimizer *poisoned = with(inert);
    assert_int_equal(denoise_optimizer_status(poisoned), DENOISE_ERR_RANGE);
    assert_non_null(strstr(denoise_optimizer_error(poisoned), "decay_steps is -1"));
    assert_int_equal(denoise_schedule_status(inert), DENOISE_ERR_RANGE); /* still readable */
    denoise_optimizer_free(poisoned);
    assert_int_equal(denoise_memory_blocks(), before);
}

/* An optimizer that cannot be made has taken the schedule over too. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t nth = 1;; nth++) {
            int64_t before = failing_alloc_live();
            failing_alloc_arm(nth, for_ever != 0);
            denoise_optimizer *made = with(denoise_schedule_cosine_decay(0.1, 10, 0, 0.2, 5));
            bool failed = failing_alloc_disarm();
            assert_int_equal(denoise_optimizer_status(made), failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            denoise_optimizer_free(made);
            assert_int_equal(failing_alloc_live(), before);
            if (!failed) break;
        }
    }
    failing_alloc_remove();
}

/* The host's rounding mode has no say. */
static void rounding_is_the_librarys(void **state)
{
    (void)state;
    denoise_schedule *s = denoise_schedule_exponential_decay(0.1, 7, 0.9, 0);
    double rates[50];
    for (int64_t step = 0; step < 50; step++)
        rates[step] = denoise_schedule_rate(s, step);
    if (fesetround(FE_UPWARD) != 0) skip();
    int same = 0;
    for (int64_t step = 0; step < 50; step++)
        same += rates[step] == denoise_schedule_rate(s, step);
    int mode = fegetround();
    (void)fesetround(FE_TONEAREST);
    assert_int_equal(same, 50);
    assert_int_equal(mode, FE_UPWARD);
    denoise_schedule_free(s);
}

/* As a garbage collector frees: the optimizer first, or the schedule first, also when the optimizer could not be made. */
static void one_that_is_kept_outlives_its_owner(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 3; i++) {
        denoise_schedule *s = denoise_schedule_exponential_decay(0.1, 7, 0.9, 0);
        denoise_sgd_options options = DENOISE_SGD_OPTIONS_INIT;
        denoise_schedule_keep(s);
        options.schedule = s;
        if (i == 2) options.momentum = -1;
        denoise_optimizer *optimizer = denoise_optimizer_sgd(&options);
        assert_int_equal(denoise_optimizer_status(optimizer) == DENOISE_OK, i < 2);
        if (i == 1) denoise_schedule_free(s);
        denoise_optimizer_free(optimizer);
        if (i == 1) continue;
        assert_true(denoise_schedule_rate(s, 0) > 0.09);
        denoise_schedule_free(s);
    }
    denoise_schedule_keep(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_told),    cmocka_unit_test(by_name_and_by_text),
        cmocka_unit_test(an_optimizer_adopts),      cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(rounding_is_the_librarys), cmocka_unit_test(one_that_is_kept_outlives_its_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
