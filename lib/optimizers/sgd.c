/* SPDX-License-Identifier: Apache-2.0 */
/* Stochastic gradient descent: w -= lr g; with momentum u: m = u m - lr g, w += m; Nesterov: w += u m - lr g
 * (keras/src/optimizers/sgd.py). */
#include "kernels/vector.h"
#include "optimizers/optimizer.h"

typedef struct sgd_config {
    denoise__optimizer_config optimizer;
    double momentum;
    int32_t nesterov;
} sgd_config;

enum { RATE, MOMENTUM, NESTEROV };

static int32_t slot_count(const void *config)
{
    return ((const sgd_config *)config)->momentum != 0;
}

static const char *slot_name(const void *config, int32_t slot)
{
    (void)config, (void)slot;
    return "momentum";
}

static void coefficients(const void *config, double learning_rate, int64_t step, float *out)
{
    (void)step;
    const sgd_config *c = config;
    out[RATE] = (float)learning_rate;
    out[MOMENTUM] = (float)c->momentum;
    out[NESTEROV] = (float)(c->nesterov != 0);
}

static void update(const float *c, float *w, const float *gradient, float *const *slots, int64_t count)
{
    const denoise__vector *v = denoise__vector_table();
    if (c[MOMENTUM] == 0)
        v->sgd(w, gradient, count, c[RATE]);
    else if (c[NESTEROV] == 0)
        v->sgd_momentum(w, gradient, slots[0], count, c[RATE], c[MOMENTUM]);
    else
        v->sgd_nesterov(w, gradient, slots[0], count, c[RATE], c[MOMENTUM]);
}

/* Steps add up in the momentum as a geometric series. */
static double reach(const float *c, double gradient)
{
    return c[MOMENTUM] < 1 ? 2 * (double)c[RATE] * gradient / (1 - (double)c[MOMENTUM]) : INFINITY;
}

static const denoise__param params[] = {
    DENOISE__OPTIMIZER_PARAMS(sgd_config, "0.01", "None"),
    DENOISE__PARAM_DOUBLE(sgd_config, momentum, "0.0", 0, 0, 1, "share of the last step that is taken again"),
    DENOISE__PARAM_BOOL(sgd_config, nesterov, "false", "look ahead along the momentum"),
};

extern const denoise__optimizer_kind denoise__optimizer_sgd;
const denoise__optimizer_kind denoise__optimizer_sgd = {
    .base = {.name = "sgd",
             .class_name = "SGD",
             .doc = "stochastic gradient descent with momentum",
             .config_size = sizeof(sgd_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .slot_count = slot_count,
    .slot_name = slot_name,
    .coefficients = coefficients,
    .update = update,
    .reach = reach,
};
