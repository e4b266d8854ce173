/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"

/* values of numpy.add */
static const struct {
    array a, b, wanted;
} sums[] = {
    {{DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_FLOAT32, 1, {2}, {0.20000000298023224, -5}}}, /* float32 + float32 */
    {{DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_FLOAT64, 1, {2}, {0.20000000149011612, 1e+300}}}, /* float32 + float64 */
    {{DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_FLOAT64, 1, {2}, {7.100000001490116, 2147483644.5}}}, /* float32 + int32 */
    {{DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_FLOAT64, 1, {2}, {-2.899999998509884, 1099511627773.5}}}, /* float32 + int64 */
    {{DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_FLOAT32, 1, {2}, {200.10000610351562, 252.5}}}, /* float32 + uint8 */
    {{DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_FLOAT64, 1, {2}, {0.20000000149011612, 1e+300}}}, /* float64 + float32 */
    {{DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_FLOAT64, 1, {2}, {0.2, 2e+300}}}, /* float64 + float64 */
    {{DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_FLOAT64, 1, {2}, {7.1, 1e+300}}}, /* float64 + int32 */
    {{DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_FLOAT64, 1, {2}, {-2.9, 1e+300}}}, /* float64 + int64 */
    {{DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_FLOAT64, 1, {2}, {200.1, 1e+300}}}, /* float64 + uint8 */
    {{DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_FLOAT64, 1, {2}, {7.100000001490116, 2147483644.5}}}, /* int32 + float32 */
    {{DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_FLOAT64, 1, {2}, {7.1, 1e+300}}}, /* int32 + float64 */
    {{DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_INT32, 1, {2}, {14, -2}}}, /* int32 + int32 */
    {{DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_INT64, 1, {2}, {4, 1101659111423}}}, /* int32 + int64 */
    {{DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_INT32, 1, {2}, {207, -2147483394}}}, /* int32 + uint8 */
    {{DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_FLOAT64, 1, {2}, {-2.899999998509884, 1099511627773.5}}}, /* int64 + float32 */
    {{DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_FLOAT64, 1, {2}, {-2.9, 1e+300}}}, /* int64 + float64 */
    {{DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_INT64, 1, {2}, {4, 1101659111423}}}, /* int64 + int32 */
    {{DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_INT64, 1, {2}, {-6, 2199023255552}}}, /* int64 + int64 */
    {{DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_INT64, 1, {2}, {197, 1099511628031}}}, /* int64 + uint8 */
    {{DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_FLOAT32, 1, {2}, {0.10000000149011612, -2.5}},
     {DENOISE_FLOAT32, 1, {2}, {200.10000610351562, 252.5}}}, /* uint8 + float32 */
    {{DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_FLOAT64, 1, {2}, {0.1, 1e+300}},
     {DENOISE_FLOAT64, 1, {2}, {200.1, 1e+300}}}, /* uint8 + float64 */
    {{DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_INT32, 1, {2}, {7, 2147483647}},
     {DENOISE_INT32, 1, {2}, {207, -2147483394}}}, /* uint8 + int32 */
    {{DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_INT64, 1, {2}, {-3, 1099511627776}},
     {DENOISE_INT64, 1, {2}, {197, 1099511628031}}}, /* uint8 + int64 */
    {{DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_UINT8, 1, {2}, {200, 255}},
     {DENOISE_UINT8, 1, {2}, {144, 254}}},                                                              /* uint8 + uint8 */
    {{DENOISE_FLOAT32, 0, {0}, {1.5}}, {DENOISE_INT32, 0, {0}, {2}}, {DENOISE_FLOAT64, 0, {0}, {3.5}}}, /* rank 0 */
    {{DENOISE_FLOAT64, 0, {0}, {0.5}},
     {DENOISE_UINT8, 2, {2, 2}, {1, 2, 3, 4}},
     {DENOISE_FLOAT64, 2, {2, 2}, {1.5, 2.5, 3.5, 4.5}}}, /* rank 0 and matrix */
    {{DENOISE_FLOAT32, 2, {2, 3}, {1, 2, 3, 4, 5, 6}},
     {DENOISE_FLOAT32, 1, {3}, {10, 20, 30}},
     {DENOISE_FLOAT32, 2, {2, 3}, {11, 22, 33, 14, 25, 36}}}, /* row */
    {{DENOISE_FLOAT32, 2, {2, 3}, {1, 2, 3, 4, 5, 6}},
     {DENOISE_FLOAT32, 2, {2, 1}, {10, 20}},
     {DENOISE_FLOAT32, 2, {2, 3}, {11, 12, 13, 24, 25, 26}}}, /* column */
    {{DENOISE_INT32, 2, {3, 1}, {1, 2, 3}},
     {DENOISE_INT32, 2, {1, 2}, {10, 20}},
     {DENOISE_INT32, 2, {3, 2}, {11, 21, 12, 22, 13, 23}}}, /* outer */
    {{DENOISE_INT32, 3, {2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}},
     {DENOISE_INT32, 3, {2, 1, 2}, {100, 200, 300, 400}},
     {DENOISE_INT32, 3, {2, 2, 2}, {100, 201, 102, 203, 304, 405, 306, 407}}}, /* middle axis */
    {{DENOISE_FLOAT32, 2, {0, 3}, {0}}, {DENOISE_FLOAT32, 1, {3}, {1, 2, 3}}, {DENOISE_FLOAT32, 2, {0, 3}, {0}}}, /* empty */
    {{DENOISE_FLOAT32, 2, {1, 3}, {0, 0, 0}},
     {DENOISE_UINT8, 2, {0, 1}, {0}},
     {DENOISE_FLOAT32, 2, {0, 3}, {0}}},                                                                    /* empty by 1 */
    {{DENOISE_FLOAT32, 2, {1, 1}, {1}}, {DENOISE_FLOAT32, 1, {1}, {2}}, {DENOISE_FLOAT32, 2, {1, 1}, {3}}}, /* one element */
    {{DENOISE_UINT8, 3, {2, 1, 3}, {0, 1, 2, 3, 4, 5}},
     {DENOISE_INT32, 2, {2, 1}, {10, 20}},
     {DENOISE_INT32, 3, {2, 2, 3}, {10, 11, 12, 20, 21, 22, 13, 14, 15, 23, 24, 25}}}, /* mixed */
    {{DENOISE_FLOAT32, 1, {3}, {NAN, INFINITY, INFINITY}},
     {DENOISE_FLOAT32, 1, {3}, {1, -INFINITY, 1}},
     {DENOISE_FLOAT32, 1, {3}, {NAN, NAN, INFINITY}}},                                                        /* special */
    {{DENOISE_UINT8, 1, {2}, {250, 255}}, {DENOISE_UINT8, 1, {2}, {10, 1}}, {DENOISE_UINT8, 1, {2}, {4, 0}}}, /* wraps */
    {{DENOISE_INT32, 1, {2}, {-2147483648, 2147483647}},
     {DENOISE_INT32, 1, {2}, {-1, 1}},
     {DENOISE_INT32, 1, {2}, {2147483647, -2147483648}}}, /* int32 wraps */
};

static void test_sums_are_numpys(void **state)
{
    (void)state;
    for (int i = 0; i < LENGTH(sums); i++) {
        denoise_tensor *a = array_tensor(&sums[i].a), *b = array_tensor(&sums[i].b), *out = NULL;
        assert_int_equal(denoise_tensor_add(&out, a, b), DENOISE_OK);
        array_check(out, &sums[i].wanted, "sums", i);
        denoise_tensor_free(out);
        assert_int_equal(denoise_tensor_add(&out, b, a), DENOISE_OK);
        array_check(out, &sums[i].wanted, "sums, other way round", i);
        assert_int_equal(denoise_tensor_add_into(out, a, b), DENOISE_OK);
        array_check(out, &sums[i].wanted, "sums into", i);
        denoise_tensor_free(out);
        denoise_tensor_free(a);
        denoise_tensor_free(b);
    }
}

static void test_int64_sums_are_exact(void **state)
{
    (void)state;
    const int64_t a[] = {9007199254740993, INT64_MAX, INT64_MIN}, wanted[] = {9007199254740994, INT64_MIN, INT64_MIN + 1};
    const uint8_t one = 1;
    denoise_tensor *left = NULL, *right = NULL, *out = NULL;
    assert_int_equal(denoise_tensor_from_data(&left, DENOISE_INT64, (const int64_t[]){3}, 1, a), DENOISE_OK);
    assert_int_equal(denoise_tensor_from_data(&right, DENOISE_UINT8, NULL, 0, &one), DENOISE_OK);
    assert_int_equal(denoise_tensor_add(&out, left, right), DENOISE_OK);
    assert_memory_equal(denoise_tensor_const_data(out), wanted, sizeof wanted);
    denoise_tensor_free(left);
    denoise_tensor_free(right);
    denoise_tensor_free(out);
}

/* values of array * float in NumPy 2 */
static const struct {
    array from;
    double factor;
    array wanted;
} multiples[] = {
    {{DENOISE_FLOAT32, 1, {3}, {0.10000000149011612, 3, 255}},
     0.00392156862745098,
     {DENOISE_FLOAT32, 1, {3}, {0.00039215688593685627, 0.011764707043766975, 1}}},
    {{DENOISE_FLOAT64, 1, {2}, {0.1, -3}}, 0.3333333333333333, {DENOISE_FLOAT64, 1, {2}, {0.03333333333333333, -1}}},
    {{DENOISE_INT32, 1, {2}, {3, -7}}, 0.5, {DENOISE_FLOAT64, 1, {2}, {1.5, -3.5}}},
    {{DENOISE_UINT8, 1, {3}, {0, 128, 255}}, 0.00392156862745098, {DENOISE_FLOAT64, 1, {3}, {0, 0.5019607843137255, 1}}},
    {{DENOISE_INT64, 1, {1}, {1099511627776}}, 2, {DENOISE_FLOAT64, 1, {1}, {2199023255552}}},
    {{DENOISE_FLOAT32, 0, {0}, {2.5}}, 2, {DENOISE_FLOAT32, 0, {0}, {5}}},
    {{DENOISE_INT32, 2, {0, 2}, {0}}, 2, {DENOISE_FLOAT64, 2, {0, 2}, {0}}},
    {{DENOISE_FLOAT32, 1, {3}, {1, -1, 0}}, 1e+300, {DENOISE_FLOAT32, 1, {3}, {INFINITY, -INFINITY, NAN}}},
    {{DENOISE_FLOAT32, 1, {2}, {NAN, 1}}, INFINITY, {DENOISE_FLOAT32, 1, {2}, {NAN, INFINITY}}},
};

static void test_multiples_are_numpys(void **state)
{
    (void)state;
    for (int i = 0; i < LENGTH(multiples); i++) {
        denoise_tensor *tensor = array_tensor(&multiples[i].from), *out = NULL;
        assert_int_equal(denoise_tensor_scale(&out, tensor, multiples[i].factor), DENOISE_OK);
        array_check(out, &multiples[i].wanted, "multiples", i);
        denoise_tensor_free(out);
        out = array_tensor(&multiples[i].wanted);
        assert_int_equal(denoise_tensor_scale_into(out, tensor, multiples[i].factor), DENOISE_OK);
        array_check(out, &multiples[i].wanted, "multiples into", i);
        denoise_tensor_free(out);
        denoise_tensor_free(tensor);
    }
}

static void test_scale_in_place(void **state)
{
    (void)state;
    const array source = {DENOISE_FLOAT32, 1, {3}, {1, 2, 3}}, wanted = {DENOISE_FLOAT32, 1, {3}, {0.5, 1, 1.5}};
    denoise_tensor *tensor = array_tensor(&source);
    assert_int_equal(denoise_tensor_scale_into(tensor, tensor, 0.5), DENOISE_OK);
    array_check(tensor, &wanted, "in place", 0);
    denoise_tensor_free(tensor);
}

static void test_refuse(void **state)
{
    (void)state;
    const array left = {DENOISE_INT32, 2, {2, 3}, {5}}, right = {DENOISE_INT32, 1, {4}, {0}};
    denoise_tensor *a = array_tensor(&left), *b = array_tensor(&right), *out = a;
    expect_failure(denoise_tensor_add(&out, a, b), DENOISE_ERR_SHAPE, "shapes (2, 3) and (4,) cannot be broadcast together");
    assert_null(out);
    expect_failure(denoise_tensor_add(NULL, a, a), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_add(&out, NULL, a), DENOISE_ERR_NULL, "a is NULL");
    expect_failure(denoise_tensor_add(&out, a, NULL), DENOISE_ERR_NULL, "b is NULL");
    expect_failure(denoise_tensor_add_into(NULL, a, a), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_add_into(a, NULL, a), DENOISE_ERR_NULL, "a is NULL");
    expect_failure(denoise_tensor_add_into(a, a, NULL), DENOISE_ERR_NULL, "b is NULL");
    expect_failure(denoise_tensor_add_into(b, a, a), DENOISE_ERR_SHAPE, "out has shape (4,), the result has (2, 3)");
    expect_failure(denoise_tensor_scale(NULL, a, 1), DENOISE_ERR_NULL, "out");
    out = a;
    expect_failure(denoise_tensor_scale(&out, NULL, 1), DENOISE_ERR_NULL, "tensor");
    assert_null(out);
    expect_failure(denoise_tensor_scale_into(NULL, a, 1), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_scale_into(a, NULL, 1), DENOISE_ERR_NULL, "tensor");
    expect_failure(denoise_tensor_scale_into(a, a, 1), DENOISE_ERR_DTYPE,
                   "a float64 result cannot be written into out of type int32");
    array_check(a, &left, "unchanged", 0);
    denoise_tensor_free(a);
    denoise_tensor_free(b);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    const array a_array = {DENOISE_FLOAT32, 2, {2, 3}, {1, 2, 3, 4, 5, 6}};
    denoise_tensor *a = array_tensor(&a_array);
    const int64_t before = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        denoise_tensor *out = (denoise_tensor *)&n;
        failing_alloc_arm(n, false);
        const denoise_status status = denoise_tensor_add(&out, a, a);
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
    denoise_tensor_free(a);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_are_numpys),
        cmocka_unit_test(test_int64_sums_are_exact),
        cmocka_unit_test(test_multiples_are_numpys),
        cmocka_unit_test(test_scale_in_place),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
