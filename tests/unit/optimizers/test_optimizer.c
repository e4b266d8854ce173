/* SPDX-License-Identifier: Apache-2.0 */
/* Making optimizers: by name, by constructor, with bad parameters, and when memory runs out. */
#include "support/cmocka_test.h"

#include "optimizers/optimizer.h"
#include "support/failing_alloc.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void optimizers_are_found_under_all_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *kind;
        double rate;
        int slots;
    } names[] = {
        {"sgd", "sgd", 0.01, 0},          {"SGD", "sgd", 0.01, 0},      {"rmsprop", "rmsprop", 0.001, 1},
        {"RMSprop", "rmsprop", 0.001, 1}, {"adam", "adam", 0.001, 2},   {"Adam", "adam", 0.001, 2},
        {"adamw", "adamw", 0.001, 2},     {"AdamW", "adamw", 0.001, 2}, {"adam_w", "adamw", 0.001, 2},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        denoise_optimizer *optimizer;
        assert_int_equal(denoise_optimizer_create(&optimizer, names[i].name, NULL), DENOISE_OK);
        assert_string_equal(optimizer->part.kind->name, names[i].kind);
        assert_true(denoise_optimizer_learning_rate(optimizer) == names[i].rate);
        assert_int_equal(denoise_optimizer_iterations(optimizer), 0);
        assert_int_equal(optimizer->slot_count, names[i].slots);
        assert_int_equal(denoise__optimizer_variable_count(optimizer), 2);
        assert_int_equal(denoise_optimizer_status(optimizer), DENOISE_OK);
        assert_string_equal(denoise_optimizer_error(optimizer), "");
        denoise_optimizer_free(optimizer);
    }
}

/* Keras' names and order of the variables that belong to a weight. */
static void slots_have_keras_names(void **state)
{
    (void)state;
    denoise_rmsprop_options options = DENOISE_RMSPROP_OPTIONS_INIT;
    static const char *const names[4][3] = {
        {"velocity"}, {"velocity", "momentum"}, {"velocity", "average_gradient"}, {"velocity", "momentum", "average_gradient"}};
    for (int form = 0; form < 4; form++) {
        options.momentum = form & 1 ? 0.5 : 0;
        options.centered = form & 2 ? 1 : 0;
        denoise_optimizer *optimizer = denoise_optimizer_rmsprop(&options);
        assert_int_equal(optimizer->slot_count, 1 + (form & 1) + (form >> 1));
        for (int32_t s = 0; s < optimizer->slot_count; s++)
            assert_string_equal(denoise__optimizer_kind_of(optimizer)->slot_name(optimizer->part.config, s), names[form][s]);
        denoise_optimizer_free(optimizer);
    }
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    assert_string_equal(denoise__optimizer_kind_of(optimizer)->slot_name(optimizer->part.config, 0), "momentum");
    assert_string_equal(denoise__optimizer_kind_of(optimizer)->slot_name(optimizer->part.config, 1), "velocity");
    denoise_optimizer_free(optimizer);
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    sgd.momentum = 0.9;
    optimizer = denoise_optimizer_sgd(&sgd);
    assert_int_equal(optimizer->slot_count, 1);
    assert_string_equal(denoise__optimizer_kind_of(optimizer)->slot_name(optimizer->part.config, 0), "momentum");
    denoise_optimizer_free(optimizer);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    denoise_optimizer *optimizer = (denoise_optimizer *)(void *)&optimizer;
    assert_int_equal(denoise_optimizer_create(NULL, "adam", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_optimizer_create(&optimizer, NULL, NULL), DENOISE_ERR_NULL);
    assert_null(optimizer);
    assert_int_equal(denoise_optimizer_create(&optimizer, "adamant", NULL), DENOISE_ERR_NAME);
    assert_non_null(strstr(denoise_last_error(), "adamant"));
    assert_non_null(strstr(denoise_last_error(), "rmsprop"));
    static const struct {
        const char *kind, *key;
        double value;
        denoise_status status;
    } bad[] = {
        {"sgd", "learning_rate", -1, DENOISE_ERR_RANGE},   {"sgd", "momentum", 1.5, DENOISE_ERR_RANGE},
        {"sgd", "momentum", -0.5, DENOISE_ERR_RANGE},      {"sgd", "beta_1", 0.5, DENOISE_ERR_NAME},
        {"sgd", "weight_decay", -0.1, DENOISE_ERR_RANGE},  {"rmsprop", "rho", 1.1, DENOISE_ERR_RANGE},
        {"rmsprop", "epsilon", -1, DENOISE_ERR_RANGE},     {"adam", "beta_1", 1, DENOISE_ERR_RANGE},
        {"adam", "beta_2", 1, DENOISE_ERR_RANGE},          {"adam", "epsilon", -1, DENOISE_ERR_RANGE},
        {"adam", "learning_rate", NAN, DENOISE_ERR_RANGE}, {"adamw", "learning_rate", INFINITY, DENOISE_ERR_RANGE},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        denoise_params *params;
        assert_int_equal(denoise_params_new(&params), DENOISE_OK);
        denoise_params_set_double(params, bad[i].key, bad[i].value);
        denoise_status status = denoise_optimizer_create(&optimizer, bad[i].kind, params);
        if (status != bad[i].status || strstr(denoise_last_error(), bad[i].key) == NULL ||
            strstr(denoise_last_error(), bad[i].kind) == NULL)
            fail_msg("%s %s: %d %s", bad[i].kind, bad[i].key, (int)status, denoise_last_error());
        assert_null(optimizer);
        denoise_params_free(params);
    }
}

static void expect_inert(denoise_optimizer *optimizer, denoise_status status, const char *message)
{
    assert_non_null(optimizer);
    assert_int_equal(denoise_optimizer_status(optimizer), status);
    if (strstr(denoise_optimizer_error(optimizer), message) == NULL) fail_msg("%s", denoise_optimizer_error(optimizer));
    assert_true(isnan(denoise_optimizer_learning_rate(optimizer)));
    assert_int_equal(denoise_optimizer_set_learning_rate(optimizer, 1), status);
    assert_string_equal(denoise_last_error(), denoise_optimizer_error(optimizer));
    denoise_optimizer_free(optimizer);
}

static void options_begin_with_keras_defaults(void **state)
{
    (void)state;
    denoise_sgd_options sgd, sgd_macro = DENOISE_SGD_OPTIONS_INIT;
    denoise_rmsprop_options rmsprop, rmsprop_macro = DENOISE_RMSPROP_OPTIONS_INIT;
    denoise_adam_options adam, adam_macro = DENOISE_ADAM_OPTIONS_INIT, adamw_macro = DENOISE_ADAMW_OPTIONS_INIT;
    denoise_sgd_options_init(&sgd);
    assert_true(sgd.struct_size == sgd_macro.struct_size && sgd.learning_rate == 0.01 && sgd.momentum == 0);
    assert_true(isnan(sgd.weight_decay) && sgd.nesterov == 0);
    denoise_rmsprop_options_init(&rmsprop);
    assert_true(rmsprop.struct_size == rmsprop_macro.struct_size && rmsprop.learning_rate == 0.001 && rmsprop.rho == 0.9);
    assert_true(rmsprop.momentum == 0 && rmsprop.epsilon == 1e-7 && isnan(rmsprop.weight_decay) && rmsprop.centered == 0);
    denoise_adam_options_init(&adam);
    assert_true(adam.struct_size == adam_macro.struct_size && adam.learning_rate == 0.001 && adam.beta_1 == 0.9);
    assert_true(adam.beta_2 == 0.999 && adam.epsilon == 1e-7 && isnan(adam.weight_decay));
    denoise_adamw_options_init(&adam);
    assert_true(adam.struct_size == adamw_macro.struct_size && adam.weight_decay == 0.004);
    denoise_sgd_options_init(NULL);
    denoise_rmsprop_options_init(NULL);
    denoise_adam_options_init(NULL);
    denoise_adamw_options_init(NULL);
}

static void constructors_check_their_options(void **state)
{
    (void)state;
    struct {
        denoise_sgd_options sgd;
        int64_t more;
    } newer = {DENOISE_SGD_OPTIONS_INIT, 0};
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    newer.sgd.struct_size = sizeof newer;
    newer.sgd.learning_rate = 0.5;
    denoise_optimizer *optimizer = denoise_optimizer_sgd(&newer.sgd);
    assert_int_equal(denoise_optimizer_status(optimizer), DENOISE_OK);
    assert_true(denoise_optimizer_learning_rate(optimizer) == 0.5);
    denoise_optimizer_free(optimizer);
    sgd.struct_size = 0;
    expect_inert(denoise_optimizer_sgd(&sgd), DENOISE_ERR_INVALID, "sgd options: struct_size is 0");
    sgd = (denoise_sgd_options)DENOISE_SGD_OPTIONS_INIT;
    sgd.momentum = NAN;
    expect_inert(denoise_optimizer_sgd(&sgd), DENOISE_ERR_RANGE, "momentum");

    denoise_rmsprop_options rmsprop = DENOISE_RMSPROP_OPTIONS_INIT;
    rmsprop.rho = -1;
    expect_inert(denoise_optimizer_rmsprop(&rmsprop), DENOISE_ERR_RANGE, "rmsprop: rho is -1");
    rmsprop.struct_size = 8;
    expect_inert(denoise_optimizer_rmsprop(&rmsprop), DENOISE_ERR_INVALID, "rmsprop options: struct_size is 8");

    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    adam.beta_1 = 1;
    expect_inert(denoise_optimizer_adam(&adam), DENOISE_ERR_RANGE, "adam: beta_1 is 1");
    adam.struct_size = 1;
    expect_inert(denoise_optimizer_adam(&adam), DENOISE_ERR_INVALID, "adam options: struct_size is 1");
    expect_inert(denoise_optimizer_adamw(&adam), DENOISE_ERR_INVALID, "adamw options: struct_size is 1");
    adam = (denoise_adam_options)DENOISE_ADAM_OPTIONS_INIT;
    expect_inert(denoise_optimizer_adamw(&adam), DENOISE_ERR_INVALID, "adamw: weight_decay is None");
    optimizer = denoise_optimizer_adamw(NULL);
    assert_int_equal(denoise_optimizer_status(optimizer), DENOISE_OK);
    denoise_optimizer_free(optimizer);
    optimizer = denoise_optimizer_rmsprop(NULL);
    assert_int_equal(denoise_optimizer_status(optimizer), DENOISE_OK);
    denoise_optimizer_free(optimizer);
}

static void learning_rate_can_be_changed(void **state)
{
    (void)state;
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    assert_int_equal(denoise_optimizer_set_learning_rate(optimizer, 0.25), DENOISE_OK);
    assert_true(denoise_optimizer_learning_rate(optimizer) == 0.25);
    const double bad[] = {-1, NAN, INFINITY};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(denoise_optimizer_set_learning_rate(optimizer, bad[i]), DENOISE_ERR_RANGE);
        assert_non_null(strstr(denoise_last_error(), "adam: learning_rate is "));
        assert_true(denoise_optimizer_learning_rate(optimizer) == 0.25);
    }
    denoise_optimizer_free(optimizer);
}

static void null_is_answered(void **state)
{
    (void)state;
    denoise_optimizer_free(NULL);
    assert_int_equal(denoise_optimizer_status(NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise_optimizer_error(NULL), denoise_status_text(DENOISE_ERR_NULL));
    assert_true(isnan(denoise_optimizer_learning_rate(NULL)));
    assert_int_equal(denoise_optimizer_set_learning_rate(NULL, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_optimizer_iterations(NULL), -1);
}

static void an_adopted_optimizer_belongs_to_its_owner(void **state)
{
    (void)state;
    int owner;
    denoise_optimizer *optimizer = denoise_optimizer_sgd(NULL);
    assert_int_equal(denoise__part_adopt(&optimizer->part, &owner), DENOISE_OK);
    denoise_optimizer_free(optimizer);
    assert_int_equal(denoise_optimizer_iterations(optimizer), 0);
    denoise__optimizer_release(optimizer);
}

static denoise_status build(denoise_optimizer *optimizer, const int64_t *sizes, int64_t count)
{
    denoise__variable shapes[3] = {0};
    const denoise__variable *weights[3];
    for (int64_t i = 0; i < count; i++) {
        shapes[i] = (denoise__variable){.rank = 1, .dim = {sizes[i]}, .count = sizes[i]};
        weights[i] = &shapes[i];
    }
    return denoise__optimizer_build(optimizer, weights, count);
}

static void build_fixes_the_sizes(void **state)
{
    (void)state;
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    const int64_t sizes[3] = {5, 0, 7}, other[3] = {5, 1, 7};
    assert_int_equal(build(optimizer, sizes, 3), DENOISE_OK);
    assert_int_equal(denoise__optimizer_variable_count(optimizer), 2 + 2 * 12);
    for (int i = 0; i < 6; i++)
        assert_int_equal((uintptr_t)optimizer->slots[i].values % 64, 0);
    assert_int_equal(build(optimizer, sizes, 3), DENOISE_OK);
    assert_int_equal(build(optimizer, sizes, 2), DENOISE_ERR_SHAPE);
    assert_non_null(strstr(denoise_last_error(), "adam: 2 weights given, expected the 3 of the first step"));
    assert_int_equal(build(optimizer, other, 3), DENOISE_ERR_SHAPE);
    assert_non_null(strstr(denoise_last_error(), "weight 1 has 1 elements, expected the 0 of the first step"));
    denoise_optimizer_free(optimizer);

    const int64_t huge[1] = {INT64_MAX / 2};
    optimizer = denoise_optimizer_adam(NULL);
    assert_int_equal(build(optimizer, huge, 1), DENOISE_ERR_NOMEM);
    assert_int_equal(build(optimizer, sizes, 3), DENOISE_OK); /* as if nothing had been */
    denoise_optimizer_free(optimizer);
}

static void slots_have_the_shapes_of_their_weights(void **state)
{
    (void)state;
    denoise__variable kernel = {.name = "kernel", .role = DENOISE__VARIABLE_WEIGHT, .rank = 2, .dim = {3, 4}, .count = 12};
    denoise__variable scale = {.name = "scale", .role = DENOISE__VARIABLE_WEIGHT, .rank = 0, .count = 1};
    const denoise__variable *weights[] = {&kernel, &scale};
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    assert_int_equal(denoise__optimizer_build(optimizer, weights, 2), DENOISE_OK);
    for (int64_t i = 0; i < 2; i++)
        for (int32_t s = 0; s < 2; s++) {
            const denoise__variable *slot = denoise__optimizer_slot(optimizer, i, s);
            assert_string_equal(slot->name, s == 0 ? "momentum" : "velocity");
            assert_int_equal(slot->role, DENOISE__VARIABLE_SLOT);
            assert_int_equal(slot->dtype, DENOISE_FLOAT32);
            assert_int_equal(slot->rank, weights[i]->rank);
            assert_memory_equal(slot->dim, weights[i]->dim, sizeof slot->dim);
            assert_int_equal(slot->count, weights[i]->count);
        }
    float *at[DENOISE__MAX_SLOTS];
    denoise__optimizer_slots_at(optimizer, 0, 5, at);
    assert_ptr_equal(at[1], (float *)denoise__optimizer_slot(optimizer, 0, 1)->values + 5);
    assert_null(at[2]);
    denoise_optimizer_free(optimizer);
}

/* What a visit hands over: paths, and the sum of what is there. */
typedef struct walk {
    char paths[1024];
    double sum;
    double iterations, rate; /* reading: values to be given */
    float slots;
    int fail_at; /* the visit that fails, from 1; 0: none */
    int visits;
} walk;

static denoise_status look(void *context, const char *path, denoise__variable *variable)
{
    walk *w = context;
    size_t length = strlen(w->paths);
    (void)snprintf(w->paths + length, sizeof w->paths - length, "%s\n", path);
    for (int64_t i = 0; variable->dtype == DENOISE_FLOAT32 && i < variable->count; i++)
        w->sum += (double)((const float *)variable->values)[i];
    return ++w->visits == w->fail_at ? denoise__fail(DENOISE_ERR_IO, "the disk is full") : DENOISE_OK;
}

static denoise_status put(void *context, const char *path, denoise__variable *variable)
{
    walk *w = context;
    (void)path;
    if (variable->dtype == DENOISE_INT64) *(int64_t *)variable->values = (int64_t)w->iterations;
    if (variable->dtype == DENOISE_FLOAT64) *(double *)variable->values = w->rate;
    for (int64_t i = 0; variable->dtype == DENOISE_FLOAT32 && i < variable->count; i++)
        ((float *)variable->values)[i] = w->slots;
    return DENOISE_OK;
}

static void expect_paths(denoise_optimizer *optimizer, const char *paths)
{
    walk w = {0};
    const int64_t sizes[2] = {2, 3};
    assert_int_equal(build(optimizer, sizes, 2), DENOISE_OK);
    assert_int_equal(denoise__optimizer_visit(optimizer, "optimizer", &(denoise__visitor){.variable = look, .context = &w}),
                     DENOISE_OK);
    assert_string_equal(w.paths, paths);
    denoise_optimizer_free(optimizer);
}

/* As optimizer.variables of Keras 3.15.1 lists them. */
static void variables_come_in_keras_order(void **state)
{
    (void)state;
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    denoise_rmsprop_options rmsprop = DENOISE_RMSPROP_OPTIONS_INIT;
    expect_paths(denoise_optimizer_sgd(NULL), "optimizer/iterations\noptimizer/learning_rate\n");
    sgd.momentum = 0.9;
    expect_paths(denoise_optimizer_sgd(&sgd), "optimizer/iterations\noptimizer/learning_rate\n"
                                              "optimizer/0/momentum\noptimizer/1/momentum\n");
    expect_paths(denoise_optimizer_adam(NULL), "optimizer/iterations\noptimizer/learning_rate\n"
                                               "optimizer/0/momentum\noptimizer/0/velocity\n"
                                               "optimizer/1/momentum\noptimizer/1/velocity\n");
    rmsprop.momentum = 0.5;
    rmsprop.centered = 1;
    expect_paths(denoise_optimizer_rmsprop(&rmsprop), "optimizer/iterations\noptimizer/learning_rate\n"
                                                      "optimizer/0/velocity\noptimizer/1/velocity\n"
                                                      "optimizer/0/momentum\noptimizer/1/momentum\n"
                                                      "optimizer/0/average_gradient\noptimizer/1/average_gradient\n");
}

static void a_visit_reads_and_writes(void **state)
{
    (void)state;
    const int64_t sizes[2] = {2, 3};
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    walk w = {.iterations = 12, .rate = 0.25, .slots = 0.5f};
    denoise__visitor reading = {.variable = put, .context = &w, .is_reading = true},
                     writing = {.variable = look, .context = &w};
    assert_int_equal(build(optimizer, sizes, 2), DENOISE_OK);
    uint64_t version = denoise__optimizer_slot(optimizer, 1, 1)->version;
    assert_false(optimizer->needs_trial);
    assert_int_equal(denoise__optimizer_visit(optimizer, NULL, &reading), DENOISE_OK);
    assert_int_equal(denoise_optimizer_iterations(optimizer), 12);
    assert_true(denoise_optimizer_learning_rate(optimizer) == 0.25);
    assert_true(denoise__optimizer_slot(optimizer, 1, 1)->version > version);
    assert_true(optimizer->needs_trial); /* nobody has looked at these numbers */
    assert_int_equal(denoise__optimizer_visit(optimizer, "", &writing), DENOISE_OK);
    assert_true(w.sum == 5.0);
    assert_non_null(strstr(w.paths, "iterations\nlearning_rate\n0/momentum\n"));

    static const struct {
        double iterations, rate;
    } bad[] = {{-1, 0.5}, {(double)INT64_MIN, 0.5}, {3, -0.5}, {3, NAN}, {3, INFINITY}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        w.iterations = bad[i].iterations;
        w.rate = bad[i].rate;
        assert_int_equal(denoise__optimizer_visit(optimizer, NULL, &reading), DENOISE_ERR_RANGE);
        assert_int_equal(denoise_optimizer_iterations(optimizer), 12);
        assert_true(denoise_optimizer_learning_rate(optimizer) == 0.25);
    }
    for (int n = 1; n <= 6; n++) {
        walk failing = {.fail_at = n};
        writing.context = &failing;
        assert_int_equal(denoise__optimizer_visit(optimizer, "optimizer", &writing), DENOISE_ERR_IO);
        assert_int_equal(failing.visits, n);
    }
    denoise_optimizer_free(optimizer);
}

static void home_of_slots(void *context)
{
    denoise__variable *slot = context;
    *(float *)slot->values = 7;
}

static void newer_slots_are_brought_home(void **state)
{
    (void)state;
    const int64_t sizes[2] = {1, 1};
    walk w = {0};
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    assert_int_equal(build(optimizer, sizes, 2), DENOISE_OK);
    for (int i = 0; i < 4; i++)
        optimizer->slots[i].home = (denoise__home){home_of_slots, &optimizer->slots[i]};
    denoise__optimizer_bring_home(optimizer);
    for (int i = 0; i < 4; i++) {
        assert_null(optimizer->slots[i].home.bring);
        assert_true(*(float *)optimizer->slots[i].values == 7);
        *(float *)optimizer->slots[i].values = 0;
        optimizer->slots[i].home = (denoise__home){home_of_slots, &optimizer->slots[i]};
    }
    assert_int_equal(denoise__optimizer_visit(optimizer, NULL, &(denoise__visitor){.variable = look, .context = &w}),
                     DENOISE_OK);
    assert_true(w.sum == 28);
    denoise_optimizer_free(optimizer);
}

static denoise_optimizer *make_plain(void)
{
    return denoise_optimizer_adam(NULL);
}

static denoise_optimizer *make_with_options(void)
{
    denoise_rmsprop_options options = DENOISE_RMSPROP_OPTIONS_INIT;
    options.momentum = 0.5;
    return denoise_optimizer_rmsprop(&options);
}

static denoise_optimizer *make_by_name(void)
{
    denoise_optimizer *optimizer;
    denoise_status status = denoise_optimizer_create(&optimizer, "SGD", NULL);
    if (status == DENOISE_ERR_NOMEM) assert_null(optimizer);
    return optimizer;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    denoise_optimizer *(*const makers[])(void) = {make_plain, make_with_options, make_by_name};
    for (size_t m = 0; m < sizeof makers / sizeof *makers; m++)
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            int64_t before = failing_alloc_live();
            for (int64_t n = 1;; n++) {
                failing_alloc_arm(n, for_ever);
                denoise_optimizer *optimizer = makers[m]();
                bool failed = failing_alloc_disarm();
                if (optimizer != NULL) {
                    assert_int_equal(denoise_optimizer_status(optimizer), failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
                    denoise_optimizer_free(optimizer);
                }
                assert_int_equal(failing_alloc_live(), before);
                if (!failed) break;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizers_are_found_under_all_their_names),
        cmocka_unit_test(slots_have_keras_names),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(options_begin_with_keras_defaults),
        cmocka_unit_test(constructors_check_their_options),
        cmocka_unit_test(learning_rate_can_be_changed),
        cmocka_unit_test(null_is_answered),
        cmocka_unit_test(an_adopted_optimizer_belongs_to_its_owner),
        cmocka_unit_test(build_fixes_the_sizes),
        cmocka_unit_test(slots_have_the_shapes_of_their_weights),
        cmocka_unit_test(variables_come_in_keras_order),
        cmocka_unit_test(a_visit_reads_and_writes),
        cmocka_unit_test(newer_slots_are_brought_home),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, failing_alloc_set_up, failing_alloc_tear_down);
}
