/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"

/* values of numpy.clip with Python numbers; NAN = None */
static const struct {
    array from;
    double low, high;
    array wanted;
} scalars[] = {
    {{DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}},
     0,
     1,
     {DENOISE_FLOAT32, 1, {8}, {0, -0.0, 0, 0.30000001192092896, 1, NAN, 1, 0}}},
    {{DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}},
     0.1,
     0.2,
     {DENOISE_FLOAT32,
      1,
      {8},
      {0.10000000149011612, 0.10000000149011612, 0.10000000149011612, 0.20000000298023224, 0.20000000298023224, NAN,
       0.20000000298023224, 0.10000000149011612}}},
    {{DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}},
     NAN,
     0.25,
     {DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.25, 0.25, NAN, 0.25, -INFINITY}}},
    {{DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}},
     -0.5,
     NAN,
     {DENOISE_FLOAT32, 1, {8}, {-0.5, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -0.5}}},
    {{DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}},
     NAN,
     NAN,
     {DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}}},
    {{DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}},
     1,
     0,
     {DENOISE_FLOAT32, 1, {8}, {0, 0, 0, 0, 0, NAN, 0, 0}}},
    {{DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}},
     -1e+300,
     1e+300,
     {DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}}},
    {{DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}},
     -INFINITY,
     INFINITY,
     {DENOISE_FLOAT32, 1, {8}, {-1, -0.0, 0, 0.30000001192092896, 2, NAN, INFINITY, -INFINITY}}},
    {{DENOISE_FLOAT64, 1, {3}, {0.05, 0.1, 9}}, 0.1, 0.3, {DENOISE_FLOAT64, 1, {3}, {0.1, 0.1, 0.3}}},
    {{DENOISE_FLOAT32, 0, {0}, {5}}, 0, 1, {DENOISE_FLOAT32, 0, {0}, {1}}},
    {{DENOISE_FLOAT32, 2, {2, 0}, {0}}, 0, 1, {DENOISE_FLOAT32, 2, {2, 0}, {0}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}}, -1, 2, {DENOISE_INT32, 1, {5}, {-1, -1, 0, 2, 2}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}}, -1, 2.5, {DENOISE_FLOAT64, 1, {5}, {-1, -1, 0, 2.5, 2.5}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}}, 0.5, 3, {DENOISE_FLOAT64, 1, {5}, {0.5, 0.5, 0.5, 3, 3}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}}, NAN, 2, {DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 2, 2}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}},
     -5,
     NAN,
     {DENOISE_INT32, 1, {5}, {-5, -3, 0, 4, 2147483647}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}},
     NAN,
     NAN,
     {DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}}, 5, 3, {DENOISE_INT32, 1, {5}, {3, 3, 3, 3, 3}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}},
     -1000000000000,
     1000000000000,
     {DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}},
     0,
     INFINITY,
     {DENOISE_FLOAT64, 1, {5}, {0, 0, 0, 4, 2147483647}}},
    {{DENOISE_INT32, 1, {5}, {-2147483648, -3, 0, 4, 2147483647}},
     NAN,
     2.5,
     {DENOISE_FLOAT64, 1, {5}, {-2147483648, -3, 0, 2.5, 2.5}}},
    {{DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}, -1, 300, {DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}},
    {{DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}, 2, 100, {DENOISE_UINT8, 1, {4}, {2, 2, 100, 100}}},
    {{DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}, 0, 255, {DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}},
    {{DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}, 0.5, 100, {DENOISE_FLOAT64, 1, {4}, {0.5, 1, 100, 100}}},
    {{DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}, 100, 2, {DENOISE_UINT8, 1, {4}, {2, 2, 2, 2}}},
    {{DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}, 255, NAN, {DENOISE_UINT8, 1, {4}, {255, 255, 255, 255}}},
    {{DENOISE_UINT8, 1, {4}, {0, 1, 200, 255}}, NAN, 0, {DENOISE_UINT8, 1, {4}, {0, 0, 0, 0}}},
    {{DENOISE_INT64, 1, {2}, {-5, 7}}, -9.223372036854776e+18, 9.223372036854776e+18, {DENOISE_INT64, 1, {2}, {-5, 7}}},
    {{DENOISE_INT64, 1, {2}, {-5, 7}}, -2, 3, {DENOISE_INT64, 1, {2}, {-2, 3}}},
};

static void test_scalar_bounds_are_numpys(void **state)
{
    (void)state;
    for (int i = 0; i < LENGTH(scalars); i++) {
        denoise_tensor *tensor = array_tensor(&scalars[i].from), *out = NULL;
        assert_int_equal(denoise_tensor_clip(&out, tensor, scalars[i].low, scalars[i].high), DENOISE_OK);
        array_check(out, &scalars[i].wanted, "scalars", i);
        assert_int_equal(denoise_tensor_clip_into(out, tensor, scalars[i].low, scalars[i].high), DENOISE_OK);
        array_check(out, &scalars[i].wanted, "scalars into", i);
        denoise_tensor_free(out);
        denoise_tensor_free(tensor);
    }
}

/* values of numpy.clip with arrays; dtype 0 = None */
static const struct {
    array from, low, high, wanted;
} arrays[] = {
    {{DENOISE_FLOAT32, 1, {3}, {1, 2, 3}},
     {DENOISE_FLOAT32, 1, {3}, {2, 2, 2}},
     {DENOISE_FLOAT32, 1, {3}, {3, 1, 2.5}},
     {DENOISE_FLOAT32, 1, {3}, {2, 1, 2.5}}},
    {{DENOISE_FLOAT32, 1, {3}, {1, NAN, 3}},
     {DENOISE_FLOAT32, 1, {3}, {NAN, 0, 0}},
     {DENOISE_FLOAT32, 1, {3}, {5, 5, NAN}},
     {DENOISE_FLOAT32, 1, {3}, {NAN, NAN, NAN}}},
    {{DENOISE_FLOAT32, 2, {2, 2}, {1, 9, 3, 4}},
     {DENOISE_FLOAT32, 1, {2}, {2, 3}},
     {DENOISE_FLOAT32, 2, {2, 1}, {5, 3}},
     {DENOISE_FLOAT32, 2, {2, 2}, {2, 5, 3, 3}}},
    {{DENOISE_INT32, 1, {3}, {1, 5, 9}},
     {DENOISE_INT32, 0, {0}, {3}},
     {DENOISE_INT32, 1, {3}, {4, 4, 10}},
     {DENOISE_INT32, 1, {3}, {3, 4, 9}}},
    {{DENOISE_INT32, 1, {3}, {1, 5, 9}}, {DENOISE_FLOAT32, 1, {3}, {2.5, 0, 0}}, {0}, {DENOISE_FLOAT64, 1, {3}, {2.5, 5, 9}}},
    {{DENOISE_UINT8, 1, {2}, {1, 200}}, {0}, {DENOISE_UINT8, 1, {2}, {100, 100}}, {DENOISE_UINT8, 1, {2}, {1, 100}}},
    {{DENOISE_UINT8, 1, {2}, {1, 200}},
     {DENOISE_INT32, 1, {2}, {-5, -5}},
     {DENOISE_INT32, 1, {2}, {1000, 100}},
     {DENOISE_INT32, 1, {2}, {1, 100}}},
    {{DENOISE_FLOAT32, 1, {2}, {1, 2}}, {0}, {0}, {DENOISE_FLOAT32, 1, {2}, {1, 2}}},
    {{DENOISE_INT32, 1, {2}, {-7, 7}},
     {0},
     {DENOISE_INT64, 1, {2}, {1099511627776, -1099511627776}},
     {DENOISE_INT64, 1, {2}, {-7, -1099511627776}}},
    {{DENOISE_FLOAT32, 1, {2}, {1, 2}}, {DENOISE_FLOAT64, 1, {2}, {1.1, 1.1}}, {0}, {DENOISE_FLOAT64, 1, {2}, {1.1, 2}}},
    {{DENOISE_UINT8, 1, {1}, {5}},
     {DENOISE_FLOAT32, 2, {2, 1}, {1.5, 7.5}},
     {DENOISE_UINT8, 1, {1}, {6}},
     {DENOISE_FLOAT32, 2, {2, 1}, {5, 6}}},
    {{DENOISE_INT64, 1, {2}, {-5, 5}}, {0}, {0}, {DENOISE_INT64, 1, {2}, {-5, 5}}},
    {{DENOISE_FLOAT64, 1, {2}, {NAN, 1}}, {0}, {DENOISE_FLOAT64, 0, {0}, {0.5}}, {DENOISE_FLOAT64, 1, {2}, {NAN, 0.5}}},
    {{DENOISE_INT32, 0, {0}, {3}}, {DENOISE_INT32, 0, {0}, {5}}, {DENOISE_INT32, 0, {0}, {4}}, {DENOISE_INT32, 0, {0}, {4}}},
    {{DENOISE_FLOAT32, 2, {0, 2}, {0}},
     {DENOISE_FLOAT32, 1, {2}, {0, 1}},
     {DENOISE_FLOAT32, 2, {1, 1}, {1}},
     {DENOISE_FLOAT32, 2, {0, 2}, {0}}},
};

static void test_array_bounds_are_numpys(void **state)
{
    (void)state;
    for (int i = 0; i < LENGTH(arrays); i++) {
        denoise_tensor *tensor = array_tensor(&arrays[i].from), *out = NULL;
        denoise_tensor *low = array_tensor(&arrays[i].low), *high = array_tensor(&arrays[i].high);
        assert_int_equal(denoise_tensor_clip_arrays(&out, tensor, low, high), DENOISE_OK);
        array_check(out, &arrays[i].wanted, "arrays", i);
        assert_int_equal(denoise_tensor_clip_arrays_into(out, tensor, low, high), DENOISE_OK);
        array_check(out, &arrays[i].wanted, "arrays into", i);
        denoise_tensor_free(out);
        denoise_tensor_free(tensor);
        denoise_tensor_free(low);
        denoise_tensor_free(high);
    }
}

static void test_int64_bounds_are_exact(void **state)
{
    (void)state;
    const int64_t values[] = {INT64_MIN, -9007199254740993, 9007199254740993, INT64_MAX};
    const int64_t wanted[] = {-9007199254740994, -9007199254740993, 9007199254740993, INT64_MAX};
    denoise_tensor *tensor = NULL, *out = NULL;
    assert_int_equal(denoise_tensor_from_data(&tensor, DENOISE_INT64, (const int64_t[]){4}, 1, values), DENOISE_OK);
    assert_int_equal(denoise_tensor_clip(&out, tensor, -9007199254740994.0, 1e30), DENOISE_OK);
    assert_memory_equal(denoise_tensor_const_data(out), wanted, sizeof wanted);
    denoise_tensor_free(tensor);
    denoise_tensor_free(out);
}

static void test_bounds_that_whole_types_cannot_hold(void **state)
{
    (void)state;
    static const struct {
        int32_t dtype;
        double low, high;
        const char *text;
    } rows[] = {
        {DENOISE_UINT8, 256, 300, "low is 256, which is no uint8"},
        {DENOISE_UINT8, -5, -1, "high is -1, which is no uint8"},
        {DENOISE_INT32, 2147483648.0, NAN, "low is 2147483648, which is no int32"},
        {DENOISE_INT32, NAN, -2147483649.0, "high is -2147483649, which is no int32"},
        {DENOISE_INT64, 9223372036854775808.0, NAN, "which is no int64"},
        {DENOISE_INT64, NAN, -1e30, "which is no int64"},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        const array source = {rows[i].dtype, 1, {2}, {1, 2}};
        denoise_tensor *tensor = array_tensor(&source), *out = tensor;
        expect_failure(denoise_tensor_clip(&out, tensor, rows[i].low, rows[i].high), DENOISE_ERR_RANGE, rows[i].text);
        assert_null(out);
        expect_failure(denoise_tensor_clip_into(tensor, tensor, rows[i].low, rows[i].high), DENOISE_ERR_RANGE, rows[i].text);
        array_check(tensor, &source, "unchanged", i);
        denoise_tensor_free(tensor);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    const array source = {DENOISE_INT32, 2, {2, 3}, {5}}, bound = {DENOISE_FLOAT64, 1, {4}, {0}};
    denoise_tensor *a = array_tensor(&source), *b = array_tensor(&bound), *out = a;
    expect_failure(denoise_tensor_clip(NULL, a, 0, 1), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_clip(&out, NULL, 0, 1), DENOISE_ERR_NULL, "tensor");
    assert_null(out);
    expect_failure(denoise_tensor_clip_into(NULL, a, 0, 1), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_clip_into(a, NULL, 0, 1), DENOISE_ERR_NULL, "tensor");
    expect_failure(denoise_tensor_clip_into(a, a, 0.5, 1), DENOISE_ERR_DTYPE, "float64 result");
    expect_failure(denoise_tensor_clip_into(b, a, 0, 1), DENOISE_ERR_SHAPE, "out has shape (4,), the result has (2, 3)");
    expect_failure(denoise_tensor_clip_arrays(NULL, a, a, a), DENOISE_ERR_NULL, "out");
    out = a;
    expect_failure(denoise_tensor_clip_arrays(&out, NULL, a, a), DENOISE_ERR_NULL, "tensor");
    assert_null(out);
    expect_failure(denoise_tensor_clip_arrays(&out, a, NULL, b), DENOISE_ERR_SHAPE, "shapes (2, 3) and (4,)");
    expect_failure(denoise_tensor_clip_arrays_into(NULL, a, a, a), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_clip_arrays_into(a, NULL, a, a), DENOISE_ERR_NULL, "tensor");
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
        const denoise_status status = denoise_tensor_clip_arrays(&out, a, NULL, a);
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
        cmocka_unit_test(test_scalar_bounds_are_numpys),
        cmocka_unit_test(test_array_bounds_are_numpys),
        cmocka_unit_test(test_int64_bounds_are_exact),
        cmocka_unit_test(test_bounds_that_whole_types_cannot_hold),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
