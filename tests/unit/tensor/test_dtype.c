/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "tensor/dtype.h"
#include "tensor/tensor.h"

static void test_size_and_name(void **state)
{
    (void)state;
    static const int64_t sizes[] = {0, 4, 8, 4, 8, 1, 0};
    static const char *const names[] = {"unknown", "float32", "float64", "int32", "int64", "uint8", "unknown"};
    for (int32_t i = 0; i < 7; i++) {
        assert_int_equal(denoise__dtype_size(i), sizes[i]);
        assert_string_equal(denoise__dtype_name(i), names[i]);
    }
    assert_string_equal(denoise__dtype_name(-1), "unknown");
}

static void test_check(void **state)
{
    (void)state;
    for (int32_t i = 1; i <= 5; i++)
        assert_int_equal(denoise__dtype_check(i), DENOISE_OK);
    expect_failure(denoise__dtype_check(0), DENOISE_ERR_DTYPE, "got 0");
    expect_failure(denoise__dtype_check(6), DENOISE_ERR_DTYPE, "got 6");
}

/* numpy.promote_types and numpy.can_cast(.., "same_kind"), in the order float32, float64, int32, int64, uint8 */
static void test_promotion_is_numpys(void **state)
{
    (void)state;
    static const int32_t wanted[5][5] = {{1, 2, 2, 2, 1}, {2, 2, 2, 2, 2}, {2, 2, 3, 4, 3}, {2, 2, 4, 4, 4}, {1, 2, 3, 4, 5}};
    for (int32_t a = 1; a <= 5; a++)
        for (int32_t b = 1; b <= 5; b++)
            assert_int_equal(denoise__dtype_promote(a, b), wanted[a - 1][b - 1]);
}

static void test_same_kind_is_numpys(void **state)
{
    (void)state;
    static const bool wanted[5][5] = {
        {1, 1, 0, 0, 0}, {1, 1, 0, 0, 0}, {1, 1, 1, 1, 0}, {1, 1, 1, 1, 0}, {1, 1, 1, 1, 1},
    };
    for (int32_t a = 1; a <= 5; a++)
        for (int32_t b = 1; b <= 5; b++)
            assert_int_equal(denoise__dtype_same_kind(a, b), wanted[a - 1][b - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_and_name),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_promotion_is_numpys),
        cmocka_unit_test(test_same_kind_is_numpys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
