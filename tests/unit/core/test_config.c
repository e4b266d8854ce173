/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "unit/core/kinds.h"

static const denoise__kind *thing(void)
{
    return denoise__registry_find(&thing_registry, "thing");
}

static denoise_params *params_with_units(void)
{
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_int(params, "units", 3), DENOISE_OK);
    return params;
}

static void expect_failure(denoise_params *params, denoise_status expected, const char *message)
{
    void *config = &config;
    assert_int_equal(denoise__config_new(&config, thing(), params), expected);
    assert_null(config);
    assert_string_equal(denoise_last_error(), message);
    assert_int_equal(denoise_last_status(), expected);
    denoise_params_free(params);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    denoise_params *params = params_with_units();
    thing_config *config;
    void *made;
    assert_int_equal(denoise__config_new(&made, thing(), params), DENOISE_OK);
    config = made;
    assert_string_equal(config->name, "");
    assert_int_equal(config->trainable, 1);
    assert_int_equal(config->units, 3);
    assert_true(config->rate == 0.5);
    assert_true(isnan(config->threshold));
    assert_int_equal(config->seed, -1);
    assert_string_equal(config->reduction, "sum");
    assert_int_equal(config->shape.count, -1);
    assert_int_equal(config->pads.count, 2);
    assert_int_equal(config->pads.values[1], 2);
    assert_null(config->penalty.kind);
    assert_string_equal(config->required.kind->name, "l2");
    assert_true(((penalty_config *)config->required.config)->factor == 0.25);
    assert_int_equal(config->flag, 0);
    denoise__config_free(thing(), made);
    denoise_params_free(params);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void missing_and_unknown_parameters_are_named(void **state)
{
    (void)state;
    void *config;
    assert_int_equal(denoise__config_new(&config, thing(), NULL), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "thing: units must be given");
    denoise_params *params = params_with_units();
    denoise_params_set_int(params, "unit", 1);
    expect_failure(params, DENOISE_ERR_NAME,
                   "thing: unknown parameter \"unit\"; it has name, trainable, units, rate, threshold, seed, reduction, shape, "
                   "pads, penalty, required, flag");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(missing_and_unknown_parameters_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
