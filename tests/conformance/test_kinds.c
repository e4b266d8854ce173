/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of every registry: it tells about itself, can be made by its names, and refuses what its table says. */
#include "support/test_kinds.h"
#include "conformance/kinds.h"
#include "core/kind.h"
#include "support/failing_alloc.h"
#include <math.h>
#include <string.h>

typedef void (*kind_check)(const char *noun, const char *name, int64_t index);

static void for_every_kind(kind_check check)
{
    for (int i = 0; noun_at(i) != NULL; i++) {
        assert_non_null(denoise_kind_name(noun_at(i), 0));
        for (int64_t k = 0; denoise_kind_name(noun_at(i), k) != NULL; k++)
            check(noun_at(i), denoise_kind_name(noun_at(i), k), k);
    }
}

static bool is_one_line(const char *text)
{
    return text != NULL && text[0] != '\0' && strchr(text, '\n') == NULL;
}

static void check_description(const char *noun, const char *name, int64_t index)
{
    denoise_param_info info;
    if (!is_one_line(denoise_kind_doc(noun, index)) || !is_one_line(denoise_kind_class_name(noun, index))) {
        fail_msg("%s %s has no doc or class name", noun, name);
    }
    for (int64_t i = 0; i < index; i++)
        if (strcmp(denoise_kind_name(noun, i), name) == 0) fail_msg("%s %s is there twice", noun, name);
    for (int64_t i = 0; param_at(&info, noun, name, i); i++) {
        if (!is_one_line(info.doc) || !is_one_line(info.name)) fail_msg("%s %s: parameter %ld has no doc", noun, name, (long)i);
        if (info.type < DENOISE_PARAM_BOOL || info.type > DENOISE_PARAM_DOUBLES) fail_msg("%s %s: %s", noun, name, info.name);
        if (!isnan(info.minimum) && !isnan(info.maximum)) assert_true(info.minimum < info.maximum);
    }
}

static void every_kind_describes_itself(void **state)
{
    (void)state;
    for_every_kind(check_description);
    for (int i = 0; noun_at(i) != NULL; i++) {
        assert_null(denoise_kind_name(noun_at(i), -1));
        assert_null(denoise_kind_class_name(noun_at(i), INT64_MAX));
        assert_null(denoise_kind_doc(noun_at(i), INT64_MIN));
    }
    assert_null(denoise_kind_name("planet", 0));
}

static void expect_made(const char *noun, const char *name, const denoise_params *params)
{
    object made;
    if (object_make(&made, noun, name, params) != DENOISE_OK) fail_msg("%s %s: %s", noun, name, denoise_last_error());
    assert_non_null(made.pointer);
    object_free(&made);
}

static void check_names(const char *noun, const char *name, int64_t index)
{
    denoise_params *params = fitting_params(noun, name);
    expect_made(noun, name, params);
    expect_made(noun, denoise_kind_class_name(noun, index), params);
    if (denoise_params_count(params) == 0) expect_made(noun, name, NULL);
    denoise_params_free(params);
}

static void every_kind_is_made_by_its_names(void **state)
{
    (void)state;
    for_every_kind(check_names);
    for (int i = 0; noun_at(i) != NULL; i++) {
        object made;
        ASSERT_FAILS(object_make(&made, noun_at(i), "no_such_kind", NULL), DENOISE_ERR_NAME, "no_such_kind");
        assert_null(made.pointer);
        ASSERT_FAILS(object_make(&made, noun_at(i), "", NULL), DENOISE_ERR_NAME, "");
        assert_null(made.pointer);
    }
}

/* The kind refuses the parameters with this code and a message that has the parameter's name. */
static void expect_refused(const char *noun, const char *name, const denoise_params *params, denoise_status code,
                           const char *param)
{
    object made;
    denoise_status status = object_make(&made, noun, name, params);
    if (status != code || strstr(denoise_last_error(), param) == NULL) {
        fail_msg("%s %s, parameter %s: %s, \"%s\", expected %s", noun, name, param, denoise_status_name(status),
                 status == DENOISE_OK ? "" : denoise_last_error(), denoise_status_name(code));
    }
    assert_null(made.pointer);
    assert_int_equal(denoise_last_status(), code);
}

static void check_unknown(const char *noun, const char *name, int64_t index)
{
    (void)index;
    denoise_params *params = fitting_params(noun, name);
    ASSERT_OK(denoise_params_set_int(params, "no_such_parameter", 1));
    expect_refused(noun, name, params, DENOISE_ERR_NAME, "no_such_parameter");
    denoise_params_free(params);
}

static void unknown_parameters_are_refused(void **state)
{
    (void)state;
    for_every_kind(check_unknown);
}

static void set_number(denoise_params *params, const denoise_param_info *info, double number)
{
    int64_t whole = info->type != DENOISE_PARAM_DOUBLE && fabs(number) < 0x1p62 ? (int64_t)number : 0;
    if (info->type == DENOISE_PARAM_DOUBLE) ASSERT_OK(denoise_params_set_double(params, info->name, number));
    if (info->type == DENOISE_PARAM_INT) ASSERT_OK(denoise_params_set_int(params, info->name, whole));
    if (info->type == DENOISE_PARAM_INTS) ASSERT_OK(denoise_params_set_ints(params, info->name, &whole, 1));
    if (info->type == DENOISE_PARAM_DOUBLES) ASSERT_OK(denoise_params_set_doubles(params, info->name, &number, 1));
}

static void expect_out_of_bounds(const char *noun, const char *name, const denoise_param_info *info, double number)
{
    denoise_params *params = fitting_params(noun, name);
    set_number(params, info, number);
    expect_refused(noun, name, params, DENOISE_ERR_RANGE, info->name);
    denoise_params_free(params);
}

static void check_bounds(const char *noun, const char *name, int64_t index)
{
    (void)index;
    denoise_param_info info;
    for (int64_t i = 0; param_at(&info, noun, name, i); i++) {
        /* -1 is None of a whole number that may be None */
        double below = info.minimum == 0.0 && info.nullable && info.type == DENOISE_PARAM_INT ? 2.0 : 1.0;
        if (!isnan(info.minimum)) expect_out_of_bounds(noun, name, &info, info.minimum - below);
        if (!isnan(info.maximum)) expect_out_of_bounds(noun, name, &info, info.maximum + fmax(1.0, info.maximum));
        if (info.type == DENOISE_PARAM_DOUBLE || info.type == DENOISE_PARAM_DOUBLES) {
            expect_out_of_bounds(noun, name, &info, NAN);
            expect_out_of_bounds(noun, name, &info, INFINITY);
        }
    }
}

static void values_out_of_bounds_are_refused(void **state)
{
    (void)state;
    for_every_kind(check_bounds);
}

/* Gives the parameter a value of this type. */
static void set_of_type(denoise_params *params, const char *key, int32_t type)
{
    const int64_t ints[] = {1, 2};
    if (type == DENOISE_PARAM_BOOL) ASSERT_OK(denoise_params_set_bool(params, key, 1));
    if (type == DENOISE_PARAM_INT) ASSERT_OK(denoise_params_set_int(params, key, 7));
    if (type == DENOISE_PARAM_DOUBLE) ASSERT_OK(denoise_params_set_double(params, key, 1.5));
    if (type == DENOISE_PARAM_TEXT) ASSERT_OK(denoise_params_set_text(params, key, "text"));
    if (type == DENOISE_PARAM_INTS) ASSERT_OK(denoise_params_set_ints(params, key, ints, 2));
    if (type == DENOISE_PARAM_KIND) ASSERT_OK(denoise_params_set_kind(params, key, "relu", NULL));
    if (type == DENOISE_PARAM_DOUBLES) ASSERT_OK(denoise_params_set_doubles(params, key, (const double[]){0.5}, 1));
}

/* Whether a whole number is a list of one. */
static bool takes_one(const char *noun, const char *name, const char *param)
{
    for (const denoise__registry *const *at = denoise__registries; *at != NULL; at++) {
        const denoise__kind *kind = strcmp((*at)->noun, noun) == 0 ? denoise__registry_find(*at, name) : NULL;
        for (int32_t i = 0; kind != NULL && i < kind->param_count; i++)
            if (strcmp(kind->params[i].name, param) == 0) return (kind->params[i].flags & DENOISE__OR_INT) != 0;
    }
    return false;
}

/* The conversions that denoise/params.h promises. */
static bool takes_type(const char *noun, const char *name, const denoise_param_info *info, int32_t given)
{
    int32_t expected = info->type;
    if (expected == DENOISE_PARAM_DOUBLE && given == DENOISE_PARAM_INT) return true;
    if (expected == DENOISE_PARAM_KIND && given == DENOISE_PARAM_TEXT) return true;
    if (expected == DENOISE_PARAM_DOUBLES && given == DENOISE_PARAM_INTS) return true;
    if (expected == DENOISE_PARAM_INTS && given == DENOISE_PARAM_INT) return takes_one(noun, name, info->name);
    return expected == given;
}

/* A number that may be a kind instead: what is given is none of its noun. */
static bool is_looked_up(const denoise_param_info *info, int32_t given)
{
    bool is_name = given == DENOISE_PARAM_TEXT || given == DENOISE_PARAM_KIND;
    return info->type == DENOISE_PARAM_DOUBLE && info->noun != NULL && is_name;
}

static void check_types(const char *noun, const char *name, int64_t index)
{
    (void)index;
    denoise_param_info info;
    for (int64_t i = 0; param_at(&info, noun, name, i); i++) {
        for (int32_t type = DENOISE_PARAM_BOOL; type <= DENOISE_PARAM_DOUBLES; type++) {
            if (takes_type(noun, name, &info, type)) continue;
            denoise_params *params = fitting_params(noun, name);
            set_of_type(params, info.name, type);
            denoise_status wanted = is_looked_up(&info, type) ? DENOISE_ERR_NAME : DENOISE_ERR_DTYPE;
            expect_refused(noun, name, params, wanted, info.name);
            denoise_params_free(params);
        }
    }
}

static void values_of_another_type_are_refused(void **state)
{
    (void)state;
    for_every_kind(check_types);
}

static void check_none(const char *noun, const char *name, int64_t index)
{
    (void)index;
    denoise_param_info info;
    for (int64_t i = 0; param_at(&info, noun, name, i); i++) {
        if (info.nullable) continue;
        denoise_params *params = fitting_params(noun, name);
        ASSERT_OK(denoise_params_set_none(params, info.name));
        expect_refused(noun, name, params, DENOISE_ERR_INVALID, info.name);
        denoise_params_free(params);
    }
}

static void none_is_refused_where_it_has_no_meaning(void **state)
{
    (void)state;
    for_every_kind(check_none);
}

/* All that must be given but the parameter at `missing`. */
static void check_missing(const char *noun, const char *name, int64_t index)
{
    (void)index;
    denoise_param_info info, left_out;
    for (int64_t missing = 0; param_at(&left_out, noun, name, missing); missing++) {
        if (left_out.default_text != NULL) continue;
        denoise_params *params;
        ASSERT_OK(denoise_params_new(&params));
        for (int64_t i = 0; param_at(&info, noun, name, i); i++)
            if (info.default_text == NULL && i != missing) set_fitting(params, &info);
        expect_refused(noun, name, params, DENOISE_ERR_INVALID, left_out.name);
        denoise_params_free(params);
    }
}

static void missing_parameters_are_named(void **state)
{
    (void)state;
    for_every_kind(check_missing);
}

static void check_allocations(const char *noun, const char *name, int64_t index)
{
    (void)index;
    denoise_params *params = fitting_params(noun, name);
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (int64_t nth = 1;; nth++) {
            object made;
            int64_t before = failing_alloc_live();
            failing_alloc_arm(nth, for_ever != 0);
            denoise_status status = object_make(&made, noun, name, params);
            bool failed = failing_alloc_disarm();
            if (status != (failed ? DENOISE_ERR_NOMEM : DENOISE_OK) || failed != (made.pointer == NULL)) {
                fail_msg("%s %s, allocation %ld: %s", noun, name, (long)nth, denoise_status_name(status));
            }
            object_free(&made);
            if (failing_alloc_live() != before) fail_msg("%s %s, allocation %ld leaks", noun, name, (long)nth);
            if (!failed) break;
        }
    }
    denoise_params_free(params);
}

static void creation_survives_every_failing_allocation(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    for_every_kind(check_allocations);
    failing_alloc_remove();
}

/* Kinds that layers hold are compared as parameters of their layers. */
static void check_round_trip(const char *noun, const char *name, int64_t index)
{
    (void)index;
    object made;
    if (strcmp(noun, "layer") != 0 && strcmp(noun, "activation") != 0 && strcmp(noun, "initializer") != 0 &&
        strcmp(noun, "regularizer") != 0 && strcmp(noun, "constraint") != 0) {
        return;
    }
    denoise_params *given = fitting_params(noun, name), *first, *second;
    ASSERT_OK(object_make(&made, noun, name, given));
    denoise_layer *layer = made.pointer, *again;
    ASSERT_OK(denoise_layer_params(&first, layer));
    ASSERT_OK(denoise_layer_create(&again, denoise_layer_class_name(layer), first));
    ASSERT_OK(denoise_layer_params(&second, again));
    if (!params_equal(first, second)) fail_msg("%s %s: parameters change on the way round", noun, name);
    if (strcmp(noun, "layer") == 0) {
        denoise_param_info info;
        for (int64_t i = 0; param_at(&info, noun, name, i); i++)
            if (denoise_params_type(first, info.name) < 0) fail_msg("%s %s: %s is not told", noun, name, info.name);
    }
    denoise_layer_free(again);
    object_free(&made);
    denoise_params_free(given);
    denoise_params_free(first);
    denoise_params_free(second);
}

/* Objects that tell their parameters. */
static denoise_params *params_of(const object *made)
{
    denoise_params *params = NULL;
    if (strcmp(made->noun, "schedule") == 0) ASSERT_OK(denoise_schedule_params(&params, made->pointer));
    if (strcmp(made->noun, "optimizer") == 0) ASSERT_OK(denoise_optimizer_params(&params, made->pointer));
    return params;
}

static void check_objects_round_trip(const char *noun, const char *name, int64_t index)
{
    (void)index;
    object made, again;
    denoise_param_info info;
    denoise_params *given = fitting_params(noun, name);
    ASSERT_OK(object_make(&made, noun, name, given));
    denoise_params *first = params_of(&made);
    if (first != NULL) {
        ASSERT_OK(object_make(&again, noun, name, first));
        denoise_params *second = params_of(&again);
        if (!params_equal(first, second)) fail_msg("%s %s: parameters change on the way round", noun, name);
        for (int64_t i = 0; param_at(&info, noun, name, i); i++)
            if (denoise_params_type(first, info.name) < 0) fail_msg("%s %s: %s is not told", noun, name, info.name);
        denoise_params_free(second);
        object_free(&again);
    }
    object_free(&made);
    denoise_params_free(first);
    denoise_params_free(given);
}

static void parameters_survive_the_round_trip(void **state)
{
    (void)state;
    for_every_kind(check_round_trip);
    for_every_kind(check_objects_round_trip);
}

int main(void)
{
    test_kinds_add();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_describes_itself),        cmocka_unit_test(every_kind_is_made_by_its_names),
        cmocka_unit_test(unknown_parameters_are_refused),     cmocka_unit_test(values_out_of_bounds_are_refused),
        cmocka_unit_test(values_of_another_type_are_refused), cmocka_unit_test(none_is_refused_where_it_has_no_meaning),
        cmocka_unit_test(missing_parameters_are_named),       cmocka_unit_test(creation_survives_every_failing_allocation),
        cmocka_unit_test(parameters_survive_the_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
