/* SPDX-License-Identifier: Apache-2.0 */
/* Norms of groups of weights, n = sqrt(sum w^2) along the axes (keras/src/constraints/constraints.py):
 *
 *     MaxNorm     w *= min(n, max) / (epsilon + n)
 *     UnitNorm    w /= epsilon + n
 *     MinMaxNorm  w *= (rate clip(n, min, max) + (1 - rate) n) / (epsilon + n)
 *
 * where epsilon = 1e-7. */
#include "constraints/constraint.h"
#include "constraints/groups.h"

#define EPSILON 1e-7

typedef struct norm_config {
    double min_value, max_value, rate;
    denoise__ints axis;
} norm_config;

static double max_factor(const void *config, double norm)
{
    const norm_config *c = config;
    return (norm < c->max_value ? norm : c->max_value) / (EPSILON + norm);
}

static double unit_factor(const void *config, double norm)
{
    (void)config;
    return 1 / (EPSILON + norm);
}

static double min_max_factor(const void *config, double norm)
{
    const norm_config *c = config;
    double clipped = norm < c->min_value ? c->min_value : norm > c->max_value ? c->max_value : norm;
    return (c->rate * clipped + (1 - c->rate) * norm) / (EPSILON + norm);
}

static denoise_status check_axes(const void *config, const denoise__shape *shape)
{
    return denoise__groups_check(&((const norm_config *)config)->axis, shape);
}

static denoise_status check_bounds(const void *config)
{
    const norm_config *c = config;
    if (c->min_value <= c->max_value) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "min_value is %g, greater than max_value, %g", c->min_value, c->max_value);
}

static void apply_max(const void *config, float *w, const denoise__shape *shape)
{
    denoise__groups_scale(w, shape, &((const norm_config *)config)->axis, max_factor, config);
}

static void apply_unit(const void *config, float *w, const denoise__shape *shape)
{
    denoise__groups_scale(w, shape, &((const norm_config *)config)->axis, unit_factor, config);
}

static void apply_min_max(const void *config, float *w, const denoise__shape *shape)
{
    denoise__groups_scale(w, shape, &((const norm_config *)config)->axis, min_max_factor, config);
}

/* Norms are float32's: no weight becomes infinite. */
#define NORM_LIMIT 1e38
#define AXIS                                                                                                                   \
    DENOISE__PARAM_INTS(norm_config, axis, "[0]", DENOISE__OR_INT, -DENOISE_MAX_RANK, DENOISE_MAX_RANK - 1,                    \
                        "axes along which the norm is taken; one, or a list")

static const denoise__param max_params[] = {
    DENOISE__PARAM_DOUBLE(norm_config, max_value, "2", 0, 0, NORM_LIMIT, "the greatest norm"),
    AXIS,
};
static const denoise__param unit_params[] = {AXIS};
static const denoise__param min_max_params[] = {
    DENOISE__PARAM_DOUBLE(norm_config, min_value, "0.0", 0, 0, NORM_LIMIT, "the least norm"),
    DENOISE__PARAM_DOUBLE(norm_config, max_value, "1.0", 0, 0, NORM_LIMIT, "the greatest norm"),
    DENOISE__PARAM_DOUBLE(norm_config, rate, "1.0", 0, 0, 1, "share of the way there that a step goes"),
    AXIS,
};

extern const denoise__constraint_kind denoise__constraint_max_norm, denoise__constraint_unit_norm,
    denoise__constraint_min_max_norm;
const denoise__constraint_kind denoise__constraint_max_norm = {
    .base = {.name = "max_norm",
             .class_name = "MaxNorm",
             .doc = "norms up to max_value",
             .config_size = sizeof(norm_config),
             .params = max_params,
             .param_count = (int32_t)(sizeof max_params / sizeof *max_params)},
    .check = check_axes,
    .apply = apply_max,
};
const denoise__constraint_kind denoise__constraint_unit_norm = {
    .base = {.name = "unit_norm",
             .class_name = "UnitNorm",
             .doc = "norms of 1",
             .config_size = sizeof(norm_config),
             .params = unit_params,
             .param_count = (int32_t)(sizeof unit_params / sizeof *unit_params)},
    .check = check_axes,
    .apply = apply_unit,
};
const denoise__constraint_kind denoise__constraint_min_max_norm = {
    .base = {.name = "min_max_norm",
             .class_name = "MinMaxNorm",
             .doc = "norms between min_value and max_value, or on the way there",
             .config_size = sizeof(norm_config),
             .params = min_max_params,
             .param_count = (int32_t)(sizeof min_max_params / sizeof *min_max_params),
             .check = check_bounds},
    .check = check_axes,
    .apply = apply_min_max,
};
