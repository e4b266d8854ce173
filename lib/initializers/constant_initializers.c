/* SPDX-License-Identifier: Apache-2.0 */
/* Zeros, ones, any one number (keras/src/initializers/constant_initializers.py). */
#include "initializers/initializer.h"

typedef struct constant_config {
    double value;
} constant_config;

static void fill(const denoise__shape *shape, float *values, float value)
{
    int64_t count = denoise__shape_size(shape);
    for (int64_t i = 0; i < count; i++)
        values[i] = value;
}

static void fill_zeros(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    (void)config, (void)seed, (void)stream;
    fill(shape, values, 0);
}

static void fill_ones(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    (void)config, (void)seed, (void)stream;
    fill(shape, values, 1);
}

static void fill_constant(const void *config, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    (void)seed, (void)stream;
    fill(shape, values, (float)((const constant_config *)config)->value);
}

static const denoise__param constant_params[] = {
    DENOISE__PARAM_DOUBLE(constant_config, value, "0.0", 0, NAN, NAN, "the number"),
};

extern const denoise__initializer_kind denoise__initializer_zeros;
const denoise__initializer_kind denoise__initializer_zeros = {
    .base = {.name = "zeros", .class_name = "Zeros", .aliases = "zero", .doc = "all 0"},
    .fill = fill_zeros,
};

extern const denoise__initializer_kind denoise__initializer_ones;
const denoise__initializer_kind denoise__initializer_ones = {
    .base = {.name = "ones", .class_name = "Ones", .aliases = "one", .doc = "all 1"},
    .fill = fill_ones,
};

extern const denoise__initializer_kind denoise__initializer_constant;
const denoise__initializer_kind denoise__initializer_constant = {
    .base = {.name = "constant",
             .class_name = "Constant",
             .doc = "all the same number",
             .config_size = sizeof(constant_config),
             .params = constant_params,
             .param_count = (int32_t)(sizeof constant_params / sizeof *constant_params)},
    .fill = fill_constant,
};
