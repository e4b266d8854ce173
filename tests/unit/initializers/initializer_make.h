/* SPDX-License-Identifier: Apache-2.0 */
/* Initializers from text, for the tests of this folder. */
#ifndef DENOISE_TESTS_INITIALIZER_MAKE_H
#define DENOISE_TESTS_INITIALIZER_MAKE_H

#include "initializers/initializer.h"
#include "support/cmocka_test.h"
#include "support/hash.h"
#include <denoise/denoise.h>

static inline void fill_by_text(const char *text, const denoise__shape *shape, uint64_t seed, uint64_t stream, float *values)
{
    denoise__kind_ref ref;
    assert_int_equal(denoise__kind_ref_make(&ref, &denoise__initializer_registry, text, NULL), DENOISE_OK);
    denoise__initialize(&ref, shape, seed, stream, values);
    denoise__kind_ref_clear(&ref);
}

static inline void expect_bad_text(const char *text, denoise_status status, const char *message)
{
    denoise__kind_ref ref;
    assert_int_equal(denoise__kind_ref_make(&ref, &denoise__initializer_registry, text, NULL), status);
    assert_string_equal(denoise_last_error(), message);
}

typedef struct figures {
    double mean, variance, low, high;
} figures;

static inline figures figures_of(const float *values, int64_t count)
{
    figures f = {0, 0, INFINITY, -INFINITY};
    for (int64_t i = 0; i < count; i++) {
        f.mean += (double)values[i] / (double)count;
        f.low = fmin(f.low, (double)values[i]);
        f.high = fmax(f.high, (double)values[i]);
    }
    for (int64_t i = 0; i < count; i++)
        f.variance += ((double)values[i] - f.mean) * ((double)values[i] - f.mean) / (double)count;
    return f;
}

static inline uint64_t hash_of(const float *values, int64_t count)
{
    return hash_numbers(values, (size_t)count, sizeof *values);
}

#endif
