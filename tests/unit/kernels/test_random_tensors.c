/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing_alloc.h"
#include "unit/tensor/arrays.h"

static denoise_rng *generator(void)
{
    denoise_rng *rng = NULL;
    assert_int_equal(denoise_rng_new(&rng, 42, 7), DENOISE_OK);
    return rng;
}

static void test_numbers_are_the_generators(void **state)
{
    (void)state;
    for (int normal = 0; normal < 2; normal++) {
        float wanted[12];
        denoise_rng *rng = generator();
        if (normal) {
            assert_int_equal(denoise_rng_normal(rng, wanted, 12, 1, 2), DENOISE_OK);
        } else {
            assert_int_equal(denoise_rng_uniform(rng, wanted, 12, -1, 2), DENOISE_OK);
        }
        denoise_rng_free(rng);
        rng = generator();
        denoise_tensor *first = NULL, *second = NULL;
        for (int half = 0; half < 2; half++) {
            denoise_tensor **out = half ? &second : &first;
            const int64_t shape[] = {2, 3};
            assert_int_equal(normal ? denoise_tensor_random_normal(out, shape, 2, rng, 1, 2)
                                    : denoise_tensor_random_uniform(out, shape, 2, rng, -1, 2),
                             DENOISE_OK);
            assert_int_equal(denoise_tensor_dtype(*out), DENOISE_FLOAT32);
            assert_memory_equal(denoise_tensor_const_data(*out), wanted + 6 * half, 6 * sizeof(float));
        }
        denoise_tensor_free(first);
        denoise_tensor_free(second);
        denoise_rng_free(rng);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    const int64_t shape[] = {2, 3}, wrong[] = {2, -3};
    denoise_rng *rng = generator();
    denoise_tensor *out = (denoise_tensor *)&out;
    expect_failure(denoise_tensor_random_normal(NULL, shape, 2, rng, 0, 1), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_random_normal(&out, shape, 2, NULL, 0, 1), DENOISE_ERR_NULL, "rng");
    assert_null(out);
    expect_failure(denoise_tensor_random_normal(&out, wrong, 2, rng, 0, 1), DENOISE_ERR_RANGE, "(2, -3)");
    expect_failure(denoise_tensor_random_normal(&out, shape, 2, rng, 0, -1), DENOISE_ERR_RANGE, "stddev is -1");
    expect_failure(denoise_tensor_random_normal(&out, shape, 2, rng, NAN, 1), DENOISE_ERR_RANGE, "mean is nan");
    expect_failure(denoise_tensor_random_uniform(NULL, shape, 2, rng, 0, 1), DENOISE_ERR_NULL, "out");
    out = (denoise_tensor *)&out;
    expect_failure(denoise_tensor_random_uniform(&out, shape, 2, NULL, 0, 1), DENOISE_ERR_NULL, "rng");
    assert_null(out);
    expect_failure(denoise_tensor_random_uniform(&out, shape, 9, rng, 0, 1), DENOISE_ERR_RANGE, "rank");
    expect_failure(denoise_tensor_random_uniform(&out, shape, 2, rng, 1, 0), DENOISE_ERR_RANGE, "low is 1 and high is 0");
    assert_null(out);
    denoise_rng_free(rng);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_rng *rng = generator();
    const int64_t before = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        denoise_tensor *out = (denoise_tensor *)&n;
        failing_alloc_arm(n, false);
        const denoise_status status = denoise_tensor_random_normal(&out, (const int64_t[]){2, 3}, 2, rng, 0, 1);
        if (!failing_alloc_disarm()) {
            assert_int_equal(status, DENOISE_OK);
            assert_true(n > 1);
            denoise_tensor_free(out);
            break;
        }
        expect_failure(status, DENOISE_ERR_NOMEM, "memory");
        assert_null(out);
        assert_int_equal(failing_alloc_live(), before);
    }
    denoise_rng_free(rng);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_the_generators),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
