/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/pixels.h"
#include "support/cmocka_test.h"
#include "unit/plot/arrays.h"
#include <denoise/memory.h>
#include <denoise/plot.h>
#include <math.h>

static void expect_shape(denoise_tensor *tensor, int64_t count, int64_t height, int64_t width)
{
    denoise__images images;
    assert_int_equal(denoise__images_init(&images, tensor, NAN, NAN, DENOISE_COLORMAP_BINARY), DENOISE_OK);
    assert_int_equal(images.count, count);
    assert_int_equal(images.height, height);
    assert_int_equal(images.width, width);
    denoise_tensor_free(tensor);
}

static void shapes_of_images(void **state)
{
    (void)state;
    expect_shape(array_zeros(3, 784, -1, -1), 3, 28, 28);
    expect_shape(array_zeros(1, 1, -1, -1), 1, 1, 1);
    expect_shape(array_zeros(2, 5, 7, -1), 2, 5, 7);
    expect_shape(array_zeros(2, 5, 7, 1), 2, 5, 7);
}

static void expect_bad_shape(denoise_tensor *tensor, const char *message)
{
    denoise__images images;
    assert_int_equal(denoise__images_init(&images, tensor, NAN, NAN, DENOISE_COLORMAP_BINARY), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), message);
    denoise_tensor_free(tensor);
}

static void other_shapes_are_errors(void **state)
{
    (void)state;
    expect_bad_shape(array_zeros(9, -1, -1, -1), "images have shape (9,), expected (n, h * w), (n, h, w) or (n, h, w, 1)");
    expect_bad_shape(array_zeros(2, 4, 4, 3), "images have shape (2, 4, 4, 3), expected (n, h * w), (n, h, w) or (n, h, w, 1)");
    expect_bad_shape(array_zeros(2, 783, -1, -1),
                     "images have shape (2, 783): rows of 783 pixels are no squares, reshape to (n, h, w)");
    expect_bad_shape(array_zeros(0, 784, -1, -1), "images have shape (0, 784): there is nothing to draw");
    expect_bad_shape(array_zeros(2, 0, 3, -1), "images have shape (2, 0, 3): there is nothing to draw");
}

static void values_are_scaled_and_clipped(void **state)
{
    (void)state;
    const float values[] = {-1, 0, 0.25f, 1, 7, NAN, INFINITY, -INFINITY, 0.5f};
    const float expected[] = {0, 0, 0.25f, 1, 1, NAN, 1, 0, 0.5f};
    float read[9];
    denoise__images images;
    denoise_tensor *tensor = array_floats(values, 1, 3, 3, -1);
    assert_int_equal(denoise__images_init(&images, tensor, NAN, NAN, DENOISE_COLORMAP_BINARY), DENOISE_OK);
    denoise__images_read(&images, 0, read);
    for (int32_t i = 0; i < 9; i++)
        assert_true(isnan(expected[i]) ? isnan(read[i]) : read[i] == expected[i]);
    assert_int_equal(denoise__images_init(&images, tensor, -1, 3, DENOISE_COLORMAP_BINARY), DENOISE_OK);
    denoise__images_read(&images, 0, read);
    assert_true(read[0] == 0 && read[1] == 0.25f && read[3] == 0.5f && read[4] == 1);
    denoise_tensor_free(tensor);
}

static void bytes_go_to_255(void **state)
{
    (void)state;
    const uint8_t values[] = {0, 51, 255, 0, 102, 204, 1, 2};
    float read[4];
    denoise__images images;
    denoise_tensor *tensor = array_bytes(values, 2, 2, 2);
    assert_int_equal(denoise__images_init(&images, tensor, NAN, NAN, DENOISE_COLORMAP_BINARY), DENOISE_OK);
    denoise__images_read(&images, 1, read);
    assert_true(fabsf(read[0] - 0.4f) < 1e-6f && fabsf(read[1] - 0.8f) < 1e-6f);
    denoise_tensor_free(tensor);
}

static void colours_follow_the_map(void **state)
{
    (void)state;
    denoise__images binary = {.colormap = DENOISE_COLORMAP_BINARY}, gray = {.colormap = DENOISE_COLORMAP_GRAY};
    assert_int_equal(denoise__images_color(&binary, 0).red, 255);
    assert_int_equal(denoise__images_color(&binary, 1).green, 0);
    assert_int_equal(denoise__images_color(&gray, 0).blue, 0);
    assert_int_equal(denoise__images_color(&gray, 1).blue, 255);
    assert_int_equal(denoise__images_color(&gray, 0.5f).red, 128);
    denoise__color bad = denoise__images_color(&binary, NAN);
    assert_true(bad.red == 255 && bad.green == 150 && bad.blue == 150);
}

static void bad_ranges_are_errors(void **state)
{
    (void)state;
    denoise__images images;
    denoise_tensor *tensor = array_zeros(1, 4, -1, -1);
    assert_int_equal(denoise__images_init(&images, tensor, 1, 1, DENOISE_COLORMAP_BINARY), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "vmin is 1 and vmax is 1, expected finite numbers with vmin < vmax");
    assert_int_equal(denoise__images_init(&images, tensor, 2, NAN, DENOISE_COLORMAP_BINARY), DENOISE_ERR_INVALID);
    assert_int_equal(denoise__images_init(&images, tensor, 0, INFINITY, DENOISE_COLORMAP_BINARY), DENOISE_ERR_INVALID);
    assert_int_equal(denoise__images_init(&images, tensor, -1.7e308, 1.7e308, DENOISE_COLORMAP_BINARY), DENOISE_ERR_INVALID);
    assert_int_equal(denoise__images_init(&images, tensor, 0, 1, 2), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "colormap is 2, expected DENOISE_COLORMAP_BINARY or DENOISE_COLORMAP_GRAY");
    denoise_tensor_free(tensor);
    assert_int_equal(denoise_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_images),
        cmocka_unit_test(other_shapes_are_errors),
        cmocka_unit_test(values_are_scaled_and_clipped),
        cmocka_unit_test(bytes_go_to_255),
        cmocka_unit_test(colours_follow_the_map),
        cmocka_unit_test(bad_ranges_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
