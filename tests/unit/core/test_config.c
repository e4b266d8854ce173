/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "unit/core/kinds.h"
#include <stdio.h>
#include <string.h>

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

/* Frees params. */
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

/* Frees params; the result goes to denoise__config_free(). */
static thing_config *expect_success(denoise_params *params)
{
    void *config;
    assert_int_equal(denoise__config_new(&config, thing(), params), DENOISE_OK);
    denoise_params_free(params);
    return config;
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    thing_config *config = expect_success(params_with_units());
    assert_string_equal(config->name, "");
    assert_int_equal(config->trainable, 1);
    assert_int_equal(config->units, 3);
    assert_true(config->rate == 0.5);
    assert_true(isnan(config->threshold));
    assert_int_equal(config->seed, -1);
    assert_string_equal(config->reduction, "sum");
    assert_int_equal(config->shape.count, -1);
    assert_int_equal(config->pads.count, 2);
    assert_int_equal(config->pads.values[0], 1);
    assert_int_equal(config->pads.values[1], 2);
    assert_null(config->penalty.kind);
    assert_string_equal(config->required.kind->name, "l2");
    assert_true(((penalty_config *)config->required.config)->factor == 0.25);
    assert_int_equal(config->flag, 0);
    assert_null(config->path);
    denoise__config_free(thing(), config);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void missing_and_unknown_parameters_are_named(void **state)
{
    (void)state;
    expect_failure(NULL, DENOISE_ERR_INVALID, "thing: units must be given");
    denoise_params *params = params_with_units();
    denoise_params_set_int(params, "unit", 1);
    expect_failure(params, DENOISE_ERR_NAME,
                   "thing: unknown parameter \"unit\"; it has name, trainable, units, rate, threshold, seed, reduction, shape, "
                   "pads, penalty, required, flag, path");
}

static void number_types_are_converted_where_nothing_is_lost(void **state)
{
    (void)state;
    denoise_params *params = params_with_units();
    denoise_params_set_double(params, "units", 64.0);
    denoise_params_set_int(params, "rate", 0);
    denoise_params_set_int(params, "trainable", 0);
    denoise_params_set_int(params, "flag", 1);
    denoise_params_set_int(params, "threshold", 2);
    thing_config *config = expect_success(params);
    assert_int_equal(config->units, 64);
    assert_true(config->rate == 0 && config->threshold == 2);
    assert_int_equal(config->trainable, 0);
    assert_int_equal(config->flag, 1);
    denoise__config_free(thing(), config);
}

static void wrong_types_are_told(void **state)
{
    (void)state;
    static const int64_t ints[] = {1};
    denoise_params *params = params_with_units();
    denoise_params_set_double(params, "units", 2.5);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: units is 2.5, expected a whole number");
    params = params_with_units();
    denoise_params_set_double(params, "seed", 1e300);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: seed is 1e+300, expected a whole number or None");
    params = params_with_units();
    denoise_params_set_double(params, "seed", NAN);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: seed is nan, expected a whole number or None");
    params = params_with_units();
    denoise_params_set_text(params, "units", "64");
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: units is a text (\"64\"), expected a whole number");
    params = params_with_units();
    denoise_params_set_int(params, "trainable", 2);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: trainable is a whole number, expected a truth value");
    params = params_with_units();
    denoise_params_set_bool(params, "rate", 1);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: rate is a truth value, expected a number");
    params = params_with_units();
    denoise_params_set_int(params, "reduction", 2);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: reduction is a whole number, expected a text");
    params = params_with_units();
    denoise_params_set_int(params, "shape", 2);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: shape is a whole number, expected a list of whole numbers or None");
    params = params_with_units();
    denoise_params_set_ints(params, "penalty", ints, 1);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: penalty is a list of whole numbers, expected a kind or None");
    params = params_with_units();
    denoise_params_set_kind(params, "rate", "l2", NULL);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: rate is a kind (\"l2\"), expected a number");
}

static void none_needs_a_nullable_parameter(void **state)
{
    (void)state;
    static const char *const nullable[] = {"name", "threshold", "seed", "shape", "penalty"};
    denoise_params *params = params_with_units();
    for (size_t i = 0; i < 5; i++) {
        denoise_params_set_none(params, nullable[i]);
    }
    thing_config *config = expect_success(params);
    assert_true(isnan(config->threshold));
    denoise__config_free(thing(), config);
    static const char *const others[][2] = {{"units", "a whole number"},    {"rate", "a number"},
                                            {"trainable", "a truth value"}, {"pads", "a list of whole numbers"},
                                            {"reduction", "a text"},        {"required", "a kind"}};
    for (size_t i = 0; i < 6; i++) {
        char message[100];
        params = params_with_units();
        denoise_params_set_none(params, others[i][0]);
        (void)snprintf(message, sizeof(message), "thing: %s is None, expected %s", others[i][0], others[i][1]);
        expect_failure(params, DENOISE_ERR_INVALID, message);
    }
    params = params_with_units();
    denoise_params_set_text(params, "required", "None");
    expect_failure(params, DENOISE_ERR_INVALID, "thing: required is None, expected a kind");
}

static void bounds_are_told(void **state)
{
    (void)state;
    denoise_params *params = params_with_units();
    denoise_params_set_int(params, "units", 0);
    expect_failure(params, DENOISE_ERR_RANGE, "thing: units is 0, expected units >= 1");
    static const struct {
        const char *key;
        double value;
        const char *message;
    } cases[] = {
        {"rate", 1, "thing: rate is 1, expected 0 <= rate < 1"},
        {"rate", -0.1, "thing: rate is -0.1, expected 0 <= rate < 1"},
        {"rate", NAN, "thing: rate is nan, expected a finite number"},
        {"threshold", 0, "thing: threshold is 0, expected threshold > 0"},
        {"threshold", INFINITY, "thing: threshold is inf, expected a finite number"},
        {"threshold", NAN, "thing: threshold is nan, expected a finite number"},
        {"seed", -2, "thing: seed is -2, expected seed >= 0"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        params = params_with_units();
        denoise_params_set_double(params, cases[i].key, cases[i].value);
        expect_failure(params, DENOISE_ERR_RANGE, cases[i].message);
    }
    params = params_with_units();
    denoise_params_set_ints(params, "pads", (const int64_t[]){9, 10}, 2);
    expect_failure(params, DENOISE_ERR_RANGE, "thing: pads is 10, expected pads <= 9");
    params = params_with_units();
    denoise_params_set_ints(params, "shape", (const int64_t[]){-1, -2}, 2);
    expect_failure(params, DENOISE_ERR_RANGE, "thing: shape is -2, expected shape >= -1");
}

static void texts_are_chosen_and_limited(void **state)
{
    (void)state;
    denoise_params *params = params_with_units();
    denoise_params_set_text(params, "reduction", "su");
    expect_failure(params, DENOISE_ERR_INVALID, "thing: reduction is \"su\", expected one of sum, mean");
    params = params_with_units();
    denoise_params_set_text(params, "reduction", "");
    expect_failure(params, DENOISE_ERR_INVALID, "thing: reduction is \"\", expected one of sum, mean");
    char name[DENOISE__TEXT_SIZE + 1];
    memset(name, 'n', sizeof(name));
    name[DENOISE__TEXT_SIZE] = '\0';
    params = params_with_units();
    denoise_params_set_text(params, "name", name);
    expect_failure(params, DENOISE_ERR_RANGE, "thing: name has 64 bytes, expected at most 63");
    params = params_with_units();
    denoise_params_set_text(params, "name", name + 1);
    thing_config *config = expect_success(params);
    assert_string_equal(config->name, name + 1);
    denoise__config_free(thing(), config);
}

static void a_long_text_is_owned(void **state)
{
    (void)state;
    char path[2000];
    memset(path, 'p', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    denoise_params *params = params_with_units(), *all;
    denoise_params_set_text(params, "path", path);
    thing_config *config = expect_success(params);
    assert_string_equal(config->path, path);
    assert_int_equal(denoise__config_params(&all, thing(), config), DENOISE_OK);
    denoise__config_free(thing(), config);
    const char *text;
    assert_int_equal(denoise_params_get_text(all, "path", &text), DENOISE_OK);
    assert_string_equal(text, path);
    denoise_params_set_text(all, "path", ""); /* not the same as None */
    config = expect_success(all);
    assert_string_equal(config->path, "");
    denoise__config_free(thing(), config);
    params = params_with_units();
    denoise_params_set_none(params, "path");
    config = expect_success(params);
    assert_null(config->path);
    denoise__config_free(thing(), config);
    params = params_with_units();
    denoise_params_set_int(params, "path", 3);
    expect_failure(params, DENOISE_ERR_DTYPE, "thing: path is a whole number, expected a text or None");
}

static void a_kind_is_given_by_text_or_by_parts(void **state)
{
    (void)state;
    denoise_params *inner, *params = params_with_units();
    assert_int_equal(denoise_params_new(&inner), DENOISE_OK);
    denoise_params_set_double(inner, "factor", 0.75);
    denoise_params_set_kind(params, "penalty", "L2", inner);
    denoise_params_set_kind(params, "required", "plain", NULL);
    denoise_params_free(inner);
    thing_config *config = expect_success(params);
    assert_true(((penalty_config *)config->penalty.config)->factor == 0.75);
    assert_string_equal(config->required.kind->name, "plain");
    denoise__config_free(thing(), config);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void a_configuration_gives_its_parameters_back(void **state)
{
    (void)state;
    denoise_params *params = params_with_units();
    denoise_params_set_text(params, "penalty", "nest(l2(0.5))");
    denoise_params_set_ints(params, "shape", (const int64_t[]){4, -1}, 2);
    denoise_params_set_double(params, "threshold", 0.125);
    denoise_params_set_bool(params, "flag", 1);
    thing_config *config = expect_success(params);
    denoise_params *all;
    assert_int_equal(denoise__config_params(&all, thing(), config), DENOISE_OK);
    assert_int_equal(denoise_params_count(all), 13);
    assert_string_equal(denoise_params_key(all, 0), "name");
    assert_int_equal(denoise_params_type(all, "name"), DENOISE_PARAM_NONE);
    assert_int_equal(denoise_params_type(all, "trainable"), DENOISE_PARAM_BOOL);
    assert_int_equal(denoise_params_type(all, "units"), DENOISE_PARAM_INT);
    assert_int_equal(denoise_params_type(all, "threshold"), DENOISE_PARAM_DOUBLE);
    assert_int_equal(denoise_params_type(all, "seed"), DENOISE_PARAM_NONE);
    assert_int_equal(denoise_params_type(all, "reduction"), DENOISE_PARAM_TEXT);
    assert_int_equal(denoise_params_type(all, "shape"), DENOISE_PARAM_INTS);
    const char *name;
    const denoise_params *nested;
    assert_int_equal(denoise_params_get_kind(all, "penalty", &name, &nested), DENOISE_OK);
    assert_string_equal(name, "nest");
    assert_int_equal(denoise_params_get_kind(nested, "inner", &name, &nested), DENOISE_OK);
    assert_string_equal(name, "l2");
    /* and these make the same again */
    thing_config *again = expect_success(all);
    assert_int_equal(again->units, 3);
    assert_int_equal(again->shape.values[1], -1);
    assert_true(again->threshold == 0.125);
    assert_true(isnan(config->threshold) == isnan(again->threshold));
    assert_string_equal(again->penalty.kind->name, "nest");
    denoise__config_free(thing(), config);
    denoise__config_free(thing(), again);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void a_kind_without_parameters_has_no_configuration(void **state)
{
    (void)state;
    const denoise__kind *kind = denoise__registry_find(&thing_registry, "re_lu");
    void *config = &config;
    assert_int_equal(denoise__config_new(&config, kind, NULL), DENOISE_OK);
    assert_null(config);
    denoise_params *params;
    assert_int_equal(denoise__config_params(&params, kind, config), DENOISE_OK);
    assert_int_equal(denoise_params_count(params), 0);
    denoise_params_free(params);
    denoise__config_free(kind, config);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_params *params = params_with_units();
    denoise_params_set_text(params, "penalty", "nest(l2(0.5))");
    denoise_params_set_text(params, "path", "somewhere");
    int64_t before = failing_alloc_live();
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t n = 1;; n++) {
            void *config = NULL;
            denoise_params *all = NULL;
            failing_alloc_arm(n, for_ever != 0);
            denoise_status status = denoise__config_new(&config, thing(), params);
            if (status == DENOISE_OK) status = denoise__config_params(&all, thing(), config);
            bool failed = failing_alloc_disarm();
            assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            assert_int_equal(all != NULL, !failed);
            denoise_params_free(all);
            denoise__config_free(thing(), config);
            assert_int_equal(failing_alloc_live(), before);
            if (!failed) break;
        }
    }
    denoise_params_free(params);
    failing_alloc_remove();
}

static void a_field_is_read_by_its_name(void **state)
{
    (void)state;
    thing_config *config = expect_success(params_with_units());
    assert_true(denoise__config_double(thing(), config, "rate") == 0.5);
    assert_true(denoise__config_double(thing(), config, "units") == 3);
    assert_true(denoise__config_double(thing(), config, "trainable") == 1);
    assert_true(denoise__config_double(thing(), config, "flag") == 0);
    assert_true(denoise__config_double(thing(), config, "seed") == -1);
    assert_true(isnan(denoise__config_double(thing(), config, "threshold")));
    assert_true(isnan(denoise__config_double(thing(), config, "reduction")));
    assert_true(isnan(denoise__config_double(thing(), config, "no_such_parameter")));
    denoise__config_free(thing(), config);
}

/* Numbers that may be a kind, lists of numbers, a list that may be one number. */
typedef struct mixed_config {
    double rate;
    denoise__kind_ref rate_kind;
    denoise__doubles some;
    denoise__ints axes;
} mixed_config;

static const denoise__param mixed_params[] = {
    DENOISE__PARAM("rate", DENOISE_PARAM_DOUBLE, offsetof(mixed_config, rate), "0.5", "a number or a penalty", .minimum = 0,
                   .maximum = 9, .flags = DENOISE__OR_KIND, .registry = &penalty_registry,
                   .kind_offset = offsetof(mixed_config, rate_kind)),
    DENOISE__PARAM_DOUBLES(mixed_config, some, "None", DENOISE__NULLABLE, 0, 10, "numbers"),
    DENOISE__PARAM_INTS(mixed_config, axes, "[0]", DENOISE__OR_INT, -8, 7, "one, or several"),
};
static const denoise__kind mixed_kind = {.name = "mixed",
                                         .class_name = "Mixed",
                                         .doc = "mixed",
                                         .config_size = sizeof(mixed_config),
                                         .params = mixed_params,
                                         .param_count = 3};

static mixed_config *mixed_of(denoise_params *params)
{
    void *config;
    denoise_status status = denoise__config_new(&config, &mixed_kind, params);
    if (status != DENOISE_OK) fail_msg("%s", denoise_last_error());
    denoise_params_free(params);
    return config;
}

static void expect_refused(denoise_params *params, denoise_status status, const char *text)
{
    void *config;
    assert_int_equal(denoise__config_new(&config, &mixed_kind, params), status);
    assert_null(config);
    if (strstr(denoise_last_error(), text) == NULL) fail_msg("%s", denoise_last_error());
    denoise_params_free(params);
}

static denoise_params *fresh(void)
{
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    return params;
}

static void a_number_may_be_a_kind(void **state)
{
    (void)state;
    denoise_params *params = fresh(), *back;
    mixed_config *config = mixed_of(params);
    assert_true(config->rate == 0.5 && config->rate_kind.kind == NULL && config->some.count == -1 && config->axes.count == 1);
    denoise__config_free(&mixed_kind, config);

    params = fresh();
    denoise_params_set_text(params, "rate", "l2(0.125)");
    denoise_params_set_ints(params, "some", (const int64_t[]){3, 4}, 2);
    denoise_params_set_int(params, "axes", -2);
    config = mixed_of(params);
    assert_string_equal(config->rate_kind.kind->name, "l2");
    assert_true(config->some.count == 2 && config->some.values[1] == 4 && config->axes.values[0] == -2);
    assert_int_equal(denoise__config_params(&back, &mixed_kind, config), DENOISE_OK);
    denoise__config_free(&mixed_kind, config);
    const char *name;
    const denoise_params *nested;
    double numbers[2];
    int64_t count;
    assert_int_equal(denoise_params_get_kind(back, "rate", &name, &nested), DENOISE_OK);
    assert_string_equal(name, "l2");
    assert_int_equal(denoise_params_get_doubles(back, "some", numbers, 2, &count), DENOISE_OK);
    assert_true(count == 2 && numbers[0] == 3);
    config = mixed_of(back);
    assert_string_equal(config->rate_kind.kind->name, "l2");
    denoise__config_free(&mixed_kind, config);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void mixtures_are_checked(void **state)
{
    (void)state;
    denoise_params *params = fresh();
    denoise_params_set_text(params, "rate", "no_penalty");
    expect_refused(params, DENOISE_ERR_NAME, "mixed: rate: ");
    denoise_params_set_text(params = fresh(), "rate", "None");
    expect_refused(params, DENOISE_ERR_INVALID, "mixed: rate is None, expected a number");
    denoise_params_set_double(params = fresh(), "rate", 10);
    expect_refused(params, DENOISE_ERR_RANGE, "rate is 10, expected 0 <= rate <= 9");
    denoise_params_set_doubles(params = fresh(), "some", (const double[]){1, 10.5}, 2);
    expect_refused(params, DENOISE_ERR_RANGE, "some is 10.5, expected 0 <= some <= 10");
    denoise_params_set_doubles(params = fresh(), "some", (const double[]){(double)NAN}, 1);
    expect_refused(params, DENOISE_ERR_RANGE, "expected a finite number");
    denoise_params_set_double(params = fresh(), "some", 1);
    expect_refused(params, DENOISE_ERR_DTYPE, "expected a list of numbers or None");
    denoise_params_set_int(params = fresh(), "axes", 8);
    expect_refused(params, DENOISE_ERR_RANGE, "axes is 8");
    denoise_params_set_doubles(params = fresh(), "axes", (const double[]){1}, 1);
    expect_refused(params, DENOISE_ERR_DTYPE, "axes is a list of numbers, expected a list of whole numbers");
    assert_int_equal(denoise_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(missing_and_unknown_parameters_are_named),
        cmocka_unit_test(number_types_are_converted_where_nothing_is_lost),
        cmocka_unit_test(wrong_types_are_told),
        cmocka_unit_test(none_needs_a_nullable_parameter),
        cmocka_unit_test(bounds_are_told),
        cmocka_unit_test(texts_are_chosen_and_limited),
        cmocka_unit_test(a_long_text_is_owned),
        cmocka_unit_test(a_kind_is_given_by_text_or_by_parts),
        cmocka_unit_test(a_configuration_gives_its_parameters_back),
        cmocka_unit_test(a_kind_without_parameters_has_no_configuration),
        cmocka_unit_test(a_field_is_read_by_its_name),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_number_may_be_a_kind),
        cmocka_unit_test(mixtures_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
