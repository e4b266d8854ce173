/* SPDX-License-Identifier: Apache-2.0 */
/* The stages around an update, each by its formula, on SGD of rate 1, which shows the gradient that it was given. */
#include "optimizers/optimizer.h"
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

enum { LARGE = 3 * DENOISE__NORM_PIECE + 77 };

static denoise_sgd_options plain(void)
{
    denoise_sgd_options options = DENOISE_SGD_OPTIONS_INIT;
    options.learning_rate = 1;
    return options;
}

static denoise_tensor *row(int64_t count, float first, float step)
{
    denoise_tensor *made;
    ASSERT_OK(denoise_tensor_new(&made, DENOISE_FLOAT32, &count, 1));
    for (int64_t i = 0; i < count; i++)
        ((float *)denoise_tensor_data(made))[i] = first + step * (float)i;
    return made;
}

static const float *values(const denoise_tensor *tensor)
{
    return denoise_tensor_const_data(tensor);
}

/* Two weights of zeros, a step, and minus the gradients that it took. */
static void step_from_zero(const denoise_sgd_options *options, denoise_tensor *const gradients[2], denoise_tensor *out[2])
{
    denoise_optimizer *optimizer = denoise_optimizer_sgd(options);
    for (int i = 0; i < 2; i++)
        out[i] = row(denoise_tensor_size(gradients[i]), 0, 0);
    ASSERT_OK(denoise_optimizer_apply(optimizer, out, (const denoise_tensor *const *)gradients, 2));
    denoise_optimizer_free(optimizer);
}

static double norm_of(const denoise_tensor *a, const denoise_tensor *b)
{
    double sum = 0;
    for (int64_t i = 0; a != NULL && i < denoise_tensor_size(a); i++)
        sum += (double)values(a)[i] * (double)values(a)[i];
    for (int64_t i = 0; b != NULL && i < denoise_tensor_size(b); i++)
        sum += (double)values(b)[i] * (double)values(b)[i];
    return sqrt(sum);
}

static void assert_scaled(const denoise_tensor *moved, const denoise_tensor *gradient, double factor)
{
    for (int64_t i = 0; i < denoise_tensor_size(moved); i++) {
        double expected = -factor * (double)values(gradient)[i];
        if (fabs((double)values(moved)[i] - expected) > 3e-7 * fabs(expected)) fail_msg("element %lld", (long long)i);
    }
}

static void free_all(denoise_tensor **tensors, int count)
{
    for (int i = 0; i < count; i++)
        denoise_tensor_free(tensors[i]);
}

/* A gradient of several pieces, and one whose norm is small enough. */
static void norms_shorten_gradients(void **state)
{
    (void)state;
    denoise_tensor *g[] = {row(LARGE, -1, 1e-5f), row(3, 0.01f, 0.02f)}, *moved[2];
    double large = norm_of(g[0], NULL), small = norm_of(g[1], NULL), both = norm_of(g[0], g[1]);
    assert_true(small < 0.5 && large > 0.5);
    denoise_sgd_options options = plain();
    options.clipnorm = 0.5;
    step_from_zero(&options, g, moved);
    assert_scaled(moved[0], g[0], 0.5 / large);
    assert_memory_equal(values(moved[1]), ((float[]){-values(g[1])[0], -values(g[1])[1], -values(g[1])[2]}), 12);
    free_all(moved, 2);

    options.clipnorm = NAN;
    options.global_clipnorm = 0.5;
    step_from_zero(&options, g, moved);
    assert_scaled(moved[0], g[0], 0.5 / both);
    assert_scaled(moved[1], g[1], 0.5 / both);
    free_all(moved, 2);

    options.global_clipnorm = 2 * both;
    step_from_zero(&options, g, moved);
    assert_scaled(moved[0], g[0], 1);
    free_all(moved, 2);
    free_all(g, 2);
}

static void values_are_cut_off(void **state)
{
    (void)state;
    denoise_tensor *g[] = {row(9, -2, 0.5f), row(2, NAN, 0)}, *moved[2];
    denoise_sgd_options options = plain();
    options.clipvalue = 1.25;
    step_from_zero(&options, g, moved);
    const float expected[] = {1.25f, 1.25f, 1, 0.5f, 0, -0.5f, -1, -1.25f, -1.25f};
    for (int i = 0; i < 9; i++)
        assert_true(values(moved[0])[i] == expected[i]);
    assert_true(isnan(values(moved[1])[0]));
    free_all(moved, 2);
    free_all(g, 2);
}

static void norms_of_what_is_not_finite(void **state)
{
    (void)state;
    denoise_tensor *g[] = {row(3, INFINITY, 0), row(3, 1, 1)}, *moved[2];
    ((float *)denoise_tensor_data(g[0]))[1] = 7;
    denoise_sgd_options options = plain();
    options.clipnorm = 100;
    step_from_zero(&options, g, moved);
    assert_true(isnan(values(moved[0])[0]) && values(moved[0])[1] == 0); /* Inf 0 and 7 0, as in TensorFlow */
    assert_scaled(moved[1], g[1], 1);
    free_all(moved, 2);
    ((float *)denoise_tensor_data(g[0]))[0] = NAN;
    options.clipnorm = NAN;
    options.global_clipnorm = 100;
    step_from_zero(&options, g, moved);
    assert_true(isnan(values(moved[0])[1]) && isnan(values(moved[1])[2]));
    free_all(moved, 2);
    for (int i = 0; i < 3; i++)
        ((float *)denoise_tensor_data(g[0]))[i] = 3e38f; /* whose squares are beyond float32 */
    step_from_zero(&options, g, moved);
    assert_scaled(moved[0], g[0], 100 / norm_of(g[0], g[1]));
    free_all(moved, 2);
    free_all(g, 2);
}

/* A factor that is a power of two changes no bit. */
static void the_scale_is_divided_out(void **state)
{
    (void)state;
    denoise_tensor *g[] = {row(300, -1, 0.1f), row(3, 0.01f, 0.02f)}, *moved[2];
    denoise_sgd_options options = plain();
    options.loss_scale_factor = 64;
    options.clipvalue = 0.25; /* after that */
    step_from_zero(&options, g, moved);
    for (int64_t i = 0; i < 300; i++) {
        float unscaled = values(g[0])[i] / 64, expected = unscaled > 0.25f ? 0.25f : unscaled;
        assert_true(values(moved[0])[i] == -expected);
    }
    free_all(moved, 2);
    free_all(g, 2);
}

/* The third batch makes a step by the mean, clipped; the others none. Norms are those of the mean. */
static void gradients_are_accumulated(void **state)
{
    (void)state;
    for (int clips = 0; clips < 2; clips++) {
        denoise_sgd_options options = plain();
        options.gradient_accumulation_steps = 3;
        options.weight_decay = 0.5;
        if (clips == 1) options.clipnorm = 1;
        denoise_optimizer *optimizer = denoise_optimizer_sgd(&options);
        denoise_tensor *w = row(4, 8, 0), *g[] = {row(4, 1, 1), row(4, 2, 0), row(4, 3, -1)};
        for (int round = 0; round < 2; round++) {
            float before = values(w)[0];
            for (int batch = 0; batch < 3; batch++) {
                assert_int_equal(denoise_optimizer_iterations(optimizer), round);
                assert_true(values(w)[0] == before);
                ASSERT_OK(denoise_optimizer_apply(optimizer, &w, (const denoise_tensor *const *)&g[batch], 1));
            }
            double expected = 0.5 * (double)before - (clips == 1 ? 0.5 : 2); /* the mean is (2, 2, 2, 2) */
            assert_true(fabs((double)values(w)[0] - expected) < 1e-6);
        }
        assert_int_equal(denoise_optimizer_iterations(optimizer), 2);
        assert_int_equal(denoise__optimizer_variable_count(optimizer), 2 + 4);
        denoise_optimizer_free(optimizer);
        free_all(g, 3);
        denoise_tensor_free(w);
    }
}

/* A schedule is asked for each batch, also where several make a step, as Keras does it. */
static void schedules_count_batches(void **state)
{
    (void)state;
    denoise_sgd_options options = plain();
    options.gradient_accumulation_steps = 2;
    options.schedule =
        denoise_schedule_piecewise_constant_decay((const double[]){0, 1, 2}, 3, (const double[]){1, 10, 100, 1000}, 4);
    denoise_optimizer *optimizer = denoise_optimizer_sgd(&options);
    denoise_tensor *w = row(1, 0, 0), *g = row(1, 1, 0);
    static const double rates[] = {1, 10, 100, 1000};
    for (int batch = 0; batch < 4; batch++) {
        assert_true(denoise_optimizer_learning_rate(optimizer) == rates[batch]);
        ASSERT_OK(denoise_optimizer_apply(optimizer, &w, (const denoise_tensor *const *)&g, 1));
    }
    assert_true(values(w)[0] == -1010);
    assert_int_equal(denoise__optimizer_variable_count(optimizer), 1 + 1); /* no learning rate */
    denoise_optimizer_free(optimizer);
    denoise_tensor_free(w), denoise_tensor_free(g);
}

static void averages_move_and_overwrite(void **state)
{
    (void)state;
    for (int64_t frequency = -1; frequency <= 3; frequency += 4) {
        denoise_sgd_options options = plain();
        options.use_ema = 1;
        options.ema_momentum = 0.75;
        options.ema_overwrite_frequency = frequency;
        denoise_optimizer *optimizer = denoise_optimizer_sgd(&options);
        denoise_tensor *w = row(300, 1, 0), *g = row(300, -1, 0);
        double weight = 1, mean = 0;
        assert_null(denoise__optimizer_average(optimizer, 0));
        for (int64_t step = 0; step < 7; step++) {
            ASSERT_OK(denoise_optimizer_apply(optimizer, &w, (const denoise_tensor *const *)&g, 1));
            weight += 1;
            mean = step == 0 ? weight : 0.75 * mean + 0.25 * weight;
            if (frequency == 3 && (step + 1) % 3 == 0) weight = mean;
            assert_true((double)values(w)[299] == weight);
            assert_true((double)denoise__optimizer_average(optimizer, 0)[299] == mean);
        }
        denoise_optimizer_free(optimizer);
        denoise_tensor_free(w), denoise_tensor_free(g);
    }
}

/* Words are looked for anywhere in a weight's name. */
static void names_keep_weights_from_decay(void **state)
{
    (void)state;
    static const struct {
        const char *words, *name;
        bool decays;
    } cases[] = {{"bias", "kernel", true},    {"bias", "bias", false},          {"bias|gamma", "gamma", false},
                 {"ern", "kernel", false},    {"gamma|ker", "kernel", false},   {"", "kernel", true},
                 {"|", "kernel", true},       {"kernels", "kernel", true},      {"kernel", NULL, true},
                 {"ab|bb|bias", "bia", true}, {"beta||bias", "my_bias", false}, {"Bias", "bias", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        denoise_sgd_options options = plain();
        options.weight_decay = 0.5;
        options.exclude_from_weight_decay = cases[i].words;
        denoise_optimizer *optimizer = denoise_optimizer_sgd(&options);
        denoise__variable shape = {.name = cases[i].name, .rank = 1, .dim = {1}, .count = 1};
        const denoise__variable *shapes[] = {&shape};
        float w = 8, *weights[] = {&w};
        const float g = 1, *gradients[] = {&g};
        ASSERT_OK(denoise__optimizer_build(optimizer, shapes, 1));
        denoise__optimizer_step(optimizer, weights, gradients);
        if (w != (cases[i].decays ? 3.0f : 7.0f)) fail_msg("case %zu: %g", i, (double)w);
        denoise_optimizer_free(optimizer);
    }
    denoise_sgd_options options = plain();
    options.exclude_from_weight_decay = "bias";
    denoise_optimizer *optimizer = denoise_optimizer_sgd(&options);
    denoise_tensor *w = row(1, 0, 0);
    ASSERT_FAILS(denoise_optimizer_apply(optimizer, &w, (const denoise_tensor *const *)&w, 1), DENOISE_ERR_INVALID,
                 "sgd: exclude_from_weight_decay goes by names, and tensors have none");
    denoise_optimizer_free(optimizer);
    denoise_tensor_free(w);
}

static void expect_inert(denoise_optimizer *optimizer, denoise_status status, const char *text)
{
    assert_int_equal(denoise_optimizer_status(optimizer), status);
    if (strstr(denoise_optimizer_error(optimizer), text) == NULL) fail_msg("%s", denoise_optimizer_error(optimizer));
    denoise_params *params;
    ASSERT_FAILS(denoise_optimizer_params(&params, optimizer), status, text);
    denoise_optimizer_free(optimizer);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    denoise_adam_options options = DENOISE_ADAM_OPTIONS_INIT;
    options.clipnorm = 1, options.clipvalue = 2;
    expect_inert(denoise_optimizer_adam(&options), DENOISE_ERR_INVALID,
                 "adam: 2 of clipnorm, global_clipnorm and clipvalue are given, expected one at most");
    options.clipvalue = NAN, options.clipnorm = 0;
    expect_inert(denoise_optimizer_adam(&options), DENOISE_ERR_RANGE, "clipnorm is 0, expected 0 < clipnorm");
    options.clipnorm = NAN;
    expect_inert(denoise_optimizer_adamw(&options), DENOISE_ERR_INVALID, "weight_decay is None");
    options.gradient_accumulation_steps = 1;
    expect_inert(denoise_optimizer_adam(&options), DENOISE_ERR_RANGE, "gradient_accumulation_steps is 1");
    options.gradient_accumulation_steps = -1, options.ema_overwrite_frequency = 0;
    expect_inert(denoise_optimizer_adam(&options), DENOISE_ERR_RANGE, "ema_overwrite_frequency is 0");
    options.ema_overwrite_frequency = -1, options.ema_momentum = 1.5;
    expect_inert(denoise_optimizer_adam(&options), DENOISE_ERR_RANGE, "ema_momentum is 1.5");
    options.ema_momentum = 1, options.loss_scale_factor = -2;
    expect_inert(denoise_optimizer_adam(&options), DENOISE_ERR_RANGE, "loss_scale_factor is -2");
}

/* What the typed constructors are given is what the optimizer tells. */
static void options_arrive(void **state)
{
    (void)state;
    static const char *const doubles[] = {"clipvalue", "ema_momentum", "loss_scale_factor", "weight_decay", "beta_1"};
    static const double wanted[] = {1.5, 0.5, 8, 0.25, 0.75};
    denoise_params *params;
    const char *text;
    int64_t number;
    int32_t truth;
    denoise_adam_options options = DENOISE_ADAMW_OPTIONS_INIT;
    options.clipvalue = 1.5, options.ema_momentum = 0.5, options.loss_scale_factor = 8, options.weight_decay = 0.25;
    options.beta_1 = 0.75, options.gradient_accumulation_steps = 4, options.ema_overwrite_frequency = 9;
    options.exclude_from_weight_decay = "bias|gamma", options.use_ema = 1, options.amsgrad = 1;
    options.schedule = denoise_schedule_inverse_time_decay(0.5, 10, 2, 1);
    denoise_optimizer *optimizer = denoise_optimizer_adamw(&options);
    ASSERT_OK(denoise_optimizer_params(&params, optimizer));
    assert_string_equal(denoise_optimizer_class_name(optimizer), "AdamW");
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        double got;
        ASSERT_OK(denoise_params_get_double(params, doubles[i], &got));
        assert_true(got == wanted[i]);
    }
    ASSERT_OK(denoise_params_get_int(params, "gradient_accumulation_steps", &number));
    assert_int_equal(number, 4);
    ASSERT_OK(denoise_params_get_int(params, "ema_overwrite_frequency", &number));
    assert_int_equal(number, 9);
    ASSERT_OK(denoise_params_get_text(params, "exclude_from_weight_decay", &text));
    assert_string_equal(text, "bias|gamma");
    ASSERT_OK(denoise_params_get_bool(params, "use_ema", &truth));
    assert_int_equal(truth, 1);
    ASSERT_OK(denoise_params_get_bool(params, "amsgrad", &truth));
    assert_int_equal(truth, 1);
    const denoise_params *nested;
    ASSERT_OK(denoise_params_get_kind(params, "learning_rate", &text, &nested));
    assert_string_equal(text, "inverse_time_decay");
    ASSERT_OK(denoise_params_get_bool(nested, "staircase", &truth));
    assert_int_equal(truth, 1);
    assert_int_equal(denoise_params_type(params, "global_clipnorm"), DENOISE_PARAM_NONE);
    denoise_params_free(params);
    denoise_optimizer_free(optimizer);
    assert_string_equal(denoise_optimizer_class_name(NULL), "");
    ASSERT_FAILS(denoise_optimizer_params(&params, NULL), DENOISE_ERR_NULL, "optimizer");
}

/* Keras' order of variables: averages, accumulators, the kind's own ones, of which the last comes alone. */
static denoise_status list(void *context, const char *path, denoise__variable *variable)
{
    char *text = context;
    (void)variable;
    strcat(strcat(text, path), "\n");
    return DENOISE_OK;
}

static void variables_come_in_keras_order(void **state)
{
    (void)state;
    char text[1024] = "";
    denoise_adam_options options = DENOISE_ADAM_OPTIONS_INIT;
    options.use_ema = options.amsgrad = 1;
    options.gradient_accumulation_steps = 2;
    denoise_optimizer *optimizer = denoise_optimizer_adam(&options);
    denoise_tensor *w[] = {row(3, 0, 0), row(2, 0, 0)};
    ASSERT_OK(denoise_optimizer_apply(optimizer, w, (const denoise_tensor *const *)w, 2));
    ASSERT_OK(denoise__optimizer_visit(optimizer, "adam", &(denoise__visitor){.variable = list, .context = text}));
    assert_string_equal(text, "adam/iterations\nadam/learning_rate\nadam/0/average\nadam/1/average\n"
                              "adam/0/gradient_accumulator\nadam/1/gradient_accumulator\nadam/0/momentum\nadam/0/velocity\n"
                              "adam/1/momentum\nadam/1/velocity\nadam/0/velocity_hat\nadam/1/velocity_hat\n");
    assert_int_equal(denoise__optimizer_variable_count(optimizer), 2 + 5 * 5);
    denoise_optimizer_free(optimizer);
    free_all(w, 2);
}

/* The greatest mean of squares stays in the divisor when gradients have become small. */
static void amsgrad_remembers(void **state)
{
    (void)state;
    double m = 0, v = 0, hat = 0, expected = 1;
    denoise_adam_options options = DENOISE_ADAM_OPTIONS_INIT;
    options.learning_rate = 0.5, options.beta_1 = 0.5, options.beta_2 = 0.5, options.amsgrad = 1;
    denoise_optimizer *optimizer = denoise_optimizer_adam(&options);
    denoise_tensor *w = row(1, 1, 0), *g[] = {row(1, 4, 0), row(1, 0.125f, 0)};
    for (int step = 1; step <= 6; step++) {
        double gradient = step < 3 ? 4 : 0.125;
        ASSERT_OK(denoise_optimizer_apply(optimizer, &w, (const denoise_tensor *const *)&g[step < 3 ? 0 : 1], 1));
        m += (gradient - m) * 0.5, v += (gradient * gradient - v) * 0.5;
        hat = fmax(hat, v);
        expected -= 0.5 * sqrt(1 - pow(0.5, step)) / (1 - pow(0.5, step)) * m / (sqrt(hat) + 1e-7);
        assert_true(fabs((double)values(w)[0] - expected) < 1e-6);
    }
    assert_true(hat > v);
    denoise_optimizer_free(optimizer);
    denoise_tensor_free(w);
    free_all(g, 2);
}

static void memory_may_be_out(void **state)
{
    (void)state;
    denoise_adam_options options = DENOISE_ADAM_OPTIONS_INIT;
    options.use_ema = options.amsgrad = 1;
    options.clipnorm = 1;
    options.gradient_accumulation_steps = 2;
    denoise_shutdown();
    failing_alloc_install();
    ASSERT_OK(denoise_set_num_threads(1));
    denoise_tensor *w = row(3, 1, 0), *g = row(3, 1, 0);
    for (int64_t nth = 1;; nth++) {
        int64_t before = failing_alloc_live();
        denoise_optimizer *optimizer = denoise_optimizer_adam(&options);
        failing_alloc_arm(nth, false);
        denoise_status status = denoise_optimizer_apply(optimizer, &w, (const denoise_tensor *const *)&g, 1);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(denoise__optimizer_variable_count(optimizer), failed ? 2 : 2 + 3 * 5);
        denoise_optimizer_free(optimizer);
        assert_int_equal(failing_alloc_live(), before);
        if (!failed) break;
    }
    denoise_tensor_free(w), denoise_tensor_free(g);
    denoise_shutdown();
    failing_alloc_remove();
    ASSERT_OK(denoise_set_num_threads(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(norms_shorten_gradients),
        cmocka_unit_test(values_are_cut_off),
        cmocka_unit_test(norms_of_what_is_not_finite),
        cmocka_unit_test(the_scale_is_divided_out),
        cmocka_unit_test(gradients_are_accumulated),
        cmocka_unit_test(schedules_count_batches),
        cmocka_unit_test(averages_move_and_overwrite),
        cmocka_unit_test(names_keep_weights_from_decay),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(options_arrive),
        cmocka_unit_test(variables_come_in_keras_order),
        cmocka_unit_test(amsgrad_remembers),
        cmocka_unit_test(memory_may_be_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
