/* SPDX-License-Identifier: Apache-2.0 */
/* An optimizer: w -= rate sign(beta_1 m + (1 - beta_1) g), m = beta_2 m + (1 - beta_2) g (Chen et al. 2023, "Symbolic discovery
 * of optimization algorithms"). */
#include "common.h"

typedef struct lion_config {
    double beta_1, beta_2;
} lion_config;

static const denoise_ext_param params[] = {
    {"beta_1", "share of the mean in the step's direction", "0.9", NULL, NULL, 0, 1, offsetof(lion_config, beta_1),
     DENOISE_PARAM_DOUBLE, DENOISE_EXT_BELOW_MAXIMUM},
    {"beta_2", "how slowly the mean of gradients forgets", "0.99", NULL, NULL, 0, 1, offsetof(lion_config, beta_2),
     DENOISE_PARAM_DOUBLE, DENOISE_EXT_BELOW_MAXIMUM},
};
static const char *const slot_names[] = {"momentum"};

enum { RATE, BETA_1, BETA_2 };

static void coefficients(const void *config, double learning_rate, int64_t step, float *c, void *user_data)
{
    const lion_config *given = config;
    (void)step, (void)user_data;
    c[RATE] = (float)learning_rate;
    c[BETA_1] = (float)given->beta_1;
    c[BETA_2] = (float)given->beta_2;
}

static void update(const float *c, float *w, const float *g, float *const *slots, int64_t count, void *user_data)
{
    float *m = slots[0];
    (void)user_data;
    for (int64_t i = 0; i < count; i++) {
        float direction = c[BETA_1] * m[i] + (1 - c[BETA_1]) * g[i];
        w[i] -= direction > 0 ? c[RATE] : direction < 0 ? -c[RATE] : direction; /* NaN stays NaN */
        m[i] = c[BETA_2] * m[i] + (1 - c[BETA_2]) * g[i];
    }
}

/* A weight moves by the rate, a mean by less than twice the greatest gradient: no step needs to be tried. */
static double reach(const float *c, double gradient, void *user_data)
{
    (void)user_data;
    return c[RATE] + 2 * gradient;
}

int main(void)
{
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    denoise_ext_optimizer hooks = DENOISE_EXT_OPTIMIZER_INIT;
    kind.name = "lion_sign", kind.class_name = "LionSign", kind.doc = "steps of one length, along the sign of a mean";
    kind.params = params, kind.param_count = 2, kind.config_size = sizeof(lion_config);
    hooks.learning_rate = 0.01;
    hooks.slot_count = 1, hooks.slot_names = slot_names;
    hooks.coefficients = coefficients, hooks.update = update, hooks.reach = reach;
    CHECK(denoise_ext_register("optimizer", &kind, &hooks, NULL));
    CHECK(denoise_ext_test("optimizer", "lion_sign", NULL, NULL, 0));
    denoise_optimizer *optimizer;
    CHECK(denoise_optimizer_create(&optimizer, "lion_sign", NULL));
    if (fit_sine(NULL, optimizer, NULL, NULL, NULL) != 0) return 1;
    CHECK(denoise_ext_unregister("optimizer", "lion_sign"));
    return 0;
}
