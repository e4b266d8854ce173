/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/dataset.h>
#include <denoise/runtime.h>
#include <fenv.h>
#include <math.h>
#include <string.h>

static denoise_tensor *make(int32_t dtype, const int64_t *shape, int32_t rank, const void *data)
{
    denoise_tensor *tensor = NULL;
    assert_int_equal(denoise_tensor_from_data(&tensor, dtype, shape, rank, data), DENOISE_OK);
    return tensor;
}

static const float *values_of(const denoise_tensor *tensor)
{
    return denoise_tensor_const_data(tensor);
}

static void every_byte_is_rounded_correctly(void **state)
{
    (void)state;
    uint8_t bytes[256];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    denoise_tensor *images = make(DENOISE_UINT8, (const int64_t[]){4, 8, 8}, 3, bytes);
    denoise_tensor *rows = NULL;
    assert_int_equal(denoise_images_to_rows(&rows, images, 1.0 / 255), DENOISE_OK);
    assert_int_equal(denoise_tensor_dtype(rows), DENOISE_FLOAT32);
    assert_int_equal(denoise_tensor_rank(rows), 2);
    assert_int_equal(denoise_tensor_dim(rows, 0), 4);
    assert_int_equal(denoise_tensor_dim(rows, 1), 64);
    for (int i = 0; i < 256; i++) {
        assert_true(values_of(rows)[i] == (float)(i / 255.0));
        assert_true(values_of(rows)[i] == (float)((long double)i / 255.0L));
    }
    denoise_tensor_free(rows);
    denoise_tensor_free(images);
}

/* A caller's rounding mode neither changes a bit nor is changed. Downward, as u / 255 repeats the 8 bits of u, so that a
 * float's 24 bits of it are always rounded up. */
static void rounding_modes_change_no_bit(void **state)
{
    (void)state;
    uint8_t bytes[256];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    denoise_tensor *images = make(DENOISE_UINT8, (const int64_t[]){4, 8, 8}, 3, bytes);
    denoise_tensor *rows = NULL;
    assert_int_equal(fesetround(FE_DOWNWARD), 0);
    denoise_status status = denoise_images_to_rows(&rows, images, 1.0 / 255);
    int mode = fegetround();
    fesetround(FE_TONEAREST);
    assert_int_equal(status, DENOISE_OK);
    assert_int_equal(mode, FE_DOWNWARD);
    for (int i = 0; i < 256; i++) {
        assert_true(values_of(rows)[i] == (float)(i / 255.0));
    }
    denoise_tensor_free(rows);
    denoise_tensor_free(images);
}

static void all_element_types(void **state)
{
    (void)state;
    const int64_t shape[] = {1, 1, 2, 2};
    const float floats[] = {0, 0.1F, -3, NAN};
    const double doubles[] = {0, 0.1, -3, 1e300};
    const int32_t ints[] = {0, 7, -3, INT32_MAX};
    const int64_t longs[] = {0, 7, -3, (int64_t)1 << 53};
    const struct {
        int32_t dtype;
        const void *data;
        float expected[3];
    } cases[] = {{DENOISE_FLOAT32, floats, {0, (float)(0.1F * 0.1), (float)(-3 * 0.1)}},
                 {DENOISE_FLOAT64, doubles, {0, (float)(0.1 * 0.1), (float)(-3 * 0.1)}},
                 {DENOISE_INT32, ints, {0, (float)(7 * 0.1), (float)(-3 * 0.1)}},
                 {DENOISE_INT64, longs, {0, (float)(7 * 0.1), (float)(-3 * 0.1)}}};
    for (size_t i = 0; i < 4; i++) {
        denoise_tensor *images = make(cases[i].dtype, shape, 4, cases[i].data);
        denoise_tensor *rows = NULL;
        assert_int_equal(denoise_images_to_rows(&rows, images, 0.1), DENOISE_OK);
        assert_int_equal(denoise_tensor_dim(rows, 1), 4);
        assert_memory_equal(values_of(rows), cases[i].expected, sizeof cases[i].expected);
        if (i == 0) assert_true(isnan(values_of(rows)[3]));
        denoise_tensor_free(rows);
        denoise_tensor_free(images);
    }
}

static void empty_images(void **state)
{
    (void)state;
    static const int64_t shapes[][4] = {{0, 28, 28, 1}, {3, 0, 28, 1}};
    static const int64_t expected[][2] = {{0, 784}, {3, 0}};
    for (size_t i = 0; i < 2; i++) {
        denoise_tensor *images = NULL;
        denoise_tensor *rows = NULL;
        assert_int_equal(denoise_tensor_new(&images, DENOISE_UINT8, shapes[i], 4), DENOISE_OK);
        assert_int_equal(denoise_images_to_rows(&rows, images, 1), DENOISE_OK);
        assert_memory_equal(denoise_tensor_shape(rows), expected[i], sizeof expected[i]);
        denoise_tensor_free(rows);
        denoise_tensor_free(images);
    }
}

static void errors(void **state)
{
    (void)state;
    const uint8_t bytes[16] = {0};
    denoise_tensor *images = make(DENOISE_UINT8, (const int64_t[]){4, 2, 2}, 3, bytes);
    denoise_tensor *flat = make(DENOISE_UINT8, (const int64_t[]){4, 4}, 2, bytes);
    denoise_tensor *deep = make(DENOISE_UINT8, (const int64_t[]){2, 2, 2, 2, 1}, 5, bytes);
    denoise_tensor *rows = images;
    assert_int_equal(denoise_images_to_rows(NULL, images, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_images_to_rows(&rows, NULL, 1), DENOISE_ERR_NULL);
    assert_null(rows);
    assert_int_equal(denoise_images_to_rows(&rows, flat, 1), DENOISE_ERR_SHAPE);
    assert_non_null(strstr(denoise_last_error(), "(4, 4), expected (n, height, width)"));
    assert_int_equal(denoise_images_to_rows(&rows, deep, 1), DENOISE_ERR_SHAPE);
    assert_int_equal(denoise_images_to_rows(&rows, images, NAN), DENOISE_ERR_RANGE);
    assert_non_null(strstr(denoise_last_error(), "factor"));
    assert_int_equal(denoise_images_to_rows(&rows, images, INFINITY), DENOISE_ERR_RANGE);
    assert_null(rows);
    denoise_tensor_free(deep);
    denoise_tensor_free(flat);
    denoise_tensor_free(images);
}

static void out_of_memory(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    const uint8_t bytes[16] = {0};
    denoise_tensor *images = make(DENOISE_UINT8, (const int64_t[]){4, 2, 2}, 3, bytes);
    int64_t before = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        denoise_tensor *rows = NULL;
        failing_alloc_arm(n, false);
        denoise_status status = denoise_images_to_rows(&rows, images, 1);
        bool failed = failing_alloc_disarm();
        denoise_tensor_free(rows);
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(failing_alloc_live(), before);
        if (!failed) break;
    }
    denoise_tensor_free(images);
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_rounded_correctly),
        cmocka_unit_test(rounding_modes_change_no_bit),
        cmocka_unit_test(all_element_types),
        cmocka_unit_test(empty_images),
        cmocka_unit_test(errors),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
