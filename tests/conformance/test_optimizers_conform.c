/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of optimizer, by its defaults and with everything switched on, through denoise_optimizer_apply(). A kind that is
 * added at run time is among them. */
#include "conformance/batches.h"
#include "optimizers/optimizer.h"
#include "support/failing_alloc.h"
#include "support/stage_sets.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* w -= lr m with the running mean m of the gradients. */
typedef struct mean_config {
    denoise__optimizer_config optimizer;
} mean_config;

static int32_t mean_slots(const void *config)
{
    (void)config;
    return 1;
}

static const char *mean_slot_name(const void *config, int32_t slot)
{
    (void)config, (void)slot;
    return "mean";
}

static void mean_coefficients(const void *config, double learning_rate, int64_t step, float *out)
{
    (void)config, (void)step;
    out[0] = (float)learning_rate;
}

static void mean_update(const float *c, float *w, const float *gradient, float *const *slots, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        slots[0][i] += (gradient[i] - slots[0][i]) * 0.5f;
        w[i] -= c[0] * slots[0][i];
    }
}

static double mean_reach(const float *c, double gradient)
{
    return (double)c[0] * gradient + gradient;
}

static const denoise__param mean_params[] = {DENOISE__OPTIMIZER_PARAMS(mean_config, "0.01", "None")};
static const denoise__optimizer_kind mean_kind = {
    .base = {.name = "test_mean",
             .class_name = "TestMean",
             .doc = "steps by the running mean of the gradients",
             .config_size = sizeof(mean_config),
             .params = mean_params,
             .param_count = (int32_t)(sizeof mean_params / sizeof *mean_params)},
    .slot_count = mean_slots,
    .slot_name = mean_slot_name,
    .coefficients = mean_coefficients,
    .update = mean_update,
    .reach = mean_reach,
};

/* Every truth value on, every share that is 0 by default (momentum) at a half. */
static void switch_on(denoise_params *params, const char *kind)
{
    denoise_param_info info;
    for (int64_t i = 0; param_at(&info, "optimizer", kind, i); i++) {
        if (info.type == DENOISE_PARAM_BOOL) ASSERT_OK(denoise_params_set_bool(params, info.name, 1));
        bool share = info.type == DENOISE_PARAM_DOUBLE && info.minimum == 0.0 && info.maximum == 1.0;
        if (share && strcmp(info.default_text, "0.0") == 0) ASSERT_OK(denoise_params_set_double(params, info.name, 0.5));
    }
}

static const stage_set *stages; /* that every optimizer is made with; NULL: none */

/* decay: NAN = the kind's default */
static denoise_optimizer *make(const char *kind, bool all_on, double decay)
{
    denoise_optimizer *optimizer;
    denoise_params *params = fitting_params("optimizer", kind);
    if (all_on) switch_on(params, kind);
    if (stages != NULL) stage_set_params(stages, params);
    if (!isnan(decay)) ASSERT_OK(denoise_params_set_double(params, "weight_decay", decay));
    if (denoise_optimizer_create(&optimizer, kind, params) != DENOISE_OK) fail_msg("%s: %s", kind, denoise_last_error());
    denoise_params_free(params);
    return optimizer;
}

static void for_every_optimizer(void (*check)(const char *kind, bool all_on))
{
    for (int64_t k = 0; denoise_kind_name("optimizer", k) != NULL; k++) {
        check(denoise_kind_name("optimizer", k), false);
        check(denoise_kind_name("optimizer", k), true);
    }
}

/* With each set of stages. */
static void for_every_optimizer_and_stage(void (*check)(const char *kind, bool all_on))
{
    for (stages = stage_sets; stages->name != NULL; stages++)
        for_every_optimizer(check);
    stages = NULL;
}

static denoise_status step_one(denoise_optimizer *optimizer, denoise_tensor *weight, const denoise_tensor *gradient)
{
    return denoise_optimizer_apply(optimizer, &weight, &gradient, 1);
}

/* f(w) = sum c_i w_i^2 / 2 with c_i = 1, 2, 3, 4, 1, ...; its gradient */
static double quadratic(const denoise_tensor *weight, denoise_tensor *gradient)
{
    const float *w = denoise_tensor_const_data(weight);
    float *g = denoise_tensor_data(gradient);
    double sum = 0.0;
    for (int64_t i = 0; i < denoise_tensor_size(weight); i++) {
        float c = (float)(i % 4 + 1);
        g[i] = c * w[i];
        sum += 0.5 * (double)c * (double)w[i] * (double)w[i];
    }
    return sum;
}

static void check_quadratic(const char *kind, bool all_on)
{
    denoise_optimizer *optimizer = make(kind, all_on, NAN);
    denoise_tensor *weight = random_rows(3, 4, 1), *gradient = random_rows(3, 4, 2);
    double start = quadratic(weight, gradient), before = start;
    for (int64_t step = 1; step <= 50; step++) {
        assert_int_equal(denoise_optimizer_iterations(optimizer), step - 1);
        ASSERT_OK(step_one(optimizer, weight, gradient));
        assert_int_equal(denoise_optimizer_iterations(optimizer), step);
        double now = quadratic(weight, gradient);
        if (!(now < before)) fail_msg("%s: step %ld goes from %g to %g", kind, (long)step, before, now);
        before = now;
    }
    if (!(before < 0.99 * start)) fail_msg("%s: 50 steps go from %g to %g only", kind, start, before);
    denoise_tensor_free(weight);
    denoise_tensor_free(gradient);
    denoise_optimizer_free(optimizer);
}

static void a_quadratic_falls_at_every_step(void **state)
{
    (void)state;
    for_every_optimizer(check_quadratic);
}

static void expect_unchanged(const char *kind, const denoise_tensor *weight, uint64_t hash, const char *what)
{
    if (hash_of(weight) != hash) fail_msg("%s: %s changes the weights", kind, what);
}

static void check_rest(const char *kind, bool all_on)
{
    denoise_tensor *weight = random_rows(7, 5, 1), *zero, *gradient = random_rows(7, 5, 2), *old, *shrunk;
    uint64_t hash = hash_of(weight);
    ASSERT_OK(denoise_tensor_new(&zero, DENOISE_FLOAT32, (const int64_t[]){7, 5}, 2));
    denoise_optimizer *optimizer = make(kind, all_on, 0.0);
    ASSERT_OK(step_one(optimizer, weight, zero));
    ASSERT_OK(step_one(optimizer, weight, zero));
    expect_unchanged(kind, weight, hash, "a gradient of zero");
    denoise_optimizer_free(optimizer);

    optimizer = make(kind, all_on, 0.0);
    ASSERT_OK(denoise_optimizer_set_learning_rate(optimizer, 0.0));
    for (int i = 0; i < 3; i++)
        ASSERT_OK(step_one(optimizer, weight, gradient));
    expect_unchanged(kind, weight, hash, "a learning rate of zero");
    assert_int_equal(denoise_optimizer_iterations(optimizer), 3);
    denoise_optimizer_free(optimizer);

    optimizer = make(kind, all_on, 0.1); /* w (1 - decay lr) */
    ASSERT_OK(denoise_optimizer_set_learning_rate(optimizer, 0.5));
    ASSERT_OK(denoise_tensor_copy(&old, weight));
    ASSERT_OK(step_one(optimizer, weight, zero));
    ASSERT_OK(denoise_tensor_scale(&shrunk, old, 0.95));
    for (int64_t i = 0; i < denoise_tensor_size(weight); i++) {
        double now, expected;
        ASSERT_OK(denoise_tensor_item(weight, i, &now));
        ASSERT_OK(denoise_tensor_item(shrunk, i, &expected));
        ASSERT_NEAR(now, expected, 1e-6);
    }
    denoise_optimizer_free(optimizer);
    denoise_tensor *tensors[] = {weight, zero, gradient, old, shrunk};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
}

static void nothing_moves_without_gradient_or_rate(void **state)
{
    (void)state;
    for_every_optimizer(check_rest);
}

static uint64_t hash_after_steps(const char *kind, bool all_on)
{
    denoise_optimizer *optimizer = make(kind, all_on, NAN);
    denoise_tensor *weights[] = {random_rows(331, 211, 1), random_rows(1, 17, 2)};
    denoise_tensor *gradients[] = {random_rows(331, 211, 3), random_rows(1, 17, 4)};
    for (int i = 0; i < 3; i++)
        ASSERT_OK(denoise_optimizer_apply(optimizer, weights, (const denoise_tensor *const *)gradients, 2));
    uint64_t hash = hash_of(weights[0]) * 31 + hash_of(weights[1]);
    for (int i = 0; i < 2; i++) {
        denoise_tensor_free(weights[i]);
        denoise_tensor_free(gradients[i]);
    }
    denoise_optimizer_free(optimizer);
    return hash;
}

static void check_threads(const char *kind, bool all_on)
{
    static const int32_t counts[] = {1, 2, 3, 4, 8};
    uint64_t first = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ASSERT_OK(denoise_set_num_threads(counts[i]));
        uint64_t hash = hash_after_steps(kind, all_on);
        if (i == 0) first = hash;
        if (hash != first) fail_msg("%s: %d threads give other bits", kind, (int)counts[i]);
    }
    ASSERT_OK(denoise_set_num_threads(0));
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    for_every_optimizer(check_threads);
    for_every_optimizer_and_stage(check_threads);
}

static void expect_refused(const char *kind, denoise_optimizer *optimizer, denoise_tensor *weight,
                           const denoise_tensor *gradient, int64_t count, denoise_status code)
{
    uint64_t hash = hash_of(weight);
    int64_t steps = denoise_optimizer_iterations(optimizer);
    ASSERT_FAILS(denoise_optimizer_apply(optimizer, &weight, &gradient, count), code, "");
    assert_int_equal(denoise_optimizer_iterations(optimizer), steps);
    expect_unchanged(kind, weight, hash, "a call that fails");
}

static void check_mistakes(const char *kind, bool all_on)
{
    denoise_optimizer *optimizer = make(kind, all_on, NAN);
    denoise_tensor *weight = random_rows(3, 4, 1), *gradient = random_rows(3, 4, 2), *other = random_rows(4, 3, 3), *wide;
    denoise_tensor *larger = random_rows(5, 5, 3), *empty_places[2] = {NULL, NULL};
    ASSERT_OK(denoise_tensor_astype(&wide, gradient, DENOISE_FLOAT64));
    for (int round = 0; round < 2; round++) { /* before and after there is a state */
        expect_refused(kind, optimizer, weight, other, 1, DENOISE_ERR_SHAPE);
        expect_refused(kind, optimizer, weight, wide, 1, DENOISE_ERR_DTYPE);
        expect_refused(kind, optimizer, wide, gradient, 1, DENOISE_ERR_DTYPE);
        expect_refused(kind, optimizer, weight, gradient, 0, DENOISE_ERR_RANGE);
        expect_refused(kind, optimizer, weight, gradient, -1, DENOISE_ERR_RANGE);
        expect_refused(kind, optimizer, weight, NULL, 1, DENOISE_ERR_NULL);
        ASSERT_FAILS(denoise_optimizer_apply(optimizer, empty_places, (const denoise_tensor *const *)empty_places, 1),
                     DENOISE_ERR_NULL, "");
        ASSERT_OK(step_one(optimizer, weight, gradient));
    }
    expect_refused(kind, optimizer, larger, larger, 1, DENOISE_ERR_SHAPE); /* it has a state of another size */
    denoise_tensor *two[] = {weight, other};
    assert_int_not_equal(denoise_optimizer_apply(optimizer, two, (const denoise_tensor *const *)two, 2), DENOISE_OK);
    ASSERT_FAILS(denoise_optimizer_set_learning_rate(optimizer, -1.0), DENOISE_ERR_RANGE, "");
    ASSERT_FAILS(denoise_optimizer_set_learning_rate(optimizer, NAN), DENOISE_ERR_RANGE, "");
    ASSERT_FAILS(denoise_optimizer_set_learning_rate(optimizer, INFINITY), DENOISE_ERR_RANGE, "");
    denoise_tensor *tensors[] = {weight, gradient, other, wide, larger};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
    denoise_optimizer_free(optimizer);
}

static void mistakes_leave_weights_and_count(void **state)
{
    (void)state;
    for_every_optimizer(check_mistakes);
}

/* Variables of one optimizer, side by side. */
typedef struct shelf {
    struct {
        char path[64];
        unsigned char bytes[256];
    } held[16];
    size_t count, next;
} shelf;

static size_t bytes_of(const denoise__variable *variable)
{
    return (size_t)variable->count * (variable->dtype == DENOISE_FLOAT32 ? sizeof(float) : sizeof(double));
}

static denoise_status keep(void *context, const char *path, denoise__variable *variable)
{
    shelf *s = context;
    assert_true(s->count < sizeof s->held / sizeof *s->held && bytes_of(variable) <= sizeof s->held->bytes);
    (void)snprintf(s->held[s->count].path, sizeof s->held->path, "%s", path);
    memcpy(s->held[s->count++].bytes, variable->values, bytes_of(variable));
    return DENOISE_OK;
}

static denoise_status give(void *context, const char *path, denoise__variable *variable)
{
    shelf *s = context;
    assert_true(s->next < s->count);
    assert_string_equal(s->held[s->next].path, path);
    memcpy(variable->values, s->held[s->next++].bytes, bytes_of(variable));
    return DENOISE_OK;
}

/* All that an optimizer knows is in its variables: another one that is given them goes on in the same bits. */
static void check_resumes(const char *kind, bool all_on)
{
    denoise_tensor *weights[] = {random_rows(3, 4, 1), random_rows(1, 5, 2)}, *copies[2];
    denoise_tensor *gradients[] = {random_rows(3, 4, 3), random_rows(1, 5, 4)};
    const denoise_tensor *const *slopes = (const denoise_tensor *const *)gradients;
    denoise_optimizer *first = make(kind, all_on, NAN), *second = make(kind, all_on, NAN);
    shelf s = {.count = 0};
    for (int i = 0; i < 2; i++)
        ASSERT_OK(denoise_tensor_copy(&copies[i], weights[i]));
    ASSERT_OK(denoise_optimizer_apply(second, copies, slopes, 2)); /* a state of its own, which is overwritten */
    for (int step = 0; step < 3; step++)
        ASSERT_OK(denoise_optimizer_apply(first, weights, slopes, 2));
    bool is_scheduled = stages != NULL && stages->schedule != NULL;
    if (!is_scheduled) ASSERT_OK(denoise_optimizer_set_learning_rate(first, 0.125));
    ASSERT_OK(denoise__optimizer_visit(first, "optimizer", &(denoise__visitor){.variable = keep, .context = &s}));
    assert_int_equal(s.count, (is_scheduled ? 1 : 2) + 2 * (size_t)first->slot_count);
    ASSERT_OK(denoise__optimizer_visit(second, "optimizer",
                                       &(denoise__visitor){.variable = give, .context = &s, .is_reading = true}));
    assert_int_equal(s.next, s.count);
    assert_int_equal(denoise_optimizer_iterations(second), 3 / denoise__optimizer_accumulation(second));
    for (int i = 0; i < 2; i++) {
        denoise_tensor_free(copies[i]);
        ASSERT_OK(denoise_tensor_copy(&copies[i], weights[i]));
    }
    for (int step = 0; step < 2; step++) {
        ASSERT_OK(denoise_optimizer_apply(first, weights, slopes, 2));
        ASSERT_OK(denoise_optimizer_apply(second, copies, slopes, 2));
    }
    for (int i = 0; i < 2; i++) {
        if (hash_of(weights[i]) != hash_of(copies[i])) fail_msg("%s: resumed, it goes another way", kind);
        denoise_tensor_free(weights[i]);
        denoise_tensor_free(copies[i]);
        denoise_tensor_free(gradients[i]);
    }
    denoise_optimizer_free(first);
    denoise_optimizer_free(second);
}

static void variables_are_the_whole_state(void **state)
{
    (void)state;
    for_every_optimizer(check_resumes);
    for_every_optimizer_and_stage(check_resumes);
}

static void check_memory(const char *kind, bool all_on)
{
    denoise_tensor *weight = random_rows(3, 4, 1), *gradient = random_rows(3, 4, 2);
    for (int64_t nth = 1;; nth++) {
        denoise_optimizer *optimizer = make(kind, all_on, NAN);
        uint64_t hash = hash_of(weight);
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = step_one(optimizer, weight, gradient);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(denoise_optimizer_iterations(optimizer), failed ? 0 : 1 / denoise__optimizer_accumulation(optimizer));
        if (failed) {
            expect_unchanged(kind, weight, hash, "a failing allocation");
            denoise_tensor *copy;
            ASSERT_OK(denoise_tensor_copy(&copy, weight));
            ASSERT_OK(step_one(optimizer, copy, gradient)); /* it is as good as new */
            denoise_tensor_free(copy);
        }
        denoise_optimizer_free(optimizer);
        if (!failed) break;
    }
    denoise_tensor_free(weight);
    denoise_tensor_free(gradient);
}

static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    ASSERT_OK(denoise_set_num_threads(1));
    for_every_optimizer(check_memory);
    for_every_optimizer_and_stage(check_memory);
    denoise_shutdown();
    failing_alloc_remove();
    ASSERT_OK(denoise_set_num_threads(0));
}

static int add_kind(void **state)
{
    (void)state;
    ASSERT_OK(denoise__registry_add(&denoise__optimizer_registry, &mean_kind.base));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quadratic_falls_at_every_step), cmocka_unit_test(nothing_moves_without_gradient_or_rate),
        cmocka_unit_test(threads_do_not_change_bits),      cmocka_unit_test(mistakes_leave_weights_and_count),
        cmocka_unit_test(variables_are_the_whole_state),   cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, add_kind, NULL);
}
