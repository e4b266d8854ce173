/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"

/* values of numpy.argmax */
static void test_values_are_numpys(void **state)
{
    (void)state;
    static const struct {
        array from;
        int32_t axis;
        array wanted;
    } rows[] = {
        {{DENOISE_FLOAT32, 2, {2, 3}, {1, 5, 5, 9, 2, 0}}, -1, {DENOISE_INT64, 1, {2}, {1, 0}}},
        {{DENOISE_FLOAT64, 2, {2, 3}, {1, 5, 5, 9, 2, 0}}, -1, {DENOISE_INT64, 1, {2}, {1, 0}}},
        {{DENOISE_INT32, 2, {2, 3}, {1, 5, 5, 9, 2, 0}}, -1, {DENOISE_INT64, 1, {2}, {1, 0}}},
        {{DENOISE_INT64, 2, {2, 3}, {1, 5, 5, 9, 2, 0}}, -1, {DENOISE_INT64, 1, {2}, {1, 0}}},
        {{DENOISE_UINT8, 2, {2, 3}, {1, 5, 5, 9, 2, 0}}, -1, {DENOISE_INT64, 1, {2}, {1, 0}}},
        {{DENOISE_FLOAT32, 2, {2, 3}, {1, 5, 5, 9, 2, 0}}, 0, {DENOISE_INT64, 1, {3}, {1, 0, 0}}},
        {{DENOISE_FLOAT32, 2, {2, 3}, {1, 5, 5, 9, 2, 0}}, 1, {DENOISE_INT64, 1, {2}, {1, 0}}},
        {{DENOISE_FLOAT32, 2, {2, 3}, {1, 5, 5, 9, 2, 0}}, -2, {DENOISE_INT64, 1, {3}, {1, 0, 0}}},
        {{DENOISE_INT32, 3, {2, 3, 2}, {11, 7, 2, 10, 0, 1, 4, 6, 9, 5, 3, 8}},
         0,
         {DENOISE_INT64, 2, {3, 2}, {0, 0, 1, 0, 1, 1}}},
        {{DENOISE_INT32, 3, {2, 3, 2}, {11, 7, 2, 10, 0, 1, 4, 6, 9, 5, 3, 8}}, 1, {DENOISE_INT64, 2, {2, 2}, {0, 1, 1, 2}}},
        {{DENOISE_INT32, 3, {2, 3, 2}, {11, 7, 2, 10, 0, 1, 4, 6, 9, 5, 3, 8}},
         2,
         {DENOISE_INT64, 2, {2, 3}, {0, 1, 1, 1, 0, 1}}},
        {{DENOISE_INT32, 3, {2, 3, 2}, {11, 7, 2, 10, 0, 1, 4, 6, 9, 5, 3, 8}}, -2, {DENOISE_INT64, 2, {2, 2}, {0, 1, 1, 2}}},
        {{DENOISE_FLOAT32, 1, {4}, {1, NAN, 3, NAN}}, 0, {DENOISE_INT64, 0, {0}, {1}}},
        {{DENOISE_FLOAT64, 1, {2}, {NAN, INFINITY}}, 0, {DENOISE_INT64, 0, {0}, {0}}},
        {{DENOISE_FLOAT32, 1, {2}, {-INFINITY, -INFINITY}}, 0, {DENOISE_INT64, 0, {0}, {0}}},
        {{DENOISE_FLOAT32, 1, {2}, {-0.0, 0}}, 0, {DENOISE_INT64, 0, {0}, {0}}},
        {{DENOISE_FLOAT32, 0, {0}, {7}}, 0, {DENOISE_INT64, 0, {0}, {0}}},
        {{DENOISE_INT32, 0, {0}, {7}}, -1, {DENOISE_INT64, 0, {0}, {0}}},
        {{DENOISE_FLOAT32, 2, {3, 0}, {0}}, 0, {DENOISE_INT64, 1, {0}, {0}}},
        {{DENOISE_FLOAT32, 2, {2, 1}, {3, 4}}, 1, {DENOISE_INT64, 1, {2}, {0, 0}}},
        {{DENOISE_FLOAT32, 1, {1}, {5}}, 0, {DENOISE_INT64, 0, {0}, {0}}},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *tensor = array_tensor(&rows[i].from), *out = NULL;
        assert_int_equal(denoise_tensor_argmax(&out, tensor, rows[i].axis), DENOISE_OK);
        array_check(out, &rows[i].wanted, "argmax", i);
        denoise_tensor_free(tensor);
        denoise_tensor_free(out);
    }
}

static void test_many_rows(void **state)
{
    (void)state;
    enum { ROWS = 20000, LENGTH_OF_ROW = 10 };
    denoise_tensor *tensor = NULL, *out = NULL;
    assert_int_equal(denoise_tensor_new(&tensor, DENOISE_FLOAT32, (const int64_t[]){ROWS, LENGTH_OF_ROW}, 2), DENOISE_OK);
    float *values = denoise_tensor_data(tensor);
    for (int64_t i = 0; i < ROWS; i++)
        values[i * LENGTH_OF_ROW + i * 7 % LENGTH_OF_ROW] = 1;
    assert_int_equal(denoise_tensor_argmax(&out, tensor, -1), DENOISE_OK);
    for (int64_t i = 0; i < ROWS; i++)
        assert_int_equal(((const int64_t *)denoise_tensor_const_data(out))[i], i * 7 % LENGTH_OF_ROW);
    denoise_tensor_free(tensor);
    denoise_tensor_free(out);
}

static void test_refuse(void **state)
{
    (void)state;
    const array full = {DENOISE_FLOAT32, 2, {2, 3}, {0}}, hollow = {DENOISE_FLOAT32, 2, {2, 0}, {0}},
                one = {DENOISE_UINT8, 0, {0}, {1}};
    denoise_tensor *a = array_tensor(&full), *b = array_tensor(&hollow), *c = array_tensor(&one), *out = a;
    expect_failure(denoise_tensor_argmax(&out, a, 2), DENOISE_ERR_RANGE, "axis must be -2..1 for a tensor of rank 2, got 2");
    assert_null(out);
    expect_failure(denoise_tensor_argmax(&out, a, -3), DENOISE_ERR_RANGE, "got -3");
    expect_failure(denoise_tensor_argmax(&out, c, 1), DENOISE_ERR_RANGE, "axis must be -1..0 for a tensor of rank 0, got 1");
    expect_failure(denoise_tensor_argmax(&out, b, 1), DENOISE_ERR_SHAPE, "argmax over axis 1 of (2, 0): the axis is empty");
    expect_failure(denoise_tensor_argmax(NULL, a, 0), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_argmax(&out, NULL, 0), DENOISE_ERR_NULL, "tensor");
    denoise_tensor_free(a);
    denoise_tensor_free(b);
    denoise_tensor_free(c);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    const array tensor_array = {DENOISE_FLOAT32, 2, {2, 3}, {1, 2, 3, 4, 5, 6}};
    denoise_tensor *tensor = array_tensor(&tensor_array);
    const int64_t before = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        denoise_tensor *out = (denoise_tensor *)&n;
        failing_alloc_arm(n, false);
        const denoise_status status = denoise_tensor_argmax(&out, tensor, 0);
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
    denoise_tensor_free(tensor);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_numpys),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
