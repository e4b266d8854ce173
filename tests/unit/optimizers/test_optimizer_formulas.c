/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers against their formulas in double, over twenty steps. */
#include "support/cmocka_test.h"

#include <denoise/denoise.h>
#include <math.h>
#include <stdlib.h>

/* One weight and the state of a reference. */
typedef struct element {
    double w, m, v, a;
} element;
typedef struct settings {
    double rate, momentum, rho, beta_1, beta_2, epsilon, decay;
    int nesterov, centered;
} settings;
typedef void (*update_rule)(element *e, double g, int t, const settings *s);

static void sgd(element *e, double g, int t, const settings *s)
{
    (void)t;
    e->m = s->momentum * e->m - s->rate * g;
    e->w += s->nesterov ? s->momentum * e->m - s->rate * g : e->m;
}

static void rmsprop(element *e, double g, int t, const settings *s)
{
    (void)t;
    e->v = s->rho * e->v + (1 - s->rho) * g * g;
    e->a = s->rho * e->a + (1 - s->rho) * g;
    double spread = s->centered ? e->v - e->a * e->a : e->v;
    e->m = s->momentum * e->m + s->rate * g / sqrt(spread + s->epsilon);
    e->w -= e->m;
}

static void adam(element *e, double g, int t, const settings *s)
{
    double alpha = s->rate * sqrt(1 - pow(s->beta_2, t)) / (1 - pow(s->beta_1, t));
    e->m += (g - e->m) * (1 - s->beta_1);
    e->v += (g * g - e->v) * (1 - s->beta_2);
    e->w -= e->m * alpha / (sqrt(e->v) + s->epsilon);
}

static const struct {
    const char *kind;
    update_rule rule;
    settings settings; /* what is not named is 0 */
} cases[] = {
    {"sgd", sgd, {.rate = 0.1}},
    {"sgd", sgd, {.rate = 0.1, .momentum = 0.9}},
    {"sgd", sgd, {.rate = 0.1, .momentum = 0.9, .nesterov = 1}},
    {"sgd", sgd, {.rate = 0.1, .momentum = 0.5, .decay = 0.2}},
    {"rmsprop", rmsprop, {.rate = 0.01, .rho = 0.9, .epsilon = 1e-7}},
    {"rmsprop", rmsprop, {.rate = 0.01, .rho = 0.8, .epsilon = 1e-3, .momentum = 0.5}},
    {"rmsprop", rmsprop, {.rate = 0.01, .rho = 0.9, .epsilon = 1e-3, .centered = 1}},
    {"rmsprop", rmsprop, {.rate = 0.01, .rho = 0.9, .epsilon = 1e-3, .momentum = 0.5, .centered = 1, .decay = 0.1}},
    {"adam", adam, {.rate = 0.01, .beta_1 = 0.9, .beta_2 = 0.99, .epsilon = 1e-7}},
    {"adam", adam, {.rate = 0.01, .beta_1 = 0.5, .beta_2 = 0.9, .epsilon = 1e-3, .decay = 0.1}},
    {"adam", adam, {.rate = 0.01, .beta_2 = 0.5, .epsilon = 0.1}},
    {"adamw", adam, {.rate = 0.01, .beta_1 = 0.9, .beta_2 = 0.99, .epsilon = 1e-7, .decay = 0.3}},
};

static denoise_optimizer *make(const char *kind, update_rule rule, const settings *s)
{
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    denoise_params_set_double(params, "learning_rate", s->rate);
    if (s->decay != 0) denoise_params_set_double(params, "weight_decay", s->decay);
    if (rule != adam) denoise_params_set_double(params, "momentum", s->momentum);
    if (rule != sgd) denoise_params_set_double(params, "epsilon", s->epsilon);
    if (rule == sgd) denoise_params_set_bool(params, "nesterov", s->nesterov);
    if (rule == rmsprop) {
        denoise_params_set_double(params, "rho", s->rho);
        denoise_params_set_bool(params, "centered", s->centered);
    }
    if (rule == adam) {
        denoise_params_set_double(params, "beta_1", s->beta_1);
        denoise_params_set_double(params, "beta_2", s->beta_2);
    }
    denoise_optimizer *optimizer;
    if (denoise_optimizer_create(&optimizer, kind, params) != DENOISE_OK) fail_msg("%s", denoise_last_error());
    denoise_params_free(params);
    return optimizer;
}

enum { ELEMENTS = 6, STEPS = 20 };

static double gradient_at(int step, int i)
{
    return step == 5 ? 0 : sin(1.7 * step + i) * (i + 1) / 4;
}

static void follow(const char *kind, update_rule rule, settings s)
{
    denoise_optimizer *optimizer = make(kind, rule, &s);
    element e[ELEMENTS];
    float w[ELEMENTS], g[ELEMENTS];
    const int64_t shape[2] = {2, 3};
    for (int i = 0; i < ELEMENTS; i++)
        e[i] = (element){.w = w[i] = (float)(i - 2) / 3};
    denoise_tensor *weight, *gradient;
    assert_int_equal(denoise_tensor_borrow(&weight, DENOISE_FLOAT32, shape, 2, w, NULL, NULL), DENOISE_OK);
    assert_int_equal(denoise_tensor_borrow(&gradient, DENOISE_FLOAT32, shape, 2, g, NULL, NULL), DENOISE_OK);
    for (int t = 1; t <= STEPS; t++) {
        if (t == 11) { /* a new learning rate counts from the next step on */
            s.rate /= 2;
            assert_int_equal(denoise_optimizer_set_learning_rate(optimizer, s.rate), DENOISE_OK);
        }
        for (int i = 0; i < ELEMENTS; i++)
            g[i] = (float)gradient_at(t, i);
        const denoise_tensor *gradients[1] = {gradient};
        assert_int_equal(denoise_optimizer_apply(optimizer, &weight, gradients, 1), DENOISE_OK);
        assert_int_equal(denoise_optimizer_iterations(optimizer), t);
        for (int i = 0; i < ELEMENTS; i++) {
            e[i].w -= e[i].w * s.decay * s.rate;
            rule(&e[i], (double)g[i], t, &s);
            if (!(fabs((double)w[i] - e[i].w) <= 2e-6))
                fail_msg("%s, step %d: %.9g, expected %.9g", kind, t, (double)w[i], e[i].w);
        }
    }
    denoise_tensor_free(weight);
    denoise_tensor_free(gradient);
    denoise_optimizer_free(optimizer);
}

static void steps_follow_the_formulas(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        follow(cases[c].kind, cases[c].rule, cases[c].settings);
}

/* What Keras 3.15.1 gives for Adam() from w = 1 with gradients 0.5, -0.25, 2. */
static void adam_gives_keras_values(void **state)
{
    (void)state;
    const float gradients[3] = {0.5f, -0.25f, 2}, expected[3] = {0.999f, 0.998733699f, 0.998063028f};
    float w = 1, g;
    denoise_tensor *weight, *gradient;
    assert_int_equal(denoise_tensor_borrow(&weight, DENOISE_FLOAT32, NULL, 0, &w, NULL, NULL), DENOISE_OK);
    assert_int_equal(denoise_tensor_borrow(&gradient, DENOISE_FLOAT32, NULL, 0, &g, NULL, NULL), DENOISE_OK);
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    for (int t = 0; t < 3; t++) {
        g = gradients[t];
        const denoise_tensor *list[1] = {gradient};
        assert_int_equal(denoise_optimizer_apply(optimizer, &weight, list, 1), DENOISE_OK);
        if (!(fabsf(w - expected[t]) <= 1e-7f)) fail_msg("step %d: %.9g", t + 1, (double)w);
    }
    denoise_tensor_free(weight);
    denoise_tensor_free(gradient);
    denoise_optimizer_free(optimizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_the_formulas),
        cmocka_unit_test(adam_gives_keras_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
