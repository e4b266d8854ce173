/* SPDX-License-Identifier: Apache-2.0 */
#include <denoise/random.h>

#include "core/random.h"
#include "kernels/random.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/memory.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <string.h>

static denoise_rng *make(void)
{
    denoise_rng *rng;
    assert_int_equal(denoise_rng_new(&rng, 42, 7), DENOISE_OK);
    return rng;
}

static void a_generator_goes_on(void **state)
{
    (void)state;
    denoise_rng *rng = make();
    uint32_t words[3], expected_words[3];
    float values[10], expected[10];
    int64_t order[10], expected_order[10];
    assert_int_equal(denoise_rng_words(rng, words, 3), DENOISE_OK);
    assert_int_equal(denoise_rng_uniform(rng, values, 10, -2, 3), DENOISE_OK);
    denoise__random_words(42, 7, 0, expected_words, 3);
    denoise__random_uniform(42, 7, 3, expected, 10, -2, 3);
    assert_memory_equal(words, expected_words, sizeof(words));
    assert_memory_equal(values, expected, sizeof(values));
    assert_int_equal(denoise_rng_normal(rng, values, 10, 1, 2), DENOISE_OK);
    denoise__random_normal(42, 7, 13, expected, 10, 1, 2);
    assert_memory_equal(values, expected, sizeof(values));
    uint64_t position = 23;
    assert_int_equal(denoise_rng_permutation(rng, order, 10), DENOISE_OK);
    denoise__random_permute(42, 7, &position, expected_order, 10);
    assert_memory_equal(order, expected_order, sizeof(order));
    assert_int_equal(denoise_rng_words(rng, words, 1), DENOISE_OK);
    denoise__random_words(42, 7, position, expected_words, 1);
    assert_int_equal(words[0], expected_words[0]);
    denoise_rng_free(rng);
    denoise_rng_free(NULL);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void nothing_may_be_asked_for(void **state)
{
    (void)state;
    denoise_rng *rng = make();
    float value = 5;
    uint32_t word = 5, first, expected;
    int64_t index = 5;
    assert_int_equal(denoise_rng_words(rng, &word, 0), DENOISE_OK);
    assert_int_equal(denoise_rng_uniform(rng, &value, 0, 0, 1), DENOISE_OK);
    assert_int_equal(denoise_rng_normal(rng, &value, 0, 0, 1), DENOISE_OK);
    assert_int_equal(denoise_rng_permutation(rng, &index, 0), DENOISE_OK);
    assert_true(word == 5 && value == 5 && index == 5);
    assert_int_equal(denoise_rng_words(rng, &first, 1), DENOISE_OK);
    denoise__random_words(42, 7, 0, &expected, 1);
    assert_int_equal(first, expected);
    denoise_rng_free(rng);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    denoise_rng *rng = make();
    float value = 5;
    uint32_t word = 5;
    int64_t index = 5;
    assert_int_equal(denoise_rng_new(NULL, 1, 2), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_words(NULL, &word, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_words(rng, NULL, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_words(rng, &word, -1), DENOISE_ERR_RANGE);
    assert_non_null(strstr(denoise_last_error(), "denoise_rng_words: count is -1, expected 0 to"));
    assert_int_equal(denoise_rng_words(rng, &word, INT64_MAX), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_uniform(NULL, &value, 1, 0, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_uniform(rng, NULL, 1, 0, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_uniform(rng, &value, -1, 0, 1), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_uniform(rng, &value, 1, 2, 1), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(),
                        "denoise_rng_uniform: low is 2 and high is 1, expected low <= high, both float32");
    assert_int_equal(denoise_rng_uniform(rng, &value, 1, NAN, 1), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_uniform(rng, &value, 1, 0, INFINITY), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_uniform(rng, &value, 1, -1e300, 0), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_normal(NULL, &value, 1, 0, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_normal(rng, NULL, 1, 0, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_normal(rng, &value, -1, 0, 1), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_normal(rng, &value, 1, 0, -1), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(),
                        "denoise_rng_normal: mean is 0 and stddev is -1, expected float32 numbers and stddev >= 0");
    assert_int_equal(denoise_rng_normal(rng, &value, 1, NAN, 1), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_normal(rng, &value, 1, 0, NAN), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_permutation(NULL, &index, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_permutation(rng, NULL, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_rng_permutation(rng, &index, -1), DENOISE_ERR_RANGE);
    assert_int_equal(denoise_rng_permutation(rng, &index, ((int64_t)1 << 32) + 1), DENOISE_ERR_RANGE);
    assert_true(word == 5 && value == 5 && index == 5);
    denoise_rng_free(rng);
}

static void the_callers_rounding_mode_does_not_matter(void **state)
{
    (void)state;
    float values[2][300];
    for (int mode = 0; mode < 2; mode++) {
        denoise_rng *rng = make();
        fesetround(mode == 0 ? FE_TONEAREST : FE_UPWARD);
        denoise_rng_normal(rng, values[mode], 150, 0.1, 0.3);
        denoise_rng_uniform(rng, values[mode] + 150, 150, 0.1, 0.3);
        int after = fegetround();
        fesetround(FE_TONEAREST);
        assert_int_equal(after, mode == 0 ? FE_TONEAREST : FE_UPWARD);
        denoise_rng_free(rng);
    }
    assert_memory_equal(values[0], values[1], sizeof(values[0]));
}

static void the_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_rng *rng = (denoise_rng *)&rng;
    failing_alloc_arm(1, false);
    assert_int_equal(denoise_rng_new(&rng, 1, 2), DENOISE_ERR_NOMEM);
    assert_null(rng);
    assert_true(failing_alloc_disarm());
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_generator_goes_on),     cmocka_unit_test(nothing_may_be_asked_for),
        cmocka_unit_test(mistakes_are_told),       cmocka_unit_test(the_callers_rounding_mode_does_not_matter),
        cmocka_unit_test(the_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
