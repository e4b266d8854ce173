/* SPDX-License-Identifier: Apache-2.0 */
/* Uniform, normal and truncated normal numbers of a given width (keras/src/initializers/random_initializers.py). */
#include "initializers/initializer.h"
#include "initializers/random_fill.h"

typedef struct uniform_config {
    double minval, maxval;
    int64_t seed;
} uniform_config;

typedef struct normal_config {
    double mean, stddev;
    int64_t seed;
} normal_config;

static denoise_status check_uniform(const void *config)
{
    const uniform_config *c = config;
    if (c->minval <= c->maxval) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "minval is %g and maxval is %g, expected minval <= maxval", c->minval, c->maxval);
}

static void fill_uniform(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    const uniform_config *c = config;
    denoise__random_fill fill = {.distribution = DENOISE__FILL_UNIFORM, .a = c->minval, .b = c->maxval, .values = values};
    denoise__random_fill_source(&fill, c->seed, seed, stream);
    denoise__random_fill_run(&fill, denoise__shape_size(shape));
}

static void fill_as(int32_t distribution, const normal_config *c, const denoise__shape *shape, uint64_t seed, uint64_t stream,
                    float *values)
{
    denoise__random_fill fill = {.distribution = distribution, .a = c->mean, .b = c->stddev, .values = values};
    denoise__random_fill_source(&fill, c->seed, seed, stream);
    denoise__random_fill_run(&fill, denoise__shape_size(shape));
}

static void fill_normal(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    fill_as(DENOISE__FILL_NORMAL, config, shape, seed, stream, values);
}

static void fill_truncated(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    fill_as(DENOISE__FILL_TRUNCATED, config, shape, seed, stream, values);
}

static const denoise__param uniform_params[] = {
    DENOISE__PARAM_DOUBLE(uniform_config, minval, "-0.05", 0, NAN, NAN, "lowest number"),
    DENOISE__PARAM_DOUBLE(uniform_config, maxval, "0.05", 0, NAN, NAN, "numbers lie below it"),
    DENOISE__PARAM_INT(uniform_config, seed, "None", DENOISE__NULLABLE, 0, NAN, "None = the model's"),
};

static const denoise__param normal_params[] = {
    DENOISE__PARAM_DOUBLE(normal_config, mean, "0.0", 0, NAN, NAN, "mean"),
    DENOISE__PARAM_DOUBLE(normal_config, stddev, "0.05", 0, 0, NAN, "standard deviation (before truncation)"),
    DENOISE__PARAM_INT(normal_config, seed, "None", DENOISE__NULLABLE, 0, NAN, "None = the model's"),
};

extern const denoise__initializer_kind denoise__initializer_random_uniform;
const denoise__initializer_kind denoise__initializer_random_uniform = {
    .base = {.name = "random_uniform",
             .class_name = "RandomUniform",
             .aliases = "uniform",
             .doc = "uniform in [minval, maxval)",
             .config_size = sizeof(uniform_config),
             .params = uniform_params,
             .param_count = (int32_t)(sizeof uniform_params / sizeof *uniform_params),
             .check = check_uniform},
    .fill = fill_uniform,
};

extern const denoise__initializer_kind denoise__initializer_random_normal;
const denoise__initializer_kind denoise__initializer_random_normal = {
    .base = {.name = "random_normal",
             .class_name = "RandomNormal",
             .aliases = "normal",
             .doc = "normal",
             .config_size = sizeof(normal_config),
             .params = normal_params,
             .param_count = (int32_t)(sizeof normal_params / sizeof *normal_params)},
    .fill = fill_normal,
};

extern const denoise__initializer_kind denoise__initializer_truncated_normal;
const denoise__initializer_kind denoise__initializer_truncated_normal = {
    .base = {.name = "truncated_normal",
             .class_name = "TruncatedNormal",
             .doc = "normal, restricted to mean +- 2 stddev",
             .config_size = sizeof(normal_config),
             .params = normal_params,
             .param_count = (int32_t)(sizeof normal_params / sizeof *normal_params)},
    .fill = fill_truncated,
};
