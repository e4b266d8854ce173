/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"
#include "tensor/tensor.h"
#include <stdio.h>
#include <string.h>

static const int64_t two_three[] = {2, 3};

static void test_new_is_zero(void **state)
{
    (void)state;
    for (int32_t dtype = 1; dtype <= 5; dtype++) {
        denoise_tensor *tensor = NULL;
        assert_int_equal(denoise_tensor_new(&tensor, dtype, two_three, 2), DENOISE_OK);
        array wanted = {dtype, 2, {2, 3}, {0}};
        array_check(tensor, &wanted, "dtype", dtype);
        assert_int_equal((uintptr_t)denoise_tensor_data(tensor) % 64, 0);
        denoise_tensor_free(tensor);
    }
}

static void test_getters(void **state)
{
    (void)state;
    const array wanted = {DENOISE_INT64, 3, {2, 1, 3}, {1, 2, 3, 4, 5, 6}};
    denoise_tensor *tensor = array_tensor(&wanted);
    assert_int_equal(denoise_tensor_dtype(tensor), DENOISE_INT64);
    assert_int_equal(denoise_tensor_rank(tensor), 3);
    assert_int_equal(denoise_tensor_size(tensor), 6);
    assert_int_equal(denoise_tensor_bytes(tensor), 48);
    assert_memory_equal(denoise_tensor_shape(tensor), wanted.shape, 3 * sizeof(int64_t));
    assert_ptr_equal(denoise_tensor_const_data(tensor), denoise_tensor_data(tensor));
    static const int64_t dims[] = {-1, 2, 1, 3, 2, 1, 3, -1};
    for (int32_t axis = -4; axis <= 3; axis++)
        assert_int_equal(denoise_tensor_dim(tensor, axis), dims[axis + 4]);
    denoise_tensor_free(tensor);
}

static void test_getters_accept_null(void **state)
{
    (void)state;
    assert_int_equal(denoise_tensor_dtype(NULL), 0);
    assert_int_equal(denoise_tensor_rank(NULL), -1);
    assert_int_equal(denoise_tensor_dim(NULL, 0), -1);
    assert_null(denoise_tensor_shape(NULL));
    assert_int_equal(denoise_tensor_size(NULL), -1);
    assert_int_equal(denoise_tensor_bytes(NULL), -1);
    assert_null(denoise_tensor_data(NULL));
    assert_null(denoise_tensor_const_data(NULL));
    denoise_tensor_free(NULL);
}

static void test_rank_0_and_8_and_empty(void **state)
{
    (void)state;
    denoise_tensor *tensor = NULL;
    assert_int_equal(denoise_tensor_new(&tensor, DENOISE_FLOAT64, NULL, 0), DENOISE_OK);
    assert_int_equal(denoise_tensor_size(tensor), 1);
    assert_int_equal(denoise_tensor_dim(tensor, 0), -1);
    assert_non_null(denoise_tensor_shape(tensor));
    denoise_tensor_free(tensor);
    assert_int_equal(denoise_tensor_new(&tensor, DENOISE_UINT8, (const int64_t[]){1, 2, 1, 2, 1, 2, 1, 2}, 8), DENOISE_OK);
    assert_int_equal(denoise_tensor_size(tensor), 16);
    denoise_tensor_free(tensor);
    assert_int_equal(denoise_tensor_new(&tensor, DENOISE_UINT8, (const int64_t[]){3, 0}, 2), DENOISE_OK);
    assert_int_equal(denoise_tensor_size(tensor), 0);
    assert_int_equal(denoise_tensor_bytes(tensor), 0);
    assert_non_null(denoise_tensor_data(tensor));
    denoise_tensor_free(tensor);
}

static void test_from_data_copies(void **state)
{
    (void)state;
    float data[] = {1, 2, 3, 4, 5, 6};
    denoise_tensor *tensor = NULL;
    assert_int_equal(denoise_tensor_from_data(&tensor, DENOISE_FLOAT32, two_three, 2, data), DENOISE_OK);
    data[0] = 9;
    const array wanted = {DENOISE_FLOAT32, 2, {2, 3}, {1, 2, 3, 4, 5, 6}};
    array_check(tensor, &wanted, "from_data", 0);
    denoise_tensor_free(tensor);
    assert_int_equal(denoise_tensor_from_data(&tensor, DENOISE_FLOAT32, (const int64_t[]){0}, 1, NULL), DENOISE_OK);
    denoise_tensor_free(tensor);
}

/* The three ways to make a tensor, one after the other. */
static denoise_status make(int way, denoise_tensor **out, int32_t dtype, const int64_t *shape, int32_t rank)
{
    static double data[16];
    if (way == 0) return denoise_tensor_new(out, dtype, shape, rank);
    if (way == 1) return denoise_tensor_from_data(out, dtype, shape, rank, data);
    return denoise_tensor_borrow(out, dtype, shape, rank, data, NULL, NULL);
}

static void test_makers_refuse(void **state)
{
    (void)state;
    const int64_t half = INT64_C(1) << 31;
    denoise_tensor *dirty = (denoise_tensor *)&dirty;
    for (int way = 0; way < 3; way++) {
        denoise_tensor *out = dirty;
        expect_failure(make(way, NULL, DENOISE_FLOAT32, two_three, 2), DENOISE_ERR_NULL, "out");
        expect_failure(make(way, &out, 0, two_three, 2), DENOISE_ERR_DTYPE, "dtype must be");
        assert_null(out);
        expect_failure(make(way, &out, 6, two_three, 2), DENOISE_ERR_DTYPE, "got 6");
        expect_failure(make(way, &out, DENOISE_FLOAT32, NULL, 2), DENOISE_ERR_NULL, "shape");
        expect_failure(make(way, &out, DENOISE_FLOAT32, two_three, 9), DENOISE_ERR_RANGE, "rank");
        expect_failure(make(way, &out, DENOISE_FLOAT32, two_three, -1), DENOISE_ERR_RANGE, "rank");
        expect_failure(make(way, &out, DENOISE_FLOAT32, (const int64_t[]){2, -3}, 2), DENOISE_ERR_RANGE, "(2, -3)");
        expect_failure(make(way, &out, DENOISE_UINT8, (const int64_t[]){half, half, 4}, 3), DENOISE_ERR_OVERFLOW, "elements");
        expect_failure(make(way, &out, DENOISE_FLOAT64, (const int64_t[]){half, half}, 2), DENOISE_ERR_OVERFLOW,
                       "float64 (2147483648, 2147483648) has more bytes");
        out = dirty;
        expect_failure(make(way, &out, DENOISE_FLOAT64, (const int64_t[]){half, 0, half}, 3), DENOISE_ERR_OVERFLOW, "bytes");
        assert_null(out);
    }
}

static void test_data_null_is_refused(void **state)
{
    (void)state;
    denoise_tensor *out = (denoise_tensor *)&out;
    expect_failure(denoise_tensor_from_data(&out, DENOISE_FLOAT32, two_three, 2, NULL), DENOISE_ERR_NULL, "data");
    assert_null(out);
    expect_failure(denoise_tensor_borrow(&out, DENOISE_FLOAT32, two_three, 2, NULL, NULL, NULL), DENOISE_ERR_NULL, "data");
}

static void count_call(void *user_data)
{
    ++*(int *)user_data;
}

static void test_borrow_shares_and_destroys_once(void **state)
{
    (void)state;
    float data[] = {1, 2, 3, 4, 5, 6};
    int calls = 0;
    denoise_tensor *tensor = NULL, *view = NULL, *rows = NULL, *copy = NULL;
    assert_int_equal(denoise_tensor_borrow(&tensor, DENOISE_FLOAT32, two_three, 2, data, &calls, count_call), DENOISE_OK);
    assert_ptr_equal(denoise_tensor_data(tensor), data);
    assert_int_equal(denoise_tensor_reshape(&view, tensor, (const int64_t[]){-1}, 1), DENOISE_OK);
    assert_int_equal(denoise_tensor_rows(&rows, view, 1, 3), DENOISE_OK);
    assert_int_equal(denoise_tensor_copy(&copy, tensor), DENOISE_OK);
    denoise__tensor_retain(rows);
    denoise_tensor_free(tensor);
    denoise_tensor_free(view);
    denoise_tensor_free(rows);
    assert_int_equal(calls, 0);
    data[1] = 7; /* rows still shows the caller's memory */
    assert_true(*(const float *)denoise_tensor_const_data(rows) == 7);
    denoise_tensor_free(rows);
    assert_int_equal(calls, 1);
    denoise_tensor_free(copy);
    assert_int_equal(calls, 1);
}

static void test_borrow_without_destroy_or_elements(void **state)
{
    (void)state;
    int calls = 0;
    uint8_t byte = 3;
    denoise_tensor *tensor = NULL;
    assert_int_equal(denoise_tensor_borrow(&tensor, DENOISE_UINT8, NULL, 0, &byte, NULL, NULL), DENOISE_OK);
    denoise_tensor_free(tensor);
    assert_int_equal(denoise_tensor_borrow(&tensor, DENOISE_INT32, (const int64_t[]){0, 2}, 2, NULL, &calls, count_call),
                     DENOISE_OK);
    assert_null(denoise_tensor_data(tensor));
    denoise_tensor_free(tensor);
    assert_int_equal(calls, 1);
}

static void test_failed_borrow_never_destroys(void **state)
{
    (void)state;
    int calls = 0;
    double data[2] = {1, 2};
    char wanted[64]; /* 4 on 32-bit x86 */
    snprintf(wanted, sizeof wanted, "float64 must lie on a multiple of %d bytes", (int)_Alignof(double));
    denoise_tensor *out = NULL;
    expect_failure(denoise_tensor_borrow(&out, DENOISE_FLOAT64, (const int64_t[]){1}, 1, (char *)data + 1, &calls, count_call),
                   DENOISE_ERR_INVALID, wanted);
    expect_failure(denoise_tensor_borrow(&out, 9, (const int64_t[]){1}, 1, data, &calls, count_call), DENOISE_ERR_DTYPE, "9");
    assert_int_equal(calls, 0);
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        const denoise_status status =
            denoise_tensor_borrow(&out, DENOISE_FLOAT64, (const int64_t[]){2}, 1, data, &calls, count_call);
        if (!failing_alloc_disarm()) {
            assert_int_equal(status, DENOISE_OK);
            break;
        }
        expect_failure(status, DENOISE_ERR_NOMEM, "memory");
        assert_null(out);
        assert_int_equal(calls, 0);
        assert_int_equal(failing_alloc_live(), 0);
    }
    denoise_tensor_free(out);
    assert_int_equal(calls, 1);
    failing_alloc_remove();
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    const array data_array = {DENOISE_FLOAT32, 2, {2, 3}, {1, 2, 3, 4, 5, 6}};
    denoise_tensor *data = array_tensor(&data_array);
    const int64_t before = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        denoise_tensor *out = (denoise_tensor *)&n;
        failing_alloc_arm(n, false);
        const denoise_status status =
            denoise_tensor_from_data(&out, DENOISE_FLOAT32, two_three, 2, denoise_tensor_const_data(data));
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
    denoise_tensor_free(data);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_is_zero),
        cmocka_unit_test(test_getters),
        cmocka_unit_test(test_getters_accept_null),
        cmocka_unit_test(test_rank_0_and_8_and_empty),
        cmocka_unit_test(test_from_data_copies),
        cmocka_unit_test(test_makers_refuse),
        cmocka_unit_test(test_data_null_is_refused),
        cmocka_unit_test(test_borrow_shares_and_destroys_once),
        cmocka_unit_test(test_borrow_without_destroy_or_elements),
        cmocka_unit_test(test_failed_borrow_never_destroys),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
