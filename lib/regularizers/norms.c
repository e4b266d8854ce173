/* SPDX-License-Identifier: Apache-2.0 */
/* l1 sum |w| + l2 sum w^2 (keras/src/regularizers/regularizers.py: no factor 1/2); gradient l1 sign(w) + 2 l2 w, where
 * sign(0) = 0. Sums are taken in double precision (kernels/loops.h). */
#include "kernels/loops.h"
#include "regularizers/regularizer.h"

typedef struct l1_config {
    double l1;
} l1_config;

typedef struct l2_config {
    double l2;
} l2_config;

typedef struct l1l2_config {
    double l1, l2;
} l1l2_config;

static double l1_penalty(const void *config, const float *w, int64_t count)
{
    return ((const l1_config *)config)->l1 * denoise__loops_table()->sum_absolute(w, count);
}

static void l1_gradient(const void *config, const float *w, float *gradient, int64_t count)
{
    denoise__loops_table()->add_sign(w, gradient, count, (float)((const l1_config *)config)->l1);
}

static double l2_penalty(const void *config, const float *w, int64_t count)
{
    return ((const l2_config *)config)->l2 * denoise__loops_table()->sum_squares(w, count);
}

static void l2_gradient(const void *config, const float *w, float *gradient, int64_t count)
{
    denoise__loops_table()->add_scaled(w, gradient, count, (float)(2 * ((const l2_config *)config)->l2));
}

static double l1l2_penalty(const void *config, const float *w, int64_t count)
{
    const l1l2_config *c = config;
    return c->l1 * denoise__loops_table()->sum_absolute(w, count) + c->l2 * denoise__loops_table()->sum_squares(w, count);
}

static void l1l2_gradient(const void *config, const float *w, float *gradient, int64_t count)
{
    const l1l2_config *c = config;
    denoise__loops_table()->add_sign(w, gradient, count, (float)c->l1);
    denoise__loops_table()->add_scaled(w, gradient, count, (float)(2 * c->l2));
}

static double l1_reach(const void *config, double greatest)
{
    (void)greatest;
    return ((const l1_config *)config)->l1;
}

static double l2_reach(const void *config, double greatest)
{
    return 2 * ((const l2_config *)config)->l2 * greatest;
}

static double l1l2_reach(const void *config, double greatest)
{
    const l1l2_config *c = config;
    return c->l1 + 2 * c->l2 * greatest;
}

static const denoise__param l1_params[] = {
    DENOISE__PARAM_DOUBLE(l1_config, l1, "0.01", 0, 0, NAN, "factor of the sum of absolute values"),
};
static const denoise__param l2_params[] = {
    DENOISE__PARAM_DOUBLE(l2_config, l2, "0.01", 0, 0, NAN, "factor of the sum of squares"),
};
static const denoise__param l1l2_params[] = {
    DENOISE__PARAM_DOUBLE(l1l2_config, l1, "0.0", 0, 0, NAN, "factor of the sum of absolute values"),
    DENOISE__PARAM_DOUBLE(l1l2_config, l2, "0.0", 0, 0, NAN, "factor of the sum of squares"),
};

extern const denoise__regularizer_kind denoise__regularizer_l1;
const denoise__regularizer_kind denoise__regularizer_l1 = {
    .base = {.name = "l1",
             .class_name = "L1",
             .doc = "l1 sum |w|",
             .config_size = sizeof(l1_config),
             .params = l1_params,
             .param_count = 1},
    .penalty = l1_penalty,
    .add_gradient = l1_gradient,
    .reach = l1_reach,
};

extern const denoise__regularizer_kind denoise__regularizer_l2;
const denoise__regularizer_kind denoise__regularizer_l2 = {
    .base = {.name = "l2",
             .class_name = "L2",
             .doc = "l2 sum w^2",
             .config_size = sizeof(l2_config),
             .params = l2_params,
             .param_count = 1},
    .penalty = l2_penalty,
    .add_gradient = l2_gradient,
    .reach = l2_reach,
};

extern const denoise__regularizer_kind denoise__regularizer_l1l2;
const denoise__regularizer_kind denoise__regularizer_l1l2 = {
    .base = {.name = "l1l2",
             .class_name = "L1L2",
             .aliases = "l1_l2",
             .doc = "l1 sum |w| + l2 sum w^2",
             .config_size = sizeof(l1l2_config),
             .params = l1l2_params,
             .param_count = 2},
    .penalty = l1l2_penalty,
    .add_gradient = l1l2_gradient,
    .reach = l1l2_reach,
};
