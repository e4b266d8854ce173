/* SPDX-License-Identifier: Apache-2.0 */
#include "io/element_types.h"
#include "support/cmocka_test.h"
#include "tensor/tensor.h"

static void names_and_sizes(void **state)
{
    (void)state;
    assert_int_equal(denoise__element_type_find("F32")->dtype, DENOISE_FLOAT32);
    assert_int_equal(denoise__element_type_find("F32")->bits, 32);
    assert_int_equal(denoise__element_type_find("BF16")->dtype, 0);
    assert_int_equal(denoise__element_type_find("F4")->bits, 4);
    assert_null(denoise__element_type_find("f32"));
    assert_null(denoise__element_type_find("F3"));
    assert_null(denoise__element_type_find(""));
}

static void every_tensor_type_has_one(void **state)
{
    (void)state;
    for (int32_t dtype = DENOISE_FLOAT32; dtype <= DENOISE_UINT8; dtype++) {
        const denoise__element_type *type = denoise__element_type_of(dtype);
        assert_non_null(type);
        assert_int_equal(type->bits, 8 * denoise__dtype_size(dtype));
        assert_ptr_equal(denoise__element_type_find(type->name), type);
    }
    assert_null(denoise__element_type_of(99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_sizes),
        cmocka_unit_test(every_tensor_type_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
