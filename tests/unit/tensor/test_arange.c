/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"

/* values of numpy.arange */
static void test_values_are_numpys(void **state)
{
    (void)state;
    static const struct {
        int32_t dtype;
        double start, stop, step;
        array wanted;
    } rows[] = {
        {DENOISE_FLOAT32, 0, 5, 1, {DENOISE_FLOAT32, 1, {5}, {0, 1, 2, 3, 4}}},
        {DENOISE_FLOAT32,
         0,
         1,
         0.1,
         {DENOISE_FLOAT32,
          1,
          {10},
          {0, 0.10000000149011612, 0.20000000298023224, 0.30000001192092896, 0.4000000059604645, 0.5, 0.6000000238418579,
           0.699999988079071, 0.800000011920929, 0.9000000357627869}}},
        {DENOISE_FLOAT64,
         0,
         1,
         0.1,
         {DENOISE_FLOAT64,
          1,
          {10},
          {0, 0.1, 0.2, 0.30000000000000004, 0.4, 0.5, 0.6000000000000001, 0.7000000000000001, 0.8, 0.9}}},
        {DENOISE_FLOAT32, 1, -1, -0.5, {DENOISE_FLOAT32, 1, {4}, {1, 0.5, 0, -0.5}}},
        {DENOISE_INT32, 0, 5, 2, {DENOISE_INT32, 1, {3}, {0, 2, 4}}},
        {DENOISE_INT32, 5, 0, -2, {DENOISE_INT32, 1, {3}, {5, 3, 1}}},
        {DENOISE_INT32, 0, 5, 0.5, {DENOISE_INT32, 1, {10}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}},
        {DENOISE_INT32, 0.5, 5, 1.5, {DENOISE_INT32, 1, {3}, {0, 2, 4}}},
        {DENOISE_INT64, -3, 4, 3, {DENOISE_INT64, 1, {3}, {-3, 0, 3}}},
        {DENOISE_UINT8, 250, 256, 1, {DENOISE_UINT8, 1, {6}, {250, 251, 252, 253, 254, 255}}},
        {DENOISE_FLOAT64, 3, 3, 1, {DENOISE_FLOAT64, 1, {0}, {0}}},
        {DENOISE_FLOAT64, 3, 1, 1, {DENOISE_FLOAT64, 1, {0}, {0}}},
        {DENOISE_FLOAT64, 0, 10, INFINITY, {DENOISE_FLOAT64, 1, {1}, {0}}},
        {DENOISE_FLOAT64, 1, 1.3, 0.1, {DENOISE_FLOAT64, 1, {4}, {1, 1.1, 1.2000000000000002, 1.3000000000000003}}},
        {DENOISE_FLOAT64, 0, 5e-324, 10, {DENOISE_FLOAT64, 1, {1}, {0}}},
        {DENOISE_FLOAT32,
         0,
         1,
         0.3,
         {DENOISE_FLOAT32, 1, {4}, {0, 0.30000001192092896, 0.6000000238418579, 0.9000000357627869}}},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *out = NULL;
        assert_int_equal(denoise_tensor_arange(&out, rows[i].dtype, rows[i].start, rows[i].stop, rows[i].step), DENOISE_OK);
        array_check(out, &rows[i].wanted, "arange", i);
        denoise_tensor_free(out);
    }
}

static void test_int64_is_exact(void **state)
{
    (void)state;
    denoise_tensor *out = NULL;
    const double start = 9007199254740992.0; /* 2^53 */
    assert_int_equal(denoise_tensor_arange(&out, DENOISE_INT64, start, start + 8, 2), DENOISE_OK);
    assert_int_equal(denoise_tensor_size(out), 4);
    assert_true(((const int64_t *)denoise_tensor_const_data(out))[3] == INT64_C(9007199254740998));
    denoise_tensor_free(out);
}

static void test_refuse(void **state)
{
    (void)state;
    static const struct {
        int32_t dtype;
        double start, stop, step;
        denoise_status status;
        const char *text;
    } rows[] = {
        {DENOISE_FLOAT32, 0, 1, 0, DENOISE_ERR_INVALID, "step other than 0"},
        {DENOISE_FLOAT32, NAN, 1, 1, DENOISE_ERR_INVALID, "got nan, 1, 1"},
        {DENOISE_FLOAT32, 0, NAN, 1, DENOISE_ERR_INVALID, "numbers"},
        {DENOISE_FLOAT32, 0, 1, NAN, DENOISE_ERR_INVALID, "numbers"},
        {DENOISE_FLOAT32, INFINITY, 1, -1, DENOISE_ERR_INVALID, "numbers"},
        {DENOISE_FLOAT32, 0, INFINITY, INFINITY, DENOISE_ERR_INVALID, "numbers"},
        {DENOISE_FLOAT32, 0, INFINITY, 1, DENOISE_ERR_OVERFLOW, "more elements"},
        {DENOISE_FLOAT32, 0, 1e19, 1, DENOISE_ERR_OVERFLOW, "more elements"},
        {DENOISE_FLOAT64, 0, 9e18, 1, DENOISE_ERR_OVERFLOW, "bytes"},
        {DENOISE_UINT8, 0, 257, 1, DENOISE_ERR_RANGE, "257 numbers from 0 by 1 do not fit uint8"},
        {DENOISE_UINT8, 5, -5, -1, DENOISE_ERR_RANGE, "uint8"},
        {DENOISE_UINT8, -1, 1, 1, DENOISE_ERR_RANGE, "uint8"},
        {DENOISE_UINT8, 255, 300, 30, DENOISE_ERR_RANGE, "uint8"},
        {DENOISE_INT32, 2147483648.0, 2147483650.0, 1, DENOISE_ERR_RANGE, "int32"},
        {DENOISE_INT64, 1e19, 1e19 + 1e5, 1e5, DENOISE_ERR_RANGE, "int64"},
        {DENOISE_INT64, -9223372036854775808.0, 9e18, 9e18, DENOISE_ERR_RANGE, "int64"},
        {0, 0, 1, 1, DENOISE_ERR_DTYPE, "dtype"},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *out = (denoise_tensor *)&out;
        expect_failure(denoise_tensor_arange(&out, rows[i].dtype, rows[i].start, rows[i].stop, rows[i].step), rows[i].status,
                       rows[i].text);
        assert_null(out);
    }
    expect_failure(denoise_tensor_arange(NULL, DENOISE_FLOAT32, 0, 1, 1), DENOISE_ERR_NULL, "out");
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();

    const int64_t before = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        denoise_tensor *out = (denoise_tensor *)&n;
        failing_alloc_arm(n, false);
        const denoise_status status = denoise_tensor_arange(&out, DENOISE_INT32, 0, 5, 1);
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

    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_numpys),
        cmocka_unit_test(test_int64_is_exact),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
