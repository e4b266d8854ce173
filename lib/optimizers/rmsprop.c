/* SPDX-License-Identifier: Apache-2.0 */
/* v = rho v + (1 - rho) g^2; w -= lr g / sqrt(v + epsilon). Centred: a = rho a + (1 - rho) g and v - a^2 + epsilon in the
 * root. With momentum u: m = u m + increment, w -= m (keras/src/optimizers/rmsprop.py). */
#include "kernels/vector.h"
#include "optimizers/optimizer.h"

typedef struct rmsprop_config {
    denoise__optimizer_config optimizer;
    double rho, momentum, epsilon;
    int32_t centered;
} rmsprop_config;

enum { RATE, RHO, REST, EPSILON, MOMENTUM, CENTERED };

static int32_t slot_count(const void *config)
{
    const rmsprop_config *c = config;
    return 1 + (c->momentum > 0) + (c->centered != 0);
}

static const char *slot_name(const void *config, int32_t slot)
{
    const rmsprop_config *c = config;
    if (slot == 0) return "velocity";
    return slot == 1 && c->momentum > 0 ? "momentum" : "average_gradient";
}

static void coefficients(const void *config, double learning_rate, int64_t step, float *out)
{
    (void)step;
    const rmsprop_config *c = config;
    out[RATE] = (float)learning_rate;
    out[RHO] = (float)c->rho;
    out[REST] = (float)(1 - c->rho);
    out[EPSILON] = (float)c->epsilon;
    out[MOMENTUM] = (float)c->momentum;
    out[CENTERED] = (float)(c->centered != 0);
}

static void update(const float *c, float *w, const float *gradient, float *const *slots, int64_t count)
{
    float *momentum = c[MOMENTUM] > 0 ? slots[1] : NULL;
    float *average = c[CENTERED] == 0 ? NULL : slots[momentum == NULL ? 1 : 2];
    denoise__vector_table()->rmsprop(w, gradient, slots[0], momentum, average, count, c[RATE], c[RHO], c[REST], c[EPSILON],
                                     c[MOMENTUM]);
}

/* Centred, rounding may make the number under the root negative; without an epsilon it may be 0. */
static double reach(const float *c, double gradient)
{
    if (c[CENTERED] != 0 || !(c[MOMENTUM] < 1) || c[EPSILON] == 0) return INFINITY;
    return ((double)c[RATE] * gradient / sqrt((double)c[EPSILON]) + gradient) / (1 - (double)c[MOMENTUM]);
}

static const denoise__param params[] = {
    DENOISE__OPTIMIZER_PARAMS(rmsprop_config, "0.001", "None"),
    DENOISE__PARAM_DOUBLE(rmsprop_config, rho, "0.9", 0, 0, 1, "decay of the mean of squared gradients"),
    DENOISE__PARAM_DOUBLE(rmsprop_config, momentum, "0.0", 0, 0, 1, "share of the last step that is taken again"),
    DENOISE__PARAM_DOUBLE(rmsprop_config, epsilon, "1e-07", 0, 0, FLT_MAX, "added inside the root"),
    DENOISE__PARAM_BOOL(rmsprop_config, centered, "false", "divide by the standard deviation instead"),
};

extern const denoise__optimizer_kind denoise__optimizer_rmsprop;
const denoise__optimizer_kind denoise__optimizer_rmsprop = {
    .base = {.name = "rmsprop",
             .class_name = "RMSprop",
             .aliases = "rms_prop", /* and RMSProp: Keras looks at small letters */
             .doc = "gradients divided by the root of their mean square",
             .config_size = sizeof(rmsprop_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .slot_count = slot_count,
    .slot_name = slot_name,
    .coefficients = coefficients,
    .update = update,
    .reach = reach,
};
