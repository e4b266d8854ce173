/* SPDX-License-Identifier: Apache-2.0 */
/* Glorot and He (keras/src/initializers/random_initializers.py, VarianceScaling): variance v = scale / fan, where fan is the
 * mean of both fans (Glorot, scale 1) or that of the inputs (He, scale 2), at least 1.
 * uniform: limit sqrt(3 v); normal: truncated at 2 sigma, sigma = sqrt(v) / .87962566103423978, the factor being the
 * standard deviation of the standard normal distribution truncated at -2 and 2. */
#include "initializers/initializer.h"
#include "initializers/random_fill.h"

#define TRUNCATED_STDDEV .87962566103423978

typedef struct scaling_config {
    int64_t seed;
    denoise__ints input_axes, output_axes;
} scaling_config;

static denoise_status check(const void *config)
{
    const scaling_config *c = config;
    if (c->input_axes.count < 0 && c->output_axes.count < 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_UNSUPPORTED, "input_axes and output_axes are given, only None is supported");
}

static double glorot_variance(const denoise__shape *shape)
{
    double fan_in, fan_out;
    denoise__fans(shape, &fan_in, &fan_out);
    return 1 / fmax(1, (fan_in + fan_out) / 2);
}

static double he_variance(const denoise__shape *shape)
{
    double fan_in, fan_out;
    denoise__fans(shape, &fan_in, &fan_out);
    return 2 / fmax(1, fan_in);
}

static void fill_uniform(const scaling_config *c, double variance, const denoise__shape *shape, uint64_t seed, uint64_t stream,
                         float *values)
{
    double limit = sqrt(3 * variance);
    denoise__random_fill fill = {.distribution = DENOISE__FILL_UNIFORM, .a = -limit, .b = limit, .values = values};
    denoise__random_fill_source(&fill, c->seed, seed, stream);
    denoise__random_fill_run(&fill, denoise__shape_size(shape));
}

static void fill_normal(const scaling_config *c, double variance, const denoise__shape *shape, uint64_t seed, uint64_t stream,
                        float *values)
{
    double sigma = sqrt(variance) / TRUNCATED_STDDEV;
    denoise__random_fill fill = {.distribution = DENOISE__FILL_TRUNCATED, .a = 0, .b = sigma, .values = values};
    denoise__random_fill_source(&fill, c->seed, seed, stream);
    denoise__random_fill_run(&fill, denoise__shape_size(shape));
}

static void glorot_uniform(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    fill_uniform(config, glorot_variance(shape), shape, seed, stream, values);
}

static void glorot_normal(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    fill_normal(config, glorot_variance(shape), shape, seed, stream, values);
}

static void he_uniform(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    fill_uniform(config, he_variance(shape), shape, seed, stream, values);
}

static void he_normal(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    fill_normal(config, he_variance(shape), shape, seed, stream, values);
}

static const denoise__param params[] = {
    DENOISE__PARAM_INT(scaling_config, seed, "None", DENOISE__NULLABLE, 0, NAN, "None = the model's"),
    DENOISE__PARAM_INTS(scaling_config, input_axes, "None", DENOISE__NULLABLE, NAN, NAN, "only None"),
    DENOISE__PARAM_INTS(scaling_config, output_axes, "None", DENOISE__NULLABLE, NAN, NAN, "only None"),
};

#define BASE(kind, class, text)                                                                                                \
    {                                                                                                                          \
        .name = #kind, .class_name = class, .doc = text, .config_size = sizeof(scaling_config), .params = params,              \
        .param_count = (int32_t)(sizeof params / sizeof *params), .check = check                                               \
    }

extern const denoise__initializer_kind denoise__initializer_glorot_uniform;
const denoise__initializer_kind denoise__initializer_glorot_uniform = {
    .base = BASE(glorot_uniform, "GlorotUniform", "uniform, limit sqrt(6 / (fan_in + fan_out))"), .fill = glorot_uniform};

extern const denoise__initializer_kind denoise__initializer_glorot_normal;
const denoise__initializer_kind denoise__initializer_glorot_normal = {
    .base = BASE(glorot_normal, "GlorotNormal", "truncated normal, standard deviation sqrt(2 / (fan_in + fan_out))"),
    .fill = glorot_normal};

extern const denoise__initializer_kind denoise__initializer_he_uniform;
const denoise__initializer_kind denoise__initializer_he_uniform = {
    .base = BASE(he_uniform, "HeUniform", "uniform, limit sqrt(6 / fan_in)"), .fill = he_uniform};

extern const denoise__initializer_kind denoise__initializer_he_normal;
const denoise__initializer_kind denoise__initializer_he_normal = {
    .base = BASE(he_normal, "HeNormal", "truncated normal, standard deviation sqrt(2 / fan_in)"), .fill = he_normal};
