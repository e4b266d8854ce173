/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"

static const array matrix = {DENOISE_INT32, 2, {3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};

static void test_reshape_shares_memory(void **state)
{
    (void)state;
    denoise_tensor *tensor = array_tensor(&matrix), *view = NULL;
    assert_int_equal(denoise_tensor_reshape(&view, tensor, (const int64_t[]){2, -1, 3}, 3), DENOISE_OK);
    ((int32_t *)denoise_tensor_data(view))[5] = 50;
    denoise_tensor_free(tensor);
    const array wanted = {DENOISE_INT32, 3, {2, 2, 3}, {0, 1, 2, 3, 4, 50, 6, 7, 8, 9, 10, 11}};
    array_check(view, &wanted, "reshape", 0);
    denoise_tensor_free(view);
}

static void test_reshape_to_and_from_rank_0(void **state)
{
    (void)state;
    const array one = {DENOISE_FLOAT32, 0, {0}, {4}}, row = {DENOISE_FLOAT32, 1, {1}, {4}};
    denoise_tensor *tensor = array_tensor(&one), *view = NULL, *back = NULL;
    assert_int_equal(denoise_tensor_reshape(&view, tensor, (const int64_t[]){-1}, 1), DENOISE_OK);
    array_check(view, &row, "to", 0);
    assert_int_equal(denoise_tensor_reshape(&back, view, NULL, 0), DENOISE_OK);
    array_check(back, &one, "from", 0);
    denoise_tensor_free(tensor);
    denoise_tensor_free(view);
    denoise_tensor_free(back);
}

static void test_reshape_refuses(void **state)
{
    (void)state;
    denoise_tensor *tensor = array_tensor(&matrix), *out = tensor;
    expect_failure(denoise_tensor_reshape(&out, tensor, (const int64_t[]){3, 3}, 2), DENOISE_ERR_SHAPE,
                   "cannot reshape (3, 4) of 12 elements into (3, 3), which has 9");
    assert_null(out);
    expect_failure(denoise_tensor_reshape(NULL, tensor, (const int64_t[]){12}, 1), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_reshape(&out, NULL, (const int64_t[]){12}, 1), DENOISE_ERR_NULL, "tensor");
    expect_failure(denoise_tensor_reshape(&out, tensor, NULL, 1), DENOISE_ERR_NULL, "shape");
    expect_failure(denoise_tensor_reshape(&out, tensor, (const int64_t[]){12}, 9), DENOISE_ERR_RANGE, "rank");
    denoise_tensor_free(tensor);
}

static void test_rows_follow_python(void **state)
{
    (void)state;
    static const struct {
        int64_t start, stop, first, count;
    } rows[] = {
        {0, 3, 0, 3},
        {1, 2, 1, 1},
        {0, 100, 0, 3},
        {-1, 3, 2, 1},
        {-2, -1, 1, 1},
        {-100, 2, 0, 2},
        {2, 1, 0, 0},
        {3, 5, 0, 0},
        {5, 9, 0, 0},
        {0, 0, 0, 0},
        {INT64_MIN, INT64_MAX, 0, 3},
        {0, -3, 0, 0},
        {0, -4, 0, 0},
    };
    denoise_tensor *tensor = array_tensor(&matrix);
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *view = NULL;
        assert_int_equal(denoise_tensor_rows(&view, tensor, rows[i].start, rows[i].stop), DENOISE_OK);
        array wanted = {DENOISE_INT32, 2, {rows[i].count, 4}, {0}};
        for (int64_t k = 0; k < 4 * rows[i].count; k++)
            wanted.values[k] = (double)(4 * rows[i].first + k);
        array_check(view, &wanted, "rows", i);
        denoise_tensor_free(view);
    }
    denoise_tensor_free(tensor);
}

static void test_rows_keep_memory_alive_and_nest(void **state)
{
    (void)state;
    denoise_tensor *tensor = array_tensor(&matrix), *view = NULL, *inner = NULL;
    assert_int_equal(denoise_tensor_rows(&view, tensor, 1, 3), DENOISE_OK);
    denoise_tensor_free(tensor);
    assert_int_equal(denoise_tensor_rows(&inner, view, -1, 2), DENOISE_OK);
    denoise_tensor_free(view);
    const array wanted = {DENOISE_INT32, 2, {1, 4}, {8, 9, 10, 11}};
    array_check(inner, &wanted, "inner", 0);
    denoise_tensor_free(inner);
}

static void test_rows_refuse(void **state)
{
    (void)state;
    const array one = {DENOISE_FLOAT32, 0, {0}, {4}};
    denoise_tensor *tensor = array_tensor(&one), *out = tensor;
    expect_failure(denoise_tensor_rows(&out, tensor, 0, 1), DENOISE_ERR_SHAPE, "shape () has no rows");
    assert_null(out);
    expect_failure(denoise_tensor_rows(NULL, tensor, 0, 1), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_rows(&out, NULL, 0, 1), DENOISE_ERR_NULL, "tensor");
    denoise_tensor_free(tensor);
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
        const denoise_status status =
            n % 2 ? denoise_tensor_reshape(&out, tensor, (const int64_t[]){-1}, 1) : denoise_tensor_rows(&out, tensor, 1, 2);
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
        cmocka_unit_test(test_reshape_shares_memory),
        cmocka_unit_test(test_reshape_to_and_from_rank_0),
        cmocka_unit_test(test_reshape_refuses),
        cmocka_unit_test(test_rows_follow_python),
        cmocka_unit_test(test_rows_keep_memory_alive_and_nest),
        cmocka_unit_test(test_rows_refuse),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
