/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "tensor/tensor.h"

static void test_item_reads_every_type(void **state)
{
    (void)state;
    static const array rows[] = {
        {DENOISE_FLOAT32, 1, {2}, {0.5, -3}},      {DENOISE_FLOAT64, 1, {2}, {0.1, 1e300}},
        {DENOISE_INT32, 1, {2}, {-7, 2147483647}}, {DENOISE_INT64, 1, {2}, {-7, 1LL << 52}},
        {DENOISE_UINT8, 1, {2}, {0, 255}},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *tensor = array_tensor(&rows[i]);
        for (int64_t k = 0; k < 2; k++) {
            double value = -1;
            assert_int_equal(denoise_tensor_item(tensor, k, &value), DENOISE_OK);
            assert_true(value == rows[i].values[k]);
        }
        denoise_tensor_free(tensor);
    }
}

static void test_item_refuses(void **state)
{
    (void)state;
    const array wanted = {DENOISE_INT32, 2, {2, 3}, {0}};
    denoise_tensor *tensor = array_tensor(&wanted);
    double value = 7;
    expect_failure(denoise_tensor_item(tensor, 6, &value), DENOISE_ERR_RANGE, "0..5 in a tensor of 6 elements, got 6");
    expect_failure(denoise_tensor_item(tensor, -1, &value), DENOISE_ERR_RANGE, "got -1");
    expect_failure(denoise_tensor_item(NULL, 0, &value), DENOISE_ERR_NULL, "tensor");
    expect_failure(denoise_tensor_item(tensor, 0, NULL), DENOISE_ERR_NULL, "value");
    assert_true(value == 7);
    denoise_tensor_free(tensor);
}

static void test_floats_and_ints_of_a_part(void **state)
{
    (void)state;
    for (int32_t dtype = 1; dtype <= 5; dtype++) {
        const array wanted = {dtype, 2, {2, 2}, {1, 2, 3, 200}};
        denoise_tensor *tensor = array_tensor(&wanted);
        float floats[2] = {0};
        int32_t ints[2] = {0};
        denoise__tensor_read_floats(tensor, 2, 2, floats);
        assert_true(floats[0] == 3 && floats[1] == 200);
        assert_int_equal(denoise__tensor_read_ints(tensor, 2, 2, ints), DENOISE_OK);
        assert_true(ints[0] == 3 && ints[1] == 200);
        assert_int_equal(denoise__tensor_read_ints(tensor, 4, 0, ints), DENOISE_OK);
        denoise__tensor_read_floats(tensor, 4, 0, floats);
        denoise_tensor_free(tensor);
    }
}

static void test_ints_must_be_whole_and_fit(void **state)
{
    (void)state;
    static const array rows[] = {
        {DENOISE_FLOAT32, 1, {3}, {0, 1, 2.5}},          {DENOISE_FLOAT32, 1, {3}, {0, 1, NAN}},
        {DENOISE_FLOAT64, 1, {3}, {0, 1, 2147483648.0}}, {DENOISE_INT64, 1, {3}, {0, 1, 4294967298.0}},
        {DENOISE_FLOAT64, 1, {3}, {0, 1, -INFINITY}},
    };
    static const char *const texts[] = {"element 2 is 2.5, expected a whole number of 32 bits", "element 2 is nan",
                                        "element 2 is 2147483648", "element 2 is 4294967298", "element 2 is -inf"};
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *tensor = array_tensor(&rows[i]);
        int32_t ints[3];
        assert_int_equal(denoise__tensor_read_ints(tensor, 0, 2, ints), DENOISE_OK);
        expect_failure(denoise__tensor_read_ints(tensor, 0, 3, ints), DENOISE_ERR_RANGE, texts[i]);
        denoise_tensor_free(tensor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_item_reads_every_type),
        cmocka_unit_test(test_item_refuses),
        cmocka_unit_test(test_floats_and_ints_of_a_part),
        cmocka_unit_test(test_ints_must_be_whole_and_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
