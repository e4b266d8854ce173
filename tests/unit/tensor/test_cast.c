/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"

static void test_astype_converts_every_pair(void **state)
{
    (void)state;
    for (int32_t from = 1; from <= 5; from++) {
        for (int32_t to = 1; to <= 5; to++) {
            const array source = {from, 2, {2, 3}, {0, 1, 2, 100, 254, 255}};
            array wanted = source;
            wanted.dtype = to;
            denoise_tensor *tensor = array_tensor(&source), *out = NULL;
            assert_int_equal(denoise_tensor_astype(&out, tensor, to), DENOISE_OK);
            array_check(out, &wanted, "pair", 10 * from + to);
            assert_ptr_not_equal(denoise_tensor_data(out), denoise_tensor_data(tensor));
            denoise_tensor_free(tensor);
            denoise_tensor_free(out);
        }
    }
}

static void test_astype_edges(void **state)
{
    (void)state;
    static const struct {
        array from, wanted;
    } rows[] = {
        {{DENOISE_FLOAT64, 1, {3}, {1.9, -1.9, NAN}}, {DENOISE_INT32, 1, {3}, {1, -1, 0}}},
        {{DENOISE_FLOAT32, 1, {3}, {300, -5, 1e20}}, {DENOISE_UINT8, 1, {3}, {255, 0, 255}}},
        {{DENOISE_INT32, 1, {3}, {-1, 256, 257}}, {DENOISE_UINT8, 1, {3}, {255, 0, 1}}},
        {{DENOISE_FLOAT64, 1, {3}, {0.1, 1e300, -NAN}}, {DENOISE_FLOAT32, 1, {3}, {0.10000000149011612, INFINITY, NAN}}},
        {{DENOISE_FLOAT64, 0, {0}, {2.5}}, {DENOISE_INT64, 0, {0}, {2}}},
        {{DENOISE_FLOAT64, 2, {0, 2}, {0}}, {DENOISE_INT64, 2, {0, 2}, {0}}},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *tensor = array_tensor(&rows[i].from), *out = NULL;
        assert_int_equal(denoise_tensor_astype(&out, tensor, rows[i].wanted.dtype), DENOISE_OK);
        array_check(out, &rows[i].wanted, "edges", i);
        denoise_tensor_free(tensor);
        denoise_tensor_free(out);
    }
}

static void test_copy_is_apart(void **state)
{
    (void)state;
    const array source = {DENOISE_FLOAT32, 2, {2, 3}, {1, 2, 3, 4, 5, 6}};
    denoise_tensor *tensor = array_tensor(&source), *out = NULL;
    assert_int_equal(denoise_tensor_copy(&out, tensor), DENOISE_OK);
    ((float *)denoise_tensor_data(tensor))[0] = 9;
    denoise_tensor_free(tensor);
    array_check(out, &source, "copy", 0);
    denoise_tensor_free(out);
}

static void test_refuse(void **state)
{
    (void)state;
    const array source = {DENOISE_FLOAT32, 2, {2, 3}, {1, 2, 3, 4, 5, 6}};
    denoise_tensor *tensor = array_tensor(&source), *out = tensor;
    expect_failure(denoise_tensor_astype(&out, tensor, 0), DENOISE_ERR_DTYPE, "got 0");
    assert_null(out);
    expect_failure(denoise_tensor_astype(NULL, tensor, 1), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_astype(&out, NULL, 1), DENOISE_ERR_NULL, "tensor");
    expect_failure(denoise_tensor_copy(NULL, tensor), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_copy(&out, NULL), DENOISE_ERR_NULL, "tensor");
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
        const denoise_status status = denoise_tensor_astype(&out, tensor, DENOISE_FLOAT64);
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
        cmocka_unit_test(test_astype_converts_every_pair),
        cmocka_unit_test(test_astype_edges),
        cmocka_unit_test(test_copy_is_apart),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
