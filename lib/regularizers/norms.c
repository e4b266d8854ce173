/* SPDX-License-Identifier: Apache-2.0 */
/* l1 sum |w| + l2 sum w^2 (keras/src/regularizers/regularizers.py: no factor 1/2); gradient l1 sign(w) + 2 l2 w, where
 * sign(0) = 0. Sums are taken in double precision, in LANES interleaved ones that are then added in order. */
#include "regularizers/regularizer.h"

enum { LANES = 8 };

typedef struct l1_config {
    double l1;
} l1_config;

typedef struct l2_config {
    double l2;
} l2_config;

typedef struct l1l2_config {
    double l1, l2;
} l1l2_config;

static double total(const double *lanes)
{
    double sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += lanes[i];
    return sum;
}

static double sum_absolute(const float *w, int64_t count)
{
    double lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)fabsf(w[i + lane]);
    }
    for (; i < count; i++)
        lanes[i % LANES] += (double)fabsf(w[i]);
    return total(lanes);
}

static double sum_squares(const float *w, int64_t count)
{
    double lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)w[i + lane] * (double)w[i + lane];
    }
    for (; i < count; i++)
        lanes[i % LANES] += (double)w[i] * (double)w[i];
    return total(lanes);
}

static void add_sign(double l1, const float *w, float *gradient, int64_t count)
{
    float factor = (float)l1;
    for (int64_t i = 0; i < count; i++) {
        float sign = w[i] > 0 ? factor : w[i] < 0 ? -factor : 0;
        gradient[i] += sign;
    }
}

static void add_double(double l2, const float *w, float *gradient, int64_t count)
{
    float factor = (float)(2 * l2);
    for (int64_t i = 0; i < count; i++)
        gradient[i] += factor * w[i];
}

static double l1_penalty(const void *config, const float *w, int64_t count)
{
    return ((const l1_config *)config)->l1 * sum_absolute(w, count);
}

static void l1_gradient(const void *config, const float *w, float *gradient, int64_t count)
{
    add_sign(((const l1_config *)config)->l1, w, gradient, count);
}

static double l2_penalty(const void *config, const float *w, int64_t count)
{
    return ((const l2_config *)config)->l2 * sum_squares(w, count);
}

static void l2_gradient(const void *config, const float *w, float *gradient, int64_t count)
{
    add_double(((const l2_config *)config)->l2, w, gradient, count);
}

static double l1l2_penalty(const void *config, const float *w, int64_t count)
{
    const l1l2_config *c = config;
    return c->l1 * sum_absolute(w, count) + c->l2 * sum_squares(w, count);
}

static void l1l2_gradient(const void *config, const float *w, float *gradient, int64_t count)
{
    const l1l2_config *c = config;
    add_sign(c->l1, w, gradient, count);
    add_double(c->l2, w, gradient, count);
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
};
